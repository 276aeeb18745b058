"""The main example walks its whole road, once: documents, signatures, gate, and what would carry it further."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from smartstart_gov.demo.early_help import EARLY_HELP
from smartstart_gov.demo.scenarios import AUTHORED
from smartstart_gov.documents.card import MOST_PAGES as CARD_PAGES
from smartstart_gov.documents.dpia import MOST_PAGES as DPIA_PAGES
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.render import KINDS
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.document_kinds import LANGUAGES
from smartstart_gov.evidence.edition import Evidence
from tests.cli.command import record, run
from tests.documents.english import english
from tests.documents.page_texts import filled, page_texts
from tests.documents.plain_language import plain


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("early_help")
    return folder / "new" / "early_help", run("demo", "new", "--scenario", "early_help", cwd=folder)


@pytest.mark.pdf
class TestWalked:
    """The whole road, once."""

    def test_it_goes_as_far_as_its_evidence_carries_it(self, walked: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        home, done = walked
        assert done.returncode == 0, done.stderr
        version = home / "1.0.0"
        codes = {stage: run("gate", version, "--stage", stage).returncode for stage in ("shadow", "trial", "release")}
        assert codes == {"shadow": 0, "trial": 0, "release": 3}
        for said in (
            "shadow: allowed",
            "trial: allowed",
            "release: not shown",
            "on condition",
            "1 town, 41 areas",
            "5 towns, 60",
        ):
            assert said in " ".join(done.stdout.split())
        assert run("verify", version).returncode == 0
        doctor = run("doctor", home)
        amiss = re.findall(r"^  (?!ok )(\w+) +([^:]+):", doctor.stdout, re.MULTILINE)
        assert (doctor.returncode, amiss) == (3, [("attention", "git")]), doctor.stdout

    def test_the_findings_that_are_open_are_those_of_fairness_alone(
        self, walked: tuple[Path, subprocess.CompletedProcess[str]]
    ) -> None:
        _, found = record("show", walked[0] / "1.0.0")
        status = {one["id"]: one["status"] for one in found["verdict"]["findings"]}
        assert {name for name, said in status.items() if said != "PASSED"} == {
            "limit.missed-by-origin.coarse", "limit.missed-by-origin", "limit.missed-by-sex", "limit.missed-by-age",
            "limit.needless-by-origin.coarse", "limit.needless-by-origin",
        }  # fmt: skip
        assert set(status.values()) == {"PASSED", "NOT_SHOWN"}
        assert status["control.R37"] == status["rows.linking_groups"] == "PASSED"

    def test_no_key_is_left_and_every_document_is_there(self, walked: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        home, _ = walked
        assert {path.name for path in home.iterdir()} == {
            *AUTHORED, *EARLY_HELP.more, ".gitattributes", "log", "looked", "1.0.0"
        }  # fmt: skip
        assert "PUBLIC KEY OF" not in (home / "signers.yaml").read_text(encoding="utf-8")
        assert not [path for path in home.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        assert len(list((home / "1.0.0").glob("*.pdf"))) == len(KINDS) * len(LANGUAGES)

    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_pages_say_that_the_data_are_made_up_and_score_nobody(
        self, walked: tuple[Path, subprocess.CompletedProcess[str]], kind: str
    ) -> None:
        version = walked[0] / "1.0.0"
        evidence = Evidence.from_record(json.loads((version / "bundle.json").read_bytes()))
        dutch, other = (builder_of(kind)(evidence, Words(lang)).to_text() for lang in ("nl", "en"))
        assert english(re.sub(r"^\[(measured|declared|derived|open)\] ", "", dutch, flags=re.MULTILINE)) == set()
        assert not re.search(
            r"score for each single case|gives each case a score|scores? of (a|each) (person|child|family)", other
        )
        if kind in ("model_card", "factsheet", "technical_annex"):
            assert "No person gets a score" in other
            assert "Geen mens krijgt een score" in dutch
        if kind == "model_card":
            assert "gather more areas, not more people in the same ones" in other
            assert "verzamel meer gebieden, niet meer mensen in dezelfde" in dutch
        if kind == "dpia":
            assert "todo" not in {section.id for section in builder_of(kind)(evidence, Words("en")).sections}
            assert "Not filled in yet" not in other
            # The registers are matched by the pseudonym, and not by the neighbourhood, which is the unit.
            (line,) = [one for one in other.splitlines() if "Files are matched by a key" in one]
            assert line.rstrip().endswith("| child")
        for lang, mark in (("nl", "VERZONNEN GEGEVENS"), ("en", "MADE-UP DATA")):
            stem = {"dpia": "dpia_annex"}.get(kind, kind)
            pages = page_texts(version / f"{stem}.{lang}.pdf")
            assert all(mark in page for page in pages)
            assert len(pages) <= {"dpia": DPIA_PAGES, "model_card": CARD_PAGES}.get(kind, len(pages))
            # The last page holds what is left.
            assert [n for n, text in enumerate(pages[:-1], 1) if len(text.split()) < 60] == []
            assert [n for n, share in enumerate(filled(version / f"{stem}.{lang}.pdf")[:-1], 1) if share < 0.2] == []

    @pytest.mark.parametrize("lang", ["nl", "en"])
    def test_the_factsheet_is_two_pages_and_plain(
        self, walked: tuple[Path, subprocess.CompletedProcess[str]], lang: str
    ) -> None:
        version = walked[0] / "1.0.0"
        assert len(page_texts(version / f"factsheet.{lang}.pdf")) == 2
        plain(Evidence.from_record(json.loads((version / "bundle.json").read_bytes())), lang)

    def test_what_would_carry_it_further_is_computed(self, walked: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        lines = [
            re.findall(r"(\d+)%", line) for line in walked[1].stdout.splitlines() if re.match(r"(missed|needless)-by", line)
        ]
        chances = np.array([[int(n) for n in line] for line in lines if len(line) == 2])
        assert chances.shape == (8, 2)
        assert (chances[:, 1] >= chances[:, 0] - 5).all()
        assert chances[:, 1].sum() > chances[:, 0].sum()
