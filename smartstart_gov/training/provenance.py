"""Where a model came from: the revision of the training code, and the versions of the libraries used."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from smartstart_gov.training.estimators import parts

UNKNOWN = "unknown"
_SECONDS = 10
#: Packages that are called otherwise than what is installed.
_DISTRIBUTIONS = {"imblearn": "imbalanced-learn"}


def code_revision(folder: Path | None = None) -> str:
    """Return the git revision of the code in `folder`, with ``+edited`` if tracked files differ from it.

    Without `folder`: the folder of the running script, or the working directory if the script belongs to
    the Python installation (a notebook, pytest, the command line). ``unknown`` without a repository
    or git; it never raises.
    """
    place = folder or _folder_of_script()
    head = git(place, "rev-parse", "--verify", "HEAD")
    if not head:
        return UNKNOWN
    changes = git(place, "status", "--porcelain", "--untracked-files=no")
    return head + ("" if changes == "" else "+edited")


def versions(engine: str, model: Any = None) -> dict[str, str]:
    """Return the versions of Python, of this library and of the libraries used.

    Parameters
    ----------
    engine : {"pandas", "polars"}
        The library of the data frame.
    model : fitted estimator, optional
        The libraries its parts come from are included; code that is not an installed package has no version.
    """
    named = {"smartstart_gov": "smartstart-gov", **{n: n for n in ("numpy", "scikit-learn", engine, "skops", "shap", "numba")}}
    found = {"python": platform.python_version()}
    for name, distribution in named.items():
        try:
            found[name] = version(distribution)
        except PackageNotFoundError:
            found[name] = UNKNOWN
    for module in sorted({type(part).__module__.partition(".")[0] for part in parts(model)} - {"sklearn"}):
        name = _DISTRIBUTIONS.get(module, module)
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _folder_of_script() -> Path:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if script is None:
        return Path.cwd()
    folder = Path(script).resolve().parent
    installed = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    return Path.cwd() if any(folder.is_relative_to(prefix) for prefix in installed) else folder


def git(folder: Path, *arguments: str) -> str | None:
    """Return what git printed of `folder`; None where there is none, or where it ended with another code than 0."""
    # A repository may name programs in its settings; fsmonitor is the one that these commands would run.
    command = ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        # Arguments are fixed words and a path of ours; no shell reads them.
        result = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, env=environment)  # noqa: S603 - see above
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return result.stdout.strip() if result.returncode == 0 else None
