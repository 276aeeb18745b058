"""Blocks B, C and D of the DPIA and its closing: parts 11 to 20."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Fact, Prose, Table
from smartstart_gov.documents.codes import TONES
from smartstart_gov.documents.declared import fact, facts, missing, paragraph, risks
from smartstart_gov.documents.dpia_part import Item, Part
from smartstart_gov.documents.findings import answer, badge, gravest_first, question, reason, remedy
from smartstart_gov.documents.quantities import to_everybody
from smartstart_gov.documents.summary import coverage, signatures
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def _(message: str) -> str:
    """Mark a title for the message catalogues."""
    return message


def _legal_basis(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [
        fact(words, words.say("The model as a whole"), evidence.charter.legal_basis, "lawyer", "charter.yaml (legal_basis)")
    ]
    rows += [
        fact(words, source.system, source.lawful_basis, "lawyer", f"contract.yaml (sources.{name})")
        for name, source in evidence.contract.sources.items()
    ]
    return (facts(words, "", rows),)


def _special(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    found = [c for c in evidence.contract.columns if c.special_category]
    if not found:
        return (Prose(text=words.say("The contract names no column of a special category."), basis="declared"),)
    header = (words.say("Column"), words.say("What it says"), words.say("Used as"))
    rows = tuple((c.name, words.text(c.meaning), words.code("role", c.role)) for c in found)
    note = words.say("Special categories in an audit: article 4a of the AI Act (formerly article 10(5)) sets conditions.")
    return (
        Table(caption=words.say("Special categories of personal data"), header=header, rows=rows, note=note, basis="declared"),
    )


def _purpose_limitation(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [Fact(term=words.say("Used now for"), text=words.text(evidence.charter.purpose), basis="declared")]
    rows += [
        fact(
            words,
            words.say("{system}: first collected for", system=source.system),
            source.original_purpose,
            "data",
            f"contract.yaml (sources.{name})",
        )
        for name, source in evidence.contract.sources.items()
    ]
    return (facts(words, "", rows),)


def _proportionality(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    what = words.say("Why no milder means would do")
    return (paragraph(words, what, evidence.charter.proportionality, "owner", "charter.yaml (proportionality)"),)


def _not_automatic(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (paragraph(words, words.say("Who decides"), evidence.charter.oversight, "owner", "charter.yaml (oversight)"),)


def _objection(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (
        paragraph(words, words.say("How somebody objects"), evidence.charter.objection, "owner", "charter.yaml (objection)"),
    )


def _information(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    shown = evidence.attribution is not None
    text = (
        words.say("The model card shows in section 7.5 what the model relies on.")
        if shown
        else words.say("What the model relies on could not be shown; see section 7.5 of the model card.")
    )
    return (Prose(text=text, basis="measured"),)


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
    hidden = Prose(lead=say("Small groups."), text=" ".join(coverage(words, evidence)), basis="measured")
    return intro, measured, *tables, hidden, risks(words, evidence)


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
            missing(words, say("Measure for: {risk}", risk=words.text(r.description)), "owner", "charter.yaml (risks)")
            for r in evidence.charter.risks
            if r.measure is None
        ]
    else:
        blocks.append(missing(words, say("A measure for each risk"), "owner", "charter.yaml (risks)"))
    if any(r.residual == "high" for r in evidence.charter.risks):
        ask = say("A high risk is left over. Then the data protection authority has to be asked first (article 36 GDPR).")
        blocks.append(Prose(lead=say("Mind."), text=ask, basis="declared"))
    return tuple(blocks)


def _summary(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (badge(words, evidence), Prose(text=words.text(evidence.charter.purpose), basis="declared"))


def _status(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, owner = words.say, evidence.charter.owner
    rows = [
        Fact(term=say("Version of the model"), text=evidence.version or say("no version yet"), basis="measured"),
        Fact(term=say("Date of the audit"), text=words.date(evidence.created), basis="measured"),
        Fact(term=say("Kept by"), text=f"{owner.organisation}, {words.text(owner.function)}", basis="declared"),
    ]
    return (facts(words, "", rows),)


def _signing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (signatures(words, evidence),)


PARTS = (
    Part(
        number=11,
        title=_("Legal ground"),
        items=(Item(number="11", title=_("Legal ground"), who="lawyer", optional=True, fill=_legal_basis),),
    ),
    Part(
        number=12,
        title=_("Special data, criminal data and national identification numbers"),
        items=(
            Item(number="12.1", title=_("Special categories of personal data"), who="lawyer", fill=_special),
            Item(number="12.2", title=_("Data on criminal offences"), who="lawyer"),
            Item(number="12.3", title=_("National identification numbers"), who="lawyer"),
            Item(number="12.4", title=_("Further remarks"), who="lawyer"),
        ),
    ),
    Part(
        number=13,
        title=_("Purpose limitation"),
        items=(
            Item(number="13", title=_("Whether the new use fits the first purpose"), who="lawyer", fill=_purpose_limitation),
        ),
    ),
    Part(
        number=14,
        title=_("Need and proportion"),
        items=(
            Item(number="14.1", title=_("Subsidiarity: whether it could be done in a milder way"), who="owner"),
            Item(
                number="14.2",
                title=_("Proportionality: whether it is worth the intrusion"),
                who="owner",
                optional=True,
                fill=_proportionality,
            ),
        ),
    ),
    Part(
        number=15,
        title=_("Rights of the people concerned"),
        items=(
            Item(number="15.1", title=_("Right to see one's data"), who="dpo"),
            Item(number="15.2", title=_("Right to have data corrected or completed"), who="dpo"),
            Item(number="15.3", title=_("Right to be forgotten"), who="dpo"),
            Item(number="15.4", title=_("Right to have the processing limited"), who="dpo"),
            Item(number="15.5", title=_("Right to take data elsewhere"), who="dpo"),
            Item(
                number="15.6",
                title=_("Right not to be judged by a computer alone"),
                who="dpo",
                optional=True,
                fill=_not_automatic,
            ),
            Item(number="15.7", title=_("Right to object"), who="dpo", optional=True, fill=_objection),
            Item(number="15.8", title=_("Right to clear information"), who="dpo", fill=_information),
        ),
    ),
    Part(
        number=16,
        title=_("Risks for the people concerned"),
        items=(Item(number="16", title=_("Risks for the people concerned"), who="dpo", optional=True, fill=_risks),),
    ),
    Part(
        number=17,
        title=_("Measures"),
        items=(
            Item(
                number="17", title=_("Why the risk that is left is acceptable, and who watches it"), who="owner", fill=_measures
            ),
        ),
    ),
    Part(
        number=18,
        title=_("Summary for the management"),
        items=(Item(number="18", title=_("Summary in own words"), who="owner", fill=_summary),),
    ),
    Part(
        number=19,
        title=_("Version, status, file and advice"),
        items=(Item(number="19", title=_("Status, file and advice of the data protection officer"), who="dpo", fill=_status),),
    ),
    Part(
        number=20,
        title=_("Adoption and signing"),
        items=(Item(number="20", title=_("Adoption and signing"), who="owner", optional=True, fill=_signing),),
    ),
)
