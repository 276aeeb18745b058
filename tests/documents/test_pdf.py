"""The PDF itself: the same bytes each time, tagged for a screen reader, with the evidence inside."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from smartstart_gov.authoring.dpia_file import read_dpia
from smartstart_gov.documents.dpia_output import INTERCHANGES, LONGEST_STRING
from smartstart_gov.documents.render import KINDS, LANGUAGES, Rendered
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.export import export

pytestmark = pytest.mark.pdf
DOCUMENTS = [(kind, lang) for kind in KINDS for lang in LANGUAGES]
Files = dict[tuple[str, str], Path]
Documents = dict[tuple[str, str], Rendered]


def tree(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every element of the structure tree, in reading order."""

    def descend(element: Any) -> Iterator[Any]:
        if isinstance(element, pikepdf.Array):
            for kid in element:
                yield from descend(kid)
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
            if "/K" in element:
                yield from descend(element["/K"])

    yield from descend(pdf.Root.StructTreeRoot.K)


def text_of(path: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed")
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("key", DOCUMENTS)
def test_headings_do_not_skip_a_level(files: Files, key: tuple[str, str]) -> None:
    with pikepdf.open(files[key]) as pdf:
        levels = [int(str(e.S)[2:]) for e in tree(pdf) if re.fullmatch(r"/H[1-6]", str(e.S))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert len(levels) > (10 if key[0] in ("dpia_prescan", "factsheet") else 15)
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("key", DOCUMENTS)
def test_figures_have_words_and_a_place_on_the_page(files: Files, rendered: Documents, key: tuple[str, str]) -> None:
    with pikepdf.open(files[key]) as pdf:
        figures = [e for e in tree(pdf) if str(e.S) == "/Figure"]
        drawn = rendered[key].html.count("<svg")
        assert len([f for f in figures if "/Alt" in f]) == drawn
        assert key[0] != "model_card" or drawn >= 6
        for figure in figures:
            left, bottom, right, top = (float(x) for x in figure.A.BBox)
            assert 0 <= left < right <= 596
            assert 0 <= bottom < top <= 842


@pytest.mark.parametrize("key", [key for key in DOCUMENTS if key[0] != "factsheet"])
def test_every_head_of_a_table_says_what_it_heads(files: Files, key: tuple[str, str]) -> None:
    with pikepdf.open(files[key]) as pdf:
        scopes = [str(e.A.Scope) for e in tree(pdf) if str(e.S) == "/TH"]
    assert set(scopes) == {"/Row", "/Column"}


@pytest.mark.parametrize("key", DOCUMENTS)
def test_running_heads_are_not_read_aloud(files: Files, key: tuple[str, str]) -> None:
    with pikepdf.open(files[key]) as pdf:
        pages = [bytes(page.Contents.read_bytes()) for page in pdf.pages]
    assert all(b"/Pagination" in page for page in pages)


@pytest.mark.parametrize("key", DOCUMENTS)
def test_the_file_says_what_it_is(files: Files, key: tuple[str, str]) -> None:
    data = files[key].read_bytes()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert re.search(rb"pdfaid:part[>=\"]+3", data)
    with pikepdf.open(files[key]) as pdf:
        assert str(pdf.Root.Lang) == key[1]
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        title = {
            "model_card": {"nl": "Modelkaart", "en": "Model card"},
            "factsheet": {"nl": "Vroege hulp aan gezinnen", "en": "Early help for families"},
            "technical_annex": {"nl": "Technische bijlage", "en": "Technical annex"},
            "dpia": {"nl": "Bijlage bij de DPIA", "en": "DPIA annex"},
            "dpia_prescan": {"nl": "Pre-scan DPIA", "en": "Pre-scan DPIA"},
        }
        assert str(pdf.docinfo["/Title"]).startswith(title[key[0]][key[1]])
        assert str(pdf.docinfo["/Author"]) == "Gemeente Voorbeeld"
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20260312093000")


@pytest.mark.parametrize("key", DOCUMENTS)
def test_the_evidence_travels_inside(files: Files, rendered: Documents, key: tuple[str, str], evidence: Evidence) -> None:
    with pikepdf.open(files[key]) as pdf:
        files_ = sorted(
            ["bundle.json", *([INTERCHANGES[key[0]].name] if key[0] in INTERCHANGES else []), *rendered[key].tables]
        )
        assert list(pdf.attachments) == files_
        attached = pdf.attachments["bundle.json"]
        assert json.loads(attached.get_file().read_bytes()) == evidence.to_record()
        assert [str(one.AFRelationship) for one in pdf.Root.AF] == ["/Data"] * len(files_)
        assert str(attached.get_file().mime_type) == "application/json"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_technical_annex_carries_its_tables(files: Files, evidence: Evidence, lang: str) -> None:
    """The files of the export, byte for byte."""
    exported = {name.removeprefix("csv/"): data for name, data in export(evidence, "csv", lang=lang).files.items()}
    assert len(exported) >= 6
    with pikepdf.open(files["technical_annex", lang]) as pdf:
        carried = {name: one.get_file() for name, one in pdf.attachments.items() if name != "bundle.json"}
        assert {name: one.read_bytes() for name, one in carried.items()} == exported
        assert {str(one.mime_type) for one in carried.values()} == {"text/csv"}


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("kind", ["dpia", "dpia_prescan"])
def test_a_document_carries_its_answers_for_the_form(
    files: Files, evidence: Evidence, kind: str, lang: str, tmp_path: Path
) -> None:
    """The form reads the Info dictionary, whose key it spells with capitals; `read_dpia` the attached file, with the charter."""
    carried = INTERCHANGES[kind]
    with pikepdf.open(files[kind, lang]) as pdf:
        told = str(pdf.docinfo["/AssessmentData"])
        attached = json.loads(pdf.attachments[carried.name].get_file().read_bytes())
        assert max(len(bytes(one)) for one in pdf.docinfo.as_dict().values()) <= LONGEST_STRING
    assert json.loads(told) == {key: value for key, value in attached.items() if key != "smartstart_gov"}
    assert attached == json.loads(json.dumps(carried.made(evidence)))
    shutil.copy(files[kind, lang], tmp_path / "annex.pdf")
    came = read_dpia(tmp_path / "annex.pdf").charter
    assert came
    assert {key: getattr(evidence.charter, key) for key in came} == came
    with pikepdf.open(files["model_card", lang]) as pdf:
        assert "/AssessmentData" not in pdf.docinfo


@pytest.mark.parametrize("key", DOCUMENTS)
def test_the_text_of_the_page_is_that_of_the_outline(files: Files, rendered: Documents, key: tuple[str, str]) -> None:
    squeezed = re.sub(r"\s", "", text_of(files[key]))
    outline = rendered[key].outline
    for placed in outline.walk():
        assert re.sub(r"\s", "", placed.heading) in squeezed
    assert re.sub(r"\s", "", outline.title) in squeezed


@pytest.mark.parametrize("key", [key for key in DOCUMENTS if key[0] not in ("model_card", "factsheet")])
def test_the_table_of_contents_has_page_numbers(files: Files, key: tuple[str, str]) -> None:
    lines = [line for line in text_of(files[key]).split("\n") if re.search(r"((7\.3|16) [A-Z].+|6 Algorit\w+) +\d+$", line)]
    assert lines
    assert all(int(line.split()[-1]) > 1 for line in lines)


@pytest.mark.parametrize("key", DOCUMENTS)
def test_all_fonts_are_embedded_and_every_letter_is_there(files: Files, key: tuple[str, str]) -> None:
    with pikepdf.open(files[key]) as pdf:
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all("/FontFile2" in f or "/FontFile3" in f for f in fonts)
    assert "\ufffd" not in text_of(files[key])


def test_the_first_page_holds_verdict_who_is_worse_off_and_who_signs(files: Files) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed")
    for lang, words in (
        ("nl", ("niet aangetoond", "Wie is slechter af?", "Wie moet tekenen", "Ethische commissie")),
        ("en", ("not shown", "Who is worse off?", "Who must sign")),
    ):
        first = subprocess.run(
            ["pdftotext", "-l", "1", str(files["model_card", lang]), "-"], check=True, capture_output=True, text=True
        ).stdout
        assert all(word in " ".join(first.split()) for word in words)


@pytest.mark.parametrize("key", [("dpia", "nl"), ("model_card", "en"), ("technical_annex", "en")])
def test_the_same_evidence_gives_the_same_bytes(
    files: Files, rendered: Documents, key: tuple[str, str], tmp_path: Path
) -> None:
    """In another process, with another hash seed, time zone and language of the machine."""
    written = files[key].read_bytes()
    assert rendered[key].pdf() == written
    record, out = tmp_path / "bundle.json", tmp_path / "again.pdf"
    record.write_bytes(rendered[key].attachment)
    code = (
        "import json, pathlib, sys\n"
        "from smartstart_gov.documents.render import render\n"
        "from smartstart_gov.evidence.edition import Evidence\n"
        "record = json.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "pathlib.Path(sys.argv[2]).write_bytes(render(Evidence.from_record(record), sys.argv[3], lang=sys.argv[4]).pdf())\n"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", code, str(record), str(out), *key], check=True, env=environment)
    assert out.read_bytes() == written


def test_the_longest_word_does_not_leave_the_page(evidence: Evidence, tmp_path: Path) -> None:
    from dataclasses import replace

    from smartstart_gov.authoring.value import LONGEST_WORD, Text
    from smartstart_gov.documents.render import render

    word = Text(nl="W" * LONGEST_WORD, en="W" * LONGEST_WORD)
    long = evidence.charter.model_copy(update={"purpose": word, "oversight": word})
    path = tmp_path / "long.pdf"
    path.write_bytes(render(replace(evidence, charter=long), "dpia", lang="en").pdf())
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils is not installed")
    boxes = subprocess.run(["pdftotext", "-bbox", str(path), "-"], check=True, capture_output=True, text=True).stdout
    rights = [float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes)]
    assert rights
    assert max(rights) < 596
