"""A draft costs nothing: what is unconfirmed or unsealed is audited on the develop part, and no look is taken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

import smartstart_gov as gov
from smartstart_gov.cli.main import main
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.looks import LOOK
from smartstart_gov.looks.seal import seal
from tests.projects import contract, policy, rows, write_project

COLUMNS = [column for column in contract()["columns"] if column["role"] != "score"]
QUICK = {"rows": 50, "background": 10}


def looks(home: Path) -> int:
    return len(Ledger(home / "log").find(LOOK))


def project(home: Path, *, unconfirmed: tuple[str, ...] = (), scored: bool = False, **rules: Any) -> gov.Project:
    columns = contract()["columns"] if scored else COLUMNS
    agreed = contract(columns=columns, **({"unconfirmed": list(unconfirmed)} if unconfirmed else {}))
    return gov.open_project(write_project(home, contract=agreed, policy=policy(explanation=QUICK, **rules)))


def trained(opened: gov.Project) -> gov.Run:
    return gov.train(LogisticRegression(), rows(1500).drop(columns="score"), opened, random_state=0)


THRESHOLD = {"chosen_by": "committee", "reason": policy()["threshold"]["reason"]}
RULES: dict[str, dict[str, Any]] = {
    "three parts": {},
    "a capacity": {"threshold": {"capacity": 90, **THRESHOLD}},
    "a share": {"threshold": {"share": 0.2, **THRESHOLD}},
    "cross-fitting": {"split": {"method": "cross_fit", "folds": 4}},
    "a capacity over folds": {"threshold": {"capacity": 90, **THRESHOLD}, "split": {"method": "cross_fit", "folds": 4}},
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_an_unsealed_project_gives_a_concept_that_holds_and_goes_nowhere(tmp_path: Path, rules: dict[str, Any]) -> None:
    opened = project(tmp_path / "help", **rules)
    run = trained(opened)
    bundle = gov.audit(run, unsealed=False)
    develop = bundle.public.training.part("develop")
    assert (bundle.public.part, bundle.public.look) == ("develop", None)
    assert develop is not None
    assert bundle.private is not None
    assert 0 < develop.rows == bundle.private.tally.n < bundle.public.training.read / 2
    assert looks(opened.path) == 0
    folder = bundle.write(version="0.1.0")
    assert gov.verify(folder).differences == ()
    assert gov.gate(folder, stage="shadow").exit_code in (1, 3)
    assert any("CONCEPT" in gov.render(bundle, "model_card", lang=lang).text for lang in ("nl", "en"))
    # The same model on the audit part afterwards: the first look.
    again = gov.audit(run, unsealed=True)
    assert (again.public.part, looks(opened.path)) == ("audit", 1)


def test_a_concept_without_a_failure_is_not_shown_at_every_stage(tmp_path: Path) -> None:
    opened = project(tmp_path / "help")
    folder = gov.audit(trained(opened), unsealed=False).write(version="0.1.0")
    decision = gov.gate(folder, stage="shadow")
    assert (decision.exit_code, [one for one in decision.reasons if "look:" in one]) == (3, [decision.reasons[-1]])


@pytest.mark.parametrize("unsealed", [None, False])
def test_what_is_unconfirmed_stays_closed_sealed_or_not(tmp_path: Path, unsealed: bool | None) -> None:
    opened = project(tmp_path / "help", unconfirmed=("income",))
    seal(opened)
    assert gov.audit(trained(opened), unsealed=unsealed).public.concept
    assert looks(opened.path) == 0
    assert not gov.audit(trained(opened), unsealed=True).public.concept


def test_confirmed_and_sealed_it_opens(tmp_path: Path) -> None:
    opened = project(tmp_path / "help")
    seal(opened)
    bundle = gov.audit(trained(opened), unsealed=False)
    assert (bundle.public.part, looks(opened.path)) == ("audit", 1)


def test_from_python_confirmed_rules_open_the_audit_part_and_the_missing_seal_is_told(tmp_path: Path) -> None:
    bundle = gov.audit(trained(project(tmp_path / "help")))
    found = {finding.id: finding.reason.code for finding in bundle.verdict.findings}
    assert (bundle.public.part, found["control.R22"]) == ("audit", "control.R22.none")


def test_scores_and_models_from_elsewhere_are_drafted_on_a_share_of_the_rows(tmp_path: Path) -> None:
    scored = project(tmp_path / "scored", scored=True)
    table = rows(1500)
    bundle = gov.audit_predictions(table, scored, unsealed=False)
    develop, left = bundle.public.training.parts
    assert (develop.name, left.name, develop.rows + left.rows) == ("develop", "audit", 1500)
    assert develop.rows == bundle.private.tally.n == pytest.approx(300, abs=60)
    # A share of the rows by their key: in another order, the same.
    turned = gov.audit_predictions(table.iloc[::-1].reset_index(drop=True), scored, unsealed=False)
    assert turned.private.tally.digest == bundle.private.tally.digest
    assert gov.verify(bundle.write(version="0.1.0")).differences == ()
    given = project(tmp_path / "given")
    fitted = LogisticRegression().fit(table[["income", "visits"]], table["asked"])
    other = gov.audit_model(fitted, table.drop(columns="score"), given, unsealed=False)
    assert other.public.training.part("develop").rows == other.private.tally.n == develop.rows
    assert gov.verify(other.write(version="0.1.0")).differences == ()
    assert looks(scored.path) == looks(given.path) == 0


def test_a_concept_is_no_last_version(tmp_path: Path) -> None:
    opened = project(tmp_path / "help")
    gov.audit(trained(opened), unsealed=False).write(version="0.1.0")
    first = gov.audit(trained(opened))
    assert first.public.previous is None
    first.write(version="1.0.0")
    assert gov.audit(trained(opened)).public.previous.version == "1.0.0"


def test_another_part_in_evidence_or_log_does_not_hold(tmp_path: Path) -> None:
    opened = project(tmp_path / "help")
    run = trained(opened)
    bundle = gov.audit(run, unsealed=False)
    look = gov.audit(run, unsealed=True).public.look
    forged = replace(bundle.private, look=look)
    from smartstart_gov.evidence.publish import public_edition

    folder = replace(bundle, private=forged, public=public_edition(forged)).write(version="1.0.0")
    assert any("audit part" in one for one in gov.verify(folder).differences)
    record = bundle.public.to_record() | {"part": "audit"}
    with pytest.raises(ValueError, match="field part is another"):
        type(bundle.public).from_record(record)


def test_the_preview_asks_every_control_that_an_audit_asks_but_the_explanation(tmp_path: Path) -> None:
    run = trained(project(tmp_path / "help"))
    before = {finding.id: finding.status for finding in run.preview().findings if finding.limit is None}
    after = {finding.id: finding.status for finding in gov.audit(run).verdict.findings if finding.limit is None}
    assert set(after) - set(before) == {"control.R46"}
    assert {name: after[name] for name in before} == before


def test_the_first_card_by_the_page_on_own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    table = rows(900).drop(columns=["score", "key"]).rename(columns={"asked": "hulp", "origin": "herkomst", "family": "gezin"})
    table.assign(hulp=table["hulp"].map({True: "ja", False: "nee"})).to_csv("f.csv", index=False)
    assert main(["init", "own", "--data", "f.csv", "--positive", "ja", "--role", "herkomst=sensitive"]) == 0
    words = ["audit", "own", "f.csv", "--estimator", "train:model", "--version"]
    assert main([*words, "0.1.0"]) in (1, 3)
    assert "CONCEPT" in capsys.readouterr().out
    assert (looks(tmp_path / "own"), json.loads(Path("own/0.1.0/bundle.json").read_text())["part"]) == (0, "develop")
    # Nobody answers here, so --unsealed is refused, and costs nothing; with --yes it costs the look.
    assert main([*words, "0.2.0", "--yes"]) == 2
    assert main([*words, "0.2.0", "--unsealed"]) == 2
    assert (looks(tmp_path / "own"), Path("own/0.2.0").exists()) == (0, False)
    assert "[L02]" in capsys.readouterr().err
    file = Path("own/contract.yaml")
    file.write_text("".join(one for one in file.read_text().splitlines(keepends=True) if not one.startswith("unconfirmed")))
    assert main([*words, "0.3.0"]) in (1, 3)
    assert looks(tmp_path / "own") == 0
    assert main(["seal", "own", "f.csv"]) == 0
    assert main([*words, "1.0.0"]) in (1, 3)
    assert (looks(tmp_path / "own"), json.loads(Path("own/1.0.0/bundle.json").read_text())["part"]) == (1, "audit")
