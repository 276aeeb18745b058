"""Waivers: what lets a breach pass, for how long and by whose hand, and everything that does not."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.canonical import digest
from smartstart_gov.controls.catalogue import CATALOGUE
from smartstart_gov.documents.render import render as render_document
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import RENDERED, VersionFolder, examine
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.release.approvals import WAIVER, about, rests_on
from smartstart_gov.release.envelope import signed, statement
from smartstart_gov.release.gate import gate
from smartstart_gov.release.root import write_root
from smartstart_gov.release.sign import sign, unwaive, waive
from smartstart_gov.release.waivers import may_be_waived, pinned
from tests.projects import policy, rows
from tests.release.saying import TODAY
from tests.release.test_gate import released, without_model_controls
from tests.release.test_signing import log, person, signer, signers

pytestmark = pytest.mark.usefixtures("quick", "one_day")

SOON = TODAY + dt.timedelta(days=60)
WORDS: dict[str, Any] = {
    "until": SOON, "reason": "A new model is being built.", "instead": "Two people look at each case.", "owner": "owner",
}  # fmt: skip
ALARM = "limit.alarm"


@cache
def audited(**waivers: Any) -> Path:
    """Audit a model that breaches one limit, under a policy that lets owner and officer waive."""
    policy = without_model_controls() | {"waivers": {"roles": ["owner", "dpo"], **waivers}}
    return released(Path(tempfile.mkdtemp(prefix="waived-")) / "help", policy=policy, data=rows(gap=0.2))


@pytest.fixture
def version(tmp_path: Path) -> Path:
    return prepared(tmp_path)


def prepared(tmp_path: Path, **waivers: Any) -> Path:
    folder = shutil.copytree(audited(**waivers).parent, tmp_path / "help") / "1.0.0"
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    return folder


def render(version: Path, text: str = "with the waiver") -> None:
    """Draw the card anew, as render does where there is something new to print."""
    VersionFolder(version).add({name: f"%PDF- {text} {name}".encode() for name in DOCUMENTS})


def both(version: Path, finding: str = ALARM, stage: Any = "release", **words: Any) -> None:
    waive(version, signer("director"), finding, stage=stage, **(WORDS | words))
    waive(version, signer("officer"), finding, stage=stage)


def approve(version: Path, stage: Any = "release") -> None:
    for name in ("director", "officer"):
        sign(version, signer(name), stage=stage, outcome="approve", until=SOON)


def told(version: Path, part: str, stage: str = "release") -> bool:
    return any(part in reason for reason in gate(version, stage=stage).reasons)


def forged(version: Path, name: str, /, **changes: Any) -> None:
    """Enter what somebody signs with a program of their own."""
    seen = examine(version)
    base = rests_on(seen)
    said = {
        "version": base["version"], "audited": base["audited"], "by": name, "stage": "release", "finding": ALARM,
        **WORDS, "until": str(SOON), "log": list(log(version).heads()),
    } | changes  # fmt: skip
    files = said.pop("files", pinned(about(seen)))
    log(version).append(WAIVER, {"envelope": signed(statement(WAIVER, files, said), [signer(said.pop("key", name))])})


def test_the_road_of_a_waiver(version: Path) -> None:
    assert gate(version).exit_code == 1
    waive(version, signer("director"), ALARM, stage="release", **WORDS)
    assert gate(version).exit_code == 1
    assert told(version, "needs 2 persons who sign the same words, and has 1")
    waive(version, signer("officer"), ALARM, stage="release")
    assert gate(version).exit_code == 1
    assert told(version, "is not on the card yet; run smartstart-gov render")
    render(version)
    decision = gate(version)
    assert (decision.exit_code, decision.until) == (5, None)
    assert sum(reason.startswith(f"WAIVED {ALARM} until {SOON} by director (owner) and officer (dpo): A new model")
               for reason in decision.reasons) == 1  # fmt: skip
    assert any("Instead, for which owner answers: Two people look at each case." in reason for reason in decision.reasons)
    assert "1 of 3 waivers at release are used" in decision.reasons
    assert decision.waived == (ALARM,)
    assert not any(reason.startswith(f"FAILED {ALARM}") for reason in decision.reasons)
    approve(version)
    assert (gate(version).exit_code, gate(version).until) == (0, str(SOON))


def test_only_where_something_is_waived_is_a_breach_computed_again(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries that count take most of the time, and a refusal needs none of them."""
    from smartstart_gov.release import gate as module

    asked = []
    again = module._recomputed
    monkeypatch.setattr(module, "_recomputed", lambda *given: asked.append(given) or again(*given))  # type: ignore[func-returns-value]  # it appends
    assert (gate(version).exit_code, len(asked)) == (1, 0)
    waive(version, signer("director"), ALARM, stage="release", **WORDS)
    assert (gate(version).exit_code, len(asked)) == (1, 1)


def test_who_approved_before_the_waiver_approves_anew(version: Path) -> None:
    approve(version)
    both(version)
    render(version)
    assert gate(version).exit_code == 5
    assert told(version, "signed for another")
    approve(version)
    assert gate(version).exit_code == 0


def test_a_render_that_somebody_wrote_into_the_log_makes_no_approval_one_of_the_waiver(version: Path) -> None:
    """Nobody signs what the log says of a render: the same card, entered once more after the waiver, does not print it."""
    approve(version)
    both(version)
    seen = examine(version)
    cards = {name: value for name, value in seen.manifest.files.items() if name.startswith("model_card.")}
    said = {"name": seen.manifest.name, "version": "1.0.0", "audited": seen.logged.audited.digest}
    log(version).append(RENDERED, {**said, "documents": cards})
    decision = gate(version)
    assert (decision.exit_code, decision.waived) == (5, (ALARM,))
    assert sum("signed before a finding was let pass" in reason for reason in decision.reasons) == 2
    approve(version)
    assert gate(version).exit_code == 0


def test_who_approved_before_there_was_a_card_has_not_read_it(tmp_path: Path) -> None:
    """In shadow no document is asked for; with a waiver the card is."""
    stages: Any = without_model_controls()["stages"]
    stages["shadow"]["signatures"] = ["owner"]
    given = policy(stages=stages, waivers={"roles": ["owner", "dpo"]})
    folder = released(tmp_path / "help", policy=given, data=rows(gap=0.2), documents=False)
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    VersionFolder(folder).add({"factsheet.nl.pdf": b"%PDF- read"})
    sign(folder, signer("director"), stage="shadow", outcome="approve", until=SOON)
    both(folder, stage="shadow")
    assert gate(folder, stage="shadow").exit_code == 1
    render(folder)
    assert gate(folder, stage="shadow").exit_code == 5
    sign(folder, signer("director"), stage="shadow", outcome="approve", until=SOON)
    assert gate(folder, stage="shadow").exit_code == 0
    render(folder, "with other words")
    assert gate(folder, stage="shadow").exit_code == 5


def test_without_a_waiver_no_card_is_read_in_shadow(tmp_path: Path) -> None:
    stages: Any = without_model_controls()["stages"]
    stages["shadow"]["signatures"] = ["owner"]
    folder = released(tmp_path / "help", policy=policy(stages=stages), data=rows(), documents=False)
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    VersionFolder(folder).add({"factsheet.nl.pdf": b"%PDF- read"})
    sign(folder, signer("director"), stage="shadow", outcome="approve", until=SOON)
    assert gate(folder, stage="shadow").exit_code == 0
    render(folder)
    assert gate(folder, stage="shadow").exit_code == 0


def test_where_every_limit_is_waived_nothing_could_have_stopped_the_model(tmp_path: Path) -> None:
    given = without_model_controls() | {"waivers": {"roles": ["owner", "dpo"]}}
    limits: Any = policy()["limits"]
    folder = released(tmp_path / "help", policy=given | {"limits": limits[:1]}, data=rows(gap=0.2))
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    both(folder)
    render(folder)
    assert gate(folder).exit_code == 3
    assert told(folder, "every limit is waived, so nothing could have stopped this model")


def test_a_waiver_is_for_one_stage(version: Path) -> None:
    both(version, stage="trial")
    render(version)
    assert [gate(version, stage=stage).exit_code for stage in ("shadow", "trial", "release")] == [1, 0, 1]


def test_a_waiver_ends(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both(version)
    render(version)
    assert gate(version).exit_code == 5
    monkeypatch.setattr("smartstart_gov.release.root.today", lambda *_: SOON)
    assert gate(version).exit_code == 5
    monkeypatch.setattr("smartstart_gov.release.root.today", lambda *_: SOON + dt.timedelta(days=1))
    assert gate(version).exit_code == 1
    assert told(version, f"ended on {SOON}")


def test_a_waiver_is_taken_back_by_its_person(version: Path) -> None:
    both(version)
    render(version)
    with pytest.raises(Refused) as refused:
        unwaive(version, signer("deputy"), ALARM, stage="release", reason="No.")
    assert refused.value.rule == "P07"
    unwaive(version, signer("officer"), ALARM, stage="release", reason="Nobody looked.")
    assert gate(version).exit_code == 1
    with pytest.raises(Refused):
        unwaive(version, signer("officer"), ALARM, stage="release", reason="Again.")
    waive(version, signer("officer"), ALARM, stage="release", **WORDS)
    render(version, "anew")
    assert gate(version).exit_code == 5


def test_other_words_are_another_waiver(version: Path) -> None:
    waive(version, signer("director"), ALARM, stage="release", **WORDS)
    waive(version, signer("officer"), ALARM, stage="release", **WORDS | {"instead": "Nothing."})
    render(version)
    assert gate(version).exit_code == 1


@pytest.mark.parametrize(("name", "rule"), [("modeller", "A10"), ("stranger", "A08")])
def test_who_trains_or_is_unknown_waives_nothing(version: Path, name: str, rule: str) -> None:
    before = log(version).entries()
    with pytest.raises(Refused) as refused:
        waive(version, signer(name), ALARM, stage="release", **WORDS)
    assert refused.value.rule == rule
    assert log(version).entries() == before


@pytest.mark.parametrize("changes", [
    {"until": TODAY + dt.timedelta(days=91)}, {"until": TODAY - dt.timedelta(days=1)}, {"until": None}, {"reason": None},
    {"reason": " "}, {"instead": None}, {"owner": None}, {"owner": "neighbour"}, {"finding": "limit.chosen"},
    {"finding": "limit.none"}, {"finding": "control.R16"}, dict.fromkeys(WORDS),
], ids=str)  # fmt: skip
def test_half_a_waiver_is_refused(version: Path, changes: dict[str, Any]) -> None:
    before = log(version).entries()
    with pytest.raises(Refused) as refused:
        waive(version, signer("director"), changes.pop("finding", ALARM), stage="release", **WORDS | changes)
    assert refused.value.exit_code == 2
    assert log(version).entries() == before


def test_ninety_days_are_allowed(version: Path) -> None:
    both(version, until=TODAY + dt.timedelta(days=90))
    render(version)
    assert gate(version).exit_code == 5


def test_a_policy_that_says_nothing_lets_nobody_waive(tmp_path: Path) -> None:
    folder = released(tmp_path / "help", policy=without_model_controls(), data=rows(gap=0.2))
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    with pytest.raises(Refused) as refused:
        waive(folder, signer("director"), ALARM, stage="release", **WORDS)
    assert refused.value.rule == "P07"
    for name in ("director", "officer"):
        forged(folder, name)
    render(folder)
    assert gate(folder).exit_code == 1


def test_a_role_that_may_not_waive_does_not(tmp_path: Path) -> None:
    folder = prepared(tmp_path, roles=("owner",))
    with pytest.raises(Refused) as refused:
        waive(folder, signer("officer"), ALARM, stage="release", **WORDS)
    assert refused.value.rule == "P07"
    waive(folder, signer("director"), ALARM, stage="release", **WORDS)
    forged(folder, "officer")
    render(folder)
    assert gate(folder).exit_code == 1
    assert told(folder, "the policy does not let this role waive")
    waive(folder, signer("deputy"), ALARM, stage="release")
    render(folder, "anew")
    assert gate(folder).exit_code == 5


@pytest.mark.parametrize(("changes", "part"), [
    ({"until": "2999-01-01"}, "longer than 90 days"), ({"by": "director"}, "no longer theirs"),
    ({"audited": digest({"other": 1})}, "of other evidence"), ({"files": {"bundle.json": digest({"other": 1})}}, "of other evidence"),
    ({"finding": "control.R16"}, "can never be waived"), ({"finding": "control.R01"}, "can never be waived"),
    ({"key": "modeller", "by": "modeller"}, "who trains does not waive"),
], ids=str)  # fmt: skip
def test_a_waiver_past_the_rules_counts_for_nothing(version: Path, changes: dict[str, Any], part: str) -> None:
    waive(version, signer("director"), ALARM, stage="release", **WORDS)
    key = changes.pop("key", "officer")
    forged(version, key, **changes)
    render(version)
    assert gate(version).exit_code == 1
    assert told(version, part)


def test_a_waiver_whose_key_left_the_root_counts_no_more(version: Path) -> None:
    both(version)
    render(version)
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True, keys=("spare",))]
    write_root(log(version), signers(2, persons=persons), [signer(name) for name in ("director", "officer", "spare")])
    assert gate(version).exit_code == 1


def test_a_waiver_is_renewed_twice(version: Path) -> None:
    for days in (10, 20, 30):
        both(version, until=TODAY + dt.timedelta(days=days))
    with pytest.raises(Refused) as refused:
        waive(version, signer("director"), ALARM, stage="release", **WORDS)
    assert refused.value.rule == "P07"
    for name in ("director", "officer"):
        forged(version, name)
    render(version)
    assert told(version, "renewed once more than the two times there are")
    assert told(version, f"until {TODAY + dt.timedelta(days=30)}")


def test_no_more_findings_are_waived_than_the_policy_allows(tmp_path: Path) -> None:
    folder = prepared(tmp_path, at_most=1)
    both(folder)
    waivable = [
        reason.split()[1].rstrip(":") for reason in gate(folder).reasons if may_be_waived(reason.split()[1].rstrip(":"))
    ]
    other = next(name for name in waivable if name != ALARM)
    with pytest.raises(Refused) as refused:
        waive(folder, signer("director"), other, stage="release", **WORDS)
    assert refused.value.rule == "P07"
    for name in ("director", "officer"):
        forged(folder, name, finding=other)
    render(folder)
    assert gate(folder).exit_code == 1
    assert told(folder, "the policy allows 1: none counts")


def test_an_answer_that_blocks_nothing_is_not_waived(version: Path) -> None:
    for name in ("director", "officer"):
        forged(version, name, finding="limit.chosen")
    both(version)
    render(version)
    decision = gate(version)
    assert decision.waived == (ALARM,)
    assert "not needed: the waiver of limit.chosen at release; this answer does not block" in decision.reasons


def test_a_waiver_that_was_edited_ends_the_gate(version: Path) -> None:
    both(version)
    entry = log(version).find(WAIVER)[0]
    envelope = entry.body["envelope"]
    log(version).append(WAIVER, {"envelope": envelope})
    assert gate(version).exit_code == 4


@pytest.mark.parametrize(("lang", "count", "once", "none"), [
    ("en", "2 answers are let pass for a while", "May be used, once signed", "May not be used"),
    ("nl", "2 antwoorden zijn tijdelijk toegestaan", "Mag in gebruik, na tekenen", "Mag niet in gebruik"),
])  # fmt: skip
def test_page_1_counts_and_lists_what_is_let_pass(version: Path, lang: str, count: str, once: str, none: str) -> None:
    bundle = read_bundle(version)
    before = render_document(bundle, "model_card", lang=lang).text
    assert none in before
    assert count[2:] not in before
    waive(version, signer("director"), ALARM, stage="release", **WORDS)
    assert render_document(bundle, "model_card", lang=lang).text == before, "one person alone lets nothing pass"
    waive(version, signer("officer"), ALARM, stage="release")
    both(version, stage="trial", until=TODAY)
    forged(version, "director", finding="limit.ghost")
    forged(version, "officer", finding="limit.ghost")
    outline = render_document(bundle, "model_card", lang=lang).outline
    first = "\n".join(line for block in outline.front for line in block.lines())
    assert all(part in first for part in (count, once))
    assert first.count("Two people look at each case") == 2
    assert "ghost" not in first
    assert count in render_document(bundle, "factsheet", lang=lang).text
    annex = render_document(bundle, "technical_annex", lang=lang).text
    assert annex.count("A new model is being built.") == 2


def test_what_can_be_waived_is_a_closed_list() -> None:
    """A control that comes later is not waivable until somebody says so; law, ground and declarations never are."""
    assert {one.rule for one in CATALOGUE if may_be_waived(one.id)} == {"R46", "R50"}
    assert not may_be_waived("control.R99")
    assert not may_be_waived("look")
