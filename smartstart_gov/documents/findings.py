"""Findings in words: what was asked, the answer, why, and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from smartstart_gov.canonical import unreal
from smartstart_gov.documents.blocks import Badge, Block, Fact, Prose, Table
from smartstart_gov.documents.codes import TITLES, TONES
from smartstart_gov.documents.declared import fact, facts
from smartstart_gov.documents.ladder import asked_of, ladder, unseen
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.project.limit import Limit
from smartstart_gov.project.naming import STAGES, Stages
from smartstart_gov.verdict.finding import Comparison, Finding
from smartstart_gov.verdict.question import question_of

_ORDER = {"FAILED": 0, "NOT_SHOWN": 1, "WAIVED": 2, "PASSED": 3, "NOT_APPLICABLE": 4}


def gravest_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, those that stand in the way of a release first."""
    return sorted(findings, key=lambda f: (not f.blocks, _ORDER[f.status]))


def question(words: Words, evidence: Evidence, finding: Finding) -> str:
    """Return what a finding asks, in one line."""
    if finding.metric is None or finding.limit is None:
        title = TITLES.get(finding.id)
        return finding.id if title is None else words.say(title)
    asked = question_of(finding.id, evidence.policy.limits)
    if asked is not None and asked.rung is not None:
        return asked_of(words, evidence, asked)
    metric, groups = capital(words.metric(finding.metric)), words.columns(evidence.contract, finding.by)
    bound = unreal(finding.limit)
    if finding.measure == "ratio":
        return words.say(
            "{metric}: for every 100 in one group more than {least} in the other (by: {groups})",
            metric=metric, least=words.short(bound * 100), groups=groups,
        )  # fmt: skip
    return words.say(
        "{metric}: less than {most} percentage points apart (by: {groups})",
        metric=metric, most=words.short(bound * 100), groups=groups,
    )  # fmt: skip


def answer(words: Words, finding: Finding) -> str:
    """Return the status in words; a warning says that it is one."""
    word = words.code("status", finding.status)
    return f"{word} ({words.code('severity', 'warn')})" if finding.severity == "warn" else word


def reason(words: Words, evidence: Evidence, finding: Finding, *, brief: bool = False) -> str:
    """Return why the answer is what it is, and of a spread what can go unseen; `brief` counts long lists."""
    said = words.message(finding.reason, evidence.contract, finding.by, brief=brief)
    hides = unseen(words, evidence, finding)
    return said if hides is None else f"{said} {hides}"


def remedy(words: Words, evidence: Evidence, finding: Finding) -> str:
    """Return what would show it or mend it."""
    if finding.remedy.code == "remedy.none":
        return "–"
    return words.message(finding.remedy, evidence.contract, finding.by)


def badge(words: Words, evidence: Evidence) -> Badge:
    """Return the verdict in a box: one line for the word, one for what it means."""
    verdict = evidence.verdict
    meaning = {
        "PASSED": words.say(
            "Every question that can stop a release is answered with: shown. Read what was not examined before you sign."
        ),
        "FAILED": words.say("At least one limit or rule is broken. This version may not be used."),
        "NOT_SHOWN": words.say(
            "This is no approval and no disapproval. On some questions the evidence is missing or too thin."
        ),
    }[verdict.status]
    counts = words.say(
        "Of {all} questions: {passed} shown, {failed} breached, {thin} not shown.",
        all=words.number(len(verdict.findings)), passed=words.number(verdict.count("PASSED")),
        failed=words.number(verdict.count("FAILED")), thin=words.number(verdict.count("NOT_SHOWN")),
    )  # fmt: skip
    return Badge(word=words.code("verdict", verdict.status), text=f"{meaning} {counts}", tone=TONES[verdict.status])


def point_warning(words: Words, evidence: Evidence) -> list[Block]:
    """Return the box that says that chance was left out of account, where the policy says so."""
    if evidence.verdict.decide_on != "point":
        return []
    text = words.say(
        "The policy says decide_on: point. The verdict looks at the estimates only."
        " A limit can be broken or kept by luck, above all in small groups."
    )
    return [Badge(word=words.say("Mind: chance was left out of account"), text=text, tone="bad")]


def overview(words: Words, evidence: Evidence, *, listed: str) -> Table:
    """Return the findings for the first page: limits, and the checks that are not passed.

    The others take one row, in which `listed` says where they stand.
    """
    shown = [
        f
        for f in gravest_first(evidence.verdict.findings)
        # A rung that no stage needs is of interest only where it is broken.
        if (f.metric is not None and f.stage is not None) or f.status == "FAILED" or (f.metric is None and f.status != "PASSED")
    ]
    passed = len(evidence.verdict.findings) - len(shown)
    rows = [(answer(words, f), question(words, evidence, f), reason(words, evidence, f, brief=True)) for f in shown]
    tones = [TONES[f.status] for f in shown]
    if passed:
        line = words.plural("{n} other check", "{n} other checks", passed)
        rows.append((words.code("status", "PASSED"), line, listed))
        tones.append("good")
    header = (words.say("Answer"), words.say("Question"), words.say("Why"))
    return Table(caption=words.say("What was examined"), header=header, rows=tuple(rows), tones=tuple(tones), basis="measured")


def comparing(words: Words) -> Prose:
    """Return what one comparison is, so that the numbers of comparisons can be followed."""
    return Prose(
        text=words.say(
            "Most questions compare groups. A comparison has a direction: A against B is one, and B against A is another."
            " So two groups give two comparisons, and three groups give six."
        )
    )


def chance(words: Words, evidence: Evidence) -> Prose:
    """Return why the intervals of the verdict are not those of the other tables."""
    return Prose(
        text=words.say(
            "Of a fair model, each limit may be called breached by bad luck in at most {chance} of audits."
            " The numbers under 'What decided' are made for that, and look at one side of the limit at a time."
            " So they differ a little from the {confidence} intervals in section 7.4, which only describe.",
            chance=words.percent(evidence.policy.alpha, 0), confidence=words.percent(evidence.metrics.confidence, 0),
        )
    )  # fmt: skip


def every_finding(words: Words, evidence: Evidence) -> Table:
    """Return all findings with their reasons and what would change them."""
    header = (words.say("Answer"), words.say("Question"), words.say("Why"), words.say("What would help"))
    found = gravest_first(evidence.verdict.findings)
    rows = tuple(
        (answer(words, f), f"{question(words, evidence, f)} [{f.id}]", reason(words, evidence, f), remedy(words, evidence, f))
        for f in found
    )
    caption = words.say("All questions and answers")
    return Table(caption=caption, header=header, rows=rows, tones=tuple(TONES[f.status] for f in found), basis="measured")


def limits(words: Words, evidence: Evidence) -> tuple[Section, ...]:
    """Return a section for each limit: what it asks, why it is there, the answer and the numbers behind it."""
    findings = {f.id: f for f in evidence.verdict.findings}
    sections = []
    for place, limit in enumerate(evidence.policy.limits, start=1):
        finding = findings.get(f"limit.{limit.id}")
        if finding is None:
            continue
        say = words.say
        rows = [
            Fact(term=say("Question"), text=question(words, evidence, finding), basis="declared"),
            Fact(term=say("Compared"), text=_between(words, evidence, limit), basis="declared"),
            fact(words, say("Why this limit"), limit.reason, "committee", f"policy.yaml (limits[{place - 1}].reason)"),
            Fact(term=say("If it is breached"), text=words.code("severity", limit.severity), basis="declared"),
            Fact(term=say("Answer"), text=answer(words, finding), basis="measured"),
            Fact(term=say("Why"), text=reason(words, evidence, finding), basis="measured"),
        ]
        if finding.decisive is not None:
            rows.append(
                Fact(term=say("What decided"), text=_decisive(words, evidence, finding, finding.decisive), basis="measured")
            )
        if finding.reason.code != finding.remedy.code and finding.remedy.code != "remedy.none":
            rows.append(Fact(term=say("What would help"), text=remedy(words, evidence, finding), basis="measured"))
        number = f"7.2.{place}"
        title = capital(f"{words.metric(limit.metric)}, {words.columns(evidence.contract, limit.by)}")
        blocks = (facts(words, "", rows), *ladder(words, evidence, limit))
        sections.append(Section(id=f"limit-{place}", number=number, title=title, blocks=blocks))
    return tuple(sections)


def _between(words: Words, evidence: Evidence, limit: Limit) -> str:
    named = "" if limit.reference is None else words.group(evidence.contract, limit.by, limit.reference)
    return words.code("between", limit.between).format(reference=named)


def _decisive(words: Words, evidence: Evidence, finding: Finding, found: Comparison) -> str:
    sides = ((found.group, found.group_kind), (found.other, found.other_kind))
    group, other = (words.group(evidence.contract, finding.by, name, kind=kind) for name, kind in sides)
    write = words.decimal if finding.measure == "ratio" else words.points
    value, low, high = (write(unreal(x)) for x in (found.value, found.low, found.high))
    sizes = words.say(
        "Based on {n} and {m} cases.", n=words.number(found.group_denominator), m=words.number(found.other_denominator)
    )
    if finding.measure == "spread":
        text = words.say(
            "Standard deviation between the groups: {value} percentage points; with chance between {low} and {high}."
            " Furthest out: {group}.",
            group=group, value=value, low=low, high=high,
        )  # fmt: skip
    elif finding.measure == "difference":
        text = words.say(
            "{group} minus {other}: {value} percentage points; with chance between {low} and {high}.",
            group=group, other=other, value=value, low=low, high=high,
        )  # fmt: skip
    else:
        text = words.say(
            "{group} divided by {other}: {value}; with chance between {low} and {high}.",
            group=group, other=other, value=value, low=low, high=high,
        )  # fmt: skip
    return capital(f"{text} {sizes}")


def stages(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return what the policy asks at each step of the road to release, and what these findings come to there."""
    titles = {s.role: words.text(s.title) for s in evidence.charter.signatories}
    rows = []
    for name in STAGES:
        stage = evidence.policy.stage(name)
        thin = words.say("may enter") if stage.not_shown == "accepted" else words.say("may not enter")
        roles = ", ".join(titles.get(role, role) for role in stage.signatures) or words.say("none")
        rows.append((words.code("stage", name), thin, roles, _outcome(words, evidence, name)))
    header = (
        words.say("Step"),
        words.say("Answers 'not shown'"),
        words.say("Signatures needed"),
        words.say("On these answers alone"),
    )
    explanation = Prose(
        text=words.say(
            "A model goes to normal use in three steps. A breached limit may enter none of them."
            " The release gate decides; it also checks signatures and files."
        )
    )
    return explanation, Table(caption=words.say("The road to release"), header=header, rows=tuple(rows), basis="measured")


def _outcome(words: Words, evidence: Evidence, name: Stages) -> str:
    stage = evidence.policy.stage(name)
    statuses = {f.status for f in evidence.verdict.findings if f.blocks_at(name)}
    result: Literal["allowed", "refused", "not_shown"] = "allowed"
    if "FAILED" in statuses:
        result = "refused"
    elif statuses and stage.not_shown == "refused":
        result = "not_shown"
    word = words.code("decision", result)
    if result == "allowed" and stage.signatures:
        return words.say("{word}, once signed", word=word)
    return word
