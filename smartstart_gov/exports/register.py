"""The Algoritmeregister, publication standard 1.0: one entry as its delivery interface takes it, in Dutch.

Key names and lengths are those of the running register (its configuration v1.0, publication version 1.0.10); the file
``schema.json`` at the top of its repository has other keys, which the interface does not take. A name that is too long is
refused: shortened it would be another name. Other texts are cut at a word, and the cut is told.

What nobody declared has no key, also where the register demands one: whether the model is in use is not in any evidence, and
a category that is guessed would be a legal claim. Those keys are told, to be filled in before the entry is sent.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.statements import answers
from smartstart_gov.documents.words import Words
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import EMAIL, Export, filled, in_short, json_bytes, title, under_the_ai_act
from smartstart_gov.judgement.finding import gravest_first

FILE = "algoritmeregister.json"
REQUIRED = ("name", "description_short", "organization", "status", "contact_email", "publication_category", "lang")
#: Most characters of a name: what is longer is refused.
NAMES = {"name": 100, "organization": 100, "contact_email": 500, "source_id": 100}
#: Most characters of a text: what is longer is cut. The text of the standard asks for 350 where its interface takes 400.
TEXTS = {
    "description_short": 350, "goal": 2500, "proportionality": 2500, "human_intervention": 2500, "risks": 2500,
    "lawful_basis": 2500, "source_data": 2500, "methods_and_models": 5000,
}  # fmt: skip
#: What the charter's answers to the pre-scan make of it; anything else is for a lawyer to say.
HIGH_RISK, IMPACT, OTHER = "Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"
_ADDRESS = re.compile(rf"{EMAIL.pattern}|https://\S+")
_CUT = " […]"


def register(evidence: Evidence, words: Words) -> Export:
    """Return ``algoritmeregister.json``, in Dutch whatever the language that was asked."""
    nl, charter = Words("nl"), evidence.charter
    entry = _Entry()
    contact = nl.text(charter.owner.contact) if charter.owner.contact is not None else ""
    names = {
        "name": title(evidence, nl), "organization": charter.owner.organisation,
        "contact_email": contact if _ADDRESS.fullmatch(contact) else None,
        "source_id": f"{evidence.name} {evidence.version or ''}".strip(),
    }  # fmt: skip
    for key, name in names.items():
        entry.name(key, name)
    entry.line("description_short", charter.purpose)
    entry.text("goal", [charter.purpose, charter.decision, charter.affected])
    entry.text("proportionality", [charter.proportionality])
    entry.text("human_intervention", [charter.oversight, charter.objection])
    entry.text("risks", _risks(evidence, nl))
    entry.text("lawful_basis", [charter.legal_basis])
    entry.text("source_data", _data(evidence, nl))
    entry.text("methods_and_models", _methods(evidence, nl), whole=True)
    entry.refuse()
    fields = filled(entry.fields | {"publication_category": category(evidence), "lang": "nld", "standard_version": "1.0"})
    missing = [key for key in REQUIRED if key not in fields]
    told = [f"{FILE}: the register demands {', '.join(missing)}, and nobody declared it. Fill it in before you send the entry."]
    return Export(files={FILE: json_bytes(fields)}, told=(*(told if missing else ()), *entry.told))


def category(evidence: Evidence) -> str | None:
    """Return the category that the charter's answers to the pre-scan come to; None while one of them is open."""
    high, impact = under_the_ai_act(evidence)
    return HIGH_RISK if high else {True: IMPACT, False: OTHER, None: None}[impact]


@dataclass(slots=True)
class _Entry:
    """The entry as it grows: fields, what was cut, and names that do not fit."""

    fields: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    long: list[Violation] = field(default_factory=list)

    def name(self, key: str, name: str | None) -> None:
        if name is not None and len(name) > NAMES[key]:
            what = f"Field {key} of the register holds {NAMES[key]} characters, and this one has {len(name)}."
            remedy = "Shorten it in charter.yaml and audit again: a name is not cut."
            self.long.append(Violation(rule="N05", what=what, where=FILE, remedy=remedy))
        self.fields[key] = name

    def line(self, key: str, declared: Text | None) -> None:
        if declared is not None:
            self.fields[key] = self._fitted(key, declared.nl, TEXTS[key])

    def text(self, key: str, paragraphs: Iterable[Text | str | None], *, whole: bool = False) -> None:
        """Add a field of paragraphs, as many as fit; the mark-up counts in its length. Only `whole` ones where so asked."""
        said = [p.nl if isinstance(p, Text) else p for p in paragraphs if p is not None]
        written, room = "", TEXTS[key]
        for place, paragraph in enumerate(said):
            most = room - len(written) - len("<p></p>")
            if whole and len(html.escape(paragraph, quote=False)) > most:
                self.told.append(f"{FILE}: {key} has room for {place} of {len(said)} paragraphs; the others were left out.")
                break
            cuts = len(self.told)
            fitted = self._fitted(key, paragraph, most, escaped=True)
            written += f"<p>{fitted}</p>" if fitted else ""
            if len(self.told) > cuts:
                break
        self.fields[key] = written

    def _fitted(self, key: str, text: str, most: int, *, escaped: bool = False) -> str:
        def written(of: str) -> str:
            return html.escape(of, quote=False) if escaped else of

        if len(written(text)) <= most:
            return written(text)
        self.told.append(f"{FILE}: {key} is longer than {TEXTS[key]} characters and was cut at a word.")
        pieces = text.split(" ")
        while pieces and len(written(" ".join(pieces)) + _CUT) > most:
            pieces.pop()
        return written(" ".join(pieces)) + _CUT if pieces else ""

    def refuse(self) -> None:
        if self.long:
            raise Refused.of(self.long)


def _risks(evidence: Evidence, nl: Words) -> Iterable[str]:
    for risk in evidence.charter.risks:
        yield f"{risk.description.nl} {nl.say('Measure')}: {nl.text(risk.measure)}"


def _data(evidence: Evidence, nl: Words) -> Iterable[str]:
    contract = evidence.contract
    features = [nl.column(contract, name) for name in evidence.training.features]
    if features:
        yield f"{nl.say('All facts that the model uses')}: {', '.join(features)}."
    for source in contract.sources.values():
        yield f"{nl.say('Source')}: {source.system} ({nl.text(source.owner)})."


def _methods(evidence: Evidence, nl: Words) -> Iterable[str]:
    """Return how the model works, and what the audit answered: every answer with the finding behind it."""
    training = evidence.training
    if training.estimator:
        yield f"{nl.say('Kind of model')}: {training.estimator.rpartition('.')[2]}."
    yield from in_short(evidence, nl)
    yield f"{evidence.name} {evidence.version or ''}: {evidence.digest}"
    by_id = {one.finding.id: one for one in answers(evidence, nl)}
    # The gravest first: where they do not all fit, the breaches are there. The register has no room for what passed.
    for finding in gravest_first(evidence.verdict.findings):
        if finding.status != "PASSED":
            one = by_id[finding.id]
            yield f"{one.question}: {one.status} ({one.basis})."
