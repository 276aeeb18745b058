"""Every reader of a file, against files that are broken, hostile or too large: a value or a typed refusal, in little time."""

from __future__ import annotations

import contextlib
import decimal
import gzip
import io
import json
import os
import random
import resource
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from smartstart_gov.authoring.dpia_file import read_dpia
from smartstart_gov.authoring.reader import read_charter, read_contract, read_policy, reading
from smartstart_gov.authoring.signers import Signers
from smartstart_gov.canonical import canonical_json, parse_json, pretty_json
from smartstart_gov.counting.published import text_columns
from smartstart_gov.counting.tally_file import read_tally, write_tally
from smartstart_gov.documents.theme import open_theme
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import examine
from smartstart_gov.intake.dictionary import contract_from_list
from smartstart_gov.intake.files import _unpacked, read_data, read_untyped
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.rows import RowSet
from smartstart_gov.release.attest import hold_against, signed_head
from smartstart_gov.release.envelope import opened
from smartstart_gov.release.keyfile import digits_of, read_key
from smartstart_gov.training.artifact import load
from tests.authoring.test_reader_fuzz import TOKENS
from tests.release.test_gate import released
from tests.release.test_signing import PHRASE, log, signer, signers
from tools.tamper import fields, mutated

#: All readers together are handed so many files at night.
FILES = int(os.environ.get("SMARTSTART_GOV_FUZZ", "20000"))


@cache
def home() -> Path:
    """Return a project with one version and a root; a reader is handed copies of its files."""
    version = released(Path(tempfile.mkdtemp(prefix="read-")) / "help")
    from smartstart_gov.release.root import write_root

    write_root(log(version), signers(), [signer("director"), signer("officer")])
    return version.parent


def table() -> pd.DataFrame:
    return pd.DataFrame({"id": ["a", "b", "c"], "age": [1, 2, 3], "amount": ["1,5", "2,5", ""], "origin": ["x", "y", "x"]})


def in_excel() -> bytes:
    """Return a workbook written by hand, as small as one can be."""
    cells = [["id", "age", "origin"], ["a", "1", "x"], ["b", "2", "y"]]
    lines = "".join(
        f'<row r="{r}">' + "".join(f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{text}</t></is></c>' for c, text in enumerate(row))
        + "</row>"
        for r, row in enumerate(cells, 1)
    )  # fmt: skip
    return packed({**BOOK, "xl/worksheets/sheet1.xml": SHEET.format(lines).encode()})


SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData>'
    "</worksheet>"
)
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = {
    "[Content_Types].xml": (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>'
    ).encode(),
    "_rels/.rels": (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ).encode(),
    "xl/workbook.xml": (
        '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        f'xmlns:r="{_RELATIONS}"><sheets><sheet name="Table" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ).encode(),
    "xl/_rels/workbook.xml.rels": (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ).encode(),
}


def packed(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


@cache
def model() -> bytes:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from smartstart_gov.training.artifact import dump

    rows = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "visits": [0.0, 1.0, 0.0, 1.0]})
    return dump(make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, [0, 1, 0, 1]))


@cache
def key_file() -> bytes:
    from smartstart_gov.release.keyfile import make_key

    file = Path(tempfile.mkdtemp(prefix="key-")) / "one.key"
    make_key(file, PHRASE)
    return file.read_bytes()


def row_set() -> bytes:
    return next((home() / "looked").iterdir()).read_bytes()


def pdf() -> bytes:

    said = zlib.compress(json.dumps(interchange()).encode())
    return b"%PDF-1.7\n1 0 obj<</Type/EmbeddedFile/Length " + b"%d" % len(said) + b">>stream\n" + said + b"\nendstream endobj\n"


@cache
def interchange() -> Any:
    from tests.authoring.test_dpia_interchange import full, sent

    return sent(full())


@cache
def screened() -> Any:
    from tests.authoring.test_prescan_interchange import drawn, full

    return drawn(full())


def entry() -> tuple[str, bytes]:
    file = next(iter(sorted((home() / "log").iterdir())))
    return file.name, file.read_bytes()


def envelope() -> bytes:
    found = next(one for one in log(home() / "1.0.0").entries() if one.kind == "root")
    return pretty_json(dict(found.body["envelope"]))


def opens(data: bytes) -> object:
    try:
        record = parse_json(data)
    except ValueError:
        record = None  # what the reader of the log refuses
    return opened(record, "root", [digits_of(signer("director")), digits_of(signer("officer"))], "here")


def in_log(folder: Path, data: bytes) -> object:
    path = folder / "log"
    path.mkdir(exist_ok=True)
    (path / entry()[0]).write_bytes(data)
    return Ledger(path).entries()


def in_version(name: str) -> Callable[[Path, bytes], object]:
    def read(folder: Path, data: bytes) -> object:
        version = folder / "help" / "1.0.0"
        if not version.exists():
            import shutil

            shutil.copytree(home(), folder / "help")
        (version / name).write_bytes(data)
        seen = examine(version)
        return seen.record("bundle.json") if name == "bundle.json" else read_bundle(version)

    return read


def witnessed(folder: Path, data: bytes) -> object:
    return hold_against(log(home() / "1.0.0"), data, "here")


def themed(folder: Path, data: bytes) -> object:
    (folder / "theme.yaml").write_bytes(data)
    return open_theme(folder)


def file_of(name: str, read: Callable[[Path], object]) -> Callable[[Path, bytes], object]:
    def reader(folder: Path, data: bytes) -> object:
        (folder / name).write_bytes(data)
        return read(folder / name)

    return reader


def of_rows(folder: Path, data: bytes) -> object:
    from smartstart_gov.looks.looks import _rows_in

    (folder / "one.rows").write_bytes(data)
    return _rows_in(folder / "one.rows", RowSet.read(row_set()).digest)


def authored(name: str) -> bytes:
    return (home() / name).read_bytes()


def contract() -> Any:
    return read_contract(home() / "contract.yaml")


@cache
def tally(name: str) -> bytes:
    file = Path(tempfile.mkdtemp(prefix="tally-")) / name
    write_tally(read_bundle(home() / "1.0.0").private.tally, file)
    return file.read_bytes()


def signers_file() -> bytes:
    return "\n".join(yaml_lines()).encode()


def yaml_lines() -> Iterator[str]:
    import yaml

    yield yaml.safe_dump(signers().to_record(), sort_keys=False)


LIST = (
    b"name,type,levels,min,max,meaning\norigin,string,x;y,,,Where people come from\nage,integer,,0,120,Age in years\n"
    b"asked,boolean,,,,Whether help was asked\n"
)
THEME = b'format: 1\ncolours: {accent: "#00446a"}\n'

#: Reader, a good file, and how it is taken apart: as text, as JSON, or as an archive.
READERS: dict[str, tuple[Callable[[Path, bytes], object], Callable[[], bytes], str]] = {
    "charter": (file_of("charter.yaml", read_charter), lambda: authored("charter.yaml"), "text"),
    "contract": (file_of("contract.yaml", read_contract), lambda: authored("contract.yaml"), "text"),
    "policy": (file_of("policy.yaml", read_policy), lambda: authored("policy.yaml"), "text"),
    "signers": (file_of("signers.yaml", lambda path: reading(path, Signers)), signers_file, "text"),
    "theme": (themed, lambda: THEME, "text"),
    "bundle": (in_version("bundle.json"), lambda: authored("1.0.0/bundle.json"), "json"),
    "manifest": (in_version("manifest.json"), lambda: authored("1.0.0/manifest.json"), "json"),
    "log entry": (in_log, lambda: entry()[1], "json"),
    "witness": (witnessed, lambda: log(home() / "1.0.0").witness(), "json"),
    "signed head": (witnessed, lambda: signed_head(home(), signer("director")), "json"),
    "envelope": (lambda _, data: opens(data), envelope, "json"),
    "dpia form": (file_of("dpia.json", read_dpia), lambda: json.dumps(interchange()).encode(), "json"),
    "pre-scan form": (file_of("prescan.json", read_dpia), lambda: json.dumps(screened()).encode(), "json"),
    "dpia pdf": (file_of("dpia.pdf", read_dpia), pdf, "bytes"),
    "key": (file_of("one.key", lambda path: read_key(path, PHRASE)), key_file, "bytes"),
    "rows seen": (of_rows, row_set, "bytes"),
    "dictionary": (file_of("d.csv", lambda path: contract_from_list(path, owner="Register", roles={"origin": "sensitive", "asked": "label"})), lambda: LIST, "text"),
    "csv": (file_of("t.csv", read_untyped), lambda: table().to_csv(index=False).encode(), "text"),
    "csv of a contract": (file_of("t.csv", lambda path: read_data(path, contract())), lambda: table().to_csv(index=False).encode(), "text"),
    "gzip": (file_of("t.csv.gz", read_untyped), lambda: gzip.compress(table().to_csv(index=False).encode()), "bytes"),
    "excel": (file_of("t.xlsx", read_untyped), in_excel, "zip"),
    "parquet": (file_of("t.parquet", read_untyped), lambda: table().to_parquet(), "bytes"),
    "tally": (file_of("t.json", read_tally), lambda: tally("t.json"), "json"),
    "tally in parquet": (file_of("t.parquet", read_tally), lambda: tally("t.parquet"), "bytes"),
    "model": (lambda _, data: load(data), model, "zip"),
}  # fmt: skip


def changed(data: bytes, kind: str, draw: random.Random) -> bytes:
    """Return `data` with a few things done to it."""
    if kind == "json" and draw.random() < 0.7:
        record = json.loads(data)
        for _ in range(draw.randint(1, 3)):
            record = mutated(record, draw.choice(list(fields(record))), draw)
        try:
            return canonical_json(record) if draw.random() < 0.5 else pretty_json(record)
        except (TypeError, ValueError):
            return json.dumps(record).encode()
    if kind == "zip" and draw.random() < 0.8:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        name = draw.choice(sorted(files))
        if draw.random() < 0.1:
            del files[name]
        elif draw.random() < 0.1:
            files[draw.choice(["../x", "/x", "a\\b", "schema.json ", "x" * 300])] = files[name]
        elif name.endswith(".json"):
            files[name] = changed(files[name], "json", draw)
        else:
            files[name] = changed(files[name], "text", draw)
        return packed(files)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        what = draw.randrange(7)
        if what == 0 and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << draw.randrange(8)]) + data[at + 1 :]
        elif what == 1:
            data = data[:at] + data[at + draw.randint(1, 60) :]
        elif what == 2:
            data = data[: at + draw.randint(1, 200)] + data[at:]
        elif what == 3:
            data = data[:at] + draw.choice(TOKENS) + data[at:]
        elif what == 4:
            data = data[:at] + draw.randbytes(draw.randint(1, 8)) + data[at:]
        elif what == 5:
            data = data[:at] if draw.random() < 0.2 else data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
        else:
            other = draw.randrange(len(data) + 1)
            data = data[:at] + data[other : other + 40] + data[at:]
    return data


@pytest.mark.slow
@pytest.mark.parametrize("share", [pytest.param(0.02, id="few"), pytest.param(1.0, id="all")])
@pytest.mark.parametrize("name", READERS)
def test_any_file_is_read_or_refused(tmp_path: Path, name: str, share: float) -> None:
    (read, good, kind), draw = READERS[name], random.Random(f"read {name} {share}")
    data, found = good(), {"read": 0, "refused": 0}
    for _ in range(int(FILES / len(READERS) * share)):
        handed = changed(data, kind, draw)
        try:
            read(tmp_path, handed)
        except Refused as refusal:
            # What cannot be printed raises here.
            found["refused"] += bool(str(refusal).encode()) and all(one.where and one.remedy for one in refusal.violations)
        except BaseException as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error} for {handed[:2000]!r}") from error
        else:
            found["read"] += 1
    assert found["refused"]
    assert sum(found.values()) == int(FILES / len(READERS) * share)


@pytest.mark.parametrize(("group", "answer"), [("7.1.1", {"value": "Interest"}), ("16.1", {"value": "Risk"}), ("1.1", [])])
def test_an_answer_that_should_be_a_list_or_should_not_is_refused(tmp_path: Path, group: str, answer: Any) -> None:
    record = interchange()
    file = tmp_path / "dpia.json"
    file.write_text(json.dumps(record | {"answers": record["answers"] | {group: answer}}))
    with pytest.raises(Refused) as refusal:
        read_dpia(file)
    assert [one.rule for one in refusal.value.violations] == ["P05"]
    assert group in str(refusal.value)


def zeros(millions: int, one: bytes = b" ") -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join(packer.compress(one * 1_000_000) for _ in range(millions)) + packer.flush()


def stretched(**cells: bytes) -> bytes:
    """Return a workbook with cells at these places."""
    lines = "".join(f'<row r="{p.strip("ABCDEFGX")}"><c r="{p}"><v>{v.decode()}</v></c></row>' for p, v in cells.items())
    return packed({**BOOK, "xl/worksheets/sheet1.xml": SHEET.format(lines).encode()})


def coded(cell: str | bytes, times: int, kind: Any = None) -> Any:
    """Return a column of one cell, as Parquet keeps it: the cell once, and that it stands everywhere."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(times, dtype=np.int32)), pa.array([cell], kind))


def in_parquet(columns: dict[str, Any], groups: int, **how: Any) -> bytes:
    """Return a Parquet file with the same rows so many times; it says of no column how pandas or Arrow had it."""
    table, held = pa.table(columns), io.BytesIO()
    with parquet.ParquetWriter(held, table.schema, compression="zstd", store_schema=False, **how) as writer:
        for _ in range(groups):
            writer.write_table(table)
    return held.getvalue()


def without_columns(rows: int) -> bytes:
    """Return a Parquet file without columns that says that it has rows, and how pandas numbered them."""
    index = {"kind": "range", "name": "id", "start": 0, "stop": rows, "step": 1}
    told = {"pandas": json.dumps({"index_columns": [index], "column_indexes": [], "columns": []})}
    held = io.BytesIO()
    parquet.write_table(pa.table({}).replace_schema_metadata(told), held)
    # Thrift writes a whole number seven bits at a time, doubled; the number of rows is the third field of the footer.
    seven = [2 * rows >> place & 127 for place in range(0, 63, 7) if 2 * rows >> place]
    many = bytes(bits | 128 for bits in seven[:-1]) + bytes(seven[-1:])
    body, footer = held.getvalue()[:4], held.getvalue()[4:-8].replace(b"\x16\x00", b"\x16" + many, 1)
    return body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


#: Files that are small, or say that they are, and are not.
BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "600 MB in gzip": lambda: ("csv of gzip", zeros(600)),
    "a list of 600 MB in gzip": lambda: ("list of gzip", zeros(600)),
    "600 MB in a workbook": lambda: ("excel", packed({**BOOK, "xl/worksheets/sheet1.xml": b" " * 600_000_000})),
    "two cells far apart": lambda: ("excel", stretched(A1=b"1", XFD1048576=b"1")),
    "600 MB in a model": lambda: ("model", packed({"schema.json": b" " * 600_000_000})),
    "1e6 levels in evidence": lambda: ("bundle", b'{"a":' * 1_000_000),
    "1e6 levels in a log": lambda: ("log entry", b"[" * 1_000_000),
    "1e6 levels in a form": lambda: ("dpia form", b"[" * 1_000_000),
    "1e6 levels in an envelope": lambda: ("envelope", b"[" * 1_000_000),
    "1e6 levels in a witness": lambda: ("witness", b"[" * 1_000_000),
    "1e6 levels in a tally": lambda: ("tally", b"[" * 1_000_000),
    "1e6 levels in YAML": lambda: ("contract", b"[" * 1_000_000),
    "nested YAML": lambda: ("policy", b"".join(b" " * i + b"a:\n" for i in range(1000))),
    "10 000 features": lambda: ("contract", features(10_000)),
    "1e6 levels of a column": lambda: ("contract", b"columns: [{name: a, levels: [" + b"a," * 1_000_000 + b"]}]"),
    "a field of 1 MB in a list": lambda: ("dictionary", LIST + b"x" * 1_000_000 + b",string,,,,\n"),
    "a million attachments": lambda: ("dpia pdf", b"%PDF-1.7\n" + b"/EmbeddedFile" * 1_200_000),
    "attached bombs": lambda: ("dpia pdf", (b"/EmbeddedFile>>stream\n" + zlib.compress(b" " * 10_000_000)) * 1000),
}  # fmt: skip


def features(many: int) -> bytes:
    whole = authored("contract.yaml").decode()
    return (whole.rstrip() + "\n" + "".join(f"  - {{name: f{i}, role: feature, dtype: float}}\n" for i in range(many))).encode()


NARROW = ("list", "position", "count")
LOUD = "would unpack to more than 400 times its size"
#: Small files of which Arrow would make gigabytes; where there is no memory left it refuses them too, in other words.
TIGHT: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "cells": ("parquet", lambda: in_parquet({"a": pa.array(np.zeros(1 << 20, dtype=np.int64))}, 12), LOUD),
    "texts": ("parquet", lambda: in_parquet({"a": coded("x" * 20_000, 1 << 20)}, 1), LOUD),
    "one text": ("parquet", lambda: in_parquet({"a": ["x" * 70_000_000]}, 1, use_dictionary=False, write_statistics=False), LOUD),
    "wide cells": ("parquet", lambda: in_parquet({"a": coded(b"x" * 20_000, 1 << 13, pa.binary(20_000))}, 1), LOUD),
    "lists": ("parquet", lambda: in_parquet({"a": pa.ListArray.from_arrays([0, 1 << 16], coded("x" * 20_000, 1 << 16))}, 1), "lists or records"),
    "no columns": ("parquet", lambda: without_columns(10**9), LOUD),
    "counts": ("tally in parquet", lambda: in_parquet(dict.fromkeys(NARROW, pa.array(np.zeros(1 << 20, dtype=np.int64))), 1), "tally (ValueError)"),
    "texts for counts": ("tally in parquet", lambda: in_parquet(dict.fromkeys(NARROW, coded("x" * 20_000, 9)), 1), "tally (ValueError)"),
    "published counts": ("published", lambda: zeros(70), "would unpack to more than 50 times its size"),
    "published counts cut off": ("published", lambda: zeros(1)[:-4], "cannot be read as CSV"),
    "published counts garbled": ("published", lambda: zeros(1)[:30] + b"garbage" + zeros(1)[37:], "cannot be read as CSV"),
}  # fmt: skip


@pytest.mark.parametrize("name", TIGHT)
def test_what_would_unpack_out_of_all_proportion_is_refused_before_it_does(tmp_path: Path, name: str) -> None:
    kind, made, told = TIGHT[name]
    read = READERS[kind][0] if kind in READERS else file_of("p.csv.gz", text_columns)
    with pytest.raises(Refused) as refusal:
        read(tmp_path, made())
    assert told in refusal.value.violations[0].what


@pytest.mark.parametrize("how", [
    {}, {"use_dictionary": False}, {"data_page_version": "2.0"}, {"row_group_size": 4}, {"store_schema": False},
    {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY", "long": "DELTA_LENGTH_BYTE_ARRAY"}},
], ids=str)  # fmt: skip
def test_a_table_in_parquet_is_what_arrow_reads(tmp_path: Path, how: dict[str, Any]) -> None:
    texts: list[str | None] = ["x", "y", None, "x", "z"]
    columns = {
        "a": texts, "category": pa.array(texts).dictionary_encode(), "bytes": pa.array(texts).cast(pa.binary()),
        "long": pa.array(texts, pa.large_string()), "view": pa.array(texts, pa.string_view()), "none": pa.nulls(5),
        "money": [decimal.Decimal("1.5")] * 5, "fixed": pa.array([b"ab"] * 5, pa.binary(2)), "half": pa.array([1.5, None] * 2 + [1], pa.float16()),
    }  # fmt: skip
    file = tmp_path / "t.parquet"
    parquet.write_table(pa.table(columns), file, **how)
    expected = parquet.ParquetFile(file).read()
    assert _unpacked(file).equals(expected, check_metadata=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_what_is_too_large_is_refused_in_two_seconds_and_500_mb(tmp_path: Path, name: str) -> None:
    kind, data = BOMBS[name]()
    more: dict[str, Callable[[Path, bytes], object]] = {
        "csv of gzip": READERS["gzip"][0],
        "list of gzip": file_of("d.csv.gz", lambda path: contract_from_list(path, owner="Register", roles={"a": "sensitive"})),
    }
    read = more[kind] if kind in more else READERS[kind][0]
    # What is loaded on first use is no part of what a file costs.
    with contextlib.suppress(Refused):
        read(tmp_path, b"x")
    soft = resource.getrlimit(resource.RLIMIT_AS)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    began = time.process_time()
    resource.setrlimit(resource.RLIMIT_AS, (size + 500_000_000, soft[1]))
    try:
        with pytest.raises(Refused) as refusal:
            read(tmp_path, data)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, soft)
    assert time.process_time() - began < 2
    assert str(refusal.value).encode()
