"""Every refusal of the library on one list, as a user would read it: ``python -m tools.messages``.

Found in the source, not by running it: each place that says what was found, where, and what to do about it. What is
only known when it happens stands in braces. ``--rule D04`` lists one rule.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "smartstart_gov"
#: What a refusal is made with, and its parameters in order.
MAKERS: dict[str, tuple[str, ...]] = {
    "Refused": ("rule", "what", "where", "remedy"),
    "EvidenceBroken": ("rule", "what", "where", "remedy"),
    "Violation": ("rule", "what", "where", "remedy"),
    "Problem": ("what", "remedy", "rule", "at"),
}
#: A problem's place is the file and line that the reader adds; its rule is P05 unless it says otherwise.
FROM_READER = {"where": ("file and line",), "rule": ("P05",)}


@dataclass(frozen=True)
class Said:
    """One place that refuses: each part with every text it may have."""

    path: str
    line: int
    rule: tuple[str, ...]
    what: tuple[str, ...]
    where: tuple[str, ...]
    remedy: tuple[str, ...]


def messages(package: Path = PACKAGE) -> list[Said]:
    """Return every refusal in the source, by file and line."""
    return [said for path in sorted(package.rglob("*.py")) for said in _in_file(path, package)]


def _in_file(path: Path, package: Path) -> Iterator[Said]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for function in _functions(tree):
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in MAKERS:
                continue
            given = dict(zip(MAKERS[name], node.args, strict=False)) | {k.arg: k.value for k in node.keywords if k.arg}
            if not {"what", "remedy"} <= set(given):
                continue
            parts = {part: _texts(value, function) for part, value in given.items()}
            if name == "Problem":
                parts = FROM_READER | parts
            yield Said(
                path=str(path.relative_to(package.parent)), line=node.lineno,
                **{part: parts[part] for part in ("rule", "what", "where", "remedy")},
            )  # fmt: skip


def _functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Return every outermost function and, for what stands outside of them, the rest of the module."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        yield from inner


def _texts(value: ast.expr, function: ast.AST) -> tuple[str, ...]:
    """Return the texts that `value` may have: both ends of an either-or, and what a name was given last before."""
    if isinstance(value, ast.Constant):
        return (str(value.value),)
    if isinstance(value, ast.JoinedStr):
        return ("".join(_piece(part) for part in value.values),)
    if isinstance(value, ast.IfExp):
        return (*_texts(value.body, function), *_texts(value.orelse, function))
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return tuple(a + b for a in _texts(value.left, function) for b in _texts(value.right, function))
    if isinstance(value, ast.Name):
        before = [given for given in _assigned(value.id, function) if given.lineno <= value.lineno and given is not value]
        if before:
            return _texts(max(before, key=lambda given: given.lineno), function)
    return ("{" + ast.unparse(value) + "}",)


def _piece(part: ast.expr) -> str:
    return "{" + ast.unparse(part.value) + "}" if isinstance(part, ast.FormattedValue) else str(ast.literal_eval(part))


def _assigned(name: str, function: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from (v for t, v in zip(target.elts, node.value.elts, strict=True) if getattr(t, "id", "") == name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rule", help="only this rule")
    asked = parser.parse_args(arguments)
    found = [said for said in messages() if asked.rule is None or asked.rule in said.rule]
    for said in found:
        print(f"{said.path}:{said.line}  [{' or '.join(said.rule)}]")
        for part in ("what", "where", "remedy"):
            for text in getattr(said, part):
                print(f"  {part + ':':8}{text}")
    print(f"{len(found)} places that refuse")


if __name__ == "__main__":
    main()
