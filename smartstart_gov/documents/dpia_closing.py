"""Blocks C and D of the DPIA and its closing: parts 16 to 20, the risks, the measures, the summary and the signatures."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Bullets, Fact, Prose, Table
from smartstart_gov.documents.codes import TONES
from smartstart_gov.documents.declared import day, fact, facts, missing, risks
from smartstart_gov.documents.dpia_part import Item, Part, Topic
from smartstart_gov.documents.effect import effect
from smartstart_gov.documents.findings import answer, badge, gravest_first, question, reason, remedy
from smartstart_gov.documents.quantities import to_everybody
from smartstart_gov.documents.summary import coverage, signatures
from smartstart_gov.documents.vulnerable import vulnerable
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def _(message: str) -> str:
    """Mark a title for the message catalogues."""
    return message


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
        only = say("The tables below hold the groups that are printed by themselves. All groups count in the answers above.")
        tables.insert(0, Prose(text=only, keep=True))
    hidden = Prose(text=say("Which groups are not printed by themselves:"), keep=True)
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
        header = (say("Risk"), say("Measure"), say("Left over"))
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
                "owner",
                f"charter.yaml (risks[{place}].measure)",
            )
            for place, r in enumerate(evidence.charter.risks)
            if r.measure is None
        ]
    else:
        blocks.append(missing(words, say("A measure for each risk"), "dpo", "charter.yaml (risks)"))
    if any(r.residual == "high" for r in evidence.charter.risks):
        ask = say("A high risk is left over. Then the data protection authority has to be asked first (article 36 GDPR).")
        blocks.append(Prose(lead=say("Mind."), text=ask, basis="declared"))
    ends = evidence.charter.exit
    watched = [
        fact(words, say("When the model stops"), ends.stop_criteria, "owner", "charter.yaml (exit.stop_criteria)"),
        fact(words, say("End date"), day(words, evidence), "owner", "charter.yaml (exit.end_date)"),
    ]
    return *blocks, facts(words, say("When it ends"), watched)


def _summary(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, found = words.say, evidence.charter.risks
    high = [words.text(r.description) for r in found if r.residual == "high"]
    blocks: list[Block] = [
        badge(words, evidence),
        Prose(lead=say("Purpose."), text=words.text(evidence.charter.purpose), basis="declared"),
    ]
    if found:
        named = words.plural("{n} risk is named.", "{n} risks are named.", len(found))
        without = sum(r.measure is None for r in found)
        lacking = words.plural("{n} has no measure yet.", "{n} have no measure yet.", without) if without else ""
        left = say("A high risk is left over: {risks}", risks=" ".join(high)) if high else say("No high risk is left over.")
        text = " ".join(part for part in (named, lacking, left) if part)
        blocks.append(Prose(lead=say("Risks."), text=text, basis="declared"))
    return tuple(blocks)


def _status(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, owner = words.say, evidence.charter.owner
    rows = [
        Fact(term=say("Version of the model"), text=evidence.version or say("no version yet"), basis="measured"),
        Fact(term=say("Date of the audit"), text=words.date(evidence.created), basis="measured"),
        Fact(term=say("Kept by"), text=f"{owner.organisation} ({words.text(owner.function)})", basis="declared"),
        Fact(term=say("Contact"), text=words.text(owner.contact), basis="declared"),
        Fact(
            term=say("In the file of this version"),
            text=say("The pre-scan, the model card, this annex, and bundle.json with the counts they were made from."),
            basis="measured",
        ),
        Fact(
            term=say("Rules that were used"),
            text=say(
                "Contract {contract}, policy {policy}.", contract=evidence.contract.version, policy=evidence.policy.version
            ),
            basis="measured",
        ),
    ]
    return (facts(words, "", rows),)


def _signing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (signatures(words, evidence),)


PARTS = (
    Part(
        number=16,
        title=_("Risks for the people concerned"),
        items=(Item(number="16", title=_("Risks for the people concerned"), fill=_risks),),
        topics=(Topic(id="vulnerable", title=_("Children and vulnerable people"), fill=_vulnerable),),
    ),
    Part(
        number=17,
        title=_("Measures"),
        items=(Item(number="17", title=_("Why the risk that is left is acceptable, and who watches it"), fill=_measures),),
        topics=(Topic(id="effect", title=_("Whether it does good"), fill=effect),),
    ),
    Part(
        number=18,
        title=_("Summary for the management"),
        items=(Item(number="18", title=_("Summary in own words"), fill=_summary),),
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
