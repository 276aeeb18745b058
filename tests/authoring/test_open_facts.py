"""Every fact that may be open has somebody who is asked, and the list holds exactly what is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.dpia_form import DPIA_PARTS, FIELD_ASKS, FIELDS, Field
from smartstart_gov.authoring.fields import ASKED, DPIA, OpenFact, open_facts
from smartstart_gov.authoring.names import WHO
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import open_project
from smartstart_gov.authoring.reader import read_charter
from smartstart_gov.authoring.value import may_be_open
from smartstart_gov.controls.catalogue import controls, waiting
from smartstart_gov.controls.facts import Facts
from smartstart_gov.demo.scenarios import ARRESTS
from tests.documents import evidence as made
from tests.projects import TEXT
from tests.projects import charter as charter_file
from tests.projects import contract as contract_file
from tests.projects import policy as policy_file

#: An answer to every field of the DPIA, and to every part that is asked for.
TOLD: dict[str, Any] = {
    **dict.fromkeys(DPIA, TEXT),
    **{f.id: TEXT if f.kind == "text" else f.options[0] if f.options else "Social affairs" for f in FIELDS.values()},
}
RISK = {
    "description": TEXT, "origin": TEXT, "likelihood": "low", "impact": "low", "measure": TEXT, "residual": "high", "level": "low",
    **dict.fromkeys(
        ("likelihood_reason", "impact_reason", "level_reason", "authority_advice", "monitoring", "owner"), TEXT
    ),
}  # fmt: skip
PARTY = {"name": "city", "columns": ["age"], "role": "controller", **dict.fromkeys(("functions", "people", "interest"), TEXT)}
DATA = {
    "columns": [column["name"] for column in contract_file()["columns"]], "type": "ordinary", "through_party": True,
    **dict.fromkeys(("people", "category", "provision_basis"), TEXT),
}  # fmt: skip
ADVICE = {
    "date": "2027-05-04", "document": "Advice", "version": "1.0.0", "followed": "followed",
    **dict.fromkeys(("advice", "decided_by", "reason"), TEXT),
}  # fmt: skip
FULL: dict[str, Any] = {
    "dpia": TOLD, "risks": [RISK], "parties": [PARTY], "personal_data": [DATA], "dpo_advice": ADVICE, "domain": "none",
    "vulnerable": {"minors": True, **dict.fromkeys(("groups", "harm", "care", "heard"), TEXT)},
    "prescan": {"0.4": "public_task", "1.5.4": "years", "2.1.1": False, "7.1.1": False},
    "effect_measurement": dict.fromkeys(("outcome", "comparison", "moment", "who", "stop_rule"), TEXT),
}  # fmt: skip


def closed() -> dict[str, dict[str, Any]]:
    """Three files in which nothing is open."""
    contract = contract_file(licence="own data")
    contract["columns"] = [
        {**column, "justification": TEXT} if column["role"] == "feature" else column for column in contract["columns"]
    ]
    return {"charter": charter_file(**FULL), "contract": contract, "policy": policy_file()}


def listed(files: dict[str, dict[str, Any]]) -> tuple[OpenFact, ...]:
    return open_facts(
        Charter.model_validate(files["charter"]), DataContract.model_validate(files["contract"]),
        Policy.model_validate(files["policy"]),
    )  # fmt: skip


def places(kind: type[BaseModel], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place of a file where the word open may stand."""
    for name, field in kind.model_fields.items():
        if may_be_open(field):
            yield (*at, name)
        for inner, many in _models(field.annotation, many=False):
            yield from places(inner, (*at, name, "*") if many else (*at, name))


def _models(annotation: Any, *, many: bool) -> Iterator[tuple[type[BaseModel], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation.__name__ != "Text":
        yield annotation, many
    several = many or getattr(annotation, "__origin__", None) in (tuple, dict)
    for inner in get_args(annotation):
        yield from _models(inner, many=several)


@pytest.mark.parametrize(("file", "kind"), [("charter", Charter), ("contract", DataContract), ("policy", Policy)])
def test_every_place_that_may_be_open_is_asked_of_somebody_and_no_other(file: str, kind: type[BaseModel]) -> None:
    # Lists are open where they are empty.
    assert set(places(kind)) == set(ASKED[file]) - {("parties",), ("parties", "*", "columns"), ("risks",), ("personal_data",)}
    assert all(ask.who in WHO and ask.what.endswith(("?", ".")) and ask.example for ask in ASKED[file].values())


def test_nothing_is_listed_where_nothing_is_open() -> None:
    assert listed(closed()) == ()


def _planted(files: dict[str, dict[str, Any]], file: str, at: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    if at[0] == "sources" and at[2] in ("justification", "special_category"):
        # A source is asked where none of its columns says so itself.
        columns = [{k: v for k, v in column.items() if k != at[2]} for column in files["contract"]["columns"]]
        files = {**files, "contract": {**files["contract"], "columns": columns}}

    def opened(value: Any, path: tuple[Any, ...]) -> Any:
        if not path:
            return [] if isinstance(value, list) else "open"
        changed = list(value) if isinstance(value, list) else dict(value)
        last = value.get(path[0]) if isinstance(value, dict) else value[path[0]]
        changed[path[0]] = opened(last, path[1:])
        return changed

    return {**files, file: opened(files[file], at)}


def _every_place() -> Iterator[tuple[str, tuple[Any, ...]]]:
    at: dict[str, Any] = {"risks": 0, "parties": 0, "personal_data": 0, "sources": "register", "columns": 2, "limits": 0}
    for file, asked in ASKED.items():
        for place in asked:
            named = at | {"columns": 4} if place[-1] == "positive" else at
            yield file, tuple(named[place[0]] if part == "*" else part for part in place)
    yield from (("charter", ("dpia", number)) for number in (*DPIA_PARTS, *FIELDS))
    yield from (("charter", ("prescan", number)) for number in ("2.1.1", "7.1.1"))


@pytest.mark.parametrize(("file", "at"), list(_every_place()))
def test_what_is_opened_is_listed_and_nothing_else(file: str, at: tuple[Any, ...]) -> None:
    files = closed()
    if at[0] == "dpia":
        files["charter"]["dpia"] = {**TOLD, at[1]: TOLD.get(at[1], TEXT)}
    assert listed(files) == ()
    # What is asked only after this answer goes with it.
    for field in FIELDS.values():
        if at[0] == "dpia" and field.after is not None and field.after[0] == at[1]:
            del files["charter"]["dpia"][field.id]
    assert [(fact.file, fact.at) for fact in listed(_planted(files, file, at))] == [(file, at)]


@pytest.mark.parametrize("left", [1, 2])
def test_columns_of_which_nothing_is_said_under_personal_data_are_asked_by_name(left: int) -> None:
    files = closed()
    files["charter"]["personal_data"] = [{**DATA, "columns": DATA["columns"][left:]}]
    (fact,) = listed(files)
    assert (fact.at, fact.ask.who, fact.about) == (("personal_data",), "dpo", ", ".join(DATA["columns"][:left]))


def test_an_absent_key_is_as_open_as_one_that_says_so() -> None:
    files = closed()
    for name in ("vulnerable", "effect_measurement", "parties", "risks", "prescan"):
        del files["charter"][name]
    files["charter"]["dpia"] = {}
    found = {fact.at for fact in listed(files)}
    assert found == {
        ("vulnerable",),
        ("effect_measurement",),
        ("parties",),
        ("risks",),
        ("prescan", "0.4"),
        ("prescan", "1.5.4"),
        ("prescan", "2.1.1"),
        ("prescan", "7.1.1"),
        *(("dpia", n) for n in DPIA),
        *(("dpia", numbers[0]) for numbers, _ in FIELD_ASKS),
    }


@pytest.mark.parametrize("field", [one for one in FIELDS.values() if one.after is not None], ids=lambda one: one.id)
def test_a_field_is_asked_where_another_calls_for_it(field: Field) -> None:
    assert field.after is not None
    before, wanted = field.after
    files = closed()
    files["charter"]["dpia"] = {n: told for n, told in TOLD.items() if n != field.id} | {before: wanted}
    assert [fact.at for fact in listed(files)] == [("dpia", field.id)]
    files["charter"]["dpia"][before] = next(one for one in FIELDS[before].options if one != wanted)
    assert listed(files) == ()


def test_the_exception_for_special_categories_is_asked_where_there_are_any() -> None:
    files = closed()
    files["charter"]["dpia"] = {n: told for n, told in TOLD.items() if n != "12.1"}
    assert [fact.key for fact in listed(files)] == ['dpia "12.1"']
    files["contract"]["columns"] = [{**c, "special_category": False} for c in files["contract"]["columns"]]
    assert listed(files) == ()


def test_a_source_says_it_once_of_the_columns_that_do_not_say_it_themselves() -> None:
    record = closed()["contract"]
    record["columns"] = [{k: v for k, v in column.items() if k != "special_category"} for column in record["columns"]]
    silent = DataContract.model_validate(record)
    assert {silent.special(column) for column in silent.columns} == {None}
    assert silent.digest == DataContract.model_validate(_of_source(record, "open")).digest, "open says nothing"
    for said in (True, False):
        contract = DataContract.model_validate(_of_source(record, said))
        assert {contract.special(column) for column in contract.columns if column.source is not None} == {said}
        assert {contract.special(column) for column in contract.columns if column.source is None} <= {None}
        record["columns"][2]["special_category"] = not said
        own = DataContract.model_validate(_of_source(record, said))
        assert own.special(own.columns[2]) is not said
        assert DataContract.from_record(own.to_record()) == own
        del record["columns"][2]["special_category"]


def _of_source(record: dict[str, Any], said: bool | str) -> dict[str, Any]:
    return {**record, "sources": {name: {**source, "special_category": said} for name, source in record["sources"].items()}}


def test_a_yes_of_one_column_leaves_the_question_with_the_source() -> None:
    files = closed()
    features = [i for i, column in enumerate(files["contract"]["columns"]) if column["role"] == "feature"]
    assert len(features) > 1
    source = files["contract"]["columns"][features[0]]["source"]
    for first, asked in (
        (True, ("sources", source, "special_category")),
        (False, ("columns", features[1], "special_category")),
    ):
        columns = [{k: v for k, v in column.items() if k != "special_category"} for column in files["contract"]["columns"]]
        columns[features[0]]["special_category"] = first
        contract = DataContract.model_validate({**files["contract"], "columns": columns})
        found = open_facts(Charter.model_validate(files["charter"]), contract, Policy.model_validate(files["policy"]))
        assert [fact.at for fact in found if fact.at[-1] == "special_category"][:1] == [asked]


@pytest.mark.parametrize("forced", [False, True])
def test_a_fact_blocks_exactly_where_a_control_waits_for_it(forced: bool) -> None:
    """Held against the controls themselves: each fact is opened, and the controls are asked again."""
    files = closed()
    files["charter"]["coercive"] = forced

    def answers(changed: dict[str, dict[str, Any]]) -> dict[str, str]:
        facts = Facts(
            charter=Charter.model_validate(changed["charter"]), contract=DataContract.model_validate(changed["contract"]),
            policy=Policy.model_validate(changed["policy"]), training=made.training(), explained=True, sealing="rows",
        )  # fmt: skip
        return {finding.id: finding.status for finding in controls(facts)}

    before = answers(files)
    for file, at in _every_place():
        if at[0] in ("dpia", "prescan"):
            continue
        changed = _planted(files, file, at)
        (fact,) = listed(changed)
        after = {id_: status for id_, status in answers(changed).items() if status != before[id_]}
        held = waiting(fact, Charter.model_validate(changed["charter"]), DataContract.model_validate(changed["contract"]))
        assert {control.id: status for control, status in held} == after, fact


def test_a_charter_from_before_the_new_keys_keeps_its_digest(repository: Path) -> None:
    old = read_charter(repository / "model_cards" / "stops" / "charter.yaml").model_copy(
        update={"vulnerable": None, "effect_measurement": None, "prescan": {}}
    )
    assert {"vulnerable", "effect_measurement", "prescan"}.isdisjoint(old.to_record())
    assert Charter.from_record(old.to_record()) == old
    new = Charter.model_validate(closed()["charter"])
    assert Charter.from_record(new.to_record()) == new
    assert new.to_record()["vulnerable"]["minors"] is True


def test_the_example_on_arrests_asks_the_lawyer_what_allows_data_on_criminal_offences() -> None:
    """A text that says that it is not known is no declaration."""
    project = open_project(ARRESTS.folder())
    facts = open_facts(project.charter, project.contract, project.policy)
    assert ("dpia", "12.2") in {fact.at for fact in facts if fact.ask.who == "lawyer"}
