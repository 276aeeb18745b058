"""What values mean: area codes, sex codes, origin in CBS terms, unknown; and whether whole numbers are amounts or codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from smartstart_gov.authoring.contract import Step
from smartstart_gov.authoring.value import Text, skeleton
from smartstart_gov.intake.cells import NOTHING
from smartstart_gov.intake.draft.draft import Level, text
from smartstart_gov.intake.draft.profile import Profile
from smartstart_gov.intake.draft.vocabulary import words_of

Area = Literal["BU", "WK", "GM"]
#: CBS: buurt, wijk and gemeente; letters are allowed above 99 (explanation of the Wijk- en Buurtkaart).
_AREAS: dict[Area, str] = {"BU": r"BU\d{4}[0-9A-Z]{4}", "WK": r"WK\d{4}[0-9A-Z]{2}", "GM": r"GM\d{4}"}
_AREA_WORDS: dict[Area, Text] = {
    "BU": text("Buurt.", "Neighbourhood."), "WK": text("Wijk.", "District."), "GM": text("Gemeente.", "Municipality."),
}  # fmt: skip
#: Texts that people write where they do not know; X in a passport is a sex of its own, and people.
_UNKNOWN_TEXTS = NOTHING | {"u", "o"}
#: The same in words that are no level of anything, whatever the column.
_SURE_TEXTS = _UNKNOWN_TEXTS - {"u", "o", "none", "na"}
_MAN, _WOMAN = text("man", "man"), text("vrouw", "woman")
_SEXES = dict.fromkeys(("m", "man", "male", "jongen", "1"), _MAN) | dict.fromkeys(
    ("v", "f", "w", "vrouw", "female", "woman", "meisje", "2"), _WOMAN
)
#: CBS since 2022: country of origin, and whether somebody was born in the Netherlands.
_NEW_ORIGIN = {
    "nederland", "nederlandse herkomst", "europa (exclusief nederland)", "europa (excl. nederland)", "europa", "buiten-europa",
    "buiten europa", "turkije", "marokko", "suriname", "nederlandse cariben", "indonesie", "indonesië", "overig afrika",
    "overig azie", "overig azië", "overig amerika en oceanie", "overig amerika en oceanië", "overig buiten-europa",
    "kind van migrant", "kind van migranten", "migrant", "the netherlands", "netherlands", "europe", "outside europe",
    "outside_europe",
}  # fmt: skip
#: CBS until 2022, and older words: kept as values of older data, not for documents about data since then.
_OLD_ORIGIN = {
    "autochtoon", "allochtoon", "westers", "niet-westers", "niet westers", "westers allochtoon", "niet-westers allochtoon",
    "westerse allochtoon", "niet-westerse allochtoon", "nederlandse achtergrond", "westerse migratieachtergrond",
    "niet-westerse migratieachtergrond", "migratieachtergrond", "westerse", "niet-westerse", "autochtonen", "allochtonen",
    "(voormalige) nederlandse antillen en aruba", "nederlandse antillen en aruba",
}  # fmt: skip
_COUNTRIES = {
    "nederland", "netherlands", "turkije", "turkey", "marokko", "morocco", "suriname", "polen", "poland", "duitsland",
    "germany", "belgie", "belgië", "belgium", "frankrijk", "france", "spanje", "spain", "italie", "italië", "italy",
    "syrie", "syrië", "syria", "irak", "iraq", "iran", "afghanistan", "somalie", "somalië", "somalia", "eritrea",
    "ethiopie", "ethiopië", "ethiopia", "china", "india", "indonesie", "indonesië", "indonesia", "curacao", "curaçao",
    "aruba", "oekraine", "oekraïne", "ukraine", "roemenie", "roemenië", "romania", "bulgarije", "bulgaria", "ghana",
    "nigeria", "egypte", "egypt", "pakistan", "rusland", "russia", "verenigd koninkrijk", "united kingdom",
    "verenigde staten", "united states", "mexico", "philippines", "vietnam", "portugal", "griekenland", "greece",
    "hongarije", "hungary", "el-salvador", "puerto-rico", "cuba", "jamaica", "japan", "canada", "brazil",
}  # fmt: skip
#: Shares of the distinct values from which a list of words is recognised.
_MOST = 0.75
#: A list of codes is no longer than this.
MOST_CODES = 30
#: Whole numbers that run on from 0 or 1 may be codes or amounts; of more different ones than this, hardly codes.
_DOUBTFUL = 10
#: Years are whole numbers far from 0, and no codes.
_YEARS = (1800, 2200)
_AMOUNTS = {
    "aantal", "aantallen", "number", "count", "counts", "n", "num", "dagen", "days", "weken", "weeks", "maanden", "months",
    "jaar", "jaren", "year", "years", "uren", "hours", "minuten", "minutes", "leeftijd", "age", "bedrag", "amount",
    "inkomen", "income", "schuld", "debt", "schulden", "debts", "duur", "duration", "afstand", "distance", "totaal", "total",
    "score", "percentage", "cijfer", "grade", "grades", "visits", "bezoeken",
}  # fmt: skip
_CODES = {
    "code", "codes", "soort", "kind", "type", "categorie", "category", "class", "klasse", "groep", "group", "status",
    "niveau", "level", "positie", "position", "plaats", "place", "reden", "reason", "weekdag", "weekday", "maand", "month",
    "kwartaal", "quarter", "beroep", "occupation", "job", "activity", "activiteit", "sector", "religion", "religie", "land",
    "country", "rating", "oordeel",
}  # fmt: skip


def area_of(values: Iterable[object]) -> Area | None:
    """Return which kind of CBS area codes these are, or None.

    Examples
    --------
    >>> area_of(["BU08550101", "BU0855010A"])
    'BU'
    >>> area_of(["Noord", "GM0855"]) is None
    True
    """
    distinct = {value for value in values if isinstance(value, str)}
    for area, pattern in _AREAS.items():
        if distinct and all(re.fullmatch(pattern, value) for value in distinct):
            return area
    return None


def area_meaning(area: Area) -> Text:
    """Return the meaning of a column of such codes."""
    return _AREA_WORDS[area]


def area_steps(area: Area, levels: Iterable[str]) -> tuple[Step, ...]:
    """Return the larger areas contained in the area codes themselves, as far as they combine anything.

    Examples
    --------
    >>> [step.name for step in area_steps("BU", ["BU08550101", "BU08550102", "BU08550201"])]
    ['wijk', 'gemeente']
    >>> area_steps("GM", ["GM0855"])
    ()
    """
    below, steps = sorted(set(levels)), []
    for of, name, upper, digits in (("BU", "wijk", "WK", 6), ("WK", "gemeente", "GM", 4)):
        if area == "GM" or (of == "BU" and area != "BU"):
            continue
        parents = {code: f"{upper}{code[2 : 2 + digits]}" for code in below}
        above = sorted(set(parents.values()))
        # A step that joins nothing asks the same question twice.
        if len(above) < len(below):
            steps.append(Step(name=name, meaning=_AREA_WORDS["WK" if upper == "WK" else "GM"], parents=parents))
            below = above
        elif of == "BU":
            below = above
            break
    return tuple(steps)


def is_postcode(values: Iterable[object]) -> Literal["pc4", "pc6"] | None:
    """Return whether these are Dutch postcodes of four digits or of four digits and two letters."""
    distinct = {str(value) for value in values}
    if distinct and all(re.fullmatch(r"[1-9]\d{3} ?[A-Za-z]{2}", value) for value in distinct):
        return "pc6"
    if distinct and all(re.fullmatch(r"[1-9]\d{3}", value) for value in distinct):
        return "pc4"
    return None


def sex_labels(levels: Iterable[Level]) -> tuple[tuple[str, Text], ...] | None:
    """Return names for codes of sex (M/V, M/F, 1/2 as in ISO 5218 and with CBS), or None if they are not such codes.

    Examples
    --------
    >>> [(code, label.nl) for code, label in sex_labels(["M", "V"])]
    [('M', 'man'), ('V', 'vrouw')]
    """
    found = {str(level): _SEXES.get(str(level).strip().lower()) for level in levels}
    if len(found) < 2 or {label for label in found.values() if label is not None} != {_MAN, _WOMAN}:
        return None
    return tuple((code, label) for code, label in found.items() if label is not None)


def origin_kind(levels: Iterable[Level]) -> Literal["new", "old", "countries"] | None:
    """Return which terms these levels use for origin: those of CBS since 2022 or before, or names of countries."""
    words = {str(level).strip().casefold() for level in levels}
    if len(words) < 2:
        return None
    if words & _OLD_ORIGIN and len(words & (_OLD_ORIGIN | _NEW_ORIGIN)) >= _MOST * len(words):
        return "old"
    if len(words & _NEW_ORIGIN) >= _MOST * len(words):
        return "new"
    if len(words) > 2 and len(words & _COUNTRIES) >= _MOST * len(words):
        return "countries"
    return None


def unknown_codes(counts: Mapping[Level, int], *, coded: bool) -> tuple[str | int, ...]:
    """Return the values that probably mean "not recorded". `coded` says that the other values are one letter or digit.

    Examples
    --------
    >>> unknown_codes({"M": 10, "V": 9, "Onbekend": 1}, coded=False)
    ('Onbekend',)
    >>> unknown_codes({1: 10, 2: 9, 9: 1}, coded=True)
    (9,)
    """
    found: list[str | int] = []
    for value in counts:
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            if coded and (value in (0, 9, 99, 999) or value < 0):
                found.append(value)
        elif value.strip().casefold() in (_UNKNOWN_TEXTS if coded else _SURE_TEXTS):
            found.append(value)
    return tuple(found) if len(found) < len(counts) else ()


def look_alikes(levels: Iterable[Level]) -> bool:
    """Return whether two of the levels differ only in case, spaces or look-alike letters."""
    texts = [skeleton(str(level)) for level in levels]
    return len(set(texts)) < len(texts)


def says_amount(name: str) -> bool:
    """Return whether the name of a column suggests an amount.

    Examples
    --------
    >>> says_amount("aantal_wijken"), says_amount("wijk")
    (True, False)
    """
    return bool(_AMOUNTS & set(words_of(name)))


def coded(profile: Profile) -> tuple[bool, Text] | None:
    """Return whether a few whole numbers are codes, and why; None if a column has no whole numbers, or many.

    The numbers alone cannot prove it, so a person must confirm the reason.
    """
    if profile.dtype != "integer" or not 2 <= profile.distinct <= MOST_CODES:
        return None
    low, high = int(profile.minimum or 0), int(profile.maximum or 0)
    n = profile.distinct
    if n == 2:
        return True, text("twee hele getallen: codes", "two whole numbers: codes")
    if low > 2 * (high - low) and not (_YEARS[0] <= low and high <= _YEARS[1]):
        return True, text(
            f"{n} hele getallen, alle ver van 0: codes, geen aantallen",
            f"{n} whole numbers, all far from 0: codes, not amounts",
        )
    if says_amount(profile.name):
        return False, text("de naam zegt: een aantal of bedrag", "the name suggests an amount")
    if _CODES & set(words_of(profile.name)):
        return True, text(f"{n} hele getallen, en de naam zegt: codes", f"{n} whole numbers, and the name suggests codes")
    if n <= _DOUBTFUL:
        return False, text(
            "hele getallen, gelezen als aantal; zijn het codes, schrijf dan levels in plaats van minimum en maximum",
            "whole numbers, read as an amount; if they are codes, write levels instead of minimum and maximum",
        )
    return None


def joined(one: Text, other: Text) -> Text:
    """Return two reasons as one."""
    return text(f"{one.nl}; {other.nl}", f"{one.en}; {other.en}")
