"""The tree of an authored file: every value with its line. Independent of yaml and of the values' types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smartstart_gov.errors import Violation

#: A scalar as it was read, a mapping of keys, or a list.
Content = str | int | float | bool | dict[str, "Node"] | list["Node"]
Location = Sequence[str | int]


@dataclass(slots=True)
class Node:
    """One value: its line (that of its key, if it has one), and whether it was already reported."""

    content: Content
    line: int
    raw: str = ""
    doubtful: bool = False

    def plain(self) -> Any:
        """Return the value with dicts and tuples, as a model accepts it."""
        if isinstance(self.content, dict):
            return {key: child.plain() for key, child in self.content.items()}
        if isinstance(self.content, list):
            return tuple(child.plain() for child in self.content)
        return self.content

    def child(self, part: str | int) -> Node | None:
        """Return the value under a key or at a position, None if there is none."""
        if isinstance(self.content, dict) and isinstance(part, str):
            return self.content.get(part)
        if isinstance(self.content, list) and isinstance(part, int) and part < len(self.content):
            return self.content[part]
        return None

    def shown(self) -> str:
        """Return the value for a message, on one line and not too long, with invisible characters spelt out."""
        if isinstance(self.content, dict):
            return f"a mapping of {len(self.content)} keys"
        if isinstance(self.content, list):
            return f"a list of {len(self.content)}"
        return shown(self.content) if isinstance(self.content, str) else self.raw


@dataclass(frozen=True, slots=True)
class Page:
    """One file that was read: its name and its tree."""

    name: str
    root: Node

    def follow(self, location: Location) -> tuple[tuple[str | int, ...], Node]:
        """Return the part of `location` that exists in the file, and the value there.

        Parts that do not name a key, like the branch of a union, are skipped.
        """
        path: list[str | int] = []
        node = self.root
        for part in location:
            child = node.child(part)
            if child is not None:
                path.append(part)
                node = child
        return tuple(path), node

    def where(self, location: Location, *, missing: str | None = None) -> str:
        """Return file, line and key of `location`; `missing` is a key that is absent."""
        path, node = self.follow(location)
        key = spelt((*path, missing) if missing is not None else path)
        return f"{self.name} line {node.line}" + (f", key {key}" if key else "")

    def violation(self, rule: str, what: str, remedy: str, location: Location) -> Violation:
        """Return a violation at `location`; `what` is a sentence without its full stop."""
        return Violation(rule=rule, what=sentence(what), where=self.where(location), remedy=remedy)


def sentence(text: str) -> str:
    """Return `text` with one full stop, and a capital unless it begins with a key's name."""
    begin = text[:1] if "_" in text.partition(" ")[0] else text[:1].upper()
    return begin + text[1:].rstrip(".") + "."


def shown(text: str, most: int = 60) -> str:
    """Return `text` in quotes, cut to `most` characters, with invisible characters spelt out."""
    quoted = repr(text if len(text) <= most else text[: most - 3] + "...")
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in quoted)


def spelt(location: Location) -> str:
    """Return a path as people write it: ``limits[2].at_most``."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.replace("_", "").replace("-", "").isalnum() and part.isascii()
            name = part if plain else shown(part, 40)
            text += f".{name}" if text else name
    return text
