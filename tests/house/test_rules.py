"""Every refusal uses a documented rule id, every documented rule is used, and the reference page is current."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartstart_gov.errors import RULES
from tests.house.tree import modules, name_of
from tools import reference


def _rules_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and rule id of every call that makes a refusal or a violation with a literal id."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2]
        if called not in ("Refused", "EvidenceBroken", "Violation") and "violation" not in called.lower():
            continue
        named = [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
        for value in (node.args[:1] or named)[:1]:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield node.lineno, value.value


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_refusals_use_documented_rules(path: Path) -> None:
    strays = [f"line {line}: {rule}" for line, rule in _rules_in(path) if rule not in RULES]
    assert not strays


def test_every_documented_rule_is_enforced_somewhere() -> None:
    constants = {
        node.value
        for path in modules()
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not sorted(set(RULES) - constants), "a rule that nothing enforces is a promise that nothing keeps"


def test_the_page_of_files_says_what_may_be_open_and_that_of_python_every_parameter() -> None:
    files, python = reference.files_page(), reference.python_page()
    assert "| `lawful_basis` | `nl` and `en` or open | yes |" in files
    assert "| `name` | text | yes |" in files
    assert "| `project`, `Path or str` | The project's folder; the parent of `path` by default. |" in python
    assert "stage: str = 'release'" in python


def test_reference_pages_are_current() -> None:
    assert reference.differences() == []


def test_rule_page_lists_exactly_the_table() -> None:
    page = reference.rules_page()
    assert [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")] == sorted(RULES)
