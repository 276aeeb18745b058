"""Plant small bugs one by one, and see whether a test notices: `make mutants`.

A mutant that survives is a rule without a test, unless `tools/mutants_argued.toml` says why it is none. The tests are
collected once; every mutant is a fork of that process in which one function has other code, and it runs the tests that
reach the changed line until one fails: those that noticed another one lately first, then the quickest. Which tests reach a
line is measured when it is needed and kept in `build/mutants`. docs/decisions/0023 says why it is made like this.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import importlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tools.mutations import Mutation, mutations

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "smartstart_gov"
#: What judges, gates, and decides what is printed.
TARGETS = ("controls/*.py", "judgement/*.py", "release/*.py", "evidence/*.py", "counting/disclosure.py", "counting/openness.py")
#: Left out: tests that read the repository, not the package, those that only run long roads again, and one that makes frames of
#: polars while it is collected: its threads are not in a fork, where the first frame would wait for them for ever.
NOT_ASKED = (
    "tests/docs", "tests/house", "tests/explanation", "tests/planning/test_power.py", "tests/planning/test_curves.py",
    "tests/intake/test_tables.py",
)  # fmt: skip
ARGUED = ROOT / "tools" / "mutants_argued.toml"
CACHE = ROOT / "build" / "mutants"
#: Seconds of tests a mutant is given, and how many times that, measured as slowly as it is, before they count as hanging.
BUDGET, SLACK = 45.0, 2.0

#: So many of the tests that noticed a mutant last are asked first.
LATELY = 6

#: What a fork says: no test failed, one did, it did not end, and the change never came to be.
SURVIVED, KILLED, HUNG, UNPLACED = 0, 1, 2, 3


def targets() -> list[Path]:
    """Return the modules that are changed."""
    return sorted(path for glob in TARGETS for path in (ROOT / PACKAGE).glob(glob))


@functools.cache
def source(path: str) -> bytes:
    """Return the text of a module as it was when it was first asked: somebody may edit it meanwhile."""
    return (ROOT / PACKAGE / path).read_bytes()


def every_mutation() -> list[Mutation]:
    """Return every mutation of every target."""
    paths = [path.relative_to(ROOT / PACKAGE).as_posix() for path in targets()]
    return [one for path in paths for one in mutations(path, source(path))]


Key = tuple[str, str, str, str]


def listed() -> list[tuple[Key, str]]:
    """Return every entry of `ARGUED`: a `Mutation.key`, and why it needs no test."""
    entries = tomllib.loads(ARGUED.read_text(encoding="utf-8")).get("mutant", [])
    return [((one["file"], one["within"], one["old"], one["new"]), one["why"]) for one in entries]


def argued() -> dict[Key, str]:
    """Return why some mutants need no test, by `Mutation.key`."""
    return dict(listed())


def outlived(every: Iterable[Mutation]) -> list[Key]:
    """Return what stands in `ARGUED` and is none of the mutants, because the code has changed since, or stands there twice."""
    there, twice = {one.key for one in every}, Counter(key for key, _ in listed())
    return [key for key, times in twice.items() if key not in there or times > 1]


def sampled(found: Sequence[Mutation], size: int, seed: int) -> list[Mutation]:
    """Return `size` of the mutations, drawn so that every module has its share and the same seed gives the same ones."""
    by_path: dict[str, list[Mutation]] = defaultdict(list)
    for one in found:
        by_path[one.path].append(one)
    placed = []
    for path, mine in by_path.items():
        random.Random(f"{seed} {path}").shuffle(mine)  # noqa: S311 - a sample, no secret
        placed += [((place + 0.5) / len(mine), path, one) for place, one in enumerate(mine)]
    return [one for _, _, one in sorted(placed, key=lambda entry: entry[:2])][:size]


def unchanged(noticed: Iterable[tuple[Mutation, int]]) -> list[Mutation]:
    """Return controls: of every module the mutant that most tests were asked, its text as it was: none may notice it."""
    most = {(one.path, not one.within): one for one, _ in sorted(noticed, key=lambda entry: entry[1])}
    return [replace(one, new=one.old, text=source(one.path)[one.start : one.end].decode()) for one in most.values()]


def changed_since(revision: str) -> Callable[[Mutation], bool]:
    """Return whether a mutation stands on a line that differs from `revision`."""
    git = shutil.which("git") or "git"
    base = subprocess.run([git, "merge-base", revision, "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    patch = subprocess.run(
        [git, "diff", "-U0", "--no-prefix", base.stdout.strip(), "--", PACKAGE],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    lines: dict[str, set[int]] = defaultdict(set)
    path = ""
    for line in patch.splitlines():
        if line.startswith("+++ "):
            path = line[4:].removeprefix(f"{PACKAGE}/")
        elif line.startswith("@@"):
            start, _, size = line.split(" ")[2][1:].partition(",")
            lines[path] |= set(range(int(start), int(start) + int(size or 1)))
    return lambda one: not lines[one.path].isdisjoint(range(one.line, one.end_line + 1))


# ------------------------------------------------------------------------------------------- which tests reach a line
Reached = dict[str, dict[str, Any]]


def asked(under: Sequence[str] = ("tests",)) -> list[str]:
    """Return the test files that are asked, of folders or files."""
    found = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
    return [path for path in found if not path.startswith(NOT_ASKED) and path.startswith(tuple(under))]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


def known(file: str) -> Reached | None:
    """Return what is known of the tests of `file`: None where it, or a target that it reached, has changed since."""
    place = CACHE / (file.replace("/", ".") + ".json")
    if not place.exists():
        return None
    record = json.loads(place.read_text(encoding="utf-8"))
    same = record["digest"] == _digest(ROOT / file)
    same = same and all(_digest(ROOT / PACKAGE / path) == digest for path, digest in record["targets"].items())
    return dict(record["tests"]) if same else None


def _trace(items: Sequence[pytest.Item], file: str) -> None:
    """Run the tests of `file` and write which lines of the targets each one reached, and how long it took."""
    names = {str(path): path.relative_to(ROOT / PACKAGE).as_posix() for path in targets()}
    reached: dict[str, set[int]] = defaultdict(set)

    def line(frame: Any, event: str, _: object) -> Any:
        reached[names[frame.f_code.co_filename]].add(frame.f_lineno)
        return line

    def call(frame: Any, event: str, _: object) -> Any:
        return line if frame.f_code.co_filename in names else None

    found: Reached = {}
    shared: dict[str, set[int]] = defaultdict(set)
    for item, following in zip(items, [*items[1:], None], strict=True):
        reached.clear()
        began, failed = time.process_time(), item.session.testsfailed
        sys.settrace(call)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        sys.settrace(None)
        found[item.nodeid] = {
            "seconds": time.process_time() - began, "lines": {p: sorted(at) for p, at in reached.items()},
            "failed": item.session.testsfailed > failed,
        }  # fmt: skip
        # What is made once in a file is reached by every test of the file.
        if len(found) == 1 or "module" in {one.scope for one in _fixtures(item)}:
            for path, at in reached.items():
                shared[path] |= at
    used = {path for one in found.values() for path in one["lines"]}
    record = {
        "digest": _digest(ROOT / file), "targets": {path: _digest(ROOT / PACKAGE / path) for path in sorted(used)},
        "tests": found, "shared": {path: sorted(at) for path, at in shared.items()},
    }  # fmt: skip
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / (file.replace("/", ".") + ".json")).write_text(json.dumps(record), encoding="utf-8")


def _fixtures(item: pytest.Item) -> list[Any]:
    info = getattr(item, "_fixtureinfo", None)
    return [] if info is None else [one for many in info.name2fixturedefs.values() for one in many]


class Map:
    """Which tests reach which line."""

    def __init__(self, files: Iterable[str], budget: float) -> None:
        self.budget = budget
        self.seconds: dict[str, float] = {}
        self.at: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.files: dict[str, list[str]] = defaultdict(list)
        for file in files:
            for test, found in (known(file) or {}).items():
                # A test that fails without any mutant would notice them all.
                if found.get("failed"):
                    print(f"{test} fails without a mutant and is not asked", file=sys.stderr, flush=True)
                    continue
                self.seconds[test] = found["seconds"]
                self.files[file].append(test)
                for path, lines in found["lines"].items():
                    for line in lines:
                        self.at[path, line].add(test)

    def tests(self, one: Mutation) -> list[str]:
        """Return the tests that could notice: those that reach the line, and then the others of their files."""
        lines = range(one.line, one.end_line + 1)
        if one.within:
            direct = {test for line in lines for test in self.at.get((one.path, line), ())}
        else:
            direct = {test for (path, _), tests in self.at.items() if path == one.path for test in tests}
        # What is made once, in a fixture or a cache, counts for the test that came first.
        others = {t for file in {test.partition("::")[0] for test in direct} for t in self.files[file]} - direct
        chosen, total = [], 0.0
        # What a module makes on import is seen by tests that reach none of its lines.
        ranked = (direct, others) if one.within else (direct | others,)
        for test in (test for tests in ranked for test in sorted(tests, key=self._order)):
            total += self.seconds[test]
            if chosen and total > self.budget:
                break
            chosen.append(test)
        return chosen

    def _order(self, test: str) -> tuple[float, str]:
        return self.seconds[test], test


# ------------------------------------------------------------------------------------------------- one mutant, one fork
def planted(one: Mutation) -> bool:
    """Give the function that `one` changes its changed code, in this process; False where that is not how it is reached."""
    path = ROOT / PACKAGE / one.path
    code = compile(one.applied(source(one.path)), str(path), "exec", dont_inherit=True)
    module = importlib.import_module(".".join((PACKAGE, *Path(one.path).with_suffix("").parts)))
    place: Any = module
    *owners, name = one.within.split(".")
    for owner in owners:
        place = getattr(place, owner)
    held = vars(place).get(name)
    held = getattr(held, "fget", None) or getattr(held, "__func__", None) or getattr(held, "func", None) or held
    held = getattr(held, "__wrapped__", held)
    new = next((c for c in _codes(code) if c.co_qualname == one.within), None)
    if not isinstance(held, FunctionType) or new is None or held.__code__.co_freevars != new.co_freevars:
        return False
    held.__code__ = new
    return True


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _run(items: Sequence[pytest.Item], noticed: Callable[[str], object] = len) -> int:
    """Run tests until one fails, and say which."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if item.session.testsfailed:
            noticed(item.nodeid)
            return KILLED
    return SURVIVED


def _forked(work: Callable[[], int], seconds: float) -> tuple[int, Path]:
    """Start `work` in a process of its own, with so much processor time, and return its id and its folder."""
    scratch = Path(tempfile.mkdtemp(prefix="mutant-"))
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid, scratch
    code = KILLED
    try:
        os.setsid()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        # By processor time, so that a busy machine kills no mutant.
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        code = work()
    finally:
        os._exit(code)


def _pool(jobs: Iterable[tuple[Any, Callable[[], int], float]], workers: int) -> Iterator[tuple[Any, int]]:
    """Run jobs in forks, `workers` at a time, and yield what each came to."""
    running: dict[int, tuple[Any, Path, float]] = {}

    def ended(*, block: bool) -> Iterator[tuple[Any, int]]:
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in running:
                label, scratch, _ = running.pop(pid)
                shutil.rmtree(scratch, ignore_errors=True)
                yield label, os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else HUNG
                return
            for late in [pid for pid, (_, _, until) in running.items() if time.monotonic() > until]:
                os.killpg(late, signal.SIGKILL)
            if not block:
                return
            time.sleep(0.02)

    for label, work, seconds in jobs:
        while len(running) >= workers:
            yield from ended(block=True)
        pid, scratch = _forked(work, seconds)
        # What sleeps uses no processor time.
        running[pid] = label, scratch, time.monotonic() + 60 + 20 * seconds
    while running:
        yield from ended(block=True)


class _Asked:
    """A plugin of pytest that, instead of running the tests, lets `work` run them."""

    def __init__(self, work: Callable[[dict[str, pytest.Item]], int]) -> None:
        self.work, self.answer = work, UNPLACED

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.answer = self.work({item.nodeid: item for item in session.items})
        return True


def _pytest(ids: Sequence[str], work: Callable[[dict[str, pytest.Item]], int]) -> int:
    """Collect the tests `ids` and hand them to `work`; KILLED where they cannot even be collected."""
    plugin = _Asked(work)
    options = ["-q", "-s", "-o", "addopts=", "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=no"]
    code = pytest.main([*options, "--hypothesis-seed=0", *ids], plugins=[plugin])
    return plugin.answer if code in (0, 1, 5) and plugin.answer != UNPLACED else KILLED


def _steady() -> None:
    """Make hypothesis draw the same examples every time, keep none, and not seek the smallest that fails."""
    from hypothesis import Phase, settings

    settings.register_profile(
        "mutants", settings.get_profile("project"), database=None, derandomize=True, phases=(Phase.explicit, Phase.generate)
    )
    settings.load_profile("mutants")


class _Changed:
    """An importer that gives one module its changed text: for what a module makes on import."""

    def __init__(self, one: Mutation) -> None:
        self.one = one
        self.name = ".".join((PACKAGE, *Path(one.path).with_suffix("").parts)).removesuffix(".__init__")

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self.name:
            return None
        from importlib.util import spec_from_file_location

        spec = spec_from_file_location(name, ROOT / PACKAGE / self.one.path, loader=self)  # type: ignore[arg-type]  # by duck
        return spec

    def create_module(self, spec: object) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        path = ROOT / PACKAGE / self.one.path
        code = compile(self.one.applied(source(self.one.path)), str(path), "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 - text of the package itself


def _imported(one: Mutation, ids: list[str]) -> int:
    """Run tests over a package that is imported with the change."""
    sys.meta_path.insert(0, _Changed(one))  # type: ignore[arg-type]  # by duck

    def work(items: dict[str, pytest.Item]) -> int:
        _steady()
        return _run([items[test] for test in ids if test in items])

    return _pytest(ids, work)


def judge(found: Sequence[Mutation], files: Sequence[str], workers: int, budget: float) -> Iterator[tuple[Mutation, int, int]]:
    """Yield each mutation with what it came to, and how many tests were to notice it."""
    read, write = os.pipe()
    if not os.fork():
        # The package and the tests are imported here and not above: some mutants need a process without them.
        try:
            os.close(read)
            with os.fdopen(write, "w", buffering=1) as out:
                _pytest(files, functools.partial(_serve, found, files, workers, budget, out))
        finally:
            os._exit(0)
    os.close(write)
    later = []
    with os.fdopen(read) as answers:
        for line in answers:
            place, result, tests = json.loads(line)
            if result == UNPLACED:
                later.append(found[place])
            else:
                yield found[place], result, tests
    os.wait()
    reach = Map(files, budget)
    jobs = (
        (one, functools.partial(_imported, one, reach.tests(one)), 10 + budget * SLACK) for one in later if reach.tests(one)
    )
    yield from ((one, result, len(reach.tests(one))) for one, result in _pool(jobs, workers))
    yield from ((one, SURVIVED, 0) for one in later if not reach.tests(one))


def _serve(
    found: Sequence[Mutation], files: Sequence[str], workers: int, budget: float, out: Any, items: dict[str, pytest.Item]
) -> int:  # fmt: skip
    _steady()
    by_file: dict[str, list[pytest.Item]] = defaultdict(list)
    for test, item in items.items():
        by_file[test.partition("::")[0]].append(item)

    def traced(file: str) -> int:
        _trace(by_file[file], file)
        return SURVIVED

    # Cases that stand in another file make other tests of the same text.
    stale = [file for file, mine in by_file.items() if set(known(file) or ()) != {item.nodeid for item in mine}]
    if stale:
        print(f"measuring which lines {len(stale)} test files reach", flush=True)
    for file, code in _pool(((file, functools.partial(traced, file), 1800.0) for file in stale), workers):
        if code != SURVIVED:
            print(f"{file} could not be measured", flush=True)
    reach = Map(files, budget)
    reach_tests = [reach.tests(one) if one.within else [] for one in found]

    # Of every test when it last noticed a mutant, in memory that the forks share: neighbours are noticed by the same.
    number, noticed = {test: i for i, test in enumerate(items)}, RawArray("d", len(items))

    def mutant(place: int) -> int:
        try:
            if not planted(found[place]):
                return UNPLACED
        except SyntaxError:
            return KILLED
        lately = sorted(filter(None, noticed), reverse=True)[:LATELY]
        ids = [test for test in reach_tests[place] if test in items]
        ids.sort(key=lambda test: -when if (when := noticed[number[test]]) in lately else 0.0)
        return _run([items[test] for test in ids], lambda test: noticed.__setitem__(number[test], time.monotonic()))

    jobs = (
        (i, functools.partial(mutant, i), 10 + SLACK * sum(reach.seconds[test] for test in reach_tests[i]))
        for i, one in enumerate(found) if reach_tests[i]
    )  # fmt: skip
    for i, one in enumerate(found):
        if not one.within:
            out.write(json.dumps([i, UNPLACED, 0]) + "\n")
        elif not reach_tests[i]:
            out.write(json.dumps([i, SURVIVED, 0]) + "\n")
    for i, result in _pool(jobs, workers):
        out.write(json.dumps([i, result, len(reach_tests[i])]) + "\n")
    return SURVIVED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run mutants, print those that survive, and return 1 where one of them is not argued."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="every mutant: an hour or more")
    parser.add_argument("--sample", type=int, default=400, help="so many, every module its share (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--changed", nargs="?", const="main", metavar="REVISION", help="only on lines changed since (main)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only in modules whose path begins so, several with commas")
    parser.add_argument("--tests", nargs="*", metavar="PATH", help="ask only these test files and folders")
    parser.add_argument("--left", action="store_true", help="those that are argued are not run, and counted as argued")
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds of tests a mutant (%(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(arguments)
    every = every_mutation()
    if old := outlived(every):
        for key in old:
            print(f"argued, but no mutant, or argued twice: {json.dumps(key)}", file=sys.stderr)
        return 1
    found = [one for one in every if one.path.startswith(tuple(given.only.split(",")))]
    everything, why = len(found), argued()
    modules: dict[str, Counter[str]] = defaultdict(Counter)
    if given.left:
        for one in found:
            modules[one.path]["argued"] += one.key in why
        found = [one for one in found if one.key not in why]
    if given.changed:
        changed = changed_since(given.changed)
        found = [one for one in found if changed(one)]
    elif not given.all:
        found = sampled(found, given.sample, given.seed)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    survived: list[tuple[Mutation, int]] = []
    unargued, counted = 0, Counter[int]()
    began = time.monotonic()
    run = functools.partial(judge, files=asked(given.tests or ("tests",)), workers=given.workers, budget=given.budget)
    noticed: list[tuple[Mutation, int]] = []
    for one, result, tests in run(found):
        counted[result] += 1
        modules[one.path]["noticed" if result != SURVIVED else "argued" if one.key in why else "left"] += 1
        if result != SURVIVED:
            noticed.append((one, tests))
        else:
            print(f"  {one.path}:{one.line} {one.new}", file=sys.stderr, flush=True)
            survived.append((one, tests))
    for one, tests in sorted(survived, key=lambda entry: (entry[0].path, entry[0].line)):
        reason = why.get(one.key)
        unargued += reason is None
        print(f"{PACKAGE}/{one.path}:{one.line} ({tests} tests) {'argued: ' + reason if reason else 'survives'}")
        if reason is None:
            print(one.diff(source(one.path)))
            print(f"  key: {json.dumps(one.key)}")
    for path, count in sorted(modules.items()):
        print(f"{path}: {count.total()} mutants, {count['noticed']} noticed, {count['argued']} argued, {count['left']} left")
    print(
        f"{len(found)} of {everything} mutants in {time.monotonic() - began:.0f} s: {counted[KILLED]} noticed, {counted[HUNG]} "
        f"hung, {len(survived)} survived, of which {unargued} unargued"
    )
    # A test that fails for another reason would seem to notice them all.
    wrong = [one for one, result, _ in run(unchanged(noticed)) if result != SURVIVED]
    for one in wrong:
        print(f"{PACKAGE}/{one.path}:{one.line} was noticed unchanged: what the tests of its module noticed counts for nothing")
    return 1 if unargued or wrong or counted.total() - len(found) else 0


if __name__ == "__main__":
    sys.exit(main())
