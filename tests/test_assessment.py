"""The whole story on synthetic rows: train, preview, audit, predictions, attributes from elsewhere."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import smartstart_gov as gov
from smartstart_gov.controls.catalogue import CATALOGUE
from tests.projects import column, contract, rows, write_project

#: Without scores from elsewhere: a model is trained.
COLUMNS = [c for c in contract()["columns"] if c["role"] != "score"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = write_project(tmp_path_factory.mktemp("story") / "help", contract=contract(columns=COLUMNS))
    return gov.open_project(home)


@pytest.fixture(scope="module")
def data() -> Any:
    return rows(unknown=0.02).drop(columns="score")


@pytest.fixture(scope="module")
def run(project: Any, data: Any) -> Any:
    return gov.train(make_pipeline(StandardScaler(), LogisticRegression()), data, project, random_state=7)


def test_train_audit_write_verify(run: Any, project: Any, data: Any) -> None:
    bundle = gov.audit(run)
    folder = bundle.write(version="1.0.0")
    assert gov.verify(folder).ok
    record = bundle.public.training
    assert record.read == len(data) == sum(part.rows for part in record.parts)
    assert record.overlap == 0
    assert record.features == ("income", "visits")
    assert bundle.private.tally.n == record.part("audit").rows
    assert bundle.public.attribution is not None
    assert gov.read_bundle(folder).verdict.status == bundle.verdict.status
    assert set(project.path.iterdir()) >= {folder, project.path / "log"}


def test_what_is_the_same_throughout_an_audit_is_computed_once(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smartstart_gov import assessment
    from smartstart_gov.evidence import publish
    from smartstart_gov.looks import commitment

    calls: list[str] = []

    def watched(module: Any, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *of, **how: (calls.append(name), real(*of, **how))[1])

    for module in (assessment, publish):
        watched(module, "printable")
    watched(commitment, "column_bytes")
    own = gov.open_project(write_project(tmp_path / "help", contract=contract(columns=COLUMNS)))
    bundle = gov.audit(gov.train(LogisticRegression(), data, own, random_state=2))
    assert calls.count("printable") == 1
    assert calls.count("column_bytes") == len(data.columns)
    # Nobody who asks for the same later gets anything else.
    assert publish.public_edition(bundle.private).to_record() == bundle.public.to_record()


def test_a_preview_is_free_and_names_no_small_group(run: Any) -> None:
    first, second = run.preview(), run.preview()
    assert first.to_record() == second.to_record()
    asked = {finding.id for finding in first.findings}
    assert asked == {"limit.alarm", "limit.chosen"} | {one.id for one in CATALOGUE} - {"control.R46"}


def test_a_new_seed_is_no_new_audit_set(project: Any, data: Any) -> None:
    first, second = (gov.train(LogisticRegression(), data, project, random_state=seed) for seed in (1, 2))
    a, b = (one.fitted.open_audit().predictions for one in (first, second))
    assert np.array_equal(a.y_true, b.y_true)
    shuffled = gov.train(
        LogisticRegression(), data.sample(frac=1, random_state=3).reset_index(drop=True), project, random_state=1
    )
    assert sorted(shuffled.fitted.open_audit().predictions.y_true) == sorted(a.y_true)


def test_only_features_reach_the_model(project: Any, data: Any) -> None:
    seen: list[tuple[str, ...]] = []

    class Nosy(LogisticRegression):
        def fit(self, X: Any, y: Any) -> Any:
            seen.append(tuple(X.columns))
            return super().fit(X, y)

    # A class of the test's own may be refused later, as one that a model file cannot hold; it has been fitted then.
    with contextlib.suppress(gov.Refused):
        gov.train(Nosy(), data, project, random_state=1)
    assert set(seen) == {("income", "visits")}


@pytest.mark.slow
def test_predictions_with_attributes_from_elsewhere(tmp_path: Path) -> None:
    project = gov.open_project(write_project(tmp_path / "help"))
    whole = rows(seed=3)
    scores = whole[["key", "family", "asked", "score"]]
    attributes = whole[["key", "origin", "quarter"]].sample(frac=1, random_state=1)
    joined = gov.audit_predictions(scores, project, attributes=attributes, on="key")
    together = gov.audit_predictions(whole.drop(columns=["income", "visits"]), project)
    assert joined.private.tally == together.private.tally
    assert joined.public.verdict.to_record() == together.public.verdict.to_record()
    assert "k17" not in json.dumps(joined.private.to_record())


@pytest.mark.parametrize("how", ["double", "missing", "extra", "no key", "same column"])
def test_attributes_that_do_not_match_one_to_one_are_refused(tmp_path: Path, how: str) -> None:
    import pandas as pd

    project = gov.open_project(write_project(tmp_path / "help"))
    whole = rows(n=400)
    scores, attributes = whole[["key", "family", "asked", "score"]], whole[["key", "origin", "quarter"]]
    if how == "double":
        attributes = pd.concat([attributes, attributes.head(1)])
    elif how == "missing":
        attributes = attributes.head(399)
    elif how == "extra":
        scores = scores.head(399)
    elif how == "same column":
        scores = scores.assign(origin=whole["origin"])
    with pytest.raises(gov.Refused) as refused:
        gov.audit_predictions(scores, project, attributes=attributes, on=None if how == "no key" else "key")
    assert refused.value.rule == "D10"


def test_every_violation_of_the_data_is_told_at_once(tmp_path: Path) -> None:
    project = gov.open_project(write_project(tmp_path / "help"))
    bad = rows(n=200).assign(bsn="123456782")
    bad.loc[3, "score"] = 1.7
    bad.loc[4, "quarter"] = "Q99"
    with pytest.raises(gov.Refused) as refused:
        gov.audit_predictions(bad, project)
    assert {violation.rule for violation in refused.value.violations} >= {"D14", "D08", "D04"}
    assert "Q99" not in str(refused.value)
    assert "123456782" not in str(refused.value)


def test_a_contract_without_a_score_column_has_no_predictions(project: Any, data: Any) -> None:
    with pytest.raises(gov.Refused) as refused:
        gov.audit_predictions(data, project)
    assert refused.value.rule == "M03"


@pytest.mark.slow
def test_weights_change_the_rates_and_widen_the_intervals(tmp_path: Path) -> None:
    columns = [*contract()["columns"], column("weight", "number", "weight")]
    home = write_project(tmp_path / "help", contract=contract(columns=columns))
    whole = rows(n=2000)
    weight = np.random.default_rng(1).choice([0.5, 4.0], 2000)
    bundle = gov.audit_predictions(whole.assign(weight=weight), gov.open_project(home))
    key = ("selection_rate", (), "overall")
    expected = float(np.average(whole["score"] >= 0.5, weights=weight))
    assert bundle.private.metrics[key].value == pytest.approx(expected, abs=1e-9)
    plain = gov.audit_predictions(whole, gov.open_project(write_project(tmp_path / "plain"))).private.metrics[key]
    assert bundle.private.metrics[key].high - bundle.private.metrics[key].low > plain.high - plain.low
    assert gov.verify(bundle.write(version="1.0.0")).ok
