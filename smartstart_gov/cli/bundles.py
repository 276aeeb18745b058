"""Commands on a written version: show it, render its documents, verify it, ask the gate."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import Steps, answers, fill, plain, refusal_record, refuse, say, show, show_record
from smartstart_gov.cli.options import PATH, linked_sources, table_of, version_folder, words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.document_kinds import DOCUMENT_KINDS, LANGUAGES
from smartstart_gov.storage import write_file

if TYPE_CHECKING:
    from smartstart_gov.release.gate import Decision


#: Names of the documents, in the order in which they are written.
_KINDS = tuple(kind.name for kind in DOCUMENT_KINDS)
_project = click.option(
    "--project",
    type=PATH,
    metavar="DIR",
    help="Folder with the charter, contract, policy and log; by default the folder that contains BUNDLE.",
)


@click.command("show")
@click.argument("bundle", type=version_folder)
@click.option(
    "--private",
    is_flag=True,
    help="Read bundle.private.json, which shows small groups. Not for logs or screens that others can see.",
)
@answers
def show_bundle(bundle: Path, private: bool, as_json: bool) -> int:
    """Print the verdict in BUNDLE: findings, decisive comparisons, remedies."""
    from smartstart_gov.evidence.bundle import read_bundle

    read = read_bundle(bundle)
    evidence = read.public
    if private:
        if read.private is None:
            remedy = "Omit --private, or fetch the file from where the audit was run."
            raise Refused("U01", "This folder has no private edition.", str(bundle), remedy)
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
    help="Documents, separated by commas.",
)
@click.option(
    "--lang",
    "langs",
    metavar="LANGS",
    callback=words(*LANGUAGES),
    default=",".join(LANGUAGES),
    show_default=True,
    help="Languages, separated by commas.",
)
@click.option(
    "--format", "form", type=click.Choice(["pdf", "html"]), default="pdf", show_default=True, help="Form of the files."
)
@click.option(
    "-o", "--output", "folder", type=PATH, metavar="DIR", help="New folder for HTML files; PDF files belong to BUNDLE."
)
@click.option(
    "--theme",
    metavar="THEME",
    help="neutral, municipality, or a folder with theme.yaml; by default the folder theme of the project, if it has one.",
)
@answers
def render(
    bundle: Path, kinds: tuple[str, ...], langs: tuple[str, ...], form: str, folder: Path | None, theme: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Write documents of BUNDLE into its folder, as PDF, and enter them in its manifest.

    With --format html each is one file for a browser, in the folder DIR. They are copies for reading: the gate and those who
    sign go by the PDF files.
    """
    from smartstart_gov.canonical import digest
    from smartstart_gov.documents.render import document_files, document_pages
    from smartstart_gov.evidence.bundle import read_bundle
    from smartstart_gov.evidence.folder import VersionFolder
    from smartstart_gov.storage import write_folder

    if (form == "html") != (folder is not None):
        raise click.UsageError("HTML files need --output DIR, and PDF files go into BUNDLE.")
    read = read_bundle(bundle)
    own = bundle.parent / "theme"
    look = theme or (own if own.is_dir() else "neutral")
    if folder is not None:
        _refuse_inside(bundle, folder)
        pages = document_pages(read, kinds, langs, look)
        write_folder(folder, pages)
        if as_json:
            show_record(
                {"exit_code": 0, "folder": str(folder), "documents": {name: digest(data) for name, data in pages.items()}}
            )
        else:
            show("\n".join(str(folder / name) for name in pages))
        return 0
    with Steps().shown() as steps:
        steps(f"Writing {' and '.join(kinds)} in {' and '.join(langs)}")
        written = document_files(read, kinds, langs, look)
    mended = VersionFolder(bundle).add(written)
    if as_json:
        show_record({
            "exit_code": 0, "version_folder": str(bundle), "mended": list(mended),
            "documents": {name: digest(data) for name, data in written.items()},
        })  # fmt: skip
    else:
        if mended:
            say(
                fill(plain(f"An earlier render was interrupted, or its documents were changed. Repaired: {', '.join(mended)}."))
            )
        show("\n".join(str(bundle / name) for name in written))
    return 0


class _Exporting(click.Command):
    """A command that lists the formats when somebody asks for help: the gate, in the same module, needs none of them."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from smartstart_gov.exports.export import listed

        told = click.Command(self.name, help=str(self.help).replace("{formats}", listed()))
        told.format_help_text(ctx, formatter)


@click.command(cls=_Exporting)
@click.argument("bundle", type=version_folder)
@click.option("--as", "formats", metavar="FORMATS", required=True, help="Formats, with commas between them.")
@click.option("-o", "--output", "folder", type=PATH, metavar="DIR", required=True, help="New folder for the files.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="nl", show_default=True, help="Language of sentences.")
@answers
def export(bundle: Path, formats: str, folder: Path, lang: str, as_json: bool) -> int:
    """Write BUNDLE in formats of others, all files or none.

    FORMATS are {formats}.
    Only the public edition is read. What a standard asks and nobody declared is left out, and told on standard error.
    """
    from smartstart_gov.evidence.bundle import read_bundle
    from smartstart_gov.exports.export import export as exported

    _refuse_inside(bundle, folder)
    made = exported(read_bundle(bundle), [word.strip() for word in formats.split(",")], lang=lang)
    written = made.write(folder)
    if as_json:
        show_record({"exit_code": 0, "folder": str(folder), **made.to_record()})
        return 0
    for line in made.told:
        say(fill(plain(line)))
    show("\n".join(map(str, written)))
    return 0


def _refuse_inside(bundle: Path, folder: Path) -> None:
    if bundle.resolve() in (folder.resolve(), *folder.resolve().parents):
        what = f"{folder.name} would lie in the version folder, which holds exactly the files of its manifest."
        raise Refused("U01", what, "Option --output", "Choose a folder elsewhere.")


@click.command
@click.argument("bundle", type=version_folder)
@_project
@click.option(
    "--data",
    type=PATH,
    metavar="FILE",
    help="The rows of the audit: the model file must give them the decisions that were counted.",
)
@linked_sources
@answers
def verify(bundle: Path, project: Path | None, data: Path | None, sources: tuple[str, ...], as_json: bool) -> int:
    """Check BUNDLE again: files, digests, log and authored files; recompute every number and the verdict from its own counts.

    A BUNDLE outside a project is checked as far as possible, and the output lists what could not be checked. Exits with
    0 if everything agrees, 3 if a render was interrupted, 4 if the evidence does not hold.
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
            show("Not recomputed; taken as recorded:")
            show("\n".join(fill(plain(line), "    ", "  - ") for line in found.not_recomputed))
    said = [*found.differences, *(f"Not checked: {_UNCHECKED[what]}" for what in found.unchecked)]
    if found.unfinished:
        left = ", ".join(found.unfinished)
        said.append(f"A render was interrupted and left {left}. Run smartstart-gov render again to repair it.")
    if said:
        show("\n".join(fill(plain(line), "    ", "  - ") for line in said))
    return found.exit_code


_UNCHECKED = {
    "log": "the log. The folder is not in a project, so nothing here shows that this is what was audited; give --project.",
    "authored": "whether the policy, contract and charter are still those of the audit; give --project.",
    "private": "bundle.private.json, which is missing. Findings on groups that are not printed were taken as written.",
}


def _decided_otherwise(bundle: Path, project: Path, data: Path, sources: tuple[str, ...]) -> tuple[str, ...]:
    from smartstart_gov.assessment import decides_as_audited
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.evidence.bundle import read_bundle

    table = table_of(read_bundle(bundle).public.contract, data, sources)
    return decides_as_audited(bundle, table, open_project(project))


@click.command
@click.argument("bundle", type=version_folder)
@click.argument("counts", type=PATH)
@_project
@click.option("--stage", type=click.Choice(["shadow", "trial"]), required=True, help="Where COUNTS were counted.")
@click.option(
    "--decided-by",
    type=click.Choice(["model", "people"]),
    default="model",
    show_default=True,
    help="Whose decisions COUNTS hold: the model's, or those of people who had its answer before them.",
)
@answers
def recheck(bundle: Path, counts: Path, project: Path | None, stage: Any, decided_by: Any, as_json: bool) -> int:
    """Judge COUNTS from practice by the limits of BUNDLE, and write the answers into the log.

    COUNTS is a tally in JSON or Parquet; it stays where it is, and the log holds its digest. Exits with 0 if every limit that
    a release needs is kept, 1 if one is breached, 3 if something is not shown. A breach in practice keeps the version from
    every stage.
    """
    from smartstart_gov.release.practice import recheck as rechecked

    found = rechecked(bundle, counts, stage=stage, decided_by=decided_by, project=project)
    if as_json:
        show_record({"exit_code": found.exit_code, **found.to_record()})
        return found.exit_code
    show(fill(plain(found.headline())))
    for status, name, reason in found.table()[1]:
        show(fill(plain(f"{name}: {reason}"), " " * 13, f"  {status:<9}  "))
    return found.exit_code


@click.command
@click.argument("bundles", metavar="BUNDLE...", type=version_folder, nargs=-1, required=True)
@_project
@click.option(
    "--stage",
    type=click.Choice(["shadow", "trial", "release"]),
    default="release",
    show_default=True,
    help="Stage that the model should enter.",
)
@click.option("--root", metavar="DIGEST", help="Pin of the root of signers, as it was handed out.")
@click.option("--witness", type=PATH, metavar="FILE", help="What `log --witness` wrote, kept outside the project.")
@click.option(
    "--summary", type=PATH, metavar="FILE", help="Add the decisions to FILE, as Markdown: the summary of a job in CI."
)
@answers
def gate(
    bundles: tuple[Path, ...],
    project: Path | None,
    stage: str,
    root: str | None,
    witness: Path | None,
    summary: Path | None,
    as_json: bool,
) -> int:
    """Decide whether each BUNDLE may go to the stage. Needs the evidence, not the data.

    Exits with 0 allowed, 1 refused, 2 wrong input, 3 not shown, 4 evidence broken, 5 only signatures
    missing. With several bundles, the most serious code counts: 4, 2, 1, 3, 5, 0.
    """
    from smartstart_gov.release.gate import gate as decide
    from smartstart_gov.release.gate import gravest

    answered: list[Decision | Refused] = []
    for bundle in bundles:
        try:
            answered.append(decide(bundle, project=project, stage=stage, root=root, witness=witness))
        except Refused as refusal:
            # One folder that is not there must not hide what is wrong with the others.
            answered.append(refusal)
    code = gravest(one.exit_code for one in answered)
    if summary is not None:
        text = "".join(map(_markdown, bundles, answered))
        write_file(summary, (summary.read_bytes() if summary.is_file() else b"") + text.encode())
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
    "evidence_broken": "the evidence does not hold, so no decision is made", "signatures_missing": "only"
    " signatures are missing",
}  # fmt: skip


def _markdown(path: Path, answer: Decision | Refused) -> str:
    """Return one decision as Markdown; nothing in it is taken for markup."""

    def inert(text: str) -> str:
        return re.sub(r"([\\`*_{}\[\]<>()#+!|~&-])", r"\\\1", plain(" ".join(text.split())))

    if isinstance(answer, Refused):
        head, lines = (
            f"{path.name}: wrong input, exit code {answer.exit_code}",
            [f"{v.what} {v.remedy}" for v in answer.violations],
        )
    else:
        head = f"{answer.name} {answer.version} to {answer.stage}: {_RESULTS[answer.result]}, exit code {answer.exit_code}"
        lines = list(answer.reasons)
    return f"## {inert(head)}\n\n" + "".join(f"- {inert(line)}\n" for line in lines) + "\n"


def _decision_text(decision: Decision) -> str:
    on = f" (decided on the {decision.edition} counts)" if decision.edition else ""
    result = f"{_RESULTS[decision.result]}{on}, exit code {decision.exit_code}"
    lines = [fill(plain(f"{decision.name} {decision.version} to {decision.stage}: {result}."))]
    for reason in decision.reasons:
        status, _, rest = reason.partition(" ")
        known = status in ("FAILED", "NOT_SHOWN", "MISSING")
        lines.append(fill(plain(rest if known else reason), " " * 13, f"  {status:9}  " if known else "  - "))
    return "\n".join(lines)
