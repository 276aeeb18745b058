"""An estimator by name: from the project's folder first, without leaving anything there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from smartstart_gov.authoring.entry_point import named_estimator
from smartstart_gov.errors import Refused

SCRIPT = """
from sklearn.linear_model import LogisticRegression
import neighbour

made = LogisticRegression(C=neighbour.STRENGTH)

def make():
    return made

class Nested:
    kind = LogisticRegression

def broken():
    raise ValueError("record of Jansen")

def leaving():
    raise SystemExit(0)

def picky(strength):
    return LogisticRegression(C=strength)

word = "text"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A project's folder with a script and a module beside it."""
    (tmp_path / "script_of_test.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "neighbour.py").write_text("STRENGTH = 0.25\n", encoding="utf-8")
    yield tmp_path
    for name in ("script_of_test", "neighbour"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["made", "make"])
def test_an_estimator_or_a_function_that_gives_one(folder: Path, name: str) -> None:
    before = list(sys.path)
    found = named_estimator(f"script_of_test:{name}", folder=folder)
    assert isinstance(found, LogisticRegression)
    assert found.C == 0.25
    assert sys.path == before
    assert {path.name for path in folder.iterdir()} == {"script_of_test.py", "neighbour.py"}


def test_a_class_is_called_and_dots_lead_inwards(folder: Path) -> None:
    assert isinstance(named_estimator("script_of_test:Nested.kind", folder=folder), LogisticRegression)


def test_any_module_that_can_be_imported(tmp_path: Path) -> None:
    assert isinstance(named_estimator("sklearn.linear_model:LogisticRegression", folder=tmp_path), LogisticRegression)


def test_the_project_comes_before_everything_else(folder: Path) -> None:
    (folder / "json.py").write_text("thing = object()\n\ndef fit(): ...\n", encoding="utf-8")
    original = sys.modules["json"]
    try:
        with pytest.raises(Refused, match="neither an estimator"):
            named_estimator("json:thing", folder=folder)
    finally:
        sys.modules["json"] = original


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("script_of_test", "U01"), (":made", "U01"), ("script_of_test:", "U01"), ("../x:made", "U01"), ("script_of_test:absent", "U01"),
        ("absent_module:made", "U01"), ("script_of_test:word", "M02"), ("script_of_test:broken", "M02"), ("script_of_test:picky", "M02"),
    ],
)  # fmt: skip
def test_what_cannot_be_had(folder: Path, name: str, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        named_estimator(name, folder=folder)
    assert refused.value.rule == rule
    assert "Jansen" not in str(refused.value)


def test_a_missing_package_is_named(folder: Path) -> None:
    (folder / "neighbour.py").write_text("import package_that_is_not_there\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        named_estimator("script_of_test:made", folder=folder)
    assert refused.value.rule == "U02"
    assert "package_that_is_not_there" in str(refused.value)


@pytest.mark.parametrize("status", ["", "0", "1", "'done'"])
def test_a_module_that_leaves_the_process_is_refused(folder: Path, status: str) -> None:
    (folder / "leaves_of_test.py").write_text(f"import sys\nmodel = None\nsys.exit({status})\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"sys\.exit") as refusal:
        named_estimator("leaves_of_test:model", folder=folder)
    assert refusal.value.violations[0].rule == "M02"
    assert "leaves_of_test" not in sys.modules


def test_a_function_that_leaves_the_process_is_refused(folder: Path) -> None:
    with pytest.raises(Refused, match=r"sys\.exit"):
        named_estimator("script_of_test:leaving", folder=folder)
