"""Classifiers of other libraries that people really use, each behind the columns of the invented register."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catboost import CatBoostClassifier
from fairlearn.preprocessing import CorrelationRemover
from fairlearn.reductions import DemographicParity, GridSearch
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from imblearn.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler
from imblearn.pipeline import make_pipeline as make_sampled
from imblearn.under_sampling import EditedNearestNeighbours, NearMiss, RandomUnderSampler, TomekLinks
from lightgbm import LGBMClassifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRFClassifier

from tests.training.models import NUMBERS, WORDS, behind_columns


def xgboost(**settings: Any) -> Any:
    return XGBClassifier(**{"n_estimators": 6, "max_depth": 3, "n_jobs": 1} | settings)


def lightgbm(**settings: Any) -> Any:
    return LGBMClassifier(**{"n_estimators": 6, "min_child_samples": 5, "verbose": -1, "n_jobs": 1} | settings)


def catboost(**settings: Any) -> Any:
    return CatBoostClassifier(
        **{"n_estimators": 6, "depth": 3, "verbose": False, "allow_writing_files": False, "thread_count": 1} | settings
    )


def sampled(sampler: Any, classifier: Any = None) -> Any:
    """Columns made into numbers, then `sampler`, then a classifier: what is sampled is the fit part only."""
    columns, last = behind_columns(LogisticRegression() if classifier is None else classifier)
    return make_sampled(columns, sampler, last)


def selected(classifier: Any) -> Any:
    columns = make_column_transformer(
        (SimpleImputer(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, classifier)


def uncorrelated() -> Any:
    """The correlation with a column is taken out of the others; the column is a feature of the contract."""
    numbers = make_column_transformer((SimpleImputer(), NUMBERS), verbose_feature_names_out=False)
    return make_pipeline(
        numbers.set_output(transform="pandas"), CorrelationRemover(sensitive_feature_ids=["household"]), LogisticRegression()
    )


def mixed() -> Any:
    """Words as they are reach the sampler, which knows which they are."""
    columns = make_column_transformer((SimpleImputer(), NUMBERS), ("passthrough", WORDS))
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), [3, 4]), remainder="passthrough")
    return make_sampled(columns, SMOTENC([3, 4]), encode, DecisionTreeClassifier(max_depth=3))


#: Trained, stored, read back with skops and the published list alone, and released.
FAMILIES: dict[str, Callable[[], Any]] = {
    "xgboost": lambda: behind_columns(xgboost()),
    "xgboost, random forest": lambda: behind_columns(XGBRFClassifier(n_estimators=6, max_depth=3)),
    "xgboost, linear": lambda: behind_columns(XGBClassifier(n_estimators=6, booster="gblinear")),
    "xgboost, dart": lambda: behind_columns(xgboost(booster="dart")),
    "xgboost in threads": lambda: behind_columns(xgboost(n_jobs=2)),
    "lightgbm": lambda: behind_columns(lightgbm()),
    "lightgbm, dart": lambda: behind_columns(lightgbm(boosting_type="dart")),
    "catboost": lambda: behind_columns(catboost()),
    "catboost, words as they are": lambda: make_pipeline(
        make_column_transformer((SimpleImputer(), NUMBERS), ("passthrough", WORDS)).set_output(transform="pandas"),
        catboost(cat_features=(3, 4)),
    ),
    "SMOTE": lambda: sampled(SMOTE()),
    "SMOTE for words": mixed,
    "borderline SMOTE": lambda: sampled(BorderlineSMOTE()),
    "adaptive synthetic rows": lambda: sampled(ADASYN()),
    "rows drawn more than once": lambda: sampled(RandomOverSampler()),
    "rows left out": lambda: sampled(RandomUnderSampler()),
    "near misses": lambda: sampled(NearMiss()),
    "edited neighbours": lambda: sampled(EditedNearestNeighbours()),
    "Tomek links": lambda: sampled(TomekLinks()),
    "SMOTE, then edited": lambda: sampled(SMOTEENN()),
    "SMOTE, then Tomek links": lambda: sampled(SMOTETomek()),
    "SMOTE before xgboost": lambda: sampled(SMOTE(), xgboost()),
    "balanced forest": lambda: behind_columns(BalancedRandomForestClassifier(n_estimators=6, min_samples_leaf=4)),
    "balanced bagging": lambda: behind_columns(BalancedBaggingClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=4)),
    "boosting of few among many": lambda: behind_columns(RUSBoostClassifier(n_estimators=4)),
    "easy ensemble": lambda: behind_columns(EasyEnsembleClassifier(n_estimators=2, estimator=AdaBoostClassifier(n_estimators=3))),
    "columns by their type": lambda: selected(xgboost()),
    "correlation removed": uncorrelated,
    "grid search over xgboost": lambda: GridSearchCV(behind_columns(xgboost()), {"xgbclassifier__max_depth": [2, 3]}, cv=2),
    "random search over lightgbm": lambda: behind_columns(
        RandomizedSearchCV(lightgbm(), {"num_leaves": [3, 7]}, n_iter=2, cv=2)
    ),
    "grid search over catboost": lambda: GridSearchCV(behind_columns(catboost()), {"catboostclassifier__depth": [2, 3]}, cv=2),
    "grid search over SMOTE": lambda: GridSearchCV(sampled(SMOTE()), {"smote__k_neighbors": [3, 5]}, cv=2),
    "calibrated xgboost": lambda: behind_columns(CalibratedClassifierCV(xgboost(), cv=2)),
    "vote of three": lambda: behind_columns(
        VotingClassifier([("x", xgboost()), ("l", lightgbm()), ("c", catboost())], voting="soft")
    ),
}  # fmt: skip


def fair_search(**settings: Any) -> Any:
    """fairlearn's search, which chooses one model: it asks for sensitive features."""
    return GridSearch(LogisticRegression(), constraints=DemographicParity(), grid_size=5, **settings)


def fair_pipeline() -> Any:
    numbers = make_column_transformer((SimpleImputer(), NUMBERS), verbose_feature_names_out=False)
    return make_pipeline(numbers.set_output(transform="pandas"), fair_search())
