"""A model that only says yes or no: the counts are those of its decisions, and what needs scores is said to be missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from smartstart_gov.assessment import audit_model, audit_predictions, train
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.project import open_project
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.words import Words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.reperform import uneven_cut, verify
from smartstart_gov.looks.seal import seal
from tests.projects import column, contract, policy, rows, write_project

AS_GIVEN = {"as_given": True, "chosen_by": "vendor", "reason": {"nl": "Zo geleverd.", "en": "So delivered."}}
DECISION = column("selected", "string", "decision", levels=["no", "yes"], positive="yes")
ROWS = rows(3000, gap=0.3)
DECIDED = ROWS.assign(selected=ROWS["score"].ge(0.5).map({True: "yes", False: "no"})).drop(columns="score")


def _contract(*added: dict[str, Any]) -> dict[str, Any]:
    kept = [c for c in contract()["columns"] if c["role"] != "score"]
    return contract(columns=[*kept, *added])


def _project(home: Path, *added: dict[str, Any], **threshold: Any) -> Path:
    made = policy(threshold=threshold or AS_GIVEN)
    return write_project(home, contract=_contract(*(added or (DECISION,))), policy=made)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> EvidenceBundle:
    project = open_project(_project(tmp_path_factory.mktemp("decided") / "help"))
    seal(project, DECIDED.drop(columns="selected"))
    return audit_predictions(DECIDED, project)


@pytest.mark.slow
def test_the_counts_and_answers_are_those_of_the_same_decisions_made_from_scores(
    audited: EvidenceBundle, tmp_path: Path
) -> None:
    scored = audit_predictions(ROWS, open_project(write_project(tmp_path / "help"))).public
    public = audited.public
    assert public.tally.to_record()["margins"] == scored.tally.to_record()["margins"]
    assert public.metrics.to_record() == scored.metrics.to_record()
    limits = [[f.to_record() for f in one.verdict.findings if f.metric] for one in (public, scored)]
    assert limits[0] == limits[1]
    assert {f.status for f in public.verdict.findings if f.metric} > {"FAILED"}
    assert (public.training.score, public.training.threshold, public.training.cut, public.scores) == (
        "decision",
        "",
        None,
        None,
    )
    assert scored.scores is not None
    # The seal was made before there were decisions, and is of these rows all the same.
    assert next(f.reason.code for f in public.verdict.findings if f.id == "control.R22") == "control.R22.rows_predictions"


@pytest.mark.slow
def test_it_is_re_performed_in_both_editions_and_no_threshold_can_be_added(audited: EvidenceBundle) -> None:
    folder = audited.write(version="1.0.0")
    assert verify(folder).ok
    (folder / "bundle.private.json").unlink()
    assert verify(folder).ok
    for change in ({"threshold": "0.5"}, {"score": "given"}):
        assert list(uneven_cut(replace(audited.public, training=replace(audited.public.training, **change)))), change


@pytest.mark.slow
def test_documents_say_what_cannot_be_known(audited: EvidenceBundle) -> None:
    dutch, plain = (
        " ".join(builder_of("technical_annex")(audited.public, Words(lang)).to_text().split()) for lang in ("nl", "en")
    )
    assert "Er zijn alleen beslissingen aangeleverd, ja of nee, en geen scores." in dutch
    assert "Daarom is niet te zeggen wat een andere drempel zou doen." in dutch
    assert "cannot say how well the model ranks cases (AUC), whether its scores are right for each group" in plain
    assert "A score of" not in plain
    assert "including the decision" in builder_of("dpia")(audited.public, Words("en")).to_text()


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="would give a second decision"):
        DataContract.model_validate(_contract(DECISION, column("score", "number", "score")))
    for wrong in ({"levels": ["no"]}, {"positive": "ja"}, {"nullable": True}):
        with pytest.raises(ValueError, match="decision"):
            DataContract.model_validate(_contract({**DECISION, **wrong}))
    both_ways = (
        _project(tmp_path / "scored", column("score", "number", "score")),
        _project(tmp_path / "valued", value=0.5, chosen_by="vendor", reason=AS_GIVEN["reason"]),
    )
    for home in both_ways:
        with pytest.raises(Refused) as refused:
            open_project(home)
        assert [v.rule for v in refused.value.violations] == ["D13"]
    with pytest.raises(Refused, match="one of value, capacity, share and as_given, got value and as_given"):
        open_project(_project(tmp_path / "twice", **AS_GIVEN, value=0.5))


@pytest.mark.slow
def test_a_model_with_scores_needs_a_threshold(tmp_path: Path) -> None:
    project = open_project(_project(tmp_path / "help"))
    model = LogisticRegression().fit(ROWS[["income", "visits"]], ROWS["asked"])
    for attempt in (
        lambda: train(LogisticRegression(), DECIDED, project, random_state=0),
        lambda: audit_model(model, DECIDED, project),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert [v.rule for v in refused.value.violations] == ["M03"]


def test_a_constant_and_a_stray_value_are_refused(tmp_path: Path) -> None:
    project = open_project(_project(tmp_path / "help"))
    strays = DECIDED["selected"].where(DECIDED.index > 3, "maybe")
    for values, rule in (("no", "D08"), (strays, "D04")):
        with pytest.raises(Refused) as refused:
            audit_predictions(DECIDED.assign(selected=values), project)
        assert rule in [v.rule for v in refused.value.violations]
        assert "maybe" not in str(refused.value)
