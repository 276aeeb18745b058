"""Commands for policies: list where one is weaker or stricter than another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smartstart_gov.cli.console import answers, fill, plain, show, show_record
from smartstart_gov.cli.options import PATH
from smartstart_gov.errors import Refused

if TYPE_CHECKING:
    from smartstart_gov.authoring.policy import Policy
    from smartstart_gov.authoring.policy_changes import PolicyChanges


@click.group(short_help="Compare policies.")
def policy() -> None:
    """Commands for the policy of a model."""


@policy.command(short_help="List where one policy is weaker than another.")
@click.argument("old", type=PATH)
@click.argument("new", type=PATH, required=False)
@click.option("--defaults", is_flag=True, help="Compare the policy with the limits that `init` writes.")
@answers
def diff(old: Path, new: Path | None, defaults: bool, as_json: bool) -> int:
    """List what policy NEW changes from OLD, with each line marked weaker, stronger or other. It always exits with 0.

    Each is a policy.yaml, a project folder or a version folder. A single project is compared with its most recently audited
    version, or with --defaults against what `init` writes; then only weaker settings are listed.
    """
    from smartstart_gov.authoring.policy_changes import PolicyChanges, policy_changes, weaker_than_defaults

    if defaults and new is not None:
        raise click.UsageError("--defaults needs exactly one policy.")
    if defaults:
        asked = policy_of(old)
        found = PolicyChanges(old="the defaults", new=f"policy {asked.version}", changes=weaker_than_defaults(asked))
    elif new is None:
        found = _since_last(old)
    else:
        found = policy_changes(policy_of(old), policy_of(new))
    if as_json:
        show_record({"exit_code": 0, **found.to_record()})
        return 0
    head = f"{found.old} to {found.new}: {len(found.changes)} changes, {len(found.weaker)} weaker."
    show(fill(plain(head[:1].upper() + head[1:])))
    for change in found.changes:
        show(fill(plain(change.what), "            ", f"  {change.direction:<9} "))
    return 0


def policy_of(path: Path) -> Policy:
    """Return the policy in a file, a project folder, or a version folder (the policy it was audited under)."""
    from smartstart_gov.authoring.names import POLICY_FILE
    from smartstart_gov.authoring.reader import read_policy
    from smartstart_gov.evidence.bundle import read_bundle
    from smartstart_gov.evidence.folder import MANIFEST_FILE

    if (path / MANIFEST_FILE).is_file():
        return read_bundle(path).public.policy
    return read_policy(path / POLICY_FILE if path.is_dir() else path)


def _since_last(home: Path) -> PolicyChanges:
    from smartstart_gov.authoring.policy_changes import policy_changes
    from smartstart_gov.authoring.project import open_project
    from smartstart_gov.evidence.history import last_version

    project = open_project(home)
    last = last_version(project)
    if last is None or last.policy is None:
        what = "No version of this project has been audited yet." if last is None else f"Version {last.version} cannot be read."
        raise Refused("U01", what, str(home), "Name two policies, or use --defaults.")
    return policy_changes(last.policy, project.policy, names=(f"version {last.version}", "the current policy"))
