"""How far a printed group lies from what its limit holds it against: both sides, the gap, its range and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from smartstart_gov.authoring.policy import Between, Limit
from smartstart_gov.canonical import unreal
from smartstart_gov.documents.charts import Place
from smartstart_gov.documents.room import title_of
from smartstart_gov.documents.summary import upwards
from smartstart_gov.documents.words import Words, whole
from smartstart_gov.evidence.edition import Evidence

#: A name of the other side is cut from here on: the annex has the whole of it.
_NAME = 40
_MOST_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A printed group on one rate: its range, where that lies against the limit, and how much worse off it is than everybody.

    `far` says that the whole range lies beyond the limit; `place` is beyond only where the answer says breached as well.
    """

    name: str
    level: str
    attribute: str
    numerator: int
    denominator: int
    value: float
    low: float
    high: float
    place: Place
    edges: tuple[float, float] | None
    worse: float
    far: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two sides of a limit and the gap between them: positive where the group is worse off.

    Of a ratio the gap is the lower side as a share of the higher one. `low` and `high` are nan where the public evidence has
    no range; `decided` says that the range is the one on which the answer rests.
    """

    other: str
    value: float
    other_value: float
    gap: float
    low: float
    high: float
    limit: Limit
    decided: bool

    @property
    def place(self) -> Place:
        """Where the range lies against what is allowed."""
        if math.isnan(self.low) or math.isnan(self.high):
            return "unsure"
        low, high = self.low, self.high
        if self.limit.measure == "ratio":
            low, high = -high, -low
        bound = self.limit.bound if self.limit.measure == "difference" else -self.limit.bound
        return "beyond" if low > bound else "inside" if high < bound else "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A comparison as it is published, from the side of one group: its rate minus, or over, that of the other side."""

    other: str
    kind: str
    value: float
    low: float
    high: float
    decided: bool = False

    def turned(self, *, ratio: bool) -> _Seen:
        """Return the comparison from the other side."""
        if not ratio:
            return replace(self, value=-self.value, low=-self.high, high=-self.low)
        return replace(self, value=_over(self.value), low=_over(self.high), high=_over(self.low))


def _over(value: float) -> float:
    return math.inf if value == 0 else 1 / value


def apart(words: Words, evidence: Evidence, limit: Limit | None, group: Group) -> Apart | None:
    """Return how far a group lies from what the limit holds it against; None where the public evidence does not say it."""
    if limit is None or limit.given is not None or limit.by != (group.attribute,) or limit.reference == group.level:
        return None
    up, ratio = upwards(evidence, limit, limit.metric), limit.measure == "ratio"
    seen = next(_seen(evidence, limit, group, up), None)
    if seen is None or math.isnan(seen.value) or (ratio and seen.value in (0, math.inf)):
        return None
    other_value = group.value / seen.value if ratio else group.value - seen.value
    # The gap is how much worse off the group is; a ratio is of the lower side to the higher.
    either = seen.value > 1 if ratio else seen.value < 0
    if (up is None and either) or up is ratio:
        seen = seen.turned(ratio=limit.measure == "ratio")
    return Apart(
        other=title_of(words.group(evidence.contract, limit.by, seen.other, kind=seen.kind), _NAME), value=group.value,
        other_value=other_value, gap=seen.value, low=seen.low, high=seen.high, limit=limit, decided=seen.decided,
    )  # fmt: skip


def _seen(evidence: Evidence, limit: Limit, group: Group, up: bool | None) -> Iterator[_Seen]:
    """Yield the comparisons of a group that the limit makes, the one on which the answer rests first."""
    for finding in (f for f in evidence.verdict.findings if f.id == f"limit.{limit.id}" and f.measure == limit.measure):
        found = finding.decisive
        sides = [] if found is None else [(found.group, found.group_kind), (found.other, found.other_kind)]
        if found is None or found.value is None or (group.level, "level") not in sides:
            continue
        first = sides[0] == (group.level, "level")
        other, kind = sides[first]
        one = _Seen(other=other, kind=kind, decided=True, **{n: unreal(getattr(found, n)) for n in ("value", "low", "high")})
        yield one if first else one.turned(ratio=limit.measure == "ratio")
    table, between, rows = evidence.disparities, limit.between, list[_Seen]()
    kept: Between = "overall" if between == "overall" else "groups"
    # Of all others the table says nothing.
    published = table.rows(by=limit.by, metric=limit.metric, measure=limit.measure, between=kept) if between != "rest" else []
    for row in published:
        names = table.group[row], table.other[row]
        other = names[names[0] == group.level]
        if group.level in names and (between != "reference" or other == limit.reference):
            one = _Seen(
                other=other, kind="overall" if kept == "overall" else "level",
                value=table.value[row], low=table.low[row], high=table.high[row],
            )  # fmt: skip
            rows.append(one if names[0] == group.level else one.turned(ratio=limit.measure == "ratio"))
    yield from _worst_first(rows, up)
    yield from _printed(evidence, limit, group, up)


def _printed(evidence: Evidence, limit: Limit, group: Group, up: bool | None) -> Iterator[_Seen]:
    """Yield a group against all others, or against other groups, from the printed rates: a comparison without a range."""
    table = evidence.metrics
    column = table.metrics.index(limit.metric)

    def against(other: str, kind: str, rate: float) -> _Seen:
        value = group.value - rate if limit.measure == "difference" else group.value * _over(rate)
        return _Seen(other=other, kind=kind, value=value, low=math.nan, high=math.nan)

    everybody = table.at(0, column)
    n, m = everybody.numerator - group.numerator, everybody.denominator - group.denominator
    if limit.between == "rest" and evidence.contract.single("weight") is None and m > 0 and n > 0:
        yield against("rest", "rest", n / m)
    rows = [r for r in table.rows(group.attribute) if table.kinds[r] == "level" and table.groups[r] != group.level]
    if limit.between == "reference":
        rows = [r for r in rows if table.groups[r] == limit.reference]
    if limit.between not in ("groups", "reference"):
        rows = []
    seen = [against(table.groups[r], "level", table.at(r, column).value) for r in rows]
    yield from _worst_first([one for one in seen if math.isfinite(one.value)], up)


def _worst_first(seen: list[_Seen], up: bool | None) -> list[_Seen]:
    """Return comparisons of one group: of all pairs the one in which it is worst off counts."""
    return sorted(seen, key=lambda one: one.value if up is False else -one.value)


def told(words: Words, found: Apart, certain: str = "") -> tuple[str, str]:
    """Return both sides out of 100, with how `certain` it is that they keep the limit; and the gap, its range and the limit."""
    say, of_100 = words.say, found.limit.measure == "ratio"
    sides = say(
        "{share}, {other} {n}", share=words.of_100(found.value), other=found.other, n=words.number(whole(found.other_value))
    )
    gap = _gap(words, found)
    gap = say("{n} for every 100", n=gap) if of_100 else say("a gap of {n}", n=gap)
    if not math.isnan(found.low) and not math.isnan(found.high):
        gap = say("{gap} ({range})", gap=gap, range=_range(words, found))
    most = words.short(found.limit.bound * 100)
    allowed = say("allowed: over {n}", n=most) if of_100 else say("allowed: under {n}", n=most)
    return say("{sides}: {certain}", sides=sides, certain=certain) if certain else sides, f"{gap}; {allowed}"


def _gap(words: Words, found: Apart) -> str:
    """Return the gap in as few decimals as do not contradict the two sides beside it, or what is allowed."""
    gap, bound, ratio = found.gap * 100, found.limit.bound * 100, found.limit.measure == "ratio"
    sides = abs(whole(found.value) - whole(found.other_value))
    for digits in range(_MOST_DIGITS):
        shown = round(gap, digits)
        if (digits or ratio or abs(shown) == sides) and (shown < bound) == (gap < bound):
            return words.decimal(gap, digits)
    return words.decimal(gap, _MOST_DIGITS)


def _range(words: Words, found: Apart) -> str:
    """Return the range of the gap, rounded outwards in as few decimals as leave it on its side of what is allowed."""
    bound = found.limit.bound * 100

    def outwards(value: float, rounded: object) -> str:
        if math.isinf(value):
            return words.decimal(value)
        for digits in range(_MOST_DIGITS + 1):
            scale = 10**digits
            shown = (math.floor if rounded is min else math.ceil)(round(value * 100 * scale, 6)) / scale
            if (shown < bound) == (value * 100 < bound) and (shown > bound) == (value * 100 > bound):
                break
        return words.decimal(shown, digits)

    # A range is read as one thing, so no line ends within it.
    return words.say("{low} to {high}", low=outwards(found.low, min), high=outwards(found.high, max)).replace(" ", "\u00a0")
