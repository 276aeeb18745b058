"""What the gate reads beside the findings: what the policy asks, the witness, and what people signed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartstart_gov.authoring.names import STAGES
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.ledger import Ledger
from smartstart_gov.release.approvals import Signing
from smartstart_gov.release.gate import _answer, _written, gate
from smartstart_gov.release.root import write_root
from smartstart_gov.release.sign import revoke
from tests.corpus.sound import FORMATS, copy
from tests.release.test_gate import ASKS, HELD, finding, seen
from tests.release.test_signing import signer, signers


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sound version of the corpus; nothing is computed again, other tests hold the gate to that."""
    monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))
    return copy(FORMATS[-1], tmp_path, private=True)


def log(version: Path) -> Ledger:
    return Ledger(version.parent / "log")


# ---------------------------------------------------------------------------------------------- what people signed
def test_what_people_said_is_told_after_what_is_missing() -> None:
    asked = ASKS | {"trial": ASKS["trial"] | {"signatures": ("owner", "dpo")}}
    said = Signing(missing=("dpo",), refused=(), notes=("approved by the owner", "the dpo abstains"), until=None)

    def told(signed: Signing) -> tuple[str, tuple[str, ...]]:
        decision = _answer(seen(), asked, HELD, "trial", signed=signed)
        return decision.result, decision.reasons

    assert told(said) == ("signatures_missing", ("MISSING signature of dpo", *said.notes))
    assert told(replace(said, missing=())) == ("allowed", said.notes)
    no = ("REFUSED by the dpo: Thin.", "REVOKED by the owner: It harms.")
    assert told(replace(said, missing=(), refused=no)) == ("refused", (*no, *said.notes))


def test_a_release_that_somebody_signs_for_is_not_said_to_have_nobody() -> None:
    asked = ASKS | {"release": ASKS["release"] | {"signatures": ("owner",)}}
    assert _answer(seen(), asked, HELD, "release").reasons == ("MISSING signature of owner",)


@pytest.mark.parametrize(("more", "stopped"), [
    ([], False), ([finding("limit.b", "PASSED", "warn")], False), ([finding("limit.b", "NOT_APPLICABLE")], False),
    ([finding("limit.b", "PASSED")], True), ([finding("limit.b", "PASSED"), finding("limit.c", "WAIVED", "warn")], True),
], ids=str)  # fmt: skip
def test_where_nothing_could_have_stopped_the_model_it_is_said(more: list[Finding], stopped: bool) -> None:
    decision = _answer(seen(), ASKS, (finding("limit.a", "WAIVED"), *more), "trial")
    told = "NOT_SHOWN limits: every limit is waived, so nothing could have stopped this model"
    assert (decision.result, told in decision.reasons) == (("allowed", False) if stopped else ("not_shown", True))


@pytest.mark.parametrize("named", ["path", "project", "root", "witness"])
def test_what_is_no_path_or_pin_is_refused(tmp_path: Path, named: str) -> None:
    with pytest.raises(Refused) as refused:
        gate(**{"path": tmp_path, named: 5})  # type: ignore[arg-type]  # that is the point
    assert (refused.value.rule, refused.value.violations[0].where) == ("U01", f"Argument {named}")


def test_signatures_are_asked_where_somebody_has_to_sign_or_could_have(version: Path) -> None:
    """Who gives a pin asks for that root at every stage; a root in the log asks of every stage whether it was taken back."""
    nowhere = "sha256:" + "0" * 64
    assert [gate(version, stage=stage).exit_code for stage in ("shadow", "trial")] == [0, 5]
    assert [gate(version, stage=stage, root=nowhere).exit_code for stage in ("shadow", "trial")] == [4, 4]
    assert any("has no root" in reason for reason in gate(version, stage="trial", root=nowhere).reasons)
    write_root(log(version), signers(), [signer("director"), signer("officer")])
    assert [gate(version, stage=stage).exit_code for stage in ("shadow", "trial")] == [0, 5]
    assert [gate(version, stage=stage, root=nowhere).exit_code for stage in ("shadow", "trial")] == [4, 4]
    revoke(version, signer("director"), reason="It harms.")
    assert [gate(version, stage=stage).exit_code for stage in STAGES] == [1, 1, 1]


# ------------------------------------------------------------------------------------------------------- the witness
def test_a_witness_is_held_against_the_log_of_the_project(version: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness.json"
    witness.write_bytes(log(version).witness())
    assert gate(version, stage="shadow", witness=witness).allowed
    assert gate(version, stage="shadow", witness=str(witness)).allowed
    record = json.loads(witness.read_text())
    witness.write_text(json.dumps(record | {"heads": ["sha256:" + "0" * 64]}))
    decision = gate(version, stage="shadow", witness=witness)
    assert (decision.result, decision.edition) == ("evidence_broken", None)
    assert any("lacks entries" in reason and "[A13]" in reason for reason in decision.reasons)
    # Where no log is beside the version, that is what is told.
    lone = shutil.copytree(version, tmp_path / "lone" / "1.0.0")
    (reason,) = gate(lone, stage="shadow", witness=witness).reasons
    assert "is not in a project" in reason


# ------------------------------------------------------------------------------------------- what the policy asks for
def record(**changes: Any) -> dict[str, Any]:
    """Return what the gate reads of a public edition; a change is one of the trial's."""
    stages = {stage: {"not_shown": "accepted"} for stage in STAGES}
    documents: dict[str, Any] = {stage: ["card.nl.pdf"] for stage in STAGES}
    documents["trial"] = changes.pop("documents", documents["trial"])
    stages["trial"] = stages["trial"] | changes
    return {"rules": {"documents": documents}, "policy": {"stages": stages}, "verdict": {"findings": []}}


def read(found: object) -> Any:
    folder: Any = SimpleNamespace(path=Path("1.0.0"), record={"bundle.json": found}.__getitem__)
    return _written(folder)


def test_what_a_stage_asks_is_read_with_its_defaults() -> None:
    asks, findings = read(record(signatures=["owner"], not_shown="refused", documents=("letter.nl.pdf",)))
    assert findings == ()
    plain = {"not_shown": "accepted", "signatures": (), "documents": ["card.nl.pdf"]}
    trial = {"not_shown": "refused", "signatures": ["owner"], "documents": ("letter.nl.pdf",)}
    assert asks == {"shadow": plain, "trial": trial, "release": plain}


def without(*path: str) -> dict[str, Any]:
    found: Any = record()
    *before, last = path
    place = found
    for key in before:
        place = place[key]
    del place[last]
    return dict(found)


UNREADABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "documents in one text": (lambda: record(documents="card.nl.pdf"), "TypeError"),
    "a number for a document": (lambda: record(documents=["card.nl.pdf", 7]), "TypeError"),
    "roles in one text": (lambda: record(signatures="owner"), "TypeError"),
    "a number for a role": (lambda: record(signatures=[7]), "TypeError"),
    "another word": (lambda: record(not_shown="maybe"), "ValueError"),
    "no word": (lambda: without("policy", "stages", "release", "not_shown"), "KeyError"),
    "no stage": (lambda: without("policy", "stages", "shadow"), "KeyError"),
    "no documents of a stage": (lambda: without("rules", "documents", "trial"), "KeyError"),
    "no findings": (lambda: without("verdict", "findings"), "KeyError"),
    "no rules": (lambda: record() | {"rules": None}, "TypeError"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_does_not_read_is_broken_evidence(name: str) -> None:
    make, kind = UNREADABLE[name]
    with pytest.raises(EvidenceBroken) as broken:
        read(make())
    (violation,) = broken.value.violations
    assert (violation.rule, violation.what) == ("A02", f"The findings cannot be read ({kind}).")
