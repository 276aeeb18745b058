"""Each rate is one row: which cells it divides, which way is better, what it is called, who defined it.

Documents, schema, tables, controls and clashes derive from this table; a rate is added here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from smartstart_gov.errors import Refused

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Order of the four cells wherever counts stand in one row of four.
CELLS = ("tn", "fp", "fn", "tp")
Better = Literal["lower", "higher", "neither"]
#: What a limit on a rate guards against: one of the two errors, or selection as such.
Side = Literal["false_alarms", "missed_cases", "selection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A proportion of confusion counts: `numerator` cells over `denominator` cells.

    `side` is what a limit on it guards against; None where it mixes both errors, or is not about the model at all.
    `complement` is the rate that is one minus this one, under whose name limits on both are compared; None where this
    rate has no complement in the table, or is the one that the other names.
    `label` is what readers without statistics call it; what the field calls it is `term`.
    `meaning` is a natural-frequency sentence with ``{x}`` and ``{n}`` left open, in Dutch and English. `since` is the
    edition of the rules with which the rate came: from then on no evidence that measures all rates is whole without it.
    Without a number it is measured in new evidence and demanded of none.
    """

    name: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    better: Better
    side: Side | None
    complement: str | None
    label: Mapping[str, str]
    meaning: Mapping[str, str]
    cases: Mapping[str, str]
    citation: str
    since: int | None = None

    def __post_init__(self) -> None:
        if not set(self.numerator) < set(self.denominator) <= set(CELLS):
            raise ValueError(f"rate {self.name}: numerator cells must be some of the denominator cells")

    @property
    def term(self) -> str:
        """What the field calls it, in English."""
        return self.name.replace("_", " ")

    def counts(self, cells: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return numerator and denominator, shape (n_groups,), of `cells`, shape (n_groups, 4)."""
        return cells @ mask(self.numerator), cells @ mask(self.denominator)


@cache
def mask(names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Return the 0/1 vector over `CELLS` of the named cells; it cannot be changed."""
    # Here and not above: the gate needs what rates are called, and refuses without counting.
    import numpy as np

    made = np.array([name in names for name in CELLS], dtype=np.int64)
    made.flags.writeable = False
    return made


_ALL = CELLS
_ROWS = (
    Rate(
        name="selection_rate", numerator=("fp", "tp"), denominator=_ALL, better="neither",
        side="selection", complement=None,
        label={"nl": "aandeel aangewezen", "en": "share selected"},
        meaning={"nl": "Van de {n} gevallen wijst het model er {x} aan.", "en": "Of {n} cases, the model selects {x}."},
        cases={"nl": "gevallen", "en": "cases"},
        citation="Feldman et al. 2015, Certifying and removing disparate impact", since=1,
    ),
    Rate(
        name="true_positive_rate", numerator=("tp",), denominator=("fn", "tp"), better="higher",
        side="missed_cases", complement="false_negative_rate",
        label={"nl": "gevonden", "en": "found"},
        meaning={
            "nl": "Van de {n} gevallen met de uitkomst wijst het model er {x} aan.",
            "en": "Of {n} cases with the outcome, the model selects {x}.",
        },
        cases={"nl": "gevallen met de uitkomst", "en": "cases with the outcome"},
        citation="Hardt, Price, Srebro 2016, Equality of opportunity in supervised learning", since=1,
    ),
    Rate(
        name="false_positive_rate", numerator=("fp",), denominator=("tn", "fp"), better="lower",
        side="false_alarms", complement=None,
        label={"nl": "ten onrechte aangewezen (vals alarm)", "en": "wrongly selected (false alarms)"},
        meaning={
            "nl": "Van de {n} gevallen zonder de uitkomst wijst het model er toch {x} aan.",
            "en": "Of {n} cases without the outcome, the model selects {x}.",
        },
        cases={"nl": "gevallen zonder de uitkomst", "en": "cases without the outcome"},
        citation="Hardt, Price, Srebro 2016, Equality of opportunity in supervised learning", since=1,
    ),
    Rate(
        name="false_negative_rate", numerator=("fn",), denominator=("fn", "tp"), better="lower",
        side="missed_cases", complement=None,
        label={"nl": "gemist", "en": "missed"},
        meaning={
            "nl": "Van de {n} gevallen met de uitkomst mist het model er {x}.",
            "en": "Of {n} cases with the outcome, the model misses {x}.",
        },
        cases={"nl": "gevallen met de uitkomst", "en": "cases with the outcome"},
        citation="Chouldechova 2017, Fair prediction with disparate impact", since=1,
    ),
    Rate(
        name="true_negative_rate", numerator=("tn",), denominator=("tn", "fp"), better="higher",
        side="false_alarms", complement="false_positive_rate",
        label={"nl": "terecht met rust gelaten", "en": "rightly left alone"},
        meaning={
            "nl": "Van de {n} gevallen zonder de uitkomst laat het model er {x} met rust.",
            "en": "Of {n} cases without the outcome, the model does not select {x}.",
        },
        cases={"nl": "gevallen zonder de uitkomst", "en": "cases without the outcome"},
        citation="Altman, Bland 1994, Diagnostic tests 1: sensitivity and specificity", since=1,
    ),
    Rate(
        name="positive_predictive_value", numerator=("tp",), denominator=("fp", "tp"), better="higher",
        side="false_alarms", complement=None,
        label={"nl": "aanwijzing klopt", "en": "selected and right"},
        meaning={
            "nl": "Van de {n} gevallen die het model aanwijst, hadden er {x} de uitkomst.",
            "en": "Of {n} cases that the model selects, {x} had the outcome.",
        },
        cases={"nl": "aangewezen gevallen", "en": "selected cases"},
        citation="Altman, Bland 1994, Diagnostic tests 2: predictive values", since=1,
    ),
    Rate(
        name="negative_predictive_value", numerator=("tn",), denominator=("tn", "fn"), better="higher",
        side="missed_cases", complement=None,
        label={"nl": "niet aangewezen en juist", "en": "not selected and right"},
        meaning={
            "nl": "Van de {n} gevallen die het model niet aanwijst, hadden er {x} de uitkomst ook niet.",
            "en": "Of {n} cases that the model does not select, {x} did not have the outcome.",
        },
        cases={"nl": "niet aangewezen gevallen", "en": "cases not selected"},
        citation="Altman, Bland 1994, Diagnostic tests 2: predictive values", since=1,
    ),
    Rate(
        name="accuracy", numerator=("tn", "tp"), denominator=_ALL, better="higher",
        side=None, complement=None,
        label={"nl": "juist", "en": "right overall"},
        meaning={"nl": "Van de {n} gevallen heeft het model er {x} goed.", "en": "Of {n} cases, the model gets {x} right."},
        cases={"nl": "gevallen", "en": "cases"},
        citation="Berk et al. 2018, Fairness in criminal justice risk assessments", since=1,
    ),
    Rate(
        name="base_rate", numerator=("fn", "tp"), denominator=_ALL, better="neither",
        side=None, complement=None,
        label={"nl": "hoe vaak de uitkomst voorkomt", "en": "how often the outcome occurs"},
        meaning={"nl": "Van de {n} gevallen hadden er {x} de uitkomst.", "en": "Of {n} cases, {x} had the outcome."},
        cases={"nl": "gevallen", "en": "cases"},
        citation="Kleinberg, Mullainathan, Raghavan 2016, Inherent trade-offs", since=1,
    ),
)  # fmt: skip

#: Name to rate, in the order in which documents show them.
RATES: dict[str, Rate] = {row.name: row for row in _ROWS}


def rate(name: str) -> Rate:
    """Return the rate called `name`.

    Raises
    ------
    Refused
        M01, where there is no such rate.
    """
    if name not in RATES:
        raise Refused(
            "M01", f"There is no metric {name!r}.", "Argument or policy key 'metric'", f"Use one of {', '.join(RATES)}."
        )
    return RATES[name]


def rates(names: Sequence[str] | None) -> list[Rate]:
    """Return the rates called `names`, all if None; Refused M01 for one that is not there, and for none."""
    if names is not None and not len(names):
        raise Refused("M01", "No metric is named.", "Argument metrics", f"Use some of {', '.join(RATES)}.")
    return [rate(name) for name in (RATES if names is None else names)]
