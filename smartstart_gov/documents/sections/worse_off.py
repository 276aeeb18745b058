"""Who is worse off, in people out of 100: the groups of the first page and of the factsheet, each beside its limit."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from smartstart_gov.documents.charts import Hundred, Place, Sign
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.room import title_of
from smartstart_gov.documents.sections.apart import Apart, Group, apart, told
from smartstart_gov.documents.sections.attribute import (
    Judged,
    edge,
    groups,
    in_a_line,
    judged,
    of_every_100,
    unsure_as_unknown,
)
from smartstart_gov.documents.summary import (
    upwards,
)
from smartstart_gov.documents.words import Words, capital, whole
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.statistics.rates import RATES

#: So many groups stand there, each of another attribute.
MOST_GROUPS = 3
_HARDLY = 0.01


def worst(words: Words, evidence: Evidence) -> tuple[str, list[tuple[Judged, Group]]]:
    """Return the rate that the first page shows, and of each attribute the group that is worst off on it."""
    metric = next((one.metric for one in judged(evidence) if groups(words, evidence, one)), "")
    # Of an attribute that another rate decides on, the limit on this one counts here.
    asked = judged(evidence, metric=metric) or [one for one in judged(evidence) if one.metric == metric]
    found = [(one, group) for one in asked for group in groups(words, evidence, one)]
    # A breach that is shown comes before one that only the picture suggests.
    found.sort(key=lambda pair: (pair[1].place != "beyond", -pair[1].worse))
    chosen: list[tuple[Judged, Group]] = []
    for one, group in found:
        alike = any(before.attribute == one.attribute for before, _group in chosen)
        # Less than one in a hundred is nothing to see, unless a limit is broken or is on a ratio.
        differs = group.worse >= _HARDLY or one.answer == "FAILED" or (one.limit is not None and one.limit.measure == "ratio")
        if group.worse > 0 and differs and not alike and len(chosen) < MOST_GROUPS:
            chosen.append((one, group))
    return metric, chosen


def worse_title(words: Words, evidence: Evidence) -> str:
    """Return what is asked of groups: who is worse off, or who differs where neither direction is worse."""
    metric, chosen = worst(words, evidence)
    if metric and chosen and upwards(evidence, chosen[0][0].limit, metric) is None:
        return words.say("Which groups differ most from everybody?")
    return words.say("Who is worse off?")


def how_right(words: Words, evidence: Evidence, chosen: Sequence[tuple[Judged, Group]]) -> str:
    """Return of how many ranges the true number lies in them: the bounds on which an answer rests look at one side each."""
    say = words.say
    gaps = [gap for one, group in chosen if (gap := apart(words, evidence, one.limit, group)) is not None]
    if not any(gap.decided for gap in gaps):
        return say("About 95 of 100 such ranges are right.")
    return say(
        "About 95 of 100 ranges contain the true number. Between brackets stands where a difference probably lies: about {n} of"
        " 100 such ranges, or more, contain it.",
        n=words.number(whole(1 - 2 * evidence.policy.alpha)),
    )


def besides(words: Words, evidence: Evidence, metric: str, only: Collection[str] = tuple(RATES)) -> Iterator[str]:
    """Yield a line for each limit on another rate than `metric`, of `only`, that is not shown to hold, the gravest first."""
    for one in judged(evidence):
        for limit in (
            limit for limit in evidence.policy.limits if limit.by == (one.attribute,) and limit.metric in {*only} - {metric}
        ):
            asked = any(f.id == f"limit.{limit.id}" and f.status in ("FAILED", "NOT_SHOWN") for f in one.findings)
            line = in_a_line(words, evidence, limit) if asked else None
            if line is not None:
                about = capital(title_of(words.column(evidence.contract, one.attribute), 60))
                yield f"{about}. {of_every_100(words, limit.metric)} {line}"


def rows_alone(words: Words, evidence: Evidence) -> tuple[str, ...]:
    """Return what a range takes for granted where no column says which rows belong together; nothing where one does."""
    if evidence.contract.single("unit") is not None:
        return ()
    return (words.say("Somebody who is in the data twice counts twice; nobody knows how often that is so."),)


def in_hundreds(
    words: Words, evidence: Evidence, metric: str, chosen: Sequence[tuple[Judged, Group]], *, everybody_too: bool = True
) -> tuple[list[Hundred], str]:
    """Return everybody and the chosen groups, each as 100 signs, and the words that stand for the drawing.

    Without `everybody_too` only the groups are drawn, where there are any.
    """
    say = words.say
    everybody = evidence.metrics.at(0, evidence.metrics.metrics.index(metric))
    first = Hundred(
        label=say("Everybody"), signs=_signs("selected", everybody.value),
        text=(
            say(
                "{share} (counted: {n} of {m})", share=words.of_100(everybody.value), n=words.number(everybody.numerator),
                m=words.number(everybody.denominator),
            ),
            words.between_100(everybody.low, everybody.high),
        ),
    )  # fmt: skip
    rows = [_line(words, evidence, one, group) for one, group in chosen]
    rows = [first, *rows] if everybody_too or not rows else rows
    alt = say("Pictures of 100 cases each.") + " " + " ".join(f"{row.label}: {'; '.join(row.text)}." for row in rows)
    return rows, alt


def _line(words: Words, evidence: Evidence, one: Judged, group: Group) -> Hundred:
    say = words.say
    signs: dict[Place, Sign] = {"beyond": "beyond", "unsure": "unsure"}
    limit = edge(words, group)
    first, second = words.of_100(group.value), words.between_100(group.low, group.high)
    if (gap := apart(words, evidence, one.limit, group)) is not None:
        return _gap_line(words, evidence, one, group, gap)
    if group.place == "beyond":
        first = say("{n}: beyond the limit of {limit}", n=first, limit=limit)
    elif group.place == "unsure":
        share = unsure_as_unknown(evidence, one) if group.far else 0
        first = say("{n}; limit {limit}: not certain", n=first, limit=limit)
        if share:
            first = say(
                "{n}: not certain, as the group is not known for {share} in 100 of all cases",
                n=words.of_100(group.value),
                share=words.number(share),
            )
    elif limit and group.place == "inside":
        first = say("{n}; limit {limit}: within it", n=first, limit=limit)
    return Hundred(
        label=_label(words, evidence, group), signs=_signs(signs.get(group.place, "selected"), group.value),
        text=(first, second), tone=group.place,
    )  # fmt: skip


def _label(words: Words, evidence: Evidence, group: Group) -> str:
    name, attribute = title_of(group.name, 60), title_of(words.column(evidence.contract, group.attribute), 40)
    return f"{name} ({attribute})"


def _gap_line(words: Words, evidence: Evidence, one: Judged, group: Group, gap: Apart) -> Hundred:
    """Return a group beside what its limit holds it against: the gap that is judged, its range, and what is allowed."""
    say, place = words.say, gap.place
    if place == "beyond" and one.answer != "FAILED":
        place = "unsure"
    if place == "inside" and (group.place == "unjudged" or one.answer != "PASSED"):
        # Of a gap that no answer shows to be allowed nobody may read that it is.
        place = "unjudged"
    share = unsure_as_unknown(evidence, one)
    certain = {"beyond": say("beyond the limit"), "inside": say("within the limit"), "unsure": say("not certain")}.get(
        place, ""
    )
    why = (
        (say("because the group is not known for {share} in 100", share=words.number(share)),)
        if place == "unsure" and share
        else ()
    )
    signs: dict[Place, Sign] = {"beyond": "beyond", "unsure": "unsure"}
    return Hundred(
        label=_label(words, evidence, group), signs=_signs(signs.get(place, "selected"), group.value),
        text=(*told(words, gap, certain), *why), tone=place,
    )  # fmt: skip


def _signs(sign: Sign, share: float) -> tuple[tuple[Sign, int], ...]:
    n = 0 if math.isnan(share) else whole(share)
    return (sign, n), ("left", 100 - n)


def more_beyond(
    words: Words, evidence: Evidence, chosen: list[tuple[Judged, Group]], refer: Mapping[str, str]
) -> Iterator[str]:
    """Yield for each breached attribute how many more groups lie beyond a limit, and where they stand."""
    named = {(one.attribute, group.name) for one, group in chosen}
    for one in judged(evidence):
        beyond = [g for g in groups(words, evidence, one) if g.place == "beyond"]
        more = [g for g in beyond if (one.attribute, g.name) not in named]
        if not more:
            continue
        attribute, where = (
            title_of(words.column(evidence.contract, one.attribute), 60),
            Ref(refer.get(one.attribute, "questions")),
        )
        if one.shown is None:
            yield words.plural(
                "By {attribute}, {n} more group is beyond a limit at both ends of its range: {where}.",
                "By {attribute}, {n} more groups are beyond a limit at both ends of their range: {where}.",
                len(more), attribute=attribute, where=where,
            )  # fmt: skip
        else:
            outside, made = one.shown
            only = words.say(
                "By {attribute}, the only comparison lies beyond the limit by more than chance explains: {where}.",
                attribute=attribute,
                where=where,
            )
            many = words.say(
                "By {attribute}, {outside} of {n} comparisons lie beyond the limit by more than chance explains: {where}.",
                outside=words.number(outside), n=words.number(made), attribute=attribute, where=where,
            )  # fmt: skip
            yield only if made == 1 else many
