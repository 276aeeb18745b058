"""Contracts and pandera schemas: both ways, and nothing that pandera checks is lost on the way."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.pandera import from_pandera, to_pandera
from smartstart_gov.intake.validate import validate
from tests.contracts import contracts
from tests.intake import frames
from tests.intake.frames import contract, table

ENGINES = ("pandas", "polars")
SAID = frames.SAID
WHOLE: dict[str, Any] = {
    "name": "families", "version": "1", "meaning": SAID, "unit_of_analysis": SAID, "aggregation_level": "household",
    "sources": {"register": {
        "system": "S", "owner": "O", "original_purpose": "open", "lawful_basis": "open", "retention": "open",
        "last_verified": "open", "error_rate": "open",
    }},
}  # fmt: skip


def facts(role: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "meaning": SAID, "source": "register", **more}


@given(contracts(), st.sampled_from(ENGINES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_there_and_back_is_the_same_contract(contract: DataContract, engine: Any) -> None:
    again = from_pandera(to_pandera(contract, engine=engine))
    assert again == contract
    assert again.digest == contract.digest


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_with_facts_is_a_contract(engine: str) -> None:
    lib = importlib.import_module(f"pandera.{engine}")

    class Families(lib.DataFrameModel):  # type: ignore[misc,name-defined]  # the library is chosen when the test runs
        family: str = lib.Field(metadata=facts("unit"))
        origin: str = lib.Field(
            isin=["A", "B", "?"], nullable=True, metadata=facts("sensitive", unknown_values=["?"], maximum_unknown_share=0.1)
        )
        children: int = lib.Field(ge=0, le=12, metadata=facts("feature"))
        income: float = lib.Field(nullable=True, metadata=facts("feature"))
        asked: bool = lib.Field(isin=[False, True], metadata=facts("label", positive=True))

        class Config:
            metadata = WHOLE

    made = from_pandera(Families)
    assert [(c.name, c.dtype, c.role, c.nullable) for c in made.columns] == [
        ("family", "string", "unit", False), ("origin", "string", "sensitive", False), ("children", "integer", "feature", False),
        ("income", "number", "feature", True), ("asked", "boolean", "label", False),
    ]  # fmt: skip
    assert (made.column("children").minimum, made.column("children").maximum) == (0, 12)
    assert (made.column("origin").levels, made.column("origin").unknown_values) == (("A", "B"), ("?",))
    assert made.name == "families"
    assert made.sources["register"].lawful_basis is None


def test_facts_stand_beside_those_of_other_tools_under_one_key() -> None:
    column = pa.Column(str, metadata={"smartstart_gov": facts("unit"), "owner_team": "x"})
    group = pa.Column(pd.CategoricalDtype(["A", "B"]), metadata=facts("sensitive"))
    made = from_pandera(pa.DataFrameSchema({"family": column, "origin": group}, metadata={"smartstart_gov": WHOLE, "x": 1}))
    assert made.column("family").role == "unit"
    assert made.column("origin").levels == ("A", "B")


def _schema(column: Any = None, **whole: Any) -> Any:
    columns = {"origin": pa.Column(str, pa.Check.isin(["A", "B"]), metadata=facts("sensitive"))}
    if column is not None:
        columns["x"] = column
    return pa.DataFrameSchema(columns, **{"metadata": WHOLE, **whole})


FEATURE = facts("feature")
SAYS_MORE = {
    "a check of one's own": _schema(pa.Column(int, pa.Check(lambda s: s > 0, name="mine"), metadata=FEATURE)),
    "a check under a known name": _schema(pa.Column(int, pa.Check(lambda s: s > 0, name="isin"), metadata=FEATURE)),
    "a pattern": _schema(pa.Column(str, pa.Check.str_matches("a+"), metadata=FEATURE)),
    "an open end": _schema(pa.Column(float, pa.Check.gt(0), metadata=FEATURE)),
    "a range with an open end": _schema(pa.Column(float, pa.Check.in_range(0, 1, include_max=False), metadata=FEATURE)),
    "a warning": _schema(pa.Column(int, pa.Check.ge(0, raise_warning=True), metadata=FEATURE)),
    "two lists": _schema(pa.Column(str, [pa.Check.isin(["a", "b"]), pa.Check.isin(["a"])], metadata=FEATURE)),
    "coerce": _schema(pa.Column(int, coerce=True, metadata=FEATURE)),
    "a default": _schema(pa.Column(int, default=0, metadata=FEATURE)),
    "an optional column": _schema(pa.Column(int, required=False, metadata=FEATURE)),
    "a pattern of names": _schema(pa.Column(int, regex=True, metadata=FEATURE)),
    "unique": _schema(pa.Column(int, unique=True, metadata=FEATURE)),
    "a parser": _schema(pa.Column(int, parsers=pa.Parser(lambda s: s), metadata=FEATURE)),
    "a description": _schema(pa.Column(int, description="Else.", metadata=FEATURE)),
    "a foreign dtype": _schema(pa.Column("timedelta64[ns]", metadata=FEATURE)),
    "days": _schema(pa.Column(pa.Date, metadata=FEATURE)),
    "objects": _schema(pa.Column(object, metadata=FEATURE)),
    "another dtype in the facts": _schema(pa.Column(int, metadata={**FEATURE, "dtype": "string"})),
    "another range in the facts": _schema(pa.Column(int, pa.Check.ge(1), metadata={**FEATURE, "minimum": 0})),
    "gaps in the facts only": _schema(pa.Column(int, metadata={**FEATURE, "nullable": True})),
    "missing groups": _schema(pa.Column(str, pa.Check.isin(["A"]), nullable=True, metadata=facts("sensitive"))),
    "groups that may be unknown": _schema(pa.Column(str, pa.Check.isin(["A"]), metadata=facts("sensitive", maximum_unknown_share=0.1))),
    "a frame check": _schema(checks=[pa.Check(lambda f: True, name="mine")]),
    "an ordered frame": _schema(ordered=True),
    "a filter": _schema(strict="filter"),
    "a frame that coerces": _schema(coerce=True),
    "a frame's dtype": _schema(dtype="int64"),
    "keys of two columns": _schema(unique=["origin"]),
    "dropped rows": _schema(drop_invalid_rows=True),
    "a named index": _schema(index=pa.Index(int, name="key")),
    "an index of several levels": _schema(index=pa.MultiIndex([pa.Index(int, pa.Check.ge(2000), name="year"), pa.Index(str, name="town")])),
    "an index of several levels that say nothing": _schema(index=pa.MultiIndex([pa.Index(), pa.Index()])),
}  # fmt: skip


@pytest.mark.parametrize("why", SAYS_MORE)
def test_what_a_contract_cannot_say_is_refused(why: str, violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    from_pandera(_schema())
    found = violations_of(from_pandera, SAYS_MORE[why])
    assert "C03" in {v.rule for v in found}, found
    assert all(v.where.startswith("Schema 'schema'") and v.remedy for v in found)


def test_everything_is_told_at_once(violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    columns = {
        "a": pa.Column(int, [pa.Check.gt(0), pa.Check(lambda s: s > 0)], coerce=True, metadata={"rolle": "feature"}),
        "b": pa.Column(str, metadata={"role": "sensitive", "source": None, "meaning": {"nl": "x"}, "levels": {1, 2}}),
    }
    found = violations_of(from_pandera, pa.DataFrameSchema(columns, metadata={**WHOLE, "sources": {}}))
    told = [(v.rule, v.where, v.what) for v in found]
    for rule, where, what in [
        ("C03", "Schema 'schema', column 'a'", "excludes its bound"),
        ("C03", "Schema 'schema', column 'a'", "Coerce is set"),
        ("P04", "Schema 'schema', column 'a', key rolle", "unknown"),
        ("P05", "Schema 'schema', column 'a', key role", "missing"),
        ("P05", "Schema 'schema', column 'b', key meaning.en", "missing"),
        ("P03", "Schema 'schema', column 'b', key source", "None"),
        ("P03", "Schema 'schema', column 'b', key levels", "A set"),
    ]:
        assert any(r == rule and w == where and what in said for r, w, said in told), (rule, where, told)


@pytest.mark.parametrize("what", [3, pd.DataFrame(), DataContract, "schema"])
def test_what_is_no_schema_is_refused(what: object) -> None:
    with pytest.raises(Refused, match="not a pandera schema"):
        from_pandera(what)


BREAKS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "nothing": lambda f: f,
    "columns in another order": lambda f: f[list(f.columns[::-1])],
    "an unknown group": lambda f: f.assign(origin=f["origin"].where(f.index > 0)),
    "another spelling": lambda f: f.assign(origin=f["origin"].where(f.index > 0, "a")),
    "too many unknown": lambda f: f.assign(area=f["area"].where(f.index > 12, 9)),
    "few unknown": lambda f: f.assign(area=f["area"].where(f.index > 3, 9)),
    "a stray level": lambda f: f.assign(office=f["office"].where(f.index > 0, "north")),
    "out of range": lambda f: f.assign(income=f["income"].where(f.index > 0, 11.0)),
    "not finite": lambda f: f.assign(income=f["income"].where(f.index > 0, np.inf)),
    "a gap": lambda f: f.assign(family=f["family"].where(f.index > 0)),
    "duplicate keys": lambda f: f.assign(key=f["key"] // 2),
    "another type": lambda f: f.assign(children=f["children"].astype(str)),
    "one class": lambda f: f.assign(late=True),
    "one score": lambda f: f.assign(score=0.5),
    "no weight": lambda f: f.assign(weight=0.0),
    "a column too many": lambda f: f.assign(more=1),
    "a column too few": lambda f: f.drop(columns="note"),
    "no rows": lambda f: f.iloc[:0],
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("why", BREAKS)
def test_the_schema_refuses_what_validate_refuses(
    why: str, engine: Any, violations_of: Callable[..., tuple[Violation, ...]]
) -> None:
    frame = BREAKS[why](table())
    given = frame if engine == "pandas" else pl.from_pandas(frame)
    refused = bool(violations_of(validate, given, contract()))
    assert refused == (why not in ("nothing", "columns in another order", "few unknown"))
    schema = to_pandera(contract(), engine=engine)
    if not refused:
        schema.validate(given, lazy=True)
        return
    with pytest.raises(SchemaErrors) as errors:
        schema.validate(given, lazy=True)
    assert "north" not in str(errors.value), "no value of a record stands in an error"


def test_another_engine_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        to_pandera(contract(), engine="spark")  # type: ignore[arg-type]  # what is tested
    assert refused.value.rule == "M01"
