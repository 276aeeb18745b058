"""Commands for the files that people write: check them, seal them, and list what still has to be done."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import answers, fill, plain, show, show_record
from smartstart_gov.cli.options import PATH, linked_sources, table_of
from smartstart_gov.cli.plans import reach_text, scale_text

if TYPE_CHECKING:
    from smartstart_gov.authoring.fields import OpenFact
    from smartstart_gov.authoring.project import Project
    from smartstart_gov.judgement.finding import Finding
    from smartstart_gov.planning.power import Plan
    from smartstart_gov.todo import Item, Todo


#: Roles as a reader knows them.
_PEOPLE = {
    "owner": "the owner of the model", "dpo": "the data protection officer", "data": "the data team",
    "lawyer": "the lawyer", "committee": "the committee that sets the limits",
}  # fmt: skip
#: Simulated audits behind a chance: enough to tell whether it is under one half.
_RUNS = 100
_NO_PLAN = (
    "To see which limits a fair model could pass, add rows_per_year and base_rate under `expected:` in contract.yaml,"
    " or provide rows with their labels."
)


def todo_text(found: Todo) -> str:
    """Return the list, starting with what blocks release; each item with its place, question and example."""
    whom = f" for {_PEOPLE[found.role]}" if found.role else ""
    if not found.items:
        return f"{found.name}: nothing is open{whom}."
    blocking = sum(item.blocks for item in found.items)
    one = len(found.items) == 1
    head = (
        f"{found.name}: {len(found.items)} {'thing is' if one else 'things are'} open{whom}; {blocking} of them block release."
    )
    parts = [fill(plain(head))]
    if found.stale:
        parts.append(fill(plain(
            f"The files have changed since version {found.version} was audited. Audit again: later changes count from"
            " that audit on."
        )))  # fmt: skip
    for title, some in (
        ("BLOCKING RELEASE", [item for item in found.items if item.blocks]),
        ("ALSO OPEN", [item for item in found.items if not item.blocks]),
    ):
        if some:
            parts += ["", title]
        for item in some:
            parts += ["", *_lines(item, who=found.role is None)]
    return "\n".join(parts)


def _lines(item: Item, *, who: bool) -> Iterator[str]:
    line = f" line {item.line}" if item.line is not None else ", a new key" if item.example else ""
    yield fill(plain(item.what), "    ", "  - ")
    yield fill(plain(f"{item.file}{line}, {item.key}" + (f"; {_PEOPLE[item.who]}" if who else "")), "    ")
    if item.example:
        yield fill(plain(f"Example: {item.example}"), "    ")
    if item.why:
        yield fill(plain(item.why), "    ")


@click.command
@click.argument("project", type=PATH)
@click.argument("data", type=PATH, required=False)
@linked_sources
@answers
def check(project: Path, data: Path | None, sources: tuple[str, ...], as_json: bool) -> int:
    """Check the files of PROJECT and, with DATA, every row; say which limits a fair model could pass.

    With --source the rows are linked first, and the output shows how many rows an audit would lose, and from which groups.
    """
    if sources and data is None:
        raise click.UsageError("--source needs DATA, the base table.")
    from smartstart_gov.assessment import check_metrics
    from smartstart_gov.authoring.fields import open_facts
    from smartstart_gov.authoring.project import SPLIT_KEY, open_project

    opened = open_project(project)
    check_metrics(opened.policy)
    keys = len(opened.ledger.find(SPLIT_KEY))
    frame = None if data is None else table_of(opened.contract, data, sources)
    rows, plan = _planned(opened, frame)
    linking = _linking(opened, frame)
    facts = open_facts(opened.charter, opened.contract, opened.policy)
    if as_json:
        show_record({
            "exit_code": 0, "name": opened.charter.name, "contract": opened.contract.version, "policy": opened.policy.version,
            "open": [str(fact) for fact in facts], "split_key": keys == 1, "rows": rows,
            "plan": None if plan is None else plan.to_record(),
            "linking": [finding.to_record() for finding in linking],
        })  # fmt: skip
        return 0
    head = f"{opened.charter.name}: contract {opened.contract.version} and policy {opened.policy.version} fit together"
    show(fill(plain(f"{head}, {len(opened.policy.limits)} limits on {', '.join(opened.policy.attributes)}.")))
    if keys != 1:
        show(fill("The log has no key for the split yet: `audit --estimator` needs a project made by `init`."))
    if facts:
        show(fill(plain(_open_text(facts, opened, project)), "  ", ""))
    trial = opened.policy.stages.trial
    if trial.signatures and not trial.declared:
        missing = "team, families_at_most, ends and person_decides_first under stages.trial in policy.yaml"
        show(fill(f"Nobody can approve a trial yet: write {missing}.", "  ", ""))
    if linking:
        from smartstart_gov.cli.verdicts import findings_text

        show("\n" + findings_text(linking))
    column = opened.contract.single("score")
    # Linked sources carry their table inside; a vendor's scores may come in a file of their own.
    table = getattr(frame, "native", frame)
    name = "" if column is None else column.name
    if told := scale_text(opened, table[name] if table is not None and name in table.columns else None):
        show(told)
    if rows is not None:
        show(f"\nAll {rows:,} rows comply with the contract.".replace(",", " "))
    if plan is None:
        show(fill(_NO_PLAN))
    else:
        show("\n" + reach_text(plan))
    return 0


@click.command
@click.argument("project", type=PATH)
@click.argument("data", type=PATH, required=False)
@linked_sources
@click.option(
    "--new-people",
    metavar="REASON",
    help="Declare that the keys in DATA now belong to other people, and why; the reason is printed.",
)
@click.option("--by", metavar="ROLE", help="Who declares this: the role of a signatory of the charter.")
@answers
def seal(
    project: Path, data: Path | None, sources: tuple[str, ...], new_people: str | None, by: str | None, as_json: bool
) -> int:
    """Register the policy, contract and charter of PROJECT in its log before training; with DATA, also the audit rows.

    Rows that `audit` will link (--source) are linked here too, and the rows that remain are registered.

    Nobody can claim afterwards that the limits were chosen to fit a result. Sealing the same files again changes nothing.
    Facts of the policy that are still open are listed, and are sealed as open.

    Keys that earlier looks have seen count as seen rows. If a register has since given them to other people, declare that
    with --new-people and --by.
    """
    from smartstart_gov.assessment import check_metrics
    from smartstart_gov.authoring.fields import open_facts
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.looks.looks import LOOK
    from smartstart_gov.looks.seal import declare_new_people
    from smartstart_gov.looks.seal import seal as sealed

    if sources and data is None:
        raise click.UsageError("--source needs DATA, the base table.")
    if (new_people is None) != (by is None) or (new_people is not None and data is None):
        raise click.UsageError("--new-people, --by and DATA must be given together.")
    opened = open_project(project)
    check_metrics(opened.policy)
    table = None if data is None else table_of(opened.contract, data, sources)
    if new_people is not None and by is not None:
        declare_new_people(opened, table, by=by, reason=new_people)
    entry = sealed(opened, table)
    looked = len(opened.ledger.find(LOOK))
    facts = [fact.key for fact in open_facts(opened.charter, opened.contract, opened.policy) if fact.file == "policy"]
    if as_json:
        record = {"exit_code": 0, "name": opened.charter.name, "seal": entry.digest, "body": dict(entry.body), "open": facts}
        show_record(record)
        return 0
    what = "policy, contract and charter" if data is None else "policy, contract, charter and audit rows"
    show(fill(plain(f"{opened.charter.name}: {what} are registered in the log, as {entry.digest[:19]}.")))
    if looked:
        show(fill("The log already has looks. This seal comes too late for the rows they used."))
    if facts:
        late = "Fill them in and seal again before the audit: filling them in later makes it another policy."
        show(fill(plain(f"Sealed as open in policy.yaml: {', '.join(facts)}. {late}")))
    return 0


@click.command
@click.argument("project", type=PATH)
@click.option(
    "--role",
    type=click.Choice(["owner", "dpo", "data", "lawyer", "committee"]),
    help="Only the items for this person: the owner of the model, the data protection officer, the data team, the lawyer,"
    " or the committee that sets the limits.",
)
@answers
def todo(project: Path, role: str | None, as_json: bool) -> int:
    """List what is open in PROJECT: where, the question, and an example. Items that block release come first.

    Every open fact of charter, contract and policy, and every finding of the newest version that is not shown or
    breached. Exits with 0 if nothing blocks release, 3 if something is missing, 1 if a limit or rule is
    breached.
    """
    from smartstart_gov.todo import todo as listed

    found = listed(project, role=role)
    if as_json:
        show_record(found.to_record())
    else:
        show(todo_text(found))
    return found.exit_code


def _open_text(facts: tuple[OpenFact, ...], opened: Project, project: Path) -> str:
    from smartstart_gov.controls.catalogue import waiting

    blocking = [str(fact) for fact in facts if waiting(fact, opened.charter, opened.contract)]
    every = f"`smartstart-gov todo {shlex.quote(str(project))}` says who should fill them in, with examples."
    if not blocking:
        return f"Still open: {len(facts)} facts, none of which blocks release. {every}"
    more = f", and {len(facts) - len(blocking)} that do not block release" if len(blocking) < len(facts) else ""
    return f"Still open: {', '.join(blocking)}{more}. {every}"


def _linking(opened: Project, frame: Any) -> tuple[Finding, ...]:
    """Return what an audit of these rows would find of linking; nothing where there are no rows, or no links."""
    from smartstart_gov.controls.linking import LinkLosses, link_findings
    from smartstart_gov.intake.link import Linked

    losses = LinkLosses.of(frame.report, opened.policy.disclosure.k) if isinstance(frame, Linked) else None
    return () if frame is None else link_findings(opened.contract, losses)


def _planned(opened: Project, frame: Any) -> tuple[int | None, Plan | None]:
    """Return how many rows there are, and the plan on them; on the rows expected where there are none."""
    from smartstart_gov.authoring.contract import Expected
    from smartstart_gov.planning.chances import labels_of
    from smartstart_gov.planning.expectation import expectation
    from smartstart_gov.planning.power import planned

    expected = opened.contract.expected or Expected()
    if frame is None and (expected.rows_per_year is None or expected.base_rate is None):
        return None, None
    labels = None if frame is None else labels_of(opened, frame)
    known = expectation(opened.contract, expected, labels=labels)
    return None if labels is None else labels.n, planned(opened.policy, known, runs=_RUNS, thorough=False)


@click.command("import-dpia")
@click.argument("file", metavar="FILE", type=PATH)
@click.argument("project", metavar="PROJECT", type=PATH)
@click.option("--replace", is_flag=True, help="Let answers of FILE take the place of other answers in the charter.")
@answers
def import_dpia(file: Path, project: Path, replace: bool, as_json: bool) -> int:
    """Take the answers of a DPIA into charter.yaml of PROJECT.

    FILE is the JSON of the government's form (Model DPIA Rijksdienst 3.0, or pre-scan DPIA 2.0), the PDF of a DPIA annex or
    a pre-scan, an authored DPIA, or another charter. Facts that are open get its answers. Where the charter has another
    answer, nothing is written.
    """
    from smartstart_gov.authoring.dpia_import import import_dpia as imported
    from smartstart_gov.storage import write_file

    found = imported(file, project, replace=replace)
    write_file(found.path, found.text.encode())
    if as_json:
        show_record({
            "exit_code": 0, "written": str(found.path), "taken": list(found.taken), "replaced": list(found.replaced),
            "told": list(found.told),
        })  # fmt: skip
        return 0
    show(fill(f"{len(found.taken)} answers were taken over, and {len(found.replaced)} took the place of another."))
    for name in (*found.taken, *found.replaced):
        show(fill(plain(name), "  ", "  "))
    for line in found.told:
        show(fill(plain(line), "  ", ""))
    return 0
