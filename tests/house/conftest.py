"""A version folder to gate, verify and render: written once, from the project that `init` makes."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import smartstart_gov as gov
from smartstart_gov.intake.files import read_data
from tests.house.tree import ROOT


@pytest.fixture(scope="session")
def released_version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of version 1.0.0 of the sample project, without documents."""
    from smartstart_gov.authoring.scaffold import init_project

    folder = tmp_path_factory.mktemp("house") / "early_help"
    init_project(folder)
    project = gov.open_project(folder)
    spec = importlib.util.spec_from_file_location("sample_train", folder / "train.py")
    if spec is None or spec.loader is None:
        raise RuntimeError("init wrote no training script")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    model = script.model() if not hasattr(script.model, "fit") else script.model
    run = gov.train(model, read_data(folder / "sample.csv", project.contract), project, random_state=0)
    return gov.audit(run).write(version="1.0.0")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    build = [*pip, "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, cwd=folder, timeout=900, stdin=subprocess.DEVNULL)
    (found,) = folder.glob("smartstart_gov-*.whl")
    return found
