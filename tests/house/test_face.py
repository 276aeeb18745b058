"""The public face: these names and no others, each there, none in the way of a folder."""

from __future__ import annotations

import inspect
import subprocess
import sys

import smartstart_gov
from tests.house.tree import PACKAGE

#: Adding a name is a promise; taking one away breaks somebody's script.
NAMES = """
    Attribution Charter CountsAudit DataContract Decision Estimate EvidenceBroken EvidenceBundle Exported Finding GroupCodes LinkReport
    Linked MetricTable Policy Predictions Recheck Refused Run Tally TrainingRecord Verdict area_table audit audit_areas audit_counts audit_model
    audit_predictions compare count count_terms disparities doctor export from_pandera gate init_project judge link load_candidate load_released measure open_project power printable
    read_bundle read_contract recheck render revoke rowwise score_table seal sign sign_practice sign_seal sign_verdict signed_head table_shell to_pandera train trusted_types unwaive validate
    verify waive
""".split()  # noqa: SIM905 - reads better than thirty pairs of quotes


def test_names_are_these() -> None:
    assert sorted(smartstart_gov.__all__) == sorted(NAMES)
    assert set(NAMES) <= set(dir(smartstart_gov))


def test_every_name_is_there_and_documented() -> None:
    for name in NAMES:
        thing = getattr(smartstart_gov, name)
        assert inspect.getdoc(thing), f"{name} has no docstring"
        assert thing.__module__.startswith("smartstart_gov."), f"{name} is somebody else's"


def test_verbs_do_not_share_their_name_with_a_folder_or_module() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.stem != "__init__"}
    assert not rooms & set(NAMES), "after the first import of the module, the verb would be gone"


def test_a_verb_stays_a_verb_after_its_modules_were_imported() -> None:
    program = """
import smartstart_gov as gov, smartstart_gov.release.gate, smartstart_gov.counting.count
assert callable(gov.gate) and callable(gov.count)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=600)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(smartstart_gov, "tally_everything")


def test_types_are_shipped() -> None:
    assert (PACKAGE / "py.typed").is_file()
