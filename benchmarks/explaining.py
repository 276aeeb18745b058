"""What explaining costs against fitting, by kind of estimator, and how sure its figures are.

CPU time of one thread, fit and explanation in the same process; run with ``python -m benchmarks.explaining``. A library that
is not installed gets a line that says so.
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_selector, make_column_transformer
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
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

from smartstart_gov.authoring.policy import Explaining
from smartstart_gov.counting.predictions import GroupCodes, Predictions
from smartstart_gov.errors import Refused
from smartstart_gov.explanation.shapley import explain

NUMBERS, WORDS = 10, 5
#: Each category column has so many levels.
LEVELS = (3, 4, 6, 8, 12)


def made_up(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return `n` random rows, ten columns of numbers and five of categories, and an outcome that hangs on seven of them."""
    draw = np.random.default_rng(0)
    table = pd.DataFrame(draw.normal(size=(n, NUMBERS)), columns=[f"number {i}" for i in range(NUMBERS)])
    codes = [draw.integers(0, levels, n) for levels in LEVELS]
    for i, (levels, code) in enumerate(zip(LEVELS, codes, strict=True)):
        table[f"word {i}"] = pd.Categorical.from_codes(code, [f"{chr(97 + level)}" for level in range(levels)])
    numbers = table.iloc[:, :NUMBERS].to_numpy()
    odds = numbers[:, 0] + numbers[:, 1] * numbers[:, 2] + 0.5 * numbers[:, 3] + (codes[2] % 3 == 0) - (codes[4] > 8)
    return table, (odds + draw.logistic(size=n) > 0.3).astype(np.int8)


def encoded(classifier: Any) -> Any:
    """Return `classifier` behind an encoder of words and a scaler of numbers."""
    head = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_include="category")),
        (StandardScaler(), make_column_selector(dtype_include="number")),
    )
    return make_pipeline(head, classifier)


def coded(classifier: Any) -> Any:
    """Return `classifier` behind words as numbers, which come first."""
    words = make_column_selector(dtype_include="category")
    return make_pipeline(make_column_transformer((OrdinalEncoder(), words), remainder="passthrough"), classifier)


def of(module: str, name: str, **more: Any) -> Any:
    """Return an estimator of a library that may be missing."""
    return getattr(importlib.import_module(module), name)(**more)


def oversampled() -> Any:
    """Return a pipeline of imbalanced-learn that draws rows anew before it fits."""
    pipeline = importlib.import_module("imblearn.pipeline").make_pipeline
    head, forest = encoded(RandomForestClassifier(random_state=0)).steps
    return pipeline(head[1], of("imblearn.over_sampling", "RandomOverSampler", random_state=0), forest[1])


def without_correlation() -> Any:
    """Return a logistic regression behind a transformer of fairlearn that takes the first column out of the others."""
    remover = of("fairlearn.preprocessing", "CorrelationRemover", sensitive_feature_ids=[0])
    return make_pipeline(*[step for _, step in encoded(remover).steps], LogisticRegression(max_iter=1000))


def several() -> list[tuple[str, Any]]:
    """Return three classifiers of different kinds."""
    return [
        ("logistic", LogisticRegression(max_iter=1000)), ("forest", RandomForestClassifier(random_state=0)),
        ("bayes", GaussianNB()),
    ]  # fmt: skip


BOOSTED = {"n_jobs": 1, "random_state": 0}
CAT = {"thread_count": 1, "random_seed": 0, "verbose": 0, "allow_writing_files": False}
MODELS: dict[str, Callable[[], Any]] = {
    "LogisticRegression": lambda: encoded(LogisticRegression(max_iter=1000)),
    "SGD, modified Huber": lambda: encoded(SGDClassifier(loss="modified_huber", random_state=0)),
    "LinearDiscriminantAnalysis": lambda: encoded(LinearDiscriminantAnalysis(solver="lsqr")),
    "QuadraticDiscriminantAnalysis": lambda: encoded(QuadraticDiscriminantAnalysis(reg_param=0.1)),
    "GaussianNB": lambda: encoded(GaussianNB()),
    "DecisionTree": lambda: encoded(DecisionTreeClassifier(min_samples_leaf=10, random_state=0)),
    "RandomForest": lambda: encoded(RandomForestClassifier(random_state=0)),
    "ExtraTrees": lambda: encoded(ExtraTreesClassifier(random_state=0)),
    "Bagging of trees": lambda: encoded(BaggingClassifier(n_estimators=50, random_state=0)),
    "AdaBoost": lambda: encoded(AdaBoostClassifier(random_state=0)),
    "GradientBoosting": lambda: encoded(GradientBoostingClassifier(random_state=0)),
    "HistGradientBoosting, own categories": lambda: HistGradientBoostingClassifier(random_state=0),
    "HistGradientBoosting, mask": lambda: coded(
        HistGradientBoostingClassifier(categorical_features=list(range(WORDS)), random_state=0)
    ),
    "HistGradientBoosting, one-hot": lambda: encoded(HistGradientBoostingClassifier(random_state=0)),
    "HistGradientBoosting, searched": lambda: GridSearchCV(
        HistGradientBoostingClassifier(random_state=0), {"max_leaf_nodes": [7, 31]}, cv=3
    ),
    "XGBoost, own categories": lambda: of("xgboost", "XGBClassifier", enable_categorical=True, **BOOSTED),
    "XGBoost, one-hot": lambda: encoded(of("xgboost", "XGBClassifier", **BOOSTED)),
    "LightGBM, own categories": lambda: of("lightgbm", "LGBMClassifier", verbose=-1, **BOOSTED),
    "CatBoost, one-hot": lambda: encoded(of("catboost", "CatBoostClassifier", **CAT)),
    "CatBoost, columns apart": lambda: of(
        "catboost", "CatBoostClassifier", cat_features=[f"word {i}" for i in range(WORDS)], max_ctr_complexity=1, **CAT
    ),
    "CatBoost, columns combined": lambda: of(
        "catboost", "CatBoostClassifier", cat_features=[f"word {i}" for i in range(WORDS)], **CAT
    ),
    "imblearn pipeline, RandomForest": oversampled,
    "imblearn BalancedRandomForest": lambda: encoded(of("imblearn.ensemble", "BalancedRandomForestClassifier", random_state=0)),
    "CorrelationRemover, logistic": without_correlation,
    "SVC, calibrated": lambda: encoded(CalibratedClassifierCV(SVC(random_state=0), ensemble=False)),
    "RandomForest, calibrated": lambda: encoded(CalibratedClassifierCV(RandomForestClassifier(random_state=0))),
    "MLP": lambda: encoded(MLPClassifier(random_state=0, max_iter=400)),
    "KNeighbors": lambda: encoded(KNeighborsClassifier(25)),
    "Voting": lambda: encoded(VotingClassifier(several(), voting="soft")),
    "Stacking": lambda: encoded(StackingClassifier(several())),
}


def measured(model: Any, table: pd.DataFrame, truth: np.ndarray, settings: Explaining) -> list[str]:
    """Return fit time, explaining time, ratio, rows, standard error and method, as text."""
    half = len(table) * 3 // 4
    fit, audit = table.iloc[:half], table.iloc[half:].reset_index(drop=True)
    begin = time.process_time()
    model.fit(fit, truth[:half])
    fitting = time.process_time() - begin
    score = np.asarray(model.predict_proba(audit)[:, 1], dtype=np.float64)
    codes = np.arange(len(audit)) % 4
    rows = Predictions(
        y_true=truth[half:], y_pred=(score >= 0.5).astype(np.int8), score=score,
        groups={"area": GroupCodes(name="area", levels=tuple("abcd"), codes=codes)},
    )  # fmt: skip
    begin = time.process_time()
    try:
        found = explain(
            model, background=fit.reset_index(drop=True), rows=audit, predictions=rows, attributes=["area"],
            features=list(table.columns), settings=settings,
        )  # fmt: skip
    except Refused as refusal:
        return [f"{fitting:.2f}", "", "", "", "", str(refusal)]
    explaining = time.process_time() - begin
    reached = "" if found.reached is None else f"{found.reached:.1%}"
    method = found.explainer.partition(",")[0]
    ended = f" ({found.ended})" if found.ended != "standard_error" else ""
    return [f"{fitting:.2f}", f"{explaining:.2f}", f"{explaining / fitting:.1f}", str(found.rows), reached, method + ended]


def main() -> None:
    """Print one line an estimator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--only", default="", help="estimators whose name holds this")
    asked = parser.parse_args()
    table, truth = made_up(asked.rows)
    settings = Explaining()
    print(f"{asked.rows:,} rows, three quarters of them to fit, {table.shape[1]} columns; at most {settings.seconds} s.")
    heads = ["fit s", "explain s", "ratio", "rows", "std. error", "method"]
    print(f"{'estimator':36}" + "  ".join(f"{head:>10}" for head in heads[:-1]) + "  method")
    warnings.simplefilter("ignore")
    # The walk through trees is compiled once in a process; what that takes is told apart.
    begin = time.process_time()
    importlib.import_module("smartstart_gov.explanation.tree_values").compiled_walk()
    print(f"{'(compiling, once)':36}{'':>10}  {time.process_time() - begin:>10.2f}")
    with threadpool_limits(limits=1):
        for name, make in MODELS.items():
            if asked.only not in name:
                continue
            try:
                model = make()
            except ImportError:
                print(f"{name:36}not installed")
                continue
            *numbers, method = measured(model, table, truth, settings)
            print(f"{name:36}" + "  ".join(f"{number:>10}" for number in numbers) + f"  {method}", flush=True)


if __name__ == "__main__":
    main()
