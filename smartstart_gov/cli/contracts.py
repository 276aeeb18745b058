"""Commands for contracts: make one from a list of columns, check data against one, list what changed between two."""

from __future__ import annotations

from pathlib import Path

import click

from smartstart_gov.cli.console import answers, fill, plain, show, show_record
from smartstart_gov.cli.options import PATH
from smartstart_gov.errors import Refused

#: What a row may be, as a contract's aggregation_level says it.
_ROWS = ("person", "household", "event", "neighbourhood", "district", "municipality")


@click.group
def contract() -> None:
    """Commands on the contract of a table."""


@contract.command(short_help="List what changed between two contracts.")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@answers
def diff(old: Path, new: Path, as_json: bool) -> int:
    """List what contract NEW changes from OLD, and the consequences. Each is a contract.yaml or a project folder.

    Exits with 0 if nothing changed or every change is harmless, and 1 if a change breaks training or
    the comparability of audits, or requires a review of the DPIA.
    """
    from smartstart_gov.authoring.contract_changes import MEANINGS, contract_changes
    from smartstart_gov.authoring.names import CONTRACT_FILE
    from smartstart_gov.authoring.reader import read_contract

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


@contract.command("from-list", short_help="Make a contract from a list of columns.")
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, help="The contract to write, like contract.yaml.")
@click.option("--owner", required=True, help="Organisation that owns the data.")
@click.option(
    "--role",
    "roles",
    metavar="NAME=ROLE",
    multiple=True,
    help="Role of a column, for every column that is not a feature; at least one must be sensitive.",
)
@click.option(
    "--row", type=click.Choice(_ROWS), default="person", show_default=True, help="What one row of the table represents."
)
@click.option("--name-header", help="Header of the column with names; likewise for the options below.")
@click.option("--dtype-header", help="By default each is found by common names: datatype, min,")
@click.option("--minimum-header", help="max, description and the like, and said in the contract.")
@click.option("--maximum-header")
@click.option("--levels-header", help="All levels are in one cell, separated by ; or |.")
@click.option("--meaning-nl-header")
@click.option("--meaning-en-header")
@click.option("--encoding", help="By default UTF-8, otherwise Windows-1252 or Latin-1.")
@answers
def from_list(
    file: Path, output: Path, owner: str, roles: tuple[str, ...], row: str, encoding: str | None, as_json: bool,
    **headers: str | None,
) -> int:  # fmt: skip
    """Write the contract of a table whose columns are listed in FILE, a CSV with one row per column of the table.

    Columns without a --role are features. Nothing is guessed about the source: its purpose, lawful basis and
    retention are left open, and `check` lists them.
    """
    from smartstart_gov.authoring.writer import yaml_text
    from smartstart_gov.intake.dictionary import contract_from_list
    from smartstart_gov.storage import write_file

    wrong = [pair for pair in roles if "=" not in pair]
    if wrong:
        raise click.UsageError(f"{wrong[0]!r} is not NAME=ROLE.")
    if output.exists():
        raise Refused("R03", f"{output.name!r} exists.", str(output), "Choose another name, or move that file.")
    asked = {key.removesuffix("_header"): value for key, value in headers.items() if value is not None}
    listed = contract_from_list(
        file, owner=owner, roles=dict(pair.rsplit("=", 1) for pair in roles), headers=asked,
        row=row, encoding=encoding,  # type: ignore[arg-type]  # click lets one of the choices through
    )  # fmt: skip
    taken = ", ".join(f"{fact} from {head.strip()!r}" for fact, head in listed.taken.items())
    comment = (
        f"Made from {file.name} ({listed.encoding}): {taken}.\nWhatever the list does not say is open, and columns"
        " without a role are features."
    )
    write_file(output, yaml_text(listed.contract, comment=plain(comment)).encode())
    columns = len(listed.contract.columns)
    if as_json:
        show_record({
            "exit_code": 0, "contract": str(output), "columns": columns, "encoding": listed.encoding,
            "taken": dict(listed.taken), "digest": listed.contract.digest,
        })  # fmt: skip
        return 0
    show(fill(plain(f"Written: {output}, a contract of {columns} columns: {taken}.")))
    return 0


@contract.command("check", short_help="Check data against a contract.")
@click.argument("contract_file", metavar="CONTRACT", type=PATH)
@click.argument("data", type=PATH)
@answers
def check(contract_file: Path, data: Path, as_json: bool) -> int:
    """Check every row of DATA against CONTRACT (a contract.yaml or a project folder); all violations are reported at once."""
    from smartstart_gov.authoring.names import CONTRACT_FILE
    from smartstart_gov.authoring.reader import read_contract
    from smartstart_gov.intake.files import read_data
    from smartstart_gov.intake.validate import validate

    agreed = read_contract(contract_file / CONTRACT_FILE if contract_file.is_dir() else contract_file)
    frame = validate(read_data(data, agreed), agreed)
    if as_json:
        show_record({"exit_code": 0, "contract": agreed.digest, "rows": frame.rows, "columns": len(frame.columns)})
    else:
        rows = f"{frame.rows:,}".replace(",", " ")
        show(fill(plain(f"All {rows} rows comply with contract {agreed.name} {agreed.version}.")))
    return 0
