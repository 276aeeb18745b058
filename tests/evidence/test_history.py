"""What evidence says of its look and of the version before it, held against a log that was written by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.project import open_project
from smartstart_gov.canonical import digest, real
from smartstart_gov.controls.predecessor import Previous
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Counted, Evidence
from smartstart_gov.evidence.history import (
    AUDITED,
    last_version,
    passed_over,
    sealing_of,
    standing_now,
    uneven_look,
    unlogged_look,
    unlogged_previous,
)
from smartstart_gov.ledger import Entry, Ledger
from smartstart_gov.looks.looks import NEW_PEOPLE, Look, Looks, granted, take
from smartstart_gov.looks.part import Part
from smartstart_gov.looks.registration import SEAL
from smartstart_gov.looks.rows import RowSet, View
from tests.documents import evidence as made
from tests.projects import write_project


@cache
def private() -> Evidence:
    return made.private()


def bundle(version: str) -> str:
    return digest(version.encode())


def log(home: Path) -> Ledger:
    return Ledger(home / "log")


def audited(ledger: Ledger, version: str, **body: Any) -> Entry:
    """Log an audit under the rules of `private`, unless `body` says otherwise."""
    rules = {name: getattr(private(), name).digest for name in ("policy", "contract")}
    said = {"name": "early_help", "version": version, "bundle": bundle(version), "part": "audit"}
    return ledger.append(AUDITED, said | rules | body)


def before(version: str, *, known: bool = True) -> Previous:
    contract, policy = (private().contract, private().policy) if known else (None, None)
    return Previous(version=version, bundle=bundle(version), contract=contract, policy=policy)


# ---------------------------------------------------------------------------------------------------- the version before
def test_the_last_version_is_the_last_that_was_no_concept(tmp_path: Path) -> None:
    project = open_project(write_project(tmp_path / "help"))
    assert last_version(project) is None
    for version, part in (("1.0.0", "audit"), ("2.0.0", "audit"), ("3.0.0", "develop")):
        audited(project.ledger, version, part=part)
    project.ledger.append("rendered", {"name": "early_help", "version": "4.0.0", "bundle": bundle("4.0.0")})
    # Its folder is gone: that it was there is all that is known.
    assert last_version(project) == before("2.0.0", known=False)


def test_a_log_of_concepts_alone_has_no_last_version(tmp_path: Path) -> None:
    project = open_project(write_project(tmp_path / "help"))
    audited(project.ledger, "1.0.0", part="develop")
    assert last_version(project) is None


@pytest.mark.parametrize(
    ("previous", "logged", "said"),
    [
        (None, {}, []),
        (before("1.0.0"), {}, []),
        (before("2.0.0"), {}, ["previous"]),
        (before("1.0.0"), {"bundle": bundle("another")}, ["previous"]),
        (before("1.0.0"), {"policy": bundle("another")}, ["previous.policy"]),
        (before("1.0.0"), {"contract": bundle("another")}, ["previous.contract"]),
        # Of a version that could not be read nothing is said that the log could deny.
        (before("1.0.0", known=False), {"policy": bundle("another"), "contract": bundle("another")}, []),
    ],
)
def test_what_is_said_of_the_version_before_stands_in_the_log(
    tmp_path: Path, previous: Previous | None, logged: dict[str, str], said: list[str]
) -> None:
    ledger = log(tmp_path)
    audited(ledger, "0.9.0")
    audited(ledger, "1.0.0", **logged)
    found = unlogged_previous(replace(private(), previous=previous), ledger)
    assert [line.partition(":")[0] for line in found] == said


OTHER_RULES = {"policy": bundle("another"), "contract": bundle("another")}


@pytest.mark.parametrize(
    ("entries", "previous", "told"),
    [
        # Nothing before it; and a version that the log does not know was passed over by none.
        ([("1.0.0", {})], None, None),
        ([("0.9.0", OTHER_RULES)], None, None),
        ([("0.9.0", OTHER_RULES), ("1.0.0", {})], None, "0.9.0"),
        ([("0.9.0", OTHER_RULES), ("1.0.0", {})], before("0.9.0"), None),
        # One in between: of the same rules it could have taken nothing away.
        ([("0.8.0", OTHER_RULES), ("0.9.0", {}), ("1.0.0", {})], before("0.8.0"), None),
        ([("0.8.0", {}), ("0.9.0", {"policy": bundle("another")}), ("1.0.0", {})], before("0.8.0"), "0.9.0"),
        ([("0.8.0", {}), ("0.9.0", {"contract": bundle("another")}), ("1.0.0", {})], before("0.8.0"), "0.9.0"),
        # A concept is nobody's last version, and what came later was not there yet.
        ([("0.8.0", {}), ("0.9.0", {"part": "develop", **OTHER_RULES}), ("1.0.0", {})], before("0.8.0"), None),
        ([("0.8.0", {}), ("1.0.0", {}), ("1.1.0", OTHER_RULES)], before("0.8.0"), None),
        # Another model of the same version is not this one.
        ([("1.0.0", {"name": "other"}), ("0.9.0", OTHER_RULES), ("1.0.0", {})], None, "0.9.0"),
        ([("0.9.0", {"bundle": bundle("another"), **OTHER_RULES}), ("1.0.0", {})], before("0.9.0"), "0.9.0"),
    ],
)
def test_a_version_that_was_audited_in_between_is_told(
    tmp_path: Path, entries: list[tuple[str, dict[str, Any]]], previous: Previous | None, told: str | None
) -> None:
    ledger = log(tmp_path)
    for version, body in entries:
        audited(ledger, version, **body)
    found = passed_over(replace(private(), previous=previous), ledger)
    assert [f"version {told}," in line for line in found] == ([] if told is None else [True])


@pytest.mark.parametrize("chain", [True, False])
def test_the_last_version_is_known_by_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chain: bool) -> None:
    """With what it lacks itself of the one before it: a debt does not lapse by passing it on."""
    project = open_project(write_project(tmp_path / "help"))
    audited(project.ledger, "2.0.0")
    lost = replace(before("1.0.0"), contract=made.contract(hierarchies={}), owed=("column shoe_size",)) if chain else None
    found = replace(made.public(), previous=lost)
    asked = []

    def read(path: Path) -> EvidenceBundle:
        asked.append(path)
        return EvidenceBundle(public=found)

    monkeypatch.setattr("smartstart_gov.evidence.history.read_bundle", read)
    previous = last_version(project)
    assert asked == [project.path / "2.0.0"]
    assert previous == replace(before("2.0.0"), owed=("column shoe_size",) if chain else ())


@pytest.mark.parametrize("body", [{"version": None}, {"bundle": 3}, {"version": "../.."}])
def test_a_last_audit_that_does_not_read_is_a_broken_log(tmp_path: Path, body: dict[str, Any]) -> None:
    project = open_project(write_project(tmp_path / "help"))
    project.ledger.append(AUDITED, {"version": "1.0.0", "bundle": bundle("1.0.0"), "part": "audit"} | body)
    with pytest.raises(EvidenceBroken, match="is not a readable audit"):
        last_version(project)


def test_a_version_is_passed_over_whatever_was_logged_since(tmp_path: Path) -> None:
    ledger = log(tmp_path)
    audited(ledger, "0.9.0", **OTHER_RULES)
    for place in range(3):
        ledger.append("rendered", {"name": "early_help", "version": "0.9.0", "place": place})
    audited(ledger, "1.0.0")
    assert len(passed_over(private(), ledger)) == 1


def test_only_an_audit_is_passed_over(tmp_path: Path) -> None:
    ledger = log(tmp_path)
    ledger.append("rendered", {"name": "early_help", "version": "1.0.0"})
    audited(ledger, "0.9.0", **OTHER_RULES)
    audited(ledger, "1.0.0")
    assert len(passed_over(private(), ledger)) == 1


# ------------------------------------------------------------------------------------------------------------ the look
ALPHA = made.policy().alpha
POLICY = made.policy(max_looks=3)


def at(place: int, *, spent: float = 0.0, **other: Any) -> Evidence:
    """Evidence of look `place` of at most three, with the alpha that this place has."""
    mine = real(granted(ALPHA, 3, place, spent)) or "0"
    told = {"most": 3, "place": place, "spent": real(spent) or "0", "alpha": mine} | other
    return replace(private(), policy=POLICY, look=replace(made.LOOK, **told))


def told(evidence: Evidence, **other: Any) -> Evidence:
    """Return the evidence with something else said of its look."""
    assert evidence.look is not None
    return replace(evidence, look=replace(evidence.look, **other))


def names(lines: Any) -> list[str]:
    return [line.partition(":")[0] for line in lines]


@pytest.mark.parametrize("place", [1, 2, 3])
def test_the_alpha_of_a_look_follows_from_its_place(place: int) -> None:
    mine = granted(ALPHA, 3, place, 0.0)
    assert names(uneven_look(at(place))) == []
    for by in (2e-9, -2e-9):
        assert names(uneven_look(at(place, alpha=real(mine + by)))) == ["look.alpha"]
    assert names(uneven_look(at(place, alpha=real(mine + 1e-12)))) == []


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (at(1, most=2), ["look"]),
        (at(1, most=4), ["look"]),
        (at(1, sealing="somehow"), ["look"]),
        (at(1, sealing="rows"), []),
        # What others spent comes off what is left, and of nothing nothing is left.
        (at(2, spent=ALPHA - 0.001), []),
        (told(at(2), spent=real(ALPHA - 0.001)), ["look.alpha"]),
        (at(4), ["look.alpha"]),
        (at(2, spent=ALPHA), ["look.alpha"]),
        (at(2, spent=ALPHA - 5e-10), ["look.alpha"]),
    ],
)
def test_a_look_under_other_rules_than_the_policy_gives_is_told(evidence: Evidence, said: list[str]) -> None:
    assert names(uneven_look(evidence)) == said


@pytest.mark.parametrize("edition", ["private", "public"])
def test_the_rows_that_were_counted_are_those_of_the_part(edition: str) -> None:
    evidence = private() if edition == "private" else made.public()
    assert names(uneven_look(evidence)) == []
    fewer = replace(evidence.training, parts=(*evidence.training.parts[:2], Part(name="audit", rows=3)), read=29_963)
    assert names(uneven_look(replace(evidence, training=fewer))) == ["tally.total"]
    none = replace(evidence.training, parts=(Part(name="fit", rows=evidence.training.read),))
    assert names(uneven_look(replace(evidence, training=none))) == ["tally.total"]
    # A concept is of the develop part, and has no look of which more could be said.
    assert names(uneven_look(replace(evidence, look=None))) == ["tally.total"]
    if isinstance(evidence.tally, PrintedTally):
        hidden = replace(evidence.tally, total=None, margins=())
        assert names(uneven_look(replace(evidence, tally=hidden, training=fewer))) == []


def row_set(seed: int = 0) -> RowSet:
    units = np.random.default_rng(seed).integers(0, 2**32, 300, dtype=np.uint32)
    return RowSet(rows=300, units=np.unique(units), views={"all": View.of(np.zeros(300, dtype=np.uint32))})


def looked(home: Path, model: str = "a", *, seal: str | None = None, sealing: str = "none", **other: Any) -> Evidence:
    """Take a look, and return evidence that says of it what the log says."""
    rows, ledger = row_set(), log(home)
    look = Look(model=model, policy=POLICY.digest, rows="rows", alpha=real(ALPHA) or "", most=3, **Looks(ledger).seen(rows))
    entry, standing = take(ledger, replace(look, **other), rows)
    return replace(private(), policy=POLICY, look=Counted.of(entry, Looks(ledger), standing, seal, sealing))


def test_what_the_log_says_of_a_look_is_not_contradicted(tmp_path: Path) -> None:
    first, second = looked(tmp_path), looked(tmp_path, "b")
    for place, evidence in enumerate((first, second), start=1):
        assert names(unlogged_look(evidence, log(tmp_path))) == []
        now = standing_now(evidence, log(tmp_path))
        assert now is not None
        assert (now.place, real(now.alpha)) == (place, evidence.look.alpha)  # type: ignore[union-attr]  # it has a look
    assert names(unlogged_look(replace(first, look=None), log(tmp_path))) == []
    assert standing_now(replace(first, look=None), log(tmp_path)) is None
    assert standing_now(told(first, entry=bundle("x")), log(tmp_path)) is None


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"entry": bundle("x")}, ["look"]),
        ({"most": 2}, ["look"]),
        ({"told_by": "both"}, ["look"]),
        ({"known": "0.5000"}, ["look"]),
        ({"new_people": ("somebody", "a reason")}, ["look"]),
        ({"seal": bundle("x")}, ["look.sealing"]),
        ({"sealing": "rows"}, ["look.sealing"]),
        ({"alpha": real(ALPHA)}, ["look.alpha"]),
        # After branches merged less may be left than there was, and nobody minds less.
        ({"alpha": "0.001"}, []),
    ],
)
def test_what_the_evidence_says_otherwise_of_its_look_is_told(tmp_path: Path, other: dict[str, Any], said: list[str]) -> None:
    assert names(unlogged_look(told(looked(tmp_path), **other), log(tmp_path))) == said


def test_a_little_more_alpha_than_the_log_leaves_is_told(tmp_path: Path) -> None:
    evidence = looked(tmp_path)
    mine = granted(ALPHA, 3, 1, 0.0)
    for more, said in ((2e-9, ["look.alpha"]), (5e-10, [])):
        assert names(unlogged_look(told(evidence, alpha=real(mine + more)), log(tmp_path))) == said


def test_a_look_under_another_policy_is_told(tmp_path: Path) -> None:
    evidence = looked(tmp_path)
    other = made.policy(max_looks=3, version="2")
    assert names(unlogged_look(replace(evidence, policy=other), log(tmp_path))) == ["look"]


def test_who_gave_keys_to_other_people_stands_in_the_log(tmp_path: Path) -> None:
    ledger = log(tmp_path)
    ledger.append(NEW_PEOPLE, {"units": row_set().units_digest, "by": "somebody", "reason": "a new year"})
    evidence = looked(tmp_path)
    assert evidence.look is not None
    assert evidence.look.new_people == ("somebody", "a new year")
    assert names(unlogged_look(evidence, ledger)) == []
    assert names(unlogged_look(told(evidence, new_people=None), ledger)) == ["look"]


@pytest.mark.parametrize("origin", ["trained", "model", "predictions"])
def test_a_seal_that_came_after_training_holds_only_where_nothing_was_trained_here(tmp_path: Path, origin: str) -> None:
    of = private()
    digests = {"policy": POLICY.digest, "contract": of.contract.digest, "charter": of.charter.digest}
    ledger = log(tmp_path)
    seal = ledger.append(SEAL, {**digests, "rows": None}).digest
    evidence = looked(tmp_path)

    def found(*seals: str) -> tuple[str | None, str]:
        training = replace(evidence.training, origin=origin, seals=seals)
        return sealing_of(replace(evidence, training=training), Looks(ledger), ledger)

    assert found(seal) == (seal, "rules")
    assert found() == ((None, "after_training") if origin == "trained" else (seal, "rules"))
    assert sealing_of(replace(evidence, look=None), Looks(ledger), ledger) == (None, "none")
