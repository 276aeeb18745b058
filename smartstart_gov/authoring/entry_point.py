"""An estimator by its name, ``module:object``: how the command line gets your own training code."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from smartstart_gov.errors import Refused

_EXAMPLE = "Name a module in the project folder and an object in it, like train:model."


def named_estimator(name: str, *, folder: Path) -> Any:
    """Return the estimator called `name`.

    Parameters
    ----------
    name : str
        ``module:object``. The module is a file in `folder` or anything else that Python can import,
        including from the working folder. The object is an estimator, or a callable without arguments that returns one.
    folder : Path
        The project's folder.

    Raises
    ------
    Refused
        U01 if there is no such module or object, M02 if the module or the callable fails.
    """
    where = f"Estimator {name}"
    module_name, colon, attribute = name.partition(":")
    if not (colon and all(part.isidentifier() for part in [*module_name.split("."), *attribute.split(".")])):
        raise Refused("U01", f"{name!r} is not of the form module:object.", where, _EXAMPLE)
    with _importable(folder):
        thing: Any = _module(module_name, folder, where)
        for part in attribute.split("."):
            if not hasattr(thing, part):
                what = f"Module {module_name!r} has no {attribute!r}."
                raise Refused("U01", what, where, f"Define it in the module. {_EXAMPLE}")
            thing = getattr(thing, part)
        if hasattr(thing, "fit") and not isinstance(thing, type):
            return thing
        if not callable(thing):
            what = f"{attribute!r} is neither an estimator nor callable."
            raise Refused("M02", what, where, "Name a scikit-learn classifier or Pipeline, or a function that returns one.")
        try:
            return thing()
        except (Exception, SystemExit) as error:
            what = f"Calling {attribute!r} without arguments {_failed(error)}."
            raise Refused("M02", what, where, "Call it in Python to see the error; it must work without arguments.") from error


def _module(name: str, folder: Path, where: str) -> ModuleType:
    file = folder.joinpath(*name.split(".")).with_suffix(".py")
    try:
        if not file.is_file():
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise ImportError(name)
        module = importlib.util.module_from_spec(spec)
        # Registered under its name, so that steps defined in it can be copied to worker processes.
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    except ModuleNotFoundError as error:
        missing = error.name or name
        what = (
            f"There is no module {missing!r}."
            if missing == name
            else f"Module {name!r} needs {missing!r}, which is not installed."
        )
        raise Refused(
            "U01" if missing == name else "U02",
            what,
            where,
            f"Looked in {folder}, the working folder and Python's path. {_EXAMPLE}",
        ) from None
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        what = f"Importing module {name!r} {_failed(error)}."
        remedy = "Import it in Python to see the error, and fix it."
        if isinstance(error, SystemExit):
            remedy = "Put code that should run only as a script under: if __name__ == '__main__'."
        raise Refused("M02", what, where, remedy) from error


def _failed(error: BaseException) -> str:
    """Return how somebody's own code failed; its message is left out, for it may quote a record."""
    return "ended with sys.exit" if isinstance(error, SystemExit) else f"failed ({type(error).__name__})"


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules of `folder` and of the working folder be imported, and leave no compiled files there."""
    path, writes = list(sys.path), sys.dont_write_bytecode
    sys.path[:0] = [str(folder.resolve()), str(Path.cwd())]
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, writes
