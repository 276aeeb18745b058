"""The pre-scan DPIA: its questions with the answers that follow from the files, and which assessments it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smartstart_gov.authoring.fields import ask_of
from smartstart_gov.authoring.screening import ASSESSMENTS as DEPENDS
from smartstart_gov.authoring.screening import Answer, Measured, Outcome, Reckoned, answers, deciding, known, outcome
from smartstart_gov.authoring.screening_questions import QUESTIONS, Question
from smartstart_gov.documents.blocks import Badge, Block, Fact, Prose, Table, Tone
from smartstart_gov.documents.declarations import facts, open_line, yes_no
from smartstart_gov.documents.layout import laid_out
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.prescan_words import ASKS, OPTIONS
from smartstart_gov.documents.sections.ai_act import domain_text
from smartstart_gov.documents.sections.audit import check
from smartstart_gov.documents.sections.front import subtitle, titled, what_for
from smartstart_gov.documents.summary import legend, printed
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence

BLOCKS: dict[str, str] = {
    "0": _("The processing"),
    "1": _("Personal data"),
    "2": _("Transfers to other countries"),
    "3": _("List of the Dutch data protection authority"),
    "4": _("List of the European data protection authorities"),
    "5": _("Base registers"),
    "6": _("Algorithms"),
    "7": _("Rights of children"),
}

ASSESSMENTS: dict[str, str] = {
    "dpia": _("DPIA: data protection impact assessment"),
    "dtia": _("DTIA: assessment of a transfer outside the European Economic Area"),
    "kia": _("KIA: assessment of the impact on children"),
    "iama": _("IAMA: assessment of the impact on human rights"),
}

LEVELS: dict[str, str] = {
    "required": _("required"),
    "recommended": _("recommended"),
    "none": _("not asked for"),
    "open": _("depends on open answers"),
}

RULES: dict[str, str] = {
    "new_law": _("it is about a new law or regulation"),
    "points": _("there are more than four points"),
    "list_authority": _("at least one item of the Dutch authority's list applies"),
    "list_europe": _("at least two of the nine European criteria apply"),
    "one_of_europe": _("one of the nine European criteria applies"),
}

ITEMS: dict[str, str] = {
    "ordinary": _("Ordinary data: six kinds or more"),
    "special": _("Special categories: one to six kinds give 1 point, more give 2"),
    "sensitive": _("Sensitive data: one to six kinds give 1 point, more give 2"),
    "people": _(
        "Kinds of people: staff and citizens count as 1, children and vulnerable people as 3; a total of 3 gives 1 point,"
        " more gives 2"
    ),
    "number": _("10,000 people or more"),
    "frequency": _("Monthly or more often"),
    "retention": _("Kept for a year or longer"),
    "transfer": _("Data leave the European Economic Area: 1 point, or 2 with special categories or from a cloud abroad"),
    "registers": _("Base registers with data of persons or companies"),
    "service": _("Digital service: 1 point if children may use it, 2 if it is meant for them"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    """One pre-scan, answered: what the sections are made from."""

    given: Mapping[str, Answer]
    outcome: Outcome
    deciding: tuple[str, ...]


@laid_out
def dpia_prescan(evidence: Evidence, words: Words) -> Document:
    """Return the pre-scan DPIA of the public edition."""
    say, scan = words.say, _scan(evidence)
    blocks = tuple(
        Section(id=f"block-{id_}", kind="part", official=id_, title=say(title), blocks=_questions(words, evidence, scan, id_))
        for id_, title in BLOCKS.items()
    )
    return Document(
        kind="dpia_prescan",
        lang=words.lang,
        title=titled(words, evidence, say("Pre-scan DPIA: {title}", title=words.text(evidence.charter.title))),
        subtitle=subtitle(words, evidence),
        description=say("Which assessments are needed according to the Dutch government's pre-scan DPIA, version 2.0."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=(_badge(words, scan), what_for(words, evidence), _assessments(words, scan)),
        sections=(
            Section(id="reading", kind="plain", title=say("How to read this document"), blocks=_reading(words)),
            *blocks,
            Section(id="reckoning", kind="plain", title=say("How the outcome was calculated"), blocks=_reckoning(words, scan)),
            Section(id="check", kind="plain", title=say("How to check this document"), blocks=check(words, evidence)),
        ),
    )


def given_answers(evidence: Evidence) -> dict[str, Answer]:
    """Return the answer to every question with options: what follows from the files, and what the charter adds."""
    total = printed(evidence).total
    units = None if total is None or total.clusters is None else total.clusters.units
    measured = Measured(rows=evidence.training.read, columns=len(evidence.contract.columns), units=units)
    return answers(evidence.contract, evidence.charter, measured)


def _scan(evidence: Evidence) -> _Scan:
    given = given_answers(evidence)
    found = known(given)
    return _Scan(given=given, outcome=outcome(found), deciding=deciding(found))


def _badge(words: Words, scan: _Scan) -> Badge:
    say, level = words.say, scan.outcome.level("dpia")
    word = say("DPIA: {level}", level=words.say(LEVELS[level or "open"]))
    if level == "none":
        return Badge(word=word, text=say("No rule of the pre-scan calls for a DPIA."), tone="plain")
    if level is None:
        text = say("Some answers are open, and the outcome depends on them. They are marked below.")
        return Badge(word=word, text=text, tone="open")
    return Badge(word=word, text=say("Reason: {reasons}.", reasons=_reasons(words, scan.outcome.light)), tone="plain")


def _reasons(words: Words, found: Reckoned) -> str:
    return "; ".join(words.say(RULES[rule]) for rule in found.met)


def _assessments(words: Words, scan: _Scan) -> Table:
    say = words.say
    rows = []
    for id_, name in ASSESSMENTS.items():
        level = scan.outcome.level(id_)
        rows.append((say(name), capital(say(LEVELS[level or "open"])), _why(words, scan, id_)))
    header = (say("Assessment"), say("Outcome"), say("Why"))
    return Table(caption=say("Which assessments are needed"), header=header, rows=tuple(rows), basis="derived")


def _why(words: Words, scan: _Scan, id_: str) -> str:
    say, level = words.say, scan.outcome.level(id_)
    if level is None:
        open_ = ", ".join(q for q in scan.deciding if q in DEPENDS[id_])
        return say("Open: question {questions}.", questions=open_)
    if id_ == "dpia":
        reasons = _reasons(words, scan.outcome.light)
        return capital(f"{reasons}.") if reasons else say("No rule of the pre-scan calls for it.")
    held = {
        "dtia": say("Data leave the European Economic Area, on contractual clauses or another ground."),
        "kia": say("A digital service is meant for people under 18."),
        "iama": say("The algorithm is a high-risk AI system.")
        if scan.given["6.1.2"].value is True
        else say("The algorithm affects people, whether or not it is a high-risk AI system."),
    }
    return say("No rule of the pre-scan calls for it.") if level == "none" else held[id_]


def _reading(words: Words) -> tuple[Block, ...]:
    intro = Prose(
        text=words.say(
            "This document answers the questions of the Dutch government's pre-scan DPIA (version 2.0), as far as the answers"
            " follow from the model's files. Each answer is followed by its source. The questions have the numbers of the"
            " pre-scan. The model's owner must check every answer."
        )
    )
    kinds = Prose(text=words.say("The answers are of four kinds. A label shows which:"), keep=True)
    loose = Prose(
        text=words.say(
            "Where an answer is open and no outcome depends on it, it is enough to say so. The owner of the model can still"
            " answer it, in charter.yaml, under prescan and the number of the question."
        )
    )
    return intro, kinds, *legend(words), loose


def _questions(words: Words, evidence: Evidence, scan: _Scan, block: str) -> tuple[Block, ...]:
    asked = [q for id_, q in QUESTIONS.items() if id_.split(".")[0] == block]
    rows = [
        _text(words, evidence, q) if q.kind == "text" else _row(words, evidence, scan, q) for q in asked if put(scan.given, q)
    ]
    header = (words.say("Question"), words.say("Answer"), words.say("Kind"))
    made = facts(words, "", rows)
    return (type(made)(caption=made.caption, header=header, rows=made.rows),)


def put(given: Mapping[str, Answer], question: Question) -> bool:
    """Whether a question is put; one whose forerunner is open is, as long as something depends on it."""
    if question.after is None:
        return True
    before = given[question.after[0]]
    if before.final:
        return before.value is question.after[1] and put(given, QUESTIONS[question.after[0]])
    return given[question.id].value is not None


def _text(words: Words, evidence: Evidence, question: Question) -> Fact:
    charter, term = evidence.charter, _term(words, question.id)
    asked, place = [charter.purpose], "charter.yaml (purpose)"
    if question.id == "0.2":
        asked, place = [charter.population, charter.decision], "charter.yaml (population, decision)"
    told = [words.text(text) for text in asked if text is not None]
    if len(told) < len(asked):
        return open_line(words, term, "owner", place)
    return Fact(term=term, text=_with_source(words, " ".join(told), (place,)), basis="declared")


def _row(words: Words, evidence: Evidence, scan: _Scan, question: Question) -> Fact:
    answer, term = scan.given[question.id], _term(words, question.id)
    if answer.value is None and question.id == "0.4" and evidence.charter.legal_basis is not None:
        said = words.text(evidence.charter.legal_basis)
        return Fact(term=term, text=_with_source(words, said, ("charter.yaml (legal_basis)",)), basis="declared")
    if answer.value is None:
        return _open(words, evidence, scan, question, term)
    text = _with_source(words, _said(words, question, answer), answer.sources)
    if not answer.final and question.id in scan.deciding:
        more = _open(words, evidence, scan, question, term)
        return Fact(term=term, text=f"{text} {more.text}", basis="open", role=more.role, where=more.where)
    if not answer.final and question.kind == "many":
        more_may = words.say("Perhaps more of them apply; the outcome does not change with that.")
        text = f"{text} {more_may}"
    given = all("(prescan, " in source for source in answer.sources)
    return Fact(term=term, text=text, basis="measured" if answer.measured else "declared" if given else "derived")


def _open(words: Words, evidence: Evidence, scan: _Scan, question: Question, term: str) -> Fact:
    place = f"charter.yaml (prescan, {question.id})"
    if question.id in scan.deciding:
        return open_line(words, term, ask_of("charter", ("prescan", question.id)).who, place)
    said = [words.say("Not answered; no outcome depends on it.")]
    # The question is about the AI Act, and the charter may say under which of its points the use falls.
    if question.id == "6.1.2" and evidence.charter.domain is not None:
        said.append(domain_text(words, evidence))
    return Fact(term=term, text=" ".join(said), basis="open")


def _term(words: Words, id_: str) -> str:
    return f"{id_} {words.say(ASKS[id_])}"


def _said(words: Words, question: Question, answer: Answer) -> str:
    value = answer.value
    if isinstance(value, bool):
        return f"{capital(yes_no(words, value))}."
    options = OPTIONS.get(question.id) or OPTIONS["2.1"]
    chosen = (value,) if isinstance(value, str) else value or ()
    said = "; ".join(words.say(options[option]) for option in chosen)
    return capital(f"{said}.") if said else words.say("None of them.")


def _with_source(words: Words, text: str, sources: tuple[str, ...]) -> str:
    source = words.say("Follows from {sources}.", sources=", ".join(sources))
    return f"{text} {source}"


def _reckoning(words: Words, scan: _Scan) -> tuple[Block, ...]:
    say, light, grave = words.say, scan.outcome.light, scan.outcome.grave
    intro = Prose(
        text=say(
            "A DPIA is required in four cases: for a new law, with more than four points, if one item of the Dutch list"
            " applies, or if two of the nine European criteria apply. If one of those criteria applies, a DPIA is"
            " recommended. Open answers were tried at their mildest and at their most serious. If both give the same result,"
            " the outcome is settled."
        ),
        keep=True,
    )
    rows = [(say(text), words.number(light.points[item]), words.number(grave.points[item])) for item, text in ITEMS.items()]
    rows.append((say("All points together"), words.number(light.total), words.number(grave.total)))
    header = (
        say("Item"),
        say("Points, with open answers at their mildest"),
        say("Points, with open answers at their most serious"),
    )
    plain: Tone = "plain"
    tones: tuple[Tone, ...] = (*(plain for _ in ITEMS), "head")
    table = Table(caption=say("Points"), header=header, rows=tuple(rows), right=(1, 2), basis="derived", tones=tones)
    return intro, table
