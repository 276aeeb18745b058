"""What may be wrong in one column: each check finds the offending rows, and reports them without showing a value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import KEY_ROLES, Column, DataContract, Role
from smartstart_gov.authoring.value import shape, skeleton
from smartstart_gov.errors import OTHER_OUTCOMES
from smartstart_gov.intake.keys import ROUNDED, is_service_number, key_text
from smartstart_gov.intake.series import IN_WORDS, Kind, canonical, fits, kind_of

if TYPE_CHECKING:
    import pandas as pd

    Series = pd.Series[Any]

Mask = npt.NDArray[np.bool_]
_AXES = ("sensitive", "control", "site")
#: The rule under which a missing value, or one out of range, is refused; elsewhere it is D17.
_MISSING: dict[Role, str] = {"label": "D07", "score": "D08", "weight": "D19", "index": "D10", "unit": "D10"}
_RANGE: dict[Role, str] = {"score": "D08", "weight": "D19"}
_RESCALE = (
    "Rescale with fixed bounds, (score - lowest possible) / (highest possible - lowest possible), and rescale the policy's"
    " threshold too; or use ranks, score.rank(pct=True), with a capacity as threshold."
)
_MEND = "Correct the data, or declare what they contain; nothing is converted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule about one column.

    `offends` gets the canonical Series (see `typed_series`) and returns the offending rows; `what` says what is
    wrong, given the same Series and their number.
    """

    rule: str
    name: str
    offends: Callable[[Series], Mask]
    what: Callable[[Series, int], str]
    remedy: str


def checks_of(column: Column, contract: DataContract) -> tuple[Check, ...]:
    """Return every check of `column`, except its type."""
    found = [*_missing(column)]
    if column.levels is not None:
        found += _levels(column, contract.maximum_levels)
    if column.kept_as in ("integer", "number"):
        found += _range(column)
    return (*found, *_role(column))


def held(series: Series, column: Column) -> Series | None:
    """Return `series` in the form that checks and counts use; None if it does not match what `column` declares."""
    if column.role in KEY_ROLES:
        return key_text(series)
    return canonical(series, column.dtype) if fits(kind_of(series), column.dtype) else None


def wrong_type(column: Column, kind: Kind) -> tuple[str, str]:
    """Return what is wrong with a column of `kind`, and the remedy."""
    remedy = _MEND
    if column.role in KEY_ROLES:
        what = f"holds {IN_WORDS[kind]}; a key must be text, or whole numbers below 2^53, which cannot have been rounded"
        return what, "Read the column as text from its source (pandas: dtype=str), so that no digit of the key is lost."
    if column.dtype == "integer" and kind == "number":
        remedy = "Store whole numbers as integers (pandas: Int64 where values are missing), or declare dtype number."
    elif column.dtype == "datetime":
        remedy = "Convert the values to datetimes first (pandas: to_datetime with a format), or declare their real type."
    if column.role == "label":
        remedy = f"{remedy} {OTHER_OUTCOMES}"
    return f"contains {IN_WORDS[kind]}, but dtype {column.dtype} is declared", remedy


def _missing(column: Column) -> Iterator[Check]:
    if column.role == "sensitive":
        most, unknown_values = column.maximum_unknown_share, list(column.unknown_values)
        if most is None:
            remedy = "Record the group, or declare maximum_unknown_share: the share of rows in which it may be unknown."
            yield Check(rule="D01", name="group is known", offends=_is_missing, what=_counted("has no value"), remedy=remedy)
            return

        def unknown(series: Series) -> Mask:
            return _is_missing(series) | _is_in(series, unknown_values)

        def too_many(series: Series) -> Mask:
            rows = unknown(series)
            return rows if len(rows) and rows.mean() > most else np.zeros(len(series), dtype=bool)

        def what(series: Series, n: int) -> str:
            return f"is unknown in {n} of {len(series)} rows ({n / len(series):.3g}), more than the declared share of {most:g}"

        remedy = "Find out why it is not recorded; raise maximum_unknown_share only if the committee agrees."
        yield Check(rule="D01", name="unknown share", offends=too_many, what=what, remedy=remedy)
    elif not column.nullable:
        rule, remedy = _MISSING.get(column.role, "D17"), "Fill in or leave out these rows"
        remedy += "." if column.role in _MISSING else ", or declare nullable: true."
        yield Check(rule=rule, name="no gaps", offends=_is_missing, what=_counted("has no value"), remedy=remedy)


def _levels(column: Column, most: int) -> Iterator[Check]:
    allowed = [*(column.levels or ()), *column.unknown_values]
    looks = {skeleton(str(level)): level for level in allowed}

    def strays(series: Series) -> Mask:
        return ~_is_in(series, allowed) & ~_is_missing(series)

    def too_many(series: Series) -> bool:
        # A closed list is not longer than maximum_levels, so only strays can make an axis too long.
        rows = strays(series)
        return bool(rows.any()) and int(series[rows].nunique()) + len(allowed) > most

    def alike(series: Series) -> Mask:
        rows = strays(series)
        if column.dtype != "string" or not rows.any() or too_many(series):
            return np.zeros(len(series), dtype=bool)
        return _is_in(series, [value for value in series[rows].unique() if skeleton(value) in looks])

    def other(series: Series) -> Mask:
        return (
            np.zeros(len(series), dtype=bool) if column.role in _AXES and too_many(series) else strays(series) & ~alike(series)
        )

    def like_what(series: Series, n: int) -> str:
        meant = sorted({repr(looks[skeleton(value)]) for value in series[alike(series)].unique()})
        names = ", ".join(meant[:5]) + (f" and {len(meant) - 5} more" if len(meant) > 5 else "")
        return f"has {n} values that differ from a declared level only in case, spaces or look-alike letters: {names}"

    if column.role in _AXES:
        remedy = "Use larger groups, or raise maximum_levels."
        text = f"has more different values than maximum_levels {most}"
        yield Check(
            rule="D15",
            name="number of levels",
            offends=lambda s: strays(s) & too_many(s),
            what=lambda s, n: text,
            remedy=remedy,
        )
    yield Check(
        rule="D02",
        name="spelling of levels",
        offends=alike,
        what=like_what,
        remedy="Spell each level the same way throughout the data.",
    )
    rule = "D07" if column.role == "label" else "D04"
    remedy = "Add the level to the contract, or map it to a declared one in the data."
    if column.role == "decision":
        remedy = "Code the decision with its two declared values."
    if column.role == "label":
        remedy = f"Leave out rows without an outcome, and code the label with its two declared values. {OTHER_OUTCOMES}"
    elif column.role == "sensitive":
        remedy = "Add the level to the contract, or list the value under unknown_values if it means not recorded."
    yield Check(
        rule=rule, name="levels", offends=other, what=_counted("has a value that is not a declared level"), remedy=remedy
    )


def _range(column: Column) -> Iterator[Check]:
    rule = _RANGE.get(column.role, "D17")
    low, high = column.minimum, column.maximum
    if column.role in ("score", "weight"):
        low = max(0, low if low is not None else 0)
    if column.role == "score":
        high = min(1, high if high is not None else 1)
    if column.dtype == "number":
        yield Check(rule=rule, name="finite", offends=_is_infinite, what=_counted("is not finite"), remedy=_MEND)
    if low is None and high is None:
        return

    def outside(series: Series) -> Mask:
        known = series[~_is_missing(series)].to_numpy(dtype=np.float64)
        rows = np.zeros(len(series), dtype=bool)
        wrong = np.isfinite(known) & ~(
            (known >= (-np.inf if low is None else low)) & (known <= (np.inf if high is None else high))
        )
        rows[~_is_missing(series)] = wrong
        return rows

    bounds = " and ".join(f"{word} {bound:g}" for word, bound in (("at least", low), ("at most", high)) if bound is not None)
    remedy = _RESCALE if column.role == "score" else _MEND
    yield Check(rule=rule, name="range", offends=outside, what=_counted(f"is not {bounds}"), remedy=remedy)


def _role(column: Column) -> Iterator[Check]:
    if column.role == "label":
        levels = list(column.levels or ())

        def one_class(series: Series) -> Mask:
            rows = _is_in(series, levels)
            return rows & (rows.any() and series[rows].nunique() == 1)

        text, remedy = (
            "has only one of its two values",
            "Provide rows with both outcomes; nothing can be learned from only one.",
        )
        yield Check(rule="D06", name="both classes", offends=one_class, what=lambda s, n: text, remedy=remedy)
    if column.role in KEY_ROLES:
        yield from _key(column)
        text, remedy = (
            "looks like the citizen service number (BSN)",
            "Replace it with a pseudonym before the data are handed over.",
        )
        yield Check(
            rule="D22",
            name="pseudonyms",
            offends=lambda s: _all_if(s, is_service_number(s)),
            what=lambda s, n: text,
            remedy=remedy,
        )
    if column.role == "index":
        remedy = "Keep one row per key; if one case can have several rows, declare another key."
        what = _counted("has a key that appears more than once")
        yield Check(rule="D10", name="unique", offends=_doubled, what=what, remedy=remedy)
    if column.role in ("score", "decision"):
        text, remedy = "is the same in every row", "Provide the model's own scores; a constant ranks nobody."
        if column.role == "decision":
            remedy = "Provide rows with both decisions: if everybody is treated alike, there is no model to audit."
        yield Check(
            rule="D08",
            name="varies",
            offends=lambda s: _all_if(s, s.nunique() == 1 and len(s) > 1),
            what=lambda s, n: text,
            remedy=remedy,
        )
    if column.role == "weight":
        text, remedy = "is zero in every row", "Provide weights above zero for the rows that count."
        yield Check(
            rule="D19",
            name="not all zero",
            offends=lambda s: _all_if(s, bool((s == 0).all())),
            what=lambda s, n: text,
            remedy=remedy,
        )


def _key(column: Column) -> Iterator[Check]:
    if column.dtype == "integer":
        remedy = "Declare dtype string, or correct the data."
        what = _counted("has a key that does not consist of digits only")
        yield Check(
            rule="D10", name="digits", offends=lambda s: _is_filled(s) & ~_like(s, "-?[0-9]+"), what=what, remedy=remedy
        )
    # Where each stands once, nobody became somebody else.
    yield Check(
        rule="D10", name="exact keys", offends=lambda s: _like(s, ROUNDED) & _doubled(s),
        what=_counted("has a key rounded by a spreadsheet, like 1.2E+19, that appears more than once"),
        remedy="Export the keys as text from their source: nobody can tell any more whether these rows belong to one person.",
    )  # fmt: skip
    yield Check(
        rule="D10", name="one spelling", offends=_spelt_twice,
        what=_counted(
            "has a key that is empty, or that differs from another only in spaces, invisible characters or how letters are"
            " encoded"
        ),
        remedy="Write each key in one way in its source: now one person counts as two, or several count as one.",
    )  # fmt: skip


def _spelt_twice(series: Series) -> Mask:
    """Return rows whose key is empty, or has another spelling in the same column; upper and lower case are two keys."""
    seen = set(series.dropna().tolist())
    shapes = {key: shape(key) if " " in key or not (key and key.isascii() and key.isprintable()) else key for key in seen}
    spelt = Counter(shapes.values())
    return np.array([isinstance(k, str) and (not shapes[k] or spelt[shapes[k]] > 1) for k in series.tolist()], dtype=bool)


def _counted(text: str) -> Callable[[Series, int], str]:
    return lambda series, n: f"{text} in {n} of {len(series)} rows"


def _is_missing(series: Series) -> Mask:
    return np.asarray(series.isna().to_numpy(dtype=bool))


def _is_filled(series: Series) -> Mask:
    return ~_is_missing(series)


def _like(series: Series, pattern: str) -> Mask:
    return np.array([isinstance(v, str) and re.fullmatch(pattern, v) is not None for v in series.tolist()], dtype=bool)


def _is_in(series: Series, values: list[Any]) -> Mask:
    return np.asarray(series.isin(values).to_numpy(dtype=bool))


def _is_infinite(series: Series) -> Mask:
    return np.asarray(np.isinf(series.to_numpy(dtype=np.float64)))


def _doubled(series: Series) -> Mask:
    return np.asarray(series.duplicated(keep=False).to_numpy(dtype=bool)) & ~_is_missing(series)


def _all_if(series: Series, holds: bool) -> Mask:
    return np.full(len(series), holds)
