"""Cross-fitting: no row is scored by a model that saw its unit, and what is released was fitted on everything."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from smartstart_gov.authoring.policy import Policy, Split
from smartstart_gov.authoring.value import Problems
from smartstart_gov.errors import Refused
from smartstart_gov.looks.split import folds_of
from smartstart_gov.training.artifact import load
from smartstart_gov.training.fit import fit_model
from smartstart_gov.training.record import TrainingRecord
from tests.training.models import behind_columns
from tests.training.tables import KEY, USUAL, policy, register, validated


def crossed(folds: int = 4) -> Policy:
    return policy().model_copy(update={"split": Split(method="cross_fit", folds=folds)})


def test_folds_are_by_unit_of_about_one_size_and_fixed_by_the_key() -> None:
    frame = validated(rows=3000)
    division = folds_of(frame, 5, KEY)
    assert division.overlap == 0
    assert np.bincount(division.part, minlength=5) == pytest.approx(np.full(5, 600), abs=120)
    turned = np.random.default_rng(0).permutation(3000)
    again = folds_of(validated(table=register(3000).iloc[turned].reset_index(drop=True)), 5, KEY)
    assert np.array_equal(division.part[turned], again.part)
    assert not np.array_equal(folds_of(frame, 5, KEY[::-1]).part, division.part)


def test_a_unit_in_two_folds_would_be_counted() -> None:
    from smartstart_gov.looks.split import overlap

    assert overlap(np.array(["a", "a", "b"], dtype=object), np.array([0, 4, 4], dtype=np.int8), 5) == 1


def test_every_row_has_the_score_of_a_model_that_did_not_see_its_unit() -> None:
    frame = validated()
    forest = behind_columns(RandomForestClassifier(n_estimators=5, random_state=3))
    fitted = fit_model(forest, frame, crossed(), KEY, random_state=0)
    audited, folds = fitted.open_audit(), folds_of(frame, 4, KEY).part
    opened, label = audited.predictions, (frame.column("late") == "yes").astype(int)
    features = list(fitted.record.features)
    for fold in range(4):
        from sklearn.base import clone

        mine = clone(forest).fit(frame.native.loc[folds != fold, features], label[folds != fold])
        expected = mine.predict_proba(frame.native.loc[folds == fold, features])[:, 1]
        assert opened.score[folds == fold] == pytest.approx(expected)
    assert opened.n == frame.rows
    # The model in the file saw every row, so its own scores on them are another matter.
    own = load(audited.model_bytes).predict_proba(frame.native[features])[:, 1]
    assert np.abs(own - opened.score).max() > 0.1
    assert np.mean(own > 0.5) != np.mean(opened.y_pred)


def test_memory_of_training_rows_does_not_show_in_the_audit() -> None:
    table = register(900).assign(late=np.random.default_rng(1).choice(["yes", "no"], 900))
    frame = validated(table=table)
    fitted = fit_model(behind_columns(RandomForestClassifier(n_estimators=20)), frame, crossed(), KEY, random_state=0)
    opened = fitted.open_audit().predictions
    right = (opened.y_pred == opened.y_true).mean()
    learnt = fitted.model.predict(frame.native[list(fitted.record.features)])
    assert (learnt == opened.y_true).mean() > 0.95, "the forest knows its rows by heart"
    assert right < 0.58, "and gets no credit for it"


def test_the_record_says_that_the_procedure_was_audited() -> None:
    frame = validated()
    record = fit_model(behind_columns(LogisticRegression()), frame, crossed(), KEY, random_state=0).record
    assert record.folds == 4
    assert [(part.name, part.rows) for part in record.parts] == [("audit", frame.rows)]
    assert record.overlap == 0
    assert TrainingRecord.from_record(record.to_record()) == record
    assert fit_model(behind_columns(LogisticRegression()), frame, policy(), KEY, random_state=0).record.folds is None


def test_there_is_no_preview() -> None:
    fitted = fit_model(behind_columns(LogisticRegression()), validated(), crossed(), KEY, random_state=0)
    with pytest.raises(Refused) as refused:
        fitted.open_develop()
    assert refused.value.rule == "L02"


def test_folds_that_cannot_be_fitted_are_refused_all_at_once() -> None:
    with pytest.raises(Refused) as refused:
        fit_model(
            behind_columns(LogisticRegression()),
            validated(table=register(6).assign(family="f0")),
            crossed(),
            KEY,
            random_state=0,
        )
    assert [v.rule for v in refused.value.violations].count("D12") == 3
    one_kind = register(300).assign(late=["yes"] + ["no"] * 299)
    with pytest.raises(Refused) as refused:
        fit_model(behind_columns(LogisticRegression()), validated(table=one_kind), crossed(), KEY, random_state=0)
    assert refused.value.rule == "D06"


def test_without_units_equal_rows_share_a_fold() -> None:
    names = tuple(name for name in USUAL if name != "family")
    import pandas as pd

    table = pd.concat([register(300), register(300)], ignore_index=True)
    division = folds_of(validated(names, table=table), 5, KEY)
    assert np.array_equal(division.part[:300], division.part[300:])
    assert division.overlap is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"method": "cross_fit"}, "needs folds"),
        ({"method": "cross_fit", "folds": 5, "audit": 0.3}, "does not take audit"),
        ({"method": "cross_fit", "folds": 5, "cut": "2025-01-01"}, "does not take cut"),
        ({"fit": 0.5, "audit": 0.5}, "develop is missing"),
        ({"fit": 0.5, "develop": 0.2, "audit": 0.3, "folds": 5}, "has no folds"),
        ({"fit": 0.5, "develop": 0.2, "audit": 0.4}, "add up to 1.1"),
    ],
)
def test_a_split_says_one_thing(fields: dict[str, object], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Split.model_validate(fields)
    assert issubclass(Problems, ValueError)
