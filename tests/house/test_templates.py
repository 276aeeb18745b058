"""A template places what was computed; it computes nothing itself."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from tests.house.tree import ROOT, name_of

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".j2", ".jinja", ".jinja2"))
ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)
COUNTING_FILTERS = {"abs", "count", "float", "int", "max", "min", "round", "sum"}


def _computations(source: str) -> list[str]:
    tree = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(source)
    found = [f"line {node.lineno}: {type(node).__name__}" for node in tree.find_all(ARITHMETIC)]
    return found + [f"line {f.lineno}: filter {f.name}" for f in tree.find_all(nodes.Filter) if f.name in COUNTING_FILTERS]


def test_there_are_templates() -> None:
    assert TEMPLATES


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_template_computes_nothing(path: Path) -> None:
    assert not _computations(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source", ["{{ a + 1 }}", "{{ -a }}", "{% if a % 2 %}{% endif %}", "{{ a | round }}", "{{ rows | sum }}"]
)
def test_the_test_can_fail(source: str) -> None:
    assert _computations(source)
