"""What a reader met on the printed pages, and shall not meet again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from smartstart_gov.documents.blocks import Facts, Table
from smartstart_gov.documents.render import Rendered
from smartstart_gov.documents.words import Words
from tests.documents.page_texts import filled, page_texts

pytestmark = pytest.mark.pdf
DOCUMENTS = [(kind, lang) for kind in ("model_card", "technical_annex", "dpia", "dpia_prescan") for lang in ("nl", "en")]
Files = dict[tuple[str, str], Path]
Documents = dict[tuple[str, str], Rendered]
FEWEST_WORDS, LEAST_FILLED = 60, 0.2


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("key", DOCUMENTS)
def test_no_page_is_almost_empty(files: Files, key: tuple[str, str]) -> None:
    # The last page holds what is left.
    assert [n for n, text in enumerate(page_texts(files[key])[:-1], 1) if len(text.split()) < FEWEST_WORDS] == []
    assert [n for n, share in enumerate(filled(files[key])[:-1], 1) if share < LEAST_FILLED] == []


@pytest.mark.parametrize("kind", ["dpia"])
@pytest.mark.parametrize(
    ("lang", "purpose", "verdict", "heads", "sign"),
    [
        ("nl", "Gezinnen die vastlopen eerder hulp aanbieden", "Gelijke behandeling van groepen: niet aangetoond",
         ("Wat is onderzocht", "Antwoord", "Vraag", "Waarom"), "Wie moet tekenen"),
        ("en", "Offering help earlier to families that get stuck", "Fair treatment of groups: not shown",
         ("What was examined", "Answer", "Question", "Why"), "Who must sign"),
    ],
)  # fmt: skip
def test_page_1_says_what_it_is_for_the_verdict_and_who_signs(
    files: Files, kind: str, lang: str, purpose: str, verdict: str, heads: tuple[str, ...], sign: str
) -> None:
    first = page_texts(files[kind, lang])[0]
    assert purpose in flat(first)
    assert verdict in flat(first)
    assert all(head in first for head in heads)
    words = Words(lang)
    assert len(re.findall(rf"^ *{words.code('status', 'NOT_SHOWN')}\b", first, re.MULTILINE)) >= 3
    roles = {"nl": "Functionaris gegevensbescherming; Ethische commissie", "en": "Data protection officer; Ethics committee"}
    assert sign in first
    assert re.search(roles[lang].replace(" ", r"\s+"), flat(re.sub(r"\b(opgegeven|declared)\b", "", first)))


def _tree(pdf: pikepdf.Pdf) -> Iterator[Any]:
    def descend(element: Any) -> Iterator[Any]:
        if isinstance(element, pikepdf.Array):
            for kid in element:
                yield from descend(kid)
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
            if "/K" in element:
                yield from descend(element["/K"])

    yield from descend(pdf.Root.StructTreeRoot.K)


@pytest.mark.parametrize("key", DOCUMENTS)
def test_no_table_leaves_a_single_row_on_a_page(files: Files, rendered: Documents, key: tuple[str, str]) -> None:
    """A table over a page break is several elements, each with its head again."""
    with pikepdf.open(files[key]) as pdf:
        rows = [sum(str(e.S) == "/TR" for e in _below(table)) for table in _tree(pdf) if str(table.S) == "/Table"]
    lone = sum(len(block.rows) == 1 for block in rendered[key].outline.blocks() if isinstance(block, Table | Facts))
    assert len(rows) > 10
    assert rows.count(2) == lone
    assert min(rows) >= 2


def _below(element: Any) -> Iterator[Any]:
    if isinstance(element, pikepdf.Array):
        for kid in element:
            yield from _below(kid)
    elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
        yield element
        if "/K" in element:
            yield from _below(element["/K"])


@pytest.mark.parametrize("key", DOCUMENTS)
def test_the_running_head_names_the_section_that_a_page_begins_in(
    files: Files, rendered: Documents, key: tuple[str, str]
) -> None:
    headings = [placed.heading for placed in rendered[key].outline.walk() if placed.depth == 1]
    first, *others = page_texts(files[key])
    # The first page has no running head, and may hold the first section.
    current = next((line.strip() for line in reversed(first.split("\n")) if line.strip() in headings), "")
    for text in others:
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        begins = lines[1] if lines[1] in headings else current
        assert lines[0].endswith(begins or rendered[key].outline.title)
        current = next((line for line in reversed(lines[1:]) if line in headings), current)
    assert current == headings[-1]
