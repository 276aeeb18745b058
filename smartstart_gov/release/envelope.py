"""Signed statements: an in-toto Statement in a DSSE envelope, over RFC 8785 bytes.

An envelope is taken apart as strictly as it is put together: one that any other program would have written in another
way, or that carries a signature nobody asked for, is refused. What was signed is returned only after every signature held.

References
----------
in-toto Attestation Framework, Statement v1. DSSE: Dead Simple Signing Envelope v1. RFC 8785: JSON Canonicalization Scheme.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from smartstart_gov.canonical import canonical_json, parse_json
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.release.keyfile import digits_of, public_key

if TYPE_CHECKING:
    from smartstart_gov.release.keyfile import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
#: Each kind of predicate is told by this name and its own.
PREDICATES = "urn:smartstart-gov:predicate:v1:"
#: No payload and no list of signatures is larger.
LARGEST_PAYLOAD, MOST_SIGNATURES = 1 << 18, 64
_HEX = re.compile(r"[0-9a-f]{64}")
_REMEDY = "Restore the log from version control; a statement that does not verify counts as not made."


def statement(kind: str, subject: Mapping[str, str], predicate: Mapping[str, Any]) -> dict[str, Any]:
    """Return an in-toto Statement.

    Parameters
    ----------
    kind : str
        Of the predicate, like ``approval``.
    subject : mapping of str to str
        Digest (``sha256:`` and hexadecimal digits) of each thing that it is about, by name.
    predicate : mapping
        What is said; a canonical record.
    """
    return {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": name, "digest": {"sha256": value.removeprefix("sha256:")}} for name, value in sorted(subject.items())
        ],
        "predicateType": PREDICATES + kind,
        "predicate": dict(predicate),
    }


def signed(said: Mapping[str, Any], signers: Sequence[Signer]) -> dict[str, Any]:
    """Return the envelope of statement `said` with a signature of each of `signers`."""
    from securesystemslib.dsse import Envelope

    payload = canonical_json(dict(said))
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError("the statement is too long")
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    signatures = []
    for signer in signers:
        signature = signer.sign(envelope.pae())
        signatures.append({"keyid": digits_of(signer), "sig": base64.b64encode(bytes.fromhex(signature.signature)).decode()})
    signatures.sort(key=lambda one: one["keyid"])
    return {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}


def opened(envelope: Any, kind: str, known: Iterable[str], where: str) -> tuple[dict[str, Any], dict[str, str], frozenset[str]]:
    """Return predicate and subject of the statement in `envelope`, and the keys that signed it.

    Parameters
    ----------
    envelope : dict
        As read from a file; nothing is taken for granted.
    kind : str
        Of the predicate that it must have.
    known : iterable of str
        Public keys, 64 hexadecimal digits each, that may sign: a signature of another key is refused.
    where : str
        What the refusal says it is about.

    Returns
    -------
    predicate : dict
    subject : dict of str to str
        Digest by name.
    keys : frozenset of str
        Public keys of all signatures; each of them holds.

    Raises
    ------
    EvidenceBroken
        A06 for a list of signatures that is empty, doubled, unknown or wrong, A07 for another type or an unknown field.
    """
    payload = _payload(envelope, where)
    keys = _signatures(envelope["signatures"], payload, frozenset(known), where)
    return *_told(payload, kind, where), keys


def unverified(envelope: Any, kind: str, where: str) -> dict[str, Any]:
    """Return the predicate of `envelope` whoever signed it: for what names its own signers. `opened` has to follow."""
    return _told(_payload(envelope, where), kind, where)[0]


def _payload(envelope: Any, where: str) -> bytes:
    if not isinstance(envelope, dict) or set(envelope) != {"payload", "payloadType", "signatures"}:
        _broken("A07", "The envelope has other fields than payload, payloadType and signatures.", where)
    if envelope["payloadType"] != PAYLOAD_TYPE:
        _broken("A07", "The envelope holds no in-toto statement.", where)
    payload = _decoded(envelope["payload"])
    if payload is None or len(payload) > LARGEST_PAYLOAD:
        _broken("A07", "The payload of the envelope does not decode.", where)
    return payload


def _signatures(found: Any, payload: bytes, known: frozenset[str], where: str) -> frozenset[str]:
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
    from securesystemslib.signer import Signature

    if not isinstance(found, list) or not 0 < len(found) <= MOST_SIGNATURES:
        _broken("A06", "The envelope has no signature, or too many.", where)
    signed_bytes, keys = Envelope(payload, PAYLOAD_TYPE, {}).pae(), set[str]()
    for one in found:
        if not isinstance(one, dict) or set(one) != {"keyid", "sig"} or not isinstance(one["keyid"], str):
            _broken("A06", "A signature of the envelope has other fields than keyid and sig.", where)
        keyid, signature = one["keyid"], _decoded(one["sig"])
        if keyid in keys:
            _broken("A06", "One key has signed the envelope twice.", where)
        if keyid not in known:
            _broken("A08", "The envelope is signed with a key that the root does not name for it.", where)
        try:
            key = public_key(keyid)
            key.verify_signature(Signature(key.keyid, (signature or b"").hex()), signed_bytes)
        except (UnverifiedSignatureError, VerificationError, ValueError):
            _broken("A06", "A signature of the envelope does not hold.", where)
        keys.add(keyid)
    return frozenset(keys)


def _told(payload: bytes, kind: str, where: str) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        said = parse_json(payload)
        canonical = canonical_json(said) == payload
    except (ValueError, TypeError, RecursionError):
        _broken("A07", "The statement does not read as JSON.", where)
    if not canonical:
        _broken("A07", "The statement is not in its canonical form.", where)
    if not isinstance(said, dict) or set(said) != {"_type", "subject", "predicateType", "predicate"}:
        _broken("A07", "The statement has other fields than those of an in-toto Statement.", where)
    if said["_type"] != STATEMENT_TYPE or said["predicateType"] != PREDICATES + kind:
        _broken("A07", f"The statement is no {kind} of this library.", where)
    if not isinstance(said["predicate"], dict) or not isinstance(said["subject"], list) or not said["subject"]:
        _broken("A07", "The statement is about nothing, or says nothing.", where)
    subject: dict[str, str] = {}
    for one in said["subject"]:
        digests = one.get("digest") if isinstance(one, dict) else None
        value = digests["sha256"] if isinstance(digests, dict) and set(digests) == {"sha256"} else None
        # A name that is no text may be nothing that can be looked up, or read like another.
        if (
            not isinstance(value, str) or not _HEX.fullmatch(value) or set(one) != {"name", "digest"}
            or not isinstance(one["name"], str) or one["name"] in subject
        ):  # fmt: skip
            _broken("A07", "A subject of the statement is not a name with one SHA-256 digest.", where)
        subject[one["name"]] = f"sha256:{value}"
    return said["predicate"], subject


def _decoded(text: Any) -> bytes | None:
    """Return what standard base64 `text` holds; None for what no encoder writes."""
    if not isinstance(text, str):
        return None
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _broken(rule: str, what: str, where: str) -> NoReturn:
    raise EvidenceBroken(rule, what, where, _REMEDY)
