"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from smartstart_gov.authoring.contract import DataContract

#: A path as it was typed; whether it is there is for the library to say, with its remedy.
PATH = click.Path(path_type=Path)
_BUNDLE_FILES = ("bundle.json", "bundle.private.json", "manifest.json")


def version_folder(typed: str) -> Path:
    """Return the version folder that was typed, or the one that contains the typed bundle."""
    path = Path(typed)
    if path.name in _BUNDLE_FILES:
        path = path.parent
    # The folder's name is the version and its parent's the model: "." has neither.
    nameless = {path.name, path.parent.name} & {"", ".."}
    return Path(os.path.abspath(path)) if nameless else path


#: `--source` of the commands that read rows.
linked_sources = click.option(
    "--source",
    "sources",
    metavar="NAME=FILE",
    multiple=True,
    help="Extract of a source that the contract links to DATA; one per link.",
)


def table_of(contract: DataContract, data: Path, sources: Sequence[str]) -> Any:
    """Return the rows of `data`, linked with the files of `sources` (NAME=FILE), if any."""
    from smartstart_gov.intake.files import read_data
    from smartstart_gov.intake.link import link

    if not sources:
        return read_data(data, contract)
    extracts = {name: read_data(file, contract) for name, file in _extracts(sources).items()}
    return link({_base(data, extracts): read_data(data, contract), **extracts}, contract)


def scored_table(contract: DataContract, data: Path, predictions: Path, sources: Sequence[str], key: str) -> Any:
    """Return the rows of `data` with the scores of `predictions`, linked with the files of `sources`.

    If the contract links the source of the scores, they are one more extract, and rows without a score count as lost.
    Otherwise each row of `data` gets its score before anything is linked, so rows lost in linking also had a score.
    """
    from smartstart_gov.counting.handover import join_attributes
    from smartstart_gov.intake.files import read_data
    from smartstart_gov.intake.link import link

    scores, base = read_data(predictions, contract), read_data(data, contract)
    column, extracts = contract.said(), {}
    linked = {one.source for one in contract.links}
    if column is not None and column.source in linked:
        extracts[str(column.source)] = scores
    else:
        base = join_attributes(scores, base, key)
    given = _extracts(sources)
    if set(given) & set(extracts):
        raise click.UsageError("The scores come from --predictions; do not give their source with --source as well.")
    extracts |= {name: read_data(file, contract) for name, file in given.items()}
    return link({_base(data, extracts): base, **extracts}, contract) if extracts else base


def _extracts(sources: Sequence[str]) -> dict[str, Path]:
    pairs = dict(source.partition("=")[::2] for source in sources)
    if len(pairs) < len(sources) or not all(pairs.values()):
        raise click.UsageError("--source takes NAME=FILE, once per source.")
    return {name: Path(file) for name, file in pairs.items()}


def _base(data: Path, extracts: Mapping[str, Any]) -> str:
    """Return a name for the base table that no extract has."""
    return data.name if data.name not in extracts else f"base {data.name}"


def words(*known: str) -> Callable[[click.Context, click.Parameter, str], tuple[str, ...]]:
    """Return a callback that reads comma-separated words of a closed list, in the order of the list."""

    def read(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
        asked = [word.strip() for word in value.split(",")]
        strays = [word for word in asked if word not in known]
        if strays:
            raise click.BadParameter(f"{strays[0]!r} is not one of {', '.join(known)}.", context, parameter)
        return tuple(word for word in known if word in asked)

    return read
