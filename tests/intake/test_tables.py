"""Rows side by side: matched by index or refused, of every library alike; groups and features keep their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import smartstart_gov as gov
from smartstart_gov.counting.handover import join_attributes
from smartstart_gov.errors import Refused

ROWS = pd.DataFrame(
    {
        "y": [0, 1, 1, 0, 1, 0, 1, 0], "p": [0, 1, 0, 0, 1, 1, 1, 0], "o": list("AAAABBBB"), "s": list("xyxyxyxy"),
    },
    index=[f"k{i}" for i in range(8)],
)  # fmt: skip
SELECTED = {("o", "A"): (1, 4), ("o", "B"): (3, 4), ("s", "x"): (2, 4), ("s", "y"): (2, 4)}


def compared(features: Any, y_true: Any = ROWS.y, y_pred: Any = ROWS.p, **more: Any) -> gov.MetricTable:
    return gov.compare(y_true=y_true, y_pred=y_pred, sensitive_features=features, **more)


def selected(table: gov.MetricTable) -> dict[tuple[str, str], tuple[int, int]]:
    """Return selected and all of each group of one feature."""
    found = {}
    for by, name in zip(table.by, table.groups, strict=True):
        if len(by) == 1:
            one = table["selection_rate", by, name]
            found[by[0], name] = (one.numerator, one.denominator)
    return found


def refused(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(Refused) as found:
        call()
    return [violation.rule for violation in found.value.violations]


GROUPS = ROWS[["o", "s"]]
SHUFFLED = GROUPS.sample(frac=1, random_state=3)
FORMS: dict[str, Any] = {
    "frame": GROUPS, "shuffled frame": SHUFFLED, "dict of shuffled series": {"o": SHUFFLED["o"], "s": SHUFFLED["s"]},
    "one shuffled, one not": {"o": SHUFFLED["o"], "s": GROUPS["s"]}, "dict of lists": GROUPS.to_dict("list"),
    "polars": pl.from_pandas(GROUPS), "lazy": pl.from_pandas(GROUPS).lazy(), "arrow": pa.Table.from_pandas(GROUPS, preserve_index=False),
    "batch": pa.RecordBatch.from_pandas(GROUPS, preserve_index=False), "polars series": {"o": pl.Series(ROWS.o), "s": pl.Series(ROWS.s)},
    "arrow dictionary": GROUPS.astype(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))), "categories": GROUPS.astype("category"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_groups_gives_the_same_table(form: str) -> None:
    assert selected(compared(FORMS[form])) == SELECTED
    table = gov.rowwise(
        metrics=lambda y, p: float(np.mean(p)), y_true=ROWS.y, y_pred=ROWS.p, sensitive_features=FORMS[form], n_boot=1
    )
    named = {
        (by[0], name): value[0] for by, name, value in zip(table.by, table.groups, table.value, strict=True) if len(by) == 1
    }
    assert named == {key: hit / n for key, (hit, n) in SELECTED.items()}


def test_predictions_are_matched_with_the_truth_by_index() -> None:
    assert selected(compared(GROUPS, y_pred=ROWS.p.iloc[::-1])) == SELECTED
    # An array has no index: it stands in the order of the column beside it.
    assert selected(compared(GROUPS, y_pred=ROWS.p.to_numpy())) == SELECTED


@pytest.mark.parametrize(
    "other",
    [
        ROWS.o.reset_index(drop=True), ROWS.o.set_axis([f"k{i + 1}" for i in range(8)]), ROWS.o.iloc[:7],
        ROWS.o.set_axis(["k0"] * 8), {"o": ROWS.o, "s": ROWS.s.reset_index(drop=True)},
    ],
)  # fmt: skip
def test_other_indexes_are_refused(other: Any) -> None:
    assert refused(lambda: compared(other)) == ["D10"]
    assert refused(lambda: gov.rowwise(metrics=max, y_true=ROWS.y, y_pred=ROWS.p, sensitive_features=other)) == ["D10"]


def test_a_doubled_index_that_is_the_same_everywhere_is_no_obstacle() -> None:
    doubled = ROWS.set_axis(["k"] * 8)
    assert selected(compared(doubled[["o", "s"]], doubled.y, doubled.p)) == SELECTED


def test_a_query_has_no_order_and_is_counted_instead() -> None:
    relation = duckdb.from_arrow(pa.Table.from_pandas(ROWS, preserve_index=False))
    assert refused(lambda: compared(relation)) == ["D10"]
    assert gov.count(relation, by=["o"], y_true="y", y_pred="p").cells("o").tolist() == [[2, 0, 1, 1], [1, 1, 0, 2]]


@pytest.mark.parametrize("make", [dict, lambda made: {name: pd.Series(column) for name, column in made.items()}])
def test_a_dict_of_columns_is_counted(make: Callable[[Any], Any]) -> None:
    tally = gov.count(make(ROWS.to_dict("list")), by=["o"], y_true="y", y_pred="p")
    assert tally.digest == gov.count(ROWS, by=["o"], y_true="y", y_pred="p").digest


def test_columns_of_a_dict_are_matched_by_index_too() -> None:
    made = {"y": ROWS.y, "p": ROWS.p, "o": SHUFFLED["o"]}
    assert gov.count(made, by=["o"], y_true="y", y_pred="p").digest == gov.count(ROWS, by=["o"], y_true="y", y_pred="p").digest


@pytest.mark.parametrize(
    ("features", "rule"),
    [
        (pd.concat([ROWS.o, ROWS.s.rename("o")], axis=1), "D14"), ({1: list(ROWS.o), "1": list(ROWS.s)}, "D14"),
        ({"o": pd.Categorical([1, "1"] * 4)}, "D02"), ({"o": [1, "1"] * 4}, "D02"), ({"o": [1, True] * 4}, None),
        ({"o": [["A"]] * 8}, "D17"), ("rows.csv", "U01"), (None, "U01"), ({"o": "A"}, "U01"),
    ],
)  # fmt: skip
def test_two_groups_or_features_never_take_one_name(features: Any, rule: str | None) -> None:
    if rule is None:
        assert selected(compared(features)).keys() == {("o", "1"), ("o", "True")}
    else:
        assert refused(lambda: compared(features)) == [rule]


@pytest.mark.parametrize("engine", [pd.DataFrame, lambda made: made])
def test_nor_where_a_table_is_counted(engine: Callable[[Any], Any]) -> None:
    made = {"g": [1, "1", 2, 2], "y": [0, 1, 0, 1], "p": [0, 1, 1, 0]}
    assert refused(lambda: gov.count(engine(made), by=["g"], y_true="y", y_pred="p")) in (["D02"], ["D17"])


def test_a_column_is_named_by_its_number() -> None:
    tally = gov.count(ROWS.rename(columns={"o": 0}), by=[0], y_true="y", y_pred="p")  # type: ignore[list-item]  # what people write
    assert tally.axis("0").levels == ("A", "B")


def test_joint_groups_of_levels_with_an_ampersand_are_four() -> None:
    features = {"a": ["x & y"] * 4 + ["x"] * 4, "b": ["z"] * 4 + ["y & z"] * 4}
    table = compared(features)
    joint = {
        name: table["selection_rate", ("a", "b"), name] for by, name in zip(table.by, table.groups, strict=True) if len(by) == 2
    }
    assert {name: one.denominator for name, one in joint.items()} == {
        "x & y && z": 4,
        "x & z": 0,
        "x && y & y && z": 0,
        "x && y & z": 4,
    }
    assert {name: one.numerator for name, one in joint.items() if one.denominator} == {"x && y & z": 1, "x & y && z": 3}
    assert "x & y & z" in {row[1] for row in table.table()[1]}


@pytest.mark.parametrize("name", ["rest", "overall", "everybody", "*", "(all)"])
def test_a_level_may_bear_a_word_of_the_library(name: str) -> None:
    table = compared({"o": [name] * 4 + ["B"] * 4})
    assert selected(table) == {("o", name): (1, 4), ("o", "B"): (3, 4)}
    assert table["selection_rate", (), "overall"].denominator == 8


STORED: dict[str, tuple[Any, Any]] = {
    "booleans": (ROWS.y == 1, None), "objects": (ROWS.y.astype(object), None), "nullable": (ROWS.y.astype("Int64"), None),
    "nullable booleans": (ROWS.y.astype("boolean"), None), "floats": (ROWS.y.astype(float), None), "polars": (pl.Series(ROWS.y), None),
    "arrow": (pa.array(ROWS.y), None), "words": (ROWS.y.map({0: "no", 1: "yes"}), "yes"), "codes": (ROWS.y + 1, 2),
    "categories": (ROWS.y.map({0: "no", 1: "yes"}).astype("category"), "yes"),
}  # fmt: skip


@pytest.mark.parametrize("stored", STORED)
def test_labels_are_the_same_in_every_storage(stored: str) -> None:
    values, positive = STORED[stored]
    predicted = values if positive is None else ROWS.p.map({0: values[ROWS.y == 0].iloc[0], 1: positive})
    predicted = ROWS.p if positive is None else predicted
    assert compared(GROUPS, values, predicted, positive=positive).digest == compared(GROUPS).digest
    table = ROWS.assign(y=np.asarray(values), p=np.asarray(predicted))
    assert (
        gov.count(table, by=["o"], y_true="y", y_pred="p", positive=positive).digest
        == gov.count(ROWS, by=["o"], y_true="y", y_pred="p").digest
    )


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (["yes", "no"] * 4, None), (["yes", "no"] * 4, "YES"), (["yes", "no", "perhaps", "no"] * 2, "yes"), ([0, 1, None, 1] * 2, None),
        (pd.array([True, False, pd.NA, True] * 2), None), (["1", "0"] * 4, 1), ([0.5, 1] * 4, None), ([[0], [1]] * 4, None),
    ],
)  # fmt: skip
def test_other_labels_are_refused_once_for_each_column(values: Any, positive: Any) -> None:
    assert set(refused(lambda: compared({"o": list("AABBAABB")}, values, values, positive=positive))) <= {"D07", "D10"}
    assert len(refused(lambda: compared({"o": list("AABBAABB")}, values, values, positive=positive))) == 2


@pytest.mark.parametrize("seed", [None, -1, 1.5, "0", True, np.random.default_rng(0)])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    assert refused(
        lambda: gov.rowwise(metrics=max, y_true=[1] * 4, y_pred=[1] * 4, sensitive_features=list("abab"), random_state=seed)
    ) == ["M01" if seed == -1 else "U01"]


KEYED = pd.DataFrame({"k": ["007", "08", "9"], "score": [0.1, 0.2, 0.3]}, index=[4, 5, 6])
ATTRIBUTES = pd.DataFrame({"k": ["9", "007", "08"], "o": ["A", "B", "C"], "n": pd.array([1, None, 3], dtype="Int64")})


@pytest.mark.parametrize("left", [pd.DataFrame, pl.from_pandas])
@pytest.mark.parametrize("right", [pd.DataFrame, pl.from_pandas])
def test_attributes_of_any_library_are_joined_by_key(left: Any, right: Any) -> None:
    joined = join_attributes(left(KEYED), right(ATTRIBUTES), "k")
    assert type(joined) is type(left(KEYED))
    assert {name: list(joined[name]) for name in ("k", "o")} == {"k": ["007", "08", "9"], "o": ["B", "C", "A"]}
    # A whole number with gaps is no number with decimals.
    assert [int(value) for value in joined["n"] if value is not None and value is not pd.NA] == [3, 1]
    assert "float" not in str(joined["n"].dtype).lower()


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        (ATTRIBUTES.assign(k=[9, 7, 8]), "D10"), (ATTRIBUTES.assign(k=["9", "9", "08"]), "D10"), (ATTRIBUTES.drop(columns="k"), "D20"),
        (ATTRIBUTES.assign(k=[9.0, 7.0, 8.0]), "D10"), (ATTRIBUTES.iloc[:2], "D10"), (ATTRIBUTES.rename(columns={"o": "score"}), "D10"),
        (ATTRIBUTES.assign(k=["9", "7", "8"]), "D10"), (pa.Table.from_pandas(ATTRIBUTES), "U01"), ([1], "U01"),
    ],
)  # fmt: skip
def test_keys_that_do_not_match_are_refused(attributes: Any, rule: str) -> None:
    assert rule in refused(lambda: join_attributes(KEYED, attributes, "k"))
