"""Why these limits: who chose the threshold, what each guards against, what is not asked, and what cannot be had at once."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.authoring.policy import Limit
from smartstart_gov.documents.blocks import Block, Prose, Table, unmarked
from smartstart_gov.documents.room import brief
from smartstart_gov.documents.sections.attribute import limit_in_words
from smartstart_gov.documents.sections.audit import threshold_text
from smartstart_gov.documents.sections.unasked import asked_less
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence


def page(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the page."""
    say = words.say
    chance = say("The policy ignores chance: the answers rest on estimates alone.")
    if evidence.policy.decide_on == "interval":
        chance = say(
            "Of 100 audits of a model that only just keeps a limit, at most {n} may report a breach by chance. The policy"
            " says so.",
            n=words.short(evidence.policy.alpha * 100),
        )
    at_once = say(
        "Not everything can be equal at once. If groups differ in how often the outcome occurs, a model whose selections are"
        " right equally often in each group makes unequal errors, and the other way round (Chouldechova 2017). So somebody"
        " has to choose which errors matter most. The limits above are that choice."
    )
    return (
        Prose(lead=say("The threshold."), text=" ".join(_threshold(words, evidence))),
        _table(words, evidence),
        Prose(lead=say("Chance."), text=chance),
        Prose(lead=say("Why not everything can be equal."), text=at_once),
        Prose(lead=say("What the policy does not ask."), text=_unasked(words, evidence), keep=True),
        *map(unmarked, asked_less(words, evidence)),
    )


def _threshold(words: Words, evidence: Evidence) -> Iterator[str]:
    say, threshold = words.say, evidence.policy.threshold
    yield threshold_text(words, evidence)
    by = None if threshold.chosen_by is None else brief(words, words.text(threshold.chosen_by), 120)
    yield say("Chosen by: {who}.", who=by.rstrip(".")) if by else say("It is not filled in yet who chose it.")
    if threshold.reason is None:
        yield say("The reason is not filled in yet.")
    else:
        yield say("Why: {reason}", reason=brief(words, words.text(threshold.reason), 300))


def _table(words: Words, evidence: Evidence) -> Table:
    say = words.say
    rows = tuple(
        (_on(words, evidence, one), _why(words, one), words.code("severity", one.severity)) for one in evidence.policy.limits
    )
    header = (say("Limit"), say("What it guards against"), say("If it is breached"))
    who = say(
        "The policy does not say who set each limit. Limits are written down before the rows of the audit are opened; where"
        " they were not, the card says so."
    )
    return Table(caption=say("The limits and the reasons for them"), header=header, rows=rows, note=who)


def _on(words: Words, evidence: Evidence, limit: Limit) -> str:
    by = words.say("{metric} by {groups}", metric=words.metric(limit.metric), groups=words.columns(evidence.contract, limit.by))
    return f"{capital(by)}. {limit_in_words(words, evidence, limit)}"


def _why(words: Words, limit: Limit) -> str:
    if limit.reason is None:
        return words.say("Not filled in yet; {who} must do so.", who=words.code("who", "committee"))
    return brief(words, words.text(limit.reason), 260)


def _unasked(words: Words, evidence: Evidence) -> str:
    if evidence.previous is None:
        return words.say("Compared with the software's default, it leaves out or weakens this:")
    return words.say("Compared with the software's default and with the last version, it leaves out or weakens this:")
