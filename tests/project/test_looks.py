"""Counting looks from the log: what a place costs, what branches cost, and what cannot be had for nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.looks import LOOK, Look, Looks, granted, sketched, take

UNITS = [f"f{i}".encode() for i in range(3000)]


def look(
    model: str, ledger: Ledger, *, most: int = 1, alpha: str = "0.05", units: list[bytes] | None = None, secret: str = "s"
) -> Look:
    sets, sketch = sketched(Looks(ledger.entries()), UNITS if units is None else units, salt=b"k" * 32, secret=secret)
    return Look(model=model, policy=f"policy-{most}-{alpha}", rows="rows", alpha=alpha, most=most, sets=sets, sketch=sketch)


def taken(ledger: Ledger, model: str, **how: object) -> float:
    """Take one look and return its alpha; 0 where the set is spent."""
    try:
        return take(ledger, look(model, ledger, **how))[1].alpha  # type: ignore[arg-type]  # by name
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
    with pytest.raises(Refused, match="spent") as refused:
        take(ledger, look("b", ledger))
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
    assert taken(ledger, "b", units=UNITS[60:], secret="t") == 0.0
    assert taken(ledger, "b", units=[*UNITS[::-1], b"new"], secret="t") == 0.0
    assert taken(ledger, "b", units=[b"x" + unit for unit in UNITS], secret="t") == 0.05


def test_max_looks_raised_afterwards_gives_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    assert taken(ledger, "a") == 0.05
    assert taken(ledger, "b", most=20) == 0.0
    assert taken(ledger, "b", most=20, alpha="0.06") == pytest.approx(0.06 / 4 / sum(s**-2 for s in range(1, 21)))


def branches(tmp_path: Path, *, most: int, secrets: tuple[str, str] = ("s", "s")) -> tuple[Ledger, Ledger]:
    """Take look a on one branch and look b on another, and merge the two into the first."""
    one, two = Ledger(tmp_path / "one"), Ledger(tmp_path / "two")
    one.append("split_key", {"key": "00" * 32})
    shutil.copytree(one.path, two.path)
    assert (
        taken(one, "a", most=most, secret=secrets[0])
        == taken(two, "b", most=most, secret=secrets[1])
        == granted(0.05, most, 1, 0)
    )
    for file in two.path.iterdir():
        shutil.copy(file, one.path / file.name)
    return one, two


@pytest.mark.parametrize("secrets", [("s", "s"), ("s", "t")])
def test_branches_that_merge_count_each_other(tmp_path: Path, secrets: tuple[str, str]) -> None:
    merged, _ = branches(tmp_path, most=3, secrets=secrets)
    looks = Looks(merged.entries())
    keys = [looks.look(entry.digest).key for entry in merged.find(LOOK)]  # type: ignore[union-attr]  # they are looks
    assert [looks.now(key).place for key in keys] == [2, 2]
    assert sum(looks.now(key).alpha for key in keys) <= 0.05
    assert taken(merged, "a", most=3) == taken(merged, "b", most=3) == pytest.approx(granted(0.05, 3, 2, 0.0367))
    assert taken(merged, "c", most=3) == pytest.approx(granted(0.05, 3, 3, 2 * 0.05 / (1 + 1 / 4 + 1 / 9)))


def test_two_first_looks_leave_nothing_where_one_is_allowed(tmp_path: Path) -> None:
    merged, _ = branches(tmp_path, most=1)
    assert taken(merged, "a") == taken(merged, "b") == 0.0


def test_the_same_look_on_both_branches_is_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Ledger(tmp_path / "one"), Ledger(tmp_path / "two")
    for at, ledger in (("1767225600", one), ("1767225700", two)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", at)
        taken(ledger, "a", most=2)
    assert taken(one, "b", most=2) == pytest.approx(0.01)
    for file in two.path.iterdir():
        shutil.copy(file, one.path / file.name)
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
        Ledger(home / str(branch)).append("split_key", {"key": "00" * 32})
    for branch, model, merge in order:
        ledger = Ledger(home / str(branch))
        if merge:
            for file in (home / str((branch + 1) % 4)).iterdir():
                shutil.copy(file, ledger.path / file.name)
        taken(ledger, f"m{model}", most=3, units=UNITS[:200])
    for branch in range(1, 4):
        for file in (home / str(branch)).iterdir():
            shutil.copy(file, home / "0" / file.name)
    looks = Looks(Ledger(home / "0").entries())
    keys = {looks.look(entry.digest).key for entry in Ledger(home / "0").find(LOOK)}  # type: ignore[union-attr]  # they are looks
    assert sum(looks.now(key).alpha for key in keys) <= 0.05 + 1e-12


def test_a_look_that_does_not_read_breaks_the_log(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    ledger.append(LOOK, {"model": "a"})
    with pytest.raises(EvidenceBroken) as broken:
        Looks(ledger.entries())
    assert broken.value.rule == "A13"


def test_two_at_the_same_moment_both_pay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "log")
    first, second = look("a", ledger, most=2), look("b", ledger, most=2)
    append = Ledger.append

    def late(self: Ledger, kind: str, body: dict[str, object]) -> object:
        monkeypatch.setattr(Ledger, "append", append)
        append(self, LOOK, second.to_record())
        return append(self, kind, body)

    monkeypatch.setattr(Ledger, "append", late)
    assert take(ledger, first)[1].place == 2
