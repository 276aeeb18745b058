"""The text of drafted files: every guess with its reason above it, every fact from a DPIA with its origin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Template
from textwrap import wrap

from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.dpia_file import Dpia
from smartstart_gov.project.inference.draft import Draft
from smartstart_gov.project.scaffold import start
from smartstart_gov.project.writing import block, quoted, yaml_text

#: More groups than this are compared with the rest, not each with each.
_PAIRS = 6
#: Columns that get limits of their own in the proposal; the committee adds others.
_ATTRIBUTES = 3
#: Comments are wrapped at so many signs.
_WIDTH = 116
_HEAD = """The contract: what each column is, where it comes from, and what it may be used for.
Everything about the columns was guessed from {file}, and the reason stands above each. Correct what is wrong.
Once a column is right, take its name out of `unconfirmed` at the end: until that list is gone, every document
says that it is a draft, and nothing is released. `open` is a question that only people can answer; the legal
basis is never guessed."""
#: What stands above a part of the contract.
_TAUGHT = {
    "links": """Sources that are linked to the base table. expected_share: of the rows of the base table, how many should have a
partner? It stands at what was found, which nobody has judged: who is lost here is missing from every count.""",
    "expected": """What is to be expected of a year of such rows, from the file and rounded: for `check` and `power`, never
for a verdict. Without a column of moments the file is taken as one year.""",
}


def contract_text(contract: DataContract, draft: Draft, file: str, origins: Mapping[tuple[str, ...], str]) -> str:
    """Return the contract with the reason for its role above each column; `origins` are comments by place."""
    said = [*_HEAD.format(file=file).splitlines(), *(f"Look at this first: {note.en}" for note in draft.notes)]
    head = "\n".join("\n  ".join(wrap(sentence, _WIDTH, break_on_hyphens=False)) for sentence in said)
    lines: list[str] = []
    inside, about, reasons = "", "", iter(draft.columns)
    for line in yaml_text(contract, comment=head).splitlines():
        key = re.match(r"(\w+):", line)
        inside = key[1] if key else inside
        if key and inside in _TAUGHT:
            lines += [f"# {sentence}" for sentence in _TAUGHT[inside].splitlines()]
        if inside == "columns" and line.startswith("  - name: "):
            column = next(reasons)
            about = column.name
            lines.append(f"  # {column.role}: {column.reason.en}.")
        if inside == "sources" and re.match(r"  \S+:$", line):
            about = line.strip().removesuffix(":").strip('"')
        if inside == "columns" and line == "    positive: open":
            lines.append("    # Which of the two is the model to find? No data can say, and every count hangs on it.")
        fact = re.match(r"    (\w+):", line)
        if fact and (inside, about, fact[1]) in origins:
            lines.append(f"    # {origins[inside, about, fact[1]]}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def charter_text(name: str, dpia: Dpia | None) -> str:
    """Return the charter to start from, with what a DPIA answers in the place of the word open."""
    text = Template(start("own_charter.yaml")).substitute(name=name)
    return text if dpia is None else "\n".join(_filled(text.splitlines(), dpia)) + "\n"


def policy_text(contract: DataContract) -> str:
    """Return a proposal of limits on the first groups of the contract."""
    attributes = contract.with_role("sensitive")[:_ATTRIBUTES]
    limits = []
    for i, column in enumerate(attributes, 1):
        between = "groups" if len(column.axis_levels) <= _PAIRS else "rest"
        for what, metric in (("false-alarms", "false_positive_rate"), ("missed", "false_negative_rate")):
            limits.append(
                f"  - id: {what}-{i}\n    metric: {metric}\n    by: [{quoted(column.name)}]\n    measure: difference\n"
                f"    between: {between}\n    at_most: 0.1\n    reason: open"
            )
    names = ", ".join(quoted(column.name) for column in attributes)
    return Template(start("own_policy.yaml")).substitute(
        attributes=names,
        limits="\n".join(limits),
        threshold="value: 0.5" if contract.single("decision") is None else "as_given: true",
    )


def _filled(lines: list[str], dpia: Dpia) -> Iterator[str]:
    inside, seen = "", set()
    for line in lines:
        key, inner = re.match(r"(\w+):", line), re.match(r"  (\w+): open$", line)
        inside = key[1] if key else inside
        whole = key is not None and (line.endswith(": open") or inside == "title") and inside in dpia.charter
        part = getattr(dpia.charter.get(inside), inner[1], None) if inner else None
        seen.add(inside)
        if whole:
            yield f"# {dpia.origin(inside)}"
            yield from block({inside: dpia.charter[inside]})
        elif inner and part is not None:
            yield f"  # {dpia.origin(inside, inner[1])}"
            yield from block({inner[1]: part}, 1)
        else:
            yield line
    for name, value in dpia.charter.items():
        if name not in seen:
            yield f"# {dpia.origin(name)}"
            yield from block({name: value})
