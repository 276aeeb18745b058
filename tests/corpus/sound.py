"""The sound bundles of the corpus, copied for a test, and the ways in which people have tampered with such folders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.evidence.folder import AUTHORED, MANIFEST_FILE, MODEL_FILE, PINNED, PRIVATE_FILE, PUBLIC_FILE
from smartstart_gov.ledger import Entry, Ledger, file_of

CORPUS = Path(__file__).parent
FORMATS = sorted(folder.name for folder in CORPUS.glob("format-*"))


def said(name: str) -> dict[str, Any]:
    """Return what was said of the bundle of a format the day it was written."""
    found: dict[str, Any] = json.loads((CORPUS / name / "said.json").read_bytes())
    return found


def copy(name: str, to: Path, *, private: bool) -> Path:
    """Return the version folder in a copy of the project; without its private edition if so wanted."""
    home = shutil.copytree(CORPUS / name / "help", to / "help")
    if not private:
        (home / "1.0.0" / PRIVATE_FILE).unlink()
    return home / "1.0.0"


def edited(version: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """Change both editions of the bundle alike, as far as they are there, and hide it: every digest is made again."""
    private, public = (json.loads(path.read_bytes()) if path.exists() else None for path in _editions(version))
    for record in (private, public):
        if record is not None:
            change(record)
            for name in ("policy", "contract", "charter"):
                record[f"{name}_digest"] = digest(record[name])
    if private is not None and public is not None:
        public["private_digest"] = digest(private)
    for path, record in zip(_editions(version), (private, public), strict=True):
        if record is not None:
            path.write_bytes(pretty_json(record))
    return signed_again(version)


def signed_again(version: Path) -> Path:
    """Make the digests of the manifest again."""
    manifest = json.loads((version / MANIFEST_FILE).read_bytes())
    there = [name for name in manifest["files"] if (version / name).exists()]
    manifest["files"].update({name: digest((version / name).read_bytes()) for name in there})
    (version / MANIFEST_FILE).write_bytes(pretty_json(manifest))
    return version


def relogged(folder: Path, change: Callable[[Entry], Entry | None]) -> None:
    """Write the log again with entries changed, each after the one before it, as somebody would who writes logs."""
    log = folder.parent / "log"
    entries = Ledger(log).entries()
    shutil.rmtree(log)
    log.mkdir()
    parents: tuple[str, ...] = ()
    renamed: dict[str, str] = {}
    for old in entries:
        new = change(old)
        if new is not None:
            body = {key: renamed.get(value, value) if key == "audited" else value for key, value in new.body.items()}
            chained = Entry(kind=new.kind, at=new.at, parents=parents, body=body)
            name, data = file_of(chained)
            (log / name).write_bytes(data)
            parents, renamed[old.digest] = (chained.digest,), chained.digest


def with_body(entry: Entry, **changes: Any) -> Entry:
    return Entry(kind=entry.kind, at=entry.at, parents=entry.parents, body={**entry.body, **changes})


def logged_again(version: Path) -> Path:
    """Let the log name what the folder holds now."""
    files = json.loads((version / MANIFEST_FILE).read_bytes())["files"]
    record = json.loads((version / PUBLIC_FILE).read_bytes())
    said = {key: files.get(file) for file, key in PINNED.items()} | {key: record[f"{key}_digest"] for key in AUTHORED}
    relogged(version, lambda entry: with_body(entry, **said) if entry.kind == "audited" else entry)
    return version


def _editions(version: Path) -> tuple[Path, Path]:
    return version / PRIVATE_FILE, version / PUBLIC_FILE


def _finding(record: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in record["verdict"]["findings"] if one["id"] == name)
    return found


def a_breach_called_passed(record: dict[str, Any]) -> None:
    finding = _finding(record, "limit.alarm")
    finding["status"] = "PASSED" if finding["status"] != "PASSED" else "FAILED"


def a_count_made_rounder(record: dict[str, Any]) -> None:
    counts = record["tally"]
    if record["edition"] == "public":
        counts["margins"][0]["rows"][0]["cells"][0] += 1
    else:
        record["metrics"]["numerator"][1][0] += 1


def a_control_left_out(record: dict[str, Any], name: str = "control.R36") -> None:
    record["rules"]["controls"] = [one for one in record["rules"]["controls"] if one["id"] != name]
    record["verdict"]["findings"] = [one for one in record["verdict"]["findings"] if one["id"] != name]


def a_control_called_older(record: dict[str, Any]) -> None:
    next(one for one in record["rules"]["controls"] if one["id"] == "control.R36")["version"] = 0


def a_control_called_newer(record: dict[str, Any]) -> None:
    next(one for one in record["rules"]["controls"] if one["id"] == "control.R36")["version"] = 2


def a_control_made_a_warning(record: dict[str, Any]) -> None:
    for one in (*record["rules"]["controls"], *record["verdict"]["findings"]):
        if one["id"] == "control.R36":
            one["severity"] = "warn"


def a_metric_left_out(record: dict[str, Any]) -> None:
    record["rules"]["metrics"].remove("false_negative_rate")


def a_document_not_asked_for(record: dict[str, Any]) -> None:
    record["rules"]["documents"]["trial"].remove("dpia_annex.nl.pdf")


def another_method_claimed(record: dict[str, Any]) -> None:
    record["rules"]["method"] += 1
    a_breach_called_passed(record)


def an_edition_of_before_claimed(record: dict[str, Any]) -> None:
    record["rules"]["edition"] -= 1
    a_control_left_out(record)


def a_policy_loosened(record: dict[str, Any]) -> None:
    record["policy"]["limits"][0]["at_most"] = "0.5"


def rules_of_another_policy(record: dict[str, Any]) -> None:
    record["rules"]["policy"] = "sha256:" + "0" * 64


EDITS = (
    a_breach_called_passed, a_count_made_rounder, a_control_left_out, a_control_called_older, a_control_called_newer,
    a_control_made_a_warning, a_metric_left_out, a_document_not_asked_for, another_method_claimed, an_edition_of_before_claimed,
    a_policy_loosened, rules_of_another_policy,
)  # fmt: skip


def the_model_replaced(version: Path) -> Path:
    (version / MODEL_FILE).write_bytes(b"another model")
    return signed_again(version)


def the_log_cut_short(version: Path) -> Path:
    for file in (version.parent / "log").iterdir():
        if json.loads(file.read_bytes())["kind"] in ("audited", "rendered"):
            file.unlink()
    return version


def a_file_slipped_in(version: Path) -> Path:
    (version / "extra.txt").write_text("x", encoding="utf-8")
    return version


FOLDERS = (the_model_replaced, the_log_cut_short, a_file_slipped_in)
