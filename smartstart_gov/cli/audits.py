"""Commands that count, judge and write evidence: for your own model, and for the worked example."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import Steps, answers, fill, next_commands, say, show, show_record
from smartstart_gov.cli.options import PATH, linked_sources, scored_table, table_of
from smartstart_gov.errors import Refused

if TYPE_CHECKING:
    from smartstart_gov.authoring.project import Project
    from smartstart_gov.evidence.bundle import EvidenceBundle

#: Exit code of an audit by its verdict.
_VERDICT_CODES = {"PASSED": 0, "FAILED": 1, "NOT_SHOWN": 3}


@click.command
@click.argument("project", type=PATH)
@click.argument("data", type=PATH)
@click.option(
    "--estimator",
    metavar="MODULE:OBJECT",
    help="Unfitted model, or a function that returns one; train:model is the object model in PROJECT/train.py.",
)
@click.option(
    "--predictions",
    type=PATH,
    metavar="FILE",
    help="File with the key and the scores of a finished model, if the scores are not in DATA.",
)
@click.option("--model", type=PATH, metavar="FILE", help="A fitted model (.skops, never pickle); all of DATA is audited.")
@click.option(
    "--positive-class",
    metavar="CLASS",
    help="With --model: the model's class that corresponds to the contract's positive value, if that is ambiguous.",
)
@linked_sources
@click.option("--version", required=True, help="Name of the version to write, like 1.0.0.")
@click.option(
    "--random-state", type=int, default=0, show_default=True, help="Random state of the estimator; the split does not change."
)
@click.option(
    "--unsealed",
    is_flag=True,
    help="Open the audit part even though the project is not sealed or confirmed: this costs a look.",
)
@click.option("--yes", is_flag=True, help="With --unsealed: do not ask for confirmation.")
@click.option(
    "--render", "with_documents", is_flag=True, help="Also write the model card and the DPIA annex, in Dutch and English."
)
@answers
def audit(
    project: Path, data: Path, estimator: str | None, predictions: Path | None, model: Path | None, positive_class: str | None,
    sources: tuple[str, ...], version: str, random_state: int, unsealed: bool, yes: bool, with_documents: bool, as_json: bool,
) -> int:  # fmt: skip
    """Train on DATA (or take predictions or a model), open the audit part once, and write the evidence into PROJECT.

    While columns are unconfirmed or PROJECT is not sealed, the audit part stays closed: the evidence is then a CONCEPT,
    computed on the develop part. It costs no look, and the gate refuses it at every stage.

    If the contract has a column with the role score or decision, that column is audited; it comes from DATA or --predictions.
    Exits with 0 if every limit and control passed, 1 if one failed, 3 if something is not shown.
    """
    if sum(given is not None for given in (estimator, predictions, model)) > 1:
        raise click.UsageError("Give only one of --estimator, --predictions and --model.")
    if positive_class is not None and model is None:
        raise click.UsageError("--positive-class needs --model.")
    if yes and not unsealed:
        raise click.UsageError("--yes needs --unsealed.")
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.evidence.folder import VersionFolder

    opened = open_project(project)
    if estimator is None and predictions is None and model is None and opened.contract.said() is None:
        what = "Give --estimator, --predictions or --model, or give a column of the contract the role score or decision."
        raise click.UsageError(what)
    if estimator is not None or model is not None:
        from smartstart_gov.training.cutoff import refuse_given_answers

        # Before rows are read and somebody's code is run.
        refuse_given_answers(opened.contract)
    # A name that is taken is refused before the audit part is opened.
    VersionFolder(project / version).refuse_taken(name=opened.charter.name, version=version)
    if unsealed:
        _ask(opened, yes=yes)
    with Steps().shown() as steps:
        if estimator is not None:
            bundle = _trained(opened, data, sources, estimator, random_state, steps, unsealed=unsealed)
        elif model is not None:
            bundle = _given(opened, data, sources, model, positive_class, steps, unsealed=unsealed)
        else:
            bundle = _predicted(opened, data, sources, predictions, steps, unsealed=unsealed)
        steps("Writing the evidence")
        folder = bundle.write(version=version)
        if with_documents:
            from smartstart_gov.documents.render import document_files

            steps("Writing the model card and the DPIA annex, in Dutch and English")
            try:
                VersionFolder(folder).add(document_files(bundle.versioned(version)))
            except Refused:
                say(f"The evidence is in {folder}; its documents were not written.")
                raise
    return _audited(bundle.versioned(version), folder, as_json=as_json, documents=with_documents)


def _ask(opened: Project, *, yes: bool) -> None:
    """Say what opening the audit part costs, and ask whether it is worth that; Refused where nobody can answer."""
    from smartstart_gov.looks.registration import unready

    if not (found := unready(opened)):
        return
    most = opened.policy.max_looks
    cost = (
        f"The project is {' and '.join(found)}. Opening the audit part now takes one of {most} looks at these rows, and rule"
        " R22 stays not shown: this version cannot be released. A change of policy or model takes another look."
    )
    say(fill(cost))
    if yes:
        return
    if not sys.stdin.isatty():
        remedy = "Seal the project first, omit --unsealed for a CONCEPT that costs no look, or add --yes."
        raise Refused("L02", "There is no terminal on which to confirm that look.", "Option --unsealed", remedy)
    click.confirm("Open the audit part?", abort=True, err=True)


@click.command
@click.argument("directory", metavar="DIR", type=PATH)
@click.option(
    "--scenario",
    type=click.Choice(["stops", "arrests"]),
    default="stops",
    show_default=True,
    help="stops: whom the police search (43 699 rows); arrests: whom they hold (5 226 rows).",
)
@answers
def demo(directory: Path, scenario: str, as_json: bool) -> int:
    """Run the whole process on real data in DIR: train, audit, document, and ask the gate.

    The model predicts what the police do to somebody, and must be refused. Exits with 0 if it was.
    """
    from smartstart_gov.demo.run import SCENARIOS, run_demo

    with Steps().shown() as steps:
        done = run_demo(directory, SCENARIOS[scenario], report=steps)
    code = 0 if done.as_expected else 1
    if as_json:
        show_record(
            {
                "exit_code": code,
                "version_folder": str(done.version),
                "decision": done.decision.to_record(),
                **_verdict_record(done.bundle),
            }
        )
        return code
    from smartstart_gov.cli.verdicts import verdict_text

    show("\n" + verdict_text(done.bundle.public, explain=("FAILED",)))
    refused = "The gate refuses release, as it should: this model must not be used."
    show("\n" + fill(refused if code == 0 else f"The gate says {done.decision.result}, but it should have refused."))
    version = shlex.quote(str(done.version))
    show(f"\nTo read:\n  {done.version / 'model_card.en.pdf'}\n  {done.version / 'dpia_annex.en.pdf'}")
    next_commands(
        f"smartstart-gov gate {version}",
        f"smartstart-gov verify {version}",
        f"smartstart-gov show {version}",
        "smartstart-gov init my_project",
    )
    return code


def _trained(
    opened: Project, data: Path, sources: tuple[str, ...], estimator: str, random_state: int, steps: Steps, *, unsealed: bool
) -> EvidenceBundle:
    from smartstart_gov import assessment

    steps("Reading data")
    model = opened.estimator(estimator)
    frame = table_of(opened.contract, data, sources)
    steps("Training on the fit part")
    run = assessment.train(model, frame, opened, random_state=random_state)
    steps("Counting, judging, explaining")
    return assessment.audit(run, unsealed=unsealed)


def _given(
    opened: Project, data: Path, sources: tuple[str, ...], model: Path, positive_class: str | None, steps: Steps, *,
    unsealed: bool,
) -> EvidenceBundle:  # fmt: skip
    from smartstart_gov import assessment
    from smartstart_gov.training.artifact import read_model
    from smartstart_gov.training.model import class_called

    steps("Reading the model and the data")
    fitted = read_model(model, opened.policy.trusted_types)
    named = None if positive_class is None else class_called(positive_class, fitted)
    steps("Counting, judging, explaining")
    table = table_of(opened.contract, data, sources)
    return assessment.audit_model(fitted, table, opened, positive_class=named, unsealed=unsealed)


def _predicted(
    opened: Project, data: Path, sources: tuple[str, ...], predictions: Path | None, steps: Steps, *, unsealed: bool
) -> EvidenceBundle:
    from smartstart_gov import assessment

    contract = opened.contract
    if predictions is None:
        steps("Reading data")
        scored = table_of(contract, data, sources)
        steps("Counting and judging")
        return assessment.audit_predictions(scored, opened)
    key = contract.single("index") or contract.single("unit")
    if key is None:
        remedy = "Give the column that identifies a row the role index (or unit), so that each score can be matched to its row."
        raise Refused("D10", "The contract has no key to join the predictions on.", f"Contract {contract.name}", remedy)
    steps("Reading the data and the predictions")
    table = scored_table(contract, data, predictions, sources, key.name)
    steps("Counting and judging")
    return assessment.audit_predictions(table, opened, unsealed=unsealed)


def _audited(bundle: EvidenceBundle, folder: Path, *, as_json: bool, documents: bool) -> int:
    code = _VERDICT_CODES[bundle.public.verdict.status]
    if as_json:
        show_record({"exit_code": code, "version_folder": str(folder), **_verdict_record(bundle)})
        return code
    from smartstart_gov.cli.verdicts import verdict_text

    show(verdict_text(bundle.public))
    show(f"\nWritten: {folder}")
    version = shlex.quote(str(folder))
    render = [] if documents else [f"smartstart-gov render {version}"]
    if bundle.public.concept:
        show("\n" + fill("To open the audit part: confirm the columns in contract.yaml, settle the policy, and seal both."))
        next_commands(*render, f"smartstart-gov seal {shlex.quote(str(folder.parent))} DATA")
    else:
        next_commands(*render, f"smartstart-gov gate {version} --stage shadow")
    return code


def _verdict_record(bundle: EvidenceBundle) -> dict[str, Any]:
    """Return the public verdict: what may be printed anywhere."""
    public = bundle.public
    return {"name": public.name, "version": public.version, "verdict": public.verdict.to_record()}
