"""The interchange of the form for DPIAs: every answer that went out comes in again, and nothing is lost or made up on the way."""

from __future__ import annotations

import copy
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_file import ITS_OWN, _attached, read_dpia
from smartstart_gov.authoring.dpia_form import DPIA_PARTS, FIELDS
from smartstart_gov.authoring.dpia_import import import_dpia
from smartstart_gov.authoring.dpia_incoming import incoming
from smartstart_gov.authoring.dpia_interchange import (
    DATA,
    DPIA,
    FORM,
    GROUPS,
    LISTS,
    MEASURE,
    OF_THEMSELVES,
    ONCE,
    OPTIONS,
    PARTY,
    PLACES,
    answers_of,
)
from smartstart_gov.authoring.dpia_interchange import (
    RISK as RISK_FIELDS,
)
from smartstart_gov.authoring.interchange import output
from smartstart_gov.authoring.reader import read_charter
from smartstart_gov.authoring.writer import written, yaml_text
from smartstart_gov.documents.dpia_output import LONGEST_STRING, assessment, in_info
from smartstart_gov.errors import Refused
from tests.documents import evidence as made
from tests.documents.test_dpia import ADVICE, FILLED, RISK

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas"
MOMENT = "2026-03-12T09:30:00Z"


def text(word: str) -> dict[str, str]:
    return made.both(f"{word} in het Nederlands.", f"{word} in English.")


def full() -> Charter:
    """A charter in which every answer of the form is given, each in words of its own."""
    data = {"columns": ["absence", "moves"], "people": text("People"), "category": text("Category"), "type": "sensitive",
            "through_party": False, "provision_basis": text("Basis")}  # fmt: skip
    party = {"name": "Gemeente Voorbeeld", "role": "controller", "functions": text("Functions"), "columns": ["absence"],
             "people": text("Whose"), "interest": text("Interest")}  # fmt: skip
    risk = {**RISK, "residual": "high", "authority_advice": text("Authority")}
    own = {number: text(f"Part {number}") for number in DPIA_PARTS}
    return made.charter(
        consultation=text("Consultation"), domain="public_services", personal_data=(data, {"columns": ["age"], "type": "special"}),
        parties=(party, {"name": "Rekenbureau Data", "role": "processor"}), risks=(risk, {**RISK, "finding": "control.R02"}),
        dpo_advice={**ADVICE, "organisation": "Voorbeeld", "directorate": "A", "department": "B"}, dpia={**own, **FILLED},
        prescan={"0.4": "public_task", "1.5.4": "years", "2.1.1": True, "2.1.6": "other"},
    )  # fmt: skip


def sent(charter: Charter) -> dict[str, Any]:
    """The record as a file holds it."""
    record: dict[str, Any] = json.loads(
        json.dumps(output(DPIA, answers_of(charter), charter, MOMENT, lambda id_, place: "declared"))
    )
    return record


def bare(charter: Charter) -> dict[str, Any]:
    """The record as a tool gives it back that knows the form alone."""
    return {key: value for key, value in sent(charter).items() if key != "smartstart_gov"}


def saved(folder: Path, record: Any, name: str = "dpia.json") -> Path:
    (folder / name).write_text(json.dumps(record), encoding="utf-8")
    return folder / name


#: The fields of the form that hold an answer, by their numbers; a dash stands for all in between.
FIELDS_OF_THE_FORM = (
    "0 1.1 1.2.1 2.1.1-9 2.3 3.1.1-3 3.2 3.3.1 4 5.1.1 5.2 6.1.1.1-5 6.2 7.1.1 7.2 8.1.1.1-3 8.2 9.1.1.1-2 9.2 "
    "10.1.1.1-5 10.2 11.1.1.1-2 11.2 12.1.1 12.1.2.1-5 12.2.1 12.2.2.1-4 12.3.1 12.3.2.1-4 12.4 13.1.1.1-6 13.2 "
    "14.1-2 15.1.1-4 15.2.1-4 15.3.1-4 15.4.1-4 15.5.1-4 15.6.1-4 15.7.1-4 15.8.1-4 16.1.1-8 16.2 17.1.1-7 17.2-3 "
    "18 19.1.1-3 19.2 19.3.1 19.3.2.1-4 19.4.1-6 19.5.1-8 20.1.1-7"
)


def leaves() -> set[str]:
    found = set()
    for one in FIELDS_OF_THE_FORM.split():
        first, _, last = one.partition("-")
        holder, dot, begin = first.rpartition(".")
        found |= {f"{holder}{dot}{n}" for n in range(int(begin), int(last or begin) + 1)}
    return found


def official() -> Iterator[tuple[str, Any]]:
    path = SCHEMAS / "dpia_v3.0.yaml"
    if not path.is_file():
        pytest.skip("dpia_v3.0.yaml is not beside the project")

    def walk(task: Any) -> Iterator[tuple[str, Any]]:
        yield task["id"], task
        for inner in task.get("tasks") or ():
            yield from walk(inner)

    for task in yaml.safe_load(path.read_text(encoding="utf-8"))["tasks"]:
        yield from walk(task)


# ---------------------------------------------------------------------------------------- against the form
def test_the_fields_are_those_of_the_form() -> None:
    assert FORM - set(GROUPS) == leaves()
    assert set(FIELDS) | LISTS <= leaves()
    places = {id_ for fields in (PLACES, DATA, PARTY, RISK_FIELDS, MEASURE, *ONCE.values()) for id_ in fields}
    assert places | {"2.1.1", "7.1.1", "17.1.1", "17.1.2"} <= leaves()


def test_the_numbers_are_those_of_the_form_itself() -> None:
    tasks = dict(official())
    assert {id_ for id_, task in tasks.items() if not task.get("tasks")} == leaves()
    assert set(GROUPS) <= set(tasks)
    assert {id_ for id_, task in tasks.items() if "checkbox_option" in task["type"]} == LISTS
    assert {id_ for id_, task in tasks.items() if task.get("repeatable")} == {*GROUPS, *OF_THEMSELVES}


def test_the_options_are_spelt_as_the_form_spells_them() -> None:
    tasks = dict(official())
    for id_, codes in OPTIONS.items():
        assert set(codes.values()) == {option["value"] for option in tasks[id_]["options"]}, id_


@pytest.mark.parametrize("evidence", ["full", "plain", "vendor"])
def test_what_is_sent_is_valid(evidence: str) -> None:
    path = SCHEMAS / "assessment-output.v2.schema.json"
    if not path.is_file():
        pytest.skip("assessment-output.v2.schema.json is not beside the project")
    import jsonschema

    of = {
        "full": lambda: made.public(of_charter=full(), unfair=0.16), "plain": made.public,
        "vendor": lambda: made.public(predictions=True, full=False, version=None),
    }[evidence]()  # fmt: skip
    record = assessment(of)
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(record, schema)
    short = in_info(json.dumps(record).encode())
    assert short is not None
    assert len(short) <= LONGEST_STRING
    jsonschema.validate(json.loads(short), schema)
    assert json.loads(short)["answers"] == record["answers"]


# ------------------------------------------------------------------------------------------ out and in again
@pytest.mark.parametrize("charter", [full(), made.charter(), made.charter(full=False)], ids=["full", "usual", "open"])
def test_every_answer_comes_back_as_it_was(charter: Charter, tmp_path: Path) -> None:
    assert incoming(sent(charter), "x").record == written(charter)
    dpia = read_dpia(saved(tmp_path, sent(charter)))
    assert dpia.told == ()
    for key in Charter.model_fields.keys() - set(ITS_OWN):
        value = getattr(charter, key)
        assert dpia.charter.get(key) == (None if value in (None, (), {}) else value), key


def test_all_that_the_audit_adds_changes_nothing(tmp_path: Path) -> None:
    charter = full()
    record = json.loads(json.dumps(assessment(made.public(of_charter=charter, unfair=0.16))))
    came = incoming(record, "x")
    assert came.record == written(charter)
    assert len(came.told) == 1
    assert came.told[0].startswith("No key of a charter holds ")


def _dutch(value: Any) -> Any:
    """The record with the Dutch of each text under both languages."""
    if isinstance(value, dict) and set(value) == {"nl", "en"}:
        return {"nl": value["nl"], "en": value["nl"]}
    if isinstance(value, dict):
        return {key: _dutch(item) for key, item in value.items()}
    return [_dutch(item) for item in value] if isinstance(value, list | tuple) else value


def test_from_the_form_alone_every_field_comes_back_in_dutch(tmp_path: Path) -> None:
    """Without the charter beside the answers nothing but the numbers of the fields says what is what."""
    charter = full()
    came = incoming(bare(charter), "x").record
    was = _dutch(json.loads(json.dumps(written(charter))))
    assert came["parties"] == was["parties"]
    assert came["personal_data"] == was["personal_data"]
    assert came["risks"] == was["risks"]
    assert came["legal_basis"] == was["legal_basis"]
    assert came["prescan"] == {k: v for k, v in was["prescan"].items() if k != "2.1.1"}
    # What no field asks is open: the advice itself, and what was done with it.
    unasked = dict.fromkeys(("advice", "followed", "decided_by", "reason"), "open")
    assert came["dpo_advice"] == {**was["dpo_advice"], **unasked}
    # And it is a DPIA that a charter can take.
    declared = read_dpia(saved(tmp_path, bare(charter)))
    assert declared.charter["owner"].contact is None
    assert declared.charter["risks"][0].finding == "limit.fpr_origin"
    composed = {"1", "2", "7", "10", "14.1", "15.6", "15.7"}
    for number, answer in was["dpia"].items():
        if number in composed:
            assert answer["nl"] in came["dpia"][number]["nl"], number
        elif number not in ("19", "20") and answer != "not_applicable":
            assert came["dpia"][number] == answer, number


# ------------------------------------------------------------------------------------------- what was changed
def changed(charter: Charter, id_: str, value: Any, group: str = "", place: int = 0) -> dict[str, Any]:
    record = copy.deepcopy(sent(charter))
    holder = record["answers"][group][place] if group else record["answers"]
    holder[id_] = {"value": value, "lastEditedAt": MOMENT}
    return record


def test_a_changed_text_is_taken_in_dutch_and_that_is_told() -> None:
    came = incoming(changed(full(), "18", "Nieuw."), "x")
    assert came.record["dpia"]["18"] == {"nl": "Nieuw.", "en": "Nieuw."}
    assert came.told == ["18: the text is in Dutch only, and stands under both languages unless the charter has its English."]
    came = incoming(changed(full(), "16.1.3", "laag", "16.1", 1), "x")
    first, second = came.record["risks"]
    assert (first["likelihood"], second["likelihood"]) == ("high", "low")
    # The English of what was not touched stays.
    assert second["description"] == RISK["description"]
    assert [risk["finding"] for risk in (first, second)] == ["limit.fpr_origin", "control.R02"]


def test_a_text_of_several_keys_is_not_taken_apart() -> None:
    came = incoming(changed(full(), "1.1", "Iets anders."), "x")
    assert came.record == written(full())
    assert came.told[0].startswith("1.1: the text was changed, and comes from purpose, population, ")


def test_a_cleared_answer_is_kept_and_told() -> None:
    came = incoming(changed(full(), "18", None), "x")
    assert came.record == written(full())
    assert came.told == ["18: the answer was cleared; the one in the charter is kept."]


def test_answers_that_differ_by_processing_are_told() -> None:
    record = sent(full())
    other = {"_index": 1, "11.1.1.1": {"value": "Rechtsgrond toestemming", "lastEditedAt": MOMENT}}
    record["answers"]["11.1.1"].append(other)
    came = incoming(record, "x")
    assert came.record == written(full())
    assert came.told == ["11.1.1.1: the answers differ by repetition, and a charter has one for all. Not taken over."]


def test_a_breach_is_a_risk_once_somebody_rates_it() -> None:
    charter = made.charter(risks=())
    record = json.loads(json.dumps(assessment(made.public(of_charter=charter, unfair=0.16))))
    assert "risks" not in incoming(record, "x").record
    risks = record["answers"]["16.1"]
    (place,) = (i for i, one in enumerate(risks) if "(limit.fpr_origin)" in one["16.1.2"]["value"])
    rating = {"16.1.3": "hoog", "16.1.5": "midden"}
    risks[place] |= {id_: {"value": value, "lastEditedAt": MOMENT} for id_, value in rating.items()}
    came = incoming(record, "x")
    assert "16.1: risk 1 has no answer to 17.1.4. Not taken over." in came.told
    said = {"17.1.1": [risks[place]["16.1.1"]["value"]], "17.1.3": "Een mens kijkt mee.", "17.1.4": "laag"}
    record["answers"]["17.1"] = [{"_index": 0, **{k: {"value": v, "lastEditedAt": MOMENT} for k, v in said.items()}}]
    (risk,) = incoming(record, "x").record["risks"]
    assert (risk["finding"], risk["likelihood"], risk["residual"]) == ("limit.fpr_origin", "high", "low")


def without(record: dict[str, Any], *path: Any) -> dict[str, Any]:
    """The record without what stands there."""
    *inside, last = path
    holder: Any = record["answers"]
    for key in inside:
        holder = holder[key]
    del holder[last]
    return record


#: What somebody took out of the file, and what is told of it.
TAKEN_OUT: dict[str, tuple[tuple[tuple[Any, ...], ...], str]] = {
    "a rating": ((("16.1", 0, "16.1.5"),), "16.1.5: the answer was cleared"),
    "a reason": ((("16.1", 0, "16.1.4"),), "16.1.4: the answer was cleared"),
    "a measure": ((("17.1", 0, "17.1.3"),), "17.1.3: the answer was cleared"),
    "what is left": ((("17.1", 0, "17.1.4"),), "17.1.4: the answer was cleared"),
    "a name of a risk": ((("16.1", 0, "16.1.1"),), "16.1.1: the answer was cleared"),
    "a risk": ((("16.1", 0), ("17.1", 0)), "16.1: the file no longer has risk 1"),
    "all risks": ((("16.1",), ("17.1",)), "16.1: the file no longer has risk 2"),
    "all measures": ((("17.1",),), "17.1.4: the answer was cleared"),
    "a party": ((("6.1.1", 0), ("7.1.1", 0)), "6.1.1: the file no longer has party 1"),
    "a party, but not its interest": ((("6.1.1", 0),), "7.1.1: there are not as many interests as parties"),
    "all parties": ((("6.1.1",), ("7.1.1",)), "6.1.1: the file no longer has party 2"),
    "all interests": ((("7.1.1",),), "7.1.1: the answer was cleared"),
    "a department": ((("6.1.1", 0, "6.1.1.3"),), "6.1.1.3: the answer was cleared"),
    "a kind of data": ((("2.1", 0, "2.1.3"),), "2.1.3: the answer was cleared"),
    "a column": ((("2.1", 1),), "2.1: columns of the charter that the file no longer has: 1"),
    "all data": ((("2.1",),), "2.1: columns of the charter that the file no longer has: 3"),
    "a ground": ((("11.1.1",),), "11.1.1.1: the answer was cleared"),
    "a right": ((("15.1.1",),), "15.1.1: the answer was cleared"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN_OUT)
@pytest.mark.parametrize("carried", [True, False], ids=["charter", "form"])
def test_what_somebody_took_out_stays_in_the_charter(case: str, carried: bool, tmp_path: Path) -> None:
    """Whether the file carries the charter or not: an import loses no risk, no party and no answer."""
    paths, told = TAKEN_OUT[case]
    record = sent(full())
    for path in paths:
        record = without(record, *path)
    if carried:
        came = incoming(record, "x")
        assert came.record == written(full())
        assert any(line.startswith(told) for line in came.told), came.told
    else:
        del record["smartstart_gov"]
    done = import_dpia(saved(tmp_path, record), project(tmp_path / "model", full()), replace=True)
    (tmp_path / "model" / "charter.yaml").write_text(done.text, encoding="utf-8")
    if not carried and case in ("all risks", "all parties", "all data"):
        key = {"all risks": "risks", "all parties": "parties", "all data": "personal_data"}[case]
        assert any(line.startswith(f"{key}: the DPIA has none") for line in done.told), done.told
    was, now = (
        _dutch(json.loads(json.dumps(written(full())))),
        _dutch(written(read_charter(tmp_path / "model" / "charter.yaml"))),
    )
    assert {key: now[key] for key in ("risks", "parties")} == {key: was[key] for key in ("risks", "parties")}
    assert sorted(map(str, now["personal_data"])) == sorted(map(str, was["personal_data"]))


def test_two_risks_with_the_same_dutch_keep_each_their_own_english() -> None:
    measures = [made.both("Een mens kijkt mee.", english) for english in ("A human checks.", "Somebody looks too.")]
    first, second = ({**RISK, "description": text(str(i)), "measure": one} for i, one in enumerate(measures))
    came = incoming(changed(made.charter(risks=(first, second)), "16.1.3", "laag", "16.1", 1), "x")
    assert [risk["measure"] for risk in came.record["risks"]] == measures


def test_a_measure_beside_a_risk_is_not_that_of_another_with_the_same_name() -> None:
    """Or a high risk would become a low one, and nobody would have to consult the authority."""
    came = incoming(changed(full(), "17.1.1", ["Een ander risico."], "17.1"), "x")
    assert [risk["residual"] for risk in came.record["risks"]] == ["high", "low"]
    assert "17.1: measure 1 names no risk of 16.1 that has none. Not taken over." in came.told


@pytest.mark.parametrize("data", [({"columns": ["age"]},), ({"columns": ["age"]}, {"columns": ["moves"], "type": "special"})])
def test_a_column_of_which_nothing_is_said_comes_back(data: Any) -> None:
    charter = made.charter(personal_data=data)
    assert incoming(sent(charter), "x").record == written(charter)


def test_not_applicable_is_null_in_the_form() -> None:
    charter = made.charter(dpia={"15.1.1": "not_applicable", "15.1.3": "not_applicable", "15.2.1": True})
    answers = sent(charter)["answers"]
    assert [answers[id_]["value"] for id_ in ("15.1.1", "15.1.3", "15.2.1")] == [None, None, "true"]
    came = incoming(sent(charter), "x")
    assert (came.record, came.told) == (written(charter), [])
    told = incoming(bare(charter), "x").told
    assert "15.1.3: the form has one value for not applicable and for a cleared answer. Not taken over." in told


def test_what_was_measured_is_not_called_declared() -> None:
    record = assessment(made.public(of_charter=made.charter(risks=({**RISK, "finding": None},)), unfair=0.16))
    by = [one["16.1.1"]["lastEditedBy"] for one in record["answers"]["16.1"]]
    assert by[0] == "smartstart_gov: declared"
    assert set(by[1:]) == {"smartstart_gov: measured"}


@pytest.mark.parametrize(("draft", "said"), [(True, "CONCEPT. 1.0.0"), (False, "1.0.0")])
def test_the_answers_of_a_draft_say_so(draft: bool, said: str) -> None:
    evidence = made.public()
    record = assessment(replace(evidence, look=None) if draft else evidence)
    assert record["answers"]["19.1"][0]["19.1.1"]["value"] == said


# ------------------------------------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("wrong", "rule", "where"),
    [
        (lambda r: r["answers"].update({"99.1": {"value": "x", "lastEditedAt": MOMENT}}), "P04", "99.1"),
        (lambda r: r["answers"]["16.1"][0].update({"16.1.9": {"value": "x", "lastEditedAt": MOMENT}}), "P04", "16.1.9"),
        (lambda r: r["answers"].update({"18": "x"}), "P05", "18"),
        (lambda r: r["answers"].update({"18": {"value": {"data": "x"}}}), "P05", "18"),
        (lambda r: r["answers"].update({"16.1": ["x"]}), "P05", "16.1"),
        (lambda r: r["answers"]["16.1"][0]["16.1.2"].update(value=7), "P05", "16.1.2"),
        (lambda r: r["answers"]["16.1"][0]["16.1.3"].update(value="enorm"), "P05", "16.1.3"),
        (lambda r: r["answers"].update({"19.2": {"value": "bijna", "lastEditedAt": MOMENT}}), "P05", "19.2"),
        (lambda r: r["answers"].update({"18": [{"18": {"value": "x"}}]}), "P05", "18"),
        (lambda r: r["answers"].update({"16.1": {"value": "x"}}), "P05", "16.1"),
        (lambda r: r["answers"].update({"16.1.1": {"value": "x"}}), "P05", "16.1.1"),
        (lambda r: r["answers"]["16.1"][0].update({"18": {"value": "x"}}), "P05", "18"),
        (lambda r: r["answers"]["16.1"][0]["16.1.2"].update(value=["x"]), "P05", "16.1.2"),
        (lambda r: r["answers"]["6.1.1"][0].update({"6.1.1.4": {"value": "absence"}}), "P05", "6.1.1.4"),
        (lambda r: r["answers"]["2.1"].append(r["answers"]["2.1"][0]), "P05", "2.1.1"),
        (lambda r: r["answers"].update({"15.1.3": {"value": "false"}}), "P05", "15.1.3"),
        (lambda r: r["metadata"].update(urn="urn:nl:iama:2.0"), "P05", "metadata.urn"),
        (lambda r: r.pop("answers"), "P05", "dpia.json"),
        (lambda r: r["smartstart_gov"]["charter"].update(purpos="x"), "P05", "smartstart_gov.charter"),
    ],
)  # fmt: skip
def test_what_the_form_does_not_have_is_refused(wrong: Any, rule: str, where: str, tmp_path: Path) -> None:
    record = sent(full())
    wrong(record)
    with pytest.raises(Refused) as refused:
        read_dpia(saved(tmp_path, record))
    assert [(v.rule, where in v.where) for v in refused.value.violations] == [(rule, True)]


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    double = json.dumps(sent(full())).replace('"18": {', '"18": {"value": "x"}, "18": {')
    (tmp_path / "x.json").write_text(double, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        read_dpia(tmp_path / "x.json")
    assert [v.rule for v in refused.value.violations] == ["P01"]


def attached(*records: bytes) -> bytes:
    parts = (b"<</Type /EmbeddedFile /Filter /FlateDecode>>\nstream\n%b\nendstream" % zlib.compress(one) for one in records)
    return b"%PDF-1.7\n" + b"\n".join(parts)


def test_of_more_files_in_a_pdf_the_newest_counts(tmp_path: Path) -> None:
    old, new = (json.dumps(changed(full(), "18", word)).encode() for word in ("Oud.", "Nieuw."))
    (tmp_path / "x.pdf").write_bytes(attached(old, b"another file", new))
    assert read_dpia(tmp_path / "x.pdf").charter["dpia"]["18"].nl == "Nieuw."


def test_only_the_answers_of_a_pdf_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[int] = []
    make = zlib.decompressobj

    class Counting:
        def __init__(self) -> None:
            self._inner = make()

        def decompress(self, data: bytes, most: int) -> bytes:
            fed.append(len(data))
            return self._inner.decompress(data, most)

        @property
        def eof(self) -> bool:
            return self._inner.eof

    monkeypatch.setattr(zlib, "decompressobj", Counting)
    pdf = attached(*[b"x"] * 500)
    assert _attached(pdf) == b""
    assert sum(fed) < 5000 * 500


@pytest.mark.parametrize("wrong", [None, 5, b"x"])
def test_what_is_no_path_is_refused(wrong: Any, tmp_path: Path) -> None:
    for call in (lambda: read_dpia(wrong), lambda: import_dpia(saved(tmp_path, sent(full())), wrong)):
        with pytest.raises(Refused, match="is not accepted here"):
            call()


@pytest.mark.parametrize(("name", "data"), [("x.json", b"{"), ("y.json", b"[" * 100_000), ("x.pdf", b"%PDF-1.7 nothing here")])
def test_a_file_without_answers_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Refused, match=r"no JSON|no answers"):
        read_dpia(tmp_path / name)


def test_spaces_and_line_ends_that_somebody_typed_do_not_count() -> None:
    came = incoming(changed(full(), "18", " Cafe\u0301.\r\nTwee.  "), "x")
    assert came.record["dpia"]["18"]["nl"] == "Caf\u00e9.\nTwee."


def test_every_violation_is_refused_at_once(tmp_path: Path) -> None:
    record = sent(full())
    record["answers"] |= {one: {"value": "x", "lastEditedAt": MOMENT} for one in ("21", "22.1")}
    with pytest.raises(Refused) as refused:
        read_dpia(saved(tmp_path, record))
    assert len(refused.value.violations) == 2


# ------------------------------------------------------------------------------------------- into a project
def project(folder: Path, charter: Charter, head: str = "# The charter.\n") -> Path:
    folder.mkdir()
    (folder / "charter.yaml").write_text(head + yaml_text(charter), encoding="utf-8")
    return folder


def test_open_facts_are_filled_and_comments_stay(tmp_path: Path) -> None:
    home = project(tmp_path / "model", made.charter(full=False))
    before = (home / "charter.yaml").read_text(encoding="utf-8").replace("\nexit:", "\n# When it ends.\nexit:")
    (home / "charter.yaml").write_text(before, encoding="utf-8")
    done = import_dpia(saved(tmp_path, sent(full())), home)
    assert (home / "charter.yaml").read_text(encoding="utf-8") == before, "nothing is written yet"
    (home / "charter.yaml").write_text(done.text, encoding="utf-8")
    assert written(read_charter(home / "charter.yaml")) == written(full())
    assert done.replaced == ()
    assert {"risks", "exit.end_date", "personal_data", "oversight"} <= set(done.taken)
    assert done.text.startswith("# The charter.\n")
    assert "# When it ends.\nexit:\n" in done.text
    # What did not change stands there byte for byte.
    kept = [line for line in before.splitlines() if line.startswith(("title:", "signatories:", "coercive:"))]
    assert all(line in done.text.splitlines() for line in kept)


def test_another_answer_is_never_overwritten_silently(tmp_path: Path) -> None:
    mine = made.charter(purpose=text("Mine"), dpia={"8": text("Also mine")})
    home = project(tmp_path / "model", mine)
    file = saved(tmp_path, sent(made.charter()))
    with pytest.raises(Refused) as refused:
        import_dpia(file, home)
    assert {(v.rule, re.sub(r" line \d+", "", v.where)) for v in refused.value.violations} == {
        ("P10", "charter.yaml, key purpose"), ("P10", "charter.yaml, key dpia.8"),
    }  # fmt: skip
    done = import_dpia(file, home, replace=True)
    assert set(done.replaced) == {"purpose", "dpia.8"}
    (home / "charter.yaml").write_text(done.text, encoding="utf-8")
    assert written(read_charter(home / "charter.yaml")) == written(made.charter())


@pytest.mark.parametrize(
    "odd",
    [("purpose:", '"purpose":'), ("purpose:", "'purpose' :"), ("# Mine.\n", "---\n# Mine.\n")],
    ids=["quoted", "spaced", "begun"],
)
def test_comments_stay_however_a_key_is_written(odd: tuple[str, str], tmp_path: Path) -> None:
    home = project(tmp_path / "model", made.charter(full=False), head="# Mine.\n")
    text_ = (home / "charter.yaml").read_text(encoding="utf-8").replace(*odd, 1)
    (home / "charter.yaml").write_text(text_, encoding="utf-8")
    done = import_dpia(saved(tmp_path, sent(full())), home)
    assert "# Mine.\n" in done.text
    assert done.told == ()


def test_it_is_told_where_comments_are_lost(tmp_path: Path) -> None:
    home = project(tmp_path / "model", made.charter(full=False), head="# Mine.\n")
    with (home / "charter.yaml").open("a", encoding="utf-8") as file:
        file.write("...\n")
    done = import_dpia(saved(tmp_path, sent(full())), home)
    assert done.told[0].startswith("charter.yaml was written anew: its comments could not be kept")


def test_an_import_twice_changes_nothing(tmp_path: Path) -> None:
    home = project(tmp_path / "model", full())
    done = import_dpia(saved(tmp_path, sent(full())), home)
    assert (done.taken, done.replaced) == ((), ())
    assert done.text == (home / "charter.yaml").read_text(encoding="utf-8")
