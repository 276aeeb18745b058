"""A rate is one row: planted in a test, it is measured, limited, held and told; what other modules say of rates agrees."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import smartstart_gov as gov
from smartstart_gov.authoring.policy_changes import COMPLEMENT
from smartstart_gov.exports.export import FORMATS
from smartstart_gov.planning.clashes import follows_from_decisions, usefulness
from smartstart_gov.planning.expectation import Model
from smartstart_gov.statistics.rates import RATES, Rate
from tests import projects
from tests.strategies import policy

DISCOVERY = Rate(
    name="false_discovery_rate", numerator=("fp",), denominator=("fp", "tp"), better="lower",
    side="false_alarms", complement="positive_predictive_value",
    label={"nl": "aanwijzing klopt niet", "en": "false discovery rate"},
    meaning={"nl": "Van {n} klopt {x} niet.", "en": "Of {n} cases that the model selects, {x} did not have the outcome."},
    cases={"nl": "aangewezen gevallen", "en": "selected cases"}, citation="Nobody 2026, Nothing at all",
)  # fmt: skip


def complements(rates: dict[str, Rate]) -> dict[str, str]:
    return {name: of.complement for name, of in rates.items() if of.complement is not None}


def unpaired(rates: dict[str, Rate]) -> list[tuple[str, str]]:
    """Return the pairs of rates that are one minus each other, of which neither or each names the other."""
    named = complements(rates)
    return [
        (one.name, other.name)
        for one, other in permutations(rates.values(), 2)
        if one.name < other.name
        and set(one.denominator) == set(other.denominator)
        and set(one.numerator) == set(other.denominator) - set(other.numerator)
        and (named.get(one.name) == other.name) == (named.get(other.name) == one.name)
    ]


def test_audit_measures_limits_and_tells_a_rate_that_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, DISCOVERY.name, DISCOVERY)
    missed, chosen = projects.policy()["limits"]
    limits = [
        missed | {"id": "wrong", "metric": DISCOVERY.name, "at_most": 0.3},
        missed | {"id": "missed", "metric": "false_negative_rate"}, chosen,
    ]  # fmt: skip
    agreed = projects.contract(columns=[one for one in projects.contract()["columns"] if one["role"] != "score"])
    quick = {"rows": 50, "background": 10}
    home = projects.write_project(tmp_path / "help", contract=agreed, policy=projects.policy(limits=limits, explanation=quick))
    data = projects.rows(3000).drop(columns="score")
    bundle = gov.audit(gov.train(LogisticRegression(), data, gov.open_project(home), random_state=0), unsealed=True)
    found = {finding.id: finding for finding in bundle.verdict.findings}
    # It is on the side of false alarms: with it both errors have a limit.
    assert (found["control.R30"].status, found["control.R30"].reason.code) == ("PASSED", "control.R30.passed")
    assert DISCOVERY.name in bundle.public.metrics.metrics
    assert any(one.metric == DISCOVERY.name for one in found.values())
    folder = bundle.write(version="1.0.0")
    assert gov.verify(folder).differences == ()
    assert gov.render(bundle, "technical_annex", lang="nl").text.lower().count(DISCOVERY.label["nl"]) > 1
    assert len(gov.export(bundle, list(FORMATS)).files) >= len(FORMATS)


def test_two_names_of_one_error_are_said_once_and_the_policies_know_them() -> None:
    """Authoring stands below the rates, so its table is typed: here it is held against theirs."""
    assert complements(RATES) == COMPLEMENT
    assert unpaired(RATES) == []
    # What a pair is compared under has no other name itself, and is its complement.
    assert not set(COMPLEMENT) & set(COMPLEMENT.values())
    for name, other in COMPLEMENT.items():
        assert set(RATES[name].denominator) == set(RATES[other].denominator)
        assert set(RATES[name].numerator) | set(RATES[other].numerator) == set(RATES[other].denominator)
        assert not set(RATES[name].numerator) & set(RATES[other].numerator)
        assert RATES[name].side == RATES[other].side


def test_a_pair_that_nobody_named_is_seen() -> None:
    for silent in (replace(DISCOVERY, complement=None), replace(DISCOVERY, complement="accuracy")):
        assert unpaired(RATES | {silent.name: silent}) == [("false_discovery_rate", "positive_predictive_value")]
    assert unpaired(RATES | {DISCOVERY.name: DISCOVERY}) == []
    assert complements(RATES | {DISCOVERY.name: DISCOVERY}) != COMPLEMENT


def test_a_limit_on_each_rate_that_decisions_change_can_clash() -> None:
    assert {name for name, of in RATES.items() if not follows_from_decisions(of)} == {"base_rate"}


def limit(metric: str, **changes: Any) -> Any:
    return policy(limit={"metric": metric, "at_most": 0.05} | changes).limits[0].model_copy(update={"id": metric})


@pytest.mark.parametrize("between", ["groups", "rest", "overall"])
def test_a_rate_and_its_complement_clash_with_the_same(between: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RATES, DISCOVERY.name, DISCOVERY)
    base, weight, model = np.array([0.05, 0.2]), np.array([0.3, 0.7]), Model(true_positive_rate=0.6, false_positive_rate=0.1)
    for name, other in complements(RATES).items():
        kept = [
            usefulness([limit(one, between=between), limit("selection_rate", between=between)], base, weight, model)
            for one in (name, other)
        ]
        assert kept[0] == pytest.approx(kept[1], abs=1e-9)
        assert 0 < kept[0] < 1
