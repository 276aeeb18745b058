"""Findings in words: what was asked, the answer, why, what would change it, and the ladder of a limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from smartstart_gov.authoring.names import STAGES, Stages
from smartstart_gov.authoring.policy import TOP, Between, Limit
from smartstart_gov.canonical import unreal
from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.documents.blocks import Badge, Basis, Block, Fact, Prose, Table
from smartstart_gov.documents.declarations import consequence, fact, facts
from smartstart_gov.documents.outline import Ref, Section
from smartstart_gov.documents.summary import of_areas, printed
from smartstart_gov.documents.terms import TITLES, TONES, _
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Comparison, Finding, Sees, Sight, Status
from smartstart_gov.judgement.question import Question, question_of, questions
from smartstart_gov.release.decide import decide


def ladder(words: Words, evidence: Evidence, limit: Limit) -> tuple[Block, ...]:
    """Return the table of a limit's ladder and the highest rung reached; nothing where there is no ladder."""
    if not limit.ladder:
        return ()
    say, found = words.say, {f.id: f for f in evidence.verdict.findings}
    asked = [question for question in questions(limit) if question.id in found]
    rows = tuple(
        (
            words.code("status", found[q.id].status),
            asked_of(words, evidence, q),
            words.message(found[q.id].reason, evidence.contract, q.by),
            words.code("stage", q.stage) if q.stage is not None else say("no step"),
        )
        for q in asked
    )
    header = (say("Answer"), say("Question"), say("Why"), say("Counts from"))
    table = Table(
        caption=say("The ladder, from the weakest question to the strongest"), header=header, rows=rows,
        tones=tuple(TONES[found[q.id].status] for q in asked), basis="measured",
    )  # fmt: skip
    reached = Prose(text=_reached(words, evidence, asked, found), basis="measured", keep=True)
    return reached, table, *_seen(words, evidence, [(q, found[q.id].sees) for q in asked])


def _seen(words: Words, evidence: Evidence, asked: Sequence[tuple[Question, Sees | None]]) -> tuple[Block, ...]:
    """Return what each rung that is passed would have found in a single group; nothing where none is."""
    say = words.say
    rows = [
        (asked_of(words, evidence, question), _size(words, sight), _found(words, question, sight))
        for question, seen in asked
        for sight in (() if seen is None else seen.sights)
    ]
    if not rows:
        return ()
    contract = evidence.contract
    dependent = contract.single("unit") is not None or contract.single("weight") is not None
    told = [
        say(
            "A question that is passed says most about large groups. So here stands how much worse off a single group would"
            " have to be before four out of five audits would not pass the question, with all other groups alike. About a"
            " smaller harm, or the same harm in a smaller group, the answer says little."
        )
    ]
    if dependent:
        told.append(
            say(
                "Rows that are alike (with one key), or that weigh more than others, say less than as many separate cases. A"
                " group counts here for the number of independent cases that would say as much."
            )
        )
    if len(rows) == 1:
        # One size stands for the smallest, the middle and the largest group: that is a sentence, and no table.
        size, found = rows[0][1:]
        told.append(
            say("In a group with {size} independent cases: {found}.", size=size, found=found)
            if dependent
            else say("In a group with {size} cases: {found}.", size=size, found=found)
        )
        return (Prose(lead=say("What would have been detected in one group."), text=" ".join(told), basis="measured"),)
    meaning = Prose(text=" ".join(told), basis="measured", keep=True)
    size = say("Independent cases in the group") if dependent else say("Cases in the group")
    header = (say("Question"), size, say("Detected from"))
    caption = say("What would have been detected in one group: the smallest, the middle and the largest")
    return meaning, Table(caption=caption, header=header, rows=tuple(rows), basis="measured")


def _size(words: Words, sight: Sight) -> str:
    low, high = words.number(sight.at_least), None if sight.under is None else words.number(sight.under)
    if high is None:
        return words.say("{least} or more", least=low)
    return words.say("under {most}", most=high) if not sight.at_least else words.say("{least} to {most}", least=low, most=high)


def _found(words: Words, question: Question, sight: Sight) -> str:
    """Return the smallest harm that is found; of the lowest class it is that of its largest group, so more is needed."""
    if sight.times is None:
        return words.say("nothing, however large")
    times = words.short(float(sight.times))
    if float(sight.times) == 1:
        return words.say("not passed even if all groups are alike")
    if sight.at_least:
        said = _("a rate {times} times as high") if question.upwards else _("a rate {times} times as low")
    else:
        said = _("a rate more than {times} times as high") if question.upwards else _("a rate more than {times} times as low")
    return words.say(said, times=times)


def unseen(words: Words, evidence: Evidence, finding: Finding) -> str | None:
    """Return in one sentence in how small a group a harm goes unseen; None where a finding does not say."""
    question, seen = question_of(finding.id, evidence.policy.limits), finding.sees
    if question is None or seen is None or question.measure != "spread":
        return None
    times = words.short(float(seen.harm))
    if seen.cases is None:
        said = (
            _("In a single group of any size, a rate {times} times as high as elsewhere could go unseen.")
            if question.upwards
            else _("In a single group of any size, a rate {times} times as low as elsewhere could go unseen.")
        )
        return words.say(said, times=times)
    said = (
        _("In a single group of fewer than about {cases} cases, a rate {times} times as high as elsewhere could go unseen.")
        if question.upwards
        else _("In a single group of fewer than about {cases} cases, a rate {times} times as low as elsewhere could go unseen.")
    )
    return words.say(said, times=times, cases=words.number(seen.cases))


def asked_of(words: Words, evidence: Evidence, question: Question) -> str:
    """Return what one rung asks, in one line."""
    metric, bound = capital(words.metric(question.limit.metric)), words.short(question.bound * 100)
    at = words.say("by {step}", step=question.step or words.columns(evidence.contract, question.by))
    if question.measure == "spread":
        line = words.say(
            "{metric}: a standard deviation between groups of less than {most} percentage points, and no group stands out",
            metric=metric, most=bound,
        )  # fmt: skip
        return f"{line}, {at}"
    sides = one_way(words, evidence, question.limit, question.between)
    if sides is not None:
        return f"{_one_way_asked(words, question, sides, metric)}, {at}"
    line = (
        words.say("{metric}: for every 100 in the higher group, more than {least} in the lower one", metric=metric, least=bound)
        if question.measure == "ratio"
        else words.say("{metric}: less than {most} percentage points apart", metric=metric, most=bound)
    )
    reference = question.limit.reference
    named = words.code("between", question.between).format(
        reference=words.group(evidence.contract, question.by, reference) if reference else ""
    )
    pooled = ""
    if question.pool_under:
        small = words.say("groups under {n} cases taken together", n=words.number(question.pool_under))
        pooled = f", {small}"
    return f"{line}, {named}, {at}{pooled}"


def _reached(words: Words, evidence: Evidence, asked: list[Question], found: dict[str, Finding]) -> str:
    reached = None
    for question in asked:
        if found[question.id].status != "PASSED":
            break
        reached = question
    if reached is None:
        return words.say("No rung of the ladder has been reached yet.")
    if reached.rung == TOP:
        return words.say("The whole ladder has been climbed, up to the limit itself.")
    return words.say("Highest rung reached: {rung}.", rung=asked_of(words, evidence, reached))


def question(words: Words, evidence: Evidence, finding: Finding) -> str:
    """Return what a finding asks, in one line."""
    if finding.metric is None or finding.limit is None:
        control = control_of(finding.id)
        title = TITLES.get(finding.id) if control is None else control.title
        return finding.id if title is None else words.say(title)
    asked = question_of(finding.id, evidence.policy.limits)
    if asked is not None and asked.rung is not None:
        return asked_of(words, evidence, asked)
    metric, groups = capital(words.metric(finding.metric)), words.columns(evidence.contract, finding.by)
    bound = unreal(finding.limit)
    if asked is not None and (sides := one_way(words, evidence, asked.limit, asked.between)) is not None:
        return words.say("{asked} (by: {groups})", asked=_one_way_asked(words, asked, sides, metric), groups=groups)
    if finding.measure == "ratio":
        return words.say(
            "{metric}: for every 100 in the higher group, more than {least} in the lower one (by: {groups})",
            metric=metric, least=words.short(bound * 100), groups=groups,
        )  # fmt: skip
    return words.say(
        "{metric}: less than {most} percentage points apart (by: {groups})",
        metric=metric, most=words.short(bound * 100), groups=groups,
    )  # fmt: skip


def one_way(words: Words, evidence: Evidence, limit: Limit, between: Between) -> tuple[str, str] | None:
    """Return who is compared with whom, where a limit looks one way only; None where it looks both ways.

    Every pair of groups is looked at from both sides, whatever the limit calls harm.
    """
    if limit.harm == "both" or between == "groups":
        return None
    kind = "level" if between == "reference" else between
    other = words.group(evidence.contract, limit.by, limit.reference or "", kind=kind)
    levels = evidence.contract.column(limit.by[0]).levels if between == "reference" and len(limit.by) == 1 else ()
    left = [level for level in levels or () if level != limit.reference]
    group = words.group(evidence.contract, limit.by, str(left[0])) if len(left) == 1 else words.say("each group")
    return group, other


def _one_way_asked(words: Words, asked: Question, sides: tuple[str, str], metric: str) -> str:
    """Return what a question asks that looks one way: a rate that lies the other way is no breach."""
    (group, other), higher, bound = sides, asked.harm == "higher", words.short(asked.bound * 100)
    if asked.measure == "ratio":
        first, second = (group, other) if higher else (other, group)
        return words.say(
            "{metric}: if {first} is at 100, {second} is above {least}", metric=metric, first=first, second=second, least=bound
        )
    if higher:
        return words.say(
            "{metric}: less than {most} percentage points higher for {group} than for {other}",
            metric=metric, most=bound, group=group, other=other,
        )  # fmt: skip
    return words.say(
        "{metric}: less than {most} percentage points lower for {group} than for {other}",
        metric=metric, most=bound, group=group, other=other,
    )  # fmt: skip


def standing(finding: Finding) -> str:
    """Return the answer as documents count it: a rule that is kept because somebody wrote something down is not measured."""
    control = control_of(finding.id) if finding.status == "PASSED" else None
    kind = "measured" if control is None else control.kind_of(finding)
    return {"measured": finding.status, "declared": "DECLARED", "not_applicable": "NOT_APPLICABLE"}[kind]


def basis_of(finding: Finding) -> Basis:
    """Return what an answer rests on, as the label beside it says."""
    return "declared" if standing(finding) == "DECLARED" else "measured"


def listed(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings as documents list them: the gravest first, and what was measured before what somebody wrote down."""
    return sorted(findings, key=lambda f: (not f.blocks, [*TONES].index(standing(f))))


def answer(words: Words, finding: Finding) -> str:
    """Return the answer in words; a warning says that it is one."""
    word = words.code("status", standing(finding))
    return f"{word} ({words.code('severity', 'warn')})" if finding.severity == "warn" else word


#: What R40 says where the effect is declared: its own reasons name every effect that could be meant.
_OF_EFFECT = {
    "control.R40.failed": _("A high score leads to: {effect}. No legal basis for that is declared."),
    "control.R40.based": _("A high score leads to: {effect}. The legal basis for that is declared."),
    "control.R40.passed": _("A high score leads to: {effect}. According to the charter, that cannot force anybody."),
}


def reason(words: Words, evidence: Evidence, finding: Finding, *, brief: bool = False) -> str:
    """Return why the answer is what it is, and of a spread what can go unseen; `brief` counts long lists."""
    said = words.message(finding.reason, evidence.contract, finding.by, brief=brief)
    more = unseen(words, evidence, finding)
    if finding.id == "control.R01" and finding.reason.code != "control.R01.unsaid":
        more = _undeclared(words, evidence)
    if finding.id == "control.R16" and finding.status == "PASSED" and of_areas(evidence):
        more = words.say("The key is the area: it cannot be seen whether somebody is counted in two areas.")
    effect = consequence(words, evidence)
    if finding.reason.code in _OF_EFFECT and effect is not None:
        said = words.say(_OF_EFFECT[finding.reason.code], effect=effect)
    return said if more is None else f"{said} {more}"


def _undeclared(words: Words, evidence: Evidence) -> str | None:
    """Return of how many inputs nobody has said whether they are of a special category; None where all is said.

    An answer of version 1 of the control does not say it.
    """
    n = sum(evidence.contract.special(column) is None for column in evidence.contract.with_role("feature"))
    if not n:
        return None
    return words.plural(
        "For {n} feature, nobody has said whether it is.", "For {n} features, nobody has said whether they are.", n
    )


def remedy(words: Words, evidence: Evidence, finding: Finding) -> str:
    """Return what would show it or mend it."""
    if finding.remedy.code == "remedy.none":
        return "–"
    said = words.message(finding.remedy, evidence.contract, finding.by)
    if finding.remedy.code in ("remedy.cases", "remedy.cases_weighted") and of_areas(evidence):
        return f"{capital(more_areas(words))} {said}"
    return said


def more_areas(words: Words) -> str:
    """Return what more evidence takes where people in one area share its score."""
    return words.say("gather more areas, not more people in the same ones.")


def badge(words: Words, evidence: Evidence) -> Badge:
    """Return the verdict in a box: limits on groups and other rules apart, and what it means for this version."""
    verdict, say = evidence.verdict, words.say
    limits = [f for f in verdict.findings if f.metric is not None]
    rules = [f for f in verdict.findings if f.metric is None]
    head = [words.code("verdict", together(limits, none="NOT_SHOWN"))]
    if rules:
        head.append(words.code("rules", together(rules, none="PASSED")))
    meaning = {
        "PASSED": say(
            "Every question that can stop a release has the answer: shown. Before you sign, read what was not examined."
        ),
        "FAILED": say("This version may not be used."),
        "NOT_SHOWN": say(
            "This is neither an approval nor a rejection. For some questions the evidence is missing or too thin."
        ),
    }[verdict.status]
    counts = [
        words.plural(
            "{n} question about groups: {passed} shown, {failed} breached, {thin} not shown.",
            "{n} questions about groups: {passed} shown, {failed} breached, {thin} not shown.",
            len(limits),
            **counts_of(words, limits),
        )
    ]
    counts += [count_of_rules(words, rules)] if rules else []
    return Badge(word=". ".join(head), text=" ".join([meaning, *counts]), tone=TONES[verdict.status])


def counts_of(words: Words, findings: Sequence[Finding]) -> dict[str, str]:
    """Return how many of `findings` have which answer, as words for a sentence."""
    named = {"passed": "PASSED", "failed": "FAILED", "thin": "NOT_SHOWN", "told": "DECLARED", "void": "NOT_APPLICABLE"}
    return {name: words.number(sum(standing(f) == status for f in findings)) for name, status in named.items()}


def count_of_rules(words: Words, rules: Sequence[Finding]) -> str:
    """Return how many rules have which answer: what was only written down, and what does not apply, apart."""
    counts = counts_of(words, rules)
    if any(standing(f) == "NOT_APPLICABLE" for f in rules):
        return words.plural(
            "{n} other rule: {passed} shown, {failed} breached, {thin} not shown; {told} only declared, {void} not"
            " applicable.",
            "{n} other rules: {passed} shown, {failed} breached, {thin} not shown; {told} only declared, {void} not"
            " applicable.",
            len(rules), **counts,
        )  # fmt: skip
    return words.plural(
        "{n} other rule: {passed} shown, {failed} breached, {thin} not shown; {told} only declared.",
        "{n} other rules: {passed} shown, {failed} breached, {thin} not shown; {told} only declared.",
        len(rules), **counts,
    )  # fmt: skip


def together(findings: Sequence[Finding], *, none: Status) -> Status:
    """Return what findings come to: those that block decide, and `none` where nothing that could block was asked."""
    asked = [f for f in findings if f.severity != "warn" and f.status != "NOT_APPLICABLE"]
    blocking = {f.status for f in asked if f.blocks}
    if blocking:
        return "FAILED" if "FAILED" in blocking else "NOT_SHOWN"
    return "PASSED" if asked else none


def point_warning(words: Words, evidence: Evidence) -> list[Block]:
    """Return the box that says that chance was left out of account, where the policy says so."""
    if evidence.verdict.decide_on != "point":
        return []
    text = words.say(
        "The policy says decide_on: point. The verdict looks at the estimates only. Chance can make the model break or keep a"
        " limit, especially in small groups."
    )
    return [Badge(word=words.say("Warning: this verdict ignores sampling error"), text=text, tone="bad")]


def overview(words: Words, evidence: Evidence, *, where: Ref, most: int | None = None) -> Table:
    """Return the findings for the first page: limits, and the checks that are not passed; the gravest `most` of them.

    Of the others, those with the same answer take one row, which refers to `where` they are listed.
    """
    shown = [
        f
        for f in listed(evidence.verdict.findings)
        # A rung that no stage needs is of interest only where it is broken.
        if (f.metric is not None and f.stage is not None) or f.status == "FAILED" or (f.metric is None and f.status != "PASSED")
    ]
    shown = shown[: len(shown) if most is None else most]
    named = {f.id for f in shown}
    rest = [standing(f) for f in listed(evidence.verdict.findings) if f.id not in named]
    rows = [(answer(words, f), question(words, evidence, f), reason(words, evidence, f, brief=True)) for f in shown]
    tones = [TONES[standing(f)] for f in shown]
    for status in dict.fromkeys(rest):
        n = rest.count(status)
        there = words.plural("It is listed in {where}.", "They are listed in {where}.", n, where=where)
        rows.append((words.code("status", status), words.plural("{n} other check", "{n} other checks", n), there))
        tones.append(TONES[status])
    header = (words.say("Answer"), words.say("Question"), words.say("Why"))
    return Table(caption=words.say("What was examined"), header=header, rows=tuple(rows), tones=tuple(tones), basis="measured")


def comparing(words: Words) -> Prose:
    """Return what one comparison is, so that the numbers of comparisons can be followed."""
    return Prose(
        text=words.say(
            "Most questions compare groups. A pair of groups counts as one comparison, in whichever order. So two groups give"
            " one comparison, and three groups give three."
        ),
        keep=True,
    )


def chance(words: Words, evidence: Evidence) -> Prose:
    """Return why the intervals of the verdict are not those of the other tables."""
    if evidence.policy.decide_on == "point":
        return Prose(text=words.say("The answers below rest on estimates alone. How often chance decides them is not limited."))
    said = [
        words.say(
            "For a model that keeps a limit, at most {chance} of audits report a breach of that limit by chance.",
            chance=words.percent(evidence.policy.alpha, 0),
        )
    ]
    # Of groups that are too small to print no numbers stand there.
    if any(finding.decisive is not None for finding in evidence.verdict.findings):
        said.append(
            words.say(
                "The numbers under 'What decided' are computed for this purpose, and look at one side of the limit at a time."
                " They therefore differ slightly from the {confidence} intervals in {where}, which only describe.",
                confidence=words.percent(evidence.metrics.confidence, 0), where=Ref("by-group"),
            )
        )  # fmt: skip
    return Prose(text=" ".join(said))


def every_finding(words: Words, evidence: Evidence) -> tuple[Table, ...]:
    """Return all findings with their reasons: first those that something would change, with what that is."""
    say, found = words.say, listed(evidence.verdict.findings)
    header = (say("Answer"), say("Question"), say("Why"), say("What would help"))
    row_of = {f.id: (answer(words, f), f"{question(words, evidence, f)} [{f.id}]", reason(words, evidence, f)) for f in found}
    helped = [f for f in found if f.remedy.code != "remedy.none"]
    others = [f for f in found if f not in helped and basis_of(f) == "measured"]
    told = [f for f in found if f not in helped and basis_of(f) == "declared"]
    tables: tuple[tuple[str, tuple[str, ...], list[Finding], Basis], ...] = (
        (say("Questions for which something would help"), header, helped, "measured"),
        (
            say("All other questions and answers") if helped else say("All questions and answers"),
            header[:3],
            others,
            "measured",
        ),
        (say("Rules that somebody has answered; the software does not check what was written"), header[:3], told, "declared"),
    )
    return tuple(
        Table(
            caption=caption, header=heads, tones=tuple(TONES[standing(f)] for f in some), basis=basis,
            rows=tuple(row_of[f.id] if len(heads) == 3 else (*row_of[f.id], remedy(words, evidence, f)) for f in some),
        )
        for caption, heads, some, basis in tables
        if some
    )  # fmt: skip


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
            fact(words, say("Why this limit"), evidence, "policy", "limits", place - 1, "reason"),
            Fact(term=say("If it is breached"), text=words.code("severity", limit.severity), basis="declared"),
            Fact(term=say("Answer"), text=answer(words, finding), basis="measured"),
            Fact(term=say("Why"), text=reason(words, evidence, finding), basis="measured"),
        ]
        if finding.decisive is not None:
            rows.append(
                Fact(term=say("What decided"), text=_decisive(words, evidence, finding, finding.decisive), basis="measured")
            )
        if finding.reason.code != finding.remedy.code and finding.remedy.code != "remedy.none":
            rows.append(Fact(term=say("What would help"), text=remedy(words, evidence, finding), basis="derived"))
        title = capital(f"{words.metric(limit.metric)}, {words.columns(evidence.contract, limit.by)}")
        blocks = (facts(words, "", rows), *ladder(words, evidence, limit))
        sections.append(Section(id=f"limit-{place}", title=title, blocks=blocks))
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
            "Standard deviation between the groups: {value} percentage points; allowing for chance, between {low} and {high}."
            " Furthest out: {group}.",
            group=group, value=value, low=low, high=high,
        )  # fmt: skip
    elif finding.measure == "difference":
        text = words.say(
            "{group} minus {other}: {value} percentage points; allowing for chance, between {low} and {high}.",
            group=group, other=other, value=value, low=low, high=high,
        )  # fmt: skip
    else:
        text = words.say(
            "{group} divided by {other}: {value}; allowing for chance, between {low} and {high}.",
            group=group, other=other, value=value, low=low, high=high,
        )  # fmt: skip
    return capital(" ".join([text, sizes, *_allotted(words, evidence, finding)]))


def _allotted(words: Words, evidence: Evidence, finding: Finding) -> list[str]:
    """Return what the bounds do with the rows whose group is not recorded; nothing where there can be none."""
    if not any(evidence.contract.column(name).maximum_unknown_share is not None for name in finding.by):
        return []
    apart = len(finding.by) == 1 and any(row.kind == "unknown" for row in printed(evidence).margin(finding.by[0]).rows)
    if apart:
        return [words.say("These bounds assume the worst about the rows whose group is not recorded.")]
    return [
        words.say(
            "These bounds leave out the rows whose group is not recorded, because small counts could otherwise be worked out."
            " The answer does count them, assuming the worst."
        )
    ]


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
            "There are three steps on the way to normal use. A breach blocks the model from all of them, unless the policy"
            " makes it only a warning. The release gate decides. It also checks the log, the files and the signatures."
        ),
        keep=True,
    )
    return explanation, Table(caption=words.say("The road to release"), header=header, rows=tuple(rows), basis="derived")


def let_pass(words: Words, evidence: Evidence, name: Stages) -> tuple[Finding, ...]:
    """Return the findings as they count at one step: those that people let pass there do not block."""
    waived = {one.finding for one in words.waivers if one.stage == name}
    return tuple(replace(one, status="WAIVED") if one.id in waived else one for one in evidence.verdict.findings)


def _outcome(words: Words, evidence: Evidence, name: Stages) -> str:
    asks, findings = evidence.policy.stage(name), let_pass(words, evidence, name)
    result = decide(findings, name, not_shown=asks.not_shown, signatures=asks.signatures, concept=evidence.concept)
    if result == "signatures_missing":
        return words.say("{word}, once signed", word=words.code("decision", "allowed"))
    return words.code("decision", result)
