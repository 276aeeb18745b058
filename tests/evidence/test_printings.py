"""Two publications of nearly the same people: what the second adds to the first is not printed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import smartstart_gov as gov
from smartstart_gov import assessment as auditing
from smartstart_gov.counting.printed import PrintedRow, PrintedTally
from smartstart_gov.evidence.edition import EVERYTHING
from smartstart_gov.evidence.printings import _close
from tests import projects
from tests.projects import rows

N, K = 1200, 10


def home_of(path: Path) -> Path:
    small = projects.policy(attributes=["origin"], intersections=[], metrics=["selection_rate"], max_looks=3)
    return projects.write_project(path / "help", policy=small | {"limits": small["limits"][:1]})


def more(data: Any, n: int, origin: str | None = None) -> Any:
    """Return the rows and `n` people that nobody saw yet."""
    new = rows(n=n, seed=9).assign(family=lambda t: "g" + t["family"], key=lambda t: "n" + t["key"])
    if origin is not None:
        new["origin"] = origin
    return pd.concat([data, new], ignore_index=True)


def written(home: Path, data: Any, version: str) -> gov.EvidenceBundle:
    bundle = gov.audit_predictions(data, gov.open_project(home))
    bundle.write(version=version)
    return bundle


def total(bundle: gov.EvidenceBundle) -> PrintedRow | None:
    assert isinstance(bundle.public.tally, PrintedTally)
    return bundle.public.tally.total


def holds(home: Path, version: str, tmp_path: Path) -> None:
    assert gov.verify(home / version).differences == ()
    alone = shutil.copytree(home / version, tmp_path / f"alone-{version}")
    (alone / "bundle.private.json").unlink()
    assert gov.verify(alone).differences == ()


def test_one_child_more_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, data = home_of(tmp_path), rows(n=N)
    first = written(home, data, "1.0.0")
    assert total(first) is not None
    # Planted: without the comparison the two versions tell what was decided about one child of origin C.
    with monkeypatch.context() as broken:
        broken.setattr(auditing, "to_withhold", lambda *of: ())
        leak = gov.audit_predictions(more(data, 1, "C"), gov.open_project(home))
        before, after = total(first), total(leak)
        assert before is not None
        assert after is not None
        assert sum(after.cells) - sum(before.cells) == 1
    second = written(home, more(data, 1, "C"), "2.0.0")
    assert second.public.withheld == (EVERYTHING,)
    assert total(second) is None
    assert {part.positives for part in second.public.training.parts} == {None}
    assert {part.positives for part in first.public.training.parts} != {None}
    assert all(not margin.rows for margin in second.public.tally.margins)  # type: ignore[union-attr]  # a printed tally
    assert [f.status for f in second.public.verdict.findings] == [f.status for f in leak.public.verdict.findings]
    holds(home, "2.0.0", tmp_path)


def test_many_people_more_of_one_group_withhold_no_more_than_they_must(tmp_path: Path) -> None:
    home, data = home_of(tmp_path), rows(n=N)
    written(home, data, "1.0.0")
    # All groups grow by many; then only one does, and the others are equal.
    second = written(home, more(data, 1200), "2.0.0")
    assert second.public.withheld == ()
    assert total(second) is not None


def test_the_same_people_under_another_model_and_other_people_are_printed(tmp_path: Path) -> None:
    home, data = home_of(tmp_path), rows(n=N)
    written(home, data, "1.0.0")
    other = written(home, data.assign(score=np.clip(data["score"] + 0.03, 0, 1)), "2.0.0")
    assert other.public.withheld == ()
    fresh = rows(n=N + 1, seed=2).assign(family=lambda t: "h" + t["family"], key=lambda t: "m" + t["key"])
    assert written(home, fresh, "3.0.0").public.withheld == ()


def test_beside_a_version_whose_folder_is_gone_nothing_is_printed_until_it_is_back(tmp_path: Path) -> None:
    home, data = home_of(tmp_path), rows(n=N)
    written(home, data, "1.0.0")
    (home / "1.0.0").rename(tmp_path / "kept")
    assert gov.audit_predictions(more(data, 1200), gov.open_project(home)).public.withheld == (EVERYTHING,)
    (tmp_path / "kept").rename(home / "1.0.0")
    assert gov.audit_predictions(more(data, 1200), gov.open_project(home)).public.withheld == ()


def row(*cells: int) -> PrintedRow:
    return PrintedRow(kind="level", name="a", step="a", within=None, members=1, cells=cells)  # type: ignore[arg-type]  # there are four of them


def test_rows_are_close_where_people_differ_and_a_cell_does_by_less_than_k() -> None:
    base = row(50, 40, 30, 20)
    for other, close in (
        ((50, 40, 30, 20), False), ((50, 40, 30, 21), True), ((60, 40, 30, 20), True), ((59, 40, 30, 20), True),
        # The same people, otherwise decided; and as many more as hide each other.
        ((53, 37, 31, 19), False), ((60, 50, 40, 30), False), ((60, 50, 40, 29), True),
        # One came whom this row has, and decisions of others changed: the outcome of one is enough.
        ((70, 21, 30, 20), True),
    ):  # fmt: skip
        assert _close(row(*other), base, K) == close, other
    assert not _close(None, base, K)
    assert not _close(base, None, K)
