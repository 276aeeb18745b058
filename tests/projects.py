"""A small synthetic project in a folder: contract, charter, policy, key and rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from smartstart_gov.ledger import Ledger

STAGES = {
    "shadow": {"not_shown": "accepted", "signatures": []},
    "trial": {"not_shown": "accepted", "signatures": ["owner"]},
    "release": {"not_shown": "refused", "signatures": ["owner", "dpo"]},
}
TEXT = {"nl": "Een zin.", "en": "A sentence."}
SOURCE = {
    "system": "register", "owner": "city", "original_purpose": TEXT, "lawful_basis": TEXT, "retention": TEXT,
    "last_verified": "2026-01-31", "error_rate": 0.01,
}  # fmt: skip


def column(name: str, dtype: str, role: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "dtype": dtype, "role": role, "meaning": TEXT, "source": "register", **more}


def contract(**changes: Any) -> dict[str, Any]:
    """Return the contract's file as a dict."""
    return {
        "format": 1, "name": "help", "version": "1", "meaning": TEXT, "unit_of_analysis": TEXT, "aggregation_level": "household",
        "sources": {"register": SOURCE},
        "columns": [
            column("key", "string", "index"),
            column("family", "string", "unit"),
            column("income", "number", "feature", special_category=False),
            column("visits", "integer", "feature", special_category=False, minimum=0, maximum=50),
            column("asked", "boolean", "label", levels=[False, True], positive=True),
            column("score", "number", "score"),
            column("origin", "string", "sensitive", levels=["A", "B", "C"], special_category=True, maximum_unknown_share=0.1),
            column("quarter", "string", "sensitive", levels=[f"Q{i}" for i in range(6)]),
        ],
        "hierarchies": {"quarter": [{"name": "district", "meaning": TEXT, "parents": {f"Q{i}": f"D{i % 2}" for i in range(6)}}]},
    } | changes  # fmt: skip


def charter(**changes: Any) -> dict[str, Any]:
    """Return the charter's file as a dict."""
    texts = ("title", "purpose", "population", "decision", "out_of_scope", "users", "affected")
    declared = ("oversight", "proportionality", "legal_basis", "consultation", "objection", "limitations")
    return {
        "format": 1, "name": "help", "effect": "offer_of_help", "coercive": False,
        **dict.fromkeys((*texts, *declared), TEXT),
        "owner": {"organisation": "city", "function": TEXT, "contact": "counter"},
        "label": {"type": "event", "difference_from_purpose": TEXT, "selection": TEXT},
        "exit": {"end_date": "2030-01-01", "stop_criteria": TEXT, "deletion": TEXT},
        "signatories": [{"role": "owner", "title": TEXT}, {"role": "dpo", "title": TEXT}],
    } | changes  # fmt: skip


def policy(**changes: Any) -> dict[str, Any]:
    """Return the policy's file as a dict."""
    return {
        "format": 1, "version": "1", "attributes": ["origin", "quarter"], "intersections": [["origin", "quarter"]],
        "threshold": {"value": 0.5, "chosen_by": "committee", "reason": TEXT},
        "split": {"fit": 0.5, "develop": 0.2, "audit": 0.3},
        "limits": [
            {"id": "alarm", "metric": "false_positive_rate", "by": ["origin"], "measure": "difference", "between": "groups",
             "at_most": 0.1, "reason": TEXT},
            {"id": "chosen", "metric": "selection_rate", "by": ["quarter"], "measure": "difference", "between": "overall",
             "at_most": 0.2, "reason": TEXT},
        ],
        "stages": STAGES,
    } | changes  # fmt: skip


def rows(n: int = 6000, seed: int = 1, *, gap: float = 0.0, unknown: float = 0.0) -> Any:
    """Return synthetic rows; `gap` raises the scores of origin C."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    origin = rng.choice(["A", "B", "C"], n, p=[0.5, 0.3, 0.2]).astype(object)
    income, visits = rng.normal(size=n), rng.poisson(3, n).clip(0, 50)
    asked = rng.random(n) < 1 / (1 + np.exp(-(income + 0.3 * visits - 1.5)))
    score = np.clip(0.5 + 0.2 * (asked - 0.5) + 0.25 * rng.normal(size=n) + gap * (origin == "C"), 0, 1)
    origin[rng.random(n) < unknown] = None
    return pd.DataFrame(
        {
            "key": [f"k{i}" for i in range(n)], "family": [f"f{i // 2}" for i in range(n)], "income": income, "visits": visits,
            "asked": asked, "score": score, "origin": origin, "quarter": rng.choice([f"Q{i}" for i in range(6)], n),
        }
    )  # fmt: skip


def write_project(home: Path, **files: dict[str, Any]) -> Path:
    """Write the three files (changed ones given by name) and a fixed split key into `home`."""
    home.mkdir(parents=True, exist_ok=True)
    for name, made in (("contract", contract), ("charter", charter), ("policy", policy)):
        content = files.get(name) or made()
        (home / f"{name}.yaml").write_text(
            yaml.dump(content, sort_keys=False, allow_unicode=True, Dumper=_Flat), encoding="utf-8"
        )
    Ledger(home / "log").append("split_key", {"key": "ab" * 32})
    return home


class _Flat(yaml.SafeDumper):
    """A dumper without anchors, since authored files have none."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
