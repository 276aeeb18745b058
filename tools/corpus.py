"""The bundle of today's format for tests/corpus, with its project and log: written by ``python -m tools.corpus``.

Evidence that was written once has to hold for good, so nothing here is ever made again. While a format is being built the
bundle of that format may be replaced; one that another version of the library wrote is refused.
"""

from __future__ import annotations

import json
import shutil
import string
import sys
import tempfile
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import smartstart_gov as gov
from smartstart_gov.authoring.names import STAGES
from smartstart_gov.evidence.folder import PRIVATE_FILE, VersionFolder
from smartstart_gov.evidence.rules import DOCUMENTS, FORMAT
from smartstart_gov.judgement.sentences import MESSAGES
from smartstart_gov.looks.registration import register
from tests.projects import TEXT, contract, policy, rows, write_project

FOLDER = Path(__file__).parents[1] / "tests" / "corpus"
#: What was said of the evidence the day it was written.
SAID = "said.json"
NAME, VERSION, ROWS = "help", "1.0.0", 3000
_LADDER = {
    "id": "areas", "metric": "selection_rate", "by": ["quarter"], "measure": "difference", "between": "rest", "at_most": 0.2,
    "reason": TEXT,
    "ladder": [{"id": "districts", "question": "rest", "step": "district"}],
    "needs": {"shadow": "districts", "trial": "districts", "release": "limit"},
}  # fmt: skip


def blanks(sentence: str) -> list[str]:
    """Return the values that a sentence needs.

    Examples
    --------
    >>> blanks("Shown for {inside} of {comparisons}; {inside} are inside.")
    ['comparisons', 'inside']
    """
    return sorted({name for _, name, _, _ in string.Formatter().parse(sentence) if name})


def decisions(version: Path) -> dict[str, Any]:
    """Return what the gate decides at each stage, and why."""
    return {stage: gov.gate(version, stage=stage).to_record() for stage in STAGES}


def made(folder: Path) -> None:
    """Write the project, its audit and what is said of it into the empty `folder`."""
    owned = {"what": "side", "name": "missed_cases", "reason": TEXT, "owner": "owner"}
    columns = [column for column in contract()["columns"] if column["role"] != "score"]
    home = write_project(
        folder / NAME,
        contract=contract(columns=columns),
        policy=policy(limits=[*policy()["limits"], _LADDER], left_out=[owned]),
    )
    project = gov.open_project(home)
    register(project, None)
    model, table = make_pipeline(StandardScaler(), LogisticRegression()), rows(ROWS, unknown=0.02).drop(columns="score")
    version = gov.audit(gov.train(model, table, project, random_state=7)).write(version=VERSION)
    VersionFolder(version).add({name: b"%PDF- stands in for " + name.encode() for name in DOCUMENTS})
    said: dict[str, Any] = {"library": gov.__version__, "format": FORMAT, "private": decisions(version)}
    said["words"] = {code: blanks(sentence) for code, sentence in MESSAGES.items()}
    kept = (version / PRIVATE_FILE).read_bytes()
    (version / PRIVATE_FILE).unlink()
    said["public"] = decisions(version)
    (version / PRIVATE_FILE).write_bytes(kept)
    (folder / SAID).write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def refusal(corpus: Path) -> str | None:
    """Return why the bundle of today's format may not be written into `corpus`; None where it may."""
    for said in sorted(corpus.glob(f"format-*/{SAID}")):
        found = json.loads(said.read_text(encoding="utf-8"))
        if found["format"] > FORMAT:
            return f"{said.parent.name} is newer than format {FORMAT}, which this version of the library writes"
        mine = said.parent.name == f"format-{FORMAT}"
        if mine and (found["format"], found["library"]) != (FORMAT, gov.__version__):
            return (
                f"{said.parent.name} was written by version {found['library']} in format {found['format']}, and has to hold"
                " as it is; raise FORMAT where the format changed"
            )
    return None


def main() -> int:
    """Write the bundle of today's format, or say why not."""
    why = refusal(FOLDER)
    if why is not None:
        print(f"Refused: {why}.")
        return 2
    target = FOLDER / f"format-{FORMAT}"
    with tempfile.TemporaryDirectory() as place:
        made(Path(place) / "made")
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(Path(place) / "made", target)
    print(f"Written: {target.relative_to(FOLDER.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
