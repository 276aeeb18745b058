"""What exports say is what the public evidence says: the same numbers, the same answers, and nothing that is suppressed."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartstart_gov.canonical import digest, pretty_json, real
from smartstart_gov.counting.tally import Tally
from smartstart_gov.documents.words import LANGUAGES
from smartstart_gov.evidence.bundle import EvidenceBundle, parse_evidence, read_bundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.exports.export import FORMATS, export
from smartstart_gov.release.decide import decide
from tests.documents import evidence as made
from tests.documents import scored
from tests.exports import cases

Triple = tuple[str, str, str]
#: A rate of a group: metric, attribute and group to numerator, denominator, value, low and high.
Rates = dict[Triple, tuple[str, ...]]


def table(evidence: Evidence, name: str, lang: str = "nl") -> list[dict[str, str]]:
    data = export(evidence, "csv", lang=lang).files[f"csv/{name}.csv"]
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def in_bundle(record: dict[str, Any]) -> Rates:
    """Return the rates of a bundle of which the counts are printed by themselves, read from its record alone."""
    metrics, found = record["metrics"], {}
    for r, (by, group, kind) in enumerate(zip(metrics["by"], metrics["groups"], metrics["kinds"], strict=True)):
        if kind not in ("overall", "level", "area") or len(by) > 1:
            continue
        for m, metric in enumerate(metrics["metrics"]):
            reals = (metrics[name][r][m] for name in ("value", "low", "high"))
            counts = (str(metrics[name][r][m]) for name in ("numerator", "denominator"))
            found[metric, "".join(by), f"{kind} {group}"] = (*counts, *(x or "" for x in reals))
    return found


def in_csv(evidence: Evidence) -> Rates:
    return {
        (row["metric"], row["by"], f"{row['kind']} {row['group']}"): tuple(
            row[name] for name in ("numerator", "denominator", "value", "low", "high")
        )
        for row in table(evidence, "rates")
        if row["state"] != "suppressed"
    }


def in_tad(evidence: Evidence) -> Rates:
    (data,) = export(evidence, "tad").files.values()
    (result,) = cases.read_yaml(data)["models"][0]["model_index"][0]["results"]
    found = {}
    for one in result["metrics"]:
        labels = {label["name"]: label for label in one["labels"] if label["type"] not in ("feature", "area")}
        if "numerator" not in labels:
            continue
        group = next((label for label in one["labels"] if label["type"] in ("feature", "area")), None)
        kind = "overall" if group is None else "area" if group["type"] == "area" else "level"
        key = (one["type"], "" if group is None else group["name"], f"{kind} {'overall' if group is None else group['value']}")
        counts = labels["numerator"]["value"], labels["denominator"]["value"]
        found[key] = (*counts, real(one["value"]) or "", labels["low"]["value"], labels["high"]["value"])
    return found


def in_cyclonedx(evidence: Evidence) -> list[tuple[str, ...]]:
    (data,) = export(evidence, "cyclonedx").files.values()
    card = json.loads(data)["metadata"]["component"]["modelCard"]
    found = []
    for one in card["quantitativeAnalysis"]["performanceMetrics"]:
        counted = re.fullmatch(r"(.*) \((\d+)/(\d+), (?:weighted, )?\w+ 95%\)", one["slice"])
        if counted is not None:
            interval = one["confidenceInterval"]
            found.append((one["type"], *counted.groups(), one["value"], interval["lowerBound"], interval["upperBound"]))
    return found


@pytest.mark.parametrize("name", cases.NAMES)
def test_rates_are_those_of_the_bundle_in_every_format(name: str) -> None:
    evidence = cases.evidence(name)
    told = in_bundle(json.loads(pretty_json(evidence.to_record())))
    assert in_csv(evidence) == told
    defined = {key: row for key, row in told.items() if row[2]}
    assert in_tad(evidence) == defined
    slices = [(m, f"{by}={g.partition(' ')[2]}" if by else "overall", *row) for (m, by, g), row in defined.items()]
    assert sorted(in_cyclonedx(evidence)) == sorted(slices)


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(st.floats(0, 0.4), st.integers(10, 200))
def test_rates_are_recounted_of_any_counts(unfair: float, k: int) -> None:
    evidence = made.public(unfair=unfair, of_policy=made.policy(disclosure={"k": k}))
    # Counted again from the four printed counts, without the library's own rates.
    rows = [
        row for margin in evidence.tally.to_record()["margins"] for row in margin["rows"] if row["kind"] in ("level", "area")
    ]
    by_name = {row["name"]: row["cells"] for row in rows}
    seen = set()
    for (metric, by, group), (numerator, denominator, value, *_) in in_csv(evidence).items():
        if by and metric == "false_positive_rate":
            tn, fp, _, _ = by_name[group.partition(" ")[2]]
            assert (int(numerator), int(denominator)) == (fp, tn + fp)
            assert value == real(fp / (tn + fp))
            seen.add(group.partition(" ")[2])
    assert seen == set(by_name)


@pytest.mark.parametrize("name", cases.NAMES)
def test_every_declared_group_has_a_line_and_the_suppressed_ones_are_empty(name: str) -> None:
    evidence = cases.evidence(name)
    rows = table(evidence, "rates")
    for attribute in evidence.policy.attributes:
        column = evidence.contract.column(attribute)
        shown = {row.name for row in evidence.tally.margin(attribute).rows if row.kind == "level"}
        for metric in evidence.metrics.metrics:
            states = {
                r["group"]: r["state"] for r in rows if (r["by"], r["metric"]) == (attribute, metric) and r["kind"] != "area"
            }
            assert set(states) == set(column.axis_levels)
            assert {group for group, state in states.items() if state != "suppressed"} == shown
    for row in rows:
        numbers = [row[name] for name in ("numerator", "denominator", "value", "low", "high", "confidence", "method")]
        if row["state"] == "suppressed":
            assert not any(numbers)
        else:
            assert all(numbers[i] for i in (0, 1, 5, 6))
            assert bool(row["value"]) is (row["state"] == "printed")


@pytest.mark.parametrize("name", cases.NAMES)
def test_the_other_tables_hold_what_the_bundle_holds(name: str) -> None:
    evidence = cases.evidence(name)
    record, files = evidence.to_record(), export(evidence, "csv").files
    table_of = record["disparities"]
    plain = [i for i, by in enumerate(table_of["by"]) if len(by) == 1]
    keys = ("metric", "measure", "between", "group", "other", "value", "low", "high")
    wanted = [[table_of[key][i] or "" for key in keys] for i in plain]
    found = table(evidence, "gaps") if "csv/gaps.csv" in files else []
    assert [[row[key] for key in keys] for row in found] == wanted
    told = in_csv(evidence)
    for row in found:
        beside = "" if row["between"] == "overall" else row["by"]
        other = "overall overall" if not beside else f"level {row['other']}"
        assert (row["numerator"], row["denominator"]) == told[row["metric"], row["by"], f"level {row['group']}"][:2]
        assert (row["other_numerator"], row["other_denominator"]) == told[row["metric"], beside, other][:2]
    assert ("csv/scores.csv" in files) is (record["scores"] is not None)
    if record["scores"] is not None:
        rows = table(evidence, "scores")
        scores = record["scores"]
        assert [row["value"] for row in rows] == [value or "" for values in scores["value"] for value in values]
        assert [row["high"] for row in rows] == [value or "" for values in scores["high"] for value in values]
        for row in rows:
            kind = "level" if row["by"] else "overall"
            if row["group"] != "unknown":
                assert (row["positives"], row["rows"]) == told["base_rate", row["by"], f"{kind} {row['group']}"][:2]
            else:
                assert (row["positives"], row["rows"]) == ("", "")
    if record["attribution"] is not None:
        effects = {(row["by"], row["group"], row["feature"]): row["value"] for row in table(evidence, "reliance")}
        of = record["attribution"]
        assert effects == {
            (by, group, feature): of["mean_absolute"][g][i]
            for g, (by, group) in enumerate(zip(of["by"], of["groups"], strict=True))
            for i, feature in enumerate(of["features"])
        }
    assert [(row["part"], int(row["rows"])) for row in table(evidence, "rows")] == [
        (part["name"], part["rows"]) for part in record["training"]["parts"]
    ]


def test_weights_are_said_beside_every_share_that_is_no_quotient() -> None:
    evidence = cases.evidence("weighted")
    assert {row["weighted"] for row in table(evidence, "rates")} == {"yes"}
    text = "".join(data.decode("utf-8") for data in export(evidence, ("cyclonedx", "huggingface"), lang="en").files.values())
    assert text.count(", weighted, wilson 95%)") == len(in_cyclonedx(evidence)) > 100
    assert "| Share, weighted |" in text


def _hidden_moved(private: Evidence) -> Evidence:
    """Return the private edition with one person of a hidden group in another hidden group of the same pool."""
    tally = private.tally
    assert isinstance(tally, Tally)
    counts = tally.counts.copy()
    # B06 and B12 lie in one district, and neither is printed.
    from_, to = made.NEIGHBOURHOODS.index("B06"), made.NEIGHBOURHOODS.index("B12")
    at = tuple(np.argwhere(counts[:, :, from_] > 0)[0])
    counts[(*at[:2], from_, *at[2:])] -= 1
    counts[(*at[:2], to, *at[2:])] += 1
    return replace(private, tally=replace(tally, counts=counts))


@pytest.mark.slow
def test_what_only_the_private_edition_knows_changes_no_byte() -> None:
    before = made.private()
    after = _hidden_moved(before)
    assert before.digest != after.digest
    one, other = public_edition(before), public_edition(after)
    # The public edition names the private one; all else in it is the same.
    assert replace(one, private_digest=other.private_digest).digest == other.digest
    bundle = EvidenceBundle(public=one, private=before)
    other_bundle = EvidenceBundle(public=replace(other, private_digest=before.digest), private=None)
    assert export(bundle, tuple(FORMATS)).files == export(other_bundle, tuple(FORMATS)).files


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_planted_counts_of_hidden_groups_are_nowhere(lang: str) -> None:
    """Of hidden groups and rows of unknown group the private edition has figures that are nobody else's; no file holds one."""
    private = scored.private()
    evidence = public_edition(private)
    files = export(EvidenceBundle(public=evidence, private=private), tuple(FORMATS), lang=lang).files
    printed = {cell for values in in_bundle(evidence.to_record()).values() for cell in values}
    hidden = [g for g in made.NEIGHBOURHOODS if g not in {r.name for r in evidence.tally.margin("neighbourhood").rows}]
    assert hidden
    planted = set()
    for by, group in [*(("neighbourhood", g) for g in hidden), ("origin", "unknown")]:
        for metric in private.metrics.metrics:
            found = private.metrics[metric, (by,), group]
            planted |= {text for x in (found.value, found.low, found.high) if (text := real(x)) is not None and len(text) > 6}
    planted -= printed
    assert len(planted) > 100
    for name, data in files.items():
        text = data.decode("utf-8")
        assert not {x for x in planted if x in text}, name


@pytest.mark.parametrize("name", cases.NAMES)
def test_every_answer_has_the_id_and_the_digest_of_its_finding(name: str) -> None:
    evidence = cases.evidence(name)
    findings = evidence.to_record()["verdict"]["findings"]
    behind = {one["id"]: digest(one) for one in findings}
    statuses = {one["id"]: one["status"] for one in findings}
    open_ = {id_ for id_, status in statuses.items() if status != "PASSED"}

    assert {row["finding"]: (row["digest"], row["status"]) for row in table(evidence, "findings")} == {
        id_: (behind[id_], statuses[id_]) for id_ in behind
    }
    (run,) = json.loads(export(evidence, "sarif").files["findings.sarif"])["runs"]
    assert {one["ruleId"]: one["partialFingerprints"]["findingDigest/v1"] for one in run["results"]} == {
        id_: behind[id_] for id_ in open_
    }
    bom = json.loads(export(evidence, "cyclonedx").files["model.cdx.json"])
    asked = bom["definitions"]["standards"][0]["requirements"]
    told = {one["identifier"]: {p["name"].partition(":")[2]: p["value"] for p in one["properties"]} for one in asked}
    assert {id_: (one["digest"], one["status"]) for id_, one in told.items()} == {
        id_: (behind[id_], statuses[id_]) for id_ in behind
    }
    for kind, wanted in (("tad", behind), ("huggingface", behind), ("junit", behind), ("register", open_)):
        text = "".join(data.decode("utf-8") for data in export(evidence, kind).files.values())
        entry = json.loads(text)["methods_and_models"] if kind == "register" else text
        missing = [id_ for id_ in wanted if f"{id_} {behind[id_]}" not in entry]
        assert not missing or (kind == "register" and export(evidence, kind).told), kind


@pytest.mark.parametrize("name", cases.NAMES)
def test_no_answer_that_is_not_shown_passes_in_junit(name: str) -> None:
    evidence = cases.evidence(name)
    root = ElementTree.fromstring(export(evidence, "junit").files["junit.xml"])
    findings, release = root
    refused = evidence.policy.stage("release").not_shown == "refused"
    cases_ = {case.get("name"): {child.tag for child in case} - {"system-out"} for case in findings.iter("testcase")}
    assert set(cases_) == {finding.id for finding in evidence.verdict.findings}
    for finding in evidence.verdict.findings:
        if finding.status == "PASSED":
            assert cases_[finding.id] == set()
        elif finding.status == "FAILED" and finding.severity != "warn":
            assert cases_[finding.id] == {"failure"}
        else:
            assert cases_[finding.id] == ({"error"} if finding.blocks and refused else {"skipped"})
    for suite in root:
        for tag, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped"), ("testcase", "tests")):
            assert int(suite.get(key, "")) == sum(1 for _ in suite.iter(tag))
    asks = evidence.policy.stage("release")
    result = decide(
        evidence.verdict.findings, "release", not_shown=asks.not_shown, signatures=asks.signatures, concept=evidence.concept
    )
    (case,) = release.iter("testcase")
    tags = {"refused": ["failure"], "not_shown": ["error"], "signatures_missing": ["skipped"], "allowed": []}
    assert [child.tag for child in case] == tags[result]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", cases.NAMES)
def test_bytes_are_the_same_of_the_evidence_and_of_what_was_written_of_it(name: str, lang: str) -> None:
    evidence = cases.evidence(name)
    again = parse_evidence(pretty_json(evidence.to_record()), "bundle.json")
    assert export(evidence, tuple(FORMATS), lang=lang) == export(again, tuple(FORMATS)[::-1], lang=lang)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def test_what_is_open_is_nowhere_called_declared() -> None:
    """A charter with everything open: fields that a standard leaves free are absent, and none holds the word open."""
    evidence = cases.evidence("vendor")
    entry = json.loads(export(evidence, "register").files["algoritmeregister.json"])
    assert not {"status", "publication_category", "human_intervention", "lawful_basis", "risks", "begin_date"} & set(entry)
    card = cases.read_yaml(export(evidence, "tad").files["system_card.yaml"])
    assert not {"human_intervention", "legal_base", "risk_management", "end_date", "status", "requirements", "measures"} & set(
        card
    )
    assert card["models"][0]["license"] == {"license_name": "nog niet ingevuld"}
    assert card["models"][0]["model_index"][0]["model"] == "nog niet ingevuld"
    bom = json.loads(export(evidence, "cyclonedx").files["model.cdx.json"])
    assert "ethicalConsiderations" not in bom["metadata"]["component"]["modelCard"]["considerations"]
    assert "licenses" not in bom["metadata"]["component"]
    for record in (entry, card, bom):
        assert "open" not in set(_texts(record))


@pytest.mark.slow
def test_a_draft_is_called_one_and_so_is_a_verdict_on_estimates_alone() -> None:
    draft, point, plain = (cases.evidence(name) for name in ("concept", "vendor", "not shown"))
    for evidence, signs in (
        (draft, ("CONCEPT. Vroege hulp", "develop")),
        (point, ("Let op: toeval is niet meegerekend", "point")),
    ):
        for kind in ("register", "huggingface"):
            assert signs[0] in _all(evidence, kind)
            assert signs[0] not in _all(plain, kind)
        for kind in ("tad", "cyclonedx", "sarif", "junit"):
            assert f'"{signs[1]}"' in _all(evidence, kind) or f": {signs[1]}\n" in _all(evidence, kind)
            assert f'"{signs[1]}"' not in _all(plain, kind)
    assert "is a draft" in export(draft, "csv").told[0]
    assert not export(plain, "csv").told


def _all(evidence: Evidence, kind: str) -> str:
    return "".join(data.decode("utf-8") for data in export(evidence, kind).files.values())


@pytest.mark.slow
def test_the_category_follows_from_the_pre_scan_and_is_never_guessed() -> None:
    def of(**prescan: Any) -> tuple[str | None, Any]:
        level = prescan.pop("level", "person")
        evidence = replace(
            cases.evidence("not shown"), charter=made.charter(prescan=prescan), contract=made.contract(aggregation_level=level)
        )
        entry = json.loads(export(evidence, "register").files["algoritmeregister.json"])
        card = cases.read_yaml(export(evidence, "tad").files["system_card.yaml"])
        return entry.get("publication_category"), card.get("ai_act_profile")

    assert of() == (None, None)
    assert of(**{"6.1.2": True}) == ("Hoog-risico AI-systeem", {"type": "AI-systeem", "risk_group": "hoog-risico AI"})
    impact = {"type": "impactvol algoritme", "risk_group": "geen hoog-risico AI"}
    assert of(**{"6.1.2": False}) == ("Impactvolle algoritmes", impact)
    area = {"level": "neighbourhood"}
    assert of(**area) == (None, None)
    assert of(**area, **{"6.1.2": False}) == (None, {"risk_group": "geen hoog-risico AI"})
    other = {"type": "niet-impactvol algoritme", "risk_group": "geen hoog-risico AI"}
    assert of(**area, **{"6.1.2": False, "6.1.3": False}) == ("Overige algoritmes", other)


def test_the_stored_bundle_of_the_corpus_is_the_evidence_that_is_named() -> None:
    bundle = read_bundle(cases.CORPUS)
    bom = json.loads(export(bundle, "cyclonedx").files["model.cdx.json"])
    said = {one["name"]: one["value"] for one in bom["metadata"]["component"]["properties"]}
    assert said["smartstart-gov:evidence"] == digest(json.loads((cases.CORPUS / "bundle.json").read_bytes()))
    assert bom["metadata"]["component"]["hashes"] == [
        {"alg": "SHA-256", "content": digest((cases.CORPUS / "model.skops").read_bytes()).removeprefix("sha256:")}
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_calls_a_draft_a_draft(name: str) -> None:
    evidence = made.public()
    draft, final = (
        b"".join(export(one, name).files.values()).decode("utf-8").casefold()
        for one in (replace(evidence, look=None), evidence)
    )
    said = re.compile(r'concept\. |draft,yes|"draft"[^}]*"yes"|draft[^a-z]+yes')
    assert said.search(draft)
    assert not said.search(final)
