"""A limit with a ladder, and one within a control column, from authored files to gate and card."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import smartstart_gov as gov
from smartstart_gov.documents.technical_annex import technical_annex
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.bundle import EvidenceBundle, read_bundle
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.evidence.reperform import reperform, verify
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.release.gate import gate
from tests.projects import TEXT, column, contract, policy, rows, write_project

#: One road over the quarters of a town: a minute of audits.
pytestmark = pytest.mark.slow

QUARTERS = [f"Q{i:02}" for i in range(24)]
LIMITS: list[dict[str, Any]] = [
    {
        "id": "alarm", "metric": "false_positive_rate", "by": ["quarter"], "measure": "difference", "between": "rest",
        "at_most": 0.1, "harm": "higher", "reason": TEXT,
        "ladder": [
            {"id": "spread", "question": "spread", "at_most": 0.06},
            {"id": "districts", "question": "groups", "step": "district", "at_most": 0.1},
        ],
        "needs": {"shadow": "spread", "trial": "spread", "release": "districts"},
    },
    {
        "id": "within", "metric": "selection_rate", "by": ["origin"], "measure": "difference", "between": "groups",
        "given": "referral", "at_most": 0.15, "reason": TEXT,
    },
]  # fmt: skip
STAGES = {
    "shadow": {"not_shown": "refused", "signatures": []},
    "trial": {"not_shown": "refused", "signatures": ["owner"]},
    "release": {"not_shown": "refused", "signatures": ["owner", "dpo"]},
}


def table(seed: int, *, n: int = 4800, gap: float = 0.0) -> Any:
    data = rows(n, seed, gap=0.0)
    rng = np.random.default_rng(seed + 1000)
    data["quarter"] = rng.choice(QUARTERS, n)
    data["referral"] = rng.choice(["school", "family"], n)
    high = (data["quarter"] == "Q00").to_numpy()
    data.loc[high, "score"] = np.clip(data.loc[high, "score"] + gap, 0, 1)
    return data


def project(home: Path, *, stages: dict[str, Any] = STAGES, **changes: Any) -> Path:
    made = contract()
    columns = [c for c in made["columns"] if c["name"] != "quarter"]
    columns += [
        column("quarter", "string", "sensitive", levels=QUARTERS),
        column("referral", "string", "control", levels=["school", "family"]),
    ]
    steps = [{"name": "district", "meaning": TEXT, "parents": {q: f"D{i % 3}" for i, q in enumerate(QUARTERS)}}]
    return write_project(
        home, contract=contract(columns=columns, hierarchies={"quarter": steps}),
        policy=policy(limits=LIMITS, stages=stages, intersections=[], threshold={"value": 0.7, "chosen_by": "committee", "reason": TEXT}, **changes),
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("road") / "help")
    gov.audit_predictions(table(3), gov.open_project(folder)).write(version="1.0.0")
    # Other people: the first set of rows has had its look.
    others = table(4, gap=0.5).assign(key=lambda t: "other " + t["key"], family=lambda t: "other " + t["family"])
    gov.audit_predictions(others, gov.open_project(folder)).write(version="2.0.0")
    return folder


@pytest.fixture(scope="module")
def bundle(built: Path) -> EvidenceBundle:
    return read_bundle(built / "1.0.0")


def test_the_fair_model_climbs(bundle: EvidenceBundle) -> None:
    found = {f.id: f for f in bundle.verdict.findings}
    assert found["limit.alarm.spread"].status == "PASSED"
    assert found["limit.alarm.districts"].status == "PASSED"
    assert found["limit.within"].status == "PASSED"
    assert found["limit.alarm"].stage is None


def test_one_quarter_with_many_false_alarms_stops_even_shadow(built: Path) -> None:
    decision = gate(built / "2.0.0", stage="shadow")
    assert decision.exit_code in (1, 3)
    assert any("limit.alarm" in reason for reason in decision.reasons)
    assert gate(built / "1.0.0", stage="shadow").exit_code == 3  # controls on what was not handed in
    assert not any("limit." in reason for reason in gate(built / "1.0.0", stage="shadow").reasons)


def test_both_editions_hold(built: Path, bundle: EvidenceBundle, tmp_path: Path) -> None:
    assert verify(built / "1.0.0").ok
    assert not reperform(EvidenceBundle(public=bundle.public, private=None, model_bytes=None, home=None)).differences
    shutil.copytree(built, tmp_path / "help")
    (tmp_path / "help" / "1.0.0" / "bundle.private.json").unlink()
    assert verify(tmp_path / "help" / "1.0.0").ok


@pytest.mark.parametrize(("lang", "said"), [("en", "Highest rung reached"), ("nl", "De hoogste trede die is bereikt")])
def test_the_card_shows_the_ladder(bundle: EvidenceBundle, lang: str, said: str) -> None:
    text = technical_annex(bundle.public, Words(lang)).to_text()
    assert said in text
    assert "district" in text
    assert {"en": "no group stands out", "nl": "geen groep springt eruit"}[lang] in text
    seen = next(f.sees for f in bundle.public.verdict.findings if f.id == "limit.alarm.spread")
    assert seen is not None
    assert seen.cases is not None
    words = Words(lang)
    # Page 1 and the findings say it in one sentence, the ladder by size.
    assert text.count({"en": "could go unseen", "nl": "ongezien blijven"}[lang]) >= 2
    for sight in seen.sights:
        assert sight.times is not None
        assert words.short(float(sight.times)) in text
    assert words.say("Detected from") in text


def test_documents_are_needed_too(built: Path, tmp_path: Path) -> None:
    shutil.copytree(built, tmp_path / "help")
    VersionFolder(tmp_path / "help" / "1.0.0").add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    assert gate(tmp_path / "help" / "1.0.0").exit_code == 3
