"""One edition of the evidence: what it may hold, what it is of, and what is no evidence when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.controls.linking import RULES, LinkLosses
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import EvidenceBundle, _holds_all, bundle_of, parse_evidence, read_bundle
from smartstart_gov.evidence.edition import Counted, Evidence
from smartstart_gov.evidence.folder import examine
from smartstart_gov.intake.link_report import LinkReport, SourceLoss
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.looks import Look, Standing
from tests.documents import evidence as made
from tests.documents import scored


@cache
def private() -> Evidence:
    return scored.private()


@cache
def public() -> Evidence:
    return scored.public()


# ------------------------------------------------------------------------------------------------------------- the look
@pytest.mark.parametrize("name", ["place", "most"])
@pytest.mark.parametrize("value", [0, -1, True, 1.0, "1"])
def test_looks_are_counted_from_one(name: str, value: Any) -> None:
    replace(made.LOOK, **{name: 1})
    with pytest.raises(ValueError, match="counted from 1"):
        replace(made.LOOK, **{name: value})


@pytest.mark.parametrize("new_people", [None, ("somebody", "a reason")])
def test_an_account_of_a_look_is_read_as_it_was_written(new_people: tuple[str, str] | None) -> None:
    look = replace(
        made.LOOK, place=2, most=3, spent="0.01", alpha="0.02", seal="sha256:x", sealing="rows", new_people=new_people
    )
    record = json.loads(json.dumps(look.to_record()))
    assert Counted.from_record(record) == look
    assert record["new_people"] == (None if new_people is None else list(new_people))


def test_a_look_is_told_as_the_log_has_it() -> None:
    taken = Look(model="m", policy="p", rows="r", alpha="0.05", most=3, set="s", told_by="key", known="0.1")

    class Log:
        def at(self, entry: str) -> Look:
            return {"e": taken}[entry]

        def new_people(self, look: Look) -> tuple[str, str]:
            return "somebody", "a reason"

    for spent, alpha, said in ((0.01, 0.02, ("0.01", "0.02")), (0.0, 0.0, ("0", "0"))):
        found = Counted.of("e", Log(), Standing(place=2, spent=spent, alpha=alpha), "seal", "rows")  # type: ignore[arg-type]  # what it asks of looks
        assert found == Counted(
            entry="e", place=2, most=3, spent=said[0], alpha=said[1], seal="seal", sealing="rows", told_by="key", known="0.1",
            new_people=("somebody", "a reason"),
        )  # fmt: skip


# ---------------------------------------------------------------------------------------------------------- the edition
@pytest.mark.parametrize(
    "change",
    [
        lambda: replace(private(), edition="public"),
        lambda: replace(public(), edition="private"),
        lambda: replace(private(), nonce=None),
        lambda: replace(public(), nonce="sha256:x"),
        lambda: replace(private(), tally=public().tally),
        lambda: replace(public(), tally=private().tally),
    ],
)
def test_an_edition_holds_nothing_of_the_other(change: Callable[[], Evidence]) -> None:
    with pytest.raises(ValueError, match="belongs in the other one"):
        change()


def test_a_policy_of_another_contract_is_no_evidence() -> None:
    with pytest.raises(ValueError, match="does not fit the contract"):
        replace(private(), policy=made.policy(attributes=("origin", "sex", "neighbourhood", "income")))


def test_without_a_look_it_is_a_concept_at_the_whole_alpha() -> None:
    look = replace(made.LOOK, most=2, alpha="0.04")
    audit, concept = replace(private(), look=look), replace(private(), look=None)
    assert (audit.part, audit.concept, audit.alpha) == ("audit", False, 0.04)
    assert (concept.part, concept.concept, concept.alpha) == ("develop", True, concept.policy.alpha)


@pytest.mark.parametrize("version", [None, "1.0.0"])
@pytest.mark.parametrize("left_out", [(), ("look",), ("scores",), ("attribution",)])
@pytest.mark.parametrize("edition", ["private", "public"])
def test_evidence_is_read_as_it_was_written(edition: str, left_out: tuple[str, ...], version: str | None) -> None:
    base = private() if edition == "private" else public()
    evidence = replace(base, version=version, **dict.fromkeys(left_out))
    record = json.loads(json.dumps(evidence.to_record()))
    again = Evidence.from_record(record)
    assert again.to_record() == record
    assert (again.digest, again.version, again.headline()) == (evidence.digest, version, evidence.headline())
    assert evidence.headline() == f"Evidence(early_help {version or 'unversioned'}, {edition}, {evidence.verdict.status})"
    assert {name for name in ("look", "scores", "attribution", "losses", "previous") if record[name] is None} == {
        "losses", "previous", *left_out,
    }  # fmt: skip


@pytest.mark.parametrize("edition", ["private", "public"])
def test_the_version_before_and_the_losses_are_read_as_they_were_written(edition: str) -> None:
    base = private() if edition == "private" else public()
    source = SourceLoss(
        source="school", rows=1000, no_key=0, no_partner=3, unused=0, doubled=0, days_old=None, unmeasured=(), groups=(),
    )  # fmt: skip
    losses = LinkLosses(k=10, report=LinkReport(rows=1000, linked=997, sources=(source,)), named=(), thin=(), rule=RULES[-1])
    previous = Previous(version="0.9.0", bundle="sha256:" + "0" * 64, contract=base.contract, policy=base.policy)
    evidence = replace(base, losses=losses, previous=previous)
    record = json.loads(json.dumps(evidence.to_record()))
    again = Evidence.from_record(record)
    assert (again.losses, again.previous) == (losses, previous)
    assert again.to_record() == record
    assert (record["losses"]["k"], record["previous"]["version"]) == (10, "0.9.0")


def test_the_rules_are_of_the_format_of_the_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    record = json.loads(json.dumps(public().to_record()))
    monkeypatch.setattr("smartstart_gov.evidence.edition.FORMATS", (record["format"], record["format"] + 1))
    Evidence.from_record(record)
    record["format"] += 1
    with pytest.raises(ValueError, match="rules are of another format"):
        Evidence.from_record(record)


def test_the_digest_of_what_was_read_is_that_of_what_stood_there() -> None:
    record = json.loads(json.dumps(private().to_record()))
    assert Evidence.from_record(record).digest == digest(record) == private().digest
    # What a later version of the library writes beside it is no other evidence.
    again = Evidence.from_record(record)
    object.__setattr__(again, "created", "2026-03-12T09:30:01Z")
    assert again.digest == digest(record)


def test_what_is_made_of_evidence_that_was_read_is_other_evidence() -> None:
    read = Evidence.from_record(json.loads(json.dumps(private().to_record())))
    assert replace(read) == read
    other = replace(read, created="2026-03-12T09:30:01Z")
    assert other != read
    assert other.digest == digest(other.to_record()) != read.digest


def put(record: dict[str, Any], *at: Any) -> None:
    *way, name, value = at
    for key in way:
        record = record[key]
    record[name] = value


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("format", 99), "format 99 is not known"),
        (("kind", "another/bundle"), "not known"),
        (("policy_digest", "sha256:x"), "the policy in the bundle has another digest"),
        (("contract_digest", "sha256:x"), "the contract in the bundle has another digest"),
        (("charter_digest", "sha256:x"), "the charter in the bundle has another digest"),
        (("part", "develop"), "field part is another than is written there"),
        (("look", None), "field part is another than is written there"),
        (("created", "yesterday"), "isoformat"),
        (("created", 3), "created holds another type"),
        (("training", "features", ["absence", "shoe_size"]), "1 features that the contract does not know"),
    ],
)
def test_what_contradicts_itself_is_no_evidence(change: tuple[Any, ...], why: str) -> None:
    record = json.loads(json.dumps(public().to_record()))
    put(record, *change)
    with pytest.raises(ValueError, match=why):
        Evidence.from_record(record)
    with pytest.raises(EvidenceBroken) as broken:
        parse_evidence(pretty_json(record), "bundle.json")
    assert broken.value.rule == "A02"


def test_what_is_no_json_or_is_written_otherwise_than_an_audit_does_is_no_evidence() -> None:
    record = json.loads(json.dumps(public().to_record()))
    assert parse_evidence(pretty_json(record), "bundle.json").to_record() == record
    for data in (b"{", pretty_json(record | {"unknown": 1}), pretty_json(record | {"private_digest": 3})):
        with pytest.raises(EvidenceBroken) as broken:
            parse_evidence(data, "bundle.json")
        assert broken.value.rule == "A02"


def test_evidence_of_before_a_key_came_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    data, before = pretty_json(public().to_record()), public().digest
    written = PrintedTally.to_record
    monkeypatch.setattr(PrintedTally, "to_record", lambda tally: written(tally) | {"sites": None})
    assert parse_evidence(data, "bundle.json").digest == before
    monkeypatch.setattr(PrintedTally, "to_record", lambda tally: written(tally) | {"k": tally.k + 1})
    with pytest.raises(EvidenceBroken):
        parse_evidence(data, "bundle.json")


@pytest.mark.parametrize(
    ("again", "read", "holds"),
    [
        ({"a": 1}, {"a": 1}, True),
        # A later version may write more, and must write all that was read.
        ({"a": 1, "b": None}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": True}, False),
        ([1, 2], [1, 2], True),
        ([1, 2], [1], False),
        ([1], [1, 2], False),
        ([1, 3], [1, 2], False),
        ([3, 2], [1, 2], False),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, False),
        ("x", "x", True),
        ("x", "y", False),
    ],
)
def test_what_was_read_is_written_again(again: Any, read: Any, holds: bool) -> None:
    assert _holds_all(again, read) == holds


# ----------------------------------------------------------------------------------------------------------- the bundle
def pair() -> EvidenceBundle:
    return EvidenceBundle(public=public(), private=private())


def test_a_bundle_is_of_a_public_edition_and_of_the_private_one_that_it_names() -> None:
    assert pair().verdict is private().verdict
    assert EvidenceBundle(public=public()).verdict is public().verdict
    with pytest.raises(ValueError, match="public edition is missing"):
        EvidenceBundle(public=private())
    for other in (replace(private(), created="2026-03-12T09:30:01Z"), replace(private(), nonce="sha256:" + "0e" * 32)):
        with pytest.raises(ValueError, match="belongs to another"):
            EvidenceBundle(public=public(), private=other)


def test_a_version_is_given_to_both_editions() -> None:
    whole, half = pair().versioned("2.0.0"), EvidenceBundle(public=public()).versioned("2.0.0")
    assert whole.private is not None
    assert (whole.private.version, whole.public.version, whole.public.private_digest) == (
        "2.0.0",
        "2.0.0",
        whole.private.digest,
    )
    assert (half.private, half.public.version, half.public.private_digest) == (None, "2.0.0", private().digest)


def test_a_bundle_says_what_it_is() -> None:
    for version in ("1.0.0", None):
        bundle = EvidenceBundle(public=replace(public(), version=version))
        assert bundle.headline() == f"EvidenceBundle(early_help {version or 'unversioned'}, {public().verdict.headline()})"
    assert pair().to_record() == public().to_record()
    assert pair().table() == public().verdict.table() == public().table()


MODEL = b"a model"


def of_model(named: str | None, model: bytes | None, home: Path | None) -> EvidenceBundle:
    one = replace(private(), training=replace(private().training, model_digest=named))
    other = replace(public(), training=one.training, private_digest=one.digest)
    return EvidenceBundle(public=other, private=one, model_bytes=model, home=home)


@pytest.mark.parametrize(
    ("bundle", "rule"),
    [
        (lambda home: replace(pair(), home=None), "U01"),
        (lambda home: EvidenceBundle(public=public(), home=home), "U01"),
        (lambda home: of_model(digest(MODEL), None, home), "A01"),
        (lambda home: of_model(None, MODEL, home), "A01"),
        (lambda home: of_model(digest(b"another"), MODEL, home), "A01"),
    ],
)
def test_only_what_was_audited_with_its_model_is_written(
    tmp_path: Path, bundle: Callable[[Path], EvidenceBundle], rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        bundle(tmp_path).write(version="1.0.0")
    assert refused.value.rule == rule
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", [None, MODEL])
def test_what_is_written_is_in_the_folder_and_in_the_log(tmp_path: Path, model: bytes | None) -> None:
    from smartstart_gov.evidence.bundle import read_bundle

    bundle = of_model(None if model is None else digest(model), model, tmp_path)
    folder = bundle.write(version="2.0.0")
    assert folder == tmp_path / "2.0.0"
    again = read_bundle(folder)
    assert (again.public.version, again.model_bytes, again.home) == ("2.0.0", model, tmp_path)
    assert again.private is not None
    (entry,) = Ledger(tmp_path / "log").find("audited")
    of = {name: getattr(public(), name).digest for name in ("policy", "contract", "charter")}
    said = {"name": "early_help", "version": "2.0.0", "status": bundle.verdict.status, "part": "audit", "files": {}} | of
    names = {"bundle": "bundle.json", "private": "bundle.private.json", "model": "model.skops"}
    there = {key: folder / file for key, file in names.items() if (folder / file).exists()}
    files = {key: digest(there[key].read_bytes()) if key in there else None for key in names}
    assert set(names) - set(there) == (set() if model else {"model"})
    assert entry.body == said | files
    (folder / "bundle.private.json").unlink()
    half = read_bundle(folder)
    assert (half.private, half.public.version) == (None, "2.0.0")
    nothing: Any = 3
    with pytest.raises(Refused):
        read_bundle(nothing)


def test_a_folder_that_does_not_hold_is_not_read(tmp_path: Path) -> None:
    folder = of_model(None, None, tmp_path).write(version="1.0.0")
    (folder / "notes.txt").write_bytes(b"x")
    with pytest.raises(EvidenceBroken) as broken:
        read_bundle(folder)
    assert broken.value.rule == "A03"


def written_alone(tmp_path: Path) -> Path:
    """Write a version in the project `help`, and take its folder out of there."""
    (tmp_path / "help").mkdir()
    return of_model(None, None, tmp_path / "help").write(version="1.0.0").rename(tmp_path / "alone")


def test_a_bundle_is_of_the_project_that_it_was_held_against(tmp_path: Path) -> None:
    alone = written_alone(tmp_path)
    assert bundle_of(examine(alone)).home == tmp_path
    assert bundle_of(examine(alone, tmp_path / "help")).home == tmp_path / "help"


def rewritten(alone: Path, file: str, **changes: Any) -> None:
    """Change a file of a folder by itself, and its digest in the manifest."""
    data = pretty_json(json.loads((alone / file).read_bytes()) | changes)
    (alone / file).write_bytes(data)
    manifest = json.loads((alone / "manifest.json").read_bytes())
    manifest["files"][file] = digest(data)
    (alone / "manifest.json").write_bytes(pretty_json(manifest))


@pytest.mark.parametrize("file", ["bundle.json", "bundle.private.json"])
def test_an_edition_that_does_not_read_is_named(tmp_path: Path, file: str) -> None:
    alone = written_alone(tmp_path)
    rewritten(alone, file, created="yesterday")
    with pytest.raises(EvidenceBroken) as broken:
        read_bundle(alone)
    assert (broken.value.rule, broken.value.violations[0].where) == ("A02", str(alone / file))


def test_two_editions_that_do_not_belong_together_are_no_bundle(tmp_path: Path) -> None:
    """Also where no log says so: the public edition names its private one."""
    alone = written_alone(tmp_path)
    rewritten(alone, "bundle.private.json", nonce="sha256:" + "0e" * 32)
    with pytest.raises(EvidenceBroken, match="contradict each other") as broken:
        read_bundle(alone)
    assert broken.value.rule == "A01"
