"""Rendering takes public evidence only, escapes whatever it is given, and asks nobody outside for anything."""

from __future__ import annotations

import builtins
import itertools
import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jinja2
import pytest

from smartstart_gov.authoring.charter import EffectMeasurement, Vulnerable
from smartstart_gov.authoring.value import Text
from smartstart_gov.canonical import digest
from smartstart_gov.documents import render as module
from smartstart_gov.documents.blocks import Prose
from smartstart_gov.documents.dpia_output import INTERCHANGES
from smartstart_gov.documents.render import APT, Rendered, render, to_html
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made

CORPUS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</style><style>@import url(http://evil.example/x.css);",
    "</title><script>1</script>", "<iframe src=file:///etc/passwd>", "<link rel=stylesheet href=file:///etc/passwd>",
    "<object data='file:///etc/passwd'></object>", "<embed src=http://evil.example/a>", "<base href=http://evil.example/>",
    "<a href=\"javascript:alert(1)\">x</a>", "<meta http-equiv=refresh content='0;url=http://evil.example'>", "<style>*{display:none}</style>",
    "<link rel=attachment href=file:///etc/hostname>", "url(file:///etc/passwd)", "{{7*7}}", "{% for x in ().__class__ %}{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{0.__class__}", "%(name)s", "%s%n",
    "<!-- --><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>&a;", "&lt;b&gt;", "<b>fat</b>", "]]><x>", "=cmd|' /C calc'!A0",
    "'; DROP TABLE children; --", "../../../etc/passwd", "<image href='http://169.254.169.254/latest'/>", "@import 'file:///etc/passwd'",
    "</text><use href='#a'/>", "\\u202Eevil", "<details open ontoggle=alert(1)>", "<math><mtext></mtext></math>", "A" * 120, "مرحبا", "Ełk",
]  # fmt: skip
#: Characters that authored files refuse; a vendor's training record may still hold them.
INVISIBLE = ["one\u202etwo", "one\u200btwo", "one\x00two", "one\x1b[31mtwo", "one\u2028two", "one\U000e0041two"]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.targets: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.targets |= {value or "" for name, value in attrs if name in ("href", "src", "data", "action")}


def elements(html: str) -> _Elements:
    parser = _Elements()
    parser.feed(html)
    return parser


def poisoned(evidence: Evidence) -> Evidence:
    """Evidence in which every free text holds a part of the corpus, all together all of it, and every name one string."""
    parts = ["\n".join(CORPUS[i : i + 6]) for i in range(0, len(CORPUS), 6)]
    texts = itertools.cycle(Text(nl=part, en=part) for part in parts)
    text = next(texts)
    charter = evidence.charter
    free = [
        name for name, of in type(charter).model_fields.items()
        if of.is_required() and (isinstance(getattr(charter, name), Text) or getattr(charter, name) is None)
    ]  # fmt: skip
    people = Vulnerable(minors=True, **dict.fromkeys(("groups", "harm", "care", "heard"), text))
    plan = EffectMeasurement(**dict.fromkeys(("outcome", "comparison", "moment", "who", "stop_rule"), text))
    hostile = iter(CORPUS * 20)
    columns = tuple(
        c.model_copy(update={
            "meaning": Text(nl=(label := next(hostile)), en=label),
            "labels": {str(level): Text(nl=(word := next(hostile)), en=word) for level in (c.levels or ())[:12]},
            "justification": text,
        })
        for c in evidence.contract.columns
    )  # fmt: skip
    sources = {
        name: s.model_copy(
            update={
                "system": next(hostile),
                "owner": Text(nl=(whose := next(hostile)), en=whose),
                "original_purpose": text,
                "retention": text,
            }
        )
        for name, s in evidence.contract.sources.items()
    }
    risks = tuple(r.model_copy(update={"description": text, "origin": text, "measure": text}) for r in charter.risks)
    return replace(
        evidence,
        charter=charter.model_copy(update={**{name: next(texts) for name in free}, "title": Text(nl=CORPUS[4], en=CORPUS[4]), "risks": risks,
                                           "owner": charter.owner.model_copy(update={"organisation": CORPUS[2], "contact": Text(nl=CORPUS[10], en=CORPUS[10])}),
                                           "dpia": dict.fromkeys(("1", "8", "15.1"), text), "vulnerable": people, "effect_measurement": plan}),
        contract=evidence.contract.model_copy(update={"columns": columns, "sources": sources, "licence": Text(nl=CORPUS[0], en=CORPUS[0])}),
        policy=evidence.policy.model_copy(update={"limits": tuple(x.model_copy(update={"reason": text}) for x in evidence.policy.limits)}),
        training=replace(evidence.training, parameters={"max<b>": INVISIBLE[0], "x": CORPUS[0]}, code_revision="<script>" + "".join(INVISIBLE)),
    )  # fmt: skip


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """No socket opens, and every file that is opened is noted."""
    opened: list[str] = []
    real = builtins.open

    def noting(file: Any, *args: Any, **kwargs: Any) -> Any:
        opened.append(str(file))
        return real(file, *args, **kwargs)

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a document opened a socket")

    monkeypatch.setattr(builtins, "open", noting)
    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    return opened


@pytest.mark.parametrize("kind", ["model_card", "technical_annex", "dpia", "dpia_prescan"])
def test_no_text_becomes_markup(evidence: Evidence, kind: str, rendered: dict[tuple[str, str], Rendered]) -> None:
    clean, bad = elements(rendered[kind, "nl"].html), elements(render(poisoned(evidence), kind, lang="nl").html)
    assert bad.tags <= clean.tags
    assert bad.attributes <= clean.attributes
    assert all(target.startswith("#") for target in bad.targets)


def test_every_string_of_the_corpus_is_still_readable(evidence: Evidence) -> None:
    text = render(poisoned(evidence), "technical_annex", lang="en").text
    assert [s for s in CORPUS if s not in text] == []
    assert "49" not in {line.strip() for line in text.split("\n")}


def test_invisible_characters_become_visible(evidence: Evidence) -> None:
    document = render(poisoned(evidence), "technical_annex", lang="en")
    for bad in INVISIBLE:
        assert bad not in document.html
        assert bad not in document.text
    assert "one\ufffdtwo" in document.html


@pytest.mark.pdf
@pytest.mark.parametrize("kind", ["model_card", "technical_annex", "dpia"])
def test_a_poisoned_pdf_reads_no_file_and_opens_no_socket(evidence: Evidence, kind: str, sealed: list[str]) -> None:
    import io

    from pypdf import PdfReader

    drawn = render(poisoned(evidence), kind, lang="en")
    data = drawn.pdf()
    # The standard library's table of file types is no part of a document.
    assert {name for name in sealed if name.startswith("/etc/") and "font" not in name} <= {"/etc/mime.types"}
    reader = PdfReader(io.BytesIO(data))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "root:" not in text
    assert "{{7*7}}" in text
    assert set(reader.attachments) == {
        "bundle.json",
        *([INTERCHANGES[kind].name] if kind in INTERCHANGES else []),
        *drawn.tables,
    }
    targets = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    assert all("/A" not in target or target["/A"].get("/S") != "/URI" for target in targets)


@pytest.mark.pdf
@pytest.mark.parametrize(
    "tag",
    ["<img src='http://evil.example/x'>", "<img src='file:///etc/passwd'>", "<img src='relative.png'>", "<style>@import 'file:///etc/passwd';</style>",
     "<link rel=stylesheet href='file:///etc/hostname'>", "<link rel=attachment href='file:///etc/hostname'>",
     "<p style=\"background: url('file:///etc/passwd')\">x</p>", "<svg><image href='file:///etc/passwd' width='5' height='5'/></svg>",
     "<object data='file:///etc/passwd'></object>", "<embed src='file:///etc/passwd'>", "<img src='data:image/svg+xml,x'>",
     "<style>@font-face { font-family: x; src: local(DejaVu Sans), url(font:../../LICENSE) } p { font-family: x }</style>"],
)  # fmt: skip
def test_the_drawing_asks_nobody_even_if_markup_came_through(rendered: dict[tuple[str, str], Rendered], tag: str) -> None:
    document = rendered["dpia", "en"]
    small = f"<!doctype html><html lang='en'><head><title>t</title></head><body><h1>t</h1><p>x</p>{tag}</body></html>"
    with pytest.raises(Refused) as refusal:
        replace(document, html=small).pdf()
    assert refusal.value.rule == "N03"
    assert "passwd" not in str(refusal.value)


@pytest.mark.pdf
def test_a_complaint_left_from_an_earlier_document_is_not_ours(
    rendered: dict[tuple[str, str], Rendered], monkeypatch: pytest.MonkeyPatch
) -> None:
    html = "<!doctype html><html lang='en'><head><title>t</title></head><body><p>x</p></body></html>"
    asked, fresh = module._fonts, itertools.count()

    def stale(thread: int) -> Any:
        if next(fresh) == 0:
            logging.getLogger("weasyprint").warning("a glyph of an earlier document")
        return asked(thread)

    stale.cache_clear = asked.cache_clear  # type: ignore[attr-defined]  # what the renderer calls before it tries again
    monkeypatch.setattr(module, "_fonts", stale)
    assert replace(rendered["dpia", "en"], html=html).pdf().startswith(b"%PDF")
    assert next(fresh) == 2


@pytest.mark.pdf
def test_a_complaint_of_the_drawing_library_is_a_failure(rendered: dict[tuple[str, str], Rendered]) -> None:
    html = "<!doctype html><html lang='en'><head><title>t</title><style>p { colour: red }</style></head><body><p>x</p></body></html>"
    with pytest.raises(Refused, match="complained") as refusal:
        replace(rendered["dpia", "en"], html=html).pdf()
    assert refusal.value.rule == "N03"
    assert not [h for h in logging.getLogger("weasyprint").handlers if h.__class__.__name__ == "_Heard"]


@pytest.mark.slow
def test_the_private_edition_is_refused() -> None:
    private = made.private()
    with pytest.raises(Refused, match="private edition") as refusal:
        render(private, "model_card")
    assert refusal.value.rule == "N03"


@pytest.mark.slow
def test_a_bundle_is_read_for_its_public_edition_only(evidence: Evidence, rendered: dict[tuple[str, str], Rendered]) -> None:
    private = made.private()
    bundle = EvidenceBundle(public=evidence, private=private)
    assert render(bundle, "model_card", lang="nl").html == rendered["model_card", "nl"].html
    assert private.nonce is not None
    assert private.nonce not in render(bundle, "model_card").html


@pytest.mark.parametrize(("kind", "lang"), [("letter", "nl"), ("model_card", "fr"), ("", "nl"), ("model_card", "../nl")])
def test_an_unknown_kind_or_language_is_refused(evidence: Evidence, kind: str, lang: str) -> None:
    with pytest.raises(Refused) as refusal:
        render(evidence, kind, lang=lang)
    assert refusal.value.rule == "M01"


def test_an_undefined_variable_in_a_template_is_an_error(rendered: dict[tuple[str, str], Rendered]) -> None:
    environment = module._environment("en")
    with pytest.raises(jinja2.UndefinedError, match="gpa"):
        environment.from_string("gap={{ gpa }}").render()


def test_templates_escape_whatever_their_name_ends_in() -> None:
    assert module._environment("nl").from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_a_missing_system_library_says_what_to_install(
    rendered: dict[tuple[str, str], Rendered], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def failing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", failing)
    with pytest.raises(Refused) as refusal:
        rendered["dpia", "nl"].pdf()
    assert refusal.value.rule == "U02"
    assert APT in str(refusal.value)
    assert "libharfbuzz-subset0" in APT


def test_names_text_and_repr(rendered: dict[tuple[str, str], Rendered]) -> None:
    assert {document.stem for document in rendered.values()} == {
        "model_card.nl",
        "model_card.en",
        "factsheet.nl",
        "factsheet.en",
        "technical_annex.nl",
        "technical_annex.en",
        "dpia_annex.nl",
        "dpia_annex.en",
        "dpia_prescan.nl",
        "dpia_prescan.en",
    }
    document = rendered["model_card", "nl"]
    assert document.text.startswith("Modelkaart: Vroege hulp aan gezinnen")
    assert "0x" not in repr(document)
    assert document._repr_html_() == document.page()


def test_the_attachment_is_the_public_record(evidence: Evidence, rendered: dict[tuple[str, str], Rendered]) -> None:
    record = json.loads(rendered["dpia", "nl"].attachment)
    assert digest(record) == evidence.digest
    assert Evidence.from_record(record).digest == evidence.digest


def test_rendering_is_a_function_of_the_evidence(evidence: Evidence, rendered: dict[tuple[str, str], Rendered]) -> None:
    again = Evidence.from_record(json.loads(rendered["model_card", "en"].attachment))
    for (kind, lang), document in rendered.items():
        assert render(again, kind, lang=lang).html == document.html


def test_a_block_of_the_outline_that_no_template_knows_is_not_lost(rendered: dict[tuple[str, str], Rendered]) -> None:
    """Every block of the outline leaves its text on the page."""
    outline = rendered["dpia", "en"].outline
    marked = replace(outline, front=(*outline.front, Prose(text="A last word.", lead="Mark", basis="open")))
    page = to_html(marked, rendered["dpia", "en"].look)
    assert "A last word." in page
    assert page.count('class="prose open') == rendered["dpia", "en"].html.count('class="prose open') + 1


@pytest.mark.pdf
def test_writing_goes_through_storage(tmp_path: Path, rendered: dict[tuple[str, str], Rendered]) -> None:
    document = rendered["dpia", "nl"]
    path = document.write_pdf(tmp_path / "annex.pdf")
    assert path.read_bytes() == document.pdf()
    with pytest.raises(Refused):
        document.write_pdf(tmp_path / "nowhere" / "annex.pdf")
