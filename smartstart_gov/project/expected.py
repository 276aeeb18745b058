"""Expected: what people expect of data that are not at hand yet, so that a plan can be reckoned through beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from smartstart_gov.project.authored import Authored, Line, Problem, Share, refuse_any

Inside = Annotated[float, Field(gt=0, lt=1)]


class Expected(Authored):
    """Expected rows, outcomes and errors; `power` and `check` reckon with them, and no verdict ever does.

    Shares of groups stand beside their levels, as ``expected_shares``.
    """

    rows_per_year: Annotated[int, Field(ge=1)] | None = None
    """Rows that one year brings."""
    base_rate: Inside | None = None
    """Share of the rows whose label is the positive one."""
    base_rates: dict[Line, dict[Line, Share]] = {}
    """The same by group, where groups differ: sensitive column, level, share. A level left out has `base_rate`."""
    unknown_shares: dict[Line, Share] = {}
    """Share of the rows in which the group is not recorded, by sensitive column; else the largest that is allowed."""
    true_positive_rate: Inside | None = None
    """Share of the positive cases that a model of this kind finds."""
    false_positive_rate: Inside | None = None
    """Share of the negative cases that it points out all the same."""

    @model_validator(mode="after")
    def _finds_more_than_it_errs(self) -> Self:
        found, wrong = self.true_positive_rate, self.false_positive_rate
        if found is not None and wrong is not None and found <= wrong:
            what = f"true_positive_rate {found:g} is not above false_positive_rate {wrong:g}: such a model is no use to anybody"
            refuse_any([Problem(what=what, remedy="Mend the two rates.", at=("true_positive_rate",))])
        return self

    def strays(self, groups: Mapping[str, tuple[tuple[str, ...], float | None]]) -> Iterator[Problem]:
        """Yield what is named here and is not in `groups`: levels and largest unknown share of each sensitive column."""
        for key, named in (("base_rates", self.base_rates), ("unknown_shares", self.unknown_shares)):
            for name in named:
                if name not in groups:
                    remedy = f"Choose from {', '.join(groups)}."
                    yield _wrong(f"expected names {name!r}, which is no sensitive column", remedy, key, name)
        for name, shares in self.base_rates.items():
            levels = groups.get(name, (tuple(shares), None))[0]
            for level in shares:
                if level not in levels:
                    yield _wrong(
                        f"expected names {level!r}, which is no level of {name!r}",
                        "Use the level's own name.", "base_rates", name, level,
                    )  # fmt: skip
        for name, share in self.unknown_shares.items():
            most = groups[name][1] if name in groups else share
            if most is None or share > most:
                what = f"expected unknown share {share:g} of {name!r} is above its maximum_unknown_share {most or 0:g}"
                yield _wrong(what, "Lower it, or allow more in the column.", "unknown_shares", name)


def _wrong(what: str, remedy: str, *at: str) -> Problem:
    return Problem(rule="C01", what=what, remedy=remedy, at=("expected", *at))
