"""The interchange of the government's forms (`assessment-output.v2`): what a form is, and a charter's answers to one out.

A form is in Dutch and has one text a field; a charter has two languages, and facts that no form asks apart. So what is written
carries the charter as well, beside the answers; `dpia_incoming` takes it in again. A form is a table of its fields: that for
DPIAs stands in `dpia_interchange`, the pre-scan in `prescan_interchange`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.value import Text

SCHEMA = "https://github.com/MinBZK/par-dpia-form/blob/main/schemas/assessment-output.v2.schema.json"
#: The key under which the charter stands beside the answers; other readers skip it.
OURS = "smartstart_gov"
#: What `lastEditedBy` says of an answer that nobody gave.
NOBODY = frozenset(f"{OURS}: {basis}" for basis in ("derived", "measured"))

Keys = tuple[str, ...]
Value = str | list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form, as a table of its fields.

    Attributes
    ----------
    urn : str
        Its name and version.
    fields : frozenset of str
        Every field and repeated group.
    places : mapping of str to (tuple of Keys)
        Field to the keys of a charter whose answers it holds; the last is the field's own.
    options : mapping of str to (mapping of str to str)
        Field to our codes and the values of the form.
    flags, only_true, not_applicable : frozenset of str
        Fields that are yes or no; those that cannot be no; those of which null may say that they do not apply.
    lines, lists : frozenset of str
        Fields that read the same in any language, and fields that hold a list of texts.
    once : mapping of str to (mapping of str to (tuple of Keys))
        Repeated group to its fields that a charter answers once, for every repetition.
    groups, of_themselves : frozenset of str
        Repeated groups, and repeated fields, which stand in a group of their own.
    entries : frozenset of str
        Fields of repeated groups that are entries of a charter's lists.
    answers_of : callable
        Returns what a charter answers: field to value, and repeated group to a list of such records.
    unheld : str
        Why no key of a charter holds the other fields.
    """

    urn: str
    fields: frozenset[str]
    places: Mapping[str, tuple[Keys, ...]]
    options: Mapping[str, Mapping[str, str]]
    flags: frozenset[str]
    lists: frozenset[str]
    answers_of: Callable[[Charter], dict[str, Any]]
    unheld: str
    only_true: frozenset[str] = frozenset()
    not_applicable: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    once: Mapping[str, Mapping[str, tuple[Keys, ...]]] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    of_themselves: frozenset[str] = frozenset()
    entries: frozenset[str] = frozenset()


def composed(form: Form, charter: Charter, id_: str, places: Iterable[Keys]) -> Value:
    """Return a field's value: that of its key, or the texts of its keys one under the other; None where all are open."""
    said = [value for keys in places if (value := encoded(form, id_, _at(charter, keys))) is not None]
    if not said or isinstance(said[0], list):
        return said[0] if said else None
    return "\n\n".join(one for one in said if isinstance(one, str))


def _at(value: Any, keys: Keys) -> Any:
    for key in keys:
        if value is None:
            return None
        value = value.get(key) if isinstance(value, dict) else getattr(value, key)
    return value


def encoded(form: Form, id_: str, value: Any) -> Value:
    """Return a value of a charter as the form has it; None where nothing is said, or what is said is not applicable."""
    if value is None or value == "not_applicable" or (value == () and id_ not in form.options):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if id_ in form.options:
        chosen = value if isinstance(value, tuple) else (value,)
        # In the order of the form, in which they are compared as well.
        said = [said for code, said in form.options[id_].items() if code in chosen]
        return said if id_ in form.lists else said[0]
    if isinstance(value, tuple):
        return [str(item) for item in value]
    if isinstance(value, Text):
        return [value.nl] if id_ in form.lists else value.nl
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def output(
    form: Form, answers: Mapping[str, Any], charter: Charter, moment: str, by: Callable[[str, int], str],
    computed: Mapping[str, Value] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the record of the interchange; `by` says who filled in a field, at a place in its group.

    `computed` has the answers that went out otherwise than the charter has them, because software knows more.
    """

    def answer(id_: str, value: Value, place: int = 0) -> dict[str, Any]:
        return {"value": value, "lastEditedAt": moment, "lastEditedBy": f"{OURS}: {by(id_, place)}"}

    written_: dict[str, Any] = {}
    for id_ in sorted(answers, key=lambda one: [int(n) for n in one.split(".")]):
        value = answers[id_]
        if isinstance(value, list) and id_ not in form.lists:
            written_[id_] = [
                {"_index": i, **{inner: answer(inner, v, i) for inner, v in one.items()}} for i, one in enumerate(value)
            ]
        else:
            written_[id_] = answer(id_, value)
    return {
        "$schema": SCHEMA,
        "metadata": {"urn": form.urn, "createdAt": moment},
        "answers": written_,
        OURS: {"charter": charter.to_record(), **({} if computed is None else {"computed": dict(computed)})},
    }
