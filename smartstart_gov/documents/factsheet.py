"""The factsheet: two pages in plain words, for a parent or a citizen who has never seen the project.

Page 1 says what the model does, whether it may be used, how often it is right and who is worse off. Page 2 says which data it
uses, what is not known, which rights people have, who is responsible and what happens next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smartstart_gov.authoring.contract import Column
from smartstart_gov.authoring.names import Stages, Who
from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.counting.printed import PrintedRow
from smartstart_gov.documents.blocks import PAGE, Badge, Block, Bullets, Figure, Prose, Tone, unmarked
from smartstart_gov.documents.charts import Sign, hundred, hundreds, one_hundred
from smartstart_gov.documents.declarations import coded
from smartstart_gov.documents.factsheet_room import Maker, Room, fitted_page, short, told
from smartstart_gov.documents.layout import laid_out
from smartstart_gov.documents.outline import Document, Section
from smartstart_gov.documents.room import lines, title_of
from smartstart_gov.documents.sections import decision, worse_off
from smartstart_gov.documents.sections.attribute import of_every_100
from smartstart_gov.documents.sections.findings import counts_of
from smartstart_gov.documents.sections.front import titled
from smartstart_gov.documents.summary import by_lot, cells_of, of_areas, one_sided, outcome, printed, scored_areas
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.finding import gravest_first
from smartstart_gov.release.decide import Result
from smartstart_gov.statistics.estimates import share_of_all

PAGES = 2
#: Room between the margins of a page, in points, and what the title and the line below it take.
_ROOM, _TITLE, _SUBTITLE = 754.0, 22.5, 24.0
#: The first heading of the second page has no room above it.
_ABOVE = 10.2
#: So many words of names stand in one sentence, and so many sources, inputs of one source, and roles.
_MOST_WORDS, _MOST_SOURCES, _MOST_NAMES, _MOST_ROLES = 20, 3, 12, 4
_TITLE_LETTERS, _NAME, _LONG_NAME = 80, 50, 100
#: A name of so many letters is never cut: half of it may say the opposite.
_LEAST_NAME = 60
#: With so small a share of the usual room a group stands there without everybody beside it.
_TIGHT = 0.2
#: Errors that a limit may be about.
_ERRORS = ("false_positive_rate", "false_negative_rate", "true_positive_rate")


@laid_out
def factsheet(evidence: Evidence, words: Words) -> Document:
    """Return the factsheet of the public edition: two pages, whatever the texts."""
    say = words.say
    title = titled(words, evidence, title_of(words.text(evidence.charter.title), _TITLE_LETTERS))
    head = _TITLE * lines(title, PAGE / 1.08, 19.0) + _SUBTITLE
    first, second = _page(words, evidence, _FIRST, _ROOM - head), _page(words, evidence, _SECOND, _ROOM + _ABOVE)
    return Document(
        kind="factsheet",
        lang=words.lang,
        title=title,
        subtitle=_subtitle(words, evidence),
        description=say("What the model does, in plain words, on two pages."),
        author=evidence.charter.owner.organisation or "",
        created=evidence.created,
        front=first[0][2],
        sections=tuple(
            Section(id=id_, kind="plain", title=title, blocks=blocks, listed=False, new_page=id_ == "data")
            for id_, title, blocks in (*first[1:], *second)
        ),
    )


def _page(
    words: Words, evidence: Evidence, parts: Mapping[str, tuple[str, Maker]], room: float
) -> list[tuple[str, str, tuple[Block, ...]]]:
    """Return the parts of one page, each with its id and title."""
    titles = {id_: words.say(title) if title else "" for id_, (title, _make) in parts.items()}
    if "worse" in titles:
        titles["worse"] = worse_off.worse_title(words, evidence)
    return [(id_, titles[id_], blocks) for id_, blocks in fitted_page(words, evidence, parts, room)]


def _subtitle(words: Words, evidence: Evidence) -> str:
    version, date = evidence.version, words.date(evidence.created)
    if version is None:
        return words.say("Factsheet in plain words. Checked on {date}, before it had a version.", date=date)
    return words.say("Factsheet in plain words. Version {version}, checked on {date}.", version=version, date=date)


# ------------------------------------------------------------------------------------------------ what is said, or open
def _open(words: Words, sentence: str, who: Who) -> str:
    """Return a sentence that says what is open, and who has to fill it in."""
    return words.say("{sentence} {who} has to fill this in.", sentence=sentence, who=capital(words.code("who", who)))


def _called(words: Words, column: Column, most: int = _NAME) -> str:
    """Return what readers call a column: the beginning of what it means; its name only where nobody wrote more."""
    meaning = column.name.replace("_", " ") if column.meaning is None else words.text(column.meaning)
    return title_of(meaning.rstrip("."), most)


def _listed(words: Words, names: Sequence[str]) -> str:
    """Return names in one line, as many as a sentence holds, and how many more there are."""
    kept = [name for i, name in enumerate(names) if not i or len(" ".join(names[: i + 1]).split()) <= _MOST_WORDS]
    said = ", ".join(kept)
    if len(names) > len(kept):
        return words.say("{names} and {n} more", names=said, n=words.number(len(names) - len(kept)))
    return said


def _all_of(words: Words, names: Sequence[str], room: Room) -> str:
    """Return names as clauses of one sentence, all of them where there is room: people may know what is used about them."""
    most = max(int(_MOST_NAMES * room.share), 1)
    said = "; ".join(names[:most])
    if len(names) > most:
        return words.say("{names} and {n} more", names=said, n=words.number(len(names) - most))
    return said


# --------------------------------------------------------------------------------------------------- may it be used
def _may_be_used(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    say, found = words.say, decision.decided(words, evidence)
    answers: dict[str, tuple[str, Tone]] = {
        "refused": (say("May this model be used? No."), "bad"),
        "not_shown": (say("May this model be used? Not yet."), "open"),
        "signatures_missing": (say("May this model be used? Yes, once everybody has signed."), "good"),
        "allowed": (say("May this model be used? Yes."), "good"),
    }
    word, tone = answers[found["release"]]
    if tone == "good" and any(one.stage == "release" for one in words.waivers):
        tone = "open"
    blocks: list[Block] = [Badge(word=word, text=" ".join(_why(words, evidence, found)), tone=tone)]
    if evidence.verdict.decide_on == "point":
        text = say("An answer can be right or wrong by luck, above all for small groups.")
        blocks.append(Prose(lead=say("Warning: these answers leave out chance") + ".", text=text))
    return tuple(blocks)


def _why(words: Words, evidence: Evidence, found: Mapping[Stages, Result]) -> Iterator[str]:
    say, findings = words.say, evidence.verdict.findings
    if evidence.concept:
        yield say("This is a sketch. The check itself has not been done yet.")
        return
    if found["release"] == "refused":
        yield say("The model breaks a limit or a rule. So nobody may decide anything with it.")
    elif found["release"] == "not_shown":
        yield say("Something that is needed for use is still missing.")
    if words.waivers:
        yield (
            words.plural("{n} answer is let pass for a while", "{n} answers are let pass for a while", len(words.waivers)) + "."
        )
    groups, others = [f for f in findings if f.metric is not None], [f for f in findings if f.metric is None]
    yield say(
        "Questions about groups: {passed} in order, {failed} not in order, {thin} without a sure answer.",
        **counts_of(words, groups),
    )
    if others:
        yield say(
            "Other questions: {passed} in order, {failed} not in order, {thin} without a sure answer, {told} only answered by"
            " people.",
            **counts_of(words, others),
        )
    if found["release"] not in decision.ENTERS:
        if found["shadow"] in decision.ENTERS:
            yield say("It may be tested while nobody sees the scores.")
        if found["trial"] in decision.ENTERS:
            yield say("One team may try it, for few people and only to help.")
    if any(answer in decision.ENTERS for answer in found.values()):
        yield say("Before that, a last check looks at the files and the signatures.")


# ------------------------------------------------------------------------------------------------- what, whom, who
def _what(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    say, charter = words.say, evidence.charter
    purpose = told(
        words, charter.purpose, 420, room, _open(words, say("What the model is for has not been written down yet."), "owner")
    )
    score = say("The model gives each case a score, and selects the cases with a high score.")
    if of_areas(evidence):
        score = " ".join(scored_areas(words, evidence))
    unit = short(words, words.text(evidence.contract.unit_of_analysis).rstrip("."), 120, room)
    score = f"{score} {say('One case is: {unit}.', unit=unit)}"
    blocks = [Prose(text=purpose), Prose(text=" ".join([score, *_follows(words, evidence)]))]
    if charter.decision is not None:
        blocks.append(Prose(lead=say("What it helps to decide."), text=short(words, words.text(charter.decision), 200, room)))
    return tuple(blocks)


def _follows(words: Words, evidence: Evidence) -> Iterator[str]:
    say, charter = words.say, evidence.charter
    effect = coded(words, "effect", charter.effect)
    if effect is None:
        yield _open(words, say("What follows for a selected case is not settled yet."), "owner")
    else:
        yield say("What follows: {effect}.", effect=effect)
    if charter.coercive is None:
        yield say("It is still open whether people can be forced.")
    elif charter.coercive:
        yield say("It may lead to measures against somebody's will.")
    else:
        yield say("Nobody can be forced, says the organisation.")


def _whom(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    open_ = _open(words, words.say("Whom the model is about has not been written down yet."), "owner")
    return (Prose(text=told(words, evidence.charter.population, 200, room, open_)),)


def _decides(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    open_ = _open(words, words.say("This is open: nobody has written down who decides."), "owner")
    return (Prose(text=told(words, evidence.charter.oversight, 220, room, open_)),)


# ------------------------------------------------------------------------------------------------ how often, and whom
def _right(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    total = printed(evidence).total
    if total is None:
        text = words.say("The numbers are too small to show. Otherwise, somebody could find out things about single people.")
        return (Prose(text=text),)
    return (
        *map(unmarked, one_sided(words, evidence)),
        *_so(words, evidence, room),
        _picture(words, evidence, total),
    )


def _so(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    label = evidence.contract.single("label")
    if label is None:
        return ()
    so = outcome(words, label, lambda text: short(words, text, 160, room))
    return (Prose(text=words.say("The outcome is: {label}.", label=so)),)


def _picture(words: Words, evidence: Evidence, total: PrintedRow) -> Figure:
    """Return 100 cases: selected or not, rightly or wrongly, each number with its range."""
    say, cells = words.say, dict(zip(("tn", "fp", "fn", "tp"), hundred(cells_of(total)), strict=True))
    kinds: tuple[tuple[Sign, str, str], ...] = (
        ("selected", "tp", say("selected, with the outcome")),
        ("alarm", "fp", say("selected, without the outcome: false alarm")),
        ("missed", "fn", say("not selected, with the outcome: missed")),
        ("left", "tn", say("not selected, without the outcome")),
    )
    signs = []
    for sign, cell, meaning in kinds:
        estimate = share_of_all(printed(evidence), (cell,))
        between = words.between_100(estimate.low, estimate.high)
        if cell == "tp":
            lot = by_lot(cells_of(total), cells["tp"] + cells["fp"])
            between = say("{range}; by lot: {n}", range=between, n=words.number(lot))
        signs.append((sign, cells[cell], say("{meaning} ({range})", meaning=meaning, range=between)))
    alt = say("Picture of 100 cases.") + " " + " ".join(f"{n} {meaning}." for _, n, meaning in signs)
    looked = say("This check looked at {n} cases. The picture shows them as 100.", n=words.number(sum(total.cells)))
    if evidence.contract.single("weight") is not None:
        heavier = say("Some cases count for more than one.")
        looked = f"{looked} {heavier}"
    sure = say("Luck plays a part, so each number has a range. Of 100 such ranges about 95 are right.")
    svg, added = one_hundred(signs, alt=alt), say("Numbers are rounded so that they add up to 100.")
    return Figure(svg=svg, alt=alt, caption=f"{looked} {added} {sure}", basis=None)


def _worse(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    say = words.say
    metric, chosen = worse_off.worst(words, evidence)
    if not metric:
        return (Prose(text=say("No group is large enough to show. So this sheet cannot say who is worse off.")),)
    everybody = room.share > _TIGHT
    rows, alt = worse_off.in_hundreds(words, evidence, metric, chosen[: room.groups], everybody_too=everybody)
    caption = [say("The limit says how far groups may lie apart.")]
    if any(margin.hidden for margin in printed(evidence).margins):
        caption.append(say("Some groups are left out, for privacy."))
    if not chosen:
        caption.append(say("No group that can be shown is clearly worse off than everybody."))
    lead = Prose(text=of_every_100(words, metric), keep=True)
    # The other error may be the burden of another group.
    besides = list(worse_off.besides(words, evidence, metric, _ERRORS))[: 1 if everybody else 0]
    figure = Figure(svg=hundreds(rows, alt=alt), alt=alt, caption=" ".join(caption), basis=None)
    return lead, figure, *(Prose(text=line) for line in besides)


# ------------------------------------------------------------------------------------------------------ which data
def _data(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    contract, say = evidence.contract, words.say
    blocks: list[Block] = []
    of_source = _inputs(words, evidence, max(int(_LONG_NAME * room.share), _NAME))
    if evidence.training.origin == "predictions" or not of_source:
        blocks.append(Prose(text=say("Which data the model sees is not known. Only its outcomes were handed in.")))
    else:
        rows = [
            say("From '{system}': {inputs}.", system=title_of(system, 70), inputs=_all_of(words, names, room))
            for system, names in list(of_source.items())[:_MOST_SOURCES]
        ]
        if len(of_source) > _MOST_SOURCES:
            more = len(of_source) - _MOST_SOURCES
            rows.append(words.plural("And from {n} more source.", "And from {n} more sources.", more))
        blocks.append(Bullets(items=tuple(rows)))
    got = evidence.training.sensitive_fit
    apart = [_called(words, c) for c in contract.with_role("sensitive") if c.name not in got]
    if got:
        named = _listed(words, [_called(words, contract.column(name)) for name in got])
        blocks.append(Prose(text=say("Only while it learned, the model was also told: {names}.", names=named)))
    if apart and evidence.training.origin != "predictions":
        text = say("The model is not told this; only the check uses it: {names}.", names=_listed(words, apart))
        worked_out = dict.fromkeys(o.target for o in evidence.training.told if o.kind == "group" and o.almost_perfectly)
        if worked_out:
            names = _listed(words, [_called(words, contract.column(name)) for name in worked_out])
            text = f"{text} " + say("But it can work this out from its other data: {names}.", names=names)
        blocks.append(Prose(text=text))
    blocks.append(Prose(lead=say("What it learned from."), text=" ".join(_learned(words, evidence, room))))
    return tuple(blocks)


def _inputs(words: Words, evidence: Evidence, most: int) -> dict[str, list[str]]:
    """Return what the model gets to see, by the system that it comes from."""
    contract, found = evidence.contract, dict[str, list[str]]()
    for name in evidence.training.features or tuple(c.name for c in contract.with_role("feature")):
        column = contract.column(name)
        system = words.say("an unknown source") if column.source is None else contract.sources[column.source].system
        found.setdefault(system, []).append(_called(words, column, most))
    return found


def _learned(words: Words, evidence: Evidence, room: Room) -> Iterator[str]:
    say, training = words.say, evidence.training
    audited = sum(part.rows for part in training.parts if part.name == "audit")
    learned, tried = (sum(part.rows for part in training.parts if part.name == name) for name in ("fit", "develop"))
    if training.origin != "trained":
        yield say("That is not known here: the model was made somewhere else.")
        yield say("It was checked on {n} cases.", n=words.number(audited))
    elif training.folds is not None and of_areas(evidence) and training.areas is not None:
        yield say(
            "From {areas} areas, in which {n} people were counted. For the check each area was scored by a copy that had not"
            " learned from it.",
            n=words.number(audited), areas=words.number(training.areas.units),
        )  # fmt: skip
    elif training.folds is not None:
        yield say(
            "From {n} cases. For the check each case was scored by a copy that had not learned from it.",
            n=words.number(audited),
        )
    else:
        yield say(
            "From {n} cases. It was tried out on {tried} others, and checked on {m} others again.",
            n=words.number(learned), tried=words.number(tried), m=words.number(audited),
        )  # fmt: skip
    if evidence.contract.meaning is not None:
        yield short(words, words.text(evidence.contract.meaning), 200, room)


# --------------------------------------------------------------------------------------------------- what is not known
def _unknown(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    return (Bullets(items=tuple(_unknowns(words, evidence, room))),)


def _unknowns(words: Words, evidence: Evidence, room: Room) -> Iterator[str]:
    say, charter, tally = words.say, evidence.charter, printed(evidence)
    yield told(
        words, charter.limitations, 260, room, _open(words, say("What the model cannot do is not written down yet."), "owner")
    )
    differs = charter.label.difference_from_purpose
    if differs is not None:
        yield short(words, words.text(differs), 200, room)
    unsure = [f for f in evidence.verdict.findings if f.metric is not None and f.status == "NOT_SHOWN" and f.stage is not None]
    thin = [" + ".join(_called(words, evidence.contract.column(name)) for name in f.by) for f in unsure]
    if thin:
        names = _listed(words, list(dict.fromkeys(thin)))
        yield say("Does the model treat everybody alike? Not every question has a sure answer for: {names}.", names=names)
    if tally.total is not None:
        for margin in [margin for margin in tally.margins if margin.unknown_rows is not None]:
            yield say(
                "{name}: not recorded for {share} cases.",
                name=capital(_called(words, evidence.contract.column(margin.attribute))),
                share=words.of_100((margin.unknown_rows or 0) / sum(tally.total.cells)),
            )
    hidden = sum(margin.hidden for margin in tally.margins)
    if hidden:
        yield words.plural(
            "{n} group is left out, for privacy. It does count in the answers.",
            "{n} groups are left out, for privacy. They do count in the answers.",
            hidden,
        )
    yield say("This check cannot see whether the data are fair, or whether what follows does people any good.")
    counted = decision.unfilled(evidence)
    if counted:
        yield words.plural(
            "{n} fact is not filled in yet. To fill it in: {who}.", "{n} facts are not filled in yet. To fill them in: {who}.",
            sum(counted.values()),
            who=", ".join(f"{words.code('who', who)} ({words.number(n)})" for who, n in counted.most_common()),
        )  # fmt: skip


# -------------------------------------------------------------------------------------------- rights, who and what next
def _rights(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    say, owner = words.say, evidence.charter.owner
    objection = told(
        words, evidence.charter.objection, 220, room, _open(words, say("How you object is not settled yet."), "owner")
    )
    contact = say("Whom you can ask is not filled in yet.")
    if owner.contact is not None:
        contact = say("Ask your questions here: {contact}.", contact=_line(words, words.text(owner.contact), 90, room))
    law = say(
        "Are the data about you, and does European privacy law (GDPR) apply to them? Then you have rights. You may ask which"
        " data there are, and have mistakes put right. Often you may object."
    )
    complain = say(
        "You can also complain to the privacy authority. In the Netherlands that is the Autoriteit Persoonsgegevens."
    )
    return Prose(text=law), Prose(lead=say("How to object."), text=objection), Prose(text=f"{contact} {complain}")


def _line(words: Words, text: str, most: int, room: Room) -> str:
    """Return a name in one line; where it is too long, its first clause, for half a clause may say the opposite."""
    text, most = text.rstrip("."), max(int(most * room.share), _LEAST_NAME)
    clause = text.partition(";")[0]
    return title_of(text if title_of(text, most) == text else clause, most)


def _responsible(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    say, owner = words.say, evidence.charter.owner
    said = _open(words, say("Which organisation is responsible is not written down yet."), "owner")
    if owner.organisation is not None:
        said = say("Organisation: {name}.", name=_line(words, owner.organisation, 90, room))
    answers = say("Who answers for the model there is open.")
    if owner.function is not None:
        answers = say("Who answers for the model: {who}.", who=_line(words, words.text(owner.function), 90, room))
    said = f"{said} {answers}"
    joint = [party.name for party in evidence.charter.parties if party.role == "joint_controller"]
    if joint:
        said = f"{said} " + say("Responsible for the data as well: {names}.", names=_listed(words, joint))
    names = [_line(words, words.text(signatory.title), 60, room) for signatory in evidence.charter.signatories]
    return (Prose(text=f"{said} " + say("Before use these must sign: {names}.", names=_roles(words, names))),)


def _roles(words: Words, names: Sequence[str]) -> str:
    if len(names) > _MOST_ROLES:
        more = words.number(len(names) - _MOST_ROLES)
        return words.say("{names} and {n} more", names=", ".join(names[:_MOST_ROLES]), n=more)
    return ", ".join(names)


def _next(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    say, steps = words.say, list(dict.fromkeys(_steps(words, evidence)))
    items = [say("{step} Who does this: {who}.", step=step, who=who) for step, who in steps[: room.steps]]
    if len(steps) > len(items):
        items.append(say("The technical annex lists what else is asked."))
    return (Bullets(items=tuple(items)),)


def _steps(words: Words, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield what has to be done and whose it is, the gravest first; one step may come twice."""
    say, found = words.say, gravest_first(evidence.verdict.findings)
    grave = [f for f in found if f.status in ("FAILED", "NOT_SHOWN") and f.severity != "warn"]
    # Before how it could be mended comes what it may be used for now.
    if decision.decided(words, evidence)["release"] == "refused":
        yield say("Do not use this model, and decide nothing with it."), words.code("who", "owner")
    begins = {
        "shadow": (
            say("Sign for a test in which nobody sees the scores, or refuse it."),
            say("A test may begin in which nobody sees the scores."),
        ),
        "trial": (
            say("Sign for a trial with one team, only to help, or refuse it."),
            say("A trial may begin with one team, only to help."),
        ),
    }
    for name, who in decision.to_try(words, evidence):
        signed, unsigned = begins[name]
        yield (signed, title_of(who, 80)) if who else (unsigned, words.code("who", "owner"))
    for finding in grave:
        control = control_of(finding.id)
        if control is not None:
            yield say(control.plainly or control.title), words.code("who", control.who)
        elif finding.status == "FAILED":
            yield say("Change the model, and check it again."), words.code("who", "data")
        else:
            yield say("Find out more, until the answers about groups are sure."), words.code("who", "data")
    if not grave:
        for signatory in evidence.charter.signatories:
            yield say("Read the model card, and sign or refuse."), title_of(words.text(signatory.title), 60)


def _again(words: Words, evidence: Evidence, room: Room) -> tuple[Block, ...]:
    more = words.say("The model card and its technical annex tell more. Ask the organisation for them.")
    return Prose(text=" ".join(_ends(words, evidence, room))), Prose(text=more)


def _ends(words: Words, evidence: Evidence, room: Room) -> Iterator[str]:
    say, ends, plan = words.say, evidence.charter.exit, evidence.charter.effect_measurement
    yield say("A new version needs a new check. No date is set for the next check of this one.")
    date = "" if ends.end_date is None else words.date(ends.end_date)
    yield say("The planned end date of the model is {date}.", date=date) if date else say("When the model stops is open.")
    if ends.stop_criteria is not None:
        yield say("On stopping, the owner wrote: {when}", when=short(words, words.text(ends.stop_criteria), 120, room))
    if plan is not None and plan.moment is not None:
        yield say("Whether it helps people is measured: {when}", when=short(words, words.text(plan.moment), 120, room))
    else:
        yield say("No date is set for measuring whether it helps people.")


#: The parts of each page in the order in which they stand: id, title and maker. What has no title stands at the top.
_FIRST: dict[str, tuple[str, Maker]] = {
    "used": ("", _may_be_used),
    "what": (_("What does the model do?"), _what),
    "whom": (_("Who is it about?"), _whom),
    "decides": (_("Who decides?"), _decides),
    "right": (_("How often is the model right?"), _right),
    "worse": (_("Who is worse off?"), _worse),
}
_SECOND: dict[str, tuple[str, Maker]] = {
    "data": (_("Which data does it use?"), _data),
    "unknown": (_("What is not known?"), _unknown),
    "rights": (_("What are your rights?"), _rights),
    "responsible": (_("Who is responsible?"), _responsible),
    "next": (_("What has to happen now?"), _next),
    "again": (_("When is it checked again?"), _again),
}
