"""What of the scores is printed: nothing of a hidden group, and no piece of the curve under k."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.project import open_project
from smartstart_gov.canonical import pretty_json
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import BINS, Tally
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import PRIVATE_FILE
from smartstart_gov.evidence.publish import PRINTED, public_edition, safe_edges
from smartstart_gov.evidence.reperform import reperform, verify
from smartstart_gov.statistics.scores import FIGURES, ScoreTable, score_table
from tests.projects import rows, write_project
from tests.statistics.drawn import one

K = 10


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> EvidenceBundle:
    home = write_project(tmp_path_factory.mktemp("scores") / "help")
    frame = rows(3000, gap=0.3, unknown=0.04)
    few = frame.index[frame["origin"] == "B"][25:]
    return audit_predictions(frame.drop(index=few), open_project(home))


def pieces(truth: np.ndarray, score: np.ndarray, threshold: float, edges: tuple[int, ...]) -> np.ndarray:
    """Return rows of each class between neighbouring cuts: the edges and the threshold."""
    cuts = sorted({*(edge / BINS for edge in edges[:-1]), threshold})
    place = np.searchsorted(cuts, score, side="right") - 1
    return np.array([[(truth[place == i] == c).sum() for c in (0, 1)] for i in range(len(cuts))])


def drawn(seed: int, n: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    score = rng.beta(rng.uniform(0.3, 3), rng.uniform(0.3, 5), n)
    score = np.rint(score * steps) / steps if steps else score
    return (rng.random(n) < score).astype(np.int8), score


def cells(truth: np.ndarray, score: np.ndarray, threshold: float) -> np.ndarray:
    return np.bincount(truth * 2 + (score >= threshold), minlength=4)


thresholds = st.one_of(st.integers(1, BINS - 1).map(lambda j: j / BINS), st.floats(0.01, 0.99))


@given(st.integers(0, 10**6), st.integers(80, 3000), st.sampled_from([0, 5, 40]), thresholds)
def test_between_two_cuts_lie_at_least_k_of_each_class(seed: int, n: int, steps: int, threshold: float) -> None:
    truth, score = drawn(seed, n, steps)
    printed = cells(truth, score, threshold)
    if printed.min() < K:
        return
    edges = safe_edges(one(truth, score)[0], printed, threshold, K)
    assert edges is not None
    assert (edges[0], edges[-1]) == (0, BINS)
    assert pieces(truth, score, threshold, edges).min() >= K


def test_the_threshold_is_a_cut_too() -> None:
    """A quantile edge just beside the threshold is dropped: the difference would be a handful of rows."""
    rng = np.random.default_rng(0)
    score = np.concatenate([rng.uniform(0, 0.45, 1000), rng.uniform(0.55, 1, 1000), [0.499] * 3])
    truth = (np.arange(2003) % 2).astype(np.int8)
    seen = 0
    for threshold in (0.5, 0.498, 0.4995, 0.4985):
        edges = safe_edges(one(truth, score)[0], cells(truth, score, threshold), threshold, K)
        assert edges is not None
        assert pieces(truth, score, threshold, edges).min() >= K
        seen += len(edges)
    assert seen > 8


def test_decisions_of_another_rule_than_the_threshold_have_no_curve() -> None:
    truth, score = drawn(1, 2000, 0)
    assert safe_edges(one(truth, score)[0], cells(truth, score, 0.7), 0.3, K) is None


def test_an_attack_finds_a_broken_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    truth, score = drawn(3, 3000, 0)
    plain = safe_edges(one(truth, score)[0], cells(truth, score, 0.3), 0.3, 0)
    assert plain is not None
    assert pieces(truth, score, 0.3, plain).min() < K


def test_only_printed_groups_have_figures(bundle: EvidenceBundle) -> None:
    public, private = bundle.public, bundle.private
    assert private is not None
    assert isinstance(public.tally, PrintedTally)
    assert public.scores is not None
    assert private.scores is not None
    shown = {(m.attribute, r.name) for m in public.tally.margins for r in m.rows if r.kind in ("level", "unknown")}
    in_table = {(by[0], group) for by, group in zip(public.scores.by, public.scores.groups, strict=True) if by}
    assert in_table == shown
    assert ("origin", "B") not in in_table
    assert ("origin", "B") in {(by[0], g) for by, g in zip(private.scores.by, private.scores.groups, strict=True) if by}
    assert public.scores.figures == PRINTED
    assert private.scores.figures == FIGURES
    text = json.dumps(public.to_record())
    assert '"bins"' not in text
    assert '"bins"' in json.dumps(private.to_record())


def test_printed_figures_have_three_decimals(bundle: EvidenceBundle) -> None:
    assert bundle.public.scores is not None
    record = bundle.public.scores.to_record()
    reals = [x for name in ("value", "low", "high") for row in record[name] for x in row]
    reals += [x for name in ("score", "share", "low", "high") for x in record["curve"][name]]
    assert reals
    assert all(len(x.partition(".")[2]) <= 3 for x in reals if x is not None)


def test_the_printed_curve_keeps_the_rule(bundle: EvidenceBundle) -> None:
    public, private = bundle.public, bundle.private
    assert private is not None
    assert isinstance(private.tally, Tally)
    assert public.scores is not None
    curve = public.scores.curve
    assert curve is not None
    assert len(curve) >= 3
    assert sum(curve.rows) == private.tally.n
    assert all(min(p, n - p) >= K for n, p in zip(curve.rows, curve.positives, strict=True))


def test_where_not_even_the_total_is_printed_there_are_no_figures(bundle: EvidenceBundle) -> None:
    assert bundle.private is not None
    strict = bundle.private.policy.model_copy(
        update={"disclosure": bundle.private.policy.disclosure.model_copy(update={"k": 1000})}
    )
    public = public_edition(replace(bundle.private, policy=strict))
    assert isinstance(public.tally, PrintedTally)
    assert public.tally.total is None
    assert public.scores is None


def test_record_round_trip_is_identity(bundle: EvidenceBundle) -> None:
    for evidence in (bundle.public, bundle.private):
        assert evidence is not None
        assert evidence.scores is not None
        again = ScoreTable.from_record(json.loads(json.dumps(evidence.scores.to_record())))
        assert again.to_record() == evidence.scores.to_record()


@pytest.mark.slow
def test_evidence_without_scores_says_so_and_holds(bundle: EvidenceBundle) -> None:
    assert bundle.private is not None
    assert isinstance(bundle.private.tally, Tally)
    plain = replace(bundle.private, tally=replace(bundle.private.tally, scores={}), scores=None)
    assert plain.to_record()["scores"] is None
    assert "scores" not in plain.to_record()["tally"]
    assert Evidence.from_record(plain.to_record()).to_record() == plain.to_record()
    without = EvidenceBundle(public=public_edition(plain), private=plain)
    assert without.public.to_record()["scores"] is None
    assert reperform(without).differences == ()


@pytest.mark.slow
def test_the_table_is_recomputed_from_the_histogram(bundle: EvidenceBundle) -> None:
    assert bundle.private is not None
    assert isinstance(bundle.private.tally, Tally)
    again = score_table(bundle.private.tally, bundle.private.policy.attributes)
    assert again is not None
    assert bundle.private.scores is not None
    assert again.to_record() == bundle.private.scores.to_record()
    assert reperform(bundle).differences == ()


def edited(bundle: EvidenceBundle, change: Any, *, private: bool) -> EvidenceBundle:
    """Return the bundle with its records changed, and the link between the editions mended."""
    of_private, of_public = bundle.private, bundle.public
    assert of_private is not None
    if private:
        record = json.loads(json.dumps(of_private.to_record()))
        change(record)
        of_private = Evidence.from_record(record)
        of_public = replace(of_public, private_digest=of_private.digest)
    else:
        record = json.loads(json.dumps(of_public.to_record()))
        change(record)
        of_public = Evidence.from_record(record)
    return EvidenceBundle(public=of_public, private=of_private)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "private"),
    [
        (lambda b: b["scores"]["value"][1].__setitem__(0, "0.999"), True),
        (lambda b: b["scores"]["value"][1].__setitem__(0, "0.999"), False),
        # The Brier score of a group that is not printed: only the private histogram knows better.
        (lambda b: b["scores"]["value"][2].__setitem__(5, "0.001"), True),
        (lambda b: b["scores"]["curve"]["positives"].__setitem__(0, 12), False),
        (lambda b: b["scores"]["groups"].__setitem__(1, "C"), False),
        (lambda b: b.__setitem__("scores", None), True),
        (lambda b: b.__setitem__("scores", None), False),
    ],
)
def test_an_edited_figure_is_found_where_the_private_edition_is(bundle: EvidenceBundle, change: Any, private: bool) -> None:
    assert any("scores" in text for text in reperform(edited(bundle, change, private=private)).differences)


@pytest.mark.slow
def test_without_the_private_edition_a_curve_that_does_not_add_up_is_found(bundle: EvidenceBundle, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(bundle.home or Path(), tmp_path / "help")
    folder = replace(bundle, home=tmp_path / "help").write(version="1.0.0")
    assert verify(folder).ok
    (folder / PRIVATE_FILE).unlink()
    assert verify(folder).ok
    record = json.loads((folder / "bundle.json").read_bytes())
    record["scores"]["curve"]["rows"][0] += 5
    (folder / "bundle.json").write_bytes(pretty_json(record))
    public = EvidenceBundle(public=Evidence.from_record(record))
    assert any("scores.curve" in text for text in reperform(public).differences)
