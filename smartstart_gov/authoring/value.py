"""The base of every authored value: frozen, closed to unknown keys, nothing converted silently."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from smartstart_gov.authoring.ask import ask_in
from smartstart_gov.authoring.letters import undrawable
from smartstart_gov.authoring.names import NAME_PATTERN
from smartstart_gov.canonical import digest, real
from smartstart_gov.show import Shown

#: Words for "nobody has filled this in yet"; an empty field is an error, an open one is a fact.
OPEN = "open"
#: No field of an authored file is longer than this many bytes.
LONGEST_TEXT = 4096
#: No word is longer than this many characters: one that fills pages can be neither read nor drawn in reasonable time.
LONGEST_WORD = 120
#: So many characters that cannot be drawn are named; more are counted.
_MOST_SIGNS = 5
#: Keys that say what a value is called, and how much of a long value is shown beside its key.
_CALLED, _BRIEF = ("name", "id", "role", "version"), 90
#: Control, format, private, surrogate and unassigned characters, and two kinds of line break: nobody sees what they say.
_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
#: Cyrillic and Greek letters that print like Latin ones, after case folding.
_LOOK_ALIKES = str.maketrans("авеікмнорстухѕјԁһαβεικνορτυχ", "abeikmhopctyxsjdhabeiknoptux")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in an authored value; the reader adds file and line.

    `what` is a sentence without its full stop, or, for a single scalar, a predicate ("is empty").
    `at` leads from the checked value to the key concerned.
    """

    what: str
    remedy: str
    rule: str = "P05"
    at: tuple[str | int, ...] = ()


class Problems(ValueError):
    """All problems of one value; pydantic passes them to the reader inside its own error."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.what for problem in self.problems))


def refuse_any(problems: Iterable[Problem]) -> None:
    """Raise `Problems` if there are any."""
    found = tuple(problems)
    if found:
        raise Problems(found)


class Authored(Shown, BaseModel):
    """A value that people write in a file: immutable, strict, with a canonical record and a digest."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _lists_are_sequences(cls, value: Any) -> Any:
        """YAML and JSON know lists only; the values hold tuples."""
        return {k: _tuples(v) for k, v in value.items()} if isinstance(value, dict) else value

    #: Digest under which the value was recorded, where this version of the library would write a fuller record.
    _recorded: str | None = PrivateAttr(default=None)

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record: reals as decimal strings of 12 digits, empty optional keys left out."""
        record: dict[str, Any] = _canonical(self.model_dump(mode="python"))
        return record

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """Return the value that `to_record` wrote, even in an earlier version of the library: it keeps its digest."""
        value = cls.model_validate_json(json.dumps(record), strict=False, context={"record": True})
        recorded = digest(_canonical(record))
        # A private attribute counts when values are compared, so it is set only where there is something to keep.
        if recorded != value.digest:
            value._recorded = recorded
        return value

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with `update`; a changed copy has the digest of its new contents."""
        copied = super().model_copy(update=update, deep=deep)
        if update:
            copied._recorded = None
        return copied

    @model_serializer(mode="wrap")
    def _without_what_says_nothing(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # So a key that comes later, and that nobody has used, changes no digest that a seal or a look recorded.
        found: dict[str, Any] = write(self)
        silent = {key: of.default for key, of in type(self).model_fields.items() if of.default in (None, (), {})}
        said = self.said_open()
        return {key: item for key, item in found.items() if key not in silent or item != silent[key] or key in said}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe a field by its docstring, which says most to who writes the file, or else by what it asks."""
        schema = handler(core)
        described = handler.resolve_ref_schema(schema)["properties"]
        for name, field in cls.model_fields.items():
            if (ask := ask_in(field)) is not None:
                described[name].setdefault("description", ask.what)
        return schema

    def said_open(self) -> tuple[str, ...]:
        """Return the optional keys that this value needs, if only with the word open."""
        return ()

    @property
    def digest(self) -> str:
        """Digest of the canonical record, as it was recorded if it was: comments and layout of the file do not count."""
        return self._recorded or digest(self.to_record())

    def headline(self) -> str:
        """Return its name, in one line."""
        called = [str(value) for key in _CALLED if isinstance(value := getattr(self, key, None), str)]
        return f"{type(self).__name__}({' '.join(called[:2])})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per key: short values in full, lists as their length and names."""
        return ["key", "value"], [[key, _briefly(getattr(self, key))] for key in type(self).model_fields]


def _briefly(value: Any) -> str:
    if isinstance(value, Authored):
        # A text in two languages is shown in the language of the code.
        whole = getattr(value, "en", None) or ", ".join(f"{k}: {_briefly(v)}" for k, v in value)
    elif isinstance(value, dict | tuple) and value:
        whole = f"{len(value)}: " + ", ".join(_name_of(item) for item in value)
    else:
        whole = "-" if value in (None, (), {}) else str(value)
    return whole if len(whole) <= _BRIEF else whole[: _BRIEF - 3].rstrip() + "..."


def _name_of(item: Any) -> str:
    if isinstance(item, tuple):
        return " x ".join(map(str, item))
    return next((str(getattr(item, key)) for key in _CALLED if hasattr(item, key)), str(item))


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _canonical(value: Any) -> Any:
    """Return a copy in which reals and dates are text, tuples are lists and every key is text."""
    whole: list[Any] = [value]
    left: list[tuple[Any, Any]] = [(whole, 0)]
    while left:
        holder, place = left.pop()
        item = holder[place]
        if isinstance(item, float):
            holder[place] = real(item)
        elif isinstance(item, dt.date):
            holder[place] = item.isoformat()
        elif isinstance(item, dict):
            holder[place] = copied = {str(key): inner for key, inner in item.items()}
            left += [(copied, key) for key in copied]
        elif isinstance(item, list | tuple):
            holder[place] = listed = list(item)
            left += [(listed, position) for position in range(len(listed))]
    return whole[0]


def skeleton(text: str) -> str:
    """Return what `text` looks like, ignoring case, accent encoding, spaces, invisible characters and look-alike letters.

    Two labels with the same skeleton are probably one group that was split by mistake (Unicode TS 39
    has the full idea; the letters here are those that a Dutch keyboard can produce by mistake).

    Examples
    --------
    >>> skeleton(" Noord\u00a0 west") == skeleton("noord West")
    True
    >>> skeleton("\u0410") == skeleton("a")  # a Cyrillic capital A
    True
    """
    return " ".join(shape(text).casefold().translate(_LOOK_ALIKES).split())


def shape(text: str) -> str:
    """Return `text` without invisible characters and spare spaces, in one encoding of its letters; case stays.

    Examples
    --------
    >>> shape(" A1\u200b") == shape("A1"), shape("a1") == shape("A1")
    (True, False)
    """
    plain = unicodedata.normalize("NFKC", text)
    return " ".join("".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n\r").split())


def plain_text(value: str) -> str:
    """Refuse text that does not read as it looks: control and format characters, edge spaces, not NFC."""
    refuse_any(_text_problems(value))
    return value


def _text_problems(value: str) -> Iterable[Problem]:
    if not value:
        yield Problem(what="is empty", remedy="Write the fact, or the word open if the field allows it.")
        return
    if value != value.strip():
        yield Problem(rule="N02", what="begins or ends with a space", remedy="Remove the space.")
    if value != unicodedata.normalize("NFC", value):
        yield Problem(rule="N02", what="is not in Unicode form NFC", remedy="Type the accented letters as single characters.")
    bad = [c for c in value if unicodedata.category(c) in _FORBIDDEN_CATEGORIES and c != "\n"]
    if bad:
        sign = f"U+{ord(bad[0]):04X}"
        yield Problem(rule="N02", what=f"contains the invisible or control character {sign}", remedy="Remove it.")
    elif strange := undrawable(value):
        yield undrawn(strange)
    longest = max(map(len, value.split()), default=0)
    if longest > LONGEST_WORD:
        what = f"contains a word of {longest} characters; at most {LONGEST_WORD} are allowed"
        yield Problem(what=what, remedy="Break it up with spaces, or shorten it.")
    if len(value.encode("utf-8", "surrogatepass")) > LONGEST_TEXT:
        yield Problem(what=f"is longer than {LONGEST_TEXT} bytes", remedy="Shorten it, or point to a document.")


def undrawn(strange: Sequence[str]) -> Problem:
    """Return that no document can show these characters; reported before the data are counted, not when a document is drawn."""
    signs = list(dict.fromkeys(f"U+{ord(sign):04X}" for sign in strange))
    named = ", ".join(signs[:_MOST_SIGNS]) + (f" and {len(signs) - _MOST_SIGNS} more" if len(signs) > _MOST_SIGNS else "")
    return Problem(
        rule="N04", what=f"contains {named}, which the fonts of the documents cannot draw",
        remedy=(
            "Write it in Latin letters or another script that the fonts support; do the same in the data if it"
            " occurs there."
        ),
    )  # fmt: skip


def one_line(value: str) -> str:
    """Refuse text over more than one line, and everything `plain_text` refuses."""
    broken = [Problem(what="spans more than one line", remedy="Write it on one line.")] if "\n" in value else []
    refuse_any([*broken, *_text_problems(value)])
    return value


def plain_name(value: str) -> str:
    """Refuse a name that is not safe as a folder name on every system."""
    if not re.fullmatch(NAME_PATTERN, value) or ".." in value:
        remedy = "Use 1 to 64 lower-case letters, digits, dots, dashes and underscores; begin and end with a letter or digit."
        raise Problems([Problem(rule="N01", what="is not a plain name", remedy=remedy)])
    return value


def open_is_none(value: Any, info: ValidationInfo) -> Any:
    """Return None for the word open; an empty value is refused, except in a record, where it stands for open."""
    if value is None and not (info.context or {}).get("record"):
        raise Problems([Problem(what="is empty", remedy="Write the fact, or the word open.")])
    return None if value == OPEN else value


def or_open(*words: str) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return what makes a field of the closed list `words` accept the word open."""
    return BeforeValidator(open_is_none), _open_schema({"enum": list(words)})


def may_be_open(field: FieldInfo) -> bool:
    """Return whether `field` accepts the word open."""
    return any(isinstance(part, BeforeValidator) and part.func is open_is_none for part in field.metadata)


def may_be_one_line(field: FieldInfo) -> bool:
    """Return whether `field` accepts one line instead of a text in both languages."""
    return any(isinstance(part, BeforeValidator) and part.func is _in_both for part in field.metadata)


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            remedy = "Write it in quotes as year-month-day, like '2026-01-31'."
            raise Problems([Problem(what="is not a date", remedy=remedy)]) from None
    return value


def _open_schema(inner: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [inner, {"const": OPEN}]})


#: One line of text, read as it looks.
Line = Annotated[str, AfterValidator(one_line)]
#: Text that may run over several lines.
Paragraph = Annotated[str, AfterValidator(plain_text)]
#: A name that is safe as a folder name.
Name = Annotated[str, AfterValidator(plain_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})]
#: A calendar date, written in quotes.
Date = Annotated[dt.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Share = Annotated[float, Field(ge=0, le=1)]


class Text(Authored):
    """The same sentence in Dutch and in English: documents exist in both, and nothing is machine-translated."""

    nl: Paragraph
    """The sentence in Dutch (B1)."""
    en: Paragraph
    """The sentence in English."""

    def in_(self, lang: str) -> str:
        """Return the sentence in `lang`, ``"nl"`` or ``"en"``."""
        return self.nl if lang == "nl" else self.en


def _in_both(value: Any) -> Any:
    """Return what stands in both languages where one line is given: a proper name, a mailbox, a licence."""
    return {"nl": one_line(value), "en": value} if isinstance(value, str) and value != OPEN else value


#: A sentence in both languages, for the JSON Schema.
TEXT_SCHEMA = {
    "type": "object",
    "properties": {"nl": {"type": "string"}, "en": {"type": "string"}},
    "required": ["nl", "en"],
    "additionalProperties": False,
}
#: A declared fact in both languages, or the word ``open`` (kept as None): a field may be open, never absent.
Declared = Annotated[Text | None, BeforeValidator(open_is_none), _open_schema(TEXT_SCHEMA)]
_NAMED_SCHEMA = {"anyOf": [{"type": "string"}, TEXT_SCHEMA]}
#: One line that reads the same in both languages (a name, a mailbox), or a text in each.
Named = Annotated[Text, BeforeValidator(_in_both), WithJsonSchema(_NAMED_SCHEMA)]
DeclaredNamed = Annotated[Text | None, BeforeValidator(_in_both), BeforeValidator(open_is_none), _open_schema(_NAMED_SCHEMA)]
DeclaredLine = Annotated[Line | None, BeforeValidator(open_is_none), _open_schema({"type": "string"})]
DeclaredDate = Annotated[Date | None, BeforeValidator(open_is_none), _open_schema({"type": "string", "format": "date"})]
DeclaredShare = Annotated[
    Share | None, BeforeValidator(open_is_none), _open_schema({"type": "number", "minimum": 0, "maximum": 1})
]
DeclaredFlag = Annotated[bool | None, BeforeValidator(open_is_none), _open_schema({"type": "boolean"})]


class _OpenInSchema:
    """Marks a whole mapping in whose place the word ``open`` may stand, for the JSON Schema."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        branches = handler(core).get("anyOf", [])
        return {"anyOf": [*(branch for branch in branches if branch != {"type": "null"}), {"const": OPEN}]}


#: Put behind the type of a whole mapping: the mapping, the word ``open``, or no key at all (kept as None).
MAY_BE_OPEN: tuple[BeforeValidator, _OpenInSchema] = (BeforeValidator(open_is_none), _OpenInSchema())
