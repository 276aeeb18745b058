"""The main example: what it is made of, and the road that it walks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.authoring.project import open_project
from smartstart_gov.demo.early_help import AREAS, EARLY_HELP, MEANS, TOWNS, VOCABULARY, early_help, registers
from smartstart_gov.demo.scenarios import AUTHORED
from smartstart_gov.errors import Refused
from smartstart_gov.intake.validate import validate
from tests.house.tree import ROOT

PROJECT = open_project(EARLY_HELP.folder())


class TestMade:
    """The generator, and what people wrote about it."""

    def test_every_neighbourhood_has_its_own_size_and_no_other(self) -> None:
        made = registers().municipality
        sizes = made["neighbourhood"].value_counts()
        of = {f"{town}, {name}": round(n * young / 100 * 8 / 15) for town, name, n, young, _, _ in AREAS if town == "Tilburg"}
        assert sizes.to_dict() == of
        assert min(of.values()) >= 100
        # Children of 4 to 11 are about a sixteenth of a town: nobody was added.
        assert len(made) / sum(one[2] for one in AREAS if one[0] == "Tilburg") == pytest.approx(8 / 15 * 0.145, abs=0.01)

    def test_the_figures_are_the_published_ones(self) -> None:
        path = ROOT.parent / "shared" / "data" / "nl_wijken_gemeenten_2022.csv.gz"
        if not path.is_file():
            pytest.skip("the published figures are not on this machine")
        import pandas as pd

        table = pd.read_csv(path)
        codes = {name: code[2:] for code, name in zip(table["code"], table["name"], strict=True) if code.startswith("GM")}
        here = table[table["level"] == "wijk"]
        names = here["name"].str.replace(r"^Wijk \d+ ", "", regex=True)
        for town, name, people, young, low, owned in AREAS:
            (row,) = here[(names == name) & (here["code"].str[2:6] == codes[town])].itertuples()
            assert (row.population, row.pop_0_14, row.income_low, row.dwelling_ownership) == (people, young, low, owned)

    def test_the_same_seed_draws_the_same_children_whatever_towns_are_beside_them(self) -> None:
        alone, beside = registers().municipality, registers(TOWNS).municipality
        assert alone.equals(beside.iloc[: len(alone)])
        assert not alone["moved"].equals(registers(seed=1).municipality["moved"])

    @pytest.mark.parametrize(
        "given",
        [
            {"towns": []}, {"towns": ["Nergenshuizen"]}, {"towns": "Tilburg"}, {"towns": ["Tilburg", "Tilburg"]}, {"towns": None},
            {"towns": [None]}, {"towns": [["Tilburg"]]}, {"towns": 3}, {"seed": -1}, {"seed": 1.5}, {"seed": None}, {"seed": "1"},
        ],
    )  # fmt: skip
    def test_a_town_or_seed_that_is_none_is_refused(self, given: dict[str, Any]) -> None:
        with pytest.raises(Refused, match="U01"):
            registers(**given)

    def test_of_a_child_only_neighbourhood_groups_and_outcome_are_left(self) -> None:
        table = early_help()
        validate(table, PROJECT.contract)
        assert set(table.native.columns) == {column.name for column in PROJECT.contract.columns}
        features = [column.name for column in PROJECT.contract.with_role("feature")]
        assert sorted(features) == sorted(MEANS)
        assert (table.native.groupby("neighbourhood")[features].nunique() == 1).all(axis=None)
        assert table.report.linked == len(table.native)
        assert 0 < table.report.rows - table.report.linked < 0.05 * table.report.rows

    def test_what_people_wrote_leaves_nothing_open_and_says_that_nobody_is_real(self) -> None:
        assert PROJECT.contract.synthetic
        assert PROJECT.contract.aggregation_level == "neighbourhood"
        assert list(open_facts(PROJECT.charter, PROJECT.contract, PROJECT.policy)) == []
        columns = {column.name for column in PROJECT.contract.columns}
        assert columns == {name for data in PROJECT.charter.personal_data for name in data.columns}
        assert all(party.columns and columns.issuperset(party.columns) for party in PROJECT.charter.parties)
        # Two places say whether this is a high-risk system, and must agree.
        assert (PROJECT.charter.domain, PROJECT.charter.prescan["6.1.2"]) == ("none", False)
        assert sum(map(len, VOCABULARY.values())) == 7, "the charter says how many words are counted"
        assert len([one for one in AREAS if one[0] == "Tilburg"]) == 41, "the charter says how many neighbourhoods there are"

    def test_no_area_can_be_told_by_a_name_of_a_person(self) -> None:
        texts = " ".join((EARLY_HELP.folder() / name).read_text(encoding="utf-8") for name in (*AUTHORED, *EARLY_HELP.more))
        assert not re.search(r"@|\b(dhr|mevr|mr|mrs|drs)\b\.?", texts, re.IGNORECASE)
