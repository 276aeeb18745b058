"""Column: what one column of the table is, and what it may be used for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import model_validator

from smartstart_gov.errors import OTHER_OUTCOMES, Refused
from smartstart_gov.project.authored import (
    MAY_BE_OPEN,
    OPEN,
    Authored,
    Declared,
    Line,
    Name,
    Problem,
    Share,
    Text,
    refuse_any,
    skeleton,
)

Role = Literal[
    "feature", "sensitive", "control", "label", "score", "decision", "weight", "unit", "time", "site", "index", "ignore"
]  # fmt: skip
Dtype = Literal["string", "integer", "number", "boolean", "datetime"]
#: The unknown level of every axis that allows one. No declared level may bear this name.
UNKNOWN = "unknown"
#: Roles of two values: what came true, and what was decided.
BINARY: tuple[Role, ...] = ("label", "decision")
#: Roles of keys: text wherever they are, so that no digit or leading zero of them is lost.
KEY_ROLES: tuple[Role, ...] = ("unit", "index")
#: Roles of which a contract has at most one column.
SINGLE_ROLES: tuple[Role, ...] = ("label", "score", "decision", "weight", "unit", "time", "site", "index")


class Column(Authored):
    """One column: type, range, role, source and meaning."""

    name: Line
    """The column's name in the data, to the letter."""
    dtype: Dtype
    """Type of the values; nothing is converted."""
    role: Role
    """What the column may be used for; only features reach a model."""
    meaning: Declared
    """What one value says, for a reader without the data."""
    source: Name | None = None
    """Name of an entry of `sources`; every column but index and ignore has one."""
    levels: tuple[Line | int | bool, ...] | None = None
    """Closed list of allowed values."""
    labels: dict[Line, Text] = {}
    """Names of levels for readers, where the stored value is a code or in one language."""
    positive: Annotated[Line | int | bool | None, *MAY_BE_OPEN] = None
    """For label and decision: the value that counts as 1; as long as it is open nothing is trained, counted or released."""
    minimum: float | int | None = None
    """Smallest allowed number."""
    maximum: float | int | None = None
    """Largest allowed number."""
    nullable: bool = False
    """Whether a value may be missing."""
    special_category: bool | None = None
    """Special category of GDPR article 9, or origin, nationality, religion or a marker of these; absent: nobody has said."""
    unknown_values: tuple[Line | int, ...] = ()
    """Stored values that mean: not recorded."""
    maximum_unknown_share: Share | None = None
    """Largest share of rows in which the group may be unknown; absent means none may be."""
    expected_shares: dict[Line, Share] = {}
    """Share of each group in the population, from a register outside the data."""
    justification: Declared = None
    """Why a feature that may stand for a protected group is needed (aim, suitability, necessity, proportionality)."""

    @property
    def kept_as(self) -> Dtype:
        """Type in which the values are looked at: a key is text, also where its digits are declared as an integer."""
        return "string" if self.role in KEY_ROLES else self.dtype

    @property
    def axis_levels(self) -> tuple[str, ...]:
        """Names of the levels as text, unknown last where it is allowed."""
        declared = tuple(str(level) for level in self.levels or ())
        return (*declared, UNKNOWN) if self.maximum_unknown_share is not None else declared

    def label_of(self, level: str, lang: str) -> str:
        """Return what readers call `level` in `lang`."""
        return self.labels[level].in_(lang) if level in self.labels else level

    def said_open(self) -> tuple[str, ...]:
        """Return what a label or decision has to say, even if that is: open."""
        return ("positive",) if self.role in BINARY else ()

    def settled(self, where: str) -> Self:
        """Return the column, of two values; Refused D07 where nobody has said which of them counts as 1."""
        if self.positive is None:
            one, other = self.levels or ("", "")
            remedy = f"Write positive: {json.dumps(one)} or positive: {json.dumps(other)}, the one that the model is to find."
            what = f"Nobody has said which value of {self.role} {self.name!r} counts as 1."
            raise Refused("D07", what, f"{where}, column {self.name!r}, key positive", remedy)
        return self

    @model_validator(mode="after")
    def _role_has_what_it_needs(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        yield from self._role_problems()
        yield from self._null_problems()
        if self.role in ("weight", "score") and self.dtype not in ("number", "integer"):
            yield wrong("dtype", f"a {self.role} column is a number or an integer, got {self.dtype}", "Change dtype or role.")
        if self.role in KEY_ROLES:
            if self.dtype not in ("string", "integer"):
                what = f"a {self.role} column is a key, and a key is a string (or an integer), got {self.dtype}"
                yield wrong("dtype", what, "Write dtype: string.")
            for key in ("levels", "minimum", "maximum"):
                if getattr(self, key) is not None:
                    yield wrong(key, f"{key} belongs to values, not to a key of role {self.role}", "Take it away.")
        if self.role == "time" and self.dtype != "datetime":
            yield wrong("dtype", f"a time column is a datetime, got {self.dtype}", "Change dtype or role.")
        if self.role not in ("index", "ignore") and self.source is None:
            remedy = "Add source: one of the names under sources."
            yield wrong("source", f"{self.role} column {self.name!r} names no source", remedy)
        if self.levels is not None:
            yield from self._level_problems(self.levels)
        if (self.minimum is not None or self.maximum is not None) and self.dtype not in ("number", "integer"):
            key = "minimum" if self.minimum is not None else "maximum"
            what = f"minimum and maximum belong to numbers, not to a {self.dtype}"
            yield wrong(key, what, "Take them away, or change dtype.")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            yield wrong("minimum", f"minimum {self.minimum} is above maximum {self.maximum}", "Exchange them.")

    def _role_problems(self) -> Iterator[Problem]:
        if self.role in ("sensitive", "control", "site", *BINARY) and not self.levels:
            remedy = "Add levels: the closed list of its values."
            yield wrong("levels", f"{self.role} column {self.name!r} has no levels", remedy)
        if self.role in BINARY:
            if self.levels and len(self.levels) != 2:
                yield wrong("levels", f"a {self.role} has exactly two levels, got {len(self.levels)}", OTHER_OUTCOMES)
            if self.dtype in ("number", "datetime"):
                yield wrong("dtype", f"a {self.role} is a string, an integer or a boolean, got {self.dtype}", OTHER_OUTCOMES)
            typed = [(level, type(level)) for level in self.levels or ()]
            open_ = self.positive is None and "positive" in self.model_fields_set
            if not open_ and (self.positive, type(self.positive)) not in typed:
                yield wrong(
                    "positive", f"a {self.role} needs positive", "Add positive: the one of its two levels that counts as 1."
                )
            if (OPEN, str) in typed:
                yield wrong(
                    "levels", f"{OPEN!r} says that nobody knows, and is no level of a {self.role}", "Write it otherwise."
                )
        elif self.positive is not None:
            yield wrong(
                "positive", f"positive belongs to a label or a decision, not to a {self.role}", "Take it away, or change role."
            )
        if self.role != "sensitive":
            for key in ("maximum_unknown_share", "unknown_values", "expected_shares"):
                if getattr(self, key) not in (None, (), {}):
                    yield wrong(
                        key, f"{key} belongs to a sensitive column, not to a {self.role}", "Take it away, or change role."
                    )

    def _null_problems(self) -> Iterator[Problem]:
        if self.unknown_values and self.maximum_unknown_share is None:
            remedy = "Add maximum_unknown_share: the largest share of rows in which the group may be unknown."
            yield wrong("unknown_values", "unknown_values needs maximum_unknown_share", remedy)
        if not self.nullable:
            return
        if self.role == "sensitive":
            remedy = "Declare maximum_unknown_share instead; missing values then count as unknown."
            yield wrong("nullable", "a sensitive column is not nullable", remedy)
        elif self.role in (*BINARY, "unit", "index", "weight", "score", "site", "control"):
            yield wrong("nullable", f"a {self.role} column is not nullable", "Take nullable away, and mend the data.")

    def _level_problems(self, levels: tuple[str | int | bool, ...]) -> Iterator[Problem]:
        kind = {"string": str, "integer": int, "boolean": bool}.get(self.dtype)
        strays = [i for i, level in enumerate(levels) if kind is None or type(level) is not kind]
        if strays:
            what = f"level {levels[strays[0]]!r} is not of dtype {self.dtype}"
            yield wrong("levels", what, "Write levels in the column's own type; text stands in quotes.", strays[0])
        texts = [str(level) for level in levels]
        if UNKNOWN in texts:
            remedy = "List the stored value under unknown_values."
            yield wrong("levels", f"{UNKNOWN!r} is the name of the unknown level", remedy, texts.index(UNKNOWN))
        looks = [skeleton(text) for text in texts]
        for look, times in Counter(looks).items():
            if times > 1:
                pair = [text for text, other in zip(texts, looks, strict=True) if other == look]
                what = f"levels {', '.join(map(repr, pair))} differ only in case, spaces or look-alike letters"
                at = ("levels", looks.index(look))
                yield Problem(rule="D02", what=what, remedy="Keep one, and write it so in the data.", at=at)
        known = set(texts)
        for field, names in (("labels", self.labels), ("expected_shares", self.expected_shares)):
            for name in names:
                if name not in known:
                    what = f"{field} names {name!r}, which is not among the levels"
                    yield wrong(field, what, "Use the level's own name.", name)
        for position, value in enumerate(self.unknown_values):
            if str(value) in known:
                what = f"{str(value)!r} stands among levels and unknown_values"
                yield wrong("unknown_values", what, "Keep it in one of the two.", position)
        total = sum(self.expected_shares.values())
        if self.expected_shares and not 0.98 <= total <= 1.02:
            yield wrong("expected_shares", f"expected_shares add up to {total:.3g}, not to 1", "Give every level its share.")


def wrong(key: str, what: str, remedy: str, *more: str | int) -> Problem:
    """Return what is wrong under `key` of a contract, or deeper."""
    return Problem(rule="C01", what=what, remedy=remedy, at=(key, *more))
