"""Classifiers that people really use, each behind the columns of the invented register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import (
    enable_halving_search_cv,  # noqa: F401 - makes HalvingGridSearchCV importable
    enable_iterative_imputer,  # noqa: F401 - makes IterativeImputer importable
)
from sklearn.feature_selection import SelectKBest
from sklearn.impute import IterativeImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from tests.training.models import NUMBERS, WORDS, behind_columns


def _dense(classifier: Any, *steps: Any) -> Any:
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(make_column_transformer((SimpleImputer(), NUMBERS), (words, WORDS)), *steps, classifier)


def _categories() -> Any:
    encoded = make_column_transformer((OrdinalEncoder(), WORDS), remainder="passthrough")
    return make_pipeline(encoded, HistGradientBoostingClassifier(max_iter=20, categorical_features=[0, 1]))


def _selected(classifier: Any) -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, classifier).set_output(transform="pandas")


def _narrow(classifier: Any) -> Any:
    """Scores of 32 bits: the last step gets them, and gives them back."""
    return _dense(classifier, StandardScaler(), FunctionTransformer(np.float32))


def _forest(**settings: Any) -> Any:
    return RandomForestClassifier(n_estimators=12, min_samples_leaf=4, **settings)


def _searched(kind: Any, **settings: Any) -> Any:
    return kind(behind_columns(LogisticRegression()), {"logisticregression__C": [0.1, 1, 10]}, cv=3, **settings)


#: Stored, read back with skops and the published list alone, and released.
RELEASED: dict[str, Callable[[], Any]] = {
    "logistic regression": lambda: behind_columns(LogisticRegression()),
    "logistic regression, cross-validated": lambda: behind_columns(LogisticRegressionCV(cv=3, l1_ratios=(0,), scoring="neg_log_loss", use_legacy_attributes=False)),
    "scores of 32 bits": lambda: _narrow(LogisticRegression()),
    "stochastic gradient": lambda: behind_columns(SGDClassifier(loss="log_loss")),
    "tree": lambda: behind_columns(DecisionTreeClassifier(max_depth=3)),
    "full tree": lambda: behind_columns(DecisionTreeClassifier()),
    "forest in threads": lambda: behind_columns(_forest(n_jobs=2)),
    "extra trees in threads": lambda: behind_columns(ExtraTreesClassifier(n_estimators=10, min_samples_leaf=3, n_jobs=2)),
    "boosting": lambda: behind_columns(GradientBoostingClassifier(n_estimators=20)),
    "histogram boosting": lambda: _dense(HistGradientBoostingClassifier(max_iter=20)),
    "histogram boosting with categories": _categories,
    "adaptive boosting": lambda: behind_columns(AdaBoostClassifier(n_estimators=5)),
    "bagging in threads": lambda: behind_columns(BaggingClassifier(DecisionTreeClassifier(max_depth=4), n_estimators=7, n_jobs=2)),
    "calibrated linear SVC": lambda: behind_columns(CalibratedClassifierCV(LinearSVC(), cv=3)),
    "calibrated forest, isotonic": lambda: behind_columns(CalibratedClassifierCV(_forest(), method="isotonic", cv=3)),
    "calibrated by one temperature": lambda: CalibratedClassifierCV(behind_columns(LogisticRegression()), method="temperature", cv=3),
    "imputed from other columns": lambda: make_pipeline(make_column_transformer((IterativeImputer(max_iter=2), NUMBERS)), LogisticRegression()),
    "soft vote": lambda: behind_columns(
        VotingClassifier([("a", LogisticRegression()), ("b", _forest()), ("c", BernoulliNB())], voting="soft", n_jobs=2)
    ),
    "stack": lambda: behind_columns(StackingClassifier([("a", LogisticRegression()), ("b", _forest())], cv=3)),
    "selected columns, pandas output": lambda: _selected(LogisticRegression()),
    "naive Bayes": lambda: _dense(GaussianNB()),
    "Bernoulli naive Bayes": lambda: behind_columns(BernoulliNB()),
    "linear discriminant": lambda: _dense(LinearDiscriminantAnalysis(), StandardScaler()),
    "quadratic discriminant": lambda: _dense(QuadraticDiscriminantAnalysis(reg_param=0.1), PCA(5)),
    "neural network": lambda: _dense(MLPClassifier((6,), max_iter=2000, tol=0.001), StandardScaler()),
    "union of features": lambda: _dense(
        LogisticRegression(max_iter=2000), StandardScaler(), FeatureUnion([("two", PCA(2)), ("best", SelectKBest(k=4))]), PolynomialFeatures(2)
    ),
    "splines": lambda: _dense(LogisticRegression(max_iter=2000), SplineTransformer(n_knots=4)),
    "grid search": lambda: _searched(GridSearchCV, n_jobs=1),
    "random search": lambda: _searched(RandomizedSearchCV, n_iter=2),
    "halving search": lambda: _searched(HalvingGridSearchCV, n_jobs=1),
    "threshold on the whole model": lambda: FixedThresholdClassifier(behind_columns(_forest(n_jobs=2)), threshold=0.35),
    "threshold on the last step": lambda: behind_columns(FixedThresholdClassifier(LogisticRegression(), threshold=0.35)),
    "tuned threshold": lambda: TunedThresholdClassifierCV(behind_columns(LogisticRegression()), cv=3),
    "tuned threshold on the last step": lambda: behind_columns(
        TunedThresholdClassifierCV(DecisionTreeClassifier(max_depth=3), scoring="f1", cv=3)
    ),
    "search for a threshold": lambda: GridSearchCV(
        behind_columns(FixedThresholdClassifier(LogisticRegression())),
        {"fixedthresholdclassifier__threshold": [0.2, 0.3, 0.4]}, scoring="f1", cv=3,
    ),
}  # fmt: skip
