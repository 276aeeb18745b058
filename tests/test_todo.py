"""todo: one list for one person, with the line of each fact and an example that can be typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartstart_gov.authoring.names import WHO
from smartstart_gov.errors import Refused
from smartstart_gov.todo import todo
from tests.projects import write_project


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write_project(tmp_path / "help")


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_a_planted_fact_is_seen_with_its_line_and_goes_when_it_is_closed(home: Path) -> None:
    file, was = home / "charter.yaml", "oversight:\n  nl: Een zin.\n  en: A sentence.\n"
    before = todo(home)
    change(file, was, "oversight: open\n")
    opened = todo(home)
    (new,) = [item for item in opened.items if item not in before.items]
    line = file.read_text(encoding="utf-8").split("\n").index("oversight: open") + 1
    assert (new.file, new.line, new.key, new.who, new.blocks) == ("charter.yaml", line, "oversight", "owner", True)
    assert new is opened.items[0]
    assert (before.exit_code, opened.exit_code) == (0, 3)
    change(file, "oversight: open\n", was)
    assert todo(home) == before


def test_the_roles_divide_the_list(home: Path) -> None:
    every = todo(home).items
    divided = [item for role in WHO for item in todo(home, role=role).items]
    assert sorted(map(repr, divided)) == sorted(map(repr, every))
    assert all({item.who for item in todo(home, role=role).items} <= {role} for role in WHO)
    with pytest.raises(Refused, match="no role 'boss'"):
        todo(home, role="boss")


def test_force_without_a_law_is_broken_and_not_merely_open(home: Path) -> None:
    change(home / "charter.yaml", "coercive: false", "coercive: true")
    change(home / "charter.yaml", "legal_basis:\n  nl: Een zin.\n  en: A sentence.\n", "legal_basis: open\n")
    found = todo(home)
    assert (found.items[0].key, found.items[0].failed, found.exit_code) == ("legal_basis", True, 1)
    assert (
        "broken: It is declared what a high score leads to, with a legal basis where one is needed (R40)" in found.items[0].why
    )


def test_every_example_can_be_typed_where_it_belongs(home: Path) -> None:
    """What `todo` offers for a fact closes that fact, and the file is still read."""
    for item in todo(home).items:
        if item.file != "charter.yaml" or "..." in item.example.replace('nl: "..."', ""):
            continue
        file = home / item.file
        text = file.read_text(encoding="utf-8")
        group = item.key.partition(" ")[0]
        typed = f"{group}:\n  {item.example}" if '"' in item.key else item.example
        file.write_text(f"{text}{typed}\n", encoding="utf-8")
        assert item.key not in {other.key for other in todo(home).items}, item
        file.write_text(text, encoding="utf-8")
