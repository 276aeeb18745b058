"""``smartstart-gov``: the river from the command line. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from smartstart_gov import __version__
from smartstart_gov.cli import console
from smartstart_gov.errors import Refused

_FOLDER = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print one machine-readable record and nothing else.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="smartstart-gov")
def cli() -> None:
    """Train, audit, document and release a risk model honestly.

    Exit codes: 0 may go on; 1 a limit or control failed; 2 refused, nothing written; 3 not shown;
    4 the evidence does not hold; 5 only signatures are missing.
    """


@cli.command()
@click.argument("directory", type=_FOLDER)
def demo(directory: Path) -> int:
    """Run the whole road on real data: train, audit, refuse, and say why in PDF."""
    from smartstart_gov.demo import run_demo

    bundle, decision, folder = run_demo(directory)
    console.evidence(bundle.public)
    console.out()
    console.decision(decision)
    console.commands(
        f"The documents stand in {folder}. What to run next:",
        [f"smartstart-gov show {folder}", f"smartstart-gov verify {folder}", f"smartstart-gov gate {folder} --stage shadow"],
    )
    return 0 if decision.result == "refused" else 1


@cli.command()
@click.argument("directory", type=_FOLDER)
@click.option("--name", help="Name of the model; by default the folder's.")
def init(directory: Path, name: str | None) -> int:
    """Write charter, contract, policy, a sample and a training script to start from."""
    from smartstart_gov.project.scaffold import init_project

    for path in init_project(directory, name=name):
        console.out(str(path))
    console.commands(
        "Read the three YAML files; then run:",
        [f"smartstart-gov check {directory} {directory}/sample.csv",
         f"smartstart-gov audit {directory} {directory}/sample.csv --estimator train:model --version 0.1.0"],
    )  # fmt: skip
    return 0


@cli.command()
@click.argument("project", type=_FOLDER)
@click.argument("data", type=_FOLDER, required=False)
@_json
def check(project: Path, data: Path | None, as_json: bool) -> int:
    """Check contract, charter and policy of PROJECT, and DATA against the contract."""
    from smartstart_gov.assessment import PREDICTION_ROLES, check_metrics
    from smartstart_gov.project.folder import open_project

    opened = open_project(project)
    check_metrics(opened.policy)
    rows = None
    if data is not None:
        from smartstart_gov.project.data import read_data
        from smartstart_gov.project.validation import validate

        roles = None if opened.contract.single("score") is None else PREDICTION_ROLES
        rows = validate(read_data(data, opened.contract), opened.contract, roles=roles).rows
    result = {
        "name": opened.charter.name, "contract": opened.contract.digest, "charter": opened.charter.digest,
        "policy": opened.policy.digest, "rows": rows, "limits": len(opened.policy.limits),
    }  # fmt: skip
    if as_json:
        console.record(result)
        return 0
    console.out(
        f"{opened.charter.name}: contract {opened.contract.version}, policy {opened.policy.version} with {len(opened.policy.limits)} limits."
    )
    console.out("No data checked." if rows is None else f"{rows} rows keep the contract.")
    return 0


@cli.command()
@click.argument("project", type=_FOLDER)
@click.argument("data", type=_FOLDER)
@click.option("--estimator", help="module:object, an unfitted scikit-learn classifier or a function that makes one.")
@click.option("--predictions", type=_FOLDER, help="File with the key and the score of each row of DATA.")
@click.option("--version", "version", required=True, help="Name of the new version, like 1.0.0.")
@click.option("--random-state", default=0, show_default=True, help="Seed of the estimator; the split has its own key.")
@_json
def audit(
    project: Path, data: Path, estimator: str | None, predictions: Path | None, version: str, random_state: int, as_json: bool
) -> int:
    """Train (or take predictions), audit, and write a new version into PROJECT."""
    from smartstart_gov.assessment import audit as audit_run
    from smartstart_gov.assessment import audit_predictions, train
    from smartstart_gov.project.data import read_data
    from smartstart_gov.project.folder import open_project

    if (estimator is None) == (predictions is None):
        raise Refused("U01", "Give either --estimator or --predictions.", "smartstart-gov audit", "Name one of the two.")
    opened = open_project(project)
    frame = read_data(data, opened.contract)
    if estimator is not None:
        console.step("Training on the fit part ...")
        run = train(_load(estimator, project), frame, opened, random_state=random_state)
        console.step("Auditing: counting, explaining, judging ...")
        bundle = audit_run(run)
    else:
        scores = read_data(predictions or Path(), opened.contract)
        index = opened.contract.single("index") or opened.contract.single("unit")
        console.step("Auditing: counting, judging ...")
        bundle = audit_predictions(scores, opened, attributes=frame, on=None if index is None else index.name)
    folder = bundle.write(version=version)
    written = bundle.versioned(version)
    if as_json:
        console.record({"folder": str(folder), "verdict": written.public.verdict.to_record()})
    else:
        console.evidence(written.public)
        console.commands(
            "What to run next:",
            [f"smartstart-gov render {folder} --as model_card,dpia --lang nl,en", f"smartstart-gov gate {folder}"],
        )
    return console.verdict_code(bundle.verdict.status)


@cli.command()
@click.argument("bundle", type=_FOLDER)
@click.option("--as", "kinds", default="model_card,dpia", show_default=True, help="Documents, separated by commas.")
@click.option("--lang", "langs", default="nl,en", show_default=True, help="Languages, separated by commas.")
def render(bundle: Path, kinds: str, langs: str) -> int:
    """Render the documents of BUNDLE as PDF, from its public edition alone."""
    from smartstart_gov.documents.render import FILE_STEMS
    from smartstart_gov.documents.render import render as make
    from smartstart_gov.evidence.bundle import read_bundle
    from smartstart_gov.evidence.manifest import VersionFolder

    folder = _version_folder(bundle)
    documents = {}
    read = read_bundle(folder, ignore_documents=True)
    for kind in kinds.split(","):
        for lang in langs.split(","):
            console.step(f"Rendering {kind} ({lang}) ...")
            rendered = make(read, kind.strip(), lang=lang.strip())
            documents[f"{FILE_STEMS[kind.strip()]}.{lang.strip()}.pdf"] = rendered.pdf()
    VersionFolder(folder).add(documents)
    for name in documents:
        console.out(str(folder / name))
    return 0


@cli.command()
@click.argument("bundle", type=_FOLDER)
@click.option("--private", is_flag=True, help="Show the private edition: it names small groups.")
@_json
def show(bundle: Path, private: bool, as_json: bool) -> int:
    """Print the verdict of BUNDLE."""
    from smartstart_gov.evidence.bundle import read_bundle

    read = read_bundle(_version_folder(bundle))
    edition = read.private if private else read.public
    if edition is None:
        raise Refused("U01", "The private edition is not here.", str(bundle), "Run this where the audit was written.")
    if as_json:
        console.record(edition.to_record())
    else:
        console.evidence(edition)
    return 0


@cli.command()
@click.argument("bundle", type=_FOLDER)
@_json
def verify(bundle: Path, as_json: bool) -> int:
    """Recompute every digest, number and answer of BUNDLE, and list what differs."""
    from smartstart_gov.evidence.reperform import verify as reverify

    found = reverify(_version_folder(bundle))
    if as_json:
        console.record(found.to_record())
    else:
        console.out(console.wrapped(found.headline()))
        for difference in found.differences:
            console.out(f"  {difference}")
    return 0 if found.ok else 4


@cli.command()
@click.argument("bundles", type=_FOLDER, nargs=-1, required=True)
@click.option("--project", type=_FOLDER, help="The project's folder; by default the parent of BUNDLE.")
@click.option("--stage", default="release", show_default=True, help="shadow, trial or release.")
@_json
def gate(bundles: tuple[Path, ...], project: Path | None, stage: str, as_json: bool) -> int:
    """Decide whether BUNDLE may go to a stage. Needs the evidence only."""
    from smartstart_gov.release.gate import gate as decide
    from smartstart_gov.release.gate import gravest

    made = []
    refused = []
    for bundle in bundles:
        try:
            made.append(decide(_version_folder(bundle), project=project, stage=stage))
        except Refused as refusal:
            refused.append(refusal)
    if as_json:
        console.record([decision.to_record() for decision in made])
    else:
        for decision in made:
            console.decision(decision)
    codes = [decision.exit_code for decision in made] + [console.refusal(refusal) for refusal in refused]
    return gravest(codes)


def _version_folder(bundle: Path) -> Path:
    """Return the version folder of a path that names it or its ``bundle.json``."""
    path = bundle.parent if bundle.name in ("bundle.json", "manifest.json") else bundle
    return path.resolve()


def _load(name: str, project: Path) -> Any:
    """Return the estimator that ``module:object`` names, looked for in the project's folder and here."""
    module, _, attribute = name.partition(":")
    where = "Option --estimator"
    if not module or not attribute:
        raise Refused("U01", f"{name!r} does not read as module:object.", where, "Write it like train:model.")
    sys.path[:0] = [str(project.resolve()), str(Path.cwd())]
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        raise Refused(
            "U01", f"Module {module!r} cannot be imported ({error}).", where, "Run in the folder that holds it, or install it."
        ) from None
    except AttributeError:
        raise Refused(
            "U01", f"Module {module!r} has no {attribute!r}.", where, "Name an estimator or a function that makes one."
        ) from None
    finally:
        del sys.path[:2]
    makes: Callable[[], Any] | None = found if callable(found) and not hasattr(found, "fit") else None
    return makes() if makes is not None else found


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli.main(args=arguments, standalone_mode=False)
    except Refused as refused:
        code = console.refusal(refused)
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except click.ClickException as usage:
        usage.show()
        code = 2
    except (KeyboardInterrupt, click.Abort):
        console.step("Stopped; nothing was left half-done.")
        code = console.INTERRUPTED
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
