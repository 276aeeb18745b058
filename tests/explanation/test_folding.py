"""Folding: what is proven goes to one column, what is not goes to a joint label, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from smartstart_gov.explanation.folding import fold_of

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "a": RANDOM.normal(size=60), "b": RANDOM.normal(size=60), "c_x0": RANDOM.choice(["u", "v_w", "x0_y"], size=60),
        "c": RANDOM.choice(["x0_u", "z"], size=60),
    }
)  # fmt: skip
TABLE.loc[::7, "b"] = np.nan
Y = (TABLE["a"] > 0).astype(int)
NUMBERS, WORDS = ["a", "b"], ["c_x0", "c"]


def moved(transformer, table: pd.DataFrame) -> list[set[str]]:
    """For each column of the contract, change it and see which columns of the matrix move: the oracle."""

    def matrix(rows):
        found = transformer.transform(rows)
        return np.asarray(found.toarray() if hasattr(found, "toarray") else found, dtype=float)

    before = matrix(table)
    origins: list[set[str]] = [set() for _ in range(before.shape[1])]
    for name in table.columns:
        for shift in (1, 2, 3, 5):
            other = table.assign(**{name: np.roll(table[name].to_numpy(), shift)})
            after = matrix(other)
            same = (before == after) | (np.isnan(before) & np.isnan(after))
            for i in np.flatnonzero(~same.all(axis=0)):
                origins[i].add(name)
    return origins


PROVEN = {
    "one-hot with separators in names and levels": make_column_transformer((OneHotEncoder(), WORDS), ("passthrough", ["a"])),
    "one-hot, first dropped": make_column_transformer((OneHotEncoder(drop="first"), WORDS)),
    "one-hot, dropped if binary": make_column_transformer((OneHotEncoder(drop="if_binary"), WORDS)),
    "one-hot, rare levels together": make_column_transformer((OneHotEncoder(max_categories=2), WORDS)),
    "one-hot, rare together and first dropped": make_column_transformer((OneHotEncoder(min_frequency=25, drop="first"), WORDS)),
    "remainder passed through": make_column_transformer((OneHotEncoder(), ["c"]), ("drop", ["c_x0"]), remainder="passthrough"),
    "remainder scaled, in another order": make_column_transformer(
        (OrdinalEncoder(), ["c", "c_x0"]), remainder=StandardScaler()
    ),
    "imputer with flags": make_column_transformer((SimpleImputer(add_indicator=True), NUMBERS)),
    "flags alone": make_column_transformer((MissingIndicator(), NUMBERS), (StandardScaler(), ["a"])),
    "nested pipeline": make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), NUMBERS), (OneHotEncoder(), WORDS)
    ),
    "columns by number": ColumnTransformer([("n", StandardScaler(), [1, 0]), ("w", OneHotEncoder(), [-1])]),
    "columns by mask": ColumnTransformer([("n", StandardScaler(), [True, False, False, False])], remainder="drop"),
    "columns by slice of names": ColumnTransformer([("n", StandardScaler(), slice("a", "b"))]),
    "columns by slice of numbers": ColumnTransformer([("n", StandardScaler(), slice(0, 2))]),
    "columns by selector": make_column_transformer((StandardScaler(), make_column_selector(dtype_include=float))),
    "one column by name": ColumnTransformer([("n", StandardScaler(), ["a"]), ("w", OneHotEncoder(), ["c"])]),
    "bins": make_column_transformer(
        (make_pipeline(SimpleImputer(), KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf")), NUMBERS)
    ),
    "selected": make_pipeline(make_column_transformer((SimpleImputer(), NUMBERS), (OneHotEncoder(), WORDS)), SelectKBest(k=3)),
    "logarithm": make_column_transformer((FunctionTransformer(np.tanh), NUMBERS)),
    "target encoded": make_column_transformer((TargetEncoder(target_type="binary", cv=2), WORDS)),
    "scaled twice": make_pipeline(make_column_transformer((SimpleImputer(), NUMBERS)), MinMaxScaler(), StandardScaler()),
    "products": make_pipeline(make_column_transformer((SimpleImputer(), NUMBERS)), PolynomialFeatures(2)),
    "block of one column": make_column_transformer((make_pipeline(SimpleImputer(), PCA(1)), ["a"]), ("passthrough", ["b"])),
}


@pytest.mark.parametrize("name", PROVEN)
def test_what_is_proven_is_what_moves(name: str) -> None:
    transformer = PROVEN[name].fit(TABLE, Y)
    oracle = moved(transformer, TABLE)
    folding = fold_of([transformer], list(TABLE.columns), len(oracle))
    for place, origin in zip(folding.place.tolist(), oracle, strict=True):
        said = set() if place < 0 else set(folding.labels[place].split(" + "))
        assert said == origin or (not origin and len(said) == 1), f"{said} was said to move a column that {origin} moves"
    assert set(TABLE.columns) == {part for label in folding.labels for part in label.split(" + ")}


class Own(TransformerMixin, BaseEstimator):
    """A transformer of somebody's own: nothing is known about it."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return np.asarray(X, dtype=float)[:, ::-1]


class OneHotLookalike(OneHotEncoder):
    """Somebody's own class on the shoulders of a known one."""


JOINT = {
    "principal components": make_pipeline(SimpleImputer(), PCA(2)),
    "rows brought to one length": make_pipeline(SimpleImputer(), Normalizer()),
    "neighbours fill in": KNNImputer(),
    "own transformer": make_pipeline(SimpleImputer(), Own()),
    "own function": FunctionTransformer(lambda X: np.nan_to_num(X)[:, ::-1]),
    "union of the unknown": make_pipeline(SimpleImputer(), FeatureUnion([("p", PCA(1)), ("q", PCA(1))])),
}


@pytest.mark.parametrize("name", JOINT)
def test_what_is_not_proven_goes_to_all_columns_of_its_block(name: str) -> None:
    transformer = make_column_transformer((JOINT[name], NUMBERS), (OneHotEncoder(), WORDS)).fit(TABLE, Y)
    folding = fold_of([transformer], list(TABLE.columns), transformer.transform(TABLE).shape[1])
    assert folding.labels == ("c_x0", "c", "a + b")
    assert folding.joint == ("a + b",)
    assert folding.place.tolist() == [2, 2, 0, 0, 0, 1, 1]


def test_a_class_that_only_looks_known_is_not_trusted_with_several_columns() -> None:
    transformer = make_column_transformer((OneHotLookalike(), WORDS), (StandardScaler(), ["a"])).fit(TABLE, Y)
    assert "c_x0 + c" in fold_of([transformer], list(TABLE.columns), transformer.transform(TABLE).shape[1]).labels


def test_a_column_alone_and_in_a_block_has_both_labels() -> None:
    joint = make_column_transformer((make_pipeline(SimpleImputer(), PCA(2)), NUMBERS), (StandardScaler(), ["a"])).fit(TABLE, Y)
    assert fold_of([joint], ["a", "b", "c_x0", "c"], 3).labels == ("a", "c_x0", "c", "a + b")


def test_a_matrix_of_another_width_than_the_structure_says_is_one_block() -> None:
    transformer = make_column_transformer((StandardScaler(), NUMBERS)).fit(TABLE, Y)
    assert fold_of([transformer], list(TABLE.columns), 5).labels == ("a + b + c_x0 + c",)


def test_folding_keeps_the_sum_of_every_row() -> None:
    transformer = PROVEN["nested pipeline"].fit(TABLE, Y)
    folding = fold_of([transformer], list(TABLE.columns), transformer.transform(TABLE).shape[1])
    values = RANDOM.normal(size=(9, len(folding.place)))
    folded = folding.fold(values)
    assert folded.sum(axis=1) == pytest.approx(values.sum(axis=1))
    assert folded[:, folding.labels.index("c")] == pytest.approx(values[:, -2:].sum(axis=1))


def test_without_transformers_each_column_is_itself() -> None:
    folding = fold_of([], ["a", "b"], 2)
    assert folding.labels == ("a", "b")
    assert folding.place.tolist() == [0, 1]
