"""Attribution: mean absolute SHAP value per column of the contract, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
import numpy.typing as npt

from smartstart_gov.codec import LATER, Shape
from smartstart_gov.show import Value

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Attribution(Value):
    """What the model relies on: one number per feature, without any individuals.

    Attributes
    ----------
    features : tuple of str
        Columns of the contract, one-hot columns folded back.
    scale : {"log-odds", "probability", "raw"}
        Unit of the values: the model output they add up to.
    explainer : str
        The method, the background, and any rows that were cut.
    rows, background : int
        Rows explained and rows of the background.
    additivity_gap : float
        Largest absolute gap between the sum of a row's values and the model output, as checked here.
    mean_absolute, standard_error : ndarray of float64, shape (1 + n_groups, n_features)
        Row 0 is everybody.
    by, groups : tuple of str
        Attribute and group of each row; ``""`` and ``"overall"`` for row 0.
    group_rows : tuple of int
        Explained rows behind each row.
    lead_error : ndarray of float64, shape (n_features - 1,), or None
        Standard error of the lead that each place of the ranking has on the next, from the same rows; None in records
        from before it was kept.
    ended : {"standard_error", "rows", "seconds"} or None
        Why no more rows were explained: the standard errors are as small as the policy requires, or its rows or its
        time were used up.
    reached : float or None
        Largest standard error of the largest features, relative to the feature's own mean.
    """

    features: tuple[str, ...]
    scale: str
    explainer: str
    rows: int
    background: int
    additivity_gap: float
    by: tuple[str, ...]
    groups: tuple[str, ...]
    group_rows: tuple[int, ...]
    mean_absolute: Annotated[Floats, Shape(("groups", "features"))]
    standard_error: Annotated[Floats, Shape(("groups", "features"))]
    lead_error: Annotated[Floats | None, LATER] = None
    ended: Annotated[str | None, LATER] = None
    reached: Annotated[float | None, LATER] = None

    def __post_init__(self) -> None:
        shape = (len(self.groups), len(self.features))
        if self.mean_absolute.shape != shape or self.standard_error.shape != shape:
            raise ValueError(f"values have shape {self.mean_absolute.shape}, not {shape}")
        if self.lead_error is not None and len(self.lead_error) != len(self.features) - 1:
            raise ValueError("every place of the ranking but the last has a lead")

    def ranking(self) -> list[int]:
        """Return positions of the features, largest mean absolute value first."""
        return [int(i) for i in np.argsort(-self.mean_absolute[0], kind="stable")]

    def tied_with_next(self) -> list[bool]:
        """Return for each place of the ranking whether its lead on the next is at most two standard errors."""
        order = self.ranking()
        mean, error = self.mean_absolute[0], self.standard_error[0]
        if self.lead_error is None:
            gaps = [mean[a] - mean[b] <= 2 * float(np.hypot(error[a], error[b])) for a, b in pairwise(order)]
        else:
            gaps = [mean[a] - mean[b] <= 2 * lead for (a, b), lead in zip(pairwise(order), self.lead_error, strict=True)]
        return [bool(g) for g in gaps] + [False]

    def ties(self) -> list[list[int]]:
        """Return the features that cannot be distinguished, group by group in the order of the ranking."""
        found: list[list[int]] = []
        tied_before = False
        for i, tied in zip(self.ranking(), self.tied_with_next(), strict=True):
            if tied_before:
                found[-1].append(i)
            elif tied:
                found.append([i])
            tied_before = tied
        return found

    def headline(self) -> str:
        """Return the attribution in one line."""
        return f"Attribution({len(self.features)} features, {self.rows} rows, {self.scale})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per feature, largest first."""
        rows: list[list[object]] = []
        for place, i in enumerate(self.ranking(), start=1):
            rows.append([place, self.features[i], f"{self.mean_absolute[0, i]:.4f}", f"{self.standard_error[0, i]:.4f}"])
        return ["place", "feature", "mean |SHAP|", "standard error"], rows
