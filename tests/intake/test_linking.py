"""Sources become one table: nobody is lost silently, and what cannot be linked honestly is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.counting.handover import join_attributes
from smartstart_gov.errors import Violation
from smartstart_gov.intake.keys import is_service_number
from smartstart_gov.intake.link import Linked, link
from smartstart_gov.intake.link_report import LinkReport
from smartstart_gov.intake.validate import validate
from tests.intake.frames import column
from tests.linked import COLUMNS, LINK, contract, exactly, frames

SIZES = {"A": 60, "B": 30, "C": 10}
Found = tuple[Violation, ...]


def _both(made: dict[str, pd.DataFrame], library: str) -> dict[str, Any]:
    return made if library == "pandas" else {name: pl.from_pandas(frame) for name, frame in made.items()}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_rows_keep_their_order_and_meet_their_partner(library: str) -> None:
    made = exactly(SIZES, {"B": 0.1})
    linked = link(_both(made, library), contract())
    valid = validate(linked, contract())
    wanted = made["base"].merge(made["school"], on="pupil", how="inner")
    for name in wanted:
        assert valid.column(str(name)).tolist() == wanted[name].tolist()
    assert type(linked.native).__module__.partition(".")[0] == library
    assert valid.links is linked.report
    assert repr(linked) == "Linked(97 of 100 rows, LinkReport(97 of 100 rows linked: school 97))"


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_who_is_lost_is_counted_by_source_site_and_group(library: str) -> None:
    made = exactly(SIZES, {"B": 0.1})
    made["base"].loc[99, "pupil"] = None
    made["base"].loc[0, "origin"] = None
    extra = pd.DataFrame({"pupil": ["x1", "x2"], "absence": [0.1, 0.2]})
    made["school"] = pd.concat([made["school"], extra], ignore_index=True)
    report = link(_both(made, library), contract()).report
    one = report.sources[0]
    assert (report.rows, report.linked) == (100, 96)
    assert (one.no_key, one.no_partner, one.unused, one.doubled, one.days_old) == (1, 3, 3, 0, None)
    groups = {
        group.attribute: dict(zip(group.levels, zip(group.rows, group.lost, strict=True), strict=True)) for group in one.groups
    }
    assert groups["origin"] == {"A": (59, 0), "B": (30, 3), "C": (10, 1), "unknown": (1, 0)}
    assert sum(lost for _, lost in groups["town"].values()) == 4
    assert LinkReport.from_record(report.to_record()) == report


def test_groups_that_come_from_a_linked_source_are_known_where_that_one_links() -> None:
    columns = [{**c, "source": "school"} if c["name"] == "origin" else c for c in COLUMNS]
    columns.append(column("visits", "integer", "feature", source="clinic"))
    source = contract().sources["school"]
    links = [LINK, {"source": "clinic", "key": "client", "expected_share": 0.5}]
    kept = contract(columns=columns, links=links, sources={"intake": source, "school": source, "clinic": source})
    made = exactly(SIZES, {"A": 0.1})
    base, school = made["base"].drop(columns="origin").assign(client=np.arange(100)), made["school"]
    school = school.merge(made["base"][["pupil", "origin"]], on="pupil")
    clinic = pd.DataFrame({"client": np.arange(50, 100), "visits": 1})
    linked = link({"base": base, "school": school, "clinic": clinic}, kept)
    by_school, by_clinic = linked.report.sources
    assert by_school.unmeasured == ("origin",)
    assert [group.attribute for group in by_school.groups] == ["town"]
    known = next(group for group in by_clinic.groups if group.attribute == "origin")
    assert known.rows == (54, 30, 10, 0), "of the six that the school does not know, nobody knows the group"
    assert known.lost == (44, 0, 0, 0)
    assert linked.report.linked == 50
    # A key that is no column of the contract is gone.
    assert "client" not in linked.native
    validate(linked, kept)


def test_several_rows_of_one_person_may_share_what_is_known_of_that_person() -> None:
    made = frames({"A": 20, "B": 20, "C": 20})
    made["base"].loc[1, "pupil"] = made["base"].loc[0, "pupil"]
    report = link(made, contract()).report
    assert (report.linked, report.sources[0].doubled, report.sources[0].unused) == (60, 2, 1)


def test_the_age_of_an_extract_is_that_of_its_newest_record() -> None:
    aged = contract(links=[{**LINK, "moment": "changed", "maximum_days": 30}])
    made = frames(SIZES)
    made["school"]["changed"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(100) % 9, unit="D")
    linked = link(made, aged, as_of=dt.date(2026, 3, 1))
    assert linked.report.sources[0].days_old == 51
    assert "changed" not in linked.native


def _with(name: str, **columns: Any) -> Callable[[dict[str, pd.DataFrame]], dict[str, pd.DataFrame]]:
    return lambda made: {**made, name: made[name].assign(**columns)}


def _service_numbers(n: int) -> np.ndarray:
    weights = np.array([9, 8, 7, 6, 5, 4, 3, 2, -1])
    found = [i for i in range(100_000_000, 100_003_000) if weights @ list(map(int, str(i))) % 11 == 0]
    return np.array([str(i) for i in found[:n]])


REFUSED: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "no extract": (lambda made: {"base": made["base"]}, ["U01"]),
    "two base tables": (lambda made: {**made, "more": made["base"]}, ["U01"]),
    "no frame": (lambda made: {**made, "school": [1]}, ["U01", "U01"]),
    "two libraries": (lambda made: {**made, "school": pl.from_pandas(made["school"])}, ["U01"]),
    "no key": (lambda made: {**made, "base": made["base"].drop(columns="pupil")}, ["D20"]),
    "keys of another type": (_with("school", pupil=np.arange(100)), ["D10"]),
    "keys that are numbers with decimals": (_with("school", pupil=np.arange(100) / 2), ["D10"]),
    "a key that is missing": (lambda made: {**made, "school": made["school"].assign(pupil=made["school"]["pupil"].where(lambda s: s.index > 0))}, ["D10"]),
    "duplicate keys": (lambda made: {**made, "school": pd.concat([made["school"], made["school"][:1]])}, ["D10"]),
    "a column in both": (_with("school", debt=0.5), ["D14"]),
    "a column in the wrong frame": (lambda made: {"base": made["base"].assign(absence=1.0), "school": made["school"][["pupil"]]}, ["D14"]),
    "service numbers": (lambda made: {name: made[name].assign(pupil=_service_numbers(100)) for name in made}, ["D22", "D22"]),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_cannot_be_linked_is_refused(why: str, violations_of: Callable[..., Found]) -> None:
    change, rules = REFUSED[why]
    found = violations_of(link, change(frames(SIZES)), contract())
    assert [v.rule for v in found] == rules, found
    assert not any("p0000" in v.what for v in found), "no record's value stands in a message"


def test_a_many_to_many_join_is_named(violations_of: Callable[..., Found]) -> None:
    made = frames(SIZES)
    for name in made:
        made[name] = pd.concat([made[name], made[name]], ignore_index=True)
    (found,) = violations_of(link, made, contract())
    assert (found.rule, "every pair would become a row" in found.what) == ("D10", True)


def test_service_numbers_are_known_by_their_test_and_random_numbers_are_not(violations_of: Callable[..., Found]) -> None:
    draw = np.random.default_rng(0)
    numbers = _service_numbers(200)
    assert is_service_number(pd.Series(numbers))
    assert is_service_number(pd.Series(numbers.astype(np.int64)))
    assert is_service_number(pd.Series([f"{n[:4]}.{n[4:6]}.{n[6:]}" for n in numbers]))
    assert is_service_number(pd.Series(np.where(np.arange(200) < 10, "typo", numbers)))
    assert not any(is_service_number(pd.Series(draw.integers(10**8, 10**9, 200).astype(str))) for _ in range(50))
    assert not is_service_number(pd.Series([f"k{n}" for n in numbers]))
    assert not is_service_number(pd.Series(np.arange(200)))
    made = frames({"A": 100, "B": 50, "C": 50})
    made["base"]["pupil"] = numbers
    flat = made["base"].assign(absence=0.5)
    assert [v.rule for v in violations_of(validate, flat, contract())] == ["D22"]


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ([{**LINK, "source": "nobody"}], "not under sources"),
        ([LINK, LINK], "linked twice"),
        ([LINK, {**LINK, "source": "intake"}], "there is no base table"),
        ([{**LINK, "moment": "changed"}], "also needs maximum_days"),
        ([{**LINK, "maximum_days": 3}], "also needs moment"),
        ([{**LINK, "expected_share": 1.5}], "less than or equal to 1"),
        ([{**LINK, "kee": "x"}], "Extra inputs"),
    ],
)
def test_a_link_says_what_it_needs(links: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        contract(links=links)


def test_a_contract_without_links_keeps_the_digest_it_had() -> None:
    plain, tied = contract(links=()), contract()
    assert "links" not in plain.to_record()
    assert DataContract.from_record(plain.to_record()) == plain
    assert DataContract.from_record(tied.to_record()) == tied
    assert isinstance(link(frames(SIZES), tied), Linked)


def test_attributes_beside_linked_sources_are_refused(violations_of: Callable[..., Found]) -> None:
    linked = link(frames(SIZES), contract())
    assert [v.rule for v in violations_of(join_attributes, linked, frames(SIZES)["base"], "pupil")] == ["U01"]
