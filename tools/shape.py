"""The shape of packages side by side: modules, functions, helpers called once: ``python -m tools.shape FOLDER ...``.

Without folders: this package and those that are installed beside it. Numbers come from the syntax alone, but for the
last: how deep `audit` goes is seen while a small project is audited.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import FrameType

ROOT = Path(__file__).parents[1]
BESIDE = ("skops", "fairlearn", "sigstore", "hist")
#: Folders that hold no source.
_LEFT_OUT = {"tests", "_tests", "test", "vendor", "_vendor", "externals"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(folder: Path) -> Iterator[tuple[ast.Module, int]]:
    """Yield every module of a package with its number of lines, tests and empty ones apart."""
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not _LEFT_OUT & set(path.relative_to(folder).parts) and text.strip() and path.name != "__init__.py":
            yield ast.parse(text), text.count("\n")


def shape(folder: Path) -> dict[str, float]:
    """Return the numbers of one package."""
    trees, lines = zip(*modules(folder), strict=True)
    nodes = [node for tree in trees for node in ast.walk(tree)]
    functions = [node for node in nodes if isinstance(node, _Function)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    asked = Counter(node.id for node in nodes if isinstance(node, ast.Name))
    asked += Counter(node.attr for node in nodes if isinstance(node, ast.Attribute))
    helpers = [f.name for f in functions if f.name.startswith("_") and not f.name.endswith("__")]
    return {
        "modules": len(trees),
        "median lines": median(lines),
        "lines": sum(lines),
        "under 60": sum(length < 60 for length in lines),
        "functions a module": round(len(functions) / len(trees), 1),
        "lines a function": round(sum((f.end_lineno or 0) - f.lineno + 1 for f in functions) / len(functions), 1),
        "helpers called once, %": round(100 * sum(asked[name] <= 1 for name in helpers) / max(1, len(helpers))),
        "dataclasses": sum(any("dataclass" in ast.unparse(one) for one in c.decorator_list) for c in classes),
        "classes": len(classes),
    }


def depth_of_audit(package: Path = ROOT / "smartstart_gov") -> int:
    """Return how many functions of the package wait for each other, at most, while the model of a new project is audited.

    Lambdas, comprehensions and generator expressions stand inside a function and are not counted.
    """
    import smartstart_gov as gov

    def own(frame: FrameType | None) -> Iterator[str]:
        while frame is not None:
            if frame.f_code.co_filename.startswith(f"{package}/") and not frame.f_code.co_name.startswith("<"):
                yield frame.f_code.co_name
            frame = frame.f_back

    deepest = 0

    def called(frame: FrameType, event: str, _: object) -> None:
        nonlocal deepest
        if event == "call" and frame.f_code.co_filename.startswith(f"{package}/"):
            deepest = max(deepest, sum(1 for _ in own(frame)))

    with TemporaryDirectory() as folder:
        home = Path(folder) / "sample"
        gov.init_project(home)
        project = gov.open_project(home)
        table = project.read(home / "sample.csv")
        run = gov.train(project.estimator("train:model"), table, project, random_state=1)
        sys.setprofile(called)
        try:
            gov.audit(run, unsealed=True)
        finally:
            sys.setprofile(None)
    return deepest


def main(folders: Sequence[str]) -> int:
    """Print one column a package."""
    found = {Path(name).name: Path(name) for name in folders}
    if not found:
        found = {"smartstart_gov": ROOT / "smartstart_gov"}
        for name in BESIDE:
            spec = find_spec(name)
            if spec is not None and spec.origin is not None:
                found[name] = Path(spec.origin).parent
    shapes = {name: shape(folder) for name, folder in found.items()}
    if "smartstart_gov" in shapes:
        shapes["smartstart_gov"]["depth of audit"] = depth_of_audit()
    print(" " * 24 + "".join(f"{name:>16}" for name in shapes))
    for key in dict.fromkeys(key for numbers in shapes.values() for key in numbers):
        print(f"{key:24}" + "".join(f"{numbers[key]:>16g}" if key in numbers else f"{'-':>16}" for numbers in shapes.values()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
