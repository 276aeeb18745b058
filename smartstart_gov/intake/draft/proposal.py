"""init_from_data(): a project around your own tables, in which every guess is marked and the rest is open."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract, Expected, Link, Role
from smartstart_gov.authoring.dpia_file import Dpia, DpiaColumn, read_dpia
from smartstart_gov.authoring.dpia_import import fitting
from smartstart_gov.authoring.names import CHARTER_FILE, CONTRACT_FILE, POLICY_FILE
from smartstart_gov.authoring.node import shown
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.reader import LARGEST_FILE, reading_text
from smartstart_gov.authoring.scaffold import SCRIPT_FILE, begin, model_name, start
from smartstart_gov.authoring.sources import Source
from smartstart_gov.authoring.value import OPEN, Authored, Text
from smartstart_gov.authoring.writer import block, quoted, yaml_text
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.draft.draft import Draft, few, text
from smartstart_gov.intake.draft.inference import infer
from smartstart_gov.intake.draft.profile import names_of
from smartstart_gov.intake.draft.vocabulary import subject_of
from smartstart_gov.intake.files import read_untyped
from smartstart_gov.intake.keys import key_text, places_of
from smartstart_gov.intake.link import unlinkable
from smartstart_gov.intake.series import kind_of
from smartstart_gov.intake.validate import validate

if TYPE_CHECKING:
    import pandas as pd


#: A column takes at least so many bytes of a contract.
_LEAST = 100
#: A span of time shorter than this is taken as one year: seasons would be carried on to the whole of it.
_SHORTEST, _YEAR = 330.0, 365.25
#: Shares are written in hundredths, and rows in two digits: they are expectations, and give no small count away.
_STEPS = 100
#: Of the comments in drafted files; what they say is for documents in both anyway.
Language = Literal["nl", "en"]
#: More groups than this are compared with the rest, not each with each.
_PAIRS = 6
#: Under this share of positive rows a threshold of one half selects hardly anybody, and limits of a tenth limit nothing.
RARE = 0.05
_HEAD = text(
    """Het contract: wat elke kolom is, waar zij vandaan komt, en waarvoor zij mag worden gebruikt.
Alles over de kolommen is geraden uit {file}, en de reden staat erboven. Verbeter wat niet klopt.
Klopt een kolom, haal haar naam dan weg onder `unconfirmed` aan het eind: tot die lijst weg is, zegt elk document
dat het een concept is, en wordt niets vrijgegeven. `open` is een vraag die alleen mensen kunnen beantwoorden; de
wettelijke grondslag wordt nooit geraden.""",
    """The contract: what each column is, where it comes from, and what it may be used for.
Everything about the columns was guessed from {file}, with the reason above each. Correct what is wrong.
Once a column is right, remove its name from `unconfirmed` at the end: until that list is gone, every document
says that it is a draft, and nothing is released. `open` is a question that only people can answer; the legal
basis is never guessed.""",
)
_FIRST = text("Kijk hier eerst naar: {note}", "Look at this first: {note}")
_POSITIVE = text(
    "Welke van de twee moet het model vinden? Geen gegeven zegt dat, en elk aantal hangt ervan af.",
    "Which of the two should the model find? The data cannot say, and every count depends on it.",
)
#: What stands above a part of the contract.
_TAUGHT = {
    "links": text(
        """Bronnen die aan de basistabel zijn gekoppeld. expected_share: van de rijen van de basistabel, hoeveel horen er een
tegenhanger te hebben? Er staat wat is gevonden, en daar heeft niemand over geoordeeld: wie hier verloren gaat, ontbreekt
in elk aantal.""",
        """Sources that are linked to the base table. expected_share: what share of the base table's rows should have a match?
The value is the share that was found; nobody has judged it yet. Whoever is lost here is missing from every count.""",
    ),
    "expected": text(
        """Wat er van een jaar zulke rijen te verwachten is, uit het bestand en afgerond: voor `check` en `power`,
nooit voor een oordeel. Zonder kolom met tijdstippen telt het bestand als een jaar.""",
        """What to expect of one year of such rows, taken from the file and rounded: for `check` and `power`, never
for a verdict. Without a datetime column, the file is taken as one year.""",
    ),
}
#: Comments are wrapped at so many signs.
_WIDTH = 116


def expected_of(table: pd.DataFrame, draft: Draft) -> Expected:
    """Return what to expect of rows like these: rows per year, the share that is positive, and the share of unknown group.

    The base rate is left out until somebody says which value of the label counts as 1.
    """
    label = next(iter(draft.with_role("label")), None)
    base_rate = None
    if label is not None and label.positive is not None:
        share = float((table[label.name] == label.positive).mean())
        # Of a rare outcome hundredths would say nothing, so that one digit is kept.
        base_rate = float(f"{share:.1g}") if 0 < share < 1 / _STEPS else min(max(round(share * _STEPS), 1), _STEPS - 1) / _STEPS
    unknown = {}
    for column in draft.with_role("sensitive"):
        if column.maximum_unknown_share is not None:
            values = table[column.name]
            share = float((values.isna() | values.isin(list(column.unknown_values))).mean())
            unknown[column.name] = min(math.ceil(share * _STEPS) / _STEPS, column.maximum_unknown_share)
    return Expected(rows_per_year=_two_digits(len(table) / _years(table, draft)), base_rate=base_rate, unknown_shares=unknown)


def _years(table: pd.DataFrame, draft: Draft) -> float:
    moments = next(iter(draft.with_role("time")), None)
    if moments is None:
        return 1.0
    span = table[moments.name].max() - table[moments.name].min()
    days = span.total_seconds() / 86_400
    return days / _YEAR if days >= _SHORTEST else 1.0


def _two_digits(rows: float) -> int:
    step: int = 10 ** max(int(math.log10(max(rows, 1))) - 1, 0)
    return max(round(rows / step) * step, 1)


def combined(frames: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, tuple[Link, ...]]:
    """Return the frames as one table, and how each was linked to the first: by which key, and how many rows matched.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Maps the name of a source to its table; the first is the base, whose rows are the cases.

    Raises
    ------
    Refused
        Every violation at once: U01 if an extract and the base table share no column that could be a key; D10, D14
        and D22 as `link` refuses them.
    """
    import pandas as pd

    base_name, *others = frames
    base = frames[base_name]
    found: list[Violation] = []
    links = []
    for name in others:
        key = _key_of(base, frames[name])
        if key is None:
            what = f"Source {shown(name)} shares no column of text or whole numbers with {shown(base_name)}."
            remedy = "Give the pseudonym that links them the same name in both files."
            found.append(Violation(rule="U01", what=what, where="Data", remedy=remedy))
            continue
        links.append(Link(source=name, key=key, expected_share=1.0))
        found += unlinkable(frames, base_name, links[-1])
    keys = {one.key for one in links}
    found += _twice(frames, keys)
    if found:
        raise Refused.of(found)
    places = {one.source: places_of(base, frames[one.source], one.key) for one in links}
    shares = {name: math.floor((place >= 0).mean() * _STEPS) / _STEPS for name, place in places.items()}
    kept = np.flatnonzero(np.all([place >= 0 for place in places.values()], axis=0))
    if not len(kept):
        what = "No row of the base table has a match in every other file."
        raise Refused("D12", what, f"Keys {', '.join(shown(one.key) for one in links)}", "Check that the keys are the same.")
    parts = [base.iloc[kept]]
    for one in links:
        # An extract may hold the key of another link too; it is the base table's that counts.
        parts.append(frames[one.source].drop(columns=list(keys), errors="ignore").iloc[places[one.source][kept]])
    table = pd.concat([part.reset_index(drop=True) for part in parts], axis=1)
    return table, tuple(one.model_copy(update={"expected_share": shares[one.source]}) for one in links)


def _key_of(base: pd.DataFrame, extract: pd.DataFrame) -> str | None:
    """Return the column by which two tables are probably linked: one row a key, and as many partners as can be."""
    theirs = set(names_of(extract))
    shared = [
        name
        for name in names_of(base)
        if name in theirs and {kind_of(base[name]), kind_of(extract[name])} <= {"string", "integer"}
    ]

    def likeness(name: str) -> tuple[bool, float, bool, int]:
        keys, ours = key_text(extract[name]), key_text(base[name])
        if keys is None or ours is None:
            return False, 0.0, False, 0
        one_row_each = bool(keys.notna().all() and keys.is_unique)
        matched = float(ours.isin(keys.dropna()).mean())
        return one_row_each, matched, subject_of(name) == "person", int(keys.nunique())

    return max(shared, key=likeness, default=None)


def _twice(frames: Mapping[str, pd.DataFrame], keys: Collection[str]) -> Iterator[Violation]:
    home: dict[str, str] = {}
    for name, frame in frames.items():
        for column in names_of(frame):
            if column not in keys and column in home:
                what = f"Column {shown(column)} is in both {shown(home[column])} and {shown(name)}."
                yield Violation(rule="D14", what=what, where="Data", remedy="Keep it only in the file of its source.")
            home.setdefault(column, name)


def declared_homes(dpia: Dpia, homes: Mapping[str, str], linked: Collection[str]) -> dict[str, str]:
    """Return the source that the DPIA declares for columns of the table.

    Raises
    ------
    Refused
        D14 if a column stands in the file of another source, and one of the two is linked.
    """
    found, wrong = {}, []
    for name, column in dpia.columns.items():
        if column.source is None or name not in homes or column.source == homes[name]:
            continue
        if {homes[name], column.source} & set(linked):
            what = (
                f"Column {shown(name)} is in the file of source {shown(homes[name])}, but the DPIA says {shown(column.source)}."
            )
            where = dpia.page.where(("columns", name, "source"))
            wrong.append(
                Violation(
                    rule="D14", what=what, where=where, remedy="Correct the DPIA, or put the column in the file of its source."
                )
            )
        found[name] = column.source
    if wrong:
        raise Refused.of(wrong)
    return found


def with_declared(draft: Draft, dpia: Dpia) -> Draft:
    """Return the draft with what the DPIA declares of its columns, and notes on what only one of the two knows."""
    for column in draft.columns:
        said = dpia.columns.get(column.name, DpiaColumn())
        special = column.special_category if said.special_category is None else said.special_category
        draft = draft.with_column(replace(
            column, meaning=said.meaning or column.meaning, justification=said.justification, special_category=special,
        ))  # fmt: skip
    return replace(draft, notes=(*draft.notes, *_differences(draft, dpia)))


def sources_of(draft: Draft, files: Mapping[str, Path], dpia: Dpia | None) -> dict[str, Source]:
    """Return the sources that columns come from; what the DPIA does not answer is open, the legal basis as well."""
    used = dict.fromkeys(column.source for column in draft.columns if column.source is not None)
    found = {}
    for name in [*(source for source in files if source in used), *(source for source in used if source not in files)]:
        facts: dict[str, Any] = {key: OPEN for key in Source.model_fields if Source.model_fields[key].is_required()}
        facts["special_category"] = OPEN
        facts["system"] = files[name].name if name in files else name
        facts |= {} if dpia is None else dpia.sources.get(name, {})
        found[name] = Source(**facts)
    return found


def origins_of(dpia: Dpia, contract: DataContract) -> dict[tuple[str, ...], Text]:
    """Return for each fact of the contract that was taken from the DPIA, by its place, the comment that says so."""
    names = {column.name for column in contract.columns}
    places = [("sources", name, key) for name, facts in dpia.sources.items() if name in contract.sources for key in facts]
    places += [
        ("columns", name, key)
        for name, column in dpia.columns.items() if name in names
        for key in DpiaColumn.model_fields if getattr(column, key) is not None
    ]  # fmt: skip
    return {place: dpia.origin(*place) for place in places}


def taken_from(dpia: Dpia, contract: DataContract) -> tuple[str, ...]:
    """Return the places of charter and contract that were filled in from the DPIA."""
    return (*_places(dpia.charter), *(".".join(place) for place in origins_of(dpia, contract)))


def _places(charter: Mapping[str, Any]) -> Iterator[str]:
    for key, value in charter.items():
        whole = not isinstance(value, Authored) or isinstance(value, Text)
        inner = () if whole else [name for name in type(value).model_fields if getattr(value, name) is not None]
        yield from [key] if whole else [f"{key}.{name}" for name in inner]


def _differences(draft: Draft, dpia: Dpia) -> Iterator[Text]:
    if not dpia.columns:
        return
    names = [column.name for column in draft.columns]
    here, there = [n for n in names if n not in dpia.columns], [n for n in dpia.columns if n not in names]
    if here:
        nl, en = few(here)
        yield text(
            f"Niet in de DPIA, wel in de gegevens: {nl}. Wat niet verantwoord is, hoort er niet in.",
            f"In the data but not in the DPIA: {en}. Data that nobody accounts for should not be used.",
        )
    if there:
        nl, en = few(there)
        yield text(f"Wel in de DPIA, niet in de gegevens: {nl}.", f"In the DPIA but not in the data: {en}.")


def contract_text(
    contract: DataContract, draft: Draft, file: str, origins: Mapping[tuple[str, ...], Text], lang: Language
) -> str:
    """Return the contract with the reason for its role above each column; `origins` are comments by place."""
    said = [*_HEAD.in_(lang).format(file=file).splitlines()]
    said += [_FIRST.in_(lang).format(note=note.in_(lang)) for note in draft.notes]
    head = "\n".join("\n  ".join(wrap(sentence, _WIDTH, break_on_hyphens=False)) for sentence in said)
    lines: list[str] = []
    inside, about, reasons = "", "", iter(draft.columns)
    for line in yaml_text(contract, comment=head).splitlines():
        key = re.match(r"(\w+):", line)
        inside = key[1] if key else inside
        if key and inside in _TAUGHT:
            lines += [f"# {sentence}" for sentence in _TAUGHT[inside].in_(lang).splitlines()]
        if inside == "columns" and line.startswith("  - name: "):
            column = next(reasons)
            about = column.name
            lines.append(f"  # {column.role}: {column.reason.in_(lang)}.")
        if inside == "sources" and re.match(r"  \S+:$", line):
            about = line.strip().removesuffix(":").strip('"')
        if inside == "columns" and line == "    positive: open":
            lines.append(f"    # {_POSITIVE.in_(lang)}")
        fact = re.match(r"    (\w+):", line)
        if fact and (inside, about, fact[1]) in origins:
            lines.append(f"    # {origins[inside, about, fact[1]].in_(lang)}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def charter_text(name: str, dpia: Dpia | None, lang: Language) -> str:
    """Return the charter to start from, with what a DPIA answers in the place of the word open."""
    begun = Template(taught("own_charter.yaml", lang)).substitute(name=name)
    return begun if dpia is None else "\n".join(_filled(begun.splitlines(), dpia, lang)) + "\n"


def policy_text(contract: DataContract, lang: Language) -> str:
    """Return a proposal of limits on all groups of the contract, on the scale of its outcome if that is rare."""
    attributes, limits, base = contract.with_role("sensitive"), [], None
    if contract.expected is not None:
        base = contract.expected.base_rate
    rare = base is not None and base < RARE
    for i, column in enumerate(attributes, 1):
        between = "groups" if len(column.axis_levels) <= _PAIRS else "rest"
        for what, metric in (("false-alarms", "false_positive_rate"), ("missed", "false_negative_rate")):
            # Where few are selected, false alarms are so few that no difference between them reaches a tenth.
            bound = ("ratio", "at_least: 0.8") if rare and what == "false-alarms" else ("difference", "at_most: 0.1")
            limits.append(
                f"  - id: {what}-{i}\n    metric: {metric}\n    by: [{quoted(column.name)}]\n    measure: {bound[0]}\n"
                f"    between: {between}\n    {bound[1]}\n    reason: open"
            )
    names = ", ".join(quoted(column.name) for column in attributes)
    return Template(taught("own_policy.yaml", lang)).substitute(
        attributes=names,
        limits="\n".join(limits),
        threshold="as_given: true" if contract.single("decision") else f"share: {base:.3g}" if rare else "value: 0.5",
    )


def taught(file: str, lang: Language) -> str:
    """Return a file to start from with its comments in one language: the template has both, after ``#nl`` and ``#en``."""
    lines = (re.sub(rf"^(\s*)#{lang} ", r"\1# ", line) for line in start(file, comment="#en").splitlines())
    return "\n".join(line for line in lines if not re.match(r"\s*#(nl|en) ", line)) + "\n"


def _filled(lines: list[str], dpia: Dpia, lang: Language) -> Iterator[str]:
    inside, seen = "", set()
    for line in lines:
        key, inner = re.match(r"(\w+):", line), re.match(r"  (\w+): open$", line)
        inside = key[1] if key else inside
        whole = key is not None and (line.endswith(": open") or inside == "title") and inside in dpia.charter
        part = getattr(dpia.charter.get(inside), inner[1], None) if inner else None
        seen.add(inside)
        if whole:
            yield f"# {dpia.origin(inside).in_(lang)}"
            yield from block({inside: dpia.charter[inside]})
        elif inner and part is not None:
            yield f"  # {dpia.origin(inside, inner[1]).in_(lang)}"
            yield from block({inner[1]: part}, 1)
        else:
            yield line
    for name, value in dpia.charter.items():
        if name not in seen:
            yield f"# {dpia.origin(name).in_(lang)}"
            yield from block({name: value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What was written, and what was guessed.

    Attributes
    ----------
    written : tuple of Path
    draft : Draft
    table : pandas.DataFrame, shape (n_linked, n_columns)
        The rows that the contract describes: with several files, those that match in each.
    links : tuple of Link
        How the files were linked, with the share that was found.
    taken : tuple of str
        Places in charter and contract that were filled in from a DPIA.
    told : tuple of str
        What of the DPIA could not be taken over as it stands.
    """

    written: tuple[Path, ...]
    draft: Draft
    table: pd.DataFrame
    links: tuple[Link, ...]
    taken: tuple[str, ...]
    told: tuple[str, ...] = ()


def init_from_data(
    directory: Path | str,
    data: Path | str | Mapping[str, Path | str],
    *,
    name: str | None = None,
    roles: Mapping[str, Role] | None = None,
    positive: str | Sequence[str] | None = None,
    dpia: Path | str | None = None,
    language: Language = "en",
) -> Begun:
    """Write a project around the table `data`, or several linked ones, into a new (or empty) folder, completely or not at all.

    Parameters
    ----------
    directory : Path or str
    data : Path, str or mapping of str to Path or str
        ``.csv``, ``.csv.gz`` or ``.parquet``; it stays where it is. For several files, a mapping of source name to file;
        the first is the base table, whose rows are the cases, and each of the others shares a key with it.
    name : str, optional
        Name of the model; by default derived from the folder's name.
    roles : mapping of str to str, optional
        Maps a column to its role, if the user knows it; the rest is guessed.
    positive : str or sequence of str, optional
        The value of the label that counts as 1, or of a decision with its name, like ``advice=yes``; otherwise it is open.
    dpia : Path or str, optional
        An authored DPIA (see `read_dpia`): its answers are copied, each fact with its source in a comment.
    language : {"en", "nl"}
        Of the comments in the files.

    Raises
    ------
    Refused
        What `infer`, `combined`, `read_dpia`, `read_untyped`, `validate` and `init_project` refuse; C01 if no column
        looks like a group to compare.
    """
    accept(init_from_data, locals())
    model = model_name(directory, name)
    files = {key: Path(file) for key, file in (data if isinstance(data, Mapping) else {"data": data}).items()}
    if not files:
        raise Refused("U01", "No file is named.", "Argument data", "Pass a file, or a dict of sources to their files.")
    frames = {source: read_untyped(file, asked=roles or ()) for source, file in files.items()}
    table, links = combined(frames) if len(frames) > 1 else (frames[next(iter(frames))], ())
    _refuse_wide(table, _LEAST * len(table.columns), files)
    base, keys = next(iter(frames)), {one.key for one in links}
    homes = {str(column): source for source, frame in frames.items() for column in frame.columns if column not in keys}
    declared = None if dpia is None else read_dpia(dpia)
    if declared is not None:
        homes |= declared_homes(declared, homes | dict.fromkeys(keys, base), {one.source for one in links})
    draft = infer(table, sources=homes, source=base, roles=roles, positive=positive, keys=keys)
    if declared is not None:
        draft = with_declared(draft, declared)
    if not draft.with_role("sensitive"):
        remedy = "Name the column with the groups that the audit compares: --role NAME=sensitive."
        raise Refused("C01", "No column looks like groups that an audit can compare.", _listed(files), remedy)
    contract = draft.to_contract(
        name=model, sources=sources_of(draft, files, declared), links=links,
        unconfirmed=(*(column.name for column in draft.columns), *(f"links.{one.source}" for one in links), "expected"),
        expected=expected_of(table, draft),
    )  # fmt: skip
    # Before anything is written: the rows have to keep what was drafted from them.
    validate(table, contract)
    origins, policy = {} if declared is None else origins_of(declared, contract), policy_text(contract, language)
    if declared is not None:
        declared = fitting(declared, reading_text(policy, POLICY_FILE, Policy).value)
    texts = {
        CHARTER_FILE: charter_text(model, declared, language),
        CONTRACT_FILE: contract_text(contract, draft, _listed(files), origins, language),
        POLICY_FILE: policy,
    }
    _refuse_wide(table, len(texts[CONTRACT_FILE].encode()), files)
    # What is wrong with an answer of the DPIA is known before anything is written.
    reading_text(texts[CHARTER_FILE], CHARTER_FILE, Charter)
    if contract.said() is None:
        # Where the scores or decisions of a finished model are at hand, there is nothing to train.
        texts[SCRIPT_FILE] = start(f"own_{SCRIPT_FILE}.txt")
    taken = () if declared is None else taken_from(declared, contract)
    written = begin(directory, {name: text.encode() for name, text in texts.items()})
    told = () if declared is None else declared.told
    return Begun(written=written, draft=draft, table=table, links=links, taken=taken, told=told)


def _refuse_wide(table: Any, size: int, files: Mapping[str, Path]) -> None:
    if size > LARGEST_FILE:
        what = f"A contract of {len(table.columns)} columns is larger than the {LARGEST_FILE // 1024} KB that is read."
        raise Refused("P02", what, _listed(files), "Leave the columns that the model does not need out of the file.")


def _listed(files: Mapping[str, Path]) -> str:
    return ", ".join(file.name for file in files.values())
