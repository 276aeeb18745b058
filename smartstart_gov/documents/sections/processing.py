"""Block A of the DPIA: parts 1 to 10, the description of the processing."""

from __future__ import annotations

from smartstart_gov.authoring.names import SINGLE
from smartstart_gov.documents.blocks import Block, Fact, Prose, Table
from smartstart_gov.documents.declarations import (
    answers_for,
    fact,
    facts,
    missing,
    paragraph,
    personal_data,
    said,
    sources,
)
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.sections.audit import equal_rows, kind_of_model, link_rule, look_facts
from smartstart_gov.documents.sections.dpia_part import Item, Part
from smartstart_gov.documents.sections.findings import reason
from smartstart_gov.documents.summary import balance_line, printed, unknown_line
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence


def _(message: str) -> str:
    """Mark a title for the message catalogues."""
    return message


def _proposal(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    charter, say = evidence.charter, words.say
    rows = [
        Fact(term=say("Model"), text=words.text(charter.title), basis="declared"),
        fact(words, say("Purpose"), evidence, "charter", "purpose"),
        fact(words, say("Who the model is about"), evidence, "charter", "population"),
        fact(words, say("Decision"), evidence, "charter", "decision"),
        fact(words, say("A high score leads to"), evidence, "charter", "effect"),
        fact(words, say("Who works with it"), evidence, "charter", "users"),
        fact(words, say("Not allowed"), evidence, "charter", "out_of_scope"),
    ]
    return (facts(words, "", rows),)


def _personal_data(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    whom = paragraph(words, words.say("Who the model is about"), evidence, "charter", "population")
    touched = paragraph(words, words.say("Who is affected"), evidence, "charter", "affected")
    return whom, touched, *personal_data(words, evidence.contract), *sources(words, evidence), _quality(words, evidence)


def _quality(words: Words, evidence: Evidence) -> Block:
    """Return what the audit met of gaps in the data."""
    say, training = words.say, evidence.training
    rows = [
        Fact(
            term=capital(words.column(evidence.contract, margin.attribute)),
            text=unknown_line(words, margin, evidence) or say("Not recorded: not allowed, and none found."),
            basis="measured",
        )
        for margin in printed(evidence).margins
    ]
    rows.append(equal_rows(words, evidence))
    if training.overlap is not None:
        overlap = words.number(training.overlap)
        rows.append(Fact(term=say("Keys found in both training rows and audit rows"), text=overlap, basis="measured"))
    return facts(words, say("Gaps in the data, as found in the audit"), rows)


def _processing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    contract, say = evidence.contract, words.say

    def names(*roles: str) -> str:
        return ", ".join(c.name for c in contract.columns if c.role in roles) or say("none")

    used = {c.source for c in contract.columns if c.source is not None}
    rows = []
    if len(used) > 1:
        systems = ", ".join(source.system for name, source in contract.sources.items() if name in used)
        rows.append(
            (
                say("Combine the sources"),
                say("Files are matched by a key: {systems}.", systems=systems),
                ", ".join(dict.fromkeys(link.key for link in contract.links)) or names("unit"),
            )
        )
    origin = evidence.training.origin
    if origin == "trained":
        learns = say("The model learns from cases whose outcome is known.")
        columns = [names("feature", "label", "weight"), *evidence.training.sensitive_fit]
        rows.append((say("Train the model"), learns, ", ".join(columns)))
    # Of a model that nobody has seen it is not known what reached it, and of a fitted one not what it was fitted with.
    counted_how = say("Counts by group. The model does not receive the columns that name groups.")
    if origin == "model" or evidence.training.sensitive_fit:
        counted_how = say("Counts by group. In use, the model does not receive the columns that name groups.")
    if origin == "predictions":
        counted_how = say("Counts by group.")
    rows += [
        (say("Audit the model"), counted_how, names("sensitive", "label", "control", "site")),
        (
            say("Keep the evidence"),
            say("The software keeps counts and answers. Of the rows, it keeps only fingerprints, to recognise them again."),
            say("all"),
        ),
        (
            say("Use the model"),
            words.text(evidence.charter.decision),
            names("score", "decision") if origin == "predictions" else names("feature", "score", "decision"),
        ),
    ]
    header = (say("Processing"), say("What happens"), say("Columns"))
    counted = Prose(text=balance_line(words, evidence), basis="measured")
    looked = say("The audit uses rows the model was not trained on.")
    if origin != "trained":
        looked = say("The model was made elsewhere. It is not known whether it learned from the rows of this audit.")
    elif evidence.training.folds is not None:
        looked = say(
            "In the audit, each row was scored by a copy of the model that had not learned from that row. The model itself"
            " learned from all rows."
        )
    gate = say("The release gate says whether the model may be used. It looks at the answers of the audit and the signatures.")
    serve = say("The columns that name groups are used for the audit only.") if origin == "trained" else ""
    if evidence.training.sensitive_fit:
        serve = say(
            "The columns that name groups are used for the audit, and for training as far as {where} says.",
            where=Ref("part-12-1"),
        )
    how = " ".join(part for part in (looked, gate, serve) if part)
    together = Prose(lead=say("How they are connected."), text=how)
    operations = Table(caption=say("Processing operations"), header=header, rows=tuple(rows), basis="derived")
    return counted, *link_rule(words, evidence), operations, together


def _techniques(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, training = words.say, evidence.training
    rows = [
        kind_of_model(words, training),
        Fact(term=say("Number of facts that the model receives"), text=_facts_it_gets(words, evidence), basis="measured"),
        Fact(term=say("Learns from data"), text=_learns(words, evidence), basis="measured"),
        *look_facts(words, evidence),
        Fact(term=say("Profiling"), text=_profiling(words, evidence), basis="derived"),
        Fact(
            term=say("Level the model predicts for"),
            text=words.code("aggregation", evidence.contract.aggregation_level),
            basis="declared",
        ),
        fact(words, say("Who decides"), evidence, "charter", "oversight"),
        fact(words, say("Compulsion possible"), evidence, "charter", "coercive"),
    ]
    return (facts(words, "", rows),)


def _facts_it_gets(words: Words, evidence: Evidence) -> str:
    if evidence.training.origin == "predictions":
        return words.say("Not known: only predictions were supplied.")
    return words.number(len(evidence.training.features))


def _learns(words: Words, evidence: Evidence) -> str:
    if evidence.training.origin == "predictions":
        return words.say("Not known: only predictions were supplied.")
    later = words.say("A model that learns further is a different model. It needs a new version and a new audit.")
    if evidence.training.origin == "model":
        return words.say("It was already trained when it was supplied. It is not known what it was trained on.") + f" {later}"
    return words.say("Yes, once, before this audit.") + f" {later}"


def _profiling(words: Words, evidence: Evidence) -> str:
    """Return what follows from the level of the contract: a score for each person, household or event is profiling."""
    if evidence.contract.aggregation_level in SINGLE:
        return words.say(
            "Yes: the model gives a score for each single case ({unit}). Article 4(4) of the GDPR calls this profiling if it"
            " says something about a person.",
            unit=words.text(evidence.contract.unit_of_analysis).rstrip("."),
        )
    return words.say("No score for individual people: the model is about areas.")


def _purposes(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    trained = evidence.training.origin == "trained"
    rows = (
        *([(say("Train the model"), say("To make a model for the purpose below."))] if trained else []),
        (say("Audit the model"), say("To find unfair treatment before the model is used, and to account for it.")),
        (say("Use the model"), words.text(evidence.charter.purpose)),
    )
    header = (say("Processing"), say("Purpose"))
    return (Table(caption=say("Purpose of each processing"), header=header, rows=rows, basis="derived"),)


def _parties(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, found = words.say, evidence.charter.parties
    blocks: list[Block] = []
    if found:
        rows = tuple((party.name, words.code("party", party.role)) for party in found)
        header = (say("Organisation"), say("Role"))
        blocks.append(Table(caption=say("Parties"), header=header, rows=rows, basis="declared"))
    else:
        what = say("The organisations that take part, and their role")
        blocks.append(missing(words, what, "charter", "parties"))
    known = [
        answers_for(words, say("Accountable for the model"), evidence),
        *(
            fact(
                words, say("Owner of {system}", system=source.system), evidence, "contract", "sources", name, "owner",
                told=said(words, source.owner),
            )
            for name, source in evidence.contract.sources.items()
        ),
        fact(words, say("Who works with it"), evidence, "charter", "users"),
    ]  # fmt: skip
    return *blocks, facts(words, "", known)


def _interests(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, charter = words.say, evidence.charter
    rows = [
        fact(words, say("Who is affected"), evidence, "charter", "affected"),
        fact(words, say("Who was consulted, and what came of it"), evidence, "charter", "consultation"),
    ]
    if charter.vulnerable is not None:
        rows.append(
            fact(words, say("How children and vulnerable people were heard"), evidence, "charter", "vulnerable", "heard")
        )
    return (facts(words, "", rows),)


def _framework(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    rows = [fact(words, say("Legal basis of the model"), evidence, "charter", "legal_basis")]
    note = Prose(
        text=say(
            "{annex} lists the requirements of the AI Act. The legal basis of each source is in {part}.",
            annex=Ref("ai-act", of="technical_annex"),
            part=Ref("part-11"),
        )
    )
    return facts(words, "", rows), note


def _retention(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [
        fact(
            words,
            words.say("{system}: how long the data are kept", system=source.system),
            evidence,
            "contract",
            "sources",
            name,
            "retention",
        )
        for name, source in evidence.contract.sources.items()
    ]
    rows.append(fact(words, words.say("Data and model after the end"), evidence, "charter", "exit", "deletion"))
    rows.append(fact(words, words.say("End date"), evidence, "charter", "exit", "end_date"))
    held = next((f for f in evidence.verdict.findings if f.id == "control.R36"), None)
    if held is not None:
        rows.append(
            Fact(term=words.say("Rows about people in the model file"), text=reason(words, evidence, held), basis="measured")
        )
    return (facts(words, "", rows),)


DESCRIPTION = (
    Part(
        number=1,
        title=_("Proposal"),
        items=(Item(number="1", title=_("Proposal"), fill=_proposal),),
    ),
    Part(
        number=2,
        title=_("Personal data"),
        items=(Item(number="2", title=_("Personal data"), fill=_personal_data),),
    ),
    Part(
        number=3,
        title=_("Processing operations"),
        items=(Item(number="3", title=_("Processing operations"), fill=_processing),),
    ),
    Part(
        number=4,
        title=_("Techniques and methods of the processing"),
        items=(Item(number="4", title=_("Whether a cloud is used, and whether this is an AI system"), fill=_techniques),),
    ),
    Part(
        number=5,
        title=_("Purposes of the processing"),
        items=(Item(number="5", title=_("Purposes of the processing"), fill=_purposes),),
    ),
    Part(
        number=6,
        title=_("Parties involved"),
        items=(Item(number="6", title=_("Parties involved"), fill=_parties),),
    ),
    Part(
        number=7,
        title=_("Interests in the processing"),
        items=(Item(number="7", title=_("Interests of each party"), fill=_interests),),
    ),
    Part(number=8, title=_("Places of processing"), items=(Item(number="8", title=_("Countries and transfers")),)),
    Part(
        number=9, title=_("Legal and policy framework"), items=(Item(number="9", title=_("Laws and rules"), fill=_framework),)
    ),
    Part(
        number=10,
        title=_("Retention periods"),
        items=(Item(number="10", title=_("Retention periods"), fill=_retention),),
    ),
)
