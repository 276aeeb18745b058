"""Block B of the DPIA: parts 11 to 15, whether the processing is lawful."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Fact, Prose, Table
from smartstart_gov.documents.declared import coded, day, fact, facts, paragraph, undeclared_categories
from smartstart_gov.documents.dpia_part import Item, Part
from smartstart_gov.documents.findings import answer, question, reason
from smartstart_gov.documents.kinds import kind_of_model
from smartstart_gov.documents.summary import frequencies
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.verdict.finding import Finding


def _(message: str) -> str:
    """Mark a title for the message catalogues."""
    return message


def _legal_basis(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [
        fact(words, words.say("The model as a whole"), evidence.charter.legal_basis, "lawyer", "charter.yaml (legal_basis)")
    ]
    rows += [
        fact(
            words,
            words.say("{system}: legal basis", system=source.system),
            source.lawful_basis,
            "lawyer",
            f"contract.yaml (sources.{name}.lawful_basis)",
        )
        for name, source in evidence.contract.sources.items()
    ]
    return (facts(words, "", rows),)


def _special(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    found = [c for c in evidence.contract.columns if c.special_category]
    todo = undeclared_categories(words, evidence)
    if not found:
        text = words.say("The contract names no column of a special category.")
        return (Prose(text=text, basis="derived"), *todo)
    header = (words.say("Column"), words.say("What it says"), words.say("Used as"))
    rows = tuple((c.name, words.text(c.meaning), words.code("role", c.role)) for c in found)
    note = words.say("Special categories in an audit: article 4a of the AI Act (formerly article 10(5)) sets conditions.")
    caption = words.say("Special categories of personal data")
    table = Table(caption=caption, header=header, rows=rows, note=note, basis="declared")
    checks = [
        Fact(term=question(words, evidence, f), text=_answered(words, evidence, f), basis="measured")
        for f in evidence.verdict.findings
        if f.id in ("control.R01", "control.R36")
    ]
    return (table, *todo, facts(words, "", checks)) if checks else (table, *todo)


def _answered(words: Words, evidence: Evidence, finding: Finding) -> str:
    return f"{capital(answer(words, finding))}. {reason(words, evidence, finding)}"


def _remarks(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    if evidence.charter.dpia.get("12.4") is not None:
        return ()
    return (Prose(text=words.say("No further remarks were written down."), basis="open"),)


def _purpose_limitation(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [Fact(term=words.say("Used now for"), text=words.text(evidence.charter.purpose), basis="declared")]
    rows += [
        fact(
            words,
            words.say("{system}: first collected for", system=source.system),
            source.original_purpose,
            "data",
            f"contract.yaml (sources.{name}.original_purpose)",
        )
        for name, source in evidence.contract.sources.items()
    ]
    rows.append(Fact(term=words.say("Not to be used for"), text=words.text(evidence.charter.out_of_scope), basis="declared"))
    return (facts(words, "", rows),)


def _subsidiarity(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    what = words.say("Why no milder means would do")
    return (paragraph(words, what, evidence.charter.proportionality, "owner", "charter.yaml (proportionality)"),)


def _proportionality(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return what has to be weighed: how often people are selected rightly and wrongly, and with how many facts of them."""
    say, contract = words.say, evidence.contract
    inputs = contract.with_role("feature")
    reasons = sum(contract.justification(column) is not None for column in inputs)
    text = say(
        "{n} of {all} inputs have a written reason in the contract.", n=words.number(reasons), all=words.number(len(inputs))
    )
    minimal = Prose(lead=say("How much the model gets to see."), text=text, basis="declared")
    if evidence.training.origin == "predictions":
        unseen = say("What the model gets to see is not known: only predictions were handed in.")
        minimal = Prose(lead=say("How much the model gets to see."), text=unseen, basis="open")
    # The picture of a hundred cases stands in the model card.
    counted = tuple(block for block in frequencies(words, evidence) if block.kind != "figure")
    return *counted, minimal


def _see(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, contract = words.say, evidence.contract
    held = [c for c in contract.columns if c.role not in ("ignore", "index")]
    what = words.plural(
        "{n} fact of each case; part 2 lists it. The score is another.",
        "{n} facts of each case; part 2 lists them. The score is another.",
        len(held),
    )
    if evidence.training.score == "decision":
        what = words.plural(
            "{n} fact of each case, the decision among them; part 2 lists it.",
            "{n} facts of each case, the decision among them; part 2 lists them.",
            len(held),
        )
    rows = [
        Fact(term=say("What there is to see"), text=what, basis="declared"),
        Fact(term=say("Where to ask"), text=words.text(evidence.charter.owner.contact), basis="declared"),
    ]
    return (facts(words, "", rows),)


def _correct(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = []
    for name, source in evidence.contract.sources.items():
        wrong = None if source.error_rate is None else words.percent(source.error_rate)
        term = words.say("{system}: estimated share of wrong records", system=source.system)
        rows.append(fact(words, term, wrong, "data", f"contract.yaml (sources.{name}.error_rate)"))
    return (facts(words, "", rows),)


def _erase(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    ends = evidence.charter.exit
    rows = [
        fact(words, words.say("Data and model after the end"), ends.deletion, "owner", "charter.yaml (exit.deletion)"),
        fact(words, words.say("End date"), day(words, evidence), "owner", "charter.yaml (exit.end_date)"),
    ]
    return (facts(words, "", rows),)


def _not_automatic(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, charter = words.say, evidence.charter
    rows = [
        fact(words, say("Who decides"), charter.oversight, "owner", "charter.yaml (oversight)"),
        fact(words, say("A high score leads to"), coded(words, "effect", charter.effect), "owner", "charter.yaml (effect)"),
        fact(words, say("Force possible"), coded(words, "yes", charter.coercive), "owner", "charter.yaml (coercive)"),
    ]
    return (facts(words, "", rows),)


def _objection(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, charter = words.say, evidence.charter
    rows = [
        fact(words, say("How somebody objects"), charter.objection, "owner", "charter.yaml (objection)"),
        Fact(term=say("Where to ask"), text=words.text(charter.owner.contact), basis="declared"),
    ]
    return (facts(words, "", rows),)


def _information(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, shown = words.say, evidence.attribution is not None
    text = (
        say("The model card shows in section 7.5 what the model relies on.")
        if shown
        else say("What the model relies on could not be shown; see section 7.5 of the model card.")
    )
    rows = [
        kind_of_model(words, evidence.training),
        Fact(term=say("What the model relies on"), text=text, basis="measured"),
        Fact(term=say("What the model is for"), text=words.text(evidence.charter.purpose), basis="declared"),
    ]
    return (facts(words, "", rows),)


PARTS = (
    Part(
        number=11,
        title=_("Legal ground"),
        items=(Item(number="11", title=_("Legal ground"), fill=_legal_basis),),
    ),
    Part(
        number=12,
        title=_("Special data, criminal data and national identification numbers"),
        items=(
            Item(number="12.1", title=_("Special categories of personal data"), fill=_special),
            Item(number="12.2", title=_("Data on criminal offences")),
            Item(number="12.3", title=_("National identification numbers")),
            Item(number="12.4", title=_("Further remarks"), fill=_remarks),
        ),
    ),
    Part(
        number=13,
        title=_("Purpose limitation"),
        items=(Item(number="13", title=_("Whether the new use fits the first purpose"), fill=_purpose_limitation),),
    ),
    Part(
        number=14,
        title=_("Need and proportion"),
        items=(
            Item(number="14.1", title=_("Subsidiarity: whether it could be done in a milder way"), fill=_subsidiarity),
            Item(
                number="14.2",
                title=_("Proportionality: whether it is worth the intrusion"),
                fill=_proportionality,
            ),
        ),
    ),
    Part(
        number=15,
        title=_("Rights of the people concerned"),
        items=(
            Item(number="15.1", title=_("Right to see one's data"), fill=_see),
            Item(number="15.2", title=_("Right to have data corrected or completed"), fill=_correct),
            Item(number="15.3", title=_("Right to be forgotten"), fill=_erase),
            Item(number="15.4", title=_("Right to have the processing limited")),
            Item(number="15.5", title=_("Right to take data elsewhere")),
            Item(
                number="15.6",
                title=_("Right not to be judged by a computer alone"),
                fill=_not_automatic,
            ),
            Item(number="15.7", title=_("Right to object"), fill=_objection),
            Item(number="15.8", title=_("Right to clear information"), fill=_information),
        ),
    ),
)
