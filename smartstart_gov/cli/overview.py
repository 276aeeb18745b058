"""What there is: every command in one line, and the page that ``smartstart-gov --help`` prints.

It stands apart from the commands because reading it loads nothing, not even click.
"""

from __future__ import annotations

#: Every command: the module of `smartstart_gov.cli` and the name in it, and what it does in one line.
COMMANDS = {
    "audit": ("audits.audit", "Train a model, or take its scores, and audit it."),
    "check": ("projects.check", "Check a project's files, and its data."),
    "contract": ("contracts.contract", "Make, check and compare contracts."),
    "demo": ("audits.demo", "Do the main job on real data."),
    "gate": ("bundles.gate", "Decide whether a version may go to a stage."),
    "init": ("beginnings.init", "Begin a project."),
    "keys": ("signatures.keys", "Make keys, and say who may sign."),
    "log": ("signatures.log", "Print what happened to a project."),
    "policy": ("policies.policy", "Compare policies."),
    "power": ("plans.power", "How many cases a decision needs."),
    "render": ("bundles.render", "Write the documents of a version."),
    "revoke": ("signatures.revoke", "Take a version back."),
    "seal": ("projects.seal", "Register the rules before a model is trained."),
    "show": ("bundles.show_bundle", "Print the verdict of a version."),
    "sign": ("signatures.sign", "Approve or refuse a version."),
    "todo": ("projects.todo", "List what is still to be done, for one person."),
    "verify": ("bundles.verify", "Recompute a version from its own counts."),
}
_HELP = """\
Usage: smartstart-gov [OPTIONS] COMMAND [ARGS]...

  Train, audit, document and release a risk model of a public body honestly.

Options:
  --version   Show the version and exit.
  --debug     Print the traceback where the library itself breaks.
  -h, --help  Show this message and exit.

Commands:
{commands}

  Exit codes: 0 allowed or done; 1 a limit or control failed; 2 refused:
  usage, configuration or input; 3 not shown; 4 the evidence does not hold; 5
  only signatures are missing.
"""


def help_text() -> str:
    """Return what ``smartstart-gov --help`` prints."""
    widest = max(map(len, COMMANDS))
    return _HELP.format(commands="\n".join(f"  {name:<{widest}}  {what}" for name, (_, what) in COMMANDS.items()))
