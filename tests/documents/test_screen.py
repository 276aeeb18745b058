"""Documents for a browser: one file each, that fetches nothing, says what the PDF says, and belongs to no version folder."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from smartstart_gov.documents.render import KINDS, render
from smartstart_gov.evidence.document_kinds import LANGUAGES
from smartstart_gov.evidence.edition import Evidence
from tests.cli.command import run
from tests.release.test_gate import plain


class _Addresses(HTMLParser):
    """Every address that a browser would follow or fetch, and every element that could run or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.elements: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset", "poster")
        ]
        assert not [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fetches_nothing(kind: str, lang: str, evidence: Evidence) -> None:
    page = render(evidence, kind, lang=lang).page()
    seen = _Addresses()
    seen.feed(page)
    assert all(address.startswith("#") for address in seen.addresses)
    assert not seen.elements & {"script", "iframe", "object", "embed", "link", "form", "base"}
    assert {match[:5] for match in re.findall(r"url\(([^)]*)\)", page)} <= {"data:"}
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1] == "default-src 'none'; style-src 'unsafe-inline'; font-src data:"
    assert 'name="viewport"' in page


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_what_the_paper_says(kind: str, evidence: Evidence) -> None:
    document = render(evidence, kind, lang="nl")

    def body(html: str) -> str:
        return html.partition("<body")[2]

    assert body(document.page()) == body(document.html)
    assert document.page() != document.html


@pytest.mark.slow
def test_pages_are_written_beside_the_version_and_not_into_it(tmp_path: Path) -> None:
    before = sorted(path.name for path in plain().iterdir())
    done = run("render", str(plain()), "--as", "dpia_prescan", "--format", "html", "-o", str(tmp_path / "pages"))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["dpia_prescan.en.html", "dpia_prescan.nl.html"]
    for words in (("--format", "html"), ("-o", str(tmp_path / "x")), ("--format", "html", "-o", str(plain() / "pages"))):
        assert run("render", str(plain()), *words).returncode == 2
    assert sorted(path.name for path in plain().iterdir()) == before
