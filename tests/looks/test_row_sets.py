"""Rows as keyed digests: what was looked at is known again, and fresh people are nobody that was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from benchmarks.looks import TABLES, contract_of, frame, fresh, row_set
from smartstart_gov.looks.rows import KNOWN, RowSet, View, copies, overlap

N = 1000


def known(tried: pd.DataFrame, *earlier: pd.DataFrame, new_people: bool = False) -> float:
    """Return which share of `tried` is known from `earlier` tables."""
    sets = {str(i): row_set(table, contract_of(table)) for i, table in enumerate(earlier)}
    return overlap(row_set(tried, contract_of(tried)), sets, new_people=new_people).share


def people(kind: str, seed: int = 1, name: str = "seen", n: int = N) -> pd.DataFrame:
    return frame(kind, np.random.default_rng(seed), n, name)


def renamed(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(person=[f"other-{i}" for i in range(len(table))])


DISGUISES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "new keys": renamed,
    "half of them": lambda t: renamed(t).sample(frac=0.5, random_state=1),
    "a 30 % sample": lambda t: renamed(t).sample(frac=0.3, random_state=1),
    "half seen, half fresh": lambda t: pd.concat([renamed(t).head(N // 2), people("rich", 9, "more").head(N // 2)]),
    "rows and columns in another order": lambda t: renamed(t).sample(frac=1, random_state=2)[sorted(t.columns, reverse=True)],
    "numbers as text": lambda t: renamed(t).assign(measured_0=t["measured_0"].astype(str), asked=t["asked"]),
    "jitter": lambda t: renamed(t).assign(**{f"measured_{i}": t[f"measured_{i}"] * (1 + 1e-7) for i in range(6)}),
    "rounded": lambda t: renamed(t).assign(**{f"measured_{i}": t[f"measured_{i}"].round(9) for i in range(6)}),
    "a column renamed": lambda t: renamed(t).rename(columns={"measured_0": "first"}),
    "all columns renamed": lambda t: renamed(t).rename(columns={f"measured_{i}": f"m{9 - i}" for i in range(6)}),
    "a column dropped": lambda t: renamed(t).drop(columns="measured_2"),
    "a column added": lambda t: renamed(t).assign(noise=np.arange(N) / 7),
    "a column changed": lambda t: renamed(t).assign(measured_3=t["measured_3"] * 2),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_rows_are_known_under_other_keys(disguise: str) -> None:
    table = people("rich")
    assert known(DISGUISES[disguise](table).reset_index(drop=True), table) >= 0.4


@pytest.mark.parametrize("kind", TABLES)
def test_the_same_keys_are_known_whatever_the_rows_say(kind: str) -> None:
    table = people(kind)
    assert known(people(kind, 2), table) == 1
    mixed = pd.concat([table.head(150), people(kind, 3, "more").head(N - 150)], ignore_index=True)
    assert known(mixed, table) >= 0.15


@pytest.mark.parametrize("kind", TABLES)
def test_the_same_people_under_new_keys_are_known_with_few_columns_too(kind: str) -> None:
    table = people(kind, n=2000)
    assert known(renamed(table), table) >= 0.9
    assert known(renamed(table).head(1000), table) >= KNOWN


def test_half_of_the_people_of_a_small_table_of_few_answers_are_known() -> None:
    found = 0
    for seed in range(10):
        table = people("census", seed, n=400)
        found += known(renamed(table).sample(frac=0.5, random_state=seed).reset_index(drop=True), table) >= KNOWN
    assert found >= 8


def test_sets_of_other_towns_are_not_called_alike_for_what_only_one_of_them_holds() -> None:
    # A score of counts would be far below its mean, were contents as common in one town as in the other.
    draw = np.random.default_rng(4)
    digests = draw.integers(0, 2**32, 2_000, dtype=np.uint32)
    mine, theirs = digests[draw.integers(0, 20, 200)], digests[np.r_[draw.integers(0, 20, 200), np.arange(100, 500)]]
    views = [{"all": View.of(rows)} for rows in (mine, theirs)]
    nobody = np.empty(0, dtype=np.uint32)
    one, two = (RowSet(rows=len(v["all"].digests), units=nobody, views=v) for v in views)
    assert overlap(one, {"two": two}).share == overlap(two, {"one": one}).share == 0


def test_shares_of_many_looks_add_up() -> None:
    tables = [people("rich", 20 + i, f"t{i}") for i in range(4)]
    mixed = pd.concat([table.head(60) for table in tables] + [people("rich", 5, "new").head(760)], ignore_index=True)
    assert known(mixed, tables[0]) < KNOWN
    assert known(mixed, *tables) == pytest.approx(0.24, abs=0.01)
    assert known(renamed(mixed), *tables) == pytest.approx(0.24, abs=0.02)


def test_keys_of_other_people_are_a_matter_of_content() -> None:
    table = people("rich")
    assert known(people("rich", 2), table) == 1
    assert known(people("rich", 2), table, new_people=True) == 0
    assert known(table.sample(frac=0.5, random_state=1).reset_index(drop=True), table, new_people=True) >= 0.9


@pytest.mark.parametrize("kind", TABLES)
def test_fresh_people_are_known_to_nobody(kind: str) -> None:
    assert fresh(kind, 6, 3, 300)[0] == 0


def test_what_tells_rows_apart() -> None:
    rich, few = people("rich"), people("census", n=4000)
    assert row_set(rich, contract_of(rich)).told_by == "both"
    assert row_set(few, contract_of(few)).told_by == "key"
    for table, told in ((rich, "content"), (few, "nothing")):
        gone = table.drop(columns="person")
        assert row_set(gone, contract_of(gone, unit=False)).told_by == told


def test_a_file_reads_back_and_nothing_else_does() -> None:
    table = people("middling")
    rows = row_set(table, contract_of(table))
    again = RowSet.read(rows.file)
    assert (again.digest, again.rows, again.told_by) == (rows.digest, N, "both")
    assert overlap(again, {"it": rows}).share == 1
    for broken in (b"", rows.file[:-1], rows.file + b"0", b"x" + rows.file):
        with pytest.raises((ValueError, KeyError)):
            RowSet.read(broken)


@pytest.mark.parametrize("kind", ["middling", "rich", "census"])
def test_copies_are_what_columns_do_not_explain(kind: str) -> None:
    table = people(kind)
    _, often = np.unique(table.drop(columns="person").astype(str).agg("|".join, axis=1), return_counts=True)
    assert copies(often) == 0
    if kind != "census":
        assert copies(4 * often) >= 2.5 * N
    partly = np.concatenate([4 * often[: len(often) // 5], often[len(often) // 5 :]])
    assert (copies(partly) > 0.3 * N) == (kind != "census")
