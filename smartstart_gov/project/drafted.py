"""The text of drafted files: every guess with its reason above it, every fact from a DPIA with its origin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Template
from textwrap import wrap
from typing import Literal

from smartstart_gov.project.authored import Text
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.dpia_file import Dpia
from smartstart_gov.project.inference.draft import Draft, text
from smartstart_gov.project.scaffold import start
from smartstart_gov.project.writing import block, quoted, yaml_text

#: Of the comments in drafted files; what they say is for documents in both anyway.
Language = Literal["nl", "en"]
#: More groups than this are compared with the rest, not each with each.
_PAIRS = 6
#: Under this share of positive rows a threshold of one half selects hardly anybody, and limits of a tenth limit nothing.
RARE = 0.05
_HEAD = text(
    """Het contract: wat elke kolom is, waar zij vandaan komt, en waarvoor zij mag worden gebruikt.
Alles over de kolommen is geraden uit {file}, en de reden staat erboven. Verbeter wat niet klopt.
Klopt een kolom, haal haar naam dan weg onder `unconfirmed` aan het eind: tot die lijst weg is, zegt elk document
dat het een concept is, en wordt niets vrijgegeven. `open` is een vraag die alleen mensen kunnen beantwoorden; de
wettelijke grondslag wordt nooit geraden.""",
    """The contract: what each column is, where it comes from, and what it may be used for.
Everything about the columns was guessed from {file}, and the reason stands above each. Correct what is wrong.
Once a column is right, take its name out of `unconfirmed` at the end: until that list is gone, every document
says that it is a draft, and nothing is released. `open` is a question that only people can answer; the legal
basis is never guessed.""",
)
_FIRST = text("Kijk hier eerst naar: {note}", "Look at this first: {note}")
_POSITIVE = text(
    "Welke van de twee moet het model vinden? Geen gegeven zegt dat, en elk aantal hangt ervan af.",
    "Which of the two is the model to find? No data can say, and every count hangs on it.",
)
#: What stands above a part of the contract.
_TAUGHT = {
    "links": text(
        """Bronnen die aan de basistabel zijn gekoppeld. expected_share: van de rijen van de basistabel, hoeveel horen er een
tegenhanger te hebben? Er staat wat is gevonden, en daar heeft niemand over geoordeeld: wie hier verloren gaat, ontbreekt
in elk aantal.""",
        """Sources that are linked to the base table. expected_share: of the rows of the base table, how many should have a
partner? It stands at what was found, which nobody has judged: who is lost here is missing from every count.""",
    ),
    "expected": text(
        """Wat er van een jaar zulke rijen te verwachten is, uit het bestand en afgerond: voor `check` en `power`,
nooit voor een oordeel. Zonder kolom met tijdstippen telt het bestand als een jaar.""",
        """What is to be expected of a year of such rows, from the file and rounded: for `check` and `power`, never
for a verdict. Without a column of moments the file is taken as one year.""",
    ),
}
#: Comments are wrapped at so many signs.
_WIDTH = 116


def contract_text(
    contract: DataContract, draft: Draft, file: str, origins: Mapping[tuple[str, ...], Text], lang: Language
) -> str:
    """Return the contract with the reason for its role above each column; `origins` are comments by place."""
    said = [*_HEAD.in_(lang).format(file=file).splitlines()]
    said += [_FIRST.in_(lang).format(note=note.in_(lang)) for note in draft.notes]
    head = "\n".join("\n  ".join(wrap(sentence, _WIDTH, break_on_hyphens=False)) for sentence in said)
    lines: list[str] = []
    inside, about, reasons = "", "", iter(draft.columns)
    for line in yaml_text(contract, comment=head).splitlines():
        key = re.match(r"(\w+):", line)
        inside = key[1] if key else inside
        if key and inside in _TAUGHT:
            lines += [f"# {sentence}" for sentence in _TAUGHT[inside].in_(lang).splitlines()]
        if inside == "columns" and line.startswith("  - name: "):
            column = next(reasons)
            about = column.name
            lines.append(f"  # {column.role}: {column.reason.in_(lang)}.")
        if inside == "sources" and re.match(r"  \S+:$", line):
            about = line.strip().removesuffix(":").strip('"')
        if inside == "columns" and line == "    positive: open":
            lines.append(f"    # {_POSITIVE.in_(lang)}")
        fact = re.match(r"    (\w+):", line)
        if fact and (inside, about, fact[1]) in origins:
            lines.append(f"    # {origins[inside, about, fact[1]].in_(lang)}")
        lines.append(line)
    return "\n".join(lines) + "\n"


def charter_text(name: str, dpia: Dpia | None, lang: Language) -> str:
    """Return the charter to start from, with what a DPIA answers in the place of the word open."""
    begun = Template(taught("own_charter.yaml", lang)).substitute(name=name)
    return begun if dpia is None else "\n".join(_filled(begun.splitlines(), dpia, lang)) + "\n"


def policy_text(contract: DataContract, lang: Language) -> str:
    """Return a proposal of limits on all groups of the contract, on the scale of its outcome where that is rare."""
    attributes, limits, base = contract.with_role("sensitive"), [], None
    if contract.expected is not None:
        base = contract.expected.base_rate
    rare = base is not None and base < RARE
    for i, column in enumerate(attributes, 1):
        between = "groups" if len(column.axis_levels) <= _PAIRS else "rest"
        for what, metric in (("false-alarms", "false_positive_rate"), ("missed", "false_negative_rate")):
            # Where few are selected, false alarms are so few that no difference between them reaches a tenth.
            bound = ("ratio", "at_least: 0.8") if rare and what == "false-alarms" else ("difference", "at_most: 0.1")
            limits.append(
                f"  - id: {what}-{i}\n    metric: {metric}\n    by: [{quoted(column.name)}]\n    measure: {bound[0]}\n"
                f"    between: {between}\n    {bound[1]}\n    reason: open"
            )
    names = ", ".join(quoted(column.name) for column in attributes)
    return Template(taught("own_policy.yaml", lang)).substitute(
        attributes=names,
        limits="\n".join(limits),
        threshold="as_given: true" if contract.single("decision") else f"share: {base:.3g}" if rare else "value: 0.5",
    )


def taught(file: str, lang: Language) -> str:
    """Return a file to start from with its comments in one language: they stand in it in both, after ``#nl`` and ``#en``."""
    lines = (re.sub(rf"^(\s*)#{lang} ", r"\1# ", line) for line in start(file).splitlines())
    return "\n".join(line for line in lines if not re.match(r"\s*#(nl|en) ", line)) + "\n"


def _filled(lines: list[str], dpia: Dpia, lang: Language) -> Iterator[str]:
    inside, seen = "", set()
    for line in lines:
        key, inner = re.match(r"(\w+):", line), re.match(r"  (\w+): open$", line)
        inside = key[1] if key else inside
        whole = key is not None and (line.endswith(": open") or inside == "title") and inside in dpia.charter
        part = getattr(dpia.charter.get(inside), inner[1], None) if inner else None
        seen.add(inside)
        if whole:
            yield f"# {dpia.origin(inside).in_(lang)}"
            yield from block({inside: dpia.charter[inside]})
        elif inner and part is not None:
            yield f"  # {dpia.origin(inside, inner[1]).in_(lang)}"
            yield from block({inner[1]: part}, 1)
        else:
            yield line
    for name, value in dpia.charter.items():
        if name not in seen:
            yield f"# {dpia.origin(name).in_(lang)}"
            yield from block({name: value})
