"""What a failing estimator says is told; nothing of a record is, however the message was made."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from smartstart_gov.errors import Refused
from smartstart_gov.training.estimators import positive_scores
from smartstart_gov.training.own_words import own_words

ROWS = pd.DataFrame({"surname": ["Jansen", "De Vries", "O'Neil", None], "debt": [1204.5, 7.0, 31.0, 66.0]})
Y = [0, 1, 0, 1]


def raised(estimator: Any, rows: Any) -> str:
    with pytest.raises(Exception) as error:  # noqa: PT011 - whatever scikit-learn raises
        estimator.fit(rows, Y).predict_proba(rows)
    return own_words(error.value, estimator, rows)


@pytest.mark.parametrize(
    ("estimator", "columns", "said"),
    [
        (LogisticRegression(), ["surname"], "ValueError: could not convert string to float: '…'"),
        (LogisticRegression(C=-1), ["debt"], "The 'C' parameter of LogisticRegression must be a float in the range (…, inf]."),
        (KNeighborsClassifier(200), ["debt"], "Expected n_neighbors <= n_samples_fit, but n_neighbors = 200"),
        (make_pipeline(SelectKBest(k="most")), ["debt"], "Got 'most' instead."),
        (GridSearchCV(LogisticRegression(), {"C": [1]}, cv=2), ["surname"], "fits failed. ValueError: could not convert string"),
    ],
    ids=lambda x: type(x).__name__ if hasattr(x, "fit") else "",
)  # fmt: skip
def test_what_a_model_says_is_understood(estimator: Any, columns: list[str], said: str) -> None:
    assert said in raised(estimator, ROWS[columns])


MADE = [
    "row {v}",
    "'{v}' is odd",
    '"{v}"',
    "`{v}`",
    "[{v}] in column 'surname'",
    "name={v}",
    "{v}: bad",
    "bad\n\nTraceback\n{v}",
    "it's {v}",
]


@pytest.mark.parametrize("form", MADE)
@pytest.mark.parametrize(
    "value", ["Jansen", "jansen", "Vries", "De Vries", "O'Neil", "1204.5", "1204,50", "2031-04-05", "31", "66%", "-7", "31.0"]
)
@pytest.mark.parametrize(
    "frame", [ROWS, pl.from_pandas(ROWS), ROWS.astype({"surname": "category"})], ids=["pandas", "polars", "category"]
)
def test_no_record_is_told(form: str, value: str, frame: Any) -> None:
    told = own_words(ValueError(form.format(v=value)), LogisticRegression(), frame)
    assert not set(re.findall(r"\w+", value.casefold())) & set(re.findall(r"\w+", told.casefold()))


@given(st.text(min_size=1, max_size=12), st.sampled_from([f for f in MADE if "Traceback" not in f]))
def test_no_text_of_a_row_is_told_whatever_it_is(value: str, form: str) -> None:
    told = own_words(ValueError(form.format(v=value)), LogisticRegression(), pd.DataFrame({"free": [value]}))
    mine = set(re.findall(r"\w+", value.casefold())) - set(re.findall(r"\w+", form.replace("{v}", " ").casefold()))
    assert not mine & set(re.findall(r"\w+", told.removeprefix("ValueError").casefold()))


@given(st.floats(allow_nan=False) | st.integers(), st.sampled_from(MADE))
def test_no_number_is_told_but_a_parameter_with_its_own_value(value: float, form: str) -> None:
    told = own_words(ValueError(form.format(v=value)), LogisticRegression(C=0.25), ROWS)
    assert not re.search(r"\d", told)
    assert "C=0.25" in own_words(ValueError(f"C=0.25 but {value}"), LogisticRegression(C=0.25), ROWS)
    assert "C=0.5" not in own_words(ValueError("C=0.5"), LogisticRegression(C=0.25), ROWS)


def test_what_a_row_made_of_it_is_not_told_in_quotes() -> None:
    """An own step may cut, turn or code a value, which no comparison with the rows would know again."""
    assert own_words(ValueError("bad: 'jan'"), LogisticRegression(), ROWS) == "ValueError: bad: '…'"


def test_a_name_that_is_a_value_as_well_is_not_told() -> None:
    rows = pd.DataFrame({"C": ["C", "D"]})
    assert own_words(ValueError("'C'"), LogisticRegression(), rows) == "ValueError: '…'"


def test_a_message_that_cannot_be_made_or_never_ends_is_short() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert own_words(Broken(), LogisticRegression(), ROWS) == "Broken"
    assert own_words(ValueError(), LogisticRegression(), ROWS) == "ValueError"
    assert len(own_words(ValueError("very " * 10_000), LogisticRegression(), ROWS)) < 400


class Unready(ClassifierMixin, BaseEstimator):
    """Fails at what it is asked, with a row in its message."""

    def fit(self, X: Any, y: Any) -> Unready:
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: Any) -> Any:
        raise RuntimeError(f"weights missing for {X.iloc[0, 0]}")


def test_a_model_whose_scores_fail_is_refused_with_its_own_words() -> None:
    with pytest.raises(Refused) as refused:
        positive_scores(Unready().fit(ROWS, Y), ROWS)
    assert refused.value.rule == "M02"
    assert "(RuntimeError: weights missing for …)" in str(refused.value)
    assert refused.value.__suppress_context__
