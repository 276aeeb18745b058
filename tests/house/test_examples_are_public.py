"""What people copy (README, pages, notebook, start scripts, docstrings of the public face) needs public names only."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import smartstart_gov
from tests.house.tree import PACKAGE, ROOT

#: Pages for those who change the library itself: their examples take it from inside.
FROM_INSIDE = {
    "docs/how-to/add-a-control.md",
    "docs/how-to/add-a-metric.md",
    "docs/how-to/add-a-section.md",
    "docs/how-to/add-an-export.md",
    "docs/how-to/change-the-rules.md",
    # Its rows are drawn by the generator of the main example, as those of the demo are.
    "docs/tutorial/neighbourhoods.md",
}
#: Ways to reach a module by its name or its file.
BY_NAME = {"importlib", "runpy"}


def strangers(code: str) -> list[str]:
    """Return what `code` imports of the library beside the public face, and with what it could import by name."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.startswith("smartstart_gov.") or a.name.split(".")[0] in BY_NAME]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"smartstart_gov", *BY_NAME}:
            public = smartstart_gov.__all__ if node.module == "smartstart_gov" else []
            found += [f"{node.module}.{a.name}" for a in node.names if a.name not in public]
    return found


def _pages() -> Iterator[tuple[str, str]]:
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "model_cards").rglob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^( *)```python\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
        hidden = re.findall(r"^()<!-+ invisible-code-block: python\n(.*?)^-->", text, re.MULTILINE | re.DOTALL)
        for indent, block in blocks + hidden:
            yield path.relative_to(ROOT).as_posix(), re.sub(f"^{indent}", "", block, flags=re.MULTILINE)


def _notebooks() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "docs").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield path.relative_to(ROOT).as_posix(), re.sub("^!.*$", "", "".join(cell["source"]), flags=re.MULTILINE)


def _scripts() -> Iterator[tuple[str, str]]:
    for path in [*(PACKAGE / "authoring" / "start").glob("*.py.txt"), *(ROOT / "model_cards").rglob("*.py")]:
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _docstrings() -> Iterator[tuple[str, str]]:
    parser = doctest.DocTestParser()
    for name in smartstart_gov.__all__:
        thing = getattr(smartstart_gov, name)
        members = [v for k, v in vars(thing).items() if not k.startswith("_")] if inspect.isclass(thing) else []
        for part in (thing, *members):
            yield name, "".join(example.source for example in parser.get_examples(inspect.getdoc(part) or ""))


@pytest.mark.parametrize("examples", [_pages, _notebooks, _scripts, _docstrings], ids=lambda f: f.__name__.strip("_"))
def test_examples_import_the_public_face_only(examples: object) -> None:
    assert callable(examples)
    found = list(examples())
    assert any("smartstart_gov" in code for _, code in found), "nothing was looked at"
    assert not {where: names for where, code in found if where not in FROM_INSIDE and (names := strangers(code))}


def test_pages_from_inside_are_there_and_need_it() -> None:
    """A page that needs no exception loses it."""
    assert {where for where, code in _pages() if strangers(code)} == FROM_INSIDE


def test_a_stranger_is_seen() -> None:
    assert strangers("import smartstart_gov as gov\nfrom smartstart_gov import train") == []
    assert strangers("from smartstart_gov.intake.files import read_data") == ["smartstart_gov.intake.files.read_data"]
    assert strangers("from smartstart_gov import cli") == ["smartstart_gov.cli"]
    assert strangers("def f():\n    import smartstart_gov.ledger, runpy") == ["smartstart_gov.ledger", "runpy"]
    assert strangers("from importlib import util") == ["importlib.util"]


def test_the_ten_lines_of_the_readme_are_ten() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## Ten lines")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert sum(bool(line.strip()) for line in block.splitlines()) == 10
    assert len(ast.parse(block).body) == 10
    assert Path(ROOT / "README.md").read_text(encoding="utf-8").count("## Ten lines") == 1
