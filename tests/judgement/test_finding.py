"""A finding by itself: what a sentence is made of, what is no finding, and that it is read as it was written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smartstart_gov.judgement.finding import Comparison, Finding, Message, Sees, Sight, Verdict

NONE = Message(code="remedy.none", values={})
DECISIVE = Comparison(
    group="b", group_kind="level", other="a", other_kind="level", value="0.2", low="0.1", high="0.3", group_denominator=90,
    other_denominator=110,
)  # fmt: skip
SEES = Sees(
    harm="2", cases=150, sights=(Sight(at_least=0, under=100, times=None), Sight(at_least=100, under=None, times="1.5"))
)
FOUND = Finding(id="limit.gap", severity="block", moment="audit", status="PASSED", reason=NONE, remedy=NONE, by=("origin",))


def test_a_finding_that_says_nothing_of_them_has_no_comparisons() -> None:
    assert (FOUND.comparisons, FOUND.undefined) == (0, 0)


def test_a_sentence_needs_all_its_values() -> None:
    with pytest.raises(KeyError):
        Message(code="limit.absent", values={"absent": 1})


def test_numbers_stand_in_a_sentence_as_the_language_writes_them() -> None:
    said = Message(code="limit.absent", values={"absent": 1000, "declared": 2000})
    assert "1000 of 2000" in said.text()
    assert "1.000 of 2.000" in said.text(number=lambda n: f"{n:,}".replace(",", "."))
    assert said.text("Van {declared} ontbreken er {absent}.", lang="nl") == "Van 2000 ontbreken er 1000."
    # A name that looks like a number is a name.
    named = Message(code="limit.heterogeneous", values={"given": "2000"})
    assert "2000" in named.text(number=lambda n: "never")


def test_a_sentence_names_the_cases_of_its_rate_in_its_language() -> None:
    said = Message(code="remedy.cases_undefined", values={"metric": "true_positive_rate"})
    english, dutch = said.text(), said.text("Verzamel {cases}.", lang="nl")
    assert "{" not in english
    assert dutch.startswith("Verzamel ")
    assert dutch.removeprefix("Verzamel ").rstrip(".") not in english


@pytest.mark.parametrize(
    "edges",
    [
        {"at_least": -1}, {"at_least": True}, {"at_least": "0"}, {"under": -1}, {"under": 1.5}, {"times": "half"}, {"times": "1,5"},
        {"times": "-2"}, {"times": 2}, {"times": "1."},
    ],
)  # fmt: skip
def test_what_is_no_size_or_no_harm_is_no_sight(edges: dict[str, Any]) -> None:
    fine: dict[str, Any] = {"at_least": 0, "under": 100, "times": "1.5"}
    assert Sight(**fine) == Sight(**fine)
    assert Sight(**fine | {"at_least": 0, "under": 0, "times": "2"}).times == "2"
    with pytest.raises(ValueError, match="a sight has edges"):
        Sight(**fine | edges)


@pytest.mark.parametrize(
    "change", [{"cases": 0}, {"cases": -3}, {"cases": True}, {"cases": "9"}, {"harm": ""}, {"harm": "twice"}]
)
def test_what_is_no_harm_or_found_in_nobody_is_not_seen(change: dict[str, Any]) -> None:
    for cases in (None, 1, 150):
        assert replace(SEES, cases=cases).cases == cases
    with pytest.raises(ValueError, match="a harm is found"):
        replace(SEES, **change)


@pytest.mark.parametrize("decisive", [None, DECISIVE])
@pytest.mark.parametrize("sees", [None, SEES])
def test_a_finding_is_read_as_it_was_written(decisive: Comparison | None, sees: Sees | None) -> None:
    found = replace(FOUND, decisive=decisive, sees=sees)
    record = found.to_record()
    assert (record["decisive"] is None, record["sees"] is None) == (decisive is None, sees is None)
    assert Finding.from_record(record) == found
    assert Finding.from_record(record).to_record() == record


def test_neither_a_finding_nor_a_verdict_is_true_or_false() -> None:
    for value in (FOUND, Verdict(findings=(FOUND,), policy_digest="sha256:", decide_on="interval")):
        with pytest.raises(TypeError, match=r"\.status"):
            bool(value)


def test_a_question_has_one_answer() -> None:
    with pytest.raises(ValueError, match="appears twice"):
        Verdict(findings=(FOUND, FOUND), policy_digest="sha256:", decide_on="interval")
    verdict = Verdict(findings=(FOUND,), policy_digest="sha256:", decide_on="interval")
    more = verdict.with_findings([replace(FOUND, id="control.R01")])
    assert [f.id for f in more.findings] == ["limit.gap", "control.R01"]


def test_the_status_of_a_verdict_follows_from_its_findings() -> None:
    verdict = Verdict(findings=(FOUND,), policy_digest="sha256:", decide_on="point")
    assert Verdict.from_record(verdict.to_record()) == verdict
    for status in ("FAILED", "NOT_SHOWN"):
        with pytest.raises(ValueError, match="field status is another than is written there"):
            Verdict.from_record(verdict.to_record() | {"status": status})


def test_a_verdict_lists_what_blocks_first_and_the_gravest_of_it_before() -> None:
    of: tuple[tuple[Any, Any], ...] = (
        ("NOT_APPLICABLE", "block"), ("PASSED", "block"), ("WAIVED", "block"), ("NOT_SHOWN", "warn"), ("FAILED", "warn"),
        ("NOT_SHOWN", "block"), ("FAILED", "block"),
    )  # fmt: skip
    made = tuple(replace(FOUND, id=f"limit.l{i}", status=status, severity=severity) for i, (status, severity) in enumerate(of))
    titles, rows = Verdict(findings=made, policy_digest="sha256:", decide_on="interval").table()
    assert titles == ["status", "finding", "reason"]
    assert [row[:2] for row in rows] == [[status, f"limit.l{i}"] for i, (status, _) in reversed(list(enumerate(of)))]
    assert rows[0][2] == NONE.text()


def test_controls_alone_show_nothing() -> None:
    control = replace(FOUND, id="control.R01")
    for findings, status in (((control,), "NOT_SHOWN"), ((control, FOUND), "PASSED")):
        assert Verdict(findings=findings, policy_digest="sha256:", decide_on="interval").status == status
