"""Random contracts that hold: columns of every role and type, sources with open and filled facts, hierarchies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from smartstart_gov.authoring.contract import UNKNOWN, DataContract
from smartstart_gov.authoring.value import skeleton

#: Signs that YAML, JSON or Python could trip over.
SIGNS = "abcXYZ019é ï'\":{}[]#&*!|>%@`\\,-?~=\u00a0ßж\u2026"
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}[a-z0-9]", fullmatch=True)
DATES = st.dates().map(lambda day: day.isoformat())
#: Numbers of the contract's own precision, as files hold them.
NUMBERS = st.integers(-(10**9), 10**9) | st.integers(-(10**6), 10**6).map(lambda n: n / 1000)


def _clean(text: str) -> bool:
    return text == text.strip() != ""


LINES = st.text(SIGNS, min_size=1, max_size=12).filter(_clean) | st.sampled_from(
    ["no", "0123", "12:30", "open it", "true", "1e5"]
)
TEXTS = st.fixed_dictionaries({"nl": LINES | st.just("twee\nregels"), "en": LINES})
DECLARED = TEXTS | st.just("open")
SHARES = st.integers(0, 1000).map(lambda n: n / 1000)
SOURCES = st.fixed_dictionaries(
    {
        "system": LINES, "owner": LINES.filter(lambda line: line != "open") | TEXTS, "original_purpose": DECLARED,
        "lawful_basis": DECLARED, "retention": DECLARED, "last_verified": DATES | st.just("open"), "error_rate": SHARES | st.just("open"),
    }
)  # fmt: skip


@st.composite
def contracts(draw: st.DrawFn) -> DataContract:
    """Draw a contract."""
    sources = draw(st.dictionaries(NAMES, SOURCES, min_size=1, max_size=2))
    names = draw(st.lists(LINES, min_size=2, max_size=7, unique_by=skeleton))
    roles = ["sensitive", *draw(st.lists(st.sampled_from(["sensitive", "control", "feature", "ignore", "site"]), max_size=4))]
    roles += draw(st.lists(st.sampled_from(["label", "score", "weight", "unit", "time", "index"]), max_size=3, unique=True))
    roles = [role for i, role in enumerate(roles) if role != "site" or role not in roles[:i]]
    columns = [_column(draw, name, role, list(sources)) for name, role in zip(names, roles, strict=False)]
    hierarchies = {}
    first = columns[0]
    if draw(st.booleans()):
        parents = {str(level): draw(st.sampled_from(["up", "down: there"])) for level in first["levels"]}
        hierarchies[first["name"]] = [{"name": draw(NAMES), "meaning": draw(TEXTS), "parents": parents}]
    return DataContract.model_validate(
        {
            "format": 1, "name": draw(NAMES), "version": draw(LINES), "meaning": draw(TEXTS), "unit_of_analysis": draw(TEXTS),
            "aggregation_level": draw(st.sampled_from(["person", "district"])), "minimum_rows": draw(st.integers(1, 9)),
            "sources": sources, "columns": columns, "hierarchies": hierarchies,
            **({"licence": draw(TEXTS)} if draw(st.booleans()) else {}),
        }
    )  # fmt: skip


def _column(draw: st.DrawFn, name: str, role: str, sources: list[str]) -> dict[str, Any]:
    kinds = {"sensitive": ["string", "integer"], "control": ["string", "boolean"], "site": ["string"], "label": ["string", "boolean"],
             "score": ["number"], "weight": ["number", "integer"], "time": ["datetime"],
             "unit": ["string", "integer"], "index": ["string", "integer"]}  # fmt: skip
    dtype = draw(st.sampled_from(kinds.get(role, ["string", "integer", "number", "boolean", "datetime"])))
    record: dict[str, Any] = {"name": name, "dtype": dtype, "role": role, "meaning": draw(TEXTS)}
    if role not in ("index", "ignore") or draw(st.booleans()):
        record["source"] = draw(st.sampled_from(sources))
    if role in ("sensitive", "control", "site", "label") or (role == "feature" and dtype == "string" and draw(st.booleans())):
        record["levels"] = _levels(draw, dtype, 2 if role == "label" else draw(st.integers(2, 4)))
        if draw(st.booleans()):
            record["labels"] = {str(record["levels"][0]): draw(TEXTS)}
    if role == "label":
        record["positive"] = record["levels"][1]
    if role == "sensitive" and draw(st.booleans()):
        record["maximum_unknown_share"] = draw(SHARES)
        if dtype == "integer" and draw(st.booleans()):
            record["unknown_values"] = [-99]
    if role in ("feature", "time", "ignore"):
        record["nullable"] = draw(st.booleans())
    if role == "feature" and dtype in ("integer", "number") and draw(st.booleans()):
        record["minimum"], record["maximum"] = sorted([draw(NUMBERS), draw(NUMBERS)])
    if draw(st.booleans()):
        record["special_category"] = True
        record["justification"] = draw(TEXTS)
    return record


def _levels(draw: st.DrawFn, dtype: str, size: int) -> list[Any]:
    if dtype == "boolean":
        return [False, True]
    if dtype == "integer":
        return draw(st.lists(st.integers(0, 99), min_size=size, max_size=size, unique=True))
    fair = LINES.filter(lambda line: line != UNKNOWN)
    return draw(st.lists(fair, min_size=size, max_size=size, unique_by=skeleton))
