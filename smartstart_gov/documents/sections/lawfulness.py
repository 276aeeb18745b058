"""Block B of the DPIA: parts 11 to 15, lawfulness and the rights of the people concerned."""

from __future__ import annotations

from smartstart_gov.authoring.dpia_form import RIGHTS
from smartstart_gov.documents.blocks import Fact, Prose, Table
from smartstart_gov.documents.declarations import groups_in_training, said, undeclared_categories
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.sections.audit import kind_of_model
from smartstart_gov.documents.sections.dpia_sheet import Part, Sheet
from smartstart_gov.documents.sections.dpia_sheet import said as answered
from smartstart_gov.documents.sections.findings import answer, basis_of, question, reason
from smartstart_gov.documents.sections.processing import option
from smartstart_gov.documents.summary import frequencies, of_areas
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding

TITLES: dict[str, str] = {
    "15.1": _("Right of access"),
    "15.2": _("Right to have data corrected or completed"),
    "15.3": _("Right to be forgotten"),
    "15.4": _("Right to restrict the processing"),
    "15.5": _("Right to data portability"),
    "15.6": _("Right not to be judged by a computer alone"),
    "15.7": _("Right to object"),
    "15.8": _("Right to clear information"),
}


def _ground(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    sheet.ask(say("11.1 On which legal ground?"))
    ground = evidence.charter.prescan.get("0.4")
    if isinstance(ground, str):
        sheet.tell(say("11.1.1.1 Legal ground"), option(words, "0.4", ground), "declared")
    else:
        sheet.lacking(say("11.1.1.1 Legal ground"), "prescan", "0.4")
    sheet.declared(say("11.1.1.2 The model as a whole"), "charter", "legal_basis")
    for name, source in evidence.contract.sources.items():
        sheet.declared(say("{system}: legal basis", system=source.system), "contract", "sources", name, "lawful_basis")
    sheet.own("11", say("11.2 Further text"))


def _special(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    found = [c for c in evidence.contract.columns if evidence.contract.special(c)]
    sheet.ask(say("12 Are there data that the law protects more?"))
    if found:
        columns = "; ".join(f"{c.name} ({words.code('role', c.role)})" for c in found)
        sheet.tell(say("12.1.1 Special categories of personal data"), say("Yes: {columns}.", columns=columns), "derived")
    elif any(evidence.contract.special(c) is None for c in evidence.contract.columns):
        text = say("The contract names no special-category columns.")
        sheet.tell(say("12.1.1 Special categories of personal data"), text, "derived")
    else:
        sheet.tell(say("12.1.1 Special categories of personal data"), say("No, according to the contract."), "derived")
    sheet.own("12.1", say("12.1.2.5 Which exception allows the special categories of personal data"))
    for number, kind, term, ground in (
        ("12.2", "criminal", say("12.2.1 Data on criminal offences"),
         say("12.2.2.4 What allows the use of data on criminal offences, if there are any")),
        ("12.3", "national_number", say("12.3.1 National identification numbers"),
         say("12.3.2.4 What allows the use of national identification numbers, if there are any")),
    ):  # fmt: skip
        named = evidence.charter.prescan.get("1.3.2")
        if isinstance(named, tuple) and kind in named:
            sheet.tell(term, say("According to question 1.3.2 of the pre-scan, there are such data."), "declared")
        sheet.own(number, ground)
    sheet.own("12.4", say("12.4 Further remarks"))
    for finding in evidence.verdict.findings if found else ():
        if finding.id in ("control.R01", "control.R36"):
            sheet.tell(question(words, evidence, finding), _answered(words, evidence, finding), basis_of(finding))
    sheet.add(*undeclared_categories(words, evidence), *groups_in_training(words, evidence))
    if found:
        law = say("Article 4a of the AI Act (formerly article 10(5)) sets conditions for special-category data in an audit.")
        sheet.add(Prose(text=law))


def _answered(words: Words, evidence: Evidence, finding: Finding) -> str:
    return f"{capital(answer(words, finding))}. {reason(words, evidence, finding)}"


def _purpose_limitation(sheet: Sheet) -> None:
    say = sheet.words.say
    sheet.ask(say("13.1 Does the new use fit the first purpose?"))
    purpose = say("{where} gives the purpose of each processing.", where=Ref("part-5"))
    sheet.tell(say("13.1.1.3 Used now for"), purpose, "derived")
    where = say("{where} says of each source what it was first collected for.", where=Ref("part-2"))
    sheet.tell(say("13.1.1.4 First purpose"), where, "derived")
    sheet.own("13.1.1.5", say("13.1.1.5 Judgement of the further use"))
    sheet.fields(say("13.1.1.5 Judgement of the further use"), "13.1.1.5")
    sheet.own("13.1.1.6", say("13.1.1.6 Article of law"))
    if sheet.evidence.charter.dpia.get("13.1.1.5") == "allowed_by_law":
        sheet.fields(say("13.1.1.6 Article of law"), "13.1.1.6")
    sheet.declared(say("Not to be used for"), "charter", "out_of_scope")
    sheet.own("13", say("13.2 Whether the new use fits the original purpose"))


def _necessity(sheet: Sheet) -> None:
    say = sheet.words.say
    sheet.ask(say("14 Is it necessary, and in proportion?"))
    sheet.declared(say("14.1 Why a less intrusive means is not enough"), "charter", "proportionality")
    sheet.own("14.1", say("14.1 Further text"))
    sheet.own("14.2", say("14.2 Whether it justifies the intrusion"))
    sheet.put(_minimal(sheet.words, sheet.evidence))
    # The picture of a hundred cases stands in the model card.
    sheet.add(*frequencies(sheet.words, sheet.evidence))


def _minimal(words: Words, evidence: Evidence) -> Fact:
    """Return with how many facts of people the model works, and of how many somebody says why."""
    say, inputs = words.say, evidence.contract.with_role("feature")
    if evidence.training.origin == "predictions":
        unseen = say("It is not known what the model sees: only predictions were supplied.")
        return Fact(term=say("How much the model sees"), text=unseen, basis="open")
    reasons = sum(evidence.contract.justification(column) is not None for column in inputs)
    text = say(
        "For {n} of {all} inputs, the contract gives a written reason.", n=words.number(reasons), all=words.number(len(inputs))
    )
    return Fact(term=say("How much the model sees"), text=text, basis="derived")


def _rights(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    answers, opened = evidence.charter.dpia, words.code("basis", "open")
    rows = []
    for right in RIGHTS:
        title = say(TITLES[right])
        said_ = {number: answers.get(f"{right}.{number}") for number in (1, 3, 4)}
        told = {
            number: opened if value is None else answered(words, f"{right}.{number}", value) for number, value in said_.items()
        }
        how = _how(sheet, right)
        limit = told[3] if said_[4] is None else f"{told[3]}: {told[4]}"
        rows.append((f"{right} {title}", told[1], how or opened, limit))
    header = (say("Right"), say(".1 Procedure?"), say(".2 How it works"), say(".3, .4 Restricted by law?"))
    sheet.add(Table(caption=say("What people can ask, and how"), header=header, rows=tuple(rows), basis="declared"))
    numbers = tuple(f"{right}.{n}" for right in RIGHTS for n in (1, 3))
    sheet.fields(say("Procedures and restrictions"), *numbers)
    sheet.fields(say("Procedures and restrictions"), *(f"{right}.4" for right in RIGHTS if answers.get(f"{right}.3") is True))
    sheet.ask(say("15 What follows from the files"))
    held = [c for c in evidence.contract.columns if c.role != "ignore"]
    what = words.plural(
        "{n} fact about each case; {where} lists it. The score comes on top of that.",
        "{n} facts about each case; {where} lists them. The score comes on top of that.",
        len(held),
        where=Ref("part-2"),
    )
    if evidence.training.score == "decision":
        what = words.plural(
            "{n} fact about each case, including the decision; {where} lists it.",
            "{n} facts about each case, including the decision; {where} lists them.",
            len(held),
            where=Ref("part-2"),
        )
    if of_areas(evidence):
        what = say("A person is only counted; {where} lists as what. The score is of an area.", where=Ref("part-2"))
    sheet.tell(say("15.1 What people can see"), what, "derived")
    contact = said(words, evidence.charter.owner.contact)
    sheet.declared(say("15.1, 15.7 Where to ask"), "charter", "owner", "contact", told=contact)
    sheet.declared(say("15.6 Compulsion possible"), "charter", "coercive")
    sheet.put(kind_of_model(words, evidence.training))
    sheet.tell(say("15.8 What the model relies on"), _relies(words, evidence), "measured")


def _how(sheet: Sheet, right: str) -> str:
    """Return how a right works: what other keys of the charter say of it, and the text under its number."""
    say, words, charter = sheet.words.say, sheet.words, sheet.evidence.charter
    parts = []
    if right == "15.3":
        # The end date and what is erased then stand in part 10.
        parts.append(say("At the end: see {where}.", where=Ref("part-10")))
    if right == "15.6":
        parts.append(sheet.cell(say("15.6 Who decides"), "charter", "oversight"))
    if right == "15.7":
        parts.append(sheet.cell(say("15.7 How to object"), "charter", "objection"))
    own = charter.dpia.get(right)
    if own is not None:
        parts.append(answered(words, right, own))
    else:
        title = say(TITLES[right])
        sheet.own(right, f"{right} {title}")
    return " ".join(part for part in parts if part != words.code("basis", "open"))


def _relies(words: Words, evidence: Evidence) -> str:
    if evidence.attribution is None:
        return words.say(
            "It was not possible to show what the model relies on; see {where}.", where=Ref("inputs", of="model_card")
        )
    return words.say(
        "The model card shows in {where} what the model relies on.", where=Ref("inputs", of="model_card", named=True)
    )


JUDGEMENT = (
    Part(number=11, title=_("Legal ground"), fill=_ground),
    Part(number=12, title=_("Special-category data, criminal data and national identification numbers"), fill=_special),
    Part(number=13, title=_("Purpose limitation"), fill=_purpose_limitation),
    Part(number=14, title=_("Necessity and proportionality"), fill=_necessity),
    Part(number=15, title=_("Rights of the people concerned"), fill=_rights),
)
