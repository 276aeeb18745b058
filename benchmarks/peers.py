"""What other tools cost for rates by group, beside this library, in one process.

``python -m benchmarks.peers`` prints a table of ratios; ``--full`` goes on to 10 million rows and draws
docs/images/cost.svg. A tool whose pass would take longer than ``--budget`` is reckoned from fewer rows, or from
fewer resamples, and marked ``*``; one that is not installed gets a line that says so.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.others import PEERS, Rows, installed, ours, ours_text, read
from smartstart_gov.statistics.rates import RATES

#: Resamples that a tool with a bootstrap is asked for.
RESAMPLES = 1000


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep a tool's prints, bars and warnings from the table."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


def once(work: Callable[[], object]) -> float:
    """Return the CPU time of one call, in seconds."""
    start = time.process_time()
    with quiet():
        work()
    return time.process_time() - start


def cpu(work: Callable[[], object], *, seconds: float = 1.0, most: int = 25) -> float:
    """Return the median CPU time of as many calls as fit in `seconds`, three at least, after one that warms up."""
    first = once(work)
    if first > 3 * seconds:
        return first
    return median(once(work) for _ in range(int(min(max(seconds / max(first, 1e-4), 3), most))))


def memory(work: Callable[[], object]) -> float | None:
    """Return how far one call raises the peak of resident memory, in MB; None where the system cannot say."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")

    def field(name: str) -> int:
        return int(next(line for line in status.read_text().splitlines() if line.startswith(name)).split()[1])

    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    try:
        reset.write_text("5")
        before = field("VmRSS")
        with quiet():
            work()
        return (field("VmHWM") - before) / 1024
    except OSError:
        return None


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one call; `reckoned` where they come from fewer rows or resamples."""

    seconds: float
    reckoned: bool = False

    def over(self, other: float) -> str:
        """Return the ratio to `other` as text."""
        ratio = self.seconds / other
        return (f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}") + ("*" if self.reckoned else "")


def pass_cost(work: Callable[[Rows], object], rows: Rows, fewer: list[tuple[int, Cost]], budget: float) -> Cost:
    """Return what one pass costs, reckoned from the costs over `fewer` rows where it would not fit in the budget.

    On the straight line through the last two: much of what some tools cost is a matter of groups, not of rows.
    """
    if len(fewer) > 1:
        (n1, before), (n2, last) = fewer[-2:]
        reckoned = last.seconds + max(last.seconds - before.seconds, 0.0) * (rows.n - n2) / (n2 - n1)
        if last.reckoned or reckoned > budget:
            return Cost(reckoned, reckoned=True)
    return Cost(cpu(partial(work, rows)))


def resampled_cost(work: Callable[..., object], rows: Rows, single: Cost, budget: float) -> Cost:
    """Return what `RESAMPLES` resamples cost, from those that fit in the budget."""
    fit = int(min(budget / max(single.seconds, 1e-6), RESAMPLES))
    if single.reckoned or fit < 2:
        return Cost(single.seconds * (RESAMPLES + 1), reckoned=True)
    spent = once(lambda: work(rows, fit))
    if fit == RESAMPLES:
        return Cost(spent)
    each = max(spent - single.seconds, 0.0) / fit
    return Cost(single.seconds + each * RESAMPLES, reckoned=True)


WIDTHS = (10, 21, 9, 12, 13, 21, 10)
HEADS = ("rows", "", "/ np.sum", "/ ours, text", "/ ours, codes", f"{RESAMPLES} resamples / ours", "memory, MB")


def put(*cells: str) -> None:
    """Print one line of a table."""
    print(" ".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=False)), flush=True)


@dataclass(frozen=True)
class Base:
    """What others are held against: CPU seconds of reading the columns, and of this library."""

    least: float
    text: float
    codes: float

    def line(self, rows: Rows, name: str, cost: Cost, resampled: Cost | None, extra: float | None) -> None:
        """Print one tool's line."""
        again = "" if resampled is None else resampled.over(self.codes)
        ratios = [cost.over(other) for other in (self.least, self.text, self.codes)]
        put(f"{rows.n:,}", name, *ratios, again, "" if extra is None else f"{extra:.0f}")


def measured(rows: Rows, last: dict[str, list[tuple[int, Cost]]], budget: float) -> None:
    """Print every tool's line for these rows; `last` holds what each cost over fewer."""
    least, text, codes = (cpu(partial(work, rows)) for work in (read, ours_text, ours))
    base = Base(least=least, text=text, codes=codes)
    base.line(rows, f"ours, {len(RATES)} rates, codes", Cost(codes), None, memory(partial(ours, rows)))
    base.line(rows, "ours, Arrow text", Cost(text), None, memory(partial(ours_text, rows)))
    for name, (work, has_bootstrap) in PEERS.items():
        if installed(name) is None:
            put(f"{rows.n:,}", name, "not installed")
            continue
        try:
            # Importing is not counting.
            once(partial(work, Rows.make(1000, (2,))))
            cost = pass_cost(work, rows, last[name], budget)
            resampled = resampled_cost(work, rows, cost, budget / 3) if has_bootstrap else None
            extra = None if cost.reckoned else memory(partial(work, rows))
        except Exception as error:
            # A tool that breaks on these rows is a result, not the end of the table.
            put(f"{rows.n:,}", name, f"breaks: {type(error).__name__}: {str(error)[:70]}")
            continue
        last[name].append((rows.n, cost))
        base.line(rows, name, cost, resampled, extra)


def table(sizes: tuple[int, ...], numbers: list[int], budget: float) -> None:
    """Print one line a tool and number of rows."""
    print(
        f"\n{' x '.join(map(str, sizes))} = {int(np.prod(sizes))} groups. CPU time; memory is what one pass adds to the peak."
    )
    put(*HEADS)
    last: dict[str, list[tuple[int, Cost]]] = {name: [] for name in PEERS}
    for n in numbers:
        measured(Rows.make(n, sizes), last, budget)


def main() -> None:
    """Print the tables, and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="10 million rows as well, and the drawing")
    parser.add_argument(
        "--budget", type=float, default=30.0, help="CPU seconds for one pass of a tool, a third of it for resamples"
    )
    given = parser.parse_args()
    print("  ".join(f"{name} {installed(name) or 'not installed'}" for name in PEERS))
    numbers = [10_000, 30_000, 100_000, 1_000_000, *([10_000_000] if given.full else [])]
    for sizes in ((5,), (5, 44, 2)):
        table(sizes, numbers, given.budget)
    print("* reckoned from the rows or resamples that fit in the budget. Resamples: tools with a bootstrap of their own.")
    if given.full:
        from benchmarks.cost_figure import draw

        draw(given.budget)


if __name__ == "__main__":
    main()
