"""What counting a table costs against the least it could cost: reading the columns once, in the same run.

``python -m benchmarks.tables`` takes a minute; ``--full`` adds 10 million rows, and 100 million in Parquet.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from smartstart_gov.counting.count import count
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.rates import RATES

BY = ["origin", "quarter", "sex"]
SIZES = (5, 44, 2)
MARGIN = [("origin", "quarter", "sex")]
#: There are nine rates; one is measured twice.
TEN = [*RATES, "selection_rate"]


def columns(rows: int, seed: int = 0) -> dict[str, Any]:
    """Return codes of 5 x 44 x 2 groups, truth and decision."""
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {name: rng.integers(0, size, rows).astype(np.uint8) for name, size in zip(BY, SIZES, strict=True)}
    return made | {"y": rng.integers(0, 2, rows).astype(np.uint8), "d": rng.integers(0, 2, rows).astype(np.uint8)}


def names(size: int) -> list[str]:
    """Return level names as long as real ones."""
    return [f"neighbourhood {i:02}" for i in range(size)]


def arrow_strings(made: dict[str, Any]) -> pa.Table:
    """Return the same rows with text instead of codes."""
    text = {name: pa.array(np.array(names(size), dtype=object)[made[name]]) for name, size in zip(BY, SIZES, strict=True)}
    return pa.table(text | {"y": made["y"], "d": made["d"]})


def categories(made: dict[str, Any]) -> pd.DataFrame:
    """Return the same rows with pandas categories."""
    coded = {name: pd.Categorical.from_codes(made[name], names(size)) for name, size in zip(BY, SIZES, strict=True)}
    return pd.DataFrame(coded | {"y": made["y"], "d": made["d"]})


def cost(work: Callable[[], Any], repeats: int) -> float:
    """Return the median processor time of `work`."""
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return median(spent)


def counted(data: Any) -> Any:
    """Count the cube of 440 groups."""
    return count(data, by=BY, y_true="y", y_pred="d")


def in_memory(rows: int, repeats: int = 7) -> None:
    """Print the ratios for one number of rows."""
    made = columns(rows)
    frame, strings = categories(made), arrow_strings(made)
    if counted(frame).digest != counted(strings).digest:
        raise SystemExit("the engines disagree")
    read = cost(lambda: [column.sum() for column in made.values()], repeats)
    coded = cost(lambda: measure(counted(frame), MARGIN, TEN), repeats)
    group = cost(lambda: strings.group_by([*BY, "y", "d"]).aggregate([([], "count_all")]), repeats)
    text = cost(lambda: counted(strings), repeats)
    print(
        f"{rows:>12,} rows  cube and {len(TEN)} metrics, {np.prod(SIZES)} groups / np.sum of the coded columns  {coded / read:6.2f}"
    )
    print(f"{rows:>12,} rows  tally from Arrow strings / pyarrow's own GROUP BY                {text / group:6.2f}")


PROGRAM = """
import sys, time
import narwhals
import pyarrow.parquet as pq
from pathlib import Path
def peak():
    # Unlike ru_maxrss this begins anew with the program.
    line = next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
columns = ["origin", "quarter", "sex", "y", "d"]
what, path = sys.argv[1:]
start = time.process_time()
if what == "scan":
    with pq.ParquetFile(path, read_dictionary=columns[:3]) as file:
        rows = sum(batch.num_rows for batch in file.iter_batches(batch_size=1 << 20, columns=columns, use_threads=False))
    print(time.process_time() - start, peak(), rows)
else:
    from smartstart_gov.counting.count import count
    from smartstart_gov.counting.count import count_table
    from smartstart_gov.counting.count import parquet_counts
    start = time.process_time()
    tally = count(path, by=columns[:3], y_true="y", y_pred="d")
    print(time.process_time() - start, peak(), tally.digest)
"""


def in_parquet(rows: int, folder: Path) -> None:
    """Print the ratio of counting a file to scanning it, each in a process of its own."""
    path = folder / "rows.parquet"
    part = 1_000_000
    schema = arrow_strings(columns(2)).schema
    with pq.ParquetWriter(path, schema) as writer:
        for i in range(max(rows // part, 1)):
            writer.write_table(arrow_strings(columns(min(part, rows), seed=i)))
    if rows <= 5_000_000 and counted(path).digest != counted(pq.read_table(path).to_pandas()).digest:
        raise SystemExit("Parquet and pandas disagree")

    def run(what: str) -> tuple[float, float]:
        done = subprocess.run([sys.executable, "-c", PROGRAM, what, str(path)], capture_output=True, text=True, check=True)
        spent, memory, _ = done.stdout.split()
        return float(spent), float(memory)

    pairs = [(run("scan"), run("count")) for _ in range(3)]
    ratio = median(count_[0] / scan[0] for scan, count_ in pairs)
    peak = median(count_[1] for _, count_ in pairs)
    print(f"{rows:>12,} rows  tally from Parquet / pyarrow scan of the columns                {ratio:6.2f}  peak {peak:.0f} MB")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    for rows in (10_000, 100_000, 1_000_000, *((10_000_000,) if full else ())):
        in_memory(rows)
    with tempfile.TemporaryDirectory() as folder:
        for rows in (5_000_000, *((100_000_000,) if full else ())):
            in_parquet(rows, Path(folder))
    print(f"peak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
