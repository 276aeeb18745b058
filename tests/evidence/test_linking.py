"""A loss in linking reaches the verdict: found and named where it follows a group, silent where it does not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks import linking
from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.project import open_project
from smartstart_gov.controls.linking import RULES, LinkLosses
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.bundle import parse_evidence, read_bundle
from smartstart_gov.evidence.edition import LOST
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.reperform import verify
from smartstart_gov.intake.link import link
from smartstart_gov.judgement.finding import Finding
from smartstart_gov.release.gate import gate
from tests import linked
from tests.projects import SOURCE, contract, rows, write_project


@pytest.mark.slow
def test_the_simulation_finds_what_is_planted_and_is_silent_else() -> None:
    """A seeded part of `benchmarks.linking`: 8 % of one group is found and named in every seed, no loss names nobody."""
    results = {s.name: linking.simulate(s, 12) for s in linking.SITUATIONS if s.alike < 0.05}
    none = results["nobody is lost"]
    assert (none.wrong, none.status) == (0, {"PASSED": 12})
    for name in ("8 % of a group of 200", "2 % of everybody, 8 % more of a group of 200"):
        one = results[name]
        assert (one.found, one.named, one.wrong, one.status) == (12, 12, 0, {"FAILED": 12}), name
    # Eight lost rows are fewer than may be printed: the group is found, and not named.
    small = results["8 % of a group of 100"]
    assert (small.found, small.named, small.wrong) == (12, 0, 0)
    # 1 % over all groups, columns and sources: of 12 seeds three named ones have a chance of 1 in 4 500.
    assert results["2 % of everybody"].wrong <= 2
    assert linking.table(list(results.values())).count("\n") == len(results) + 1


def test_groups_too_small_to_print_are_not_printed() -> None:
    made = linked.exactly({"A": 900, "B": 60, "C": 40}, {"C": 0.1})
    losses = LinkLosses.of(link(made, linked.contract()).report, 5)
    assert [(n.attribute, n.level, n.lost) for n in losses.named] == [("origin", None, None)]
    assert not any(one.groups for one in losses.printed().report.sources)


def _project(home: Path, **link_changes: Any) -> Path:
    sources = {"register": SOURCE, "school": SOURCE}
    columns = [{**c, "source": "school"} if c["name"] == "income" else c for c in contract()["columns"]]
    links = [{"source": "school", "key": "key", "expected_share": 0.97, **link_changes}]
    return write_project(home, contract=contract(sources=sources, columns=columns, links=links))


def _frames(lost: float, level: str = "C") -> dict[str, Any]:
    table = rows(4000)
    of_group = table.index[table["origin"] == level]
    gone = of_group[: round(lost * len(of_group))]
    return {"register": table.drop(columns="income"), "school": table.drop(index=gone)[["key", "income"]]}


def _findings(bundle: Any) -> dict[str, Finding]:
    return {f.id: f for f in bundle.public.verdict.findings if f.id.startswith("rows.linking")}


def test_a_planted_loss_blocks_in_both_editions_and_is_re_performed(tmp_path: Path) -> None:
    project = open_project(_project(tmp_path / "help"))
    made = _frames(0.08, "B")
    bundle = audit_predictions(link(made, project.contract), project)
    found = _findings(bundle)
    assert {id_: f.status for id_, f in found.items()} == {"rows.linking_groups": "FAILED", "rows.linking_share": "PASSED"}
    told = found["rows.linking_groups"].reason.text()
    assert "In linking with school, this group loses rows more often than the others: B (origin)" in told
    parts = {part.name: part.rows for part in bundle.public.training.parts}
    lost = len(made["register"]) - len(made["school"])
    assert (bundle.public.training.read, parts["not_linked"]) == (4000, lost)
    folder = bundle.write(version="1.0.0")
    assert verify(folder).ok
    assert any("loses rows more often" in reason for reason in gate(folder, stage="shadow").reasons)
    # Without the private edition the answer is re-performed from what is printed.
    (folder / "bundle.private.json").unlink()
    assert verify(folder).ok


@pytest.mark.parametrize(("level", "named"), [("B", True), ("C", False)])
def test_a_group_lost_in_linking_is_named_where_its_counts_are_printed(level: str, named: bool, tmp_path: Path) -> None:
    """Those of C are in a pool with the few of whom origin is unknown: how many of C were linked would tell how few."""
    project = open_project(_project(tmp_path / "help"))
    bundle = audit_predictions(link(_frames(0.08, level), project.contract), project)
    assert bundle.public.losses is not None
    assert bundle.private.losses is not None
    assert [one.level for one in bundle.private.losses.named] == [level]
    assert [one.level for one in bundle.public.losses.named] == [level if named else None]
    assert (level in _findings(bundle)["rows.linking_groups"].reason.values.values()) == named
    # Beside an earlier version no attribute is printed, and so no name.
    again = public_edition(replace(bundle.private, withheld=("origin",)))
    assert again.losses is not None
    assert again.losses.named[0].level is None
    assert {f.id: f for f in again.verdict.findings}["rows.linking_groups"].reason.code == "linking.groups_hidden"
    alone = public_edition(replace(bundle.private, withheld=(LOST,)))
    assert alone.losses is not None
    assert alone.losses.named[0].level is None
    assert alone.tally == bundle.public.tally


def test_of_groups_lost_in_linking_one_keeps_its_name() -> None:
    """Two that lost many tell of a third, with all that were lost; so do one in the other."""
    losses = LinkLosses.of(
        link(linked.exactly({"A": 900, "B": 200, "C": 200}, {"B": 0.2, "C": 0.2}), linked.contract()).report, 5
    )
    assert [one.level for one in losses.named] == ["B", "C"]
    both = {("origin", "B"), ("origin", "C")}
    assert [(one.level, one.lost) for one in losses.printed(both).named] == [("B", 40), (None, None)]
    assert [one.level for one in losses.printed({("origin", "C")}).named] == ["C", None]
    assert [one.level for one in losses.printed(()).named] == [None, None]
    assert losses.printed().named == losses.named


def test_a_changed_answer_does_not_read(tmp_path: Path) -> None:
    project = open_project(_project(tmp_path / "help"))
    folder = audit_predictions(link(_frames(0.08), project.contract), project).write(version="1.0.0")
    private = read_bundle(folder).private
    assert private is not None
    assert private.losses is not None
    record = json.loads((folder / "bundle.private.json").read_text(encoding="utf-8"))
    record["losses"]["named"] = []
    with pytest.raises(Exception, match="cannot be read as evidence"):
        parse_evidence(json.dumps(record).encode(), "here")
    honest = replace(private.losses, named=())
    with pytest.raises(ValueError, match="does not follow from the counts"):
        LinkLosses.from_record(honest.to_record())


def test_the_rule_travels_in_the_evidence_and_is_printed_from_there(tmp_path: Path) -> None:
    """Whoever reads the evidence later sees by what rule a group was found lost, also where another rule is used by then."""
    project = open_project(_project(tmp_path / "help"))
    bundle = audit_predictions(link(_frames(0.08), project.contract), project)
    private = bundle.private
    for edition in (bundle.public, private):
        rule = {"alpha": "0.01", "smallest": "0.01", "margin": "0.05", "shown": "0.05"}
        assert edition.to_record()["losses"]["rule"] == rule
    other = replace(RULES[-1], alpha=0.03, smallest=0.07)
    assert bundle.public.losses is not None
    changed = replace(bundle.public, losses=replace(bundle.public.losses, rule=other))
    for kind in ("technical_annex", "dpia"):
        dutch, plain, moved = (
            " ".join(builder_of(kind)(evidence, Words(lang)).to_text().split())
            for evidence, lang in ((bundle.public, "nl"), (bundle.public, "en"), (changed, "en"))
        )
        assert "van elke honderd rijen raakt zij er ten minste 1 meer kwijt dan de andere groepen" in dutch
        assert "is at most 1 in a hundred. The answer 'shown' requires more" in plain
        assert "loses less than 5 more per hundred rows" in plain
        assert "it loses at least 7 more than the other groups do" in moved
        assert "is at most 3 in a hundred. The answer 'shown' requires more" in moved
    # Numbers that never were a rule of the library do not read: with them nobody need have been named.
    record = private.losses.to_record()
    with pytest.raises(ValueError, match="none of this library"):
        LinkLosses.from_record({**record, "rule": {**record["rule"], "smallest": "0.5"}})
    # Evidence of before says nothing of the rule, and reads as it was written.
    before = {key: value for key, value in record.items() if key != "rule"}
    assert LinkLosses.from_record(before).to_record() == before


def test_too_few_rows_an_old_extract_and_unseen_linking(tmp_path: Path) -> None:
    project = open_project(_project(tmp_path / "help", moment="changed", maximum_days=10, expected_share=0.999))
    made = _frames(0.08)
    made["school"]["changed"] = pd.Timestamp("2020-01-01")
    failed = _findings(audit_predictions(link(made, project.contract), project))
    assert [f.status for f in failed.values()] == ["FAILED", "FAILED", "FAILED"]
    assert "Expected" in failed["rows.linking_share"].reason.text() or "expected" in failed["rows.linking_share"].reason.text()
    assert "days old" in failed["rows.linking_age"].reason.text()
    other = open_project(_project(tmp_path / "other"))
    unseen = _findings(audit_predictions(rows(4000), other))
    assert [f.status for f in unseen.values()] == ["NOT_SHOWN", "NOT_SHOWN"]
    assert "not known" in unseen["rows.linking_groups"].reason.text()


def test_a_contract_without_links_has_no_such_findings(tmp_path: Path) -> None:
    bundle = audit_predictions(rows(3000), open_project(write_project(tmp_path / "help")))
    assert not _findings(bundle)
    assert bundle.public.to_record()["losses"] is None
