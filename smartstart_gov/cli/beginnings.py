"""Start a project, from made-up rows or from your own files, with the expectations that the files support."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from smartstart_gov.cli.console import answers, fill, next_commands, plain, show, show_record
from smartstart_gov.cli.options import PATH
from smartstart_gov.cli.plans import first_reach_text, percent, scale_text

if TYPE_CHECKING:
    from smartstart_gov.authoring.contract import Role
    from smartstart_gov.authoring.project import Project
    from smartstart_gov.intake.draft.proposal import Begun
    from smartstart_gov.planning.power import Plan

#: Simulated audits behind a chance: enough to tell whether it is under one half.
_RUNS = 100


@click.command
@click.argument("directory", metavar="DIR", type=PATH)
@click.option("--name", help="Name of the model; by default the name of the folder.")
@click.option(
    "--data",
    metavar="[NAME=]FILE",
    multiple=True,
    help="Your own table (.csv, .csv.gz, .xlsx, .parquet): the contract is drafted from it. Further tables are linked to the"
    " first, each by a shared key.",
)
@click.option("--role", "roles", metavar="NAME=ROLE", multiple=True, help="With --data: the role of a column, if you know it.")
@click.option(
    "--positive",
    metavar="[NAME=]VALUE",
    multiple=True,
    help=(
        "With --data: the label's value that the model should find; with NAME, the value of that decision that means selected."
    ),
)
@click.option(
    "--from-dpia",
    "dpia",
    type=PATH,
    metavar="FILE",
    help="A DPIA or pre-scan: the JSON of the government's form, our PDF of it, an authored DPIA, or the charter of another"
    " project. Its answers are copied; with --data, each with its source.",
)
@click.option(
    "--language",
    type=click.Choice(["en", "nl"]),
    help="With --data: language of the comments in the files; English by default.",
)
@answers
def init(
    directory: Path, name: str | None, data: tuple[str, ...], roles: tuple[str, ...], positive: tuple[str, ...],
    dpia: Path | None, language: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Start a project in DIR: charter, contract, policy, a sample, a training script, and a log.

    With --data there is no sample: the role of each column is guessed, with a reason, and needs your confirmation.
    Facts that data cannot show, like the legal basis, are set to `open`.
    """
    from smartstart_gov.authoring.dpia_file import read_dpia
    from smartstart_gov.authoring.dpia_import import fitting, into
    from smartstart_gov.authoring.names import CHARTER_FILE, POLICY_FILE
    from smartstart_gov.authoring.policy import Policy
    from smartstart_gov.authoring.reader import reading_text
    from smartstart_gov.authoring.scaffold import begun_charter, init_project, start
    from smartstart_gov.storage import write_file

    if data:
        told = {"name": name, "roles": _roles(roles), "positive": positive, "dpia": dpia, "language": language or "en"}
        return _init_from_data(directory, _files(data), told, as_json)
    if roles or positive or language is not None:
        raise click.UsageError("--role, --positive and --language need --data.")
    # What is wrong with the DPIA is known before anything is written.
    begun, charter = begun_charter(directory, name), directory / CHARTER_FILE
    policy = reading_text(start(POLICY_FILE), POLICY_FILE, Policy).value
    came = None if dpia is None else into(begun, fitting(read_dpia(dpia), policy), charter, replace=True)
    written = init_project(directory, name=name)
    if came is not None:
        write_file(came.path, came.text.encode())
    if as_json:
        more = {} if came is None else {"from_dpia": [*came.taken, *came.replaced], "told": list(came.told)}
        show_record({"exit_code": 0, "project": str(directory), "written": [str(path) for path in written], **more})
        return 0
    show("\n".join(["Written:", *(f"  {path}" for path in written)]))
    if came is not None:
        taken = len(came.taken) + len(came.replaced)
        show(fill(f"{taken} answers were taken from the DPIA. Every other sentence in charter.yaml is an example."))
        for line in came.told:
            show(fill(plain(line), "  ", ""))
    folder = shlex.quote(str(directory))
    next_commands(
        f"smartstart-gov check {folder} {folder}/sample.csv",
        f"smartstart-gov seal {folder} {folder}/sample.csv",
        f"smartstart-gov audit {folder} {folder}/sample.csv --estimator train:model --version 0.1.0",
    )
    return 0


def _init_from_data(directory: Path, files: Mapping[str, Path], told: Mapping[str, Any], as_json: bool) -> int:
    from smartstart_gov.authoring.fields import open_facts
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.intake.draft.proposal import RARE, init_from_data

    begun = init_from_data(directory, files, **told)
    opened = open_project(directory)
    waiting = len(open_facts(opened.charter, opened.contract, opened.policy))
    plans = _plans(opened, begun)
    if as_json:
        show_record({
            "exit_code": 0, "project": str(directory), "written": [str(path) for path in begun.written], "open": waiting,
            "unconfirmed": list(opened.contract.unconfirmed), "notes": [note.en for note in begun.draft.notes],
            "from_dpia": list(begun.taken), "told": list(begun.told),
            "links": [one.to_record() for one in begun.links],
            "plans": [{"positive": value, "plan": plan.to_record()} for value, plan in plans.items()],
        })  # fmt: skip
        return 0
    show("\n".join(["Written:", *(f"  {path}" for path in begun.written)]))
    guesses = len(opened.contract.unconfirmed)
    show(fill(f"{waiting} answers are open, and {guesses} guesses need your confirmation."))
    if begun.taken:
        show(fill(f"{len(begun.taken)} facts were taken from the DPIA; a comment above each says where it came from."))
    for line in begun.told:
        show(fill(plain(line), "  ", ""))
    for one in begun.links:
        said = (
            f"Source {one.source} is linked by {one.key}: {one.expected_share:.0%} of the rows of the base table, or a little"
        )
        show(fill(plain(f"{said} more, have a match in it."), "  ", ""))
    for note in begun.draft.notes:
        show(fill(plain(note.en), "  ", ""))
    column = opened.contract.single("score")
    if scale := scale_text(opened, None if column is None else begun.table[column.name]):
        show(scale)
    base = None if (of := opened.contract.expected) is None else of.base_rate
    if base is not None and base < RARE:
        cut = "" if opened.policy.threshold.share is None else " selects that share, and"
        why = "" if not cut else "at one half hardly anybody would be selected, and "
        rare = f"About {percent(base)} of the rows have the outcome. So the proposal{cut} limits ratios of false alarms:"
        show(fill(f"{rare} {why}a difference of 0.1 would limit nothing."))
    show("\n" + first_reach_text(plans))
    _next(directory, files, finished=opened.contract.said() is not None)
    return 0


def _next(directory: Path, files: Mapping[str, Path], *, finished: bool) -> None:
    (_, base), *extracts = files.items()
    folder, table = shlex.quote(str(directory)), shlex.quote(str(base))
    table += "".join(f" --source {shlex.quote(f'{source}={file}')}" for source, file in extracts)
    next_commands(
        f"smartstart-gov check {folder} {table}",
        f"smartstart-gov todo {folder}",
        f"smartstart-gov audit {folder} {table}{'' if finished else ' --estimator train:model'} --version 0.1.0",
    )


def _plans(opened: Project, begun: Begun) -> dict[str, Plan]:
    """Return the plan on the rows at hand, by the value that counts as 1: both, where nobody has said which it is."""
    from smartstart_gov.authoring.contract import Expected
    from smartstart_gov.planning.chances import labels_of
    from smartstart_gov.planning.expectation import expectation
    from smartstart_gov.planning.power import planned

    label = opened.contract.single("label")
    if label is None:
        return {}
    found = {}
    for value in label.levels or () if label.positive is None else (label.positive,):
        column = label.model_copy(update={"positive": value})
        columns = tuple(column if one is label else one for one in opened.contract.columns)
        supposed = replace(opened, contract=opened.contract.model_copy(update={"columns": columns}))
        expected = supposed.contract.expected or Expected()
        known = expectation(supposed.contract, expected, labels=labels_of(supposed, begun.table))
        found[str(value)] = planned(supposed.policy, known, runs=_RUNS, thorough=False, ways=False)
    return found


def _files(data: Sequence[str]) -> dict[str, Path]:
    """Return name of the source to file; one file without a name is the source `data`."""
    from smartstart_gov.authoring.scaffold import named

    found: dict[str, Path] = {}
    for typed in data:
        name, divider, file = typed.partition("=")
        if not divider or Path(typed).is_file():
            name, file = "data" if len(data) == 1 else named(Path(typed).name.partition(".")[0]), typed
        if name in found:
            raise click.BadParameter(f"two files are called {name!r}; give each a name: NAME=FILE.", param_hint="--data")
        if named(name) != name:
            raise click.BadParameter(f"{name!r} is not a plain name, like {named(name)}.", param_hint="--data")
        found[name] = Path(file)
    return found


def _roles(roles: Sequence[str]) -> dict[str, Role]:
    from smartstart_gov.authoring.contract import Role

    wrong = [pair for pair in roles if pair.rpartition("=")[2] not in get_args(Role) or "=" not in pair]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is not NAME=ROLE; roles are {', '.join(get_args(Role))}.", param_hint="--role")
    found = {pair.rpartition("=")[0]: cast("Role", pair.rpartition("=")[2]) for pair in roles}
    if len(found) < len(set(roles)):
        raise click.BadParameter("a column is given two roles; give it one.", param_hint="--role")
    return found
