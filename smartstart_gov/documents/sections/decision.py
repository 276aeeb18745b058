"""The first page: may this model be used, who is worse off, what is not known, and who does what next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.authoring.names import STAGES, Stages, Who
from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.documents.blocks import PAGE, Badge, Badges, Block, Bullets, Figure, Prose, Tone
from smartstart_gov.documents.charts import hundreds
from smartstart_gov.documents.declarations import consequence
from smartstart_gov.documents.outline import Ref, Section
from smartstart_gov.documents.room import FIRST_ROOM, brief, fitted, height, lines, title_of
from smartstart_gov.documents.sections.accuracy import case, in_two_sentences
from smartstart_gov.documents.sections.attribute import (
    Judged,
    judged,
    of_every_100,
)
from smartstart_gov.documents.sections.findings import (
    count_of_rules,
    counts_of,
    let_pass,
    more_areas,
    question,
    remedy,
    together,
)
from smartstart_gov.documents.sections.unasked import weaker_points
from smartstart_gov.documents.sections.worse_off import (
    besides,
    how_right,
    in_hundreds,
    more_beyond,
    rows_alone,
    worse_title,
    worst,
)
from smartstart_gov.documents.summary import (
    balance_line,
    not_recorded,
    of_areas,
    one_sided,
    printed,
    weighted_line,
)
from smartstart_gov.documents.terms import TONES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import Finding, gravest_first
from smartstart_gov.release.decide import Result, decide
from smartstart_gov.statistics.rates import RATES

MOST_STEPS = 3
#: Of so many letters are the names of the attributes that one step is about.
_ABOUT = 90
#: So many lines on limits on other rates.
MOST_BESIDES = 2
#: Decisions with which a model may enter a stage.
ENTERS = ("signatures_missing", "allowed")
#: Reasons why an answer is 'not shown' that say that something was found in groups, though it does not prove a breach.
FOUND = (
    "limit.beyond", "limit.pooled", "limit.pooled_hidden", "limit.unknown_breach", "counts.pooled", "counts.hidden_fail",
    "spread.flagged",
)  # fmt: skip
#: Which share of their room texts get, until everything fits: more than usual where the page has room to spare.
_SHARES = (2.0, 1.6, 1.3, 1.15, 1.0, 0.9, 0.75, 0.6, 0.5, 0.4, 0.3)
#: With a smaller share than this only what every first page has to say stands there.
_TIGHT = 0.5
#: Whatever room there is, who answers for the model is not cut shorter: half of it may say the opposite.
_OWNER = 60
#: What a heading of the first page takes, in points, and a line of its title.
_HEADING, _TITLE_LINE, _SUBTITLE, _LAST = 16.4, 23.0, 26.0, 5.0


def page(
    words: Words, evidence: Evidence, refer: Mapping[str, str], title: str
) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    """Return the first page: what stands at the top, and its sections, under `title`.

    `refer` says of each attribute with a page of its own in which section that is.
    """
    say = words.say
    titles = {
        "worse": worse_title(words, evidence), "right": say("How often is it right, and what is that based on?"),
        "unknown": say("What do we not know?"),
        "decides": say("Who decides, and who signs?"), "next": say("What has to happen now?"),
        "disagree": say("Do you disagree?"),
    }  # fmt: skip
    # Below the last block nothing follows.
    free = FIRST_ROOM + _LAST - _SUBTITLE - _TITLE_LINE * lines(title, PAGE / 1.08, 20.0) - _HEADING * len(titles)
    made = {share: {"": _top(words, evidence, share), **_parts(words, evidence, refer, share)} for share in _SHARES}
    takes = {
        (share, name): sum(height(block, first=True) for block in found)
        for share, parts in made.items()
        for name, found in parts.items()
    }

    def fits(shares: Mapping[str, float]) -> bool:
        return sum(takes[share, name] for name, share in shares.items()) <= free

    # Long texts are shortened before a point is left out. Then each part gets back its usual room, as far as there is any,
    # and only then more than that.
    names = ("decides", "disagree", "worse", "", "right", "unknown", "next")
    tries = [dict.fromkeys(names, share) for share in _SHARES]
    # Who decides, and how to object, are told in full where the others can make room for it.
    full = [{**each, "decides": 1.0, "disagree": 1.0} for each in tries if each["decides"] <= 1]
    kept = next((each for each in (*tries[: _SHARES.index(1.0)], *full, *tries) if fits(each)), tries[-1])
    for most in (1.0, _SHARES[0]):
        for name in names:
            more = (share for share in _SHARES if kept[name] < share <= most and fits({**kept, name: share}))
            kept[name] = next(more, kept[name])
    top, wanted = made[kept[""]][""], {name: made[kept[name]][name] for name in titles}
    room = free - sum(height(block, first=True) for block in top)
    blocks = fitted(words, [block for found in wanted.values() for block in found], room, uncut=wanted["next"], first=True)
    placed, sections = iter(blocks), []
    for name, found in wanted.items():
        own = tuple(next(placed) for _block in found)
        sections.append(Section(id=name, kind="plain", title=titles[name], blocks=own, listed=False, on_front=True))
    return top, tuple(sections)


def _top(words: Words, evidence: Evidence, share: float) -> tuple[Block, ...]:
    return (
        _owner(words, evidence, share), _boxes(words, evidence), *_let_pass(words, evidence, share),
        *_by_chance(words, evidence), *one_sided(words, evidence),
        Prose(text=_what_for(words, evidence, share)),
    )  # fmt: skip


def _let_pass(words: Words, evidence: Evidence, share: float) -> tuple[Block, ...]:
    """Return how many answers people let pass for a while, and which; nothing where they let none pass."""
    if not words.waivers:
        return ()
    found = {finding.id: finding for finding in evidence.verdict.findings}
    titles = {signatory.role: words.text(signatory.title) for signatory in evidence.charter.signatories}
    count = words.plural("{n} answer is let pass for a while", "{n} answers are let pass for a while", len(words.waivers))
    text = words.say("The answer is still what it was. People signed that the model may go on all the same.")
    items = tuple(
        words.say(
            "{question} ({step}, until {date}). Instead: {instead} ({owner}).",
            question=brief(words, question(words, evidence, found[one.finding]), int(140 * share)),
            step=words.code("step", one.stage), date=words.date(one.until),
            instead=brief(words, one.instead, int(140 * share)).rstrip("."),
            owner=title_of(titles.get(one.owner, one.owner), int(60 * share)),
        )
        for one in words.waivers
    )  # fmt: skip
    return Badge(word=count, text=text, tone="bad"), Bullets(items=items)


def _by_chance(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the box that says that chance was left out of account, where the policy says so."""
    if evidence.verdict.decide_on != "point":
        return ()
    text = words.say("An answer can be right or wrong by luck, above all for small groups.")
    return (Badge(word=words.say("Warning: these answers leave out chance"), text=text, tone="bad"),)


def _parts(words: Words, evidence: Evidence, refer: Mapping[str, str], share: float) -> dict[str, tuple[Block, ...]]:
    return {
        "worse": _worse(words, evidence, refer, share),
        "right": (
            Prose(
                text=" ".join(
                    [
                        *in_two_sentences(words, evidence),
                        balance_line(words, evidence),
                        *weighted_line(words, evidence),
                        *_learned_from(words, evidence, share),
                    ]
                ),
            ),
        ),
        "unknown": (Bullets(items=(*_differs(words, evidence, share), *_unknown(words, evidence, refer))),),
        "decides": (Prose(text=_decides(words, evidence, share)),),
        "next": (_steps(words, evidence, refer, share),),
        "disagree": (Prose(text=_objection(words, evidence, share)),),
    }


def _learned_from(words: Words, evidence: Evidence, share: float) -> tuple[str, ...]:
    """Return from which sources the model learned, or that nobody here knows; nothing where no source is named."""
    training, contract = evidence.training, evidence.contract
    if training.origin != "trained":
        return (words.say("What the model learned from is not known here."),)
    sources = dict.fromkeys(contract.column(name).source for name in training.features)
    systems = [contract.sources[source].system for source in sources if source is not None]
    if not systems:
        return ()
    named = title_of("; ".join(systems), max(int(150 * share), _OWNER)).rstrip(".")
    return (words.say("The model learned from these data: {systems}.", systems=named),)


def _differs(words: Words, evidence: Evidence, share: float) -> tuple[str, ...]:
    """Return what the outcome does not say of what the model is for; nothing where it is open, or there is no room."""
    told = evidence.charter.label.difference_from_purpose
    return () if told is None or share <= _TIGHT else (brief(words, words.text(told), int(150 * share), first=150),)


def _owner(words: Words, evidence: Evidence, share: float) -> Prose:
    most = max(int(80 * share), _OWNER)
    owner, nobody = evidence.charter.owner, words.say("not filled in yet")
    return Prose(
        text=words.say(
            "Organisation: {organisation}. Accountable for the model: {function}. Contact: {contact}.",
            organisation=brief(words, owner.organisation or nobody, most),
            function=nobody if owner.function is None else brief(words, words.text(owner.function), most),
            contact=nobody if owner.contact is None else brief(words, words.text(owner.contact), most),
        )
    )


def _boxes(words: Words, evidence: Evidence) -> Badges:
    """Return the three headlines: whether it may be used, the limits on groups, and the other rules."""
    limits = [f for f in evidence.verdict.findings if f.metric is not None]
    rules = [f for f in evidence.verdict.findings if f.metric is None]
    status, others = together(limits, none="NOT_SHOWN"), together(rules, none="PASSED")
    asked = words.plural(
        "{n} question about groups: {passed} shown, {failed} breached, {thin} not shown.",
        "{n} questions about groups: {passed} shown, {failed} breached, {thin} not shown.",
        len(limits), **counts_of(words, limits),
    )  # fmt: skip
    return Badges(
        badges=(
            _may_be_used(words, evidence),
            Badge(word=words.code("verdict", status), text=asked, tone=TONES[status]),
            Badge(word=words.code("rules", others), text=count_of_rules(words, rules), tone=TONES[others]),
        )
    )


def decided(words: Words, evidence: Evidence) -> dict[Stages, Result]:
    """Return what the findings come to at each stage, as the release gate would say, with what people let pass."""
    policy = evidence.policy
    return {
        name: decide(
            let_pass(words, evidence, name), name, not_shown=policy.stage(name).not_shown,
            signatures=policy.stage(name).signatures, concept=evidence.concept,
        )
        for name in STAGES
    }  # fmt: skip


def to_try(words: Words, evidence: Evidence) -> list[tuple[Stages, str]]:
    """Return the steps before use that may begin once they are signed, and who signs; none where use itself may begin."""
    found, titles = decided(words, evidence), {one.role: words.text(one.title) for one in evidence.charter.signatories}
    return [
        (name, "; ".join(titles.get(role, role) for role in evidence.policy.stage(name).signatures))
        for name in STAGES[:-1]
        if found[name] in ENTERS and found["release"] not in ENTERS
    ]


def _may_be_used(words: Words, evidence: Evidence) -> Badge:
    say, found = words.say, decided(words, evidence)
    answers: dict[str, tuple[str, Tone]] = {
        "refused": (say("✕ May not be used"), "bad"),
        "not_shown": (say("! May not be used yet"), "open"),
        "signatures_missing": (say("✓ May be used, once signed"), "good"),
        "allowed": (say("✓ May be used"), "good"),
    }
    word, tone = answers[found["release"]]
    last = say("A last check also looks at log, files and signatures.")
    begins = [stage for stage, _ in to_try(words, evidence)]
    why = say("This follows from the answers.")
    if begins:
        both = say("Only a test, and use by one team, may begin, on the conditions below.")
        why = both if "trial" in begins else say("Only a test may begin, on the conditions below.")
    text = f"{why} {last}"
    if found["release"] in ENTERS and any(one.stage == "release" for one in words.waivers):
        tone, text = "open", say("Only as long as answers are let pass.") + f" {text}"
    if evidence.concept:
        text = say("This is a draft: the rows of the audit were not opened.")
    return Badge(word=word, text=text, tone=tone)


def _what_for(words: Words, evidence: Evidence, share: float) -> str:
    say, charter = words.say, evidence.charter
    said = [say("Its purpose is not filled in yet.")]
    if charter.purpose is not None:
        said = [say("Its purpose: {purpose}", purpose=brief(words, words.text(charter.purpose), int(220 * share)))]
    effect = consequence(words, evidence)
    said.append(say("A high score leads to: {effect}.", effect=effect or say("not filled in yet")))
    return " ".join(said)


# ------------------------------------------------------------------------------------------ who is worse off


def _worse(words: Words, evidence: Evidence, refer: Mapping[str, str], share: float) -> tuple[Block, ...]:
    say = words.say
    metric, chosen = worst(words, evidence)
    if not metric:
        return (Prose(text=say("No group may be shown: the counts are too small, or would give small counts away.")),)
    rows, alt = in_hundreds(words, evidence, metric, chosen)
    caption = " ".join(
        [
            how_right(words, evidence, chosen),
            *rows_alone(words, evidence),
            say("Of each attribute, the printed group that is worst off is shown, unless it hardly differs."),
            *more_beyond(words, evidence, chosen, refer),
        ]
    )
    lead = Prose(text=f"{of_every_100(words, metric)} {case(words, evidence, share)}", keep=True)
    drawn = Figure(svg=hundreds(rows, alt=alt), alt=alt, caption=caption, basis=None)
    # The other error may be the burden of another group: one line of it goes before long texts.
    others = tuple(besides(words, evidence, metric))[: MOST_BESIDES if share > _TIGHT else int(share > _SHARES[-1])]
    return (lead, drawn, Bullets(items=others)) if others else (lead, drawn)


# ------------------------------------------------------------------------------------- what is not known
def _unknown(words: Words, evidence: Evidence, refer: Mapping[str, str]) -> Iterator[str]:
    """Yield what this audit could not answer, what is not recorded, not asked and not filled in."""
    say = words.say
    thin = [one for one in judged(evidence) if one.status == "NOT_SHOWN"]
    if thin:
        names = "; ".join(_by(words, evidence, one, refer) for one in thin)
        yield brief(words, say("Whether the model treats people alike by {attributes}.", attributes=names), 300)
    besides = [one for one in judged(evidence) if one.status == "FAILED" and any(f.status == "NOT_SHOWN" for f in one.findings)]
    if besides:
        names = "; ".join(_by(words, evidence, one, refer) for one in besides)
        yield brief(
            words,
            say("Besides that, it is uncertain whether the model keeps another limit by {attributes}.", attributes=names),
            300,
        )
    combined = [f for f in evidence.verdict.findings if f.status == "NOT_SHOWN" and len(f.by) > 1]
    if combined:
        yield (
            words.plural(
                "{n} question about combinations of attributes has no answer, though groups do differ there: {where}.",
                "{n} questions about combinations of attributes have no answer, though groups do differ there: {where}.",
                len(combined), where=Ref("questions"),
            )
            if _stand_out(combined)
            else words.plural(
                "{n} question about combinations of attributes has no answer: {where}.",
                "{n} questions about combinations of attributes have no answer: {where}.",
                len(combined), where=Ref("questions"),
            )
        )  # fmt: skip
    weaker = weaker_points(words, evidence)
    if weaker:
        yield (
            words.plural(
                "On {n} point, the policy is less strict than the software is by itself: {where}.",
                "On {n} points, the policy is less strict than the software is by itself: {where}.",
                weaker, where=Ref("limits"),
            )
            if evidence.previous is None
            else words.plural(
                "On {n} point, the policy is less strict than the software is by itself, or than before: {where}.",
                "On {n} points, the policy is less strict than the software is by itself, or than before: {where}.",
                weaker, where=Ref("limits"),
            )
        )  # fmt: skip
    counted = unfilled(evidence)
    if counted:
        yield words.plural(
            "{n} fact is still open: {who}. {where} says which kind of fact.",
            "{n} facts are still open: {who}. {where} says which kind of facts.",
            sum(counted.values()), where=Ref("cannot_show"),
            who=", ".join(f"{words.code('who', who)} ({words.number(n)})" for who, n in counted.most_common()),
        )  # fmt: skip
    else:
        yield say("For what this kind of audit can never see, see {where}.", where=Ref("cannot_show"))


def _stand_out(findings: Sequence[Finding]) -> bool:
    """Whether something was found in groups, though it is no proof of a breach."""
    return any(f.status == "NOT_SHOWN" and f.stage is not None and f.reason.code in FOUND for f in findings)


def _by(words: Words, evidence: Evidence, one: Judged, refer: Mapping[str, str]) -> str:
    """Return an attribute, the part that tells of it, how many of its rows are not recorded, and whether groups stand out."""
    say, named = words.say, title_of(words.column(evidence.contract, one.attribute), 60)
    told = [words.where(Ref(refer.get(one.attribute, "questions")))]
    share = not_recorded(words, evidence, printed(evidence).margin(one.attribute))
    told += [] if share is None else [share]
    told += [say("groups do differ; it is not certain by how much")] if _stand_out(one.findings) else []
    return say("{attribute} ({told})", attribute=named, told="; ".join(told))


def unfilled(evidence: Evidence) -> Counter[Who]:
    """Return how many facts each role still has to fill in."""
    return Counter(fact.ask.who for fact in open_facts(evidence.charter, evidence.contract, evidence.policy))


# --------------------------------------------------------------------------------------------- what is next
def _steps(words: Words, evidence: Evidence, refer: Mapping[str, str], share: float) -> Bullets:
    """Return the next steps and whose they are: what breaks a limit or rule first, then what is not shown."""
    steps = list(dict.fromkeys(_asked(words, evidence, share)))
    # What may begin now leaves room for what is still missing.
    most = MOST_STEPS + bool(to_try(words, evidence))
    items = [
        words.say("{n}. {who}: {step}", n=words.number(i), step=step, who=capital(who))
        for i, (step, who) in enumerate(steps[:most], start=1)
    ]
    if len(steps) > most:
        more = words.plural(
            "{n} more step: see {where}.", "{n} more steps: see {where}.",
            len(steps) - most, where=Ref("questions", of="technical_annex"),
        )  # fmt: skip
        items.append(more)
    return Bullets(items=tuple(items))


def _asked(words: Words, evidence: Evidence, share: float) -> Iterator[tuple[str, str]]:
    road = Ref("road")
    grave = [
        f for f in gravest_first(evidence.verdict.findings) if f.status in ("FAILED", "NOT_SHOWN") and f.severity != "warn"
    ]
    if decided(words, evidence)["release"] == "refused":
        yield words.say("Do not use this model as it is."), words.code("who", "owner")
    begins = {
        "shadow": (
            words.say("Sign for a test (shadow), or refuse: scores are computed, and nobody sees them."),
            words.say("A test (shadow) may begin: scores are computed, and nobody sees them."),
        ),
        "trial": (
            words.say(
                "Sign for a trial, or refuse: one team works with the model, for few people and only to help ({where}).",
                where=road,
            ),
            words.say(
                "A trial may begin: one team works with the model, for few people and only to help ({where}).", where=road
            ),
        ),
    }
    for name, who in to_try(words, evidence):
        signed, unsigned = begins[name]
        yield (signed, title_of(who, int(120 * max(share, _TIGHT)))) if who else (unsigned, words.code("who", "owner"))
    # What one step mends in several attributes is one step.
    steps = dict[tuple[str, str], list[str]]()
    for finding in grave:
        control = control_of(finding.id)
        if control is not None:
            steps.setdefault((capital(words.say(control.step or control.title)), words.code("who", control.who)), [])
        elif finding.reason.code != "rung.not_reached":
            about, step = _step_of(words, evidence, finding)
            steps.setdefault((step, words.code("who", "data")), []).append(about)
    for (step, who), attributes in steps.items():
        about = title_of("; ".join(dict.fromkeys(filter(None, attributes))), _ABOUT)
        yield brief(words, f"{capital(about)}: {step}" if about else step, int(180 * share), first=180), who
    if not grave:
        for signatory in evidence.charter.signatories:
            yield words.say("Read this card, and sign or refuse."), title_of(words.text(signatory.title), int(60 * share))


def _step_of(words: Words, evidence: Evidence, finding: Finding) -> tuple[str, str]:
    """Return what would mend or show an answer on a limit or on linking, without names of keys; first what it is about."""
    say, code = words.say, finding.remedy.code
    about = "" if finding.metric is None else words.columns(evidence.contract, finding.by)
    step = {
        "remedy.beyond": say("Change the model, its inputs or its threshold, and audit the new model."),
        "remedy.change": say("Change the model, its inputs or its threshold, and audit the new model."),
        "remedy.record_groups": say("Record for more cases which group people belong to."),
        "remedy.pooled": say("Judge the small groups separately, or find out what the model does to them."),
        "remedy.table": say("Ask for a table with these counts."),
        "remedy.none": say("Find out why, and audit again."),
    }.get(code)
    if step is not None:
        return "", step
    if code in ("remedy.cases", "remedy.cases_weighted") and finding.metric is not None:
        # How many it takes where groups differ by half the limit stands in the annex.
        if of_areas(evidence):
            return say("for sure answers about groups"), more_areas(words)
        needed = words.number(int(finding.remedy.values["needed"]))
        cases = RATES[finding.metric].cases[words.lang]
        return about, say("gather more. If the groups do not differ, each needs about {n} {cases}.", n=needed, cases=cases)
    return about, remedy(words, evidence, finding)


def _objection(words: Words, evidence: Evidence, share: float) -> str:
    charter, say = evidence.charter, words.say
    said = say("How to object is still open; {who} must write it down.", who=words.code("who", "owner"))
    if charter.objection is not None:
        said = brief(words, words.text(charter.objection), int(280 * share))
    return said


def _decides(words: Words, evidence: Evidence, share: float) -> str:
    """Return who decides about people after a high score, and who must sign before the model is used."""
    charter, say = evidence.charter, words.say
    said = say("It is not filled in yet who decides; {who} must do so.", who=words.code("who", "owner"))
    if charter.oversight is not None:
        said = brief(words, words.text(charter.oversight), int(200 * share))
    roles = brief(words, "; ".join(words.text(signatory.title) for signatory in charter.signatories), int(160 * share))
    return f"{said} " + say("Who must sign: {roles} ({where}).", roles=roles, where=Ref("road"))
