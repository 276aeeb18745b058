"""What every fact that may be open asks: of whom, in plain words, with an example, and which control waits for it.

A fact stands under its file and its place; ``*`` stands for any name or position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Who = Literal["owner", "data", "dpo", "lawyer", "committee"]
#: Who fills in facts, in the order in which the command line names them.
WHO: tuple[Who, ...] = ("owner", "dpo", "data", "lawyer", "committee")
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to people.

    Attributes
    ----------
    who : {"owner", "data", "dpo", "lawyer", "committee"}
    what : str
        The question, for a reader without statistics.
    example : str
        An answer that could stand there, as one would type it (in one language).
    control : str or None
        The control that cannot be passed as long as nobody answers, like ``R42``.
    """

    who: Who
    what: str
    example: str
    control: str | None = None


def _ask(who: Who, what: str, example: str, control: str | None = None) -> Ask:
    return Ask(who=who, what=what, example=example, control=control)


CHARTER: dict[Place, Ask] = {
    ("purpose",): _ask("owner", "What is the model for?", "Offering families help earlier, before worries grow large."),
    ("population",): _ask("owner", "Whom does the model speak about?", "Families with children up to 12 years old."),
    ("decision",): _ask("owner", "Which decision does the score feed?", "Which families the neighbourhood worker calls first."),
    ("effect",): _ask("owner", "What does a high score lead to?", "offer_of_help", "R40"),
    ("coercive",): _ask("owner", "May a high score lead to something against somebody's will?", "false", "R40"),
    ("out_of_scope",): _ask("owner", "Which uses are not allowed?", "Decisions about benefits or child protection."),
    ("users",): _ask("owner", "Who works with the score?", "Neighbourhood workers."),
    ("affected",): _ask("owner", "Who feels the consequences, children first?", "Children and parents in the families."),
    ("owner", "organisation"): _ask("owner", "Which organisation answers for the model?", "Example municipality"),
    ("owner", "function"): _ask("owner", "Which function answers for the model?", "Director of social affairs"),
    ("owner", "contact"): _ask("owner", "Where can people ask about the model?", "privacy@example.org"),
    ("label", "type"): _ask("data", "What kind of outcome does the model learn?", "service_use"),
    ("oversight",): _ask(
        "owner", "Who decides, and may that person deviate from the score?",
        "The neighbourhood worker decides, and may deviate without giving reasons.", "R42"),
    ("proportionality",): _ask(
        "owner", "Why would no milder means do?",
        "Visiting every family costs more and intrudes more; a letter to all reached one family in ten."),
    ("legal_basis",): _ask(
        "lawyer", "Which law allows the organisation to use these data for this?", "Article 2.1 of the Youth Act.", "R40"),
    ("consultation",): _ask(
        "owner", "Who was asked for an opinion (families, client council), and what came of it?",
        "The client council advised on 3 March: no scores for babies. That advice was followed."),
    ("objection",): _ask(
        "owner", "How does somebody object, and where?",
        "At the youth desk, by letter or in person; answered within six weeks."),
    ("limitations",): _ask(
        "owner", "What can the model not do?", "It knows only what the municipality records, and nothing of what goes well."),
    ("label", "difference_from_purpose"): _ask(
        "data", "How does what the model predicts differ from what it is for?",
        "It predicts who asks for help. Who needs help and does not ask, it does not see."),
    ("label", "selection"): _ask(
        "data", "How were the cases chosen of which the outcome is known: all, at random, or by an earlier suspicion?",
        "All families in the register; nobody was chosen."),
    ("exit", "end_date"): _ask(
        "owner", "On which date does the model stop, unless somebody decides otherwise?", '"2027-12-31"', "R52"),
    ("exit", "stop_criteria"): _ask(
        "owner", "What makes the model stop before that date?",
        "A breached limit, or more than five upheld complaints a year.", "R52"),
    ("exit", "deletion"): _ask(
        "owner", "What happens to data and model afterwards?", "Erased within a month; the owner tells the council.", "R52"),
    ("parties",): _ask(
        "lawyer", "Which organisations take part, and in which role?", "[{name: Municipality of Example, role: controller}]"),
    ("risks",): _ask(
        "dpo", "What could go wrong for people, how likely and how bad is it, and what is done about it?",
        "[{description: ..., origin: ..., likelihood: middle, impact: high, measure: ..., residual: low}]"),
    ("risks", "*", "measure"): _ask("owner", "What is done against this risk?", "No maps are published."),
    ("vulnerable",): _ask(
        "dpo",
        "Which children and vulnerable people does this touch, what could go wrong for them, and what is done about it?",
        "{minors: true, groups: ..., harm: ..., care: ..., heard: ...}"),
    ("vulnerable", "minors"): _ask(
        "dpo", "Are people under 18 among those whom the model is about, or who feel the consequences?", "true"),
    ("vulnerable", "groups"): _ask(
        "dpo", "Which other people are vulnerable here, and why?",
        "Parents with debts: they fear that asking for help is used against them."),
    ("vulnerable", "harm"): _ask(
        "dpo", "What could go wrong for children and vulnerable people in particular?",
        "A child hears at school that the family was called."),
    ("vulnerable", "care"): _ask(
        "dpo", "What is done for them in particular?", "The first call is to the parents, never through the school."),
    ("vulnerable", "heard"): _ask(
        "dpo", "How were they, or those who speak for them, heard?",
        "The youth council read the letter and had two sentences changed."),
    ("effect_measurement",): _ask(
        "owner", "How will it be measured whether the help does good?",
        "{outcome: ..., comparison: ..., moment: ..., who: ..., stop_rule: ...}"),
    ("effect_measurement", "outcome"): _ask(
        "owner", "What gets better if the help does good, and how is that measured?",
        "Days absent from school, in the year after the call."),
    ("effect_measurement", "comparison"): _ask(
        "owner", "With whom are the people who got help compared?", "Families just under the threshold, who were not called."),
    ("effect_measurement", "moment"): _ask(
        "owner", "When is it measured?", "One year after the start, and every year after that."),
    ("effect_measurement", "who"): _ask(
        "owner", "Who measures it, and is that somebody else than the makers of the model?",
        "The research department, not the team that calls."),
    ("effect_measurement", "stop_rule"): _ask(
        "owner", "At which result does the help, or the model, stop?",
        "If after two years the families are not better off than those compared."),
}  # fmt: skip

#: Parts of the Model DPIA Rijksdienst 3.0 that nothing else in the three files answers.
DPIA: dict[str, Ask] = {
    "4": _ask(
        "lawyer", "DPIA part 4: is a cloud used, and is this an AI system in the sense of the AI Act?",
        "It is an AI system. No cloud is used."),
    "7": _ask(
        "owner", "DPIA part 7: what does each party gain by this, and what do the people concerned?",
        "Families get help earlier; the municipality has fewer crises."),
    "8": _ask(
        "data", "DPIA part 8: in which countries are the data processed, and do any leave the European Economic Area?",
        "All processing takes place in the Netherlands."),
    "9": _ask(
        "lawyer", "DPIA part 9: which other laws and rules bear on this?",
        "The Youth Act, the General Administrative Law Act."),
    "12.1": _ask(
        "lawyer", "DPIA part 12.1: which exception allows the special categories of personal data?",
        "Article 9(2)(g) GDPR with article 7.4.4 of the Youth Act; origin only for the audit."),
    "12.2": _ask(
        "lawyer", "DPIA part 12.2: are there data on criminal offences, and what allows them?", "There are none."),
    "12.3": _ask(
        "lawyer", "DPIA part 12.3: are there national identification numbers, and what allows them?",
        "None: the keys are pseudonyms."),
    "13": _ask(
        "lawyer", "DPIA part 13: does the new use fit what the data were first collected for, or does a law allow it?",
        "Allowed by article 7.4.0 of the Youth Act."),
    "14.2": _ask(
        "owner", "DPIA part 14.2: is what is gained worth the intrusion?",
        "A call is a light step; one family in three that is called accepts help."),
    "15.1": _ask(
        "dpo", "DPIA part 15.1: how does somebody see their own data?", "On request at the privacy desk, within a month."),
    "15.2": _ask(
        "dpo", "DPIA part 15.2: how does somebody have wrong data corrected?",
        "At the register; the next score uses the correction."),
    "15.3": _ask(
        "dpo", "DPIA part 15.3: how does somebody have their data erased?", "On request; after the end date always."),
    "15.4": _ask(
        "dpo", "DPIA part 15.4: how does somebody have the processing limited while a complaint runs?",
        "The case is left out of the list until the complaint is answered."),
    "15.5": _ask(
        "dpo", "DPIA part 15.5: may somebody take their data elsewhere?", "No: the ground is a public task, not consent."),
    "15.8": _ask(
        "dpo", "DPIA part 15.8: how and when are people told that the model is used, and what it does?",
        "By letter with the first call, in plain words, and on the website."),
    "17": _ask(
        "owner", "DPIA part 17: why is the risk that is left acceptable, and who watches it?",
        "The director looks at the numbers every quarter."),
    "18": _ask(
        "owner", "DPIA part 18: the summary for the management, in own words.", "Two risks are left; both are watched."),
    "19": _ask(
        "dpo", "DPIA part 19: draft or final, what is in the file, and what did the data protection officer advise?",
        "Final. Advice of 4 May: go, with a yearly review."),
}  # fmt: skip

CONTRACT: dict[Place, Ask] = {
    ("meaning",): _ask("data", "What is the table?", "Families who were known to the youth desk in 2024."),
    ("unit_of_analysis",): _ask("data", "What is one row?", "One family at the first of January."),
    ("columns", "*", "meaning"): _ask("data", "What does one value of this column say?", "Days absent from school in a year."),
    ("columns", "*", "positive"): _ask(
        "data", "Which of the two values of label or decision counts as 1: what the model is to find?", '"yes"', "R04"),
    ("sources", "*", "owner"): _ask("data", "Which organisation owns the system?", "Example municipality", "R04"),
    ("licence",): _ask("lawyer", "Under what terms may these data be used?", "Supply agreement of 1 February, article 4."),
    ("sources", "*", "original_purpose"): _ask(
        "data", "What were these data first collected for?", "Keeping track of who lives where.", "R04"),
    ("sources", "*", "lawful_basis"): _ask(
        "lawyer", "Which law allows this use of the source?", "Article 7.4.0 of the Youth Act.", "R04"),
    ("sources", "*", "retention"): _ask(
        "data", "How long are these data kept, and why?", "Five years after the last contact; then erased.", "R04"),
    ("sources", "*", "last_verified"): _ask(
        "data", "When did somebody last compare these records with reality?", '"2026-02-01"', "R04"),
    ("sources", "*", "error_rate"): _ask(
        "data", "About which share of these records is wrong? A sample of a hundred files says enough to begin with.",
        "0.02", "R04"),
    ("sources", "*", "justification"): _ask(
        "data", "Why does the model need what this source holds, and what would be milder?",
        "Absence at school comes before most requests for help; there is no milder sign."),
    ("columns", "*", "justification"): _ask(
        "data", "Why does the model need this input, and what would be milder?",
        "Moving often unsettles; there is no milder measure."),
}  # fmt: skip

POLICY: dict[Place, Ask] = {
    ("threshold", "chosen_by"): _ask(
        "committee", "Who chose the score from which somebody is selected?", "Ethics committee", "R23"),
    ("threshold", "reason"): _ask(
        "committee", "Why is somebody selected from this score on?", "The team can call 150 families a month.", "R23"),
    ("limits", "*", "reason"): _ask(
        "committee", "Against which harm does this limit guard, and why does it stand where it does?",
        "A false alarm is a needless call about somebody's child."),
}  # fmt: skip
