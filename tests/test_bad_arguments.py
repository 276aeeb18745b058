"""Every public function against arguments of another kind: a result, or a refusal that names a rule; never a traceback."""

from __future__ import annotations

import datetime as dt
import decimal
import inspect
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import smartstart_gov as gov
from smartstart_gov.arguments import _GIVEN_BY, accept
from smartstart_gov.counting.count import count_table
from smartstart_gov.counting.handover import join_attributes
from smartstart_gov.counting.tally_file import read_tally, write_tally
from smartstart_gov.intake.dictionary import contract_from_list
from smartstart_gov.intake.draft.proposal import init_from_data
from smartstart_gov.intake.files import read_data, read_untyped
from tests import linked
from tests.house.tree import ROOT
from tests.intake import test_area_table as areas
from tests.intake import test_dossiers as dossiers
from tests.projects import contract, policy, rows, write_project
from tests.test_bad_tables import traceback_of

pytestmark = pytest.mark.slow

#: Made anew for each call: a generator is used up.
BAD: dict[str, Callable[[], Any]] = {
    "None": lambda: None, "nan": lambda: float("nan"), "inf": lambda: float("inf"), "-1": lambda: -1, "0": lambda: 0,
    "1.5": lambda: 1.5, "True": lambda: True, "2**40": lambda: 2**40, "10**30": lambda: 10**30, "-(10**6000)": lambda: -(10**6000),
    "nan of numpy": lambda: np.float64("nan"), "3 of numpy": lambda: np.int64(3), "complex": lambda: 1j,
    "decimal nan": lambda: decimal.Decimal("nan"), "NA": lambda: pd.NA, "NaT": lambda: pd.NaT, "date": lambda: dt.date(2026, 1, 1),
    "moment with a zone": lambda: pd.Timestamp("2026-01-01", tz="Europe/Amsterdam"), "array of no dimension": lambda: np.array(3),
    "text of no dimension": lambda: np.array("x"), "empty text": lambda: "", "text": lambda: "x", "control": lambda: "a\x00b",
    "bytes": lambda: b"x", "path": lambda: Path("nowhere"), "generator": lambda: (one for one in (1,)), "[]": list,
    "[1]": lambda: [1], "[None]": lambda: [None], "['x']": lambda: ["x"], "nested lists": lambda: [[1, [2]]], "tuple": lambda: ("x", 1),
    "set": lambda: {1, "a"}, "{}": dict, "{None: 1}": lambda: {None: 1}, "{'a': None}": lambda: {"a": None},
    "{'a': [1]}": lambda: {"a": [1]}, "range": lambda: range(3), "object": object, "class": lambda: int,
    "function": lambda: lambda *_, **__: None, "empty frame": pd.DataFrame, "frame": lambda: pd.DataFrame({"a": [1, 2]}),
    "names of two levels": lambda: pd.DataFrame({("a", "b"): [1]}), "empty polars": pl.DataFrame,
    "series": lambda: pd.Series([1, 2]), "unused category": lambda: pd.Series(pd.Categorical(["a"], categories=["a", "b"])),
    "array of two dimensions": lambda: np.zeros((2, 2)), "mixed objects": lambda: np.array([1, "a", None], dtype=object),
    "nullable": lambda: pd.array([1, None], dtype="Int64"),
}  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return for each public function arguments that it takes; of each call one is then made bad."""
    home = tmp_path_factory.mktemp("bad")
    project = gov.open_project(write_project(home / "help", contract=contract(), policy=policy(decide_on="point")))
    shutil.copytree(ROOT / "tests" / "corpus" / "format-2" / "help", home / "kept")
    version, bundle = home / "kept" / "1.0.0", gov.read_bundle(home / "kept" / "1.0.0")
    f = rows(n=200).assign(chosen=lambda table: (table.score > 0.5).astype(int))
    tally = gov.count(f, by=["origin", "quarter"], y_true="asked", y_pred="chosen")
    frames, sources = linked.frames({"A": 30, "B": 30, "C": 30}), linked.contract()
    counts = pd.DataFrame({"origin": ["A", "B", "C"], "total": [50, 60, 70], "selected": [5, 6, 7]})
    town = pd.DataFrame({"name": list("wx"), "A": [50, 60], "B": [5, 6], "C": [1, 2], "chosen": [0, 1], "needs": [1, 0]})
    decided, f = f, f.drop(columns="chosen")
    unscored = f.drop(columns="score")
    said = contract(columns=[one for one in contract()["columns"] if one["role"] != "score"])
    untrained = gov.open_project(write_project(home / "untrained", contract=said, policy=policy(decide_on="point")))
    model = LogisticRegression().fit(f[["income", "visits"]], f["asked"])
    bits, until = np.array([0, 1], dtype=np.int8), dt.date(2027, 1, 1)
    csv, kept = home / "rows.csv", home / "tally.json"
    unscored.to_csv(csv, index=False)
    write_tally(tally, kept)
    waived = {"version": version, "signer": None, "finding": "limit.x", "stage": "shadow", "reason": "x", "project": None}
    return {
        "area_table": {"people": areas.people(), "contract": areas.contract(), "means": areas.MEANS, "minimum": 50},
        "audit": {"run": None, "unsealed": None},
        "audit_areas": {
            "frame": town, "project": project, "residents": list("ABC"), "decision": "chosen", "truth": "needs",
            "attribute": None, "area": "name",
        },
        "audit_counts": {
            "table": counts, "project": project, "columns": None, "truth": None, "decision": None, "count": None, "rounding": 1,
            "suppressed": {"<10": (0, 9)}, "everybody": "all", "census": False,
        },
        "audit_model": {"fitted": model, "data": unscored, "project": untrained, "positive_class": None, "unsealed": None},
        "audit_predictions": {"data": f, "project": project, "attributes": None, "on": None, "unsealed": None},
        "compare": {"y_true": f.asked, "y_pred": f.asked, "sensitive_features": f.origin, "positive": None},
        "count": {"data": decided, "by": ["origin"], "y_true": "asked", "y_pred": "chosen", "positive": None, "levels": None},
        "count_terms": {
            "texts": dossiers.NOTES, "vocabulary": dossiers.VOCABULARY, "persons": range(len(dossiers.NOTES)), "names": (),
            "minimum": 20,
        },
        "contract_from_list": {
            "path": csv, "owner": "x", "roles": {"origin": "sensitive"}, "headers": None, "row": "person", "encoding": None
        },
        "count_table": {
            "data": decided, "by": ["origin"], "y_true": "asked", "y_pred": "chosen", "unknown": (), "exclude_missing": False,
            "most_levels": 100,
        },
        "disparities": {
            "tally": tally, "margins": [("origin",)], "metrics": ["selection_rate"], "differences": "miettinen_nurminen"
        },
        "doctor": {"path": home / "kept"},
        "export": {"bundle": bundle, "formats": "csv", "lang": "nl"},
        "from_pandera": {"schema": None},
        "gate": {"path": version, "project": None, "stage": "release", "root": None, "witness": None},
        "GroupCodes": {
            "name": "g", "levels": ("a", "b"), "codes": np.array([0, 1]), "unknown": False, "kind": "sensitive", "steps": ()
        },
        "init_project": {"directory": home / "new", "name": None},
        "init_from_data": {
            "directory": home / "begun", "data": csv, "name": None, "roles": None, "positive": None, "dpia": None, "language": "en"
        },
        "join_attributes": {"data": f.drop(columns="origin"), "attributes": f[["key", "origin"]], "on": "key"},
        "judge": {"tally": tally, "policy": project.policy, "alpha": 0.05},
        "link": {"frames": frames, "contract": sources, "as_of": None},
        "load_candidate": {"path": version, "root": "sha256:x", "project": None, "witness": None},
        "load_released": {"path": version, "root": "sha256:x", "stage": "release", "project": None, "witness": None},
        "measure": {"tally": tally, "margins": [("origin",)], "metrics": ["selection_rate"], "interval": "wilson"},
        "open_project": {"path": home / "help"},
        "power": {"project": project, "data": None, "rows_per_year": 200, "years": 1.0, "base_rate": 0.2, "runs": 100},
        "printable": {"tally": tally, "attributes": ["origin", "quarter"], "k": 5, "rule": 3},
        "Predictions": {"y_true": bits, "y_pred": bits, "groups": {}, "score": None, "weight": None, "unit": None},
        "read_bundle": {"path": version},
        "read_contract": {"path": home / "help" / "contract.yaml"},
        "read_data": {"path": csv, "contract": untrained.contract},
        "read_tally": {"path": kept},
        "read_untyped": {"path": csv, "asked": ()},
        "recheck": {"version": version, "counts": tally, "stage": "shadow", "decided_by": "model", "project": None},
        "render": {"bundle": bundle, "kind": "model_card", "lang": "nl", "theme": "neutral"},
        "revoke": {"version": version, "signer": None, "reason": "x", "project": None},
        "rowwise": {
            "metrics": {"mae": lambda a, b: float(np.abs(a - b).mean())}, "y_true": f.asked, "y_pred": f.income,
            "sensitive_features": f.origin, "n_boot": 2, "random_state": 0,
        },
        "score_table": {"tally": tally, "attributes": ["origin"]},
        "seal": {"project": project, "data": f},
        "sign": {
            "version": version, "signer": None, "stage": "shadow", "outcome": "approve", "until": until, "conditions": (),
            "reason": None, "project": None,
        },
        "sign_practice": {"version": version, "signer": None, "project": None},
        "sign_seal": {"project": home / "help", "signer": None},
        "sign_verdict": {"version": version, "signer": None, "project": None},
        "signed_head": {"project": home / "help", "signer": None},
        "table_shell": {"project": project, "rounding": 5, "suppress_under": 10, "lang": "nl"},
        "to_pandera": {"contract": project.contract, "engine": "pandas"},
        "train": {"estimator": LogisticRegression(), "data": unscored, "project": untrained, "random_state": 0},
        "trusted_types": {"library": None},
        "unwaive": waived,
        "validate": {"frame": f, "contract": project.contract, "roles": None},
        "verify": {"path": version, "project": None},
        "write_tally": {"tally": tally, "path": home / "again.json"},
        "waive": waived | {"until": until, "instead": "x", "owner": "x"},
    }  # fmt: skip


#: What functions give, and what people write: nobody calls these with loose arguments.
VALUES = {
    "Attribution", "Charter", "CountsAudit", "DataContract", "Decision", "Estimate", "EvidenceBroken", "EvidenceBundle",
    "Exported", "Finding", "LinkReport", "Linked", "MetricTable", "Policy", "Recheck", "Refused", "Run", "Tally", "TrainingRecord",
    "Verdict",
}  # fmt: skip
#: What needs more than a fixture has: a finished version that may be released, a signer, a model that was trained.
REFUSED = {
    "audit",
    "contract_from_list",
    "from_pandera",
    "load_candidate",
    "load_released",
    "recheck",
    "revoke",
    "sign",
    "sign_practice",
    "sign_seal",
    "sign_verdict",
    "signed_head",
    "unwaive",
    "waive",
}
#: Below the top, what the command line calls, and whoever writes a script of their own.
BELOW: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        contract_from_list,
        count_table,
        init_from_data,
        join_attributes,
        read_data,
        read_tally,
        read_untyped,
        write_tally,
    )
}
CALLED = sorted({*gov.__all__, *BELOW} - VALUES)


@pytest.mark.parametrize("name", CALLED)
def test_an_argument_of_another_kind_is_taken_or_refused(
    name: str, good: dict[str, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    function, arguments = BELOW[name] if name in BELOW else getattr(gov, name), good[name]
    if name not in REFUSED:
        function(**arguments)
    first = [one.name for one in inspect.signature(function).parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    found = {}
    for argument in arguments:
        for kind, make in BAD.items():
            given = arguments | {argument: make()}
            placed = [given.pop(one) for one in first if one in arguments]
            said = traceback_of(lambda placed=placed, given=given: function(*placed, **given))  # type: ignore[misc]  # bound now
            if said is not None:
                found[argument, kind] = said
    assert found == {}


def test_everything_of_another_kind_is_said_at_once() -> None:
    with pytest.raises(gov.Refused) as refused:
        gov.measure(None, 3, interval=None)  # type: ignore[arg-type]  # that is the point
    assert [one.where for one in refused.value.violations] == ["Argument tally", "Argument margins", "Argument interval"]


def test_kinds_are_read_from_the_signature_and_unknown_ones_are_not_asked() -> None:
    def function(a: "Nowhere", b: tuple[int, int] | None, c: Any) -> None:  # noqa: F821, UP037 - unknown here
        accept(function, locals())

    function(object(), (1, 2), object())
    for pair in ((1,), (1, "2"), [1, 2], (1, True), (1, 1.5)):
        with pytest.raises(gov.Refused, match="Argument b"):
            function(None, pair, None)


def test_a_refusal_says_which_value_it_was_and_where_another_comes_from() -> None:
    with pytest.raises(gov.Refused) as refused:
        gov.judge(None, 3, alpha=float("nan"))  # type: ignore[arg-type]  # that is the point
    assert [(one.what, one.remedy) for one in refused.value.violations] == [
        ("None is not accepted here.", "Pass the tally that count returned."),
        ("3 is not accepted here.", "Pass the policy of a project: project.policy."),
        ("nan is not accepted here.", "Pass a number or None."),
    ]
    with pytest.raises(gov.Refused, match="This int is not accepted here"):
        gov.judge(None, 10**6000)  # type: ignore[arg-type]  # that is the point
    tally = gov.count({"g": list("AB"), "y": [0, 1], "p": [1, 0]}, by=["g"], y_true="y", y_pred="p")
    with pytest.raises(
        gov.Refused, match=r"This list is not accepted here\.\nArgument metrics\. Pass a list in which each is a text"
    ):
        gov.measure(tally, [("g",)], metrics=[3])  # type: ignore[list-item]  # that is the point


def test_a_set_has_no_order_and_is_no_list() -> None:
    with pytest.raises(gov.Refused, match="Argument by"):
        gov.count({"g": list("AB"), "y": [0, 1], "p": [1, 0]}, by={"g"}, y_true="y", y_pred="p")  # type: ignore[arg-type]  # that is the point


def test_classes_of_which_a_refusal_says_where_they_come_from_stand_in_signatures() -> None:
    functions = [BELOW[name] if name in BELOW else getattr(gov, name) for name in CALLED]
    written = " ".join(str(inspect.signature(one)) for one in functions)
    assert [name for name in _GIVEN_BY if not re.search(rf"\b{name}\b", written)] == []


@pytest.mark.parametrize("k", [0, -1, True, 1.5, None])
def test_nothing_is_printed_under_no_smallest_count(k: Any) -> None:
    tally = gov.count({"g": list("AB"), "y": [0, 1], "p": [1, 0]}, by=["g"], y_true="y", y_pred="p")
    with pytest.raises(gov.Refused, match="Argument k"):
        gov.printable(tally, ["g"], k)
