"""infer(): a table becomes a draft of its contract, column by column: role, levels, ranges, codes for unknown."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from smartstart_gov.authoring.contract import BINARY, KEY_ROLES, SINGLE_ROLES, UNKNOWN, Role
from smartstart_gov.authoring.node import sentence, shown
from smartstart_gov.authoring.value import Problem, Problems, Text, one_line
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.draft.codes import (
    area_meaning,
    area_of,
    area_steps,
    coded,
    joined,
    look_alikes,
    sex_labels,
    unknown_codes,
)
from smartstart_gov.intake.draft.draft import ColumnDraft, Draft, Level, text
from smartstart_gov.intake.draft.notes import notes_on, of_several_values
from smartstart_gov.intake.draft.profile import Profile, names_of, profile_of
from smartstart_gov.intake.draft.roles import Guess, guess_of, likeliest
from smartstart_gov.intake.draft.vocabulary import meaning_of, subject_of
from smartstart_gov.intake.keys import could_be_bsn, is_service_number

#: A share of unknown rows is declared a little above what the data show, in steps of this.
_STEP = 0.01
#: Ends of ranges have at most fifteen digits, which is what an authored file takes.
_LARGEST, _SMALLEST = 1e13, 1e-9
_PSEUDONYM = (
    "Have it replaced by a pseudonym before the data reach you (a keyed hash; whoever links the sources keeps the key),"
    " or leave the column out."
)


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
    if subject_of(profile.name) == "age" and guess.role == "sensitive":
        return text("Leeftijd in groepen.", "Age in bands.")
    if said is None and guess.role in KEY_ROLES:
        return {
            "index": text("Sleutel van de rij.", "Key of the row."),
            "unit": text("Pseudoniem van een persoon of gezin.", "Pseudonym of a person or family."),
        }[guess.role]
    return said


def _levelled(draft: ColumnDraft, profile: Profile) -> ColumnDraft:
    """Return the draft with its closed list of levels; where none can be written the column is left out of the audit."""
    levels = profile.levels
    if look_alikes(levels):
        nl = "heeft waarden die alleen in hoofdletters of spaties verschillen: schrijf ze gelijk in de gegevens"
        en = "has values that differ only in case or spaces: spell them the same way in the data"
        return replace(draft, role="ignore", reason=text(nl, en), nullable=not profile.full)
    if draft.role == "feature" and UNKNOWN in levels:
        nl, en = (
            "zonder lijst: unknown is in een contract geen waarde",
            "without a list: unknown cannot be a level in a contract",
        )
        return replace(draft, reason=joined(draft.reason, text(nl, en)))
    if draft.dtype == "number" or not levels or any(_unwritable(level) for level in levels):
        nl = "waarden die niet zo in een lijst passen: bewaar ze als tekst of hele getallen, zonder spaties eromheen"
        en = "values that cannot be listed as they are: store them as text or whole numbers, without surrounding spaces"
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
        two = [level for level in kept if str(level).strip().casefold() != "x"]
        labels = _sex_labels(profile, two) if len(two) == 2 else None
        named_labels = () if labels is None or all(code == label.nl for code, label in labels) else labels
        return replace(
            draft, unknown_values=unknown, labels=named_labels,
            maximum_unknown_share=None if share is None else min(1.0, round(share, 2)),
        )  # fmt: skip
    return draft


def _sex_labels(profile: Profile, levels: Sequence[Level]) -> tuple[tuple[str, Text], ...] | None:
    """Return names for codes of sex where the name of the column speaks of it: M and F may be other things, and 1 and 2."""
    return sex_labels(levels) if subject_of(profile.name) == "sex" else None


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
    """Return a range around `low` to `high` with round ends: from 0 if nothing is negative.

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


def infer(
    frame: Any,
    *,
    sources: Mapping[str, str] | None = None,
    source: str = "data",
    label: str | None = None,
    roles: Mapping[str, Role] | None = None,
    positive: str | Sequence[str] | None = None,
    keys: Collection[str] = (),
) -> Draft:
    """Return a draft of the contract of `frame`: types, roles, each with a reason, levels, ranges, codes for unknown.

    Nothing in a draft is a fact: a person must confirm every column.

    Parameters
    ----------
    frame : pandas or polars DataFrame, shape (n_rows, n_columns)
    sources : mapping of str to str, optional
        Maps a column to the name of its source.
    source : str
        Source of every other column.
    label : str, optional
        The column that the model learns; guessed if it is not given and one column stands out.
    roles : mapping of str to str, optional
        Maps a column to its role, if the user knows it.
    positive : str or sequence of str, optional
        The value of the label that counts as 1, as text; for a decision with its name, like ``advice=yes``. It is never
        guessed: without it, the draft leaves it open.
    keys : collection of str
        Columns by which other sources were linked: pseudonyms of the unit, unless they say where somebody lives.

    Returns
    -------
    Draft

    Raises
    ------
    Refused
        Every violation at once: D07 if `positive` is not a value of the label, D10 for a column of citizen service
        numbers, D12 for no rows, D14 for a repeated name, D17 for data that no contract can describe, D20 for a
        missing column, N02 for a name that a contract cannot contain.

    Examples
    --------
    >>> import pandas as pd
    >>> from smartstart_gov.intake.draft.inference import infer
    >>> areas = ["BU08550101", "BU08550102", "BU08550103"]
    >>> people = pd.DataFrame({"buurt": areas * 20, "verzuim": [1, 2, 3, 4] * 15, "hulp": [True, False, False] * 20})
    >>> for column in infer(people).columns:  # doctest: +ELLIPSIS
    ...     print(column.role, column.name, "because:", column.reason.en)
    sensitive buurt because: CBS codes of neighbourhoods (BU)
    feature verzuim because: no sign of another role; whole numbers, read as an amount; if they are codes, ...
    label hulp because: two values, and the name suggests an outcome
    """
    names = names_of(frame)
    asked: dict[str, Role] = dict(roles or {}) | ({label: "label"} if label is not None else {})
    profiles = _profiles(frame, names, asked)
    guesses = _settled(profiles, {p.name: _guess(p, keys) for p in profiles}, asked)
    of = sources or {}
    columns = _possible([column_draft(p, guesses[p.name], asked, of.get(p.name, source)) for p in profiles], asked)
    for typed in (positive,) if isinstance(positive, str) else () if positive is None else positive:
        columns = _with_positive(columns, typed)
    draft = Draft(rows=len(frame), columns=columns)
    return replace(draft, hierarchies=_hierarchies(draft), notes=tuple(notes_on(draft, profiles, guesses)))


def _profiles(frame: Any, names: Sequence[str], asked: Collection[str]) -> list[Profile]:
    found: list[Violation] = []
    if not len(frame):
        found.append(Violation(rule="D12", what="The data contain no rows.", where="Data", remedy="Provide rows."))
    for name in asked:
        if name not in names:
            remedy = f"Use one of {', '.join(names[:20])}."
            found.append(Violation(rule="D20", what=f"There is no column {shown(name)}.", where="Data", remedy=remedy))
    profiles = [profile_of(frame, name) for name in names]
    for profile in profiles:
        where = f"Column {shown(profile.name)}"
        try:
            one_line(profile.name)
        except Problems as error:
            what = "; ".join(problem.what for problem in error.problems)
            remedy, rule = "Rename the column in the data.", error.problems[0].rule
            found.append(Violation(rule=rule, what=f"The name of a column {what}.", where=where, remedy=remedy))
        if profile.kind in ("day", "other") and profile.missing < profile.rows:
            what = "The column contains lists, time spans or a mixture; a contract has no type for that."
            remedy = "Store it as text, numbers, true and false, or datetimes; or leave it out."
            if profile.kind == "day":
                what, remedy = "The column contains dates without a time.", "Store them as datetimes (pandas: to_datetime)."
            found.append(Violation(rule="D17", what=what, where=where, remedy=remedy))
        if _is_bsn(profile):
            what = "The values look like citizen service numbers (BSN: nine digits that pass the eleven test)."
            found.append(Violation(rule="D10", what=what, where=where, remedy=_PSEUDONYM))
    if found:
        raise Refused.of(found)
    return profiles


def _possible(drafts: Sequence[ColumnDraft], asked: Mapping[str, Role]) -> tuple[ColumnDraft, ...]:
    """Return the drafts that a contract can hold; a guess that it cannot is left out, a role that was asked is refused."""
    found, kept = [], []
    for draft in drafts:
        problems = draft.problems()
        where = f"Column {shown(draft.name)}, role {draft.role}"
        undrawn = [p for p in problems if p.rule == "N04"]
        if undrawn:
            remedy = f"{undrawn[0].remedy} Or leave the column out: --role {draft.name}=ignore."
            found.append(Violation(rule="N04", what=f"A value {undrawn[0].what}.", where=where, remedy=remedy))
        elif problems and draft.asked:
            found += [Violation(rule=p.rule, what=sentence(p.what), where=where, remedy=p.remedy) for p in problems]
        elif draft.role != asked.get(draft.name, draft.role):
            where = f"Column {shown(draft.name)}, role {asked[draft.name]}"
            what = f"It cannot have that role: {draft.reason.en}."
            remedy = "Correct the data, or give it another role."
            found.append(Violation(rule="D17", what=what, where=where, remedy=remedy))
        kept.append(_left_out(draft, problems) if problems else draft)
    if found:
        raise Refused.of(found)
    return tuple(kept)


def _left_out(draft: ColumnDraft, problems: Sequence[Problem]) -> ColumnDraft:
    # What is wrong is told in the language of the code, as in every refusal.
    reason = joined(text("past niet in een contract", "does not fit a contract"), text(problems[0].what, problems[0].what))
    return ColumnDraft(
        name=draft.name, dtype=draft.dtype, role="ignore", reason=reason, source=draft.source, meaning=draft.meaning,
        nullable=True,
    )  # fmt: skip


def _with_positive(columns: tuple[ColumnDraft, ...], typed: str) -> tuple[ColumnDraft, ...]:
    """Return the drafts with the value that counts as 1 in the label, or in the column that is named before it."""
    binary = {column.name: column for column in columns if column.role in BINARY}
    label = next((column for column in binary.values() if column.role == "label"), None)
    name, _, value = typed.rpartition("=")
    about = binary.get(name)
    if about is None or (label is not None and typed in map(_as_typed, label.levels or ())):
        about, value = label, typed
    if about is None:
        what, remedy = (
            "No column is the label, so there is no positive value to choose.",
            "Also name the label: --role NAME=label.",
        )
        raise Refused("D07", what, "Data", remedy)
    named = [level for level in about.levels or () if value in (_as_typed(level), str(level))]
    if not named:
        remedy = f"Use one of {', '.join(shown(_as_typed(level)) for level in about.levels or ())}."
        what = f"{shown(value)} is not a value of {about.role} {shown(about.name)}."
        raise Refused("D07", what, "Data", remedy)
    if about.positive not in (None, named[0]):
        what = f"Two values of {about.role} {shown(about.name)} are said to count as 1."
        raise Refused("D07", what, "Data", "Give one of them.")
    return tuple(replace(column, positive=named[0]) if column is about else column for column in columns)


def _as_typed(level: Level) -> str:
    """Return a level as people type it: truth values as a contract writes them."""
    return str(level).lower() if isinstance(level, bool) else str(level)


def _is_bsn(profile: Profile) -> bool:
    if profile.dtype not in ("string", "integer") and not profile.whole:
        return False
    if subject_of(profile.name) == "bsn":
        return any(map(could_be_bsn, profile.sample))
    return is_service_number(profile.sample)


def _guess(profile: Profile, keys: Collection[str]) -> Guess:
    guess = guess_of(profile)
    if profile.name not in keys or guess.role == "sensitive" or not profile.full:
        return guess
    return Guess("unit", text("de sleutel waarmee bronnen gekoppeld zijn", "the key by which the sources were linked"))


def _settled(profiles: list[Profile], guesses: dict[str, Guess], asked: Mapping[str, Role]) -> dict[str, Guess]:
    """Return the guesses with one column for each role that only one may have, and the label among them."""
    by_user = text("zo opgegeven", "given on the command line")
    for name, role in asked.items():
        guesses[name] = Guess(role, by_user, guesses[name].special)
    if "label" not in asked.values():
        open_ = [p for p in profiles if p.name not in asked and guesses[p.name].role in ("feature", "sensitive")]
        outcomes = likeliest([p for p in open_ if not guesses[p.name].special])
        if any(map(of_several_values, open_)):
            # Two values are a poor sign beside a column whose name speaks of an outcome.
            outcomes = tuple(p for p in outcomes if subject_of(p.name) == "label")
        if len(outcomes) == 1 and outcomes[0].full:
            (outcome,) = outcomes
            named = subject_of(outcome.name) == "label"
            reason = text("twee waarden, en de naam spreekt van een uitkomst", "two values, and the name suggests an outcome")
            if not named:
                reason = text(
                    "twee waarden, en geen andere kolom lijkt zo op een uitkomst",
                    "two values, and no other column looks as much like an outcome",
                )
            guesses[outcome.name] = Guess("label", reason)
        else:
            also = text("twee waarden: misschien de uitkomst", "two values: perhaps the outcome")
            for one in outcomes:
                guesses[one.name] = replace(guesses[one.name], reason=joined(guesses[one.name].reason, also))
    for role in SINGLE_ROLES:
        holders = [p for p in profiles if guesses[p.name].role == role]
        first = next((p for p in holders if p.name in asked), holders[0] if holders else None)
        for other in holders:
            if first is not None and other is not first:
                guesses[other.name] = _second(other, role, first)
    for name, fine in _redundant_areas(profiles, guesses).items():
        if name not in asked:
            guesses[name] = Guess("ignore", text(f"volgt uit de code in {fine}", f"follows from the code in {fine}"))
    return guesses


def _second(profile: Profile, role: Role, first: Profile) -> Guess:
    nl, en = f"{first.name} heeft de rol {role} al", f"{first.name} already has the role {role}"
    if role in ("score", "weight"):
        nl, en = f"een score of gewicht naast {first.name}", f"a score or weight in addition to {first.name}"
    return Guess("ignore", text(nl, en))


def _redundant_areas(profiles: list[Profile], guesses: Mapping[str, Guess]) -> dict[str, str]:
    """Return columns of coarser area codes that only repeat what finer ones say, with the name of the finer one."""
    areas = {p.name: area_of(p.sample) for p in profiles if guesses[p.name].role == "sensitive" and p.dtype == "string"}
    order = ("BU", "WK", "GM")
    finest = min((a for a in areas.values() if a is not None), key=order.index, default=None)
    if finest is None:
        return {}
    fine = next(name for name, area in areas.items() if area == finest)
    return {name: fine for name, area in areas.items() if area is not None and order.index(area) > order.index(finest)}


def _hierarchies(draft: Draft) -> tuple[tuple[str, Any], ...]:
    found = []
    for column in draft.with_role("sensitive"):
        area = area_of(column.levels or ())
        steps = area_steps(area, [str(level) for level in column.levels or ()]) if area is not None else ()
        if steps:
            found.append((column.name, steps))
    return tuple(found)
