"""What an estimator is made of: refusals, random states, parameters as text, kept rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier, RandomForestClassifier, StackingClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import KNNImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC, NuSVC
from sklearn.tree import DecisionTreeClassifier

from smartstart_gov.errors import Refused
from smartstart_gov.training.estimators import (
    LONGEST_PARAMETER,
    changed_parameters,
    class_path,
    final_step,
    parameter_text,
    positive_scores,
    prepare,
    steps,
)
from smartstart_gov.training.released import row_holders
from tests.training.models import behind_columns


class Uncloneable(ClassifierMixin, BaseEstimator):
    def __init__(self, depth=1) -> None:
        self.depth = depth + 1

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        return np.full((len(X), 2), 0.5)


class Odd(ClassifierMixin, BaseEstimator):
    """Gives whatever it is told as the probability of class 1."""

    def __init__(self, gives=0.5) -> None:
        self.gives = gives

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X):
        return np.column_stack([np.full(len(X), 1 - self.gives), np.full(len(X), self.gives)])


@pytest.mark.parametrize(
    ("estimator", "rule"),
    [
        (LogisticRegression, "M02"),
        (LinearRegression(), "M02"),
        (KMeans(), "M02"),
        (StandardScaler(), "M02"),
        (object(), "M02"),
        (lambda X: X, "M02"),
        (Uncloneable(), "M02"),
        (RidgeClassifier(), "M03"),
        (behind_columns(RidgeClassifier()), "M03"),
    ],
)
def test_what_is_no_classifier_with_probabilities_is_refused(estimator, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        prepare(estimator, 0)
    assert refusal.value.rule == rule


def test_the_remedy_for_missing_probabilities_is_calibration() -> None:
    with pytest.raises(Refused, match="CalibratedClassifierCV"):
        prepare(RidgeClassifier(), 0)


def test_random_state_reaches_only_open_parameters_of_that_name() -> None:
    stack = StackingClassifier([("one", RandomForestClassifier()), ("two", DecisionTreeClassifier(random_state=99))])
    given = make_pipeline(StandardScaler(), stack)
    prepared = prepare(given, 7)
    inside = prepared.get_params()
    assert inside["stackingclassifier__one__random_state"] == 7
    assert inside["stackingclassifier__two__random_state"] == 99
    assert given.get_params()["stackingclassifier__one__random_state"] is None, "the caller's estimator was changed"


@pytest.mark.parametrize("gives", [np.nan, np.inf, -0.1, 1.1])
def test_scores_that_are_no_probabilities_are_refused(gives: float) -> None:
    model = Odd(gives).fit(None, None)
    with pytest.raises(Refused) as refusal:
        positive_scores(model, [[0]] * 3)
    assert refusal.value.rule == "D08"
    assert "3 of 3" in str(refusal.value)


def test_the_score_is_that_of_class_one_wherever_it_stands() -> None:
    model = Odd(0.25).fit(None, None)
    assert positive_scores(model, [[0]]).tolist() == [0.25]
    model.classes_ = np.array([1, 0])
    assert positive_scores(model, [[0]]).tolist() == [0.75]


def test_steps_stand_in_order_and_the_classifier_last() -> None:
    assert steps(behind_columns(LogisticRegression())) == (
        "sklearn.compose.ColumnTransformer",
        "sklearn.impute.SimpleImputer",
        "sklearn.preprocessing.StandardScaler",
        "sklearn.preprocessing.OneHotEncoder",
        "sklearn.linear_model.LogisticRegression",
    )
    assert steps(LogisticRegression()) == ("sklearn.linear_model.LogisticRegression",)


def test_class_path_is_the_public_name_where_there_is_one() -> None:
    assert class_path(LogisticRegression()) == "sklearn.linear_model.LogisticRegression"
    assert class_path(HistGradientBoostingClassifier()) == "sklearn.ensemble.HistGradientBoostingClassifier"
    assert class_path(Odd()).endswith("test_estimators.Odd")


def test_only_parameters_that_differ_from_their_default_are_recorded() -> None:
    found = changed_parameters(behind_columns(LogisticRegression(C=0.5, max_iter=100)))
    assert found == {
        "columntransformer__onehotencoder__handle_unknown": "'ignore'",
        "columntransformer__pipeline__simpleimputer__add_indicator": "True",
        "logisticregression__C": "0.5",
    }


def test_parameters_as_text_are_short_and_hold_no_address() -> None:
    found = changed_parameters(make_pipeline(FunctionTransformer(np.log1p), FunctionTransformer(len), LogisticRegression()))
    assert found == {"functiontransformer-1__func": "numpy.log1p", "functiontransformer-2__func": "builtins.len"}
    assert parameter_text({"f": object()}) == "{'f': <object object>}"
    long = parameter_text(list(range(1000)))
    assert len(long) == LONGEST_PARAMETER
    assert long.endswith("...")
    assert parameter_text(np.random.RandomState(0)) == "numpy.random.mtrand.RandomState"


X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize(
    ("estimator", "named"),
    [
        (KNeighborsClassifier(), "KNeighborsClassifier"),
        (RadiusNeighborsClassifier(radius=5), "RadiusNeighborsClassifier"),
        (SVC(), "SVC"),
        (NuSVC(), "NuSVC"),
        (GaussianProcessClassifier(), "GaussianProcessClassifier"),
        (make_pipeline(KNNImputer(), LogisticRegression()), "KNNImputer"),
        (make_pipeline(StandardScaler(), BaggingClassifier(KNeighborsClassifier(), n_estimators=2)), "KNeighborsClassifier"),
        (RandomForestClassifier(n_estimators=5, oob_score=True, bootstrap=True), "oob_decision_function_"),
    ],
)
def test_steps_that_keep_rows_are_named(estimator, named: str) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
        fitted = estimator.fit(X, Y)
    assert any(holder.endswith(named) for holder in row_holders(fitted, len(X)))


@pytest.mark.parametrize("estimator", [LogisticRegression(), RandomForestClassifier(n_estimators=5), DummyClassifier()])
def test_steps_that_keep_no_rows_are_not(estimator) -> None:
    assert row_holders(make_pipeline(StandardScaler(), estimator).fit(X, Y), len(X)) == ()


class Keeper(ClassifierMixin, BaseEstimator):
    """An estimator of somebody's own that keeps what it was shown."""

    def fit(self, X, y):
        self.seen_ = np.array(X)
        return self


def test_a_table_with_a_line_a_row_is_kept_rows_whatever_the_class() -> None:
    assert row_holders(make_pipeline(StandardScaler(), Keeper()).fit(X, Y), len(X)) == (f"{class_path(Keeper)}.seen_",)
    assert row_holders(Keeper().fit(X, Y), len(X) + 1) == ()


def test_the_final_step_is_that_of_the_innermost_pipeline() -> None:
    inner = LogisticRegression()
    assert final_step(make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), inner))) is inner
