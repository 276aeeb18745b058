"""Tamper with a version folder as somebody would who knows how it works, and say what the gate lets through.

``python -m tools.tamper --mutants 1500``: each mutant changes one field of one JSON file, computes every digest in the
folder again, and renders. With the private edition and without it, nothing may be allowed and nothing may break.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from smartstart_gov.canonical import canonical_json, digest, pretty_json
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import (
    AUTHORED,
    MANIFEST_FILE,
    MODEL_FILE,
    PRIVATE_FILE,
    PUBLIC_FILE,
    VersionFolder,
    file_digest,
)
from smartstart_gov.evidence.reperform import verify
from smartstart_gov.release.gate import gate

#: Keys and positions that lead to a field.
Where = tuple[str | int, ...]
#: Every so many mutants are verified too, in the project and by themselves: that computes everything again.
VERIFY_EVERY = 100
#: Outcomes of a mutant that let nothing through.
CAUGHT = ("evidence_broken", "same evidence")


def fields(record: Any, at: Where = ()) -> Iterator[Where]:
    """Yield the place of every field of a record, the inner ones and those that hold others."""
    pairs = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for key, value in pairs:
        yield (*at, key)
        yield from fields(value, (*at, key))


def mutated(record: Any, at: Where, draw: random.Random) -> Any:
    """Return a copy of `record` in which the field `at` is another."""
    # Only what leads to the field is copied: the private edition is large.
    holder = copy = record.copy()
    for key in at[:-1]:
        holder[key] = holder[key].copy()
        holder = holder[key]
    old = holder[at[-1]]
    new = draw.choice([value for value in _others(old) if value != old or type(value) is not type(old)])
    if new is _Gone:
        del holder[at[-1]]
    else:
        holder[at[-1]] = new
    return copy


class _Gone:
    """The field is left out."""


def _others(old: Any) -> list[Any]:
    if isinstance(old, bool):
        return [not old, None, "x", _Gone]
    if isinstance(old, int):
        return [old + 1, old - 1, 0, -1, 10 * old + 7, 2**40, 2**70, str(old), None, _Gone]
    if isinstance(old, str):
        number = old.replace(".", "", 1).removeprefix("-").isdigit()
        near = [f"{float(old) + 0.01:.12g}", "0", "1", "-1", "nan"] if number else []
        return [*near, f"{old}x", "", "PASSED", "NOT_SHOWN", "\ud800", None, 1, [], _Gone]
    if isinstance(old, list):
        return [[], old[:-1], [*old, *old[:1]], old[::-1], None, "x", {}, _Gone]
    if isinstance(old, dict):
        return [{}, dict(list(old.items())[:-1]), {**old, "x": 1}, None, [], _Gone]
    return ["x", 1, [], {}, _Gone]


def hidden(folder: Path) -> None:
    """Compute every digest in the folder again, as far as its files still read."""
    private = folder / PRIVATE_FILE
    if private.exists():
        _mended(private, folder)
    _mended(folder / PUBLIC_FILE, folder, _record_digest(private.read_bytes()) if private.exists() else None)
    manifest = _read(folder / MANIFEST_FILE)
    if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict):
        for file in manifest["files"]:
            if (folder / file).is_file():
                manifest["files"][file] = file_digest(file, (folder / file).read_bytes())
        _write(folder / MANIFEST_FILE, manifest)


def _mended(path: Path, folder: Path, private: str | None = None) -> None:
    """Compute the digests inside one edition again."""
    record = _read(path)
    if not isinstance(record, dict):
        return
    new = {f"{key}_digest": _digest(record[key]) for key in AUTHORED if isinstance(record.get(key), dict)}
    new |= {} if private is None else {"private_digest": private}
    inner: dict[str, dict[str, Any]] = {"verdict": {"policy_digest": new.get("policy_digest", record.get("policy_digest"))}}
    if (folder / MODEL_FILE).exists():
        inner["training"] = {"model_digest": digest((folder / MODEL_FILE).read_bytes())}
    new |= {key: {**record[key], **changes} for key, changes in inner.items() if isinstance(record.get(key), dict)}
    if any(record.get(key) != value for key, value in new.items()):
        _write(path, {**record, **new})


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def _write(path: Path, record: Any) -> None:
    try:
        # A manifest that is mended is what it was, byte for byte; an edited bundle is another one in any layout.
        path.write_bytes(pretty_json(record) if path.name == MANIFEST_FILE else canonical_json(record))
    except (TypeError, ValueError):  # what no writer of ours writes
        path.write_text(json.dumps(record, sort_keys=True, indent=1), encoding="utf-8")


@lru_cache(maxsize=4)
def _record_digest(data: bytes) -> str:
    return _digest(json.loads(data))


def _digest(record: Any) -> str:
    try:
        return digest(record)
    except (TypeError, ValueError):
        return "sha256:" + "0" * 64


class Bench:
    """A version folder that is tampered with again and again, and set right after every time."""

    def __init__(self, source: Path, scratch: Path, *, private: bool) -> None:
        self.home = shutil.copytree(source.parent, scratch / ("private" if private else "public") / source.parent.name)
        self.folder = self.home / source.name
        if not private:
            (self.folder / PRIVATE_FILE).unlink()
        self._kept = {path: path.read_bytes() for path in self.home.rglob("*") if path.is_file()}
        self.documents = {path.name: data for path, data in self._kept.items() if path.suffix == ".pdf"}
        self.records = {
            file: _read(self.folder / file)
            for file in (PUBLIC_FILE, PRIVATE_FILE, MANIFEST_FILE)
            if (self.folder / file).exists()
        }
        self.places = {file: list(fields(record)) for file, record in self.records.items()}

    def restore(self) -> None:
        """Set every file right."""
        for path in [path for path in self.home.rglob("*") if path.is_file()]:
            if path not in self._kept:
                path.unlink()
        for path, data in self._kept.items():
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)

    def untouched(self) -> bool:
        """Whether the evidence is what it was: nothing was tampered with in effect, or rendering mended it."""
        return all(
            path.exists() and path.read_bytes() == data for path, data in self._kept.items() if path.parent == self.folder
        )

    def attack(self, file: str, at: Where, draw: random.Random, *, verified: bool) -> tuple[str, list[str]]:
        """Try one mutant, and return its outcome at `shadow` and what broke."""
        broke: list[str] = []
        _write(self.folder / file, mutated(self.records[file], at, draw))
        hidden(self.folder)
        calls: dict[str, Any] = {"render": self._render, "gate": lambda: gate(self.folder, stage="shadow").result}
        if verified:
            calls["verify"] = lambda: "holds" if verify(self.folder) else "broken"
            calls["verify alone"] = self._alone
        said: dict[str, str] = {}
        for name, call in calls.items():
            try:
                said[name] = str(call())
            except Refused as refused:
                said[name] = f"refused {refused.rule}"
            except Exception as error:
                said[name] = "broke"
                broke.append(f"{name}: {type(error).__name__}: {error} ({file} {at})")
        outcome = "same evidence" if self.untouched() else said["gate"]
        if said.get("verify") == "holds" and outcome != "same evidence":
            broke.append(f"verify holds a mutant ({file} {at})")
        self.restore()
        return outcome, broke

    def _render(self) -> str:
        # What the command does, without drawing the same pages again.
        read_bundle(self.folder)
        VersionFolder(self.folder).add(self.documents)
        return "rendered"

    def _alone(self) -> str:
        with tempfile.TemporaryDirectory() as elsewhere:
            lone = shutil.copytree(self.folder, Path(elsewhere) / "copy")
            return "holds" if verify(lone) else "broken"


def tamper(source: Path, mutants: int, *, private: bool, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """Tamper `mutants` times with a copy of the version folder `source`: outcomes by count, and what broke."""
    draw, outcomes, broke = random.Random(seed), Counter[str](), list[str]()  # noqa: S311 - a draw that can be repeated, no secret
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(source, Path(scratch), private=private)
        for number in range(mutants):
            # The manifest has few fields, and most of what is changed in it is mended at once.
            file = draw.choices(list(bench.places), [1 if file == MANIFEST_FILE else 5 for file in bench.places])[0]
            at = draw.choice(bench.places[file])
            outcome, more = bench.attack(file, at, draw, verified=number % VERIFY_EVERY == 0)
            outcomes[outcome] += 1
            broke += more
    return outcomes, broke


def sample(home: Path) -> Path:
    """Audit the made-up families of a new project, add stand-ins for its documents, and return the version folder."""
    from sklearn.linear_model import LogisticRegression

    import smartstart_gov as gov
    from smartstart_gov.authoring.scaffold import SAMPLE_FILE, init_project
    from smartstart_gov.evidence.rules import DOCUMENTS
    from smartstart_gov.intake.files import read_data

    init_project(home)
    project = gov.open_project(home)
    run = gov.train(LogisticRegression(max_iter=1000), read_data(home / SAMPLE_FILE, project.contract), project, random_state=1)
    folder = gov.audit(run).write(version="1.0.0")
    VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    return folder


def main() -> int:
    """Run from the command line; ends with 1 where a mutant was not caught or something broke."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path, help="version folder inside its project; by default one is made")
    arguments.add_argument("--mutants", type=int, default=300)
    arguments.add_argument("--seed", type=int, default=0)
    asked = arguments.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        source = asked.folder or sample(Path(scratch) / "early_help")
        print(f"untouched: {gate(source, stage='shadow').headline()}")
        for private in (False, True):
            since = time.process_time()
            outcomes, broke = tamper(source, asked.mutants, private=private, seed=asked.seed)
            seconds = time.process_time() - since
            said = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
            print(f"private edition {'present' if private else 'absent'}: {asked.mutants} mutants, {seconds:.0f} s: {said}")
            print("\n".join(f"  {line}" for line in broke[:20]) or "  nothing broke", flush=True)
            bad += len(broke) + sum(count for outcome, count in outcomes.items() if outcome not in CAUGHT)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
