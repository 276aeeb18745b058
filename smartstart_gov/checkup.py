"""doctor(): whether a project, its disk and its clock are in order, before somebody relies on them."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.names import LOG_FOLDER
from smartstart_gov.authoring.project import open_project
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.folder import AUDITED, PRIVATE_FILE, authored_edits, examine
from smartstart_gov.ledger import Ledger
from smartstart_gov.release.root import ROOT, current, today
from smartstart_gov.show import Value
from smartstart_gov.storage import read_file, write_file
from smartstart_gov.training.provenance import git

State = Literal["ok", "attention", "broken"]
#: A root that ends within so many days is told, because a new one needs several people.
SOON = dt.timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: `said` is a sentence, with what to do where the state is not ``ok``."""

    name: str
    state: State
    said: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Health(Value):
    """What `doctor` found.

    Attributes
    ----------
    name : str
        The project's folder.
    checks : tuple of Check
    """

    name: str
    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """What the command line returns: 4 where something does not hold, 3 where something needs attention, else 0."""
        states = {check.state for check in self.checks}
        return EvidenceBroken.exit_code if "broken" in states else 3 if "attention" in states else 0

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {
            "name": self.name, "checks": [{"name": one.name, "state": one.state, "said": one.said} for one in self.checks],
        }  # fmt: skip

    def headline(self) -> str:
        """Return the result in one line."""
        counts = {state: sum(one.state == state for one in self.checks) for state in ("ok", "attention", "broken")}
        return f"Health({self.name}: {', '.join(f'{n} {state}' for state, n in counts.items())})"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line a check."""
        return ["check", "state", "what"], [[one.name, one.state, one.said] for one in self.checks]


def doctor(path: Path | str) -> Health:
    """Look at everything that a project relies on; nothing is changed, and a test file is removed again.

    Parameters
    ----------
    path : Path or str
        The project's folder.

    Returns
    -------
    Health
        Disk, authored files, log, clock, root of signers, every version, and whether version control would take in the
        confidential edition.

    Raises
    ------
    Refused
        U01 where there is no such folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import smartstart_gov as gov
    >>> with TemporaryDirectory() as folder:
    ...     written = gov.init_project(f"{folder}/early_help")
    ...     health = gov.doctor(f"{folder}/early_help")
    >>> {check.name: check.state for check in health.checks}["log"]
    'ok'
    """
    accept(doctor, locals())
    home = Path(path)
    if not home.is_dir():
        remedy = "Give the folder of charter, contract, policy and log."
        raise Refused("U01", f"There is no project folder {home.name!r}.", str(home), remedy)
    ledger = Ledger(home / LOG_FOLDER)
    checks = [
        _asked("disk", lambda: _disk(home)), _asked("files", lambda: _authored(home)), _asked("log", lambda: _log(ledger)),
        _asked("clock", lambda: f"The clock and the log agree that it is {today(ledger)}."),
        _asked("signers", lambda: _signers(ledger)), *_versions(home, ledger), _asked("git", lambda: _git(home)),
    ]  # fmt: skip
    return Health(name=home.resolve().name, checks=tuple(checks))


class _Attention(Exception):
    """Something that works and will not do so for long."""


def _asked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, state="ok", said=look())
    except _Attention as told:
        return Check(name=name, state="attention", said=str(told))
    except Refused as refusal:
        said = " ".join(f"{violation.what} {violation.remedy} [{violation.rule}]" for violation in refusal.violations)
        return Check(name=name, state="broken" if isinstance(refusal, EvidenceBroken) else "attention", said=said)


def _disk(home: Path) -> str:
    """Write, replace and link as releases do, and hold what is read against what was written."""
    folder = home / f".doctor-{secrets.token_hex(4)}"
    try:
        folder.mkdir()
        for data in (b"first", b"second"):
            write_file(folder / "file", data)
            if read_file(folder / "file", most=1 << 10, alone=True) != data:
                raise _Attention("The disk gave back something else than was written. Keep the project on another one.")
    except OSError as error:
        raise _Attention(f"The folder takes no files ({error.strerror}). Make it writable for this user.") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "Files are written, replaced and read back whole."


def _authored(home: Path) -> str:
    project = open_project(home)
    if project.contract.unconfirmed:
        raise _Attention(
            f"{len(project.contract.unconfirmed)} columns of the contract are unconfirmed. See smartstart-gov todo."
        )
    return "Charter, contract and policy read as they should."


def _log(ledger: Ledger) -> str:
    entries, heads = ledger.entries(), ledger.heads()
    if len(heads) > 1:
        raise _Attention(f"The log has {len(heads)} branches that nothing has joined yet. The next entry joins them.")
    return f"All {len(entries)} entries have their digests and their parents."


def _signers(ledger: Ledger) -> str:
    if not ledger.find(ROOT):
        raise _Attention("Nobody is known who may sign, so no version can be released. See the how-to: sign a version.")
    root = current(ledger)
    if root.signers.expires - root.today < SOON:
        raise _Attention(f"The file of signers ends on {root.signers.expires}. Have a new version of it signed.")
    return f"{len(root.signers.persons)} persons may sign, until {root.signers.expires}. Pin: {root.pin}"


def _versions(home: Path, ledger: Ledger) -> Iterator[Check]:
    try:
        audited = ledger.find(AUDITED)
    except EvidenceBroken:
        return
    for entry in audited:
        version = str(entry.body.get("version"))
        yield _asked(f"version {version}", lambda version=version: _version(home / version))  # type: ignore[misc]  # bound now


def _version(folder: Path) -> str:
    seen = examine(folder)
    if seen.violations:
        raise EvidenceBroken.of(seen.violations)
    if seen.unfinished:
        raise _Attention("A render was cut off. Run smartstart-gov render again.")
    if authored_edits(seen):
        raise _Attention("Charter, contract or policy were edited since its audit, so the gate will not take it.")
    return "Every file has its digest, and the log has the same."


def _git(home: Path) -> str:
    """Ask git whether it holds, or would take in, a confidential edition."""
    if git(home, "rev-parse", "--is-inside-work-tree") is None:
        raise _Attention("The project is not in version control, so nothing shows that entries of the log were cut off.")
    held = [line for line in (git(home, "ls-files") or "").splitlines() if line.endswith(PRIVATE_FILE)]
    if held:
        raise _Attention(f"Version control holds {held[0]}, which is confidential. Remove it from its history.")
    if git(home, "check-ignore", "-q", f"1.0.0/{PRIVATE_FILE}") is None:
        raise _Attention(f"Version control would take in {PRIVATE_FILE}. Write its name into .gitignore.")
    return f"Version control holds the log, and passes over {PRIVATE_FILE}."
