"""What is written as a file is read as the same value, whatever signs stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.reader import reading
from smartstart_gov.authoring.writer import yaml_text
from smartstart_gov.errors import Refused
from tests.contracts import contracts
from tests.intake import frames


@given(contracts())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_contract_is_read_as_it_was_written(tmp_path: Path, contract: DataContract) -> None:
    file = tmp_path / "contract.yaml"
    file.write_text(yaml_text(contract, comment="A comment\nof two lines."), encoding="utf-8")
    again = reading(file, DataContract).value
    assert again == contract
    assert again.digest == contract.digest


@pytest.mark.parametrize(
    ("file", "kind"), [("charter.yaml", Charter), ("contract.yaml", DataContract), ("policy.yaml", Policy)]
)
def test_the_files_of_a_project_are_read_as_they_were_written(
    started: Path, tmp_path: Path, file: str, kind: type[Charter] | type[DataContract] | type[Policy]
) -> None:
    value = reading(started / file, kind).value
    (tmp_path / file).write_text(yaml_text(value), encoding="utf-8")
    assert reading(tmp_path / file, kind).value == value


def test_a_number_that_the_reader_would_not_take_is_refused() -> None:
    columns = [dict(column) for column in frames.COLUMNS]
    columns[5] |= {"minimum": 1 / 7, "maximum": 10}
    with pytest.raises(Refused, match=r"Key columns\[5\]\.minimum has a number of more than 15 characters"):
        yaml_text(frames.contract(columns=columns))
