"""Authored files to values, without surprises: every violation at once, with file and line. The only module that imports yaml.

YAML is read as the small language that people expect it to be: mappings, lists, text, numbers, true and false.
What YAML would silently turn into something else (`no`, `0123`, `12:30`, an empty value) is an error that
asks for quotes; aliases, anchors, tags and repeated keys are errors too.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import yaml

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.complaints import checked
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.node import Node, Page, sentence, shown, spelt
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import Authored
from smartstart_gov.errors import Refused, Violation

#: An authored file is small.
LARGEST_FILE = 256 * 1024
#: An authored file is flat.
DEEPEST = 20
_LONGEST_NUMBER = 15
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
#: What another reader of YAML than ours takes for a number, a truth value or nothing.
_AMBIGUOUS = re.compile(
    r"|~|[yYnN]|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?0[xob][0-9a-fA-F_]+|[-+]?\.(inf|nan)", re.IGNORECASE
)
_LINE_ENDS = re.compile(r"\r\n|\r|\n|\x85|\u2028|\u2029")
_FLAT = "Write each value out in full where it belongs; anchors, aliases, tags and merge keys are not supported."
_Value = TypeVar("_Value", bound=Authored)


def text_of(path: Path) -> str:
    """Return the text of the file, without a byte order mark.

    Raises
    ------
    Refused
        U01 if it cannot be read or is not a file, P02 if it is larger than `LARGEST_FILE` bytes, P11
        where it is not UTF-8.
    """
    data = _bytes(path)
    if len(data) > LARGEST_FILE:
        what = f"The file is larger than {LARGEST_FILE // 1024} KB."
        raise Refused("P02", what, path.name, "Keep data out of this file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused("P11", "The file is not UTF-8 text.", f"{path.name} line {line}", "Save it as UTF-8.") from None


def _bytes(path: Path) -> bytes:
    try:
        # A pipe or a device might never end: it is refused before it is opened.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Refused("U01", f"{shown(path.name)} is not a file.", shown(str(path)), "Give the path of a YAML file.")
        with open(path, "rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        remedy = "Check the path; `smartstart-gov init` writes a project to start from."
        raise Refused("U01", f"{shown(path.name)} cannot be read ({reason}).", shown(str(path), 200), remedy) from None


@dataclass(frozen=True, slots=True)
class Reading(Generic[_Value]):
    """A value, and the file it was read from: later checks can name the line."""

    value: _Value
    page: Page


def read_contract(path: Path | str) -> DataContract:
    """Return the contract in the file `path`.

    Raises
    ------
    Refused
        Every violation at once, each with file, line and remedy: U01, P01 to P05, P11, N01, N02, C01, C02, D02, D15.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     contract = gov.read_contract(f"{folder}/early_help/contract.yaml")
    >>> [column.name for column in contract.with_role("sensitive")]
    ['neighbourhood', 'origin']
    """
    accept(read_contract, locals())
    return reading(Path(path), DataContract).value


def read_charter(path: Path) -> Charter:
    """Return the charter in `path`.

    Raises
    ------
    Refused
        Every violation at once, each with file, line and remedy: U01, P01 to P05, P11, N01, N02.
    """
    return reading(path, Charter).value


def read_policy(path: Path) -> Policy:
    """Return the policy in `path`.

    Raises
    ------
    Refused
        Every violation at once, each with file, line and remedy: U01, P01 to P06, P11, N01, N02.
    """
    return reading(path, Policy).value


def reading(path: Path | str, kind: type[_Value]) -> Reading[_Value]:
    """Return the value of class `kind` in `path`, with the lines it was read from; Refused otherwise."""
    file = Path(path)
    return reading_text(text_of(file), file.name, kind)


def reading_text(text: str, name: str, kind: type[_Value]) -> Reading[_Value]:
    """Return the value of class `kind` in `text`, which violations call `name`; Refused otherwise."""
    tree = _Tree(name=name)
    tree.grow(text)
    if tree.root is None:
        raise Refused.of(tree.found or [_empty(name)])
    page = Page(name, tree.root)
    value, violations = checked(page, kind)
    if tree.found or value is None:
        raise Refused.of(sorted(dict.fromkeys([*tree.found, *violations]), key=_line))
    return Reading(value, page)


def _empty(name: str) -> Violation:
    what, remedy = "The file is empty.", "Write it; `smartstart-gov init` makes one to start from."
    return Violation(rule="P05", what=what, where=f"{name} line 1", remedy=remedy)


def _line(violation: Violation) -> int:
    found = re.search(r" line (\d+)", violation.where)
    return int(found[1]) if found else 0


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet; a mapping's key waits here for its value."""

    node: Node
    part: str | int | None
    key: tuple[str, int] | None = None
    skip: bool = False


@dataclass(slots=True)
class _Tree:
    """Grows a tree from yaml's events, so that what is wrong is met one by one and reading goes on."""

    name: str
    found: list[Violation] = field(default_factory=list)
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    documents: int = 0
    resolver: yaml.resolver.Resolver = field(default_factory=yaml.resolver.Resolver)

    def add(self, rule: str, what: str, remedy: str, line: int) -> None:
        path = spelt(self._path())
        where = f"{self.name} line {line}" + (f", key {path}" if path else "")
        self.found.append(Violation(rule=rule, what=sentence(what), where=where, remedy=remedy))

    def _path(self) -> list[str | int]:
        """Return where reading is: where each open mapping and list stands, and what comes next in the last."""
        parts = [place.part for place in self.stack] + [self._next()]
        return [part for part in parts if part is not None]

    def _next(self) -> str | int | None:
        """Return the key or position that the next value will have; None at a key and at the root."""
        if not self.stack:
            return None
        top = self.stack[-1]
        if isinstance(top.node.content, list):
            return len(top.node.content)
        return None if top.key is None else top.key[0]

    def grow(self, text: str) -> None:
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if not self._take(event, 1 if event.start_mark is None else event.start_mark.line + 1):
                    return
        except yaml.YAMLError as error:
            self._broken(error, text)
        except (ValueError, OverflowError, IndexError):
            # yaml lets a few of Python's own errors through, for escapes that name no character.
            self.add("P11", "the file contains an unknown escape or directive", "Write the character itself.", 1)
            self.root = None

    def _broken(self, error: yaml.YAMLError, text: str) -> None:
        self.root = None
        mark: yaml.Mark | None = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        if mark is not None:
            said = str(getattr(error, "problem", None) or "this is not YAML")
            plain, remedy = next(((words, cure) for sign, words, cure in _CURES if sign in said), (said, _LAYOUT))
            self.add("P11", f"the file cannot be read beyond this point: {plain}", remedy, mark.line + 1)
            return
        position = getattr(error, "position", 0)
        line = len(_LINE_ENDS.findall(text, 0, position)) + 1
        code = getattr(error, "character", 0)
        sign = f"U+{code if isinstance(code, int) else ord(str(code)[0]):04X}"
        self.add("P11", f"the file contains the character {sign}, which is not allowed in text", "Remove it.", line)

    def _take(self, event: yaml.Event, line: int) -> bool:
        """Take in one event; false where reading stops."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.add("P02", "a second document begins here", "Keep one document per file; remove the ---.", line)
                return False
            if event.version or event.tags:
                self.add("P02", "there is a directive (%) before the document", "Remove it.", line)
        elif isinstance(event, yaml.AliasEvent):
            self.add("P02", f"an alias (*{event.anchor}) is used here", _FLAT, line)
            self._value(Node("", line, doubtful=True), key=None)
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self._unadorned(event, line)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, line)
            else:
                return self._begin(Node({} if isinstance(event, yaml.MappingStartEvent) else [], line), line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        return True

    def _unadorned(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.anchor is not None:
            self.add("P02", f"an anchor (&{event.anchor}) is used here", _FLAT, line)
        if event.tag is not None:
            self.add("P02", f"a tag ({shown(event.tag)}) is used here", _FLAT, line)

    def _begin(self, node: Node, line: int) -> bool:
        if len(self.stack) >= DEEPEST:
            self.add("P02", f"the file nests deeper than {DEEPEST} levels", "Reduce the nesting.", line)
            self.root = None
            return False
        place = _Open(node, self._next())
        self._value(node, key=None)
        self.stack.append(place)
        return True

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if event.style is not None:
            # The line end that closes a block of text is layout, not text.
            text = event.value.rstrip("\n") if event.style in "|>" else event.value
            self._value(Node(text, line, raw=text), key=text)
            return
        text = event.value
        node = Node(text, line, raw=text)
        if self._at_key():
            if text == "<<":
                self.add("P02", "a merge key (<<) is used here", _FLAT, line)
            elif self._means_more(text) or text in ("true", "false"):
                what = f"key {shown(text)} is not text as written" if text else "a key is empty"
                self.add("P03", what, "Put the key in quotes.", line)
        elif text in ("true", "false"):
            node.content = text == "true"
        elif len(text) <= _LONGEST_NUMBER and _INTEGER.fullmatch(text):
            node.content = int(text)
        elif len(text) <= _LONGEST_NUMBER and _DECIMAL.fullmatch(text):
            node.content = float(text)
        elif self._means_more(text):
            node.doubtful = True
            self._doubt(text, line)
        self._value(node, key=text)

    def _doubt(self, text: str, line: int) -> None:
        if not text or text == "~" or text.lower() == "null":
            what = "a value is empty" if not text else f"the value {text} means empty"
            remedy = "Write the fact; or write the word open if nobody knows it yet and the field allows it; or remove the key."
        elif re.fullmatch("y|n|yes|no|on|off|true|false", text, re.IGNORECASE):
            what = f"{shown(text)} looks like text but is a truth value in YAML"
            remedy = f'Put it in quotes ("{text}") if it is text; write true or false if it is not.'
        else:
            what = f"{shown(text)} is not a plain number, but YAML may not read it as text"
            remedy = "Put it in quotes if it is text; write a number in digits, like 12 or 0.05 (at most 15 characters)."
        self.add("P03", what, remedy, line)

    def _means_more(self, text: str) -> bool:
        tag = self.resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]  # stubs lack it
        return tag != "tag:yaml.org,2002:str" or _AMBIGUOUS.fullmatch(text) is not None

    def _at_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node.content, dict) and self.stack[-1].key is None

    def _value(self, node: Node, *, key: str | None) -> None:
        """Put a node where it belongs: the root, the next of a list, a key, or the value of the waiting key."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        holder = top.node.content
        if isinstance(holder, list):
            holder.append(node)
        elif isinstance(holder, dict):
            if top.key is None:
                self._key(top, holder, node, key)
                return
            (name, node.line), top.key = top.key, None
            if not top.skip:
                holder[name] = node

    def _key(self, top: _Open, holder: dict[str, Node], node: Node, key: str | None) -> None:
        if key is None and not node.doubtful:
            self.add("P02", "a key is a list or a mapping", "Use plain words as keys.", node.line)
        top.skip = key is None or key in holder or (key == "<<" and node.raw == "<<")
        if key is not None and key in holder:
            what = f"key {shown(key)} appears twice; the other one is on line {holder[key].line}"
            self.add("P01", what, "Remove one of them.", node.line)
        top.key = (key or "", node.line)


_LAYOUT = "Check this line and the one above: indentation, quotes, brackets and colons."
#: What yaml says, the same in plain words, and what helps.
_CURES = (
    ("\\t", "there is a tab where only spaces are allowed", "Indent with spaces."),
    ("mapping values are not allowed", "there is a second colon on this line", "Put text containing ': ' in quotes."),
    ("could not find expected ':'", "a key has no colon", "Write key: value, with a space after the colon."),
    ("unexpected end of stream", "a quote or bracket is never closed", "Close it."),
    (
        "<block end>",
        "this does not fit with the lines above it",
        "Close any open quotes above, and align the keys of one mapping.",
    ),
    ("expected ',' or", "a comma or closing bracket is missing", "Separate the items with commas, and close the bracket."),
    (
        "cannot start any token",
        "the text begins with a character that has a special meaning in YAML",
        "Put the text in quotes.",
    ),
    ("escape", "a backslash in double quotes is followed by a character that cannot be escaped", "Use single quotes."),
)
