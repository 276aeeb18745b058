"""Modules are short, check nothing with assert, argue every silenced warning, and import nothing by stealth."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from smartstart_gov.exports.export import FORMATS
from tests.house.tree import PACKAGE, comments, modules, name_of, project_files

LONGEST, SHORTEST = 600, 60
#: A silenced warning names its rule and gives its reason in words, like "noqa: S101 - narrows the type".
ARGUED = {
    "noqa": re.compile(r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* (- |# )\w+ \w+"),
    "type: ignore": re.compile(r"# type: ignore\[[a-z, -]+\]  # \w+ \w+"),
    "pragma: no cover": re.compile(r"# pragma: no cover - \w+ \w+"),
}
#: The import contracts cannot see an import by name; these are the ones that exist, and why they are fair.
BY_NAME = {
    "smartstart_gov/__init__.py",  # the lazy face: modules of the package itself, at first touch
    "smartstart_gov/authoring/project.py",  # pandas, when somebody asks a project to read a file
    "smartstart_gov/authoring/entry_point.py",  # the user's own estimator, which no contract can know
    "smartstart_gov/documents/layout.py",  # the document that is asked for: the registry stands below documents
    "smartstart_gov/cli/console.py",  # the one command that is called
    "smartstart_gov/show.py",  # pandas, when somebody asks a value for a frame
}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_module_is_not_a_heap(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST, f"{name_of(path)} has {lines} lines; split it by reason to change"


def test_no_module_is_a_splinter() -> None:
    # Names that a module is imported by; the public face in the package's own __init__ is no user.
    users: dict[str, set[Path]] = {}
    names = {path.relative_to(PACKAGE.parent).with_suffix("").as_posix().replace("/", "."): path for path in modules()}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and path.name != "__init__.py":
                for name in (f"{node.module}.{alias.name}" for alias in node.names):
                    users.setdefault(name if name in names else str(node.module), set()).add(path)
    lines = {name: path.read_text(encoding="utf-8").count("\n") for name, path in names.items() if path.name != "__init__.py"}
    # A format is one file by design, however small: the registry is its only user, so that nothing else knows its standard.
    formats = {of.made.__module__ for of in FORMATS.values()}
    splinters = [
        name for name, length in lines.items() if length < SHORTEST and len(users.get(name, ())) == 1 and name not in formats
    ]
    assert not splinters, f"{splinters}: under {SHORTEST} lines for one user each; let them live there"
    assert len(lines) > 100


def test_no_two_modules_have_one_name() -> None:
    stems = Counter(path.stem for path in modules() if path.name != "__init__.py")
    assert not [stem for stem, times in stems.items() if times > 1]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nothing_is_checked_with_assert(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert not found, f"{name_of(path)} lines {found}: python -O strips assert; raise instead"


@pytest.mark.parametrize("path", [p for p in project_files() if p.suffix == ".py"], ids=name_of)
def test_silenced_warnings_are_argued(path: Path) -> None:
    bare = [
        f"line {line}: {text}"
        for line, text in comments(path)
        for word, argued in ARGUED.items()
        if f"# {word}" in text and not argued.search(text)
    ]
    assert not bare, f"{name_of(path)}: give the reason beside it: {bare}"


def test_the_test_for_arguments_can_fail() -> None:
    assert ARGUED["noqa"].search("# noqa: S101 - narrows the type, guards nothing")
    assert not ARGUED["noqa"].search("# noqa: S101")
    assert not ARGUED["noqa"].search("# noqa")
    assert ARGUED["type: ignore"].search("# type: ignore[arg-type]  # narrowed just above")
    assert not ARGUED["type: ignore"].search("# type: ignore[arg-type]")


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*/**/__init__.py")), ids=name_of)
def test_package_init_holds_a_docstring_only(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert len(body) == 1, f"{name_of(path)} holds more than a docstring"
    only = body[0]
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value, ast.Constant)
    assert isinstance(only.value.value, str)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_by_name_stand_where_they_are_argued(path: Path) -> None:
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__"))
    ]
    assert not calls or name_of(path) in BY_NAME, f"{name_of(path)} lines {calls}: import contracts cannot see this"


def test_names_say_what_a_thing_is() -> None:
    empty = re.compile(r"(Manager|Helper|Handler|Service|Util|Utils|Base)$")
    found = [
        f"{name_of(path)}: {node.name}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and empty.search(node.name)
    ]
    found += [name_of(path) for path in modules() if path.stem in ("utils", "helpers", "base", "common", "misc")]
    assert not found
