"""Practice: counts from shadow or trial are held against the limits of the audit, and a release may need them."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.names import STAGES
from smartstart_gov.counting.count import tally_of
from smartstart_gov.counting.handover import handover
from smartstart_gov.counting.tally import Tally
from smartstart_gov.counting.tally_file import write_tally
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import examine
from smartstart_gov.intake.validate import validate
from smartstart_gov.ledger import Entry
from smartstart_gov.release.approvals import PRACTICE_SIGNED, about, rests_on
from smartstart_gov.release.attest import sign_practice, sign_seal, sign_verdict, signed_head
from smartstart_gov.release.gate import gate
from smartstart_gov.release.practice import RECHECK, recheck
from smartstart_gov.release.root import write_root
from smartstart_gov.release.sign import appended, sign, waive
from smartstart_gov.release.waivers import pinned
from tests.projects import policy, rows
from tests.release.test_gate import released, without_model_controls
from tests.release.test_signing import NEXT_YEAR, log, person, signer, signers
from tests.release.test_waivers import ALARM, WORDS, render

pytestmark = pytest.mark.usefixtures("quick")


@cache
def audited(required: bool = True, gap: float = 0.0) -> Path:
    stages: Any = without_model_controls()["stages"]
    if required:
        stages["release"]["practice"] = "required"
    given = policy(stages=stages, waivers={"roles": ["owner", "dpo"]})
    return released(Path(tempfile.mkdtemp(prefix="practice-")) / "help", policy=given, data=rows(gap=gap))


@pytest.fixture
def version(tmp_path: Path) -> Path:
    return prepared(tmp_path)


def prepared(tmp_path: Path, **of: Any) -> Path:
    folder = shutil.copytree(audited(**of).parent, tmp_path / "help") / "1.0.0"
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    return folder


@cache
def counts(gap: float = 0.0, n: int = 6000, seed: int = 5) -> Tally:
    """Count what practice may have come to."""
    evidence = read_bundle(audited()).public
    frame = validate(rows(n, seed, gap=gap), evidence.contract)
    decision = (np.asarray(frame.column("score")) >= 0.5).astype(np.int8)
    return tally_of(handover(frame, decision=decision, score=None), evidence.policy)


def approve(version: Path, stages: Sequence[Any] = ("release",)) -> None:
    for stage in stages:
        for name in ("director", "officer"):
            sign(version, signer(name), stage=stage, outcome="approve", until=NEXT_YEAR)


def test_a_release_that_needs_practice_waits_for_it(version: Path) -> None:
    approve(version)
    decision = gate(version)
    assert decision.exit_code == 3
    waits = [reason for reason in decision.reasons if reason.startswith("NOT_SHOWN practice")]
    assert waits == ["NOT_SHOWN practice: no count from shadow or trial is in the log; count, and run smartstart-gov recheck"]
    assert gate(version, stage="trial").exit_code == 0
    found = recheck(version, counts(), stage="trial")
    assert (found.status, found.exit_code) == ("PASSED", 0)
    assert {finding.id for finding in found.findings} == {ALARM, "limit.chosen"}
    # Who signed before had not seen what practice came to.
    decision = gate(version)
    assert decision.exit_code == 5
    assert sum("signed before practice had shown what a release needs" in reason for reason in decision.reasons) == 2
    approve(version)
    assert gate(version).exit_code == 0
    # A later count does not take an approval away.
    recheck(version, counts(seed=6), stage="trial", decided_by="people")
    assert gate(version).exit_code == 0


def test_practice_is_waited_for_where_every_limit_only_warns(tmp_path: Path) -> None:
    """Then no question is due, and still nothing was counted."""
    limits = [{**limit, "severity": "warn"} for limit in policy()["limits"]]
    stages: Any = without_model_controls()["stages"]
    stages["release"]["practice"] = "required"
    folder = released(tmp_path / "help", policy=policy(stages=stages, limits=limits), data=rows())
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    approve(folder)
    decision = gate(folder)
    assert decision.exit_code == 3
    assert sum(reason.startswith("NOT_SHOWN practice: no count") for reason in decision.reasons) == 1


def asking(tmp_path: Path, **more: Any) -> Path:
    """Return a version whose root asks an owner to sign for counts of practice."""
    folder = shutil.copytree(audited().parent, tmp_path / "help") / "1.0.0"
    asked = signers(**{"attested": {"practice": ["owner"]}, **more})
    write_root(log(folder), asked, [signer("director"), signer("officer")])
    return folder


def forged(version: Path, status: str = "PASSED") -> Entry:
    """Enter a count that nobody made, as whoever can write to the log can."""
    audit = next(entry for entry in log(version).entries() if entry.kind == "audited")
    body = {
        "name": audit.body["name"], "version": "1.0.0", "audited": audit.digest, "stage": "trial", "decided_by": "model",
        "counts": "sha256:" + "3" * 64, "answers": dict.fromkeys((ALARM, "limit.chosen"), status),
    }  # fmt: skip
    return log(version).append(RECHECK, body)


UNDER = "MISSING signature of owner under the practice"


def test_a_count_of_practice_that_nobody_signed_for_opens_no_release(tmp_path: Path) -> None:
    """Where the root asks nobody, whoever approves has the count before them and stands by it; else who is asked signs it."""
    version = asking(tmp_path)
    forged(version)
    approve(version)
    decision = gate(version)
    assert (decision.exit_code, UNDER in decision.reasons) == (5, True)
    assert gate(version, stage="trial").exit_code == 0, "only a release asks for it"
    # Nor do a trainer, who cannot, and another role open it.
    with pytest.raises(Refused) as refused:
        sign_practice(version, signer("modeller"))
    assert refused.value.rule == "A10"
    sign_practice(version, signer("officer"))
    assert gate(version).exit_code == 5
    entry = sign_practice(version, signer("director"))
    assert gate(version).exit_code == 0
    # What is counted later takes nothing away, unless it is a breach: that is heard, whoever signed for it.
    forged(version, "NOT_SHOWN")
    assert gate(version).exit_code == 0
    forged(version, "FAILED")
    assert (gate(version).exit_code, gate(version, stage="trial").exit_code) == (1, 1)
    payload = json.loads(base64.b64decode(entry.body["envelope"]["payload"]))
    assert payload["predicate"]["rechecks"] == [log(version).find(RECHECK)[0].digest]


def test_a_threshold_counts_persons_under_practice_and_of_this_audit_alone(tmp_path: Path) -> None:
    version = asking(tmp_path, thresholds={"owner": 2})
    forged(version)
    sign_practice(version, signer("director"))
    sign_practice(version, signer("director"))
    for name in ("director", "deputy", "officer"):
        sign(version, signer(name), stage="release", outcome="approve", until=NEXT_YEAR)
    assert UNDER in gate(version).reasons
    base = {
        "by": "deputy",
        "version": f"{read_bundle(version).public.name} 1.0.0",
        "rechecks": [log(version).find(RECHECK)[0].digest],
    }
    for audit in ("sha256:" + "4" * 64, rests_on(examine(version))["audited"]):
        assert gate(version).exit_code == 5
        appended(log(version), PRACTICE_SIGNED, pinned(about(examine(version))), {**base, "audited": audit}, signer("deputy"))
    assert gate(version).exit_code == 0
    appended(
        log(version),
        PRACTICE_SIGNED,
        {"a": "sha256:" + "1" * 64},
        {**base, "audited": audit, "rechecks": [5]},
        signer("deputy"),
    )
    assert gate(version).exit_code == 4


def test_who_signed_practice_in_one_role_has_not_done_so_in_another(tmp_path: Path) -> None:
    version = asking(tmp_path)
    forged(version)
    sign_practice(version, signer("officer"))
    persons = [person("director", "owner", root=True), person("officer", "owner", root=True), person("deputy", "dpo")]
    after = signers(2, attested={"practice": ["owner"]}, persons=persons)
    write_root(log(version), after, [signer("director"), signer("officer")])
    for name in ("director", "deputy"):
        sign(version, signer(name), stage="release", outcome="approve", until=NEXT_YEAR)
    assert UNDER in gate(version).reasons
    sign_practice(version, signer("officer"))
    assert gate(version).exit_code == 0


@pytest.mark.parametrize(("status", "code", "waits"), [("NOT_SHOWN", 3, False), ("FAILED", 1, True)])
def test_a_count_that_nobody_signed_for_may_refuse_and_never_shows(tmp_path: Path, status: str, code: int, waits: bool) -> None:
    """What would show nothing, signed or not, waits for no signature; a breach is heard beside the one that is missing."""
    version = asking(tmp_path)
    forged(version, status)
    approve(version)
    decision = gate(version)
    assert (decision.exit_code, UNDER in decision.reasons) == (code, waits)
    assert sum(reason.startswith("NOT_SHOWN practice") for reason in decision.reasons) == (not waits)


def test_practice_is_signed_in_every_role_that_is_asked_and_beside_the_verdict(tmp_path: Path) -> None:
    version = asking(tmp_path, attested={"practice": ["owner", "dpo"], "verdict": ["dpo"]})
    forged(version)
    approve(version)
    sign_verdict(version, signer("officer"))
    sign_practice(version, signer("director"))
    assert [one for one in gate(version).reasons if one.startswith("MISSING")]
    sign_practice(version, signer("officer"))
    assert gate(version).exit_code == 0


def test_who_has_left_the_root_vouches_for_no_practice(tmp_path: Path) -> None:
    version = asking(tmp_path)
    forged(version)
    sign_practice(version, signer("deputy"))
    approve(version)
    assert gate(version).exit_code == 0
    persons = [one for one in signers().to_record()["persons"] if one["name"] != "deputy"]
    left = signers(2, attested={"practice": ["owner"]}, persons=persons)
    write_root(log(version), left, [signer("director"), signer("officer")])
    assert UNDER in gate(version).reasons


def test_nobody_signs_the_practice_of_files_that_were_edited(tmp_path: Path) -> None:
    version = asking(tmp_path)
    forged(version)
    charter = version.parent / "charter.yaml"
    charter.write_text(charter.read_text(encoding="utf-8").replace("coercive: false", "coercive: true"), encoding="utf-8")
    with pytest.raises(EvidenceBroken):
        sign_practice(version, signer("director"))
    assert not log(version).find(PRACTICE_SIGNED)


@pytest.mark.parametrize(
    ("give", "argument"),
    [(sign_practice, "version"), (sign_verdict, "version"), (sign_seal, "project"), (signed_head, "project")],
)
def test_what_is_no_path_is_refused_as_an_argument(give: Callable[[Any, Any], object], argument: str) -> None:
    with pytest.raises(Refused) as refused:
        give(None, signer("director"))
    assert [(one.rule, one.where) for one in refused.value.violations] == [("U01", f"Argument {argument}")]


def test_where_nothing_was_counted_there_is_nothing_to_sign(version: Path) -> None:
    with pytest.raises(Refused) as refused:
        sign_practice(version, signer("director"))
    assert refused.value.rule == "A12"


def test_a_count_that_shows_nothing_is_no_practice(version: Path) -> None:
    few = recheck(version, counts(n=150), stage="shadow")
    assert few.status == "NOT_SHOWN"
    approve(version)
    decision = gate(version)
    assert decision.exit_code == 3
    assert [reason for reason in decision.reasons if reason.startswith("NOT_SHOWN practice")] == [
        f"NOT_SHOWN practice: no count from shadow or trial shows {finding.id}; count more, and run smartstart-gov recheck"
        for finding in few.findings
        if finding.status == "NOT_SHOWN"
    ]
    assert gate(version, stage="trial").exit_code == 0, "only a release asks for it"
    # What was left open by one count is answered by another, and whoever signed before it answers for neither.
    recheck(version, counts(), stage="trial")
    decision = gate(version)
    assert decision.exit_code == 5
    assert sum("signed before practice had shown what a release needs" in reason for reason in decision.reasons) == 2
    approve(version)
    assert gate(version).exit_code == 0


def test_a_release_that_asks_for_no_practice_needs_none(tmp_path: Path) -> None:
    folder = prepared(tmp_path, required=False)
    approve(folder)
    assert gate(folder).exit_code == 0
    recheck(folder, counts(), stage="shadow")
    assert gate(folder).exit_code == 0


@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("decided_by", ["model", "people"])
def test_a_breach_in_practice_stays_found(tmp_path: Path, required: bool, decided_by: Any) -> None:
    folder = prepared(tmp_path, required=required)
    found = recheck(folder, counts(gap=0.2), stage="shadow", decided_by=decided_by)
    assert (found.status, found.exit_code) == ("FAILED", 1)
    recheck(folder, counts(), stage="trial")
    approve(folder)
    decisions = [gate(folder, stage=stage) for stage in STAGES]
    assert [decision.exit_code for decision in decisions] == [1, 1, 1]
    (entry, _) = log(folder).find(RECHECK)
    told = f"FAILED {ALARM}: breached in shadow of version 1.0.0 (decided by {decided_by}, {entry.at[:10]})"
    assert all(told in decision.reasons for decision in decisions)


def test_a_breach_that_is_waived_is_waived_in_practice_too(tmp_path: Path) -> None:
    folder = prepared(tmp_path, gap=0.2)
    recheck(folder, counts(gap=0.2), stage="trial")
    waive(folder, signer("director"), ALARM, stage="release", **WORDS)
    waive(folder, signer("officer"), ALARM, stage="release")
    assert gate(folder).exit_code == 1
    render(folder)
    approve(folder)
    assert gate(folder).exit_code == 0
    assert gate(folder, stage="trial").exit_code == 1


def test_who_waived_before_practice_found_a_breach_has_not_waived_it(tmp_path: Path) -> None:
    folder = prepared(tmp_path, gap=0.2)
    people = ("director", "officer")
    for name in people:
        waive(folder, signer(name), ALARM, stage="shadow", **WORDS)
    render(folder)
    approve(folder, ["shadow"])
    assert gate(folder, stage="shadow").exit_code == 0
    recheck(folder, counts(gap=0.4), stage="shadow")
    for name in people:
        decision = gate(folder, stage="shadow")
        assert decision.exit_code == 1
        assert any(
            reason.endswith("its waiver was signed before that: sign the same words again") for reason in decision.reasons
        )
        waive(folder, signer(name), ALARM, stage="shadow")
    # The card prints the same words already, so that what was signed for it still stands.
    decision = gate(folder, stage="shadow")
    assert (decision.exit_code, decision.until) == (0, str(WORDS["until"])), decision.reasons
    assert gate(folder, stage="trial").until is None


def test_a_breach_of_what_only_warns_is_none(tmp_path: Path) -> None:
    limits = policy()["limits"]
    limits[0]["severity"] = "warn"
    given = policy(stages=without_model_controls()["stages"], limits=limits)
    folder = released(tmp_path / "help", policy=given)
    assert recheck(folder, counts(gap=0.2), stage="trial").status == "PASSED"
    assert gate(folder).exit_code == 5


def test_the_log_holds_answers_and_no_counts(version: Path) -> None:
    tally = counts()
    recheck(version, tally, stage="trial")
    (entry,) = log(version).find(RECHECK)
    assert entry.body["answers"] == {ALARM: "PASSED", "limit.chosen": "PASSED"}
    assert entry.body["counts"] == tally.digest
    assert set(entry.body) == {"name", "version", "audited", "stage", "decided_by", "counts", "answers"}


def test_the_same_counts_stand_in_the_log_once(version: Path) -> None:
    recheck(version, counts(), stage="trial")
    with pytest.raises(Refused) as refused:
        recheck(version, counts(), stage="shadow")
    assert refused.value.rule == "R03"


@pytest.mark.parametrize(("given", "rules"), [
    ({"stage": "release"}, {"U01"}), ({"stage": "trial", "decided_by": "nobody"}, {"U01"}), ({"n": 99}, {"D12"}),
    ({"without": "origin"}, {"D13"}), ({"without": "step"}, {"D13"}), ({"without": "level"}, {"D13"}),
], ids=str)  # fmt: skip
def test_counts_of_something_else_are_refused(version: Path, given: dict[str, Any], rules: set[str]) -> None:
    from dataclasses import replace

    tally = counts(n=given.get("n", 6000))
    what = given.get("without")
    if what is not None:
        frame = validate(rows(), read_bundle(version).public.contract)
        predictions = handover(frame, decision=np.zeros(frame.rows, dtype=np.int8), score=None)
        groups = dict(predictions.groups)
        if what == "step":
            groups["quarter"] = replace(groups["quarter"], steps=())
        if what == "level":
            groups["origin"] = replace(groups["origin"], levels=("B", "A", "C", "unknown"))
        tally = Tally.from_record(
            count_of(replace(predictions, groups=groups), "quarter", *([] if what == "origin" else ["origin"]))
        )
    before = log(version).entries()
    with pytest.raises(Refused) as refused:
        recheck(version, tally, stage=given.get("stage", "trial"), decided_by=given.get("decided_by", "model"))
    assert {violation.rule for violation in refused.value.violations} == rules
    assert log(version).entries() == before


def count_of(predictions: Any, *by: str) -> Any:
    from smartstart_gov.counting.count import count

    return count(predictions, by=list(by)).to_record()


@pytest.mark.parametrize("changes", [
    {"answers": {ALARM: "PASSED"}}, {"answers": {ALARM: "PASSED", "limit.chosen": "FINE"}}, {"stage": "release"},
    {"audited": "sha256:" + "0" * 64}, {"more": 1}, {"answers": []}, {"answers": {ALARM: [], "limit.chosen": "PASSED"}},
    {"decided_by": "people)\nnobody (because"}, {"decided_by": ["model"]},
], ids=str)  # fmt: skip
def test_an_entry_that_no_recheck_wrote_ends_the_gate(version: Path, changes: dict[str, Any]) -> None:
    recheck(version, counts(), stage="trial")
    (entry,) = log(version).find(RECHECK)
    log(version).append(RECHECK, dict(entry.body) | changes)
    approve(version)
    assert gate(version).exit_code == 4


def test_nothing_is_judged_of_a_broken_version(version: Path) -> None:
    (version / "bundle.json").write_bytes(b"{}")
    with pytest.raises(EvidenceBroken):
        recheck(version, counts(), stage="trial")


@pytest.mark.slow
def test_the_command_line_judges_a_file(version: Path, tmp_path: Path) -> None:
    from tests.cli.command import run

    fair, unfair = write_tally(counts(), tmp_path / "fair.json"), write_tally(counts(gap=0.2), tmp_path / "unfair.parquet")
    done = run("recheck", str(version), str(fair), "--stage", "trial")
    assert (done.returncode, "PASSED" in done.stdout) == (0, True), done.stderr
    done = run("recheck", str(version), str(unfair), "--stage", "shadow", "--decided-by", "people", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["decided_by"]) == (1, "FAILED", "people")
    assert run("recheck", str(version), str(tmp_path / "none.json"), "--stage", "trial").returncode == 2
