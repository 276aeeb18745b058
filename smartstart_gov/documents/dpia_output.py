"""The answers of the DPIA and the pre-scan for the government's forms: what a charter answers, and what software computed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from smartstart_gov.authoring.dpia_interchange import DPIA, answers_of
from smartstart_gov.authoring.interchange import Value, encoded, output
from smartstart_gov.authoring.prescan_interchange import PRESCAN
from smartstart_gov.authoring.screening_questions import QUESTIONS
from smartstart_gov.documents.layout import placed_anywhere
from smartstart_gov.documents.prescan import given_answers, put
from smartstart_gov.documents.sections.findings import question, reason
from smartstart_gov.documents.sections.front import titled
from smartstart_gov.documents.sections.processing import connected, operations
from smartstart_gov.documents.sections.risk_register import unrated
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

#: Under this key of its Info dictionary a PDF carries the answers: there the form looks for them.
INFO_KEY = "AssessmentData"
#: PDF/A allows no longer string (ISO 19005-3, 6.1.13).
LONGEST_STRING = 32_767
#: Fields that the software fills in, and from what.
_BY = {
    **dict.fromkeys(("2.1.1", "2.1.5", "2.1.7", "2.1.8", "10.1.1.5"), "declared in contract.yaml"),
    **dict.fromkeys(("3.1.1", "3.1.2", "3.1.3", "3.3.1", "5.1.1", "12.1.1", "13.1.1.3"), "derived"),
    **dict.fromkeys(("19.1.1", "19.1.2"), "measured"),
}


def assessment(evidence: Evidence) -> dict[str, Any]:
    """Return the DPIA as a record of the interchange, in Dutch: the form has no other language."""
    nl, charter, contract = Words("nl", places=placed_anywhere), evidence.charter, evidence.contract
    found = answers_of(charter)
    named = {one["2.1.1"]: one for one in found.get("2.1", [])}
    others = [{"2.1.1": c.name} for c in contract.columns if c.name not in named]
    found["2.1"] = [{**one, **_source(evidence, one["2.1.1"])} for one in (*found.get("2.1", []), *others)]
    done = operations(nl, evidence)
    everything = [c.name for c in contract.columns]
    found["3.1"] = [{"3.1.1": name, "3.1.2": what, "3.1.3": list(columns) or everything} for name, what, columns, _ in done]
    found["3.3"] = [{"3.3.1": connected(nl, evidence)}]
    found["5.1.1"] = [{"5.1.1": purpose} for *_, purpose in done]
    if any(contract.special(c) for c in contract.columns):
        found["12.1.1"] = "true"
    kept: dict[str, Any] = next(iter(found.get("10.1.1", [])), {})
    found["10.1.1"] = [
        {**kept, "10.1.1.5": f"{source.system}: {source.retention.nl}"}
        for source in contract.sources.values()
        if source.retention
    ] or ([kept] if kept else [])
    waiting = [
        {"16.1.1": f"{question(nl, evidence, f)}: {nl.code('status', f.status)}. {reason(nl, evidence, f)}",
         "16.1.2": nl.say("Origin: measured in this audit ({name}).", name=name)}
        for name, f in unrated(evidence).items()
    ]  # fmt: skip
    found["16.1"] = [*found.get("16.1", []), *waiting]
    explained: dict[str, Any] = next(iter(found.get("19.1", [])), {})
    # Of a draft the version says so, for the form has no field for it.
    version = titled(nl, evidence, evidence.version or "-")
    found["19.1"] = [{"19.1.1": version, "19.1.2": evidence.created[:10], **explained}]

    def by(id_: str, place: int) -> str:
        measured = id_.startswith("16.1.") and place >= len(charter.risks)
        return "measured" if measured else _BY.get(id_, "declared")

    return output(DPIA, {id_: value for id_, value in found.items() if value != []}, charter, evidence.created, by)


def _source(evidence: Evidence, name: str) -> dict[str, str]:
    """Return what the contract says of the source of a column."""
    column = next((c for c in evidence.contract.columns if c.name == name), None)
    if column is None or column.source is None:
        return {}
    source = evidence.contract.sources[column.source]
    said = {"2.1.5": source.original_purpose, "2.1.7": source.owner}
    return {**{id_: text.nl for id_, text in said.items() if text is not None}, "2.1.8": source.system}


def screening(evidence: Evidence) -> dict[str, Any]:
    """Return the pre-scan as a record of the interchange: the answers that the document prints, and who gave each."""
    charter, given = evidence.charter, given_answers(evidence)
    declared = PRESCAN.answers_of(charter)
    found: dict[str, Value] = {**declared}
    basis = dict.fromkeys(declared, "declared")
    for id_, answer in given.items():
        value = encoded(PRESCAN, id_, answer.value)
        if value is None or value == declared.get(id_) or not put(given, QUESTIONS[id_]):
            continue
        more = isinstance(value, list) and bool(declared.get(id_))
        found[id_] = value
        basis[id_] = "declared and derived" if more else "measured" if answer.measured else "derived"
    computed = {id_: value for id_, value in found.items() if value != declared.get(id_)}
    record = output(PRESCAN, found, charter, evidence.created, lambda id_, _: basis[id_], computed)
    # Of a draft the name of what made the file says so, for the form has no field for it.
    record["metadata"]["createdBy"] = {"name": titled(Words("nl"), evidence, f"{evidence.name} {evidence.version or '-'}")}
    return record


class Interchange(NamedTuple):
    """What a document carries for a form: under which name, what it is, and what makes it."""

    name: str
    told: str
    made: Callable[[Evidence], dict[str, Any]]


#: Kind of document to what it carries.
INTERCHANGES: dict[str, Interchange] = {
    "dpia": Interchange("dpia.json", "Answers for the form of the DPIA", assessment),
    "dpia_prescan": Interchange("prescan.json", "Answers for the form of the pre-scan", screening),
}


def in_info(data: bytes) -> str | None:
    """Return the answers as the Info dictionary of a PDF holds them: without the charter; None where they are too long.

    Examples
    --------
    >>> in_info(b'{"answers": {"1": "x"}, "smartstart_gov": {}}')
    '{"answers":{"1":"x"}}'
    """
    record: Mapping[str, Any] = json.loads(data)
    text = json.dumps({key: value for key, value in record.items() if key != "smartstart_gov"}, separators=(",", ":"))
    return text if len(text) <= LONGEST_STRING else None
