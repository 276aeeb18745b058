"""A tally travels as JSON and as Parquet: the same tally comes back, and a file that was changed does not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from smartstart_gov.counting.count import count
from smartstart_gov.counting.predictions import Predictions
from smartstart_gov.counting.tally import BINS
from smartstart_gov.counting.tally_file import read_tally, write_tally
from smartstart_gov.errors import EvidenceBroken, Refused
from tests.strategies import predictions

ENDINGS = ("json", "parquet")


@pytest.mark.parametrize("ending", ENDINGS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=predictions())
def test_what_is_read_is_what_was_written(tmp_path: Path, ending: str, rows: Predictions) -> None:
    tally, path = count(rows), tmp_path / f"tally.{ending}"
    path.unlink(missing_ok=True)
    back = read_tally(write_tally(tally, path))
    assert back == tally
    assert (back.axes, back.moments.keys()) == (tally.axes, tally.moments.keys())
    assert np.array_equal(back.counts, tally.counts)


def _one(tmp_path: Path, ending: str) -> Path:
    draw = np.random.default_rng(5)
    from smartstart_gov.counting.predictions import GroupCodes

    groups = {"sex": GroupCodes(name="sex", levels=("f", "m", "x"), codes=draw.integers(0, 2, 200))}
    truth, decision = draw.integers(0, 2, 200).astype(np.int8), draw.integers(0, 2, 200).astype(np.int8)
    rows = Predictions(y_true=truth, y_pred=decision, groups=groups, score=draw.random(200), unit=draw.integers(0, 90, 200))
    tally = count(rows)
    assert tally.moments
    assert {array.shape[-1] for array in tally.scores.values()} == {BINS}
    assert tally.absent("sex") == ("x",)
    return write_tally(tally, tmp_path / f"tally.{ending}")


@pytest.mark.parametrize("ending", ENDINGS)
def test_absent_levels_units_and_scores_come_back(tmp_path: Path, ending: str) -> None:
    tally = read_tally(_one(tmp_path, ending))
    assert tally.absent("sex") == ("x",)
    assert tally.moments[("sex",)].units.sum() > 0
    assert tally.scores[()].sum() == 200


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_is_overwritten_and_no_ending_guessed(tmp_path: Path, ending: str) -> None:
    path = _one(tmp_path, ending)
    with pytest.raises(Refused, match="R03"):
        write_tally(read_tally(path), path)
    with pytest.raises(Refused, match="U01"):
        write_tally(read_tally(path), tmp_path / "tally.csv")
    with pytest.raises(Refused, match="U01"):
        read_tally(tmp_path / f"other.{ending}")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.98])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, ending: str, share: float) -> None:
    path = _one(tmp_path, ending)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(EvidenceBroken, match="A02"):
        read_tally(path)


def test_a_foreign_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tally.parquet"
    table = pq.read_table(_one(tmp_path / ".", "parquet"))
    path.unlink()
    pq.write_table(table.replace_schema_metadata(None), path)
    with pytest.raises(EvidenceBroken, match="A02"):
        read_tally(path)


def test_one_person_more_is_noticed(tmp_path: Path) -> None:
    path = _one(tmp_path, "json")
    whole = json.loads(path.read_bytes())
    whole["tally"]["moments"][0]["units"][0] += 1
    path.write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(EvidenceBroken, match="A01"):
        read_tally(path)
    other = _one(tmp_path, "parquet")
    table = pq.read_table(other)
    counts = table.column("count").to_numpy().copy()
    is_moment = table.column("list").to_numpy() == 1
    counts[np.flatnonzero(is_moment)[0]] += 1
    other.unlink()
    pq.write_table(table.set_column(2, "count", [counts]), other)
    with pytest.raises(EvidenceBroken, match="A01"):
        read_tally(other)
