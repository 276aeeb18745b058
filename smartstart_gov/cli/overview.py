"""Overview: one line per command, and the page that ``smartstart-gov --help`` prints.

It is separate from the commands so that importing it loads nothing, not even click.
"""

from __future__ import annotations

#: Every command: the module of `smartstart_gov.cli` and the name in it, and what it does in one line.
COMMANDS = {
    "audit": ("audits.audit", "Train a model, or take its scores, and audit it."),
    "check": ("projects.check", "Check a project's files, and its data."),
    "contract": ("contracts.contract", "Make, check and compare contracts."),
    "demo": ("audits.demo", "Run the whole process on worked examples."),
    "doctor": ("signatures.doctor", "Look whether a project is in order."),
    "export": ("bundles.export", "Write a version in formats of others."),
    "gate": ("bundles.gate", "Decide whether a version may enter a stage."),
    "import-dpia": ("projects.import_dpia", "Take the answers of a DPIA into the charter."),
    "init": ("beginnings.init", "Start a project."),
    "keys": ("signatures.keys", "Make keys, and say who may sign."),
    "log": ("signatures.log", "Print what happened to a project."),
    "policy": ("policies.policy", "Compare policies."),
    "power": ("plans.power", "Work out how many cases a decision needs."),
    "recheck": ("bundles.recheck", "Judge counts from practice."),
    "render": ("bundles.render", "Write the documents of a version."),
    "revoke": ("signatures.revoke", "Take a version back."),
    "seal": ("projects.seal", "Register the rules before a model is trained."),
    "show": ("bundles.show_bundle", "Print the verdict of a version."),
    "sign": ("signatures.sign", "Approve or refuse a version."),
    "todo": ("projects.todo", "List what each person still has to do."),
    "verify": ("bundles.verify", "Recompute a version from its own counts."),
    "waive": ("signatures.waive", "Let a finding pass for a while."),
}
_HELP = """\
Usage: smartstart-gov [OPTIONS] COMMAND [ARGS]...

  Train, audit, document and release a public body's risk model honestly.

Options:
  --version   Show the version and exit.
  --debug     Print the traceback if the library itself fails.
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
