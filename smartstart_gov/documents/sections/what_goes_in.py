"""What goes in: each column, why it is needed, what it tells of a group, and how much the model relies on it."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.documents.blocks import Block, Prose, Table, unmarked
from smartstart_gov.documents.charts import hundred
from smartstart_gov.documents.declarations import groups_in_training
from smartstart_gov.documents.room import brief
from smartstart_gov.documents.sections.audit import kind_of_model
from smartstart_gov.documents.summary import of_areas
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.explanation.attribution import Attribution

#: What an input tells of a group is named from here on; 1 is certain, 0 is chance.
_TELLS = 0.1


def page(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the page."""
    say, training = words.say, evidence.training
    model = kind_of_model(words, training)
    blocks: list[Block] = [Prose(lead=f"{model.term}.", text=model.text)]
    if training.origin != "trained":
        text = say("It is not known which data the model was trained on: it was trained elsewhere. Ask its maker.")
        blocks.append(Prose(text=text))
    names = _names(evidence)
    if training.origin == "predictions" or not names:
        text = say("Only predictions were supplied. It is not known what the model sees, or what it relies on.")
        return (*blocks, Prose(text=text), *_groups(words, evidence), *_sources(words, evidence))
    return (
        *blocks, *_explained(words, evidence), _table(words, evidence, names), *_groups(words, evidence),
        *_sources(words, evidence),
    )  # fmt: skip


def _groups(words: Words, evidence: Evidence) -> Iterator[Block]:
    """Yield which groups the policy lets into the training, and on what ground; nothing where it lets none."""
    return (unmarked(block) for block in groups_in_training(words, evidence))


def _names(evidence: Evidence) -> list[str]:
    """Return the inputs, those that the model relies on most first."""
    names = list(evidence.training.features or tuple(c.name for c in evidence.contract.with_role("feature")))
    found = evidence.attribution
    if found is None:
        return names
    order = [found.features[i] for i in found.ranking()]
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def _explained(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say = words.say
    if evidence.attribution is None:
        return (Prose(text=say("For this kind of model, it was not possible to show what the model relies on.")),)
    text = say(
        "The column 'Relies on it' divides 100 points among the inputs: the more points, the more an input moves the model's"
        " output, up or down. It does not mean that the input causes the outcome."
    )
    sample = say("The points were reckoned on a sample of the rows; the range says how far that sample may shift them.")
    if of_areas(evidence):
        sample = say("The points have no range: the rows of one area are alike, and would make it look too narrow.")
    return (Prose(text=f"{text} {sample}"),)


def _table(words: Words, evidence: Evidence, names: list[str]) -> Table:
    say, contract = words.say, evidence.contract
    rows = []
    for name in names:
        column = contract.column(name)
        why = contract.justification(column)
        told = _told(words, evidence, name)
        meaning = "" if column.meaning is None else brief(words, words.text(column.meaning), 120)
        rows.append((
            f"{capital(meaning)} ({name})" if meaning and meaning != name else capital(meaning) or name,
            say("No reason is given.") if why is None else brief(words, words.text(why), 160), told,
            points(words, evidence.attribution, name, ranged=not of_areas(evidence)),
        ))  # fmt: skip
    heads = (say("Input"), say("Why it is needed"), say("What it reveals about a group"), say("Relies on it"))
    if any(row[2] for row in rows):
        note = say(
            "How well a simple rule picks out the group it recognises best: 1 is certain, 0 is chance. Blank: not measured, or"
            " under {least}. A low value does not prove that the input gives nothing away.",
            least=words.short(_TELLS),
        )
        return Table(caption=say("What the model sees"), header=heads, rows=tuple(rows), note=note)
    # A column in which nothing stands only raises questions.
    note = say(
        "How well a simple rule picks out a group by an input was not measured, or was under {least} for all of them: 1 is"
        " certain, 0 is chance. That does not prove that the inputs give nothing away.",
        least=words.short(_TELLS),
    )
    kept = tuple((*row[:2], row[3]) for row in rows)
    return Table(caption=say("What the model sees"), header=(*heads[:2], heads[3]), rows=kept, note=note)


def _told(words: Words, evidence: Evidence, name: str) -> str:
    said = []
    for told in evidence.training.told:
        if told.kind == "group" and name in told.columns and float(told.value) >= _TELLS:
            column = words.column(evidence.contract, told.target)
            with_others = [words.column(evidence.contract, other) for other in told.columns if other != name]
            text = words.say("{group}: {value}", group=column, value=words.telling(float(told.value)))
            if with_others:
                text = words.say("{told}, together with {others}", told=text, others=", ".join(with_others))
            said.append(text)
    return "; ".join(said)


def points(words: Words, found: Attribution | None, name: str, *, ranged: bool = True) -> str:
    """Return of 100 points how many an input has, with their range if `ranged`: those of all inputs add up to 100."""
    if found is None or name not in found.features:
        return words.say("not known")
    place, total = found.features.index(name), float(found.mean_absolute[0].sum())
    if total <= 0:
        return "0"
    points = hundred([float(mean) for mean in found.mean_absolute[0]])[place]
    if not ranged:
        # The error is one of rows, and those of one area are alike.
        return words.number(points)
    mean, error = float(found.mean_absolute[0, place]) / total, float(found.standard_error[0, place]) / total
    error = 0.0 if error != error else error
    # Points that add up may be one off: the range holds them.
    low, high = (side(points / 100, mean + two * error) for side, two in ((min, -2), (max, 2)))
    return words.say("{n} ({range})", n=words.number(points), range=words.between_100(max(low, 0.0), min(high, 1.0)))


def _sources(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    say, sources = words.say, evidence.contract.sources
    if not sources:
        return ()
    rows = []
    for source in sources.values():
        first = source.original_purpose
        rows.append((
            brief(words, source.system, 80),
            say("not filled in yet") if first is None else brief(words, words.text(first), 160),
            say("not filled in yet") if source.lawful_basis is None else brief(words, words.text(source.lawful_basis), 120),
            say("not filled in yet") if source.error_rate is None else words.of_100(source.error_rate),
        ))  # fmt: skip
    header = (say("Source"), say("Originally collected for"), say("Legal basis of this use"), say("Estimated errors"))
    return (Table(caption=say("Where the data come from"), header=header, rows=tuple(rows)),)
