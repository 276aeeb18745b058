"""Blocks B, C and D of the DPIA and its closing: lawfulness, risks, measures, summary and signatures (parts 11 to 20)."""

from __future__ import annotations

from functools import partial

from smartstart_gov.documents.blocks import Block, Bullets, Fact, Prose, Table
from smartstart_gov.documents.declarations import (
    answers_for,
    effect,
    fact,
    facts,
    groups_in_training,
    missing,
    paragraph,
    risks,
    said,
    undeclared_categories,
)
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.sections.audit import kind_of_model
from smartstart_gov.documents.sections.dpia_part import Item, Part, Topic
from smartstart_gov.documents.sections.findings import answer, badge, question, reason, remedy
from smartstart_gov.documents.sections.quantities import to_everybody
from smartstart_gov.documents.sections.vulnerable import vulnerable
from smartstart_gov.documents.summary import coverage, frequencies, of_areas, signatures
from smartstart_gov.documents.terms import TONES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding, gravest_first


def _(message: str) -> str:
    """Mark a title for the message catalogues."""
    return message


def _legal_basis(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [fact(words, words.say("The model as a whole"), evidence, "charter", "legal_basis")]
    rows += [
        fact(
            words,
            words.say("{system}: legal basis", system=source.system),
            evidence,
            "contract",
            "sources",
            name,
            "lawful_basis",
        )
        for name, source in evidence.contract.sources.items()
    ]
    return (facts(words, "", rows),)


def _special(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    found = [c for c in evidence.contract.columns if evidence.contract.special(c)]
    todo = undeclared_categories(words, evidence)
    if not found:
        text = words.say("The contract names no special-category columns.")
        return (Prose(text=text, basis="derived"), *todo, *groups_in_training(words, evidence))
    header = (words.say("Column"), words.say("What it says"), words.say("Used as"))
    rows = tuple((c.name, words.text(c.meaning), words.code("role", c.role)) for c in found)
    note = words.say("Article 4a of the AI Act (formerly article 10(5)) sets conditions for special-category data in an audit.")
    caption = words.say("Special categories of personal data")
    table = Table(caption=caption, header=header, rows=rows, note=note, basis="declared")
    checks = [
        Fact(term=question(words, evidence, f), text=_answered(words, evidence, f), basis="measured")
        for f in evidence.verdict.findings
        if f.id in ("control.R01", "control.R36")
    ]
    asked = (facts(words, "", checks),) if checks else ()
    return (table, *todo, *groups_in_training(words, evidence), *asked)


def _answered(words: Words, evidence: Evidence, finding: Finding) -> str:
    return f"{capital(answer(words, finding))}. {reason(words, evidence, finding)}"


def _prescanned(kind: str, words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return that the charter names these data in the pre-scan; nothing where it does not."""
    named = evidence.charter.prescan.get("1.3.2")
    if not isinstance(named, tuple) or kind not in named:
        return ()
    return (Prose(text=words.say("According to question 1.3.2 of the pre-scan, there are such data."), basis="declared"),)


def _remarks(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    if evidence.charter.dpia.get("12.4") is not None:
        return ()
    return (Prose(text=words.say("No further remarks were recorded."), basis="open"),)


def _purpose_limitation(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [fact(words, words.say("Used now for"), evidence, "charter", "purpose")]
    rows += [
        fact(
            words,
            words.say("{system}: originally collected for", system=source.system),
            evidence,
            "contract",
            "sources",
            name,
            "original_purpose",
        )
        for name, source in evidence.contract.sources.items()
    ]
    rows.append(fact(words, words.say("Not to be used for"), evidence, "charter", "out_of_scope"))
    return (facts(words, "", rows),)


def _subsidiarity(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    what = words.say("Why a less intrusive means is not enough")
    return (paragraph(words, what, evidence, "charter", "proportionality"),)


def _proportionality(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return what has to be weighed: how often people are selected rightly and wrongly, and with how many facts of them."""
    say, contract = words.say, evidence.contract
    inputs = contract.with_role("feature")
    reasons = sum(contract.justification(column) is not None for column in inputs)
    text = say(
        "For {n} of {all} inputs, the contract gives a written reason.", n=words.number(reasons), all=words.number(len(inputs))
    )
    minimal = Prose(lead=say("How much the model sees."), text=text, basis="derived")
    if evidence.training.origin == "predictions":
        unseen = say("It is not known what the model sees: only predictions were supplied.")
        minimal = Prose(lead=say("How much the model sees."), text=unseen, basis="open")
    # The picture of a hundred cases stands in the model card.
    counted = frequencies(words, evidence)
    return *counted, minimal


def _where_to_ask(words: Words, evidence: Evidence) -> Fact:
    contact = said(words, evidence.charter.owner.contact)
    return fact(words, words.say("Where to ask"), evidence, "charter", "owner", "contact", told=contact)


def _see(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, contract = words.say, evidence.contract
    held = [c for c in contract.columns if c.role not in ("ignore", "index")]
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
    rows = [
        Fact(term=say("What people can see"), text=what, basis="derived"),
        _where_to_ask(words, evidence),
    ]
    return (facts(words, "", rows),)


def _correct(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = []
    for name, source in evidence.contract.sources.items():
        term = words.say("{system}: estimated share of wrong records", system=source.system)
        rows.append(fact(words, term, evidence, "contract", "sources", name, "error_rate"))
    return (facts(words, "", rows),)


def _erase(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [
        fact(words, words.say("Data and model after the end"), evidence, "charter", "exit", "deletion"),
        fact(words, words.say("End date"), evidence, "charter", "exit", "end_date"),
    ]
    return (facts(words, "", rows),)


def _not_automatic(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    rows = [
        fact(words, say("Who decides"), evidence, "charter", "oversight"),
        fact(words, say("A high score leads to"), evidence, "charter", "effect"),
        fact(words, say("Compulsion possible"), evidence, "charter", "coercive"),
    ]
    return (facts(words, "", rows),)


def _objection(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    rows = [
        fact(words, say("How to object"), evidence, "charter", "objection"),
        _where_to_ask(words, evidence),
    ]
    return (facts(words, "", rows),)


def _information(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, shown = words.say, evidence.attribution is not None
    text = (
        say(
            "The model card shows in {where} what the model relies on.",
            where=Ref("inputs", of="model_card", named=True),
        )
        if shown
        else say("It was not possible to show what the model relies on; see {where}.", where=Ref("inputs", of="model_card"))
    )
    rows = [
        kind_of_model(words, evidence.training),
        Fact(term=say("What the model relies on"), text=text, basis="measured"),
        fact(words, say("What the model is for"), evidence, "charter", "purpose"),
    ]
    return (facts(words, "", rows),)


JUDGEMENT = (
    Part(
        number=11,
        title=_("Legal ground"),
        items=(Item(number="11", title=_("Legal ground"), fill=_legal_basis),),
    ),
    Part(
        number=12,
        title=_("Special-category data, criminal data and national identification numbers"),
        items=(
            Item(
                number="12.1",
                title=_("Special categories of personal data"),
                fill=_special,
                asked=_("Which exception allows the special categories of personal data"),
            ),
            Item(
                number="12.2",
                title=_("Data on criminal offences"),
                fill=partial(_prescanned, "criminal"),
                asked=_("What allows the use of data on criminal offences, if there are any"),
            ),
            Item(
                number="12.3",
                title=_("National identification numbers"),
                fill=partial(_prescanned, "national_number"),
                asked=_("What allows the use of national identification numbers, if there are any"),
            ),
            Item(number="12.4", title=_("Further remarks"), fill=_remarks),
        ),
    ),
    Part(
        number=13,
        title=_("Purpose limitation"),
        items=(Item(number="13", title=_("Whether the new use fits the original purpose"), fill=_purpose_limitation),),
    ),
    Part(
        number=14,
        title=_("Necessity and proportionality"),
        items=(
            Item(number="14.1", title=_("Subsidiarity: whether a less intrusive way is possible"), fill=_subsidiarity),
            Item(
                number="14.2",
                title=_("Proportionality: whether it justifies the intrusion"),
                fill=_proportionality,
            ),
        ),
    ),
    Part(
        number=15,
        title=_("Rights of the people concerned"),
        items=(
            Item(number="15.1", title=_("Right of access"), fill=_see),
            Item(number="15.2", title=_("Right to have data corrected or completed"), fill=_correct),
            Item(number="15.3", title=_("Right to be forgotten"), fill=_erase),
            Item(number="15.4", title=_("Right to restrict the processing")),
            Item(number="15.5", title=_("Right to data portability")),
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


def _risks(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    intro = Prose(
        lead=say("Risk of discrimination, as measured."),
        text=say("The questions below compare how often the model is right and wrong in each group."),
        basis="measured",
    )
    found = [f for f in gravest_first(evidence.verdict.findings) if f.metric is not None]
    rows = tuple((answer(words, f), question(words, evidence, f), reason(words, evidence, f)) for f in found)
    header = (say("Answer"), say("Question"), say("Why"))
    measured = Table(
        caption=say("Risk of discrimination"),
        header=header,
        rows=rows,
        tones=tuple(TONES[f.status] for f in found),
        basis="measured",
    )
    tables: list[Block] = []
    for metric, by in dict.fromkeys((limit.metric, limit.by) for limit in evidence.policy.limits):
        table = to_everybody(words, evidence, metric=metric, by=by)
        tables += [] if table is None else [table]
    if tables:
        only = say("The tables below show the groups that are printed separately. All groups count in the answers above.")
        tables.insert(0, Prose(text=only, keep=True))
    hidden = Prose(text=say("Which groups are not printed separately:"), keep=True)
    counted = Bullets(items=coverage(words, evidence), basis="measured")
    return intro, measured, *tables, hidden, counted, risks(words, evidence)


def _vulnerable(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return vulnerable(words, evidence, results=True)


def _measures(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    blocks: list[Block] = []
    found = [f for f in gravest_first(evidence.verdict.findings) if f.blocks]
    if found:
        rows = tuple((question(words, evidence, f), answer(words, f), remedy(words, evidence, f)) for f in found)
        header = (say("Question"), say("Answer"), say("What would help"))
        blocks.append(Table(caption=say("What the audit asks for"), header=header, rows=rows, basis="measured"))
    if evidence.charter.risks:
        header = (say("Risk"), say("Measure"), say("Remaining risk"))
        todo = say("open: to be filled in by {who}", who=words.code("who", "owner"))
        lines = tuple(
            (words.text(r.description), todo if r.measure is None else words.text(r.measure), words.code("grade", r.residual))
            for r in evidence.charter.risks
        )
        blocks.append(Table(caption=say("Measures"), header=header, rows=lines, basis="declared"))
        blocks += [
            missing(
                words,
                say("A measure for the risk '{risk}'", risk=words.text(r.description).rstrip(".")),
                "charter",
                "risks",
                place,
                "measure",
            )
            for place, r in enumerate(evidence.charter.risks)
            if r.measure is None
        ]
    else:
        blocks.append(missing(words, say("A measure for each risk"), "charter", "risks"))
    if any(r.residual == "high" for r in evidence.charter.risks):
        ask = say("A high risk remains. The data protection authority must then be consulted first (article 36 GDPR).")
        blocks.append(Prose(lead=say("Note."), text=ask, basis="derived"))
    watched = [
        fact(words, say("When the model stops"), evidence, "charter", "exit", "stop_criteria"),
        fact(words, say("End date"), evidence, "charter", "exit", "end_date"),
    ]
    return *blocks, facts(words, say("When it ends"), watched)


def _summary(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, found = words.say, evidence.charter.risks
    high = [words.text(r.description) for r in found if r.residual == "high"]
    blocks: list[Block] = [
        badge(words, evidence),
        paragraph(words, say("Purpose"), evidence, "charter", "purpose"),
    ]
    if found:
        named = words.plural("{n} risk is named.", "{n} risks are named.", len(found))
        without = sum(r.measure is None for r in found)
        lacking = words.plural("{n} has no measure yet.", "{n} have no measure yet.", without) if without else ""
        left = say("A high risk remains: {risks}", risks=" ".join(high)) if high else say("No high risk remains.")
        text = " ".join(part for part in (named, lacking, left) if part)
        blocks.append(Prose(lead=say("Risks."), text=text, basis="derived"))
    return tuple(blocks)


def _status(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, owner = words.say, evidence.charter.owner
    rows = [
        Fact(term=say("Version of the model"), text=evidence.version or say("no version yet"), basis="declared"),
        Fact(term=say("Date of the audit"), text=words.date(evidence.created), basis="measured"),
        answers_for(words, say("Kept by"), evidence),
        fact(words, say("Contact"), evidence, "charter", "owner", "contact", told=said(words, owner.contact)),
        Fact(
            term=say("What belongs in the file of this version"),
            text=say(
                "The pre-scan, the model card, this annex, and bundle.json with the counts they are based on. manifest.json"
                " lists the files."
            ),
            basis="derived",
        ),
        Fact(
            term=say("Rules used"),
            text=say(
                "Contract {contract}, policy {policy}.", contract=evidence.contract.version, policy=evidence.policy.version
            ),
            basis="measured",
        ),
    ]
    return (facts(words, "", rows),)


def _signing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (signatures(words, evidence),)


CLOSING = (
    Part(
        number=16,
        title=_("Risks for the people concerned"),
        items=(Item(number="16", title=_("Risks for the people concerned"), fill=_risks),),
        topics=(Topic(id="vulnerable", title=_("Children and vulnerable people"), fill=_vulnerable),),
    ),
    Part(
        number=17,
        title=_("Measures"),
        items=(Item(number="17", title=_("Why the remaining risk is acceptable, and who monitors it"), fill=_measures),),
        topics=(Topic(id="effect", title=_("Whether it helps"), fill=effect),),
    ),
    Part(
        number=18,
        title=_("Management summary"),
        items=(Item(number="18", title=_("Summary in your own words"), fill=_summary),),
    ),
    Part(
        number=19,
        title=_("Version, status, file and advice"),
        items=(Item(number="19", title=_("Status, file and advice of the data protection officer"), fill=_status),),
    ),
    Part(
        number=20,
        title=_("Adoption and signing"),
        items=(Item(number="20", title=_("Adoption and signing"), fill=_signing),),
    ),
)
