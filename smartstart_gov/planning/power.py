"""power(): how many cases each group needs for a decision, how likely one is, and how that grows with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import Expected
from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.authoring.project import Project, open_project
from smartstart_gov.canonical import real
from smartstart_gov.counting.tally import Tally
from smartstart_gov.documents.charts import BLUE, GREY, PALE, PINK, WIDTH, _line, _svg, _text
from smartstart_gov.documents.fonts import wrap
from smartstart_gov.errors import Refused
from smartstart_gov.judgement.question import Question, questions
from smartstart_gov.judgement.rungs import sees
from smartstart_gov.looks.looks import granted
from smartstart_gov.planning.chances import Chance, World, labels_of
from smartstart_gov.planning.clashes import Clash, clashes
from smartstart_gov.planning.expectation import Expectation, expectation
from smartstart_gov.planning.prospect import HOPELESS, Prospect, Search
from smartstart_gov.show import Value
from smartstart_gov.statistics.groups import grouped
from smartstart_gov.statistics.rates import rate
from smartstart_gov.statistics.sample_size import POWER, cases_needed
from smartstart_gov.statistics.spread import cases_for_spread
from smartstart_gov.storage import write_file

if TYPE_CHECKING:
    import pandas as pd

    from smartstart_gov.intake.link import Linked


#: Times the rows expected.
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
#: Simulated audits behind a point: a standard error of 5 points in the middle.
CURVE_RUNS = 100
_COLUMNS, _GAP, _LEFT, _PLOT, _HEAD, _PANEL = 2, 20.0, 30.0, 90.0, 30.0, 150.0
Floats = npt.NDArray[np.float64]
#: Simulated audits behind a chance; its standard error at 50 % is 2.5 points.
RUNS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The chances of one question at each number of rows.

    Attributes
    ----------
    question : Question
    rows : tuple of float
        Rows in all, before any split.
    fair : tuple of float
        How often a fair model passes.
    found : tuple of float or None
        How often a breach of twice the limit is found; None if no rates differ by that much.
    """

    question: Question
    rows: tuple[float, ...]
    fair: tuple[float, ...]
    found: tuple[float, ...] | None


def curves(worlds: Sequence[tuple[World, tuple[Question, ...]]], rows: float, *, runs: int = CURVE_RUNS) -> tuple[Curve, ...]:
    """Return a curve for each question of each world, simulated separately at every number of rows."""
    found = []
    for world, asked in worlds:
        grown = [replace(world, groups=replace(world.groups, rows=world.groups.rows * factor)) for factor in FACTORS]
        passed = [one.reached(asked, runs=runs) for one in grown]
        for place, question in enumerate(asked):
            breach = [one.chance(question, "breach", "FAILED", questions=len(asked), runs=runs) for one in grown]
            found.append(
                Curve(
                    question=question, rows=tuple(rows * factor for factor in FACTORS),
                    fair=tuple(chances[place].value for chances in passed),
                    found=tuple(one.value for one in breach if one is not None) if all(breach) else None,
                )
            )  # fmt: skip
    return tuple(found)


def drawing(found: Sequence[Curve], *, wanted: float) -> str:
    """Return the curves as SVG, one panel per question; rows grow by doubling.

    Parameters
    ----------
    found : sequence of Curve
    wanted : float
        Desired chance that a fair model passes, drawn as a dashed line.
    """
    width = (WIDTH - _GAP * (_COLUMNS - 1)) / _COLUMNS
    parts = [
        _line(4, 8, 24, 8, BLUE), _text(29, 11, "a fair model passes", size=9),
        _line(130, 8, 150, 8, PINK, dashed=True), _text(155, 11, "a breach of twice the limit is found", size=9),
        _line(326, 8, 346, 8, GREY, dashed=True), _text(351, 11, f"{wanted:.0%} wanted; rows now", size=9),
    ]  # fmt: skip
    for place, one in enumerate(found):
        left, top = (width + _GAP) * (place % _COLUMNS), 22 + _PANEL * (place // _COLUMNS)
        parts += _panel(one, left, top, width, wanted)
    lines = -(-len(found) // _COLUMNS)
    return _svg(parts, 22 + _PANEL * lines, f"Chances against rows, for {len(found)} questions")


def _panel(one: Curve, left: float, top: float, width: float, wanted: float) -> list[str]:
    start, bottom, step = left + _LEFT, top + _HEAD + _PLOT, (width - _LEFT - 16) / (len(one.rows) - 1)

    def y(chance: float) -> float:
        return bottom - _PLOT * chance

    parts = [
        _text(left, top + 11 + 11 * i, line, size=9)
        for i, line in enumerate(wrap(one.question.id.removeprefix("limit."), width, lines=2, size=9))
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(_line(start, y(share), start + step * (len(one.rows) - 1), y(share), PALE))
        parts.append(_text(start - 4, y(share) + 3, f"{share:.0%}", anchor="end", size=8))
    for i, rows in enumerate(one.rows):
        parts.append(_text(start + step * i, bottom + 14, _short(rows), anchor="middle", size=8))
    now = start + step * FACTORS.index(1.0)
    parts += [_line(now, y(0), now, y(1), GREY, dashed=True)]
    parts += [_line(start, y(wanted), start + step * (len(one.rows) - 1), y(wanted), GREY, dashed=True)]
    for chances, colour in ((one.found, PINK), (one.fair, BLUE)):
        if chances is not None:
            path = "L".join(f"{start + step * i:.1f} {y(chance):.1f}" for i, chance in enumerate(chances))
            dash = ' stroke-dasharray="5 3"' if colour == PINK else ""
            parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="1.8" fill="none"{dash}/>')
    parts.append(_text(start + step * (len(one.rows) - 1), bottom + 25, "rows", anchor="end", size=8, fill=GREY))
    return parts


def _short(rows: float) -> str:
    """Return a number of rows in few characters.

    Examples
    --------
    >>> [_short(n) for n in (625.0, 12_500.0, 40_000.0, 2_500_000.0)]
    ['625', '12.5k', '40k', '2.5M']
    """
    for size, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if round(rows) >= size:
            return f"{rows / size:.1f}".removesuffix(".0") + mark
    return f"{rows:.0f}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Plan(Value):
    """What can be expected of every question of a policy.

    Attributes
    ----------
    source : {"declared", "measured"}
        Whether sizes and base rates are those of the contract, or were counted.
    rows : float
        Rows in all, before any split.
    years : float or None
        Years it takes to collect them; None if the rows per year are unknown.
    base_rate : float
    assumed : tuple of str
        What nobody declared, in words.
    wanted : float
        Wanted chance that a fair model passes.
    prospects : tuple of Prospect
        In the policy's order; a limit with a ladder has one for each rung.
    clashes : tuple of Clash
        Limits that conflict at these base rates.
    """

    source: Literal["declared", "measured"]
    rows: float
    years: float | None
    base_rate: float
    assumed: tuple[str, ...]
    wanted: float
    prospects: tuple[Prospect, ...]
    clashes: tuple[Clash, ...] = ()

    @property
    def hopeless(self) -> tuple[Prospect, ...]:
        """Questions that a perfectly fair model would pass with less than 50 % chance."""
        return tuple(one for one in self.prospects if one.hopeless)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: no count of any group that was measured."""
        return {
            "source": self.source, "rows": round(self.rows), "years": None if self.years is None else real(self.years),
            "base_rate": real(self.base_rate), "assumed": list(self.assumed), "wanted": real(self.wanted),
            "questions": [one.to_record() for one in self.prospects],
            "clashes": [one.to_record() for one in self.clashes],
        }  # fmt: skip

    def headline(self) -> str:
        """Return the plan in one line."""
        reachable = len(self.prospects) - len(self.hopeless)
        return f"Plan({reachable} of {len(self.prospects)} questions are within reach of a fair model, {self.rows:.0f} rows)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per question."""
        header = ["question", "needed from", "groups", "cases needed", "at half", "fair passes", "half passes", "twice found"]
        rows: list[list[object]] = [
            [
                one.question.id.removeprefix("limit."), one.question.stage or "-", one.groups, _number(one.needed),
                _number(one.needed_half), _share(one.fair), _share(one.half), _share(one.breach),
            ]
            for one in self.prospects
        ]  # fmt: skip
        return header, rows


def power(
    project: Project | Path | str,
    data: pd.DataFrame | Linked | Path | str | None = None,
    *,
    rows_per_year: int | None = None,
    years: float = 1.0,
    base_rate: float | None = None,
    unknown_share: float | None = None,
    true_positive_rate: float | None = None,
    false_positive_rate: float | None = None,
    wanted: float = POWER,
    runs: int = RUNS,
    plot: Path | str | None = None,
) -> Plan:
    """Return for each limit of a project how many cases it needs, and how likely a decision is on the expected rows.

    A fair model, one with half of what a limit allows and one with twice that are simulated, with a fixed seed, and
    judged as an audit would judge them. Sizes and base rates are those that the contract declares (``expected`` and
    ``expected_shares``), or those of `data`. Arguments given here take precedence over the contract.

    Parameters
    ----------
    project : Project, Path or str
    data : DataFrame, Linked, Path or str, optional
        Rows with their labels; no model is needed. Of an area model they are required: people who share a decision count as
        one case, and how many areas there are, of which sizes, only rows say.
    rows_per_year : int, optional
        Rows per year.
    years : float
        Years of rows, if sizes are declared.
    base_rate : float, optional
        Share of positive rows, in (0, 1).
    unknown_share : float, optional
        Share of rows of unknown group, in [0, 1), for every column that allows them.
    true_positive_rate, false_positive_rate : float, optional
        What a model of this kind can do; by default 0.6 and 0.1.
    wanted : float
        Desired chance that a fair model passes, in (0, 1).
    runs : int
        Simulated audits per chance, at least 100.
    plot : Path or str, optional
        Where to draw, as SVG, how the chances of each question grow with the rows: from a quarter to eight times as many,
        at most a hundred simulated audits behind each point.

    Returns
    -------
    Plan

    Raises
    ------
    Refused
        U01 if rows or base rate are unknown, or a number is outside its range; everything that reading `project`
        and `data` refuses.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     gov.power(f"{folder}/early_help")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    smartstart_gov.errors.Refused: Nothing says what rows_per_year and base_rate to expect...
    """
    accept(power, locals())
    opened = project if isinstance(project, Project) else open_project(project)
    _check_numbers(years=(years, 0, 1000), wanted=(wanted, 0, 1), runs=(runs, 99, 1_000_000))
    expected = _expected(
        opened, rows_per_year=rows_per_year, base_rate=base_rate, true_positive_rate=true_positive_rate,
        false_positive_rate=false_positive_rate, unknown_share=unknown_share,
    )  # fmt: skip
    labels = None if data is None else labels_of(opened, data)
    known = expectation(opened.contract, expected, labels=labels)
    known = replace(known, rows=known.rows * (years if labels is None else 1.0))
    plan = planned(opened.policy, known, wanted=wanted, runs=runs)
    if plot is not None:
        worlds = [(world_of(opened.policy, known, limit), questions(limit)) for limit in opened.policy.limits]
        write_file(Path(plot), drawing(curves(worlds, known.rows, runs=min(runs, CURVE_RUNS)), wanted=wanted).encode())
    return plan


def planned(
    policy: Policy, known: Expectation, *, wanted: float = POWER, runs: int = RUNS, thorough: bool = True, ways: bool = True
) -> Plan:
    """Return the plan of `policy` on the expected rows.

    Without `thorough`, only the passes of a fair model are simulated, and ways to improve only if it hardly ever passes;
    without `ways`, none.
    """
    below = 0.0 if not ways else wanted if thorough else HOPELESS
    prospects = [one for limit in policy.limits for one in _prospects(policy, known, limit, wanted, runs, below, thorough)]
    a_year = known.expected.rows_per_year
    return Plan(
        source=known.source, rows=known.rows, years=None if a_year is None else known.rows / a_year,
        base_rate=known.base_rate, assumed=known.assumed, wanted=wanted, prospects=tuple(prospects),
        clashes=clashes(policy, known),
    )  # fmt: skip


def world_of(policy: Policy, known: Expectation, limit: Limit, *, factor: float = 1.0) -> World:
    """Return the truth that `limit` is simulated on: the audited part of `factor` times the expected rows."""
    names = limit.by if limit.given is None else (limit.given, *limit.by)
    groups = known.groups(*names, of=rate(limit.metric))
    audited = replace(groups, rows=groups.rows * policy.split.audited * factor)
    return World(
        groups=audited, model=known.model, base_rate=known.base_rate, policy=policy,
        alpha=granted(policy.alpha, policy.max_looks, 1, 0.0),
    )  # fmt: skip


def _prospects(
    policy: Policy, known: Expectation, limit: Limit, wanted: float, runs: int, below: float, thorough: bool
) -> Sequence[Prospect]:
    world, asked = world_of(policy, known, limit), questions(limit)
    found = []
    for place, (question, fair) in enumerate(zip(asked, world.reached(asked, runs=runs), strict=True)):
        sizes = _sizes(world, question)
        groups, cases = len(sizes), float(sizes.min()) if len(sizes) else 0.0
        p, many = world.rate(question), len(asked)
        needed, half_needed = (_needed(question, p, groups, world.alpha, share, wanted) for share in (0.0, 0.5))
        half = world.chance(question, "half", "PASSED", questions=many, runs=runs) if thorough else None
        breach = world.chance(question, "breach", "FAILED", questions=many, runs=runs) if thorough else None
        ways: tuple[Any, ...] = ()
        if fair.value < below:
            scarcity = (needed or 1) / max(cases, 1.0)
            ways = Search(world=world, asked=asked[: place + 1], wanted=wanted, scarcity=scarcity).ways()
        found.append(Prospect(
            question=question, groups=groups, rate=p, needed=needed, needed_half=half_needed,
            cases=int(cases) if known.source == "declared" else None, fair=fair, half=half, breach=breach, ways=ways,
            sees=None if question.rung is None else sees(question, sizes, p, world.alpha, k=policy.disclosure.k),
        ))  # fmt: skip
    return found


def _sizes(world: World, question: Question) -> Floats:
    """Return the expected cases of each group that is compared."""
    of, groups = rate(question.limit.metric), world.groups
    rows, positives = groups.rows, groups.rows * groups.base
    cells = np.stack([rows - positives, 0 * rows, positives, 0 * rows], axis=-1)
    tally = Tally(axes=groups.axes, counts=np.rint(cells).astype(np.int64).reshape(*rows.shape, 2, 2), moments={})
    block = grouped(tally, question.by, step=question.step, pool_under=question.pool_under, reference=question.limit.reference)
    if block is None:
        return np.array([])
    known = [i for i, kind in enumerate(block.kinds) if kind == "level"]
    share = world.model.rate(rate("selection_rate"), world.base_rate)
    negatives, positives = block.cells[:, 0].astype(np.float64), block.cells[:, 2].astype(np.float64)
    everybody = negatives + positives
    at_hand = {
        frozenset({"fn", "tp"}): positives, frozenset({"tn", "fp"}): negatives,
        frozenset({"fp", "tp"}): share * everybody, frozenset({"tn", "fn"}): (1 - share) * everybody,
    }.get(frozenset(of.denominator), everybody)  # fmt: skip
    found: Floats = at_hand[known]
    return found


def _needed(question: Question, p: float, groups: int, alpha: float, share: float, wanted: float) -> int | None:
    if question.measure == "spread":
        return cases_for_spread(p, groups, question.bound, alpha=alpha, true_share=share, power=wanted)
    return cases_needed(
        p, groups, question.measure, question.between, question.bound, alpha=alpha, true_share=share, power=wanted
    )


def _expected(project: Project, *, unknown_share: float | None, **given: float | None) -> Expected:
    """Return what the contract expects, with what was given in its place."""
    said = Expected() if project.contract.expected is None else project.contract.expected
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    _check_numbers(**{
        key: (value, 0, 1e12 if key == "rows_per_year" else 1) for key, value in changes.items()
    })  # fmt: skip
    if unknown_share is not None:
        _check_numbers(unknown_share=(unknown_share, -1e-12, 1))
        allowed = [c.name for c in project.contract.with_role("sensitive") if c.maximum_unknown_share is not None]
        changes["unknown_shares"] = dict.fromkeys(allowed, unknown_share)
    if "base_rate" in changes and said.base_rate and said.base_rates:
        what, remedy = (
            "The contract declares base rates by group, but one base rate was given for everybody.",
            "Leave base_rate out, or change the rates in the contract.",
        )
        raise Refused("U01", what, "power(base_rate=)", remedy)
    return said.model_copy(update=changes)


def _check_numbers(**numbers: tuple[float, float, float]) -> None:
    for name, (value, low, high) in numbers.items():
        if not low < value < high:
            what = f"{name} is {value:g}, which is outside its range."
            raise Refused("U01", what, f"power({name}=)", f"Give a number above {max(low, 0):g} and below {high:g}.")


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}".replace(",", " ")


def _share(chance: Chance | None) -> str:
    return "-" if chance is None else f"{chance.value:.0%}"
