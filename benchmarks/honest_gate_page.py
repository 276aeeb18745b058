"""The page docs/explanation/honest-gate.md, from what benchmarks.honest_gate simulated.

The page consists of parts between marks. Each is written by its own simulation and can be renewed alone; the
others stay as they were written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import NormalDist

from benchmarks.honest_gate import ALPHA, AT_LIMIT, RULES, SIZES, TRUTHS, Result
from benchmarks.small_areas import HARMS, Hidden, Road

Value = Callable[[Result, str], float]
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "honest-gate.md"
TITLE = "# How often the gate is wrong\n"
#: The parts in the order of the page.
PARTS = ("gate", "areas", "sizes", "weights", "others", "compared")


def marked(part: str, lines: Iterable[str]) -> str:
    """Return the text of a part, its marks included."""
    begin, end = _marks(part)
    return "\n".join([begin, *lines, end])


def placed(page: str, part: str, text: str) -> str:
    """Return `page` with one part replaced, or put where it belongs among those that the page has."""
    texts = {one: _kept(page, one) for one in PARTS} | {part: text}
    return "\n\n".join([TITLE.strip(), *(text for text in texts.values() if text is not None)]) + "\n"


def renew(texts: dict[str, str]) -> None:
    """Write the parts `texts` into the page, and leave its other parts alone."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else TITLE
    for part, text in texts.items():
        page = placed(page, part, text)
    PAGE.write_text(page, encoding="utf-8")


def _marks(part: str) -> tuple[str, str]:
    return f"<!-- {part}: from here -->", f"<!-- {part}: to here -->"


def _kept(page: str, part: str) -> str | None:
    begin, end = _marks(part)
    if begin not in page or end not in page:
        return None
    return page[page.index(begin) : page.index(end) + len(end)]


def gate(results: list[Result], runs: int) -> str:
    """Return the part on every two groups."""
    cells = [r for r in results if r.cell.truth in AT_LIMIT]
    edge, wide = band(len(cells), runs), band(len(cells), max(runs // 5, 1))
    worst = max(cells, key=lambda r: r.passed["this library"])
    wrong = max(cells, key=lambda r: r.failed["this library"])
    over = sum(
        share["this library"] > band(len(cells), r.runs["this library"]) for r in cells for share in (r.passed, r.failed)
    )
    return marked("gate", [
        "A gate can err in two ways: it releases a model whose groups differ as much as the limit forbids, or it calls a",
        "fair model unfair. Both can be counted by simulation, because in a simulation the truth is known. This page",
        f"was written by `make honest-gate`: {number(runs)} simulated audits for every line of this library, {number(max(runs // 5, 1))} with 100",
        "groups, and fewer for rules that are slower or that need no precision. Limits are a difference of 0.1 (rates of 0.7 and 0.8) and a ratio of 0.8 (rates",
        f"of 0.4 and 0.5), judged between every two groups at alpha {ALPHA}.",
        "",
        "## False release: a model exactly at the limit that passes",
        "",
        f"The worst of {len(cells)} situations for this library is {percent(worst.passed['this library'])}"
        f" ({worst.cell.groups} groups, {worst.cell.sizes}, {worst.cell.measure}). With {number(runs)} audits a cell, a true",
        f"rate of {percent(ALPHA)} stays under {percent(edge)} (with 100 groups under {percent(wide)}) in all of them together in 99 of"
        f" 100 such simulations. {over} cells lie above their edge.",
        "",
        *table(results, AT_LIMIT, lambda r, rule: r.passed[rule], max),
        "",
        "## False alarm: a model exactly at the limit, not beyond it, that is called breached",
        "",
        f"The worst for this library is {percent(wrong.failed['this library'])} ({wrong.cell.groups} groups,"
        f" {wrong.cell.sizes}, {wrong.cell.measure}). Rules with only two answers block whatever they do not pass.",
        "",
        *table(results, AT_LIMIT, lambda r, rule: r.failed[rule], max),
        "",
        "## A fair model that passes",
        "",
        "There is no difference at all between the groups. A model that does not pass has not failed: it is not shown, and",
        "the card says how many cases would show it. For many small groups see the ladder below.",
        "",
        *table(results, TRUTHS[2:3], lambda r, rule: r.passed[rule], min),
        "",
        "## Twice the limit that is found",
        "",
        *table(results, TRUTHS[3:4], lambda r, rule: r.failed[rule], min),
    ])  # fmt: skip


def sizes(found: list[Hidden]) -> str:
    """Return the part on what the ladder does not see, by the size of the area."""
    kinds = list(dict.fromkeys(one.sizes for one in found))
    fair = {one.sizes: one for one in found if one.place is None}
    worse = [one for one in found if one.place is not None]
    off = max((abs(one.refused - one.told_chance) / math.sqrt(one.told_chance * (1 - one.told_chance) / one.runs)
               for one in worse if one.told is not None), default=0.0)  # fmt: skip
    return marked("sizes", [
        "## What the ladder does not detect, by the size of the area",
        "",
        "The same ladder, the same 3 520 children, in 44 neighbourhoods of equal and of unequal size (mildly skewed: the largest",
        "is five times the smallest; strongly: twenty times). In one neighbourhood false alarms are twice or three times as",
        "frequent, in all others one in ten. *Cases* are the children there without the outcome.",
        "",
        "| sizes | worse off | cases | 2 times: released | 3 times: released | alpha divided evenly | *narrow* says: found from | reckoned | simulated |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {one.sizes} | {one.place if one.sizes != 'equal' else 'any'} | {one.cases} |"
            f" {' | '.join(percent(one.released[harm]) for harm in HARMS)} | {percent(one.released_even)} |"
            f" {'-' if one.told is None else f'{one.told:.2f} times'} | {percent(one.told_chance)} | {percent(one.refused)} |"
            for one in worse
        ),
        "",
        "Where nobody is worse off, released are "
        + ", ".join(f"{percent(fair[kind].released[1.0])} ({kind}; with alpha divided evenly {percent(fair[kind].released_even)})" for kind in kinds)
        + ".",
        "",
        f"Each share is of {number(found[0].runs)} audits (standard error up to {100 * math.sqrt(0.25 / found[0].runs):.1f} points). The last three columns are about the rung",
        "*narrow* alone: the harm that the card says is found in four of five audits, the chance that the library computes for it",
        "(harms are given in steps of 0.05, so it is slightly over 80 %), and how often that happened. The largest distance of the",
        f"last two is {off:.1f} standard errors.",
        "",
        "So a passed ladder says nothing about three times the false alarms among a dozen children. Nobody can detect that:",
        "chance gives two or three more among twelve in some of 44 areas. The card says so too, and a policy may set the size up to which it accepts",
        "this (`unseen` at a spread). The tests by area divide alpha by the size of the areas, so that little of it is lost on areas",
        "that are too small to find anything in, or too large to miss it; the table also has the same audits at three times, with",
        "alpha divided evenly.",
    ])  # fmt: skip


def compared() -> str:
    """Return the part on what was compared."""
    return marked("compared", [
        "## What was compared",
        "",
        "- *this library*: intersection-union test for passing, Holm's step-down for failing, score statistics, small samples",
        "  enumerated (`smartstart_gov.judgement`).",
        "- *point estimate*: the largest gap between two estimates against the limit.",
        "- *groups left out*: the same test as this library's, after groups below a number of cases are dropped. With only one",
        "  group left there is nothing to compare, and it passes.",
        "- *percentile bootstrap*: the percentile interval of the largest gap, resampled.",
        "",
        "Precision of the numbers: a share of 5 % over 10 000 audits has a standard error of 0.2 points, over 2 000 of 0.5,",
        "over 1 000 of 0.7. Each cell has a fixed seed. A model that differs, but by less than a limit, lies in between.",
    ])  # fmt: skip


def band(cells: int, runs: int) -> float:
    """Return the upper edge of a simultaneous 99 % band around alpha, over `cells` cells with two errors each."""
    return ALPHA + NormalDist().inv_cdf(1 - 0.01 / (2 * cells)) * math.sqrt(ALPHA * (1 - ALPHA) / runs)


def percent(share: float) -> str:
    """Return a share as text."""
    return f"{100 * share:.1f} %"


def number(n: int) -> str:
    """Return a whole number with spaces between thousands."""
    return f"{n:,}".replace(",", " ")


def table(results: list[Result], truths: Iterable[str], value: Value, worst: Callable[[list[float]], float]) -> list[str]:
    """Return one line for each number of groups and sizes; the worse of both measures and of `truths`."""
    lines = ["| groups | cases | " + " | ".join(RULES) + " |", "|---:|---|" + "---:|" * len(RULES)]
    for groups in sorted({r.cell.groups for r in results}):
        for sizes in SIZES:
            here = [r for r in results if (r.cell.groups, r.cell.sizes) == (groups, sizes) and r.cell.truth in tuple(truths)]
            if here:
                found = [percent(worst([value(r, rule) for r in here])) for rule in RULES]
                lines.append(f"| {groups} | {sizes} | " + " | ".join(found) + " |")
    return lines


def areas(roads: list[Road]) -> str:
    """Return the part on what the ladder gives on many small areas."""
    return marked("areas", [
        "## Many small areas: the ladder",
        "",
        "44 neighbourhoods of 80 children, one child in ten concerned, false alarms at 10 %. Nobody can show, pair by pair,",
        "that they are alike. The ladder asks weaker questions first; each stage requires its rung and all rungs below it.",
        "",
        "| rung | needed for | what it asks |",
        "|---|---|---|",
        *(f"| {name} | {stage} | {asks} |" for name, stage, asks in roads[0].rungs),
        "",
        "| truth | audits | enters shadow | enters release | called breached |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| {road.truth} | {number(road.runs)} | {percent(road.shadow)} | {percent(road.release)} | {percent(road.failed)} |"
            for road in roads
        ),
        "",
        "Which rungs gave this: *shadow* rests on the first alone, *release* on all four, with every child audited (cross-fitting).",
        "What each of them does not show:",
        "",
        "- *spread*: not that every neighbourhood is treated alike, only that their true rates vary little and that none stands",
        "  out. It needs eight groups or more.",
        "- *districts*: nothing about a single neighbourhood; harm in one of eleven is diluted eleven times.",
        "- *quarters*: the same with four, and only upwards: a quarter with fewer false alarms than the rest does not count.",
        "- *narrow*: the spread again, with less room. A single neighbourhood can hide only if it does not stand out.",
        "",
        "The limit itself, each neighbourhood within 0.10 of the rest, is asked last, and no stage here requires it. If a neighbourhood",
        "stands out, the people who may know are told which one, and it keeps the model from every stage until it is understood.",
        "[The road to release](../tutorial/road-to-release.md) walks such a ladder up to the limit itself.",
    ])  # fmt: skip
