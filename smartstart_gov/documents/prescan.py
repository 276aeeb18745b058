"""The pre-scan DPIA: its questions with the answers that follow from the files, and which assessments it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smartstart_gov.documents.blocks import Badge, Block, Fact, Prose, Table, Tone
from smartstart_gov.documents.declared import fact, facts, yes_no
from smartstart_gov.documents.front import subtitle, titled, what_for
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.prescan_words import ASKS, ASSESSMENTS, BLOCKS, ITEMS, LEVELS, OPTIONS, RULES
from smartstart_gov.documents.provenance import check
from smartstart_gov.documents.summary import legend, printed
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.project.open_facts import ask_of
from smartstart_gov.project.prescan import Answer, Measured, answers, known
from smartstart_gov.project.prescan_outcome import ASSESSMENTS as DEPENDS
from smartstart_gov.project.prescan_outcome import Outcome, Reckoned, deciding, outcome
from smartstart_gov.project.prescan_questions import QUESTIONS, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    """One pre-scan, answered: what the sections are made from."""

    given: Mapping[str, Answer]
    outcome: Outcome
    deciding: tuple[str, ...]


def dpia_prescan(evidence: Evidence, words: Words) -> Document:
    """Return the pre-scan DPIA of the public edition."""
    say, scan = words.say, _scan(evidence)
    blocks = tuple(
        Section(id=f"block-{id_}", number=id_, title=say(title), blocks=_questions(words, evidence, scan, id_))
        for id_, title in BLOCKS.items()
    )
    return Document(
        kind="dpia_prescan",
        lang=words.lang,
        title=titled(words, evidence, say("Pre-scan DPIA: {title}", title=words.text(evidence.charter.title))),
        subtitle=subtitle(words, evidence),
        description=say("Which assessments are needed, by the pre-scan DPIA of the Dutch government, version 2.0."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=(_badge(words, scan), what_for(words, evidence), _assessments(words, scan)),
        sections=(
            Section(id="reading", title=say("How to read this document"), blocks=_reading(words)),
            *blocks,
            Section(id="reckoning", title=say("How the outcome was reckoned"), blocks=_reckoning(words, scan)),
            Section(id="check", title=say("How to check this document"), blocks=check(words, evidence)),
        ),
    )


def _scan(evidence: Evidence) -> _Scan:
    total = printed(evidence).total
    units = None if total is None or total.clusters is None else total.clusters.units
    measured = Measured(rows=evidence.training.read, columns=len(evidence.contract.columns), units=units)
    given = answers(evidence.contract, evidence.charter, measured)
    found = known(given)
    return _Scan(given=given, outcome=outcome(found), deciding=deciding(found))


def _badge(words: Words, scan: _Scan) -> Badge:
    say, level = words.say, scan.outcome.level("dpia")
    word = say("DPIA: {level}", level=words.say(LEVELS[level or "open"]))
    if level == "none":
        return Badge(word=word, text=say("No rule of the pre-scan asks for a DPIA."), tone="plain")
    if level is None:
        text = say("Some answers are open, and the outcome depends on them. They are marked below.")
        return Badge(word=word, text=text, tone="open")
    return Badge(word=word, text=say("Because {reasons}.", reasons=_reasons(words, scan.outcome.light)), tone="plain")


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
        return capital(f"{reasons}.") if reasons else say("No rule of the pre-scan asks for it.")
    held = {
        "dtia": say("Data leave the European Economic Area, on contractual clauses or another ground."),
        "kia": say("A digital service is meant for people under 18."),
        "iama": say("The algorithm is a high-risk AI system, or has impact on people in another way."),
    }
    return say("No rule of the pre-scan asks for it.") if level == "none" else held[id_]


def _reading(words: Words) -> tuple[Block, ...]:
    intro = Prose(
        text=words.say(
            "This document answers the questions of the pre-scan DPIA of the Dutch government (version 2.0), as far as the"
            " answers follow from the files of the model. Behind an answer stands what it follows from. The questions have the"
            " numbers of the pre-scan. Who answers for the model, looks at every answer."
        )
    )
    kinds = Prose(text=words.say("Every statement is one of three kinds, and carries a label that says which:"), keep=True)
    return intro, kinds, *legend(words)


def _questions(words: Words, evidence: Evidence, scan: _Scan, block: str) -> tuple[Block, ...]:
    asked = [q for id_, q in QUESTIONS.items() if id_.split(".")[0] == block]
    rows = [_text(words, evidence, q) if q.kind == "text" else _row(words, evidence, scan, q) for q in asked if _shown(scan, q)]
    header = (words.say("Question"), words.say("Answer"), words.say("Kind"))
    made = facts(words, "", rows)
    return (type(made)(caption=made.caption, header=header, rows=made.rows),)


def _shown(scan: _Scan, question: Question) -> bool:
    """Whether a question is put; one whose forerunner is open is, as long as something depends on it."""
    if question.after is None:
        return True
    before = scan.given[question.after[0]]
    if before.final:
        return before.value is question.after[1] and _shown(scan, QUESTIONS[question.after[0]])
    return scan.given[question.id].value is not None


def _text(words: Words, evidence: Evidence, question: Question) -> Fact:
    charter = evidence.charter
    if question.id == "0.2":
        what = f"{words.text(charter.population)} {words.text(charter.decision)}"
        place = "charter.yaml (population, decision)"
    else:
        what, place = words.text(charter.purpose), "charter.yaml (purpose)"
    return Fact(term=_term(words, question.id), text=_with_source(words, what, (place,)), basis="declared")


def _row(words: Words, evidence: Evidence, scan: _Scan, question: Question) -> Fact:
    answer, term = scan.given[question.id], _term(words, question.id)
    if answer.value is None and question.id == "0.4" and evidence.charter.legal_basis is not None:
        said = words.text(evidence.charter.legal_basis)
        return Fact(term=term, text=_with_source(words, said, ("charter.yaml (legal_basis)",)), basis="declared")
    if answer.value is None:
        return _open(words, scan, question, term)
    text = _with_source(words, _said(words, question, answer), answer.sources)
    if not answer.final and question.id in scan.deciding:
        more = _open(words, scan, question, term)
        return Fact(term=term, text=f"{text} {more.text}", basis="open", role=more.role, where=more.where)
    if not answer.final and question.kind == "many":
        more_may = words.say("More may apply; the outcome does not depend on it.")
        text = f"{text} {more_may}"
    return Fact(term=term, text=text, basis="measured" if answer.measured else "declared")


def _open(words: Words, scan: _Scan, question: Question, term: str) -> Fact:
    if question.id in scan.deciding:
        return fact(
            words, term, None, ask_of("charter", ("prescan", question.id)).who, f"charter.yaml (prescan, {question.id})"
        )
    return Fact(term=term, text=words.say("Not answered. No outcome depends on it."), basis="open")


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
            "A DPIA is required if it is about a new law, if there are more than four points, if one item of the Dutch list"
            " applies, or if two of the nine European signs apply. One sign makes it recommended."
            " Open answers were tried at their lightest and at their gravest. Where both come to the same, the outcome is"
            " settled."
        ),
        keep=True,
    )
    rows = [(say(text), words.number(light.points[item]), words.number(grave.points[item])) for item, text in ITEMS.items()]
    rows.append((say("All points together"), words.number(light.total), words.number(grave.total)))
    header = (say("Item"), say("Points, open answers at their lightest"), say("Points, open answers at their gravest"))
    plain: Tone = "plain"
    tones: tuple[Tone, ...] = (*(plain for _ in ITEMS), "head")
    table = Table(caption=say("Points"), header=header, rows=tuple(rows), right=(1, 2), basis="derived", tones=tones)
    return intro, table
