"""import_dpia(): the answers of a DPIA into the charter of a project; nothing that is there is overwritten unless asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as with_
from pathlib import Path
from typing import Any

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_file import Dpia, read_dpia
from smartstart_gov.authoring.dpia_incoming import partners
from smartstart_gov.authoring.names import CHARTER_FILE, POLICY_FILE
from smartstart_gov.authoring.node import Page, spelt
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import has_finding
from smartstart_gov.authoring.reader import reading, reading_text, text_of
from smartstart_gov.authoring.value import Authored, Text
from smartstart_gov.authoring.writer import block, written, yaml_text
from smartstart_gov.errors import Refused, Violation, expect

Place = tuple[str, ...]
#: Keys that hold lists, of which an import removes nothing.
_LISTS = ("parties", "personal_data", "risks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did.

    Attributes
    ----------
    path : Path
        The charter.
    text : str
        What it says now.
    taken : tuple of str
        Keys that got an answer.
    replaced : tuple of str
        Keys whose answer was another.
    told : tuple of str
        What could not be taken over as it stands.
    """

    path: Path
    text: str
    taken: tuple[str, ...]
    replaced: tuple[str, ...]
    told: tuple[str, ...]


def import_dpia(file: Path | str, project: Path | str, *, replace: bool = False) -> Imported:
    """Return the charter of `project` with the answers of `file` in it; nothing is written.

    Parameters
    ----------
    file : Path or str
        The interchange of the government's form for DPIAs or for the pre-scan (``.json``), the PDF of a DPIA annex or a
        pre-scan, an authored DPIA, or a charter.
    project : Path or str
        Its folder.
    replace : bool
        Whether an answer of the file takes the place of another one.

    Raises
    ------
    Refused
        P10 for every answer that would take the place of another, without `replace`; all that `read_dpia` refuses.
    """
    expect(project, (str, Path), "Argument project", "Give the folder of the project.")
    path, policy = Path(project) / CHARTER_FILE, Path(project) / POLICY_FILE
    dpia = read_dpia(file)
    if policy.is_file():
        dpia = fitting(dpia, reading(policy, Policy).value)
    return into(text_of(path), dpia, path, replace=replace)


def fitting(dpia: Dpia, policy: Policy) -> Dpia:
    """Return the DPIA for a project with that policy: a risk loses a finding that the policy cannot have, and that is told."""
    risks = dpia.charter.get("risks", ())
    strays = [at for at, risk in enumerate(risks) if not has_finding(policy, risk.finding)]
    if not strays:
        return dpia
    fit = tuple(risk.model_copy(update={"finding": None}) if at in strays else risk for at, risk in enumerate(risks))
    told = [f"risks: risk {at + 1} names a finding that {POLICY_FILE} has not, and is taken over without it." for at in strays]
    return with_(dpia, charter={**dpia.charter, "risks": fit}, told=(*dpia.told, *told))


def into(before: str, dpia: Dpia, path: Path, *, replace: bool) -> Imported:
    """Return the charter `before`, which is or will be in `path`, with the answers of `dpia` in it; see `import_dpia`."""
    read, told = reading_text(before, CHARTER_FILE, Charter), list(dpia.told)
    if not dpia.lines and dpia.lists:
        silent = [key for key in _LISTS if getattr(read.value, key) and key not in dpia.charter]
        told += [f"{key}: the DPIA has none; what the charter has is kept. Remove it there if it is over." for key in silent]
    wanted = {key: _lists(read.value, key, value, told) for key, value in dpia.charter.items()}
    changes = {key: list(_merged(getattr(read.value, key), value, (key,))) for key, value in wanted.items()}
    taken = [at for found in changes.values() for at, old, _ in found if not old]
    other = [at for found in changes.values() for at, old, _ in found if old]
    if other and not replace:
        remedy = "Change one of the two, or run again with --replace to take what the file says."
        what = "The charter has another answer than the file."
        raise Refused.of([Violation(rule="P10", what=what, where=read.page.where(at), remedy=remedy) for at in other])
    record = written(read.value)
    for found in changes.values():
        for at, _, value in found:
            holder = record
            for key in at[:-1]:
                if not isinstance(holder.get(key), dict):
                    holder[key] = {}
                holder = holder[key]
            holder[at[-1]] = value
    tops = {at[0] for found in changes.values() for at, _, _ in found}
    meant = reading_text(_whole(record), CHARTER_FILE, Charter).value
    text = _rewritten(before, read.page, record, tops)
    # What stands in the file has to be what was meant.
    if text is None or written(reading_text(text, CHARTER_FILE, Charter).value) != written(meant):
        text = yaml_text(meant)
        told.append(f"{CHARTER_FILE} was written anew: its comments could not be kept, for its keys do not begin a line each.")
    return Imported(
        path=path, text=text, taken=tuple(map(spelt, taken)), replaced=tuple(map(spelt, other)), told=tuple(told)
    )  # fmt: skip


def _whole(record: dict[str, Any]) -> str:
    return "\n".join(block(record)) + "\n"


def _lists(charter: Charter, key: str, value: Any, told: list[str]) -> Any:
    """Return what the DPIA says under `key`; of a list with the entries and answers that only the charter has."""
    old = getattr(charter, key)
    if key not in _LISTS or not old or old == value:
        return value
    if key == "personal_data":
        new = {column: data for data in value for column in data.columns}
        there = {column: data for data in old for column in data.columns}
        each = {column: _with(there.get(column), new.get(column)) for column in {**there, **new}}
        groups: list[tuple[Any, list[str]]] = []
        for column, data in each.items():
            alike = next((columns for one, columns in groups if one.model_copy(update={"columns": data.columns}) == data), None)
            if alike is None:
                groups.append((data, [column]))
            else:
                alike.append(column)
        left = len(set(there) - set(new))
        told += [f"personal_data: of {left} columns only the charter says something, and that is kept."] if left else []
        return tuple(data.model_copy(update={"columns": tuple(columns)}) for data, columns in groups)
    name = "name" if key == "parties" else "description"

    def answers(entry: Authored) -> dict[str, Any]:
        said = {at: found for at in type(entry).model_fields if (found := getattr(entry, at)) not in (None, ())}
        # Languages may differ where a form knows one.
        return {at: found.nl if isinstance(found, Text) else found for at, found in said.items()}

    same, left_ = partners([answers(one) for one in old], [answers(one) for one in value], name)
    at_old = {was: _with(old[was], value[now]) for now, was in same.items()}
    one = "party" if key == "parties" else "risk"
    told += [f"{key}: only the charter has {one} {at + 1}, and it is kept. Remove it there if it is over." for at in left_]
    more = [entry for at, entry in enumerate(value) if at not in same]
    return (*(at_old.get(at, entry) for at, entry in enumerate(old)), *more)


def _with(old: Any, new: Any) -> Any:
    """Return the entry of a DPIA with the answers and translations that only the charter has; either may be absent."""
    if old is None or new is None:
        return old if new is None else new
    kept = {}
    for at in type(old).model_fields:
        was, now = getattr(old, at), getattr(new, at)
        if was not in (None, ()) and (now in (None, ()) or _in_dutch(was, now)):
            kept[at] = was
    return new.model_copy(update=kept)


def _in_dutch(old: Any, new: Any) -> bool:
    """Whether the DPIA has the same text, in Dutch only."""
    return isinstance(old, Text) and isinstance(new, Text) and old.nl == new.nl == new.en


def _merged(old: Any, new: Any, at: Place) -> Iterator[tuple[Place, bool, Any]]:
    """Yield each key that changes, whether something else stood there, and its new value."""
    # Under a question of the pre-scan, an empty list says that none of its options applies.
    nothing: tuple[Any, ...] = (None,) if at[0] == "prescan" and len(at) > 1 else (None, (), {})
    if new in nothing or old == new or _in_dutch(old, new):
        return
    if old in nothing:
        yield at, False, new
    elif isinstance(old, dict) and isinstance(new, dict):
        for key, value in new.items():
            yield from _merged(old.get(key), value, (*at, key))
    elif isinstance(old, Authored) and not isinstance(old, Text):
        for key in type(old).model_fields:
            yield from _merged(getattr(old, key), getattr(new, key), (*at, key))
    else:
        yield at, True, new


def _rewritten(text: str, page: Page, record: dict[str, Any], changed: set[str]) -> str | None:
    """Return the file with the keys that changed written anew; the others and the comments above keys stay as they are.

    None where a key does not begin its line: there nobody can tell what belongs to it.
    """
    keys = page.root.content if isinstance(page.root.content, dict) else {}
    begins = {node.line: key for key, node in keys.items()}
    lines = text.splitlines()
    alone = all(re.match(rf"([\"']?){re.escape(key)}\1\s*:(\s|$)", lines[line - 1]) for line, key in begins.items())
    if not alone or len(begins) < len(keys) or "..." in lines:
        return None
    bodies: dict[str, list[str]] = {}
    above: dict[str, list[str]] = {}
    key, waiting = "", list[str]()
    for number, line in enumerate(lines, start=1):
        if number in begins:
            key = begins[number]
            above[key], bodies[key], waiting = waiting, [line], []
        elif not key or not line.strip() or line.startswith("#"):
            waiting.append(line)
        else:
            bodies[key] += [*waiting, line]
            waiting = []
    made = list[str]()
    for name, body in bodies.items():
        made += [*above[name], *(block({name: record[name]}) if name in changed else body)]
    for name in sorted(changed - set(bodies)):
        made += list(block({name: record[name]}))
    return "\n".join([*made, *waiting]) + "\n"
