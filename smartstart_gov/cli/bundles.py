"""Commands on a written version: show it, render its documents, verify it, ask the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import Steps, answers, fill, plain, refusal_record, refuse, say, show, show_record
from smartstart_gov.cli.options import PATH, linked_sources, table_of, version_folder, words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.document_kinds import DOCUMENT_KINDS, LANGUAGES

if TYPE_CHECKING:
    from smartstart_gov.release.gate import Decision


#: Names of the documents, in the order in which they are written.
_KINDS = tuple(kind.name for kind in DOCUMENT_KINDS)
_project = click.option(
    "--project",
    type=PATH,
    metavar="DIR",
    help="Folder of charter, contract, policy and log; by default the one BUNDLE lies in.",
)


@click.command("show")
@click.argument("bundle", type=version_folder)
@click.option(
    "--private", is_flag=True, help="Read bundle.private.json: small groups show. Not for a log or a screen that others see."
)
@answers
def show_bundle(bundle: Path, private: bool, as_json: bool) -> int:
    """Print the verdict in BUNDLE: findings, decisive comparisons, remedies."""
    from smartstart_gov.evidence.bundle import read_bundle

    read = read_bundle(bundle)
    evidence = read.public
    if private:
        if read.private is None:
            remedy = "Leave --private out, or fetch the file from where the audit was run."
            raise Refused("U01", "There is no private edition in this folder.", str(bundle), remedy)
        evidence = read.private
    if as_json:
        show_record({
            "exit_code": 0, "name": evidence.name, "version": evidence.version, "edition": evidence.edition,
            "created": evidence.created, "verdict": evidence.verdict.to_record(),
        })  # fmt: skip
        return 0
    from smartstart_gov.cli.verdicts import verdict_text
    from smartstart_gov.judgement.finding import STATUSES

    show(verdict_text(evidence, explain=STATUSES))
    return 0


@click.command
@click.argument("bundle", type=version_folder)
@click.option(
    "--as",
    "kinds",
    metavar="KINDS",
    callback=words(*_KINDS),
    default=",".join(_KINDS),
    show_default=True,
    help="Documents, with commas between them.",
)
@click.option(
    "--lang",
    "langs",
    metavar="LANGS",
    callback=words(*LANGUAGES),
    default=",".join(LANGUAGES),
    show_default=True,
    help="Languages, with commas between them.",
)
@answers
def render(bundle: Path, kinds: tuple[str, ...], langs: tuple[str, ...], as_json: bool) -> int:
    """Write documents of BUNDLE into its folder, as PDF, and enter them in its manifest."""
    from smartstart_gov.canonical import digest
    from smartstart_gov.documents.render import document_files
    from smartstart_gov.evidence.bundle import read_bundle
    from smartstart_gov.evidence.folder import VersionFolder

    read = read_bundle(bundle)
    with Steps().shown() as steps:
        steps(f"Writing {' and '.join(kinds)} in {' and '.join(langs)}")
        written = document_files(read, kinds, langs)
    mended = VersionFolder(bundle).add(written)
    if as_json:
        show_record({
            "exit_code": 0, "version_folder": str(bundle), "mended": list(mended),
            "documents": {name: digest(data) for name, data in written.items()},
        })  # fmt: skip
    else:
        if mended:
            say(fill(plain(f"An earlier render was cut off, or its documents were touched. Mended: {', '.join(mended)}.")))
        show("\n".join(str(bundle / name) for name in written))
    return 0


@click.command
@click.argument("bundle", type=version_folder)
@_project
@click.option(
    "--data", type=PATH, metavar="FILE", help="The rows of the audit: the model file has to decide them as they were counted."
)
@linked_sources
@answers
def verify(bundle: Path, project: Path | None, data: Path | None, sources: tuple[str, ...], as_json: bool) -> int:
    """Re-perform BUNDLE: files, digests, log, authored files, every number and the verdict, from its own counts.

    A BUNDLE that lies by itself is checked as far as that goes, and what could not be checked is said. Ends with 0 where
    everything agrees, 3 where a render was cut off, 4 where the evidence does not hold.
    """
    from smartstart_gov.evidence.reperform import verify as verify_version

    found = verify_version(bundle, project=project)
    if data is not None and found.ok:
        found = replace(found, differences=_decided_otherwise(bundle, project or bundle.parent, data, sources))
    if as_json:
        show_record({"exit_code": found.exit_code, **found.to_record()})
        return found.exit_code
    if found.differences:
        show(fill(plain(f"{found.name} {found.version}: the evidence does not hold.")))
    else:
        counted = f"{found.recomputed} of {found.findings} findings were recomputed from the {found.edition} counts"
        show(fill(plain(f"{found.name} {found.version}: the evidence holds. Every file has its digest, and {counted}.")))
        if found.not_recomputed:
            show("Not recomputed, kept as recorded:")
            show("\n".join(fill(plain(line), "    ", "  - ") for line in found.not_recomputed))
    said = [*found.differences, *(f"Not checked: {_UNCHECKED[what]}" for what in found.unchecked)]
    if found.unfinished:
        left = ", ".join(found.unfinished)
        said.append(f"A render was cut off and left {left}. Run smartstart-gov render again, which mends it.")
    if said:
        show("\n".join(fill(plain(line), "    ", "  - ") for line in said))
    return found.exit_code


_UNCHECKED = {
    "log": "the log. The folder lies in no project, so nothing here says that this is what was audited; give --project.",
    "authored": "whether policy, contract and charter are still those of the audit; give --project.",
    "private": "bundle.private.json, which is not there. Findings on groups that are not printed were taken as written.",
}


def _decided_otherwise(bundle: Path, project: Path, data: Path, sources: tuple[str, ...]) -> tuple[str, ...]:
    from smartstart_gov.assessment import decides_as_audited
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.evidence.bundle import read_bundle

    table = table_of(read_bundle(bundle).public.contract, data, sources)
    return decides_as_audited(bundle, table, open_project(project))


@click.command
@click.argument("bundles", metavar="BUNDLE...", type=version_folder, nargs=-1, required=True)
@_project
@click.option(
    "--stage",
    type=click.Choice(["shadow", "trial", "release"]),
    default="release",
    show_default=True,
    help="Where the model is to go.",
)
@click.option("--root", metavar="DIGEST", help="Pin of the root of signers, as it was handed out.")
@answers
def gate(bundles: tuple[Path, ...], project: Path | None, stage: str, root: str | None, as_json: bool) -> int:
    """Decide whether each BUNDLE may go to the stage. Needs the evidence, not the data.

    Ends with 0 allowed, 1 refused, 2 wrong input, 3 not shown, 4 evidence broken, 5 only signatures
    missing. Of several bundles the gravest counts: 4, 2, 1, 3, 5, 0.
    """
    from smartstart_gov.release.gate import gate as decide
    from smartstart_gov.release.gate import gravest

    answered: list[Decision | Refused] = []
    for bundle in bundles:
        try:
            answered.append(decide(bundle, project=project, stage=stage, root=root))
        except Refused as refusal:
            # One folder that is not there must not hide what is wrong with the others.
            answered.append(refusal)
    code = gravest(one.exit_code for one in answered)
    if as_json:
        show_record(
            {"exit_code": code, "decisions": [_answer_record(path, one) for path, one in zip(bundles, answered, strict=True)]}
        )
    for one in answered:
        if isinstance(one, Refused):
            refuse(one)
        elif not as_json:
            show(_decision_text(one))
    return code


def _answer_record(path: Path, answer: Decision | Refused) -> dict[str, Any]:
    if isinstance(answer, Refused):
        return {"path": str(path), "result": "wrong_input", "exit_code": answer.exit_code, "refused": refusal_record(answer)}
    return {"path": str(path), **answer.to_record()}


_RESULTS = {
    "allowed": "allowed", "refused": "refused", "not_shown": "not shown, so not allowed",
    "evidence_broken": "the evidence does not hold, so nothing is decided", "signatures_missing": "only signatures are missing",
}  # fmt: skip


def _decision_text(decision: Decision) -> str:
    on = f" (decided on the {decision.edition} counts)" if decision.edition else ""
    result = f"{_RESULTS[decision.result]}{on}, exit code {decision.exit_code}"
    lines = [fill(plain(f"{decision.name} {decision.version} to {decision.stage}: {result}."))]
    for reason in decision.reasons:
        status, _, rest = reason.partition(" ")
        known = status in ("FAILED", "NOT_SHOWN", "MISSING")
        lines.append(fill(plain(rest if known else reason), " " * 13, f"  {status:9}  " if known else "  - "))
    return "\n".join(lines)
