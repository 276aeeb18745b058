"""Block A of the DPIA: parts 1 to 10, the description of the processing."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Fact, Prose, Table
from smartstart_gov.documents.declared import fact, facts, missing, paragraph, personal_data, sources, yes_no
from smartstart_gov.documents.dpia_part import Item, Part
from smartstart_gov.documents.kinds import kind_of_model
from smartstart_gov.documents.looking import look_facts
from smartstart_gov.documents.summary import balance_line
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def _(message: str) -> str:
    """Mark a title for the message catalogues."""
    return message


def _proposal(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    charter, say = evidence.charter, words.say
    rows = [
        Fact(term=say("Model"), text=words.text(charter.title), basis="declared"),
        Fact(term=say("Purpose"), text=words.text(charter.purpose), basis="declared"),
        Fact(term=say("About whom"), text=words.text(charter.population), basis="declared"),
        Fact(term=say("Decision"), text=words.text(charter.decision), basis="declared"),
        Fact(term=say("Not allowed"), text=words.text(charter.out_of_scope), basis="declared"),
    ]
    return (facts(words, "", rows),)


def _personal_data(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    whom = Prose(lead=words.say("About whom."), text=words.text(evidence.charter.population), basis="declared")
    return whom, personal_data(words, evidence.contract.columns), *sources(words, evidence)


def _processing(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    contract, say = evidence.contract, words.say

    def names(*roles: str) -> str:
        return ", ".join(c.name for c in contract.columns if c.role in roles) or say("none")

    rows = (
        (
            say("Train the model"),
            say("The model learns from cases of which the outcome is known."),
            names("feature", "label", "weight"),
        ),
        (
            say("Audit the model"),
            say("Counts by group; group data never reach the model."),
            names("sensitive", "label", "control", "site"),
        ),
        (say("Use the model"), words.text(evidence.charter.decision), names("feature", "score")),
    )
    header = (say("Processing"), say("What happens"), say("Columns"))
    counted = Prose(text=balance_line(words, evidence), basis="measured")
    return counted, Table(caption=say("Processing operations"), header=header, rows=rows, basis="declared")


def _techniques(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, training = words.say, evidence.training
    kind = kind_of_model(words, training)
    rows = [
        Fact(term=say("Kind of model"), text=kind, basis="measured"),
        Fact(term=say("Number of facts that the model gets"), text=words.number(len(training.features)), basis="measured"),
        *look_facts(words, evidence),
        Fact(
            term=say("Level at which the model speaks"),
            text=words.code("aggregation", evidence.contract.aggregation_level),
            basis="declared",
        ),
        fact(words, say("Who decides"), evidence.charter.oversight, "owner", "charter.yaml (oversight)"),
        Fact(term=say("Force possible"), text=yes_no(words, evidence.charter.coercive), basis="declared"),
    ]
    return (facts(words, "", rows),)


def _purposes(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    return (Prose(text=words.text(evidence.charter.purpose), basis="declared"),)


def _parties(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, found = words.say, evidence.charter.parties
    if not found:
        return (missing(words, say("The organisations that take part, and their role"), "lawyer", "charter.yaml (parties)"),)
    rows = tuple((party.name, words.code("party", party.role)) for party in found)
    header = (say("Organisation"), say("Role"))
    return (Table(caption=say("Parties"), header=header, rows=rows, basis="declared"),)


def _interests(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    what = words.say("Who was asked, and what came of it")
    return (paragraph(words, what, evidence.charter.consultation, "owner", "charter.yaml (consultation)"),)


def _retention(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    rows = [
        fact(
            words,
            words.say("{system}: how long the data are kept", system=source.system),
            source.retention,
            "data",
            f"contract.yaml (sources.{name})",
        )
        for name, source in evidence.contract.sources.items()
    ]
    rows.append(
        fact(
            words,
            words.say("Data and model after the end"),
            evidence.charter.exit.deletion,
            "owner",
            "charter.yaml (exit.deletion)",
        )
    )
    return (facts(words, "", rows),)


PARTS = (
    Part(
        number=1,
        title=_("Proposal"),
        items=(Item(number="1", title=_("Proposal"), who="owner", optional=True, fill=_proposal),),
    ),
    Part(
        number=2,
        title=_("Personal data"),
        items=(Item(number="2", title=_("Personal data"), who="data", optional=True, fill=_personal_data),),
    ),
    Part(
        number=3,
        title=_("Processing operations"),
        items=(Item(number="3", title=_("Processing operations"), who="data", optional=True, fill=_processing),),
    ),
    Part(
        number=4,
        title=_("Techniques and methods of the processing"),
        items=(
            Item(number="4", title=_("Profiling, cloud, and whether this is an AI system"), who="lawyer", fill=_techniques),
        ),
    ),
    Part(
        number=5,
        title=_("Purposes of the processing"),
        items=(Item(number="5", title=_("Purposes of the processing"), who="owner", optional=True, fill=_purposes),),
    ),
    Part(
        number=6,
        title=_("Parties involved"),
        items=(Item(number="6", title=_("Parties involved"), who="lawyer", optional=True, fill=_parties),),
    ),
    Part(
        number=7,
        title=_("Interests in the processing"),
        items=(Item(number="7", title=_("Interests of each party"), who="owner", fill=_interests),),
    ),
    Part(number=8, title=_("Places of processing"), items=(Item(number="8", title=_("Countries and transfers"), who="data"),)),
    Part(number=9, title=_("Legal and policy framework"), items=(Item(number="9", title=_("Laws and rules"), who="lawyer"),)),
    Part(
        number=10,
        title=_("Retention periods"),
        items=(Item(number="10", title=_("Retention periods"), who="data", optional=True, fill=_retention),),
    ),
)
