"""Every difference between two policies is told with its direction, and every key has a rule."""

from __future__ import annotations

from typing import Any

import pytest

from smartstart_gov.authoring.policy import Disclosure, LeftOut, Limit, Needs, Policy, Rung
from smartstart_gov.authoring.policy_changes import (
    LIMIT,
    POLICY,
    RELEASE,
    RUNG,
    STAGE,
    TRIAL,
    default_policy,
    policy_changes,
    weaker_than_defaults,
)
from smartstart_gov.authoring.stages import Release, Stage, StageTable, Trial, Waivers
from tests import projects
from tests.projects import STAGES, TEXT

OWNED = {"what": "group", "name": "origin=C", "reason": TEXT, "owner": "owner"}
RUNGS = [
    {"id": "spread", "question": "spread", "at_most": 0.1},
    {"id": "wide", "question": "rest", "at_most": 0.2, "pool_under": 50},
]
LADDER = {"ladder": RUNGS, "needs": {"shadow": "spread", "trial": "wide", "release": "limit"}}


def policy(**changes: Any) -> Policy:
    return Policy.model_validate(projects.policy(**changes))


def alarm(**changes: Any) -> dict[str, Any]:
    """Return changes to the policy: its first limit changed."""
    first, *others = projects.policy()["limits"]
    return {"limits": [first | changes, *others]}


def trial(**changes: Any) -> dict[str, Any]:
    """Return the stages with a trial that is declared."""
    said = {"team": TEXT, "families_at_most": 200, "ends": "2030-01-01", "person_decides_first": True}
    return STAGES | {"trial": STAGES["trial"] | said | changes}


def unseen(cases: int, harm: float) -> dict[str, Any]:
    """Return changes to the policy: its ladder says how small a group a harm may hide in."""
    return alarm(**LADDER | {"ladder": [RUNGS[0] | {"unseen": {"at_most_cases": cases, "harm": harm}}, *RUNGS[1:]]})


def told(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    return [(c.key, c.direction) for c in policy_changes(policy(**old), policy(**new)).changes]


def test_every_key_has_a_rule() -> None:
    assert set(POLICY) == set(Policy.model_fields)
    assert set(LIMIT) == set(Limit.model_fields)
    assert set(RUNG) == set(Rung.model_fields)
    assert set(STAGE) == set(Stage.model_fields)
    assert set(TRIAL) == set(Trial.model_fields) - set(STAGE)
    assert set(RELEASE) == set(Release.model_fields) - set(STAGE)
    assert set(Waivers.model_fields) == {"roles", "persons", "at_most"}
    # What has no rule of its own is taken apart, and these are its parts.
    assert {key for key, rule in POLICY.items() if rule is None} == {"limits", "stages", "disclosure", "left_out"}
    assert {key for key, rule in LIMIT.items() if rule is None} == {"metric", "by", "measure", "ladder", "needs"}
    assert set(Disclosure.model_fields) == {"k"}
    assert set(StageTable.model_fields) == set(Needs.model_fields) == {"shadow", "trial", "release"}
    assert set(LeftOut.model_fields) == {"what", "name", "reason", "owner"}


#: What one policy has and the other has not, and how the second then stands to the first; the reverse stands the other way.
WEAKER: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"alpha": 0.1}, "alpha"),
    ({}, {"max_looks": 3}, "max_looks"),
    ({}, {"waivers": {"roles": ["dpo"]}}, "waivers"),
    ({"waivers": {"roles": ["dpo"]}}, {"waivers": {"roles": ["dpo", "owner"]}}, "waivers"),
    ({"waivers": {"roles": ["dpo"], "persons": 3}}, {"waivers": {"roles": ["dpo"]}}, "waivers"),
    ({"waivers": {"roles": ["dpo"]}}, {"waivers": {"roles": ["dpo"], "at_most": 4}}, "waivers"),
    ({"stages": trial()}, {"stages": trial(families_at_most=900)}, "families_at_most"),
    ({"stages": trial()}, {"stages": trial(ends="2031-01-01")}, "ends"),
    ({"stages": STAGES | {"release": STAGES["release"] | {"practice": "required"}}}, {}, "practice"),
    ({}, {"decide_on": "point"}, "decide_on"),
    ({}, {"intersections": []}, "intersections"),
    ({}, {"metrics": ["accuracy"]}, "metrics"),
    ({"metrics": ["accuracy", "base_rate"]}, {"metrics": ["accuracy"]}, "metrics"),
    ({"disclosure": {"k": 20}}, {"disclosure": {"k": 10}}, "k"),
    ({}, {"stages": STAGES | {"release": {"not_shown": "accepted", "signatures": ["owner", "dpo"]}}}, "not_shown"),
    ({}, {"stages": STAGES | {"release": {"not_shown": "refused", "signatures": ["owner"]}}}, "signatures"),
    ({}, alarm(at_most=0.3), "at_most"),
    ({}, alarm(severity="warn"), "severity"),
    ({}, alarm(severity="declare"), "severity"),
    ({}, alarm(between="rest"), "between"),
    ({}, alarm(between="overall"), "between"),
    (alarm(between="rest"), alarm(between="overall"), "between"),
    (alarm(between="rest"), alarm(between="rest", harm="lower"), "harm"),
    (alarm(between="rest"), alarm(between="rest", given="quarter"), "given"),
    ({}, alarm(pool_under=400), "pool_under"),
    (alarm(pool_under=100), alarm(pool_under=400), "pool_under"),
    (alarm(measure="ratio", at_most=None, at_least=0.9), alarm(measure="ratio", at_most=None, at_least=0.7), "at_least"),
    ({}, {"limits": projects.policy()["limits"][1:]}, "limit"),
    (alarm(**LADDER), alarm(**LADDER | {"needs": {"shadow": "spread", "trial": "wide", "release": "wide"}}), "needs"),
    (alarm(**LADDER), alarm(**LADDER | {"ladder": [RUNGS[0], RUNGS[1] | {"at_most": 0.4}]}), "at_most"),
    (alarm(**LADDER), alarm(**LADDER | {"ladder": [RUNGS[0], RUNGS[1] | {"pool_under": 500}]}), "pool_under"),
    (unseen(20, 3), alarm(**LADDER), "unseen"),
    (unseen(20, 3), unseen(40, 3), "unseen"),
    (unseen(20, 3), unseen(20, 4), "unseen"),
    ({}, {"trusted_types": ["own.model.Fair"]}, "trusted_types"),
    ({"trusted_types": ["own.model.Fair"]}, {"trusted_types": ["own.model.Fair", "own.model.Other"]}, "trusted_types"),
    ({}, {"sensitive_features_in_training": {"columns": ["origin"], "ground": TEXT}}, "sensitive_features_in_training"),
]


@pytest.mark.parametrize(("old", "new", "key"), WEAKER, ids=[f"{i}-{case[2]}" for i, case in enumerate(WEAKER)])
def test_what_asks_less_is_weaker_and_its_reverse_is_stronger(old: dict[str, Any], new: dict[str, Any], key: str) -> None:
    assert told(old, new) == [(key, "weaker")]
    assert told(new, old) == [(key, "stronger")]


def test_an_attribute_that_goes_is_weaker() -> None:
    rest = {"limits": projects.policy()["limits"][:1], "intersections": []}
    assert ("attributes", "weaker") in told({}, {"attributes": ["origin"], **rest})
    assert ("attributes", "stronger") in told({"attributes": ["origin"], **rest}, {})


def test_what_is_left_out_is_weaker_and_put_back_it_is_no_stronger_question() -> None:
    assert told({}, {"left_out": [OWNED]}) == [("left_out", "weaker")]
    assert told({"left_out": [OWNED]}, {}) == [("left_out", "other")]
    assert told({"left_out": [OWNED]}, {"left_out": [OWNED | {"reason": {"nl": "Anders.", "en": "Else."}}]}) == [
        ("left_out", "other")
    ]


@pytest.mark.parametrize(
    "new",
    [
        {"version": "2"},
        {"threshold": {"value": 0.4, "chosen_by": "committee", "reason": TEXT}},
        {"split": {"fit": 0.4, "develop": 0.2, "audit": 0.4}},
        {"explanation": {"rows": 100}},
        {"intervals": {"rate": "clopper_pearson"}},
        alarm(between="rest", harm="lower") | {},
        alarm(id="renamed"),
        alarm(reason="open"),
    ],
    ids=lambda new: next(iter(new)),
)
def test_what_is_another_choice_is_told_as_one(new: dict[str, Any]) -> None:
    old = alarm(between="rest", harm="higher") if new.get("limits", [{}])[0].get("harm") else {}
    assert [direction for _, direction in told(old, new)] == ["other"]


def test_the_same_policy_has_no_changes() -> None:
    assert told(alarm(**LADDER), alarm(**LADDER)) == []
    reordered = STAGES | {"release": {"not_shown": "refused", "signatures": ["dpo", "owner"]}}
    assert told({}, {"stages": reordered}) == []


def test_one_error_under_its_two_names_is_one_limit() -> None:
    missed, found = alarm(metric="false_negative_rate"), alarm(metric="true_positive_rate")
    assert policy_changes(policy(**missed), policy(**found)).changes == ()
    # A direction of harm says the opposite of the complement, so there they are two.
    one_way = {"between": "rest", "harm": "higher"}
    keys = told(alarm(metric="false_negative_rate", **one_way), alarm(metric="true_positive_rate", **one_way))
    assert keys == [("limit", "weaker"), ("limit", "stronger")]


def test_nothing_in_the_defaults_is_weaker_than_the_defaults() -> None:
    assert weaker_than_defaults(default_policy()) == ()


def test_what_the_defaults_limit_and_a_policy_does_not_is_told() -> None:
    changes = weaker_than_defaults(policy())
    assert [(c.key, c.was) for c in changes if c.key == "limit"] == [("limit", "false_negative_rate")]
    wide = weaker_than_defaults(policy(**alarm(at_most=0.99)))
    assert {(c.key, c.was, c.now) for c in wide} >= {("limit", "false_positive_rate", ""), ("at_most", "0.1", "0.99")}


def test_a_limit_that_measures_otherwise_than_the_defaults_is_told_where_it_leaves_more_room() -> None:
    ratio = {"measure": "ratio", "at_most": None}
    said = [("measure", "difference", "ratio")]
    assert [
        (c.key, c.was, c.now) for c in weaker_than_defaults(policy(**alarm(at_least=0.51, **ratio))) if c.key == "measure"
    ] == said
    assert [c for c in weaker_than_defaults(policy(**alarm(at_least=0.9, **ratio))) if c.key == "measure"] == []
    chosen = alarm(metric="selection_rate", at_most=0.49)
    assert ("measure", "ratio", "difference") in [(c.key, c.was, c.now) for c in weaker_than_defaults(policy(**chosen))]
    chosen = alarm(metric="selection_rate", at_most=0.2)
    assert "measure" not in [c.key for c in weaker_than_defaults(policy(**chosen))]


@pytest.mark.parametrize(("rate", "told"), [(None, True), (0.9, True), (0.41, True), (0.4, False), (0.02, False)])
def test_a_ratio_leaves_less_room_the_rarer_the_outcome(rate: float | None, told: bool) -> None:
    """At a ratio of 0.8 no rate is above 1.25 times that of everybody: 0.5 at a rate of 0.4, and a fifth of that is 0.1."""
    ratio = policy(**alarm(measure="ratio", at_most=None, at_least=0.8))
    rates = None if rate is None else {"false_positive_rate": rate}
    assert ("measure" in [c.key for c in weaker_than_defaults(ratio, rates)]) == told


@pytest.mark.parametrize(
    ("at_most", "rate", "told"), [(0.15, None, False), (0.15, 0.04, True), (0.01, 0.04, False), (0.011, 0.04, True), (0.15, 0.9, False)]
)  # fmt: skip
def test_a_difference_in_place_of_a_ratio_is_held_against_the_rate(at_most: float, rate: float | None, told: bool) -> None:
    """Where the defaults ask for a ratio of 0.8 and everybody together is selected at 0.04, they leave a difference of 0.01."""
    rates = None if rate is None else {"selection_rate": rate}
    found = weaker_than_defaults(policy(**alarm(metric="selection_rate", at_most=at_most)), rates)
    assert ("measure" in [change.key for change in found if change.at == "limit 'alarm'"]) == told


def test_fewer_printed_figures_than_by_default_are_told() -> None:
    assert ("metrics", "all", "accuracy") in [(c.key, c.was, c.now) for c in weaker_than_defaults(policy(metrics=["accuracy"]))]


@pytest.mark.parametrize(
    ("changes", "nothing"),
    [
        ({"at_most": 0.49}, False),
        ({"at_most": 0.5}, True),
        ({"measure": "ratio", "at_most": None, "at_least": 0.51}, False),
        ({"measure": "ratio", "at_most": None, "at_least": 0.5}, True),
        (LADDER | {"at_most": 0.9}, False),
        (LADDER | {"needs": {"shadow": "spread", "trial": "spread", "release": "spread"}}, False),
        ({"ladder": [RUNGS[0] | {"at_most": 0.25}], "needs": dict.fromkeys(("shadow", "trial", "release"), "spread")}, True),
        ({"ladder": [RUNGS[0] | {"at_most": 0.24}], "needs": dict.fromkeys(("shadow", "trial", "release"), "spread")}, False),
    ],
)
def test_a_limit_that_hardly_any_data_could_break_asks_nothing(changes: dict[str, Any], nothing: bool) -> None:
    limit = policy(**alarm(**changes)).limits[0]
    assert limit.asks_nothing == nothing
    assert limit.stops == (not nothing)
    assert not policy(**alarm(**changes | {"severity": "warn"})).limits[0].stops
