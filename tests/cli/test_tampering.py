"""Evidence that was touched: verify and gate end with 4, name what is wrong, and print no small count."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import run

# Every test needs an audited version, or audits.
pytestmark = pytest.mark.slow


def one_digit(version: Path) -> None:
    """Change one digit of one printed count, and nothing else."""
    path = version / "bundle.json"
    text = path.read_text(encoding="utf-8")
    start = text.index('"cells"')
    found = re.compile(r"\d").search(text, start)
    assert found is not None
    at = found.start()
    path.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :], encoding="utf-8")


def one_digit_with_its_digest(version: Path) -> None:
    """The same by somebody who also mends the manifest."""
    from smartstart_gov.canonical import digest, pretty_json

    one_digit(version)
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["bundle.json"] = digest((version / "bundle.json").read_bytes())
    (version / "manifest.json").write_bytes(pretty_json(manifest))


def no_public_file(version: Path) -> None:
    (version / "bundle.json").unlink()


def empty_file(version: Path) -> None:
    (version / "bundle.json").write_bytes(b"")


def another_file(version: Path) -> None:
    (version / ".note").write_text("x", encoding="utf-8")


def a_link(version: Path) -> None:
    (version / "bundle.json").rename(version.parent / "elsewhere.json")
    (version / "bundle.json").symlink_to(version.parent / "elsewhere.json")


def no_log(version: Path) -> None:
    shutil.rmtree(version.parent / "log")


def an_edited_log(version: Path) -> None:
    entry = next(path for path in (version.parent / "log").iterdir() if b'"audited"' in path.read_bytes())
    entry.write_bytes(entry.read_bytes().replace(b"FAILED", b"PASSED"))


TAMPERINGS = [
    one_digit, one_digit_with_its_digest, no_public_file, empty_file, another_file, a_link, no_log, an_edited_log,
]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_touched_evidence_does_not_hold(version: Path, tamper: Callable[[Path], None]) -> None:
    tamper(version)
    for command in ("verify", "gate"):
        done = run(command, version)
        assert done.returncode == 4, f"{command}: {done.stdout}{done.stderr}"
        assert done.stdout.strip(), "what is wrong is the result"


def test_a_renamed_version_is_not_that_version(version: Path) -> None:
    renamed = version.rename(version.with_name("2.0.0"))
    assert run("gate", renamed).returncode == 4


def test_a_limit_taken_out_after_the_audit(project: Path, version: Path) -> None:
    policy = project / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("at_most: 0.1", "at_most: 0.9"), encoding="utf-8")
    done = run("gate", version)
    assert (done.returncode, "[P08]" in done.stdout) == (4, True)


def test_all_limits_deleted(project: Path, version: Path) -> None:
    policy = project / "policy.yaml"
    policy.write_text(re.sub(r"(?ms)^limits:.*?(?=^\w)", "limits: []\n", policy.read_text(encoding="utf-8")), encoding="utf-8")
    assert run("gate", version).returncode == 4
    done = run(
        "audit", project, project.parent / "data.csv", "--predictions", project.parent / "scores.csv", "--version", "2.0.0"
    )
    assert (done.returncode, "[P06]" in done.stderr) == (2, True)
    assert not (project / "2.0.0").exists()


@pytest.mark.parametrize("command", ["show", "render"])
def test_nothing_is_read_from_touched_evidence(version: Path, command: str) -> None:
    one_digit(version)
    done = run(command, version)
    assert (done.returncode, "[A01]" in done.stderr, done.stdout) == (4, True, "")


def test_the_private_edition_is_never_quoted(version: Path) -> None:
    path = version / "bundle.private.json"
    text = path.read_text(encoding="utf-8")
    start = text.index('"counts"')
    found = re.compile(r"\d{2,}").search(text, start)
    assert found is not None
    path.write_text(text[: found.start()] + "424242" + text[found.end() :], encoding="utf-8")
    for command in ("verify", "gate"):
        done = run(command, version)
        assert done.returncode == 4
        assert "424242" not in done.stdout + done.stderr
