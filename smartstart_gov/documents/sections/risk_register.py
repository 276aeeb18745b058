"""Blocks C and D of the DPIA and its closing: one register of risks and measures, summary, advice and adoption (16 to 20)."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.authoring.charter import Risk
from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.documents.blocks import Badge, Bullets, Prose, Table, Tone
from smartstart_gov.documents.declarations import answers_for, effect, said
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.sections.dpia_sheet import Part, Sheet
from smartstart_gov.documents.sections.findings import answer, badge, counts_of, question, reason, remedy
from smartstart_gov.documents.sections.vulnerable import vulnerable
from smartstart_gov.documents.summary import coverage, signatures
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding, gravest_first
from smartstart_gov.judgement.question import question_of


def subject(evidence: Evidence, finding: Finding) -> str:
    """Return what a risk calls a finding: ``limit.<id of the limit>`` whatever its rung, or the id of another finding."""
    asked = question_of(finding.id, evidence.policy.limits)
    return finding.id if asked is None else f"limit.{asked.limit.id}"


def breaches(evidence: Evidence) -> dict[str, Finding]:
    """Return what was measured as breached, the gravest first: one finding for each limit or control."""
    found: dict[str, Finding] = {}
    for finding in gravest_first(evidence.verdict.findings):
        if finding.status == "FAILED":
            found.setdefault(subject(evidence, finding), finding)
    return found


def unrated(evidence: Evidence) -> dict[str, Finding]:
    """Return the breaches that no risk of the charter rates."""
    rated = {risk.finding for risk in evidence.charter.risks}
    return {name: finding for name, finding in breaches(evidence).items() if name not in rated}


def _risks(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    waiting = unrated(evidence)
    text = say(
        "Risks and measures stand in one register, also for {where}. A breach that the audit measured is a risk that is"
        " already in it. People rate it, in charter.yaml (risks), where 'finding' names the breach.",
        where=Ref("part-17"),
    )
    sheet.add(Prose(text=text, keep=True))
    rows, tones = list[tuple[str, ...]](), list[Tone]()
    for place, risk in enumerate(evidence.charter.risks):
        rows.append(_row(sheet, place, risk))
        tones.append("bad" if risk.residual == "high" else "plain")
    for number, (name, finding) in enumerate(waiting.items(), start=len(evidence.charter.risks) + 1):
        rows.append(_measured_row(words, evidence, number, name, finding))
        tones.append("open")
    header = (
        say("No."), say("16.1.1, 16.1.2 Risk and origin"), say("16.1.3 to 16.1.8 Rating"),
        say("17.1.3 Measure"), say("17.1.4 to 17.1.7 What is left"),
    )  # fmt: skip
    if rows:
        caption = say("Register of risks")
        sheet.add(Table(caption=caption, header=header, rows=tuple(rows), tones=tuple(tones), basis="declared", loose=True))
    if not evidence.charter.risks:
        sheet.lacking(say("The risks for the people concerned"), "risks")
    _groups(sheet)
    sheet.ask(say("16.2 What else is to be said?"))
    sheet.own("16", say("16.2 Further text"))
    sheet.add(*vulnerable(words, evidence, of="technical_annex"))


def _row(sheet: Sheet, place: int, risk: Risk) -> tuple[str, ...]:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    at = ("risks", place)
    named = say("Risk {n}", n=words.number(place + 1))

    def why(number: str, key: str) -> str:
        return sheet.cell(f"{named}: {number}", "charter", *at, key)

    def graded(term: str, grade: str, number: str, key: str) -> str:
        reasoned = why(number, key)
        return f"{term}: {grade}" + ("." if reasoned == words.code("basis", "open") else f". {reasoned}")

    lines = [words.text(risk.description), say("Origin: {origin}", origin=words.text(risk.origin))]
    if risk.finding is not None:
        lines.append(_of_finding(words, evidence, risk.finding))
    level = words.code("basis", "open") if risk.level is None else words.code("grade", risk.level)
    # What is open is named in the order of the numbers of the form.
    rated = [
        graded(say("Likelihood"), words.code("grade", risk.likelihood), "16.1.4", "likelihood_reason"),
        graded(say("Impact"), words.code("grade", risk.impact), "16.1.6", "impact_reason"),
    ]
    if risk.level is None:
        why("16.1.7", "level")
    rated.append(graded(say("Level"), level, "16.1.8", "level_reason"))
    measure = why("17.1.3", "measure")
    left = say("Remaining risk")
    after = [f"{left}: {words.code('grade', risk.residual)}."]
    if risk.residual == "high" or risk.authority_advice is not None:
        advice = why("17.1.5", "authority_advice")
        after.append(say("Advice of the authority: {advice}", advice=advice))
    monitoring, owner = why("17.1.6", "monitoring"), why("17.1.7", "owner")
    after += [say("Owner: {owner}", owner=owner), say("Monitoring: {monitoring}", monitoring=monitoring)]
    return words.number(place + 1), "\n".join(lines), "\n".join(rated), measure, "\n".join(after)


def _of_finding(words: Words, evidence: Evidence, name: str) -> str:
    """Return what the audit measured of the finding that a risk rates."""
    found = [f for f in gravest_first(evidence.verdict.findings) if name in (f.id, subject(evidence, f))]
    if not found:
        return words.say("This audit has no finding {name}.", name=name)
    text = f"{question(words, evidence, found[0])}: {answer(words, found[0])}. {reason(words, evidence, found[0], brief=True)}"
    return words.say("Measured: {text}", text=text)


def _measured_row(words: Words, evidence: Evidence, number: int, name: str, finding: Finding) -> tuple[str, ...]:
    say, opened = words.say, words.code("basis", "open")
    asked, why = question(words, evidence, finding), reason(words, evidence, finding, brief=True)
    risk = say("{question}: breached. {why}", question=asked, why=why)
    origin = say("Origin: measured in this audit ({name}).", name=name)
    rated = "\n".join(f"{term}: {opened}." for term in (say("Likelihood"), say("Impact"), say("Level")))
    helps = remedy(words, evidence, finding)
    measure = opened if helps == "–" else say("open; what would help: {remedy}", remedy=helps)
    left = say("Remaining risk")
    return words.number(number), f"{risk}\n{origin}", rated, measure, f"{left}: {opened}."


def _groups(sheet: Sheet) -> None:
    """Add how many questions about groups have which answer, those that nobody can answer yet, and who is not printed."""
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    asked = [f for f in gravest_first(evidence.verdict.findings) if f.metric is not None]
    text = words.plural(
        "{n} question about groups: {passed} shown, {failed} breached, {thin} not shown. {where} has the numbers.",
        "{n} questions about groups: {passed} shown, {failed} breached, {thin} not shown. {where} has the numbers.",
        len(asked),
        **counts_of(words, asked), where=Ref("results", of="technical_annex"),
    )  # fmt: skip
    sheet.add(Prose(lead=say("Risk of discrimination, as measured."), text=text, basis="measured", keep=True))
    items = [*_not_shown(words, evidence, asked), *coverage(words, evidence)]
    sheet.add(Bullets(items=tuple(items), basis="measured"))


def _not_shown(words: Words, evidence: Evidence, asked: list[Finding]) -> Iterator[str]:
    """Return what is not shown by group, each rate once: it is no sign that there is no risk."""
    found: dict[tuple[str, ...], list[str]] = {}
    for finding in asked:
        if finding.status == "NOT_SHOWN" and finding.metric is not None:
            metrics = found.setdefault(finding.by, [])
            metrics += [] if words.metric(finding.metric) in metrics else [words.metric(finding.metric)]
    for by, metrics in found.items():
        groups = words.columns(evidence.contract, by)
        yield words.say("Not shown by {groups}: {metrics}.", groups=groups, metrics=words.listed(metrics))


def _measures(sheet: Sheet) -> None:
    say, evidence = sheet.words.say, sheet.evidence
    sheet.ask(say("17 Are the measures enough?"))
    sheet.tell(say("17.1 Measures"), say("See the register in {where}.", where=Ref("part-16")), "derived")
    sheet.own("17.2", say("17.2 Further text"))
    sheet.own("17", say("17.3 Why the remaining risk is acceptable, and who monitors it"))
    sheet.declared(say("When the model stops"), "charter", "exit", "stop_criteria")
    # What is asked is said, not the rule: a rule that is not kept would stand here as a fact.
    waits = [f for f in evidence.verdict.findings if f.blocks and f.status == "NOT_SHOWN" and f.metric is None]
    if waits:
        asked = " ".join(_step(sheet.words, evidence, f) for f in waits)
        sheet.tell(say("What the audit asks for"), asked, "derived")
    sheet.add(*effect(sheet.words, evidence))


def _step(words: Words, evidence: Evidence, finding: Finding) -> str:
    control = control_of(finding.id)
    return words.say(control.step) if control is not None and control.step else remedy(words, evidence, finding)


def article_36(words: Words, evidence: Evidence) -> Badge:
    """Return whether the data protection authority has to be consulted before the processing begins."""
    say, risks = words.say, evidence.charter.risks
    high = [str(i) for i, risk in enumerate(risks, start=1) if risk.residual == "high"]
    waiting = len(unrated(evidence))
    if high:
        text = words.plural(
            "A high risk remains: risk {risks} of {where}. The data protection authority must then be consulted first.",
            "High risks remain: risks {risks} of {where}. The data protection authority must then be consulted first.",
            len(high),
            risks=", ".join(high), where=Ref("part-16"),
        )  # fmt: skip
        return Badge(word=say("Article 36 GDPR: consult the authority first"), text=text, tone="bad")
    if waiting or not risks:
        text = say("No risk is rated yet.") if not risks else words.plural(
            "{n} measured breach has not been rated.", "{n} measured breaches have not been rated.", waiting
        )  # fmt: skip
        more = say("It is not known whether a high risk remains.")
        return Badge(word=say("Article 36 GDPR: not known yet"), text=f"{text} {more}", tone="open")
    text = say("According to the register, no high risk remains.")
    return Badge(word=say("Article 36 GDPR: no high risk remains"), text=text, tone="good")


def _summary(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    risks, waiting = evidence.charter.risks, len(unrated(evidence))
    sheet.add(article_36(words, evidence), badge(words, evidence))
    sheet.ask(say("18 What does management have to know?"))
    sheet.own("18", say("18 Summary in your own words"))
    sheet.declared(say("Purpose"), "charter", "purpose")
    sheet.declared(say("Who is affected"), "charter", "affected")
    sheet.tell(say("Risks"), _counted(words, evidence), "derived")
    if waiting:
        told = words.plural("{n} measured breach has not been rated.", "{n} measured breaches have not been rated.", waiting)
        sheet.tell(say("Breaches without a rating"), told, "measured")
    # A number alone would be read as how many there are.
    without = [say("Risk {n}", n=words.number(i)) for i, risk in enumerate(risks, start=1) if risk.measure is None]
    if without:
        sheet.tell(say("Risks without a measure"), ", ".join(without), "derived")


def _counted(words: Words, evidence: Evidence) -> str:
    say, risks = words.say, evidence.charter.risks
    if not risks:
        return say("No risk is rated yet.")
    named = words.plural("{n} risk is named.", "{n} risks are named.", len(risks))
    left = {grade: sum(risk.residual == grade for risk in risks) for grade in ("high", "middle", "low")}
    counts = ", ".join(f"{words.code('grade', grade)} {words.number(n)}" for grade, n in left.items())
    rest = say("What is left of them: {counts}.", counts=counts)
    return f"{named} {rest}"


def _advice(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    owner, advice = evidence.charter.owner, evidence.charter.dpo_advice
    sheet.ask(say("19.1 to 19.4 Version, status, file, keeper"))
    version = say("{version}, {date}", version=evidence.version or say("no version yet"), date=words.date(evidence.created))
    sheet.tell(say("19.1.1, 19.1.2 Version and date"), version, "derived")
    sheet.own("19.1.3", say("19.1.3 Explanation"))
    sheet.own("19.2", say("19.2 Status"))
    if evidence.charter.dpia.get("19.2") == "final":
        sheet.tell(say("19.2 Until it is signed"), say("It is final once everybody in the last part has signed."), "derived")
    sheet.fields(say("19.2 Status"), "19.2")
    sheet.tell(
        say("19.3 File of this version"),
        say(
            "The pre-scan, the model card, this annex, and bundle.json with the counts they are based on. manifest.json"
            " lists the files."
        ),
        "derived",
    )
    sheet.own("19.3.2.4", say("19.3.2.4 Where the file is kept"))
    sheet.put(answers_for(words, say("19.4.1, 19.4.5 Kept by"), evidence))
    for number, term in (("19.4.2", say("19.4.2 Directorate")), ("19.4.3", say("19.4.3 Department")),
                         ("19.4.6", say("19.4.6 Place of storage"))):  # fmt: skip
        sheet.own(number, term)
    sheet.fields(say("19.4 Directorate, department and place of storage"), "19.4.2", "19.4.3", "19.4.6")
    sheet.declared(say("Contact"), "charter", "owner", "contact", told=said(words, owner.contact))
    rules = say("Contract {contract}, policy {policy}.", contract=evidence.contract.version, policy=evidence.policy.version)
    sheet.tell(say("Rules used"), rules, "measured")
    # What is said of the whole part is no answer to the question of what the officer advised.
    sheet.own("19", say("19 Status, file and advice of the data protection officer"))
    sheet.ask(say("19.5 What did the data protection officer advise?"))
    if advice is None:
        sheet.lacking(say("19.5 Advice of the data protection officer, and what was done with it"), "dpo_advice")
    else:
        who = [advice.organisation, advice.directorate, advice.department, said(words, advice.function)]
        if any(who):
            sheet.tell(say("19.5.1 to 19.5.5 Officer"), ", ".join(one for one in who if one), "declared")
        for key, term in (
            ("date", say("19.5.6 Date")), ("advice", say("Advice")), ("document", say("19.5.7 Document")),
            ("version", say("19.5.8 Worked into version")), ("followed", say("Followed or overruled")),
            ("decided_by", say("Decided by")), ("reason", say("Why")),
        ):  # fmt: skip
            sheet.declared(term, "charter", "dpo_advice", key)


def _adoption(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    sheet.ask(say("20.1 Who adopts this DPIA?"))
    controllers = [party.name for party in evidence.charter.parties if party.role in ("controller", "joint_controller")]
    if controllers:
        sheet.tell(say("20.1.1 Controller"), ", ".join(controllers), "declared")
    for number, term in (("20.1.2", say("20.1.2 Directorate")), ("20.1.3", say("20.1.3 Department")),
                         ("20.1.7", say("20.1.7 Written by"))):  # fmt: skip
        sheet.own(number, term)
    sheet.fields(say("20.1 Directorate, department and who wrote it"), "20.1.2", "20.1.3", "20.1.7")
    sheet.put(answers_for(words, say("20.1.5 Position"), evidence))
    sheet.own("20", say("20 Further text"))
    by_hand = say("Name (20.1.4) and date (20.1.6) are written by hand: the files hold no names of persons.")
    sheet.add(Prose(text=by_hand, keep=True), signatures(words, evidence))


CLOSING = (
    Part(number=16, title=_("Risks for the people concerned"), fill=_risks),
    Part(number=17, title=_("Measures"), fill=_measures),
    Part(number=18, title=_("Management summary"), fill=_summary, whole=True),
    Part(number=19, title=_("Version, status, file and advice"), fill=_advice),
    Part(number=20, title=_("Adoption and signing"), fill=_adoption),
)
