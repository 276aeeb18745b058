"""What pandera's own arguments say, in the contract's words, and which of them no contract can say.

Nothing is imported from pandera: its schemas, columns and checks are read by their public attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from smartstart_gov.project.column import Dtype
from smartstart_gov.project.node import shown

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
_CHECK_REMEDY = "Take it out of the schema, or check it where the data are made: a contract holds type, levels and range."
_CONVERTS = "Convert before the data are handed over: nothing is converted where it is checked."


@dataclass(slots=True)
class Said:
    """What one schema or column says: facts in the contract's words, and what no contract can say, with a remedy."""

    facts: dict[str, Any] = field(default_factory=dict)
    strange: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, what: str, remedy: str) -> None:
        """Note something that no contract can say."""
        self.strange.append((what, remedy))

    def hold(self, key: str, value: Any) -> None:
        """Note a fact; saying it twice in two ways is strange."""
        if key in self.facts and self.facts[key] != value:
            self.refuse(f"{key} is checked twice, with two values", "Keep one of the two.")
        self.facts[key] = value


def said_by_schema(schema: Any) -> Said:
    """Return what a DataFrameSchema says besides its columns."""
    said = Said()
    if schema.strict == "filter":
        said.refuse("strict='filter' drops columns silently", "Write strict=True: a column that no contract names is refused.")
    if schema.dtype is not None:
        said.refuse("a dtype is set for the whole frame", "Give each column its own.")
    for name, remedy in (
        ("ordered", "A contract takes columns in any order."),
        ("coerce", _CONVERTS),
        ("parsers", _CONVERTS),
        ("drop_invalid_rows", "Rows that break a contract are refused, not dropped."),
        ("add_missing_columns", "A missing column is refused, not made up."),
        ("on_missing_columns", "A missing column is refused, not made up."),
        ("unique", "Only a column of role index is unique; make the key one column."),
        ("title", "Say it in the fact meaning, in Dutch and in English."),
    ):
        if getattr(schema, name, None):
            said.refuse(f"{name} is set", remedy)
    for check in _foreign(schema):
        said.refuse(f"check {shown(str(check.name))} looks at the whole frame", _CHECK_REMEDY)
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
        ("drop_invalid_rows", "Rows that break a contract are refused, not dropped."),
        ("on_missing", "A missing column is refused, not made up."),
        ("title", "Say it in the fact meaning, in Dutch and in English."),
    ):
        if getattr(column, name, None):
            said.refuse(f"{name} is set", remedy)
    if column.default is not None:
        said.refuse("default is set", "A missing value is declared or refused, not filled in.")
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
        remedy = "Make its levels columns (reset_index), one of them with role index where it is unique by itself."
        said.refuse("the index has several levels (a MultiIndex)", remedy)
        return
    plain = getattr(index, "name", None) is None and not getattr(index, "coerce", True) and not getattr(index, "checks", True)
    if not plain or index.dtype is not None:
        said.refuse("the index has a name, a type or checks", "Make it a column (reset_index), with role index.")


def _dtype(dtype: Any, said: Said) -> None:
    text = str(dtype).lower().removeprefix("arrow_").removesuffix("[pyarrow]")
    word = next((word for pattern, word in _DTYPES if re.fullmatch(pattern, text, re.DOTALL)), None)
    # pandera takes a boolean or whole number of polars and pandas by one name; categories have levels of their own.
    categories = getattr(getattr(dtype, "type", None), "categories", None)
    categories = getattr(dtype, "categories", None) if categories is None else categories
    if word is None or (categories is not None and not all(isinstance(level, str) for level in categories)):
        said.refuse(
            f"dtype {shown(str(dtype))} is none of a contract's", "Use text, whole numbers, numbers, booleans or moments."
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
        said.refuse(f"check {shown(name)} only warns", "Take raise_warning away: what breaks a contract is refused.")
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
        said.refuse(f"check {shown(name)} leaves out its bound", "Write ge and le: a contract's range holds its ends.")
    else:
        said.refuse(f"check {shown(name)} has no place in a contract", _CHECK_REMEDY)


def _is_built_in(check: Any) -> bool:
    """Return whether `check` is pandera's own of that name, and not somebody's function under its name."""
    kind = type(check)
    is_known = getattr(kind, "is_builtin_check", None)
    # pandera has no public way to a check's function; its own are of a class that nobody's functions are, and are copied.
    return bool(is_known and is_known(check.name) and type(check._check_fn) is type(kind.get_builtin_check_fn(check.name)))
