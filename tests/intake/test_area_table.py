"""Rows of people become figures of areas and counts: nothing else of a person is left, and small areas are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.errors import Refused
from smartstart_gov.intake.area_table import DECIMALS, FEWEST, area_table
from smartstart_gov.intake.link import link
from smartstart_gov.intake.validate import validate
from tests.intake.frames import SAID, column
from tests.linked import SOURCE

COLUMNS = (
    column("area", "string", "unit", source="city"),
    column("sex", "string", "sensitive", source="city", levels=["f", "m"]),
    column("absence", "number", "feature", source="school"),
    column("moved", "number", "feature", source="city"),
    column("helped", "boolean", "label", source="city", levels=[False, True], positive=True),
)
MEANS = {"absence": "days", "moved": "moved"}
SIZES = {"north": 120, "east": 80, "south": FEWEST}


def contract(**more: Any) -> DataContract:
    return DataContract.model_validate(
        {
            "format": 1, "name": "areas", "version": "1", "meaning": SAID, "unit_of_analysis": SAID,
            "aggregation_level": "neighbourhood", "sources": {"city": SOURCE, "school": SOURCE}, "columns": list(COLUMNS),
            "links": [{"source": "school", "key": "child", "expected_share": 0.9}], **more,
        }
    )  # fmt: skip


def people(sizes: dict[str, int] = SIZES, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    area = np.repeat(list(sizes), list(sizes.values()))
    n = len(area)
    made = pd.DataFrame({
        "child": [f"c{i:04d}" for i in range(n)], "area": area, "sex": draw.choice(["f", "m"], n),
        "days": draw.gamma(2.0, 0.02, n), "moved": draw.random(n) < 0.1, "helped": draw.random(n) < 0.2,
        "secret": draw.integers(0, 10**6, n),
    })  # fmt: skip
    return made.sample(frac=1.0, random_state=seed).reset_index(drop=True)


def test_of_a_person_only_area_groups_and_outcome_are_left() -> None:
    whole = people()
    table = area_table(whole, contract(), means=MEANS)
    validate(table, contract())
    assert set(table.columns) == {"area", "sex", "helped", "absence", "moved"}
    # Counts are kept, and are all that is kept: rows of one area, group and outcome are the same row.
    counts = ["area", "sex", "helped"]
    assert table.value_counts(counts).sort_index().equals(whole.value_counts(counts).sort_index())
    assert len(table.drop_duplicates()) == len(table[counts].drop_duplicates())
    means = whole.assign(moved=whole["moved"].astype(float)).groupby("area")[["days", "moved"]].mean().round(DECIMALS)
    per_area = table.groupby("area")[["absence", "moved"]].first()
    assert np.array_equal(per_area.to_numpy(), means.to_numpy())


def test_the_order_of_people_is_not_told_and_every_engine_gives_the_same() -> None:
    whole = people()
    table = area_table(whole, contract(), means=MEANS)
    shuffled = area_table(whole.sample(frac=1.0, random_state=9), contract(), means=MEANS)
    pd.testing.assert_frame_equal(table, shuffled)
    polars = area_table(pl.from_pandas(whole), contract(), means=MEANS)
    assert isinstance(polars, pl.DataFrame)
    assert polars.select(table.columns).rows() == [tuple(row) for row in table.itertuples(index=False)]


def test_what_was_lost_in_linking_goes_with_the_table() -> None:
    whole = people()
    away = whole.index[whole["area"] == "north"][:50]
    frames = {"city": whole.drop(columns=["days", "secret"]), "school": whole.drop(index=away)[["child", "days"]]}
    linked = area_table(link(frames, contract()), contract(), means=MEANS, minimum=1)
    assert (len(linked.native), linked.report.rows, linked.report.linked) == (200, 250, 200)


def test_everything_that_is_wrong_is_said_at_once_and_no_area_is_named() -> None:
    few = people({"Northside": FEWEST - 1, "East": 100}).drop(columns="sex")
    few.loc[0, "days"] = np.nan
    with pytest.raises(Refused) as refused:
        area_table(few, contract(), means={"absence": "days", "moved": "child", "other": "days"})
    assert {one.rule for one in refused.value.violations} == {"D17", "D20", "D24"}
    said = str(refused.value)
    assert "1 of 2 areas have fewer than 50 people" in said
    assert "Northside" not in said
    for missing in ("'sex'", "'other'", "'child'", "'days'"):
        assert missing in said


def test_the_smallest_number_of_people_cannot_be_lowered() -> None:
    with pytest.raises(Refused, match="fewer than 50"):
        area_table(people({"north": FEWEST - 1}), contract(), means=MEANS, minimum=2)


def test_a_contract_of_persons_gets_no_table_of_areas() -> None:
    with pytest.raises(Refused, match="its level is person") as refused:
        area_table(people(), contract(aggregation_level="person"), means=MEANS)
    assert refused.value.rule == "C01"


def without_area(value: Any) -> Any:
    return lambda f: f.assign(area=f["area"].astype(object).where(f["area"] != "south", value))


BAD: dict[str, tuple[Any, dict[str, Any], set[str], str]] = {
    "no rows": (lambda f: f.head(0), {}, {"D12"}, "no rows"),
    "people of no area": (without_area(None), {}, {"D24"}, "50 of 250 people have no area"),
    "people of area nan": (without_area(np.nan), {}, {"D24"}, "50 of 250 people have no area"),
    "people of an area without a name": (without_area(" "), {}, {"D24"}, "50 of 250 people have no area"),
    "nan in polars": (
        lambda f: pl.from_pandas(f.assign(area=f["area"].map({"north": 1.0, "east": 2.0}))).with_columns(
            pl.col("area").fill_null(float("nan"))
        ), {}, {"D24"}, "50 of 250 people have no area",
    ),
    "areas of lists": (lambda f: f.assign(area=[["a"]] * len(f)), {}, {"D17"}, "type list"),
    "both causes": (lambda f: without_area(None)(f).iloc[20:], {"minimum": 100}, {"D24"}, "areas have fewer than 100 people."),
    "infinite": (lambda f: f.assign(days=np.where(f["area"] == "east", np.inf, 0.1)), {}, {"D17"}, "infinite"),
    "infinite in polars": (lambda f: pl.from_pandas(f.assign(days=np.inf)), {}, {"D17"}, "infinite"),
    "too large for a mean": (lambda f: f.assign(days=1e308), {}, {"D17"}, "beyond 1e+12"),
    "missing": (lambda f: f.assign(days=pd.array([pd.NA] + [0.1] * 249, dtype="Float64")), {}, {"D17"}, "missing"),
    "objects": (lambda f: f.assign(days=f["days"].astype(object)), {}, {"D17"}, "no numbers"),
    "the outcome as a feature": (None, {"means": MEANS | {"moved": "helped"}}, {"C01"}, "'helped' has the role label"),
    "a group as a feature": (lambda f: f.assign(sex=1), {"means": MEANS | {"moved": "sex"}}, {"C01"}, "the role sensitive"),
    "the area as a feature": (lambda f: f.assign(area=1), {"means": MEANS | {"moved": "area"}}, {"C01"}, "the role unit"),
    **{
        f"{name}={value!r}": (None, {name: value}, {"U01"}, "is not accepted here")
        for name, values in {
            "means": (None, ["days"], "days", 3, {"absence": None, "moved": "moved"}, {"absence": ["days"]}, {1: "days"}),
            "minimum": (None, np.nan, np.inf, "50", 50.0, True),
        }.items()
        for value in values
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_what_makes_no_figure_of_an_area_is_refused(kind: str) -> None:
    change, given, rules, said = BAD[kind]
    whole = people() if change is None else change(people())
    with pytest.raises(Refused) as refused:
        area_table(whole, contract(), **{"means": MEANS} | given)
    assert {one.rule for one in refused.value.violations} == rules
    assert said in str(refused.value)
    assert all(one.what.count(",") < 3 and " or their " not in one.what for one in refused.value.violations)


def test_areas_that_nobody_lives_in_and_any_name_of_the_column_are_taken() -> None:
    whole = people()
    wanted = area_table(whole, contract(), means=MEANS)
    levels = [*SIZES, "west"]
    for made in (
        whole.assign(area=pd.Categorical(whole["area"], categories=levels)),
        pl.from_pandas(whole).with_columns(pl.col("area").cast(pl.Enum(levels))),
    ):
        found = area_table(made, contract(), means=MEANS, minimum=np.int64(50))
        assert len(found) == len(wanted)
        assert sorted(found["area"].unique()) == sorted(SIZES)
    columns = [{**one, "name": "people"} if one["name"] == "area" else one for one in COLUMNS]
    named = area_table(whole.rename(columns={"area": "people"}), contract(columns=columns), means=MEANS)
    assert named.rename(columns={"people": "area"}).equals(wanted)
