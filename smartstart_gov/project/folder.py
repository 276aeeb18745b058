"""A project's folder: charter, contract, policy and log, opened for reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.errors import Refused, Violation
from smartstart_gov.ledger import Ledger
from smartstart_gov.project.charter import Charter
from smartstart_gov.project.contract import DataContract
from smartstart_gov.project.policy import Policy
from smartstart_gov.project.reader import read_charter, read_contract, read_policy

#: Kind of the log entry that fixes the key of the split.
SPLIT_KEY = "split_key"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Project:
    """What people authored about one model, and the log of what happened to it."""

    path: Path
    charter: Charter
    contract: DataContract
    policy: Policy

    @property
    def ledger(self) -> Ledger:
        """The log."""
        return Ledger(self.path / "log")

    @property
    def split_key(self) -> bytes:
        """The key that divides units over fit, develop and audit; fixed once, by `init`.

        Raises
        ------
        Refused
            U01 where the log holds no key, or more than one.
        """
        found = self.ledger.find(SPLIT_KEY)
        if len(found) != 1:
            what = f"The log holds {len(found)} keys for the split; it needs exactly one."
            raise Refused("U01", what, str(self.ledger.path), "Start the project with smartstart-gov init, or restore its log.")
        return bytes.fromhex(str(found[0].body["key"]))

    def __repr__(self) -> str:
        return f"Project({self.charter.name}: contract {self.contract.version}, policy {self.policy.version})"


def open_project(path: Path | str) -> Project:
    """Open the project in folder `path`; nothing is written.

    Raises
    ------
    Refused
        U01 where there is no such folder; every violation in the three files at once; D13 where the
        policy names what the contract does not declare.
    """
    home = Path(path)
    if not home.is_dir():
        raise Refused(
            "U01", f"There is no project folder {home.name!r}.", str(home), "Run smartstart-gov init with this folder first."
        )
    violations: list[Violation] = []

    def attempt(read: Callable[[Path], Any], file: str) -> Any:
        try:
            return read(home / file)
        except Refused as refused:
            violations.extend(refused.violations)
            return None

    charter = attempt(read_charter, "charter.yaml")
    contract = attempt(read_contract, "contract.yaml")
    policy = attempt(read_policy, "policy.yaml")
    if contract is not None and policy is not None:
        for problem in policy.against(contract):
            remedy = "Declare it in contract.yaml, or take it out of the policy."
            violations.append(
                Violation(
                    rule="D13", what=problem[0].upper() + problem[1:] + ".", where=str(home / "policy.yaml"), remedy=remedy
                )
            )
    if charter is not None and policy is not None:
        roles = {signatory.role for signatory in charter.signatories}
        for stage in ("shadow", "trial", "release"):
            for role in policy.stage(stage).signatures:
                if role not in roles:
                    what = f"Stage {stage} asks for the signature of {role!r}, who is no signatory of the charter."
                    violations.append(
                        Violation(
                            rule="D13",
                            what=what,
                            where=str(home / "policy.yaml"),
                            remedy="Add the role under signatories in charter.yaml.",
                        )
                    )
    if violations:
        raise Refused.of(violations)
    return Project(path=home, charter=charter, contract=contract, policy=policy)
