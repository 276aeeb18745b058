"""The public edition: what remains of the private one when no small group may be visible.

Every number in it is recomputed from the printed counts, so nothing can leak that those counts do not
already reveal. Only two things come from all counts: the answers of the findings, which do not name hidden groups, and
the figures on scores, under a separate rule (`smartstart_gov.evidence.publish`).

**Figures.** A group has printed figures only if its four counts are printed separately: the group and the
remainder without it have at least k cases of each kind (rule R, `smartstart_gov.counting.disclosure`). AUC,
intercept and slope cannot be subtracted: those of a group and of everybody together say nothing about the remainder.
Observed over expected can: with the printed number of positive cases it gives the sum of the group's scores, and by subtraction
that of the rest. But whatever can be found by subtraction of printed groups has at least k cases in each of its four
cells, so it is a mean over 4 k people or more, known to three digits of the ratio. Everything is rounded to three
decimals, so that no figure has enough digits to solve for single scores. The calibration error and the Brier score are
left out: they need the same argument for sums of squares, and add nothing to the others.

**Curve.** A curve for a group would combine the group with score bins, and rule R would have to hold for
every group, every bin and every pair of attributes. So there is one curve, for everybody. Its counts are printed, and
so are the decisions: the threshold is one more cut of the same scores. So parts are merged until there are at
least k cases of each class between any two neighbouring cuts, including the threshold. Whatever is found by subtracting
parts from each other, or from the four counts, is a union of such pieces.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.canonical import unreal
from smartstart_gov.controls.linking import link_findings
from smartstart_gov.counting.disclosure import PRINTING, at_worst, printable
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import BINS, Ints, Tally
from smartstart_gov.evidence.edition import EVERYTHING, LOST, OUTCOMES, Evidence
from smartstart_gov.evidence.verdict import kept_answers
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.judgement.comparisons import Comparisons
from smartstart_gov.judgement.finding import Comparison, Finding, Message, Status, Verdict
from smartstart_gov.judgement.question import Question, question_of
from smartstart_gov.statistics.calibration import Reliability, quantile_edges
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.scores import ScoreTable, curve, score_groups, score_table

#: Figures that are printed.
PRINTED = ("auc", "observed_expected", "calibration_intercept", "calibration_slope")
_DIGITS = 3
#: Reasons that speak of groups without rows or cases: in print they would point at hidden groups.
_OF_SMALL_GROUPS = ("limit.absent", "limit.undefined", "limit.single", "spread.undefined")


def printable_scores(table: ScoreTable | None, tally: Tally, printed: PrintedTally, threshold: float) -> ScoreTable | None:
    """Return what may be printed of `table`; None if there are no scores, or not even the total is printed.

    Parameters
    ----------
    table : ScoreTable or None
        Figures of all groups.
    tally : Tally
        The counts they were computed from.
    printed : PrintedTally
        The part of these counts that is printed.
    threshold : float
        The score from which the printed decisions are positive.
    """
    if table is None or printed.total is None:
        return None
    shown = {(m.attribute, row.name) for m in printed.margins for row in m.rows if row.kind in ("level", "unknown")}
    keep = [r for r in range(len(table)) if not table.by[r] or (table.by[r][0], table.groups[r]) in shown]
    columns = [table.figures.index(name) for name in PRINTED]
    at = np.ix_(keep, columns)
    whole = score_groups(tally, ())
    edges = safe_edges(whole.histogram[0], tally.cells()[0], threshold, printed.k)
    return replace(
        table,
        figures=PRINTED,
        by=tuple(table.by[r] for r in keep),
        groups=tuple(table.groups[r] for r in keep),
        kinds=tuple(table.kinds[r] for r in keep),
        value=table.value[at].round(_DIGITS),
        low=table.low[at].round(_DIGITS),
        high=table.high[at].round(_DIGITS),
        ties=np.ceil(table.ties[keep] * 10**_DIGITS) / 10**_DIGITS,
        curve=None if edges is None else _rounded(curve(whole, edges)),
    )


def safe_edges(histogram: Ints, cells: Ints, threshold: float, k: int) -> tuple[int, ...] | None:
    """Return the quantile edges for everybody that may be printed along with the four counts at `threshold`; None if none may.

    Parameters
    ----------
    histogram : ndarray of int64, shape (2, 1024)
    cells : ndarray of int64, shape (4,)
        True negatives, false positives, false negatives, true positives.
    threshold : float
    k : int
        Minimum number of cases of each class between two cuts.
    """
    below = np.concatenate([np.zeros((2, 1), dtype=np.int64), np.cumsum(histogram, axis=1)], axis=1).T
    at_threshold = cells[[0, 2]]
    place = min(max(threshold * BINS, 0.0), float(BINS))
    # Decisions of another rule than this threshold would be a second cut of which the place is not known.
    if not (below[int(np.floor(place))] <= at_threshold).all() or not (at_threshold <= below[int(np.ceil(place))]).all():
        return None
    kept = [0]
    for edge in quantile_edges(histogram)[1:-1]:
        before = [below[kept[-1]]] + ([at_threshold] if place < edge else [])
        after = [below[BINS]] + ([at_threshold] if place > edge else [])
        if all((below[edge] - cut >= k).all() for cut in before) and all((cut - below[edge] >= k).all() for cut in after):
            kept.append(edge)
    return (*kept, BINS)


def _rounded(of: Reliability) -> Reliability:
    def digits(values: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(round(value, _DIGITS) for value in values)

    return replace(of, score=digits(of.score), share=digits(of.share), low=digits(of.low), high=digits(of.high))


def public_edition(private: Evidence, alone: PrintedTally | None = None) -> Evidence:
    """Return the public edition of `private`, under the k of its policy.

    `alone` is what may be printed of its counts beside no other version, where that is known already.
    """
    if not isinstance(private.tally, Tally):
        raise ValueError("the public edition is made from the private one")
    policy, rule = private.policy, private.rules.printing
    alone = alone or printable(private.tally, policy.attributes, policy.disclosure.k, rule=rule)
    printed = _without(alone, private.withheld)
    tally, scores = private.tally, private.scores
    if rule > 1 and scores is not None and tally.moments:
        # Intervals of the exact moments would give those away.
        tally = at_worst(tally, printed, rule)
        scores = score_table(tally, policy.attributes)
    training = private.training
    if {EVERYTHING, OUTCOMES} & set(private.withheld):
        # How many of the rows had the outcome is a count of everybody too.
        training = replace(training, parts=tuple(replace(part, positives=None) for part in training.parts))
    losses, findings = private.losses, private.verdict.findings
    if losses is not None:
        shown = {(m.attribute, row.name) for m in printed.margins for row in m.rows if row.kind in ("level", "unknown")}
        losses = losses.printed(None if rule < 3 else set() if LOST in private.withheld else shown)
        again = {} if rule < 3 else {f.id: f for f in link_findings(private.contract, losses)}
        kept = kept_answers(private)
        findings = tuple(f if f.id in kept else again.get(f.id, f) for f in findings)
    return replace(
        private,
        edition="public",
        training=training,
        tally=printed,
        metrics=measure(printed, policy.margins, private.rules.metrics, interval=policy.intervals.rate),
        disparities=disparities(printed, policy.margins, private.rules.metrics, differences=policy.intervals.difference),
        attribution=None if private.attribution is None else _of_printed_groups(private.attribution, printed),
        verdict=Verdict(
            findings=tuple(public_finding(f, policy, printed, alpha=private.alpha, rule=rule) for f in findings),
            policy_digest=private.verdict.policy_digest,
            decide_on=private.verdict.decide_on,
        ),
        nonce=None,
        private_digest=private.digest,
        losses=losses,
        scores=printable_scores(scores, tally, printed, unreal(private.training.threshold or None)),
    )


def _without(printed: PrintedTally, withheld: tuple[str, ...]) -> PrintedTally:
    """Return `printed` without the margins that are `withheld`, and without a total if everything is."""
    every = EVERYTHING in withheld
    margins = tuple(
        replace(margin, rows=(), printed=0, unknown_rows=None) if every or margin.attribute in withheld else margin
        for margin in printed.margins
    )
    if every:
        return PrintedTally(k=printed.k, total=None, margins=margins)
    return replace(printed, margins=margins)


def public_finding(finding: Finding, policy: Policy, printed: PrintedTally, *, alpha: float, rule: int = PRINTING) -> Finding:
    """Return `finding` as it may be printed: same answer, no hidden group, numbers from printed counts.

    `alpha` is that of the look, `rule` the number of the rule of printing.
    """
    asked = question_of(finding.id, policy.limits)
    if asked is None:
        return finding
    decisive = _printed_comparison(finding, asked, printed, _level(finding, policy, alpha))
    reason, remedy = finding.reason, finding.remedy
    if reason.code == "limit.failed" and decisive is None and not _hides(printed, asked):
        reason = Message(code="limit.failed_units", values={})
    if reason.code in ("limit.failed", "limit.failed_point") and decisive is None:
        reason = Message(
            code="limit.failed_hidden" if reason.code == "limit.failed" else "limit.failed_point_hidden", values={}
        )
    if reason.code == "limit.pooled" and decisive is None:
        reason = Message(code="limit.pooled_hidden", values={})
    if reason.code in _OF_SMALL_GROUPS[: 3 if rule == 1 else None] and _hides(printed, asked):
        reason = Message(code="limit.small_groups", values={})
        # What would help also says what is the matter.
        remedy = remedy if rule == 1 else Message(code="remedy.private", values={})
    undefined = 0 if _hides(printed, asked) else finding.undefined
    return replace(finding, reason=reason, remedy=remedy, decisive=decisive, undefined=undefined)


def printed_verdict(
    again: Verdict, written: Verdict, policy: Policy, printed: PrintedTally, *, alpha: float
) -> tuple[Verdict, int]:
    """Return the public verdict as far as printed counts can decide it, and how many findings that covers.

    `again` was judged on printed counts. Limits with hidden groups (or hidden unknown rows) keep the
    recorded answer, but their numbers are recomputed.
    """
    answers = {finding.id: finding for finding in again.findings}
    findings, recomputed = [], 0
    for finding in written.findings:
        asked = question_of(finding.id, policy.limits)
        mine = answers.pop(finding.id, None)
        if asked is None or (mine is not None and not _hides(printed, asked) and not printed.ranged):
            findings += [mine] if mine is not None else []
            recomputed += 1
        else:
            decisive = _printed_comparison(finding, asked, printed, _level(finding, policy, alpha))
            findings.append(replace(finding, decisive=decisive))
    findings += list(answers.values())
    return Verdict(findings=tuple(findings), policy_digest=policy.digest, decide_on=policy.decide_on), recomputed


def _hides(printed: PrintedTally, asked: Question) -> bool:
    """Whether some rows of the limit's groups, unknown ones included, are not printed by themselves."""
    if len(asked.by) > 1 or asked.limit.given is not None or asked.step is not None or asked.pool_under is not None:
        return True
    rows = printed.margin(asked.by[0]).rows
    return not rows or any(row.kind == "pool" for row in rows)


def _level(finding: Finding, policy: Policy, alpha: float) -> float:
    """Return the level of a finding's bounds: a breach is judged at the policy's alpha in every look."""
    return policy.alpha if finding.status == "FAILED" else alpha


def _printed_comparison(finding: Finding, asked: Question, printed: PrintedTally, alpha: float) -> Comparison | None:
    """Return the decisive comparison again from printed counts; None if one of its groups is hidden.

    Where the unknown rows may not be printed, its bounds leave them out: with them their counts could
    be computed from the bounds.
    """
    if finding.decisive is None:
        return None
    if asked.measure == "spread":
        # All its numbers come from the groups together: where every one is printed, so may they be.
        return None if _hides(printed, asked) or printed.ranged else finding.decisive
    if finding.reason.code == "limit.pooled":
        # What decided was one group of the pool, held against all others by itself.
        asked = replace(asked, pool_under=None, between="rest")
    judged = Comparisons.compare(printed, asked)
    if judged is None:
        return None
    # Only declared groups that are printed by themselves are compared: those of a pool are found in no pair.
    decided = (finding.decisive.group, finding.decisive.group_kind), (finding.decisive.other, finding.decisive.other_kind)
    pairs = range(len(judged.plain.group))
    found = next((judged.comparison(i, alpha) for i in pairs if judged.pair(i) == decided), None)
    return found if found is None or not printed.ranged or _bears_out(found, finding.status, asked) else None


def _bears_out(comparison: Comparison, status: Status, asked: Question) -> bool:
    """Whether bounds on ranges of moments, which are wider than those on all counts, still show what the verdict says."""
    end = {"PASSED": comparison.high, "FAILED": comparison.low}
    if asked.measure != "difference":
        end = {"PASSED": comparison.low, "FAILED": comparison.high}
    if status not in end:
        return True
    bound = end[status]
    above = bound is not None and unreal(bound) > asked.bound
    return bound is not None and above == ((status == "FAILED") == (asked.measure == "difference"))


def _of_printed_groups(attribution: Attribution, printed: PrintedTally) -> Attribution:
    """Return the rows of everybody and of printed groups with at least k explained rows."""
    shown = {(m.attribute, row.name) for m in printed.margins for row in m.rows if row.kind == "level"}
    keep = [
        i
        for i, key in enumerate(zip(attribution.by, attribution.groups, strict=True))
        if i == 0 or (key in shown and attribution.group_rows[i] >= printed.k)
    ]
    at = np.array(keep, dtype=np.int64)
    return replace(
        attribution,
        by=tuple(attribution.by[i] for i in keep),
        groups=tuple(attribution.groups[i] for i in keep),
        group_rows=tuple(attribution.group_rows[i] for i in keep),
        mean_absolute=attribution.mean_absolute[at],
        standard_error=attribution.standard_error[at],
    )
