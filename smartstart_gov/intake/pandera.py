"""A contract to and from a pandera schema, with its facts as metadata. The only door of pandera.

Nothing is imported from pandera: its schemas, columns and checks are read by their public attributes.

By default pandera accepts extra columns, infinite numbers, empty frames and duplicate keys, converts if asked,
and can be switched off from outside; here none of that is left to a default.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.complaints import checked
from smartstart_gov.authoring.contract import Column, DataContract, Dtype
from smartstart_gov.authoring.node import Location, Node, Page, sentence, shown, spelt
from smartstart_gov.authoring.value import Authored
from smartstart_gov.authoring.writer import written
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.checks import checks_of, held
from smartstart_gov.intake.series import series_of

if TYPE_CHECKING:
    import pandas as pd


#: The key under which a check of ours says which it is; what it holds is said by the contract's facts as well.
OURS = "smartstart_gov"
#: What a dtype of pandas, numpy, Arrow or polars is called, and the contract's word for it.
_DTYPES: tuple[tuple[str, Dtype], ...] = (
    (r"u?int\d*", "integer"),
    (r"float\d*|double", "number"),
    (r"bool(ean)?", "boolean"),
    (r"str(ing)?(\[\w+\])?|large_string|category|categorical|enum\(.*\)", "string"),
    (r"(datetime64|timestamp)\[.*\]|datetime\(.*\)", "datetime"),
)
_CHECK_REMEDY = "Remove it from the schema, or check it where the data are made: a contract covers only type, levels and range."
_CONVERTS = "Convert before the data are handed over: validation does not convert anything."
Engine = Literal["pandas", "polars"]


@dataclass(slots=True)
class Said:
    """What one schema or column says: facts in the contract's terms, and what no contract can express, with a remedy."""

    facts: dict[str, Any] = field(default_factory=dict)
    strange: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, what: str, remedy: str) -> None:
        """Note something that no contract can express."""
        self.strange.append((what, remedy))

    def hold(self, key: str, value: Any) -> None:
        """Note a fact; two different values for it are a problem."""
        if key in self.facts and self.facts[key] != value:
            self.refuse(f"{key} is checked twice, with two values", "Remove one of them.")
        self.facts[key] = value


def said_by_schema(schema: Any) -> Said:
    """Return what a DataFrameSchema says besides its columns."""
    said = Said()
    if schema.strict == "filter":
        said.refuse(
            "strict='filter' drops columns silently", "Write strict=True: a column that the contract does not name is refused."
        )
    if schema.dtype is not None:
        said.refuse("a dtype is set for the whole frame", "Give each column its own dtype.")
    for name, remedy in (
        ("ordered", "Remove it: a contract accepts columns in any order."),
        ("coerce", _CONVERTS),
        ("parsers", _CONVERTS),
        ("drop_invalid_rows", "Remove it: rows that break a contract are refused, not dropped."),
        ("add_missing_columns", "Remove it: a missing column is refused, not made up."),
        ("on_missing_columns", "Remove it: a missing column is refused, not made up."),
        ("unique", "Only a column with the role index is unique; make the key one column."),
        ("title", "Put it in meaning, in Dutch and in English."),
    ):
        if getattr(schema, name, None):
            said.refuse(f"{name} is set", remedy)
    for check in _foreign(schema):
        said.refuse(f"check {shown(str(check.name))} checks the whole frame", _CHECK_REMEDY)
    _index(getattr(schema, "index", None), said)
    return said


def said_by_column(column: Any) -> Said:
    """Return what a Column says: dtype, nullable, levels, minimum, maximum, unique."""
    said = Said()
    if column.dtype is not None:
        _dtype(column.dtype, said)
    said.facts["unique"] = bool(column.unique)
    if not any(map(_is_ours, column.checks or ())):
        # Where a contract was compiled, a check of ours looks at gaps, and pandera's own argument is out of use.
        said.facts["nullable"] = bool(column.nullable)
    for name, remedy in (
        ("regex", "Name each column."),
        ("coerce", _CONVERTS),
        ("parsers", _CONVERTS),
        ("drop_invalid_rows", "Remove it: rows that break a contract are refused, not dropped."),
        ("on_missing", "Remove it: a missing column is refused, not made up."),
        ("title", "Put it in meaning, in Dutch and in English."),
    ):
        if getattr(column, name, None):
            said.refuse(f"{name} is set", remedy)
    if column.default is not None:
        said.refuse("default is set", "Remove it: a missing value is declared or refused, not filled in.")
    if not column.required:
        said.refuse("the column may be absent (required=False)", "Make it required, or leave it out.")
    for check in _foreign(column):
        _check(check, said)
    return said


def _index(index: Any, said: Said) -> None:
    """Refuse an index that says more than: keys are unique."""
    if index is None:
        return
    if hasattr(index, "indexes"):
        remedy = "Turn its levels into columns (reset_index); give one of them the role index if it is unique by itself."
        said.refuse("the index has several levels (a MultiIndex)", remedy)
        return
    plain = getattr(index, "name", None) is None and not getattr(index, "coerce", True) and not getattr(index, "checks", True)
    if not plain or index.dtype is not None:
        said.refuse("the index has a name, a type or checks", "Turn it into a column (reset_index) with the role index.")


def _dtype(dtype: Any, said: Said) -> None:
    text = str(dtype).lower().removeprefix("arrow_").removesuffix("[pyarrow]")
    word = next((word for pattern, word in _DTYPES if re.fullmatch(pattern, text, re.DOTALL)), None)
    # pandera takes a boolean or whole number of polars and pandas by one name; categories have levels of their own.
    categories = getattr(getattr(dtype, "type", None), "categories", None)
    categories = getattr(dtype, "categories", None) if categories is None else categories
    if word is None or (categories is not None and not all(isinstance(level, str) for level in categories)):
        said.refuse(
            f"dtype {shown(str(dtype))} is not a dtype of a contract",
            "Use text, whole numbers, numbers, booleans or datetimes.",
        )
        return
    said.facts["dtype"] = word
    if categories is not None:
        said.facts["levels"] = list(categories)


def _is_ours(check: Any) -> bool:
    return OURS in (getattr(check, "statistics", None) or {})


def _foreign(holder: Any) -> Iterator[Any]:
    """Return the checks of `holder` that are not ours."""
    for check in holder.checks or ():
        if not _is_ours(check):
            yield check


def _check(check: Any, said: Said) -> None:
    name, says = str(check.name), getattr(check, "statistics", None) or {}
    plain = _is_built_in(check) and not check.groupby and not check.element_wise
    if getattr(check, "raise_warning", False):
        said.refuse(f"check {shown(name)} only warns", "Remove raise_warning: data that break a contract are refused.")
    elif plain and name == "isin":
        said.hold("levels", list(says["allowed_values"]))
    elif plain and name == "greater_than_or_equal_to":
        said.hold("minimum", says["min_value"])
    elif plain and name == "less_than_or_equal_to":
        said.hold("maximum", says["max_value"])
    elif plain and name == "in_range" and says.get("include_min", True) and says.get("include_max", True):
        said.hold("minimum", says["min_value"])
        said.hold("maximum", says["max_value"])
    elif plain and name in ("greater_than", "less_than", "in_range"):
        said.refuse(f"check {shown(name)} excludes its bound", "Write ge and le: a contract's range includes its bounds.")
    else:
        said.refuse(f"check {shown(name)} has no place in a contract", _CHECK_REMEDY)


def _is_built_in(check: Any) -> bool:
    """Return whether `check` is pandera's own of that name, and not somebody's function under its name."""
    kind = type(check)
    is_known = getattr(kind, "is_builtin_check", None)
    # pandera has no public way to a check's function; its own are of a class that nobody's functions are, and are copied.
    return bool(is_known and is_known(check.name) and type(check._check_fn) is type(kind.get_builtin_check_fn(check.name)))


def to_pandera(contract: DataContract, *, engine: Engine = "pandas") -> Any:
    """Return the pandera DataFrameSchema that `contract` compiles to, its facts as metadata.

    `from_pandera` makes the same contract of it again. The schema refuses what `validate` refuses, regardless of
    roles: all columns must be present. Nothing is coerced, no other columns are allowed, and each check is named after
    its rule, like ``D04 levels``, and covers the whole column, so that errors never contain values; ``D17
    type`` comes first, and if it fails the other checks of that column are skipped.

    Parameters
    ----------
    contract : DataContract
    engine : {"pandas", "polars"}
        The library of the frames.

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
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    ...     table = project.read(f"{folder}/early_help/sample.csv")
    >>> schema = gov.to_pandera(project.contract)
    >>> len(schema.validate(table, lazy=True))
    5000
    """
    accept(to_pandera, locals())
    if engine not in ("pandas", "polars"):
        what = f"{shown(str(engine))} is not an engine that a contract compiles to."
        raise Refused("M01", what, "to_pandera(engine=)", "Write pandas or polars.")
    pa = _library(engine)
    facts = {key: value for key, value in written(contract).items() if key != "columns"}
    of_rows = pa.Check(lambda data: _height(data) >= contract.minimum_rows, name="D12 rows", statistics={OURS: "D12 rows"})
    # Polars has no index, and no name twice.
    keys = {"index": pa.Index(None, unique=True), "unique_column_names": True} if engine == "pandas" else {}
    return pa.DataFrameSchema(
        {column.name: _column_schema(column, contract, pa) for column in contract.columns},
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


def from_pandera(schema: Any) -> DataContract:
    """Return the contract that a pandera schema and its metadata say.

    Type, levels, range and missing values are taken from pandera's own arguments (`dtype`, `isin`, `ge`, `le`,
    `nullable`) or from the metadata; the other facts are in the metadata under their names in a contract: ``role``,
    ``source``, ``meaning``, ... of a column, and ``version``, ``sources``, ... of the schema (of a model: in
    ``Config.metadata``). If there is metadata of other tools, ours is under one key, ``smartstart_gov``.

    Parameters
    ----------
    schema : pandera DataFrameModel or DataFrameSchema
        For pandas or polars frames.

    Returns
    -------
    DataContract

    Raises
    ------
    Refused
        Every violation at once: C03 for what a contract cannot express (custom checks, patterns, coerce, defaults,
        optional columns, ...) and for facts that contradict pandera's arguments; U01 for anything that is not a pandera
        schema; and all other reasons to refuse an authored contract.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     project = gov.open_project(f"{folder}/early_help")
    >>> gov.from_pandera(gov.to_pandera(project.contract)) == project.contract
    True
    """
    built, frame_facts = _built(schema)
    name = str(built.name or "schema")
    page = _SchemaPage(f"Schema {shown(name)}", Node({}, 0), names=tuple(map(str, built.columns)))
    found: list[Violation] = []
    whole = said_by_schema(built)
    record = {"format": 1, "name": built.name, **_facts(frame_facts, page, (), found)}
    _described(record, built.description, whole)
    found += _strange(page, (), whole)
    columns = []
    for i, (key, column) in enumerate(built.columns.items()):
        said = said_by_column(column)
        columns.append(_column(key, column, said, _facts(column.metadata, page, ("columns", i), found)))
        found += _strange(page, ("columns", i), said)
    record["columns"] = columns
    page = _SchemaPage(page.name, _node(record, page, (), found), names=page.names)
    contract, violations = checked(page, DataContract)
    if found or contract is None:
        raise Refused.of([*found, *violations])
    return contract


def _built(schema: Any) -> tuple[Any, Any]:
    """Return the schema that was handed in, or that a model builds, and the metadata of its frame."""
    is_model = isinstance(schema, type) and hasattr(schema, "to_schema") and hasattr(schema, "__config__")
    built = schema.to_schema() if is_model else schema
    if not (type(built).__module__.startswith("pandera.") and hasattr(built, "columns") and hasattr(built, "strict")):
        remedy = "Pass a DataFrameModel or a DataFrameSchema from pandera.pandas or pandera.polars."
        raise Refused("U01", f"A {type(schema).__name__} is not a pandera schema.", "from_pandera(schema=)", remedy)
    # A model's own metadata do not reach the schema that it builds.
    config = getattr(schema.__config__, "metadata", None) if is_model else None
    return built, config if config is not None else built.metadata


@dataclass(frozen=True, slots=True)
class _SchemaPage(Page):
    """A schema has no lines: what is wrong stands in a column, at a key."""

    names: tuple[str, ...] = ()

    def where(self, location: Location, *, missing: str | None = None) -> str:
        path = (*self.follow(location)[0], *([] if missing is None else [missing]))
        place = self.name
        if len(path) > 1 and path[0] == "columns" and isinstance(path[1], int) and path[1] < len(self.names):
            place, path = f"{place}, column {shown(self.names[path[1]])}", path[2:]
        return place + (f", key {spelt(path)}" if path else "")


def _facts(metadata: Any, page: _SchemaPage, at: Location, found: list[Violation]) -> dict[str, Any]:
    """Return the facts in metadata: all of them, or those under our key."""
    facts = metadata.get(OURS, metadata) if isinstance(metadata, Mapping) else metadata
    if facts is None:
        return {}
    if not isinstance(facts, Mapping):
        remedy = "Write metadata as a mapping of keys, like {'role': 'feature'}."
        found.append(Violation(rule="C03", what="The metadata are not a mapping of keys.", where=_at(page, at), remedy=remedy))
        return {}
    return dict(facts)


def _column(key: Any, column: Any, said: Said, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the record of one column: its facts and what pandera says, held against each other."""
    if not isinstance(key, str):
        said.refuse("its name is not text", "Give each column a one-line name.")
    native = dict(said.facts)
    if native.pop("unique") and facts.get("role") != "index":
        said.refuse("unique is set", "Remove it: in a contract, only a column with the role index is unique.")
    nullable = native.get("nullable")
    if facts.get("role") == "sensitive" and nullable is not None:
        del native["nullable"]
        if nullable != (facts.get("maximum_unknown_share") is not None):
            remedy = "A missing group is unknown: give maximum_unknown_share and nullable=True, or neither."
            said.refuse("nullable and maximum_unknown_share contradict each other", remedy)
    unknown = list(facts.get("unknown_values", ())) if isinstance(facts.get("unknown_values"), list | tuple) else []
    if "levels" in native:
        native["levels"] = [level for level in native["levels"] if level not in unknown]
    for fact, value in native.items():
        if fact in facts and not _same(facts[fact], value):
            said.refuse(f"metadata and pandera's arguments disagree about {fact}", "Say it only once, or make both agree.")
    record = {"name": key, **native, **facts}
    _described(record, column.description, said)
    return record


def _described(record: dict[str, Any], description: str | None, said: Said) -> None:
    """Note a description that the meaning does not hold."""
    meaning = written(record["meaning"]) if isinstance(record.get("meaning"), Authored) else record.get("meaning")
    if description and (not isinstance(meaning, Mapping) or description not in meaning.values()):
        said.refuse("description is set", "Put it in meaning, in Dutch and in English.")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _strange(page: _SchemaPage, at: Location, said: Said) -> Iterator[Violation]:
    for what, remedy in said.strange:
        yield Violation(rule="C03", what=sentence(what), where=_at(page, at), remedy=remedy)


def _at(page: _SchemaPage, at: Location, *more: str | int) -> str:
    """Return a place in a schema whose tree does not stand yet."""
    column = f", column {shown(page.names[at[1]])}" if len(at) > 1 and isinstance(at[1], int) else ""
    key = spelt([*at[2:], *more])
    return page.name + column + (f", key {key}" if key else "")


def _node(value: Any, page: _SchemaPage, at: tuple[str | int, ...], found: list[Violation]) -> Node:
    """Return the tree of a record made of what Python has; what no authored file could hold is noted."""
    if isinstance(value, Authored):
        value = written(value)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = value.isoformat()
    elif type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, Mapping):
        strays = [key for key in value if not isinstance(key, str)]
        for key in strays:
            what = f"Key {shown(str(key))} is not text."
            found.append(Violation(rule="C03", what=what, where=_at(page, at), remedy="Put it in quotes."))
        return Node({k: _node(v, page, (*at, k), found) for k, v in value.items() if isinstance(k, str)}, 0)
    if isinstance(value, list | tuple):
        return Node([_node(item, page, (*at, i), found) for i, item in enumerate(value)], 0)
    if isinstance(value, str | bool | int | float):
        return Node(value, 0, raw=str(value))
    what = "The value None means empty." if value is None else f"A {type(value).__name__} cannot be a value in a contract."
    remedy = "Write the fact; or write the word open if nobody knows it yet and the key allows it; or leave the key out."
    found.append(Violation(rule="P03", what=what, where=_at(page, at), remedy=remedy))
    return Node("", 0, doubtful=True)
