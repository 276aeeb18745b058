"""Every public function against bad tables of many kinds: a result, or a refusal that names a rule; never a traceback."""

from __future__ import annotations

import datetime as dt
import decimal
import gc
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression

import smartstart_gov as gov
from smartstart_gov.counting.handover import join_attributes
from smartstart_gov.errors import RULES
from tests import linked
from tests.intake import test_area_table as areas
from tests.intake import test_dossiers as dossiers
from tests.projects import contract, policy, rows, write_project

pytestmark = pytest.mark.slow
Make = Callable[[pd.DataFrame, str, str], Any]


def with_column(name_of: str, values: Callable[[int, pd.Series[Any]], Any]) -> Make:
    """Return what puts other values into the column of groups ("group") or of outcomes ("label")."""

    def made(frame: pd.DataFrame, group: str, label: str) -> Any:
        name = group if name_of == "group" else label
        return frame.assign(**{name: values(len(frame), frame[name])})

    return made


def group(values: Callable[[int, pd.Series[Any]], Any]) -> Make:
    return with_column("group", values)


def label(values: Callable[[int, pd.Series[Any]], Any]) -> Make:
    return with_column("label", values)


def cycled(*values: Any) -> Callable[[int, pd.Series[Any]], Any]:
    """Return a column of objects that repeats `values`."""

    def made(n: int, _: pd.Series[Any]) -> Any:
        column = np.empty(n, dtype=object)
        for i in range(n):
            column[i] = values[i % len(values)]
        return pd.Series(column, dtype=object)

    return made


def typed(dtype: Any) -> Callable[[int, pd.Series[Any]], Any]:
    return lambda n, column: column.astype(dtype)


class Thing:
    """An object that says nothing of itself."""


BAD: dict[str, Make] = {
    "no rows": lambda f, g, y: f.head(0),
    "no columns": lambda f, g, y: f[[]],
    "nothing at all": lambda f, g, y: pd.DataFrame(),
    "None": lambda f, g, y: None,
    "a number": lambda f, g, y: 3,
    "a name": lambda f, g, y: "origin",
    "a path that is not there": lambda f, g, y: Path("nowhere") / "rows.parquet",
    "a path of a folder": lambda f, g, y: Path(__file__).parent,
    "a path of text": lambda f, g, y: Path(__file__),
    "a generator": lambda f, g, y: (row for row in f.itertuples()),
    "a set": lambda f, g, y: {1, 2, 3},
    "an array without dimensions": lambda f, g, y: np.array(3),
    "an array of two dimensions": lambda f, g, y: f.to_numpy(),
    "an array of three dimensions": lambda f, g, y: np.zeros((len(f), 2, 2)),
    "a structured array": lambda f, g, y: f.to_records(index=False),
    "rows as dicts": lambda f, g, y: f.to_dict("records"),
    "rows as ragged lists": lambda f, g, y: [[1, 2], [3]],
    "a series": lambda f, g, y: f[g],
    "a dict of columns": lambda f, g, y: {name: f[name].tolist() for name in f.columns},
    "a dict of unequal columns": lambda f, g, y: {name: f[name].tolist()[i:] for i, name in enumerate(f.columns)},
    "a dict of scalars": lambda f, g, y: dict.fromkeys(f.columns, 1),
    "a dict of series with other indexes": lambda f, g, y: {
        name: f[name].set_axis(range(i, i + len(f))) for i, name in enumerate(f.columns)
    },
    "a sparse matrix": lambda f, g, y: scipy.sparse.eye(len(f)),
    "a column twice": lambda f, g, y: pd.concat([f, f[[g]]], axis=1),
    "a column of counts by the engine": lambda f, g, y: f.rename(columns={f.columns[-1]: "__rows__"}),
    "names of several levels": lambda f, g, y: f.set_axis(pd.MultiIndex.from_product([["a"], f.columns]), axis=1),
    "names that are numbers": lambda f, g, y: f.set_axis(range(len(f.columns)), axis=1),
    "names 1 and '1'": lambda f, g, y: f.rename(columns={f.columns[0]: 1, f.columns[1]: "1"}),
    "names that are tuples": lambda f, g, y: f.set_axis(pd.Index([(name, 1) for name in f.columns], tupleize_cols=False), axis=1),
    "names that are missing": lambda f, g, y: f.rename(columns={g: np.nan}),
    "a doubled index": lambda f, g, y: f.set_axis([0] * len(f)),
    "a shuffled index": lambda f, g, y: f.sample(frac=1, random_state=1),
    "another index": lambda f, g, y: f.set_axis(range(10, 10 + len(f))),
    "an index of several levels": lambda f, g, y: f.set_index([f.columns[0], f.columns[1]], drop=False),
    "an index of lists": lambda f, g, y: f.set_axis(pd.Index([[i] for i in range(len(f))], dtype=object)),
    "fewer rows": lambda f, g, y: f.iloc[1:],
    "rows of a window": lambda f, g, y: f.groupby(g),
    "polars lazy": lambda f, g, y: pl.from_pandas(f).lazy(),
    "polars lazy that fails": lambda f, g, y: pl.from_pandas(f).lazy().select(pl.col("nowhere")),
    "polars Null": lambda f, g, y: pl.from_pandas(f).with_columns(pl.lit(None).alias(g)),
    "polars Object": lambda f, g, y: pl.from_pandas(f).with_columns(pl.Series(g, [Thing() for _ in range(len(f))], dtype=pl.Object)),
    "polars lists": lambda f, g, y: pl.from_pandas(f).with_columns(pl.Series(g, [["a"]] * len(f))),
    "polars structs": lambda f, g, y: pl.from_pandas(f).with_columns(pl.struct(pl.all()).alias(g)),
    "polars binary": lambda f, g, y: pl.from_pandas(f).with_columns(pl.lit(b"a").alias(g)),
    "polars decimals": lambda f, g, y: pl.from_pandas(f).with_columns(pl.lit(decimal.Decimal("1.5")).alias(g)),
    "polars durations": lambda f, g, y: pl.from_pandas(f).with_columns(pl.lit(dt.timedelta(1)).alias(g)),
    "polars int128": lambda f, g, y: pl.from_pandas(f).with_columns(pl.lit(2**100, dtype=pl.Int128).alias(g)),
    "arrow": lambda f, g, y: pa.Table.from_pandas(f, preserve_index=False),
    "arrow batch": lambda f, g, y: pa.RecordBatch.from_pandas(f, preserve_index=False),
    "arrow stream": lambda f, g, y: pa.Table.from_pandas(f, preserve_index=False).to_reader(),
    "arrow with a column twice": lambda f, g, y: _appended(f, g, g),
    "arrow large text": lambda f, g, y: _replaced(f, g, pa.array(f[g].astype(str), pa.large_string())),
    "arrow text view": lambda f, g, y: _replaced(f, g, pa.array(f[g].astype(str), pa.string_view())),
    "arrow dictionary": lambda f, g, y: _replaced(f, g, pa.array(f[g].astype(str)).dictionary_encode()),
    "arrow null": lambda f, g, y: _replaced(f, g, pa.nulls(len(f))),
    "arrow structs": lambda f, g, y: _replaced(f, g, pa.array([{"a": 1}] * len(f))),
    "duckdb": lambda f, g, y: duckdb.from_arrow(pa.Table.from_pandas(f, preserve_index=False)),
    "pandas of arrow": lambda f, g, y: f.convert_dtypes(dtype_backend="pyarrow"),
    "pandas of an arrow dictionary": group(lambda n, s: s.astype(str).astype(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))),
    "groups: lists": group(cycled(["a"], ["b"])),
    "groups: dicts": group(cycled({"a": 1}, {"b": 2})),
    "groups: arrays": group(cycled(np.array([1]), np.array([2]))),
    "groups: objects": group(cycled(Thing())),
    "groups: bytes": group(cycled(b"a", b"b")),
    "groups: complex": group(lambda n, s: np.arange(n) * 1j),
    "groups: missing": group(lambda n, s: np.full(n, np.nan)),
    "groups: NA of every kind": group(cycled("A", None, pd.NA, np.nan, pd.NaT)),
    "groups: infinite": group(lambda n, s: np.where(np.arange(n) % 2, np.inf, -np.inf)),
    "groups: moments": group(lambda n, s: pd.date_range("2026-01-01", periods=n)),
    "groups: moments with a zone": group(lambda n, s: pd.date_range("2026-01-01", periods=n, tz="Europe/Amsterdam")),
    "groups: spans": group(lambda n, s: pd.to_timedelta(np.arange(n), unit="D")),
    "groups: periods": group(lambda n, s: pd.period_range("2026-01", periods=n, freq="M")),
    "groups: days": group(cycled(dt.date(2026, 1, 1), dt.date(2026, 1, 2))),
    "groups: intervals": group(lambda n, s: pd.cut(pd.Series(np.arange(n)), 3)),
    "groups: decimals": group(cycled(decimal.Decimal("1.5"), decimal.Decimal("2"))),
    "groups: sparse": group(lambda n, s: pd.arrays.SparseArray(np.arange(n) % 2)),
    "groups: huge numbers": group(cycled(10**30, 10**31)),
    "groups: 1 beside '1'": group(cycled(1, "1")),
    "groups: True beside 1": group(cycled(True, 1, 1.0)),
    "groups: numbers beside text": group(cycled(1, "A", None)),
    "groups: categories 1 and '1'": group(lambda n, s: pd.Categorical([1, "1"] * (n // 2), categories=[1, "1"])),
    "groups: unused categories": group(lambda n, s: pd.Categorical(["A"] * n, categories=["A", "B", "unknown"])),
    "groups: categories with gaps": group(lambda n, s: pd.Categorical(["A", None] * (n // 2))),
    "groups: words of the library": group(cycled("rest", "overall", "unknown", "everybody", "x & y", "*")),
    "groups: empty text": group(cycled("", " ", "\x00", "\u202e")),
    "groups: a level a row": group(lambda n, s: [f"g{i}" for i in range(n)]),
    "labels: text": label(cycled("yes", "no")),
    "labels: 0 and 1 as text": label(cycled("0", "1")),
    "labels: three": label(cycled(0, 1, 2)),
    "labels: one class": label(lambda n, s: np.ones(n, dtype=int)),
    "labels: probabilities": label(lambda n, s: np.linspace(0, 1, n)),
    "labels: missing": label(cycled(0, 1, None)),
    "labels: booleans with NA": label(lambda n, s: pd.array([True, False, *[pd.NA] * (n - 2)], dtype="boolean")),
    "labels: whole numbers with NA": label(lambda n, s: pd.array([1, 0, *[pd.NA] * (n - 2)], dtype="Int64")),
    "labels: objects of 0 and 1": label(cycled(0, 1)),
    "labels: lists": label(cycled([0], [1])),
    "labels: infinite": label(lambda n, s: np.where(np.arange(n) % 2, np.inf, 0.0)),
    "labels: huge numbers": label(cycled(10**30, 0)),
    "labels: decimals": label(cycled(decimal.Decimal(0), decimal.Decimal(1))),
    "labels: moments": label(lambda n, s: pd.date_range("2026-01-01", periods=n)),
    "labels: complex": label(lambda n, s: np.arange(n) * 1j),
    "labels: bytes": label(cycled(b"0", b"1")),
    "labels: categories": label(lambda n, s: pd.Categorical([0, 1] * (n // 2))),
    "labels: sparse": label(lambda n, s: pd.arrays.SparseArray(np.arange(n) % 2)),
}  # fmt: skip


def _replaced(frame: pd.DataFrame, name: str, column: Any) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.set_column(table.column_names.index(name), name, column)


def _appended(frame: pd.DataFrame, name: str, of: str) -> pa.Table:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.append_column(name, table[of])


def plain() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"g": rng.choice(list("AB"), 40), "y": [0, 1] * 20, "p": rng.integers(0, 2, 40), "x": rng.normal(size=40)}
    )


def traceback_of(call: Callable[[], Any]) -> str | None:
    """Return what a call raises that is no refusal; None for a result or a refusal that can be read."""
    try:
        call()
    except gov.Refused as refused:
        whole = all(v.rule in RULES and v.what and v.where and v.remedy for v in refused.violations)
        # Where an object lies in memory says nothing to anybody.
        return None if whole and not re.search(r"0x[0-9a-f]{6}", str(refused)) else f"unreadable: {refused}"
    except Exception as error:
        return f"{type(error).__module__}.{type(error).__name__}: {str(error)[:200]}"
    return None


def column_of(table: Any, name: str) -> Any:
    """Return a column of a bad table where it has one; else the table itself, which is as bad a column."""
    try:
        return table[name]
    except Exception:
        return table


def loose(bad: Make) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every function that takes rows without a project."""
    f = plain()

    def table() -> Any:
        return bad(f, "g", "y")

    mae = {"mae": lambda a, b: float(np.abs(a - b).mean())}
    yield "count", lambda: gov.count(table(), by=["g"], y_true="y", y_pred="p")
    yield "count by number", lambda: gov.count(table(), by=[0], y_true="1", y_pred="2")
    yield "count of yes", lambda: gov.count(table(), by=["g"], y_true="y", y_pred="y", positive="yes")
    yield "compare groups", lambda: gov.compare(y_true=f.y, y_pred=f.p, sensitive_features=table())
    yield "compare one group", lambda: gov.compare(y_true=f.y, y_pred=f.p, sensitive_features=column_of(table(), "g"))
    yield "compare labels", lambda: gov.compare(y_true=column_of(table(), "y"), y_pred=f.p, sensitive_features=f.g)
    yield "compare decisions", lambda: gov.compare(y_true=f.y, y_pred=column_of(table(), "y"), sensitive_features={"g": f.g})
    yield (
        "compare yes",
        lambda: gov.compare(
            y_true=column_of(table(), "y"), y_pred=column_of(table(), "y"), sensitive_features=f.g, positive="yes"
        ),
    )
    yield "rowwise groups", lambda: gov.rowwise(metrics=mae, y_true=f.y, y_pred=f.x, sensitive_features=table(), n_boot=2)
    yield (
        "rowwise values",
        lambda: gov.rowwise(metrics=mae, y_true=column_of(table(), "y"), y_pred=f.x, sensitive_features=f.g, n_boot=2),
    )
    yield "predictions", lambda: gov.Predictions(y_true=column_of(table(), "y"), y_pred=f.p.to_numpy(), groups={})
    yield "from_pandera", lambda: gov.from_pandera(table())
    people, notes, who = areas.people(), dossiers.NOTES, range(len(dossiers.NOTES))
    dossier = pd.DataFrame({"note": notes, "who": [f"p{i}" for i in who]})
    yield "area_table of areas", lambda: gov.area_table(bad(people, "area", "helped"), areas.contract(), means=areas.MEANS)
    yield "area_table of groups", lambda: gov.area_table(bad(people, "sex", "days"), areas.contract(), means=areas.MEANS)
    yield (
        "count_terms texts",
        lambda: gov.count_terms(column_of(bad(dossier, "note", "who"), "note"), dossiers.VOCABULARY, persons=who),
    )
    yield (
        "count_terms persons",
        lambda: gov.count_terms(notes, dossiers.VOCABULARY, persons=column_of(bad(dossier, "who", "note"), "who")),
    )
    yield (
        "count_terms names",
        lambda: gov.count_terms(notes, dossiers.VOCABULARY, persons=who, names=column_of(bad(dossier, "who", "note"), "who")),
    )
    yield "join left", lambda: join_attributes(table(), f.assign(a=1)[["x", "a"]], "x")
    yield "join right", lambda: join_attributes(f.assign(k=f.x)[["k"]], table(), "k")
    yield "join key", lambda: join_attributes(f[["g"]].drop_duplicates(), table(), "g")


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_table_is_counted_or_refused(kind: str) -> None:
    found = {name: said for name, call in loose(BAD[kind]) if (said := traceback_of(call)) is not None}
    gc.collect()
    assert found == {}


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home, rules = tmp_path_factory.mktemp("bad"), policy(decide_on="point")
    plain = contract(columns=[one for one in contract()["columns"] if one["role"] != "score"])
    return {
        "scored": gov.open_project(write_project(home / "help", contract=contract(), policy=rules)),
        "untrained": gov.open_project(write_project(home / "untrained", contract=plain, policy=rules)),
    }


def under_contract(bad: Make, projects: dict[str, Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every function that takes rows of a project."""
    f, project = rows(n=200), projects["scored"]

    def table() -> Any:
        return bad(f, "origin", "asked")

    model = LogisticRegression().fit(f[["income", "visits"]], f["asked"])
    yield "validate", lambda: gov.validate(table(), project.contract)
    made, sources = linked.frames({"A": 30, "B": 30, "C": 30}), linked.contract()
    base, school = made["base"], made["school"]
    yield "link of no frames", lambda: gov.link(table(), sources)
    yield "link base", lambda: gov.link({"base": bad(base, "origin", "late"), "school": school}, sources)
    yield "link base key", lambda: gov.link({"base": bad(base, "pupil", "late"), "school": school}, sources)
    yield "link source", lambda: gov.link({"base": base, "school": bad(school, "pupil", "absence")}, sources)
    yield (
        "link both",
        lambda: gov.link({"base": bad(base, "pupil", "late"), "school": bad(school, "pupil", "absence")}, sources),
    )
    # A contract with a score would refuse every model before it looks at a row.
    untrained, unscored = projects["untrained"], f.drop(columns="score")
    yield "train", lambda: gov.train(LogisticRegression(), bad(unscored, "origin", "asked"), untrained, random_state=0)
    yield "audit_model", lambda: gov.audit_model(model, bad(unscored, "origin", "asked"), untrained)
    yield "audit_predictions", lambda: gov.audit_predictions(table(), project)
    yield (
        "attributes",
        lambda: gov.audit_predictions(f.drop(columns=["origin", "quarter"]), project, attributes=table(), on="key"),
    )
    counts = pd.DataFrame({"origin": ["A", "B", "C", "A"], "total": [50, 60, 70, 80], "selected": [5, 6, 7, 8]})
    yield "audit_counts", lambda: gov.audit_counts(bad(counts, "origin", "selected"), project)
    areas = pd.DataFrame({"A": [50, 60, 70, 80], "B": [5, 6, 7, 8], "C": [1, 2, 3, 4], "chosen": [0, 1, 0, 1]})
    yield "audit_areas", lambda: gov.audit_areas(bad(areas, "A", "chosen"), project, residents=list("ABC"), decision="chosen")
    yield "power", lambda: gov.power(project, table(), runs=2)


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_table_of_a_project_is_audited_or_refused(kind: str, projects: dict[str, Any]) -> None:
    found = {name: said for name, call in under_contract(BAD[kind], projects) if (said := traceback_of(call)) is not None}
    gc.collect()
    assert found == {}


def test_there_are_kinds_enough() -> None:
    assert len(BAD) > 40
