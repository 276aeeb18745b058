"""Other tools as gates: how often each passes, and how often it calls a breach, in four situations.

``python -m benchmarks.peers_gate`` (half an hour on two cores, in the environment of ``make bench``) writes the
section between the two marks in docs/explanation/honest-gate.md; the rest of the page is left as it is.
A tool that is not installed gets a line that says so.
"""

from __future__ import annotations

import argparse
import itertools
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.honest_gate import ALPHA, BOUND, Ints, ours, question
from benchmarks.honest_gate_page import marked, renew

LIMIT = BOUND["difference"]
#: Resamples of fairlearn; its interval is read at both ends, each at alpha.
RESAMPLES = 100


@dataclass(frozen=True)
class Situation:
    """True rates of groups of known size, and what a gate should make of them."""

    says: str
    n: tuple[int, ...]
    rates: tuple[float, ...]

    def draw(self, runs: int) -> Ints:
        """Return events a group, shape (runs, n_groups); the seed depends on the situation alone."""
        seed = zlib.crc32(repr((self.n, self.rates)).encode())
        return np.random.default_rng(seed).binomial(self.n, self.rates, (runs, len(self.n)))


SITUATIONS = (
    Situation("exactly at the limit: two groups of 1 000", (1000, 1000), (0.7, 0.8)),
    Situation("twice the limit, in a group of 25 beside two of 2 000", (25, 2000, 2000), (0.6, 0.8, 0.8)),
    Situation("no difference: 14 groups of 300", (300,) * 14, (0.5,) * 14),
    Situation("no difference: five groups of 1 000", (1000,) * 5, (0.8,) * 5),
)

#: A gate takes decisions and groups, row by row, and says passed, breach called, or neither.
Gate = Callable[[Any, Any], tuple[bool, bool]]


def rows(events: Ints, n: Ints) -> tuple[Any, Any]:
    """Return decisions and group names, row by row, with these counts."""
    groups = np.repeat([f"g{i:02}" for i in range(len(n))], n)
    return np.concatenate([np.arange(size) < selected for selected, size in zip(events, n, strict=True)]).astype(int), groups


def fairlearn(decisions: Any, groups: Any) -> tuple[bool, bool]:
    """Read the bootstrap interval of the largest difference: there is no gate."""
    from fairlearn.metrics import MetricFrame, selection_rate

    frame = MetricFrame(
        metrics=selection_rate, y_true=decisions, y_pred=decisions, sensitive_features=groups,
        n_boot=RESAMPLES, ci_quantiles=[ALPHA, 1 - ALPHA], random_state=1,
    )  # fmt: skip
    low, high = frame.difference_ci()
    return bool(high < LIMIT), bool(low > LIMIT)


def _fairpipe(decisions: Any, groups: Any) -> Any:
    from fairpipe.metrics import FairnessAnalyzer

    return FairnessAnalyzer().demographic_parity_difference(decisions, groups, with_pvalue=False)


def fairpipe_assert(decisions: Any, groups: Any) -> tuple[bool, bool]:
    """Ask `assert_fairness`, which a test in CI would call."""
    from fairpipe.integration import assert_fairness

    try:
        assert_fairness(_fairpipe(decisions, groups).value, LIMIT)
    except AssertionError:
        return False, True
    return True, False


def fairpipe_interval(decisions: Any, groups: Any) -> tuple[bool, bool]:
    """Read the interval beside the value, as its documentation says it may be read."""
    interval = _fairpipe(decisions, groups).ci
    return (False, False) if interval is None else (bool(interval[1] < LIMIT), bool(interval[0] > LIMIT))


def bdp_model_gate(decisions: Any, groups: Any) -> tuple[bool, bool]:
    """Run the gate with its one check of selection rates, at its own settings (limit 0.1, 1 000 resamples)."""
    import pandas as pd
    from bdp_model_gate import BINARY, ModelGate, StructuredGateContext
    from bdp_model_gate.structured.fairness import DisparateImpactCheck

    features = pd.DataFrame({"x": np.zeros(len(decisions))})
    context = StructuredGateContext(
        X=features, y_true=decisions, y_pred=decisions, protected_df=pd.DataFrame({"group": groups}),
        predict_fn=lambda frame: decisions[: len(frame)], task=BINARY,
    )  # fmt: skip
    report = ModelGate(checks=[DisparateImpactCheck()]).run(context)
    flags = {result.flag for result in report.results}
    if unknown := flags - {"OK", "UNCERTAIN", "DISPARITY_RISK"}:
        raise ValueError(f"bdp-model-gate says {unknown}")
    return report.gate_status == "PASS", "DISPARITY_RISK" in flags


#: Name in the table: module that has to be there, gate.
GATES: dict[str, tuple[str, Gate]] = {
    "fairlearn `difference_ci`": ("fairlearn", fairlearn),
    "fairpipe `assert_fairness`": ("fairpipe", fairpipe_assert),
    "fairpipe interval": ("fairpipe", fairpipe_interval),
    "bdp-model-gate": ("bdp_model_gate", bdp_model_gate),
}


@dataclass(frozen=True)
class Share:
    """How often one gate passed one situation, and called a breach."""

    passed: float
    called: float
    runs: int

    def text(self, what: str) -> str:
        """Return a share with its standard error, in per cent."""
        share = self.passed if what == "passed" else self.called
        return f"{100 * share:.1f} ({100 * (share * (1 - share) / self.runs) ** 0.5:.1f})"


def simulate(situation: Situation, name: str | None, runs: int) -> Share | None:
    """Run one gate over one situation, this library's for no name; None where it is not installed."""
    n, asked = np.array(situation.n), question("difference")
    if name is None:
        answers = [ours(events, n, asked) for events in situation.draw(runs)]
    else:
        module, gate = GATES[name]
        if find_spec(module) is None:
            return None
        with warnings.catch_warnings():
            # What the tools warn of here is how they call pandas.
            warnings.simplefilter("ignore")
            answers = [gate(*rows(events, n)) for events in situation.draw(runs)]
    passed, called = np.array(answers).mean(axis=0)
    return Share(passed=float(passed), called=float(called), runs=runs)


def section(found: dict[str | None, list[Share | None]], runs: tuple[int, int]) -> str:
    """Return the section, marks included."""
    ours_, theirs = (f"{n:,}".replace(",", " ") for n in runs)
    names = ["this library" if name is None else name for name in found]
    lines = [
        "## Other tools as a gate",
        "",
        f"A limit of {LIMIT} on the difference of selection rates, decided by tools that can do so: {theirs} audits each",
        f"(they are slow), {ours_} by this library. Per cent of audits, the standard error in brackets. Made by",
        "`python -m benchmarks.peers_gate`, which is part of `make honest-gate`.",
    ]
    for title, what in (("Passed", "passed"), ("Called breached", "called")):
        lines += ["", f"| {title} | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
        for i, situation in enumerate(SITUATIONS):
            shares = [found[name][i] for name in found]
            texts = ["not installed" if share is None else share.text(what) for share in shares]
            lines.append(f"| {situation.says} | " + " | ".join(texts) + " |")
    lines += [
        "",
        "The first line lies at the limit: to pass it, or to call it breached, is right in 5 % of the audits at most. The second is a",
        "breach, and should not pass. The last two have no breach: they should pass, and never be called breached. A share of",
        f"0.0 or 100.0 over {theirs} audits may hide {300 / runs[1]:.1f} points.",
        "",
        f"- *fairlearn* has intervals but no gate. Its `difference_ci` at {100 * ALPHA:.0f} and {100 * (1 - ALPHA):.0f} % of {RESAMPLES} resamples is read here as a gate",
        "  would: passed when all of it lies under the limit, breached when all of it lies over. The largest of many differences",
        "  is never below zero, and resampling adds to it; so with many equal groups it is too high.",
        "- *fairpipe* `assert_fairness` compares the estimate with the limit. Groups under 30 rows are left out before that. In",
        "  addition to the estimate it gives a 95 % interval over all pairs at once (in the next column), which `assert_fairness` ignores.",
        "- *bdp-model-gate* reads a 95 % percentile interval, with a third answer if the limit lies within it. Its check of",
        "  selection rates does not block: whatever it finds, the status is never BLOCKED, and *called breached* here",
        "  counts its flag DISPARITY_RISK.",
        "- Both percentile intervals find the breach in the second line more often than this library, but at the cost of the third.",
        "- None of them corrects for the number of looks at the same rows.",
    ]
    return marked("others", lines)


def main() -> None:
    """Simulate, and print or write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="audits by this library")
    parser.add_argument("--peer-runs", type=int, default=200, help="audits by every other tool")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--print", action="store_true", dest="show")
    given: Any = parser.parse_args()
    names: list[str | None] = [None, *GATES]
    pairs = list(itertools.product(names, SITUATIONS))
    with ProcessPoolExecutor(given.workers) as pool:
        runs = [given.runs if name is None else given.peer_runs for name, _ in pairs]
        shares = list(pool.map(simulate, [s for _, s in pairs], [name for name, _ in pairs], runs))
    found = {name: shares[i * len(SITUATIONS) : (i + 1) * len(SITUATIONS)] for i, name in enumerate(names)}
    text = section(found, (given.runs, given.peer_runs))
    if given.show:
        print(text)
    else:
        renew({"others": text})


if __name__ == "__main__":
    main()
