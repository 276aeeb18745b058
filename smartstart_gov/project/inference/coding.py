"""Whether a column of whole numbers counts something, or holds codes that stand for categories; and the reason."""

from __future__ import annotations

from smartstart_gov.project.authored import Text
from smartstart_gov.project.inference.draft import text
from smartstart_gov.project.inference.names import words_of
from smartstart_gov.project.inference.profile import Profile

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


def says_amount(name: str) -> bool:
    """Return whether the name of a column speaks of an amount.

    Examples
    --------
    >>> says_amount("aantal_wijken"), says_amount("wijk")
    (True, False)
    """
    return bool(_AMOUNTS & set(words_of(name)))


def coded(profile: Profile) -> tuple[bool, Text] | None:
    """Return whether few whole numbers are codes, and why; None where a column holds no whole numbers, or many.

    Nobody can tell for certain from the numbers alone, so the reason is for a person to confirm.
    """
    if profile.dtype != "integer" or not 2 <= profile.distinct <= MOST_CODES:
        return None
    low, high = int(profile.minimum or 0), int(profile.maximum or 0)
    n = profile.distinct
    if n == 2:
        return True, text("twee hele getallen: codes", "two whole numbers: codes")
    if low > 2 * (high - low) and not (_YEARS[0] <= low and high <= _YEARS[1]):
        return True, text(
            f"{n} hele getallen, alle ver van 0: codes, geen aantallen", f"{n} whole numbers, all far from 0: codes, no amounts"
        )
    if says_amount(profile.name):
        return False, text("de naam zegt: een aantal of bedrag", "the name says: an amount")
    if _CODES & set(words_of(profile.name)):
        return True, text(f"{n} hele getallen, en de naam zegt: codes", f"{n} whole numbers, and the name says: codes")
    if n <= _DOUBTFUL:
        return False, text(
            "hele getallen, gelezen als aantal; zijn het codes, schrijf dan levels in plaats van minimum en maximum",
            "whole numbers, read as an amount; if they are codes, write levels instead of minimum and maximum",
        )
    return None


def joined(one: Text, other: Text) -> Text:
    """Return two reasons as one."""
    return text(f"{one.nl}; {other.nl}", f"{one.en}; {other.en}")
