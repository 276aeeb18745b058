"""The road to release, who signs, when it ends, and what the words of this card mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smartstart_gov.authoring.value import LONGEST_TEXT
from smartstart_gov.documents.blocks import Block, Prose, Table, unmarked
from smartstart_gov.documents.declarations import day
from smartstart_gov.documents.room import brief, title_of
from smartstart_gov.documents.sections.findings import question, stages
from smartstart_gov.documents.summary import signatures
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence


def page(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the page."""
    say, charter = words.say, evidence.charter
    end = day(words, evidence)
    stops = say("The end date is not filled in yet; {who} must do so.", who=words.code("who", "owner"))
    if end is not None:
        stops = say("The planned end date of the model is {date}.", date=end)
    if charter.exit.stop_criteria is not None:
        before = say("When it stops earlier: {criteria}", criteria=brief(words, words.text(charter.exit.stop_criteria), 240))
        stops = f"{stops} {before}"
    decides = say("It is not filled in yet who decides; {who} must do so.", who=words.code("who", "owner"))
    if charter.oversight is not None:
        decides = brief(words, words.text(charter.oversight), 260)
    intro, table = stages(words, evidence)
    signing = signatures(words, evidence)
    rows = tuple((title_of(role, 80), *rest) for role, *rest in signing.rows)
    return (
        intro,
        unmarked(table),
        *map(unmarked, bounds(words, evidence, most=160)),
        Prose(lead=say("Who decides about people after a high score."), text=decides),
        Prose(lead=say("When it stops."), text=stops),
        replace(signing, rows=rows),
        Prose(text=_elsewhere(words)),
    )


def bounds(words: Words, evidence: Evidence, *, most: int = LONGEST_TEXT) -> tuple[Block, ...]:
    """Return what bounds the steps: the trial, practice, how often approvals are renewed, and who may let answers pass.

    Each text stands in the room of `most` letters.
    """
    say, policy = words.say, evidence.policy
    trial, found = policy.stages.trial, list[Block]()
    families = None if trial.families_at_most is None else words.number(trial.families_at_most)
    if trial.team is not None and trial.ends is not None and families is not None:
        text = say(
            "{team} At most {n} families take part, until {date}. A person decides before the score is shown.",
            team=brief(words, words.text(trial.team), most), n=families, date=words.date(trial.ends),
        )  # fmt: skip
        found.append(Prose(lead=say("The trial."), text=text, basis="declared"))
    renewed = say("Approvals of a step are renewed at most twice for the same model.")
    if policy.stages.release.practice is not None:
        renewed += " " + say("Before release, the limits are checked again on counts from practice.")
    if trial.declared or policy.stages.release.practice is not None:
        found.append(Prose(lead=say("How long."), text=renewed))
    if policy.waivers is not None:
        text = say(
            "Of these roles, {n} persons together may let an answer pass for at most 90 days: {roles}. That goes for {most}"
            " answers at a step at most.",
            n=words.number(policy.waivers.persons), most=words.number(policy.waivers.at_most),
            roles=brief(words, "; ".join(_titles(words, evidence, policy.waivers.roles)), most),
        )  # fmt: skip
        found.append(Prose(lead=say("Letting pass."), text=text, basis="declared"))
    return tuple(found)


def _titles(words: Words, evidence: Evidence, roles: Sequence[str]) -> list[str]:
    titles = {signatory.role: words.text(signatory.title) for signatory in evidence.charter.signatories}
    return [titles.get(role, role) for role in roles]


def let_pass_table(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return each answer that people let pass, why, and what comes in its place; nothing where they let none pass."""
    if not words.waivers:
        return ()
    say, found = words.say, {finding.id: finding for finding in evidence.verdict.findings}
    rows = tuple(
        (
            question(words, evidence, found[one.finding]),
            say(
                "{step}, until {date}", step=words.code("stage", one.stage).partition(":")[0], date=words.date(one.until),
            ),
            one.reason,
            say("{instead} ({owner})", instead=one.instead, owner=_titles(words, evidence, [one.owner])[0]),
        )
        for one in words.waivers
    )  # fmt: skip
    header = (say("Question"), say("Step"), say("Why"), say("What is done instead, and who answers for it"))
    return (Table(caption=say("Answers that are let pass for a while"), header=header, rows=rows, basis="declared"),)


def meanings(words: Words, evidence: Evidence, *, technical: bool = False) -> Table:
    """Return what words mean, those that the first page cannot do without first; the annex has some `technical` ones more."""
    say = words.say
    rows: tuple[tuple[str, str], ...] = (
        (say("range"), say("Where the true number probably lies. About 95 of 100 such ranges contain it.")),
        (
            words.code("status", "PASSED"),
            say("Every comparison is within the limit, even allowing for chance; or a rule was checked, and is kept."),
        ),
        (words.code("status", "FAILED"), say("A limit is crossed by more than chance explains, or a rule is broken.")),
        (
            words.code("status", "NOT_SHOWN"),
            say("Neither of the two: too little evidence, a fact not filled in, or something found that proves no breach."),
        ),
        (
            say("selected, threshold"),
            say("The score of a selected case is at or above the threshold, so the model points it out."),
        ),
        (
            say("false alarm, missed"),
            say("Selected, without the outcome. Missed is the reverse: not selected, with the outcome."),
        ),
        (say("… (annex)"), say("The full text is in the technical annex.")),
        (say("attribute"), say("By what people are divided into groups, such as sex or neighbourhood.")),
        (say("policy, limit"), say("The policy says how far groups may lie apart: those are the limits.")),
        (say("audit, release gate"), say("The audit is this check. The gate is the last check before use, also of files.")),
        (
            say("not printed"),
            say(
                "Counts under {k} are not printed, nor anything that would reveal them. Such a group still counts in the"
                " answers.",
                k=words.number(evidence.policy.disclosure.k),
            ),
        ),
    )  # fmt: skip
    if technical:
        rows += (
            (say("key"), say("What says which rows belong together, such as those of a household or a neighbourhood.")),
            (
                say("ladder, rung"),
                say(
                    "A limit can have weaker questions before it: together they are a ladder. A step on the road may need one."
                ),
            ),
            (
                say("calibration"),
                say("Whether scores come true: of the cases with a score of 0.2, about one in five has the outcome."),
            ),
            (
                say("log-odds"),
                say("A chance on another scale: 0 is one in two. With each point up, the odds are 2.7 times as high."),
            ),
        )
    return Table(caption=say("Words explained"), header=(say("Word"), say("What it means")), rows=rows)


def _elsewhere(words: Words) -> str:
    return words.say(
        "The technical annex has every number that may be printed, and says of each statement whether it is measured, declared,"
        " derived or open."
        " The evidence file is attached to this PDF: anybody can use it to recompute the printed numbers. Some answers also"
        " need the private evidence."
    )
