"""The one door: what is loaded was audited, allowed and signed, and decides as it was counted."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import smartstart_gov as gov
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.release.root import current, write_root
from tests.projects import TEXT, contract, policy, rows, write_project
from tests.release.test_signing import NEXT_YEAR as NEXT
from tests.release.test_signing import log, signer, signers

STAGES: dict[str, dict[str, Any]] = {
    stage: {"not_shown": "accepted", "signatures": ["owner", "dpo"]} for stage in ("shadow", "trial", "release")
}  # fmt: skip
STAGES["trial"] |= {"team": TEXT, "families_at_most": 1000, "ends": str(NEXT), "person_decides_first": True}


@cache
def trained() -> tuple[Path, str]:
    """Train, audit and sign one model; return its version folder and the pin of its root."""
    from sklearn.linear_model import LogisticRegression

    home = write_project(
        Path(tempfile.mkdtemp(prefix="served-")) / "help", policy=policy(stages=STAGES), contract=without_score()
    )
    run = gov.train(LogisticRegression(), table(), gov.open_project(home), random_state=1)
    folder = gov.audit(run, unsealed=True).write(version="1.0.0")
    VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    for name in ("director", "officer"):
        for stage in ("shadow", "trial"):
            gov.sign(folder, signer(name), stage=stage, outcome="approve", until=NEXT)  # type: ignore[arg-type]  # two stages
    return folder, current(log(folder)).pin


def without_score() -> dict[str, Any]:
    whole = contract()
    return whole | {"columns": [column for column in whole["columns"] if column["role"] != "score"]}


def table() -> Any:
    return rows().drop(columns="score")


@pytest.fixture
def version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Other tests hold the gate to computing everything again.
    monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))
    return shutil.copytree(trained()[0].parent, tmp_path / "help") / "1.0.0"


def test_what_is_loaded_decides_as_the_file_does() -> None:
    from skops.io import loads

    folder, pin = trained()
    model = gov.load_released(folder, root=pin, stage="trial")
    features = table()[["income", "visits"]][:1000]
    assert (model.name, model.version, model.until) == ("help", "1.0.0", str(NEXT))
    own = loads((folder / "model.skops").read_bytes(), trusted=gov.trusted_types())
    decided = model.decide(features)
    assert np.array_equal(decided, own.predict(features))
    assert sum(decided) == np.count_nonzero(decided) > 127  # as labels of eight bits this overflows
    assert len(set(decided.tolist())) == 2


def test_features_are_found_by_name() -> None:
    folder, pin = trained()
    model = gov.load_released(folder, root=pin, stage="trial")
    whole = table()[:1000]
    decided = model.decide(whole[["income", "visits"]])
    assert np.array_equal(model.decide(whole[["visits", "income"]]), decided)
    assert np.array_equal(model.decide(whole), decided)
    for wrong, missing in ((whole[["visits"]], "income"), (whole[["income", "visits"]].to_numpy(), "income, visits")):
        with pytest.raises(Refused) as refused:
            model.decide(wrong)
        assert (refused.value.rule, f"missing: {missing}." in str(refused.value)) == ("D20", True)


def test_features_in_any_order_in_the_contract_are_loaded(tmp_path: Path) -> None:
    # Records have their keys in alphabetical order; the features of a contract have not.
    from sklearn.linear_model import LogisticRegression

    whole = without_score()
    home = write_project(tmp_path / "help", policy=policy(stages=STAGES), contract=whole | {"columns": whole["columns"][::-1]})
    run = gov.train(LogisticRegression(), table(), gov.open_project(home), random_state=1)
    assert list(run.record.features) == ["visits", "income"]
    folder = gov.audit(run, unsealed=True).write(version="1.0.0")
    VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    write_root(log(folder), signers(), [signer("director"), signer("officer")])
    gov.sign(folder, signer("director"), stage="shadow", outcome="approve", until=NEXT)
    gov.sign(folder, signer("officer"), stage="shadow", outcome="approve", until=NEXT)
    candidate = gov.load_candidate(folder, root=current(log(folder)).pin)
    assert (candidate.version, any("golden" in note for note in candidate.notes)) == ("1.0.0", False)


def test_signed_for_trial_is_not_loaded_elsewhere(version: Path) -> None:
    with pytest.raises(Refused) as refused:
        gov.load_released(version, root=trained()[1], stage="release")
    assert "MISSING signature" in str(refused.value)


def test_nobody_sees_a_decision_in_shadow(version: Path) -> None:
    with pytest.raises(Refused) as refused:
        gov.load_released(version, root=trained()[1], stage="shadow")
    assert (refused.value.rule, "load_candidate" in str(refused.value)) == ("A12", True)


def test_a_trial_decides_on_no_more_families_than_it_has(version: Path) -> None:
    model = gov.load_released(version, root=trained()[1], stage="trial")
    features = table()[["income", "visits"]]
    assert len(model.decide(features[:1000])) == 1000
    with pytest.raises(Refused) as refused:
        model.decide(features[:1001])
    assert (refused.value.rule, "1000 families" in str(refused.value)) == ("A12", True)
    assert any("a trial of at most 1000 families" in note for note in model.notes)


@pytest.mark.parametrize("stage", ["trial", "shadow"])
def test_what_ran_out_is_not_loaded(version: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    import datetime as dt

    def load() -> Any:
        if stage == "shadow":
            return gov.load_candidate(version, root=trained()[1])
        return gov.load_released(version, root=trained()[1], stage="trial")

    monkeypatch.setattr("smartstart_gov.release.root.today", lambda *_: NEXT)
    # The root of the tests ends on the same day as the approvals.
    assert load().version == "1.0.0"
    write_root(log(version), signers(2, expires="2099-01-01"), [signer("director"), signer("officer")])
    monkeypatch.setattr("smartstart_gov.release.root.today", lambda *_: NEXT + dt.timedelta(days=1))
    with pytest.raises(Refused) as refused:
        load()
    assert f"ended on {NEXT}" in str(refused.value)


def test_what_is_loaded_ends_with_its_first_approval_or_waiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as dt

    from smartstart_gov import serving
    from smartstart_gov.release.gate import Decision

    last = dt.date(2031, 5, 20)
    said = "WAIVED limit.alarm until 2031-05-20"
    decision = Decision(
        name="help", version="1.0.0", stage="trial", result="allowed", edition="public", reasons=(said,), until=str(last)
    )
    evidence = gov.read_bundle(trained()[0]).public
    opened = SimpleNamespace(
        evidence=evidence,
        decision=decision,
        notes=("no golden rows",),
        model=SimpleNamespace(predict=lambda rows: np.ones(len(rows), np.int8)),
    )
    monkeypatch.setattr(serving, "_opened", lambda *_: opened)
    model = gov.load_released(tmp_path, root="pin", stage="trial")
    assert (model.until, model.notes[0], model.notes[-1]) == (str(last), said, "no golden rows")
    for days in (-1, 0, 1):
        moment = dt.datetime(2031, 5, 20, 23, 59, tzinfo=dt.UTC) + dt.timedelta(days=days)
        clock = SimpleNamespace(now=lambda zone, moment=moment: moment.astimezone(zone))
        monkeypatch.setattr(serving, "dt", SimpleNamespace(datetime=clock, UTC=dt.UTC, date=dt.date))
        if days < 1:
            assert model.decide(table()[:3]).tolist() == [1, 1, 1]
            continue
        with pytest.raises(Refused) as refused:
            model.decide(table()[:3])
        assert (refused.value.rule, str(last) in str(refused.value)) == ("A12", True)


# ------------------------------------------------------------------------------------------------ shadow
def test_a_candidate_counts_and_decides_for_nobody(version: Path) -> None:
    candidate = gov.load_candidate(version, root=trained()[1])
    data = table()
    tally = candidate.count(data)
    assert int(tally.cells("origin").sum()) == len(data)
    model = loaded(version)
    selected = int((model.predict(data[["income", "visits"]]) == model.pos_label).sum())
    assert int(tally.cells("origin")[:, [1, 3]].sum()) == selected > 0
    assert {name for name in dir(candidate) if not name.startswith("_")} & {"decide", "predict", "score", "model"} == set()


def loaded(version: Path) -> Any:
    from skops.io import loads

    return loads((version / "model.skops").read_bytes(), trusted=gov.trusted_types())


@pytest.mark.parametrize("many", [1, 99])
def test_a_count_of_few_rows_would_be_a_decision(version: Path, many: int) -> None:
    """Nor do copies of the same rows make a table of it."""
    candidate = gov.load_candidate(version, root=trained()[1])
    data = table()
    data["income"], data["visits"] = [float(i % many) for i in range(len(data))], 1
    with pytest.raises(Refused) as refused:
        candidate.count(data)
    assert (refused.value.rule, "different rows are too few" in str(refused.value)) == ("A12", True)
    data["income"] = [float(i % 100) for i in range(len(data))]
    assert int(candidate.count(data).cells("origin").sum()) == len(data)


# ------------------------------------------------------------------------------------------------ golden rows
def test_golden_rows_are_made_up_within_the_contract() -> None:
    evidence = gov.read_bundle(trained()[0]).public
    golden = evidence.training.golden
    assert len(golden) == 8
    assert all(set(one.row) == {"income", "visits"} for one in golden)
    assert all(0 <= int(one.row["visits"]) <= 50 for one in golden)
    people = {(row.income, row.visits) for row in table().itertuples()}
    assert not people & {(float(one.row["income"]), int(one.row["visits"])) for one in golden}
    model = loaded(trained()[0])
    import pandas as pd

    frame = pd.DataFrame([{"income": float(one.row["income"]), "visits": int(one.row["visits"])} for one in golden])
    assert [one.decision for one in golden] == [str(value) for value in model.predict(frame)]
    assert len({one.decision for one in golden}) == 2


def test_the_same_contract_gives_the_same_golden_rows() -> None:
    from smartstart_gov.training.golden import golden_rows

    evidence = gov.read_bundle(trained()[0]).public
    assert golden_rows(loaded(trained()[0]), evidence.contract, evidence.training.features) == evidence.training.golden


@pytest.mark.parametrize("what", ["decision", "score", "little"])
def test_a_model_that_answers_otherwise_here_is_not_loaded(version: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    from smartstart_gov.training import golden as module

    answer, times = module._answer, iter(range(1000))

    def otherwise(*given: Any) -> Any:
        said, score = answer(*given)  # type: ignore[misc]  # this model answers all
        first = next(times) == 0
        if what == "decision":
            return ("other" if first else said), score
        return said, score + (2e-9 if what == "score" else 5e-10) * first

    monkeypatch.setattr(module, "_answer", otherwise)
    if what == "little":
        assert gov.load_released(version, root=trained()[1], stage="trial").version == "1.0.0"
        return
    with pytest.raises(Refused) as refused:
        gov.load_released(version, root=trained()[1], stage="trial")
    assert (refused.value.rule, "On 1 of 8 golden rows" in str(refused.value)) == ("A19", True)


def test_a_version_without_golden_rows_is_loaded_and_says_so(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from smartstart_gov import serving

    of = serving.bundle_of

    def older(seen: Any) -> Any:
        bundle = of(seen)
        return replace(bundle, public=replace(bundle.public, training=replace(bundle.public.training, golden=())), private=None)

    monkeypatch.setattr(serving, "bundle_of", older)
    model = gov.load_released(version, root=trained()[1], stage="trial")
    assert any(note.startswith("no golden rows") for note in model.notes)
    monkeypatch.setattr(serving, "bundle_of", of)
    assert not any("golden" in note for note in gov.load_released(version, root=trained()[1], stage="trial").notes)


def test_another_pin_loads_nothing(version: Path) -> None:
    with pytest.raises(EvidenceBroken):
        gov.load_released(version, root="sha256:" + "0" * 64, stage="trial")


@pytest.mark.parametrize("name", ["model.skops", "bundle.json", "model_card.nl.pdf", "manifest.json"])
@pytest.mark.parametrize("edit", ["flip", "cut", "gone", "link"])
def test_an_edited_file_loads_nothing(version: Path, name: str, edit: str) -> None:
    file = version / name
    data = bytearray(file.read_bytes())
    if edit == "flip":
        data[len(data) // 2] ^= 1
        file.write_bytes(bytes(data))
    elif edit == "cut":
        file.write_bytes(bytes(data[:-1]) if name != "manifest.json" else bytes(data[:-2]))
    else:
        file.unlink()
        if edit == "link":
            (version.parent / "elsewhere").write_bytes(bytes(data))
            file.symlink_to(version.parent / "elsewhere")
    with pytest.raises(Refused):
        gov.load_released(version, root=trained()[1], stage="trial")


def test_a_version_that_was_taken_back_is_not_loaded(version: Path) -> None:
    gov.revoke(version, signer("deputy"), reason="It harms.")
    with pytest.raises(Refused) as refused:
        gov.load_released(version, root=trained()[1], stage="trial")
    assert "REVOKED" in str(refused.value)


def test_a_folder_that_changes_while_it_is_read_loads_nothing(version: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the gate's answer and the opening, another model takes the place of the one that was signed."""
    from smartstart_gov import serving

    answer = serving.gate

    def swapped(*arguments: Any, **named: Any) -> Any:
        decision = answer(*arguments, **named)
        (version / "model.skops").write_bytes(b"PK another model")
        return decision

    monkeypatch.setattr(serving, "gate", swapped)
    with pytest.raises(EvidenceBroken) as broken:
        gov.load_released(version, root=trained()[1], stage="trial")
    assert "changed while it was read" in str(broken.value)


def test_another_version_in_the_place_of_the_one_that_was_asked_is_not_loaded(
    version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from smartstart_gov import serving

    answer = serving.gate
    monkeypatch.setattr(serving, "gate", lambda *given, **named: replace(answer(*given, **named), version="0.9.0"))
    with pytest.raises(EvidenceBroken) as broken:
        gov.load_released(version, root=trained()[1], stage="trial")
    assert "changed while it was read" in str(broken.value)


@pytest.mark.parametrize("library", ["numpy", "scikit-learn", "skops"])
def test_other_libraries_are_told_on_both_sides(version: Path, monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    from smartstart_gov import serving

    here = serving.versions("pandas")
    monkeypatch.setattr(serving, "versions", lambda _: here | {library: "99.1.0"})
    with pytest.raises(Refused) as refused:
        gov.load_released(version, root=trained()[1], stage="trial")
    assert refused.value.rule == "A19"
    assert f"{library} {here[library]}" in str(refused.value)
    assert f"{library} 99.1.0" in str(refused.value)
    # A patch of the same minor version decides as before.
    minor = ".".join(here[library].split(".")[:2])
    monkeypatch.setattr(serving, "versions", lambda _: here | {library: f"{minor}.999"})
    assert gov.load_released(version, root=trained()[1], stage="trial").version == "1.0.0"


def test_where_nobody_signs_nothing_is_loaded(tmp_path: Path) -> None:
    folder = trained()[0]
    record = json.loads((folder / "bundle.json").read_bytes())
    assert record["policy"]["stages"]["trial"]["signatures"] == ["owner", "dpo"]
    unsigned = {stage: {"not_shown": "accepted", "signatures": []} for stage in STAGES}
    home = write_project(tmp_path / "help", policy=policy(stages=unsigned), contract=without_score())
    from sklearn.linear_model import LogisticRegression

    run = gov.train(LogisticRegression(), table(), gov.open_project(home), random_state=1)
    version = gov.audit(run, unsealed=True).write(version="1.0.0")
    VersionFolder(version).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    write_root(log(version), signers(), [signer("director"), signer("officer")])
    with pytest.raises(Refused) as refused:
        gov.load_released(version, root=current(log(version)).pin, stage="trial")
    assert "asks nobody to sign" in str(refused.value)
    # Shadow touches nobody, so it needs nobody.
    assert gov.load_candidate(version, root=current(log(version)).pin).version == "1.0.0"
