"""Stages: a trial has bounds, approvals are renewed twice, and nothing is loaded after their last day."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.documents.render import render
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import VersionFolder, examine
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.release.approvals import APPROVAL, about, rests_on
from smartstart_gov.release.envelope import signed, statement
from smartstart_gov.release.gate import gate
from smartstart_gov.release.root import write_root
from smartstart_gov.release.sign import sign
from tests.projects import TEXT, policy
from tests.release.saying import TODAY
from tests.release.test_gate import released, without_model_controls
from tests.release.test_signing import log, signer, signers

pytestmark = pytest.mark.usefixtures("quick", "one_day")

ENDS = TODAY + dt.timedelta(days=100)
TRIAL = {
    "team": {"nl": "Wijkteam Noord.", "en": "Team North."},
    "families_at_most": 200,
    "ends": str(ENDS),
    "person_decides_first": True,
}


def stages(**trial: Any) -> dict[str, Any]:
    found = without_model_controls()["stages"]
    assert isinstance(found, dict)
    return found | {"trial": {"not_shown": "accepted", "signatures": ["owner"], **trial}}


@cache
def audited(declared: bool = True) -> Path:
    given = policy(stages=stages(**(TRIAL if declared else {})))
    return released(Path(tempfile.mkdtemp(prefix="staged-")) / "help", policy=given)


@pytest.fixture
def version(tmp_path: Path) -> Path:
    return prepared(tmp_path)


def prepared(tmp_path: Path, *, declared: bool = True) -> Path:
    folder = shutil.copytree(audited(declared).parent, tmp_path / "help") / "1.0.0"
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    return folder


def approve(version: Path, name: str, days: int, stage: Any = "trial") -> None:
    sign(version, signer(name), stage=stage, outcome="approve", until=TODAY + dt.timedelta(days=days))


def forged(version: Path, name: str, days: int, stage: str = "trial") -> None:
    """Enter an approval that somebody signs with a program of their own."""
    seen = examine(version)
    said = {
        **rests_on(seen), "by": name, "stage": stage, "outcome": "approve", "conditions": [], "reason": None,
        "until": str(TODAY + dt.timedelta(days=days)), "log": list(log(version).heads()),
    }  # fmt: skip
    log(version).append(APPROVAL, {"envelope": signed(statement(APPROVAL, about(seen), said), [signer(name)])})


# ------------------------------------------------------------------------------------------------ the policy
def test_an_approval_of_a_trial_is_for_the_trial(version: Path) -> None:
    approve(version, "director", 30)
    assert gate(version, stage="trial").exit_code == 0
    assert [gate(version, stage=stage).exit_code for stage in ("shadow", "release")] == [0, 5]


@pytest.mark.parametrize("missing", sorted(TRIAL))
def test_a_trial_is_declared_whole(missing: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Policy.model_validate(policy(stages=stages(**{key: value for key, value in TRIAL.items() if key != missing})))
    assert missing in str(refused.value)


@pytest.mark.parametrize("changes", [
    {"families_at_most": 0}, {"person_decides_first": False}, {"ends": "soon"}, {"team": "one"}, {"teams": TEXT},
])  # fmt: skip
def test_what_says_nothing_of_a_trial_is_refused(changes: dict[str, Any]) -> None:
    Policy.model_validate(policy(stages=stages(**TRIAL)))
    with pytest.raises(ValidationError):
        Policy.model_validate(policy(stages=stages(**TRIAL | changes)))


@pytest.mark.parametrize("stage", ["shadow", "release"])
def test_only_a_trial_is_one(stage: str) -> None:
    found = stages() | {stage: {"not_shown": "refused", "signatures": ["owner"], **TRIAL}}
    with pytest.raises(ValidationError):
        Policy.model_validate(policy(stages=found))


def test_a_policy_without_the_new_keys_keeps_its_digest() -> None:
    record = Policy.model_validate(policy()).to_record()
    assert "waivers" not in record
    assert set(record["stages"]["trial"]) == {"not_shown", "signatures"}
    assert set(record["stages"]["release"]) == {"not_shown", "signatures"}


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "Team North. At most 200 families take part"), ("nl", "Wijkteam Noord. Er doen hooguit 200 gezinnen mee"),
])  # fmt: skip
def test_the_card_says_what_bounds_the_trial(lang: str, told: str) -> None:
    bundle = read_bundle(audited())
    assert told in render(bundle, "model_card", lang=lang).text
    assert told not in render(read_bundle(audited(declared=False)), "model_card", lang=lang).text


# ------------------------------------------------------------------------------------------------ the trial
def test_a_trial_that_nobody_declared_is_not_approved(tmp_path: Path) -> None:
    folder = prepared(tmp_path, declared=False)
    with pytest.raises(Refused) as refused:
        approve(folder, "director", 10)
    assert (refused.value.rule, "which team" in str(refused.value)) == ("P05", True)
    # What was signed before policies could say so still counts.
    forged(folder, "director", 10)
    assert gate(folder, stage="trial").exit_code == 0
    # And another stage needs none of it.
    approve(folder, "director", 10, "release")


def test_no_approval_outlasts_the_trial(version: Path) -> None:
    with pytest.raises(Refused) as refused:
        approve(version, "director", 101)
    assert (refused.value.rule, str(ENDS) in str(refused.value)) == ("P05", True)
    forged(version, "director", 101)
    decision = gate(version, stage="trial")
    assert decision.exit_code == 5
    assert any(f"and the trial on {ENDS}" in reason for reason in decision.reasons)
    approve(version, "director", 100)
    assert gate(version, stage="trial").exit_code == 0
    # A release has no such end.
    approve(version, "director", 101, "release")


def test_a_trial_that_is_over_is_not_approved(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = ENDS + dt.timedelta(days=1)
    monkeypatch.setattr("smartstart_gov.release.root.today", lambda *_: later)
    with pytest.raises(Refused) as refused:
        sign(version, signer("director"), stage="trial", outcome="approve", until=later)
    assert "The trial ended" in str(refused.value)


# ------------------------------------------------------------------------------------------------ renewals
def test_a_stage_is_renewed_twice(version: Path) -> None:
    for days in (10, 20, 30):
        approve(version, "director", days)
    before = log(version).entries()
    with pytest.raises(Refused) as refused:
        approve(version, "director", 40)
    assert (refused.value.rule, "renewed 2 times" in str(refused.value)) == ("P05", True)
    # Another person of the role begins no new count.
    with pytest.raises(Refused):
        approve(version, "deputy", 40)
    assert log(version).entries() == before
    # The same end once more, for a card that was drawn anew, is no renewal.
    approve(version, "director", 30)
    approve(version, "deputy", 30)
    assert gate(version, stage="trial").exit_code == 0
    # Another stage has its own count, and so has another role.
    approve(version, "director", 40, "release")
    approve(version, "officer", 40)


def test_one_renewal_too_many_counts_for_nothing(version: Path) -> None:
    for days in (10, 20, 30, 40):
        forged(version, "director", days)
    decision = gate(version, stage="trial")
    assert decision.exit_code == 5
    assert any("renews trial once more than the 2 times there are" in reason for reason in decision.reasons)
    approve(version, "director", 30)
    assert gate(version, stage="trial").exit_code == 0


def test_what_never_counted_begins_no_term(version: Path) -> None:
    """Somebody signs until far away, so that every later end would seem to be no renewal."""
    forged(version, "director", 40_000)
    for days in (10, 20, 30):
        approve(version, "director", days)
    with pytest.raises(Refused):
        approve(version, "director", 40)


def test_a_document_that_is_drawn_anew_begins_no_new_count(version: Path) -> None:
    for days in (10, 20, 30):
        approve(version, "director", days)
    VersionFolder(version).add({name: b"%PDF- drawn anew " + name.encode() for name in DOCUMENTS})
    with pytest.raises(Refused):
        approve(version, "director", 40)
