"""Commands on the files that people write: begin a project, and check it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import answers, fill, next_commands, plain, show, show_record
from smartstart_gov.cli.options import PATH
from smartstart_gov.show import text_table

if TYPE_CHECKING:
    from smartstart_gov.project.folder import Project
    from smartstart_gov.verdict.reach import Reach


@click.command(short_help="Begin a project.")
@click.argument("directory", metavar="DIR", type=PATH)
@click.option("--name", help="Name of the model; by default that of the folder.")
@answers
def init(directory: Path, name: str | None, as_json: bool) -> int:
    """Begin a project in DIR: charter, contract, policy, a sample, a training script, and a log."""
    from smartstart_gov.project.scaffold import init_project

    written = init_project(directory, name=name)
    if as_json:
        show_record({"exit_code": 0, "project": str(directory), "written": [str(path) for path in written]})
        return 0
    show("\n".join(["Written:", *(f"  {path}" for path in written)]))
    folder = shlex.quote(str(directory))
    next_commands(
        f"smartstart-gov check {folder} {folder}/sample.csv",
        f"smartstart-gov seal {folder} {folder}/sample.csv",
        f"smartstart-gov audit {folder} {folder}/sample.csv --estimator train:model --version 0.1.0",
    )
    return 0


@click.command(short_help="Check a project's files, and its data.")
@click.argument("project", type=PATH)
@click.argument("data", type=PATH, required=False)
@answers
def check(project: Path, data: Path | None, as_json: bool) -> int:
    """Read the files of PROJECT; with DATA, check every row, and which limits could be passed at all."""
    from smartstart_gov.auditing import check_metrics
    from smartstart_gov.project.folder import SPLIT_KEY, open_project

    opened = open_project(project)
    check_metrics(opened.policy)
    keys = len(opened.ledger.find(SPLIT_KEY))
    rows, reached = (None, ()) if data is None else _reached(opened, data)
    open_facts = _open_facts(opened)
    if as_json:
        show_record({
            "exit_code": 0, "name": opened.charter.name, "contract": opened.contract.version, "policy": opened.policy.version,
            "open": list(open_facts), "split_key": keys == 1, "rows": rows, "limits": [one.to_record() for one in reached],
        })  # fmt: skip
        return 0
    head = f"{opened.charter.name}: contract {opened.contract.version} and policy {opened.policy.version} hold together"
    show(fill(plain(f"{head}, {len(opened.policy.limits)} limits on {', '.join(opened.policy.attributes)}.")))
    if keys != 1:
        show(fill("The log holds no key for the split yet: `audit --estimator` needs a project that init began."))
    if open_facts:
        show(fill(plain(f"Still open: {', '.join(open_facts)}."), "  ", ""))
    if rows is not None:
        show(f"\nEvery one of {rows:,} rows keeps the contract.".replace(",", " "))
        show(_reach_text(reached))
    return 0


@click.command(short_help="Register the rules before a model is trained.")
@click.argument("project", type=PATH)
@click.argument("data", type=PATH, required=False)
@answers
def seal(project: Path, data: Path | None, as_json: bool) -> int:
    """Register policy, contract and charter of PROJECT in its log, before training; with DATA the audit rows too.

    Nobody can say afterwards that the limits were chosen to fit a result. The same seal again changes nothing.
    """
    from smartstart_gov.auditing import check_metrics
    from smartstart_gov.project.data import read_data
    from smartstart_gov.project.folder import open_project
    from smartstart_gov.project.looks import LOOK
    from smartstart_gov.training.sealing import seal as sealed

    opened = open_project(project)
    check_metrics(opened.policy)
    entry = sealed(opened, None if data is None else read_data(data, opened.contract))
    looked = len(opened.ledger.find(LOOK))
    if as_json:
        show_record({"exit_code": 0, "name": opened.charter.name, "seal": entry.digest, "body": dict(entry.body)})
        return 0
    what = "policy, contract and charter" if data is None else "policy, contract, charter and audit rows"
    show(fill(plain(f"{opened.charter.name}: {what} are registered in the log, as {entry.digest[:19]}.")))
    if looked:
        show(fill("The log holds looks already. For the rows that they looked at, this seal comes too late."))
    return 0


def _reached(opened: Project, data: Path) -> tuple[int, tuple[Reach, ...]]:
    import numpy as np

    from smartstart_gov.auditing import tally_of
    from smartstart_gov.project.data import read_data
    from smartstart_gov.project.handover import handover
    from smartstart_gov.project.validation import validate
    from smartstart_gov.verdict.reach import reach

    contract, frame = opened.contract, read_data(data, opened.contract)
    score = contract.single("score")
    # Where the scores of a finished model stand in a file of their own, the other columns are checked.
    apart = score is not None and score.name not in frame.columns
    roles = tuple(dict.fromkeys(c.role for c in contract.columns if c.role not in ("score", "ignore"))) if apart else None
    valid = validate(frame, contract, roles=roles)
    nobody = handover(valid, decision=np.zeros(valid.rows, dtype=np.int8), score=None)
    return valid.rows, reach(tally_of(nobody, opened.policy), opened.policy)


def _reach_text(reached: tuple[Reach, ...]) -> str:
    table = text_table(
        ["for a fair model", "limit", "cases needed in each group"], [_reach_row(one) for one in reached], right=(2,)
    )
    note = (
        "A fair model treats all groups alike. Within reach: it passes four times out of five. Out of reach: some group is"
        " expected to have too few cases in the audit part; gather more rows, or judge larger groups. How many are needed"
        " depends on how often the model errs, which nobody knows yet."
    )
    return f"{table}\n{fill(note)}"


def _reach_row(one: Reach) -> list[str]:
    numbers = [f"{n:,}".replace(",", " ") for n in dict.fromkeys((one.fewest, one.most)) if n is not None]
    return [one.answer, one.limit, " to ".join(numbers) or "-"]


def _open_facts(opened: Project) -> tuple[str, ...]:
    """Return the keys in the three files under which somebody wrote `open`."""
    contract = opened.contract.to_record()
    found = [f"charter {key}" for key in _nothing(opened.charter.to_record())]
    found += [f"contract sources.{key}" for key in _nothing(contract["sources"])]
    found += [
        f"policy {key}" for key in _nothing(opened.policy.to_record()) if key.endswith((".reason", "threshold.chosen_by"))
    ]
    return tuple(found)


def _nothing(record: Any, at: str = "") -> list[str]:
    if record is None:
        return [at.removeprefix(".")]
    pairs = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    return [key for name, value in pairs for key in _nothing(value, f"{at}.{name}")]
