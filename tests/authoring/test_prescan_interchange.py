"""The interchange of the pre-scan: every answer comes back, what software computed is nobody's answer, and strangers are refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_file import read_dpia
from smartstart_gov.authoring.dpia_import import import_dpia
from smartstart_gov.authoring.dpia_incoming import incoming
from smartstart_gov.authoring.interchange import output
from smartstart_gov.authoring.prescan_interchange import OPTIONS, PLACES, PRESCAN, SPECIFIED
from smartstart_gov.authoring.reader import read_charter
from smartstart_gov.authoring.screening_questions import QUESTIONS
from smartstart_gov.authoring.writer import written
from smartstart_gov.documents.dpia_output import LONGEST_STRING, in_info, screening
from smartstart_gov.errors import Refused
from tests.authoring.test_dpia_interchange import MOMENT, SCHEMAS, project, saved
from tests.documents import evidence as made

#: An answer to every question, under which every question is put; of a list the first and the last option.
EVERY: dict[str, Any] = {
    id_: True if q.kind == "flag" else q.options[-1] if q.kind == "one" else (q.options[0], q.options[-1])
    for id_, q in QUESTIONS.items() if q.kind != "text"
} | {"6.1.2": False, "7.1.2": False}  # fmt: skip


def full(**prescan: Any) -> Charter:
    return made.charter(prescan=EVERY | prescan)


def sent(charter: Charter) -> dict[str, Any]:
    """The record as a file holds it, with no answer of software."""
    found = output(PRESCAN, PRESCAN.answers_of(charter), charter, MOMENT, lambda id_, place: "declared")
    record: dict[str, Any] = json.loads(json.dumps(found))
    return record


def drawn(charter: Charter) -> dict[str, Any]:
    """The record as the document carries it: with what follows from the files."""
    record: dict[str, Any] = json.loads(json.dumps(screening(made.public(of_charter=charter))))
    return record


def bare(record: dict[str, Any]) -> dict[str, Any]:
    """The record as a tool gives it back that knows the form alone."""
    return {key: value for key, value in record.items() if key != "smartstart_gov"}


def with_(record: dict[str, Any], **answers: Any) -> dict[str, Any]:
    """The record after somebody answered; `q2_1_1` is question 2.1.1."""
    record = copy.deepcopy(record)
    for key, value in answers.items():
        record["answers"][key[1:].replace("_", ".")] = {"value": value, "lastEditedAt": MOMENT}
    return record


# ---------------------------------------------------------------------------------------- against the form
def official() -> dict[str, Any]:
    path = SCHEMAS / "prescan_v2.0.yaml"
    if not path.is_file():
        pytest.skip("prescan_v2.0.yaml is not beside the project")

    def walk(tasks: Any) -> Any:
        for task in tasks:
            yield task["id"], task
            yield from walk(task.get("tasks") or ())

    return dict(walk(yaml.safe_load(path.read_text(encoding="utf-8"))["tasks"]))


def test_the_fields_are_those_of_the_form() -> None:
    tasks = official()
    assert {id_ for id_, task in tasks.items() if not task.get("tasks")} == PRESCAN.fields
    assert {id_ for id_, task in tasks.items() if "checkbox_option" in task["type"]} == PRESCAN.lists
    asked = {id_: [one["value"] for one in task["options"]] for id_, task in tasks.items() if task.get("options")}
    assert {id_ for id_, options in asked.items() if options == [True, False]} == PRESCAN.flags
    assert not any(task.get("repeatable") for task in tasks.values())


def test_the_options_are_those_of_the_form_in_their_order() -> None:
    tasks = official()
    assert set(OPTIONS) == {id_ for id_, question in QUESTIONS.items() if question.kind in ("one", "many")}
    for id_, codes in OPTIONS.items():
        assert tuple(codes) == QUESTIONS[id_].options, id_
        assert list(codes.values()) == [option["value"] for option in tasks[id_]["options"]], id_


@pytest.mark.parametrize("charter", [full(), made.charter(), made.charter(full=False)], ids=["full", "usual", "open"])
def test_what_is_sent_is_valid(charter: Charter) -> None:
    path = SCHEMAS / "assessment-output.v2.schema.json"
    if not path.is_file():
        pytest.skip("assessment-output.v2.schema.json is not beside the project")
    import jsonschema

    record, schema = drawn(charter), json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(record, schema)
    short = in_info(json.dumps(record).encode())
    assert short is not None
    assert len(short) <= LONGEST_STRING
    jsonschema.validate(json.loads(short), schema)
    assert json.loads(short)["answers"] == record["answers"]


# ------------------------------------------------------------------------------------------ out and in again
@pytest.mark.parametrize("charter", [full(), full(**{"3.1": (), "4.1": "open"}), made.charter()], ids=["full", "none", "usual"])
def test_every_answer_comes_back_as_it_was(charter: Charter, tmp_path: Path) -> None:
    """With what software computed beside it, or without, into a project that has none of the answers."""
    asked = ("population", "decision", "purpose")
    for name, record in (("sent", sent(charter)), ("drawn", drawn(charter))):
        home = project(tmp_path / name, made.charter(prescan={}, dpia={}, **dict.fromkeys(asked, "open")))
        done = import_dpia(saved(tmp_path, record, "prescan.json"), home)
        (home / "charter.yaml").write_text(done.text, encoding="utf-8")
        now = read_charter(home / "charter.yaml")
        given, came = ({id_: answer for id_, answer in of.prescan.items() if answer is not None} for of in (charter, now))
        assert came == given
        assert [getattr(now, key) for key in asked] == [getattr(charter, key) for key in asked]
        assert done.replaced == ()


def test_that_no_option_applies_is_an_answer_beside_others(tmp_path: Path) -> None:
    home = project(tmp_path / "model", made.charter(prescan={"0.1": True, "4.1": ["special"]}))
    file = saved(tmp_path, sent(made.charter(prescan={"3.1": [], "4.1": []})))
    with pytest.raises(Refused, match="P10"):
        import_dpia(file, home)
    done = import_dpia(file, home, replace=True)
    assert (done.taken, done.replaced) == (("prescan.'3.1'",), ("prescan.'4.1'",))


def test_the_order_in_which_options_were_ticked_is_no_change() -> None:
    charter = full(**{"3.1": ("profiling", "cameras"), "0.5.2": ("hybrid_on_premise", "storage")})
    record = drawn(charter)
    for id_ in PRESCAN.lists:
        record["answers"][id_]["value"].reverse()
    came = incoming(record, "x")
    assert came.record["prescan"] == written(charter)["prescan"]
    assert [line for line in came.told if not line.startswith("Software computes ")] == []


def test_from_the_form_alone_every_answer_comes_back(tmp_path: Path) -> None:
    charter = full()
    came = read_dpia(saved(tmp_path, bare(sent(charter)))).charter
    assert came["prescan"] == charter.prescan
    assert charter.purpose is not None
    assert came["purpose"].nl == came["purpose"].en == charter.purpose.nl
    assert charter.population is not None
    assert charter.population.nl in came["dpia"]["1"].nl


def test_from_what_the_document_carries_no_declared_answer_is_lost_either() -> None:
    """Where software ticked more, its options come along: nobody can tell them apart without the charter."""
    came = incoming(bare(drawn(full())), "x").record["prescan"]
    for id_, answer in EVERY.items():
        assert set(answer) <= set(came[id_]) if isinstance(answer, tuple) else came[id_] == answer, id_


def test_a_pre_scan_brings_nothing_that_it_does_not_ask() -> None:
    assert set(incoming(drawn(full()), "x").record) <= {"population", "decision", "purpose", "prescan", "dpia"}
    risks = made.charter(parties=({"name": "Gemeente Voorbeeld", "role": "controller"},))
    assert "parties" not in incoming(drawn(risks), "x").record


def test_what_software_computed_is_nobodys_answer() -> None:
    charter = made.charter(prescan={})
    for record in (drawn(charter), bare(drawn(charter))):
        by = {id_: one["lastEditedBy"] for id_, one in record["answers"].items()}
        computed = [id_ for id_, who in by.items() if who in ("smartstart_gov: derived", "smartstart_gov: measured")]
        assert {"1.1.1", "1.2.1", "3.1", "4.1", "6.1.1"} <= set(computed)
        came = incoming(record, "x")
        assert not came.record.get("prescan")
        said = f"Software computes {', '.join(computed)} from the files. What it computed is not taken over."
        assert said in came.told


def test_options_that_were_added_are_taken_without_those_that_software_ticked() -> None:
    record = drawn(made.charter(prescan={}))
    ticked = record["answers"]["3.1"]["value"]
    assert ticked[0] == "Lijst AP: Profilering"
    for more in (["Lijst AP: Cameratoezicht", *ticked], [*ticked, "Lijst AP: Cameratoezicht"], ["Lijst AP: Cameratoezicht"]):
        came = incoming(with_(record, q3_1=more), "x")
        assert came.record["prescan"] == {"3.1": ["cameras"]}
        assert came.told[0] == "3.1: what software computed from the files was changed. What follows from them stays."
    came = incoming(with_(record, q3_1=[]), "x")
    assert (came.record.get("prescan"), len(came.told)) == (None, 2)


def test_an_answer_that_somebody_changed_is_taken() -> None:
    record = drawn(made.charter(prescan={"2.1.1": True, "1.5.4": "years"}))
    came = incoming(with_(record, q2_1_1="false", q1_5_3="Continu", q1_2_1="false", q1_5_4=None), "x")
    assert came.record["prescan"] == {"2.1.1": False, "1.5.3": "continuous", "1.2.1": False, "1.5.4": "years"}
    assert "1.2.1: what software computed from the files was changed. What follows from them stays." in came.told
    assert "1.5.4: the answer was cleared; the one in the charter is kept." in came.told


def test_nothing_ticked_is_no_answer_of_a_stranger() -> None:
    """Or a list that nobody looked at would say that no item of it applies."""
    came = incoming(with_(bare(sent(made.charter(prescan={}))), q3_1=[]), "x")
    assert "prescan" not in came.record
    assert came.told[-1] == "3.1: the form has one value for none of the options and for no answer. Not taken over."


def test_boxes_that_no_key_holds_are_told() -> None:
    came = incoming(with_(sent(full()), **{f"q{id_.replace('.', '_')}": "Iets." for id_ in SPECIFIED}), "x")
    assert came.record["prescan"] == written(full())["prescan"]
    assert came.told == [
        "No key of a charter holds 1.1.3, 1.4.2, 2.1.7: they specify an answer in words, and no outcome depends on them."
    ]


def test_the_parties_of_a_charter_are_not_what_a_pre_scan_lacks(tmp_path: Path) -> None:
    home = project(tmp_path / "model", made.charter(parties=({"name": "Gemeente Voorbeeld", "role": "controller"},)))
    told = import_dpia(saved(tmp_path, bare(sent(full()))), home, replace=True).told
    assert not any(line.startswith("parties: the DPIA has none") for line in told)


# ------------------------------------------------------------------------------------------------ refusals
def test_all_that_the_form_does_not_have_is_refused_at_once(tmp_path: Path) -> None:
    record = with_(
        sent(full()), q99_1="x", q2_1="x", q0_1="misschien", q1_5_3="Soms", q3_1=["Lijst AP: Profilering", "Anders"],
        q4_1="Lijst EDPB: Koppelen van datasets", q0_3={"data": "x"}, q7_1_1=True,
    )  # fmt: skip
    record["answers"] |= {"0.5.1": [{"_index": 0, "0.5.1": {"value": "true"}}], "0.2[0]": {"value": "x"}, "5.1.1": "true"}
    with pytest.raises(Refused) as refused:
        read_dpia(saved(tmp_path, record))
    found = {(v.rule, v.where.rpartition("field ")[2].strip("'\"")) for v in refused.value.violations}
    wrong = ("0.1", "1.5.3", "3.1", "4.1", "0.3", "7.1.1", "0.5.1", "0.2[0]", "5.1.1")
    assert found == {("P04", "99.1"), ("P04", "2.1"), *(("P05", id_) for id_ in wrong)}
    assert "misschien" not in str(refused.value)


@pytest.mark.parametrize("urn", ["urn:nl:prescan:1.0", "urn:nl:iama:2.0", None, ["urn:nl:prescan:2.0"]])
def test_another_form_is_refused(urn: Any, tmp_path: Path) -> None:
    record = sent(full())
    record["metadata"]["urn"] = urn
    with pytest.raises(Refused, match=r"urn:nl:dpia:3.0 or urn:nl:prescan:2.0") as refused:
        read_dpia(saved(tmp_path, record))
    assert [v.rule for v in refused.value.violations] == ["P05"]


@pytest.mark.parametrize("computed", [5, {"9.9": "x"}, {"3.1": "x"}, {"2.1.1": True}, ["3.1"]])
def test_what_is_no_computed_answer_is_refused(computed: Any, tmp_path: Path) -> None:
    record = sent(full())
    record["smartstart_gov"]["computed"] = computed
    with pytest.raises(Refused, match="that software computed is no answer"):
        read_dpia(saved(tmp_path, record))


def test_every_question_has_a_place() -> None:
    assert set(PLACES) == set(QUESTIONS)
