"""Commands of people who sign: make a key, write the root, sign, take back, read the log, ask whether all is in order."""

from __future__ import annotations

import datetime as dt
import os
import warnings
from getpass import GetPassWarning
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartstart_gov.cli.console import answers, fill, plain, show, show_record
from smartstart_gov.cli.options import PATH, version_folder
from smartstart_gov.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartstart_gov.ledger import Entry
    from smartstart_gov.release.keyfile import Signer
    from smartstart_gov.release.root import Root

#: Where a passphrase is taken from; without it the terminal asks, and shows nothing of what is typed.
PASSPHRASE = "SMARTSTART_GOV_PASSPHRASE"  # noqa: S105 - the name of a variable, not a passphrase
_stage = click.option("--stage", type=click.Choice(["shadow", "trial", "release"]), default="release", show_default=True)


@click.group(short_help="Make keys, and say who may sign.")
def keys() -> None:
    """Keys of people who sign, and the root that says which key is whose.

    A passphrase is asked for on the terminal, or taken from SMARTSTART_GOV_PASSPHRASE.
    """


@keys.command(short_help="Make a key.")
@click.argument("file", type=PATH)
@answers
def new(file: Path, as_json: bool) -> int:
    """Make an Ed25519 key in FILE, outside the project, and print its public half for signers.yaml."""
    from smartstart_gov.release.keyfile import make_key

    digits = make_key(file, _passphrase(file, confirm=True))
    if as_json:
        show_record({"exit_code": 0, "public_key": digits})
    else:
        show(f'"{digits}"')
    return 0


@keys.command(short_help="Have a file of signers signed.")
@click.argument("project", type=PATH)
@click.option("--signers", "file", type=PATH, metavar="FILE", help="By default signers.yaml in the project.")
@click.option(
    "--key", "files", type=PATH, metavar="FILE", multiple=True, required=True, help="One for each who keeps the root."
)
@answers
def root(project: Path, file: Path | None, files: tuple[Path, ...], as_json: bool) -> int:
    """Enter signers.yaml into the log of PROJECT, signed by those who keep the root.

    A later version is signed by those of the one before too. The pin that is printed is what a CI or a loader keeps, to
    know this root from another.
    """
    from smartstart_gov.authoring.names import LOG_FOLDER
    from smartstart_gov.authoring.reader import reading
    from smartstart_gov.authoring.signers import Signers
    from smartstart_gov.ledger import Ledger
    from smartstart_gov.release.root import current, write_root

    ledger = Ledger(_project(project) / LOG_FOLDER)
    write_root(ledger, reading(file or project / "signers.yaml", Signers).value, [_signer(one) for one in files])
    return _show_root(current(ledger), as_json=as_json)


@keys.command("show", short_help="Show who may sign.")
@click.argument("project", type=PATH)
@click.option("--root", "pin", metavar="DIGEST", help="The pin that was handed out.")
@answers
def show_root(project: Path, pin: str | None, as_json: bool) -> int:
    """Show who may sign in PROJECT now."""
    from smartstart_gov.authoring.names import LOG_FOLDER
    from smartstart_gov.ledger import Ledger
    from smartstart_gov.release.root import current

    return _show_root(current(Ledger(_project(project) / LOG_FOLDER), pin), as_json=as_json)


@click.command
@click.argument("bundle", type=version_folder)
@click.option("--key", type=PATH, metavar="FILE", required=True, help="Your key.")
@_stage
@click.option("--approve", "outcome", flag_value="approve", help="The version may go to the stage.")
@click.option("--approve-if", "conditions", metavar="TEXT", multiple=True, help="It may, on this condition; may be repeated.")
@click.option("--refuse", "outcome", flag_value="refuse", help="It may not; give a --reason.")
@click.option("--abstain", "outcome", flag_value="abstain", help="You were asked, and say neither.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day on which your approval ends.")
@click.option("--reason", metavar="TEXT", help="Why you refuse; it is printed.")
@click.option(
    "--as", "what", type=click.Choice(["approval", "seal", "verdict", "practice"]), default="approval", show_default=True,
    help="Sign the verdict or the counts of practice of BUNDLE, or the newest seal of the project BUNDLE, instead.",
)  # fmt: skip
@answers
def sign(
    bundle: Path, key: Path, stage: Any, outcome: Any, conditions: tuple[str, ...], until: dt.datetime | None,
    reason: str | None, what: str, as_json: bool,
) -> int:  # fmt: skip
    """Sign what you say of BUNDLE at a stage. What you said last counts.

    Your approval names the evidence, the model, policy, contract, charter, the documents as they are now, and the log. It
    counts for those and for no others.
    """
    from smartstart_gov.release.sign import sign as signed

    if what != "approval":
        from smartstart_gov.release.attest import sign_practice, sign_seal, sign_verdict

        if outcome is not None or conditions or until is not None or reason is not None:
            raise click.UsageError(f"--as {what} takes a --key, and nothing else.")
        attest: dict[str, Callable[[Path, Signer], Entry]] = {
            "seal": sign_seal, "verdict": sign_verdict, "practice": sign_practice,
        }  # fmt: skip
        return _entered(attest[what](bundle, _signer(key)).digest, as_json=as_json)
    if conditions and outcome is None:
        outcome = "approve_if"
    if outcome is None or (conditions and outcome != "approve_if"):
        raise click.UsageError("Say one of --approve, --approve-if, --refuse and --abstain.")
    entry = signed(
        bundle, _signer(key), stage=stage, outcome=outcome, until=None if until is None else until.date(),
        conditions=conditions, reason=reason,
    )  # fmt: skip
    return _entered(entry.digest, as_json=as_json)


@click.command
@click.argument("bundle", type=version_folder)
@click.argument("finding")
@click.option("--key", type=PATH, metavar="FILE", required=True, help="Your key.")
@_stage
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day, 90 days from now at most.")
@click.option("--reason", metavar="TEXT", help="Why; it is printed.")
@click.option("--instead", metavar="TEXT", help="What takes the place of what was not met; it is printed.")
@click.option("--owner", metavar="ROLE", help="The role of the charter that answers for that.")
@click.option("--take-back", is_flag=True, help="Take your own waiver back; give a --reason.")
@answers
def waive(
    bundle: Path, finding: str, key: Path, stage: Any, until: dt.datetime | None, reason: str | None, instead: str | None,
    owner: str | None, take_back: bool, as_json: bool,
) -> int:  # fmt: skip
    """Let FINDING of BUNDLE pass at a stage for a while: openly, and with something in its place.

    It counts once as many persons as the policy asks signed the same words, and once the card prints it: render, then approve.
    The second person gives no --until, --reason, --instead and --owner, and signs the words of the first.
    """
    from smartstart_gov.release.sign import unwaive
    from smartstart_gov.release.sign import waive as waived

    if take_back and (reason is None or until or instead or owner):
        raise click.UsageError("--take-back takes a --reason, and nothing else.")
    if take_back:
        entry = unwaive(bundle, _signer(key), finding, stage=stage, reason=str(reason))
    else:
        entry = waived(
            bundle, _signer(key), finding, stage=stage, until=None if until is None else until.date(), reason=reason,
            instead=instead, owner=owner,
        )  # fmt: skip
    return _entered(entry.digest, as_json=as_json)


@click.command
@click.argument("bundle", type=version_folder)
@click.option("--key", type=PATH, metavar="FILE", required=True, help="Your key.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; it is printed.")
@answers
def revoke(bundle: Path, key: Path, reason: str, as_json: bool) -> int:
    """Take BUNDLE back: from now on the gate refuses it at every stage. The way on is another version."""
    from smartstart_gov.release.sign import revoke as revoked

    return _entered(revoked(bundle, _signer(key), reason=reason).digest, as_json=as_json)


@click.command
@click.argument("project", type=PATH)
@click.option(
    "--witness", type=PATH, metavar="FILE", help="Write down the newest entries, for `gate --witness`; keep it elsewhere."
)
@click.option("--key", type=PATH, metavar="FILE", help="Sign what --witness writes: your key.")
@answers
def log(project: Path, witness: Path | None, key: Path | None, as_json: bool) -> int:
    """Print the log of PROJECT, one line an entry, oldest first; every entry is held against its digest and its parents."""
    from smartstart_gov.authoring.names import LOG_FOLDER
    from smartstart_gov.ledger import Ledger, Tree

    ledger = Ledger(_project(project) / LOG_FOLDER)
    entries = ledger.entries()
    if key is not None and witness is None:
        raise click.UsageError("--key signs what --witness writes; give both.")
    if witness is not None:
        from smartstart_gov.release.attest import signed_head
        from smartstart_gov.storage import write_file

        write_file(witness, ledger.witness() if key is None else signed_head(project, _signer(key)))
    if as_json:
        told = [{"digest": one.digest, "kind": one.kind, "at": one.at, "parents": list(one.parents)} for one in entries]
        tree = Tree.of(entries).to_record()
        show_record({"exit_code": 0, "entries": told, "heads": list(ledger.heads()), "tree": tree})
        return 0
    for one in entries:
        version = " ".join(str(one.body[part]) for part in ("name", "version") if part in one.body)
        show(plain(f"{one.at}  {one.digest[7:19]}  {one.kind:<12} {version}".rstrip()))
    show(fill(f"{len(entries)} entries, with the root {Tree.of(entries).root}"))
    return 0


@click.command
@click.argument("project", type=PATH)
@answers
def doctor(project: Path, as_json: bool) -> int:
    """Look at what PROJECT relies on: disk, files, log, clock, signers, versions, version control. Changes nothing.

    Ends with 0 where all is in order, 3 where something needs attention, 4 where something does not hold.
    """
    from smartstart_gov.checkup import doctor as examined

    health = examined(project)
    if as_json:
        show_record({"exit_code": health.exit_code, **health.to_record()})
    else:
        for check in health.checks:
            show(fill(plain(f"{check.name}: {check.said}"), " " * 13, f"  {check.state:<9}  "))
    return health.exit_code


def _passphrase(file: Path, *, confirm: bool = False) -> str:
    found = os.environ.get(PASSPHRASE)
    if found is not None:
        return found
    with warnings.catch_warnings():
        # Without a terminal Python would show what is typed, or wait for what never comes.
        warnings.simplefilter("error", GetPassWarning)
        try:
            asked: str = click.prompt(f"Passphrase of {file.name}", hide_input=True, confirmation_prompt=confirm, err=True)
        except GetPassWarning:
            what, remedy = "There is no terminal on which to ask for the passphrase.", f"Put it into {PASSPHRASE}."
            raise Refused("U01", what, str(file), remedy) from None
    return asked


def _signer(file: Path) -> Signer:
    from smartstart_gov.release.keyfile import read_key

    return read_key(file, _passphrase(file))


def _project(path: Path) -> Path:
    if not path.is_dir():
        raise Refused(
            "U01", f"There is no project folder {path.name!r}.", str(path), "Give the folder of charter, policy and log."
        )
    return path


def _show_root(root: Root, *, as_json: bool) -> int:
    if as_json:
        show_record({"exit_code": 0, "pin": root.pin, "signers": root.signers.to_record()})
        return 0
    show(fill(f"Version {root.signers.version}, until {root.signers.expires}. Pin: {root.pin}"))
    for person in root.signers.persons:
        keeps = ", keeps the root" if person.keeps_root else ""
        show(
            fill(plain(f"{person.name}: {person.role}{keeps}, key {', '.join(key[:8] for key in person.keys)}"), "    ", "  - ")
        )
    return 0


def _entered(digest: str, *, as_json: bool) -> int:
    if as_json:
        show_record({"exit_code": 0, "entry": digest})
    else:
        show(fill(f"Entered into the log: {digest[7:19]}. Commit the log, so that others see it."))
    return 0
