"""What the root asks to be signed beside approvals: the rules before the look, and what the audit found; and a head to keep."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

import smartstart_gov as gov
from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.signers import Signers
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.folder import VersionFolder, examine
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.release.approvals import SEAL_SIGNED, VERDICT_SIGNED, Signing
from smartstart_gov.release.attest import HEAD, attested, hold_against, sign_seal, sign_verdict, signed_head
from smartstart_gov.release.envelope import signed, statement
from smartstart_gov.release.gate import gate
from smartstart_gov.release.root import current, pin_of, write_root
from tests.projects import rows, write_project
from tests.release.test_gate import without_model_controls
from tests.release.test_signing import NEXT_YEAR, approve, log, person, signer, signers

BOTH = {"seal": ["owner"], "verdict": ["dpo"]}
KEEPERS = [signer("director"), signer("officer")]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute nothing again: other tests hold the gate to that."""
    monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))


@cache
def walked(by: tuple[str, ...]) -> Path:
    """Return a version that both have approved; the seal was signed by some before the look. Not to be changed."""
    home = write_project(Path(tempfile.mkdtemp(prefix="attested-")) / "help", policy=without_model_controls())
    ledger = Ledger(home / "log")
    write_root(ledger, signers(attested=BOTH), KEEPERS)
    gov.seal(gov.open_project(home))
    for name in by:
        sign_seal(home, signer(name))
    version = audit_predictions(rows(), gov.open_project(home)).write(version="1.0.0")
    VersionFolder(version).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    approve(version, "director", "officer")
    return version


def copied(folder: Path, by: tuple[str, ...] = ("director",)) -> Path:
    return shutil.copytree(walked(by).parent, folder / "help") / "1.0.0"


def missing(version: Path) -> tuple[int, list[str]]:
    decision = gate(version)
    return decision.exit_code, [reason for reason in decision.reasons if reason.startswith("MISSING")]


def test_the_gate_opens_once_rules_and_verdict_are_signed(tmp_path: Path) -> None:
    version = copied(tmp_path)
    assert missing(version) == (5, ["MISSING signature of dpo under the verdict"])
    sign_verdict(version, signer("deputy"))
    assert missing(version)[0] == 5, "another role"
    sign_verdict(version, signer("officer"))
    assert missing(version) == (0, [])
    assert gate(version).until == str(NEXT_YEAR)
    assert [r for r in gate(version).reasons if " signed by " in r] == [
        "seal signed by director (owner)", "verdict signed by deputy (owner)", "verdict signed by officer (dpo)",
    ]  # fmt: skip


@pytest.mark.parametrize(("by", "late"), [((), None), (("officer",), None), ((), "director")])
def test_rules_that_nobody_signed_before_the_look_open_nothing(tmp_path: Path, by: tuple[str, ...], late: str | None) -> None:
    version = copied(tmp_path, by)
    sign_verdict(version, signer("officer"))
    if late:
        sign_seal(version.parent, signer(late))
    assert missing(version) == (5, ["MISSING signature of owner under the seal"])
    assert any("after the look" in reason for reason in gate(version).reasons) == bool(late)


def test_where_the_root_asks_for_nothing_nothing_is_missing(tmp_path: Path) -> None:
    version = copied(tmp_path)
    sign_verdict(version, signer("officer"))
    write_root(log(version), signers(2), KEEPERS)
    assert missing(version) == (0, [])
    assert not any("signed by" in reason for reason in gate(version).reasons), "nobody asked who signed the seal"
    assert "attested" not in signers().to_record(), "the digest of a root that says nothing of it stays what it was"


def test_a_threshold_counts_persons_under_a_seal_too(tmp_path: Path) -> None:
    version = copied(tmp_path)
    write_root(log(version), signers(2, attested={"seal": ["owner"]}, thresholds={"owner": 2}), KEEPERS)
    approve(version, "deputy")
    assert missing(version) == (5, ["MISSING signature of owner under the seal"])


def test_a_seal_outlives_the_person_and_a_verdict_does_not(tmp_path: Path) -> None:
    version = copied(tmp_path)
    sign_verdict(version, signer("officer"))
    persons = [person("deputy", "owner", root=True), person("second", "dpo", root=True)]
    write_root(log(version), signers(2, attested=BOTH, persons=persons), [*KEEPERS, signer("deputy"), signer("second")])
    approve(version, "deputy", "second")
    assert missing(version) == (5, ["MISSING signature of dpo under the verdict"])


def test_a_key_that_the_root_named_no_more_at_the_look_signs_no_seal(tmp_path: Path) -> None:
    """Also where it signs on a branch from before: the look stands on both."""
    home = write_project(tmp_path / "help", policy=without_model_controls())
    ledger, other = Ledger(home / "log"), tmp_path / "other"
    write_root(ledger, signers(attested={"seal": ["owner"]}), KEEPERS)
    gov.seal(gov.open_project(home))
    shutil.copytree(home / "log", other / "log")
    sign_seal(other, signer("deputy"))
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(ledger, signers(2, attested={"seal": ["owner"]}, persons=persons), KEEPERS)
    shutil.copytree(other / "log", home / "log", dirs_exist_ok=True)
    version = audit_predictions(rows(), gov.open_project(home)).write(version="1.0.0")
    VersionFolder(version).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    approve(version, "director", "officer")
    assert missing(version) == (5, ["MISSING signature of owner under the seal"])
    assert any("deputy signed the seal, and is nobody who may" in reason for reason in gate(version).reasons)


@pytest.mark.parametrize("change", [{"status": "PASSED!"}, {"findings": {}}, {"audited": None}])
def test_another_verdict_counts_for_nothing(tmp_path: Path, change: dict[str, Any]) -> None:
    version = copied(tmp_path)
    entry = sign_verdict(version, signer("deputy"))
    said = json.loads(base64.b64decode(entry.body["envelope"]["payload"]))
    again = said["predicate"] | change | {"by": "officer", "log": list(log(version).heads())}
    again.pop("tree")
    subject = {one["name"]: one["digest"]["sha256"] for one in said["subject"]}
    log(version).append(VERDICT_SIGNED, {"envelope": signed(statement(VERDICT_SIGNED, subject, again), [signer("officer")])})
    assert missing(version) == (5, ["MISSING signature of dpo under the verdict"])


@pytest.mark.parametrize("kind", [SEAL_SIGNED, VERDICT_SIGNED])
@pytest.mark.parametrize("who", ["stranger", "officer"])
def test_what_is_wrongly_signed_ends_the_gate(tmp_path: Path, kind: str, who: str) -> None:
    """A key that the root does not know; and a statement with a field too few."""
    version = copied(tmp_path)
    said = (
        {"by": who, "seal": "x", "rows": None} if kind == SEAL_SIGNED else {"by": who, "version": "help 1.0.0", "audited": "x"}
    )
    said["log"] = list(log(version).heads())  # type: ignore[assignment]  # a list beside texts
    if kind == SEAL_SIGNED and who == "officer":
        del said["rows"]
    log(version).append(kind, {"envelope": signed(statement(kind, {"a": "1" * 64}, said), [signer(who)])})
    assert gate(version).exit_code == 4


@pytest.mark.parametrize(("name", "rule"), [("stranger", "A08"), ("modeller", "A10")])
def test_who_may_not_sign_attests_nothing(tmp_path: Path, name: str, rule: str) -> None:
    version = copied(tmp_path)
    calls: list[Callable[[], object]] = [
        lambda: sign_seal(version.parent, signer(name)), lambda: sign_verdict(version, signer(name)),
        lambda: signed_head(version.parent, signer(name)),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.rule == rule


def test_nothing_sealed_is_nothing_to_sign(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help")
    write_root(Ledger(home / "log"), signers(), KEEPERS)
    with pytest.raises(Refused) as refused:
        sign_seal(home, signer("director"))
    assert refused.value.rule == "A12"


@pytest.mark.parametrize(("file", "rule"), [("1.0.0/bundle.private.json", "A01"), ("policy.yaml", "P08")])
def test_a_broken_version_has_no_verdict_to_sign(tmp_path: Path, file: str, rule: str) -> None:
    version = copied(tmp_path)
    path = version.parent / file
    path.write_text(path.read_text(encoding="utf-8").replace("A sentence.", "Another."), encoding="utf-8")
    with pytest.raises(EvidenceBroken) as broken:
        sign_verdict(version, signer("officer"))
    assert rule in {one.rule for one in broken.value.violations}


def test_a_seal_of_other_rules_is_another_seal(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help", policy=without_model_controls())
    write_root(Ledger(home / "log"), signers(attested={"seal": ["owner"]}), KEEPERS)
    first = gov.seal(gov.open_project(home))
    assert said_of(sign_seal(home, signer("director")))["seal"] == first.digest
    path = home / "policy.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("A sentence.", "Another."), encoding="utf-8")
    second = gov.seal(gov.open_project(home))
    version = audit_predictions(rows(), gov.open_project(home)).write(version="1.0.0")
    VersionFolder(version).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    approve(version, "director", "officer")
    assert missing(version) == (5, ["MISSING signature of owner under the seal"])
    assert not any("the seal" in reason for reason in gate(version).reasons if not reason.startswith("MISSING"))
    assert said_of(sign_seal(home, signer("director")))["seal"] == second.digest
    Ledger(home / "log").append("seal", {"policy": "x"})
    with pytest.raises(EvidenceBroken) as broken:
        sign_seal(home, signer("director"))
    assert broken.value.rule == "A13"


def said_of(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(entry.body["envelope"]["payload"]))["predicate"]
    return found


def test_a_concept_has_no_look_that_a_seal_could_be_before(tmp_path: Path) -> None:
    version = copied(tmp_path)
    seen = examine(version)
    concept: Any = SimpleNamespace(
        record=lambda file: {**seen.record(file), "look": None}, manifest=seen.manifest, logged=seen.logged
    )
    nothing = Signing(missing=(), refused=(), notes=(), until=None)
    found = attested(concept, log(version), nothing, current(log(version)))
    assert found.unattested == ("owner under the seal", "dpo under the verdict")


@pytest.mark.parametrize("asked", [{"seal": ["trainer"]}, {"verdict": ["lawyer"]}, {"log": ["owner"]}])
def test_a_root_asks_only_what_its_persons_can_give(asked: Any) -> None:
    with pytest.raises((Refused, ValidationError)):
        Signers.from_record(signers().to_record() | {"attested": asked})


def test_the_pin_of_a_root_says_what_it_asks() -> None:
    assert pin_of(signers()) == pin_of(signers(attested={}))
    assert len({pin_of(signers()), pin_of(signers(attested=BOTH)), pin_of(signers(attested={"seal": ["owner"]}))}) == 3


# ------------------------------------------------------------------------------------------------ the head
def test_a_committee_keeps_a_signed_head(tmp_path: Path) -> None:
    version = copied(tmp_path)
    sign_verdict(version, signer("officer"))
    kept = tmp_path / "head.json"
    kept.write_bytes(signed_head(version.parent, signer("director")))
    assert gate(version, witness=kept).exit_code == 0
    approve(version, "deputy")
    assert gate(version, witness=kept).exit_code == 0, "a log that grew holds all it held"
    newest = log(version).heads()[0].removeprefix("sha256:")
    (version.parent / "log" / f"{newest}.json").unlink()
    assert gate(version, witness=kept).exit_code == 0
    newest = log(version).heads()[0].removeprefix("sha256:")
    (version.parent / "log" / f"{newest}.json").unlink()
    decision = gate(version, witness=kept)
    assert (decision.exit_code, "lacks entries" in str(decision.reasons)) == (4, True)


def head(ledger: Ledger, who: str, *, by: str | None = None, subject: str | None = None, **more: Any) -> bytes:
    witness = json.loads(ledger.witness())
    return told(who, witness | more, subject or witness["tree"]["root"], by=by or who)


def told(who: str, witness: Any, subject: str = "", **said: Any) -> bytes:
    about = {"log": subject or (witness["tree"]["root"] if witness else "1" * 64)}
    return json.dumps(signed(statement(HEAD, about, {"by": who, "witness": witness, **said}), [signer(who)])).encode()


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (lambda log: head(log, "stranger"), "A08"),
        (lambda log: head(log, "director", by="officer"), "A07"),
        (lambda log: head(log, "modeller"), "A07"),
        (lambda log: head(log, "director", subject="1" * 64), "A07"),
        (lambda log: head(log, "director").replace(b'"sig": "', b'"sig": "AAAA'), "A06"),
        (lambda log: head(log, "director", entries=10**6), "A13"),
        (lambda log: head(log, "director", heads=[["x"]]), "A13"),
        (lambda log: json.dumps({"payload": 3}).encode(), "A07"),
        (lambda log: told("director", []), "A07"),
        (lambda log: head(log, "director", tree=[]), "A07"),
        (lambda log: told("director", json.loads(log.witness()), log=["more"]), "A07"),
        (lambda log: b"[]", "A13"),
        (lambda log: b"{", "A13"),
    ],
)
def test_a_head_that_does_not_hold_is_no_witness(tmp_path: Path, made: Callable[[Ledger], bytes], rule: str) -> None:
    version = copied(tmp_path)
    with pytest.raises(EvidenceBroken) as broken:
        hold_against(log(version), made(log(version)), "here")
    assert broken.value.rule == rule
    hold_against(log(version), log(version).witness(), "here")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed; it is the stranger who stamps")
def test_a_time_stamping_authority_can_stamp_the_head(tmp_path: Path) -> None:
    """RFC 3161 with an authority of the test's own: the stamp holds for this head, offline, and for no other."""
    head, other = tmp_path / "head.json", tmp_path / "other.json"
    head.write_bytes(signed_head(walked(("director",)).parent, signer("director")))
    other.write_bytes(signed_head(walked(()).parent, signer("director")))
    (tmp_path / "ca.cnf").write_text(
        "[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=x\n[dn]\nCN=TSA of the test\n"
        "[x]\nextendedKeyUsage=critical,timeStamping\n"
        f"[tsa]\ndefault_tsa=t\n[t]\nserial={tmp_path}/serial\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n"
        "digests=sha256\naccuracy=secs:1\ness_cert_id_alg=sha256\n"
    )

    def openssl(*words: str) -> str:
        done = subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "tsa.key",
            "-out", "tsa.pem", "-days", "2", "-config", "ca.cnf")  # fmt: skip
    openssl("ts", "-query", "-data", "head.json", "-sha256", "-cert", "-out", "head.tsq")
    openssl("ts", "-reply", "-config", "ca.cnf", "-section", "t", "-queryfile", "head.tsq", "-signer", "tsa.pem",
            "-inkey", "tsa.key", "-out", "head.tsr")  # fmt: skip
    held = [
        "Verification: OK" in openssl("ts", "-verify", "-data", name, "-in", "head.tsr", "-CAfile", "tsa.pem")
        for name in ("head.json", "other.json")
    ]
    assert held == [True, False]


@pytest.mark.parametrize("wrong", [{"rows": "sha256:" + "1" * 64}, {"policy.yaml": "sha256:" + "1" * 64}])
def test_a_seal_that_says_other_than_the_log_counts_for_nothing(tmp_path: Path, wrong: dict[str, str]) -> None:
    """Signed with a program of one's own, over the right seal and the wrong rules; and a trainer's word beside it."""
    home = write_project(tmp_path / "help", policy=without_model_controls())
    ledger = Ledger(home / "log")
    write_root(ledger, signers(attested={"seal": ["owner"]}), KEEPERS)
    body = gov.seal(gov.open_project(home)).body
    said = {"by": "director", "seal": ledger.heads()[0], "rows": wrong.get("rows", body["rows"])}
    files = {f"{key}.yaml": wrong.get(f"{key}.yaml", body[key]) for key in ("policy", "contract", "charter")}
    for name, subject in (
        ("director", files),
        ("modeller", {f"{key}.yaml": body[key] for key in ("policy", "contract", "charter")}),
    ):
        again = said | {"by": name, "log": list(ledger.heads())}
        ledger.append(SEAL_SIGNED, {"envelope": signed(statement(SEAL_SIGNED, subject, again), [signer(name)])})
    version = audit_predictions(rows(), gov.open_project(home)).write(version="1.0.0")
    VersionFolder(version).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    approve(version, "director", "officer")
    assert missing(version) == (5, ["MISSING signature of owner under the seal"])
    notes = [reason for reason in gate(version).reasons if "the seal" in reason and not reason.startswith("MISSING")]
    assert notes == [
        "not counted: director (owner) signed the seal of other rules",
        "not counted: modeller (trainer) signed the seal, and is nobody who may",
    ]


def test_a_seal_is_signed_after_it_was_set(tmp_path: Path) -> None:
    """Signed with a program of one's own: on a branch from before the seal, and over a seal that the log does not have."""
    home = write_project(tmp_path / "help", policy=without_model_controls())
    ledger = Ledger(home / "log")
    write_root(ledger, signers(attested={"seal": ["owner"]}), KEEPERS)
    before = ledger.heads()
    seal = gov.seal(gov.open_project(home))
    files = {f"{key}.yaml": seal.body[key] for key in ("policy", "contract", "charter")}
    nowhere = "sha256:" + "9" * 64
    for digest in (seal.digest, nowhere):
        said = {"by": "director", "seal": digest, "rows": seal.body["rows"], "log": list(before)}
        ledger.append(
            SEAL_SIGNED, {"envelope": signed(statement(SEAL_SIGNED, files, said), [signer("director")])}, after=before
        )
    version = audit_predictions(rows(), gov.open_project(home)).write(version="1.0.0")
    early = "not counted: director (owner) signed the seal before there was one"
    assert early in gate(version).reasons
    seen, nothing = examine(version), Signing(missing=(), refused=(), notes=(), until=None)
    record = seen.record("bundle.json")
    other: Any = SimpleNamespace(
        record=lambda file: {**record, "look": {**record["look"], "seal": nowhere}}, manifest=seen.manifest, logged=seen.logged
    )
    found = attested(other, ledger, nothing, current(ledger))
    assert (found.unattested, found.notes) == (("owner under the seal",), (early,))


def test_of_two_seals_the_one_of_the_look_is_signed(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help", policy=without_model_controls())
    write_root(Ledger(home / "log"), signers(attested={"seal": ["owner"]}), KEEPERS)
    gov.seal(gov.open_project(home))
    path = home / "policy.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("A sentence.", "Another."), encoding="utf-8")
    gov.seal(gov.open_project(home))
    sign_seal(home, signer("director"))
    version = audit_predictions(rows(), gov.open_project(home)).write(version="1.0.0")
    VersionFolder(version).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    approve(version, "director", "officer")
    assert missing(version)[1] == []


def test_a_verdict_signed_in_one_role_is_not_signed_in_another(tmp_path: Path) -> None:
    version = copied(tmp_path)
    sign_verdict(version, signer("deputy"))
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True), person("deputy", "dpo")]
    write_root(log(version), signers(2, attested=BOTH, persons=persons), KEEPERS)
    approve(version, "director", "officer")
    assert missing(version) == (5, ["MISSING signature of dpo under the verdict"])
    assert "not counted: deputy (dpo) signed the verdict in another role" in gate(version).reasons
    sign_verdict(version, signer("deputy"))
    assert missing(version)[1] == []
