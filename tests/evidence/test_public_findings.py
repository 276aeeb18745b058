"""Which words and numbers of a finding are printed: none of a group that is hidden, whatever decided."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from string import Formatter
from typing import Any

import numpy as np
import pytest

from smartstart_gov.controls.linking import LinkLosses
from smartstart_gov.counting.disclosure import PRINTING
from smartstart_gov.counting.printed import Clusters, PrintedTally
from smartstart_gov.counting.tally import BINS, Tally
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import (
    PRINTED,
    _bears_out,
    _hides,
    _printed_comparison,
    printable_scores,
    printed_verdict,
    public_edition,
    public_finding,
    safe_edges,
)
from smartstart_gov.intake.link_report import GroupLoss, LinkReport, SourceLoss
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.finding import Finding, Message, Verdict
from smartstart_gov.judgement.question import Question, question_of
from smartstart_gov.judgement.sentences import MESSAGES
from tests.documents import evidence as made
from tests.documents import scored

K = 10
#: A limit of which every group is printed, and one of which some are hidden.
OPEN, HIDDEN = "limit.fpr_origin", "limit.sel_buurt"


@cache
def private() -> Evidence:
    return scored.private()


@cache
def public() -> Evidence:
    return public_edition(private())


def printed() -> PrintedTally:
    assert isinstance(public().tally, PrintedTally)
    return public().tally  # type: ignore[return-value]  # it is one


def message(code: str) -> Message:
    """A message with something in each of its places."""
    places = {place for _, place, _, _ in Formatter().parse(MESSAGES[code]) if place}
    return Message(code=code, values=dict.fromkeys(places, "x"))


def finding(name: str, code: str = "", **changes: Any) -> Finding:
    found = next(one for one in private().verdict.findings if one.id == name)
    return replace(found, **({"reason": message(code)} if code else {}), **changes)


def asked(name: str) -> Question:
    found = question_of(name, private().policy.limits)
    assert found is not None
    return found


# ------------------------------------------------------------------------------------------------------- what is hidden
def test_a_limit_hides_groups_where_some_rows_are_not_printed_by_themselves() -> None:
    plain = asked(OPEN)
    assert not _hides(printed(), plain)
    assert _hides(printed(), asked(HIDDEN))
    for other in (
        replace(plain, limit=plain.limit.model_copy(update={"by": ("origin", "sex")})),
        replace(plain, limit=plain.limit.model_copy(update={"given": ("sex",)})),
        replace(plain, step="district"), replace(plain, pool_under=50),
    ):  # fmt: skip
        assert _hides(printed(), other)
    margins = tuple(replace(m, rows=()) if m.attribute == "origin" else m for m in printed().margins)
    assert _hides(replace(printed(), margins=margins), plain)


# ----------------------------------------------------------------------------------------------- one finding, as printed
@pytest.mark.parametrize(
    ("code", "where_hidden"),
    [
        ("limit.failed", "limit.failed_hidden"), ("limit.failed_point", "limit.failed_point_hidden"),
        ("limit.pooled", "limit.pooled_hidden"), ("limit.absent", "limit.small_groups"),
        ("limit.undefined", "limit.small_groups"), ("limit.single", "limit.small_groups"), ("limit.beyond", "limit.beyond"),
        ("limit.passed", "limit.passed"),
    ],
)  # fmt: skip
def test_a_reason_points_at_no_hidden_group(code: str, where_hidden: str) -> None:
    def said(name: str) -> tuple[str, int, bool]:
        found = public_finding(finding(name, code, undefined=2), private().policy, printed(), alpha=0.05)
        return found.reason.code, found.undefined, found.decisive is not None

    assert said(HIDDEN) == (where_hidden, 0, False)
    # A pool is told by the group in it that decided, which is compared with all the rest: not one of these pairs.
    assert said(OPEN) == ("limit.pooled_hidden" if code == "limit.pooled" else code, 2, code != "limit.pooled")


@pytest.mark.parametrize("code", ["limit.absent", "limit.undefined", "limit.single", "spread.undefined"])
def test_neither_reason_nor_remedy_says_that_a_hidden_group_has_no_cases(code: str) -> None:
    tells = Message(code="remedy.absent", values={})

    def said(name: str, rule: int) -> tuple[str, str]:
        of = finding(name, code, undefined=2, remedy=tells)
        found = public_finding(of, private().policy, printed(), alpha=0.05, rule=rule)
        return found.reason.code, found.remedy.code

    assert said(HIDDEN, PRINTING) == ("limit.small_groups", "remedy.private")
    # Where every group is printed, it is said; and evidence of before says what it said.
    assert said(OPEN, PRINTING) == (code, "remedy.absent")
    assert said(HIDDEN, 1) == ("spread.undefined" if code == "spread.undefined" else "limit.small_groups", "remedy.absent")


def test_numbers_on_ranges_are_printed_only_where_they_still_show_the_answer() -> None:
    """A bound on ranges of moments is wider: where it crosses the limit, the reason stands without it."""
    ranged = replace(printed(), total=replace(printed().total, clusters=Clusters(products=((0,) * 4,) * 4, units=1, spare=K)))  # type: ignore[type-var]  # it has a total
    assert ranged.ranged
    of = finding(OPEN, "limit.failed")
    assert of.decisive is not None
    bound = float(of.limit or 0)
    for status, wide, close in (("FAILED", -1, 1), ("PASSED", 1, -1)):
        low, high = (str(bound + wide), str(bound + close)) if status == "FAILED" else (str(bound + close), str(bound + wide))
        clear = replace(of.decisive, low=str(bound + close), high=str(bound + close))
        assert not _bears_out(replace(of.decisive, low=low, high=high), status, asked(OPEN))  # type: ignore[arg-type]  # a status
        assert _bears_out(clear, status, asked(OPEN))  # type: ignore[arg-type]  # a status
    assert _bears_out(of.decisive, "NOT_SHOWN", asked(OPEN))
    assert not _bears_out(replace(of.decisive, low=None, high=None), "PASSED", asked(OPEN))
    # Without its numbers a breach is said in other words than where the groups are too small.
    table = Comparisons.compare(ranged, asked(OPEN))
    assert table is not None
    pairs = [table.comparison(i, 0.05) for i in range(len(table.plain.group))]
    weak = next(one for one in pairs if not _bears_out(one, "FAILED", asked(OPEN)))
    failed = replace(of, status="FAILED", decisive=weak)
    found = public_finding(failed, private().policy, ranged, alpha=0.05)
    assert (found.reason.code, found.decisive) == ("limit.failed_units", None)


def test_a_group_of_a_pool_that_is_printed_is_named() -> None:
    table = Comparisons.compare(printed(), replace(asked(OPEN), between="rest"))
    assert table is not None
    of = finding(OPEN, "limit.pooled", decisive=table.comparison(0, 0.05))
    found = public_finding(of, private().policy, printed(), alpha=0.05)
    assert (found.reason, found.decisive) == (of.reason, of.decisive)


def test_a_control_is_printed_as_it_is() -> None:
    control = next(one for one in private().verdict.findings if one.id.startswith("control."))
    assert public_finding(control, private().policy, printed(), alpha=0.05) is control


def test_numbers_in_print_come_from_printed_counts_at_the_level_that_decided() -> None:
    policy = private().policy
    table = Comparisons.compare(printed(), asked(OPEN))
    assert table is not None
    pairs = range(len(table.plain.group))
    of = finding(OPEN)
    assert of.decisive is not None
    decided = (of.decisive.group, of.decisive.group_kind), (of.decisive.other, of.decisive.other_kind)
    place = next(i for i in pairs if table.pair(i) == decided)
    for status, alpha in (("NOT_SHOWN", 0.01), ("PASSED", 0.01), ("FAILED", policy.alpha)):
        found = public_finding(replace(of, status=status), policy, printed(), alpha=0.01)
        assert found.decisive == table.comparison(place, alpha)
    assert table.comparison(place, 0.01) != table.comparison(place, policy.alpha)


def test_what_was_not_compared_is_not_compared_in_print() -> None:
    without = finding(OPEN, decisive=None)
    assert _printed_comparison(without, asked(OPEN), printed(), 0.05) is None
    nothing = replace(printed(), total=None, margins=tuple(replace(m, rows=()) for m in printed().margins))
    assert _printed_comparison(finding(OPEN), asked(OPEN), nothing, 0.05) is None


def test_a_spread_is_printed_as_it_was_where_every_group_is() -> None:
    for name, kept in ((OPEN, True), (HIDDEN, False)):
        of = finding(name)
        found = _printed_comparison(of, replace(asked(name), measure="spread"), printed(), 0.05)
        assert found == (of.decisive if kept else None)


def test_a_group_of_a_pool_is_held_against_all_the_rest() -> None:
    rest = replace(asked(OPEN), between="rest")
    table = Comparisons.compare(printed(), rest)
    assert table is not None
    one = table.comparison(0, 0.05)
    assert one.other_kind == "rest"
    for code, found in (("limit.pooled", one), ("limit.beyond", None)):
        assert _printed_comparison(finding(OPEN, code, decisive=one), asked(OPEN), printed(), 0.05) == found


# -------------------------------------------------------------------------------------------------- the verdict in print
def test_what_printed_counts_can_decide_is_decided_by_them() -> None:
    policy, written = private().policy, public().verdict
    other = replace(next(f for f in written.findings if f.id == OPEN), status="FAILED")
    hidden = replace(next(f for f in written.findings if f.id == HIDDEN), status="FAILED")
    control = next(f for f in written.findings if f.id.startswith("control."))
    new = replace(control, id="control.R99")
    again = Verdict(findings=(other, hidden, control, new), policy_digest="x", decide_on=policy.decide_on)
    gone = replace(control, id="control.R98")
    before = Verdict(
        findings=(*(f for f in written.findings if f.id in (OPEN, HIDDEN)), control, gone), policy_digest="y",
        decide_on=policy.decide_on,
    )  # fmt: skip
    found, recomputed = printed_verdict(again, before, policy, printed(), alpha=0.05)
    # The open limit, the control, and one that is not asked any more; a limit with hidden groups keeps its answer.
    assert recomputed == 3
    assert [(f.id, f.status) for f in found.findings] == [
        (OPEN, "FAILED"), (HIDDEN, "NOT_SHOWN"), (control.id, control.status), ("control.R99", control.status),
    ]  # fmt: skip
    assert (found.policy_digest, found.decide_on) == (policy.digest, policy.decide_on)


def test_a_limit_without_an_answer_keeps_the_one_that_was_written() -> None:
    written = public().verdict
    before = Verdict(findings=tuple(f for f in written.findings if f.id == OPEN), policy_digest="y", decide_on="interval")
    found, recomputed = printed_verdict(replace(before, findings=()), before, private().policy, printed(), alpha=0.05)
    assert (found.findings, recomputed) == (before.findings, 0)


def test_the_kept_answer_of_a_limit_has_its_numbers_computed_again() -> None:
    policy = private().policy
    for status, alpha in (("FAILED", policy.alpha), ("NOT_SHOWN", 0.01)):
        of = finding(OPEN, status=status)
        before = Verdict(findings=(of,), policy_digest="y", decide_on="interval")
        (found,) = printed_verdict(replace(before, findings=()), before, policy, printed(), alpha=0.01)[0].findings
        assert found.decisive == _printed_comparison(of, asked(OPEN), printed(), alpha)


# -------------------------------------------------------------------------------------------------------------- scores
def test_figures_are_printed_of_printed_groups_and_rounded() -> None:
    whole, tally = private().scores, private().tally
    assert whole is not None
    assert isinstance(tally, Tally)
    found = printable_scores(whole, tally, printed(), 0.35)
    assert found is not None
    rows = {(by, group): r for r, (by, group) in enumerate(zip(whole.by, whole.groups, strict=True))}
    shown = {(m.attribute, row.name) for m in printed().margins for row in m.rows if row.kind in ("level", "unknown")}
    assert {(by[0], group) for by, group in zip(found.by, found.groups, strict=True) if by} == shown & {
        (by[0], group) for by, group in rows if by
    }
    assert found.by[0] == ()
    columns = [whole.figures.index(name) for name in PRINTED]
    for r, key in enumerate(zip(found.by, found.groups, strict=True)):
        for name in ("value", "low", "high"):
            assert np.array_equal(getattr(found, name)[r], getattr(whole, name)[rows[key]][columns].round(3), equal_nan=True)
        assert found.kinds[r] == whole.kinds[rows[key]]
        # Ties are told as no fewer than there are.
        assert 0 <= found.ties[r] - whole.ties[rows[key]] < 0.001
        assert found.ties[r] == round(found.ties[r], 3)
    tied = replace(whole, ties=np.linspace(0.00012, 0.98765, len(whole)))
    found_tied = printable_scores(tied, tally, printed(), 0.35)
    assert found_tied is not None
    for r, key in enumerate(zip(found.by, found.groups, strict=True)):
        assert found_tied.ties[r] == np.ceil(tied.ties[rows[key]] * 1000) / 1000
    assert found.curve is not None
    for name in ("score", "share", "low", "high"):
        values = getattr(found.curve, name)
        assert values == tuple(round(value, 3) for value in values)
        assert max(values) > 0
    # An area may be called like a neighbourhood that is hidden.
    (margin,) = [m for m in printed().margins if m.attribute == "neighbourhood"]
    hidden = "B01"
    assert hidden not in {row.name for row in margin.rows}
    named = tuple(replace(row, name=hidden) if row.kind == "area" else row for row in margin.rows)
    margins = tuple(replace(m, rows=named) if m is margin else m for m in printed().margins)
    called = printable_scores(whole, tally, replace(printed(), margins=margins), 0.35)
    assert called is not None
    assert hidden not in called.groups
    assert hidden in whole.groups
    assert printable_scores(None, tally, printed(), 0.35) is None
    assert printable_scores(whole, tally, replace(printed(), total=None), 0.35) is None
    elsewhere = printable_scores(whole, tally, printed(), 0.9)
    assert elsewhere is not None
    assert elsewhere.curve is None, "decisions of another rule than the threshold"


def histogram(**bins: tuple[int, int]) -> np.ndarray:
    """Cases that turned out badly and well, by bin."""
    found = np.zeros((2, BINS), dtype=np.int64)
    for name, pair in bins.items():
        found[:, int(name[1:])] = pair
    return found


def cut(counts: np.ndarray, place: float) -> np.ndarray:
    """The four cells of decisions at bin `place`, a whole number."""
    below = counts[:, : int(place)].sum(axis=1)
    return np.array([below[0], counts[0].sum() - below[0], below[1], counts[1].sum() - below[1]])


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize(("few", "kept"), [(K, True), (K - 1, False)])
@pytest.mark.parametrize(
    ("few_in", "threshold", "edge"),
    [
        # Between the start and an edge, between two edges, between the last edge and the end.
        (100, 500, 200), (200, 100, 300), (900, 300, 900),
        # Between an edge and the threshold above it, and between the threshold and an edge above it.
        (300, 500, 300), (500, 500, 900),
    ],
)  # fmt: skip
def test_a_cut_leaves_k_of_each_class_on_both_sides(
    few_in: int, threshold: int, edge: int, few: int, kept: bool, who: int
) -> None:
    bins = {100: [50, 50], 200: [50, 50], 300: [50, 50], 500: [50, 50], 900: [50, 50]}
    bins[few_in][who] = few
    bins[few_in][1 - who] = 100 - few
    counts = histogram(**{f"b{place}": (pair[0], pair[1]) for place, pair in bins.items()})
    edges = safe_edges(counts, cut(counts, threshold), threshold / BINS, K)
    assert edges is not None
    assert (edges[0], edges[-1]) == (0, BINS)
    assert (edge in edges) == kept


@pytest.mark.parametrize(
    ("place", "holds"), [(500.0, True), (300.5, True), (400.0, True), (500.5, True), (300.0, False), (501.0, False)]
)
def test_a_curve_beside_decisions_needs_a_threshold_that_made_them(place: float, holds: bool) -> None:
    counts = histogram(b300=(50, 50), b500=(50, 50))
    assert (safe_edges(counts, cut(counts, 500), place / BINS, K) is not None) == holds
    for other in ([40, 60, 50, 50], [50, 50, 40, 60], [60, 40, 50, 50], [50, 50, 60, 40]):
        assert safe_edges(counts, np.array(other), 400 / BINS, K) is None


@pytest.mark.parametrize(("threshold", "below"), [(-0.5, 0), (0.0, 0), (1.0, BINS), (1.5, BINS)])
def test_a_threshold_outside_the_scores_selects_everybody_or_nobody(threshold: float, below: int) -> None:
    counts = histogram(b0=(50, 50), b500=(50, 50), b1023=(50, 50))
    assert safe_edges(counts, cut(counts, below), threshold, K) is not None


@pytest.mark.parametrize(("few", "kept"), [(K, True), (K - 1, False)])
def test_a_threshold_between_two_edges_is_a_cut_too(few: int, kept: bool) -> None:
    counts = histogram(b100=(50, 50), b300=(300, 300), b305=(20, 20), b310=(few, few), b500=(50, 50), b700=(50, 50))
    edges = safe_edges(counts, cut(counts, 310), 310 / BINS, K)
    assert edges is not None
    assert 310 not in edges
    assert (500 in edges) == kept


def test_an_edge_at_the_threshold_is_one_cut_with_it() -> None:
    counts = histogram(b100=(50, 50), b300=(50, 50), b500=(50, 50))
    assert safe_edges(counts, cut(counts, 300), 300 / BINS, K) == (0, 300, 500, BINS)


# ------------------------------------------------------------------------------------------------------- the whole edition
def test_the_public_edition_is_made_of_the_private_one() -> None:
    with pytest.raises(ValueError, match="made from the private one"):
        public_edition(public())
    assert (public().edition, public().nonce, public().private_digest) == ("public", None, private().digest)
    assert public().verdict.policy_digest == private().verdict.policy_digest
    bare = public_edition(replace(private(), attribution=None, scores=None))
    assert (bare.attribution, bare.scores, bare.losses) == (None, None, None)
    # Decisions that were handed in have no threshold.
    given = replace(private(), scores=None, training=replace(private().training, threshold=""))
    assert public_edition(given).training.threshold == ""


def test_losses_are_printed_without_counts_of_groups() -> None:
    group = GroupLoss(attribute="origin", levels=("NL", "EU"), rows=(500, 500), lost=(1, 2))
    source = SourceLoss(
        source="school", rows=1000, no_key=0, no_partner=3, unused=0, doubled=0, days_old=None, unmeasured=(), groups=(group,),
    )  # fmt: skip
    losses = LinkLosses.of(LinkReport(rows=1000, linked=997, sources=(source,)), K)
    found = public_edition(replace(private(), losses=losses)).losses
    assert found == losses.printed() != losses


def test_findings_are_printed_at_the_level_of_the_look() -> None:
    later = replace(private(), look=replace(made.LOOK, alpha="0.01", most=5))
    found = {f.id: f for f in public_edition(later).verdict.findings}
    assert found[OPEN] == public_finding(finding(OPEN), private().policy, printed(), alpha=0.01)


def test_attributions_keep_the_rows_of_what_is_printed() -> None:
    whole, found = private().attribution, public().attribution
    assert whole is not None
    assert found is not None
    rows = {key: i for i, key in enumerate(zip(whole.by, whole.groups, strict=True))}
    for i, key in enumerate(zip(found.by, found.groups, strict=True)):
        assert found.group_rows[i] == whole.group_rows[rows[key]]
        assert np.array_equal(found.mean_absolute[i], whole.mean_absolute[rows[key]])
        assert np.array_equal(found.standard_error[i], whole.standard_error[rows[key]])


def test_attributions_of_rows_of_unknown_group_are_not_printed() -> None:
    whole = private().attribution
    assert whole is not None
    assert "unknown" in {row.name for row in printed().margin("origin").rows}
    by, groups = (*whole.by[:-1], "origin"), (*whole.groups[:-1], "unknown")
    found = public_edition(replace(private(), attribution=replace(whole, by=by, groups=groups))).attribution
    assert found is not None
    assert "unknown" not in found.groups
    assert set(found.groups) == set(groups) - {"unknown"}
