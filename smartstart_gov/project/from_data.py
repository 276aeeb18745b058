"""init_from_data(): a project around somebody's own table, in which every guess is marked and the rest is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from smartstart_gov.errors import Refused
from smartstart_gov.project.authored import OPEN
from smartstart_gov.project.column import Role
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.data import read_untyped
from smartstart_gov.project.folder import CHARTER_FILE, CONTRACT_FILE, POLICY_FILE
from smartstart_gov.project.inference.combining import combined
from smartstart_gov.project.inference.draft import Draft
from smartstart_gov.project.inference.expecting import expected_of
from smartstart_gov.project.inference.infer import infer
from smartstart_gov.project.scaffold import SCRIPT_FILE, begin, model_name, start
from smartstart_gov.project.source import Link, Source
from smartstart_gov.project.validation import validate
from smartstart_gov.project.writing import quoted, yaml_text

if TYPE_CHECKING:
    import pandas as pd

#: More groups than this are compared with the rest, not each with each.
_PAIRS = 6
#: Columns that get limits of their own in the proposal; the committee adds others.
_ATTRIBUTES = 3
_HEAD = """The contract: what each column is, where it comes from, and what it may be used for.
Everything about the columns was guessed from {file}, and the reason stands above each. Correct what is wrong.
Once a column is right, take its name out of `unconfirmed` at the end: until that list is gone, every document
says that it is a draft, and nothing is released. `open` is a question that only people can answer; the legal
basis is never guessed."""


#: What stands above a part of the contract.
_TAUGHT = {
    "links": """Sources that are linked to the base table. expected_share: of the rows of the base table, how many should have a
partner? It stands at what was found, which nobody has judged: who is lost here is missing from every count.""",
    "expected": """What is to be expected of a year of such rows, from the file and rounded: for `check` and `power`, never
for a verdict. Without a column of moments the file is taken as one year.""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What was written, and what was guessed.

    Attributes
    ----------
    written : tuple of Path
    draft : Draft
    table : pandas.DataFrame, shape (n_linked, n_columns)
        The rows that the contract describes: those of several files that have a partner in each.
    links : tuple of Link
        How the files were linked, with the share that was found.
    """

    written: tuple[Path, ...]
    draft: Draft
    table: pd.DataFrame
    links: tuple[Link, ...]


def init_from_data(
    directory: Path | str,
    data: Path | str | Mapping[str, Path | str],
    *,
    name: str | None = None,
    roles: Mapping[str, Role] | None = None,
    positive: str | None = None,
) -> Begun:
    """Write a project around the table `data`, or several that are linked, into a new (or empty) folder, whole or not at all.

    Parameters
    ----------
    directory : Path or str
    data : Path, str or mapping of str to Path or str
        ``.csv``, ``.csv.gz`` or ``.parquet``; it stays where it is. Of several, name of the source to file; the first is
        the base table, whose rows are the cases, and each of the others shares a key with it.
    name : str, optional
        Name of the model; by default made from the folder's name.
    roles : mapping of str to str, optional
        Column to role, where the user knows it; the rest is guessed.
    positive : str, optional
        The value of the label that counts as 1; open where it is not given.

    Raises
    ------
    Refused
        What `infer`, `combined`, `read_untyped`, `validate` and `init_project` refuse; C01 where no column looks like a
        group to compare.
    """
    model = model_name(directory, name)
    files = {key: Path(file) for key, file in (data if isinstance(data, Mapping) else {"data": data}).items()}
    frames = {source: read_untyped(file) for source, file in files.items()}
    table, links = combined(frames) if len(frames) > 1 else (frames[next(iter(frames))], ())
    base, keys = next(iter(frames)), {one.key for one in links}
    homes = {str(column): source for source, frame in frames.items() for column in frame.columns if column not in keys}
    draft = infer(table, sources=homes, source=base, roles=roles, positive=positive, keys=keys)
    if not draft.with_role("sensitive"):
        remedy = "Say which column holds the groups that an audit compares: --role NAME=sensitive."
        raise Refused("C01", "No column looks like groups that an audit compares.", _listed(files), remedy)
    open_facts: dict[str, Any] = {name: OPEN for name in Source.model_fields if name != "system"}
    contract = draft.to_contract(
        name=model, sources={source: Source(system=file.name, **open_facts) for source, file in files.items()}, links=links,
        unconfirmed=(*(column.name for column in draft.columns), *(f"links.{one.source}" for one in links), "expected"),
        expected=expected_of(table, draft),
    )  # fmt: skip
    # Before anything is written: the rows have to keep what was drafted from them.
    validate(table, contract)
    texts = {
        CHARTER_FILE: Template(start("own_charter.yaml")).substitute(name=model),
        CONTRACT_FILE: _contract(contract, draft, _listed(files)),
        POLICY_FILE: _policy(contract),
        SCRIPT_FILE: start(f"own_{SCRIPT_FILE}.txt"),
    }
    written = begin(directory, {name: text.encode() for name, text in texts.items()})
    return Begun(written=written, draft=draft, table=table, links=links)


def _listed(files: Mapping[str, Path]) -> str:
    return ", ".join(file.name for file in files.values())


def _contract(contract: DataContract, draft: Draft, file: str) -> str:
    """Return the contract with the reason for its role above each column."""
    notes = [f"Look at this first: {note.en}" for note in draft.notes]
    lines: list[str] = []
    inside, reasons = "", iter(draft.columns)
    for line in yaml_text(contract, comment="\n".join([_HEAD.format(file=file), *notes])).splitlines():
        key = re.match(r"(\w+):", line)
        inside = key[1] if key else inside
        if key and inside in _TAUGHT:
            lines += [f"# {sentence}" for sentence in _TAUGHT[inside].splitlines()]
        if inside == "columns" and line.startswith("  - name: "):
            column = next(reasons)
            lines.append(f"  # {column.role}: {column.reason.en}.")
        if inside == "columns" and line == "    positive: open":
            lines.append("    # Which of the two is the model to find? No data can say, and every count hangs on it.")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _policy(contract: DataContract) -> str:
    attributes = contract.with_role("sensitive")[:_ATTRIBUTES]
    limits = []
    for i, column in enumerate(attributes, 1):
        between = "groups" if len(column.axis_levels) <= _PAIRS else "rest"
        for what, metric in (("false-alarms", "false_positive_rate"), ("missed", "false_negative_rate")):
            limits.append(
                f"  - id: {what}-{i}\n    metric: {metric}\n    by: [{quoted(column.name)}]\n    measure: difference\n"
                f"    between: {between}\n    at_most: 0.1\n    reason: open"
            )
    names = ", ".join(quoted(column.name) for column in attributes)
    return Template(start("own_policy.yaml")).substitute(
        attributes=names,
        limits="\n".join(limits),
        threshold="value: 0.5" if contract.single("decision") is None else "as_given: true",
    )
