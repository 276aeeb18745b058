"""The gap that a limit judges, as the card prints it: of the printed counts, and on the right side of what is allowed."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from smartstart_gov.documents.card import model_card
from smartstart_gov.documents.sections.apart import Apart, apart, told
from smartstart_gov.documents.sections.attribute import groups, judged
from smartstart_gov.documents.words import Words, whole
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made
from tests.documents.test_true_sentences import limit, said, with_limit


@pytest.mark.parametrize("between", ["groups", "overall", "rest", "reference"])
@pytest.mark.parametrize("measure", ["difference", "ratio"])
@pytest.mark.parametrize("metric", ["false_positive_rate", "true_positive_rate"])
def test_a_gap_is_that_of_the_printed_counts_and_worse_is_always_the_same_way(metric: str, measure: str, between: str) -> None:
    """Held against the printed counts, whichever table of the evidence the gap comes from."""
    bound = {"difference": {"at_most": 0.05}, "ratio": {"at_least": 0.8}}[measure]
    asked = limit(
        id="fpr_origin", metric=metric, by=("origin",), measure=measure, between=between,
        **{"at_most": None, **bound, **({"reference": "NL"} if between == "reference" else {})},
    )  # fmt: skip
    evidence = made.public(unfair=0.16, of_policy=made.policy(limits=(asked,), intersections=()))
    (one,) = (one for one in judged(evidence) if one.attribute == "origin")
    words, table = Words("en"), evidence.metrics
    column = table.metrics.index(metric)
    at = {table.groups[r]: table.at(r, column) for r in table.rows("origin") if table.kinds[r] == "level"}
    everybody, seen = table.at(0, column), 0
    for group in groups(words, evidence, one):
        found = apart(words, evidence, one.limit, group)
        if found is None:
            # The group to which all others are held against is not held against itself.
            assert (between, group.level) == ("reference", "NL")
            continue
        seen += 1
        mine = at[group.level]
        rest = (everybody.numerator - mine.numerator) / (everybody.denominator - mine.denominator)
        others = {
            "rest": [rest], "overall": [everybody.value], "reference": [at["NL"].value],
            "groups": [e.value for name, e in at.items() if name != group.level],
        }[between]  # fmt: skip
        assert any(found.other_value == pytest.approx(other) for other in others)
        first, second = (
            (found.value, found.other_value) if metric == "false_positive_rate" else (found.other_value, found.value)
        )
        assert found.gap == pytest.approx(first - second if measure == "difference" else second / first)
        if not np.isnan(found.low):
            assert found.low <= found.gap <= found.high
        sides, gap = told(words, found)
        shown = [int(n) for n in re.findall(r"\d+", sides.partition(" of 100, ")[0] + sides.rpartition(" ")[2])]
        assert shown == [whole(found.value), whole(found.other_value)] or len(shown) == 1
        if (plain := re.match(r"a gap of (\u2212?\d+)(?![.\d])", gap)) is not None:
            assert abs(int(plain[1].replace("\u2212", "-"))) == abs(whole(found.value) - whole(found.other_value))
    assert seen >= 2


@pytest.mark.parametrize("seed", range(5))
def test_no_rounding_moves_a_gap_or_its_range_to_the_other_side_of_the_limit(seed: int, evidence: Evidence) -> None:
    words, rng = Words("en"), random.Random(seed)
    asked = {measure: with_limit(**changes).policy.limits[0] for measure, changes in (
        ("difference", {"at_most": 0.1}), ("ratio", {"measure": "ratio", "at_most": None, "at_least": 0.8}),
    )}  # fmt: skip
    for _ in range(300):
        one = asked[rng.choice(("difference", "ratio"))]
        low, gap, high = sorted(one.bound + rng.choice((-1, 1)) * 10 ** rng.uniform(-4.5, -0.8) for _ in range(3))
        value = rng.uniform(0.2, 0.9)
        found = Apart(other="x", value=value, other_value=value - gap, gap=gap, low=low, high=high, limit=one, decided=True)
        text = told(words, found)[1].replace("\u2212", "-")
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.replace("for every 100", ""))]
        assert len(numbers) == 4, text
        for shown, true in zip((numbers[0], numbers[1], numbers[2]), (gap, low, high), strict=True):
            assert (shown < one.bound * 100) == (true < one.bound), text
        assert numbers[1] <= low * 100 + 1e-6
        assert numbers[2] >= high * 100 - 1e-6
        assert found.place == (
            "unsure"
            if low <= one.bound <= high
            else "beyond"
            if (low > one.bound) == (one.measure == "difference")
            else "inside"
        )


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_first_page_prints_the_gap_on_which_the_answer_rests(lang: str, breached: Evidence) -> None:
    words = Words(lang)
    (finding,) = (f for f in breached.verdict.findings if f.id == "limit.fpr_origin")
    assert finding.decisive is not None
    assert finding.decisive.value is not None
    (worse,) = (s for s in model_card(breached, words).sections if s.id == "worse")
    gap = words.say("a gap of {n}", n=words.decimal(100 * float(finding.decisive.value), 0))
    assert gap in said(worse)
    allowed = words.say("allowed: under {n}", n=words.short(100 * float(finding.limit or 0)))
    assert allowed in said(worse)
