"""Counting looks from the log: what a place costs, what branches cost, and what cannot be had for nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.looks import LOOK, Look, Looks, granted, take
from smartstart_gov.looks.rows import RowSet, View

Digests = npt.NDArray[np.uint32]
UNITS = np.random.default_rng(0).integers(0, 2**32, 3000, dtype=np.uint32)


def row_set(units: Digests) -> RowSet:
    """Rows that only their keys tell apart."""
    return RowSet(rows=len(units), units=np.unique(units), views={"all": View.of(np.zeros(len(units), dtype=np.uint32))})


def look(model: str, ledger: Ledger, *, most: int = 1, alpha: str = "0.05", units: Digests = UNITS) -> tuple[Look, RowSet]:
    rows = row_set(units)
    seen = Looks(ledger).seen(rows)
    return Look(model=model, policy=f"policy-{most}-{alpha}", rows="rows", alpha=alpha, most=most, **seen), rows


def taken(ledger: Ledger, model: str, **how: object) -> float:
    """Take one look and return its alpha; 0 where the set is spent."""
    try:
        return take(ledger, *look(model, ledger, **how))[1].alpha  # type: ignore[arg-type]  # by name
    except Refused as refusal:
        if (refusal.rule, refusal.exit_code) != ("L01", 2):
            raise
        return 0.0


@given(alpha=st.floats(0.001, 0.2), most=st.integers(1, 100))
def test_all_looks_together_have_exactly_alpha(alpha: float, most: int) -> None:
    spent = 0.0
    for place in range(1, most + 1):
        mine = granted(alpha, most, place, spent)
        assert mine > 0
        spent += mine
    assert spent == pytest.approx(alpha, rel=1e-9)
    assert granted(alpha, most, most + 1, spent) == 0


def test_the_first_of_one_look_has_the_whole_alpha() -> None:
    assert granted(0.05, 1, 1, 0.0) == 0.05


def test_the_same_look_again_costs_nothing_and_writes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    assert [taken(ledger, "a") for _ in range(3)] == [0.05] * 3
    assert len(ledger.entries()) == 1


def test_another_model_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    taken(ledger, "a")
    with pytest.raises(Refused, match="used up") as refused:
        take(ledger, *look("b", ledger))
    assert "develop part" in refused.value.violations[0].remedy
    assert len(ledger.entries()) == 1


def test_places_follow_each_other(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    found = [taken(ledger, f"m{i}", most=4) for i in range(5)]
    assert found == pytest.approx([0.05 / t**2 / (1 + 1 / 4 + 1 / 9 + 1 / 16) for t in (1, 2, 3, 4)] + [0.0])
    assert taken(ledger, "m0", most=4) == pytest.approx(found[0])


def test_a_few_rows_less_are_the_same_set(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    taken(ledger, "a")
    assert taken(ledger, "b", units=UNITS[60:]) == 0.0
    assert taken(ledger, "b", units=np.r_[UNITS[::-1], np.uint32(5)]) == 0.0
    assert taken(ledger, "b", units=UNITS + np.uint32(1)) == 0.05


def test_max_looks_raised_afterwards_gives_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    assert taken(ledger, "a") == 0.05
    assert taken(ledger, "b", most=20) == 0.0
    assert taken(ledger, "b", most=20, alpha="0.06") == pytest.approx(0.06 / 4 / sum(s**-2 for s in range(1, 21)))


def merge(one: Path, two: Path, *, rows: bool = True) -> None:
    """Copy what project `two` wrote into project `one`, as version control would."""
    for folder in ("log", "looked") if rows else ("log",):
        if (two / folder).exists():
            shutil.copytree(two / folder, one / folder, dirs_exist_ok=True)


def branches(tmp_path: Path, *, most: int, units: Digests = UNITS, rows: bool = True) -> tuple[Ledger, Ledger]:
    """Take look a on one branch and look b on another, and merge the two into the first."""
    one, two = Ledger(tmp_path / "one" / "log"), Ledger(tmp_path / "two" / "log")
    one.path.parent.mkdir()
    one.append("split_key", {"key": "00" * 32})
    shutil.copytree(one.path.parent, two.path.parent)
    assert taken(one, "a", most=most) == taken(two, "b", most=most, units=units) == granted(0.05, most, 1, 0)
    merge(one.path.parent, two.path.parent, rows=rows)
    return one, two


@pytest.mark.parametrize("rows", [True, False])
@pytest.mark.parametrize("units", [UNITS, UNITS[40:], UNITS[2500:]])
def test_branches_that_merge_count_each_other(tmp_path: Path, units: Digests, rows: bool) -> None:
    merged, _ = branches(tmp_path, most=3, units=units, rows=rows)
    looks = Looks(merged)
    keys = [looks.look(entry.digest).key for entry in merged.find(LOOK)]  # type: ignore[union-attr]  # they are looks
    assert [looks.now(key).place for key in keys] == [2, 2]
    assert sum(looks.now(key).alpha for key in keys) <= 0.05
    assert taken(merged, "a", most=3) == taken(merged, "b", most=3) == pytest.approx(granted(0.05, 3, 2, 0.0367))
    assert taken(merged, "c", most=3) == pytest.approx(granted(0.05, 3, 3, 2 * 0.05 / (1 + 1 / 4 + 1 / 9)))


def test_branches_that_looked_at_different_people_do_not_count_each_other(tmp_path: Path) -> None:
    fresh = UNITS + np.uint32(1)
    for name, rows, alpha in (("with", True, 0.05), ("without", False, 0.0)):
        (tmp_path / name).mkdir()
        merged, _ = branches(tmp_path / name, most=1, units=fresh, rows=rows)
        assert [taken(merged, "a"), taken(merged, "b", units=fresh)] == [alpha, alpha], "rows that are not at hand count"


def test_two_first_looks_leave_nothing_where_one_is_allowed(tmp_path: Path) -> None:
    merged, _ = branches(tmp_path, most=1)
    assert taken(merged, "a") == taken(merged, "b") == 0.0


def test_the_same_look_on_both_branches_is_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Ledger(tmp_path / "one" / "log"), Ledger(tmp_path / "two" / "log")
    one.path.parent.mkdir(), two.path.parent.mkdir()
    for at, ledger in (("1767225600", one), ("1767225700", two)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", at)
        taken(ledger, "a", most=2)
    assert taken(one, "b", most=2) == pytest.approx(0.01)
    merge(one.path.parent, two.path.parent)
    assert len(one.find(LOOK)) == 3
    assert taken(one, "a", most=2) == pytest.approx(0.04)
    assert taken(one, "b", most=2) == pytest.approx(0.01)


@given(order=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), min_size=1, max_size=9))
@settings(max_examples=25, deadline=None)
def test_however_branches_grow_and_merge_all_looks_have_at_most_alpha(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[int, int, bool]]
) -> None:
    home = tmp_path_factory.mktemp("branches")
    for branch in range(4):
        (home / str(branch)).mkdir()
        Ledger(home / str(branch) / "log").append("split_key", {"key": "00" * 32})
    for branch, model, merges in order:
        ledger = Ledger(home / str(branch) / "log")
        if merges:
            merge(home / str(branch), home / str((branch + 1) % 4))
        taken(ledger, f"m{model}", most=3, units=UNITS[:200])
    for branch in range(1, 4):
        merge(home / "0", home / str(branch))
    looks = Looks(Ledger(home / "0" / "log"))
    keys = {looks.look(entry.digest).key for entry in Ledger(home / "0" / "log").find(LOOK)}  # type: ignore[union-attr]  # they are looks
    assert sum(looks.now(key).alpha for key in keys) <= 0.05 + 1e-12


def test_a_look_that_does_not_read_breaks_the_log(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    ledger.append(LOOK, {"model": "a"})
    with pytest.raises(EvidenceBroken) as broken:
        Looks(ledger)
    assert broken.value.rule == "A13"


def test_two_at_the_same_moment_both_pay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "log")
    (first, rows), (second, _) = look("a", ledger, most=2), look("b", ledger, most=2)
    append = Ledger.append

    def late(self: Ledger, kind: str, body: dict[str, object]) -> object:
        monkeypatch.setattr(Ledger, "append", append)
        append(self, LOOK, second.to_record())
        return append(self, kind, body)

    monkeypatch.setattr(Ledger, "append", late)
    assert take(ledger, first, rows)[1].place == 2
