"""Signatures: the root, what people sign, and what the gate makes of it: every case of the matrix ends as it should."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from smartstart_gov.authoring.names import STAGES
from smartstart_gov.authoring.signers import Signers
from smartstart_gov.canonical import canonical_json
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.ledger import Ledger
from smartstart_gov.release.approvals import APPROVAL
from smartstart_gov.release.envelope import PAYLOAD_TYPE, opened, signed, statement
from smartstart_gov.release.gate import gate
from smartstart_gov.release.keyfile import digits_of, make_key, read_key
from smartstart_gov.release.root import ROOT, current, pin_of, write_root
from smartstart_gov.release.sign import revoke, sign
from tests.release.test_gate import released, without_model_controls

NEXT_YEAR = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=365)
PHRASE = "correct horse battery"
TITLE = {"nl": "Functie", "en": "Function"}


@cache
def signer(name: str) -> Any:
    """Return the key of the person `name` of the tests; hashing a passphrase for each takes longer than most tests."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import CryptoSigner

    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def person(name: str, role: str, *, root: bool = False, keys: tuple[str, ...] | None = None) -> dict[str, Any]:
    digits = [digits_of(signer(key)) for key in keys or (name,)]
    return {"name": name, "title": TITLE, "role": role, "keeps_root": root, "keys": digits}


def signers(version: int = 1, **changes: Any) -> Signers:
    persons = [
        person("director", "owner", root=True), person("officer", "dpo", root=True), person("deputy", "owner"),
        person("modeller", "trainer"),
    ]  # fmt: skip
    record = {
        "format": 1, "version": version, "expires": str(NEXT_YEAR), "root_threshold": 2, "thresholds": {}, "persons": persons,
    } | changes  # fmt: skip
    return Signers.from_record(record)


@cache
def audited() -> Path:
    return released(Path(tempfile.mkdtemp(prefix="signed-")) / "help", policy=without_model_controls())


@pytest.fixture(autouse=True)
def quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute nothing again, but on the one road: other tests hold the gate to that, and it takes a second a time."""
    if request.function is not test_the_road_ends:
        monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))


@pytest.fixture
def version(tmp_path: Path) -> Path:
    """A version that lacks nothing but signatures, and a root of two."""
    folder = shutil.copytree(audited().parent, tmp_path / "help") / "1.0.0"
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    return folder


def log(version: Path) -> Ledger:
    return Ledger(version.parent / "log")


def approve(version: Path, *names: str, stage: Any = "release", **more: Any) -> None:
    for name in names:
        sign(version, signer(name), stage=stage, outcome="approve", until=NEXT_YEAR, **more)


def test_the_road_ends(version: Path) -> None:
    assert gate(version).exit_code == 5
    approve(version, "director")
    assert [r for r in gate(version).reasons if r.startswith("MISSING")] == ["MISSING signature of dpo"]
    approve(version, "officer")
    decision = gate(version)
    assert (decision.exit_code, decision.allowed) == (0, True)
    assert sum(reason.startswith("approved by") for reason in decision.reasons) == 2
    assert gate(version, root=current(log(version)).pin).allowed


def test_a_decision_ends_with_its_signers(version: Path) -> None:
    """After that day nothing that they signed counts: a model that is loaded by then stops too."""
    approve(version, "director", "officer")
    assert gate(version).until == str(NEXT_YEAR)
    sooner = str(NEXT_YEAR - dt.timedelta(days=300))
    write_root(log(version), signers(2, expires=sooner), [signer("director"), signer("officer")])
    assert (gate(version).until, gate(version, stage="trial").until) == (sooner, None)
    assert (gate(version, stage="shadow").allowed, gate(version, stage="shadow").until) == (True, None)


#: What each sequence of words comes to at release: person, outcome.
MATRIX: list[tuple[str, list[tuple[str, str]], int]] = [
    ("nobody", [], 5),
    ("owner alone", [("director", "approve")], 5),
    ("dpo alone", [("officer", "approve")], 5),
    ("one person twice", [("director", "approve"), ("director", "approve")], 5),
    ("two of one role", [("director", "approve"), ("deputy", "approve")], 5),
    ("both", [("director", "approve"), ("officer", "approve")], 0),
    ("the other owner", [("deputy", "approve"), ("officer", "approve")], 0),
    ("all three", [("deputy", "approve"), ("director", "approve"), ("officer", "approve")], 0),
    ("on conditions", [("director", "approve_if"), ("officer", "approve")], 0),
    ("both on conditions", [("director", "approve_if"), ("officer", "approve_if")], 0),
    ("one abstains", [("director", "approve"), ("officer", "abstain")], 5),
    ("all abstain", [("director", "abstain"), ("officer", "abstain")], 5),
    ("dpo refuses", [("director", "approve"), ("officer", "refuse")], 1),
    ("owner refuses", [("director", "refuse"), ("officer", "approve")], 1),
    ("a refusal alone", [("officer", "refuse")], 1),
    ("a third person refuses", [("director", "approve"), ("officer", "approve"), ("deputy", "refuse")], 1),
    ("refuses, then approves", [("director", "approve"), ("officer", "refuse"), ("officer", "approve")], 0),
    ("approves, then refuses", [("director", "approve"), ("officer", "approve"), ("officer", "refuse")], 1),
    ("approves, then abstains", [("director", "approve"), ("officer", "approve"), ("officer", "abstain")], 5),
    ("abstains, then approves", [("director", "approve"), ("officer", "abstain"), ("officer", "approve")], 0),
    ("conditions, then refuses", [("director", "approve_if"), ("officer", "approve"), ("director", "refuse")], 1),
    ("another refuses for the role", [("director", "refuse"), ("deputy", "approve"), ("officer", "approve")], 1),
    ("another abstains for the role", [("director", "abstain"), ("deputy", "approve"), ("officer", "approve")], 0),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code"), [(words, code) for _, words, code in MATRIX], ids=[name for name, _, _ in MATRIX])
def test_what_people_say_comes_to(version: Path, words: list[tuple[str, str]], code: int) -> None:
    for name, outcome in words:
        more: dict[str, Any] = {"until": NEXT_YEAR} if outcome.startswith("approve") else {}
        more |= {"conditions": ["A person decides first."]} if outcome == "approve_if" else {}
        more |= {"reason": "Too thin."} if outcome == "refuse" else {}
        sign(version, signer(name), stage="release", outcome=outcome, **more)  # type: ignore[arg-type]  # a word of the matrix
    decision = gate(version)
    assert decision.exit_code == code
    on_condition = [reason for reason in decision.reasons if reason.endswith("; on condition: A person decides first.")]
    last = dict(words)
    assert len(on_condition) == sum(outcome == "approve_if" for outcome in last.values())


def test_an_approval_is_for_one_stage(version: Path) -> None:
    approve(version, "director", "officer", stage="shadow")
    assert gate(version).exit_code == 5


def test_a_threshold_counts_persons(version: Path) -> None:
    write_root(log(version), signers(2, thresholds={"owner": 2}), [signer("director"), signer("officer")])
    approve(version, "director", "director", "officer")
    assert gate(version).exit_code == 5
    approve(version, "deputy")
    assert gate(version).exit_code == 0


def test_two_keys_of_one_person_are_one_person(version: Path) -> None:
    persons = [
        person("director", "owner", root=True, keys=("director", "spare")), person("officer", "dpo", root=True),
        person("deputy", "owner"),
    ]  # fmt: skip
    write_root(log(version), signers(2, persons=persons, thresholds={"owner": 2}), [signer("director"), signer("officer")])
    approve(version, "director", "spare", "officer")
    assert gate(version).exit_code == 5
    approve(version, "deputy")
    assert gate(version).exit_code == 0


def test_a_trainer_approves_nothing(version: Path) -> None:
    with pytest.raises(Refused) as refused:
        approve(version, "modeller")
    assert refused.value.rule == "A10"
    # Somebody who approved and trains from now on does not count any more.
    approve(version, "director", "officer")
    persons = [person("director", "owner", root=True), person("officer", "trainer"), person("second", "dpo", root=True)]
    write_root(log(version), signers(2, persons=persons), [signer("director"), signer("officer"), signer("second")])
    decision = gate(version)
    assert decision.exit_code == 5
    assert any("who trains does not approve" in reason for reason in decision.reasons)


@pytest.mark.parametrize(("name", "rule"), [("stranger", "A08"), ("modeller", "A10")])
@pytest.mark.parametrize("outcome", ["approve", "refuse", "abstain"])
def test_who_may_not_sign_writes_nothing(version: Path, name: str, rule: str, outcome: Any) -> None:
    before = log(version).entries()
    with pytest.raises(Refused) as refused:
        sign(version, signer(name), stage="release", outcome=outcome, until=NEXT_YEAR, reason="No.")
    assert refused.value.rule == rule
    assert log(version).entries() == before


@pytest.mark.parametrize("more", [
    {"outcome": "approve"}, {"outcome": "approve", "until": dt.date(2020, 1, 1)},
    {"outcome": "approve", "until": NEXT_YEAR + dt.timedelta(days=800)}, {"outcome": "approve_if", "until": NEXT_YEAR},
    {"outcome": "approve", "until": NEXT_YEAR, "conditions": ["One."]}, {"outcome": "refuse"}, {"outcome": "refuse", "reason": ""},
    {"outcome": "approve_if", "until": NEXT_YEAR, "conditions": [" "]}, {"outcome": "yes"},
])  # fmt: skip
def test_half_a_word_is_refused(version: Path, more: dict[str, Any]) -> None:
    before = log(version).entries()
    with pytest.raises(Refused) as refused:
        sign(version, signer("director"), stage="release", **more)
    assert refused.value.exit_code == 2
    assert log(version).entries() == before


def test_nobody_approves_what_has_no_documents(tmp_path: Path) -> None:
    folder = released(tmp_path / "help", documents=False, policy=without_model_controls())
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    with pytest.raises(Refused) as refused:
        approve(folder, "director")
    assert refused.value.rule == "A12"


def test_a_document_that_is_drawn_anew_was_not_read(version: Path) -> None:
    approve(version, "director", "officer")
    assert gate(version).allowed
    VersionFolder(version).add({"model_card.nl.pdf": b"%PDF- another"})
    decision = gate(version)
    assert decision.exit_code == 5
    assert sum("signed for another model_card.nl.pdf" in reason for reason in decision.reasons) == 2


def test_a_document_that_came_later_takes_nothing_away(version: Path) -> None:
    approve(version, "director", "officer")
    VersionFolder(version).add({"factsheet.nl.pdf": b"%PDF- later"})
    decision = gate(version)
    assert decision.allowed
    # Whoever can write to the folder can add one, so it is said that nobody read it.
    assert sum("; not read, because it came later: factsheet.nl.pdf" in reason for reason in decision.reasons) == 2


def test_an_approval_ends(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    approve(version, "officer")
    sign(version, signer("director"), stage="release", outcome="approve", until=dt.datetime.now(dt.UTC).date())
    assert gate(version).allowed

    def later(*_: Any) -> dt.date:
        return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)

    monkeypatch.setattr("smartstart_gov.release.root.today", later)
    decision = gate(version)
    assert decision.exit_code == 5
    assert any("the approval of director (owner) ended" in reason for reason in decision.reasons)


def test_a_root_that_ended_counts_for_nothing(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    approve(version, "director", "officer")
    monkeypatch.setattr("smartstart_gov.release.root.today", lambda *_: NEXT_YEAR + dt.timedelta(days=1))
    assert gate(version).exit_code == 4


def test_a_log_ahead_of_the_clock_is_refused(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(dt.datetime(2999, 1, 1, tzinfo=dt.UTC).timestamp())))
    log(version).append("note", {})
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    decision = gate(version)
    assert decision.exit_code == 4
    assert any("[P09]" in reason for reason in decision.reasons)


def test_what_is_taken_back_stays_back(version: Path) -> None:
    approve(version, "director", "officer")
    revoke(version, signer("deputy"), reason="It selects nobody in one district.")
    approve(version, "director", "officer")
    assert [gate(version, stage=stage).exit_code for stage in STAGES] == [1, 1, 1]
    assert any("REVOKED by deputy (owner): It selects" in reason for reason in gate(version).reasons)


def test_a_refusal_outlives_its_key_and_its_card(version: Path) -> None:
    """Only the person who refused takes it back: not a new key of theirs, not their leaving, and not a card drawn anew."""
    approve(version, "director")
    sign(version, signer("officer"), stage="release", outcome="refuse", reason="Too thin.")
    VersionFolder(version).add({"model_card.nl.pdf": b"%PDF- another"})
    approve(version, "director")
    assert gate(version).exit_code == 1
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True, keys=("spare",))]
    write_root(log(version), signers(2, persons=persons), [signer(name) for name in ("director", "officer", "spare")])
    assert gate(version).exit_code == 1
    approve(version, "spare")
    assert gate(version).exit_code == 0


def test_what_was_taken_back_stays_back_when_its_person_leaves(version: Path) -> None:
    revoke(version, signer("deputy"), reason="It harms.")
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(log(version), signers(2, persons=persons), [signer("director"), signer("officer")])
    approve(version, "director", "officer")
    assert [gate(version, stage=stage).exit_code for stage in STAGES] == [1, 1, 1]


def test_a_broken_version_can_be_taken_back(version: Path) -> None:
    (version / "bundle.json").write_bytes(b"{")
    revoke(version, signer("director"), reason="Its evidence is broken.")
    assert [entry.kind for entry in log(version).entries()][-1] == "revocation"


def test_two_people_who_sign_at_once_both_count(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between what one person signed over and what is written, another person's word comes in: neither is lost or broken."""
    from smartstart_gov.release import sign as module

    sealed = module.signed

    def meanwhile(said: Any, keys: Any) -> Any:
        monkeypatch.setattr(module, "signed", sealed)
        approve(version, "officer")
        return sealed(said, keys)

    monkeypatch.setattr(module, "signed", meanwhile)
    approve(version, "director")
    assert len(log(version).heads()) == 2
    assert gate(version).exit_code == 0


@pytest.mark.parametrize("tree", [{"size": 1, "root": "sha256:" + "0" * 64}, {"size": 0}, None, "none"])
def test_a_statement_over_another_log_ends_the_gate(version: Path, tree: Any) -> None:
    from smartstart_gov.evidence.folder import examine
    from smartstart_gov.ledger import Tree
    from smartstart_gov.release.approvals import about, rests_on

    approve(version, "officer")
    seen = examine(version)
    whole = Tree.of(log(version).entries()).to_record()
    for said_tree, code in ((whole, 0), (tree, 4)):
        said = {
            **rests_on(seen), "by": "director", "stage": "release", "outcome": "approve", "conditions": [], "reason": None,
            "until": str(NEXT_YEAR), "log": list(log(version).heads()), "tree": said_tree,
        }  # fmt: skip
        log(version).append(APPROVAL, {"envelope": signed(statement(APPROVAL, about(seen), said), [signer("director")])})
        decision = gate(version)
        assert decision.exit_code == code
    assert any("signed over another log" in reason for reason in decision.reasons)


def test_there_is_no_other_stage(version: Path) -> None:
    with pytest.raises(Refused) as refused:
        sign(version, signer("director"), stage="party", outcome="abstain")  # type: ignore[arg-type]  # what is refused
    assert refused.value.rule == "U01"


def test_another_pin_is_another_project(version: Path) -> None:
    approve(version, "director", "officer")
    assert gate(version, root="sha256:" + "0" * 64).exit_code == 4
    shutil.rmtree(version.parent / "log")
    assert gate(version).exit_code == 4


def test_a_witness_misses_what_was_cut_off(version: Path, tmp_path: Path) -> None:
    approve(version, "director")
    sign(version, signer("officer"), stage="release", outcome="refuse", reason="Too thin.")
    kept = tmp_path / "witness.json"
    kept.write_bytes(log(version).witness())
    assert gate(version, witness=kept).exit_code == 1
    # More entries take nothing away.
    approve(version, "officer")
    assert gate(version, witness=kept).exit_code == 0
    for entry in log(version).find(APPROVAL)[1:]:
        (log(version).path / f"{entry.digest[7:]}.json").unlink()
    # The refusal is gone, and the log alone does not show it.
    assert gate(version).exit_code == 5
    decision = gate(version, witness=kept)
    assert decision.exit_code == 4
    assert any("lacks entries" in reason and "[A13]" in reason for reason in decision.reasons)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"entries":1,"format":1,"heads":1}', b'{"entries":true,"format":1,"heads":[]}']
)
def test_a_witness_that_does_not_read_is_no_witness(version: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "witness.json").write_bytes(data)
    assert gate(version, witness=tmp_path / "witness.json").exit_code == 4
    assert gate(version, witness=tmp_path / "missing.json").exit_code == 4


# ------------------------------------------------------------------------------------------------ the root
@pytest.mark.parametrize(("changes", "by"), [
    ({}, ("director",)), ({}, ("director", "director")), ({}, ("officer", "deputy")), ({}, ("modeller", "deputy")),
    ({"version": 1}, ("director", "officer")), ({"version": 3}, ("director", "officer")),
    ({"expires": "2020-01-01"}, ("director", "officer")),
])  # fmt: skip
def test_a_root_that_too_few_signed_is_refused(version: Path, changes: dict[str, Any], by: tuple[str, ...]) -> None:
    before = log(version).entries()
    with pytest.raises(Refused):
        write_root(log(version), signers(**{"version": 2, **changes}), [signer(name) for name in by])
    assert log(version).entries() == before


def test_a_new_root_needs_the_old_one(version: Path) -> None:
    others = [person("usurper", "owner", root=True), person("accomplice", "dpo", root=True)]
    with pytest.raises(Refused):
        write_root(log(version), signers(2, persons=others), [signer("usurper"), signer("accomplice")])
    # Written past the library it is no root either.
    new = signers(2, persons=others)
    said = statement(ROOT, {"signers.yaml": pin_of(new)}, new.to_record())
    log(version).append(ROOT, {"version": 2, "envelope": signed(said, [signer("usurper"), signer("accomplice")])})
    assert gate(version).exit_code == 4
    with pytest.raises(EvidenceBroken):
        current(log(version))


def test_a_root_goes_from_hand_to_hand(version: Path) -> None:
    pin = current(log(version)).pin
    persons = [person("successor", "owner", root=True), person("officer", "dpo", root=True)]
    handing_over = [signer("director"), signer("officer"), signer("successor")]
    write_root(log(version), signers(2, persons=persons), handing_over)
    root = current(log(version), pin)
    assert (root.signers.version, root.pin) == (2, pin)
    approve(version, "officer", "successor")
    assert gate(version, root=pin).allowed
    with pytest.raises(Refused) as refused:
        approve(version, "director")
    assert refused.value.rule == "A08"


@pytest.mark.parametrize("changes", [
    {"persons": [person("director", "owner", root=True), person("twin", "dpo", root=True, keys=("director",))]},
    {"persons": [person("director", "owner", root=True), person("director", "dpo", root=True, keys=("officer",))]},
    {"persons": [person("director", "owner", root=True), person("officer", "root", root=True)]},
    {"persons": [person("director", "owner", root=True)]}, {"thresholds": {"trainer": 1}}, {"thresholds": {"dpo": 2}},
    {"root_threshold": 3}, {"root_threshold": 0}, {"version": 0}, {"stray": 1},
    {"persons": [{**person("director", "owner", root=True), "keys": []}, person("officer", "dpo", root=True)]},
    {"persons": [{**person("director", "owner", root=True), "keys": ["zz" * 32]}, person("officer", "dpo", root=True)]},
])  # fmt: skip
def test_a_file_of_signers_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        signers(**changes)


# ------------------------------------------------------------------------------------------------ envelopes
def tampered(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return an edit of an envelope: `change` gets the envelope and its statement, which is packed again."""

    def edit(envelope: dict[str, Any]) -> dict[str, Any]:
        said = json.loads(base64.b64decode(envelope["payload"]))
        before = json.dumps(said)
        change(envelope, said)
        if json.dumps(said) != before:
            envelope["payload"] = base64.b64encode(canonical_json(said)).decode()
        return envelope

    return edit


TAMPERED: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "no signature": lambda e, _: e.update(signatures=[]),
    "no list": lambda e, _: e.update(signatures={}),
    "garbage after": lambda e, _: e["signatures"].append({"keyid": "zz", "sig": "AAAA"}),
    "garbage before": lambda e, _: e["signatures"].insert(0, {"keyid": "zz", "sig": "AAAA"}),
    "the same twice": lambda e, _: e["signatures"].append(dict(e["signatures"][0])),
    "another's key": lambda e, _: e["signatures"][0].update(keyid=digits_of(signer("deputy"))),
    "a stranger's key": lambda e, _: e["signatures"][0].update(keyid=digits_of(signer("stranger"))),
    "an empty signature": lambda e, _: e["signatures"][0].update(sig=""),
    "a cut signature": lambda e, _: e["signatures"][0].update(sig=e["signatures"][0]["sig"][:-4]),
    "a field more in a signature": lambda e, _: e["signatures"][0].update(note="x"),
    "a field more": lambda e, _: e.update(note="x"),
    "a field less": lambda e, _: e.pop("payloadType"),
    "another payload type": lambda e, _: e.update(payloadType="application/json"),
    "spaces in the payload": lambda e, _: e.update(payload=e["payload"] + "\n"),
    "no payload": lambda e, _: e.update(payload=""),
    "no text": lambda e, _: e.update(payload=7),
    "another person's stage": lambda _, s: s["predicate"].update(stage="trial"),
    "another outcome": lambda _, s: s["predicate"].update(outcome="refuse"),
    "another end": lambda _, s: s["predicate"].update(until="2999-01-01"),
    "another person": lambda _, s: s["predicate"].update(by="deputy"),
    "another version": lambda _, s: s["predicate"].update(version="help 2.0.0"),
    "another log": lambda _, s: s["predicate"].update(log=[]),
    "another subject": lambda _, s: s["subject"].pop(),
    "another kind": lambda _, s: s.update(predicateType="urn:smartstart-gov:predicate:v1:revocation"),
    "another statement": lambda _, s: s.update(_type="https://in-toto.io/Statement/v0.1"),
    "a field more in the statement": lambda _, s: s.update(note="x"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_an_edited_envelope_is_refused(version: Path, name: str) -> None:
    approve(version, "director", "officer")
    entry = log(version).find(APPROVAL)[-1]
    envelope = tampered(TAMPERED[name])(json.loads(json.dumps(entry.body["envelope"])))
    log(version).append(APPROVAL, {"envelope": envelope})
    decision = gate(version)
    assert decision.exit_code == 4
    assert any(f"[{rule}]" in reason for reason in decision.reasons for rule in ("A06", "A07", "A08"))


def test_an_approval_is_not_replayed(version: Path) -> None:
    """The same envelope, moved behind other entries, or into the log of another version, is refused or counts for nothing."""
    approve(version, "director", "officer")
    envelope = log(version).find(APPROVAL)[0].body["envelope"]
    log(version).append(APPROVAL, {"envelope": envelope})
    decision = gate(version)
    assert decision.exit_code == 4
    assert any("[A11]" in reason for reason in decision.reasons)


@pytest.mark.parametrize("key", ["policy", "contract", "charter", "audited", "audit_set"])
def test_an_approval_of_something_else_counts_for_nothing(version: Path, key: str) -> None:
    approve(version, "officer")
    from smartstart_gov.evidence.folder import examine
    from smartstart_gov.release.approvals import about, rests_on

    seen = examine(version)
    said = {
        **rests_on(seen), "by": "director", "stage": "release", "outcome": "approve", "conditions": [], "reason": None,
        "until": str(NEXT_YEAR), "log": list(log(version).heads()), key: "sha256:" + "0" * 64,
    }  # fmt: skip
    log(version).append(APPROVAL, {"envelope": signed(statement(APPROVAL, about(seen), said), [signer("director")])})
    decision = gate(version)
    assert decision.exit_code == 5
    assert any(f"director (owner) signed for another {key}" in reason for reason in decision.reasons)


@pytest.mark.parametrize(("key", "value", "told"), [
    ("until", "2999-01-01", "longer than two years"), ("by", "deputy", "no longer that of deputy"),
])  # fmt: skip
def test_an_approval_past_the_rules_counts_for_nothing(version: Path, key: str, value: str, told: str) -> None:
    """Somebody signs with a program of their own what this library would not have signed."""
    from smartstart_gov.evidence.folder import examine
    from smartstart_gov.release.approvals import about, rests_on

    approve(version, "officer")
    seen = examine(version)
    said = {
        **rests_on(seen), "by": "director", "stage": "release", "outcome": "approve", "conditions": [], "reason": None,
        "until": str(NEXT_YEAR), "log": list(log(version).heads()), key: value,
    }  # fmt: skip
    log(version).append(APPROVAL, {"envelope": signed(statement(APPROVAL, about(seen), said), [signer("director")])})
    decision = gate(version)
    assert decision.exit_code == 5
    assert any(told in reason for reason in decision.reasons)


def test_strangers_read_our_envelopes() -> None:
    """Libraries that know nothing of this one take envelope and statement."""
    from google.protobuf.json_format import Parse
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey

    said = statement("approval", {"bundle.json": "sha256:" + "ab" * 32}, {"stage": "trial"})
    envelope = Envelope.from_dict(json.loads(json.dumps(signed(said, [signer("director")]))))
    digits = digits_of(signer("director"))
    key = SSlibKey(digits, "ed25519", "ed25519", {"public": digits})
    assert set(envelope.verify([key], 1)) == {digits}
    assert envelope.payload_type == PAYLOAD_TYPE
    Statement.copy_from_pb(Parse(envelope.payload, statement_pb2.Statement())).validate()  # type: ignore[attr-defined]  # of its protobuf
    predicate, subject, keys = opened(json.loads(json.dumps(signed(said, [signer("director")]))), "approval", [digits], "here")
    assert (predicate, subject, keys) == ({"stage": "trial"}, {"bundle.json": "sha256:" + "ab" * 32}, {digits})


# ------------------------------------------------------------------------------------------------ keys
def test_a_key_stays_behind_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "owner.key"
    digits = make_key(path, PHRASE)
    assert digits_of(read_key(path, PHRASE)) == digits
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(Refused) as refused:
        read_key(path, PHRASE + "!")
    assert (refused.value.rule, PHRASE in str(refused.value)) == ("A08", False)
    with pytest.raises(Refused) as refused:
        make_key(path, PHRASE)
    assert refused.value.rule == "R03"
    with pytest.raises(Refused) as refused:
        make_key(tmp_path / "short.key", "short")
    assert refused.value.rule == "A08"
    assert not (tmp_path / "short.key").exists()
    for data in (b"", b"no key"):
        (tmp_path / "other.key").write_bytes(data)
        with pytest.raises(Refused):
            read_key(tmp_path / "other.key", PHRASE)
    with pytest.raises(Refused) as refused:
        read_key(tmp_path / "missing.key", PHRASE)
    assert refused.value.rule == "U01"
