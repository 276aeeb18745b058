"""init_from_data(): a project around somebody's own table, which runs, is marked, and does not pass."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smartstart_gov.authoring.project import open_project
from smartstart_gov.errors import Refused, Violation
from smartstart_gov.intake.draft.proposal import init_from_data
from smartstart_gov.intake.files import read_data, read_untyped
from smartstart_gov.intake.link import Linked, link
from smartstart_gov.intake.validate import validate
from smartstart_gov.planning.expectation import expectation
from tests.intake.sources import COLUMNS, ROWS, three_sources
from tests.intake.test_inference import bsns, people
from tools.typed_answers import answers


def written(folder: Path, kind: str) -> Path:
    """Write the same rows as a file of one kind."""
    path, frame = folder / f"people{kind}", people().drop(columns=["opmerking"])
    if kind == ".parquet":
        frame.to_parquet(path)
    elif kind == ".semicolon.csv":
        frame.to_csv(path, index=False, sep=";")
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("kind", [".csv", ".semicolon.csv", ".csv.gz", ".parquet"])
def test_the_drafted_files_hold_together_and_the_rows_keep_them(tmp_path: Path, kind: str) -> None:
    data = written(tmp_path, kind)
    begun = init_from_data(tmp_path / "model", data)
    project = open_project(tmp_path / "model")
    assert validate(read_data(data, project.contract), project.contract).rows == len(people())
    assert project.contract.unconfirmed == (*(column.name for column in begun.draft.columns), "expected")
    assert project.charter.legal_basis is None
    assert project.contract.sources["data"].lawful_basis is None
    text = (tmp_path / "model" / "contract.yaml").read_text(encoding="utf-8")
    for column in begun.draft.columns:
        assert f"  # {column.role}: {column.reason.en}.\n  - name: {column.name}\n" in text
    assert "every count depends on it.\n    positive: open\n" in text


def test_a_semicolon_inside_quotes_divides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b'"a;b;c",d\n1,007\n2,010\n'))
    frame = read_untyped(path)
    assert list(frame.columns) == ["a;b;c", "d"]
    assert frame["d"].tolist() == ["007", "010"], "leading zeros make it text"


def linked_again(project: Path, files: dict[str, Path]) -> Linked:
    contract = open_project(project).contract
    return link({name: read_data(file, contract) for name, file in files.items()}, contract)


def test_several_files_become_one_contract_with_links_to_confirm(tmp_path: Path) -> None:
    files = three_sources(tmp_path)
    begun = init_from_data(tmp_path / "model", files, positive="ja")
    contract = open_project(tmp_path / "model").contract
    assert [(one.source, one.key, one.expected_share) for one in contract.links] == [
        ("school", "pseudoniem", round((ROWS - 40) / ROWS - 0.005, 2)), ("zorg", "pseudoniem", 1.0),
    ]  # fmt: skip
    assert set(contract.unconfirmed) == {*(c.name for c in contract.columns), "links.school", "links.zorg", "expected"}
    assert {contract.column(name).source for name in ("spijbelen", "x17")} == {"school"}
    assert contract.column("pseudoniem").role == "unit"
    assert all(source.lawful_basis is None for source in contract.sources.values())
    linked = linked_again(tmp_path / "model", files)
    assert validate(linked, contract).rows == len(begun.table) == ROWS - 40
    assert set(linked.native.columns) == set(begun.table.columns)


def test_two_keys_of_which_an_extract_holds_both(tmp_path: Path) -> None:
    base = people().drop(columns=["opmerking"]).assign(leerling=[f"l{i}" for i in range(600)])
    made = {
        "base": base,
        "school": base[["leerling", "pseudoniem_gezin"]].assign(cijfer=np.arange(600.0) / 7),
        "zorg": base[["pseudoniem_gezin"]].drop_duplicates().assign(uren=np.arange(300)),
    }
    for name, frame in made.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    files = {name: tmp_path / f"{name}.parquet" for name in made}
    begun = init_from_data(tmp_path / "model", files)
    assert [(one.source, one.key) for one in begun.links] == [("school", "leerling"), ("zorg", "pseudoniem_gezin")]
    assert validate(linked_again(tmp_path / "model", files), open_project(tmp_path / "model").contract).rows == 600


def test_a_table_needs_at_most_two_typed_answers_a_column_and_one_a_source(tmp_path: Path) -> None:
    files = three_sources(tmp_path)
    typed = ["--positive", "ja", *(word for name, file in files.items() for word in ("--data", f"{name}={file}"))]
    init_from_data(tmp_path / "model", files, positive="ja")
    assert len(open_project(tmp_path / "model").contract.columns) == COLUMNS
    counted = answers(tmp_path / "model", typed)
    assert counted.unconfirmed == COLUMNS + 3
    # The one a source is whether it holds special-category data: until somebody says so, control R01 is not shown.
    assert counted.data <= 2 * COLUMNS + len(files)


def test_comments_teach_in_either_language_and_the_files_say_the_same(tmp_path: Path) -> None:
    files = three_sources(tmp_path)
    comments, values = [], []
    for lang in ("nl", "en"):
        init_from_data(tmp_path / lang, files, name="help", language=lang)  # type: ignore[arg-type]  # one of the two
        project = open_project(tmp_path / lang)
        values.append((project.charter.digest, project.contract.digest, project.policy.digest))
        text = "\n".join(
            (tmp_path / lang / f"{file}.yaml").read_text(encoding="utf-8") for file in ("charter", "contract", "policy")
        )
        comments.append({line.strip() for line in text.splitlines() if line.strip().startswith("#")})
    assert values[0] == values[1]
    assert not comments[0] & comments[1]
    assert not any(line.startswith(("#nl", "#en")) for line in comments[0] | comments[1])


@pytest.mark.parametrize(
    ("spoil", "rules", "word"),
    [
        (lambda base, school: (base, school.assign(geslacht="M")), ["D14"], "in both 'base' and 'school'"),
        (lambda base, school: (base, pd.concat([school, school[:3]])), ["D10"], "6 rows"),
        (lambda base, school: (pd.concat([base, base[:2]]), pd.concat([school, school[:3]])), ["D10"], "every pair"),
        (lambda base, school: (base, school.rename(columns={"pseudoniem": "leerling"})), ["U01"], "'school'"),
        (lambda base, school: (base, school.assign(pseudoniem=[f"x{i}" for i in range(len(school))])), ["D12"], "match"),
    ],
)
def test_files_that_cannot_be_linked_are_refused(
    tmp_path: Path,
    spoil: Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.DataFrame, pd.DataFrame]],
    rules: list[str],
    word: str,
) -> None:
    files = three_sources(tmp_path)
    made = spoil(read_untyped(files["personen"]), read_untyped(files["school"]))
    for frame, name in zip(made, ("base", "school"), strict=True):
        frame.to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", {"base": tmp_path / "base.parquet", "school": tmp_path / "school.parquet"})
    assert [violation.rule for violation in refused.value.violations] == rules
    assert word in str(refused.value)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(("column", "rule"), [("pseudoniem", "D22"), ("nummer", "D10")])
def test_service_numbers_are_refused_in_every_file_and_as_key(tmp_path: Path, column: str, rule: str) -> None:
    numbers = bsns(600)
    base = people().drop(columns=["opmerking"]).assign(pseudoniem=numbers)
    school = pd.DataFrame({"pseudoniem": numbers, "cijfer": np.arange(600.0) / 7})
    if column == "nummer":
        base, school = base.assign(pseudoniem=range(600)), school.assign(pseudoniem=range(600), nummer=numbers)
    base.to_parquet(tmp_path / "base.parquet")
    school.to_parquet(tmp_path / "school.parquet")
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", {"base": tmp_path / "base.parquet", "school": tmp_path / "school.parquet"})
    assert rule in {violation.rule for violation in refused.value.violations}
    assert not any(number in str(refused.value) for number in numbers)


def test_what_is_expected_is_rounded_and_waits_for_the_label(tmp_path: Path) -> None:
    data = written(tmp_path, ".parquet")
    init_from_data(tmp_path / "open", data)
    init_from_data(tmp_path / "said", data, positive="ja")
    unsaid, said = (open_project(tmp_path / name).contract.expected for name in ("open", "said"))
    assert unsaid is not None
    assert said is not None
    assert (unsaid.base_rate, said.base_rate) == (None, round(float((people()["kreeg_hulp"] == "ja").mean()), 2))
    assert said.rows_per_year == len(people())
    contract = open_project(tmp_path / "said").contract
    assert all(share <= (contract.column(name).maximum_unknown_share or 0) for name, share in said.unknown_shares.items())
    assert expectation(contract, said).rows == len(people()), "so `check` can plan without rows"


def test_citizen_service_numbers_leave_no_project_behind(tmp_path: Path) -> None:
    people(sleutel=bsns(600)).to_parquet(tmp_path / "people.parquet")
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", tmp_path / "people.parquet")
    assert [violation.rule for violation in refused.value.violations] == ["D10"]
    assert not (tmp_path / "model").exists()


def test_without_groups_the_remedy_says_how_to_name_them(tmp_path: Path) -> None:
    pd.DataFrame({"x": [0.5, 1.5, 2.25] * 20, "hulp": [True, False, True] * 20}).to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(Refused) as refused:
        init_from_data(tmp_path / "model", tmp_path / "rows.csv")
    assert "--role" in refused.value.violations[0].remedy


def test_unconfirmed_names_a_column_that_is_there(tmp_path: Path) -> None:
    init_from_data(tmp_path / "model", written(tmp_path, ".csv"))
    path = tmp_path / "model" / "contract.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\nunconfirmed:\n", "\nunconfirmed:\n  - nobody\n"), encoding="utf-8"
    )
    with pytest.raises(Refused, match="unconfirmed"):
        open_project(tmp_path / "model")


def test_real_arrests_are_drafted_and_kept(shared_data: Path, tmp_path: Path) -> None:
    data = shared_data / "toronto_arrests.csv.gz"
    init_from_data(tmp_path / "model", data)
    contract = open_project(tmp_path / "model").contract
    assert [column.name for column in contract.with_role("sensitive")] == ["colour", "sex", "citizen"]
    assert validate(read_data(data, contract), contract).rows == 5226


def test_a_table_of_thousands_of_columns_is_refused_by_their_number(
    tmp_path: Path, violations_of: Callable[..., tuple[Violation, ...]]
) -> None:
    flags = np.resize([False, True, True], (9, 3000))
    table = pd.DataFrame(flags, columns=[f"c{i}" for i in range(3000)]).assign(sekse=["man", "vrouw", "man"] * 3)
    table.to_parquet(tmp_path / "wide.parquet")
    (found,) = violations_of(init_from_data, tmp_path / "model", tmp_path / "wide.parquet")
    assert (found.rule, "3001 columns" in found.what) == ("P02", True)
    assert not (tmp_path / "model").exists()
