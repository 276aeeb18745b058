"""Classifiers for tests, behind the pipeline that a municipality would write."""

from __future__ import annotations

from typing import Any

from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["age", "income", "household"]
WORDS = ["hood", "benefit"]


def behind_columns(classifier: Any) -> Pipeline:
    """Impute and scale numbers, one-hot encode words, then `classifier`."""
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    return make_pipeline(
        make_column_transformer((numbers, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), WORDS)), classifier
    )
