"""What pydantic finds wrong with an authored value, in plain words and with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from smartstart_gov.authoring.node import Node, Page, sentence, shown, spelt
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import Authored, Problems, Text, may_be_open
from smartstart_gov.errors import Violation

_Value = TypeVar("_Value", bound=Authored)
#: What pydantic's complaint about a type expects, in words.
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "date_type": "a date",
}
_BOUNDS = {"greater_than": ("gt", "above"), "greater_than_equal": ("ge", "at least"),
           "less_than": ("lt", "below"), "less_than_equal": ("le", "at most")}  # fmt: skip
_EMPTY_POLICY = {
    "limits": ("The policy has no limits", "Write at least one limit: a policy without limits protects nobody."),
    "attributes": ("The policy names no attributes", "Name the sensitive columns that are audited."),
}


def checked(page: Page, kind: type[_Value]) -> tuple[_Value | None, list[Violation]]:
    """Return the value that `page` holds, or everything that keeps it from being one.

    Values that were reported while the file was read are skipped: one mistake, one message.
    """
    try:
        return kind.model_validate(page.root.plain()), []
    except ValidationError as error:
        details = error.errors(include_url=False)
    violations: list[Violation] = []
    for details_here in _by_place(page, _real(page, details)):
        path, node = page.follow(details_here[0]["loc"])
        if not node.doubtful or details_here[0]["type"] == "extra_forbidden":
            violations += _complaints(page, kind, path, node, details_here)
    return None, violations


def _real(page: Page, details: Iterable[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Pass over a list said to be too short because some of its items are wrong: pydantic counts the right ones."""
    for detail in details:
        content = page.follow(detail["loc"])[1].content
        if detail["type"] == "too_short" and isinstance(content, dict | list) and len(content) >= detail["ctx"]["min_length"]:
            continue
        yield detail


def _by_place(page: Page, details: Iterable[ErrorDetails]) -> Iterator[list[ErrorDetails]]:
    """Group complaints about one value: a union complains once for every branch."""
    groups: dict[tuple[object, ...], list[ErrorDetails]] = {}
    for detail in details:
        path, _ = page.follow(detail["loc"])
        # A missing key and a key's own name are places of their own.
        own = detail["loc"][-1:] if detail["type"] == "missing" or detail["loc"][-1:] == ("[key]",) else ()
        groups.setdefault((path, own), []).append(detail)
    yield from groups.values()


def _complaints(
    page: Page, kind: type[Authored], path: tuple[str | int, ...], node: Node, details: list[ErrorDetails]
) -> Iterator[Violation]:
    first = details[0]
    empty = _EMPTY_POLICY.get(str(first["loc"][0])) if kind is Policy and len(first["loc"]) == 1 else None
    if empty and first["type"] in ("missing", "too_short"):
        yield Violation(
            rule="P06",
            what=sentence(empty[0]),
            where=page.where(path, missing=None if path else str(first["loc"][0])),
            remedy=empty[1],
        )
    elif first["type"] == "missing":
        yield _missing(page, kind, path, str(first["loc"][-1]))
    elif first["type"] == "extra_forbidden":
        key, known = str(path[-1]), list(_keys(kind, path[:-1]))
        yield page.violation(
            "P04", f"key {shown(key)} is unknown", _nearest(key, known) or f"Use one of {', '.join(known)}.", path
        )
    elif all(detail["type"] in _EXPECTED for detail in details):
        yield _wrong_type(page, kind, path, node, details)
    else:
        # The branch of a union that got furthest says what is wrong; the others only say: not my type.
        for detail in details:
            if detail["type"] not in _EXPECTED:
                yield from _told(page, path, node, detail)


def _missing(page: Page, kind: type[Authored], path: tuple[str | int, ...], key: str) -> Violation:
    field = _field(kind, (*path, key))
    about = f" ({(field.description or '').rstrip('.').replace('``', '')})" if field is not None and field.description else ""
    here = f" in {spelt(path)}" if path else ""
    unknown = "; write the word open if nobody knows it yet" if field is not None and may_be_open(field) else ""
    remedy = f"Add {key}{about}{unknown}."
    return Violation(
        rule="P05", what=f"Key {key!r} is missing{here}.", where=page.where(path, missing=key), remedy=" ".join(remedy.split())
    )


def _wrong_type(
    page: Page, kind: type[Authored], path: tuple[str | int, ...], node: Node, details: list[ErrorDetails]
) -> Violation:
    wanted = list(dict.fromkeys(_EXPECTED[detail["type"]] for detail in details))
    what = f"{_kind_of(node)} found where {' or '.join(wanted)} is expected: {node.shown()}"
    remedy = f"Write {' or '.join(wanted)} here."
    if "text" in wanted and not isinstance(node.content, dict | list):
        remedy = f'Put it in quotes: "{node.raw}".'
    elif "a mapping of keys" in wanted and _model(_field(kind, path)) is Text:
        remedy = "Write two keys, nl and en, with the same sentence in Dutch and in English."
    elif isinstance(node.content, str) and re.fullmatch(r"-?[0-9]+,[0-9]+", node.content):
        remedy = f"Use a point as the decimal separator: {node.content.replace(',', '.')}."
    elif isinstance(node.content, str) and ("a number" in wanted or "a whole number" in wanted):
        remedy = "Write a number in digits, without quotes."
    elif "a list" in wanted:
        remedy = "Write a list: put each item on a line that begins with a dash, or all items between [ and ]."
    return page.violation("P05", what, remedy, path)


def _told(page: Page, path: tuple[str | int, ...], node: Node, detail: ErrorDetails) -> Iterator[Violation]:
    sort, context = detail["type"], detail.get("ctx", {})
    error = context.get("error")
    if isinstance(error, Problems):
        of_key = detail["loc"][-1:] == ("[key]",)
        subject = f"key {shown(str(path[-1]))}" if of_key else node.shown()
        scalar = of_key or not isinstance(node.content, dict | list)
        for problem in error.problems:
            what = f"{subject} {problem.what}" if scalar else problem.what
            yield page.violation(problem.rule, what, problem.remedy, (*path, *problem.at))
    elif sort == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        remedy = _nearest(str(node.content), allowed) or f"Write {context.get('expected')}."
        yield page.violation("P05", f"{node.shown()} is not allowed here", remedy, path)
    elif sort in _BOUNDS:
        key, word = _BOUNDS[sort]
        yield page.violation(
            "P05", f"{node.shown()} is not {word} {context[key]:g}", f"Write a number {word} {context[key]:g}.", path
        )
    elif sort in ("too_short", "too_long"):
        bound = context.get("min_length", context.get("max_length"))
        yield page.violation("P05", f"{node.shown()} is {sort.replace('_', ' ')} here", f"The bound is {bound}.", path)
    elif sort == "string_unicode":
        yield page.violation("N02", "the text contains half a character (a lone surrogate)", "Type it again.", path)
    else:
        yield page.violation(
            "P05", f"{node.shown()} is not what is expected here ({detail['msg']})", "Correct the value.", path
        )


def _kind_of(node: Node) -> str:
    if isinstance(node.content, bool):
        return "true or false"
    names: tuple[tuple[type, str], ...] = (
        (str, "text"), (int, "a number"), (float, "a number"), (dict, "a mapping of keys"), (list, "a list"),
    )  # fmt: skip
    return next(name for sort, name in names if isinstance(node.content, sort))


def _nearest(got: str, known: Iterable[str]) -> str | None:
    near = difflib.get_close_matches(got, list(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else None


def _keys(kind: type[BaseModel], path: tuple[str | int, ...]) -> Iterator[str]:
    """Return the keys that are known under `path` of a file of `kind`."""
    found = _model(_field(kind, path)) if path else kind
    if found is not None:
        yield from found.model_fields


def _field(kind: type[BaseModel], path: tuple[str | int, ...]) -> FieldInfo | None:
    """Return the field that `path` leads to; positions and free keys belong to the field they stand under."""
    model: type[BaseModel] | None = kind
    field: FieldInfo | None = None
    free = False
    for part in path:
        if isinstance(part, str) and model is not None and not free and part in model.model_fields:
            field = model.model_fields[part]
            model = _model(field)
            free = _maps_names(field.annotation)
        else:
            free = False
    return field


def _maps_names(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is dict or any(_maps_names(inner) for inner in get_args(annotation))


def _model(field: FieldInfo | None) -> type[BaseModel] | None:
    return None if field is None else next(_models(field.annotation), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
