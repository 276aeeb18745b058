"""The model card: the nine sections of Mitchell et al. 2019 (Model Cards for Model Reporting), and an annex for the AI Act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartstart_gov.documents.blocks import Block, Fact, Prose
from smartstart_gov.documents.declarations import (
    fact,
    facts,
    features,
    groups_in_training,
    of_themselves,
    paragraph,
    risks,
    said,
    sources,
    undeclared_categories,
)
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.sections.ai_act import annex
from smartstart_gov.documents.sections.audit import check, equal_rows, kind_of_model, link_rule, look_facts, revision
from smartstart_gov.documents.sections.disparities import attributes, every_metric
from smartstart_gov.documents.sections.findings import chance, comparing, every_finding, limits, stages
from smartstart_gov.documents.sections.front import front, subtitle, titled
from smartstart_gov.documents.sections.quantities import definitions, overall
from smartstart_gov.documents.sections.reliance import reliance
from smartstart_gov.documents.sections.score_quality import calibration
from smartstart_gov.documents.sections.unasked import asking
from smartstart_gov.documents.sections.vulnerable import people
from smartstart_gov.documents.summary import answers, balance, legend, unknown_rows
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.training.record import LIKELIER, TrainingRecord


def threshold_text(words: Words, evidence: Evidence) -> str:
    """Return from which score a case counts as selected, and how that score came about."""
    training, say = evidence.training, words.say
    if training.threshold_from == "given":
        return say("Each case came with its decision, and without a score. What another threshold would do cannot be known.")
    score = words.exact(training.threshold)
    plain = say("A score of {value} or more counts as selected.", value=score)
    if training.threshold_from == "model":
        return " ".join([_own(words, training, plain), *_of_the_folds(words, training)])
    cut = training.cut
    if cut is None:
        return plain
    said = [
        say(
            "There is room for {capacity} of these {rows} cases, and the highest scores go first.",
            capacity=words.number(cut.capacity), rows=words.number(cut.rows),
        ),
        plain,
    ]  # fmt: skip
    if cut.tied != 0:
        number = say("Fewer than {k}", k=words.number(evidence.policy.disclosure.k))
        said.append(
            say(
                "{number} cases have the score at which the room ended, and did not all fit. They are equal, so none of them"
                " is selected.",
                number=number if cut.tied is None else words.number(cut.tied),
            )
        )
    if training.model_digest is not None:
        said.append(
            say(
                "The model file keeps this score. It selects later cases by this score, and does not look at how much room"
                " there is then."
            )
        )
    return " ".join(said)


def deciding_facts(words: Words, training: TrainingRecord) -> list[Fact]:
    """Return what the model file answers for who is selected, and whether it was seen to decide as was counted."""
    if training.origin == "predictions":
        return []
    say, rows = words.say, training.read_back
    if rows is None:
        text = say("There is no model file that was read back, so it is not shown how it decides.")
    elif training.folds is None:
        text = say(
            "The model file was read back. It decides all {rows} cases of the audit as they were counted.",
            rows=words.number(rows),
        )  # fmt: skip
    else:
        text = say(
            "In the audit the copies decided. The model file was read back: it decides all {rows} cases as the model that"
            " was fitted on all rows does.",
            rows=words.number(rows),
        )  # fmt: skip
    return [
        Fact(term=say("What the model answers for a selected case"), text=str(training.positive_class), basis="measured"),
        Fact(term=say("How the model file decides"), text=text, basis="measured"),
    ]


def _own(words: Words, training: TrainingRecord, plain: str) -> str:
    if training.threshold == LIKELIER:
        return words.say(
            "The model says which of the two answers is likelier, and that decides. A score above {half} counts as selected.",
            half=words.short(0.5),
        )  # fmt: skip
    return words.say("The model brings its threshold with it.") + f" {plain}"


def _of_the_folds(words: Words, training: TrainingRecord) -> list[str]:
    found = sorted(set(training.fold_thresholds), key=float)
    if len(found) < 2:
        return []
    text = words.say(
        "In the audit each copy decided by the threshold that it had found itself, from {low} to {high}.",
        low=words.exact(found[0]), high=words.exact(found[-1]),
    )  # fmt: skip
    return [text]


def model_card(evidence: Evidence, words: Words) -> Document:
    """Return the model card of the public edition."""
    say = words.say

    def section(
        number: str, title: str, *blocks: Block, last: Iterable[Block] = (), within: tuple[Section, ...] = ()
    ) -> Section:
        shown = (*blocks, *of_themselves(words, evidence, "card", number), *last)
        return Section(id=f"s{number}", number=number, title=title, blocks=shown, subsections=within)

    return Document(
        kind="model_card",
        lang=words.lang,
        title=titled(words, evidence, say("Model card: {title}", title=words.text(evidence.charter.title))),
        subtitle=subtitle(words, evidence),
        description=say("Model card with the result of the fairness audit."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=front(words, evidence),
        sections=(
            Section(id="reading", title=say("How to read this document"), blocks=_reading(words)),
            section("1", say("The model"), *_details(words, evidence)),
            section("2", say("Intended use"), *_use(words, evidence)),
            section("3", say("Groups and circumstances"), *_factors(words, evidence)),
            section("4", say("Metrics"), *_metrics(words, evidence)),
            section("5", say("Data of this audit"), *_evaluation(words, evidence)),
            section("6", say("Data to train the model"), *_training(words, evidence)),
            Section(id="s7", number="7", title=say("Results"), subsections=_results(words, evidence)),
            section(
                "8",
                say("Ethical considerations"),
                *_ethics(words, evidence),
                last=(risks(words, evidence),),
                within=people(words, evidence, number="8"),
            ),
            section("9", say("Limitations and advice"), *_caveats(words, evidence)),
            Section(id="annex-a", number="A", title=say("Requirements of the AI Act"), blocks=annex(words, evidence)),
            Section(id="annex-b", number="B", title=say("How to check this document"), blocks=check(words, evidence)),
            *every_metric(words, evidence, number="C"),
        ),
    )


def _reading(words: Words) -> tuple[Block, ...]:
    intro = Prose(
        text=words.say(
            "This document is made from one file of evidence, bundle.json. That file is attached to this PDF."
            " What it says of the model, the data and the decision is of four kinds. A label says which:"
        )
    )
    interval = Prose(
        text=words.say(
            "A number from a few cases can be a matter of luck. So every share has a 95% interval:"
            " with the same model and new people, the true share would lie inside such an interval about 95 times out of 100."
            " The interval is wide where there are few cases."
        )
    )
    points = Prose(
        text=words.say(
            "A difference between two shares is given in percentage points: from 20% to 30% is 10 percentage points."
            " A ratio says how many times as often: 2 is twice as often."
        )
    )
    return intro, *legend(words), *answers(words), interval, points


def _details(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, training, charter = words.say, evidence.training, evidence.charter
    rows = [
        fact(words, say("Organisation"), evidence, "charter", "owner", "organisation"),
        fact(words, say("Who answers for the model"), evidence, "charter", "owner", "function"),
        fact(words, say("Contact"), evidence, "charter", "owner", "contact", told=said(words, charter.owner.contact)),
        Fact(term=say("Version"), text=evidence.version or say("no version yet"), basis="measured"),
        Fact(term=say("Date of the audit"), text=words.date(evidence.created), basis="measured"),
        fact(words, say("Terms of use of the data"), evidence, "contract", "licence"),
        fact(words, say("End date"), evidence, "charter", "exit", "end_date"),
    ]
    rows.append(kind_of_model(words, training))
    technical = []
    if training.origin != "predictions":
        technical += [
            Fact(
                term=say("Steps"), text=", ".join(s.rpartition(".")[2] for s in training.steps) or say("none"), basis="measured"
            ),
            Fact(
                term=say("Settings that differ from the default"),
                text=_pairs({k: say("not set") if v == "None" else v for k, v in training.parameters.items()}) or say("none"),
                basis="measured",
            ),
        ]
    if training.origin == "trained":
        technical += [
            Fact(
                term=say("Random state"),
                text=say("not set") if training.random_state is None else str(training.random_state),
                basis="measured",
            ),
            revision(words, training),
        ]
    technical.append(Fact(term=say("Software"), text=_pairs(training.versions), basis="measured"))
    again = say("For those who want to build the model again")
    if training.origin != "trained":
        again = say("What the audit was made with")
    return facts(words, "", rows), facts(words, again, technical)


def _use(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    rows = [
        fact(words, say("Purpose"), evidence, "charter", "purpose"),
        fact(words, say("About whom"), evidence, "charter", "population"),
        fact(words, say("Decision"), evidence, "charter", "decision"),
        fact(words, say("A high score leads to"), evidence, "charter", "effect"),
        fact(words, say("Force possible"), evidence, "charter", "coercive"),
        fact(words, say("Who works with it"), evidence, "charter", "users"),
        fact(words, say("Who decides"), evidence, "charter", "oversight"),
        fact(words, say("Not allowed"), evidence, "charter", "out_of_scope"),
        Fact(
            term=say("Level at which the model speaks"),
            text=words.code("aggregation", evidence.contract.aggregation_level),
            basis="declared",
        ),
    ]
    return (facts(words, "", rows), *stages(words, evidence))


def _factors(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    by = "; ".join(
        say("the combination of {groups}", groups=words.columns(evidence.contract, margin))
        if len(margin) > 1
        else words.columns(evidence.contract, margin)
        for margin in evidence.policy.margins
    )
    return (
        paragraph(words, say("Groups that feel the consequences"), evidence, "charter", "affected"),
        Prose(lead=say("Groups that were compared."), text=f"{capital(by)}.", basis="declared"),
        Prose(
            text=say(
                "A group that is too small to print still counts in the answers. Nobody is left out of the audit for being few."
            )
        ),
        unknown_rows(words, evidence),
    )


def _metrics(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    chance = words.percent(evidence.policy.alpha, 0)
    rows = [
        Fact(
            term=say("Threshold"),
            text=threshold_text(words, evidence),
            basis="declared" if evidence.training.threshold_from == "policy" else "measured",
        ),
        fact(words, say("Chosen by"), evidence, "policy", "threshold", "chosen_by"),
        fact(words, say("Why this threshold"), evidence, "policy", "threshold", "reason"),
        Fact(term=say("Score"), text=words.code("score", evidence.training.score), basis="measured"),
        *deciding_facts(words, evidence.training),
        Fact(
            term=say("Chance that a limit is wrongly called breached"),
            text=say("At most {chance} for each limit; so says the policy.", chance=chance)
            if evidence.policy.decide_on == "interval"
            else say("Not limited: the policy leaves chance out of account."),
            basis="declared",
        ),
    ]
    impossible = Prose(
        text=say(
            "Not every metric can be equal for all groups at once if the groups truly differ in how often it is so"
            " (Chouldechova 2017)."
            " So the policy chooses the metrics that count. The others are printed as well."
        )
    )
    return definitions(words, evidence), facts(words, say("The threshold"), rows), impossible


def _evaluation(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    contract, say = evidence.contract, words.say
    unit = contract.single("unit")
    folds, key = evidence.training.folds is not None, words.column(contract, unit.name) if unit else ""
    if unit:
        held = say("Rows with the same key ({unit}) are in one part.", unit=key)
        held = say("Rows with the same key ({unit}) are in one fold.", unit=key) if folds else held
    else:
        held = say("There is no column that tells persons apart.")
        if evidence.training.origin == "trained":
            alike = say("Rows that say the same are in one fold.") if folds else say("Rows that say the same are in one part.")
            held = f"{held} {alike}"
    rows = [
        fact(words, say("The data set"), evidence, "contract", "meaning"),
        fact(words, say("One row is"), evidence, "contract", "unit_of_analysis"),
        Fact(term=say("How the parts were made"), text=held, basis="measured"),
        *look_facts(words, evidence),
        fact(words, say("Kind of outcome"), evidence, "charter", "label", "type"),
        fact(words, say("How the outcome differs from the purpose"), evidence, "charter", "label", "difference_from_purpose"),
        fact(words, say("How the cases with an outcome were chosen"), evidence, "charter", "label", "selection"),
    ]
    rows.append(equal_rows(words, evidence))
    return balance(words, evidence), *link_rule(words, evidence), facts(words, "", rows)


def _training(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if evidence.training.origin != "trained":
        text = words.say(
            "Not known: the model was not trained here. Ask the maker of the model, and keep the answer in the file."
        )
        blocks.append(Prose(lead=words.say("On which data the model was trained."), text=text, basis="open"))
    if evidence.training.origin == "predictions":
        text = words.say("Not known: only predictions were handed in.")
        blocks.append(Prose(lead=words.say("What the model gets to see."), text=text, basis="open"))
    else:
        blocks.append(features(words, evidence))
    return (*blocks, *sources(words, evidence))


def _results(words: Words, evidence: Evidence) -> tuple[Section, ...]:
    say = words.say
    groups = attributes(words, evidence, number="7.4")
    asked = (comparing(words), every_finding(words, evidence))
    return (
        Section(id="s7-1", number="7.1", title=say("All questions and answers"), blocks=asked),
        Section(
            id="s7-2",
            number="7.2",
            title=say("The limits and why they are there"),
            blocks=(chance(words, evidence), asking(words, evidence)),
            subsections=limits(words, evidence),
        ),
        Section(id="s7-3", number="7.3", title=say("Everybody together"), blocks=overall(words, evidence)),
        Section(id="s7-4", number="7.4", title=say("By group"), subsections=groups),
        Section(id="s7-5", number="7.5", title=say("What the model relies on"), blocks=reliance(words, evidence)),
        *calibration(words, evidence, number="7.6"),
    )


def _ethics(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    special = [words.column(evidence.contract, c.name) for c in evidence.contract.columns if c.special_category]
    in_model = [words.column(evidence.contract, c.name) for c in evidence.contract.with_role("feature") if c.special_category]
    undeclared = undeclared_categories(words, evidence)
    none = say("none declared") if undeclared else say("none")
    inside = say("not known") if evidence.training.origin == "predictions" else none
    known = say(
        "In the data: {all}. In the model: {model}.", all=", ".join(special) or none, model=", ".join(in_model) or inside
    )
    return (
        Prose(lead=say("Special categories of personal data."), text=known, basis="derived"),
        *undeclared,
        *groups_in_training(words, evidence),
    )


def _caveats(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    limits_of_audit = say(
        "This audit compares groups on the outcome that was recorded. If the record itself is unfair, the audit cannot see it."
        " A relation in the data is not a cause. The answers hold for the people and the time of these data."
    )
    return (
        paragraph(words, say("What the model cannot do"), evidence, "charter", "limitations"),
        Prose(lead=say("What this audit cannot see."), text=limits_of_audit),
    )


def _pairs(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(pairs.items()))
