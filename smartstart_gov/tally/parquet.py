"""Parquet files become counts, batch by batch: memory stays the same however many rows there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.errors import Refused
from smartstart_gov.tally.limits import MOST_CELLS
from smartstart_gov.tally.packing import Coded, Ints, count_chunks, too_many, unpack

_BATCH = 1 << 18


def parquet_counts(paths: Sequence[str], columns: Sequence[str], most_levels: int) -> Coded:
    """Return the distinct combinations of `columns` over all files, with their counts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    known: list[dict[Any, int]] = [{} for _ in columns]
    total: Ints = np.zeros(0, dtype=np.int64)
    sizes: list[int] = []
    rows = 0
    for path in paths:
        try:
            names = pq.read_schema(path)
        except (pa.ArrowException, OSError) as error:
            what = f"{Path(path).name!r} cannot be read as Parquet ({type(error).__name__})."
            remedy = "Read other files first, with pandas or polars, and hand in the table."
            raise Refused("U01", what, path, remedy) from None
        missing = [name for name in columns if name not in names.names]
        if missing:
            what = f"There is no column {', '.join(map(repr, missing))}."
            raise Refused("D13", what, path, f"Its columns are {', '.join(names.names)}.")
        text = [name for name in columns if str(names.field(name).type) in ("string", "large_string")]
        with pq.ParquetFile(path, read_dictionary=text, buffer_size=1 << 20) as file:
            for batch in file.iter_batches(batch_size=_BATCH, columns=list(columns), use_threads=False):
                codes = [_codes(batch.column(name), seen) for name, seen in zip(columns, known, strict=True)]
                rows += batch.num_rows
                for name, seen in zip(columns, known, strict=True):
                    if len(seen) > most_levels:
                        raise too_many(name, len(seen), most_levels)
                wanted = [_room(len(seen) + 1) for seen in known]
                if wanted != sizes:
                    total, sizes = _grown(total, sizes, wanted), wanted
                # A missing value is the last code of its column, whatever room the column has.
                count_chunks(total, codes, sizes, batch.num_rows)
    if not rows:
        return Coded(codes={}, values={name: [] for name in columns}, count=total, rows=0)
    values = [[*seen, *[None] * (size - 1 - len(seen))] for seen, size in zip(known, sizes, strict=True)]
    return unpack(total, values, columns, rows)


def _room(levels: int) -> int:
    """Return the size of a column's digit: it doubles, so that the cube is seldom rebuilt."""
    return max(4, 1 << (levels - 1).bit_length()) if levels > 4 else 4


def _codes(column: Any, seen: dict[Any, int]) -> npt.NDArray[Any]:
    """Return codes that mean the same in every batch; -1 where a value is missing."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        places = [seen.setdefault(v, len(seen)) for v in column.dictionary.to_pylist()]
        indices = column.indices
        if not indices.null_count:
            # Small unsigned codes: the rest of the way is paid for by the byte.
            kind = np.uint8 if len(seen) <= 256 else np.uint16 if len(seen) <= 65_536 else np.uint32
            return np.asarray(np.take(np.array(places, dtype=kind), _plain(indices)))
        # The last entry of the table is what a missing index points at.
        table = np.array([*places, -1], dtype=np.int32)
        return np.asarray(np.take(table, _plain(indices.fill_null(len(places)))))
    if pa.types.is_boolean(column.type) or pa.types.is_integer(column.type):
        return _integers(column, seen)
    if pa.types.is_floating(column.type):
        import pyarrow.compute as pc

        # What is not a number is not recorded, here as in a table in memory.
        column = pc.if_else(pc.is_nan(column), None, column)
    return _codes(column.dictionary_encode(), seen)


def _plain(integers: Any) -> npt.NDArray[Any]:
    """Return a column without missing values as it lies in memory; `to_numpy` would load pandas, a second of work."""
    return np.from_dlpack(integers)


def _integers(column: Any, seen: dict[Any, int]) -> npt.NDArray[Any]:
    import pyarrow as pa

    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if not column.null_count and len(column):
        raw = _plain(column)
        low, high = int(raw.min()), int(raw.max())
        # Small integers are their own codes once the values up to them are known.
        if low >= 0 and high < 256 and all(value == code for value, code in seen.items()):
            for value in range(len(seen), high + 1):
                seen[value] = value
            return np.asarray(raw)
    return _codes(column.dictionary_encode(), seen)


def _grown(total: Ints, old: list[int], new: list[int]) -> Ints:
    """Return the cube with room for more levels; the last code of each column stays the missing one."""
    if float(np.prod([float(s) for s in new])) > MOST_CELLS:
        what = f"Counting these columns needs {int(np.prod([float(s) for s in new])):,} cells."
        raise Refused("D15", what, "Argument by", "Count over fewer or smaller groupings at a time.")
    grown = np.zeros(new, dtype=np.int64)
    if old and total.any():
        where = np.flatnonzero(total)
        places = list(np.unravel_index(where, old))
        for i, (before, after) in enumerate(zip(old, new, strict=True)):
            places[i] = np.where(places[i] == before - 1, after - 1, places[i])
        grown[tuple(places)] = total[where]
    return grown.reshape(-1)
