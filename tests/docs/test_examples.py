"""Every page of the documentation does what it says, from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.examples import LANGUAGES, Page

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "model_cards" / "README.md", *(ROOT / "docs").rglob("*.md")]
)
#: Pages that draw a PDF, or fit and explain a model.
DRAWING = {
    "README.md",
    "docs/how-to/own-csv-and-parquet.md",
    "docs/tutorial/first-model.md",
    "docs/tutorial/neighbourhoods.md",
    "docs/tutorial/road-to-release.md",
}

#: Pages that people meet first; the others are run every night.
FIRST = {"README.md", "docs/how-to/gate-in-ci.md", "docs/how-to/which-models.md"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _marked(path: Path) -> Any:
    marks = [pytest.mark.pdf] if _name(path) in DRAWING else []
    examples = re.search(r"^ *```(python|console|bash|pycon)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return pytest.param(
        path, marks=marks + ([pytest.mark.nightly] if examples and _name(path) not in FIRST else []), id=_name(path)
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", [_marked(path) for path in PAGES])
def test_page_does_what_it_says(path: Path, tmp_path: Path) -> None:
    examples = Page(path, ROOT, tmp_path).run()
    assert examples == len(re.findall(r"^ *```\w|^<!-+ ?invisible-code", path.read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_blocks_are_of_a_kind_that_is_run(path: Path) -> None:
    fences = re.findall(r"^ *```(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) % 2 == 0, "a block is not closed"
    assert not [kind for kind in fences[::2] if kind not in LANGUAGES], f"use one of {', '.join(LANGUAGES)}"


@pytest.mark.parametrize("path", PAGES, ids=_name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert not [target for target in targets if target and not (path.parent / target).exists()]


@pytest.mark.parametrize(
    "page",
    [
        "```python\nprint(1)\n```\n\n```text\n2\n```\n",
        "```python\nraise ValueError\n```\n",
        "```console\n$ false\n```\n",
        "```console\n$ echo a\nb\n```\n",
        "```bash\nrm -r nothing\n```\n",
        "```bash\nmake nothing\n```\n",
        "```yaml\n{\n```\n",
    ],
)
def test_a_wrong_page_fails(page: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("demo:\n", encoding="utf-8")
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    with pytest.raises((AssertionError, ValueError, yaml.YAMLError)):
        Page(tmp_path / "page.md", tmp_path, tmp_path).run()
