"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from smartstart_gov.project.contract import DataContract

#: Kinds of document and languages, in the order in which they are written.
KINDS = ("model_card", "dpia", "dpia_prescan")
LANGUAGES = ("nl", "en")
#: A path as it was typed; whether it is there is for the library to say, with its remedy.
PATH = click.Path(path_type=Path)
#: Extracts beside DATA, for commands that read rows.
sources_option = click.option(
    "--source",
    "sources",
    metavar="NAME=FILE",
    multiple=True,
    help="Extract of a source that the contract links to DATA; one for each link.",
)
_BUNDLE_FILES = ("bundle.json", "bundle.private.json", "manifest.json")


def version_folder(typed: str) -> Path:
    """Return the version folder that was typed, or in which the typed bundle lies."""
    path = Path(typed)
    if path.name in _BUNDLE_FILES:
        path = path.parent
    # The folder's name is the version and its parent's the model: "." has neither.
    nameless = {path.name, path.parent.name} & {"", ".."}
    return Path(os.path.abspath(path)) if nameless else path


def table_of(contract: DataContract, data: Path, sources: Sequence[str]) -> Any:
    """Return the rows of `data`, linked with the files of `sources` (NAME=FILE) where there are any."""
    from smartstart_gov.project.data import read_data
    from smartstart_gov.project.linking import link

    if not sources:
        return read_data(data, contract)
    pairs = dict(source.partition("=")[::2] for source in sources)
    if len(pairs) < len(sources) or not all(pairs.values()):
        raise click.UsageError("--source takes NAME=FILE, once for each source.")
    base = data.name if data.name not in pairs else f"base {data.name}"
    frames = {base: read_data(data, contract)}
    return link(frames | {name: read_data(Path(file), contract) for name, file in pairs.items()}, contract)


def words(*known: str) -> Callable[[click.Context, click.Parameter, str], tuple[str, ...]]:
    """Return a callback that reads words of a closed list, with commas between them, in the order of the list."""

    def read(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
        asked = [word.strip() for word in value.split(",")]
        strays = [word for word in asked if word not in known]
        if strays:
            raise click.BadParameter(f"{strays[0]!r} is not one of {', '.join(known)}.", context, parameter)
        return tuple(word for word in known if word in asked)

    return read
