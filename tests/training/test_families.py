"""Models of other libraries are trained, audited, stored and read back as scikit-learn's own are; or refused in true words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
import skops.io
from fairlearn.postprocessing import ThresholdOptimizer
from fairlearn.reductions import DemographicParity, ExponentiatedGradient
from imblearn.over_sampling import SMOTE
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from smartstart_gov.authoring.policy import Policy, SensitiveInTraining, Split
from smartstart_gov.authoring.value import Text
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.training.artifact import dump, load, read_model, untrusted
from smartstart_gov.training.estimators import bare
from smartstart_gov.training.model import given_model
from smartstart_gov.training.record import TrainingRecord
from smartstart_gov.training.trusted import BYTES, TRUSTED
from tests.training.families import FAMILIES, catboost, fair_pipeline, fair_search, lightgbm, sampled, xgboost
from tests.training.models import NUMBERS, WORDS, behind_columns
from tests.training.tables import register, validated
from tests.training.test_released import differences, fit, rules

TABLE = register(600, seed=1)
#: Outcomes of which there are fewer, so that a sampler has something to do.
TABLE = TABLE.assign(late=TABLE["late"].where(TABLE["age"] > -0.5, "no"))
ROWS, LABEL = TABLE[NUMBERS + WORDS], (TABLE["late"] == "yes").to_numpy().astype("int8")


def allowing(*columns: str, types: tuple[str, ...] = (), **threshold: Any) -> Policy:
    ground = Text(nl="omdat het moet", en="because it is needed")
    said = SensitiveInTraining(columns=columns, ground=ground) if columns else None
    return rules(**threshold or {"value": 0.4}).model_copy(
        update={"sensitive_features_in_training": said, "trusted_types": types}
    )


@pytest.mark.parametrize("name", FAMILIES)
def test_the_file_of_a_family_decides_every_audited_row_as_it_was_counted(name: str) -> None:
    made = fit(FAMILIES[name](), rules(value=0.4), TABLE)
    opened = made.open_audit()
    assert differences(made) == 0
    answers, record = opened.predictions, opened.record
    assert (record.untrusted_types, record.read_back, record.row_holders) == ((), answers.n, ())
    assert 0 < answers.y_pred.sum() < answers.n


@pytest.mark.parametrize("name", ["xgboost", "catboost", "SMOTE before xgboost"])
def test_a_family_that_was_fitted_elsewhere_is_audited_and_stored(name: str) -> None:
    model = FAMILIES[name]().fit(ROWS, LABEL)
    frame = validated(table=TABLE)
    given = given_model(model, frame, rules(value=0.4), positive_class=1)
    opened = given.open_audit()
    again = skops.io.loads(opened.model_bytes, trusted=list(TRUSTED))
    assert (again.predict(given.audit_features) == (opened.predictions.y_pred == 1)).all()
    assert opened.record.row_holders == ()


def test_the_libraries_that_took_part_are_named_with_their_versions() -> None:
    versions = fit(sampled(SMOTE(), xgboost()), rules(value=0.4), TABLE).record.versions
    assert {"xgboost", "imbalanced-learn"} <= set(versions)
    assert "lightgbm" not in versions


def test_only_what_was_changed_is_recorded_of_xgboost() -> None:
    parameters = fit(behind_columns(xgboost()), rules(value=0.4), TABLE).record.parameters
    assert {name: parameters[f"xgbclassifier__{name}"] for name in ("n_estimators", "max_depth", "n_jobs")} == {
        "n_estimators": "6", "max_depth": "3", "n_jobs": "1",
    }  # fmt: skip
    assert "xgbclassifier__gamma" not in parameters


def test_a_sampler_leaves_no_rows_in_the_file_and_stays_whole_outside() -> None:
    model = sampled(SMOTE()).fit(ROWS, LABEL)
    made = fit(sampled(SMOTE()), rules(value=0.4), TABLE)
    stored = skops.io.loads(made.open_audit().model_bytes, trusted=list(TRUSTED)).estimator.estimator
    assert not hasattr(stored.named_steps["smote"], "nn_k_")
    assert hasattr(model.named_steps["smote"], "nn_k_")
    neighbours = sampled(SMOTE(), KNeighborsClassifier())
    assert [name.rpartition(".")[2] for name in fit(neighbours, rules(value=0.4), TABLE).record.row_holders] == [
        "KNeighborsClassifier"
    ]


def test_catboost_is_told_how_to_write_its_columns() -> None:
    with pytest.raises(Refused, match=r"cat_features=\(0, 1\)") as refused:
        fit(behind_columns(catboost(cat_features=[0])), rules(value=0.4), TABLE)
    assert refused.value.rule == "M02"


# ------------------------------------------------------------------------------------------- files that are handed in


@pytest.mark.parametrize(("made", "kept"), [(xgboost, BYTES[2]), (lightgbm, BYTES[1]), (catboost, BYTES[0])])
def test_bytes_that_nobody_can_look_into_are_not_taken_from_just_anybody(made: Any, kept: str, tmp_path: Path) -> None:
    model = behind_columns(made()).fit(ROWS, LABEL)
    file = tmp_path / "model.skops"
    file.write_bytes(dump(model))
    with pytest.raises(Refused) as refused:
        read_model(file)
    assert refused.value.rule == "M02"
    assert kept in str(refused.value)
    assert "trusted_types" in str(refused.value)
    again = read_model(file, [kept])
    assert np.array_equal(again.predict_proba(ROWS), model.predict_proba(ROWS))


# ---------------------------------------------------------------------------------- types that the policy adds


class Own(ClassifierMixin, BaseEstimator):
    """Somebody's own classifier: fairlearn's share of votes as a score, so that a case is always decided alike."""

    def fit(self, x: Any, y: Any, sensitive_features: Any) -> Own:
        reduction = ExponentiatedGradient(LogisticRegression(), DemographicParity(), max_iter=3, nu=1e-6)
        reduction.fit(x, y, sensitive_features=sensitive_features)
        kept = [(one, weight) for one, weight in zip(reduction.predictors_, reduction.weights_, strict=True) if weight > 0]
        self.voters_, self.weights_ = [one for one, _ in kept], np.array([weight for _, weight in kept])
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, x: Any) -> Any:
        share = np.clip(sum(w * one.predict(x) for one, w in zip(self.voters_, self.weights_, strict=True)), 0, 1)
        return np.column_stack([1 - share, share])

    def predict(self, x: Any) -> Any:
        return (self.predict_proba(x)[:, 1] > 0.5).astype(int)


#: fairlearn 0.15 writes into Series in ways that pandas 4 will refuse.
REDUCTIONS = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
OWN = f"{Own.__module__}.Own"


def behind(last: Any) -> Any:
    return make_pipeline(behind_columns(LogisticRegression())[0], last)


@REDUCTIONS
def test_a_type_that_the_policy_lists_is_loaded_and_no_other() -> None:
    policy = allowing("origin", types=(OWN,))
    made = fit(behind(Own()), policy, TABLE)
    opened = made.open_audit()
    assert opened.record.untrusted_types == ()
    again = load(opened.model_bytes, policy.trusted_types)
    assert (again.predict(made.audit_features) == opened.predictions.y_pred).all()
    assert untrusted(opened.model_bytes) == (OWN,)
    assert untrusted(opened.model_bytes, ["elsewhere.Own"]) == (OWN,)
    with pytest.raises(EvidenceBroken, match="trusted_types") as refused:
        load(opened.model_bytes)
    assert refused.value.rule == "A15"
    assert fit(behind(Own()), allowing("origin"), TABLE).record.untrusted_types == (OWN,)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [("Own", "path of a type"), ("os.system", "any command"), ("builtins.eval", "any command"), ("a.b c", "path of a type")],
)
def test_what_is_no_type_or_runs_commands_cannot_be_listed(said: str, wrong: str) -> None:
    record = rules(value=0.4).to_record() | {"trusted_types": [said]}
    with pytest.raises(ValueError, match=wrong):
        Policy.from_record(record)


# --------------------------------------------------------------------------------- sensitive features in training


@REDUCTIONS
def test_a_search_that_asks_for_groups_gets_them_where_the_policy_says_so() -> None:
    for asks in (fair_pipeline(), behind(Own())):
        with pytest.raises(Refused, match="sensitive_features_in_training") as refused:
            fit(asks, rules(value=0.4), TABLE)
        assert refused.value.rule == "M06"
    made = fit(fair_pipeline(), allowing("origin"), TABLE)
    assert made.record.sensitive_fit == ("origin",)
    assert made.record.estimator == "sklearn.linear_model.LogisticRegression"
    assert differences(made) == 0
    assert TrainingRecord.from_record(made.record.to_record()) == made.record
    assert not any("origin" in name for name in made.record.features)


class Witness(ClassifierMixin, BaseEstimator):
    """Keeps what its fit was handed."""

    seen: Any = None

    def fit(self, x: Any, y: Any, sensitive_features: Any = None) -> Witness:
        Witness.seen = (x, sensitive_features)
        self.inner_ = LogisticRegression().fit(x, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict_proba(self, x: Any) -> Any:
        return self.inner_.predict_proba(x)

    def predict(self, x: Any) -> Any:
        return self.inner_.predict(x)


def expected(made: Any, columns: list[str]) -> Any:
    return TABLE[columns][made.division.where("fit")].reset_index(drop=True)


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_the_groups_are_those_of_the_rows_of_the_fit_part(engine: str) -> None:
    made = fit(behind(Witness()), allowing("origin", "sex"), TABLE, engine=engine)
    x, groups = Witness.seen
    assert len(x) == len(groups) == made.division.where("fit").sum()
    assert groups["origin"].to_list() == expected(made, ["origin"])["origin"].tolist()
    assert groups["sex"].to_list() == expected(made, ["sex"])["sex"].tolist()
    assert list(groups.columns) == ["origin", "sex"]
    assert made.record.sensitive_fit == ("origin", "sex")


def test_a_policy_that_allows_it_hands_nothing_to_who_does_not_ask() -> None:
    assert fit(behind_columns(LogisticRegression()), allowing("origin"), TABLE).record.sensitive_fit == ()


def test_who_asks_where_nothing_is_handed_on_is_told_so() -> None:
    wrapped = behind(CalibratedClassifierCV(Witness(), cv=2))
    with pytest.raises(Refused, match="no fit around it") as refused:
        fit(wrapped, allowing("origin"), TABLE)
    assert refused.value.rule == "M02"


def test_a_search_around_who_asks_hands_each_fold_its_own_groups() -> None:
    made = fit(
        GridSearchCV(behind(Witness()), {"columntransformer__pipeline__standardscaler__with_mean": [True, False]}, cv=2),
        allowing("origin"),
        TABLE,
    )
    x, groups = Witness.seen
    assert len(x) == len(groups)
    assert made.record.sensitive_fit == ("origin",)


def test_cross_fitting_hands_each_copy_the_groups_of_its_rows() -> None:
    policy = allowing("origin").model_copy(update={"split": Split(method="cross_fit", folds=3)})
    made = fit(behind(Witness()), policy, TABLE)
    x, groups = Witness.seen
    assert groups["origin"].tolist() == TABLE["origin"][made.division.part != 2].tolist()
    assert len(x) == len(groups) < len(TABLE)


def test_metadata_routing_hands_on_what_was_asked_for_and_the_file_holds_no_request() -> None:
    """A request holds the estimator that it is of: a circle, at which storing used to end in a RecursionError."""
    with sklearn.config_context(enable_metadata_routing=True):
        asks = behind(Witness().set_fit_request(sensitive_features=True))
        made = fit(asks, allowing("origin", types=(f"{__name__}.Witness",)), TABLE)
        assert made.record.sensitive_fit == ("origin",)
        assert Witness.seen[1] is not None
        weighs = behind_columns(LogisticRegression().set_fit_request(sample_weight=True))
        plain = fit(weighs, rules(value=0.4), TABLE)
    assert asks[-1].get_metadata_routing().fit.requests["sensitive_features"] is True
    for one in (made, plain):
        assert one.record.untrusted_types == ()
        assert one.open_audit().record.read_back
    assert differences(plain) == 0


@REDUCTIONS
def test_what_a_search_over_reductions_chose_is_what_is_released() -> None:
    search = fair_search().fit(TABLE[["age"]], LABEL, sensitive_features=TABLE["origin"])
    for chosen in range(len(search.predictors_)):
        search.best_idx_ = chosen
        assert bare(make_pipeline(StandardScaler(), search)).steps[-1][1] is search.predictors_[chosen]


# ------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("estimator", "said"),
    [
        (lambda: ExponentiatedGradient(LogisticRegression(), DemographicParity()), "decides at random"),
        (lambda: ThresholdOptimizer(estimator=LogisticRegression()), "a separate threshold for each group"),
    ],
)
def test_a_decision_that_cannot_be_done_again_is_refused_in_its_own_words(estimator: Any, said: str) -> None:
    """Not because it is no classifier, which is what scikit-learn would say of it."""
    for one in (estimator(), behind(estimator())):
        for ask in (
            lambda m: fit(m, allowing("origin"), TABLE),
            lambda m: given_model(m, validated(table=TABLE), rules(value=0.4)),
        ):
            with pytest.raises(Refused, match=said) as refused:
                ask(one)
            assert refused.value.rule == "M02"
            assert "GridSearch" in str(refused.value)


class Handle(LogisticRegression):
    """Keeps something that no file can hold."""

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Handle:
        super().fit(x, y, sample_weight)
        self.kept_ = (i for i in range(3))
        return self


def test_what_cannot_be_stored_names_the_part_and_the_type() -> None:
    model = behind_columns(Handle()).fit(ROWS, LABEL)
    with pytest.raises(Refused) as refused:
        dump(model)
    assert refused.value.rule == "M02"
    assert "Handle.kept_, which holds a builtins.generator (TypeError)" in str(refused.value)
