"""Comparisons within a control column: the tables of Mantel and Haenszel, and Simpson's reversal."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.enumeration import unclear_over_strata
from smartstart_gov.judgement.question import questions
from smartstart_gov.statistics.contrasts import Contrasts, Stratified
from smartstart_gov.statistics.intervals import chi_square_quantile


def stratified(tables: list[tuple[float, float, float, float]], measure: str = "difference") -> Stratified:
    """Return one comparison over strata of (x1, n1, x2, n2)."""
    at = np.array([0])
    return Stratified(
        strata=tuple(
            Contrasts(
                measure=measure, between="groups", group=at, other=at + 1,  # type: ignore[arg-type]  # one of the two words
                x1=np.array([a]), n1=np.array([b]), x2=np.array([c]), n2=np.array([d]),
            )
            for a, b, c, d in tables
        )
    )  # fmt: skip


#: Admission at Berkeley by department, men and women: Bickel, Hammel, O'Connell 1975 (Science 187).
BERKELEY = [
    (512, 825, 89, 108), (353, 560, 17, 25), (120, 325, 202, 593), (138, 417, 131, 375), (53, 191, 94, 393), (22, 373, 24, 341),
]  # fmt: skip


def test_the_reversal_of_berkeley() -> None:
    combined = stratified(BERKELEY)
    crude = sum(t[0] for t in BERKELEY) / sum(t[1] for t in BERKELEY) - sum(t[2] for t in BERKELEY) / sum(
        t[3] for t in BERKELEY
    )
    assert crude > 0.14
    assert combined.value()[0] < 0
    # Department A differs from the others: one number would hide it.
    assert bool(combined.disagree(0.05)[0])
    assert not bool(stratified(BERKELEY[1:]).disagree(0.05)[0])


def test_one_stratum_is_the_plain_comparison() -> None:
    for measure, bound in (("difference", 0.1), ("ratio", 0.8)):
        one = stratified([(30, 100, 50, 120)], measure)
        plain = one.strata[0]
        assert one.score(bound) == pytest.approx(plain.score(bound))
        assert one.value() == pytest.approx(plain.value())
        assert np.array(one.interval(0.9)) == pytest.approx(np.array(plain.interval(0.9)), abs=1e-6)


def test_the_statistic_at_no_difference_is_that_of_mantel_and_haenszel() -> None:
    tables = [np.array([[a, b - a], [c, d - c]]) for a, b, c, d in BERKELEY]
    oracle = StratifiedTable([t.astype(float) for t in tables]).test_null_odds(correction=False).statistic
    assert stratified(BERKELEY).score(0.0)[0] ** 2 == pytest.approx(oracle, rel=1e-9)


def test_a_stratum_without_one_of_the_groups_says_nothing() -> None:
    assert stratified([(30, 100, 50, 120), (5, 10, 0, 0)]).score(0.1) == pytest.approx(
        stratified([(30, 100, 50, 120)]).score(0.1)
    )
    assert np.isnan(stratified([(5, 10, 0, 0)]).score(0.1)[0])


def test_the_chi_square_quantile_is_close_to_that_of_scipy() -> None:
    from scipy.stats import chi2

    for freedom in (1, 2, 5, 20):
        assert chi_square_quantile(freedom, 0.95) == pytest.approx(chi2.ppf(0.95, freedom), rel=0.03)


@pytest.mark.parametrize(("per_level", "levels", "bound", "rate"), [(4, 2, 0.5, 0.04), (3, 5, 0.8, 0.04), (50, 2, 0.5, 0.15)])
def test_few_cases_over_levels_release_at_the_limit_no_oftener_than_alpha(
    per_level: int, levels: int, bound: float, rate: float
) -> None:
    """By the plain curve a group of eight children against 160 would pass at its limit in more than seven of a hundred audits."""
    audits = 20_000
    rng, at = np.random.default_rng(levels), np.zeros(audits, dtype=np.int64)

    def level(n1: int, n2: int) -> Contrasts:
        x1, x2 = (rng.binomial(n, p, audits).astype(float) for n, p in ((n1, rate * bound), (n2, rate)))
        m1, m2 = (np.full(audits, float(n)) for n in (n1, n2))
        return Contrasts(measure="ratio", between="groups", group=at, other=at + 1, x1=x1, n1=m1, x2=x2, n2=m2)

    combined = Stratified(strata=tuple(level(per_level, 20 * per_level) for _ in range(levels)))
    beyond = combined.score(bound) - 1.645
    shown = (beyond > 0) & ~unclear_over_strata(combined, bound, beyond)
    assert shown.mean() <= 0.05 + 3 * (0.05 * 0.95 / audits) ** 0.5
    if per_level < 10:
        assert (beyond > 0).mean() > 0.07


def test_a_single_level_that_holds_both_groups_is_enumerated_as_the_plain_comparison_is() -> None:
    control, group = Axis(name="need", levels=("low", "high")), Axis(name="axis0", levels=("g0", "g1"))
    answers = []
    for events in range(0, 200, 8):
        one = np.array([[[30, 0], [0, 0]], [[2000 - events, events], [0, 0]]], dtype=np.int64)
        base = {"id": "gap", "metric": "selection_rate", "by": ["axis0"], "measure": "difference", "between": "reference",
                "reference": "g0", "harm": "higher", "at_most": 0.1, "reason": {"nl": "Proef.", "en": "Test."}}  # fmt: skip
        pair = []
        for given, axes in ((None, (group,)), ("need", (control, group))):
            counts = one if given is None else np.stack([one, np.array([one[0], 0 * one[1]])])
            limit = Limit.model_validate(base if given is None else base | {"given": given})
            compared = Comparisons.compare(Tally(axes=axes, counts=counts, moments={}), questions(limit)[0])
            assert compared is not None
            pair.append((compared.inside_at(0.05), compared.outside_at(0.05)))
        assert pair[0] == pair[1]
        answers.append(pair[0][0])
    assert {0, 1} == set(answers)
