"""area_table(): rows of people become what an area model may see: figures of their area, and people as counts.

A model that speaks about areas needs nothing of a person but the area, the groups that the audit compares, and the
outcome. All other columns become one figure per area. Rows of one area, group and outcome are then identical: the
table is a list of counts, written out so that every count can be checked, linked and sealed as rows are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import narwhals as nw

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.names import SINGLE
from smartstart_gov.authoring.node import shown
from smartstart_gov.errors import Refused, Violation, expect
from smartstart_gov.intake.link import Linked
from smartstart_gov.intake.tables import in_memory, named_once

#: No figure is of fewer people than this, unless the caller asks for more.
FEWEST = 50
#: Figures of areas keep so many decimals: a mean of hundreds of people, and no exact sum of them.
DECIMALS = 3
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
        All at once: C01 where the contract is not of an area model, D20 for a column that is missing, D17 for one whose mean
        cannot be taken, D24 for areas with too few people.

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
    native = people.native if isinstance(people, Linked) else people
    in_memory(native, _WHERE)
    frame = nw.from_native(named_once(native, _WHERE), eager_only=True)
    found = list(_faults(frame, contract, means, max(minimum, FEWEST)))
    if found:
        raise Refused.of(found)
    unit = contract.with_role("unit")[0].name
    said = [unit, *(column.name for column in contract.with_role("sensitive", "control", "label"))]
    numbers = frame.select(unit, *(nw.col(source).cast(nw.Float64).alias(name) for name, source in means.items()))
    figures = numbers.group_by(unit).agg(nw.col(*means).mean()).with_columns(nw.col(*means).round(DECIMALS))
    table = nw.maybe_reset_index(frame.select(said).join(figures, on=unit, how="left").sort(*said)).to_native()
    return Linked(native=table, report=people.report) if isinstance(people, Linked) else table


def _faults(frame: Any, contract: DataContract, means: Mapping[str, str], minimum: int) -> Iterator[Violation]:
    where = f"Contract {contract.name} {contract.version}"
    units = contract.with_role("unit")
    if contract.aggregation_level in SINGLE or not units:
        what = f"The contract is not of an area model: its level is {contract.aggregation_level}"
        what += "." if units else ", and no column has the role unit."
        remedy = "Write aggregation_level: neighbourhood (or another area), and give the column of areas the role unit."
        yield Violation(rule="C01", what=what, where=where, remedy=remedy)
        return
    features = {column.name for column in contract.with_role("feature")}
    if strays := sorted(features ^ set(means)):
        what = f"Features and means differ in {', '.join(map(shown, strays))}."
        yield Violation(rule="D20", what=what, where="area_table(means=)", remedy="Name each feature of the contract once.")
    wanted = {units[0].name, *(column.name for column in contract.with_role("sensitive", "control", "label")), *means.values()}
    if missing := sorted(wanted - set(frame.columns)):
        what = f"There is no column {', '.join(map(shown, missing))}."
        yield Violation(rule="D20", what=what, where=_WHERE, remedy="Write column names exactly as they appear in the table.")
    for source in sorted(set(means.values()) & set(frame.columns)):
        column = frame[source]
        if not (column.dtype.is_numeric() or column.dtype == nw.Boolean):
            what = f"Column {shown(source)} holds no numbers, so no mean can be taken."
            remedy = "Count first, for instance with count_terms."
            yield Violation(rule="D17", what=what, where=_WHERE, remedy=remedy)
        elif column.is_null().any() or (column.dtype.is_float() and column.is_nan().any()):
            what = f"Column {shown(source)} has missing values; a mean without them would be of other people."
            yield Violation(rule="D17", what=what, where=_WHERE, remedy="Fill them in, or leave the figure out.")
    if units[0].name in frame.columns:
        areas = frame[units[0].name]
        sizes = areas.value_counts(name="people")["people"]
        few = int((sizes < minimum).sum())
        if few or areas.is_null().any():
            what = f"{few} of {len(sizes)} areas have fewer than {minimum} people, or their people have no area."
            remedy = "Merge small areas with a neighbour beforehand, or leave them out of the register and say so."
            yield Violation(rule="D24", what=what, where=_WHERE, remedy=remedy)
