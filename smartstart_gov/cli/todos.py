"""What is still to be done, as text for somebody at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smartstart_gov.cli.console import fill, plain

if TYPE_CHECKING:
    from smartstart_gov.todo import Item, Todo

#: Roles as a reader knows them.
_PEOPLE = {
    "owner": "the owner of the model", "dpo": "the data protection officer", "data": "the data team",
    "lawyer": "the lawyer", "committee": "the committee that sets the limits",
}  # fmt: skip


def todo_text(found: Todo) -> str:
    """Return the list: what stands in the way of release first, each with place, question and example."""
    whom = f" for {_PEOPLE[found.role]}" if found.role else ""
    if not found.items:
        return f"{found.name}: nothing is open{whom}."
    blocking = sum(item.blocks for item in found.items)
    one = len(found.items) == 1
    head = (
        f"{found.name}: {len(found.items)} {'thing is' if one else 'things are'} open{whom}, {blocking} in the way of release."
    )
    parts = [fill(plain(head))]
    if found.stale:
        parts.append(fill(plain(
            f"The files were changed since version {found.version} was audited. Audit again: what was filled in since"
            " counts from then on."
        )))  # fmt: skip
    for title, some in (
        ("IN THE WAY OF RELEASE", [item for item in found.items if item.blocks]),
        ("ALSO OPEN", [item for item in found.items if not item.blocks]),
    ):
        if some:
            parts += ["", title]
        for item in some:
            parts += ["", *_lines(item, who=found.role is None)]
    return "\n".join(parts)


def _lines(item: Item, *, who: bool) -> Iterator[str]:
    line = f" line {item.line}" if item.line is not None else ", a new key" if item.example else ""
    yield fill(plain(item.what), "    ", "  - ")
    yield fill(plain(f"{item.file}{line}, {item.key}" + (f"; {_PEOPLE[item.who]}" if who else "")), "    ")
    if item.example:
        yield fill(plain(f"Example: {item.example}"), "    ")
    if item.why:
        yield fill(plain(item.why), "    ")
