"""Evidence is judged by the rules it was made under: what the library learns later changes nothing about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

import smartstart_gov as gov
from smartstart_gov.authoring import reader
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import Authored
from smartstart_gov.canonical import digest
from smartstart_gov.controls import catalogue
from smartstart_gov.controls import linking as link_findings
from smartstart_gov.controls.control import Answer, Control
from smartstart_gov.controls.facts import Facts
from smartstart_gov.counting.tally import Tally
from smartstart_gov.evidence import edition, rules
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import PRIVATE_FILE
from smartstart_gov.evidence.reperform import Verification
from smartstart_gov.evidence.rules import Rules
from smartstart_gov.evidence.verdict import judged
from smartstart_gov.judgement import judge
from smartstart_gov.judgement.finding import Message
from smartstart_gov.judgement.sentences import MESSAGES
from smartstart_gov.statistics.rates import RATES, Rate
from tests.corpus.sound import FORMATS, a_control_left_out, copy, edited
from tests.projects import charter, contract, policy

NAME = f"format-{rules.FORMAT}"
MADE_UP = Rate(
    name="made_up", numerator=("fp",), denominator=("fp", "fn"), better="lower", side=None, complement=None, label={"nl": "x", "en": "x"},
    meaning={"nl": "{x} van {n}", "en": "{x} of {n}"}, cases={"nl": "gevallen", "en": "cases"}, citation="nobody",
)  # fmt: skip


@pytest.fixture(params=[pytest.param(True, id="private", marks=pytest.mark.slow), pytest.param(False, id="public")])
def version(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A version folder that was written before whatever a test plants."""
    return copy(NAME, tmp_path, private=request.param)


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return copy(NAME, tmp_path, private=True)


#: The stages at which the decision rests on the verdict alone, and on documents as well.
ASKED = ("shadow", "trial")


@cache
def before(private: bool) -> list[dict[str, Any]]:
    """Return what the gate decides while nothing is planted yet."""
    with TemporaryDirectory() as folder:
        version = copy(NAME, Path(folder), private=private)
        return [gov.gate(version, stage=stage).to_record() for stage in ASKED]


def later(version: Path, plant: Callable[[], object]) -> Verification:
    """Plant, verify and gate: the evidence holds, and the decision is the same to the letter.

    Of what is not recomputed, what the plant brought is returned: questions have changed since the evidence was made.
    """
    then, already = before((version / PRIVATE_FILE).exists()), gov.verify(version).not_recomputed
    assert [decision["exit_code"] for decision in then] == [0, 5]
    assert [line.partition(":")[0] for line in already] == ["control.R01", "control.R37", "control.R58"]
    plant()
    found = gov.verify(version)
    assert found.differences == ()
    assert [gov.gate(version, stage=stage).to_record() for stage in ASKED] == then
    return replace(found, not_recomputed=tuple(line for line in found.not_recomputed if line not in already))


def plant_control(patch: pytest.MonkeyPatch, *controls: Control, rule: str | None = None) -> None:
    kept = tuple(one for one in catalogue.CATALOGUE if one.rule != rule)
    patch.setattr(catalogue, "CATALOGUE", (*kept, *controls))


def fails(facts: Facts) -> Answer:
    return "FAILED", Message(code="control.R01.passed", values={}), Message(code="remedy.none", values={})


MADE_UP_CONTROL = Control(
    rule="R44", title="Somebody can object", severity="block", case="SyRI: nobody could object", who="owner", messages={}, ask=fails,
)  # fmt: skip


def crashes(facts: Facts) -> Answer:
    raise AttributeError("a fact that charters of then did not have")


# ------------------------------------------------------------------------------------------- what the library learns later
def test_a_new_metric(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = later(version, lambda: monkeypatch.setitem(RATES, "made_up", MADE_UP))
    assert found.not_recomputed == ()
    assert "made_up" not in read_bundle(version).public.metrics.metrics


def test_a_new_metric_is_measured_in_new_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, "made_up", MADE_UP)
    assert "made_up" in Rules.of(Policy.model_validate(policy())).metrics


@pytest.mark.parametrize("ask", [fails, crashes])
def test_a_new_control_is_not_asked(version: Path, ask: Callable[[Facts], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    control = replace(MADE_UP_CONTROL, ask=ask)
    found = later(version, lambda: plant_control(monkeypatch, control))
    assert found.not_recomputed == ()


def test_a_numbered_control_is_not_demanded_of_evidence_from_before_it(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = rules.edition() + 1
    control = replace(MADE_UP_CONTROL, since=(number,))
    later(version, lambda: plant_control(monkeypatch, control))
    assert rules.edition() == number


def test_a_new_version_of_a_control_keeps_the_answer_and_says_so(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = next(one for one in catalogue.CATALOGUE if one.rule == "R36")
    everything = gov.verify(version).recomputed
    found = later(version, lambda: plant_control(monkeypatch, replace(old, version=2, severity="warn", ask=fails), rule="R36"))
    (line,) = found.not_recomputed
    assert line.startswith("control.R36: ")
    assert found.recomputed == everything - 1
    assert found.to_record()["not_recomputed"] == [line]


def test_a_control_that_is_no_longer_asked_keeps_the_answer_and_says_so(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = later(version, lambda: plant_control(monkeypatch, rule="R36"))
    assert [line.partition(":")[0] for line in found.not_recomputed] == ["control.R36"]


def test_the_same_version_that_answers_otherwise_is_a_difference(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is kept for its version alone: else any answer could be called recorded."""
    old = next(one for one in catalogue.CATALOGUE if one.rule == "R36")
    plant_control(monkeypatch, replace(old, ask=fails), rule="R36")
    assert not gov.verify(version).ok


def test_another_order_of_the_catalogue(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(version, lambda: monkeypatch.setattr(catalogue, "CATALOGUE", catalogue.CATALOGUE[::-1]))


def test_a_new_question_on_linking(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(version, lambda: monkeypatch.setitem(link_findings.SINCE, "rows.linking_twice", (rules.edition() + 1,)))


def test_a_newly_required_document(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(version, lambda: monkeypatch.setitem(rules.DOCUMENTS, "factsheet.nl.pdf", None))
    assert "factsheet.nl.pdf" in Rules.of(Policy.model_validate(policy())).documents["trial"]


def test_a_document_that_is_no_longer_required_was_required_then(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later(whole, lambda: monkeypatch.delitem(rules.DOCUMENTS, "dpia_annex.nl.pdf"))
    assert "dpia_annex.nl.pdf" in read_bundle(whole).public.rules.documents["release"]


def test_better_wording_and_new_sentences(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    then = before((version / PRIVATE_FILE).exists())
    for code in ("limit.thin", "control.R22.rules", "control.R36.passed"):
        monkeypatch.setitem(MESSAGES, code, "Better said: " + MESSAGES[code])
    monkeypatch.setitem(MESSAGES, "control.R44.passed", "A sentence that nobody could say then.")
    assert gov.verify(version).differences == ()
    assert [gov.gate(version, stage=stage).result for stage in ASKED] == [decision["result"] for decision in then]


def test_a_new_part_of_the_tally(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smartstart_gov.counting.printed import PrintedTally

    for kind in (Tally, PrintedTally):
        written = kind.to_record
        monkeypatch.setattr(kind, "to_record", lambda self, written=written: written(self) | {"sites": None})
    later(version, lambda: None)


class LaterPolicy(Policy):
    largest_unseen: int = 3
    owner_of_this: str | None = None


class LaterContract(DataContract):
    largest_unseen: int = 3
    owner_of_this: str | None = None


class LaterCharter(Charter):
    largest_unseen: int = 3
    owner_of_this: str | None = None


@pytest.mark.parametrize("kind", [LaterPolicy, LaterContract, LaterCharter])
def test_a_new_authored_key_with_a_default(version: Path, kind: type[Authored], monkeypatch: pytest.MonkeyPatch) -> None:
    name = kind.__name__.removeprefix("Later")
    name = "DataContract" if name == "Contract" else name

    def plant() -> None:
        monkeypatch.setattr(edition, name, kind)
        monkeypatch.setattr(reader, name, kind)

    digests = read_bundle(version).public.to_record()
    later(version, plant)
    again = read_bundle(version).public
    value = {"Policy": again.policy, "DataContract": again.contract, "Charter": again.charter}[name]
    assert isinstance(value, kind)
    assert value.to_record()["largest_unseen"] == 3
    assert value.digest in {digests[f"{one}_digest"] for one in ("policy", "contract", "charter")}
    # The files beside the bundle are still held to it: another value of the new key is another file.
    file = version.parent / {"Policy": "policy.yaml", "DataContract": "contract.yaml", "Charter": "charter.yaml"}[name]
    file.write_text(file.read_text() + "largest_unseen: 4\n")
    assert gov.gate(version, stage="shadow").exit_code == 4


@pytest.mark.parametrize(
    ("now", "then", "content"),
    [(LaterPolicy, Policy, policy), (LaterContract, DataContract, contract), (LaterCharter, Charter, charter)],
)
def test_a_new_key_that_says_nothing_changes_no_digest_of_a_file(
    now: type[Authored], then: type[Authored], content: Callable[[], dict[str, Any]]
) -> None:
    silent = type("Silent", (then,), {"__annotations__": {"remark": str | None}, "remark": None})
    assert silent.model_validate(content()).digest == then.model_validate(content()).digest
    assert silent.model_validate(content() | {"remark": "x"}).digest != then.model_validate(content()).digest
    assert now.model_validate(content()).digest != then.model_validate(content()).digest


def test_a_value_that_was_changed_has_the_digest_of_what_it_says() -> None:
    then = Policy.model_validate(policy())
    read = LaterPolicy.from_record(then.to_record())
    assert read.digest == then.digest
    assert read.model_copy().digest == then.digest
    changed = read.model_copy(update={"max_looks": 2})
    assert changed.digest == digest(changed.to_record()) != then.digest


def test_another_method_keeps_the_numbers_and_holds_the_counts(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [f.id for f in read_bundle(version).verdict.findings if f.limit is not None]

    def plant() -> None:
        monkeypatch.setattr(judge, "METHOD", 2)
        monkeypatch.setattr("smartstart_gov.evidence.verdict.METHOD", 2)
        monkeypatch.setattr("smartstart_gov.evidence.verdict.judge_look", crashes)
        monkeypatch.setattr("smartstart_gov.statistics.estimates.CONFIDENCE", 0.9)

    found = later(version, plant)
    assert [line.partition(":")[0] for line in found.not_recomputed] == limits
    for edit in (_another_rate, _another_control):
        assert not gov.verify(edited(version, edit)).ok


def _another_rate(record: dict[str, Any]) -> None:
    record["metrics"]["numerator"][1][0] += 1


def _another_control(record: dict[str, Any]) -> None:
    next(one for one in record["verdict"]["findings"] if one["id"] == "control.R36")["status"] = "NOT_APPLICABLE"


# -------------------------------------------------------------------------------------------------- asking less than was due
def faults_of(version: Path, change: Callable[[Rules], Rules]) -> list[str]:
    public = read_bundle(version).public
    return list(change(public.rules).faults(public.policy))


def test_whole_rules_have_no_faults(whole: Path) -> None:
    assert faults_of(whole, lambda found: found) == []
    made = Rules.of(Policy.model_validate(policy()))
    assert Rules.from_record(json.loads(json.dumps(made.to_record()))) == made


def only_if_due(faults: list[str], line: str, since: Sequence[int | None], edition: int) -> None:
    """Hold that what was left out is missed by evidence of its edition, and by none from before it."""
    due = any(number is not None and number <= edition for number in since)
    assert len(faults) == due
    assert all(fault.startswith(line) for fault in faults)


@pytest.mark.parametrize("one", catalogue.CATALOGUE, ids=lambda one: one.rule)
def test_no_control_can_be_left_out(one: Control, whole: Path) -> None:
    left_out(one, whole)


def left_out(one: Control, whole: Path) -> None:
    def without(found: Rules) -> Rules:
        return replace(found, controls=tuple(asked for asked in found.controls if asked.id != f"control.{one.rule}"))

    rules_of = read_bundle(whole).public.rules
    only_if_due(faults_of(whole, without), f"rules.controls: control.{one.rule} ", one.since, rules_of.edition)


def test_no_metric_document_or_question_on_linking_can_be_left_out(whole: Path) -> None:
    every_one_left_out(whole)


def every_one_left_out(whole: Path) -> None:
    edition = read_bundle(whole).public.rules.edition
    for name, of in RATES.items():
        faults = faults_of(whole, lambda found, name=name: replace(found, metrics=tuple(m for m in found.metrics if m != name)))
        only_if_due(faults, f"rules.metrics: {name} ", (of.since,), edition)
    for name, since in rules.DOCUMENTS.items():
        faults = faults_of(
            whole,
            lambda found, name=name: replace(
                found, documents=found.documents | {"trial": tuple(d for d in found.documents["trial"] if d != name)}
            ),
        )
        only_if_due(faults, f"rules.documents: {name} ", (since,), edition)
    for name, editions in link_findings.SINCE.items():
        faults = faults_of(
            whole, lambda found, name=name: replace(found, controls=tuple(a for a in found.controls if a.id != name))
        )
        only_if_due(faults, f"rules.controls: {name} ", editions, edition)


def test_what_came_later_than_the_evidence_is_not_missed_in_it(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And these tests hold when somebody adds a metric or a control of the next edition."""
    then = read_bundle(whole).public.rules.edition
    later = replace(MADE_UP_CONTROL, since=(then + 1,))
    monkeypatch.setitem(RATES, "made_up", replace(MADE_UP, since=then + 1))
    plant_control(monkeypatch, later)
    every_one_left_out(whole)
    left_out(later, whole)
    faults = faults_of(whole, lambda found: replace(found, edition=then + 1))
    for made in ("rules.controls: control.R44 ", "rules.metrics: made_up "):
        assert sum(fault.startswith(made) for fault in faults) == 1


@pytest.mark.parametrize("said", [{"severity": "warn"}, {"moment": "release"}])
def test_no_control_can_be_made_lighter(said: dict[str, Any], whole: Path) -> None:
    def lighter(found: Rules) -> Rules:
        return replace(found, controls=tuple(replace(a, **said) if a.id == "control.R36" else a for a in found.controls))

    (fault,) = faults_of(whole, lighter)
    assert fault.startswith("rules.controls: control.R36 ")


def test_a_policy_that_names_its_metrics_is_measured_by_those() -> None:
    chosen = Policy.model_validate(policy(metrics=["accuracy"]))
    found = Rules.of(chosen)
    assert found.metrics == ("accuracy", "false_positive_rate", "selection_rate")
    assert list(found.faults(chosen)) == []
    assert len(list(replace(found, metrics=found.metrics[:2]).faults(chosen))) == 1


def test_an_older_version_is_not_enough_once_the_newer_one_was_due(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = next(one for one in catalogue.CATALOGUE if one.rule == "R36")
    number = rules.edition() + 1
    plant_control(monkeypatch, replace(old, version=2, since=(1, number)), rule="R36")
    assert faults_of(whole, lambda found: found) == []
    said = faults_of(whole, lambda found: replace(found, edition=number))
    # Asked in another version since, or not at all then.
    then = {one.id: one.version for one in read_bundle(whole).public.rules.controls}
    due = {
        f"control.{one.rule}": one.version for one in catalogue.CATALOGUE if one.version > then.get(f"control.{one.rule}", 0)
    }
    assert set(due) >= {"control.R01", "control.R36", "control.R37"}
    asked = [line for line in said if line.startswith("rules.controls: control.")]
    assert sorted(asked) == sorted(
        f"rules.controls: {name} in version {version} belongs to edition {number}, but is not listed"
        for name, version in due.items()
    )


def test_rules_of_a_newer_library_are_not_judged_by_an_older_one(whole: Path) -> None:
    for change in (
        lambda found: replace(found, edition=rules.edition() + 1),
        lambda found: replace(found, method=found.method + 1),
        lambda found: replace(found, metrics=(*found.metrics, "of_later")),
        lambda found: replace(found, controls=tuple(replace(one, version=9) for one in found.controls)),
    ):
        (fault,) = faults_of(whole, change)
        assert fault.startswith("rules: ")


@pytest.mark.parametrize(
    "change",
    [
        {"edition": 0}, {"method": 0}, {"format": True}, {"edition": "1"}, {"metrics": ["accuracy", "accuracy"]}, {"documents": {"trial": []}}, {"documents": {"shadow": [], "trial": [5], "release": []}}, {"metrics": [None]}, {"policy": 5},
        {"more": 1}, {"controls": [{"id": "control.R01", "version": 0, "severity": "block", "moment": "audit"}]},
        {"controls": [{"id": "control.R01", "version": 1, "severity": "block", "moment": "audit"}] * 2},
    ],
)  # fmt: skip
def test_a_record_that_is_none_does_not_read(change: dict[str, Any]) -> None:
    record = Rules.of(Policy.model_validate(policy())).to_record()
    with pytest.raises((ValueError, TypeError)):
        Rules.from_record(record | change)


def test_rules_of_other_things_than_numbers_and_names_are_none() -> None:
    made = Rules.of(Policy.model_validate(policy()))
    first, *others = made.controls
    for number in (0, True, "1", 1.0, None):
        changes: tuple[Any, ...] = (
            {"format": number}, {"edition": number}, {"method": number}, {"controls": (replace(first, version=number), *others)},
        )  # fmt: skip
        for change in changes:
            with pytest.raises(ValueError, match="a number that is none"):
                replace(made, **change)
    names: tuple[Any, ...] = (
        {"policy": 5}, {"metrics": (*made.metrics, 5)}, {"controls": (replace(first, id=5), *others)},
        {"documents": made.documents | {"trial": (5,)}},
    )  # fmt: skip
    for change in names:
        with pytest.raises(ValueError, match="a name that is none"):
            replace(made, **change)


def test_a_kept_answer_has_to_be_there(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_the_finding(record: dict[str, Any]) -> None:
        record["verdict"]["findings"] = [one for one in record["verdict"]["findings"] if one["id"] != "control.R36"]

    edited(version, without_the_finding)
    plant_control(monkeypatch, rule="R36")
    assert any(line.startswith("control.R36: ") for line in gov.verify(version).differences)


def test_a_control_left_out_of_rules_and_findings_is_found(version: Path) -> None:
    edited(version, a_control_left_out)
    assert any(line.startswith("rules.controls: control.R36 ") for line in gov.verify(version).differences)
    # The log pins the file, so the gate needs no re-performance to refuse it.
    assert gov.gate(version, stage="shadow").exit_code == 4


# ----------------------------------------------------------------------------------------------------------- the house keeping
def test_everything_that_is_asked_has_a_number() -> None:
    for control in catalogue.CATALOGUE:
        assert len(control.since) == control.version, f"{control.rule}: since names one edition a version"
        assert list(control.since) == sorted(control.since)
    assert all(rate.since is not None for rate in RATES.values())
    assert all(since is not None for since in rules.DOCUMENTS.values())
    assert len(judge.METHOD_SINCE) == judge.METHOD


def test_every_format_that_is_read_has_a_bundle_and_the_last_is_written() -> None:
    assert [f"format-{number}" for number in rules.FORMATS] == FORMATS
    assert rules.FORMATS[-1] == rules.FORMAT


def test_a_draft_is_judged_by_the_rules_of_today(whole: Path) -> None:
    private = read_bundle(whole).private
    assert private is not None
    draft = replace(private, rules=Rules.of(private.policy), verdict=replace(private.verdict, findings=()))
    assert {f.id for f in judged(draft).findings} >= {one.id for one in catalogue.CATALOGUE}


def test_evidence_keeps_the_digest_of_what_was_read(whole: Path) -> None:
    record = json.loads((whole / "bundle.private.json").read_bytes())
    private = edition.Evidence.from_record(record)
    assert private.digest == digest(record)
    # A later version of the library may write more into its own; what was read keeps the digest of what stood there.
    object.__setattr__(private, "name", "later")
    assert private.digest == digest(record) != replace(private).digest


def test_rules_say_by_what_they_judge_and_of_whom() -> None:
    rules_of, other = Policy.model_validate(policy()), Policy.model_validate(policy(metrics=["accuracy"]))
    made = Rules.of(rules_of)
    assert made.headline() == (
        f"Rules(format {rules.FORMAT}, edition {made.edition}, method {judge.METHOD}: {len(RATES)} metrics, {len(made.controls)} controls)"
    )
    assert made.documents == {"shadow": (), "trial": tuple(rules.DOCUMENTS), "release": tuple(rules.DOCUMENTS)}
    assert any(fault.startswith("rules.policy: ") for fault in made.faults(other))
    assert made.same_method
    assert not replace(made, method=judge.METHOD + 1).same_method
    assert made.kept() == {}


def test_a_question_that_is_asked_otherwise_or_not_at_all_keeps_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Rules.of(Policy.model_validate(policy()))
    old = next(one for one in catalogue.CATALOGUE if one.rule == "R36")
    plant_control(monkeypatch, replace(old, version=2, since=(1, 2)), rule="R36")
    assert made.kept() == {"control.R36": "checked in version 1; this version of the library checks version 2"}
    plant_control(monkeypatch, rule="R36")
    assert made.kept() == {"control.R36": "this version of the library no longer checks it"}


def test_a_way_of_judging_that_was_due_cannot_be_left_for_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rules_of = Policy.model_validate(policy())
    monkeypatch.setattr(judge, "METHOD", 2)
    for since, told in (((1, 1), True), ((1, 2), False)):
        monkeypatch.setattr(judge, "METHOD_SINCE", since)
        older = replace(Rules.of(rules_of), method=1, edition=1)
        assert any(fault.startswith("rules.method: ") for fault in older.faults(rules_of)) == told


def test_the_edition_is_the_highest_number_that_anything_came_with(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rules.edition()
    monkeypatch.setattr(judge, "METHOD_SINCE", (1, 7))
    assert before < rules.edition() == 7
    monkeypatch.setattr(rules, "DOCUMENTS", {**rules.DOCUMENTS, "letter.nl.pdf": 8, "note.nl.pdf": None})
    assert rules.edition() == 8
    monkeypatch.setitem(RATES, "made_up", replace(MADE_UP, since=9))
    assert rules.edition() == 9
    monkeypatch.setattr(link_findings, "SINCE", {**link_findings.SINCE, "rows.made_up": (10,)})
    assert rules.edition() == 10


@pytest.mark.parametrize(("since", "demanded"), [(None, False), (1, True), (2, False)])
def test_evidence_carries_what_had_come_by_its_edition_and_nothing_later(
    since: int | None, demanded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules_of = Policy.model_validate(policy())
    made = replace(Rules.of(rules_of), edition=1)
    monkeypatch.setitem(RATES, "made_up", replace(MADE_UP, since=since))
    monkeypatch.setattr(rules, "DOCUMENTS", {**rules.DOCUMENTS, "letter.nl.pdf": since})
    told = [fault.partition(",")[0] for fault in made.faults(rules_of)]
    expected = [
        "rules.metrics: made_up belongs to edition 1",
        *("rules.documents: letter.nl.pdf belongs to edition 1" for _ in ("trial", "release")),
    ]
    assert told == (expected if demanded else [])
