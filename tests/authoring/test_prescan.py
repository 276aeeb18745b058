"""The pre-scan reckons as its written rules say, and an outcome that is called settled cannot change any more."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.reader import read_charter
from smartstart_gov.authoring.screening import (
    ASSESSMENTS,
    LEVELS,
    Given,
    Known,
    Measured,
    answers,
    deciding,
    known,
    outcome,
    reckon,
)
from smartstart_gov.authoring.screening_questions import ANSWERABLE, QUESTIONS, Question
from smartstart_gov.errors import Refused
from tests.documents import evidence as made
from tests.projects import charter as charter_file
from tests.projects import write_project

FORM = Path(__file__).parents[3] / "shared" / "schemas" / "prescan_v2.0.yaml"


def value_of(question: Question) -> st.SearchStrategy[Given]:
    if question.kind == "flag":
        return st.booleans()
    if question.kind == "one":
        return st.sampled_from(question.options)
    return st.sets(st.sampled_from(question.options)).map(lambda chosen: tuple(o for o in question.options if o in chosen))


def consistent(found: dict[str, Given]) -> dict[str, Given]:
    """Forget what stands under questions that are not put, and tick a box where a yes asks for one."""
    kept: dict[str, Given] = {}
    put: set[str] = set()
    for id_ in ANSWERABLE:
        question = QUESTIONS[id_]
        if question.after is None or (question.after[0] in put and kept[question.after[0]] is question.after[1]):
            put.add(id_)
            empty = question.kind == "many" and question.after is not None and not found[id_]
            kept[id_] = question.options[:1] if empty else found[id_]
        else:
            kept[id_] = () if question.kind == "many" else "" if question.kind == "one" else False
    return kept


COMPLETE = st.fixed_dictionaries({id_: value_of(QUESTIONS[id_]) for id_ in ANSWERABLE}).map(consistent)
NOTHING: dict[str, Given] = {
    id_: () if QUESTIONS[id_].kind == "many" else "" if QUESTIONS[id_].kind == "one" else False for id_ in ANSWERABLE
}


# ------------------------------------------------------------------------------- the written rules
@pytest.mark.parametrize(
    ("changed", "dpia", "points"),
    [
        ({}, "none", 0),
        ({"0.1": True}, "required", 0),
        ({"3.1": ("profiling",)}, "required", 0),
        ({"4.1": ("combining",)}, "recommended", 0),
        ({"4.1": ("combining", "vulnerable")}, "required", 0),
        # Four points are not more than four; five are.
        ({"1.4.1": ("citizens", "under_16"), "1.5.1": True, "1.5.3": "monthly"}, "none", 4),
        ({"1.4.1": ("citizens", "under_16"), "1.5.1": True, "1.5.3": "monthly", "1.5.4": "year"}, "required", 5),
        ({"1.4.1": ("under_16",)}, "none", 1),
        ({"1.4.1": ("staff", "citizens")}, "none", 0),
        ({"1.2.1": True, "1.2.2": QUESTIONS["1.2.2"].options[:6]}, "none", 1),
        ({"1.2.1": True, "1.2.2": QUESTIONS["1.2.2"].options[:7]}, "none", 2),
        ({"1.1.1": True, "1.1.2": QUESTIONS["1.1.2"].options[:5]}, "none", 0),
        ({"1.1.1": True, "1.1.2": QUESTIONS["1.1.2"].options[:6]}, "none", 1),
        ({"2.1.1": True}, "none", 1),
        ({"2.1.1": True, "2.1.8": True}, "none", 2),
        ({"2.1.1": True, "0.5.1": True, "2.1.4": "outside"}, "none", 2),
        ({"5.1.1": True, "5.1.2": ("addresses",)}, "none", 0),
        ({"5.1.1": True, "5.1.2": ("addresses", "persons")}, "none", 1),
        ({"7.1.1": True}, "none", 1),
        ({"7.1.1": True, "7.1.3": True}, "none", 0),
        ({"7.1.1": True, "7.1.2": True}, "none", 2),
    ],
)
def test_points_and_rules(changed: dict[str, Given], dpia: str, points: int) -> None:
    found = reckon({**NOTHING, **changed})
    assert (found.dpia, found.total) == (dpia, points)


def test_the_other_assessments() -> None:
    abroad: dict[str, Given] = {"2.1.1": True, "2.1.3": "outside", "2.1.6": "standard_clauses"}
    assert reckon({**NOTHING, **abroad}).dtia == "required"
    assert reckon({**NOTHING, **abroad, "2.1.6": "adequacy"}).dtia == "none"
    assert reckon({**NOTHING, **abroad, "2.1.3": "inside"}).dtia == "none"
    assert reckon({**NOTHING, "7.1.1": True, "7.1.2": True}).kia == "recommended"
    assert reckon({**NOTHING, "6.1.2": True}).iama == reckon({**NOTHING, "6.1.3": True}).iama == "recommended"


# -------------------------------------------------------------------------------- the official form
@cache
def _official() -> dict[str, Any]:
    if not FORM.is_file():
        pytest.skip("the form of the pre-scan is not beside the project")
    found: dict[str, Any] = yaml.safe_load(FORM.read_text(encoding="utf-8"))
    return found


def _tasks(tasks: list[dict[str, Any]]) -> Any:
    for task in tasks:
        yield task
        yield from _tasks(task.get("tasks", []))


@cache
def _python(expression: str) -> str:
    """The expression language of the form, as Python."""
    text = " ".join(expression.split())
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "?" and depth == 0:
            colon = _colon(text, place)
            return f"({_python(text[place + 1 : colon])} if {_python(text[:place])} else {_python(text[colon + 1 :])})"
    if text.startswith("(") and text.endswith(")") and _closes(text) == len(text) - 1:
        return f"({_python(text[1:-1])})"
    for sign, word in (("&&", " and "), ("||", " or "), ("null", "None"), ("true", "True"), ("false", "False")):
        text = text.replace(sign, word)
    return re.sub(r"scores\.(\w+)", r"scores['\1']", re.sub(r"(answers\('[\d.]+'\)) \| count", r"len(\1)", text))


def _colon(text: str, question: int) -> int:
    depth = nested = 0
    for place in range(question + 1, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        nested += text[place] == "?" and depth == 0
        if text[place] == ":" and depth == 0:
            if nested == 0:
                return place
            nested -= 1
    raise ValueError(text)


def _closes(text: str) -> int:
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place
    return -1


def _by_the_form(form: dict[str, Any], found: dict[str, Given]) -> tuple[str, ...]:
    """What the form's own expressions say, with the three slips in it mended as decision 0018 says."""
    tasks = {task["id"]: task for task in _tasks(form["tasks"]) if "id" in task}

    def answer(id_: str) -> Any:
        value, options = found[id_], [o.get("value") for o in tasks[id_].get("options", [])]
        codes = QUESTIONS[id_].options
        if isinstance(value, tuple):
            return [options[codes.index(code)] for code in value]
        return value if isinstance(value, bool) else options[codes.index(value)] if value else None

    def weighted(values: list[str], keys: list[str], weights: list[int]) -> int:
        return sum(weights[keys.index(short)] for short in (v.partition(": ")[2] for v in values) if short in keys)

    names: dict[str, Any] = {
        # The cloud is question 0.5.1; the form still says 0.4.1.
        "answers": lambda id_: answer("0.5.1" if id_ == "0.4.1" else id_),
        "bool": lambda value: value is True, "weightedCountMap": weighted,
        "countSelectedOptions": lambda id_: len(answer(id_)),
    }  # fmt: skip
    scores: dict[str, int] = {}
    for task in tasks.values():
        calculations = [task.get("calculation"), *(d.get("calculation") for d in task.get("dependencies", []))]
        for calculation in filter(None, calculations):
            # Options bear the name of their list in front; the weights of the form do not.
            expression = calculation["expression"].replace("Basisregistratie Adressen", "Adressen")
            value = eval(_python(expression), {}, names)  # the form's own expression, read from a file of ours
            rules = calculation["riskScore"]
            scores[calculation["scoreKey"]] = next(
                (r["value"] for r in rules if eval(_python(r["when"]), {}, {**names, calculation["scoreKey"]: value})), 0
            )  # as above
    levels = []
    for assessment in form["assessments"]:
        level = "none"
        for step in reversed(assessment["levels"]):
            met = {c["id"]: bool(eval(_python(c["expression"]), {}, {**names, "scores": scores})) for c in step["criteria"]}
            if eval(_python(re.sub(r"criteria\.(\w+)", r"criteria['\1']", step["expression"])), {}, {"criteria": met}):
                level = step["level"]
        levels.append(level)
    return tuple(levels)


def test_the_questions_are_those_of_the_form() -> None:
    tasks = {task["id"]: task for task in _tasks(_official()["tasks"]) if "id" in task}
    asked = {id_ for id_, task in tasks.items() if "task_group" not in task["type"]}
    assert asked - set(QUESTIONS) == {"1.1.3", "1.4.2", "2.1.7"}
    assert set(QUESTIONS) <= asked
    for id_, question in QUESTIONS.items():
        if question.kind in ("one", "many"):
            assert len(question.options) == len(tasks[id_]["options"]), id_


@given(COMPLETE)
def test_every_outcome_is_that_of_the_form(found: dict[str, Given]) -> None:
    ours = reckon(found)
    assert (ours.dpia, ours.dtia, ours.kia, ours.iama) == _by_the_form(_official(), found)


# --------------------------------------------------------------------------------------- open answers
@given(COMPLETE, st.sets(st.sampled_from(ANSWERABLE)))
def test_open_answers_leave_the_outcome_between_the_two_that_were_tried(found: dict[str, Given], hidden: set[str]) -> None:
    """Whatever the open answers turn out to be; what is called settled is what it then is."""
    told = {id_: Known(value=None, final=False) if id_ in hidden else Known(value=found[id_], final=True) for id_ in found}
    between, truth = outcome(told), reckon(found)
    for name in ASSESSMENTS:
        light, true, grave = (LEVELS.index(getattr(one, name)) for one in (between.light, truth, between.grave))
        assert light <= true <= grave, name
        assert between.level(name) in (None, getattr(truth, name))


@given(COMPLETE, st.sets(st.sampled_from(ANSWERABLE)))
def test_answering_what_is_asked_settles_everything(found: dict[str, Given], hidden: set[str]) -> None:
    told = {id_: Known(value=None, final=False) if id_ in hidden else Known(value=found[id_], final=True) for id_ in found}
    for _ in range(len(ANSWERABLE)):
        asked = deciding(told)
        if not asked:
            break
        assert set(asked) <= hidden
        told |= {id_: Known(value=found[id_], final=True) for id_ in asked}
    assert all(outcome(told).level(name) == getattr(reckon(found), name) for name in ASSESSMENTS)


# ---------------------------------------------------------------------------- what follows from the files
def test_what_follows_from_contract_and_charter() -> None:
    found = answers(made.contract(), made.charter(), Measured(rows=50_000, columns=10, units=12_000))
    assert found["1.2.1"].value is True
    assert found["3.1"].value == ("profiling", "cooperation")
    assert found["4.1"].value == ("special", "large_scale", "combining", "evaluation")
    assert found["5.1.2"].value == ("persons",)
    assert (found["1.5.1"].value, found["1.5.1"].measured) == (True, True)
    assert found["3.1"].sources == ("contract.yaml (aggregation_level)", "contract.yaml (sources)")
    assert {found[id_].value for id_ in ("0.1", "0.5.1", "1.3.1", "2.1.1", "6.1.2", "7.1.1")} == {None}


@pytest.mark.parametrize(
    ("said", "value", "final"),
    [
        ((None, None), None, False), ((False, None), None, False), ((False, False), False, True), ((True, None), True, True),
        ((True, False), True, True),
    ],
)  # fmt: skip
def test_special_categories_are_no_only_where_somebody_says_so_of_every_column(
    said: tuple[bool | None, bool | None], value: bool | None, final: bool
) -> None:
    contract = made.contract()
    columns = tuple(c.model_copy(update={"special_category": said[i > 0]}) for i, c in enumerate(contract.columns))
    files = contract.model_copy(update={"columns": columns}), made.charter()
    found = answers(*files)["1.2.1"]
    assert (found.value, found.final, bool(found.sources)) == (value, final, final)
    assert answers(files[0], made.charter(prescan={"1.2.1": False}))["1.2.1"].value is (value or False)
    # Of areas the outcome hangs on it, so that `todo` asks it.
    areas = files[0].model_copy(update={
        "aggregation_level": "neighbourhood", "columns": tuple(c.model_copy(update={"source": "school"}) for c in columns),
    })  # fmt: skip
    assert ("1.2.1" in deciding(known(answers(areas, made.charter())))) == (value is None)


def test_areas_are_not_profiled_and_few_units_are_not_called_many() -> None:
    contract = made.contract(aggregation_level="neighbourhood")
    found = answers(contract, made.charter(), Measured(rows=50_000, columns=10, units=12_000))
    assert "profiling" not in (found["3.1"].value or ())  # type: ignore[operator]  # a list
    assert found["1.1.1"].value is found["1.4.1"].value is found["1.5.1"].value is None
    assert answers(made.contract(), made.charter(), Measured(rows=50_000, columns=10))["1.5.1"].value is None


def _people(**changes: Any) -> dict[str, Any]:
    return {"minors": True, "groups": "open", "harm": "open", "care": "open", "heard": "open"} | changes


def test_children_follow_from_the_charter_and_an_age_column() -> None:
    young = made.charter(vulnerable=_people())
    found = answers(made.contract(), young)
    assert (found["1.3.2"].value, "vulnerable" in (found["4.1"].value or ())) == (("vulnerable",), True)  # type: ignore[operator]  # a list
    assert found["1.4.1"].value == ("citizens",)
    columns = tuple(c.model_copy(update={"minimum": 4}) if c.name == "age" else c for c in made.contract().columns)
    aged = made.contract().model_copy(update={"columns": columns})
    assert answers(aged, young)["1.4.1"].value == ("citizens", "under_16")
    assert answers(aged, made.charter())["1.4.1"].value == ("citizens",)


def test_the_charter_adds_and_takes_nothing_away() -> None:
    said = {"3.1": ("health",), "5.1.1": False, "2.1.1": False, "1.5.4": "years", "7.1.1": "open", "4.1": ()}
    found = answers(made.contract(), made.charter(prescan=said))
    assert (found["3.1"].value, found["3.1"].final) == (("health", "profiling", "cooperation"), True)
    assert (found["5.1.1"].value, found["5.1.1"].sources) == (True, ("contract.yaml (sources)",))
    assert (found["2.1.1"].value, found["2.1.1"].sources) == (False, ("charter.yaml (prescan, 2.1.1)",))
    assert (found["1.5.4"].value, found["7.1.1"].value) == ("years", None)
    assert (found["4.1"].value, found["4.1"].final) == (("special", "combining", "evaluation"), True)


@pytest.mark.parametrize(
    ("number", "answer", "remedy"),
    [
        ("9.9", True, "The questions are 0.1"),
        ("0.3", "a purpose", "The questions are 0.1"),
        ("2.1.1", "perhaps", "Write true or false"),
        ("1.5.4", "forever", "Choose from years, year"),
        ("3.1", ["profiling", "gossip"], "Choose from biometric"),
        ("3.1", "profiling", "Write [] if none applies"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_line(tmp_path: Path, number: str, answer: Any, remedy: str) -> None:
    home = write_project(tmp_path / "help", charter=charter_file(prescan={number: answer}))
    with pytest.raises(Refused) as refusal:
        read_charter(home / "charter.yaml")
    (found,) = refusal.value.violations
    assert found.rule == "P05"
    assert re.search(r"charter\.yaml line \d+, key prescan", found.where)
    assert remedy in found.remedy


def test_a_charter_with_answers_goes_through_its_record() -> None:
    charter = made.charter(prescan={"3.1": ("health",), "2.1.1": False, "1.5.4": "open"})
    assert Charter.from_record(charter.to_record()) == charter
    assert charter.to_record()["prescan"] == {"3.1": ["health"], "2.1.1": False, "1.5.4": None}
    assert "prescan" not in made.charter().to_record()


def test_nothing_open_asks_nothing() -> None:
    contract: DataContract = made.contract()
    charter = made.charter(prescan={"2.1.1": False, "7.1.1": False})
    assert deciding(known(answers(contract, charter))) == ()
    asked = deciding(known(answers(contract, made.charter())))
    assert asked == ("2.1.1", "7.1.1")
    opened = {**known(answers(contract, charter)), "2.1.1": replace(Known(value=None, final=False))}
    assert deciding(opened) == ("2.1.1",)


def test_a_contract_of_areas_that_names_none_is_asked_as_one_of_persons() -> None:
    contract = made.public().contract.model_copy(update={"aggregation_level": "neighbourhood"})
    unnamed = contract.model_copy(update={"columns": tuple(c for c in contract.columns if c.role != "unit")})
    areas, persons = (answers(one, made.charter()) for one in (contract, unnamed))
    assert (areas["1.1.1"].value, persons["1.1.1"].value) == (None, True)
    assert "profiling" in persons["3.1"].value  # type: ignore[operator]  # a list of options
    assert "profiling" not in (areas["3.1"].value or ())  # type: ignore[operator]  # a list of options
