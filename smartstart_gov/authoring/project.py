"""A project's folder: charter, contract, policy and log, opened for reading."""

from __future__ import annotations

import hmac
import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from smartstart_gov.arguments import accept
from smartstart_gov.authoring.charter import FINDING_PATTERN, Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.entry_point import named_estimator
from smartstart_gov.authoring.names import CHARTER_FILE, CONTRACT_FILE, LOG_FOLDER, POLICY_FILE, STAGES
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.reader import Reading, reading
from smartstart_gov.authoring.value import Authored
from smartstart_gov.errors import EvidenceBroken, Refused, Violation, expect
from smartstart_gov.ledger import Ledger
from smartstart_gov.show import Shown

#: Kind of the log entry that fixes the key of the split.
SPLIT_KEY = "split_key"
_Value = TypeVar("_Value", bound=Authored)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Project(Shown):
    """What people authored about one model, and the log of what happened to it.

    Attributes
    ----------
    path : Path
        The folder; it may have any name, because the model's name is `charter.name`.
    contract : DataContract
    charter : Charter
    policy : Policy
        It names only what the contract and the charter know.
    """

    path: Path
    contract: DataContract
    charter: Charter
    policy: Policy

    @property
    def ledger(self) -> Ledger:
        """The log."""
        return Ledger(self.path / LOG_FOLDER)

    @property
    def split_key(self) -> bytes:
        """The key that divides units over fit, develop and audit: 32 bytes, fixed once by `init`.

        Raises
        ------
        Refused
            U01 if the log has no key.
        EvidenceBroken
            A13 if it has more than one key, or an invalid one, or if the log itself does not hold.
        """
        found, where = self.ledger.find(SPLIT_KEY), str(self.ledger.path)
        if not found:
            remedy = "Run `smartstart-gov init` in a new folder and copy your three files into it, or restore the log."
            raise Refused("U01", "The log has no key for the split.", where, remedy)
        key = str(found[0].body.get("key"))
        if len(found) > 1 or not re.fullmatch("[0-9a-f]{64}", key):
            what = (
                f"The log has {len(found)} keys for the split."
                if len(found) > 1
                else "The key for the split is not a valid key."
            )
            raise EvidenceBroken("A13", what, where, "Restore the log from version control: a project has one key.")
        return bytes.fromhex(key)

    @property
    def look_salt(self) -> bytes:
        """The key by which looks recognise units: derived from the split's key, or fixed if the log has none."""
        found = self.ledger.find(SPLIT_KEY)
        return hmac.digest(self.split_key if found else b"", b"smartstart_gov/looks", "sha256")

    def read(self, path: Path | str) -> Any:
        r"""Return the table in the file `path`, its columns typed as the contract declares, as the command line reads it.

        Parameters
        ----------
        path : Path or str
            A CSV (``.csv``, ``.csv.gz``), Excel (``.xlsx``, or ``table.xlsx#Sheet1``) or Parquet file, as offices save
            them: decimal commas, semicolons, euro and percent signs, day-month-year, Windows-1252. Like every path, it
            is relative to the working folder, not to the project folder.

        Returns
        -------
        pandas.DataFrame, shape (n_rows, n_columns)
            For `train`, `audit_model` and `audit_predictions`, which check it against the contract; or, for a contract
            with links, one of the tables that `link` accepts.

        Raises
        ------
        Refused
            U01 if the file is not there, is not a table of these kinds, or has several sheets; D14 for a repeated column
            name, or rows with more or fewer cells than the header; D20 if the first line names no column of the contract;
            D17 for every column with cells that are not of its type, or that are ambiguous.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import smartstart_gov as gov
        >>> with TemporaryDirectory() as folder:
        ...     written = gov.init_project(f"{folder}/early_help")
        ...     project = gov.open_project(f"{folder}/early_help")
        ...     families = project.read(f"{folder}/early_help/sample.csv")
        ...     saved = Path(f"{folder}/office.csv").write_text("family;school_absence\nf1;12,5%\nf2;3,0%\n")
        ...     office = project.read(f"{folder}/office.csv")
        >>> len(families), str(families["asked_for_help"].dtype)
        (5000, 'bool')
        >>> office["school_absence"].tolist()
        [0.125, 0.03]
        """
        # By name: counting and judging know projects, and never reach pandas (docs/decisions/0004).
        return importlib.import_module("smartstart_gov.intake.files").read_data(path, self.contract)

    def estimator(self, name: str) -> Any:
        """Return the project's own estimator called `name`, as ``smartstart-gov audit --estimator`` does.

        Parameters
        ----------
        name : str
            ``module:object``, like ``train:model``. The module is a file in the project folder, or anything else that
            Python can import, including from the working folder; it is run. The object is an estimator, or a function
            without arguments that returns one.

        Returns
        -------
        scikit-learn classifier or Pipeline
            For `train`, which clones it, and refuses unsuitable objects.

        Raises
        ------
        Refused
            U01 if there is no such module or object; U02 if the module needs a package that is not installed; M02
            if the module or the function fails, or if the object is neither an estimator nor callable.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> import smartstart_gov as gov
        >>> with TemporaryDirectory() as folder:
        ...     written = gov.init_project(f"{folder}/early_help")
        ...     model = gov.open_project(f"{folder}/early_help").estimator("train:model")
        >>> [name for name, step in model.steps]
        ['standardscaler', 'logisticregression']
        """
        expect(name, str, "Argument name", "Name a module and an object in it, like train:model.")
        return named_estimator(name, folder=self.path)

    def headline(self) -> str:
        """Return the project in one line."""
        contract, policy = self.contract, self.policy
        return (
            f"Project({self.charter.name}: contract {contract.name} {contract.version} with {len(contract.columns)} columns, "
            f"policy {policy.version} with {len(policy.limits)} limits)"
        )

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per limit."""
        rows: list[list[object]] = [
            [
                limit.id,
                limit.metric,
                " x ".join(limit.by),
                f"{limit.measure} between {limit.between}",
                limit.bound,
                limit.severity,
            ]
            for limit in self.policy.limits
        ]
        return ["limit", "metric", "by", "compared", "bound", "severity"], rows


def open_project(path: Path | str) -> Project:
    """Open the project in the folder `path`; nothing is written.

    Parameters
    ----------
    path : Path or str
        A folder with ``charter.yaml``, ``contract.yaml`` and ``policy.yaml``, as ``smartstart-gov init`` makes them.

    Returns
    -------
    Project

    Raises
    ------
    Refused
        U01 if there is no such folder; otherwise every violation in the three files at once, each with file,
        line and remedy; D13 if the policy names an attribute, group or column that the contract does not declare,
        or a signature that the charter does not list.
    """
    accept(open_project, locals())
    home = Path(path)
    if not home.is_dir():
        what, remedy = f"There is no project folder {home.name!r}.", "Check the path, or make one with `smartstart-gov init`."
        raise Refused("U01", what, str(home), remedy)
    found: list[Violation] = []
    charter = _attempt(home / CHARTER_FILE, Charter, found)
    contract = _attempt(home / CONTRACT_FILE, DataContract, found)
    policy = _attempt(home / POLICY_FILE, Policy, found)
    if policy is not None:
        if contract is not None:
            strays = policy.value.strays(contract.value)
            found += [policy.page.violation(p.rule, p.what, p.remedy, p.at) for p in strays]
        if charter is not None:
            found += _unknown_signatures(policy, charter.value)
            found += _unknown_findings(policy.value, charter)
    if found or charter is None or contract is None or policy is None:
        raise Refused.of(found)
    return Project(path=home, contract=contract.value, charter=charter.value, policy=policy.value)


def _attempt(path: Path, kind: type[_Value], found: list[Violation]) -> Reading[_Value] | None:
    try:
        return reading(path, kind)
    except Refused as refusal:
        found.extend(refusal.violations)
        return None


def has_finding(policy: Policy, finding: str | None) -> bool:
    """Whether an audit with that policy may find this: one of its limits, or what every audit looks at; None names nothing."""
    if finding is None:
        return True
    limit = finding.startswith("limit.")
    return finding in {f"limit.{one.id}" for one in policy.limits} if limit else bool(re.fullmatch(FINDING_PATTERN, finding))


def _unknown_findings(policy: Policy, charter: Reading[Charter]) -> list[Violation]:
    """Return which risks name a breach that there cannot be: nobody would see that such a risk rates it."""
    limits = [f"limit.{limit.id}" for limit in policy.limits]
    remedy = f"Name it as the DPIA annex does: {', '.join(limits)}, or a control like control.R02."
    return [
        charter.page.violation("P05", "a risk names a finding that there is not", remedy, ("risks", i, "finding"))
        for i, risk in enumerate(charter.value.risks)
        if not has_finding(policy, risk.finding)
    ]


def _unknown_signatures(policy: Reading[Policy], charter: Charter) -> list[Violation]:
    known = [signatory.role for signatory in charter.signatories]
    remedy = f"Use one of {', '.join(known)}, or describe the role under signatories in {CHARTER_FILE}."
    found = [
        policy.page.violation(
            "D13", f"stage {stage} requires the signature of {role!r}, who is not a signatory of the charter", remedy,
            ("stages", stage, "signatures", i),
        )
        for stage in STAGES
        for i, role in enumerate(policy.value.stage(stage).signatures)
        if role not in known
    ]  # fmt: skip
    return found + [
        policy.page.violation(
            "D13", f"{one.owner!r}, who is responsible for something left out, is not a signatory of the charter", remedy,
            ("left_out", i, "owner"),
        )
        for i, one in enumerate(policy.value.left_out)
        if one.owner not in known
    ] + [
        policy.page.violation(
            "D13", f"{role!r}, who may waive findings, is not a signatory of the charter", remedy, ("waivers", "roles", i)
        )
        for i, role in enumerate(() if policy.value.waivers is None else policy.value.waivers.roles)
        if role not in known
    ]  # fmt: skip
