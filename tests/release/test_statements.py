"""Signed statements, rule by rule, straight from a log: what counts, what does not and why, and what is refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartstart_gov.authoring.signers import Signers
from smartstart_gov.canonical import canonical_json
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.ledger import Entry, Ledger, entry_of, file_of
from smartstart_gov.release.approvals import APPROVAL, REVOCATION, Signing, about, logged_audit, rests_on, signing
from smartstart_gov.release.envelope import opened, signed, statement, unverified
from smartstart_gov.release.keyfile import digits_of, make_key, public_key, read_key
from smartstart_gov.release.root import ROOT, current, pin_of, roots, today, write_root
from smartstart_gov.release.sign import revoke, sign
from tests.release.test_signing import PHRASE, person, signer, signers

NOW = dt.datetime(2031, 5, 20, 12, tzinfo=dt.UTC)
DAY = NOW.date()
ENDS = DAY + dt.timedelta(days=365)
TWO_YEARS = dt.timedelta(days=731)
ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
FILES = {"bundle.json": ONE, "bundle.private.json": OTHER, "model.skops": ONE, "card.nl.pdf": ONE}
PUBLIC = {name: value for name, value in FILES.items() if name != "bundle.private.json"}
KEEPERS = ("director", "officer")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Stop the clock of the root and of the log at noon of a day; what is returned sets it."""

    class Stopped(dt.datetime):
        at = NOW

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return cls.at.astimezone(tz)

    names = {"datetime": Stopped, "UTC": dt.UTC, "timedelta": dt.timedelta, "date": dt.date}
    for module in ("release.root", "ledger"):
        monkeypatch.setattr(f"smartstart_gov.{module}.dt", SimpleNamespace(**names))
    return lambda moment: setattr(Stopped, "at", moment)


@pytest.fixture
def seen(tmp_path: Path) -> Any:
    """A version as `examine` returns it, with a root of two keepers in its log."""
    found = SimpleNamespace(
        path=tmp_path / "1.0.0", project=tmp_path, violations=(), record={"bundle.json": {"look": {"entry": OTHER}}}.__getitem__,
        manifest=SimpleNamespace(name="help", version="1.0.0", files=FILES),
        logged=SimpleNamespace(
            audited=SimpleNamespace(digest=ONE, body={"policy": ONE, "contract": ONE, "charter": OTHER, "status": "sealed"})
        ),
    )  # fmt: skip
    write_root(log(found), file(), keys(*KEEPERS))
    return found


def log(seen: Any) -> Ledger:
    return Ledger(seen.project / "log")


def keys(*names: str) -> list[Any]:
    return [signer(name) for name in names]


def file(version: int = 1, **changes: Any) -> Signers:
    return signers(version, **{"expires": str(ENDS), **changes})


def say(seen: Any, name: str, *, kind: str = APPROVAL, subject: Mapping[str, str] = PUBLIC, **changes: Any) -> Entry:
    """Enter what somebody signs with a program of their own; a change to ``...`` leaves the field out."""
    said = {**rests_on(seen), "by": name, "stage": "release", "outcome": "approve", "conditions": [], "reason": None}
    said |= {"until": str(ENDS), "log": list(log(seen).heads())}
    if kind == REVOCATION:
        said = {key: said[key] for key in ("version", "by", "audited", "log")} | {"reason": "It harms."}
    said = {key: value for key, value in {**said, **changes}.items() if value is not ...}
    return log(seen).append(kind, {"envelope": signed(statement(kind, subject, said), keys(name))})


def come_to(seen: Any, roles: Sequence[str] = ("owner", "dpo"), documents: Sequence[str] = (), **more: Any) -> Signing:
    return signing(seen, "release", roles, documents, **more)


def broken(call: Callable[[], object]) -> tuple[str, str]:
    """Return under which rule and how `call` says that evidence is broken."""
    with pytest.raises(EvidenceBroken) as found:
        call()
    assert (len(found.value.violations), bool(found.value.violations[0].where)) == (1, True)
    return found.value.rule, found.value.violations[0].what


def refused(call: Callable[[], object]) -> Violation:
    with pytest.raises(Refused) as found:
        call()
    assert found.value.exit_code == 2
    (violation,) = found.value.violations
    return violation


# ------------------------------------------------------------------------------------------- what an approval is about
def test_an_approval_is_about_every_public_file_and_what_the_log_says(seen: Any) -> None:
    assert about(seen) == PUBLIC
    base = {"version": "help 1.0.0", "audited": ONE, "audit_set": OTHER, "policy": ONE, "contract": ONE, "charter": OTHER}
    assert rests_on(seen) == base
    seen.record = {"bundle.json": {}}.__getitem__
    assert rests_on(seen) == {**base, "audit_set": None}
    seen.logged = None
    assert broken(lambda: logged_audit(seen)) == ("A13", "The log has no audit of this version.")
    seen.project = None
    assert broken(lambda: come_to(seen)) == ("A13", "There is no log beside this version.")


def test_two_who_approve_are_what_two_roles_need(seen: Any) -> None:
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=(), notes=(), until=None)
    say(seen, "director", outcome="approve_if", conditions=["A person decides.", "In one district."])
    say(seen, "officer", until=str(ENDS - dt.timedelta(days=9)))
    director = f"approved by director (owner) until {ENDS}; on condition: A person decides.; on condition: In one district."
    officer = f"approved by officer (dpo) until {ENDS - dt.timedelta(days=9)}"
    ends = ENDS - dt.timedelta(days=9)
    assert come_to(seen) == Signing(missing=(), refused=(), notes=(director, officer), until=ends)
    # A role that nobody is asked for counts for nothing, and is told.
    assert come_to(seen, ("owner",)) == Signing(missing=(), refused=(), notes=(director, officer), until=ENDS)
    assert come_to(seen, ("owner", "lawyer")) == Signing(missing=("lawyer",), refused=(), notes=(director, officer), until=None)
    assert come_to(seen, ()) == Signing(missing=(), refused=(), notes=(director, officer), until=None)
    assert come_to(seen, pin=pin_of(file())).until == ends
    assert broken(lambda: come_to(seen, pin=OTHER))[0] == "A08"


def test_what_was_said_of_another_version_stage_or_audit_is_passed_over(seen: Any) -> None:
    say(seen, "director", version="help 2.0.0", outcome="refuse", reason="No.")
    say(seen, "director", stage="trial", outcome="refuse", reason="No.")
    say(seen, "director", kind=REVOCATION, audited=OTHER)
    log(seen).append("note", {"more": 1, "than": 2})
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=(), notes=(), until=None)
    say(seen, "deputy", kind=REVOCATION)
    say(seen, "director", outcome="refuse", reason="Too thin.", until=None)
    say(seen, "officer", outcome="abstain", until=None)
    no = ("REVOKED by deputy (owner): It harms.", "REFUSED by director (owner): Too thin.")
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=no, notes=("officer (dpo) abstains",), until=None)
    say(seen, "director", stage="trial")
    assert come_to(seen).refused == no, "a word about another stage takes none back"


@pytest.mark.parametrize(("until", "told"), [
    (None, "ended on None"), (DAY - dt.timedelta(days=1), f"ended on {DAY - dt.timedelta(days=1)}"), (DAY, ""),
    (DAY + TWO_YEARS, ""), (DAY + TWO_YEARS + dt.timedelta(days=1), "longer than two years"),
])  # fmt: skip
def test_an_approval_holds_to_its_last_day_and_two_years_at_most(seen: Any, until: dt.date | None, told: str) -> None:
    say(seen, "director", until=None if until is None else str(until))
    found = come_to(seen, ("owner",))
    assert found.until == (None if told else until)
    assert found.missing == (("owner",) if told else ())
    (note,) = found.notes
    assert note.startswith("not counted: the approval of director (owner)" if told else "approved by director (owner) until")
    assert told in note


def test_what_differs_is_named(seen: Any) -> None:
    read = {name: value for name, value in PUBLIC.items() if name != "card.nl.pdf"}
    say(seen, "director", subject=read)
    assert not come_to(seen, ("owner",)).missing, "a document that nobody asks for takes nothing away"
    assert not come_to(seen, ("owner",), ["letter.nl.pdf"]).missing, "nor one that is not there, which the gate tells"
    note = "not counted: director (owner) signed for another "
    assert come_to(seen, ("owner",), ["card.nl.pdf"]).notes == (f"{note}card.nl.pdf",)
    say(seen, "director", subject={**read, "model.skops": OTHER}, policy=OTHER, charter=ONE)
    assert come_to(seen, ("owner",)).notes == (f"{note}policy, charter, model.skops",)
    say(seen, "director", subject={"bundle.json": ONE, "gone.nl.pdf": ONE})
    assert come_to(seen, ("owner",)).notes == (f"{note}gone.nl.pdf, model.skops",)
    say(seen, "director", subject={"bundle.json": OTHER}, outcome="abstain")
    assert come_to(seen, ("owner",)).notes == (f"{note}bundle.json, model.skops",)
    say(seen, "director", subject={"bundle.json": OTHER}, policy=OTHER, outcome="refuse", reason="No.")
    assert come_to(seen).refused == ("REFUSED by director (owner): No.",)


def test_a_threshold_counts_the_persons_of_its_role(seen: Any) -> None:
    write_root(log(seen), file(2, thresholds={"owner": 2}), keys(*KEEPERS))
    say(seen, "director")
    say(seen, "director")
    say(seen, "officer")
    assert come_to(seen).missing == ("owner",)
    say(seen, "deputy")
    assert come_to(seen).missing == ()


def test_a_yes_needs_a_key_of_today_and_a_no_outlives_it(seen: Any) -> None:
    say(seen, "officer")
    say(seen, "deputy", outcome="refuse", reason="Thin.")
    say(seen, "deputy", kind=REVOCATION)
    say(seen, "director", by="officer")
    gone = f"not counted: the key {digits_of(signer('director'))[:8]} is no longer that of officer in the root"
    assert come_to(seen, ("dpo",)).notes == (gone, f"approved by officer (dpo) until {ENDS}")
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True, keys=("spare",))]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS, "spare"))
    no = ("REVOKED by deputy (owner): It harms.", "REFUSED by deputy (owner): Thin.")
    lost = f"not counted: the key {digits_of(signer('officer'))[:8]} is no longer that of officer in the root"
    assert come_to(seen, ("dpo",)) == Signing(missing=("dpo",), refused=no, notes=(lost, gone), until=None)
    # What a lost key says later takes back neither what the new one said nor a no.
    say(seen, "spare", by="officer", outcome="refuse", reason="Thick.")
    say(seen, "officer")
    assert come_to(seen, ("dpo",)).refused == (*no, "REFUSED by officer (dpo): Thick.")
    # Of two files of signers that name the key, the later one says what the person is.
    persons = [person("director", "lawyer", root=True), person("officer", "dpo", root=True, keys=("spare",))]
    say(seen, "director", outcome="refuse", reason="Thin.")
    write_root(log(seen), file(3, persons=persons), keys("director", "spare"))
    assert "REFUSED by director (lawyer): Thin." in come_to(seen).refused


def test_a_trainer_says_neither_yes_nor_no(seen: Any) -> None:
    note = "not counted: modeller (trainer) trained, and who trains does not approve, refuse or revoke"
    say(seen, "modeller")
    say(seen, "modeller", outcome="refuse", reason="Mine is better.")
    say(seen, "modeller", kind=REVOCATION)
    say(seen, "director")
    assert come_to(seen, ("owner",)) == Signing(
        missing=(), refused=(), notes=(note, f"approved by director (owner) until {ENDS}"), until=ENDS
    )


def test_who_refused_and_trains_now_has_still_refused(seen: Any) -> None:
    say(seen, "deputy", outcome="refuse", reason="Thin.")
    say(seen, "officer", outcome="refuse", reason="Thick.")
    say(seen, "officer")
    persons = [person("director", "owner", root=True), person("officer", "trainer", root=True), person("deputy", "trainer")]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    say(seen, "deputy")
    found = come_to(seen)
    assert found.refused == ("REFUSED by deputy (owner): Thin.", "REFUSED by officer (dpo): Thick.")
    assert [note.split()[2] for note in found.notes] == ["officer", "deputy"]


# --------------------------------------------------------------------------------------------- what is no statement
ILL: dict[str, dict[str, Any]] = {
    "nobody": {"by": 7}, "no name": {"by": ""}, "a name of two lines": {"by": "director\nofficer"}, "a field less": {"reason": ...},
    "a field more": {"note": "x"}, "no day": {"until": "tomorrow"}, "a number": {"until": 7}, "one text": {"conditions": "One."},
    "a condition of an approval": {"conditions": ["One."]}, "no condition": {"outcome": "approve_if"},
    "an empty condition": {"outcome": "approve_if", "conditions": [""]},
    "a number for a condition": {"outcome": "approve_if", "conditions": [7]},
    "a mapping of conditions": {"outcome": "approve_if", "conditions": {"One.": 1}},
    "two lines in one": {"outcome": "approve_if", "conditions": ["One.\u2028approved by officer (dpo)"]},
    "one of two": {"outcome": "approve_if", "conditions": ["One.", ""]},
    "no reason": {"outcome": "refuse"}, "an empty reason": {"outcome": "refuse", "reason": ""},
    "a number for a reason": {"outcome": "refuse", "reason": 7}, "another word": {"outcome": "yes"},
    "a list of words": {"outcome": ["approve"]}, "no word": {"outcome": None},
    "taken back without a word": {"kind": REVOCATION, "reason": ""}, "a list for a reason": {"kind": REVOCATION, "reason": ["x"]},
    "taken back by nobody": {"kind": REVOCATION, "by": None}, "taken back at a stage": {"kind": REVOCATION, "stage": "release"},
}  # fmt: skip


@pytest.mark.parametrize("name", ILL)
def test_a_statement_that_says_no_such_thing_is_broken_evidence(seen: Any, name: str) -> None:
    kind = ILL[name].get("kind", APPROVAL)
    say(seen, "director", **ILL[name])
    assert broken(lambda: come_to(seen)) == ("A07", f"The statement does not read as one {kind}.")


def test_one_statement_is_one_person_in_one_place(seen: Any) -> None:
    heads = list(log(seen).heads())
    said = {**rests_on(seen), "by": "director", "stage": "release", "outcome": "abstain", "conditions": [], "reason": None}
    said |= {"until": None, "log": heads}
    both = signed(statement(APPROVAL, PUBLIC, said), keys(*KEEPERS))
    one = {"envelope": signed(statement(APPROVAL, PUBLIC, said), keys("director"))}
    for body, rule, what in (
        ({"envelope": both}, "A07", "The statement does not read as one approval."),
        ({**one, "note": "x"}, "A07", "The entry holds more than an envelope."),
        ({"note": one["envelope"]}, "A07", "The entry holds more than an envelope."),
    ):
        entry = log(seen).append(APPROVAL, body)
        assert broken(lambda: come_to(seen)) == (rule, what)
        (log(seen).path / file_of(entry)[0]).unlink()
    log(seen).append("note", {})
    entry = log(seen).append(APPROVAL, one)
    what = "The statement was signed after other log entries than those it stands after."
    assert broken(lambda: come_to(seen)) == ("A11", what)
    (log(seen).path / file_of(entry)[0]).unlink()
    # Of another version too: nothing in the log is moved.
    say(seen, "director", version="help 2.0.0", log=heads)
    assert broken(lambda: come_to(seen)) == ("A11", what)


def test_a_statement_stands_after_every_branch(seen: Any) -> None:
    name, data = file_of(entry_of("note", {"a": "branch"}))
    (log(seen).path / name).write_bytes(data)
    assert len(log(seen).heads()) == 2
    say(seen, "director")
    assert come_to(seen, ("owner",)).missing == ()


# --------------------------------------------------------------------------------------------------------- envelopes
def pae(payload: bytes) -> bytes:
    """Return what DSSE signs, written down from its specification."""
    kind = b"application/vnd.in-toto+json"
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def packed(said: Any, *names: str, raw: bytes | None = None) -> dict[str, Any]:
    """Return an envelope put together by hand."""
    payload = canonical_json(said) if raw is None else raw
    signatures = [
        {"keyid": digits_of(one), "sig": base64.b64encode(bytes.fromhex(one.sign(pae(payload)).signature)).decode()}
        for one in keys(*names)
    ]
    text = base64.b64encode(payload).decode()
    return {"payload": text, "payloadType": "application/vnd.in-toto+json", "signatures": signatures}


def whole(**changes: Any) -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v1", "predicateType": "urn:smartstart-gov:predicate:v1:approval",
        "subject": [{"name": "a", "digest": {"sha256": "1" * 64}}], "predicate": {"says": "yes"},
    } | changes  # fmt: skip


def known(*names: str) -> list[str]:
    return [digits_of(one) for one in keys(*names)]


def test_an_envelope_is_what_its_specifications_say() -> None:
    said = statement("approval", {"b": OTHER, "a": "1" * 64}, {"says": "yes"})
    subject = [{"name": "a", "digest": {"sha256": "1" * 64}}, {"name": "b", "digest": {"sha256": "2" * 64}}]
    assert said == whole(subject=subject)
    # By key, however they stand.
    names = sorted(KEEPERS, key=lambda name: digits_of(signer(name)))
    assert signed(said, keys(*names[::-1])) == packed(said, *names)
    assert opened(packed(said, *names), "approval", iter(known(*names, "deputy")), "here") == (
        {"says": "yes"}, {"a": ONE, "b": OTHER}, frozenset(known(*names)),
    )  # fmt: skip
    assert unverified({**packed(said), "signatures": None}, "approval", "here") == {"says": "yes"}


SUBJECT = "A subject of the statement is not a name with one SHA-256 digest."
FIELDS = "The statement has other fields than those of an in-toto Statement."
ABOUT = "The statement is about nothing, or says nothing."
NO_JSON = "The statement does not read as JSON."
NO_SUBJECTS: list[Any] = [
    "a", {}, {"name": "b"}, {"name": "b", "digest": "1" * 64}, {"name": "b", "digest": {}}, {"digest": {"sha256": "1" * 64}},
    {"name": "b", "digest": {"sha256": "1" * 64, "md5": "1"}}, {"name": "b", "digest": {"sha256": "1" * 64}, "uri": "x"},
    {"name": "b", "digest": {"md5": "1" * 64}}, {"name": "b", "digest": {"sha256": 1}}, {"name": "b", "digest": {"sha256": "1" * 63}},
    {"name": "b", "digest": {"sha256": "1" * 65}}, {"name": "b", "digest": {"sha256": "A" * 64}},
    {"name": "b", "digest": {"sha256": None}}, {"name": "b", "digest": {"sha256": ["1"] * 64}},
    {"name": "a", "digest": {"sha256": "2" * 64}}, {"name": 7, "digest": {"sha256": "1" * 64}},
    {"name": [], "digest": {"sha256": "1" * 64}},
]  # fmt: skip
STATEMENTS: list[tuple[Any, str]] = [
    (whole(note="x"), FIELDS), ({k: v for k, v in whole().items() if k != "_type"}, FIELDS), ([], FIELDS),
    (["_type", "subject", "predicateType", "predicate"], FIELDS),
    (whole(_type="https://in-toto.io/Statement/v0.1"), "The statement is no approval of this library."),
    (whole(predicateType="approval"), "The statement is no approval of this library."),
    (whole(predicate=[]), ABOUT), (whole(subject=[]), ABOUT), (whole(subject={"a": 1}), ABOUT),
    *((whole(subject=[*whole()["subject"], one]), SUBJECT) for one in NO_SUBJECTS),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(STATEMENTS)))
def test_a_statement_is_taken_apart_as_strictly_as_it_is_put_together(case: int) -> None:
    said, what = STATEMENTS[case]
    envelope = packed(said, "director")
    assert broken(lambda: opened(envelope, "approval", known("director"), "here")) == ("A07", what)
    assert broken(lambda: unverified(envelope, "approval", "here")) == ("A07", what)


@pytest.mark.parametrize(("raw", "what"), [
    (b"", NO_JSON), (b"{", NO_JSON), (b"\xff", NO_JSON), (b"[" * 100_000, NO_JSON), (b'{"a":1,"a":1}', NO_JSON),
    (canonical_json(whole()) + b"\n", "The statement is not in its canonical form."),
    (json.dumps(whole()).encode(), "The statement is not in its canonical form."),
])  # fmt: skip
def test_only_canonical_bytes_are_a_statement(raw: bytes, what: str) -> None:
    assert broken(lambda: opened(packed(None, "director", raw=raw), "approval", known("director"), "here")) == ("A07", what)


def edited(**changes: Any) -> dict[str, Any]:
    envelope = {**packed(whole(), "director"), **changes}
    return {key: value for key, value in envelope.items() if value is not ...}


def one(**changes: Any) -> dict[str, Any]:
    """Return the envelope with its one signature changed."""
    return edited(signatures=[{k: v for k, v in {**edited()["signatures"][0], **changes}.items() if v is not ...}])


OPEN, FEW = "The envelope has other fields than payload, payloadType and signatures.", "The envelope has no signature, or too many."
TYPE, CODE = "The envelope holds no in-toto statement.", "The payload of the envelope does not decode."
ODD, BAD = "A signature of the envelope has other fields than keyid and sig.", "A signature of the envelope does not hold."
TWICE, WHO = "One key has signed the envelope twice.", "The envelope is signed with a key that the root does not name for it."
SIG = "AAAA" * 21 + "AA=="
ENVELOPES: dict[str, tuple[Callable[[], Any], str, str]] = {
    "nothing": (lambda: None, "A07", OPEN), "a list": (lambda: ["payload", "payloadType", "signatures"], "A07", OPEN),
    "a field more": (lambda: edited(note="x"), "A07", OPEN), "a field less": (lambda: edited(signatures=...), "A07", OPEN),
    "another type": (lambda: edited(payloadType="application/json"), "A07", TYPE),
    "a number": (lambda: edited(payload=7), "A07", CODE), "no base64": (lambda: edited(payload="{}"), "A07", CODE),
    "bytes": (lambda: edited(payload=b"e30="), "A07", CODE), "a letter with an accent": (lambda: edited(payload="é30="), "A07", CODE),
    "no padding": (lambda: edited(payload="e30"), "A07", CODE), "bits that are left": (lambda: edited(payload="e31="), "A07", CODE),
    "a line": (lambda: edited(payload=edited()["payload"] + "\n"), "A07", CODE),
    "no signature": (lambda: edited(signatures=[]), "A06", FEW), "a mapping": (lambda: edited(signatures={"a": 1}), "A06", FEW),
    "no mapping": (lambda: edited(signatures=["keyid"]), "A06", ODD), "its letters": (lambda: edited(signatures=[["keyid", "sig"]]), "A06", ODD),
    "a signature's field more": (lambda: one(note="x"), "A06", ODD), "a signature's field less": (lambda: one(sig=...), "A06", ODD),
    "a list for a key": (lambda: one(keyid=[]), "A06", ODD), "twice": (lambda: edited(signatures=edited()["signatures"] * 2), "A06", TWICE),
    "a stranger": (lambda: packed(whole(), "stranger"), "A08", WHO), "a name": (lambda: one(keyid="director"), "A08", WHO),
    "another's key": (lambda: one(keyid=known("officer")[0]), "A06", BAD), "an empty signature": (lambda: one(sig=""), "A06", BAD),
    "no signature at all": (lambda: one(sig=None), "A06", BAD), "another signature": (lambda: one(sig=SIG), "A06", BAD),
    "a good one and a stranger": (lambda: packed(whole(), "director", "stranger"), "A08", WHO),
    "of another statement": (lambda: edited(payload=packed(whole(predicate={"says": "no"}))["payload"]), "A06", BAD),
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_is_taken_apart_as_strictly_as_it_is_put_together(name: str) -> None:
    make, rule, what = ENVELOPES[name]
    with pytest.raises(EvidenceBroken) as found:
        opened(make(), "approval", known("director", "officer"), "here")
    (violation,) = found.value.violations
    assert (violation.rule, violation.what, violation.where) == (rule, what, "here")
    assert violation.remedy.startswith("Restore the log")


def test_a_key_that_is_none_holds_nothing() -> None:
    assert broken(lambda: opened(one(keyid="no key"), "approval", ["no key"], "here")) == ("A06", BAD)


def test_payload_and_signatures_have_a_largest_size() -> None:
    def of(size: int) -> dict[str, Any]:
        empty = len(canonical_json(whole(predicate={"says": ""})))
        return whole(predicate={"says": "x" * (size - empty)})

    largest = of(1 << 18)
    envelope = signed(largest, keys("director"))
    assert opened(envelope, "approval", known("director"), "here")[0] == largest["predicate"]
    with pytest.raises(ValueError, match="too long"):
        signed(of((1 << 18) + 1), keys("director"))
    over = packed(of((1 << 18) + 1), "director")
    assert broken(lambda: opened(over, "approval", known("director"), "here")) == ("A07", CODE)
    many = [f"one of many {i}" for i in range(65)]
    assert len(opened(packed(whole(), *many[1:]), "approval", known(*many), "here")[2]) == 64
    assert broken(lambda: opened(packed(whole(), *many), "approval", known(*many), "here")) == ("A06", FEW)


# ---------------------------------------------------------------------------------------------------------- the root
def enter(ledger: Ledger, new: Any, *names: str, version: Any = None, subject: Mapping[str, str] | None = None, **more: Any) -> None:
    """Enter a file of signers past the library."""
    record = new.to_record() if isinstance(new, Signers) else new
    said = statement(ROOT, {"signers.yaml": pin_of(new)} if subject is None else subject, record)
    at = new.version if version is None else version
    ledger.append(ROOT, {"version": at, "envelope": signed(said, keys(*names)), **more})


def test_the_root_is_a_statement_about_its_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    assert roots(ledger) == ()
    assert broken(lambda: current(ledger)) == ("A08", "The log has no root: nobody is known who may sign.")
    entry = write_root(ledger, file(), keys(*KEEPERS))
    assert (entry.kind, set(entry.body), entry.body["version"]) == (ROOT, {"version", "envelope"}, 1)
    predicate, subject, by = opened(entry.body["envelope"], ROOT, known(*KEEPERS), "here")
    assert (predicate, subject, by) == (file().to_record(), {"signers.yaml": pin_of(file())}, set(known(*KEEPERS)))
    write_root(ledger, file(2), keys(*KEEPERS))
    found = current(ledger, pin_of(file()))
    assert (found.signers.to_record(), found.pin, found.today) == (file(2).to_record(), pin_of(file()), DAY)
    assert [pin_of(one) for one in roots(ledger)] == [pin_of(file()), pin_of(file(2))]
    assert broken(lambda: current(ledger, pin_of(file(2))))[1].startswith("The root of this log begins with sha256:")


def test_who_signs_a_root_without_keeping_it_is_refused_and_a_key_signs_once(tmp_path: Path) -> None:
    """An envelope with a signature too many could never be opened again, and the log takes nothing back."""
    ledger = Ledger(tmp_path / "log")
    found = refused(lambda: write_root(ledger, file(), keys(*KEEPERS, "deputy", "stranger")))
    both = ", ".join(key[:8] for key in sorted(known("deputy", "stranger")))
    assert (found.rule, found.what) == ("A08", f"A key that signs does not keep the root: {both}.")
    assert ledger.entries() == ()
    write_root(ledger, file(), keys(*KEEPERS, "director"))
    assert pin_of(current(ledger).signers) == pin_of(file())
    # Who keeps the root before it, or the new one, may.
    persons = [person("director", "owner", root=True), person("successor", "dpo", root=True)]
    write_root(ledger, file(2, persons=persons), keys(*KEEPERS, "successor"))
    refused(lambda: write_root(ledger, file(3, persons=persons), keys("director", "successor", "officer")))
    assert current(ledger).signers.version == 2


def test_a_root_counts_the_persons_who_keep_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")

    def short(new: Signers, *names: str) -> str:
        found = refused(lambda: write_root(ledger, new, keys(*names)))
        assert (found.rule, found.where) == ("A08", "signers.yaml")
        return found.what

    spare = [person("director", "owner", root=True, keys=("director", "spare")), person("officer", "dpo", root=True)]
    of_one = "Version 1 of the signers needs 2 who keep the root of version 1, and 1 signed."
    assert short(file(persons=spare), "director", "spare") == of_one
    assert short(file()) == "Version 1 of the signers needs 2 who keep the root of version 1, and 0 signed."
    assert short(file(2), *KEEPERS) == "The file of signers is version 2."
    assert short(file(expires=str(DAY)), *KEEPERS) == f"The file of signers ends on {DAY}."
    write_root(ledger, file(expires=str(DAY + dt.timedelta(days=1))), keys(*KEEPERS))
    others = [person("usurper", "owner", root=True), person("accomplice", "dpo", root=True)]
    assert short(file(2, persons=others), "usurper", "accomplice", "director") == (
        "Version 2 of the signers needs 2 who keep the root of version 1, and 1 signed."
    )
    assert short(file(2, persons=others), *KEEPERS) == (
        "Version 2 of the signers needs 2 who keep the root of version 2, and 0 signed."
    )
    assert short(file(1), *KEEPERS) == "The file of signers is version 1."
    # In the log it is held to the same.
    enter(ledger, file(2, persons=others), "usurper", "accomplice", "director")
    assert broken(lambda: roots(ledger)) == (
        "A08", "Version 2 of the signers needs 2 who keep the root of version 1, and 1 signed."
    )  # fmt: skip


def test_a_root_holds_on_its_last_day(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    ledger, last = Ledger(tmp_path / "log"), NOW + dt.timedelta(days=3)
    write_root(ledger, file(expires=str(last.date())), keys(*KEEPERS))
    clock(last)
    assert current(ledger).today == last.date()
    clock(last + dt.timedelta(days=1))
    assert broken(lambda: current(ledger)) == ("A08", f"The file of signers ended on {last.date()}.")


def test_the_day_is_that_of_the_clock_or_of_the_newest_entry(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    ledger, midnight = Ledger(tmp_path / "log"), NOW.replace(hour=0)
    assert today(ledger) == DAY
    clock(midnight)
    ledger.append("note", {})
    ledger.append("note", {"an": "older"})
    clock(midnight - dt.timedelta(minutes=5))
    assert today(ledger) == DAY, "five minutes behind is as clocks are"
    clock(midnight - dt.timedelta(minutes=5, microseconds=1))
    what = "The newest entry of the log is of 2031-05-20 00:00 UTC, and the clock says 2031-05-19 23:54."
    assert broken(lambda: today(ledger)) == ("P09", what)
    clock(NOW + dt.timedelta(days=9))
    assert today(ledger) == DAY + dt.timedelta(days=9)


def test_the_newest_entry_is_the_latest_of_all(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    ledger = Ledger(tmp_path / "log")
    for days in (0, 2, 1):
        clock(NOW + dt.timedelta(days=days))
        ledger.append("note", {})
    assert broken(lambda: today(ledger))[0] == "P09"


def stray(version: int) -> str:
    return f"The log has no one version {version} of the signers."


ROOTS: dict[str, tuple[Callable[[Ledger], None], str, str]] = {
    "a field more": (lambda log: enter(log, file(2), *KEEPERS, note="x"), "A08", stray(2)),
    "a field less": (lambda log: void(log.append(ROOT, {"version": 2})), "A08", stray(2)),
    "no version": (lambda log: void(log.append(ROOT, {"envelope": {}})), "A08", stray(1)),
    "a version that is none": (lambda log: enter(log, file(2), *KEEPERS, version="2"), "A08", stray(1)),
    "twice": (lambda log: enter(log, file(expires=str(DAY)), *KEEPERS), "A08", stray(2)),
    "one is passed over": (lambda log: enter(log, file(3), *KEEPERS), "A08", stray(2)),
    "another inside": (lambda log: enter(log, file(3), *KEEPERS, version=2), "A08", "The signed version is another than the entry's."),
    "about another file": (
        lambda log: enter(log, file(2), *KEEPERS, subject={"signers.yaml": pin_of(file())}), "A07",
        "The statement is about another file of signers than it holds.",
    ),
    "about another name": (
        lambda log: enter(log, file(2), *KEEPERS, subject={"policy.yaml": pin_of(file(2))}), "A07",
        "The statement is about another file of signers than it holds.",
    ),
    "no file of signers": (
        lambda log: enter(log, {"format": 1}, *KEEPERS, version=2, subject={"signers.yaml": ONE}), "A07",
        "The file of signers does not read (ValidationError).",
    ),
    "a person too many": (lambda log: enter(log, file(2), *KEEPERS, "deputy"), "A08", WHO),
    "too few": (
        lambda log: enter(log, file(2), "director"), "A08",
        "Version 1 of the signers needs 2 who keep the root of version 1, and 1 signed.".replace("Version 1", "Version 2"),
    ),
}  # fmt: skip


def void(_: object) -> None:
    return None


@pytest.mark.parametrize("name", ROOTS)
def test_every_version_of_the_root_is_held_against_the_one_before(tmp_path: Path, name: str) -> None:
    ledger = Ledger(tmp_path / "log")
    write_root(ledger, file(), keys(*KEEPERS))
    make, rule, what = ROOTS[name]
    make(ledger)
    assert broken(lambda: roots(ledger)) == (rule, what)


def test_versions_of_the_root_are_read_in_their_order(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    """Two branches that merge leave no order of time between their entries."""
    ledger = Ledger(tmp_path / "log")
    ledger.append("note", {})
    for days, version in ((3, 1), (2, 2), (1, 3)):
        clock(NOW + dt.timedelta(days=days))
        said = statement(ROOT, {"signers.yaml": pin_of(file(version))}, file(version).to_record())
        name, data = file_of(entry_of(ROOT, {"version": version, "envelope": signed(said, keys(*KEEPERS))}))
        (ledger.path / name).write_bytes(data)
    assert [entry.body["version"] for entry in ledger.find(ROOT)] == [3, 2, 1]
    assert [one.version for one in roots(ledger)] == [1, 2, 3]


# ----------------------------------------------------------------------------------------------------------- signing
@pytest.fixture
def at_hand(seen: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The version, as `sign` and `revoke` find it; what was authored is as it was."""
    seen.asked, seen.edits = [], []
    monkeypatch.setattr("smartstart_gov.release.sign.examine", lambda *given: seen.asked.append(given) or seen)
    monkeypatch.setattr("smartstart_gov.release.sign.authored_edits", lambda _: seen.edits)
    return seen


def put(seen: Any, name: str = "director", **more: Any) -> Entry:
    return sign(seen.path, signer(name), **{"stage": "release", "outcome": "approve", "until": ENDS, **more})


def test_a_signature_says_what_it_was_given(at_hand: Any) -> None:
    heads = list(log(at_hand).heads())
    entry = put(at_hand, outcome="approve_if", conditions=("One.", "Two."), reason="Well.", project="elsewhere")
    assert at_hand.asked == [(at_hand.path, "elsewhere")]
    said = {
        **rests_on(at_hand), "by": "director", "stage": "release", "outcome": "approve_if", "conditions": ["One.", "Two."],
        "reason": "Well.", "until": str(ENDS), "log": heads,
    }  # fmt: skip
    assert (entry.kind, opened(entry.body["envelope"], APPROVAL, known("director"), "here")) == (
        APPROVAL, (said, PUBLIC, frozenset(known("director"))),
    )  # fmt: skip
    entry = put(at_hand, "officer", outcome="abstain", until=None)
    said |= {"by": "officer", "outcome": "abstain", "conditions": [], "reason": None, "until": None}
    assert unverified(entry.body["envelope"], APPROVAL, "here") == {**said, "log": [log(at_hand).find(APPROVAL)[0].digest]}
    before = list(log(at_hand).heads())
    entry = revoke(at_hand.path, signer("officer"), reason="It harms.", project="there")
    assert at_hand.asked[-1] == (at_hand.path, "there")
    said = {"by": "officer", "version": "help 1.0.0", "audited": ONE, "reason": "It harms.", "log": before}
    assert (entry.kind, opened(entry.body["envelope"], REVOCATION, known("officer"), "here")[:2]) == (REVOCATION, (said, PUBLIC))
    assert come_to(at_hand).refused == ("REVOKED by officer (dpo): It harms.",)


@pytest.mark.parametrize("outcome", ["refuse", "abstain"])
@pytest.mark.parametrize("until", [DAY - dt.timedelta(days=1), NOW, "tomorrow"])
def test_only_an_approval_ends(at_hand: Any, outcome: str, until: Any) -> None:
    """What else is said has no end, and needs no documents to have been read."""
    at_hand.manifest.files = {"bundle.json": ONE}
    entry = put(at_hand, outcome=outcome, reason="No.", until=until)
    assert unverified(entry.body["envelope"], APPROVAL, "here")["until"] is None
    assert come_to(at_hand).missing == ("owner", "dpo")


@pytest.mark.parametrize("until", [DAY, DAY + TWO_YEARS])
def test_an_approval_may_end_today_and_in_two_years(at_hand: Any, until: dt.date) -> None:
    put(at_hand, until=until)
    assert come_to(at_hand, ("owner",)).until == until


@pytest.mark.parametrize(("until", "rule", "what"), [
    (None, "P05", "The approval has no end."), (NOW, "P05", f"The approval would end on {NOW}."),
    (DAY - dt.timedelta(days=1), "P05", f"The approval would end on {DAY - dt.timedelta(days=1)}."),
    (DAY + TWO_YEARS + dt.timedelta(days=1), "P05", f"The approval would end on {DAY + TWO_YEARS + dt.timedelta(days=1)}."),
    ("2031-06-01", "U01", "A str is not accepted here."),
])  # fmt: skip
@pytest.mark.parametrize("outcome", ["approve", "approve_if"])
def test_an_approval_has_an_end_within_two_years(at_hand: Any, outcome: str, until: Any, rule: str, what: str) -> None:
    found = refused(lambda: put(at_hand, outcome=outcome, until=until, conditions=["One."] * (outcome == "approve_if")))
    assert (found.rule, found.what, found.where) == (rule, what, "Argument until")
    if rule == "P05":
        assert found.remedy == f"Give a day from {DAY} up to {DAY + TWO_YEARS}: by then somebody looks again."


NAMED = "An approval on conditions names them, and nothing else has any."


@pytest.mark.parametrize(("more", "rule", "where", "what"), [
    ({"stage": "party"}, "U01", "Argument stage", "There is no stage 'party'."),
    ({"outcome": "yes"}, "P05", "Argument outcome", "There is no outcome 'yes'."),
    ({"name": "stranger"}, "A08", "Argument signer", f"The key {digits_of(signer('stranger'))[:8]} is nobody's in the root."),
    ({"name": "modeller"}, "A10", "Argument signer", "modeller trains, and who trains does not approve."),
    ({"conditions": ["One."]}, "P05", "Argument conditions", NAMED),
    ({"outcome": "approve_if"}, "P05", "Argument conditions", NAMED),
    ({"outcome": "abstain", "conditions": ["One."]}, "P05", "Argument conditions", NAMED),
    ({"outcome": "refuse", "reason": "No.", "conditions": ["One."]}, "P05", "Argument conditions", NAMED),
    ({"outcome": "approve_if", "conditions": ["One.", "a\nb"]}, "P05", "Argument conditions", "The text spans more than one line."),
    ({"outcome": "refuse"}, "P05", "Argument reason", "A refusal has no reason."),
    ({"outcome": "abstain", "reason": " x"}, "N02", "Argument reason", "The text begins or ends with a space."),
    ({"outcome": "refuse", "reason": ""}, "P05", "Argument reason", "The text is empty."),
])  # fmt: skip
def test_what_cannot_be_said_is_not_signed(at_hand: Any, more: dict[str, Any], rule: str, where: str, what: str) -> None:
    before = log(at_hand).entries()
    found = refused(lambda: put(at_hand, **more))
    assert (found.where, found.what) == (where, what)
    assert found.rule == rule
    assert log(at_hand).entries() == before


def test_nobody_signs_for_what_does_not_hold(at_hand: Any) -> None:
    first, second = (Violation(rule="A01", what=what, where="here", remedy="Restore it.") for what in ("One.", "Two."))
    at_hand.violations, at_hand.edits = (first,), [second]
    with pytest.raises(EvidenceBroken) as found:
        put(at_hand)
    assert found.value.violations == (first, second)
    # But it can be taken back.
    revoke(at_hand.path, signer("director"), reason="It is broken.")
    assert come_to(at_hand).refused == ("REVOKED by director (owner): It is broken.",)
    at_hand.violations, at_hand.edits = (), []
    at_hand.manifest.files = {name: value for name, value in FILES.items() if not name.endswith(".pdf")}
    found_ = refused(lambda: put(at_hand))
    assert (found_.rule, found_.what[:29]) == ("A12", "The version has no documents:")
    at_hand.project = None
    found_ = refused(lambda: put(at_hand))
    assert (found_.rule, found_.what) == ("U01", "The version lies in no project.")
    assert refused(lambda: revoke(at_hand.path, signer("director"), reason="x")).rule == "U01"


@pytest.mark.parametrize(("name", "reason", "rule"), [
    ("stranger", "x", "A08"), ("modeller", "x", "A10"), ("director", "", "P05"), ("director", "a\nb", "P05"),
])  # fmt: skip
def test_what_is_not_taken_back_is_not_written(at_hand: Any, name: str, reason: str, rule: str) -> None:
    before = log(at_hand).entries()
    assert refused(lambda: revoke(at_hand.path, signer(name), reason=reason)).rule == rule
    assert log(at_hand).entries() == before


# -------------------------------------------------------------------------------------------------------------- keys
def test_a_passphrase_of_twelve_is_the_shortest(tmp_path: Path) -> None:
    found = refused(lambda: make_key(tmp_path / "a.key", "x" * 11))
    assert (found.rule, found.what) == ("A08", "The passphrase has 11 characters.")
    assert not any(tmp_path.iterdir())
    digits = make_key(str(tmp_path / "a.key"), "x" * 12)
    assert digits_of(read_key(str(tmp_path / "a.key"), "x" * 12)) == digits
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


def test_no_key_is_written_over_anything(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "nothing")
    found = refused(lambda: make_key(tmp_path / "a.key", PHRASE))
    assert (found.rule, found.what) == ("R03", "There is a file 'a.key' already.")
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]


def test_a_key_file_is_one_and_no_larger_than_one(tmp_path: Path) -> None:
    make_key(tmp_path / "a.key", PHRASE)
    data = (tmp_path / "a.key").read_bytes()
    (tmp_path / "padded.key").write_bytes(data + b"\n" * ((1 << 14) - len(data)))
    assert digits_of(read_key(tmp_path / "padded.key", PHRASE)) == digits_of(read_key(tmp_path / "a.key", PHRASE))
    (tmp_path / "over.key").write_bytes(data + b"\n" * ((1 << 14) + 1 - len(data)))
    for name in ("over.key", "missing.key", "."):
        found = refused(lambda name=name: read_key(tmp_path / name, PHRASE))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.what[:21]) == ("U01", "There is no key file "), name


def test_only_an_ed25519_key_behind_its_passphrase_is_taken(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    path = tmp_path / "a.key"

    shut = "The key cannot be opened with this passphrase."
    locked = form.BestAvailableEncryption(PHRASE.encode())
    for key, how, phrase, what in (
        (ed25519.Ed25519PrivateKey.generate(), form.NoEncryption(), PHRASE, shut),
        (ed25519.Ed25519PrivateKey.generate(), locked, PHRASE + "!", shut),
        (ec.generate_private_key(ec.SECP256R1()), locked, PHRASE, "The key is no Ed25519 key."),
    ):
        path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, how))
        found = refused(lambda phrase=phrase: read_key(path, phrase))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.what) == ("A08", what)
