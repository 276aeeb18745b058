"""table_shell(): the empty table that a statistics office fills in, where origin may not be held per row."""

from __future__ import annotations

import csv
import io
import itertools
from typing import Literal

from smartstart_gov.errors import Refused, expect
from smartstart_gov.project.folder import Project
from smartstart_gov.tally.notation import EVERYBODY

_CELLS = ("tn", "fp", "fn", "tp")
_LINES = {
    "nl": (
        "Vul deze tabel in over: {population}",
        "Een rij per groep. Zet in elke cel hoeveel gevallen van die groep erin horen.",
        "tn: niet aangewezen, en het was niet zo.    fp: aangewezen, maar het was niet zo.",
        "fn: niet aangewezen, maar het was wel zo.   tp: aangewezen, en het was zo.",
        "Aangewezen: {decision}",
        "Wat 'het was zo' betekent: {label}",
        "Rond elk getal af op het dichtstbijzijnde veelvoud van {rounding}.",
        "Zijn het er minder dan {least}? Schrijf dan {suppressed}.",
        "Laat geen groep weg, ook niet als die klein is. '{everybody}' is iedereen, ongeacht de groep.",
        "Koppel de groepen alleen voor deze tabel. Er gaan geen gegevens over personen terug.",
    ),
    "en": (
        "Fill in this table for: {population}",
        "One row a group. Write in each cell how many cases of that group belong there.",
        "tn: not selected, and it was not so.    fp: selected, but it was not so.",
        "fn: not selected, but it was so.        tp: selected, and it was so.",
        "Selected: {decision}",
        "What 'it was so' means: {label}",
        "Round every number to the nearest multiple of {rounding}. Write {suppressed} for fewer than {least} cases.",
        "Leave no group out, small ones neither. '{everybody}' is everybody, whatever the group.",
        "Link the groups for this table only. No data about persons go back.",
    ),
}  # fmt: skip


def table_shell(project: Project, *, rounding: int = 5, suppress_under: int = 10, lang: Literal["nl", "en"] = "nl") -> str:
    """Return an empty table as CSV, with instructions, for whoever may link the groups to the decisions.

    One row for every group of every limit of the policy, and one for everybody; four columns of counts. Filled
    in, it goes to `audit_counts` with the same `rounding` and ``suppressed={"<10": (0, 9)}``.

    Parameters
    ----------
    project : Project
    rounding : int
        Counts are rounded to the nearest multiple of this.
    suppress_under : int
        Smaller counts are written as ``<`` and this number.
    lang : {"nl", "en"}
        Language of the instructions, which stand above the header behind ``#``.

    Returns
    -------
    str

    Raises
    ------
    Refused
        M01 for another language, or numbers under 1.
    """
    expect(project, Project, "Argument project", "Hand in what open_project returned.")
    if lang not in _LINES or rounding < 1 or suppress_under < 1:
        what = f"lang is {lang!r}, rounding {rounding}, suppress_under {suppress_under}."
        raise Refused("M01", what, "Arguments of table_shell", "Use nl or en, and numbers from 1 up.")
    contract, policy, charter = project.contract, project.policy, project.charter
    label = contract.single("label")
    margins = list(dict.fromkeys(limit.by for limit in policy.limits))
    used = [name for name in policy.attributes if any(name in by for by in margins)]
    values = {
        "population": "-" if charter.population is None else charter.population.in_(lang),
        "decision": "-" if charter.decision is None else charter.decision.in_(lang),
        "label": "-" if label is None or label.meaning is None else label.meaning.in_(lang), "rounding": rounding,
        "suppressed": f"<{suppress_under}", "least": suppress_under, "everybody": EVERYBODY,
    }  # fmt: skip
    text = io.StringIO()
    for line in _LINES[lang]:
        text.write("# " + " ".join(line.format(**values).split("\n")) + "\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*used, *_CELLS])
    for by in [(), *margins]:
        levels = [contract.column(name).axis_levels if name in by else (EVERYBODY,) for name in used]
        writer.writerows([*group, *("" for _ in _CELLS)] for group in itertools.product(*levels))
    return text.getvalue()
