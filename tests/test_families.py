"""Models of other libraries, the whole way: trained, audited, explained, written, verified on the data, and let through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fairlearn.reductions import DemographicParity, GridSearch
from imblearn.ensemble import BalancedRandomForestClassifier
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline as make_sampled
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import smartstart_gov as gov
from smartstart_gov.assessment import decides_as_audited
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.evidence.rules import DOCUMENTS
from tests.projects import rows
from tests.test_audit_model import QUICK, opened
from tests.training.families import catboost, lightgbm, xgboost

WHOLE: dict[str, Callable[[], Any]] = {
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "catboost": catboost,
    "SMOTE": lambda: make_sampled(StandardScaler(), SMOTE(), LogisticRegression()),
    "balanced forest": lambda: BalancedRandomForestClassifier(n_estimators=6, min_samples_leaf=5),
}


@pytest.fixture(scope="module")
def data() -> Any:
    return rows(n=600, unknown=0.02).drop(columns="score")


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_a_family_goes_the_whole_way(name: str, tmp_path: Path, data: Any) -> None:
    project = opened(tmp_path / "help", QUICK | {"limits": [QUICK["limits"][0] | {"at_most": 0.45}]})
    bundle = gov.audit(gov.train(WHOLE[name](), data, project, random_state=0), unsealed=True)
    status = {f.id: f.status for f in bundle.public.verdict.findings}
    assert [status[f"control.{one}"] for one in ("R36", "R46", "R50")] == ["PASSED"] * 3
    folder = bundle.write(version="1.0.0")
    assert gov.verify(folder).ok
    assert decides_as_audited(folder, data, project) == ()
    VersionFolder(folder).add({one: b"%PDF- stand-in " + one.encode() for one in DOCUMENTS})
    decision = gov.gate(folder, stage="shadow")
    assert decision.result == "allowed", decision.table()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # fairlearn 0.15 with pandas 3
def test_groups_in_the_training_are_printed_with_their_ground_and_nothing_says_otherwise(tmp_path: Path, data: Any) -> None:
    ground = {
        "nl": "Artikel 4 bis: anders is de scheefheid niet weg te nemen.",
        "en": "Article 4a: nothing else takes the bias away.",
    }
    allowed = {"columns": ["origin"], "ground": ground}
    rules = QUICK | {"sensitive_features_in_training": allowed, "trusted_types": ["early_help.model.Own"]}
    search = GridSearch(LogisticRegression(), constraints=DemographicParity(), grid_size=3)
    asked = make_pipeline(StandardScaler().set_output(transform="pandas"), search)
    for number, (estimator, said) in enumerate(
        [
            (asked, "and received it. A prediction does not use it."),
            (LogisticRegression(), "but the training method did not ask for it."),
        ]
    ):
        project = opened(tmp_path / str(number), rules)
        bundle = gov.audit(gov.train(estimator, data, project, random_state=0), unsealed=True)
        reached = bundle.public.training.sensitive_fit == ("origin",)
        assert reached is (estimator is asked)
        for kind in ("model_card", "technical_annex", "dpia"):
            english, dutch = (gov.render(bundle, kind, lang=lang).text for lang in ("en", "nl"))
            assert said in english
            assert ground["en"] in english
            assert ground["nl"] in dutch
            assert kind == "model_card" or "early_help.model.Own" in english
        assert ("In use, the model does not receive" in english) is reached
        assert ("The model does not receive" in english) is not reached
        assert ("used for the audit only" in english) is not reached
