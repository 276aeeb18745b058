"""The pages of docs/reference that follow from the code: written by ``python -m tools.reference``.

``--check`` writes nothing and ends with 1 where a page is not what the code says.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import griffe
from pydantic import BaseModel

import smartstart_gov
from smartstart_gov.authoring.ask import ask_in
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.node import spelt
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import open_is_none
from smartstart_gov.cli.console import commands
from smartstart_gov.controls import catalogue
from smartstart_gov.controls.control import Control
from smartstart_gov.documents.terms import CODES
from smartstart_gov.errors import RULES
from smartstart_gov.statistics.rates import RATES

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
#: Sections of a docstring that are lists: what stands in the first column, and over the second.
_SECTIONS = {
    griffe.DocstringSectionKind.parameters: ("parameter", "meaning"),
    griffe.DocstringSectionKind.attributes: ("field", "meaning"),
    griffe.DocstringSectionKind.returns: ("returns", "meaning"),
    griffe.DocstringSectionKind.raises: ("raises", "where"),
}
MADE = "<!-- Made by `python -m tools.reference` from the code; edit the code. -->\n"


def rules_page() -> str:
    """Return the page of rules: every id that a refusal can have."""
    rows = [f"| `{rule}` | {RULES[rule]} |" for rule in sorted(RULES)]
    return "\n".join(
        [
            MADE,
            "# Rules of refusal\n",
            "Every refusal ends with the id of the rule it follows, like `[D04]`. It says what was found, where, and what to",
            "do about it. A refusal about input or configuration gives exit code 2; one about evidence that does not hold",
            "gives exit code 4. Nothing is written in either case.\n",
            "| rule | what it protects |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def metrics_page() -> str:
    """Return the page of metrics: one row per rate."""
    rows = [
        f"| `{r.name}` | {' + '.join(r.numerator)} | {' + '.join(r.denominator)} | {r.better} |"
        f" {r.meaning['en'].format(x='x', n='n')} | {r.citation} |"
        for r in RATES.values()
    ]
    return "\n".join(
        [
            MADE,
            "# Metrics\n",
            "Each metric is a share of counts. `tn`, `fp`, `fn` and `tp` are true negatives, false positives, false negatives",
            "and true positives; *positive* is the value that the contract names. A metric with a zero denominator is",
            "*undefined*: not zero, and not left out.\n",
            "| metric | numerator | denominator | better | in a sentence | defined in |",
            "|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def controls_page() -> str:
    """Return the page of controls: one row each."""
    return "\n".join(
        [
            MADE,
            "# Controls\n",
            "In addition to the limits of the policy, every audit asks these questions. Each is based on a documented failure.",
            "`block` and `declare` can keep a model from release, `warn` only warns; `declare` asks for something that people",
            "write down. `smartstart-gov todo` assigns a question to the person who can change its answer. If no file is",
            "named, the data or the model give the answer. Each version of a question was introduced in an",
            "[edition of the rules](../how-to/change-the-rules.md).\n",
            "| control | question | severity | who can change the answer | file and key | versions, by edition | case |",
            "|---|---|---|---|---|---|---|",
            *(_control_row(one) for one in catalogue.CATALOGUE),
            "",
        ]
    )


def _control_row(one: Control) -> str:
    where = "" if one.answered_in is None else f"`{one.answered_in[0]}.yaml`, `{spelt(one.answered_in[1])}`"
    versions = ", ".join(f"{version} ({since})" for version, since in enumerate(one.since, 1)) or f"{one.version} (none)"
    return f"| `{one.rule}` | {one.title} | {one.severity} | {CODES['who'][one.who]} | {where} | {versions} | {one.case} |"


def files_page() -> str:
    """Return the page of authored files: every key of contract, charter and policy."""
    parts = [
        MADE,
        "# The authored files\n",
        "Three YAML files, written by people. A key that is not listed here is an error, and so is a value of another type:",
        "text that could be read as something else must be in quotes. If a field is *or open*, write the word `open` until",
        "somebody knows; the documents then say that it is open. *`nl` and `en`* is the same sentence in both languages:",
        '`{nl: "...", en: "..."}`. What people have to find out says of whom it is asked; `smartstart-gov todo` asks it.',
        "The same as JSON Schema: [charter](../schema/charter.schema.json),",
        "[contract](../schema/contract.schema.json) and [policy](../schema/policy.schema.json).\n",
    ]
    for file, model in (("contract.yaml", DataContract), ("charter.yaml", Charter), ("policy.yaml", Policy)):
        parts.append(f"## {file}\n")
        for part in _with_parts(model):
            parts.append(f"### {part.__name__}\n\n{inspect.cleandoc(part.__doc__ or '').splitlines()[0]}\n")
            parts += ["| key | type | needed | meaning | asked of |", "|---|---|---|---|---|"]
            for name, field in part.model_fields.items():
                ask = ask_in(field)
                meaning = " ".join((field.description or ("" if ask is None else ask.what)).split())
                who = "" if ask is None else CODES["who"][ask.who]
                kind = _kind(field.annotation, open_=_may_be_open(field.metadata))
                parts.append(f"| `{name}` | {kind} | {'yes' if field.is_required() else 'no'} | {meaning} | {who} |")
            parts.append("")
    return "\n".join(parts)


def _with_parts(model: type[BaseModel]) -> list[type[BaseModel]]:
    found, queue = [], [model]
    while queue:
        part = queue.pop(0)
        if part in found or part.__name__ == "Text" or not part.model_fields:
            continue
        found.append(part)
        for field in part.model_fields.values():
            queue += [t for t in _leaves(field.annotation) if isinstance(t, type) and issubclass(t, BaseModel)]
    return found


def _leaves(annotation: Any) -> list[Any]:
    inner = [t for t in typing.get_args(annotation) if t is not Ellipsis]
    if not inner or typing.get_origin(annotation) is typing.Literal:
        return [annotation]
    return [leaf for t in inner for leaf in _leaves(t)]


def _kind(annotation: Any, *, open_: bool = False) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _kind(inner[0], open_=_may_be_open(inner[1:]))
    if origin is typing.Literal:
        return " \\| ".join(f"`{value}`" for value in inner)
    if origin in (typing.Union, types.UnionType):
        words = [_kind(t) for t in inner if t is not type(None)]
        return " or ".join([*words, "open"] if open_ else words)
    if origin is tuple:
        return f"list of {_kind(inner[0])}"
    if origin is dict:
        return f"{_kind(inner[0])} to {_kind(inner[1])}"
    return _PLAIN.get(annotation.__name__, annotation.__name__)


def _may_be_open(metadata: typing.Iterable[Any]) -> bool:
    return any(getattr(mark, "func", None) is open_is_none for mark in metadata)


_PLAIN = {
    "str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date in quotes",
    "Text": "`nl` and `en`",
}  # fmt: skip


def python_page() -> str:
    """Return the page of the Python API: every public name with what its docstring says of it."""
    package = griffe.load(
        "smartstart_gov",
        search_paths=[FOLDER.parents[1]],
        docstring_parser="numpy",
        resolve_aliases=True,
        allow_inspection=False,
    )
    face = {name: package[name].final_target for name in sorted(smartstart_gov.__all__)}
    parts = [
        MADE,
        "# The Python face\n",
        "`import smartstart_gov as gov` gives these names. Everything else must be imported from its module, and may change.\n",
    ]
    for title, kind in (("Functions", griffe.Function), ("Values and errors", griffe.Class)):
        parts.append(f"## {title}\n")
        for name, thing in face.items():
            if isinstance(thing, kind):
                parts += [f"### {name}\n", *_described(f"gov.{name}", thing)]
    return "\n".join(parts)


def _described(called: str, thing: griffe.Function | griffe.Class) -> Iterator[str]:
    """Yield the Markdown of a function or class: its call, its sections (examples run as doctests), and a class's methods."""
    if isinstance(thing, griffe.Function):
        yield f"```text\n{called}{_signature(thing)}\n```\n"
    for part in thing.docstring.parsed if thing.docstring else ():
        if part.kind is griffe.DocstringSectionKind.text:
            yield _plain(part.value) + "\n"
        elif part.kind is griffe.DocstringSectionKind.examples:
            for kind, text in part.value:
                yield f"```text\n{text}\n```\n" if kind is griffe.DocstringSectionKind.examples else _plain(text) + "\n"
        elif part.kind in _SECTIONS:
            first, title = _SECTIONS[part.kind]
            yield f"| {first} | {title} |\n|---|---|"
            yield from (f"| {_item(item)} | {_cell(item.description)} |" for item in part.value)
            yield ""
    if isinstance(thing, griffe.Class):
        methods = {name: one.final_target if one.is_alias else one for name, one in thing.all_members.items()}
        for name, one in sorted(methods.items()):
            if isinstance(one, griffe.Function) and not name.startswith("_") and one.docstring:
                yield f"- `.{name}{_signature(one)}`: {_cell(one.docstring.value.split(chr(10) * 2)[0])}"
        yield ""


def _signature(of: griffe.Function) -> str:
    """Return the parameters with types and defaults as they stand in the source."""
    marks = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}
    said, keyword_only = [], False
    for one in of.parameters:
        if one.name in ("self", "cls"):
            continue
        if one.kind is griffe.ParameterKind.keyword_only and not keyword_only:
            said.append("*")
        keyword_only = keyword_only or one.kind in (griffe.ParameterKind.keyword_only, griffe.ParameterKind.var_positional)
        kind = f": {one.annotation}" if one.annotation is not None else ""
        default = f" = {one.default}" if one.default is not None and one.kind not in marks else ""
        said.append(f"{marks.get(one.kind, '')}{one.name}{kind}{default}")
    return f"({', '.join(said)})" + (f" -> {of.returns}" if of.returns is not None else "")


def _item(item: Any) -> str:
    name, kind = getattr(item, "name", "") or "", str(item.annotation or "")
    return ", ".join(f"`{said}`" for said in (name, kind) if said).replace("|", "\\|")


def _cell(text: str) -> str:
    return " ".join(_plain(text).split()).replace("|", "\\|")


def _plain(text: str) -> str:
    """Return reStructuredText as Markdown: literals have one mark."""
    return text.replace("``", "`")


def command_page() -> str:
    """Return the page of the command line: every command, its arguments and options, and the exit codes."""
    parts = [MADE, "# The command line\n", _EXITS]
    for name, command in sorted(_commands(commands)):
        # click keeps the help option as it was first made: with the names that it has when somebody types it.
        names = commands.context_settings["help_option_names"]
        context = click.Context(
            command, info_name=f"smartstart-gov {name}", max_content_width=100, terminal_width=100, help_option_names=names
        )
        parts.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(parts)


def _commands(group: click.Group, above: str = "") -> Iterator[tuple[str, click.Command]]:
    """Return every command with the words that call it; a group stands for its own."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise ValueError(f"{above}{name} is listed and cannot be loaded")
        if isinstance(command, click.Group):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


_EXITS = """`smartstart-gov COMMAND --help` says the same. Results go to standard output, progress and errors to standard error.

| exit code | meaning |
|---|---|
| 0 | the model may enter the requested stage, or the command succeeded |
| 1 | a limit or a control failed |
| 2 | refused: usage, configuration or input is wrong; nothing was written |
| 3 | not shown: evidence is missing or too weak |
| 4 | the evidence does not hold: a digest, the log, the numbers, or a file edited after the audit |
| 5 | everything holds, only signatures are missing |

If several apply, the most serious counts: 4, 2, 1, 3, 5, 0.
"""

PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules_page,
    "metrics.md": metrics_page,
    "controls.md": controls_page,
    "files.md": files_page,
    "python.md": python_page,
    "command-line.md": command_page,
}


def differences() -> list[str]:
    """Return the names of pages that are not what the code says."""
    return [
        name
        for name, page in PAGES.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != page()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or only compare them."""
    if "--check" in arguments:
        stale = differences()
        for name in stale:
            print(f"docs/reference/{name} is not what the code says; run: python -m tools.reference")
        return 1 if stale else 0
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
