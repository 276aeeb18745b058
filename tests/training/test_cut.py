"""A threshold at a capacity: never over it, never split by the order of rows, and found again in the evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

import smartstart_gov as gov
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.reperform import reperform
from smartstart_gov.training.cutoff import decide
from smartstart_gov.training.record import Cut
from tests.projects import TEXT, contract, policy, rows, write_project

LEAN = {"decide_on": "point", "attributes": ["origin"], "intersections": [], "limits": policy()["limits"][:1]}
CHOSEN = {"chosen_by": "committee", "reason": TEXT}


def at(**rule: Any) -> dict[str, Any]:
    return policy(threshold={**rule, **CHOSEN}, **LEAN)


def rules(**rule: Any) -> Policy:
    return Policy.model_validate(at(**rule))


@given(
    # Scores that differ by less than 1e-12 are equal; none here lies on that border, where rounding is no oracle.
    scores=st.lists(
        st.one_of(st.floats(0, 1).map(lambda x: round(x, 9)), st.sampled_from([0.1, 0.5, 0.5 + 1e-13, 0.5 + 1e-9])),
        min_size=2,
        max_size=60,
    ),
    places=st.integers(1, 59),
    seed=st.integers(0, 99),
)
@settings(max_examples=200)
def test_the_highest_are_served_and_equals_are_treated_alike(scores: list[float], places: int, seed: int) -> None:
    score = np.array(scores)
    places = min(places, len(score) - 1)
    rounded = np.round(score, 12)
    if (rounded == rounded.max()).sum() > places:
        with pytest.raises(Refused) as refused:
            decide(rules(capacity=places), score)
        assert refused.value.rule == "M05"
        return
    decided = decide(rules(capacity=places), score)
    served = decided.decision == 1
    assert 0 < served.sum() <= places
    assert rounded[served].min() > rounded[~served].max()
    # No room is left that the next score, with all who have it, would have fitted in.
    assert served.sum() + (rounded == rounded[~served].max()).sum() > places
    assert served.tolist() == (rounded >= float(decided.threshold)).tolist()
    order = np.random.default_rng(seed).permutation(len(score))
    assert decide(rules(capacity=places), score[order]).decision.tolist() == decided.decision[order].tolist()


def test_ties_at_the_end_are_left_out_and_counted_where_they_are_many() -> None:
    score = np.repeat([0.9, 0.7, 0.2], [5, 30, 65])
    many = decide(rules(capacity=20), score)
    assert (int(many.decision.sum()), many.cut) == (5, Cut(rows=100, capacity=20, tied=30))
    few = decide(rules(capacity=7), np.concatenate([score[:5], [0.8] * 4, score[5:]]))
    assert few.cut == Cut(rows=104, capacity=7, tied=None), "fewer than k may not be printed"
    assert decide(rules(capacity=5), score).cut == Cut(rows=100, capacity=5, tied=0)


def test_the_threshold_is_nobodys_score() -> None:
    decided = decide(rules(capacity=1), np.array([0.731234567891, 0.12345]))
    assert decided.threshold == "0.2"


def test_a_share_is_of_the_rows_and_a_capacity_shrinks_with_the_part() -> None:
    score = np.linspace(0, 1, 200)
    assert int(decide(rules(share=0.05), score).decision.sum()) == 10
    assert int(decide(rules(capacity=30), score, of=600).decision.sum()) == 10


@pytest.mark.parametrize("rule", [{"capacity": 100}, {"capacity": 101}, {"share": 0.001}])
def test_a_capacity_that_chooses_nobody_or_everybody_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="leaves no choice among 100 rows") as refused:
        decide(rules(**rule), np.linspace(0, 1, 100))
    assert refused.value.rule == "M05"


@pytest.mark.parametrize("rule", [{}, {"value": 0.5, "capacity": 3}, {"capacity": 3, "share": 0.1}])
def test_a_threshold_is_one_thing(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="one of value, capacity, share and as_given"):
        rules(**rule)


def test_policies_from_before_keep_their_digest() -> None:
    record = rules(value=0.5).to_record()
    assert set(record["threshold"]) == {"value", "chosen_by", "reason"}
    again = Policy.from_record(json.loads(json.dumps(rules(capacity=3).to_record())))
    assert again == rules(capacity=3)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Any:
    project = gov.open_project(write_project(tmp_path_factory.mktemp("cut") / "help", policy=at(capacity=200)))
    whole = rows(n=1500)
    return gov.audit_predictions(whole.assign(score=whole["score"].round(2)), project)


def test_the_evidence_says_what_the_capacity_came_to_and_is_verified(bundle: Any) -> None:
    training = bundle.public.training
    served = sum(bundle.private.tally.cells()[0][[1, 3]])
    assert served <= 200 == training.cut.capacity
    assert reperform(bundle).ok
    for lang, sentence in (("en", "There are places for 200 of these 1,500 cases"), ("nl", "Er is plaats voor 200")):
        text = technical_annex(bundle.public, Words(lang)).to_text()
        assert sentence in text, lang
        assert f"{float(training.threshold):g}".replace(".", "," if lang == "nl" else ".") in text


@pytest.mark.parametrize(
    "tampered",
    [
        {"cut": None},
        {"cut": Cut(rows=1500, capacity=300, tied=0)},
        {"cut": Cut(rows=900, capacity=200, tied=0)},
        {"threshold": "0.1"},
    ],
)
def test_another_account_of_the_cut_is_found(bundle: Any, tampered: dict[str, Any]) -> None:
    private = replace(bundle.private, training=replace(bundle.private.training, **tampered))
    public = replace(bundle.public, training=private.training, private_digest=private.digest)
    found = reperform(replace(bundle, private=private, public=public)).differences
    assert any(line.startswith("training.") for line in found), found


@pytest.mark.slow
def test_a_trained_model_is_cut_on_the_audit_part(tmp_path: Path) -> None:
    columns = [c for c in contract()["columns"] if c["role"] != "score"]
    project = gov.open_project(write_project(tmp_path / "help", contract=contract(columns=columns), policy=at(share=0.1)))
    run = gov.train(LogisticRegression(), rows(n=1500).drop(columns="score"), project, random_state=1)
    assert run.record.threshold == ""
    assert run.preview().findings
    bundle = gov.audit(run)
    cut = bundle.public.training.cut
    assert cut.capacity == int(0.1 * bundle.private.tally.n)
    assert sum(bundle.private.tally.cells()[0][[1, 3]]) == cut.capacity
    assert gov.verify(bundle.write(version="1")).ok
