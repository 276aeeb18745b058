"""Authored files to values, without surprises: every violation at once, with file and line. The only door of yaml.

YAML is read as the small language people think it is: maps, lists, text, numbers, true and false. What
YAML 1.1 would silently turn into something else is an error that asks for quotes; aliases, tags and a key
that stands twice are errors too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.project.authored import Authored, Problems
from smartstart_gov.project.charter import Charter
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.policy import Policy

#: An authored file is small and flat.
LARGEST_FILE = 256 * 1024
DEEPEST = 20
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_Location = tuple[str | int, ...]
_Value = TypeVar("_Value", bound=Authored)
_QUOTES = "Stand it in quotes if it is text; else write true, false, or a number like 12 or 0.05."
#: A problem that begins so lacks its subject: the key.
_PREDICATES = ("is ", "runs ", "begins ", "ends ", "holds ")
_FLAT = "Write every value out where it belongs; anchors, aliases, tags and several documents are not read."


def read_contract(path: Path) -> DataContract:
    """Return the contract in ``contract.yaml``; Refused with every violation."""
    return _read(path, DataContract)


def read_charter(path: Path) -> Charter:
    """Return the charter in ``charter.yaml``; Refused with every violation."""
    return _read(path, Charter)


def read_policy(path: Path) -> Policy:
    """Return the policy in ``policy.yaml``; Refused with every violation (P06 for one without limits)."""
    return _read(path, Policy)


def _read(path: Path, kind: type[_Value]) -> _Value:
    page = _Page(path)
    value = page.plain(page.root(), (), 0) if page.text is not None else None
    if page.found:
        # Types are checked all the same where the tree could be read, so that one round shows everything.
        if isinstance(value, dict):
            page.check(kind, value)
        raise Refused.of(page.found)
    checked = page.check(kind, value)
    if checked is None:
        raise Refused.of(page.found)
    return checked


class _Page:
    """One file: its text, the line of every key and value, and what was found wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Violation] = []
        self.lines: dict[_Location, int] = {(): 1}
        self.text = self._load()

    def add(self, rule: str, what: str, remedy: str, at: _Location | int = ()) -> None:
        """Note a violation at a key or at a line."""
        line = at if isinstance(at, int) else self._line(at)
        key = "" if isinstance(at, int) or not at else f", key {_spelt(at)}"
        violation = Violation(rule=rule, what=what, where=f"{self.path.name} line {line}{key}", remedy=remedy)
        if violation not in self.found:
            self.found.append(violation)

    def _line(self, at: _Location) -> int:
        while at not in self.lines:
            at = at[:-1]
        return self.lines[at]

    def _load(self) -> str | None:
        try:
            data = self.path.read_bytes()
        except OSError as error:
            self.add("U01", f"{self.path.name} cannot be read ({error.strerror}).", "Run smartstart-gov init, or restore the file.", 1)
            return None
        if len(data) > LARGEST_FILE:
            self.add("P02", f"{self.path.name} has {len(data)} bytes, more than {LARGEST_FILE}.", "Keep data out of authored files.", 1)
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self.add("P02", "The file is not UTF-8 text.", "Save it as UTF-8.", line)
            return None

    def root(self) -> yaml.Node | None:
        """Return the root node; aliases, tags and several documents are noted and not read."""
        text = self.text or ""
        try:
            depth = 0
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                line = event.start_mark.line + 1
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                elif isinstance(event, yaml.CollectionEndEvent):
                    depth -= 1
                if depth > DEEPEST:
                    self.add("P02", f"The file nests deeper than {DEEPEST} levels.", _FLAT, line)
                    return None
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    self.add("P02", "An anchor or alias stands here.", _FLAT, line)
                if getattr(event, "tag", None):
                    self.add("P02", "A tag stands here.", _FLAT, line)
                if isinstance(event, yaml.DocumentStartEvent) and event.explicit and line > 1 and self.lines.get(("---",)):
                    self.add("P02", "A second document begins here.", _FLAT, line)
                if isinstance(event, yaml.DocumentStartEvent):
                    self.lines["---",] = line
            if any(v.rule == "P02" for v in self.found):
                return None
            node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark is not None else 1
            problem = getattr(error, "problem", None) or "it is not YAML"
            self.add("P02", f"The file cannot be read: {problem}.", "Mend the layout here: indentation, colons, quotes.", line)
            return None
        except (RecursionError, ValueError):
            self.add("P02", "The file cannot be read.", _FLAT, 1)
            return None
        if node is None:
            self.add("P05", "The file is empty.", "Write it, or run smartstart-gov init.", 1)
        return node

    def plain(self, node: yaml.Node | None, at: _Location, depth: int) -> Any:
        """Return the node as dict, list, text, number or bool; notes what is not plain."""
        if node is None:
            return None
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at, depth)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*at, i), depth + 1) for i, item in enumerate(node.value)]
        return self._scalar(node, at)

    def _mapping(self, node: yaml.MappingNode, at: _Location, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.add("P03", "A key is not text.", _QUOTES, line)
                continue
            key = key_node.value
            if key_node.style is None and key_node.tag != "tag:yaml.org,2002:str":
                self.add("P03", f"Key {key} is not text as it stands.", "Stand the key in quotes.", line)
            if key in result:
                self.add("P01", f"Key {key!r} stands twice.", "Keep one of the two.", line)
                continue
            self.lines[*at, key] = line
            result[key] = self.plain(value_node, (*at, key), depth + 1)
        return result

    def _scalar(self, node: yaml.Node, at: _Location) -> Any:
        text = str(node.value)
        if getattr(node, "style", None) is not None:
            return text
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.match(text):
            return int(text) if len(text) < 19 else text
        if _DECIMAL.match(text):
            return float(text)
        if node.tag != "tag:yaml.org,2002:str" or re.match(r"[-+.]?[0-9][0-9_.,:]*([eE][-+]?[0-9]+)?\Z", text):
            shown = text or "an empty value"
            self.add("P03", f"{shown} may be read as something else than it looks like.", _QUOTES, at)
        return text

    def check(self, kind: type[_Value], value: Any) -> _Value | None:
        """Return the value, or note everything that keeps it from being one."""
        if kind is Policy and isinstance(value, dict) and not value.get("limits"):
            what = "The policy has no limits."
            self.add("P06", what, "Write at least one limit; a policy without limits lets everything pass.", ("limits",))
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            for detail in error.errors():
                self._note(kind, detail)
        except RecursionError:
            self.add("P02", "The file nests too deep.", _FLAT, 1)
        return None

    def _note(self, kind: type[Authored], detail: ErrorDetails) -> None:
        at = tuple(part for part in detail["loc"] if (*detail["loc"],)[:1] and not _is_tag(part))
        sort, message = detail["type"], detail["msg"]
        if sort == "extra_forbidden":
            near = difflib.get_close_matches(str(at[-1]), list(_keys(kind, at[:-1])), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Take it out; unknown keys are errors."
            self.add("P04", f"Key {at[-1]!r} is not known here.", hint, at)
        elif sort == "missing":
            if at == ("limits",) and kind is Policy:
                return
            self.add("P05", f"Key {at[-1]!r} is missing.", "Add it; where nobody knows the fact yet, and the field allows it, write open.", at)
        elif sort == "value_error":
            if at == ("limits",) and any(v.rule == "P06" for v in self.found):
                return
            carried = detail.get("ctx", {}).get("error")
            if isinstance(carried, Problems):
                for problem in carried.problems:
                    subject = f"{_spelt(at)} " if at and problem.what.startswith(_PREDICATES) else ""
                    self.add(problem.rule, f"{subject}{problem.what}.", problem.remedy, (*at, *problem.at))
                return
            for part in message.removeprefix("Value error, ").split("; "):
                subject = f"{_spelt(at)} " if at and part.startswith(_PREDICATES) else ""
                self.add("P05", f"{subject}{part}.", "Mend it here.", at)
        elif not (at == ("limits",) and any(v.rule == "P06" for v in self.found)):
            text = message[0].lower() + message[1:]
            self.add("P05", f"{_spelt(at) or 'The file'}: {text}; got {_shown(detail['input'])}.", "Write a value of that kind.", at)


def _is_tag(part: str | int) -> bool:
    """Whether pydantic put the name of a union's branch into the location."""
    return isinstance(part, str) and bool(re.match(r"(function-|constrained-|str$|int$|bool$|float$|nullable|tuple\[|literal\[)", part))


def _keys(kind: type[BaseModel], at: _Location) -> Iterator[str]:
    """Return the keys that are known at a place of a file of `kind`."""
    found: type[BaseModel] | None = kind
    for part in at:
        if found is None:
            return
        if isinstance(part, str) and part in found.model_fields:
            found = next(iter(_models(found.model_fields[part].annotation)), None)
    if found is not None:
        yield from found.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _spelt(at: _Location) -> str:
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _shown(value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        return f"a {'map' if isinstance(value, Mapping) else 'list'} of {len(value)}"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
