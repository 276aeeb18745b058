"""The main example: made-up children in real neighbourhoods, for a model that speaks about neighbourhoods.

Everything here is drawn by a seeded random generator, except the table of neighbourhoods: their names and how many people
live there are published figures (CBS, Kerncijfers wijken en buurten 2022, CC BY 4.0), so that a town has its own size.
Nothing is known of any real child, and nothing that this generator draws is a finding about a real neighbourhood: what
children need depends here on two of those figures and on chance, because that is how it was written down below.

As in the case that this library was made for, three sources are linked: the municipality's register, the schools'
registers, and the dossiers of youth health care. Some children are lost on the way, as always.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.project import open_project
from smartstart_gov.demo.scenarios import Scenario
from smartstart_gov.errors import Refused, expect, expect_whole
from smartstart_gov.intake.area_table import area_table
from smartstart_gov.intake.dossiers import count_terms
from smartstart_gov.intake.link import Linked, link

if TYPE_CHECKING:
    import pandas as pd

SEED = 855
#: The first of them takes part; the others are where the municipality of the example would look next.
TOWNS = ("Tilburg", "Dongen", "Gilze en Rijen", "Goirle", "Heusden")
#: Figures of 2022: town, neighbourhood, inhabitants, of 100 how many are under 15, of 100 how many have a low income
#: (the lowest 40 % of the country), of 100 homes how many are owned by those who live there. Neighbourhoods with fewer
#: than a hundred children of the ages below are left out.
AREAS: tuple[tuple[str, str, int, int, float, int], ...] = (
    ("Tilburg", "Binnenstad", 7040, 3, 43.6, 18),
    ("Tilburg", "Hoogvenne", 6080, 10, 39.8, 50),
    ("Tilburg", "Armhoef", 2295, 17, 29.6, 88),
    ("Tilburg", "Jeruzalem", 1440, 17, 41.4, 40),
    ("Tilburg", "Fatima", 3355, 13, 37.1, 53),
    ("Tilburg", "Broekhoven", 4330, 12, 51.0, 30),
    ("Tilburg", "Oerle", 6175, 10, 48.4, 39),
    ("Tilburg", "Korvel", 5685, 11, 46.2, 40),
    ("Tilburg", "Trouwlaan - Uitvindersbuurt", 4120, 11, 48.1, 29),
    ("Tilburg", "Sint Anna", 2915, 8, 45.0, 50),
    ("Tilburg", "Noordhoek", 4995, 8, 39.9, 45),
    ("Tilburg", "Bouwmeester", 4110, 12, 42.8, 51),
    ("Tilburg", "De Hasselt", 7005, 14, 46.3, 40),
    ("Tilburg", "Het Goirke", 4750, 11, 42.4, 45),
    ("Tilburg", "Groeseind-Hoefstraat", 7100, 14, 40.6, 52),
    ("Tilburg", "Loven-Besterd", 5675, 9, 43.9, 46),
    ("Tilburg", "Theresia", 4490, 11, 42.4, 36),
    ("Tilburg", "Groenewoud", 7335, 17, 51.8, 39),
    ("Tilburg", "Stappegoor", 2105, 27, 19.2, 75),
    ("Tilburg", "De Blaak", 5865, 16, 31.3, 94),
    ("Tilburg", "Zorgvlied", 4040, 18, 39.1, 59),
    ("Tilburg", "De Reit", 6420, 9, 48.3, 35),
    ("Tilburg", "Het Zand", 12675, 13, 52.2, 35),
    ("Tilburg", "Wandelbos Noord", 5865, 19, 57.0, 17),
    ("Tilburg", "Wandelbos Zuid", 2210, 14, 38.4, 65),
    ("Tilburg", "Stokhasselt", 7180, 21, 55.8, 30),
    ("Tilburg", "Heikant", 11855, 17, 51.1, 34),
    ("Tilburg", "Quirijnstok", 4750, 17, 38.3, 56),
    ("Tilburg", "Gesworen Hoek", 3895, 17, 41.3, 57),
    ("Tilburg", "Huibeven", 4910, 14, 33.1, 78),
    ("Tilburg", "Campenhoef", 2705, 12, 37.1, 66),
    ("Tilburg", "Heerevelden", 2380, 15, 33.5, 78),
    ("Tilburg", "Dongewijk", 2085, 15, 38.6, 71),
    ("Tilburg", "Tuindorp De Kievit", 5280, 16, 34.3, 75),
    ("Tilburg", "Leeuwerik", 5810, 16, 33.1, 88),
    ("Tilburg", "Dalem Noord", 3810, 20, 32.9, 75),
    ("Tilburg", "Dalem Zuid", 4210, 20, 36.0, 74),
    ("Tilburg", "Koolhoven", 5710, 26, 29.5, 77),
    ("Tilburg", "Witbrant", 2870, 17, 35.6, 71),
    ("Tilburg", "Berkel-Enschot", 13135, 19, 34.6, 76),
    ("Tilburg", "Udenhout", 8680, 16, 37.6, 72),
    ("Dongen", "Dongen", 24220, 15, 38.6, 70),
    ("Dongen", "'s Gravenmoer", 2265, 13, 36.4, 73),
    ("Gilze en Rijen", "Rijen", 16740, 16, 39.6, 63),
    ("Gilze en Rijen", "Gilze", 8140, 16, 40.6, 63),
    ("Goirle", "Grobbendonck", 1950, 17, 38.0, 85),
    ("Goirle", "De Groote Akkers", 2015, 18, 36.1, 73),
    ("Goirle", "De Hoge Wal", 1050, 19, 37.2, 82),
    ("Goirle", "Wildackers", 2305, 13, 43.2, 59),
    ("Goirle", "'t Ven", 1615, 18, 33.9, 82),
    ("Goirle", "De Boschkens", 2260, 24, 29.0, 77),
    ("Goirle", "De Hellen", 4240, 17, 34.1, 78),
    ("Goirle", "Hoogeind", 1940, 14, 48.7, 43),
    ("Goirle", "Riel", 2600, 18, 37.8, 87),
    ("Heusden", "Drunen", 18310, 15, 39.8, 68),
    ("Heusden", "Elshout", 1875, 15, 41.0, 80),
    ("Heusden", "Haarsteeg", 2430, 15, 38.0, 85),
    ("Heusden", "Nieuwkuijk", 2125, 13, 38.1, 78),
    ("Heusden", "Vlijmen", 15435, 16, 37.9, 66),
    ("Heusden", "Oudheusden", 2730, 16, 42.7, 57),
)
#: Ages 4 to 11 are eight of the fifteen years under 15.
_AGES = 8 / 15
#: Words of notes in dossiers that are counted, by term.
VOCABULARY = {
    "housing": ("woning", "huur", "verhuizing"),
    "money": ("schulden", "geldzorgen"),
    "tension": ("spanningen", "ruzie"),
}
#: What a note says; the words above stand in some of them.
_NOTES = {
    "housing": ("Het gezin zoekt een woning.", "De huur is een zorg.", "Er komt een verhuizing aan."),
    "money": ("Er zijn schulden.", "Ouders noemen geldzorgen."),
    "tension": ("Thuis zijn er spanningen.", "Er is vaak ruzie."),
}
_PLAIN = "Gezien bij het gesprek, geen bijzonderheden."
#: For each feature of the contract, the column of the linked sources of which it is the mean in a neighbourhood.
MEANS = {
    "moved": "moved", "low_income": "low_income", "school_absence": "absence", "changed_school": "changed_school",
    "term_housing": "housing", "term_money": "money", "term_tension": "tension",
}  # fmt: skip
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """What the three organisations hand over: one row per child in each, under the same pseudonym."""

    municipality: pd.DataFrame
    school: pd.DataFrame
    youth_health: pd.DataFrame


def registers(towns: Sequence[str] = TOWNS[:1], *, seed: int = SEED) -> Registers:
    """Return the registers of made-up children in the neighbourhoods of `towns`, drawn with `seed`.

    Each town is drawn by itself: with other towns beside it, its children stay the same.

    Examples
    --------
    >>> made = registers()
    >>> len(made.municipality), made.municipality["neighbourhood"].nunique()
    (16946, 41)
    """
    import pandas as pd

    expect_whole(seed, 0, "registers(seed=)")
    expect(towns, (list, tuple), "registers(towns=)", f"Pass a list of {', '.join(TOWNS)}.")
    if not towns or any(one not in TOWNS for one in towns) or len(set(towns)) < len(towns):
        what = "No town is named." if not towns else "A town is not one of the example, or is named twice."
        raise Refused("U01", what, "registers(towns=)", f"Name each town once: {', '.join(TOWNS)}.")
    drawn = [_town(town, seed) for town in towns]
    whole = pd.concat(drawn, ignore_index=True)
    rng = np.random.default_rng([seed, len(TOWNS)])
    # A few children go to school elsewhere, or have moved between two extracts: no register knows everybody.
    at_school, seen = rng.random(len(whole)) >= 0.02, rng.random(len(whole)) >= 0.015
    return Registers(
        municipality=whole[["child", "neighbourhood", "origin", "sex", "age_group", "moved", "low_income"]],
        school=whole.loc[at_school, ["child", "absence", "changed_school"]],
        youth_health=whole.loc[seen, ["child", "notes", "extra_help"]],
    )


def _town(town: str, seed: int) -> pd.DataFrame:
    import pandas as pd

    rng = np.random.default_rng([seed, TOWNS.index(town)])
    areas = [one for one in AREAS if one[0] == town]
    sizes = [round(people * young / 100 * _AGES) for _, _, people, young, _, _ in areas]
    at = np.repeat(np.arange(len(areas)), sizes)
    n = len(at)
    low, owned = (np.array([one[i] for one in areas], dtype=np.float64) / 100 for i in (4, 5))
    # How hard life is in a neighbourhood: half of it follows from its figures, half from nothing that is published.
    hard = 4.0 * (low - 0.41) - 1.0 * (owned - 0.57) + rng.normal(0, 0.35, len(areas))
    origin = _one_of(rng, np.stack([2.0 - 0.3 * hard, np.full(len(areas), 0.2), 0.7 + 0.3 * hard], axis=1)[at])
    poor = rng.random(n) < np.clip(low[at] - 0.18, 0.02, 1)
    own = rng.normal(0, 1, n)
    heavy = -2.45 + 0.75 * hard[at] + 0.45 * own + 0.35 * poor
    notes = np.full(n, _PLAIN, dtype=object)
    for place, (_, sentences) in enumerate(_NOTES.items()):
        told = rng.random(n) < _chance(-2.6 + 0.25 * place + 0.7 * hard[at] + 0.35 * own)
        notes[told] = notes[told] + " " + rng.choice(np.array(sentences, dtype=object), int(told.sum()))
    return pd.DataFrame({
        "child": [f"{TOWNS.index(town)}-{number:06d}" for number in rng.permutation(n)],
        "neighbourhood": np.array([f"{one[0]}, {one[1]}" for one in areas], dtype=object)[at],
        "origin": np.array(["netherlands", "europe", "outside_europe"], dtype=object)[origin],
        "sex": np.where(rng.random(n) < 0.49, "girl", "boy"),
        "age_group": np.where(rng.random(n) < 0.5, "4-7", "8-11"),
        "moved": rng.random(n) < _chance(-2.2 + 0.5 * hard[at]),
        "low_income": poor,
        "absence": rng.beta(1.5 + 0.4 * np.clip(hard[at], -1, 2) + 0.2 * np.clip(own, 0, 3), 28, n).round(3),
        "changed_school": rng.random(n) < _chance(-2.9 + 0.5 * hard[at]),
        "notes": notes,
        "extra_help": rng.random(n) < _chance(heavy),
    })  # fmt: skip


def _chance(logit: Reals) -> Reals:
    found: Reals = 1 / (1 + np.exp(-logit))
    return found


def _one_of(rng: np.random.Generator, logits: Reals) -> npt.NDArray[np.int64]:
    """Return a position for each row of `logits`, drawn by its softmax."""
    odds = np.exp(logits)
    edges = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    return np.asarray((rng.random(len(odds))[:, None] > edges[:, :-1]).sum(axis=1), dtype=np.int64)


def linked(made: Registers, contract: DataContract) -> Linked:
    """Return the three registers as one table of figures of neighbourhoods and counts of children, with the children lost.

    The notes become counts of `VOCABULARY` before anything is linked; no text goes any further.
    """
    dossiers = made.youth_health
    terms = count_terms(dossiers["notes"].tolist(), VOCABULARY, persons=dossiers["child"].tolist())
    counted = dossiers.drop(columns="notes").assign(**terms)
    frames: Mapping[str, Any] = {"municipality": made.municipality, "school": made.school, "youth_health": counted}
    table: Linked = area_table(link(frames, contract), contract, means=MEANS, minimum=100)
    return table


def early_help() -> Linked:
    """Return the table of the example: Tilburg, at its own size."""
    return linked(registers(), open_project(EARLY_HELP.folder()).contract)


EARLY_HELP = Scenario(
    name="early_help", about="made-up children in the neighbourhoods of Tilburg", rows="children", data=early_help,
    stages=("shadow", "trial", "release"), expected=("allowed", "allowed", "not_shown"), more=("signers.yaml",),
)  # fmt: skip
