"""Commands that count, judge and write evidence: for your own model, and for the worked example."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import Steps, answers, fill, next_commands, on_terminal, plain, say, show, show_record
from smartstart_gov.cli.options import PATH, linked_sources, scored_table, table_of
from smartstart_gov.errors import Refused
from smartstart_gov.show import text_table

if TYPE_CHECKING:
    from smartstart_gov.authoring.project import Project
    from smartstart_gov.demo.run import Demo
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
    if not on_terminal(sys.stdin):
        remedy = "Seal the project first, omit --unsealed for a CONCEPT that costs no look, or add --yes."
        raise Refused("L02", "There is no terminal on which to confirm that look.", "Option --unsealed", remedy)
    click.confirm("Open the audit part?", abort=True, err=True)


@click.command
@click.argument("directory", metavar="DIR", type=PATH)
@click.option(
    "--scenario",
    type=click.Choice(["early_help", "stops", "arrests"]),
    help=(
        "Only this one. early_help: neighbourhoods in which help is offered (made-up children, real sizes); stops: whom the"
        " police search (43 699 rows); arrests: whom they hold (5 226 rows)."
    ),
)
@answers
def demo(directory: Path, scenario: str | None, as_json: bool) -> int:
    """Run the whole process in DIR: plan, seal, train, audit, document, sign, and ask the gate.

    A careful project, early_help, goes as far as its evidence carries it. Beside it stands a model that must be refused,
    because it predicts what the police do to somebody. Exits with 0 if the gate gave each the answer that it should.
    """
    from smartstart_gov.demo.run import MAIN, SCENARIOS, run_demos

    with Steps().shown() as steps:
        done = run_demos(directory, MAIN if scenario is None else (SCENARIOS[scenario],), report=steps)
    code = 0 if all(one.as_expected for one in done) else 1
    if as_json:
        records = [_demo_record(one) for one in done]
        show_record({"exit_code": code, **(records[0] if len(records) == 1 else {"models": records})})
        return code
    for one in done:
        _show_demo(one)
    first = shlex.quote(str(done[0].version))
    stage = "" if len(done[0].decisions) == 1 else f" --stage {done[0].decisions[0].stage}"
    next_commands(
        f"smartstart-gov gate {first}{stage}",
        *(f"smartstart-gov gate {shlex.quote(str(one.version))}" for one in done[1:]),
        f"smartstart-gov verify {first}",
        f"smartstart-gov show {first}",
        "smartstart-gov init my_project",
    )
    return code


def _demo_record(done: Demo) -> dict[str, Any]:
    decisions = [one.to_record() for one in done.decisions]
    return {
        "version_folder": str(done.version), "decision": decisions[-1], "decisions": decisions,
        "regions": [one.to_record() for one in done.regions], **_verdict_record(done.bundle),
    }  # fmt: skip


def _show_demo(done: Demo) -> None:
    from smartstart_gov.cli.verdicts import verdict_text

    show("\n" + verdict_text(done.bundle.public, explain=("FAILED",)))
    if len(done.decisions) > 1:
        show("\nHow far it comes; the answers are above:")
        for one in done.decisions:
            about = [why for why in one.reasons if not why.startswith(("FAILED", "NOT_SHOWN"))]
            show(fill(plain(f"{one.stage}: {one.result.replace('_', ' ')}"), "    ", "  "))
            for why in about:
                show(fill(plain(why.replace("MISSING ", "missing: ")), "      ", "    - "))
    if done.regions:
        _show_regions(done)
    said = "That is the answer it should have." if done.as_expected else "That is not the answer it should have."
    if done.as_expected and done.decision.result == "refused":
        said = "The gate refuses release, as it should: this model must not be used."
    show("\n" + fill(said))
    show(f"\nTo read:\n  {done.version / 'model_card.en.pdf'}\n  {done.version / 'dpia_annex.en.pdf'}")


def _show_regions(done: Demo) -> None:
    """Show what would carry a model of areas further: the chance that a fair one passes, with these areas and with more."""
    here, *others = done.regions
    names = [f"{len(one.towns)} town{'s' if len(one.towns) > 1 else ''}, {one.areas} areas" for one in done.regions]
    rows = []
    times = here.times()
    for place, question in enumerate(here.plan.prospects):
        name = question.question.id.removeprefix("limit.")
        fair = [f"{one.plan.prospects[place].fair.value:.0%}" for one in done.regions]
        rows.append([name, question.question.stage or "-", *fair, f"x {times[name]}" if name in times else "-"])
    show(
        "\n"
        + fill(
            "What would carry it further. People in one area share its decision, so it is areas that count. In how many of"
            " 100 simulated audits would a perfectly fair model pass, and with how many times as many areas in four of five?"
        )
    )
    show(text_table(["question", "needed from", *names, "areas"], rows))
    if others:
        towns = f"{here.towns[0]} alone, and with {', '.join(others[-1].towns[1:])}; nobody was added to pass."
        show(fill(f"{towns} Groups are drawn apart; where they live in the same areas, a fair model passes more often."))


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
