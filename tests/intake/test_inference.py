"""infer(): types, roles and their reasons, codes for unknown, area codes; and what it refuses to guess about."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.contract import DataContract, Role
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.draft.codes import area_steps
from smartstart_gov.intake.draft.inference import infer, outer_range
from smartstart_gov.intake.draft.proposal import expected_of
from smartstart_gov.intake.draft.vocabulary import meaning_of
from smartstart_gov.intake.files import read_untyped
from smartstart_gov.intake.keys import could_be_bsn, is_service_number
from smartstart_gov.intake.validate import validate
from tests.projects import SOURCE

N = 600


def people(**more: Any) -> pd.DataFrame:
    """Rows as a municipality has them; column names in Dutch."""
    rng = np.random.default_rng(5)
    return pd.DataFrame({
        "pseudoniem_gezin": [f"h{i // 2:06x}" for i in range(N)],
        "buurtcode": rng.choice(["BU08550101", "BU08550102", "BU08550203", "BU08559A01"], N),
        "wijkcode": rng.choice(["WK085501", "WK085502"], N),
        "geslacht": rng.choice(["M", "V", "O"], N, p=[0.49, 0.49, 0.02]),
        "herkomst": rng.choice(["Nederland", "Europa (exclusief Nederland)", "Buiten-Europa", "Onbekend"], N, p=[0.6, 0.2, 0.15, 0.05]),
        "aantal_dagen_verzuim": rng.poisson(4, N),
        "inkomen": np.where(rng.random(N) < 0.1, np.nan, rng.gamma(2, 900, N).round(2)),
        "woningtype": rng.choice(["huur", "koop"], N),
        "opmerking": [f"tekst {i} {'x' * 70}" for i in range(N)],
        "peildatum": pd.Timestamp("2025-01-31"),
        "kreeg_hulp": rng.choice(["nee", "ja"], N, p=[0.8, 0.2]),
    } | more)  # fmt: skip


def test_roles_are_guessed_with_a_reason_each() -> None:
    draft = infer(people())
    assert {c.name: c.role for c in draft.columns} == {
        "pseudoniem_gezin": "unit", "buurtcode": "sensitive", "wijkcode": "ignore", "geslacht": "sensitive", "herkomst": "sensitive",
        "aantal_dagen_verzuim": "feature", "inkomen": "feature", "woningtype": "feature", "opmerking": "ignore",
        "peildatum": "ignore", "kreeg_hulp": "label",
    }  # fmt: skip
    assert all(column.reason.nl and column.reason.en for column in draft.columns)
    assert draft.column("wijkcode").reason.en == "follows from the code in buurtcode"
    assert draft.column("herkomst").special_category
    assert not draft.column("geslacht").special_category
    assert "justification" in draft.column("inkomen").reason.en
    assert meaning_of("aantal_dagen_verzuim") == draft.column("aantal_dagen_verzuim").meaning


def test_codes_for_unknown_are_no_groups() -> None:
    draft = infer(people())
    sex, origin = draft.column("geslacht"), draft.column("herkomst")
    assert (sex.levels, sex.unknown_values) == (("M", "V"), ("O",))
    assert [label.nl for _, label in sex.labels] == ["man", "vrouw"]
    assert origin.unknown_values == ("Onbekend",)
    share = (people()["herkomst"] == "Onbekend").mean()
    assert share <= (origin.maximum_unknown_share or 0) <= share + 0.02


def test_area_codes_carry_their_hierarchy() -> None:
    ((name, steps),) = infer(people()).hierarchies
    assert (name, [step.name for step in steps]) == ("buurtcode", ["wijk", "gemeente"])
    assert steps[0].parents["BU08559A01"] == "WK08559A"
    assert set(steps[1].parents) == set(steps[0].parents.values())


@settings(max_examples=50)
@given(st.sets(st.from_regex(r"BU[0-9]{2}5[0-9A-B]{1}[0-9]{1}[0-9A-Z]{3}", fullmatch=True), min_size=2, max_size=40))
def test_every_step_joins_something_and_has_one_parent_each(codes: set[str]) -> None:
    below = set(codes)
    for step in area_steps("BU", codes):
        assert set(step.parents) == below
        assert len(set(step.parents.values())) < len(below)
        below = set(step.parents.values())


def test_the_draft_becomes_a_contract_that_the_same_rows_keep() -> None:
    for frame in (people(), pl.from_pandas(people())):
        contract = infer(frame).to_contract(name="people", sources={"data": SOURCE})
        assert isinstance(contract, DataContract)
        assert validate(frame, contract).rows == N
        assert DataContract.from_record(contract.to_record()) == contract


WORDS = [
    "unknown",
    "open",
    "Onbekend",
    "n/a",
    "",
    "yes",
    "no",
    "ja",
    "M",
    "V",
    "0",
    "1",
    "Nederland",
    "Turkije",
    "a",
    "A",
    "b ",
]


@settings(max_examples=150, deadline=None)
@given(
    values=st.one_of(
        st.lists(st.sampled_from([*WORDS, None]), min_size=4, max_size=12), st.lists(st.sampled_from([0, 1, 9, 111, 112, -1]), min_size=4),
    ),
    name=st.sampled_from(["hulp", "geslacht", "herkomst", "school", "handicap", "x", "persoon_id", "taal"]),
    role=st.sampled_from([None, "label", "site", "control", "sensitive", "feature"]),
)  # fmt: skip
def test_whatever_stands_in_a_column_the_draft_is_a_contract_that_its_rows_keep(
    values: list[Any], name: str, role: Any
) -> None:
    series = pd.Series(np.resize(np.array(values, dtype=object), 40)).convert_dtypes()
    frame = people().head(40).drop(columns=["opmerking", "kreeg_hulp"]).assign(**{name: series})
    try:
        contract = infer(frame, roles={} if role is None else {name: role}).to_contract(name="people", sources={"data": SOURCE})
        assert validate(frame, contract).rows == 40
    except Refused:
        # A role that a person asked for may be impossible; a guess may not.
        if role is None:
            raise


def bsns(n: int, seed: int = 3) -> list[str]:
    draw, found = random.Random(seed), []
    while len(found) < n:
        number = f"{draw.randrange(10**8, 10**9)}"
        if could_be_bsn(number):
            found.append(number)
    return found


def pointed(number: str) -> str:
    return f"{number[:4]}.{number[4:6]}.{number[6:]}"


@pytest.mark.parametrize("kind", [str, int, float, pointed])
def test_citizen_service_numbers_are_refused_whatever_their_column_is_called(kind: type) -> None:
    with pytest.raises(Refused) as refused:
        infer(people(sleutel=[kind(number) for number in bsns(N)]))
    (violation,) = refused.value.violations
    assert violation.rule == "D10"
    assert "sleutel" in violation.where
    assert "pseudonym" in violation.remedy
    assert not any(number in str(violation) for number in bsns(N)), "no record's value stands in an error"


def test_other_numbers_of_nine_digits_are_not_taken_for_them() -> None:
    draw = np.random.default_rng(0)
    assert not any(is_service_number(draw.integers(10**8, 10**9, size)) for size in (5, 20, 100, 1000) for _ in range(25))
    assert is_service_number(bsns(5))
    assert not is_service_number(bsns(4))
    small = [number for number in range(10**6, 10**6 + 9000) if could_be_bsn(number)]
    assert len(small) > 500
    assert is_service_number(small), "zeros at the front were lost"
    assert is_service_number([*bsns(40), *map(pointed, bsns(40, seed=4)), "typing error", None])
    assert infer(people(nummer=draw.integers(10**8, 10**9, N))).column("nummer").role != "feature"


def test_all_that_is_wrong_is_told_at_once() -> None:
    frame = people(bsn=bsns(N)).assign(**{"naam ": "x", "spans": pd.Timedelta(days=1)})
    with pytest.raises(Refused) as refused:
        infer(frame, label="uitkomst")
    assert [v.rule for v in refused.value.violations] == ["D20", "D10", "N02", "D17"]


@pytest.mark.parametrize("role", ["sensitive", None])
def test_a_group_that_no_document_can_draw_is_refused_whoever_chose_the_role(role: Role | None) -> None:
    frame = people(geslacht=["中文", "Vrouw"] * (N // 2))
    with pytest.raises(Refused) as refused:
        infer(frame, roles={} if role is None else {"geslacht": role})
    (found,) = refused.value.violations
    assert found.rule == "N04"
    assert "U+4E2D, U+6587" in found.what
    assert "geslacht" in found.where
    assert "--role geslacht=ignore" in found.remedy
    assert infer(frame, roles={"geslacht": "ignore"}).column("geslacht").role == "ignore"


def test_a_column_whose_name_no_document_can_draw_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        infer(people(geslacht=["a", "b"] * (N // 2)).rename(columns={"geslacht": "性別"}))
    assert [v.rule for v in refused.value.violations] == ["N04"]


@pytest.mark.parametrize(
    ("values", "name", "what"),
    [
        ([111, 112, 120], "huishouden", "codes"), ([1, 2], "vorige", "codes"), ([0, 1, 2, 3], "opleiding_niveau", "codes"),
        ([2019, 2020, 2021], "instroom", "amount"), ([0, 1, 2, 3], "aantal_meldingen", "amount"), ([0, 1, 2, 3], "checks", "amount"),
        ([0, 1, 2, 3], "aantal_wijken", "amount"),
    ],
)  # fmt: skip
def test_few_whole_numbers_are_codes_or_amounts_and_the_reason_says_which(values: list[int], name: str, what: str) -> None:
    column = infer(people(**{name: np.resize(values, N)})).column(name)
    assert column.role == "feature"
    assert what in column.reason.en
    assert (column.levels == tuple(values), column.minimum is None) == ((True, True) if what == "codes" else (False, False))


def test_codes_with_gaps_in_them_stay_what_they_are() -> None:
    codes = pd.array(np.resize([111, 112, None], N), dtype="Int64")
    contract = infer(people(huishouden=codes)).to_contract(name="people", sources={"data": SOURCE})
    assert (contract.column("huishouden").levels, contract.column("huishouden").nullable) == ((111, 112), True)
    assert validate(people(huishouden=codes), contract).rows == N


@pytest.mark.parametrize("values", [["nee", "ja"], [False, True], [0, 1]])
def test_what_a_label_counts_as_one_is_never_guessed(values: list[Any]) -> None:
    frame = people(kreeg_hulp=np.resize(values, N))
    contract = infer(frame).to_contract(name="people", sources={"data": SOURCE})
    assert contract.column("kreeg_hulp").positive is None
    with pytest.raises(Refused, match="counts as 1") as refused:
        contract.outcome()
    assert refused.value.rule == "D07"
    assert all(json.dumps(value) in refused.value.violations[0].remedy for value in values)
    for typed in (str(values[1]), json.dumps(values[1]).strip('"')):
        assert infer(frame, positive=typed).column("kreeg_hulp").positive == values[1]
    with pytest.raises(Refused, match="not a value of label"):
        infer(frame, positive="misschien")


def test_of_several_columns_that_may_be_the_outcome_none_is_guessed(shared_data: Path) -> None:
    draft = infer(read_untyped(shared_data / "mpls_stops_2017.parquet"))
    assert not draft.with_role("label")
    (note,) = [note.en for note in draft.notes if "outcome" in note.en]
    assert "citationIssued, vehicleSearch, personSearch" in note
    assert not infer(people(kreeg_geld=np.resize(["nee", "ja", "nee"], N))).with_role("label")


def test_a_table_of_hundreds_of_columns_is_drafted_and_its_notes_stay_short(shared_data: Path) -> None:
    draft = infer(read_untyped(shared_data / "rotterdam_features_synthetic.parquet"))
    assert len(draft.columns) == 315
    assert all(len(note.en.split(", ")) <= 12 for note in draft.notes)
    assert any(re.search(r"and \d+ more", note.en) for note in draft.notes)


def test_codes_of_the_real_census_are_no_amounts(shared_data: Path) -> None:
    draft = infer(read_untyped(shared_data / "dutch_census_2001.parquet"))
    assert all(column.levels and column.minimum is None for column in draft.columns)
    assert [column.name for column in draft.with_role("label")] == ["occupation"]


def test_the_user_has_the_last_word() -> None:
    draft = infer(people(), label="woningtype", roles={"kreeg_hulp": "feature", "inkomen": "ignore"})
    assert [draft.column(name).role for name in ("woningtype", "kreeg_hulp", "inkomen")] == ["label", "feature", "ignore"]


def test_levels_that_look_alike_are_said_and_not_audited_as_two_groups() -> None:
    frame = people()
    frame.loc[:5, "herkomst"] = "nederland"
    column = infer(frame).column("herkomst")
    assert (column.role, column.levels) == ("ignore", None)
    assert "case" in column.reason.en


@settings(max_examples=200)
@example(low=0.0, span=1_000_000.0000003, whole=False)
@given(low=st.floats(-1e9, 1e9), span=st.floats(0, 1e9), whole=st.booleans())
def test_a_range_holds_what_was_seen(low: float, span: float, whole: bool) -> None:
    pair = (int(low), int(low + span)) if whole else (low, low + span)
    outer = outer_range(*pair, whole=whole)
    assert outer[0] <= pair[0] <= pair[1] <= outer[1]
    assert outer[0] >= 0 or pair[0] < 0


def said(draft: Any, sign: str) -> str:
    """The notes, in English, that hold `sign`."""
    return "\n".join(note.en for note in draft.notes if sign in note.en)


BORN = pd.date_range("2005-01-01", periods=N, freq="D")


def test_a_day_of_birth_is_no_moment_of_a_case() -> None:
    frame = people(peildatum=pd.date_range("2024-01-01", periods=N, freq="D"))
    frame.insert(0, "geboortedatum", BORN)
    draft = infer(frame)
    assert [c.name for c in draft.with_role("time")] == ["peildatum"]
    assert draft.column("geboortedatum").role == "ignore"
    assert "age bands" in draft.column("geboortedatum").reason.en
    assert infer(people(dob=BORN)).column("dob").meaning == draft.column("geboortedatum").meaning


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("geboortedatum", BORN), ("dob", BORN), ("leeftijd", np.arange(N) % 70), ("geboortejaar", 1950 + np.arange(N) % 60),
        ("postcode", [f"50{i % 90 + 10}AB" for i in range(N)]), ("nationaliteit", [f"land {i % 300}" for i in range(N)]),
        ("geboorteland", np.arange(N) % 300), ("diagnose", [f"tekst {i % 90}" for i in range(N)]),
        ("geboorteland", np.resize(["Turkije", "turkije", "Polen"], N)), ("land", np.resize(["Turkije", "turkije", "Polen", "Marokko"], N)),
        ("moedertaal", np.resize(["a", "b", "c"], N)),
    ],
)  # fmt: skip
def test_what_is_about_groups_and_is_not_compared_is_said_aloud(name: str, values: Any) -> None:
    draft = infer(people(**{name: values}))
    assert draft.column(name).role != "sensitive"
    assert said(draft, "are not compared") == (
        f"These describe groups of people but are not compared: {name}. contract.yaml gives the reason above each column."
    )
    assert name in said(infer(people(**{name: values}), roles={name: "ignore"}), "are not compared"), "whoever left it out"


@pytest.mark.parametrize(("names", "role", "special"), [
    ("foreign foreign_worker immigrant statushouder verblijfsstatus asielzoeker niet_westers hispanic", "sensitive", True),
    ("moslim denominatie political_opinion politieke_gezindheid vakbondslid union_member sexual_orientation", "sensitive", True),
    ("health_status gezondheid beperking zwanger pregnant lvb adhd chronisch_ziek", "sensitive", True),
    ("is_female vrouw man_vrouw meisje mv gehuwd married", "sensitive", None),
    ("leefvorm household_type eenoudergezin single_parent", "feature", None),
    ("politie_melding politiecontacten unie manager case_manager verhuisd land_oppervlak", "feature", None),
])  # fmt: skip
def test_what_the_law_protects_is_known_by_its_names(names: str, role: str, special: bool | None) -> None:
    values = np.resize(["a", "b"], N)
    draft = infer(people(**dict.fromkeys(names.split(), values)))
    found = {name: (draft.column(name).role, draft.column(name).special_category) for name in names.split()}
    assert set(found.values()) == {(role, special)}, found
    if "leefvorm" in found:
        assert all(any(note.en.startswith(f"{name} may stand for a protected group") for note in draft.notes) for name in found)
    else:
        assert role == "sensitive" or not any("protected group" in note.en for note in draft.notes)


def test_a_column_of_ones_for_women_is_not_labelled_as_if_one_were_men() -> None:
    assert infer(people(female=np.resize([1, 2], N))).column("female").labels == ()


def test_roles_that_cannot_stand_together_are_refused(violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    more = {"kans": np.linspace(0, 1, N), "advies": np.resize(["ja", "nee"], N)}
    draft = infer(people(**more), roles={"kans": "score", "advies": "decision"})
    (found,) = violations_of(draft.to_contract, name="x", sources={"data": SOURCE})
    assert "both a score and a decision" in found.what
    assert "role ignore" in found.remedy


def test_what_is_compared_under_another_name_is_not_said_to_be_left_out() -> None:
    assert not said(infer(people()), "are not compared"), "wijkcode follows from buurtcode"
    bands = np.resize(["0-35", "35-55", "55<="], N)
    draft = infer(people(age=np.arange(N) % 70, age_band=bands))
    assert draft.column("age_band").levels == ("0-35", "35-55", "55<=")
    assert not said(draft, "are not compared")


def test_a_day_of_birth_is_said_not_to_be_compared_beside_bands_of_age_too() -> None:
    bands = np.resize(["0-35", "35-55", "55<="], N)
    draft = infer(people(age=np.arange(N) % 70, dob=BORN, age_band=bands))
    assert said(draft, "not compared: dob") == (
        "These describe groups of people but are not compared: dob. contract.yaml gives the reason above each column."
    )
    assert "a date of birth" in draft.column("dob").reason.en


def test_what_may_stand_for_a_group_is_named_with_the_line_that_compares_it() -> None:
    bands, levels = np.resize(["0-10%", "10-20%", "20-30%"], N), np.resize(["A Level", "HE", "None"], N)
    rows = people(imd_band=bands, highest_education=levels, depriv_rank=np.arange(N) // 2)
    draft = infer(rows)
    for name in ("imd_band", "highest_education"):
        assert draft.column(name).role == "feature"
        assert said(draft, f"--role {name}=sensitive") == (
            f"{name} may stand for a protected group and is not compared. To compare it: --role {name}=sensitive"
        )
        assert "or give it the role sensitive" in draft.column(name).reason.en
    assert "depriv_rank. To compare it, make bands of it in the data" in said(draft, "make bands")
    compared = infer(rows, roles={"imd_band": "sensitive", "highest_education": "sensitive", "depriv_rank": "ignore"})
    assert compared.column("imd_band").levels == ("0-10%", "10-20%", "20-30%")
    assert not said(compared, "may stand for")


def test_x_is_a_sex_of_its_own_and_no_word_for_unknown() -> None:
    sex = infer(people(geslacht=np.resize(["m", "v", "x", "o"], N))).column("geslacht")
    assert (sex.levels, sex.unknown_values) == (("m", "v", "x"), ("o",))
    assert [label.en for _, label in sex.labels] == ["man", "woman"]


def test_an_outcome_of_several_values_is_asked_about() -> None:
    rows = people(final_result=np.resize(["Pass", "Fail", "Withdrawn", "Distinction"], N)).drop(columns="kreeg_hulp")
    draft = infer(rows)
    assert not draft.with_role("label")
    assert "final_result" in said(draft, "more than two values")
    with pytest.raises(Refused, match="exactly two levels"):
        infer(rows, label="final_result")
    passed = rows.assign(passed=rows["final_result"].isin(["Pass", "Distinction"]))
    assert "final_result" in said(infer(passed, label="passed"), "repeat the outcome"), "it would give the outcome away"


def test_scores_among_the_features_and_a_second_outcome_are_asked_about() -> None:
    rows = people(decile_score=np.arange(N) % 10 + 1, is_recid=np.resize([0, 1], N), two_year_recid=np.resize([0, 1, 1], N))
    draft = infer(rows.drop(columns="kreeg_hulp"), label="two_year_recid")
    assert "is_recid" in said(draft, "repeat the outcome")
    assert "decile_score" in said(draft, "from an existing model")
    with pytest.raises(Refused) as refused:
        validate(rows, infer(rows, roles={"decile_score": "score"}).to_contract(name="p", sources={"data": SOURCE}))
    assert [v.rule for v in refused.value.violations] == ["D08"]
    assert not said(infer(people()), "from an existing model")


def test_of_two_values_that_are_both_said_to_count_none_is_taken(violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    frame = people(hulp=np.resize(["ja", "nee"], N))
    (found,) = violations_of(infer, frame, roles={"hulp": "label"}, positive=["ja", "hulp=nee"])
    assert found.rule == "D07"
    assert infer(frame, roles={"hulp": "label"}, positive=["ja", "hulp=ja"]).column("hulp").positive == "ja"


def test_what_of_a_decision_means_selected_is_never_guessed() -> None:
    rows = people(advies=np.resize(["nee", "ja", "nee"], N), kreeg_hulp=np.resize(["a=b", "nee"], N))
    roles: dict[str, Role] = {"advies": "decision", "kreeg_hulp": "label"}

    def positives(*typed: str) -> tuple[Any, Any]:
        draft = infer(rows, roles=roles, positive=typed)
        return draft.column("advies").positive, draft.column("kreeg_hulp").positive

    assert "--positive advies=VALUE" in said(infer(rows, roles=roles), "is selected")
    assert positives("nee") == (None, "nee")
    assert positives("a=b", "advies=ja") == ("ja", "a=b")
    assert positives("advies=nee") == ("nee", None)
    with pytest.raises(Refused, match="not a value of decision 'advies'"):
        positives("advies=misschien")


@pytest.mark.parametrize(("ones", "rate"), [(3, 0.005), (6, 0.01), (60, 0.1), (1, 0.002)])
def test_a_rare_outcome_is_expected_as_rare_as_it_is(ones: int, rate: float) -> None:
    rows = people(kreeg_hulp=np.where(np.arange(N) < ones, "ja", "nee"))
    assert expected_of(rows, infer(rows, positive="ja")).base_rate == rate


def test_days_written_as_whole_numbers_are_no_amounts() -> None:
    days = BORN.strftime("%Y%m%d").astype(int)
    assert infer(people(instroom=days)).column("instroom").role == "ignore"
    assert infer(people(instroom=[*days[1:], 20260001])).column("instroom").role == "feature"


def test_a_number_of_students_is_the_key_of_persons() -> None:
    assert infer(people(id_student=np.arange(N) * 7).drop(columns="pseudoniem_gezin")).column("id_student").role == "unit"
