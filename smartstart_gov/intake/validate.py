"""validate(): a frame complies with its contract, or all violations are reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.contract import KEY_ROLES, Column, DataContract, Role
from smartstart_gov.authoring.node import sentence, shown
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.checks import checks_of, held, wrong_type
from smartstart_gov.intake.link import Linked
from smartstart_gov.intake.link_report import LinkReport
from smartstart_gov.intake.series import kind_of, series_of, values_of
from smartstart_gov.intake.tables import in_memory


@dataclass(frozen=True, slots=True, weakref_slot=True, kw_only=True, repr=False, eq=False)
class ValidatedFrame:
    """A frame that complies with its contract, with its columns in the contract's order.

    Attributes
    ----------
    native : pandas or polars DataFrame, shape (n_rows, n_columns)
        In the library and with the dtypes in which it was passed.
    contract : DataContract
    links : LinkReport or None
        Which rows were lost in linking, if the rows came from `link`.
    """

    native: Any
    contract: DataContract
    links: LinkReport | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.native)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in the contract's order."""
        return tuple(nw.from_native(self.native, eager_only=True).columns)

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return the values of one column, shape (n_rows,), the same from pandas and polars.

        Text is an array of objects with None for what is missing; so are integers and booleans if values are
        missing; numbers are float64 with nan; moments datetime64 in UTC with NaT. Keys are text, whatever they are
        stored as.
        """
        column = self.contract.column(name)
        series = held(series_of(self.native, name), column)
        if series is None:
            raise Refused("D17", f"Column {shown(name)} does not match its contract.", "ValidatedFrame", "Validate it first.")
        return values_of(series, column.kept_as)

    def __repr__(self) -> str:
        contract = f"contract {self.contract.name} {self.contract.version}"
        return f"ValidatedFrame({self.rows} rows, {len(self.columns)} columns, {contract})"


def validate(frame: Any, contract: DataContract, *, roles: Sequence[Role] | None = None) -> ValidatedFrame:
    """Return `frame` as one that complies with `contract`.

    Parameters
    ----------
    frame : pandas or polars DataFrame, shape (n_rows, n_columns), or Linked
        Columns in any order; the result of `link` is accepted with its report.
    contract : DataContract
    roles : sequence of str, optional
        Roles whose columns must be present; columns with other roles may be absent, and are checked if present.
        None means all columns except those with the role ignore.

    Returns
    -------
    ValidatedFrame

    Raises
    ------
    Refused
        Every violation at once, with numbers of rows and no record's values: D01 unknown group, D02 look-alike
        level, D04 undeclared level, D06 and D07 label, D08 score, D10 keys, D12 rows, D14 and D20 columns, D15 too
        many levels, D17 type and range, D19 weights; U01 for what is no frame.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    ...     table = project.read(f"{folder}/early_help/sample.csv")
    >>> gov.validate(table, project.contract).rows
    5000
    """
    accept(validate, locals())
    links = None
    if isinstance(frame, Linked):
        frame, links = frame.native, frame.report
    frame = in_memory(frame, "validate(frame=)")
    found = list(_shape(frame, contract, roles))
    columns = [column for column in contract.columns if list(frame.columns).count(column.name) == 1]
    if len(frame):
        found += _contents(frame, contract, columns)
    if found:
        raise Refused.of(found)
    names = [column.name for column in columns]
    return ValidatedFrame(native=frame[names], contract=contract, links=links)


def _shape(frame: Any, contract: DataContract, roles: Sequence[Role] | None) -> Iterator[Violation]:
    where = f"Contract {contract.name} {contract.version}"
    names = list(frame.columns)
    declared = {column.name for column in contract.columns}
    if names and not declared & set(names):
        # Where a file has no line of names, a person's values stand in their place: none of them is told.
        what = f"None of the data's {len(names)} columns is in the contract."
        remedy = "Use the contract's column names; in a file, put them in the first line."
        yield Violation(rule="D20", what=what, where=where, remedy=remedy)
        return
    for name in dict.fromkeys(names):
        if name not in declared:
            what = f"Column {shown(str(name))} is not in the contract."
            remedy = "Remove it from the data, or declare it (role ignore keeps it out of everything)."
            yield Violation(rule="D14", what=what, where=where, remedy=remedy)
        elif names.count(name) > 1:
            what = f"Column {shown(str(name))} appears {names.count(name)} times in the data."
            yield Violation(rule="D14", what=what, where=where, remedy="Keep one of them.")
    for column in contract.columns:
        needed = column.role != "ignore" if roles is None else column.role in roles
        if needed and column.name not in names:
            what = f"Column {shown(column.name)} is missing from the data."
            remedy = "Provide the column, or remove it from the contract."
            yield Violation(rule="D20", what=what, where=f"{where}, role {column.role}", remedy=remedy)
    index = getattr(frame, "index", None)
    if index is not None and not index.is_unique:
        remedy = "Give each row a unique key: drop the duplicate rows, or call reset_index."
        yield Violation(rule="D10", what="The frame's index has duplicate keys.", where="validate(frame=)", remedy=remedy)
    if len(frame) < contract.minimum_rows:
        what = f"There are {len(frame)} rows; the contract requires at least {contract.minimum_rows}."
        yield Violation(rule="D12", what=what, where=where, remedy="Provide more rows.")


def _contents(frame: Any, contract: DataContract, columns: Sequence[Column]) -> Iterator[Violation]:
    for column in columns:
        raw = series_of(frame, column.name)
        values = held(raw, column)
        if values is None:
            rule = "D10" if column.role in KEY_ROLES else "D17"
            yield _told(column, contract, rule, *wrong_type(column, kind_of(raw)))
            continue
        for check in checks_of(column, contract):
            try:
                offending = int(np.count_nonzero(check.offends(values)))
            except (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError):
                # A check that could not be made is a check that failed.
                yield _told(column, contract, "D17", "could not be checked", "Store it in a plain dtype of pandas or polars.")
                continue
            if offending:
                yield _told(column, contract, check.rule, check.what(values, offending), check.remedy)


def _told(column: Column, contract: DataContract, rule: str, what: str, remedy: str) -> Violation:
    where = f"Contract {contract.name} {contract.version}, role {column.role}"
    return Violation(rule=rule, what=sentence(f"column {shown(column.name)} {what}"), where=where, remedy=remedy)
