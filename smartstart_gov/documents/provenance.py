"""How a reader holds a document against the evidence: digests, and the command that computes everything again."""

from __future__ import annotations

from smartstart_gov.documents.blocks import Block, Fact, Prose
from smartstart_gov.documents.declared import facts
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def check(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the digests by which anybody can hold this document against the evidence."""
    say = words.say
    rows = [
        Fact(term=say("Contract"), text=evidence.contract.digest, basis="measured"),
        Fact(term=say("Charter"), text=evidence.charter.digest, basis="measured"),
        Fact(term=say("Policy"), text=evidence.policy.digest, basis="measured"),
        Fact(term=say("Data"), text=evidence.training.data_digest, basis="measured"),
        Fact(term=say("Model file"), text=evidence.training.model_digest or say("none"), basis="measured"),
        Fact(term=say("Evidence with all counts"), text=evidence.private_digest or say("none"), basis="measured"),
    ]
    intro = Prose(
        text=say(
            "The command 'smartstart-gov verify' computes shares, gaps and answers again from the counts in bundle.json,"
            " without the data and without the model. Answers on groups that are too small to print need the private evidence."
            " The lines below are fingerprints: if one letter of a file changes, its fingerprint changes."
        ),
        keep=True,
    )
    return intro, facts(words, say("Fingerprints"), rows)
