"""Rechecks, rule by rule: which counts are judged, what the log holds of them, and which entry is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.counting.tally_file import write_tally
from smartstart_gov.counting.weights import Weights
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import AUDITED
from smartstart_gov.judgement.question import questions
from smartstart_gov.ledger import Entry
from smartstart_gov.release.practice import RECHECK, Recheck, breaches, elsewhere, recheck, rechecks, unshown
from tests.judgement.test_ladder import limit
from tests.release.saying import NOW, ONE, OTHER, broken, log, refused
from tests.release.test_decide import finding
from tests.release.test_practice import audited, counts
from tests.release.test_waivers import ALARM

CHOSEN = "limit.chosen"
PASSED = {ALARM: "PASSED", CHOSEN: "PASSED"}


@pytest.fixture
def evidence() -> Evidence:
    """Of an audit that is made once, before a test stops its clock: others ask for it by the clock of today."""
    return read_bundle(audited()).public


@pytest.fixture
def found(evidence: Evidence, seen: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The version as `recheck` finds it, with evidence of an audit."""
    seen.evidence = SimpleNamespace(name="help", version="1.0.0", policy=evidence.policy, contract=evidence.contract)
    seen.asked, seen.private = [], None
    monkeypatch.setattr("smartstart_gov.release.practice.examine", lambda *given: seen.asked.append(given) or seen)
    monkeypatch.setattr(
        "smartstart_gov.release.practice.bundle_of", lambda _: SimpleNamespace(public=seen.evidence, private=seen.private)
    )
    return seen


def judged(seen: Any, tally: Any = None, **more: Any) -> Recheck:
    return recheck(seen.path, counts() if tally is None else tally, **{"stage": "trial", **more})


def entered(seen: Any, **changes: Any) -> Entry:
    """Enter what somebody writes with a program of their own; a change to ``...`` leaves the field out."""
    body = {
        "name": "help", "version": "1.0.0", "audited": ONE, "stage": "trial", "decided_by": "model", "counts": OTHER, "answers": PASSED
    } | changes  # fmt: skip
    return log(seen).append(RECHECK, {key: value for key, value in body.items() if value is not ...})


def test_what_counts_come_to_is_in_the_log(found: Any, tmp_path: Path) -> None:
    one = judged(found, project="elsewhere")
    assert found.asked == [(found.path, "elsewhere")]
    (entry,) = log(found).find(RECHECK)
    body = {
        "name": "help", "version": "1.0.0", "audited": ONE, "stage": "trial", "decided_by": "model",
        "counts": counts().digest, "answers": PASSED,
    }  # fmt: skip
    assert (entry.digest, dict(entry.body)) == (one.entry, body)
    assert (one.name, one.version, one.stage, one.decided_by, one.status) == ("help", "1.0.0", "trial", "model", "PASSED")
    assert one.headline() == "Recheck(help 1.0.0 in trial, decided by model: PASSED)"
    path = write_tally(counts(gap=0.2), tmp_path / "unfair.json")
    two = judged(found, str(path), stage="shadow", decided_by="people")
    assert (two.stage, two.decided_by, two.status, two.exit_code) == ("shadow", "people", "FAILED", 1)
    assert [entry.body["answers"][ALARM] for entry in log(found).find(RECHECK)] == ["PASSED", "FAILED"]
    columns, lines = two.table()
    assert columns == ["status", "question", "reason"]
    assert [line[:2] for line in lines] == [["FAILED", ALARM], ["PASSED", CHOSEN]]
    assert [line[2] for line in lines] == [one.reason.text() for one in sorted(two.findings, key=lambda one: one.id)]
    refusal = refused(lambda: judged(found, path))
    assert (refusal.rule, refusal.what) == ("R03", "These counts stand in the log already.")
    assert len(log(found).find(RECHECK)) == 2


def test_no_small_group_is_named(found: Any) -> None:
    """What is said of counts of practice is worded as what is said of the audit in public."""
    few = counts(n=150, gap=0.2)
    one = judged(found, few)
    assert (one.status, one.exit_code) == ("NOT_SHOWN", 3)
    assert all(answer.decisive is None for answer in one.findings)


@pytest.mark.parametrize(("statuses", "status", "code"), [
    (["PASSED", "PASSED"], "PASSED", 0), (["NOT_SHOWN", "PASSED"], "NOT_SHOWN", 3), (["NOT_SHOWN", "FAILED"], "FAILED", 1),
])  # fmt: skip
def test_the_gravest_answer_is_the_answer(statuses: list[Any], status: str, code: int) -> None:
    answers = tuple(finding(f"limit.{i}", status) for i, status in enumerate(statuses))
    one = Recheck(name="help", version="1", stage="trial", decided_by="model", findings=answers, entry=ONE)
    assert (one.status, one.exit_code) == (status, code)


def test_the_same_counts_of_another_version_are_not_in_the_way(found: Any) -> None:
    for of in ({"name": "other"}, {"version": "2.0.0"}):
        entered(found, counts=counts().digest, **of)
    judged(found)
    path = found.path
    found.path, found.project = path / "elsewhere" / "1.0.0", path.parent
    assert refused(lambda: judged(found)).rule == "R03"
    found.path, found.project = path, None
    assert refused(lambda: judged(found)).rule == "R03"


@pytest.mark.parametrize(("more", "where"), [
    ({"stage": "release"}, "Argument stage"), ({"stage": "shadow", "decided_by": "nobody"}, "Argument decided_by"),
], ids=str)  # fmt: skip
def test_practice_is_of_a_stage_and_a_decider(found: Any, more: dict[str, Any], where: str) -> None:
    refusal = refused(lambda: judged(found, **more))
    assert (refusal.rule, refusal.where, found.asked) == ("U01", where, [])


def test_nothing_is_judged_of_what_does_not_hold(found: Any) -> None:
    found.broken = (Violation(rule="A01", what="One.", where="here", remedy="Restore it."),)
    assert broken(lambda: judged(found)) == ("A01", "One.")
    found.broken, found.logged = (), None
    assert broken(lambda: judged(found))[0] == "A13"
    assert log(found).find(RECHECK) == ()


# ------------------------------------------------------------------------------------------------------ counts of something else
def problems(seen: Any, tally: Any) -> list[tuple[str, str]]:
    before = log(seen).entries()
    with pytest.raises(Refused) as refusal:
        judged(seen, tally)
    assert log(seen).entries() == before
    return [(one.rule, one.what) for one in refusal.value.violations]


def test_counts_have_ten_times_the_smallest_that_is_printed(found: Any) -> None:
    least = 10 * found.evidence.policy.disclosure.k
    assert problems(found, counts(n=least - 1)) == [("D12", f"The counts hold fewer than {least} rows.")]
    judged(found, counts(n=least))


def test_all_that_is_wrong_with_counts_is_said_at_once(found: Any) -> None:
    """Over every attribute of the policy, in the groups of the contract, and over what a limit is given."""
    tally = given_child(found)
    missing, unit = "The counts have no axis {!r}.", ("D13", "The counts do not say which rows are of one unit.")
    assert problems(found, tally) == [("D13", missing.format("child")), unit]
    (quarter,) = (axis for axis in tally.axes if axis.name == "quarter")
    (step,) = quarter.steps
    for wrong in (
        {"levels": quarter.levels[::-1]}, {"levels": (*quarter.levels, "Q6"), "steps": ()}, {"steps": ()},
        {"steps": (replace(step, name="town"),)}, {"steps": (replace(step, ancestors=("D0",) * 6),)},
    ):  # fmt: skip
        assert problems(found, of(replace(quarter, **wrong), rows=99)) == [
            ("D13", missing.format("origin")), ("D13", "The groups of 'quarter' are not those of the contract."),
            ("D13", missing.format("child")), unit, ("D12", "The counts hold fewer than 100 rows."),
        ]  # fmt: skip


def given_child(found: Any) -> Tally:
    """Ask a limit within the age of the child, which is no attribute of the policy; return counts without it."""
    policy, contract = found.evidence.policy, found.evidence.contract
    limits = (policy.limits[0].model_copy(update={"given": "child"}), *policy.limits[1:])
    found.evidence.policy = policy.model_copy(update={"limits": limits})
    child = contract.column("quarter").model_copy(update={"name": "child", "role": "control", "levels": ("one", "more")})
    found.evidence.contract = contract.model_copy(update={"columns": (*contract.columns, child)})
    return counts()


@pytest.mark.parametrize(("levels", "right"), [(("one", "more"), True), (("all",), False), (("more", "one"), False)], ids=str)
def test_a_limit_is_asked_within_the_groups_of_the_contract(found: Any, levels: tuple[str, ...], right: bool) -> None:
    """With one group that everybody is in, nothing would be asked within anything."""
    tally = given_child(found)
    few = replace(
        of(*tally.axes, Axis(name="child", levels=levels, kind="control"), rows=99),
        moments=dict.fromkeys(found.evidence.policy.counted, next(iter(tally.moments.values()))),
    )
    other = [] if right else [("D13", "The groups of 'child' are not those of the contract.")]
    assert problems(found, few) == [*other, ("D12", "The counts hold fewer than 100 rows.")]


@pytest.mark.parametrize("without", [None, (), ("origin",)], ids=str)
def test_counts_know_which_rows_are_of_one_household(found: Any, without: tuple[str, ...] | None) -> None:
    """Three hundred families that are counted twenty times each would show what three hundred cannot."""
    tally = counts()
    moments = {} if without is None else {margin: value for margin, value in tally.moments.items() if margin != without}
    assert problems(found, replace(tally, moments=moments)) == [("D13", "The counts do not say which rows are of one unit.")]
    columns = tuple(one for one in found.evidence.contract.columns if one.role != "unit")
    found.evidence.contract = found.evidence.contract.model_copy(update={"columns": columns})
    assert judged(found, replace(tally, moments={})).stage == "trial"


@pytest.mark.parametrize("weighted", [False, True])
def test_counts_are_weighted_as_the_contract_says(found: Any, weighted: bool) -> None:
    contract, tally = found.evidence.contract, counts()
    if weighted:
        more = contract.column("income").model_copy(update={"name": "weight", "role": "weight"})
        found.evidence.contract = contract.model_copy(update={"columns": (*contract.columns, more)})
    else:
        tally = replace(tally, weights=Weights(total=tally.counts, squared=tally.counts, fourth=tally.counts, exponent=0))
    assert problems(found, tally) == [("D13", "The counts are weighted otherwise than the contract.")]


def test_the_counts_of_the_audit_are_no_practice(found: Any) -> None:
    found.private = SimpleNamespace(tally=counts(gap=0.2))
    refusal = refused(lambda: judged(found, counts(gap=0.2)))
    assert (refusal.rule, refusal.what) == ("R03", "These are the counts of the audit.")
    assert judged(found).status == "PASSED"


@pytest.mark.parametrize("given", [None, 5, {}, b"counts.json"], ids=str)
def test_counts_are_a_tally_or_a_path(found: Any, given: Any) -> None:
    refusal = refused(lambda: recheck(found.path, given, stage="trial"))
    assert (refusal.rule, refusal.where) == ("U01", "Argument counts")


def of(*axes: Axis, rows: int) -> Tally:
    """Return counts over axes, all of them in the first cell."""
    cells = np.zeros((*(len(axis.levels) for axis in axes), 2, 2), dtype=np.int64)
    cells.flat[0] = rows
    return replace(counts(), axes=axes, counts=cells)


# ------------------------------------------------------------------------------------------------------ entries of the log
ODD: list[dict[str, Any]] = [
    {"answers": {ALARM: "PASSED"}}, {"answers": PASSED | {"limit.more": "PASSED"}}, {"answers": PASSED | {CHOSEN: "FINE"}},
    {"answers": PASSED | {CHOSEN: "WAIVED"}}, {"answers": PASSED | {CHOSEN: None}}, {"answers": PASSED | {CHOSEN: ["PASSED"]}},
    {"answers": []}, {"answers": [ALARM, CHOSEN]}, {"answers": None}, {"stage": "release"}, {"stage": ["trial"]}, {"stage": ...},
    {"audited": OTHER}, {"audited": None}, {"decided_by": "nobody"}, {"decided_by": ["model"]}, {"decided_by": ...}, {"more": 1},
    {"counts": ...}, {"answers": ...},
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(ODD)))
def test_an_entry_that_no_recheck_wrote_is_broken_evidence(found: Any, case: int) -> None:
    policy = found.evidence.policy
    first = entered(found)
    entered(found, version="2.0.0", **ODD[case])
    assert rechecks(found, log(found), policy) == (first,)
    second = entered(found, stage="shadow", decided_by="people", answers={ALARM: "FAILED", CHOSEN: "NOT_SHOWN"})
    assert rechecks(found, log(found), policy) == (first, second)
    entered(found, **ODD[case])
    what = "The entry does not read as a recheck of this version."
    assert broken(lambda: rechecks(found, log(found), policy)) == ("A13", what)
    with pytest.raises(EvidenceBroken):
        judged(found)


def test_a_breach_is_a_limit_that_blocks_and_is_not_waived(found: Any) -> None:
    policy = found.evidence.policy
    entries = [
        entered(found, answers={ALARM: "FAILED", CHOSEN: "NOT_SHOWN"}),
        entered(found, stage="shadow", decided_by="people", answers={ALARM: "FAILED", CHOSEN: "FAILED"}),
    ]
    day = f"{NOW:%Y-%m-%d}"
    first, second, third = (
        f"FAILED {ALARM}: breached in trial of version 1.0.0 (decided by model, {day})",
        f"FAILED {ALARM}: breached in shadow of version 1.0.0 (decided by people, {day})",
        f"FAILED {CHOSEN}: breached in shadow of version 1.0.0 (decided by people, {day})",
    )  # fmt: skip
    assert breaches(entries, policy) == (first, second, third)
    assert breaches(entries, policy, {ALARM: {entry.digest for entry in entries}}) == (third,)
    late = "; its waiver was signed before that: sign the same words again"
    assert breaches(entries, policy, {ALARM: {entries[0].digest}, "limit.more": ()}) == (second + late, third)
    limits = [
        limit.model_copy(update={"severity": "warn"}) if f"limit.{limit.id}" == CHOSEN else limit for limit in policy.limits
    ]
    assert breaches(entries, policy.model_copy(update={"limits": tuple(limits)})) == (first, second)
    assert breaches([entered(found)], policy) == ()


def test_what_a_release_needs_is_shown_by_any_count_or_waived(seen: Any) -> None:
    """Of a ladder whose top no stage asks for, and beside it of a limit that only warns."""
    policy: Any = SimpleNamespace(limits=(limit(), limit(id="warned", severity="warn", ladder=(), needs=None)))
    due = [one.id for one in questions(policy.limits[0]) if one.stage is not None]
    assert len(due) == len(questions(policy.limits[0])) - 1

    def lacking(*answers: dict[str, str], waived: Sequence[str] = ()) -> list[str]:
        lines = unshown([entered(seen, answers=one) for one in answers], policy, waived)
        return [next(name for name in due if f" {name};" in line) for line in lines]

    assert lacking() == due
    assert lacking({due[0]: "PASSED"}, {due[1]: "FAILED", due[0]: "NOT_SHOWN"}) == due[2:]
    assert lacking({due[0]: "NOT_SHOWN"}) == due
    assert lacking(waived=due[1:]) == due[:1]
    assert lacking({due[0]: "PASSED"}, waived=due[1:]) == []


def test_a_breach_follows_the_model_file_into_other_versions(found: Any) -> None:
    """A version of other words with the same model file does the same harm; of a model without a file nobody knows."""

    def heard() -> list[str]:
        return [line.split()[7] for line in breaches(elsewhere(found, log(found)), found.evidence.policy)]

    failed, audits = {ALARM: "FAILED", CHOSEN: "PASSED"}, {}
    for version, model in (("0.8.0", ONE), ("0.9.0", OTHER), ("0.9.1", None), ("2.0.0", ONE), ("one\nmore", ONE), (7, ONE)):
        audits[version] = log(found).append(AUDITED, {"name": "help", "version": version, "model": model}).digest
        entered(found, version=version, audited=audits[version], answers=failed)
    own = log(found).append(AUDITED, {"name": "help", "version": "1.0.0", "model": ONE}).digest
    found.logged.audited.digest = own
    entered(found, audited=own, answers=failed)
    entered(found, audited=["0.8.0"], answers=failed)
    assert heard() == ["0.8.0", "2.0.0"]
    for odd in ODD:
        entered(found, **{"version": "0.8.0", "audited": audits["0.8.0"], "answers": PASSED} | odd)
    entered(found, version="2.0.0", audited=audits["0.8.0"], answers=failed)
    assert heard() == ["0.8.0", "2.0.0"]
    found.manifest.files = {name: value for name, value in found.manifest.files.items() if name != "model.skops"}
    assert heard() == []
