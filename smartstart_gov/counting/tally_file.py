"""A tally as a file: canonical JSON, or Parquet for large ones. Both contain the same record and its digest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.canonical import canonical_json, digest
from smartstart_gov.counting.tally import Tally
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.storage import read_file, write_file

#: A file of counts beyond this is not opened: a tally of a million levels takes a tenth of it.
LARGEST = 1 << 30
#: Rows of a file of counts in Parquet, and beyond that so many for each of its bytes.
_SMALL, _MOST_ROWS = 1 << 19, 16
_KEY = b"smartstart_gov.tally"
_RESTORE = "Fetch the file again from its source, or count again."


def write_tally(tally: Tally, path: Path | str) -> Path:
    """Write `tally` to `path`, completely or not at all, and return the path.

    Parameters
    ----------
    tally : Tally
    path : Path or str
        Ends in ``.json`` or ``.parquet``. The file contains every count, even small ones: it is not a public document.

    Raises
    ------
    Refused
        U01 for another ending, R03 if the file exists, R01 if it cannot be written to disk.
    """
    accept(write_tally, locals())
    target = Path(path)
    encode = _ways(target)[0]
    if target.exists():
        raise Refused("R03", f"{target.name} exists.", str(target), "Choose a new name; nothing is overwritten.")
    record = tally.to_record()
    write_file(target, encode(record, digest(record)))
    return target


def read_tally(path: Path | str) -> Tally:
    """Return the tally in the file `path`, whose digest is recomputed.

    Raises
    ------
    Refused
        U01 for another ending, or a missing file.
    EvidenceBroken
        A02 if it is not a readable tally, A01 if its counts are not those that were written.
    """
    accept(read_tally, locals())
    source = Path(path)
    decode = _ways(source)[1]
    if not source.is_file():
        raise Refused("U01", f"There is no file {source.name!r}.", str(source), "Give the path of a tally in JSON or Parquet.")
    try:
        record, written = decode(read_file(source, most=LARGEST))
        tally = Tally.from_record(record)
    except Refused:
        raise
    except Exception as error:
        # What a broken file makes pyarrow or a constructor raise is many things; the remedy is one.
        what = f"{source.name} is not a readable tally ({type(error).__name__})."
        raise EvidenceBroken("A02", what, str(source), _RESTORE) from None
    if tally.digest != written:
        raise EvidenceBroken(
            "A01", f"{source.name} was edited: its contents do not match the digest in it.", str(source), _RESTORE
        )
    return tally


_Encode = Callable[[dict[str, Any], str], bytes]
_Decode = Callable[[bytes], tuple[dict[str, Any], str]]


def _ways(path: Path) -> tuple[_Encode, _Decode]:
    if path.suffix == ".json":
        return _to_json, _from_json
    if path.suffix == ".parquet":
        return _to_parquet, _from_parquet
    raise Refused("U01", f"{path.name} is neither JSON nor Parquet.", str(path), "Use a name that ends in .json or .parquet.")


def _to_json(record: dict[str, Any], written: str) -> bytes:
    return canonical_json({"digest": written, "tally": record})


def _from_json(data: bytes) -> tuple[dict[str, Any], str]:
    whole = json.loads(data)
    return whole["tally"], whole["digest"]


def _to_parquet(record: dict[str, Any], written: str) -> bytes:
    """Return a table of (list, position, count): every sparse list of the record; the rest stands in the schema."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rest = json.loads(canonical_json(record))
    lists: list[np.ndarray[Any, Any]] = []
    for number, (owner, key) in enumerate(_lists(rest)):
        pairs = np.array([[int(a), int(b)] for a, b in owner[key]], dtype=np.int64).reshape(-1, 2)
        lists.append(np.column_stack([np.full(len(pairs), number), pairs]))
        owner[key] = len(pairs)
    rows = np.concatenate(lists)
    columns = {name: rows[:, i] for i, name in enumerate(("list", "position", "count"))}
    head = canonical_json({"digest": written, "tally": rest})
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns).replace_schema_metadata({_KEY: head}), sink, compression="zstd")
    return bytes(sink.getvalue())


def _from_parquet(data: bytes) -> tuple[dict[str, Any], str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(pa.BufferReader(data)) as opened:
        # A page says once what may stand in a million rows, and text once what may stand in a million cells.
        if opened.metadata.num_rows > max(_SMALL, _MOST_ROWS * len(data)) or set(opened.schema_arrow.types) != {pa.int64()}:
            raise ValueError("these are no counts of a tally, or more than such a file holds")
        table = opened.read()
    whole = json.loads(table.schema.metadata[_KEY])
    record = whole["tally"]
    number, position, count = (table.column(name).to_numpy() for name in ("list", "position", "count"))
    start = 0
    for i, (owner, key) in enumerate(_lists(record)):
        end = start + owner[key]
        if not bool((number[start:end] == i).all()):
            raise ValueError("rows of the counts are lost")
        owner[key] = [[p, n] for p, n in zip(position[start:end].tolist(), count[start:end].tolist(), strict=True)]
        start = end
    if start != len(number):
        raise ValueError("there are more rows than counts")
    return record, whole["digest"]


def _lists(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Return where the sparse lists of counts stand, always in the same order. Sums of weights outgrow 64 bits."""
    yield record, "counts"
    for moments in record["moments"]:
        yield moments, "products"
