"""The web site of the documentation builds offline, without a warning, and leads nowhere that is not there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]


class _Links(HTMLParser):
    """Collects where a page leads, what it loads, and which places it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value}
        self.places |= {found["id"]} if "id" in found else set()
        if tag == "a" and "href" in found:
            self.leads.append(found["href"])
        self.loads += [found[name] for name in ("src", "href") if name in found and tag in ("script", "img", "link")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-d", str(folder / "trees")]
    done = subprocess.run(
        [*command, str(ROOT / "docs"), str(folder / "html")], capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"}
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_the_page_of_the_docs_lists_every_page_once() -> None:
    docs = ROOT / "docs"
    listed = re.findall(r"^- \[[^]]+\]\(([^)]+)\)$", (docs / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    pages = [
        str(page.relative_to(docs))
        for part in ("tutorial", "how-to", "reference", "explanation") for page in (docs / part).iterdir()
    ]  # fmt: skip
    assert sorted(listed) == sorted(pages)


@pytest.mark.slow
def test_every_page_of_the_docs_is_in_the_site(site: Path) -> None:
    pages = [p.relative_to(ROOT / "docs") for p in (ROOT / "docs").rglob("*.md") if p.name != "README.md"]
    assert len(pages) > 20
    assert [p for p in pages if not (site / p).with_suffix(".html").exists()] == []


@pytest.mark.slow
def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    pages = {page: _Links(page) for page in site.rglob("*.html")}
    lost, foreign = [], []
    for page, links in pages.items():
        foreign += [f"{page.name}: {url}" for url in links.loads if urlsplit(url).netloc]
        for link in [*links.leads, *links.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            # Furo's own buttons lead to the top of the page.
            if not target.exists() or (parts.fragment and target in pages and parts.fragment not in pages[target].places):
                lost.append(f"{page.name}: {link}")
    assert (lost, foreign) == ([], [])
