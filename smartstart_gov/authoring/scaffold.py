"""init_project(): a project to start from, with made-up rows, which is valid and can be audited as it is."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template

import numpy as np

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.ask import asked_in
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.names import ATTRIBUTES, ATTRIBUTES_FILE, CHARTER_FILE, CONTRACT_FILE, LOG_FOLDER, POLICY_FILE
from smartstart_gov.authoring.node import shown
from smartstart_gov.authoring.project import SPLIT_KEY
from smartstart_gov.authoring.value import OPEN, Problems, plain_name
from smartstart_gov.errors import Refused
from smartstart_gov.ledger import entry_of, file_of
from smartstart_gov.storage import is_empty_folder, write_folder

SAMPLE_FILE, SCRIPT_FILE = "sample.csv", "train.py"
#: Rows of the sample; one family may have two.
ROWS = 5000
_FAMILIES = 4200
_SEED = 20260101
#: Neighbourhood to its share of families, and origin to its share: no real place has them.
_NEIGHBOURHOODS = {
    "Bosrand": 0.12, "Havenkwartier": 0.16, "Molenveld": 0.22, "Oude Markt": 0.14, "Spoorzicht": 0.18, "Zonnehof": 0.18,
}  # fmt: skip
_ORIGINS = {"netherlands": 0.6, "europe": 0.17, "outside_europe": 0.21, "": 0.02}


def init_project(directory: Path | str, *, name: str | None = None) -> tuple[Path, ...]:
    """Write a project to start from into a new (or empty) folder, completely or not at all.

    It contains the three authored files with explanations, a table of made-up families, a training script, and a log
    with one entry: the random key of the split, drawn now, before anybody has seen a result.

    Parameters
    ----------
    directory : Path or str
        The folder; missing parent folders are created.
    name : str, optional
        Name of the model; by default derived from the folder's name.

    Returns
    -------
    tuple of Path
        What was written.

    Raises
    ------
    Refused
        R03 if the folder exists and is not empty, N01 for a name that is not plain, R01 if it cannot be written
        to disk.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    >>> sorted(path.name for path in written if path.parent.name == "early_help")
    ['.gitattributes', 'charter.yaml', 'contract.yaml', 'policy.yaml', 'sample.csv', 'train.py']
    """
    accept(init_project, locals())
    texts = {CHARTER_FILE: begun_charter(directory, name)}
    texts |= {file: start(file) for file in (CONTRACT_FILE, POLICY_FILE)}
    files = {file: text.encode() for file, text in texts.items()}
    return begin(directory, files | {SAMPLE_FILE: sample_csv(), SCRIPT_FILE: start(f"{SCRIPT_FILE}.txt").encode()})


def begun_charter(directory: Path | str, name: str | None) -> str:
    """Return the charter that a new project begins with."""
    return Template(start(CHARTER_FILE)).substitute(name=model_name(directory, name))


def model_name(directory: Path | str, name: str | None) -> str:
    """Return the plain name of the model: `name`, or one derived from the folder's."""
    return named(Path(os.path.abspath(directory)).name) if name is None else _checked(name)


def begin(directory: Path | str, texts: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write `texts`, and a log with the key of the split, into a new (or empty) folder; `init_project` says how."""
    # The current folder as "." has no name to write beside.
    home = Path(os.path.abspath(directory))
    if is_empty_folder(home) and Path.cwd().is_relative_to(home):
        what, remedy = f"{shown(home.name)} is the folder you are in.", "Go one folder up, and name a new folder."
        raise Refused("R03", what, str(home), remedy)
    log_name, log_entry = file_of(entry_of(SPLIT_KEY, {"key": secrets.token_hex(32)}))
    files = {ATTRIBUTES_FILE: ATTRIBUTES, **texts, f"{LOG_FOLDER}/{log_name}": log_entry}
    missing = [folder for folder in home.parents if not os.path.lexists(folder)]
    try:
        _make(missing[::-1])
        write_folder(home, files, into_empty=True)
    except BaseException:
        for folder in missing:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    return tuple(Path(directory) / file for file in files)


def sample_csv() -> bytes:
    """Return the made-up table as CSV: the same bytes every time.

    Whether a family asks for help depends only on its features; the groups differ a little in their features.
    """
    draw = np.random.default_rng(_SEED)
    family = np.sort(
        draw.permutation(np.concatenate([np.arange(_FAMILIES), draw.choice(_FAMILIES, ROWS - _FAMILIES, replace=False)]))
    )
    hood = draw.choice(list(_NEIGHBOURHOODS), size=_FAMILIES, p=list(_NEIGHBOURHOODS.values()))[family]
    origin = draw.choice(list(_ORIGINS), size=_FAMILIES, p=list(_ORIGINS.values()))[family]
    children = 1 + np.minimum(draw.poisson(0.9, _FAMILIES), 6)[family]
    months = np.minimum(draw.exponential(60, ROWS).astype(int), 400)
    absence = np.round(draw.beta(1.2, 12 - 2.0 * (hood == "Spoorzicht"), ROWS), 3)
    requests = draw.poisson(0.35 + 0.1 * (children > 2), ROWS)
    push = -2.6 + 0.25 * children + 6.0 * absence + 0.9 * requests - 0.004 * months
    asked = draw.random(ROWS) < 1 / (1 + np.exp(-push))
    lines = [
        "case_id,family,neighbourhood,origin,children_at_home,school_absence,earlier_requests,months_at_address,asked_for_help"
    ]
    for i in range(ROWS):
        cells = (
            f"c{i + 1:05d}",
            f"f{family[i] + 1:05d}",
            hood[i],
            origin[i],
            children[i],
            f"{absence[i]:.3f}",
            requests[i],
            months[i],
        )
        lines.append(",".join(map(str, cells)) + (",true" if asked[i] else ",false"))
    return ("\n".join(lines) + "\n").encode()


def start(file: str, *, comment: str = "#") -> str:
    """Return a file to start from; a charter holds every fact that documents show of themselves, with what it asks."""
    text = (resources.files("smartstart_gov.authoring") / "start" / file).read_text(encoding="utf-8")
    if not file.endswith(CHARTER_FILE):
        return text
    there = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    lacking = [(place[0], ask) for place, ask in asked_in(Charter) if ask.term and len(place) == 1 and place[0] not in there]
    return text + "".join(f"{comment} {ask.what}\n{key}: {OPEN}\n" for key, ask in lacking)


def named(folder: str) -> str:
    """Return a plain name derived from that of a folder or file."""
    ascii_only = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"\.\.+", ".", re.sub(r"[^a-z0-9._-]+", "_", ascii_only))[:64].strip("._-")
    return name or "model"


def _checked(name: str) -> str:
    try:
        return plain_name(name)
    except Problems as error:
        problem = error.problems[0]
        raise Refused(problem.rule, f"{shown(name)} {problem.what}.", "init_project(name=)", problem.remedy) from None


def _make(folders: Sequence[Path]) -> None:
    for folder in folders:
        try:
            os.mkdir(folder)
        except OSError as error:
            what = f"{shown(folder.name)} could not be made ({error.strerror})."
            raise Refused("R01", what, str(folder), "Make its parent folder writable, or choose another folder.") from None
