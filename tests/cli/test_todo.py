"""todo as people type it, and what it says of a version that was audited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartstart_gov.cli.projects import todo_text
from smartstart_gov.controls.catalogue import control_of
from smartstart_gov.todo import todo
from tests.cli.command import record, run
from tests.test_todo import change

# Every test needs an audited version, or audits.
pytestmark = pytest.mark.slow


def test_findings_of_the_newest_version_are_listed_until_it_is_stale(audited: Path) -> None:
    found = todo(audited)
    verdict = json.loads((audited / "1.0.0" / "bundle.json").read_text(encoding="utf-8"))["verdict"]
    waiting = {f["id"] for f in verdict["findings"] if f["status"] in ("FAILED", "NOT_SHOWN")}
    assert found.version == "1.0.0"
    assert {item.key for item in found.items if not item.example} == waiting
    assert not found.stale
    whose = {item.key: item.who for item in found.items if not item.example}
    assert whose == {key: getattr(control_of(key), "who", "data") for key in waiting}
    assert whose["control.R30"] == "committee"
    assert found.exit_code == 1
    first = found.items[0]
    policy = (audited / "policy.yaml").read_text(encoding="utf-8").split("\n")
    assert first.failed
    assert first.key == "limit.alarm"
    assert policy[(first.line or 0) - 1].strip().startswith("- id: alarm")
    text = todo_text(found)
    assert text.index("BLOCKING RELEASE") < text.index("false alarms") < text.index("ALSO OPEN")


def test_a_finding_that_waits_for_a_fact_is_told_once_with_the_fact(project: Path) -> None:
    change(project / "charter.yaml", "oversight:\n  nl: Een zin.\n  en: A sentence.\n", "oversight: open\n")
    found = todo(project)
    assert found.stale
    assert "audit again" in todo_text(found).replace("\n", " ").lower()
    assert [item.key for item in found.items if "R42" in item.why or item.key == "control.R42"] == ["oversight"]


def test_the_command_ends_with_the_code_of_the_list(project: Path) -> None:
    code, found = record("todo", project)
    assert (code, found) == (1, todo(project).to_record())
    code, found = record("todo", project, "--role", "lawyer")
    assert (code, {item["who"] for item in found["items"]}) == (0, {"lawyer"})
    done = run("todo", project, "--role", "dpo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "things are open for the data protection officer; 0 of them block release." in done.stdout.replace("\n", " ")
    assert run("todo", project, "--role", "boss").returncode == 2
    assert run("todo", project.parent / "nowhere").returncode == 2


def test_check_and_todo_know_the_same_facts(project: Path) -> None:
    _, checked = record("check", project)
    _, listed = record("todo", project)
    facts = [f"{item['file'].removesuffix('.yaml')} {item['key']}" for item in listed["items"] if item["example"]]
    assert sorted(checked["open"]) == sorted(facts)
    assert "smartstart-gov todo" in run("check", project).stdout
