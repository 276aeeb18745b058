"""One attribute on one page: who lies beyond the limit, in a picture with the limit in it, and in a small table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.counting.printed import PrintedMargin
from smartstart_gov.documents.blocks import Block, Figure, Prose, Table
from smartstart_gov.documents.charts import Place, Standing, against_limit, recorded
from smartstart_gov.documents.room import brief, title_of
from smartstart_gov.documents.sections.apart import Apart, Group, apart, told
from smartstart_gov.documents.sections.findings import answer, one_way, question, reason
from smartstart_gov.documents.summary import not_recorded, printed, upwards
from smartstart_gov.documents.terms import TONES
from smartstart_gov.documents.words import Words, capital, whole
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import STATUSES, Finding, Status
from smartstart_gov.statistics.rates import RATES

#: More groups than this are not drawn: the worst and the best are, and the others take one line.
MOST_DRAWN, WORST, BEST = 12, 8, 3
_MOST_NAMED = 6
#: A longer name of a group is cut: the annex has the whole of it.
_NAME = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An attribute with the limit on it that came off worst, and all findings on it; without a limit one rate is shown."""

    attribute: str
    limit: Limit | None
    findings: tuple[Finding, ...]
    metric: str

    @property
    def status(self) -> Status | None:
        """The gravest answer; None where the policy asks nothing."""
        return min((f.status for f in self.findings), key=STATUSES.index, default=None)

    @property
    def answer(self) -> Status | None:
        """The gravest answer on the limit that is shown."""
        if self.limit is None:
            return None
        own = f"limit.{self.limit.id}"
        of = [f for f in self.findings if f.id == own or f.id.startswith(f"{own}.")]
        return min((f.status for f in of), key=STATUSES.index, default=None)

    @property
    def shown(self) -> tuple[int, int] | None:
        """For how many comparisons a breach of the limit that is shown was found, and of how many; None where it is not said.

        It may be fewer than the picture has groups beyond the limit: the answer looks at all comparisons together.
        """
        own = "" if self.limit is None else f"limit.{self.limit.id}"
        for f in self.findings:
            mine = f.id == own or f.id.startswith(f"{own}.")
            outside = f.reason.values.get("outside")
            if mine and f.status == "FAILED" and f.reason.code == "limit.failed" and isinstance(outside, int):
                return outside, f.comparisons
        return None


def judged(evidence: Evidence, *, metric: str | None = None) -> list[Judged]:
    """Return every attribute of the policy, the gravest answers first, in the order of the policy where they are alike.

    With `metric` only attributes with a limit on it are returned, and only such limits count. Of limits that came off equally
    badly the one on the rate that is shown first is shown for the other attributes too.
    """
    found = _judged(evidence, metric, "")
    return _judged(evidence, metric, found[0].metric) if found else []


def _judged(evidence: Evidence, metric: str | None, first: str) -> list[Judged]:
    found = []
    for attribute in evidence.policy.attributes:
        limits = [limit for limit in evidence.policy.limits if limit.by == (attribute,) and metric in (None, limit.metric)]
        if metric is not None and not limits:
            continue
        of = {limit.id: _findings(evidence, limit) for limit in limits}
        limits.sort(key=lambda limit: (min((_gravity(f) for f in of[limit.id]), default=(True, 9)), limit.metric != first))
        worst = limits[0] if limits else None
        shown = evidence.metrics.metrics[0] if worst is None else worst.metric
        findings = tuple(f for limit in limits for f in of[limit.id])
        found.append(Judged(attribute=attribute, limit=worst, findings=findings, metric=shown))
    return sorted(found, key=lambda one: min((_gravity(f) for f in one.findings), default=(True, 9)))


def _findings(evidence: Evidence, limit: Limit) -> list[Finding]:
    """Return the answers on a limit and its rungs; a rung that no stage needs counts only where it is broken."""
    own = f"limit.{limit.id}"
    found = [f for f in evidence.verdict.findings if f.id == own or f.id.startswith(f"{own}.")]
    return [f for f in found if f.stage is not None or f.status == "FAILED"]


def _gravity(finding: Finding) -> tuple[bool, int]:
    return (not finding.blocks, STATUSES.index(finding.status))


def groups(words: Words, evidence: Evidence, one: Judged) -> list[Group]:
    """Return the groups that are printed by themselves, those that are worst off first. Nothing pooled or unrecorded is one."""
    table = evidence.metrics
    if one.metric not in table.metrics:
        return []
    column = table.metrics.index(one.metric)
    rows = [r for r in table.rows(one.attribute) if table.kinds[r] == "level" and table.at(r, column).defined]
    if not rows:
        return []
    everybody, up = table.at(0, column), upwards(evidence, one.limit, one.metric)
    values = {table.groups[r]: table.at(r, column).value for r in rows}
    found = []
    for row in rows:
        e = table.at(row, column)
        n, m = everybody.numerator - e.numerator, everybody.denominator - e.denominator
        edges = _edges(evidence, one.limit, everybody.value, n / m if m else None, values, one.metric)
        worse, place = e.value - everybody.value, _place(e.low, e.high, edges)
        if place == "inside" and measured_from_printed(evidence, one):
            # From a group that is not printed the limit may be nearer.
            place = "unjudged"
        far = place == "beyond"
        found.append(
            Group(
                name=capital(title_of(words.group(evidence.contract, (one.attribute,), e.group), _NAME)),
                level=e.group, attribute=one.attribute,
                numerator=e.numerator, denominator=e.denominator, value=e.value, low=e.low, high=e.high,
                place="unsure" if far and one.answer != "FAILED" else place, edges=edges, far=far,
                worse=abs(worse) if up is None else worse if up else -worse,
            )
        )  # fmt: skip
    return sorted(found, key=lambda g: -g.value if up is None else -g.worse)


def _edges(
    evidence: Evidence, limit: Limit | None, everybody: float, rest: float | None, values: dict[str, float], metric: str
) -> tuple[float, float] | None:
    """Return between which shares a group keeps the limit beside the others as they are; None where one band cannot say so."""
    if limit is None or limit.given is not None:
        return None
    ratio, bound, base = limit.measure == "ratio", limit.bound, everybody
    up = limit.harm == "higher" or (limit.harm == "both" and upwards(evidence, limit, metric) is not False)
    if limit.between == "rest":
        if evidence.contract.single("weight") is not None or rest is None:
            return None
        base = rest
    elif limit.between == "groups":
        if len(values) < 2:
            return None
        base = min(values.values()) if up else max(values.values())
    elif limit.between == "reference":
        if limit.reference not in values:
            return None
        base = values[limit.reference]
    low, high = (base * bound, base / bound) if ratio else (base - bound, base + bound)
    if limit.harm == "higher" or (limit.between == "groups" and up):
        low = 0.0
    if limit.harm == "lower" or (limit.between == "groups" and not up):
        high = 1.0
    return max(low, 0.0), min(high, 1.0)


def measured_from_printed(evidence: Evidence, one: Judged) -> bool:
    """Whether the picture measures a limit between groups from the printed ones alone, because others are not printed."""
    between = one.limit is not None and one.limit.between == "groups"
    return between and bool(printed(evidence).margin(one.attribute).hidden)


def _place(low: float, high: float, edges: tuple[float, float] | None) -> Place:
    if edges is None:
        return "unjudged"
    if (low > edges[1] and edges[1] < 1) or (high < edges[0] and edges[0] > 0):
        return "beyond"
    inside = (low > edges[0] or edges[0] <= 0) and (high < edges[1] or edges[1] >= 1)
    return "inside" if inside else "unsure"


def of_every_100(words: Words, metric: str) -> str:
    """Return what the numbers of a picture count, in one sentence."""
    return RATES[metric].meaning[words.lang].format(n="100", x=words.say("this many"))


def how_sure(words: Words, *, drawn: bool = False) -> Prose:
    """Return what a range promises, and what not; `drawn` groups stand above it without theirs."""
    text = words.say(
        "Chance plays a part in every number. Every number therefore has a range, such as 'probably between 42 and 51'."
        " About 95 of 100 such ranges contain the true number, and about 5 do not."
    )
    if drawn:
        text += " " + words.say("The numbers per group above have a range too: see the technical annex.")
    return Prose(text=text)


def out_of_100(words: Words, evidence: Evidence) -> str:
    """Return the head of a column of shares; with weights a share is not the quotient of the counts beside it."""
    return words.say("Out of 100") if evidence.contract.single("weight") is None else words.say("Out of 100, weighted")


def places(words: Words, found: Sequence[Place]) -> list[tuple[Place, str]]:
    """Return what the shapes in a picture mean, of those that are in it."""
    say = words.say
    meanings: tuple[tuple[Place, str], ...] = (
        ("beyond", say("the whole range is beyond the limit")),
        ("unsure", say("not certain")),
        ("inside", say("the whole range is within the limit")),
        ("unjudged", say("the whole range is within the band as it is drawn")),
    )
    return [(place, meaning) for place, meaning in meanings if place in found]


def limit_in_words(words: Words, evidence: Evidence, limit: Limit) -> str:
    """Return what a limit allows, out of 100."""
    say, reference = words.say, ""
    if limit.reference is not None:
        reference = words.group(evidence.contract, limit.by, limit.reference)
    sides = one_way(words, evidence, limit, limit.between)
    if sides is not None:
        return _one_way_in_words(words, limit, *sides)
    if limit.measure == "ratio":
        return say(
            "The limit: for every 100 in the higher group, more than {least} in the lower one. Compared: {between}.",
            least=words.short(limit.bound * 100), between=words.code("between", limit.between).format(reference=reference),
        )  # fmt: skip
    most = words.short(limit.bound * 100)
    return {
        "groups": say("The limit: any two groups differ by less than {most} in 100.", most=most),
        "overall": say("The limit: each group differs from everybody by less than {most} in 100.", most=most),
        "rest": say("The limit: each group differs from all others by less than {most} in 100.", most=most),
        "reference": say("The limit: each group differs from {group} by less than {most} in 100.", most=most, group=reference),
    }[limit.between]


def _one_way_in_words(words: Words, limit: Limit, group: str, other: str) -> str:
    """Return what a limit allows that looks one way, and that the other way is free."""
    say, higher, bound = words.say, limit.harm == "higher", words.short(limit.bound * 100)
    if limit.measure == "ratio":
        first, second = (group, other) if higher else (other, group)
        text = say("The limit: if {first} is at 100, {second} is above {least}.", first=first, second=second, least=bound)
    elif higher:
        text = say(
            "The limit: for {group}, less than {most} in 100 higher than for {other}.", group=group, most=bound, other=other
        )
    else:
        text = say(
            "The limit: for {group}, less than {most} in 100 lower than for {other}.", group=group, most=bound, other=other
        )
    return f"{text} " + (say("Lower is allowed.") if higher else say("Higher is allowed."))


def page(words: Words, evidence: Evidence, one: Judged) -> tuple[Block, ...]:
    """Return the page of one attribute."""
    margin = printed(evidence).margin(one.attribute)
    found = groups(words, evidence, one)
    blocks: list[Block] = [Prose(text=" ".join(_lead(words, evidence, one, found)))]
    blocks += _unrecorded(words, evidence, margin)
    if found:
        shown = _shown(found)
        # One group alone would be beside nobody in a picture.
        alone = Prose(text=words.say("Only one group is printed, so nobody can see here how groups differ."))
        blocks += [
            _figure(words, evidence, one, found, shown, margin) if len(found) > 1 else alone,
            _table(words, evidence, one, shown, margin),
        ]
    else:
        text = words.say(
            "No group of this attribute may be printed: the counts are too small, or could be worked out by subtraction."
        )
        blocks.append(Prose(text=text))
    if one.findings:
        blocks.append(answers(words, evidence, one.findings, caption=words.say("What was asked here")))
    return tuple(blocks)


def title(words: Words, evidence: Evidence, one: Judged) -> str:
    """Return the attribute and its answer in one line."""
    name = brief_name(words, evidence, one.attribute)
    if one.status is None:
        return words.say("{attribute}: the policy sets no limit", attribute=name)
    return words.say("{attribute}: {answer}", attribute=name, answer=words.code("status", one.status))


def brief_name(words: Words, evidence: Evidence, attribute: str) -> str:
    """Return what readers call an attribute, with a capital, and no longer than fits a heading."""
    return capital(title_of(words.column(evidence.contract, attribute), 60))


def _lead(words: Words, evidence: Evidence, one: Judged, found: Sequence[Group]) -> list[str]:
    said = [of_every_100(words, one.metric)]
    if one.limit is not None:
        said.append(limit_in_words(words, evidence, one.limit))
    beyond = [group.name for group in found if group.far]
    if beyond:
        names = ", ".join(beyond[: _MOST_NAMED + (len(beyond) == _MOST_NAMED + 1)])
        if len(beyond) > _MOST_NAMED + 1:
            names = words.say("{names} and {n} more", names=names, n=words.number(len(beyond) - _MOST_NAMED))
        said.append(
            words.plural(
                "Of the groups that are printed, {n} is beyond the limit at both ends of its range: {names}.",
                "Of the groups that are printed, {n} are beyond the limit at both ends of their range: {names}.",
                len(beyond), names=names,
            )
            if printed(evidence).margin(one.attribute).hidden
            else words.plural(
                "{n} group is beyond the limit at both ends of its range: {names}.",
                "{n} groups are beyond the limit at both ends of their range: {names}.",
                len(beyond), names=names,
            )
        )  # fmt: skip
        stricter = words.say("The answer is stricter than the picture: it looks at all comparisons together.")
        if one.answer != "FAILED":
            stricter = words.say("Yet the answer is not 'breached': see below for the reason.")
            if share := unsure_as_unknown(evidence, one):
                stricter = words.say(
                    "Yet this is not certain, because the group is not recorded for {n} of 100. So the answer is not"
                    " 'breached'.",
                    n=words.number(share),
                )
        elif (shown := one.shown) is not None:
            outside, made = shown
            stricter = words.say(
                "In the picture each range stands alone. The answer looks at all {n} comparisons together, and shows a breach"
                " for {outside} of them.",
                n=words.number(made), outside=words.number(outside),
            )  # fmt: skip
            if made == 1:
                stricter = words.say("The answer looks at the only comparison, and shows a breach for it.")
        said.append(stricter)
    return said


def unsure_as_unknown(evidence: Evidence, one: Judged) -> int:
    """Return for how many of 100 rows no group is recorded, where that is why a breach is not shown; 0 where it is not why."""
    total, rows = printed(evidence).total, printed(evidence).margin(one.attribute).unknown_rows
    own = "" if one.limit is None else f"limit.{one.limit.id}"
    why = {f.reason.code for f in one.findings if f.status == "NOT_SHOWN" and (f.id == own or f.id.startswith(f"{own}."))}
    if total is None or rows is None or not why & {"limit.unknown_breach", "limit.unknown_rows", "spread.unknown"}:
        return 0
    return whole(rows / sum(total.cells))


def _unrecorded(words: Words, evidence: Evidence, margin: PrintedMargin) -> list[Block]:
    """Return how many rows have no group: a bar of its own, and no group among the others."""
    total, said = printed(evidence).total, not_recorded(words, evidence, margin)
    if said is None:
        return []
    share = 0.0 if margin.unknown_rows is None or total is None else margin.unknown_rows / sum(total.cells)
    if whole(share) < 1:
        return [Prose(text=f"{capital(said)}.")]
    known, unknown = words.say("recorded: {n} of 100", n=words.number(100 - whole(share))), said
    caption = words.say("Rows without an answer are not a group. The answers assume the worst about them.")
    alt = words.say("A bar in two parts. {known}; {unknown}.", known=capital(known), unknown=unknown)
    svg = recorded(share, known=known, unknown=unknown, alt=alt)
    return [Figure(svg=svg, alt=alt, caption=caption, basis=None)]


def _shown(found: Sequence[Group]) -> list[Group]:
    """Return the groups that are drawn: all, or the worst and the best of many."""
    return list(found) if len(found) <= MOST_DRAWN else [*found[:WORST], *found[-BEST:]]


def _figure(
    words: Words, evidence: Evidence, one: Judged, found: Sequence[Group], shown: Sequence[Group], margin: PrintedMargin
) -> Figure:
    say, nan = words.say, math.nan
    lines = [
        Standing(
            label=g.name, value=g.value, low=g.low, high=g.high, text=words.number(whole(g.value)), place=g.place, edges=g.edges
        )
        for g in shown
    ]
    rest = [g for g in found if g not in shown]
    if rest:
        text = say(
            "{low} to {high} of 100",
            low=words.number(whole(min(g.value for g in rest))), high=words.number(whole(max(g.value for g in rest))),
        )  # fmt: skip
        label = words.plural("{n} group in between", "{n} groups in between", len(rest))
        lines.insert(WORST, Standing(label=label, value=nan, low=nan, high=nan, text=text))
    if margin.hidden:
        label = words.plural("{n} other group", "{n} other groups", margin.hidden)
        lines.append(Standing(label=label, value=nan, low=nan, high=nan, text=say("not printed")))
    everybody = evidence.metrics.at(0, evidence.metrics.metrics.index(one.metric)).value
    first, last = shown[0], shown[-1]
    alt = say(
        "Chart of {title}, out of 100. Everybody: {everybody}. First: {first} with {high}; last: {last} with {low}."
        " The table below has the same numbers.",
        title=f"{words.metric(one.metric)}, {words.column(evidence.contract, one.attribute)}",
        everybody=words.number(whole(everybody)), first=first.name, high=words.number(whole(first.value)), last=last.name,
        low=words.number(whole(last.value)),
    )  # fmt: skip
    svg = against_limit(
        lines, overall=everybody, overall_label=say("everybody {n}", n=words.number(whole(everybody))),
        limit_label=_limit_label(words, shown), legend=places(words, [g.place for g in shown if g.edges is not None]), alt=alt,
    )  # fmt: skip
    caption = " ".join([
        say("The mark stands at the number out of 100; the line is its range."), say("About 95 of 100 such ranges are right."),
    ])  # fmt: skip
    if any(g.edges is not None for g in shown):
        band = say("The grey band is what the limit allows.")
        caption = f"{caption} {band}"
        if _own_edges(shown):
            own = say("Each group has a limit of its own, as it is compared with all others: see the table.")
            caption = f"{caption} {own}"
        if measured_from_printed(evidence, one):
            nearer = say("It is measured from the groups that are printed; the others may make it narrower.")
            caption = f"{caption} {nearer}"
    return Figure(svg=svg, alt=alt, caption=caption, basis=None)


def _own_edges(shown: Sequence[Group]) -> bool:
    return len({group.edges for group in shown} - {None}) > 1


def _limit_label(words: Words, shown: Sequence[Group]) -> str:
    if any(group.edges is None for group in shown):
        return ""
    if _own_edges(shown):
        return words.say("limit")
    return words.say("limit {n}", n=edge(words, shown[0], shown))


def edge(words: Words, group: Group, beside: Sequence[Group] = ()) -> str:
    """Return the edge of the limit on the side on which a group is worse off, out of 100.

    It is a whole number, unless that would put a group on the other side of it than it lies: the group, or one `beside` it.
    """
    if group.edges is None:
        return ""
    low, high = group.edges
    near = high if high < 1 and (low <= 0 or abs(group.value - high) <= abs(group.value - low)) else low
    values = [one.value for one in beside or (group,)]
    return _rounded(words, near, values)


def _rounded(words: Words, near: float, values: Sequence[float]) -> str:
    fits = all((whole(value) < whole(near)) == (value < near) for value in values)
    return words.short(whole(near) if fits else round(near * 100, 1))


def _allowed(words: Words, group: Group) -> str:
    """Return what the limit allows this group out of 100, beside the others as they are."""
    if group.edges is None:
        return ""
    (low, high), said = group.edges, [_rounded(words, end, [group.value]) for end in group.edges]
    if low <= 0:
        return words.say("under {most}", most=said[1])
    return words.say("over {least}", least=said[0]) if high >= 1 else words.say("{low} to {high}", low=said[0], high=said[1])


def _table(words: Words, evidence: Evidence, one: Judged, shown: Sequence[Group], margin: PrintedMargin) -> Table:
    say = words.say
    own = _own_edges(shown)
    rows = tuple(
        (
            g.name, words.number(g.denominator), words.number(g.numerator), words.number(whole(g.value)),
            words.between_100(g.low, g.high), *((_allowed(words, g),) if own else ()),
        )
        for g in shown
    )  # fmt: skip
    cases = capital(RATES[one.metric].cases[words.lang])
    note = ""
    if margin.hidden:
        note = words.plural(
            "{n} group is not printed: a small count could be read or worked out from it. It counts in the answers.",
            "{n} groups are not printed: a small count could be read or worked out from them. They count in the answers.",
            margin.hidden,
        )
    limit = (say("Limit"),) if own else ()
    header = (say("Group"), cases, say("Of these"), out_of_100(words, evidence), say("Range"), *limit)
    caption = say("The numbers in the picture") if len(shown) > 1 else say("The number")
    return Table(caption=caption, header=header, rows=rows, right=(1, 2, 3, 5) if own else (1, 2, 3), note=note)


def in_a_line(words: Words, evidence: Evidence, limit: Limit) -> str | None:
    """Return how far the printed group that is worst off lies from the other side; None where nothing printed says it."""
    found = _furthest(words, evidence, limit)
    if found is None:
        return None
    group, how = found
    sides, gap = told(words, how)
    return f"{group.name}: {sides}; {gap}."


def _furthest(words: Words, evidence: Evidence, limit: Limit) -> tuple[Group, Apart] | None:
    own = tuple(f for f in evidence.verdict.findings if f.id == f"limit.{limit.id}")
    if len(limit.by) != 1:
        return None
    one = Judged(attribute=limit.by[0], limit=limit, findings=own, metric=limit.metric)
    found: list[tuple[Group, Apart]] = []
    for group in groups(words, evidence, one):
        how = apart(words, evidence, limit, group)
        found += [] if how is None else [(group, how)]
    if not found:
        return None
    # The comparison on which the answer rests comes first; else the printed group that is furthest out.
    difference = limit.measure == "difference"
    return max(found, key=lambda pair: (pair[1].decided, pair[1].gap if difference else -pair[1].gap))


def in_one(answer: str) -> str:
    """Return an answer that stays on its line."""
    return capital(answer).replace(" ", "\u00a0", 1)


def _why(words: Words, evidence: Evidence, finding: Finding) -> str:
    """Return why an answer is not 'shown', and how far the printed group that is worst off lies from the other side."""
    why = brief(words, reason(words, evidence, finding, brief=True), 220)
    limit = _limit_of(evidence, finding)
    line = None if limit is None else in_a_line(words, evidence, limit)
    return why if line is None else f"{why} {line}"


def _limit_of(evidence: Evidence, finding: Finding) -> Limit | None:
    return next((limit for limit in evidence.policy.limits if f"limit.{limit.id}" == finding.id), None)


def answers(words: Words, evidence: Evidence, findings: Sequence[Finding], *, caption: str) -> Table:
    """Return questions with their answers, and why."""
    rows = tuple(
        (
            in_one(answer(words, f)), brief(words, question(words, evidence, f), 200),
            brief(words, reason(words, evidence, f, brief=True), 160) if f.status == "PASSED" else _why(words, evidence, f),
        )
        for f in findings
    )  # fmt: skip
    header = (words.say("Answer"), words.say("Question"), words.say("Why"))
    tones = tuple(TONES[f.status] for f in findings)
    return Table(caption=caption, header=header, rows=rows, tones=tones, note=_how_right(words, evidence, findings))


def _how_right(words: Words, evidence: Evidence, findings: Sequence[Finding]) -> str:
    """Return of how many ranges of a gap the true gap lies in them; nothing where no gap has a range.

    The bounds on which an answer rests look at one side each; any other range is of the table of differences.
    """
    limits = [_limit_of(evidence, f) for f in findings if f.status in ("FAILED", "NOT_SHOWN")]
    gaps = [found[1] for one in limits if one is not None and (found := _furthest(words, evidence, one)) is not None]
    gaps = [gap for gap in gaps if not math.isnan(gap.low) and not math.isnan(gap.high)]
    if any(gap.decided for gap in gaps):
        return words.say(
            "The range of a gap stands between brackets. About {n} of 100 such ranges, or more, are right.",
            n=words.number(whole(1 - 2 * evidence.policy.alpha)),
        )
    return words.say("The range of a gap stands between brackets. About 95 of 100 such ranges are right.") if gaps else ""
