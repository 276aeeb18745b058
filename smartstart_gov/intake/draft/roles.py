"""Which role a column probably has, and why: a list of questions, asked in order, each with its reason in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from smartstart_gov.authoring.contract import Role
from smartstart_gov.authoring.value import Text
from smartstart_gov.intake.cells import COMPACT
from smartstart_gov.intake.draft.codes import area_of, is_postcode, origin_kind, says_amount, sex_labels
from smartstart_gov.intake.draft.draft import text
from smartstart_gov.intake.draft.profile import Profile
from smartstart_gov.intake.draft.vocabulary import STAND_INS, Known, known, words_of

#: A group of people is one of at most so many.
_GROUPS = 200
#: Text with more different values than this is no list of categories that a model learns from.
_CATEGORIES = 50
#: Text longer than this is prose.
_PROSE = 60
#: Ages in more different values than this are years, not bands.
_BANDS = 15
_SITES = 60
#: A key of persons has at least this many different values for each row.
_KEYS = 0.05
#: What was so before is known when the score is made: no outcome.
_BEFORE = {"eerder", "eerdere", "vorig", "vorige", "eerste", "earlier", "previous", "prior", "former", "first"}
#: Two values that answer a question, in the order of the alphabet.
_YES_NO = {("no", "yes"), ("ja", "nee"), ("j", "n"), ("n", "y"), ("false", "true"), ("onwaar", "waar"), ("0", "1")}


@dataclass(frozen=True, slots=True)
class Guess:
    """A role and the reason for it."""

    role: Role
    reason: Text
    special: bool = False


def _say(role: Role, nl: str, en: str, *, special: bool = False) -> Guess:
    return Guess(role, text(nl, en), special)


def guess_of(profile: Profile) -> Guess:
    """Return the role of one column on its own; roles that only one column may have are settled later."""
    about = known(profile.name)
    subject = about.subject if about is not None else None
    for question in _QUESTIONS:
        found = question(profile, subject or "", about)
        if found is not None:
            return found
    return _rest(profile, subject or "")


def label_likeness(profile: Profile) -> int:
    """Return how much a column looks like an outcome: 0 for not at all, higher for more."""
    if profile.dtype not in ("string", "integer", "boolean") or profile.distinct != 2:
        return 0
    about = known(profile.name)
    named = about is not None and about.subject == "label"
    if about is not None and not named and about.subject not in ("score", "row", "site", "person"):
        return 0
    yes_no = tuple(str(level).strip().casefold() for level in profile.levels) in _YES_NO
    if _BEFORE & set(words_of(profile.name)):
        return 0
    return 1 + 4 * named + 2 * yes_no


Question = Callable[[Profile, str, Known | None], Guess | None]


def _useless(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if profile.dtype is None or profile.missing == profile.rows:
        return _say("ignore", "de kolom is leeg", "the column is empty")
    if profile.distinct == 1:
        return _say("ignore", "overal dezelfde waarde", "the same value everywhere")
    if subject in ("proper_name", "remark") and profile.dtype == "string" and profile.distinct > _CATEGORIES:
        return _say("ignore", "namen, adressen of vrije tekst", "names, addresses or free text")
    if profile.longest > _PROSE and profile.distinct > _CATEGORIES:
        return _say("ignore", "vrije tekst", "free text")
    return None


def _moment(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if profile.dtype == "datetime" and subject == "birth_date":
        nl = "een dag van geboorte: maak er leeftijdsgroepen van, dan kan leeftijd worden vergeleken"
        return _say("ignore", nl, "a date of birth: turn it into age bands, so that ages can be compared")
    if profile.dtype == "datetime":
        return _say("time", "een tijdstip", "a moment")
    if profile.dtype == "integer" and profile.sample and all(re.fullmatch(COMPACT, str(value)) for value in profile.sample):
        nl = "dagen als hele getallen, zoals 20260131: sla ze op als tijdstippen"
        return _say("ignore", nl, "dates as whole numbers, like 20260131: store them as datetimes")
    return None


def _key(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if profile.dtype not in ("string", "integer") or not profile.full:
        return None
    if subject == "person" and profile.distinct >= max(20, _KEYS * profile.rows):
        return _say("unit", "sleutel van een persoon of gezin", "key of a person or family")
    if profile.unique and (subject == "row" or profile.dtype == "string"):
        return _say("index", "elke rij heeft een eigen waarde", "each row has a value of its own")
    if profile.unique and profile.minimum in (0, 1) and profile.maximum == profile.rows - 1 + (profile.minimum or 0):
        return _say("index", "telt de rijen", "counts the rows")
    return None


def _area(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if profile.dtype not in ("string", "integer"):
        return None
    area = area_of(profile.sample)
    if area is not None:
        of = {"BU": ("buurten", "neighbourhoods"), "WK": ("wijken", "districts"), "GM": ("gemeenten", "municipalities")}[area]
        if profile.unique:
            return _say("index", f"CBS-codes van {of[0]}, één per rij", f"CBS codes of {of[1]}, one per row")
        return _say("sensitive", f"CBS-codes van {of[0]} ({area})", f"CBS codes of {of[1]} ({area})")
    form = is_postcode(profile.sample) if subject == "postcode" or profile.dtype == "string" else None
    if form == "pc6" or (form == "pc4" and profile.distinct > _GROUPS):
        return _say("ignore", "postcodes: te klein om te vergelijken", "postcodes: areas too small to compare")
    if form == "pc4":
        return _say("sensitive", "postcodes van vier cijfers: gebieden", "postcodes of four digits: areas")
    if says_amount(profile.name):
        return None
    if subject in ("neighbourhood", "district", "municipality", "region") and 1 < profile.distinct <= _GROUPS:
        return _say("sensitive", "de naam zegt: een gebied", "the name suggests an area")
    return None


def _group(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if profile.dtype not in ("string", "integer", "boolean") or not 1 < profile.distinct <= _GROUPS:
        return None
    origin = origin_kind(profile.levels)
    if origin is not None:
        said = {
            "new": ("herkomst in de woorden van het CBS sinds 2022", "origin in the terms CBS has used since 2022"),
            "old": (
                "herkomst in de woorden van het CBS van vóór 2022; gebruik ze niet in documenten over latere gegevens",
                "origin in the terms CBS used before 2022; do not use them in documents about later data",
            ),
            "countries": ("namen van landen", "names of countries"),
        }[origin]
        return _say("sensitive", *said, special=True)
    if subject in ("birth_country", "origin", "nationality", "religion"):
        nl, en = "de naam zegt: herkomst, nationaliteit of godsdienst", "the name suggests origin, nationality or religion"
        return _say("sensitive", nl, en, special=True)
    if subject == "migration":
        return _say("sensitive", "de naam zegt: migratie of verblijf", "the name suggests migration or residence", special=True)
    if subject in ("politics", "orientation"):
        nl = "de naam zegt: politiek, vakbond of seksuele gerichtheid"
        return _say("sensitive", nl, "the name suggests politics, trade union or sexual orientation", special=True)
    if subject == "health" and profile.distinct <= _BANDS:
        return _say("sensitive", "de naam zegt: gezondheid", "the name suggests health", special=True)
    if subject in ("sex", "one_sex"):
        return _say("sensitive", "geslacht", "sex")
    if profile.distinct <= 4 and profile.dtype == "string" and sex_labels(profile.levels) is not None:
        nl, en = (
            "waarden zoals die van geslacht; de naam zegt het niet",
            "values like those of sex, though the name does not say so",
        )
        return _say("sensitive", nl, en)
    if subject == "marital":
        return _say("sensitive", "burgerlijke staat: een grond van de AWGB", "marital status: protected by equal treatment law")
    if subject == "age" and profile.distinct <= _BANDS:
        return _say("sensitive", "leeftijd in groepen", "age in bands")
    return None


def _number(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if profile.dtype not in ("number", "integer") or not profile.full:
        return None
    low, high = profile.minimum or 0, profile.maximum or 0
    if subject == "score" and profile.dtype == "number" and low >= 0 and high <= 1:
        return _say(
            "score",
            "de naam zegt: score, en alles ligt tussen 0 en 1",
            "the name suggests a score, and all values lie between 0 and 1",
        )
    if subject == "weight" and low >= 0:
        return _say("weight", "de naam zegt: gewicht", "the name suggests a weight")
    return None


def _site(profile: Profile, subject: str, about: Known | None) -> Guess | None:
    if subject == "site" and profile.dtype == "string" and profile.full and 1 < profile.distinct <= _SITES:
        return _say("site", "de naam zegt: een organisatie of plek", "the name suggests an organisation or place")
    return None


_QUESTIONS: tuple[Question, ...] = (_useless, _moment, _key, _area, _group, _number, _site)

_PROXIES = {
    "language": ("taal", "language"), "money": ("inkomen of uitkering", "income or benefit"),
    "moves": ("verhuizingen", "moves"), "neighbourhood": ("een gebied", "an area"), "district": ("een gebied", "an area"),
    "postcode": ("een gebied", "an area"), "region": ("een gebied", "an area"),
    "deprivation": ("achterstand van een buurt", "how deprived an area is"), "education": ("opleiding", "education"),
    "family_form": ("de vorm van het gezin", "the form of the family"),
    "age": ("leeftijd", "age"), "birth_date": ("leeftijd", "age"), "health": ("gezondheid", "health"),
}  # fmt: skip


def _rest(profile: Profile, subject: str) -> Guess:
    if profile.dtype == "string" and profile.distinct > _CATEGORIES:
        nl, en = "te veel verschillende teksten om van te leren", "too many different texts to learn from"
        return _say("ignore", nl, en)
    if profile.unique and profile.dtype == "integer" and subject in ("row", "person", "bsn"):
        return _say("ignore", "een nummer, geen meting", "an identifying number, not a measurement")
    proxy = _PROXIES.get(subject)
    if proxy is not None and subject in STAND_INS:
        nl = f"gegeven over {proxy[0]}: kan voor een groep staan en wordt niet vergeleken; schrijf een justification"
        en = f"a fact about {proxy[1]}: it may stand for a group and is not compared; write a justification"
        if comparable(profile):
            nl, en = f"{nl}, of de rol sensitive", f"{en}, or give it the role sensitive"
        return _say("feature", nl, en)
    if proxy is not None:
        nl = f"gegeven over {proxy[0]}: kan voor een groep staan, dus schrijf een justification"
        en = f"a fact about {proxy[1]}: it may stand for a group, so write a justification"
        return _say("feature", nl, en)
    return _say("feature", "geen teken van een andere rol", "no sign of another role")


def comparable(profile: Profile) -> bool:
    """Return whether a column is of so few values that each can be a group."""
    return profile.dtype in ("string", "integer", "boolean") and 1 < profile.distinct <= _BANDS


def likeliest(profiles: list[Profile]) -> tuple[Profile, ...]:
    """Return the column that looks most like an outcome, or several if they tie; none if none does."""
    found = [(label_likeness(profile), profile) for profile in profiles]
    best = max((likeness for likeness, _ in found), default=0)
    return tuple(profile for likeness, profile in found if likeness == best > 0)
