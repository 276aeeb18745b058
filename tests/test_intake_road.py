"""From somebody's own file to a card: guesses mark every page and hold the release back, until a person confirms them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartstart_gov.cli.main import main
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.intake.draft.proposal import init_from_data
from smartstart_gov.release.gate import gate
from tests.documents.page_texts import page_texts
from tests.intake.test_inference import people

pytestmark = [pytest.mark.slow, pytest.mark.pdf]
MARKS = {"nl": "CONCEPT", "en": "DRAFT"}
#: What people write about a source, in the place of the word open.
FACTS = {
    "owner": '"Gemeente"', "original_purpose": '{nl: "Registratie.", en: "Registration."}',
    "lawful_basis": '{nl: "Een wet.", en: "A law."}', "retention": '{nl: "Een jaar.", en: "One year."}',
    "last_verified": '"2026-01-31"', "error_rate": "0.02",
}  # fmt: skip


def audited(home: Path, data: Path, version: str, *langs: str) -> tuple[dict[str, list[bool]], tuple[str, str]]:
    """Audit and render one version; return per language which pages bear the mark, and how R04 stands and why."""
    assert main(["audit", str(home), str(data), "--estimator", "train:model", "--version", version]) == 3
    folder = home / version
    assert main(["render", str(folder), "--as", "model_card", "--lang", ",".join(langs)]) == 0
    marked = {lang: [MARKS[lang] in text for text in page_texts(folder / f"model_card.{lang}.pdf")] for lang in langs}
    (finding,) = [f for f in read_bundle(folder).public.verdict.findings if f.id == "control.R04"]
    return marked, (finding.status, finding.reason.code)


def test_guesses_mark_every_page_and_hold_the_release_back_until_they_are_confirmed(tmp_path: Path) -> None:
    home, data = tmp_path / "help", tmp_path / "people.parquet"
    people().drop(columns=["opmerking"]).to_parquet(data)
    init_from_data(home, data)

    # As long as nobody has said which value the model is to find, there is nothing to print.
    assert main(["audit", str(home), str(data), "--estimator", "train:model", "--version", "0.1.0"]) == 2
    contract = home / "contract.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("positive: open", 'positive: "ja"'), encoding="utf-8")

    # The label is noise: at one half it would select nobody, which is a breach, and narrow limits may break by chance.
    policy = home / "policy.yaml"
    written = policy.read_text(encoding="utf-8")
    assert "value: 0.5" in written
    assert "at_most: 0.1" in written
    policy.write_text(written.replace("value: 0.5", "share: 0.2").replace("at_most: 0.1", "at_most: 0.45"), encoding="utf-8")

    pages, r04 = audited(home, data, "0.1.0", "nl", "en")
    assert r04 == ("NOT_SHOWN", "control.R04.guessed")
    assert all(len(marks) > 1 and all(marks) for marks in pages.values()), pages
    decision = gate(home / "0.1.0")
    assert decision.exit_code == 3, "the release is held back"
    assert any("R04" in reason for reason in decision.reasons)

    text = re.sub(r"\nunconfirmed:.*", "", contract.read_text(encoding="utf-8"), flags=re.S) + "\n"
    for fact, said in FACTS.items():
        text = text.replace(f"    {fact}: open\n", f"    {fact}: {said}\n")
    contract.write_text(text, encoding="utf-8")
    # Confirmed and not sealed, it is still computed on the develop part.
    pages, r04 = audited(home, data, "0.1.1", "nl")
    assert (r04, all(mark for marks in pages.values() for mark in marks)) == (("PASSED", "control.R04.passed"), True)
    assert main(["seal", str(home), str(data)]) == 0
    pages, r04 = audited(home, data, "0.2.0", "nl")
    assert r04 == ("PASSED", "control.R04.passed")
    assert not any(mark for marks in pages.values() for mark in marks), pages
    assert not any("R04" in reason for reason in gate(home / "0.2.0").reasons)
