"""DataContract: what each column means and may be used for, where the rows come from, and what people expect of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smartstart_gov.authoring.ask import Ask
from smartstart_gov.authoring.names import SINGLE, Aggregation
from smartstart_gov.authoring.sources import PUBLIC_KINDS, Source, says_public
from smartstart_gov.authoring.value import (
    MAY_BE_OPEN,
    OPEN,
    Authored,
    Declared,
    DeclaredNamed,
    Line,
    Name,
    Problem,
    Share,
    Text,
    refuse_any,
    skeleton,
)
from smartstart_gov.errors import OTHER_OUTCOMES, Refused

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
Inside = Annotated[float, Field(gt=0, lt=1)]
#: A country of birth says nothing of age.
_AGE = re.compile(
    r"\b(age|ages|aged|minors?|leeftijd\w*|minderjarig\w*|years? old|jaar oud|(year|date|day) of birth|birth ?(year|date|day)"
    r"|geboorte(jaar|datum|dag))\b",
    re.IGNORECASE,
)


class Column(Authored):
    """One column: type, range, role, source and meaning."""

    name: Line
    """The column's exact name in the data."""
    dtype: Dtype
    """Type of the values; nothing is converted."""
    role: Role
    """What the column may be used for; only features reach a model."""
    meaning: Annotated[Declared, Ask("data", "What does a value of this column mean?", "Days absent from school in a year.")]
    """What a value means, for a reader without the data."""
    source: Name | None = None
    """Name of an entry in `sources`; every column except index and ignore has one."""
    levels: tuple[Line | int | bool, ...] | None = None
    """Closed list of allowed values."""
    labels: dict[Line, Text] = {}
    """Names of levels for readers, if the stored value is a code or in only one language."""
    positive: Annotated[
        Line | int | bool | None,
        *MAY_BE_OPEN,
        Ask(
            "data",
            "Which of the two values of the label or decision counts as 1, the value that the model should find?",
            '"yes"',
        ),
    ] = None
    """For label and decision: the value that counts as 1; while it is open, nothing is trained, counted or released."""
    minimum: float | int | None = None
    """Smallest allowed number."""
    maximum: float | int | None = None
    """Largest allowed number."""
    nullable: bool = False
    """Whether a value may be missing."""
    special_category: Annotated[
        bool | None,
        *MAY_BE_OPEN,
        Ask(
            "data",
            "Is this input special-category data (health, religion, origin, nationality), or does it point to such data?",
            "false",
        ),
    ] = None
    """Special category of GDPR article 9, or origin, nationality, religion or a marker of these; absent or open: its
    source says it. If neither does, nobody has said, and control R01 is not shown as long as that is so of a feature."""
    unknown_values: tuple[Line | int, ...] = ()
    """Stored values that mean "not recorded"."""
    maximum_unknown_share: Share | None = None
    """Largest share of rows in which the group may be unknown; absent means none may be."""
    expected_shares: dict[Line, Share] = {}
    """Share of each group in the population, from a register outside the data."""
    justification: Annotated[
        Declared,
        Ask(
            "data",
            "Why does the model need this input, and what would be less intrusive?",
            "Moving house often unsettles children; there is no less intrusive measure.",
        ),
    ] = None
    """Why a feature that may stand for a protected group is needed (aim, suitability, necessity, proportionality)."""

    @property
    def kept_as(self) -> Dtype:
        """Type in which the values are checked: a key is text, even if its digits are declared as an integer."""
        return "string" if self.role in KEY_ROLES else self.dtype

    @property
    def axis_levels(self) -> tuple[str, ...]:
        """Names of the levels as text, with unknown last if it is allowed."""
        declared = tuple(str(level) for level in self.levels or ())
        return (*declared, UNKNOWN) if self.maximum_unknown_share is not None else declared

    def label_of(self, level: str, lang: str) -> str:
        """Return what readers call `level` in `lang`."""
        return self.labels[level].in_(lang) if level in self.labels else level

    def said_open(self) -> tuple[str, ...]:
        """Return what a label or decision must say, even if that is open."""
        return ("positive",) if self.role in BINARY else ()

    def settled(self, where: str) -> Self:
        """Return the column with its two values; Refused D07 if nobody has said which of them counts as 1."""
        if self.positive is None:
            one, other = self.levels or ("", "")
            remedy = (
                f"Write positive: {json.dumps(one)} or positive: {json.dumps(other)}, the value that the model should find."
            )
            what = f"Nothing says which value of {self.role} {self.name!r} counts as 1."
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
                    yield wrong(key, f"{key} is for values, not for a key of role {self.role}", "Remove it.")
        if self.role == "time" and self.dtype != "datetime":
            yield wrong("dtype", f"a time column is a datetime, got {self.dtype}", "Change dtype or role.")
        if self.role not in ("index", "ignore") and self.source is None:
            remedy = "Add source: one of the names under sources."
            yield wrong("source", f"{self.role} column {self.name!r} does not name a source", remedy)
        if self.levels is not None:
            yield from self._level_problems(self.levels)
        if (self.minimum is not None or self.maximum is not None) and self.dtype not in ("number", "integer"):
            key = "minimum" if self.minimum is not None else "maximum"
            what = f"minimum and maximum are for numbers, not for a {self.dtype}"
            yield wrong(key, what, "Remove them, or change dtype.")
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
                    "positive", f"a {self.role} needs positive", "Add positive: whichever of its two levels counts as 1."
                )
            if (OPEN, str) in typed:
                yield wrong(
                    "levels", f"{OPEN!r} means that nobody knows, so it cannot be a level of a {self.role}", "Use another word."
                )
        elif self.positive is not None:
            yield wrong(
                "positive", f"positive is for a label or a decision, not for a {self.role}", "Remove it, or change role."
            )
        if self.role != "sensitive":
            for key in ("maximum_unknown_share", "unknown_values", "expected_shares"):
                if getattr(self, key) not in (None, (), {}):
                    yield wrong(key, f"{key} is for a sensitive column, not for a {self.role}", "Remove it, or change role.")

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
            yield wrong("nullable", f"a {self.role} column is not nullable", "Remove nullable, and correct the data.")

    def _level_problems(self, levels: tuple[str | int | bool, ...]) -> Iterator[Problem]:
        kind = {"string": str, "integer": int, "boolean": bool}.get(self.dtype)
        strays = [i for i, level in enumerate(levels) if kind is None or type(level) is not kind]
        if strays:
            what = f"level {levels[strays[0]]!r} is not of dtype {self.dtype}"
            yield wrong("levels", what, "Write levels in the column's own type; put text in quotes.", strays[0])
        texts = [str(level) for level in levels]
        if UNKNOWN in texts:
            remedy = "List the stored value under unknown_values."
            yield wrong("levels", f"{UNKNOWN!r} is the reserved name of the unknown level", remedy, texts.index(UNKNOWN))
        looks = [skeleton(text) for text in texts]
        for look, times in Counter(looks).items():
            if times > 1:
                pair = [text for text, other in zip(texts, looks, strict=True) if other == look]
                what = f"levels {', '.join(map(repr, pair))} differ only in case, spaces or look-alike letters"
                at = ("levels", looks.index(look))
                yield Problem(rule="D02", what=what, remedy="Keep one spelling, and use it in the data.", at=at)
        known = set(texts)
        for field, names in (("labels", self.labels), ("expected_shares", self.expected_shares)):
            for name in names:
                if name not in known:
                    what = f"{field} names {name!r}, which is not among the levels"
                    yield wrong(field, what, "Use the level's own name.", name)
        for position, value in enumerate(self.unknown_values):
            if str(value) in known:
                what = f"{str(value)!r} appears under both levels and unknown_values"
                yield wrong("unknown_values", what, "Remove it from one of them.", position)
        total = sum(self.expected_shares.values())
        if self.expected_shares and not 0.98 <= total <= 1.02:
            yield wrong("expected_shares", f"expected_shares add up to {total:.3g}, not to 1", "Give every level its share.")


def wrong(key: str, what: str, remedy: str, *more: str | int) -> Problem:
    """Return what is wrong under `key` of a contract, or deeper."""
    return Problem(rule="C01", what=what, remedy=remedy, at=(key, *more))


class Step(Authored):
    """One step up a hierarchy: each lower level has exactly one parent."""

    name: Name
    """What the parents are called, like ``wijk``."""
    meaning: Text
    """What the parents are, for a reader."""
    parents: dict[Line, Line]
    """Lower level to parent."""


class Link(Authored):
    """One source that is combined with the base table by a pseudonymous key."""

    source: Name
    """Name of the entry in `sources` whose extract is linked."""
    key: Line
    """Column in the base table and in the extract: a pseudonym, never a citizen service number."""
    expected_share: Share
    """Share of the rows of the base table that should have a match in the extract."""
    moment: Line | None = None
    """Column of the extract that says when a record last changed."""
    maximum_days: Annotated[int, Field(ge=0)] | None = None
    """Maximum age in days of the newest record in the extract."""

    @model_validator(mode="after")
    def _age_is_whole(self) -> Self:
        if (self.moment is None) != (self.maximum_days is None):
            key = "moment" if self.moment is None else "maximum_days"
            remedy = "Give moment and maximum_days, or neither."
            refuse_any(
                [Problem(rule="C01", what=f"a link that limits the age of records also needs {key}", remedy=remedy, at=(key,))]
            )
        return self


def link_problems(links: Sequence[Link], sources: Sequence[str], used: Collection[str | None]) -> Iterator[Problem]:
    """Find links to sources that are missing, repeated or without columns, and links without a base."""
    named = [link.source for link in links]
    for i, name in enumerate(named):
        if name not in sources:
            remedy = f"Use one of {', '.join(sources) or 'none yet'}, or describe it under sources."
            yield _wrong(f"links names source {name!r}, which is not under sources", remedy, i)
        elif name in named[:i]:
            yield _wrong(f"source {name!r} is linked twice", "Link each source once.", i)
        elif name not in used:
            yield _wrong(f"source {name!r} is linked, but no column comes from it", "Remove the link, or add columns.", i)
    if links and not set(used) - {None} - set(named):
        yield Problem(
            rule="C01", what="every source is linked, so there is no base table", at=("links",),
            remedy="Remove the link of the base table, whose rows are the cases.",
        )  # fmt: skip


def hierarchy_problems(hierarchies: Mapping[str, Sequence[Step]], groups: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Find hierarchies of columns that are not in `groups`, and levels without exactly one parent."""
    for name, steps in hierarchies.items():
        if name not in groups:
            what = f"hierarchy {name!r} is not a sensitive column"
            yield Problem(rule="C02", what=what, remedy="Use the name of a sensitive column.", at=("hierarchies", name))
            continue
        below = set(groups[name])
        for i, step in enumerate(steps):
            strays = sorted(set(step.parents) ^ below)
            if strays:
                what = f"hierarchy {name!r}, step {step.name!r}: {strays[0]!r} has no parent or is not a level"
                what += f", and {len(strays) - 1} more" if len(strays) > 1 else ""
                lower = steps[i - 1].name if i else name
                remedy = f"Give each level of {lower} ({sorted(below)[0]}, ...) exactly one parent."
                yield Problem(rule="C02", what=what, remedy=remedy, at=("hierarchies", name, i, "parents"))
            below = set(step.parents.values())


def _wrong(what: str, remedy: str, position: int) -> Problem:
    return Problem(rule="C01", what=what, remedy=remedy, at=("links", position, "source"))


class Expected(Authored):
    """Expected rows, outcomes and errors; `power` and `check` use them, but no verdict ever does.

    Shares of groups are given next to their levels, as ``expected_shares``.
    """

    rows_per_year: Annotated[int, Field(ge=1)] | None = None
    """Rows per year."""
    base_rate: Inside | None = None
    """Share of the rows whose label is the positive one."""
    base_rates: dict[Line, dict[Line, Share]] = {}
    """The same by group, if groups differ: sensitive column, level, share. A level left out has `base_rate`."""
    unknown_shares: dict[Line, Share] = {}
    """Share of the rows in which the group is not recorded, by sensitive column; by default the largest that is allowed."""
    true_positive_rate: Inside | None = None
    """Share of the positive cases that a model of this kind finds."""
    false_positive_rate: Inside | None = None
    """Share of the negative cases that it wrongly selects."""

    @model_validator(mode="after")
    def _finds_more_than_it_errs(self) -> Self:
        found, wrong = self.true_positive_rate, self.false_positive_rate
        if found is not None and wrong is not None and found <= wrong:
            what = f"true_positive_rate {found:g} is not above false_positive_rate {wrong:g}: such a model is useless"
            refuse_any([Problem(what=what, remedy="Correct the two rates.", at=("true_positive_rate",))])
        return self

    def strays(self, groups: Mapping[str, tuple[tuple[str, ...], float | None]]) -> Iterator[Problem]:
        """Yield what is named here but is not in `groups`: levels and largest unknown share of each sensitive column."""
        for key, named in (("base_rates", self.base_rates), ("unknown_shares", self.unknown_shares)):
            for name in named:
                if name not in groups:
                    remedy = f"Choose from {', '.join(groups)}."
                    yield _wrong_expected(f"expected names {name!r}, which is not a sensitive column", remedy, key, name)
        for name, shares in self.base_rates.items():
            levels = groups.get(name, (tuple(shares), None))[0]
            for level in shares:
                if level not in levels:
                    yield _wrong_expected(
                        f"expected names {level!r}, which is not a level of {name!r}",
                        "Use the level's own name.", "base_rates", name, level,
                    )  # fmt: skip
        for name, share in self.unknown_shares.items():
            most = groups[name][1] if name in groups else share
            if most is None or share > most:
                what = f"expected unknown share {share:g} of {name!r} is above its maximum_unknown_share {most or 0:g}"
                yield _wrong_expected(what, "Lower it, or raise the column's maximum_unknown_share.", "unknown_shares", name)


def _wrong_expected(what: str, remedy: str, *at: str) -> Problem:
    return Problem(rule="C01", what=what, remedy=remedy, at=("expected", *at))


class DataContract(Authored):
    """The contract of one table: columns, sources, groups, hierarchy and what a row represents."""

    format: Literal[1]
    """Number of this file format."""
    name: Name
    """Name of the data set."""
    version: Line
    """Version of this contract, in quotes."""
    meaning: Annotated[Declared, Ask("data", "What is the table?", "Families who were known to the youth desk in 2024.")]
    """What the table is."""
    synthetic: bool | None = None
    """Whether the rows were made up; every page of every document then says so."""
    unit_of_analysis: Annotated[Declared, Ask("data", "What is one row?", "One family at the first of January.")]
    """What one row is."""
    aggregation_level: Aggregation
    """The level of the model's statements: a person, a neighbourhood, ..."""
    minimum_rows: Annotated[int, Field(ge=1)] = 1
    """Minimum number of rows."""
    maximum_levels: Annotated[int, Field(ge=2, le=1_000_000)] = 10_000
    """Maximum number of levels on one axis."""
    licence: Annotated[
        DeclaredNamed, Ask("lawyer", "Under what terms may these data be used?", "Supply agreement of 1 February, article 4.")
    ] = None
    """Under what terms the data may be used: one line, or a text in each language."""
    sources: dict[Name, Source]
    """Where the columns come from."""
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    """The columns, in any order."""
    hierarchies: dict[Line, tuple[Step, ...]] = {}
    """For a sensitive area column: its steps upwards, finest first."""
    links: tuple[Link, ...] = ()
    """Sources that are combined with the base table, and how; see `smartstart_gov.link`."""
    expected: Expected | None = None
    """What is expected of data that are not available yet; `power` and `check` use it."""
    unconfirmed: tuple[Line, ...] = ()
    """Columns, ``links.SOURCE`` and ``expected`` that were guessed from data; documents are drafts until this list is gone."""

    def column(self, name: str) -> Column:
        """Return the column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_role(self, *roles: Role) -> tuple[Column, ...]:
        """Return the columns that have one of `roles`, in the contract's order."""
        return tuple(column for column in self.columns if column.role in roles)

    def single(self, role: Role) -> Column | None:
        """Return the one column of `role`, or None."""
        found = self.with_role(role)
        return found[0] if found else None

    @property
    def of_areas(self) -> bool:
        """Whether it says that the model speaks about areas, and which column holds them."""
        return self.aggregation_level not in SINGLE and self.single("unit") is not None

    def to_yaml(self) -> str:
        """Return the contract as the text of its file: `read_contract` reads it as the same contract.

        Raises
        ------
        Refused
            P03 for numbers that the reader would not accept: those of more than 15 characters.
        """
        from smartstart_gov.authoring.writer import yaml_text

        return yaml_text(self)

    def said(self) -> Column | None:
        """Return the column with the output of somebody else's model, its score or its decision; None if there is none."""
        return self.single("score") or self.single("decision")

    def justification(self, column: Column) -> Text | None:
        """Return why the model needs `column`: its own reason, or else that of its source."""
        source = self.sources.get(column.source or "")
        return column.justification or (None if source is None else source.justification)

    def special(self, column: Column) -> bool | None:
        """Return whether `column` is of a special category: by its own word, or else its source's; None if nobody has said."""
        source = self.sources.get(column.source or "")
        return column.special_category if column.special_category is not None or source is None else source.special_category

    def outcome(self) -> Column:
        """Return the label's column; Refused D07 if there is none, or if nobody has said which value counts as 1."""
        where, label = f"Contract {self.name} {self.version}", self.single("label")
        if label is None:
            raise Refused("D07", "The contract has no label.", where, "Give one column the role label.")
        return label.settled(where)

    @model_validator(mode="after")
    def _whole_is_consistent(self) -> Self:
        groups = {c.name: (c.axis_levels, c.maximum_unknown_share) for c in self.with_role("sensitive")}
        strays = () if self.expected is None else self.expected.strays(groups)
        links = link_problems(self.links, list(self.sources), {column.source for column in self.columns})
        levels = {column.name: tuple(map(str, column.levels or ())) for column in self.with_role("sensitive")}
        hierarchies = hierarchy_problems(self.hierarchies, levels)
        named = [(name, one) for name, one in self.sources.items() if one.kind not in PUBLIC_KINDS and says_public(name)]
        public = [one.unsaid("sources", name) for name, one in named]
        refuse_any([*self._column_problems(), *hierarchies, *strays, *links, *public])
        return self

    def _column_problems(self) -> Iterator[Problem]:
        for name, times in Counter(column.name for column in self.columns).items():
            if times > 1:
                yield wrong("columns", f"column {name!r} appears {times} times", "Describe each column once.")
        for role in SINGLE_ROLES:
            found = self.with_role(role)
            if len(found) > 1:
                names = ", ".join(repr(column.name) for column in found)
                yield wrong(
                    "columns", f"role {role} belongs to one column, got {names}", "Give the other columns another role."
                )
        for i, column in enumerate(self.columns):
            if column.source is not None and column.source not in self.sources:
                what = f"column {column.name!r} names source {column.source!r}, which is not under sources"
                remedy = f"Use one of {', '.join(self.sources) or 'none yet'}, or describe it under sources."
                yield wrong("columns", what, remedy, i, "source")
            if column.levels is not None and len(column.levels) > self.maximum_levels:
                what = f"column {column.name!r} has {len(column.levels)} levels, more than maximum_levels {self.maximum_levels}"
                at = ("columns", i, "levels")
                yield Problem(rule="D15", what=what, remedy="Raise maximum_levels, or use larger groups.", at=at)
        known = {*(column.name for column in self.columns), *(f"links.{link.source}" for link in self.links)}
        known |= {"expected"} if self.expected is not None else set()
        for i, name in enumerate(self.unconfirmed):
            if name not in known:
                what = f"unconfirmed names {name!r}, which is neither a column nor a part of the contract"
                yield wrong("unconfirmed", what, "Remove it.", i)
        if self.single("score") is not None and self.single("decision") is not None:
            what = (
                "the contract has both a score and a decision: applying the policy's threshold to the score would"
                " give a second decision"
            )
            yield wrong("columns", what, "Keep the score, and give the other column the role ignore.")
        if not self.with_role("sensitive"):
            yield wrong(
                "columns",
                "no column has role sensitive",
                "Give the role sensitive to the columns whose groups the audit compares.",
            )


def steps_of(column: Column, contract: DataContract) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the hierarchy of `column`: for each step its name and the ancestor of every declared level."""
    ancestors = [str(level) for level in column.levels or ()]
    steps = []
    for step in contract.hierarchies.get(column.name, ()):
        ancestors = [step.parents[name] for name in ancestors]
        steps.append((step.name, tuple(ancestors)))
    return tuple(steps)


def ages(contract: DataContract) -> tuple[Column, ...]:
    """Return the columns that refer to age.

    Examples
    --------
    >>> bool(_AGE.search("age of the child in years")), bool(_AGE.search("average income"))
    (True, False)
    """
    return tuple(c for c in contract.columns if _AGE.search(f"{c.name.replace('_', ' ')} {_said(c)}"))


def _said(column: Column) -> str:
    return "" if column.meaning is None else f"{column.meaning.nl} {column.meaning.en}"
