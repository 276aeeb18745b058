"""What tests of signed statements share: a version with a root of two, envelopes put together by hand, and how a refusal is read."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from smartstart_gov.authoring.signers import Signers
from smartstart_gov.canonical import canonical_json
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.ledger import Entry, Ledger, file_of
from smartstart_gov.release.approvals import APPROVAL, REVOCATION, WAIVER, Signing, rests_on, signing
from smartstart_gov.release.envelope import signed, statement
from smartstart_gov.release.keyfile import digits_of
from tests.release.test_signing import signer, signers

NOW = dt.datetime(2031, 5, 20, 12, tzinfo=dt.UTC)
DAY = NOW.date()
#: The day on which the tests were read; with the fixture `one_day` they all run on it.
TODAY = dt.datetime.now(dt.UTC).date()
ENDS = DAY + dt.timedelta(days=365)
LAST = DAY + dt.timedelta(days=60)
TWO_YEARS = dt.timedelta(days=731)
ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64
FILES = {"bundle.json": ONE, "bundle.private.json": OTHER, "model.skops": ONE, "card.nl.pdf": ONE}
PUBLIC = {name: value for name, value in FILES.items() if name != "bundle.private.json"}
KEEPERS = ("director", "officer")


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


def again(seen: Any, entry: Entry, seconds: int = 30) -> Entry:
    """Enter a copy of an entry so much later than noon, as anybody can who writes to the log: nobody signs its time."""
    copy = Entry(
        kind=entry.kind, at=f"{NOW + dt.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}", parents=entry.parents, body=entry.body
    )
    name, data = file_of(copy)
    (log(seen).path / name).write_bytes(data)
    return copy


def waived(seen: Any, name: str, *, key: str = "", subject: Mapping[str, str] | None = None, **changes: Any) -> Entry:
    """Enter a waiver that somebody signs with a program of their own; by default that of the alarms, for sixty days."""
    base = rests_on(seen)
    said = {
        "version": base["version"], "audited": base["audited"], "by": name, "stage": "release", "finding": "limit.alarm",
        "owner": "owner", "until": str(LAST), "reason": "A new model is built.", "instead": "Two people look.",
        "log": list(log(seen).heads()),
    } | changes  # fmt: skip
    files = {name: PUBLIC[name] for name in ("bundle.json", "model.skops")} if subject is None else subject
    return log(seen).append(WAIVER, {"envelope": signed(statement(WAIVER, files, said), keys(key or name))})


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
