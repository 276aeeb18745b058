"""docs/images/cost.svg: what counting costs against rows, groups and attributes, beside other tools.

``python -m benchmarks.cost_figure``; it needs matplotlib, which comes with the tools of ``make bench``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.others import PEERS, Rows, installed, ours, ours_text, read
from benchmarks.peers import cpu

FIGURE = Path(__file__).parents[1] / "docs" / "images" / "cost.svg"
#: Place on the axis, rows, levels of each attribute.
Situations = list[tuple[int, int, tuple[int, ...]]]
Points = list[tuple[int, float]]
ROWS: Situations = [(n, n, (5, 44, 2)) for n in (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)]
GROUPS: Situations = [(size, 100_000, (size,)) for size in (2, 5, 20, 50, 200, 500, 1000)]
AXES: Situations = [(k, 100_000, (5, 44, 2, 3, 4)[:k]) for k in range(1, 6)]
PANELS = (
    ("rows, in 440 groups", ROWS),
    ("groups, of 100 000 rows", GROUPS),
    ("attributes, of 100 000 rows", AXES),
)


def curves(points: Situations, unit: float, budget: float) -> dict[str, Points]:
    """Return cost by name and place; a tool stops where its next point would not fit in the budget."""
    works: dict[str, Callable[[Rows], object]] = {
        "this library, codes": ours,
        "this library, Arrow text": ours_text,
        "np.sum of the columns": read,
    } | {name: work for name, (work, _) in PEERS.items() if installed(name)}
    for name, work in works.items():
        # Importing is not counting.
        if name in PEERS:
            cpu(partial(work, Rows.make(1000, (2,))), seconds=0.0, most=1)
    found: dict[str, Points] = {name: [] for name in works}
    stopped: set[str] = set()
    for place, n, sizes in points:
        rows = Rows.make(n, sizes)
        for name, work in works.items():
            if name in stopped:
                continue
            try:
                spent = cpu(partial(work, rows), seconds=0.3, most=9)
            except Exception:
                # Some break on groups of one kind; the line then ends here.
                stopped.add(name)
                continue
            found[name].append((place, spent / unit))
            # The next point has three or four times as much of what is varied.
            if 4 * spent > budget:
                stopped.add(name)
    return found


def draw(budget: float = 10.0) -> None:
    """Measure, and write the drawing."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    # Text stays text, and the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "cost", "font.size": 8, "font.family": "sans-serif"})
    million = Rows.make(1_000_000, (5, 44, 2))
    unit = cpu(partial(read, million))
    figure, axes = pyplot.subplots(1, 3, figsize=(10, 3.6), sharey=True, layout="constrained")
    for axis, (title, points) in zip(axes, PANELS, strict=True):
        for name, line in curves(points, unit, budget).items():
            style = {"linewidth": 2.0} if name.startswith("this") else {"linewidth": 1.0, "linestyle": "--"}
            axis.plot(*zip(*line, strict=True), marker="o", markersize=2.5, label=name, **style)
        axis.set_yscale("log")
        axis.set_xlabel(title)
        if points is AXES:
            axis.set_xticks([k for k, _, _ in AXES])
        else:
            axis.set_xscale("log")
        # Small ticks would be most of the file.
        axis.minorticks_off()
        axis.grid(visible=True, linewidth=0.3)
    axes[0].set_ylabel("CPU time / one np.sum of five columns\nof a million rows")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(FIGURE, metadata={"Date": None})
    print(f"drew {FIGURE.relative_to(Path.cwd()) if FIGURE.is_relative_to(Path.cwd()) else FIGURE}")


if __name__ == "__main__":
    draw()
