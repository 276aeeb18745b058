"""The technical annex of the card: the sections of Mitchell et al. 2019 (Model Cards for Model Reporting), and the AI Act."""

from __future__ import annotations

from collections.abc import Mapping

from smartstart_gov.documents.blocks import Block, Fact, Prose
from smartstart_gov.documents.declarations import (
    fact,
    facts,
    features,
    groups_in_training,
    paragraph,
    risks,
    said,
    sources,
    undeclared_categories,
    with_facts,
)
from smartstart_gov.documents.layout import Filling, filled, laid_out
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.sections.ai_act import annex
from smartstart_gov.documents.sections.audit import (
    check,
    deciding_facts,
    equal_rows,
    kind_of_model,
    link_rule,
    look_facts,
    revision,
    threshold_text,
)
from smartstart_gov.documents.sections.disparities import by_group, every_metric
from smartstart_gov.documents.sections.findings import chance, comparing, every_finding, limits, stages
from smartstart_gov.documents.sections.front import front, subtitle, titled
from smartstart_gov.documents.sections.quantities import definitions, overall
from smartstart_gov.documents.sections.reliance import reliance
from smartstart_gov.documents.sections.road import bounds, let_pass_table, meanings
from smartstart_gov.documents.sections.score_quality import calibration
from smartstart_gov.documents.sections.thresholds import thresholds
from smartstart_gov.documents.sections.unasked import asked_less
from smartstart_gov.documents.sections.vulnerable import good, people
from smartstart_gov.documents.summary import answers, balance, legend, outcome, scored_areas, unknown_rows
from smartstart_gov.documents.words import LONGEST_LABEL, Words, capital
from smartstart_gov.evidence.edition import Evidence


@laid_out
def technical_annex(evidence: Evidence, words: Words) -> Document:
    """Return the technical annex of the public edition."""
    say = words.say
    return Document(
        kind="technical_annex",
        lang=words.lang,
        title=titled(words, evidence, say("Technical annex: {title}", title=words.text(evidence.charter.title))),
        subtitle=subtitle(words, evidence),
        description=say("Every number of the fairness audit, with its source."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=front(words, evidence),
        sections=with_facts(words, evidence, "annex", filled(words, evidence, *SECTIONS)),
    )


def _reading(words: Words, evidence: Evidence) -> Section:
    intro = Prose(
        text=words.say(
            "This document is made from a single evidence file, bundle.json, which is attached to this PDF. Its statements"
            " about the model, the data and the decision are of four kinds. A label shows which:"
        ),
        keep=True,
    )
    interval = Prose(
        text=words.say(
            "A number based on few cases can be due to chance. Every share therefore has a 95% confidence interval: with the"
            " same model and new people, the true share would lie within such an interval about 95 times out of 100. The"
            " interval is wide when there are few cases."
        )
    )
    points = Prose(
        text=words.say(
            "The difference between two shares is given in percentage points: from 20% to 30% is 10 percentage points. A"
            " ratio says how many times as often: 2 means twice as often."
        )
    )
    blocks = intro, *legend(words), *answers(words), interval, points, meanings(words, evidence, technical=True)
    return Section(id="reading", kind="plain", title=words.say("How to read this document"), blocks=blocks)


def _details(words: Words, evidence: Evidence) -> Section:
    say, training, charter = words.say, evidence.training, evidence.charter
    rows = [
        fact(words, say("Organisation"), evidence, "charter", "owner", "organisation"),
        fact(words, say("Who is accountable for the model"), evidence, "charter", "owner", "function"),
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
                term=say("Random seed"),
                text=say("not set") if training.random_state is None else str(training.random_state),
                basis="measured",
            ),
            revision(words, training),
        ]
    software = ", ".join(f"{name} {version}" for name, version in sorted(training.versions.items()))
    technical.append(Fact(term=say("Software"), text=software, basis="measured"))
    again = say("For those who want to rebuild the model")
    if training.origin != "trained":
        again = say("Software used in the audit")
    blocks = facts(words, "", rows), facts(words, again, technical)
    return Section(id="model", title=words.say("The model"), blocks=blocks)


def _use(words: Words, evidence: Evidence) -> Section:
    say = words.say
    rows = [
        fact(words, say("Purpose"), evidence, "charter", "purpose"),
        fact(words, say("Who the model is about"), evidence, "charter", "population"),
        fact(words, say("Decision"), evidence, "charter", "decision"),
        fact(words, say("A high score leads to"), evidence, "charter", "effect"),
        fact(words, say("Compulsion possible"), evidence, "charter", "coercive"),
        fact(words, say("Who works with it"), evidence, "charter", "users"),
        fact(words, say("Who decides"), evidence, "charter", "oversight"),
        fact(words, say("Not allowed"), evidence, "charter", "out_of_scope"),
        Fact(
            term=say("Level the model predicts for"),
            text=words.code("aggregation", evidence.contract.aggregation_level),
            basis="declared",
        ),
        *(Fact(term=say("What gets a score"), text=told, basis="measured") for told in scored_areas(words, evidence)),
    ]
    blocks = facts(words, "", rows), *stages(words, evidence), *bounds(words, evidence), *let_pass_table(words, evidence)
    return Section(id="use", title=words.say("Intended use"), blocks=blocks)


def _factors(words: Words, evidence: Evidence) -> Section:
    say = words.say
    by = "; ".join(
        say("the combination of {groups}", groups=words.columns(evidence.contract, margin))
        if len(margin) > 1
        else words.columns(evidence.contract, margin)
        for margin in evidence.policy.margins
    )
    blocks = (
        paragraph(words, say("Groups affected"), evidence, "charter", "affected"),
        Prose(lead=say("Groups compared."), text=f"{capital(by)}.", basis="declared"),
        Prose(
            text=say(
                "A group that is too small to print still counts in the answers. Nobody is left out of the audit because"
                " their group is small."
            )
        ),
        unknown_rows(words, evidence),
    )
    return Section(id="groups", title=words.say("Groups and circumstances"), blocks=blocks)


def _metrics(words: Words, evidence: Evidence) -> Section:
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
            term=say("Chance of wrongly reporting a breach of a limit"),
            text=say("At most {chance} for each limit, as the policy says.", chance=chance)
            if evidence.policy.decide_on == "interval"
            else say("Not limited: the policy does not take chance into account."),
            basis="declared",
        ),
    ]
    impossible = Prose(
        text=say(
            "If the groups truly differ in how often the outcome occurs, not every metric can be equal for all groups at once"
            " (Chouldechova 2017). The policy therefore chooses which metrics count. The others are printed as well."
        )
    )
    blocks = definitions(words, evidence), facts(words, say("The threshold"), rows), impossible
    return Section(id="metrics", title=words.say("Metrics"), blocks=blocks)


def _evaluation(words: Words, evidence: Evidence) -> Section:
    contract, say = evidence.contract, words.say
    unit = contract.single("unit")
    folds, key = evidence.training.folds is not None, words.column(contract, unit.name) if unit else ""
    if unit:
        held = say("Rows with the same key ({unit}) are in the same part.", unit=key)
        held = say("Rows with the same key ({unit}) are in the same fold.", unit=key) if folds else held
    else:
        held = say("No column tells people apart.")
        if evidence.training.origin == "trained":
            alike = (
                say("Rows with the same contents are in the same fold.")
                if folds
                else say("Rows with the same contents are in the same part.")
            )
            held = f"{held} {alike}"
    rows = [
        fact(words, say("The data set"), evidence, "contract", "meaning"),
        fact(words, say("One row is"), evidence, "contract", "unit_of_analysis"),
        *(
            Fact(term=say("The outcome is"), text=outcome(words, column), basis="declared")
            for column in contract.with_role("label")
        ),
        Fact(term=say("How the parts were made"), text=held, basis="measured"),
        *look_facts(words, evidence),
        fact(words, say("Kind of outcome"), evidence, "charter", "label", "type"),
        fact(words, say("How the outcome differs from the purpose"), evidence, "charter", "label", "difference_from_purpose"),
        fact(words, say("How the cases with an outcome were chosen"), evidence, "charter", "label", "selection"),
    ]
    rows.append(equal_rows(words, evidence))
    blocks: tuple[Block, ...] = (balance(words, evidence), *link_rule(words, evidence), facts(words, "", rows))
    return Section(id="audit-data", title=words.say("Data of this audit"), blocks=blocks)


def _training(words: Words, evidence: Evidence) -> Section:
    blocks: list[Block] = []
    if evidence.training.origin != "trained":
        text = words.say("Not known: the model was trained elsewhere. Ask its maker, and keep the answer on file.")
        blocks.append(Prose(lead=words.say("Training data."), text=text, basis="open"))
    if evidence.training.origin == "predictions":
        text = words.say("Not known: only predictions were supplied.")
        blocks.append(Prose(lead=words.say("What the model sees."), text=text, basis="open"))
    else:
        blocks.append(features(words, evidence))
    told = (*blocks, *sources(words, evidence))
    return Section(id="training-data", title=words.say("Data to train the model"), blocks=told)


def _results(words: Words, evidence: Evidence) -> Section:
    return Section(id="results", title=words.say("Results"), subsections=filled(words, evidence, *RESULTS))


def _questions(words: Words, evidence: Evidence) -> Section:
    blocks: tuple[Block, ...] = (comparing(words), *every_finding(words, evidence))
    return Section(id="questions", title=words.say("All questions and answers"), blocks=blocks)


def _limits(words: Words, evidence: Evidence) -> Section:
    title, blocks = words.say("The limits and the reasons for them"), (chance(words, evidence), *asked_less(words, evidence))
    return Section(id="limits", title=title, blocks=blocks, subsections=limits(words, evidence))


def _overall(words: Words, evidence: Evidence) -> Section:
    return Section(id="overall", title=words.say("Everybody together"), blocks=overall(words, evidence))


def _reliance(words: Words, evidence: Evidence) -> Section:
    return Section(id="reliance", title=words.say("What the model relies on"), blocks=reliance(words, evidence))


def _ethics(words: Words, evidence: Evidence) -> Section:
    contract, say = evidence.contract, words.say
    special = [words.column(contract, c.name, longest=LONGEST_LABEL) for c in contract.columns if contract.special(c)]
    in_model = [
        words.column(contract, c.name, longest=LONGEST_LABEL) for c in contract.with_role("feature") if contract.special(c)
    ]
    undeclared = undeclared_categories(words, evidence)
    none = say("none declared") if undeclared else say("none")
    inside = say("not known") if evidence.training.origin == "predictions" else none
    known = say(
        "In the data: {all}. In the model: {model}.", all="; ".join(special) or none, model="; ".join(in_model) or inside
    )
    blocks = (
        Prose(lead=say("Special categories of personal data."), text=known, basis="derived"),
        *undeclared,
        *groups_in_training(words, evidence),
        risks(words, evidence),
    )
    subsections = filled(words, evidence, people, good)
    return Section(id="ethics", title=say("Ethical considerations"), blocks=blocks, subsections=subsections)


def _caveats(words: Words, evidence: Evidence) -> Section:
    say = words.say
    limits_of_audit = say(
        "This audit compares groups on the outcome that was recorded. If it was recorded unfairly, the audit cannot see that."
        " An association in the data is not a cause. The answers hold for the people and the period of these data."
    )
    blocks = (
        paragraph(words, say("What the model cannot do"), evidence, "charter", "limitations"),
        Prose(lead=say("What this audit cannot see."), text=limits_of_audit),
    )
    return Section(id="limitations", title=words.say("Limitations and advice"), blocks=blocks)


def _check(words: Words, evidence: Evidence) -> Section:
    title = words.say("How to check this document")
    attached = Prose(
        lead=words.say("The same numbers as files."),
        text=words.say(
            "The PDF of this document has its tables of numbers attached as CSV files. Each line is one value. With each"
            " share come its counts, its interval and the method."
        ),
        basis="measured",
    )
    return Section(id="check", kind="annex", title=title, blocks=(*check(words, evidence), attached))


def _pairs(pairs: Mapping[str, str]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in sorted(pairs.items()))


#: The order within the results.
RESULTS: tuple[Filling, ...] = (_questions, _limits, _overall, by_group, _reliance, calibration, thresholds)
#: The order of the technical annex: sections and annexes, each counted by where it stands here.
SECTIONS: tuple[Filling, ...] = (
    _reading,
    _details,
    _use,
    _factors,
    _metrics,
    _evaluation,
    _training,
    _results,
    _ethics,
    _caveats,
    annex,
    _check,
    every_metric,
)
