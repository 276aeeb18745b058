"""Looks from end to end: what is free, what is refused, what a seal shows, and what the gate makes of branches."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import smartstart_gov as gov
from smartstart_gov import assessment as auditing
from smartstart_gov.authoring.names import FEW_COPIES
from smartstart_gov.evidence.folder import VersionFolder
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks import content
from smartstart_gov.looks.looks import LOOK
from smartstart_gov.looks.rows import RowSet
from smartstart_gov.looks.seal import declare_new_people, seal
from tests import projects
from tests.projects import column, contract, rows

N = 1200


def policy(**changes: Any) -> dict[str, Any]:
    """A policy with one limit and few metrics: what is counted here are looks."""
    small = projects.policy(attributes=["origin"], intersections=[], metrics=["selection_rate"])
    return small | {"limits": small["limits"][:1]} | changes


def write_project(home: Path, **files: Any) -> Path:
    return projects.write_project(home, **({"policy": policy()} | files))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write_project(tmp_path / "help")


def audited(home: Path, data: Any) -> gov.EvidenceBundle:
    return gov.audit_predictions(data, gov.open_project(home))


def logged(home: Path) -> list[str]:
    return [entry.kind for entry in Ledger(home / "log").entries()]


def sealing(bundle: gov.EvidenceBundle) -> tuple[str, str]:
    finding = next(f for f in bundle.verdict.findings if f.id == "control.R22")
    return finding.status, finding.reason.code.removeprefix("control.R22.")


def other_model(data: Any) -> Any:
    """The same rows with another model's scores."""
    return data.assign(score=np.clip(data["score"] + 0.03, 0, 1))


def test_the_same_three_again_cost_nothing(home: Path) -> None:
    data = rows(n=N)
    first = audited(home, data)
    turned = data.sample(frac=1, random_state=5).reset_index(drop=True)
    again = [audited(home, data), audited(home, turned)]
    assert logged(home) == ["split_key", LOOK]
    assert {bundle.public.look for bundle in again} == {first.public.look}
    assert first.public.look.place == 1
    assert first.public.look.alpha == "0.05"


@pytest.mark.parametrize("how", ["another model", "another policy", "rows left out", "rows added", "columns renamed"])
def test_whatever_else_is_tried_on_a_spent_set_is_refused_and_nothing_is_written(home: Path, how: str) -> None:
    data = rows(n=N)
    audited(home, data)
    before = sorted((home / "log").iterdir())
    if how == "another policy":
        other = policy(version="2", threshold={"value": 0.52, "chosen_by": "team", "reason": "open"})
        shutil.copy(write_project(home.parent / "other", policy=other) / "policy.yaml", home)
    tried = {
        "another model": other_model(data), "another policy": data, "rows left out": data.iloc[37:].reset_index(drop=True),
        "rows added": rows(n=N + 60), "columns renamed": data.rename(columns={"family": "household", "key": "number"}),
    }[how]  # fmt: skip
    if how == "columns renamed":
        names = {"family": "household", "key": "number"}
        columns = [c | {"name": names.get(c["name"], c["name"])} for c in contract()["columns"]]
        shutil.copy(write_project(home.parent / "renamed", contract=contract(columns=columns)) / "contract.yaml", home)
        tried = other_model(tried)
    with pytest.raises(gov.Refused) as refused:
        audited(home, tried)
    assert (refused.value.rule, refused.value.exit_code) == ("L01", 2)
    assert sorted((home / "log").iterdir()) == before


def test_units_that_nobody_saw_are_a_new_set(home: Path) -> None:
    audited(home, rows(n=N))
    fresh = rows(n=N, seed=2).assign(family=lambda t: "g" + t["family"], key=lambda t: "n" + t["key"])
    assert audited(home, fresh).public.look.place == 1


@pytest.mark.parametrize("known_by", ["index", "content"])
def test_without_units_rows_are_known_by_key_or_content(tmp_path: Path, known_by: str) -> None:
    gone = ["family"] if known_by == "index" else ["family", "key"]
    columns = [c for c in contract()["columns"] if c["name"] not in gone]
    home = write_project(tmp_path / "help", contract=contract(columns=columns))
    data = rows(n=N).drop(columns=gone)
    audited(home, data)
    with pytest.raises(gov.Refused) as refused:
        audited(home, other_model(data).iloc[11:].sample(frac=1, random_state=1).reset_index(drop=True))
    assert refused.value.rule == "L01"
    fresh = rows(n=N, seed=9).assign(key=lambda t: "n" + t["key"]).drop(columns=gone)
    assert audited(home, fresh).public.look.place == 1


def test_a_crash_after_the_look_is_no_second_look(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> None:
        assert logged(home) == ["split_key", LOOK], "the look stands in the log before anything of it is counted"
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(auditing, "tally_of", crash)
        with pytest.raises(KeyboardInterrupt):
            audited(home, rows(n=N))
    assert audited(home, rows(n=N)).public.look.place == 1
    assert logged(home) == ["split_key", LOOK]


def test_no_log_no_result(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise gov.Refused("R01", "The disk is full.", "log", "Make room.")

    counted: list[object] = []
    monkeypatch.setattr("smartstart_gov.ledger.write_file", full)
    monkeypatch.setattr(auditing, "tally_of", lambda *a: counted.append(a))
    with pytest.raises(gov.Refused):
        audited(home, rows(n=N))
    assert not counted


def test_later_looks_have_less_and_the_bounds_widen(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help", policy=policy(max_looks=5))
    data = rows(n=N)
    first, second = audited(home, data), audited(home, other_model(data))
    assert [b.public.look.place for b in (first, second)] == [1, 2]
    assert second.public.alpha == pytest.approx(first.public.alpha / 4)
    decisive = [next(f for f in b.private.verdict.findings if f.id == "limit.alarm").decisive for b in (first, second)]
    widths = [float(d.high) - float(d.low) for d in decisive]
    assert widths[1] > widths[0]
    folder = second.write(version="2.0.0")
    assert gov.verify(folder).ok


@pytest.mark.slow
def test_what_was_found_once_is_found_again_at_a_later_look(tmp_path: Path) -> None:
    home = write_project(tmp_path / "help", policy=policy(max_looks=100))
    data = rows(n=N, gap=0.18)
    for step in range(6):
        bundle = audited(home, data.assign(score=np.clip(data["score"] + step / 2000, 0, 1)))
        fails = next(f for f in bundle.private.verdict.findings if f.id == "limit.alarm").status
        assert fails == "FAILED", f"look {bundle.public.look.place} at {bundle.public.alpha}"
        assert next(f for f in bundle.public.verdict.findings if f.id == "limit.alarm").status == "FAILED"


def test_a_preview_costs_nothing_and_stays_free(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    columns = [c for c in contract()["columns"] if c["role"] != "score"]
    home = write_project(tmp_path / "help", contract=contract(columns=columns))
    data, project = rows(n=N).drop(columns="score"), gov.open_project(home)
    for state in range(3):
        gov.train(LogisticRegression(C=1 + state), data, project, random_state=state).preview()
    assert logged(home) == ["split_key"]
    gov.audit(gov.train(LogisticRegression(), data, project, random_state=0))
    again = gov.audit(gov.train(LogisticRegression(), data, project, random_state=3))
    assert again.public.look.place == 1, "a random state that changes nothing is the same model"
    with pytest.raises(gov.Refused) as refused:
        gov.audit(gov.train(LogisticRegression(C=0.001), data, project, random_state=0))
    assert refused.value.rule == "L01"
    gov.train(LogisticRegression(C=0.001), data, project, random_state=0).preview()


# ------------------------------------------------------------------------------------------ the seal


def test_a_seal_before_the_look_shows(home: Path) -> None:
    data = rows(n=N)
    assert seal(gov.open_project(home), data.drop(columns=["score", "income"])) == seal(gov.open_project(home), data)
    bundle = audited(home, data)
    assert sealing(bundle) == ("PASSED", "rows_predictions")
    assert bundle.public.look.seal == Ledger(home / "log").find("seal")[0].digest
    assert gov.verify(bundle.write(version="1.0.0")).ok


def test_rules_can_be_sealed_without_data(home: Path) -> None:
    seal(gov.open_project(home))
    assert sealing(audited(home, rows(n=N))) == ("PASSED", "rules_predictions")


@pytest.mark.slow
def test_no_seal_a_late_one_another_policy_or_other_rows_are_not_shown(tmp_path: Path) -> None:
    data, found = rows(n=N), {}
    for case in ("none", "after_look", "edited", "other_rows"):
        home = write_project(tmp_path / case, policy=policy(max_looks=2))
        if case == "after_look":
            audited(home, data)
            seal(gov.open_project(home), data)
        elif case == "edited":
            seal(gov.open_project(home), data)
            write_project(tmp_path / "new", policy=policy(max_looks=2, version="2"))
            shutil.copy(tmp_path / "new" / "policy.yaml", home)
        elif case == "other_rows":
            seal(gov.open_project(home), data.iloc[1:].reset_index(drop=True))
        found[case] = sealing(audited(home, other_model(data)))
    assert found == {case: ("NOT_SHOWN", case) for case in found}


def test_a_seal_after_training_is_late(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    columns = [c for c in contract()["columns"] if c["role"] != "score"]
    home = write_project(tmp_path / "help", contract=contract(columns=columns))
    data, project = rows(n=N).drop(columns="score"), gov.open_project(home)
    early = gov.train(LogisticRegression(), data, project, random_state=0)
    seal(project, data)
    late = gov.train(LogisticRegression(), data, project, random_state=0)
    shutil.copytree(home, tmp_path / "copy")
    assert sealing(gov.audit(early)) == ("NOT_SHOWN", "after_training")
    assert sealing(gov.audit(late)) == ("PASSED", "rows")


# ------------------------------------------------------------------------------------------ gate and verify


def merged(tmp_path: Path, *, most: int) -> tuple[Path, Any]:
    """Audit two models on two branches of one project, and merge the second into the first."""
    accepted = {"not_shown": "accepted", "signatures": []}
    stages = dict.fromkeys(("shadow", "trial"), accepted) | {"release": accepted | {"signatures": ["owner"]}}
    rules = policy(max_looks=most, stages=stages)
    home = write_project(tmp_path / "help", policy=rules)
    shutil.copytree(home, tmp_path / "branch")
    data = rows(n=N)
    for place, table, version in ((home, data, "1.0.0"), (tmp_path / "branch", other_model(data), "2.0.0")):
        folder = audited(place, table).write(version=version)
        VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
        assert gov.gate(folder).exit_code == 5
    for file in (tmp_path / "branch" / "log").iterdir():
        shutil.copy(file, home / "log" / file.name)
    return home, data


def test_after_branches_merge_the_gate_asks_for_the_audit_again_and_that_costs_nothing(tmp_path: Path) -> None:
    home, data = merged(tmp_path, most=3)
    decision = gov.gate(home / "1.0.0")
    assert (decision.result, decision.exit_code) == ("not_shown", 3)
    assert any("audit again: the same look costs nothing" in reason for reason in decision.reasons)
    assert gov.verify(home / "1.0.0").ok, "the evidence holds; it is only worth less"
    bundle = audited(home, data)
    assert bundle.public.look.place == 2
    folder = bundle.write(version="1.0.1")
    VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    assert gov.gate(folder).exit_code == 5


def test_two_only_looks_cannot_both_be_released(tmp_path: Path) -> None:
    home, data = merged(tmp_path, most=1)
    decision = gov.gate(home / "1.0.0")
    assert decision.exit_code == 3
    assert any("no alpha is left" in reason for reason in decision.reasons)
    with pytest.raises(gov.Refused):
        audited(home, data)


@pytest.mark.parametrize(
    "forged", [{"alpha": "0.04"}, {"place": 1, "spent": "0"}, {"sealing": "rows"}, {"entry": "sha256:" + "0" * 64}]
)
def test_an_account_of_the_look_that_log_or_policy_contradict_does_not_hold(tmp_path: Path, forged: dict[str, Any]) -> None:
    from dataclasses import replace

    from smartstart_gov.evidence.publish import public_edition
    from smartstart_gov.evidence.verdict import judged
    from smartstart_gov.looks.looks import granted

    home = write_project(tmp_path / "help", policy=policy(max_looks=3))
    data = rows(n=N)
    audited(home, data)
    bundle = audited(home, other_model(data))
    fields = dict(forged)
    if "place" in forged:
        fields["alpha"] = f"{granted(0.05, 3, 1, 0.0):.12g}"
    look = replace(bundle.private.look, **fields)
    # Somebody who forges it does so in both editions, and judges by it.
    private = replace(bundle.private, look=look)
    private = replace(private, verdict=judged(private))
    folder = replace(bundle, private=private, public=public_edition(private)).write(version="1.0.0")
    assert not gov.verify(folder).ok
    assert gov.gate(folder).exit_code == 4
    assert any("look" in difference for difference in gov.verify(folder).differences)


def test_evidence_without_a_look_holds_against_counts_of_the_develop_part_only(tmp_path: Path) -> None:
    from dataclasses import replace

    from smartstart_gov.evidence.publish import public_edition
    from smartstart_gov.evidence.verdict import judged

    home = write_project(tmp_path / "help")
    bundle = audited(home, rows(n=N))
    private = replace(bundle.private, look=None)
    private = replace(private, verdict=judged(private))
    folder = replace(bundle, private=private, public=public_edition(private)).write(version="1.0.0")
    assert json.loads((folder / "bundle.json").read_text())["look"] is None
    # All rows were counted, and the record has no develop part: taking the look away makes no concept of it.
    assert any("tally" in one for one in gov.verify(folder).differences)
    assert gov.gate(folder, stage="shadow").exit_code == 4


def test_the_log_names_nobody(home: Path) -> None:
    audited(home, rows(n=N))
    body = Ledger(home / "log").find(LOOK)[0].body
    assert set(body) == {
        "model", "policy", "rows", "alpha", "max_looks", "set", "same", "known", "told_by", "new_people",
    }  # fmt: skip
    (file,) = (home / "looked").iterdir()
    assert not [value for value in ("f17", "k17") if value.encode() in file.read_bytes()]
    assert RowSet.read(file.read_bytes()).digest == body["set"]


def test_weights_belong_to_the_rows(tmp_path: Path) -> None:
    columns = [*contract()["columns"], column("weight", "number", "weight")]
    home = write_project(tmp_path / "help", contract=contract(columns=columns))
    data = rows(n=N).assign(weight=1.0)
    audited(home, data)
    with pytest.raises(gov.Refused):
        audited(home, data.assign(weight=2.0))


# ------------------------------------------------------------------------------------------ the same people in disguise


def renamed(data: Any) -> Any:
    """The same rows under other keys."""
    return data.assign(family="z" + data["family"], key="y" + data["key"])


@pytest.mark.parametrize("share", [1.0, 0.5, 0.3])
def test_the_same_people_under_other_keys_are_refused_and_told_which_look_saw_them(home: Path, share: float) -> None:
    data = rows(n=N)
    audited(home, data)
    (first,) = Ledger(home / "log").find(LOOK)
    with pytest.raises(gov.Refused) as refused:
        audited(home, renamed(other_model(data)).sample(frac=share, random_state=1).reset_index(drop=True))
    assert refused.value.rule == "L01"
    told = refused.value.violations[0].what
    assert first.digest[7:19] in told
    assert first.at[:10] in told
    assert "by their content" in told


def test_what_the_look_saw_stands_in_the_evidence_and_is_held_against_the_log(home: Path) -> None:
    from dataclasses import replace

    from smartstart_gov.evidence.history import unlogged_look

    data = rows(n=N)
    audited(home, data)
    fresh = renamed(rows(n=N, seed=5))
    mixed = pd.concat([data.head(60), fresh.head(N - 60)], ignore_index=True)
    evidence = audited(home, mixed).public
    assert (evidence.look.place, evidence.look.told_by) == (1, "both")
    assert float(evidence.look.known) == pytest.approx(0.05, abs=0.005)
    assert not list(unlogged_look(evidence, Ledger(home / "log")))
    for forged in ({"known": "0"}, {"told_by": "key"}, {"new_people": ("owner", "So it is.")}):
        other = replace(evidence, look=replace(evidence.look, **forged))
        assert list(unlogged_look(other, Ledger(home / "log")))


def test_keys_given_to_other_people_are_somebodys_word_and_content_is_held_against_it(home: Path) -> None:
    project, data = gov.open_project(home), rows(n=N)
    audited(home, data)
    others = rows(n=N, seed=7)
    with pytest.raises(gov.Refused, match="new_people"):
        audited(home, others)
    for wrong in ({"by": "nobody", "reason": "Keys went round."}, {"by": "owner", "reason": " "}):
        with pytest.raises(gov.Refused) as refused:
            declare_new_people(project, others, **wrong)
        assert refused.value.rule in ("D13", "N02")
    first = declare_new_people(project, others, by="owner", reason="The register gives keys out anew each year.")
    assert declare_new_people(project, others, by="owner", reason="The register gives keys out anew each year.") == first
    look = audited(home, others).public.look
    assert (look.place, look.new_people) == (1, ("owner", "The register gives keys out anew each year."))
    # The same word on rows that were looked at is no way round the log.
    declare_new_people(project, other_model(data), by="owner", reason="They are other people.")
    with pytest.raises(gov.Refused) as refused:
        audited(home, other_model(data))
    assert refused.value.rule == "L01"


def test_rows_that_are_not_at_hand_count_and_rows_that_were_edited_are_no_evidence(home: Path) -> None:
    audited(home, rows(n=N))
    (file,) = (home / "looked").iterdir()
    kept = file.read_bytes()
    fresh = renamed(rows(n=N, seed=5))
    file.write_bytes(kept[:-4] + b"\0\0\0\0")
    with pytest.raises(gov.EvidenceBroken) as broken:
        audited(home, fresh)
    assert broken.value.rule == "A13"
    file.unlink()
    with pytest.raises(gov.Refused, match="looked") as refused:
        audited(home, fresh)
    assert refused.value.rule == "L01"
    file.write_bytes(kept)
    assert audited(home, fresh).public.look.place == 1


def test_a_table_copied_four_times_is_told_in_preview_and_audit(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    data = rows(n=600)
    four = pd.concat(
        [data.assign(family=f"{i}" + data["family"], key=f"{i}" + data["key"]) for i in range(4)], ignore_index=True
    )

    def copied(verdict: Any) -> tuple[str, str]:
        finding = next(f for f in verdict.findings if f.id == "control.R57")
        return finding.status, finding.reason.code

    found = {}
    for name, table in (
        ("once", data),
        ("four", four),
        ("one group", pd.concat([data, four[four["origin"] == "C"].iloc[-240:]])),
    ):
        home = write_project(tmp_path / name.replace(" ", "_"))
        found[name] = copied(audited(home, table.reset_index(drop=True)).public.verdict)
    assert found["once"] == ("PASSED", "control.R57.none")
    assert found["four"] == found["one group"] == ("NOT_SHOWN", "control.R57.copies")
    columns = [c for c in contract()["columns"] if c["role"] != "score"]
    home = write_project(tmp_path / "trained", contract=contract(columns=columns))
    for table, status in ((data, "PASSED"), (four, "NOT_SHOWN")):
        run = gov.train(LogisticRegression(), table.drop(columns="score"), gov.open_project(home), random_state=0)
        assert {f.id: f.status for f in run.preview().findings}["control.R57"] == status
    assert run.record.copies == pytest.approx(1800, abs=20)


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0"), (0.0312, "0"), (0.05, "0"), (0.0501, "0.1"), (0.1249, "0.1"), (0.3217, "0.3"), (1.0, "1.0")]
)
def test_the_share_of_copies_counts_no_few_people_of_a_small_group(
    share: float, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four digits of a group of forty say how many were copied; whether it is more than 5 % is told all the same."""
    frame = gov.validate(rows(n=60), gov.open_project(write_project(tmp_path / "help")).contract)
    monkeypatch.setattr(content.RowContent, "told_twice", lambda self, units, levels: (0, 0, share))
    assert content.share_copied(frame) == said
    assert (float(said) > FEW_COPIES) == (share > FEW_COPIES)
