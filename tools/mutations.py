"""Mutations: every small change to a module that some test should notice (docs/decisions/0023).

Each is one change of one expression or statement, written into the text of the module, so that the rest keeps its lines.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

#: The boundary belongs to the other side, or the answer is turned round.
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.Pow: ast.Mult,
}  # fmt: skip
_OPPOSITES = (("min", "max"), ("any", "all"), ("floor", "ceil"), ("fmin", "fmax"))
_CALLS = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}
_STATUSES = dict.fromkeys(("NOT_SHOWN", "NOT_APPLICABLE", "WAIVED"), "PASSED") | dict.fromkeys(
    ("PASSED", "FAILED"), "NOT_SHOWN"
)
_NOTHING = {"bool": ("True", "False"), "int": ("0",), "float": ("0.0",), "str": ("''",)}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: where it stands, and what it makes of what."""

    path: str
    line: int
    end_line: int
    #: Function at the top of the module or of a class; empty where the code runs on import.
    within: str
    #: The changed lines before and after, each as one line.
    old: str
    new: str
    start: int
    end: int
    text: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is, wherever in its file it stands now."""
        return self.path, self.within, self.old, self.new

    def applied(self, source: bytes) -> bytes:
        """Return `source` with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def diff(self, source: bytes) -> str:
        """Return the lines that change, as a patch shows them."""
        texts = [text.decode().splitlines() for text in (source, self.applied(source))]
        lines = list(difflib.unified_diff(*texts, lineterm="", n=0))[2:]
        return "\n".join(line for line in lines if not line.startswith("@@"))


def mutations(path: str, source: bytes) -> list[Mutation]:
    """Return every mutation of a module, in the order of its text."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []

    def lines(start: int, end: int, text: bytes) -> str:
        """Return the lines round a place as one, with `text` in it."""
        first, last = source.rfind(b"\n", 0, start) + 1, source.find(b"\n", end)
        return " ".join((source[first:start] + text + source[end:last]).decode().split())

    for node, within, news in _walk(ast.parse(source), "", False):
        start = starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]  # only nodes with a place are changed
        end = starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]  # the same
        old = lines(start, end, source[start:end])
        for text in dict.fromkeys(news):
            if text != ast.unparse(node):
                place = node.lineno, node.end_lineno  # type: ignore[attr-defined]  # the same
                new = lines(start, end, text.encode())
                found.append(Mutation(path, *place, within, old, new, start, end, text))
    return sorted(found, key=lambda one: (one.start, one.end, one.text))


def _walk(node: ast.AST, within: str, inside: bool) -> Iterator[tuple[ast.AST, str, list[str]]]:
    """Find what can be changed below `node`; `inside` says that a function is round it."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        name = node.name if not within else f"{within}.{node.name}"
        if isinstance(node, ast.FunctionDef):
            for default in (*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)):
                # The defaults of a function at the top are made on import.
                yield from _walk(default, within if inside else "", inside)
        within = within if inside else name
        function = inside or isinstance(node, ast.FunctionDef)
        for child in node.body:
            # The body of a class runs on import.
            yield from _walk(child, within if function or isinstance(child, (ast.FunctionDef, ast.ClassDef)) else "", function)
        if isinstance(node, ast.FunctionDef):
            yield from ((one, within, news) for one, news in _returns(node))
        return
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr)) or _is_type(node):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if news := [ast.unparse(one) if isinstance(one, ast.AST) else one for one in _changes(node)]:
        yield node, within if inside else "", news
    if isinstance(node, ast.Raise):
        # How a refusal is worded is no behaviour of this list.
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child, within, inside)


def _is_type(node: ast.AST) -> bool:
    """Whether a statement names a type: it does nothing while the program runs."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    text = ast.unparse(node.value)
    return text.startswith(("Literal[", "tuple[", "npt.NDArray[", "dict[", "Callable["))


def _changes(node: ast.AST) -> Iterator[ast.AST | str]:
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            ops = [*node.ops[:i], _COMPARISONS[type(operator)](), *node.ops[i + 1 :]]
            yield f"({ast.unparse(ast.Compare(left=node.left, ops=ops, comparators=node.comparators))})"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"({ast.unparse(ast.BoolOp(op=other, values=node.values))})"
        for i in range(len(node.values)):
            left = [*node.values[:i], *node.values[i + 1 :]]
            yield f"({ast.unparse(left[0] if len(left) == 1 else ast.BoolOp(op=node.op, values=left))})"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub, ast.Invert)):
        if not isinstance(node.operand, ast.Constant):
            yield f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        if not isinstance(node.left, (ast.JoinedStr, ast.List, ast.Tuple)):
            yield f"({ast.unparse(ast.BinOp(left=node.left, op=_ARITHMETIC[type(node.op)](), right=node.right))})"
            yield f"({ast.unparse(node.left)})"
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, (ast.Raise, ast.AugAssign, ast.Continue, ast.Break, ast.Expr)):
        yield "pass"
    elif isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in _CALLS:
            yield _CALLS[name] if isinstance(node, ast.Name) else f"({ast.unparse(node.value)}).{_CALLS[name]}"


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        yield from (str(value + 1), str(value - 1)) if value else ("1",)
    elif isinstance(value, float):
        yield repr(value * 2 or 1.0)
    elif isinstance(value, str) and value in _STATUSES:
        yield repr(_STATUSES[value])


def _returns(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, list[str]]]:
    """Find conditions and results of a function that can be a constant."""
    kind = "" if function.returns is None else ast.unparse(function.returns)
    nothing = _NOTHING.get(kind, ("None",) if kind.endswith("| None") else ("()",) if kind.startswith("tuple[") else ())
    below: list[ast.AST] = list(function.body)
    while below:
        node = below.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
            yield node.value, list(nothing)
        tests = (
            node.ifs if isinstance(node, ast.comprehension) else [node.test] if isinstance(node, (ast.If, ast.IfExp)) else []
        )
        for test in tests:
            if not any(isinstance(part, ast.NamedExpr) for part in ast.walk(test)):
                yield test, ["True", "False"]
        if not isinstance(node, ast.JoinedStr):
            below += ast.iter_child_nodes(node)
