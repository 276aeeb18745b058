"""A plan as text, and the command that makes it: how many cases a decision needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import answers, fill, plain, show, show_record
from smartstart_gov.cli.options import PATH
from smartstart_gov.show import text_table

if TYPE_CHECKING:
    from smartstart_gov.authoring.project import Project
    from smartstart_gov.judgement.finding import Sight
    from smartstart_gov.planning.chances import Chance
    from smartstart_gov.planning.power import Plan
    from smartstart_gov.planning.prospect import Prospect, Way

_INDENT = " " * 4


@click.command
@click.argument("project", type=PATH)
@click.argument("data", type=PATH, required=False)
@click.option("--rows", type=int, help="Rows per year; by default what the contract expects.")
@click.option("--years", type=float, default=1.0, show_default=True, help="Years of rows.")
@click.option("--base-rate", type=float, help="Share of positive rows, like 0.1; by default what the contract expects.")
@click.option("--unknown-share", type=float, help="Share of rows whose group is unknown, where that is allowed.")
@click.option("--true-positive-rate", type=float, help="Share of positive cases that the model finds.")
@click.option("--false-positive-rate", type=float, help="Share of negative cases that the model wrongly selects.")
@click.option("--power", "wanted", type=float, default=0.8, show_default=True, help="Desired chance that a fair model passes.")
@click.option("--runs", type=int, default=400, show_default=True, help="Simulated audits per chance.")
@click.option("--plot", type=PATH, help="SVG file in which to draw how the chances grow with the number of rows.")
@answers
def power(
    project: Path, data: Path | None, rows: int | None, years: float, base_rate: float | None, unknown_share: float | None,
    true_positive_rate: float | None, false_positive_rate: float | None, wanted: float, runs: int,
    plot: Path | None, as_json: bool,
) -> int:  # fmt: skip
    """Work out how many cases each limit of PROJECT needs, before any data are requested.

    Sizes and base rates come from contract.yaml or from the options; with DATA they are counted.
    """
    from smartstart_gov.assessment import check_metrics
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.planning.power import power as planned

    opened = open_project(project)
    check_metrics(opened.policy)
    plan = planned(
        opened, data, rows_per_year=rows, years=years, base_rate=base_rate, unknown_share=unknown_share,
        true_positive_rate=true_positive_rate, false_positive_rate=false_positive_rate, wanted=wanted, runs=runs,
        plot=plot,
    )  # fmt: skip
    if as_json:
        show_record({"exit_code": 0, "name": opened.charter.name, **plan.to_record()})
        return 0
    show(_head(plan))
    show("")
    show(_table(plan))
    show(
        fill(
            "Fair: the chance that a model which treats all groups alike passes, on a ladder all earlier questions too. Half:"
            " one group differs by half of what the limit allows. Twice: a breach of twice the limit is called FAILED."
            " Needed: cases in each group, were all of one size, for a fair model and for one at half the limit. Here: cases"
            " expected in the smallest group."
        )
    )
    show(ways_text(plan, plan.wanted))
    if seen := sees_text(plan):
        show(seen)
    show(clashes_text(plan))
    if plot is not None:
        show(f"\nDrawn: {plot}")
    return 0


def scale_text(opened: Project, scores: Any = None) -> str:
    """Return where the threshold and limits do not fit the scale of the outcome and scores; empty if they fit."""
    from smartstart_gov.intake.draft.proposal import RARE

    policy, said = opened.policy, []
    cut, base = policy.threshold.value, None if (of := opened.contract.expected) is None else of.base_rate
    if isinstance(cut, float) and scores is not None and len(scores):
        chosen = int((scores >= cut).sum())
        if chosen in (0, len(scores)):
            who = "everybody" if chosen else "nobody"
            said.append(
                f"At the threshold {cut:g}, {who} of these {len(scores)} rows is selected: write share under threshold."
            )
    if base is not None and base < RARE:
        if isinstance(cut, float) and cut >= 10 * base and scores is None:
            said.append(
                f"About {percent(base)} of the rows have the outcome, so hardly anybody will score {cut:g}: write share under"
                " threshold."
            )
        scaled = ("false_positive_rate", "selection_rate")
        wide = [one.id for one in policy.limits if one.metric in scaled and one.measure == "difference"]
        wide = [one.id for one in policy.limits if one.id in wide and (one.at_most or 0) >= 2 * base]
        if wide:
            said.append(
                f"About {percent(base)} of the rows have the outcome, so hardly any data could breach {', '.join(wide)}: limit"
                " the ratio instead (measure: ratio, at_least: 0.8)."
            )
    return "\n".join(fill(plain(one), "  ", "") for one in said)


def percent(share: float) -> str:
    """Return a share as a percentage of two digits, however small it is."""
    return f"{100 * share:.2g}%"


def reach_text(plan: Plan) -> str:
    """Return which limits a fair model can be expected to pass, and what would help with the others."""
    rows = [
        [_share(one.fair), plain(one.question.id.removeprefix("limit.")), one.question.stage or "-", _number(one.needed)]
        for one in plan.prospects
    ]
    table = text_table(["fair model passes", "limit", "from stage", "cases needed"], rows, right=(0, 3))
    note = (
        "A fair model treats all groups alike. Cases needed: in each group, were all of one size, so that it passes four"
        " times out of five."
    )
    texts = [table, fill(note), ways_text(plan, 0.5), sees_text(plan), clashes_text(plan)]
    return "\n".join(text for text in texts if text)


def first_reach_text(plans: Mapping[str, Plan]) -> str:
    """Return which limits a fair model can be expected to pass on the first rows, whichever value of the label counts as 1."""
    if not plans:
        return fill("`check` says which limits a fair model could pass, once the contract has a label.")
    values = list(plans)
    one = plans[values[0]]
    rows = [
        [*(_share(plans[value].prospects[i].fair) for value in values), plain(prospect.question.id.removeprefix("limit."))]
        for i, prospect in enumerate(one.prospects)
    ]
    heads = ["fair model passes"] if len(values) == 1 else [f"if {plain(value)}" for value in values]
    lines = [text_table([*heads, "limit"], rows, right=tuple(range(len(values))))]
    hard = [row[-1] for i, row in enumerate(rows) if any(plans[value].prospects[i].hopeless for value in values)]
    if len(values) > 1:
        lines.append(fill("The chance that a model which treats all groups alike passes, by the value that it should find."))
    if hard:
        said = f"A perfectly fair model would pass {len(hard)} of these {len(rows)} limits with less than 50% chance"
        lines.append(fill(f"{said}: {', '.join(hard)}. `check` says what would change that."))
    else:
        lines.append(fill("A perfectly fair model would pass every limit with a chance of 50% or more."))
    return "\n".join(lines)


def clashes_text(plan: Plan) -> str:
    """Return which limits conflict, and why; one sentence if none were found."""
    if not plan.clashes:
        return "\n" + fill("No limits were found that conflict at these base rates.")
    lines = ["", fill("These limits can hardly all be met, even with the best intentions:")]
    for one in plan.clashes:
        text = (
            f"{' and '.join(one.limits)}. Between the groups of {' and '.join(one.by)} the share of positive cases runs from"
            f" {one.lowest:.0%} to {one.highest:.0%}. A model that keeps these limits is left with at most {one.kept:.0%} of"
            " what it could do. Choose which of them matters most, and record what the others would have protected."
        )
        lines.append(fill(plain(text), _INDENT, "  "))
    return "\n".join(lines)


def sees_text(plan: Plan) -> str:
    """Return what each rung of a ladder detects in one group alone; empty without a ladder."""
    found = [(one, one.sees) for one in plan.prospects if one.sees is not None]
    if not found:
        return ""
    told = "If one group alone is harmed, a rung is missed four times out of five from this harm upwards:"
    lines = ["", fill(told)]
    for one, seen in found:
        said = [f"{_times(sight, one)} in a group of {_class(sight)} cases" for sight in seen.sights]
        if one.question.measure == "spread":
            least = "no group is large enough" if seen.cases is None else f"about {_number(seen.cases)} cases are needed"
            said.append(f"for {seen.harm} times {least}")
        name = one.question.id.removeprefix("limit.")
        lines.append(fill(plain(f"{name}: {'; '.join(said)}."), _INDENT, "  "))
    return "\n".join(lines)


def _times(sight: Sight, one: Prospect) -> str:
    if sight.times is None:
        return "no harm, however large,"
    more = "" if sight.at_least else "more than "
    return f"{more}{sight.times} times as {'high' if one.question.upwards else 'low'}"


def _class(sight: Sight) -> str:
    if sight.under is None:
        return f"{_number(sight.at_least)} or more"
    return f"{_number(sight.at_least)} to {_number(sight.under)}" if sight.at_least else f"under {_number(sight.under)}"


def ways_text(plan: Plan, below: float) -> str:
    """For each question that a fair model passes with less than that chance, return what would make it pass."""
    hard = [one for one in plan.prospects if one.fair.value < below]
    if not hard:
        return "\n" + fill(f"A fair model would pass every limit with a chance of {below:.0%} or more.")
    lines = ["", fill(f"A perfectly fair model would pass these with less than {below:.0%} chance:")]
    for one in hard:
        lines.append(
            fill(plain(f"{one.question.id.removeprefix('limit.')} ({_share(one.fair)}). {_out(one, plan)}"), _INDENT, "  ")
        )
    return "\n".join(lines)


def _out(one: Prospect, plan: Plan) -> str:
    if not one.ways:
        return (
            "No single change that was tried is enough: not more rows, larger areas or a weaker question. Ask for less,"
            " or compare fewer groups."
        )
    return f"It would pass {plan.wanted:.0%} of the time with " + "; or with ".join(_way(way, plan) for way in one.ways) + "."


def _way(way: Way, plan: Plan) -> str:
    amount = way.amount or 0.0
    if way.kind == "rows":
        more = f"{amount:.1f} times the rows"
        return more if plan.years is None else f"{more}, so {plan.years * amount:.1f} years of them"
    texts = {
        "cross_fit": "all rows audited, by cross-fitting", "recorded": "everybody's group recorded",
        "step": f"the areas of step {way.step} compared", "rest": "each group compared with all others",
        "pool": f"groups under {amount:.0f} audited rows pooled into one",
        "spread": f"a spread between groups asked for first: a standard deviation under {amount:g}",
    }  # fmt: skip
    return texts[way.kind]


def _head(plan: Plan) -> str:
    rows = f"{plan.rows:,.0f}".replace(",", " ")
    how = f"{rows} rows {'expected' if plan.source == 'declared' else 'counted'}, {plan.base_rate:.1%} of them positive."
    assumed = f" Assumed, because nothing was specified: {'; '.join(plan.assumed)}." if plan.assumed else ""
    return fill(plain(how + assumed))


def _table(plan: Plan) -> str:
    rows = [
        [
            _share(one.fair), _share(one.half), _share(one.breach), f"{_number(one.needed)} / {_number(one.needed_half)}",
            _number(one.cases), plain(one.question.id.removeprefix("limit.")),
        ]
        for one in plan.prospects
    ]  # fmt: skip
    return text_table(["fair", "half", "twice", "needed", "here", "limit"], rows, right=(0, 1, 2, 3, 4))


def _share(chance: Chance | None) -> str:
    return "-" if chance is None else f"{chance.value:.0%}"


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}".replace(",", " ")
