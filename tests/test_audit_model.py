"""A model that was fitted elsewhere: counted as ours is, and honest about what is not known of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import smartstart_gov as gov
from smartstart_gov.assessment import decides_as_audited
from smartstart_gov.cli.main import main
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.training.artifact import load
from tests.projects import contract, policy, rows, write_project

FEATURES = ["income", "visits"]
WITHOUT_SCORE = contract(columns=[c for c in contract()["columns"] if c["role"] != "score"])


#: Estimates alone, one attribute: what is tested here is the model, and exact bounds take seconds.
QUICK = policy(
    decide_on="point", attributes=["origin"], intersections=[], limits=policy()["limits"][:1],
    explanation={"rows": 60, "background": 20, "seed": 0},
)  # fmt: skip


def opened(home: Path, rules: Any = QUICK, **changes: Any) -> Any:
    return gov.open_project(write_project(home, contract=WITHOUT_SCORE | changes, policy=rules))


@pytest.fixture(scope="module")
def data() -> Any:
    return rows(n=1500, unknown=0.02).drop(columns="score")


@pytest.fixture(scope="module")
def fitted(data: Any) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(data[FEATURES], data["asked"])


def statuses(bundle: Any, kind: str) -> dict[str, str]:
    return {f.id: f.status for f in bundle.verdict.findings if f.id.startswith(kind)}


@pytest.mark.slow
def test_the_same_model_on_the_same_rows_is_counted_and_judged_alike(tmp_path: Path, data: Any) -> None:
    project = opened(tmp_path / "help", policy(attributes=["origin"], intersections=[], limits=policy()["limits"][:1]))
    run = gov.train(make_pipeline(StandardScaler(), LogisticRegression()), data, project, random_state=7)
    ours = gov.audit(run)
    audited = data[run.fitted.division.where("audit")].sample(frac=1, random_state=2)
    # The same look again: it costs nothing, though the policy allows only one.
    theirs = gov.audit_model(run.model, audited, project, positive_class=1)
    assert theirs.private.tally.digest == ours.private.tally.digest
    assert statuses(theirs, "limit.") == statuses(ours, "limit.")
    assert theirs.private.look.entry == ours.private.look.entry
    assert theirs.private.scores.digest == ours.private.scores.digest
    apart = {k for k, v in statuses(ours, "control.").items() if statuses(theirs, "control.")[k] != v}
    assert apart == {"control.R16", "control.R36"}
    assert {statuses(theirs, "control.")[k] for k in apart} == {"NOT_SHOWN"}


def test_it_is_written_verified_and_opened_again(tmp_path: Path, data: Any, fitted: Any) -> None:
    project = opened(tmp_path / "help")
    bundle = gov.audit_model(fitted, data, project)
    folder = bundle.write(version="1.0.0")
    assert gov.verify(folder).ok
    record = gov.read_bundle(folder).public.training
    assert (record.origin, record.overlap, record.random_state, record.code_revision) == ("model", None, None, "unknown")
    assert (record.features, record.read) == (("income", "visits"), len(data))
    again = load((folder / "model.skops").read_bytes())
    assert np.allclose(again.predict_proba(data[FEATURES]), fitted.predict_proba(data[FEATURES]))
    assert bundle.public.attribution is not None
    text = technical_annex(bundle.public, Words("en")).to_text()
    assert "It is not known which rows it was trained on" in text
    assert "the rows that the model was trained on are not known" in text
    assert gov.gate(folder, stage="release").result != "allowed"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [LogisticRegression, RandomForestClassifier, HistGradientBoostingClassifier])
def test_the_positive_value_may_be_the_first_class(tmp_path: Path, data: Any, kind: Any) -> None:
    """Classes are sorted: where 'calls' comes before 'stays', the second class is not the positive one."""
    words = data.assign(asked=np.where(data["asked"], "calls", "stays"))
    label = next(c for c in WITHOUT_SCORE["columns"] if c["role"] == "label")
    worded = label | {"dtype": "string", "levels": ["calls", "stays"], "positive": "calls"}
    columns = [worded if c is label else c for c in WITHOUT_SCORE["columns"]]
    small = {"n_estimators": 10, "max_depth": 4} if kind is RandomForestClassifier else {"max_iter": 20}
    model = kind(random_state=1, **small)
    first, second = (
        gov.audit_model(clone_fit(model, frame), frame, opened(tmp_path / name, columns=c))
        for name, frame, c in (("words", words, columns), ("bools", data, WITHOUT_SCORE["columns"]))
    )
    assert first.private.tally.counts.tolist() == second.private.tally.counts.tolist()
    assert first.private.training.positive_class == "calls"
    one, two = first.private.attribution, second.private.attribution
    assert (one.scale, one.features) == (two.scale, two.features)
    assert np.allclose(one.mean_absolute, two.mean_absolute, rtol=1e-9, equal_nan=True)


def clone_fit(model: Any, frame: Any) -> Any:
    from sklearn.base import clone

    return clone(model).fit(frame[FEATURES], frame["asked"])


def test_what_cannot_be_stored_has_no_file_and_a_finding(tmp_path: Path, data: Any) -> None:
    class Mine(LogisticRegression):
        """A class that no auditor has."""

    bundle = gov.audit_model(Mine().fit(data[FEATURES], data["asked"]), data, opened(tmp_path / "help"))
    assert bundle.model_bytes is None
    assert bundle.public.training.model_digest is None
    assert statuses(bundle, "control.")["control.R50"] in ("FAILED", "NOT_SHOWN")
    assert gov.verify(bundle.write(version="1")).ok


@pytest.mark.parametrize(
    ("model", "rule", "said"),
    [
        (lambda x, y: LogisticRegression(), "M02", "not fitted"),
        (lambda x, y: LogisticRegression().fit(x[FEATURES].to_numpy(), y), "M02", "names of its columns"),
        (lambda x, y: LogisticRegression().fit(x.assign(age=1.0)[[*FEATURES, "age"]], y), "M02", "'age'"),
        (lambda x, y: LogisticRegression().fit(x[FEATURES], np.where(y, "aye", "nay")), "D07", "positive value"),
        (lambda x, y: LogisticRegression().fit(x[FEATURES], x["visits"].clip(0, 2)), "D07", "3 classes"),
        (lambda x, y: "model.pkl", "M02", "not a scikit-learn estimator"),
    ],
)  # fmt: skip
def test_a_model_that_does_not_fit_the_contract_is_refused(tmp_path: Path, data: Any, model: Any, rule: str, said: str) -> None:
    with pytest.raises(gov.Refused) as refused:
        gov.audit_model(model(data, data["asked"]), data, opened(tmp_path / "help"))
    assert refused.value.rule == rule
    assert said in str(refused.value)


def test_a_class_of_another_name_is_accepted_where_it_is_named(tmp_path: Path, data: Any, fitted: Any) -> None:
    other = clone_fit(fitted, data.assign(asked=np.where(data["asked"], "aye", "nay")))
    project = opened(tmp_path / "help")
    bundle = gov.audit_model(other, data, project, positive_class="aye")
    assert bundle.private.tally.counts.tolist() == gov.audit_model(fitted, data, project).private.tally.counts.tolist()


def test_from_files_on_the_command_line(tmp_path: Path, data: Any, fitted: Any) -> None:
    opened(tmp_path / "help")
    data.to_csv(tmp_path / "rows.csv", index=False)
    data.to_parquet(tmp_path / "rows.parquet", index=False)
    skops.io.dump(fitted, tmp_path / "model.skops")
    command = ["audit", str(tmp_path / "help"), str(tmp_path / "rows.csv"), "--unsealed", "--yes", "--version", "1", "--model"]
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04.")
    assert main([*command, str(tmp_path / "model.pkl")]) == 2
    assert main([*command, str(tmp_path / "absent.skops")]) == 2
    assert main([*command, str(tmp_path / "model.skops")]) in (1, 3)
    project = gov.open_project(tmp_path / "help")
    written = gov.read_bundle(project.path / "1")
    from_path = gov.audit_model(fitted, tmp_path / "rows.parquet", project)
    assert from_path.private.tally.digest == written.private.tally.digest


def test_predictions_from_paths_are_those_of_frames(tmp_path: Path) -> None:
    project = gov.open_project(write_project(tmp_path / "help", policy=QUICK))
    whole = rows(n=2000, seed=3)
    whole[["key", "family", "asked", "score"]].to_csv(tmp_path / "scores.csv", index=False)
    whole[["key", "origin", "quarter"]].to_parquet(tmp_path / "groups.parquet", index=False)
    apart = gov.audit_predictions(tmp_path / "scores.csv", project, attributes=str(tmp_path / "groups.parquet"), on="key")
    assert apart.private.tally.digest == gov.audit_predictions(whole, project).private.tally.digest


def test_scores_of_another_scale_are_refused_with_the_way_on(tmp_path: Path) -> None:
    project = gov.open_project(write_project(tmp_path / "help", policy=QUICK))
    whole = rows(n=300)
    with pytest.raises(gov.Refused) as refused:
        gov.audit_predictions(whole.assign(score=whole["score"] * 100), project)
    assert refused.value.rule == "D08"
    assert "Rescale" in str(refused.value)
    assert "rank(pct=True)" in str(refused.value)


LABEL = next(c for c in WITHOUT_SCORE["columns"] if c["role"] == "label")


def told(dtype: str, levels: list[Any], positive: Any) -> list[dict[str, Any]]:
    column = LABEL | {"dtype": dtype, "levels": levels, "positive": positive}
    return [column if c is LABEL else c for c in WITHOUT_SCORE["columns"]]


#: The contract's dtype, its two values, which of them is positive, and what the model was fitted on for each of them.
UNCERTAIN = [
    ("string", ["bad", "good"], "bad", [0, 1]),
    ("string", ["bad", "good"], "good", [0, 1]),
    ("string", ["0", "1"], "0", [0, 1]),
    ("string", ["0", "1"], "1", [0, 1]),
    ("boolean", [False, True], False, [0, 1]),
    ("boolean", [False, True], True, [0, 1]),
    ("integer", [0, 1], 0, ["0", "1"]),
    ("integer", [0, 1], 0, [False, True]),
    ("integer", [1, 2], 1, [0, 1]),
]
CERTAIN = [
    ("string", ["bad", "good"], "bad", ["bad", "good"]),
    ("integer", [0, 1], 0, [0, 1]),
    ("integer", [0, 1], 1, [0.0, 1.0]),
    ("integer", [1, 2], 2, [1, 2]),
    ("boolean", [False, True], False, [False, True]),
]


def as_told(data: Any, levels: list[Any], positive: Any, classes: list[Any]) -> tuple[Any, Any, Any]:
    """Return rows in the contract's values, a model fitted on the other coding, and its class for the positive value."""
    other = next(level for level in levels if level != positive)
    rows_ = data.assign(asked=[positive if asked else other for asked in data["asked"]])
    meant = dict(zip(levels, classes, strict=True))
    model = LogisticRegression().fit(data[FEATURES], np.array([meant[level] for level in rows_["asked"]]))
    return rows_, model, meant[positive]


@pytest.mark.parametrize(("dtype", "levels", "positive", "classes"), UNCERTAIN, ids=str)
def test_the_positive_class_is_asked_for_where_it_is_not_certain(
    tmp_path: Path, data: Any, dtype: str, levels: list[Any], positive: Any, classes: list[Any]
) -> None:
    rows_, model, meant = as_told(data, levels, positive, classes)
    project = opened(tmp_path / "help", columns=told(dtype, levels, positive))
    with pytest.raises(gov.Refused) as refused:
        gov.audit_model(model, rows_, project)
    assert refused.value.rule == "D07"
    assert "positive_class=" in str(refused.value)
    bundle = gov.audit_model(model, rows_, project, positive_class=meant)
    right = (model.predict(data[FEATURES]) == meant) & (rows_["asked"] == positive).to_numpy()
    assert bundle.private.metrics["true_positive_rate", (), "overall"].numerator == right.sum()
    shipped = load(bundle.model_bytes)
    assert shipped.pos_label == meant
    assert set(shipped.predict(data[FEATURES])) <= set(classes)


@pytest.mark.parametrize(("dtype", "levels", "positive", "classes"), CERTAIN, ids=str)
def test_the_positive_class_is_the_contracts_own_value(
    tmp_path: Path, data: Any, dtype: str, levels: list[Any], positive: Any, classes: list[Any]
) -> None:
    rows_, model, meant = as_told(data, levels, positive, classes)
    bundle = gov.audit_model(model, rows_, opened(tmp_path / "help", columns=told(dtype, levels, positive)))
    assert bundle.private.training.positive_class == str(meant)
    right = (model.predict(data[FEATURES]) == meant) & (rows_["asked"] == positive).to_numpy()
    assert bundle.private.metrics["true_positive_rate", (), "overall"].numerator == right.sum()


@pytest.mark.parametrize("wanted", ["1", True, 2, "good"], ids=str)
def test_a_positive_class_that_the_model_does_not_have_is_refused(tmp_path: Path, data: Any, wanted: Any) -> None:
    rows_, model, _ = as_told(data, ["bad", "good"], "bad", [0, 1])
    with pytest.raises(gov.Refused) as refused:
        gov.audit_model(
            model, rows_, opened(tmp_path / "help", columns=told("string", ["bad", "good"], "bad")), positive_class=wanted
        )
    assert refused.value.rule == "D07"


def brought(value: Any) -> Any:
    return QUICK | {"threshold": QUICK["threshold"] | {"value": value}}


def test_a_fitted_model_with_a_threshold_of_its_own_is_audited_at_it_or_refused(tmp_path: Path, data: Any, fitted: Any) -> None:
    wrapped = FixedThresholdClassifier(FrozenEstimator(fitted), threshold=0.2, pos_label=True).fit(
        data[FEATURES], data["asked"]
    )
    with pytest.raises(gov.Refused) as refused:
        gov.audit_model(wrapped, data, opened(tmp_path / "number", brought(0.4)))
    assert refused.value.rule == "M03"
    assert "0.2" in str(refused.value)
    assert "0.4" in str(refused.value)
    selected = int(wrapped.predict(data[FEATURES]).sum())
    for name, value in (("model", "model"), ("same", 0.2)):
        bundle = gov.audit_model(wrapped, data, opened(tmp_path / name, brought(value)))
        assert bundle.private.metrics["selection_rate", (), "overall"].numerator == selected
        assert int(load(bundle.model_bytes).predict(data[FEATURES]).sum()) == selected
    away = FixedThresholdClassifier(FrozenEstimator(fitted), threshold=0.2, pos_label=False).fit(data[FEATURES], data["asked"])
    with pytest.raises(gov.Refused) as refused:
        gov.audit_model(away, data, opened(tmp_path / "away", brought("model")))
    assert refused.value.rule == "M03"


def test_scores_alone_bring_no_threshold(tmp_path: Path) -> None:
    project = gov.open_project(write_project(tmp_path / "help", policy=brought("model")))
    with pytest.raises(gov.Refused) as refused:
        gov.audit_predictions(rows(n=300), project)
    assert refused.value.rule == "M03"


@pytest.mark.slow
@pytest.mark.parametrize("rule", [{"value": 0.3}, {"share": 0.2}, {"value": "model"}], ids=str)
@pytest.mark.parametrize("way", ["trained", "crossed", "given"])
def test_verify_with_the_data_holds_the_file_against_the_look(
    tmp_path: Path, data: Any, fitted: Any, rule: dict[str, Any], way: str
) -> None:
    chosen = {key: value for key, value in QUICK["threshold"].items() if key != "value"} | rule
    cross = {"split": {"method": "cross_fit", "folds": 3}} if way == "crossed" else {}
    project = opened(tmp_path / "help", QUICK | {"threshold": chosen} | cross)
    if way == "given":
        bundle = gov.audit_model(fitted, data, project)
    else:
        run = gov.train(make_pipeline(StandardScaler(), LogisticRegression()), data, project, random_state=0)
        bundle = gov.audit(run)
        chosen_rows = load(bundle.model_bytes).predict(run.fitted.audit_features).sum()
        counted = bundle.private.metrics["selection_rate", (), "overall"].numerator
        # Under cross-fitting the copies decided, so the model of all rows need not select as many.
        assert way == "crossed" or chosen_rows == counted
    folder = bundle.write(version="1")
    assert decides_as_audited(folder, data.sample(frac=1, random_state=3), project) == ()
    (found,) = decides_as_audited(folder, data.iloc[:-300], project)
    assert found.startswith("data:")
    data.to_csv(tmp_path / "rows.csv", index=False)
    assert main(["verify", str(folder), "--data", str(tmp_path / "rows.csv")]) == 0
    data.iloc[:-300].to_csv(tmp_path / "few.csv", index=False)
    assert main(["verify", str(folder), "--data", str(tmp_path / "few.csv")]) == 4


def test_another_file_is_not_written_and_does_not_verify(tmp_path: Path, data: Any, fitted: Any, monkeypatch: Any) -> None:
    project = opened(tmp_path / "help", brought(0.3))
    bundle = gov.audit_model(fitted, data, project)
    other = gov.audit_model(fitted, data, opened(tmp_path / "other", brought(0.5)))
    with pytest.raises(gov.Refused) as refused:
        replace(bundle, model_bytes=other.model_bytes).write(version="1")
    assert refused.value.rule == "A01"
    folder = bundle.write(version="1")
    monkeypatch.setattr("smartstart_gov.training.artifact.load", lambda data, also: load(other.model_bytes, also))
    (found,) = decides_as_audited(folder, data, project)
    assert found.startswith("model:")


def test_the_positive_class_is_named_on_the_command_line(tmp_path: Path, data: Any) -> None:
    rows_, model, _ = as_told(data, ["bad", "good"], "bad", [0, 1])
    project = opened(tmp_path / "help", columns=told("string", ["bad", "good"], "bad"))
    skops.io.dump(model, tmp_path / "model.skops")
    rows_.to_csv(tmp_path / "rows.csv", index=False)
    command = [
        "audit",
        str(project.path),
        str(tmp_path / "rows.csv"),
        "--unsealed",
        "--yes",
        "--version",
        "1",
        "--model",
        str(tmp_path / "model.skops"),
    ]
    assert main(command) == 2
    assert main([*command, "--positive-class", "bad"]) == 2
    assert main([*command, "--positive-class", "0"]) in (0, 1, 3)
    read = gov.read_bundle(project.path / "1").private.metrics["selection_rate", (), "overall"]
    assert read.numerator == int((model.predict(data[FEATURES]) == 0).sum())


def test_classes_that_take_no_threshold_are_refused(tmp_path: Path, data: Any) -> None:
    odd = LogisticRegression().fit(data[FEATURES], data["asked"])
    odd.classes_ = np.array([False, True], dtype=object)
    with pytest.raises(gov.Refused, match="M02") as refused:
        gov.audit_model(odd, data, opened(tmp_path / "help"))
    assert "with these classes" in str(refused.value)
