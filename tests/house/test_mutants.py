"""The mutants: what counts as one, that a planted bug is noticed, and that no argument outlives its mutant."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tools import mutants
from tools.mutations import Mutation, mutations


def made_of(text: str) -> set[str]:
    """What becomes of the text of a module, one change at a time."""
    source = text.encode()
    return {one.applied(source).decode() for one in mutations("one.py", source)}


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("def f(a, b):\n    return a < b\n", {"(a <= b)"}),
        ("def f(a, b):\n    return a is not b\n", {"(a is b)"}),
        ("def f(a, b):\n    return a and b\n", {"(a or b)", "(a)", "(b)"}),
        ("def f(a):\n    return not a\n", {"(a)"}),
        ("def f(a) -> bool:\n    return a.b\n", {"True", "False"}),
        ("def f(a) -> int | None:\n    return a\n", {"None"}),
        ("def f(a):\n    return a / 3\n", {"(a * 3)", "(a)", "a / 4", "a / 2"}),
        ("def f(a):\n    return 'FAILED'\n", {"'NOT_SHOWN'"}),
        ("def f(a):\n    return min(a, 'é')\n", {"max(a, 'é')"}),
        ("def f(a):\n    return a if a.b else {}\n", {"a if True else {}", "a if False else {}"}),
        ("def f(a):\n    return [b for b in a if b.c]\n", {"[b for b in a if True]", "[b for b in a if False]"}),
        # Texts, types and how a refusal is worded are no rules.
        ("def f(a):\n    return f'{1 + a} é'\n", set()),
        ("def f(a: Literal['FAILED', 3]):\n    return a\n", set()),
    ],
)
def test_every_operator_makes_its_changes_and_no_others(text: str, changed: set[str]) -> None:
    before, after = text.split("return ")[0] + "return ", "\n"
    assert made_of(text) == {before + one + after for one in changed}


def test_a_statement_is_left_out_and_a_refusal_is_not_reworded() -> None:
    text = "def f(a):\n    a.add()\n    raise ValueError(1 + 2)\n"
    assert made_of(text) == {text.replace("a.add()", "pass"), text.replace("raise ValueError(1 + 2)", "pass")}


def test_where_a_mutant_stands_is_known() -> None:
    text = "X = 1\n\n\nclass A:\n    y: int = 2\n\n    def g(self, z=3):\n        def h():\n            return 4\n        return h\n"
    found = {(one.line, one.within) for one in mutations("one.py", text.encode())}
    assert found == {(1, ""), (5, ""), (7, ""), (9, "A.g")}


def test_a_mutant_is_python_and_most_can_be_placed_without_an_import() -> None:
    sources = {path.relative_to(ROOT / "smartstart_gov").as_posix(): path.read_bytes() for path in mutants.targets()}
    found = mutants.every_mutation()
    assert {one.path for one in found} <= set(sources)
    assert len(found) > 2000
    for one in found[::10]:
        compile(one.applied(sources[one.path]), one.path, "exec", dont_inherit=True)
    assert sum(not one.within for one in found) < len(found) / 10


def test_a_sample_is_the_same_for_its_seed_and_holds_every_module() -> None:
    found = mutants.every_mutation()
    one, same, other = (mutants.sampled(found, 400, seed) for seed in (3, 3, 4))
    assert one == same != other
    assert len(one) == len(set(one)) == 400
    sizes = Counter(m.path for m in found)
    assert {path for path, size in sizes.items() if size > len(found) / 100} <= {m.path for m in one}


def test_every_argument_is_about_a_mutant_that_there_is() -> None:
    assert mutants.outlived(mutants.every_mutation()) == []
    assert all(len(why) > 20 for why in mutants.argued().values())


def test_an_argument_without_a_mutant_and_one_that_stands_twice_are_told_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def entry(name: str) -> str:
        return f'[[mutant]]\nfile = "one.py"\nwithin = "f"\nold = "{name}"\nnew = "pass"\nwhy = "So it is."\n'

    made = [Mutation("one.py", 1, 1, "f", old, "pass", 0, 0, "") for old in ("here", "twice")]
    listed = tmp_path / "argued.toml"
    monkeypatch.setattr(mutants, "ARGUED", listed)
    monkeypatch.setattr(mutants, "every_mutation", lambda: made)
    listed.write_text(entry("here") + entry("gone") + entry("twice") * 2, encoding="utf-8")
    assert [old for _, _, old, _ in mutants.outlived(made)] == ["gone", "twice"]
    assert mutants.main(["--all"]) == 1
    assert '"gone"' in capsys.readouterr().err


def test_a_test_that_reaches_the_line_comes_first_and_the_rest_of_its_file_after() -> None:
    reach = mutants.Map((), 10.0)
    reach.seconds = {"a::slow": 5.0, "a::fast": 1.0, "a::apart": 0.5, "b::apart": 0.1}
    reach.files = {"a": ["a::slow", "a::fast", "a::apart"], "b": ["b::apart"]}
    reach.at = {("one.py", 7): {"a::slow", "a::fast"}}
    one = Mutation("one.py", 7, 7, "f", "", "", 0, 0, "")
    assert reach.tests(one) == ["a::fast", "a::slow", "a::apart"]
    assert reach.tests(replace(one, line=8, end_line=8)) == []
    assert reach.tests(replace(one, within="")) == ["a::apart", "a::fast", "a::slow"], "an import is seen by all of them"
    reach.budget = 3.0
    assert reach.tests(one) == ["a::fast"]


def test_a_test_that_fails_without_a_mutant_is_told_and_asked_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reached = {"seconds": 1.0, "lines": {"one.py": [7]}}
    monkeypatch.setattr(
        mutants, "known", lambda _: {"a::red": reached | {"failed": True}, "a::green": reached | {"failed": False}}
    )
    assert mutants.Map(["a"], 10.0).tests(Mutation("one.py", 7, 7, "f", "", "", 0, 0, "")) == ["a::green"]
    assert "a::red fails without a mutant" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "run"), [([], ["argued", "seen", "left"]), (["--left"], ["seen", "left"])])
def test_each_module_is_told_what_was_noticed_argued_and_left(
    given: list[str], run: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "release/gate.py"
    made = [Mutation(path, 1, 1, "f", old, "", 0, 0, "") for old in ("argued", "seen", "left")]
    asked: list[str] = []

    def judge(found: list[Mutation], **_: object) -> list[tuple[Mutation, int, int]]:
        asked.extend(one.old for one in found if one.old != one.new)
        return [(one, mutants.KILLED if one.old == "seen" != one.new else mutants.SURVIVED, 1) for one in found]

    monkeypatch.setattr(mutants, "every_mutation", lambda: made)
    monkeypatch.setattr(mutants, "listed", lambda: [(made[0].key, "So it is.")])
    monkeypatch.setattr(mutants, "judge", judge)
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.chdir(ROOT)
    assert mutants.main(["--all", *given]) == 1
    assert asked == run
    assert f"{path}: 3 mutants, 1 noticed, 1 argued, 1 left" in capsys.readouterr().out


@pytest.mark.parametrize("broken", [False, True])
def test_a_run_that_notices_what_is_unchanged_is_told(
    broken: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "release/gate.py"
    text = mutants.source(path)
    made = [replace(one, old=str(i), new="other") for i, one in enumerate(mutations(path, text)[:3])]
    ran: list[Mutation] = []

    def judge(found: list[Mutation], **_: object) -> list[tuple[Mutation, int, int]]:
        ran.extend(found)
        killed = {one: broken or one.applied(text) != text for one in found}
        return [(one, mutants.KILLED if killed[one] else mutants.SURVIVED, int(one.old) % 2) for one in found]

    monkeypatch.setattr(mutants, "every_mutation", lambda: made)
    monkeypatch.setattr(mutants, "listed", list)
    monkeypatch.setattr(mutants, "judge", judge)
    monkeypatch.setattr("sys.path", [*sys.path])
    monkeypatch.chdir(ROOT)
    assert mutants.main(["--all"]) == broken
    (control,) = ran[3:]
    assert (control.old, control.applied(text)) == ("1", text), "the one that most tests were to notice, as it was"
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"smartstart_gov/{path}:{control.line} ")]
    assert len(told) == broken


@pytest.mark.slow
def test_a_planted_bug_is_noticed_in_a_function_and_in_what_is_made_on_import(tmp_path: Path) -> None:
    """Of a theme of controls every mutant of a rule is noticed; one that changes nothing survives."""
    script = (
        "import sys; from tools import mutants\n"
        "from dataclasses import replace\n"
        "found = [m for m in mutants.every_mutation() if m.path == 'controls/scope.py']\n"
        "rule = next(m for m in found if m.within == '_aggregation' and m.text == \"'NOT_SHOWN'\")\n"
        "import_ = replace(rule, within='')\n"
        "same = replace(rule, text='\"FAILED\"')\n"
        f"mutants.CACHE = mutants.Path({str(tmp_path)!r})\n"
        "told = {m: result for m, result, _ in mutants.judge([rule, import_, same], ['tests/controls/test_catalogue.py'], 2, 5.0)}\n"
        "print([told[m] for m in (rule, import_, same)])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.stdout.splitlines()[-1] == str([mutants.KILLED, mutants.KILLED, mutants.SURVIVED]), done.stdout + done.stderr
