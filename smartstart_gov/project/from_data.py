"""init_from_data(): a project around somebody's own table, in which every guess is marked and the rest is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from smartstart_gov.errors import Refused
from smartstart_gov.project.column import Role
from smartstart_gov.project.data import read_untyped
from smartstart_gov.project.declaring import declared_homes, origins_of, sources_of, taken_from, with_declared
from smartstart_gov.project.dpia_file import read_dpia
from smartstart_gov.project.drafted import Language, charter_text, contract_text, policy_text
from smartstart_gov.project.inference.combining import combined
from smartstart_gov.project.inference.draft import Draft
from smartstart_gov.project.inference.expecting import expected_of
from smartstart_gov.project.inference.infer import infer
from smartstart_gov.project.naming import CHARTER_FILE, CONTRACT_FILE, POLICY_FILE
from smartstart_gov.project.scaffold import SCRIPT_FILE, begin, model_name, start
from smartstart_gov.project.source import Link
from smartstart_gov.project.validation import validate

if TYPE_CHECKING:
    import pandas as pd


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
    taken : tuple of str
        Places of charter and contract that were filled in from a DPIA.
    """

    written: tuple[Path, ...]
    draft: Draft
    table: pd.DataFrame
    links: tuple[Link, ...]
    taken: tuple[str, ...]


def init_from_data(
    directory: Path | str,
    data: Path | str | Mapping[str, Path | str],
    *,
    name: str | None = None,
    roles: Mapping[str, Role] | None = None,
    positive: str | None = None,
    dpia: Path | str | None = None,
    language: Language = "en",
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
    dpia : Path or str, optional
        An authored DPIA (see `read_dpia`): what it answers is taken over, each fact with its origin in a comment.
    language : {"en", "nl"}
        Of the comments in the files.

    Raises
    ------
    Refused
        What `infer`, `combined`, `read_dpia`, `read_untyped`, `validate` and `init_project` refuse; C01 where no column
        looks like a group to compare.
    """
    model = model_name(directory, name)
    files = {key: Path(file) for key, file in (data if isinstance(data, Mapping) else {"data": data}).items()}
    frames = {source: read_untyped(file, asked=roles or ()) for source, file in files.items()}
    table, links = combined(frames) if len(frames) > 1 else (frames[next(iter(frames))], ())
    base, keys = next(iter(frames)), {one.key for one in links}
    homes = {str(column): source for source, frame in frames.items() for column in frame.columns if column not in keys}
    declared = None if dpia is None else read_dpia(dpia)
    if declared is not None:
        homes |= declared_homes(declared, homes | dict.fromkeys(keys, base), {one.source for one in links})
    draft = infer(table, sources=homes, source=base, roles=roles, positive=positive, keys=keys)
    if declared is not None:
        draft = with_declared(draft, declared)
    if not draft.with_role("sensitive"):
        remedy = "Say which column holds the groups that an audit compares: --role NAME=sensitive."
        raise Refused("C01", "No column looks like groups that an audit compares.", _listed(files), remedy)
    contract = draft.to_contract(
        name=model, sources=sources_of(draft, files, declared), links=links,
        unconfirmed=(*(column.name for column in draft.columns), *(f"links.{one.source}" for one in links), "expected"),
        expected=expected_of(table, draft),
    )  # fmt: skip
    # Before anything is written: the rows have to keep what was drafted from them.
    validate(table, contract)
    origins = {} if declared is None else origins_of(declared, contract)
    texts = {
        CHARTER_FILE: charter_text(model, declared, language),
        CONTRACT_FILE: contract_text(contract, draft, _listed(files), origins, language),
        POLICY_FILE: policy_text(contract, language),
    }
    if contract.said() is None:
        # Where the scores or decisions of a finished model are at hand, there is nothing to train.
        texts[SCRIPT_FILE] = start(f"own_{SCRIPT_FILE}.txt")
    taken = () if declared is None else taken_from(declared, contract)
    written = begin(directory, {name: text.encode() for name, text in texts.items()})
    return Begun(written=written, draft=draft, table=table, links=links, taken=taken)


def _listed(files: Mapping[str, Path]) -> str:
    return ", ".join(file.name for file in files.values())
