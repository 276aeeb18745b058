"""A contract as a pandera schema, with its facts as metadata; and what of a frame fails it. The only door of pandera.

pandera by itself lets extra columns, infinite numbers, empty frames and doubled keys pass, converts where asked,
and can be switched off from outside; here none of that is left to a default.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from smartstart_gov.errors import Refused, expect
from smartstart_gov.project.column import Column
from smartstart_gov.project.column_checks import checks_of, held
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.node import shown
from smartstart_gov.project.pandera_facts import OURS
from smartstart_gov.project.typed_series import series_of
from smartstart_gov.project.writing import written

if TYPE_CHECKING:
    import pandas as pd

Engine = Literal["pandas", "polars"]
#: Values under which pandera checks at all, and checks everything.
_SWITCHES = {
    "PANDERA_VALIDATION_ENABLED": ("True", "true", "1"),
    "PANDERA_VALIDATION_DEPTH": ("SCHEMA_AND_DATA",),
    "PANDERA_USE_NARWHALS_BACKEND": ("False", "false", "0"),
}


def to_pandera(contract: DataContract, *, engine: Engine = "pandas") -> Any:
    """Return the pandera DataFrameSchema that `contract` compiles to, its facts as metadata.

    `from_pandera` makes the same contract of it again. The schema refuses what `validate` refuses, roles apart: all
    columns have to be there. Nothing is coerced, no other column may stand beside, and each check is named by its
    rule, like ``D04 levels``, and answers for the whole column, so that no row's value stands in an error;
    ``D17 type`` comes first, and where it fails the other checks of that column stay silent.

    Parameters
    ----------
    contract : DataContract
    engine : {"pandas", "polars"}
        Whose frames the schema is for.

    Returns
    -------
    pandera.pandas.DataFrameSchema or pandera.polars.DataFrameSchema

    Raises
    ------
    Refused
        M01 for another engine.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> from smartstart_gov.project.data import read_data
    >>> from smartstart_gov.project.scaffold import init_project
    >>> with TemporaryDirectory() as folder:
    ...     written = init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    ...     table = read_data(f"{folder}/early_help/sample.csv", project.contract)
    >>> schema = gov.to_pandera(project.contract)
    >>> len(schema.validate(table, lazy=True))
    5000
    """
    expect(contract, DataContract, "Argument contract", "Hand in the contract of a project: project.contract.")
    if engine not in ("pandas", "polars"):
        what = f"{shown(str(engine))} is no engine that a contract compiles to."
        raise Refused("M01", what, "to_pandera(engine=)", "Write pandas or polars.")
    return compiled(contract, contract.columns, engine)


def compiled(contract: DataContract, columns: Sequence[Column], engine: Engine = "pandas") -> Any:
    """Return the schema of some columns of `contract`."""
    pa = _library(engine)
    facts = {key: value for key, value in written(contract).items() if key != "columns"}
    of_rows = pa.Check(lambda data: _height(data) >= contract.minimum_rows, name="D12 rows", statistics={OURS: "D12 rows"})
    # Polars has no index, and no name twice.
    keys = {"index": pa.Index(None, unique=True), "unique_column_names": True} if engine == "pandas" else {}
    return pa.DataFrameSchema(
        {column.name: _column_schema(column, contract, pa) for column in columns},
        checks=[of_rows], strict=True, ordered=False, coerce=False, name=contract.name,
        description=None if contract.meaning is None else contract.meaning.en, metadata=facts, **keys,
    )  # fmt: skip


def _library(engine: Engine) -> Any:
    if engine == "pandas":
        import pandera.pandas as pa
    else:
        import pandera.polars as pa  # type: ignore[no-redef]  # two modules with one face
    return pa


def _column_schema(column: Column, contract: DataContract, pa: Any) -> Any:
    def test(name: str, holds: Callable[[pd.Series[Any]], bool]) -> Any:
        # One answer for the whole column: pandera would put the rows' values into its messages.
        return pa.Check(lambda data: holds(_series(data)), name=name, ignore_na=False, statistics={OURS: name})

    def holding(offends: Callable[[pd.Series[Any]], Any]) -> Callable[[pd.Series[Any]], bool]:
        def holds(series: pd.Series[Any]) -> bool:
            values = held(series, column)
            return values is None or not offends(values).any()

        return holds

    checks = [test("D17 type", lambda series: held(series, column) is not None)]
    checks += [test(f"{check.rule} {check.name}", holding(check.offends)) for check in checks_of(column, contract)]
    facts = {key: value for key, value in written(column).items() if key != "name"}
    # Gaps and doubles have checks of their own, with the rule of the column's role.
    return pa.Column(
        None, checks=checks, nullable=True, unique=False, required=True, coerce=False,
        description=None if column.meaning is None else column.meaning.en, metadata=facts,
    )  # fmt: skip


def _series(data: Any) -> pd.Series[Any]:
    """Return what a check is given, a pandas Series or polars' lazy frame and the name of a column, as a Series."""
    if hasattr(data, "lazyframe"):
        return series_of(data.lazyframe.select(data.key).collect(), data.key)
    series: pd.Series[Any] = data
    return series


def _height(data: Any) -> int:
    return int(data.lazyframe.collect().height) if hasattr(data, "lazyframe") else len(data)


def switched_on() -> None:
    """Refuse to check under settings that would let checks pass unseen.

    Raises
    ------
    Refused
        R07.
    """
    where, remedy = "Environment or pandera.config", "Unset it: a check that does not run protects nobody."
    for name, on in _SWITCHES.items():
        value = os.environ.get(name)
        if value is not None and value not in on:
            raise Refused("R07", f"{name} is set to {shown(value)}, so checks would be left out.", where, remedy)
    from pandera.config import ValidationDepth, get_config_context

    config = get_config_context()
    full = config.validation_depth in (None, ValidationDepth.SCHEMA_AND_DATA)
    if not config.validation_enabled or not full or config.use_narwhals_backend:
        raise Refused("R07", "pandera is configured to leave out checks.", where, "Set pandera's configuration back.")


def failures(table: pd.DataFrame, contract: DataContract, columns: Sequence[Column]) -> Iterator[tuple[Column, str | None]]:
    """Return the columns of `table` that fail, each with the name of a check; None for one that could not be made.

    Raises
    ------
    pandera.errors.SchemaErrors
        Where something else fails than the checks of a column and the number of rows.
    """
    import pandera.errors

    try:
        compiled(contract, columns).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        named = {column.name: column for column in columns}
        for error in errors.schema_errors:
            column = named.get(getattr(error.schema, "name", None) or "")
            check = getattr(error.check, "name", None)
            if column is None and check != "D12 rows":
                raise
            if column is not None:
                yield column, check
