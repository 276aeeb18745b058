"""The draft of one column, once its role is settled: levels, ranges, codes for unknown, what a value says."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from smartstart_gov.project.authored import Problems, Text, one_line
from smartstart_gov.project.column import BINARY, KEY_ROLES, UNKNOWN
from smartstart_gov.project.inference.codes import area_meaning, area_of, look_alikes, sex_labels, unknown_codes
from smartstart_gov.project.inference.coding import coded, joined
from smartstart_gov.project.inference.draft import ColumnDraft, Level, text
from smartstart_gov.project.inference.names import known, meaning_of
from smartstart_gov.project.inference.profile import Profile
from smartstart_gov.project.inference.roles import Guess

#: A share of unknown rows is declared a little above what the data show, in steps of this.
_STEP = 0.01
#: Ends of ranges have at most fifteen digits, which is what an authored file takes.
_LARGEST, _SMALLEST = 1e13, 1e-9


def column_draft(profile: Profile, guess: Guess, asked: Collection[str], source: str) -> ColumnDraft:
    """Return the draft of one column: what its role needs, from what was counted."""
    dtype = "string" if guess.role in KEY_ROLES or profile.dtype is None else profile.dtype
    draft = ColumnDraft(
        name=profile.name, dtype=dtype, role=guess.role, reason=guess.reason, source=source,
        meaning=_meaning(profile, guess), special_category=guess.special or None, asked=profile.name in asked,
    )  # fmt: skip
    if guess.role in ("sensitive", "control", "site", *BINARY):
        return _levelled(draft, profile)
    if guess.role in ("feature", "time", "ignore"):
        draft = replace(draft, nullable=not profile.full)
    if guess.role == "feature" and profile.dtype == "string":
        return replace(_levelled(draft, profile), nullable=not profile.full)
    if guess.role == "feature" and profile.dtype in ("integer", "number"):
        reading = coded(profile)
        if reading is not None:
            draft = replace(draft, reason=joined(draft.reason, reading[1]))
            if reading[0]:
                return replace(draft, levels=profile.levels)
        low, high = outer_range(profile.minimum, profile.maximum, whole=profile.dtype == "integer")
        return replace(draft, minimum=low, maximum=high)
    return draft


def _meaning(profile: Profile, guess: Guess) -> Text | None:
    area = area_of(profile.sample) if profile.dtype == "string" else None
    if area is not None:
        return area_meaning(area)
    said = meaning_of(profile.name)
    if said is None and guess.role in ("index", "unit", "ignore"):
        return {
            "index": text("Sleutel van de rij.", "Key of the row."),
            "unit": text("Pseudoniem van een persoon of gezin.", "Pseudonym of a person or family."),
            "ignore": text("Niet gebruikt.", "Not used."),
        }[guess.role]
    return said


def _levelled(draft: ColumnDraft, profile: Profile) -> ColumnDraft:
    """Return the draft with its closed list of levels; where none can be written the column is left out of the audit."""
    levels = profile.levels
    if look_alikes(levels):
        nl = "heeft waarden die alleen in hoofdletters of spaties verschillen: schrijf ze gelijk in de gegevens"
        en = "has values that differ only in case or spaces: write them alike in the data"
        return replace(draft, role="ignore", reason=text(nl, en), nullable=not profile.full)
    if draft.role == "feature" and UNKNOWN in levels:
        nl, en = "zonder lijst: unknown is in een contract geen waarde", "without a list: unknown is no level of a contract"
        return replace(draft, reason=joined(draft.reason, text(nl, en)))
    if draft.dtype == "number" or not levels or any(_unwritable(level) for level in levels):
        nl = "waarden die niet zo in een lijst passen: bewaar ze als tekst of hele getallen, zonder spaties eromheen"
        en = "values that do not fit a list as they are: store them as text or whole numbers, without spaces around"
        return replace(draft, role="ignore", reason=text(nl, en), nullable=not profile.full)
    short = all(len(str(level)) <= 1 for level in levels)
    unknown: tuple[str | int, ...] = ()
    if draft.role == "sensitive":
        sex = _sex_labels(profile, levels)
        unknown = unknown_codes(profile.counts or {}, coded=sex is not None and short)
        named = [level for level in levels if str(level) == UNKNOWN and not isinstance(level, bool)]
        unknown = tuple(dict.fromkeys([*unknown, *(v for v in named if not isinstance(v, bool))]))
    kept: tuple[Level, ...] = tuple(level for level in levels if level not in unknown or isinstance(level, bool))
    draft = replace(draft, levels=kept)
    if draft.role == "sensitive":
        missing = profile.missing + sum((profile.counts or {}).get(value, 0) for value in unknown)
        share = math.ceil(missing / profile.rows / _STEP + 1) * _STEP if missing else None
        labels = _sex_labels(profile, kept) if len(kept) == 2 else None
        named_labels = () if labels is None or all(code == label.nl for code, label in labels) else labels
        return replace(
            draft, unknown_values=unknown, labels=named_labels,
            maximum_unknown_share=None if share is None else min(1.0, round(share, 2)),
        )  # fmt: skip
    return draft


def _sex_labels(profile: Profile, levels: Sequence[Level]) -> tuple[tuple[str, Text], ...] | None:
    """Return names for codes of sex where the name of the column speaks of it: M and F may be other things, and 1 and 2."""
    about = known(profile.name)
    return sex_labels(levels) if about is not None and about.subject == "sex" else None


def _unwritable(level: Level) -> bool:
    if not isinstance(level, str):
        return False
    try:
        one_line(level)
    except Problems as error:
        # What cannot be drawn is no reason to leave a group out of the audit: it is refused, whoever chose the role.
        return any(problem.rule != "N04" for problem in error.problems)
    return False


def outer_range(
    low: float | int | None, high: float | int | None, *, whole: bool
) -> tuple[float | int | None, float | int | None]:
    """Return a range around `low` to `high` with round ends: from 0 where nothing is negative.

    Examples
    --------
    >>> outer_range(12, 66, whole=True), outer_range(0.03, 0.81, whole=False), outer_range(-3.5, 1200.0, whole=False)
    ((0, 100), (0, 1), (-5, 2000))
    >>> outer_range(1997, 2002, whole=True)
    (1992, 2007)
    """
    if low is None or high is None or max(-low, high) > _LARGEST:
        return None, None

    def round_up(value: float) -> float:
        if value <= 0:
            return 0
        value = max(value, _SMALLEST)
        power = 10.0 ** math.floor(math.log10(value))
        step = next(s for s in (1, 2, 5, 10) if value <= s * power)
        found = step * power
        return int(found) if found == int(found) and found < 2**53 else float(f"{found:.3g}")

    if low > 2 * (high - low):  # years, codes: a narrow range far from 0
        around = round_up(high - low) or 1
        outer = (max(low - around, 0), high + around)
    else:
        outer = (0 if low >= 0 else -round_up(-low), round_up(high) if high > 0 else 0)
    return (math.floor(outer[0]), math.ceil(outer[1])) if whole else outer
