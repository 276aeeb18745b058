"""Models that no gate may let through, each otherwise in order: the rule that stops it says what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import smartstart_gov as gov
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.evidence.rules import DOCUMENTS
from tests.projects import TEXT, column, contract, policy, rows, write_project

pytestmark = pytest.mark.slow
ACCEPTED = {"not_shown": "accepted", "signatures": []}
#: Release refuses what is not shown, and asks for no signature.
STAGES = {"shadow": ACCEPTED, "trial": ACCEPTED, "release": {"not_shown": "refused", "signatures": ["owner"]}}
COLUMNS = [c for c in contract()["columns"] if c["role"] != "score"]
#: Wide enough for every model of this page: what stops one is never a limit.
LIMIT = {"measure": "difference", "between": "groups", "at_most": 0.45, "reason": TEXT}
ERRORS = ("false_positive_rate", "false_negative_rate")


def limits(*attributes: str) -> list[dict[str, Any]]:
    return [
        LIMIT | {"id": f"{name}-{metric[6:14]}", "metric": metric, "by": [name]} for name in attributes for metric in ERRORS
    ]


def stopped(
    home: Path, table: Any, *attributes: str, columns: list[dict[str, Any]] = COLUMNS, **rules: Any
) -> tuple[set[str], gov.EvidenceBundle]:
    """Seal, train, audit and document; return the rules that keep the model from release."""
    asked = policy(attributes=[*attributes], intersections=[], limits=limits(*attributes), stages=STAGES, **rules)
    project = gov.open_project(write_project(home, contract=contract(columns=columns), policy=asked))
    gov.seal(project, table)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    bundle = gov.audit(gov.train(model, table, project, random_state=0))
    folder = bundle.write(version="1.0.0")
    VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    decision = gov.gate(folder, stage="release")
    found = {f.id for f in bundle.public.verdict.findings if f.status != "PASSED"}
    # Only the signature is missing, where nothing else is.
    assert (decision.exit_code == 5) is (not found)
    return found, bundle


@pytest.fixture(scope="module")
def table() -> Any:
    return rows(n=6000).drop(columns="score")


def test_a_model_in_order_is_released(tmp_path: Path, table: Any) -> None:
    found, _ = stopped(tmp_path / "help", table, "origin", "quarter")
    assert found == set()


def test_a_model_that_selects_nobody_is_not(tmp_path: Path, table: Any) -> None:
    rule = {"threshold": {"value": 0.9999, "chosen_by": "committee", "reason": TEXT}}
    found, bundle = stopped(tmp_path / "help", table, "origin", "quarter", **rule)
    assert "control.R58" in found
    assert bundle.private.metrics["selection_rate", (), "overall"].numerator == 0


def test_nor_one_that_selects_a_single_case(tmp_path: Path, table: Any) -> None:
    """All groups are then alike within any limit, and nothing could have shown otherwise."""
    rule = {"threshold": {"capacity": 1, "chosen_by": "committee", "reason": TEXT}}
    found, bundle = stopped(tmp_path / "help", table, "origin", "quarter", **rule)
    assert found == {"control.R58"}
    assert bundle.private.metrics["selection_rate", (), "overall"].numerator == 1


def test_nor_one_that_is_given_the_outcome(tmp_path: Path, table: Any) -> None:
    found, bundle = stopped(tmp_path / "help", table.assign(visits=table["asked"].astype("int64")), "origin", "quarter")
    assert found == {"control.R17"}
    assert bundle.private.metrics["true_positive_rate", (), "overall"].value == 1


def test_nor_one_that_is_given_the_outcome_in_three_parts(tmp_path: Path, table: Any) -> None:
    """No feature and no pair says a thing; their sum says all."""
    rng = np.random.default_rng(7)
    parts = 20 * rng.normal(size=(2, len(table)))
    leak = table.assign(income=parts[0], visits=(25 + parts[1].clip(-25, 25) / 2).round().astype("int64"))
    leak["third"] = leak["asked"] - leak["income"] / 20 - leak["visits"] / 20
    found, _ = stopped(
        tmp_path / "help",
        leak,
        "origin",
        "quarter",
        columns=[*COLUMNS, column("third", "number", "feature", special_category=False)],
    )
    assert found == {"control.R17"}


def test_nor_one_that_harms_a_group_that_nobody_audits(tmp_path: Path, table: Any) -> None:
    """People of origin C are called oftener, and the outcome says so too; no attribute of the policy shows it."""
    draw, far = np.random.default_rng(1), (table["origin"] == "C").to_numpy()
    harmed = table.assign(income=table["income"] + 3 * far, asked=table["asked"] | (far & (draw.random(len(table)) < 0.5)))
    found, _ = stopped(tmp_path / "help", harmed, "quarter")
    assert found == {"control.R31"}
