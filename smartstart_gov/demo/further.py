"""What follows the audit of the main example: people sign, the gate answers, and `power` says what would carry it further.

The keys are made on the spot and thrown away: they show how signing works, and that nobody has signed this model.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from smartstart_gov.authoring.names import LOG_FOLDER
from smartstart_gov.authoring.project import Project
from smartstart_gov.authoring.reader import reading
from smartstart_gov.authoring.signers import Signers
from smartstart_gov.canonical import real
from smartstart_gov.demo.early_help import TOWNS, linked, registers
from smartstart_gov.ledger import Ledger
from smartstart_gov.planning.power import Plan, power
from smartstart_gov.release.keyfile import make_key, read_key
from smartstart_gov.release.root import write_root
from smartstart_gov.release.sign import sign
from smartstart_gov.storage import write_file

if TYPE_CHECKING:
    from smartstart_gov.release.keyfile import Signer

SIGNERS_FILE = "signers.yaml"
_KEY_OF = re.compile(r"PUBLIC KEY OF ([a-z-]+)")
#: On what the data protection officer of the example agrees to a trial.
CONDITION = "In at most five neighbourhoods, by one team, and no longer than this approval."
#: How long an approval of the example lasts.
_DAYS = 180
#: Simulated audits behind a chance: a standard error of at most 5 points.
_RUNS = 100


def last_day() -> dt.date:
    """Return the day on which approvals of the example end."""
    return dt.datetime.now(dt.UTC).date() + dt.timedelta(days=_DAYS)


def sign_as_roles(version: Path) -> None:
    """Enter the signers of the example into the log, and sign `version` for shadow and trial, each with a key of its own."""
    project = version.parent
    with TemporaryDirectory() as folder:
        passphrase = secrets.token_hex(16)
        text = (project / SIGNERS_FILE).read_text(encoding="utf-8")
        keys: dict[str, Signer] = {}
        for name in _KEY_OF.findall(text):
            place = Path(folder) / f"{name}.key"
            text = text.replace(f"PUBLIC KEY OF {name}", make_key(place, passphrase))
            keys[name] = read_key(place, passphrase)
    write_file(project / SIGNERS_FILE, text.encode())
    signers = reading(project / SIGNERS_FILE, Signers).value
    write_root(Ledger(project / LOG_FOLDER), signers, [keys[one.name] for one in signers.persons if one.keeps_root])
    until = last_day()
    owner, dpo = (next(keys[one.name] for one in signers.persons if one.role == role) for role in ("owner", "dpo"))
    sign(version, owner, stage="shadow", outcome="approve", until=until)
    sign(version, owner, stage="trial", outcome="approve", until=until)
    sign(version, dpo, stage="trial", outcome="approve_if", until=until, conditions=[CONDITION])


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Some towns of the generator, and what can be expected of every question with their areas; `plan` is simulated."""

    towns: tuple[str, ...]
    areas: int
    plan: Plan

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        fair = {one.question.id.removeprefix("limit."): real(one.fair.value) for one in self.plan.prospects}
        return {"towns": list(self.towns), "areas": self.areas, "fair_model_passes": fair, "times_as_many": self.times()}

    def times(self) -> dict[str, str]:
        """Return for each question how many times as many areas would do, as decimal text; without those that nothing helps."""
        found = {}
        for one in self.plan.prospects:
            more = next((way.amount for way in one.ways if way.kind == "rows" and way.amount is not None), None)
            if more is not None:
                found[one.question.id.removeprefix("limit.")] = f"{more:.1f}"
        return found


def regions(project: Project, *, of: Sequence[tuple[str, ...]] = (TOWNS[:1], TOWNS), runs: int = _RUNS) -> tuple[Region, ...]:
    """Return what a fair model could show in each group of towns: neither limits nor sizes are changed for it."""
    found = []
    for towns in of:
        table = linked(registers(towns), project.contract)
        areas = int(table.native[project.contract.with_role("unit")[0].name].nunique())
        found.append(Region(towns=towns, areas=areas, plan=power(project, table, runs=runs)))
    return tuple(found)
