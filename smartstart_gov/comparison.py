"""compare(): a first table without any files: fairlearn's signature, a table with intervals, never a verdict."""

from __future__ import annotations

from typing import Any

from smartstart_gov.counting.count import count
from smartstart_gov.counting.handover import coded
from smartstart_gov.counting.outcomes import bits
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.tables import beside
from smartstart_gov.statistics.estimates import MetricTable, measure


def compare(*, y_true: Any, y_pred: Any, sensitive_features: Any, positive: Any = None) -> MetricTable:
    """Return every rate of every group with its interval, without any files; never a verdict.

    Pandas columns are matched by their index if the arguments have one; everything else is matched by position.

    Parameters
    ----------
    y_true, y_pred : array_like, shape (n_samples,)
        0 and 1, or booleans, in any storage; or two values of which `positive` is one.
    sensitive_features : DataFrame, LazyFrame, pyarrow Table, Series, dict or array_like
        Of shape (n_samples,) or (n_samples, n_features). Missing values form the group ``unknown``, as does the
        text ``unknown``. With several features, their intersection is also measured.
    positive : object, optional
        The value of y_true and y_pred that counts as 1, if they are not 0 and 1: ``positive="yes"``.

    Returns
    -------
    MetricTable

    Raises
    ------
    Refused
        U01 for anything that is not a column or table; D02, D14, D17 for groups or features that would share a name; D06, D07
        for labels that are not binary; D10, D12 for columns that differ in length or index, a query without a fixed row
        order, or no rows.

    Examples
    --------
    >>> table = compare(y_true=[0, 1, 1, 0], y_pred=[0, 1, 0, 0], sensitive_features={"origin": ["A", "A", "B", "B"]})
    >>> table["selection_rate", ("origin",), "A"].value
    0.5
    >>> table["true_positive_rate", ("origin",), "B"]
    Estimate(0.000 [0.000, 0.793] wilson 95%, 0/1)
    """
    (true, predicted), features = beside({"y_true": y_true, "y_pred": y_pred}, sensitive_features, "sensitive_features")
    truth, decision = bits(true, "y_true", positive), bits(predicted, "y_pred", positive)
    if isinstance(truth, Violation) or isinstance(decision, Violation):
        raise Refused.of([column for column in (truth, decision) if isinstance(column, Violation)])
    groups = coded(features)
    predictions = Predictions(y_true=truth, y_pred=decision, groups=groups)
    margins: list[tuple[str, ...]] = [(name,) for name in groups]
    if len(groups) > 1:
        margins.append(tuple(groups))
    return measure(count(predictions), margins)
