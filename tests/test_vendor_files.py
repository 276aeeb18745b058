"""A vendor's file, scores or decisions beside outcome and groups, is audited as it is; of a training nothing is said."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import smartstart_gov as gov
from smartstart_gov.documents.dpia import dpia
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from tests.cli.command import run


def delivery(rows: int = 3000) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    truth = draw.random(rows) < 0.3
    return pd.DataFrame({
        "zaaknummer": [f"z{i:05d}" for i in range(rows)], "geslacht": draw.choice(["man", "vrouw"], rows),
        "wijk": draw.choice(["Noord", "Zuid"], rows), "inkomen": draw.gamma(2, 900, rows).round(2),
        "risicoscore": np.clip(draw.normal(np.where(truth, 0.65, 0.3), 0.2), 0, 1).round(4), "zware_hulp": np.where(truth, "ja", "nee"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project begun from the delivery, with the delivery beside it."""
    home = tmp_path_factory.mktemp("vendor")
    delivery().to_csv(home / "scores.csv", index=False, sep=";", decimal=",")
    done = run("init", home / "p", "--data", home / "scores.csv", "--positive", "ja", "--role", "zware_hulp=label")
    assert done.returncode == 0, done.stderr
    assert not (home / "p" / "train.py").exists()
    (line,) = [one.strip() for one in done.stderr.splitlines() + done.stdout.splitlines() if "smartstart-gov audit" in one]
    assert line.split()[3:] == [str(home / "scores.csv"), "--version", "0.1.0"]
    return home


@pytest.fixture(scope="module")
def evidence(begun: Path) -> Evidence:
    return gov.audit_predictions(begun / "scores.csv", gov.open_project(begun / "p")).public


def test_the_proposed_line_audits_the_file_as_it_is(begun: Path, evidence: Evidence) -> None:
    done = run("audit", begun / "p", begun / "scores.csv", "--version", "0.1.0")
    assert done.returncode == 3, done.stderr
    assert (begun / "p" / "0.1.0" / "bundle.json").exists()
    assert (evidence.training.origin, evidence.training.score, evidence.training.read) == ("predictions", "given", 3000)


@pytest.mark.parametrize("option", [["--estimator", "train:model"], ["--model", "model.skops"]])
def test_a_model_beside_a_column_of_scores_is_refused(begun: Path, option: list[str]) -> None:
    done = run("audit", begun / "p", begun / "scores.csv", "--version", "9", *option)
    assert (done.returncode, "M03" in done.stderr, "risicoscore" in done.stderr) == (2, True, True)
    assert not (begun / "p" / "9").exists()


def test_in_python_it_is_refused_as_well_and_the_remedy_works(begun: Path, tmp_path: Path) -> None:
    project = gov.open_project(begun / "p")
    table = project.read(begun / "scores.csv")
    fitted = LogisticRegression().fit(np.arange(10).reshape(5, 2), [0, 1, 0, 1, 0])
    for attempt in (
        lambda: gov.train(LogisticRegression(), table, project, random_state=0),
        lambda: gov.audit_model(fitted, table, project),
    ):
        with pytest.raises(gov.Refused, match="give 'risicoscore' the role ignore") as refused:
            attempt()
        assert refused.value.rule == "M03"
    own = shutil.copytree(begun / "p", tmp_path / "p")
    contract = (own / "contract.yaml").read_text(encoding="utf-8")
    (own / "contract.yaml").write_text(contract.replace("role: score", "role: ignore"), encoding="utf-8")
    run = gov.train(LogisticRegression(), table, gov.open_project(own), random_state=0)
    assert "risicoscore" not in run.record.features


def test_without_scores_one_of_the_ways_has_to_be_named(tmp_path: Path) -> None:
    run("init", tmp_path / "own")
    done = run("audit", tmp_path / "own", tmp_path / "own" / "sample.csv", "--version", "1")
    assert (done.returncode, "--estimator" in done.stderr, "score" in done.stderr) == (2, True, True), done.stderr


def test_train_takes_a_path(tmp_path: Path) -> None:
    run("init", tmp_path / "own")
    project = gov.open_project(tmp_path / "own")
    features = [column.name for column in project.contract.with_role("feature")]
    given = pd.read_csv(tmp_path / "own" / "sample.csv")
    numeric = [name for name in features if pd.api.types.is_numeric_dtype(given[name])]
    assert numeric
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline

    pipe = make_pipeline(make_column_transformer(("passthrough", numeric)), LogisticRegression(max_iter=1000))
    made = gov.train(pipe, tmp_path / "own" / "sample.csv", project, random_state=7)
    assert made.record.read == len(given)


def test_decisions_are_audited_without_scores(tmp_path: Path) -> None:
    table = delivery()
    table["besluit"] = np.where(table.pop("risicoscore") > 0.5, "wel", "niet")
    table.to_csv(tmp_path / "d.csv", index=False)
    roles = ["--role", "zware_hulp=label", "--role", "besluit=decision"]
    begin = ["init", tmp_path / "p", "--data", tmp_path / "d.csv", "--positive", "ja", *roles]
    done = run(*begin)
    assert (done.returncode, "--positive besluit=VALUE" in " ".join((done.stdout + done.stderr).split())) == (0, True), (
        done.stderr
    )
    assert run("audit", tmp_path / "p", tmp_path / "d.csv", "--version", "0.1.0").returncode == 2, (
        "nobody said what is selected"
    )
    shutil.rmtree(tmp_path / "p")
    done = run(*begin, "--positive", "besluit=wel")
    assert done.returncode == 0, done.stderr
    assert "--estimator" not in done.stdout + done.stderr
    done = run("audit", tmp_path / "p", tmp_path / "d.csv", "--version", "0.1.0")
    assert done.returncode == 3, done.stderr


@pytest.mark.parametrize("given", ["score", "decision"])
def test_of_a_rare_outcome_init_and_check_say_that_differences_limit_nothing(tmp_path: Path, given: str) -> None:
    draw = np.random.default_rng(2)
    rows = 8000
    rare = np.arange(rows) % 200 == 0
    table = pd.DataFrame(
        {"geslacht": draw.choice(["man", "vrouw"], rows), "score": (draw.beta(1, 60, rows) + 0.05 * rare).round(4)}
    )
    table["geplaatst"] = np.where(rare, "ja", "nee")
    roles = ["--role", "geplaatst=label", "--positive", "ja"]
    if given == "decision":
        table["advies"] = np.where(table.pop("score") > 0.08, "wel", "niet")
        roles += ["--role", "advies=decision", "--positive", "advies=wel"]
    table.to_csv(tmp_path / "d.csv", index=False)
    done = run("init", tmp_path / "p", "--data", tmp_path / "d.csv", *roles)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == 0, told
    assert "About 0.5% of the rows have the outcome." in told
    assert "limits ratios of false alarms" in told
    policy = gov.open_project(tmp_path / "p").policy
    assert {limit.measure for limit in policy.limits if limit.metric == "false_positive_rate"} == {"ratio"}
    assert (policy.threshold.share == 0.005) == (given == "score")
    # Somebody who writes a difference all the same is told.
    written = (tmp_path / "p" / "policy.yaml").read_text(encoding="utf-8")
    written = written.replace("measure: ratio", "measure: difference").replace("at_least: 0.8", "at_most: 0.1")
    (tmp_path / "p" / "policy.yaml").write_text(written, encoding="utf-8")
    done = run("check", tmp_path / "p", tmp_path / "d.csv")
    told = " ".join((done.stdout + done.stderr).split())
    assert "About 0.5% of the rows have the outcome, so hardly any data could breach false-alarms-1: limit the ratio" in told


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_documents_say_nothing_about_a_training_that_nobody_saw(evidence: Evidence, lang: str) -> None:
    words = Words(lang)
    text = "".join(str(dataclasses.asdict(document)) for document in (technical_annex(evidence, words), dpia(evidence, words)))
    for said in (
        "Train the model", "For those who want to rebuild the model", "To make a model for the purpose below.",
        "The model learns from cases whose outcome is known.", "Counts by group. The model does not receive the columns that name groups.",
        "What the model sees", "Why it is needed",
    ):  # fmt: skip
        # Sentences of a model that was trained here; each is one that documents do say elsewhere.
        assert words.say(said) != said or lang == "en", said
        assert f"'{words.say(said)}'" not in text
    assert words.say("Not known: only predictions were supplied.") in text
    assert {f.status for f in evidence.verdict.findings if f.id == "control.R01"} == {"NOT_SHOWN"}
