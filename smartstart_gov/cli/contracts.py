"""Commands on contracts: what changed between two."""

from __future__ import annotations

from pathlib import Path

import click

from smartstart_gov.cli.console import answers, fill, plain, show, show_record
from smartstart_gov.cli.options import PATH


@click.group(short_help="Compare contracts.")
def contract() -> None:
    """Commands on the contract of a table."""


@contract.command(short_help="Say what changed between two contracts.")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@answers
def diff(old: Path, new: Path, as_json: bool) -> int:
    """Say what the contract NEW changes against OLD, and what follows. Each is a contract.yaml or a project's folder.

    Ends with 0 where nothing changed or all of it is harmless, 1 where a change breaks training or the
    comparability of audits, or asks for a look at the DPIA.
    """
    from smartstart_gov.project.contract_changes import MEANINGS, contract_changes
    from smartstart_gov.project.folder import CONTRACT_FILE
    from smartstart_gov.project.reader import read_contract

    files = [path / CONTRACT_FILE if path.is_dir() else path for path in (old, new)]
    found = contract_changes(*map(read_contract, files))
    code = 1 if found.matter else 0
    if as_json:
        show_record({"exit_code": code, **found.to_record()})
        return code
    mattering = sum(bool(change.consequences) for change in found.changes)
    show(fill(plain(f"{found.old} to {found.new}: {len(found.changes)} changes, {mattering} that matter.")))
    for change in found.changes:
        show(fill(plain(f"{change.at}: {change.what}"), "    ", "\n"))
        show(fill(", ".join(change.consequences) or "harmless", "    ", "  > "))
    used = [one for one in MEANINGS if any(one in change.consequences for change in found.changes)]
    if used:
        show("\n" + "\n".join(fill(f"{one}: {MEANINGS[one]}", "    ") for one in used))
    return code
