"""What features tell: leaks and stand-ins for groups are found on held-out rows, and honest features are left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.intake.validate import validate
from smartstart_gov.training.leakage import told, told_by_scores
from tests.projects import column, contract

N = 1500
CENTRES = np.random.default_rng(0).random((8, 2))


def table(seed: int, n: int = N) -> pd.DataFrame:
    """Rows of which three features together predict the outcome well (AUC about 0.9), and nothing gives it away."""
    rng = np.random.default_rng(seed)
    made = pd.DataFrame({name: rng.normal(size=n) for name in ("a", "b", "c", "d")})
    made["word"] = rng.choice(["x", "y", "z"], n)
    chance = 1 / (1 + np.exp(1 - 1.8 * made["a"] - 1.8 * made["b"] - 1.2 * made["c"]))
    made["asked"] = rng.random(n) < chance
    made["origin"] = rng.choice(["A", "B", "C"], n, p=[0.6, 0.3, 0.1])
    made["quarter"] = [f"Q{i}" for i in rng.integers(0, 8, n)]
    return made


def telling(data: pd.DataFrame) -> set[tuple[str, tuple[str, ...]]]:
    columns = [
        *(column(name, "string" if name == "word" else "number", "feature") for name in ("a", "b", "c", "d", "word")),
        column("asked", "boolean", "label", levels=[False, True], positive=True),
        column("origin", "string", "sensitive", levels=["A", "B", "C"]),
        column("quarter", "string", "sensitive", levels=[f"Q{i}" for i in range(8)]),
    ]
    frame = validate(data, DataContract.model_validate(contract(columns=columns, hierarchies={})))
    learn = np.arange(len(data)) % 3 > 0
    found = told(frame, ("a", "b", "c", "d", "word"), learn, ~learn)
    assert {one.target for one in found} == {"asked", "origin", "quarter"}
    return {(one.target, tuple(sorted(one.columns))) for one in found if one.almost_perfectly}


def copy(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(d=data["asked"].astype(float))


def words(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(word=np.where(data["asked"], "seen", "none"))


def nearly(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(d=np.where(np.arange(len(data)) % 100 == 0, ~data["asked"], data["asked"]).astype(float))


def apart(data: pd.DataFrame) -> pd.DataFrame:
    """Neither says a thing; whether they are equal says all."""
    key = np.random.default_rng(3).integers(0, 2, len(data))
    return data.assign(c=key.astype(float), d=(key ^ data["asked"]).astype(float))


def difference(data: pd.DataFrame) -> pd.DataFrame:
    base = np.random.default_rng(3).normal(0, 1e6, len(data))
    return data.assign(c=base, d=base + np.where(data["asked"], 1.0, -1.0) * np.random.default_rng(4).uniform(1, 9, len(data)))


def bands(data: pd.DataFrame) -> pd.DataFrame:
    age = np.random.default_rng(3).uniform(0, 90, len(data))
    return data.assign(d=age, origin=np.select([age < 30, age < 60], ["A", "B"], "C"))


def one_group(data: pd.DataFrame) -> pd.DataFrame:
    return data.assign(d=(data["origin"] == "C").astype(float))


def map_(data: pd.DataFrame) -> pd.DataFrame:
    place = np.random.default_rng(3).random((len(data), 2))
    near = ((place[:, None] - CENTRES[None]) ** 2).sum(axis=2).argmin(axis=1)
    return data.assign(c=place[:, 0], d=place[:, 1], quarter=[f"Q{i}" for i in near])


def parity(data: pd.DataFrame) -> pd.DataFrame:
    """Of three, none and no two say a thing."""
    keys = np.random.default_rng(3).integers(0, 2, (2, len(data)))
    return data.assign(b=keys[0], c=keys[1], d=keys[0] ^ keys[1] ^ data["asked"]).astype({"b": float, "c": float, "d": float})


def three_added(data: pd.DataFrame) -> pd.DataFrame:
    b, c = np.random.default_rng(3).normal(0, 50, (2, len(data)))
    return data.assign(b=b, c=c, d=np.where(data["asked"], 1, -1) * np.random.default_rng(4).uniform(1, 9, len(data)) - b - c)


def all_three(data: pd.DataFrame) -> pd.DataFrame:
    flags = np.random.default_rng(3).random((3, len(data))) < 0.75
    b, c, d = flags.astype(float)
    return data.assign(b=b, c=c, d=d, origin=np.where(flags.all(axis=0), "A", "B"))


def digits(data: pd.DataFrame) -> pd.DataFrame:
    """A code in three parts, of which each value stands for one outcome."""
    b, c, d = np.random.default_rng(3).integers(0, 5, (3, len(data)))
    table = np.random.default_rng(5).integers(0, 2, 125) == 1
    return data.assign(b=b * 1.0, c=c * 1.0, d=d * 1.0, asked=table[25 * b + 5 * c + d])


@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        (copy, ("asked", ("d",))), (words, ("asked", ("word",))), (nearly, ("asked", ("d",))), (apart, ("asked", ("c", "d"))),
        (difference, ("asked", ("c", "d"))), (bands, ("origin", ("d",))), (one_group, ("origin", ("d",))),
        (map_, ("quarter", ("c", "d"))),
        *((plant, (target, ("b", "c", "d"))) for plant, target in (
            (parity, "asked"), (three_added, "asked"), (digits, "asked"), (all_three, "origin"),
        )),
    ],
)  # fmt: skip
def test_what_tells_almost_perfectly_is_found(plant: Any, expected: tuple[str, tuple[str, ...]]) -> None:
    assert expected in telling(plant(table(1)))


def test_both_of_two_copies_are_named() -> None:
    data = copy(table(1))
    assert {("asked", ("c",)), ("asked", ("d",))} <= telling(data.assign(c=data["d"]))


@pytest.mark.parametrize("n", [250, N])
@pytest.mark.parametrize("seed", range(4))
def test_strong_and_honest_features_are_not_accused(seed: int, n: int) -> None:
    assert telling(table(seed, n)) == set()


def test_a_rare_outcome_is_measured_on_all_of_its_rows() -> None:
    data = table(1, 6000).assign(asked=np.random.default_rng(2).random(6000) < 0.02)
    assert telling(data) == set()
    assert ("asked", ("d",)) in telling(copy(data))


@pytest.mark.slow
@pytest.mark.parametrize(("features", "n"), [(1, 1200), (3, 120)])
def test_an_honest_feature_of_auc_nine_tenths_is_never_accused(features: int, n: int) -> None:
    """Of 100 tables none: 0.9 lies far from 0.98, and what chance adds in few rows does not bridge that."""
    gap, names = 1.81, tuple(f"x{i}" for i in range(features))  # two normal curves 1.81 apart have an AUC of 0.9
    agreed = DataContract.model_validate(contract(columns=[
        *(column(name, "number", "feature") for name in names),
        column("asked", "boolean", "label", levels=[False, True], positive=True),
        column("origin", "string", "sensitive", levels=["A", "B", "C"]),
    ], hierarchies={}))  # fmt: skip
    learn = np.arange(n) % 3 > 0
    accused = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        asked = rng.random(n) < 0.3
        made = pd.DataFrame(
            {name: rng.normal(gap * asked, 1) for name in names} | {"asked": asked, "origin": rng.choice(list("ABC"), n)}
        )
        accused += [one for one in told(validate(made, agreed), names, learn, ~learn) if one.almost_perfectly]
    assert accused == []


def of_origin(data: pd.DataFrame) -> dict[tuple[str, ...], str]:
    """What one feature tells of a column whose group may be missing, or recorded as "?"."""
    agreed = DataContract.model_validate(contract(columns=[
        column("d", "number", "feature"), column("asked", "boolean", "label", levels=[False, True], positive=True),
        column(
            "origin", "string", "sensitive", levels=["A", "B", "C"], unknown_values=["?"], maximum_unknown_share=1.0
        ),
    ], hierarchies={}))  # fmt: skip
    learn = np.arange(len(data)) % 3 > 0
    found = told(validate(data[["d", "asked", "origin"]], agreed), ("d",), learn, ~learn)
    return {one.columns: one.value for one in found if one.target == "origin"}


@pytest.mark.parametrize(("noise", "found"), [(0.0, ["1"]), (0.35, ["0.98"]), (0.5, []), (2.0, [])])
def test_scores_that_rank_the_outcome_almost_perfectly_are_said_to(noise: float, found: list[str]) -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random(N) < 0.3).astype(np.int8)
    score = np.clip(0.5 + 0.1 * (truth + noise * rng.normal(size=N)), 0, 1)
    rows = Predictions(y_true=truth, y_pred=truth, groups={}, score=score)
    said = told_by_scores("asked", rows)
    assert [(one.target, one.columns, one.value) for one in said] == [("asked", (), value) for value in found]
    assert not told_by_scores("asked", replace(rows, score=None))
    few = slice(0, np.flatnonzero(truth)[49])
    assert not told_by_scores("asked", Predictions(y_true=truth[few], y_pred=truth[few], groups={}, score=score[few]))


@pytest.mark.parametrize("unrecorded", ["?", None])
def test_a_feature_that_only_tells_who_is_not_recorded_tells_no_group(unrecorded: str | None) -> None:
    data, blank = table(1), np.random.default_rng(5).random(N) < 0.4
    data["d"] = blank + data["d"] / 100
    before = of_origin(data)
    data["origin"] = data["origin"].where(~blank, unrecorded)
    assert float(of_origin(data)[("d",)]) == pytest.approx(float(before[("d",)]), abs=0.1)
    assert float(of_origin(data)[("d",)]) < 0.2


@pytest.mark.parametrize("unrecorded", ["?", None])
def test_rows_not_recorded_hide_no_group_that_a_feature_does_tell(unrecorded: str | None) -> None:
    data, blank = one_group(table(1)), np.random.default_rng(5).random(N) < 0.8
    data["origin"] = data["origin"].where(~blank, unrecorded)
    assert of_origin(data) == {("d",): "1"}


@pytest.mark.parametrize("kept", ["nowhere", "where it learns", "where it checks"])
def test_too_few_recorded_rows_are_not_measured(kept: str) -> None:
    data, learn = one_group(table(1)), np.arange(N) % 3 > 0
    rows = {"nowhere": np.zeros(N, dtype=bool), "where it learns": learn, "where it checks": ~learn}[kept]
    assert of_origin(data.assign(origin=data["origin"].where(rows, "?"))) == {(): ""}
