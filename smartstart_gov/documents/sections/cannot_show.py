"""What this audit cannot show: limits of the data and of the method, children, risks, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.authoring.contract import ages
from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.documents.blocks import Block, Bullets, Prose, Table
from smartstart_gov.documents.declarations import yes_no
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.room import brief
from smartstart_gov.documents.sections.ai_act import required
from smartstart_gov.documents.summary import coverage, printed
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence

_LONG = 260


def page(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the page."""
    say, charter = words.say, evidence.charter
    never = say(
        "This audit compares groups on the outcome that was recorded. If it was recorded unfairly, the audit cannot see that."
        " An association in the data is not a cause. The answers hold for the people and the period of these data."
    )
    good = say("It says how often the model is right, and for whom. It does not say whether what follows helps anybody.")
    return (
        Prose(lead=say("What an audit of this kind cannot see."), text=f"{never} {good}"),
        Prose(lead=say("What the model cannot do."), text=_said(words, charter.limitations, "owner")),
        Prose(
            lead=say("How the outcome differs from the purpose."),
            text=_said(words, charter.label.difference_from_purpose, "data"),
        ),
        *_groups(words, evidence),
        Prose(lead=say("Children and vulnerable people."), text=" ".join(_children(words, evidence))),
        *_risks(words, evidence),
        *_open(words, evidence),
    )


def _groups(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return which groups are not printed, and how many rows have none."""
    lead, tally = words.say("Groups that cannot be seen."), printed(evidence)
    if tally.total is not None and not any(m.hidden or m.unknown_rows is not None for m in tally.margins):
        names = words.columns(evidence.contract, tuple(margin.attribute for margin in tally.margins))
        text = words.say("All groups by {names} are printed. Groups by anything else cannot be seen here.", names=names)
        combined = words.say("Combinations of attributes are not printed.")
        return (Prose(lead=lead, text=f"{text} {combined}"),)
    text = words.say("Not every group can be shown separately:")
    return Prose(lead=lead, text=text, keep=True), Bullets(items=coverage(words, evidence))


def _said(words: Words, declared: object, who: str) -> str:
    if declared is None:
        return words.say("Not filled in yet; {who} must do so.", who=words.code("who", who))
    return brief(words, words.text(declared), _LONG)  # type: ignore[arg-type]  # a Text


def _children(words: Words, evidence: Evidence) -> Iterator[str]:
    say, told = words.say, evidence.charter.vulnerable
    if told is None:
        yield _said(words, None, "dpo")
    else:
        yield say("People under 18: {answer}.", answer=yes_no(words, told.minors))
        yield say("What could go wrong for them: {harm}", harm=_said(words, told.harm, "dpo"))
        yield say("What is done for them: {care}", care=_said(words, told.care, "dpo"))
    audited = [column for column in ages(evidence.contract) if column.name in evidence.policy.attributes]
    if not ages(evidence.contract):
        yield say("No column is about age. So these data cannot say how the model treats children.")
    elif not audited:
        yield say("Age groups were not compared in this audit.")
    else:
        names = ", ".join(words.column(evidence.contract, column.name) for column in audited)
        yield say("Compared by age: {columns}.", columns=names)


def _risks(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, found = words.say, evidence.charter.risks
    if not found:
        return (Prose(lead=say("Risks for people."), text=_said(words, None, "dpo")),)
    rows = tuple(
        (
            brief(words, words.text(r.description), 140), words.code("grade", r.likelihood), words.code("grade", r.impact),
            say("not filled in yet") if r.measure is None else brief(words, words.text(r.measure), 140),
            words.code("grade", r.residual),
        )
        for r in found
    )  # fmt: skip
    header = (say("Risk"), say("Likelihood"), say("Impact"), say("Measure"), say("Remaining risk"))
    return (Table(caption=say("Risks for people, and what is done about them"), header=header, rows=rows),)


def _open(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return how many facts are open, by who has to fill them in: a list of what stands in the annex and in the DPIA."""
    found = open_facts(evidence.charter, evidence.contract, evidence.policy)
    if not found:
        text = words.say("Every fact that the charter, the contract and the policy ask for has been filled in.")
        if required(evidence):
            text += " " + words.say(
                "What the AI Act asks besides is marked as open in {where}.", where=Ref("ai-act", of="technical_annex")
            )
        return (Prose(lead=words.say("Open points."), text=text),)
    rows, say = [], words.say
    kinds = {"charter": say("on purpose and people"), "contract": say("on the data"), "policy": say("on the limits")}
    for who in CODES["who"]:
        of = [fact for fact in found if fact.ask.who == who]
        counted = {text: sum(fact.file == file for fact in of) for file, text in kinds.items()}
        said = ", ".join(f"{words.number(n)} {text}" for text, n in counted.items() if n)
        if of:
            rows.append((capital(words.code("who", who)), words.number(len(of)), said))
    header = (say("Who fills it in"), say("Open facts"), say("Of these"))
    note = say("Each open fact is listed in the technical annex, the DPIA annex or the pre-scan, where it is missing.")
    return (Table(caption=say("Open points"), header=header, rows=tuple(rows), right=(1,), note=note),)
