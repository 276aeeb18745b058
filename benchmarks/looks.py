"""Whom the log calls spent: fresh people of many vendors over years, and the same people in disguise.

Run with ``python -m benchmarks.looks [MONTHS VENDORS ROWS ...]``; 36 months of 20 vendors with 400 and 2 000 rows by default.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.intake.validate import validate
from smartstart_gov.looks.content import Identities
from smartstart_gov.looks.rows import KNOWN, RowSet, overlap
from tests import projects

SALT = b"k" * 32
_Draw = Callable[[np.random.Generator, int], dict[str, Any]]


def _census(draw: np.random.Generator, n: int) -> dict[str, Any]:
    """A few answers with few levels: most people say the same as somebody else."""
    return {"age": draw.integers(0, 18, n), "single_parent": draw.integers(0, 2, n), "origin": draw.choice(["A", "B", "C"], n)}


def _middling(draw: np.random.Generator, n: int) -> dict[str, Any]:
    """A skewed mixture: some people are one of a kind, many are not."""
    return {
        "age": draw.integers(0, 18, n), "visits": draw.poisson(2, n), "months": np.minimum(draw.exponential(30, n), 200).astype(int),
        "origin": draw.choice(["A", "B", "C", "D"], n, p=[0.6, 0.25, 0.1, 0.05]), "quarter": draw.choice([f"Q{i}" for i in range(12)], n),
    }  # fmt: skip


def _answers(draw: np.random.Generator, n: int) -> dict[str, Any]:
    """Twenty yes-or-no answers that hang together."""
    risk = draw.normal(size=n)
    return {f"answer_{i}": (risk * (0.3 + i % 3 / 2) + draw.normal(size=n) > 1).astype(int) for i in range(20)} | {
        "origin": draw.choice(["A", "B"], n)
    }


def _rich(draw: np.random.Generator, n: int) -> dict[str, Any]:
    """Measurements: nobody is like anybody else."""
    return {f"measured_{i}": draw.normal(size=n) for i in range(6)} | {"origin": draw.choice(["A", "B", "C"], n)}


TABLES: dict[str, _Draw] = {"census": _census, "middling": _middling, "answers": _answers, "rich": _rich}


def frame(kind: str, draw: np.random.Generator, n: int, name: str) -> pd.DataFrame:
    """Return `n` people under keys that begin with `name`, with an outcome."""
    table = pd.DataFrame(TABLES[kind](draw, n))
    return table.assign(person=[f"{name}-{i}" for i in range(n)], asked=draw.random(n) < 0.2)


def contract_of(table: pd.DataFrame, *, unit: bool = True) -> DataContract:
    """Return a contract for `table`."""
    known = {c["name"]: c for c in projects.contract()["columns"]}
    columns = [known["asked"], *([projects.column("person", "string", "unit")] if unit else [])]
    for name in table.columns:
        if name == "origin":
            columns.append(known["origin"] | {"levels": sorted(set(table[name]))})
        elif name not in ("person", "asked"):
            dtype = {"f": "number", "i": "integer"}.get(table[name].dtype.kind, "string")
            columns.append(projects.column(name, dtype, "feature"))
    return DataContract.model_validate(projects.contract(columns=columns, hierarchies={}))


def row_set(table: pd.DataFrame, contract: DataContract) -> RowSet:
    """Return the rows of `table` as the log keeps them."""
    checked = validate(table, contract)
    return Identities.of(checked).row_set(checked, None, SALT)


def fresh(kind: str, months: int, vendors: int, n: int) -> tuple[int, float]:
    """Return how many of all audits of fresh people are called known, and seconds for the last of them."""
    earlier: dict[str, RowSet] = {}
    spent, seconds, contract = 0, 0.0, None
    for month in range(months):
        for vendor in range(vendors):
            draw = np.random.default_rng([month, vendor, len(kind)])
            table = frame(kind, draw, n, f"m{month}v{vendor}")
            contract = contract or contract_of(table)
            rows = row_set(table, contract)
            start = time.perf_counter()
            spent += int(overlap(rows, earlier).share >= KNOWN)
            seconds = time.perf_counter() - start
            earlier[f"m{month}v{vendor}"] = rows
    return spent, seconds


def disguised(kind: str, n: int, runs: int) -> dict[str, tuple[int, str]]:
    """Return for each disguise how often it is found in `runs`, and what tells the rows of such a table apart."""
    found: dict[str, tuple[int, str]] = {}
    for run in range(runs):
        draw = np.random.default_rng([7, run])
        table, more = frame(kind, draw, n, "seen"), frame(kind, draw, n, "more")
        contract = contract_of(table)
        earlier = {"seen": row_set(table, contract)}
        other = table.assign(person=[f"other-{i}" for i in range(n)])
        half = draw.permutation(n)[: n // 2]
        tries = {
            "new keys": other,
            "new keys, half of them": other.iloc[half],
            "new keys, a 30 % sample": other.sample(frac=0.3, random_state=run),
            "new keys, half seen and half fresh": pd.concat([other.iloc[half], more.head(n // 2)]),
            "half with new keys": table.assign(person=np.where(np.isin(np.arange(n), half), other["person"], table["person"])),
            "the same keys, 30 % seen": pd.concat([table.iloc[half[: int(0.3 * n)]], more.head(n - int(0.3 * n))]),
        }
        for name, tried in tries.items():
            rows = row_set(tried.reset_index(drop=True), contract)
            times, told = found.get(name, (0, rows.told_by))
            found[name] = times + int(overlap(rows, earlier).share >= KNOWN), told
    return found


def main() -> None:
    """Print both tables."""
    months, vendors, *sizes = [int(argument) for argument in sys.argv[1:]] or [36, 20, 400, 2000]
    for kind in TABLES:
        for n in sizes:
            spent, seconds = fresh(kind, months, vendors, n)
            print(
                f"{kind:9} {n:6} rows, fresh: {spent} of {months * vendors} called known, the last in {seconds:.2f} s",
                flush=True,
            )
            for name, (times, told) in disguised(kind, n, 10).items():
                print(f"{kind:9} {n:6} rows, {name}: {times} of 10 ({told})", flush=True)


if __name__ == "__main__":
    main()
