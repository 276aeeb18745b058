"""The interchange of a form, for DPIAs or the pre-scan, comes in again, and is held against the charter that it carries.

An answer that is still the same keeps both languages; one that was changed is Dutch only, and that is told. Nothing that the
charter has is removed because a file lacks it. An answer that no key of a charter can hold, or that software computed, is told,
and a field that the form does not have is an error.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_interchange import DATA, DPIA, FINDING, MEASURE, PARTY, RISK
from smartstart_gov.authoring.interchange import NOBODY, OURS, Form, Keys, Value
from smartstart_gov.authoring.node import shown
from smartstart_gov.authoring.prescan_interchange import PRESCAN
from smartstart_gov.authoring.writer import written
from smartstart_gov.errors import Refused, Violation

#: The forms that are read.
FORMS = {form.urn: form for form in (DPIA, PRESCAN)}
_DUTCH = "{id_}: the text is in Dutch only, and stands under both languages unless the charter has its English."
_CLEARED = "{id_}: the answer was cleared; the one in the charter is kept."
#: Parts of a charter that are given whole: what is not known of them is open.
_WHOLE = {
    "owner": ("organisation", "function", "contact"),
    "dpo_advice": ("date", "advice", "document", "version", "followed", "decided_by", "reason"),
}  # fmt: skip


@dataclass(slots=True)
class Incoming:
    """What an interchange file says, in the keys of a charter, and what could not be taken over as it stands.

    `lists` has the personal data, parties and risks as the charter in the file has them; `computed` the answers that software
    gave, which nobody is asked to declare.
    """

    form: Form
    record: dict[str, Any]
    computed: Mapping[str, Value] = field(default_factory=dict)
    lists: Mapping[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    found: list[Violation] = field(default_factory=list)


def incoming(data: Any, name: str) -> Incoming:
    """Return what the interchange record `data` of file `name` declares, as a record of an authored DPIA.

    Raises
    ------
    Refused
        P05 where it is not this interchange, or is of another form; P04 for each field that the form does not have.
    """
    form, answers = _checked(data, name)
    base, computed = _carried(data, name, form)
    before = {} if base is None else form.answers_of(base)
    record = {} if base is None else written(base) if form is DPIA else _part(written(base), form)
    lists = {key: record.get(key, ()) for key in ("personal_data", "parties", "risks")}
    now = Incoming(form=form, record=record, computed=computed, lists=lists)
    for id_, places in form.places.items():
        if id_ in answers:
            _take(now, id_, places, _value(form, id_, answers[id_]), before.get(id_), known=id_ in before)
        elif id_ in before:
            now.told.append(_CLEARED.format(id_=id_))
    for group, fields in form.once.items():
        was: dict[str, Any] = next(iter(before.get(group, [])), {})
        for id_, places in fields.items():
            values = [_value(form, id_, one[id_]) for one in answers.get(group, []) if id_ in one]
            if len({json.dumps(value) for value in values}) > 1:
                now.told.append(f"{id_}: the answers differ by repetition, and a charter has one for all. Not taken over.")
            elif values:
                _take(now, id_, places, values[0], was.get(id_))
            elif id_ in was:
                now.told.append(_CLEARED.format(id_=id_))
    if form is DPIA:
        _take_lists(now, name, answers, before)
    if again := [id_ for id_ in answers if id_ in computed]:
        now.told.append(f"Software computes {', '.join(again)} from the files. What it computed is not taken over.")
    now.told += _untaken(form, answers)
    if now.found:
        raise Refused.of(list(dict.fromkeys(now.found)))
    now.told = list(dict.fromkeys(now.told))
    return now


def _part(record: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Return as much of a charter as the form asks: the rest of it does not come back with its answers."""
    part: dict[str, Any] = {}
    for keys in (keys for places in form.places.values() for keys in places):
        top, *inner = keys
        if inner and inner[0] in record.get(top, {}):
            part.setdefault(top, {})[inner[0]] = record[top][inner[0]]
        elif not inner and top in record:
            part[top] = record[top]
    return part


def _checked(data: Any, name: str) -> tuple[Form, dict[str, Any]]:
    """Return the form that the file is of, and its answers, each of which the form knows."""
    remedy = "Export the DPIA or the pre-scan from the form as JSON, or hand in the PDF that this library made."
    if not isinstance(data, dict) or not isinstance(data.get("answers"), dict) or not isinstance(data.get("metadata"), dict):
        what = "This is no assessment of the form for DPIAs or for the pre-scan: it has no metadata and answers."
        raise Refused("P05", what, name, remedy)
    urn = data["metadata"].get("urn")
    form = FORMS.get(urn) if isinstance(urn, str) else None
    if form is None:
        what = f"The assessment is of {shown(str(urn))}, and not of {' or '.join(FORMS)}."
        raise Refused("P05", what, f"{name}, key metadata.urn", remedy)
    answers, found = data["answers"], []
    for id_, value in answers.items():
        repeated = isinstance(value, list)
        if repeated and not all(isinstance(one, dict) and isinstance(one.get("_index", 0), int) for one in value):
            found.append(_fault("P05", name, id_, "A repetition is not a mapping of fields."))
            continue
        given = [(key, one[key]) for one in (value if repeated else [{id_: value}]) for key in one if key != "_index"]
        strays = [key for key in (id_, *(key for key, _ in given)) if _field(key) not in form.fields]
        for key in dict.fromkeys(strays):
            found.append(_fault("P04", name, key, f"The form has no field {shown(key)}."))
        if strays:
            continue
        misplaced = [id_] if repeated and _field(id_) not in form.groups | form.of_themselves else []
        misplaced += [id_] if _field(id_) != id_ and not form.groups else []
        misplaced += [key for key, _ in given if not _belongs(form, _field(key), _field(id_) if repeated else None)]
        for key in dict.fromkeys(misplaced):
            found.append(_fault("P05", name, key, f"The form has field {key} in another place."))
        wrong = [key for key, answer in given if key not in misplaced and not _is_answer(form, _field(key), answer)]
        found += [_fault("P05", name, key, f"Field {key} has no value that the form knows.") for key in dict.fromkeys(wrong)]
    if found:
        raise Refused.of(found)
    return form, answers


def _carried(data: Mapping[str, Any], name: str, form: Form) -> tuple[Charter | None, dict[str, Value]]:
    """Return the charter that the file carries, and what software had computed when it was written.

    Without it an answer is software's where it still says so.
    """
    carried = data.get(OURS)
    record = carried.get("charter") if isinstance(carried, dict) else None
    if record is None:
        marked = {id_: one for id_, one in data["answers"].items() if isinstance(one, dict) and id_ in form.places}
        by = {id_: one.get("lastEditedBy") for id_, one in marked.items()}
        return None, {
            id_: _value(form, id_, one) for id_, one in marked.items() if isinstance(by[id_], str) and by[id_] in NOBODY
        }
    remedy = f"Remove {OURS} from the file, or export again."
    computed = carried.get("computed", {}) if isinstance(carried, dict) else {}
    sound = isinstance(computed, dict) and set(computed) <= form.fields
    if not sound or not all(_is_answer(form, id_, {"value": value}) for id_, value in computed.items()):
        what = "What the file says that software computed is no answer to the form."
        raise Refused("P05", what, f"{name}, key {OURS}.computed", remedy)
    try:
        return Charter.from_record(record), {id_: _value(form, id_, {"value": value}) for id_, value in computed.items()}
    except ValueError as error:
        what = f"The charter that the file carries does not hold ({type(error).__name__})."
        raise Refused("P05", what, f"{name}, key {OURS}.charter", remedy) from None


def _field(key: str) -> str:
    """Return the number of a field without that of the repetition around its group."""
    return re.sub(r"\[\d+\]$", "", key)


def _belongs(form: Form, id_: str, group: str | None) -> bool:
    """Whether a field stands in that group; None for one that is not repeated."""
    parent = id_.rpartition(".")[0]
    if group is None:
        return id_ not in form.groups and parent not in form.groups
    return id_ == group if group in form.of_themselves else parent == group and id_ not in form.groups


def _is_answer(form: Form, id_: str, answer: Any) -> bool:
    """Whether it is an answer: nothing, or a text, a list of texts or a picture where one may stand; of the options, if any."""
    if not isinstance(answer, dict) or "value" not in answer:
        return False
    value = answer["value"]
    if value is None or (id_ == "1.2.1" and form is DPIA and isinstance(value, dict)):
        return True
    if id_ in form.lists:
        # The form has a list of versions here, and a charter has one.
        if not (isinstance(value, list) and all(isinstance(item, str) for item in value)) and not (
            id_ == "19.5.8" and isinstance(value, str)
        ):
            return False
    elif not isinstance(value, str):
        return False
    said = {_plain(one) for one in (value if isinstance(value, list) else [value])}
    if id_ in form.flags:
        return said <= ({"", "true"} if id_ in form.only_true else {"", "true", "false"})
    return id_ not in form.options or said <= {"", *form.options[id_].values()}


def _fault(rule: str, name: str, id_: str, what: str) -> Violation:
    return Violation(
        rule=rule, what=what, where=f"{name}, answers, field {shown(id_)}", remedy="Correct it in the form, or remove it."
    )


def _value(form: Form, id_: str, answer: Any) -> Value:
    """Return what it says; a form keeps the spaces and line ends that somebody typed, and they do not count.

    Options stand in the order of the form, however somebody ticked them.
    """
    value: Value = answer["value"]
    if isinstance(value, list):
        said = [_plain(one) for one in value]
        return [one for one in form.options[id_].values() if one in said] if id_ in form.options else said
    return _plain(value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", "\n".join(text.splitlines())).strip()


def _take(now: Incoming, id_: str, places: tuple[Keys, ...], value: Value, was: Value, *, known: bool = False) -> None:
    """Take over one answer: nothing where it is as it was, else under the field's own key."""
    computed = now.computed.get(id_)
    if id_ in now.computed and value == computed:
        return
    if computed is not None:
        now.told.append(f"{id_}: what software computed from the files was changed. What follows from them stays.")
        if isinstance(value, list) and value:
            value = [one for one in value if one not in computed or one in (was or ())]
    if value == was or value in (None, "", []):
        if was is not None and value != was:
            now.told.append(_CLEARED.format(id_=id_))
        elif id_ in now.form.not_applicable and value is None and not known:
            now.told.append(f"{id_}: the form has one value for not applicable and for a cleared answer. Not taken over.")
        elif value == [] and was is None and computed is None:
            now.told.append(f"{id_}: the form has one value for none of the options and for no answer. Not taken over.")
        return
    said = [keys for keys in places if _holds(now.record, keys)]
    if len(said) > 1:
        where = ", ".join(".".join(keys) for keys in said)
        now.told.append(f"{id_}: the text was changed, and comes from {where}. Change it there.")
        return
    decoded = _decoded(now, id_, value)
    if decoded is None:
        return
    if isinstance(decoded, dict):
        now.told.append(_DUTCH.format(id_=id_))
    keys = said[0] if said else places[-1]
    holder = now.record
    for key in keys[:-1]:
        inner = holder.get(key)
        if not isinstance(inner, dict):
            inner = holder[key] = dict.fromkeys(_WHOLE.get(key, ()), "open")
        holder = inner
    holder[keys[-1]] = decoded


def _holds(record: Mapping[str, Any], keys: Keys) -> bool:
    value: Any = record
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value not in (None, "open")


def _decoded(now: Incoming, id_: str, value: Value) -> Any:
    """Return an answer of the form as a charter has it."""
    form = now.form
    if id_ in form.flags:
        return value == "true"
    if id_ in form.options:
        codes = {said: code for code, said in form.options[id_].items()}
        if isinstance(value, str):
            return codes[value]
        said = [codes[one] for one in value or ()]
        if form is PRESCAN:
            return said
        # What a party is.
        if len(said) > 1:
            now.told.append(f"{id_}: a party has several roles, and a charter has one. The first was taken over.")
        return said[0] if said else None
    if id_ == "6.1.1.4" and form is DPIA:
        return value
    text = "; ".join(value) if isinstance(value, list) else value
    if not text or id_ in form.lines:
        return text or None
    return {"nl": text, "en": text}


def _take_lists(now: Incoming, name: str, answers: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Take over personal data, parties and risks: an entry is changed or new, and one that the file misses is kept and told."""

    def plain(group: str) -> list[dict[str, Any]]:
        rows = [{key: _value(DPIA, key, v) for key, v in one.items() if key != "_index"} for one in answers.get(group, [])]
        return [{key: said for key, said in one.items() if said not in (None, "", [])} for one in rows]

    data = [{k: v for k, v in one.items() if k == "2.1.1" or k in DATA} for one in plain("2.1")]
    _personal_data(now, name, data, before.get("2.1", []))
    interests, there = plain("7.1.1") or plain("7.1"), before.get("7.1.1", [])
    parties, were = plain("6.1.1"), before.get("6.1.1", [])
    # What a party gains stands at its place in a list of its own.
    if interests and len(interests) != len(parties):
        now.told.append("7.1.1: there are not as many interests as parties. Not taken over.")
    else:
        parties = [one | interest for one, interest in zip(parties, interests or [{}] * len(parties), strict=True)]
        were = [one | interest for one, interest in zip(were, there, strict=True)]
    _entries(now, "parties", parties, were, {**PARTY, "7.1.1": "interest"}, ("6.1.1.1", "6.1.1.2"))
    before_risks = [
        {**risk, **_only(measure, MEASURE)}
        for risk, measure in zip(before.get("16.1", []), before.get("17.1", []), strict=True)
    ]
    risks, measures = plain("16.1"), plain("17.1")
    old, _ = partners(before_risks, risks, "16.1.1")
    taken, rated = set[int](), list[dict[str, Any]]()
    for i, risk in enumerate(risks):
        called = {one["16.1.1"] for one in (risk, before_risks[old[i]] if i in old else {}) if "16.1.1" in one}
        at = _measure_of(i, called, measures, risks)
        taken |= set() if at is None else {at}
        one = {**risk, **({} if at is None else _only(measures[at], MEASURE))}
        # A breach that only the audit put there has no rating.
        if i in old or set(one) - {"16.1.1", "16.1.2"}:
            rated.append(one)
    for i in sorted(set(range(len(measures))) - taken):
        if set(measures[i]) & set(MEASURE):
            now.told.append(f"17.1: measure {i + 1} names no risk of 16.1 that has none. Not taken over.")
    _entries(now, "risks", rated, before_risks, {**RISK, **MEASURE}, ("16.1.1", "16.1.2", "16.1.3", "16.1.5", "17.1.4"))


def _only(record: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: record[key] for key in keys if key in record}


def _measure_of(
    place: int, called: Set[str], measures: Sequence[Mapping[str, Any]], risks: Sequence[Mapping[str, Any]]
) -> int | None:  # fmt: skip
    """Return where the measure for a risk is: beside it if that names the risk or none, else the first that names it.

    One that stands beside another risk of the same name is of that risk.
    """
    others = {i for i, risk in enumerate(risks) if i != place and risk.get("16.1.1") in called}
    named = [i for i, one in enumerate(measures) if i not in others and not called.isdisjoint(one.get("17.1.1", []))]
    if place in named or (not named and place < len(measures) and "17.1.1" not in measures[place]):
        return place
    return named[0] if named else None


def partners(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], name: str
) -> tuple[dict[int, int], list[int]]:  # fmt: skip
    """Return for places in `new` which entry of `old` stands there, and the places in `old` that are in none of them.

    It is the entry of the same `name`; else the one at the same place, if at least half of it is unchanged.

    Examples
    --------
    >>> partners([{"n": "a", "x": 1}, {"n": "b", "x": 1}], [{"n": "b", "x": 2}], "n")
    ({0: 1}, [0])
    """
    found, left = dict[int, int](), dict(enumerate(old))

    def alike(was: Mapping[str, Any], now: Mapping[str, Any]) -> int:
        return sum(now.get(key) == value for key, value in was.items())

    for i, one in enumerate(new):
        same = [at for at, was in left.items() if name in one and was.get(name) == one[name]]
        if same:
            found[i] = max(same, key=lambda at: (alike(left[at], one), at == i))
            del left[found[i]]
    for i, one in enumerate(new):
        if i not in found and i in left and 2 * alike(left[i], one) >= len(left[i]):
            found[i] = i
            del left[i]
    return found, list(left)


def _entry(
    now: Incoming, record: Mapping[str, Any], keys: Mapping[str, str], list_: str, kept: Mapping[str, Any],
    was: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """Return an entry of a list: that of the charter (`kept`, with the answers `was`), with the answers that were changed."""
    entry = dict(kept)
    for id_, key in keys.items():
        if id_ not in record:
            now.told += [_CLEARED.format(id_=id_)] if id_ in was else []
            continue
        value = None if record[id_] == was.get(id_) else _decoded(now, id_, record[id_])
        if value is None:
            continue
        entry[key] = value
        if isinstance(value, dict):
            # A text that stands there already keeps its English; where two differ only in that, nobody knows which is meant.
            there = [one[key] for one in (kept, *now.lists.get(list_, ())) if isinstance(one.get(key), dict)]
            same = [text for text in there if text["nl"] == value["nl"]]
            if same and (same[0] is kept.get(key) or all(text == same[0] for text in same)):
                entry[key] = same[0]
            else:
                now.told.append(_DUTCH.format(id_=id_))
    return entry


def _personal_data(now: Incoming, name: str, data: list[dict[str, Any]], before: list[dict[str, Any]]) -> None:
    was = {one["2.1.1"]: one for one in before}
    said: dict[str, dict[str, Any]] = {
        column: {key: value for key, value in entry.items() if key != "columns"}
        for entry in now.lists.get("personal_data", ()) for column in entry["columns"]
    }  # fmt: skip
    seen = set[str]()
    for i, one in enumerate(data, start=1):
        column = one.get("2.1.1")
        if column is None:
            now.told += [f"2.1: row {i} names no column. Not taken over."] if one else []
        elif column in seen:
            now.found.append(_fault("P05", name, "2.1.1", "Field 2.1.1 names a column twice."))
        elif len(one) > 1 or column in was:
            said[column] = _entry(now, one, DATA, "personal_data", said.get(column, {}), was.get(column, {}))
        seen |= set() if column is None else {column}
    left = len(set(was) - seen)
    if left:
        now.told.append(
            f"2.1: columns of the charter that the file no longer has: {left}. What the charter says of them is kept."
        )
    groups: dict[str, dict[str, Any]] = {}
    for column, entry in said.items():
        groups.setdefault(json.dumps(entry, sort_keys=True), {"columns": [], **entry})["columns"].append(column)
    if groups:
        now.record["personal_data"] = list(groups.values())


def _entries(
    now: Incoming, list_: str, rows: list[dict[str, Any]], before: list[dict[str, Any]], keys: Mapping[str, str],
    needed: tuple[str, ...],
) -> None:  # fmt: skip
    """Take over the parties or the risks, in the order of the charter and then of the file."""
    group, one = needed[0].rpartition(".")[0], {"parties": "party", "risks": "risk"}[list_]
    old, left = partners(before, rows, needed[0])
    made, more = [dict(entry) for entry in now.lists.get(list_, ())], list[dict[str, Any]]()
    for i, row in enumerate(rows):
        kept, was = (made[old[i]], before[old[i]]) if i in old else ({}, {})
        lacking = [id_ for id_ in needed if id_ not in row and id_ not in was]
        if lacking:
            now.told.append(f"{group}: {one} {i + 1} has no answer to {', '.join(lacking)}. Not taken over.")
            continue
        (said, finding), (was, named) = _apart(row), _apart(was)
        entry = _entry(now, said, keys, list_, kept, was)
        if list_ == "risks":
            entry.setdefault("measure", "open")
        if finding is not None and finding != named:
            entry["finding"] = finding
        elif finding is None and named is not None and "16.1.2" in row:
            now.told.append("16.1.2: the finding in brackets was cleared; the one in the charter is kept.")
        if i in old:
            made[old[i]] = entry
        else:
            more.append(entry)
    for at in left:
        now.told.append(
            f"{group}: the file no longer has {one} {at + 1} of the charter; it is kept. Remove it there if it is over."
        )
    if made or more:
        now.record[list_] = [*made, *more]


def _apart(row: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return a risk without the finding that its origin ends with, and that finding."""
    finding = FINDING.search(row.get("16.1.2", ""))
    if finding is None or not row["16.1.2"][: finding.start()].strip():
        return dict(row), None
    return {**row, "16.1.2": row["16.1.2"][: finding.start()].strip()}, finding[1]


def _untaken(form: Form, answers: Mapping[str, Any]) -> list[str]:
    """Return which answers no key of a charter holds: why stands with its form."""
    taken = {*form.places, *(id_ for fields in form.once.values() for id_ in fields), *form.entries}
    left = [
        key
        for id_, value in answers.items()
        for key in (dict.fromkeys(k for one in value for k in one if k != "_index") if isinstance(value, list) else (id_,))
        if key not in taken
    ]
    nested = [key for key in left if _field(key) != key]
    left = [key for key in left if key not in nested]
    told = (
        [f"A charter has no repetitions of repetitions. Not taken over: {', '.join(dict.fromkeys(nested))}."] if nested else []
    )
    if not left:
        return told
    return [
        *told,
        f"No key of a charter holds {', '.join(dict.fromkeys(left))}: {form.unheld}.",
    ]
