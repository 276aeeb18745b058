"""Words: sentences from the message catalogues, and numbers, dates and names as a reader of one language writes them."""

from __future__ import annotations

import datetime as dt
import gettext
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from itertools import groupby
from typing import Literal, NoReturn, cast, get_args

from babel import dates, numbers

from smartstart_gov.authoring.contract import UNKNOWN, DataContract
from smartstart_gov.authoring.letters import undrawable
from smartstart_gov.authoring.names import levels_of
from smartstart_gov.authoring.policy import Omission
from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.fonts import DOMAIN, resource
from smartstart_gov.documents.outline import Placed, Ref
from smartstart_gov.documents.terms import CODES
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.document_kinds import kind_of
from smartstart_gov.judgement.finding import Message
from smartstart_gov.judgement.sentences import NO_GROUP
from smartstart_gov.release.waivers import Waiver
from smartstart_gov.statistics.rates import RATES

Lang = Literal["nl", "en"]
#: Where the section of a document (of this one: "") stands that has an id.
Places = Callable[[str, str], Placed]
LANGUAGES: tuple[Lang, ...] = ("nl", "en")
#: A column's meaning stands for its name where it is no longer than this; else the name does.
LONGEST_TITLE = 60
#: A meaning of a column is its name in a figure or a table, whose lines go on, up to this length.
LONGEST_LABEL = 120
#: A share nearer to 0 or to 1 than this is that.
_LEAST = 1e-12
_DIVIDED = re.compile(rf"; (?=(?:{'|'.join(get_args(Omission))}) )")
_PERCENT = {"nl": "#,##0{}\u00a0%", "en": "#,##0{}%"}


class _Missing(gettext.NullTranslations):
    """What a catalogue falls back on: a page in two languages is worse than no page."""

    def gettext(self, message: str) -> NoReturn:
        raise LookupError(f"not translated: {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:
        self.gettext(msgid1)


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """Return the compiled message catalogue of `lang`; English sentences are their own translation.

    Raises
    ------
    Refused
        M01, where documents are not written in that language.
    """
    if lang not in LANGUAGES:
        raise Refused("M01", f"Documents are not written in {lang!r}.", "Argument lang", f"Use one of {', '.join(LANGUAGES)}.")
    if lang == "en":
        return gettext.NullTranslations()
    found = gettext.GNUTranslations(io.BytesIO(resource(f"locale/{lang}/LC_MESSAGES/{DOMAIN}.mo")))
    found.add_fallback(_Missing())
    return found


class Words:
    """One language: `say` and `plural` for sentences, the rest for what is put into them.

    Parameters
    ----------
    lang : {"nl", "en"}
    places : callable, optional
        Within a document: finds the sections that sentences refer to (see `smartstart_gov.documents.layout`).
    own : mapping, optional
        What an organisation calls a code, by kind and code (see `smartstart_gov.documents.theme`).
    waivers : sequence of Waiver
        What people let pass for a while: it stands in the log and not in the evidence.

    Examples
    --------
    >>> Words("nl").points(0.1234), Words("en").number(12840)
    ('12,3', '12,840')
    """

    def __init__(
        self, lang: str, *, places: Places | None = None, own: Mapping[tuple[str, str], Text] | None = None,
        waivers: Sequence[Waiver] = (),
    ) -> None:  # fmt: skip
        self.places, self.waivers = places, tuple(waivers)
        self._own = own or {}
        self._catalogue = catalogue(lang)
        self.lang = cast(Lang, lang)
        self._locale = "nl_NL" if lang == "nl" else "en_GB"

    def placed(self, places: Places) -> Words:
        """Return the same words within a document whose sections `places` finds."""
        return Words(self.lang, places=places, own=self._own, waivers=self.waivers)

    # ------------------------------------------------------------------------------- sentences
    def say(self, sentence: str, /, **values: str | Ref) -> str:
        """Return `sentence` (an English message id) in this language, its braces filled with `values`."""
        return self._filled(self._catalogue.gettext(sentence), values)

    def plural(self, one: str, many: str, n: int, /, **values: str | Ref) -> str:
        """Return the sentence for `n` things; ``{n}`` in it is the formatted number."""
        return self._filled(self._catalogue.ngettext(one, many, n), {"n": self.number(n), **values})

    def _filled(self, sentence: str, values: Mapping[str, str | Ref]) -> str:
        texts = {}
        for key, value in values.items():
            begins = re.search(rf"(^|[.?!] )\{{{key}\}}", sentence) is not None
            where = self.where(value) if isinstance(value, Ref) else value
            texts[key] = capital(where) if begins and isinstance(value, Ref) else where
        return sentence.format(**texts)

    def where(self, ref: Ref) -> str:
        """Return how readers find what `ref` refers to, like "section 7.4" or "annex A of the model card"."""
        if self.places is None:
            raise LookupError(f"a sentence refers to {', '.join(ref.ids)} outside a document, where nothing has a number")
        found, said = [self.places(ref.of, id_) for id_ in ref.ids], []
        for kind, places in groupby(found, key=lambda placed: placed.kind):
            names = [placed.number or f"'{placed.section.title}'" for placed in places]
            one, n = self.listed(names), len(names)
            if kind == "section":
                one = self.plural("section {number}", "sections {number}", n, number=one)
            elif kind == "annex":
                one = self.plural("annex {number}", "annexes {number}", n, number=one)
            elif kind == "part":
                one = self.plural("part {number}", "parts {number}", n, number=one)
            said.append(one)
        where = self.listed(said)
        if not ref.of or ref.named:
            return where
        return self.say("{where} of {document}", where=where, document=self._catalogue.gettext(kind_of(ref.of).called))

    def text(self, declared: Text | None) -> str:
        """Return an authored text in this language; what is open says so."""
        return self.say("not filled in yet") if declared is None else declared.in_(self.lang)

    def code(self, kind: str, value: str) -> str:
        """Return the word for a code of an authored file or a verdict, like ``("effect", "offer_of_help")``."""
        own = self._own.get((kind, value))
        return self._catalogue.gettext(CODES[kind][value]) if own is None else own.in_(self.lang)

    def message(self, message: Message, contract: DataContract, by: tuple[str, ...] = (), *, brief: bool = False) -> str:
        """Return a finding's sentence, with the names in it as readers know them; `brief` counts long lists."""
        values = {key: self._embedded(key, value, message, contract, by, brief) for key, value in message.values.items()}
        # Names are words by now, and kinds have done their work.
        shown = Message(code=message.code, values={key: v for key, v in values.items() if not key.endswith("_kind")})
        return capital(shown.text(self._catalogue.gettext(message.sentence), lang=self.lang, number=self.number))

    def _embedded(
        self, key: str, value: str | int, message: Message, contract: DataContract, by: tuple[str, ...], brief: bool
    ) -> str | int:
        if isinstance(value, int) or key == "metric":
            return value
        if key == "times":
            return self.short(float(value))
        if key in ("group", "other"):
            return self.group(contract, by, value, kind=str(message.values.get(f"{key}_kind", "level")))
        if key == "level" and value in CODES["aggregation"]:
            return self.code("aggregation", value)
        if key in ("columns", "attributes"):
            return ", ".join(self.column(contract, name.strip()) for name in value.split(","))
        if key == "omitted":
            # A level may hold a semicolon; what comes after one that divides begins with what it is.
            return ", ".join(self.omitted(contract, one) for one in _DIVIDED.split(value))
        if key == "told":
            return "; ".join(self._told(contract, one) for one in value.split("; "))
        if key == "facts":
            return self._facts(value, contract, brief)
        return value

    def _told(self, contract: DataContract, told: str) -> str:
        """Return in words what features tell of a column, like ``lat + long (neighborhood, 1.00)``."""
        columns, _, of = told.removesuffix(")").rpartition(" (")
        target, _, value = of.rpartition(", ")
        if not columns or not value.replace(".", "", 1).isdigit():
            return told
        return self.say(
            "{columns} ({target}; {value}, where 1 is certain)",
            columns=" + ".join(self.column(contract, name) for name in columns.split(" + ")),
            target=self.column(contract, target), value=self.telling(float(value)),
        )  # fmt: skip

    def telling(self, value: float) -> str:
        """Return how well something gives a group away, between 0 and 1; what is nearly certain is not said to be it."""
        return self.say("over {value}", value=self.decimal(0.99)) if value >= 0.995 else self.decimal(value)

    def _facts(self, value: str, contract: DataContract, brief: bool) -> str:
        """Return ``source.field`` names gathered by source, in words."""
        gathered: dict[str, list[str]] = {}
        for name in value.split(", "):
            source, _, field = name.rpartition(".")
            known = CODES["source_field"].get(field)
            gathered.setdefault(source, []).append(field if known is None else self._catalogue.gettext(known))
        parts = []
        for source, fields in gathered.items():
            system = contract.sources[source].system if source in contract.sources else source
            counted = self.plural("{n} fact", "{n} facts", len(fields))
            parts.append(f"{system} ({counted if brief else ', '.join(fields)})")
        return "; ".join(parts)

    # ----------------------------------------------------------------------------------- names
    def column(self, contract: DataContract, name: str, *, longest: int = LONGEST_TITLE) -> str:
        """Return what readers call a column: its meaning where that is short, else its name."""
        return self._meaning(contract, name, longest) or name

    def _meaning(self, contract: DataContract, name: str, longest: int) -> str:
        """Return the meaning of a column as its name; nothing where it has none, or none that is short enough."""
        try:
            declared = contract.column(name).meaning
        except KeyError:
            return ""
        meaning = "" if declared is None else declared.in_(self.lang).rstrip(".")
        return meaning if len(meaning) <= longest and "\n" not in meaning else ""

    def columns(self, contract: DataContract, names: tuple[str, ...], *, longest: int = LONGEST_TITLE) -> str:
        """Return what readers call an attribute, or the attributes of an intersection."""
        return self.listed([self.column(contract, name, longest=longest) for name in names])

    def heading(self, contract: DataContract, *names: str, longest: int = LONGEST_TITLE) -> str:
        """Return `columns` at the start of a line: with a capital letter, unless it starts with a name of the data."""
        text = self.columns(contract, names, longest=longest)
        return capital(text) if self._meaning(contract, names[0], longest) else text

    def listed(self, names: Sequence[str]) -> str:
        """Return `names` as a list within a sentence: a, b and c."""
        return self.say(" and ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def group(self, contract: DataContract, by: tuple[str, ...], name: str, *, kind: str = "level") -> str:
        """Return what readers call a group of `by`, or what stands on a side of a comparison; of no attribute: everybody.

        The kind says what a name is of: a group may be called rest, and an area as a group is.
        """
        if not by or kind in NO_GROUP:
            side = kind if kind in NO_GROUP else "overall"
            return self._catalogue.gettext(NO_GROUP[side])
        if kind == "area":
            return name
        return " & ".join(
            self.code("group", UNKNOWN) if level == UNKNOWN else self._level(contract, column, level)
            for column, level in zip(by, levels_of(by, name), strict=True)
        )

    def _level(self, contract: DataContract, column: str, level: str) -> str:
        try:
            return contract.column(column).label_of(level, self.lang)
        except KeyError:
            return level

    def metric(self, name: str) -> str:
        """Return what readers call a metric."""
        return RATES[name].label[self.lang]

    def omitted(self, contract: DataContract, key: str) -> str:
        """Return what readers call something that a policy leaves out, like ``column income`` or ``group origin=C``."""
        what, _, name = key.partition(" ")
        if what in ("attribute", "column", "limits"):
            name = self.column(contract, name)
        elif what == "area":
            column, place = _column_and_level(contract, name)
            level, _, area = place.rpartition(" in ")
            name = self.say("{area}, with {group}", area=area, group=self._level(contract, column, level))
        elif what == "outcome":
            column, level = _column_and_level(contract, name)
            name = self.say("{group} ({column})", group=level, column=self.column(contract, column))
        elif what == "group":
            column, level = _column_and_level(contract, name)
            name = self.say(
                "{group} ({column})", group=self._level(contract, column, level), column=self.column(contract, column)
            )
        elif what == "limit":
            metric, _, by = name.partition(" by ")
            groups = self.columns(contract, _columns_named(contract, by))
            name = self.say("{metric} by {groups}", metric=self._metric_or(metric), groups=groups)
        elif what == "metric":
            name = self._metric_or(name)
        elif what == "side" and name in CODES["side"]:
            name = self.code("side", name)
        return self.code("omission", what).format(name=name) if what in CODES["omission"] else key

    def _metric_or(self, name: str) -> str:
        """Return what readers call a metric; a policy may name one that is none."""
        return self.metric(name) if name in RATES else name

    # --------------------------------------------------------------------------------- numbers
    @property
    def undefined(self) -> str:
        """What stands where there is nothing to divide by; never 0."""
        return self.say("undefined")

    def number(self, value: int) -> str:
        """Return a whole number."""
        return _written(numbers.format_decimal, value, None, self._locale)

    def decimal(self, value: float, digits: int = 2) -> str:
        """Return a number with `digits` decimals; undefined and unbounded are words."""
        if math.isnan(value):
            return self.undefined
        if math.isinf(value):
            return self.say("no upper bound")
        pattern = "#,##0." + "0" * digits if digits else "#,##0"
        written = _written(numbers.format_decimal, _no_minus_zero(value, digits), pattern, self._locale)
        # A minus sign is read aloud and stays with its number; a hyphen does neither.
        return written.replace("-", "\u2212")

    def short(self, value: float) -> str:
        """Return a number with as many decimals as it has, at most six."""
        return numbers.format_decimal(value, format="#,##0.######", locale=self._locale)

    def exact(self, text: str) -> str:
        """Return decimal text with all its decimals."""
        return numbers.format_decimal(Decimal(text), format="#,##0." + "#" * 20, locale=self._locale)

    def percent(self, value: float, digits: int = 1) -> str:
        """Return a share as a percentage; undefined is a word, and what is nearly none, or nearly all, is not said to be that.

        Examples
        --------
        >>> Words("en").percent(1.0), Words("en").percent(0.99996), Words("en").percent(0.0002)
        ('100.0%', 'over 99.9%', 'under 0.1%')
        """
        if math.isnan(value):
            return self.undefined
        step = 10.0 ** -(digits + 2)
        # What a sum of floats leaves behind is no share.
        if _LEAST < value < 0.5 * step:
            return self.say("under {value}", value=self.percent(step, digits))
        if 1 - 0.5 * step < value < 1 - _LEAST:
            return self.say("over {value}", value=self.percent(1 - step, digits))
        pattern = _PERCENT[self.lang].format("." + "0" * digits if digits else "")
        return _written(numbers.format_percent, _no_minus_zero(value, digits + 2), pattern, self._locale)

    def points(self, value: float, digits: int = 1) -> str:
        """Return a difference of shares in percentage points, without the word."""
        return self.decimal(value * 100, digits)

    def range(self, low: float, high: float) -> str:
        """Return an interval of shares."""
        if math.isnan(low) or math.isnan(high):
            return self.undefined
        return self.say("{low} to {high}", low=self.percent(low), high=self.percent(high))

    def of_100(self, value: float) -> str:
        """Return a share as whole cases out of 100; what is nearly none, or nearly all, is not said to be that.

        Examples
        --------
        >>> Words("en").of_100(0.466), Words("en").of_100(0.002)
        ('47 of 100', 'fewer than 1 of 100')
        """
        if math.isnan(value):
            return self.undefined
        if 0 < value < 0.005:
            return self.say("fewer than 1 of 100")
        if 0.995 < value < 1:
            return self.say("more than 99 of 100")
        return self.say("{n} of 100", n=self.number(whole(value)))

    def between_100(self, low: float, high: float) -> str:
        """Return an interval of shares in words, out of 100 and rounded outwards.

        Examples
        --------
        >>> Words("en").between_100(0.4219, 0.5071)
        'probably between 42 and 51'
        """
        if math.isnan(low) or math.isnan(high):
            return self.undefined
        return self.say(
            "probably between {low} and {high}",
            low=self.number(math.floor(low * 100 + 1e-9)), high=self.number(math.ceil(high * 100 - 1e-9)),
        )  # fmt: skip

    def date(self, moment: str | dt.date) -> str:
        """Return a date in words; a moment is ISO 8601 text."""
        day = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return dates.format_date(day, "long", locale=self._locale)


def _column_and_level(contract: DataContract, name: str) -> tuple[str, str]:
    """Return column and level of ``column=level``: a column that the contract knows may have such a sign in its own name."""
    known = (column.name for column in contract.columns if name.startswith(f"{column.name}="))
    column = max(known, key=len, default=name.partition("=")[0])
    return column, name[len(column) + 1 :]


def _columns_named(contract: DataContract, joined: str) -> tuple[str, ...]:
    """Return the columns of ``one and other``: a column that the contract knows may have the word in its own name."""
    known = {column.name for column in contract.columns}
    pieces, found = joined.split(" and "), []
    while pieces:
        size = next((n for n in range(len(pieces), 1, -1) if " and ".join(pieces[:n]) in known), 1)
        found.append(" and ".join(pieces[:size]))
        del pieces[:size]
    return tuple(found)


def whole(share: float) -> int:
    """Return a share as a whole number out of 100; a half counts as one.

    Examples
    --------
    >>> whole(0.125), whole(0.1249)
    (13, 12)
    """
    return math.floor(share * 100 + 0.5 + 1e-9)


def capital(text: str) -> str:
    """Return `text` with a capital letter at the start, where its script has one that the fonts can draw.

    Examples
    --------
    >>> capital("ĳsvogel"), capital("თბილისი")
    ('Ĳsvogel', 'თბილისი')
    """
    first = text[:1].title()
    return text if undrawable(first) else first + text[1:]


def _no_minus_zero(value: float, digits: int) -> float:
    """Return `value`, with 0 for what rounds to it: nobody should read -0.0 %."""
    return 0.0 if abs(value) <= 0.5 * 10**-digits else value


@lru_cache(maxsize=2**14, typed=True)
def _written(how: Callable[..., str], value: float, pattern: str | None, locale: str) -> str:
    # The same counts and shares stand in many places, and where a page is fitted each is written again and again.
    return how(value, format=pattern, locale=locale)
