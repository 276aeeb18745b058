"""The pre-scan as a document: every question that is put, with its answer, where that comes from, and the outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartstart_gov.authoring.screening_questions import QUESTIONS
from smartstart_gov.documents.blocks import Badge, Facts
from smartstart_gov.documents.prescan import dpia_prescan
from smartstart_gov.documents.prescan_words import ASKS, OPTIONS
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made

ANSWERS = {
    "0.1": False, "0.5.1": True, "0.5.2": ("storage",), "0.5.3": "private", "2.1.1": True, "2.1.3": "outside",
    "2.1.6": "standard_clauses", "6.1.2": False, "7.1.1": True, "7.1.2": False, "7.1.3": "open",
}  # fmt: skip


def test_every_question_and_option_has_words() -> None:
    assert set(ASKS) == set(QUESTIONS)
    for id_, question in QUESTIONS.items():
        assert set(question.options) <= set(OPTIONS.get(id_) or OPTIONS["2.1"]), id_


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_questions_that_are_put_stand_in_their_blocks(evidence: Evidence, lang: str) -> None:
    document = dpia_prescan(evidence, Words(lang))
    told = dpia_prescan(replace(evidence, charter=made.charter(prescan=ANSWERS)), Words(lang))
    for scan, gates in ((document, False), (told, True)):
        numbers = [
            row.term.split()[0] for b in scan.blocks() if isinstance(b, Facts) for row in b.rows if row.term[0].isdigit()
        ]
        asked = {id_ for id_, question in QUESTIONS.items() if question.after is None}
        assert asked <= set(numbers)
        assert ("2.1.6" in numbers) == gates == ("7.1.3" in numbers)
        assert numbers == [id_ for id_ in QUESTIONS if id_ in numbers]
        assert [s.official for s in scan.sections if s.official] == [str(n) for n in range(8)]
        assert all(section.blocks for section in scan.sections)


def test_an_answer_says_what_it_follows_from(evidence: Evidence) -> None:
    text = dpia_prescan(evidence, Words("en")).to_text()
    assert (
        "[derived] 1.2.1 Are special categories of personal data processed?: Yes. Follows from contract.yaml (columns)." in text
    )
    assert (
        "[open] 2.1.1 Do data leave the European Economic Area?: To be filled in by the data team, in charter.yaml (prescan, 2.1.1)."
        in text
    )
    assert "0.4 What is the legal ground?: Article 2.1 of the Youth Act. Follows from charter.yaml (legal_basis)." in text


def test_the_outcome_stands_on_the_first_page(evidence: Evidence) -> None:
    def front(of: Evidence) -> tuple[str, str]:
        blocks = dpia_prescan(of, Words("en")).front
        badge = next(block for block in blocks if isinstance(block, Badge))
        return badge.word, "\n".join(line for block in blocks for line in block.lines())

    word, text = front(evidence)
    assert word == "DPIA: required"
    assert (
        "DTIA: assessment of a transfer outside the European Economic Area | Depends on open answers | Open: question 2.1.1."
        in text
    )
    told = replace(evidence, charter=made.charter(prescan=ANSWERS))
    assert "outside the European Economic Area | Required |" in front(told)[1]
    plain = tuple(c.model_copy(update={"special_category": False, "source": "school"}) for c in evidence.contract.columns)
    areas = evidence.contract.model_copy(update={"aggregation_level": "neighbourhood", "columns": plain})
    assert front(replace(evidence, contract=areas))[0] == "DPIA: depends on open answers"
    nothing = {id_: False for id_, q in QUESTIONS.items() if q.kind == "flag" and q.after is None}
    nothing |= {id_: () for id_, q in QUESTIONS.items() if q.kind == "many" and q.after is None}  # type: ignore[dict-item]  # two kinds
    closed = made.charter(prescan={**nothing, "1.5.3": "once", "1.5.4": "under_day"})
    assert front(replace(evidence, contract=areas, charter=closed))[0] == "DPIA: not asked for"
