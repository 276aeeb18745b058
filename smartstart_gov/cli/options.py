"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from smartstart_gov.errors import Refused

#: Kinds of document and languages, in the order in which they are written.
KINDS = ("model_card", "dpia")
LANGUAGES = ("nl", "en")
#: A path as it was typed; whether it is there is for the library to say, with its remedy.
PATH = click.Path(path_type=Path)
_BUNDLE_FILES = ("bundle.json", "bundle.private.json", "manifest.json")


class Words(click.ParamType):
    """Words from a closed list, with commas between them."""

    name = "words"

    def __init__(self, known: tuple[str, ...]) -> None:
        self.known = known

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the words, each once, in the order of the list."""
        if isinstance(value, tuple):
            return value
        asked = [word.strip() for word in str(value).split(",")]
        strays = [word for word in asked if word not in self.known]
        if strays:
            self.fail(f"{strays[0]!r} is not one of {', '.join(self.known)}.", param, ctx)
        return tuple(word for word in self.known if word in asked)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return the list as the help shows it."""
        return ",".join(self.known)


class Version(click.ParamType):
    """A path to a version folder, or to a bundle in it."""

    name = "bundle"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the version folder."""
        path = Path(value)
        if path.name in _BUNDLE_FILES:
            path = path.parent
        # The folder's name is the version and its parent the project: "." has neither.
        return path if path.parent.name not in ("", "..") and path.name not in ("", "..") else Path(os.path.abspath(path))


BUNDLE = Version()


def no_such_version(path: Path) -> Refused:
    """Return the refusal for a version folder that is not there."""
    return Refused("U01", f"There is no version folder {path.name!r}.", str(path), "Give the folder that audit wrote, like model_cards/stops/1.0.0.")
