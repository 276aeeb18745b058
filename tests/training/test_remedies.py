"""What a refusal or a finding says to do about a model is done here to the letter, and works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from smartstart_gov.controls.accountability import MODEL_FILE
from smartstart_gov.errors import Refused
from smartstart_gov.training.fit import fit_model
from tests.cli.command import run
from tests.training.models import behind_columns
from tests.training.tables import KEY, policy, validated


def test_the_remedy_for_a_hard_vote_works() -> None:
    members = [("plain", LogisticRegression()), ("edge", LinearSVC())]
    with pytest.raises(Refused) as refused:
        fit_model(behind_columns(VotingClassifier(members)), validated(), policy(), KEY, random_state=0)
    assert refused.value.rule == "M03"
    assert refused.value.violations[0].remedy == (
        "Make it average probabilities instead of counting votes: voting='soft', and wrap edge in sklearn.calibration.CalibratedClassifierCV."
    )
    wrapped = [("plain", LogisticRegression()), ("edge", CalibratedClassifierCV(LinearSVC()))]
    fit_model(behind_columns(VotingClassifier(wrapped, voting="soft")), validated(), policy(), KEY, random_state=0)


def test_the_remedy_for_scores_that_are_no_probabilities_works() -> None:
    with pytest.raises(Refused, match="Wrap it: sklearn"):
        fit_model(behind_columns(RidgeClassifier()), validated(), policy(), KEY, random_state=0)
    fit_model(CalibratedClassifierCV(behind_columns(RidgeClassifier())), validated(), policy(), KEY, random_state=0)


def test_what_gives_neither_is_told_to_give_way() -> None:
    class Bare(ClassifierMixin, BaseEstimator):
        def fit(self, X: Any, y: Any) -> Bare:
            return self

    with pytest.raises(Refused, match="Use a classifier that gives probabilities"):
        fit_model(behind_columns(Bare()), validated(), policy(), KEY, random_state=0)


def test_another_setting_stores_nearest_neighbours() -> None:
    assert "algorithm='brute'" in MODEL_FILE.messages["control.R50.remedy"]
    for algorithm, foreign in (("auto", True), ("brute", False)):
        model = behind_columns(KNeighborsClassifier(5, algorithm=algorithm))
        made = fit_model(model, validated(), policy(), KEY, random_state=0)
        assert bool(made.record.untrusted_types) is foreign


@pytest.mark.slow
def test_a_script_that_exits_is_mended_as_the_refusal_says(tmp_path: Path) -> None:
    home = tmp_path / "p"
    run("init", home)
    model = "from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression(max_iter=500)\n"
    script, audit = home / "mine.py", ("audit", home, home / "sample.csv", "--estimator", "mine:model", "--version", "1.0.0")
    script.write_text(f"import sys\n{model}sys.exit(0)\n", encoding="utf-8")
    done = run(*audit)
    assert done.returncode == 2
    assert not (home / "1.0.0").exists()
    assert "Put code that should run only as a script under: if __name__ == '__main__'." in " ".join(done.stderr.split())
    script.write_text(f"import sys\n{model}if __name__ == '__main__':\n    sys.exit(0)\n", encoding="utf-8")
    assert run(*audit).returncode in (0, 1, 3)
    assert (home / "1.0.0" / "bundle.json").is_file()
