"""The split: laws of a division by keyed hash, the cut in time, and the counts that go with it."""

from __future__ import annotations

import hashlib
import hmac
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.policy import Split
from smartstart_gov.errors import Refused
from smartstart_gov.looks.split import PARTS, STRADDLES_CUT, develop_share, divide, fractions, overlap
from tests.training.tables import KEY, USUAL, contract, policy, register, validated

WITHOUT_UNIT = tuple(name for name in USUAL if name != "family")


def parts_by_unit(frame, division) -> dict[str, int]:
    return dict(zip(frame.column("family").tolist(), division.part.tolist(), strict=True))


def test_a_unit_goes_where_its_hmac_says() -> None:
    frame = validated(rows=300)
    division = divide(frame, policy(shares=(0.5, 0.2, 0.3)).split, KEY)
    for unit, part in parts_by_unit(frame, division).items():
        head = hmac.new(KEY, unit.encode(), hashlib.sha256).hexdigest()[:16]
        place = int(head, 16) / 16**16
        assert part == (0 if place < 0.5 else 1 if place < 0.7 else 2)


@given(seed=st.integers(0, 10_000), keep=st.floats(0.3, 1.0))
@settings(max_examples=15, deadline=None)
def test_neither_order_nor_other_rows_move_a_unit(seed: int, keep: float) -> None:
    table = register(250)
    draw = np.random.default_rng(seed)
    other = table.iloc[draw.permutation(len(table))[: max(2, int(keep * len(table)))]].reset_index(drop=True)
    whole, part = (validated(table=t) for t in (table, other))
    everywhere = parts_by_unit(whole, divide(whole, policy().split, KEY))
    for unit, code in parts_by_unit(part, divide(part, policy().split, KEY)).items():
        assert everywhere[unit] == code


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_without_units_a_row_goes_where_its_content_says(seed: int) -> None:
    table = register(200)
    order = np.random.default_rng(seed).permutation(len(table))
    straight = divide(validated(WITHOUT_UNIT, table=table), policy().split, KEY)
    mixed = divide(validated(WITHOUT_UNIT, table=table.iloc[order].reset_index(drop=True)), policy().split, KEY)
    assert np.array_equal(straight.part[order], mixed.part)


def test_another_key_is_another_division() -> None:
    frame = validated(rows=300)
    one, two = divide(frame, policy().split, KEY), divide(frame, policy().split, KEY[::-1])
    assert 0.4 < (one.part != two.part).mean() < 0.8


def test_the_shares_are_kept_in_the_long_run() -> None:
    place = fractions(KEY, [str(i).encode() for i in range(20_000)])
    assert place.min() >= 0
    assert place.max() < 1
    assert abs(place.mean() - 0.5) < 0.01
    assert np.histogram(place, bins=10, range=(0, 1))[0] == pytest.approx(np.full(10, 2000), abs=200)


def test_no_unit_stands_in_two_parts_and_the_count_is_taken_from_the_rows() -> None:
    frame = validated(rows=900)
    division = divide(frame, policy().split, KEY)
    assert division.overlap == 0
    moved = division.part.copy()
    families = frame.column("family")
    often = pd.Series(families).value_counts().index[0]
    moved[np.flatnonzero(families == often)[0]] = (moved[np.flatnonzero(families == often)[0]] + 1) % 3
    assert overlap(families, moved) == 1


def test_rows_outside_the_parts_are_no_overlap() -> None:
    units = np.array(["a", "a", "b"], dtype=object)
    assert overlap(units, np.array([0, STRADDLES_CUT, 2], dtype=np.int8)) == 0


def test_equal_rows_stay_together() -> None:
    table = register(300)
    table = pd.concat([table, table.iloc[:40], table.iloc[:10]], ignore_index=True)
    division = divide(validated(WITHOUT_UNIT, table=table), policy().split, KEY)
    assert division.overlap is None
    assert np.array_equal(division.part[:40], division.part[300:340])


@pytest.mark.parametrize("extra", ["number", "note"])
def test_an_index_or_an_ignored_column_does_not_part_equal_rows(extra: str) -> None:
    names = (*WITHOUT_UNIT, extra)
    table = pd.concat([register(300), register(300).assign(number=range(300, 600), note="other")], ignore_index=True)
    division = divide(validated(names, table=table), policy().split, KEY)
    assert np.array_equal(division.part[:300], division.part[300:])


def test_pandas_and_polars_divide_alike() -> None:
    for names in (USUAL, WITHOUT_UNIT, (*WITHOUT_UNIT, "seen")):
        one, two = (divide(validated(names, engine=engine), policy().split, KEY) for engine in ("pandas", "polars"))
        assert np.array_equal(one.part, two.part)


def test_integer_units_are_the_same_in_any_width() -> None:
    table = register(300).assign(family=lambda t: t["family"].str[1:].astype("int64"))
    declared = contract(USUAL, family={"dtype": "integer"})
    wide, narrow = (table.astype({"family": kind})[list(USUAL)] for kind in ("int64", "int32"))
    from smartstart_gov.intake.validate import ValidatedFrame

    one, two = (divide(ValidatedFrame(native=t, contract=declared), policy().split, KEY) for t in (wide, narrow))
    assert np.array_equal(one.part, two.part)


CUT = "2025-01-01T00:00:00"


def test_the_cut_divides_by_first_and_last_row() -> None:
    names = (*USUAL, "seen")
    frame = validated(names)
    division = divide(frame, policy(cut=CUT).split, KEY)
    table = pd.DataFrame({"family": frame.column("family"), "seen": frame.column("seen"), "part": division.part})
    cut = np.datetime64(CUT)
    for _, rows in table.groupby("family"):
        assert rows["part"].nunique() == 1
        expected = 2 if rows["seen"].min() >= cut else STRADDLES_CUT if rows["seen"].max() >= cut else None
        assert rows["part"].iloc[0] == expected if expected is not None else rows["part"].iloc[0] in (0, 1)
    assert set(division.part.tolist()) == {0, 1, 2, STRADDLES_CUT}


def test_the_cut_keeps_the_ratio_of_the_other_two_parts() -> None:
    table = register(6000).assign(family=lambda t: [f"u{i}" for i in range(len(t))])
    division = divide(validated((*USUAL, "seen"), table=table), policy(cut="2025-12-01", shares=(0.6, 0.2, 0.2)).split, KEY)
    assert division.where("fit").sum() / np.isin(division.part, (0, 1)).sum() == pytest.approx(0.75, abs=0.02)


def test_a_unit_with_a_missing_moment_is_on_neither_side() -> None:
    names = (*USUAL, "seen")
    table = register(300)
    table.loc[0, "seen"] = pd.NaT
    frame = validated(names, table=table, seen={"nullable": True})
    division = divide(frame, policy(cut=CUT).split, KEY)
    same = frame.column("family") == frame.column("family")[0]
    assert (division.part[same] == STRADDLES_CUT).all()


@pytest.mark.parametrize("moments", [[None], ["2024", None], [None, "2024", "2024"], ["2025", None], ["2024", "2025", None]])
def test_who_lacks_a_moment_is_left_out_whenever_the_others_were(moments: list[str | None]) -> None:
    """A row without a moment may lie after the cut: its unit is not learned from, and not audited either."""
    names = (*USUAL, "seen")
    table = register(200 + len(moments))
    table["family"] = [f"u{i}" for i in range(200)] + ["waiting"] * len(moments)
    table["seen"] = pd.to_datetime(["2024-06-01"] * 100 + ["2025-06-01"] * 100 + [m and f"{m}-06-01" for m in moments])
    part = divide(validated(names, table=table, seen={"nullable": True}), policy(cut=CUT).split, KEY).part
    assert set(part[200:].tolist()) == {STRADDLES_CUT}
    assert STRADDLES_CUT not in part[:200]


@pytest.mark.parametrize(
    ("names", "cut", "rule"),
    [(USUAL, CUT, "D13"), ((*USUAL, "seen"), "next year", "P05"), ((*USUAL, "seen"), CUT + "+01:00", "P05")],
)
def test_a_cut_that_cannot_be_made_is_refused(names: tuple[str, ...], cut: str, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        divide(validated(names), policy(cut=cut).split, KEY)
    assert refusal.value.rule == rule


def test_a_cut_and_a_column_with_time_zones_meet_in_utc() -> None:
    names = (*USUAL, "seen")
    plain = validated(names)
    table = register()[list(names)].assign(seen=lambda t: t["seen"].dt.tz_localize("UTC").dt.tz_convert("Europe/Amsterdam"))
    from smartstart_gov.intake.validate import ValidatedFrame

    zoned = ValidatedFrame(native=table, contract=plain.contract)
    local = divide(plain, policy(cut=CUT).split, KEY)
    assert np.array_equal(divide(zoned, policy(cut="2025-01-01T01:00:00+01:00").split, KEY).part, local.part)


def test_the_names_of_the_parts_are_those_of_the_policy() -> None:
    assert set(PARTS) <= set(policy().split.to_record())


@pytest.mark.slow
def test_a_million_units_take_seconds() -> None:
    begin = time.process_time()
    fractions(KEY, [b"%d" % i for i in range(1_000_000)])
    assert time.process_time() - begin < 15  # measured: 1.3 s


@pytest.mark.parametrize(
    "split", [policy().split, Split.model_validate({"method": "cross_fit", "folds": 4})], ids=["parts", "folds"]
)
def test_of_a_few_contents_a_draft_sees_a_part_of_each(split: Split) -> None:
    """A bought decision beside a few groups: by whole contents the draft once held one kind of outcome only."""
    kind = np.arange(2000) % 4
    table = register(4).iloc[kind].reset_index(drop=True)
    where = develop_share(validated(WITHOUT_UNIT, table=table), split, KEY)
    of_each = [int(where[kind == i].sum()) for i in range(4)]
    assert all(60 < n < 190 for n in of_each), of_each
    again = develop_share(validated(WITHOUT_UNIT, table=table.iloc[::-1].reset_index(drop=True)), split, KEY)
    assert [int(again[::-1][kind == i].sum()) for i in range(4)] == of_each, "whatever the order of the rows"


def test_equal_rows_stay_together_where_somebody_learns_from_them() -> None:
    kind = np.arange(2000) % 4
    part = divide(validated(WITHOUT_UNIT, table=register(4).iloc[kind].reset_index(drop=True)), policy().split, KEY).part
    assert all(len(set(part[kind == i].tolist())) == 1 for i in range(4))
