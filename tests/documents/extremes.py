"""Projects that strain the pages: many areas and attributes, and the longest texts that authored files may hold."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.value import LONGEST_TEXT, LONGEST_WORD
from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made

#: Attributes beside those of `tests.documents.evidence`, with their levels.
MORE = {"language": ("nl", "tr", "pl"), "income": ("low", "middle", "high")}
_PLAIN = made.tally
ATTRIBUTES = ("origin", "sex", "neighbourhood", *MORE)


def _read(kind: Any, record: Any) -> Any:
    """Return the value of a record that nobody recorded: its digest is of what it says."""
    value = kind.from_record(record)
    return value.model_copy(update={"format": value.format})


def contract() -> DataContract:
    columns = tuple(
        {"name": name, "dtype": "string", "role": "sensitive", "source": "register", "levels": levels,
         "meaning": made.both(f"{name} van het gezin", f"{name} of the family")}
        for name, levels in MORE.items()
    )  # fmt: skip
    plain = made.contract().to_record()
    return _read(DataContract, {**plain, "columns": [*plain["columns"], *columns]})


def limits() -> tuple[dict[str, Any], ...]:
    """A limit on false alarms, misses and selection for each of the five attributes."""
    return tuple(
        {"id": f"{metric[:3]}_{attribute}", "metric": metric, "by": (attribute,), "measure": "difference", "between": "rest",
         "at_most": 0.05, "reason": made.both("Gelijke kans op een fout.", "An equal chance of a mistake.")}
        for attribute in ATTRIBUTES
        for metric in ("false_positive_rate", "true_positive_rate", "selection_rate")
    )  # fmt: skip


def policy(**changes: Any) -> Policy:
    return made.policy(**{"attributes": ATTRIBUTES, "limits": limits(), "intersections": (("origin", "sex"),), **changes})


def tally(*, unfair: float = 0.0) -> Tally:
    """The counts of `tests.documents.evidence`, ten times as many, divided over two more attributes; 87 areas are printed."""
    rng = np.random.default_rng(5)
    plain = _PLAIN(unfair=unfair)
    area = np.linspace(0.5, 2.5, 87)[None, None, :, None, None]
    counts = rng.poisson(np.full(plain.counts.shape, plain.counts.mean(axis=2, keepdims=True)) * 6 * area)
    counts[:, :, :, 0, 1] = rng.poisson(counts[:, :, :, 0, 1] * np.linspace(0.6, 1.8, 87)[None, None, :])
    shares = np.outer([0.7, 0.2, 0.1], [0.3, 0.5, 0.2]).ravel()
    split = rng.multinomial(counts, shares).reshape(*counts.shape, 3, 3)
    split = np.moveaxis(split, (3, 4), (5, 6))
    axes = (*plain.axes, *(Axis(name=name, levels=levels) for name, levels in MORE.items()))
    return Tally(axes=axes, counts=split.astype(np.int64), moments={})


def many(monkeypatch: pytest.MonkeyPatch, *, unfair: float = 0.0) -> Evidence:
    """Five attributes, 87 areas that are all printed, fifteen limits and three hundred thousand cases."""
    monkeypatch.setattr(made, "tally", lambda **how: tally(unfair=unfair))
    return _many(unfair)


@cache
def _many(unfair: float) -> Evidence:
    return made.public(of_contract=contract(), of_policy=policy())


def long(lang: str, most: int = LONGEST_TEXT) -> str:
    """A text as long as may be, in words of which some are as long as may be."""
    words = ["W" * (LONGEST_WORD - 1), "gezinnen" if lang == "nl" else "families", "en", "onherroepelijkheid."]
    said = " ".join(words * (most // 100))
    return said.encode()[:most].decode(errors="ignore").rpartition(" ")[0]


def _everywhere(value: Any, most: int) -> Any:
    """Return `value` with every text in two languages, and every line that may be long, as long as may be."""
    if isinstance(value, dict) and set(value) == {"nl", "en"}:
        return {lang: long(lang, most) for lang in ("nl", "en")}
    if isinstance(value, dict):
        return {key: _everywhere(item, most) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_everywhere(item, most) for item in value]
    return value


def longest(monkeypatch: pytest.MonkeyPatch, *, most: int = LONGEST_TEXT, unfair: float = 0.16) -> Evidence:
    """The same with every text as long as may be, many risks, and twelve who sign."""
    monkeypatch.setattr(made, "tally", lambda **how: tally(unfair=unfair))
    charter = made.charter().to_record()
    risk = charter["risks"][0]
    signers = tuple({"role": f"role_{i}", "title": made.both("x", "x")} for i in range(9))
    charter = _everywhere(
        {**charter, "risks": [risk] * 30, "signatories": [*charter["signatories"], *signers], "dpia": {}}, most
    )
    charter["owner"] = {"organisation": long("nl", most), "function": charter["owner"]["function"], "contact": long("en", most)}
    rules = _everywhere(policy().to_record(), most)
    data = _everywhere(contract().to_record(), most)
    return made.public(
        of_contract=_read(DataContract, data), of_charter=_read(Charter, charter),
        of_policy=_read(Policy, rules),
    )  # fmt: skip
