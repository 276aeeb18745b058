"""area_table(): rows of people become what an area model may see: figures of their area, and people as counts.

A model that speaks about areas needs nothing of a person but the area, the groups that the audit compares, and the
outcome. Of each column that the model gets, one figure per area is left. Rows of one area, group and outcome are then
identical: the table is a list of counts, written out so that every count can be checked, linked and sealed as rows are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation, expect, expect_whole
from smartstart_gov.intake.link import Linked
from smartstart_gov.intake.tables import cells, in_memory, named_once

#: No figure is of fewer people than this, unless the caller asks for more.
FEWEST = 50
#: Figures of areas keep so many decimals. That hides nobody: a share of fewer than a thousand people gives their number back.
DECIMALS = 3
#: Of larger numbers a mean does not hold so many decimals.
_LARGEST = 1e12
_WHERE = "area_table(people=)"


def area_table(people: Any, contract: DataContract, *, means: Mapping[str, str], minimum: int = FEWEST) -> Any:
    """Return a table with, for each person, the figures of their area, their groups and their outcome, and nothing else.

    Parameters
    ----------
    people : Linked, or pandas or polars DataFrame, shape (n_people, n_columns)
        One row per person; `contract`'s unit is the area in which they live.
    contract : DataContract
        Of an area model: its `aggregation_level` is an area, and its column with the role unit holds the areas.
    means : mapping of str to str
        For each feature of the contract, the column of `people` of which it is the mean in an area.
    minimum : int
        Fewest people of an area; at least 50.

    Returns
    -------
    Linked, or DataFrame
        Of the kind handed in, with the unit, the sensitive and control columns, the label and the features. Its rows are
        in the order of their contents, so that their place says nothing either.

    Raises
    ------
    Refused
        All at once: C01 where the contract is not of an area model, or a feature would be made of a column with another role,
        D20 for a column that is missing, D17 for one whose mean cannot be taken, D12 without rows, D24 for people without
        area and for areas with too few people.

    Notes
    -----
    The table is for training and audit, and not for publication. Its figures hide nobody from whoever knows how many people
    live in an area: of 60 people, a share of 0.017 is one of them.

    Examples
    --------
    >>> import pandas as pd
    >>> import smartstart_gov as gov
    >>> said = {"nl": "Iets.", "en": "Something."}
    >>> facts = dict.fromkeys(("original_purpose", "lawful_basis", "retention", "last_verified", "error_rate"), "open")
    >>> def column(name, dtype, role, **more):
    ...     return {"name": name, "dtype": dtype, "role": role, "source": "city", "meaning": said, **more}
    >>> contract = gov.DataContract.model_validate({
    ...     "format": 1, "name": "areas", "version": "1", "meaning": said, "unit_of_analysis": said,
    ...     "aggregation_level": "neighbourhood", "sources": {"city": {"system": "City", "owner": "City", **facts}},
    ...     "columns": [
    ...         column("area", "string", "unit"), column("absence", "number", "feature"),
    ...         column("sex", "string", "sensitive", levels=["f", "m"]),
    ...         column("helped", "boolean", "label", levels=[False, True], positive=True),
    ...     ],
    ... })
    >>> children = pd.DataFrame({
    ...     "area": ["north"] * 60 + ["south"] * 60, "sex": ["f", "m"] * 60, "helped": [True, False, False] * 40,
    ...     "days_absent": [1.0] * 60 + [3.0] * 60, "birthday": "2019-01-01",
    ... })
    >>> table = gov.area_table(children, contract, means={"absence": "days_absent"})
    >>> list(table.columns), len(table), len(table.drop_duplicates())
    (['area', 'sex', 'helped', 'absence'], 120, 8)
    """
    expect(contract, DataContract, "Argument contract", "Pass the contract of a project: project.contract.")
    remedy = "Pass a dict: for each feature the name of the column of which it is the mean."
    expect(means, Mapping, "area_table(means=)", remedy)
    for name in (*means, *means.values()):
        expect(name, str, "area_table(means=)", remedy)
    expect_whole(minimum, 0, "area_table(minimum=)")
    native = people.native if isinstance(people, Linked) else people
    in_memory(native, _WHERE)
    frame = nw.maybe_reset_index(nw.from_native(named_once(native, _WHERE), eager_only=True))
    found = list(_faults(frame, contract, means, max(minimum, FEWEST)))
    if found:
        raise Refused.of(found)
    unit = contract.with_role("unit")[0].name
    said = [unit, *(column.name for column in contract.with_role("sensitive", "control", "label"))]
    numbers = frame.select(unit, *(nw.col(source).cast(nw.Float64).alias(name) for name, source in means.items()))
    figures = numbers.group_by(unit).agg(nw.col(*means).mean()).with_columns(nw.col(*means).round(DECIMALS))
    table = frame.select(said).join(figures, on=unit, how="left").sort(*said)
    table = nw.maybe_reset_index(table).to_native()
    return Linked(native=table, report=people.report) if isinstance(people, Linked) else table


def _faults(frame: Any, contract: DataContract, means: Mapping[str, str], minimum: int) -> Iterator[Violation]:
    where = f"Contract {contract.name} {contract.version}"
    units = contract.with_role("unit")
    if not contract.of_areas:
        what = f"The contract is not of an area model: its level is {contract.aggregation_level}"
        what += "." if units else ", and no column has the role unit."
        remedy = "Write aggregation_level: neighbourhood (or another area), and give the column of areas the role unit."
        yield Violation(rule="C01", what=what, where=where, remedy=remedy)
        return
    if not len(frame):
        yield Violation(rule="D12", what="There are no rows.", where=_WHERE, remedy="Provide at least one person.")
    features = {column.name for column in contract.with_role("feature")}
    if strays := sorted(features ^ set(means)):
        what = f"Features and means differ in {', '.join(map(shown, strays))}."
        yield Violation(rule="D20", what=what, where="area_table(means=)", remedy="Name each feature of the contract once.")
    others = {column.name: column.role for column in contract.columns if column.role != "feature"}
    for source in sorted(set(means.values()) & set(others)):
        what = f"Column {shown(source)} has the role {others[source]}, so no feature can be made of it."
        remedy = "Leave the feature out: a model does not get what it is judged by."
        yield Violation(rule="C01", what=what, where="area_table(means=)", remedy=remedy)
    said = [units[0].name, *(column.name for column in contract.with_role("sensitive", "control", "label"))]
    if missing := sorted({*said, *means.values()} - set(frame.columns)):
        what = f"There is no column {', '.join(map(shown, missing))}."
        yield Violation(rule="D20", what=what, where=_WHERE, remedy="Write column names exactly as they appear in the table.")
    for source in sorted(set(means.values()) & set(frame.columns)):
        yield from _no_mean(frame[source], source)
    named = {name: cells(frame[name].to_native(), f"{_WHERE}, column {shown(name)}") for name in said if name in frame.columns}
    if units[0].name in named:
        yield from _no_areas(named[units[0].name], minimum)


def _no_mean(column: Any, name: str) -> Iterator[Violation]:
    if not (column.dtype.is_numeric() or column.dtype == nw.Boolean):
        what, remedy = (
            f"Column {shown(name)} holds no numbers, so no mean can be taken.",
            "Count first, for instance with count_terms.",
        )
        yield Violation(rule="D17", what=what, where=_WHERE, remedy=remedy)
        return
    missing = column.is_null() | column.is_nan() if column.dtype.is_float() else column.is_null()
    if missing.any():
        what = f"Column {shown(name)} has missing values; a mean without them would be of other people."
        yield Violation(rule="D17", what=what, where=_WHERE, remedy="Fill them in, or leave the figure out.")
    if column.dtype.is_numeric() and not bool((column.filter(~missing).cast(nw.Float64).abs() <= _LARGEST).all()):
        what = f"Column {shown(name)} holds numbers beyond {_LARGEST:g}, or infinite ones, of which no mean is exact."
        yield Violation(rule="D17", what=what, where=_WHERE, remedy="Mend them, or state the amounts in a larger measure.")


def _no_areas(areas: list[Any], minimum: int) -> Iterator[Violation]:
    nowhere = sum(area is None or not str(area).strip() for area in areas)
    if nowhere:
        what, remedy = f"{nowhere} of {len(areas)} people have no area.", "Find their areas, or leave them out and say so."
        yield Violation(rule="D24", what=what, where=_WHERE, remedy=remedy)
    sizes = Counter(area for area in areas if area is not None)
    if few := sum(size < minimum for size in sizes.values()):
        what = f"{few} of {len(sizes)} areas have fewer than {minimum} people."
        remedy = "Merge small areas with a neighbour beforehand, or leave them out of the register and say so."
        yield Violation(rule="D24", what=what, where=_WHERE, remedy=remedy)
