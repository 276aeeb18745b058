"""Re-performance of a forged pair of editions that holds: every edit of one of them is told, and where."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.canonical import digest
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import MANIFEST_FILE, PRIVATE_FILE, PUBLIC_FILE, VersionFolder
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.reperform import judged, reperform, verify
from tests.documents import scored

MODEL = b"a model"


@cache
def private() -> Evidence:
    plain = scored.private()
    return replace(plain, training=replace(plain.training, model_digest=digest(MODEL)))


def pair(of: Evidence | None = None, **more: Any) -> EvidenceBundle:
    return EvidenceBundle(
        **({"public": public_edition(of or private()), "private": of or private(), "model_bytes": MODEL} | more)
    )


@cache
def whole() -> EvidenceBundle:
    return pair()


def with_status(evidence: Evidence, at: int, status: Any) -> Evidence:
    findings = list(evidence.verdict.findings)
    assert findings[at].status != status
    findings[at] = replace(findings[at], status=status)
    return replace(evidence, verdict=replace(evidence.verdict, findings=tuple(findings)))


def control() -> int:
    """Where a control stands that passed."""
    found = private().verdict.findings
    return next(i for i, one in enumerate(found) if one.id.startswith("control.") and one.status == "PASSED")


N = len(private().verdict.findings)
LIMITS = sum(one.limit is not None for one in private().verdict.findings)


def test_what_holds_is_recomputed_whole() -> None:
    found = reperform(whole())
    assert (found.differences, found.edition, found.recomputed, found.findings) == ((), "private", N, N)
    half = reperform(replace(whole(), private=None))
    assert (half.differences, half.edition, half.findings) == ((), "public", N)
    # One limit is over neighbourhoods that are hidden.
    assert half.recomputed == N - 1


def test_without_scores_there_are_none_again() -> None:
    evidence = replace(private(), scores=None, tally=replace(private().tally, scores={}))  # type: ignore[type-var]  # a full tally
    assert reperform(pair(evidence)).differences == ()


@pytest.mark.parametrize(
    ("model", "named", "said"),
    [
        (MODEL, MODEL, []), (None, None, []), (None, MODEL, ["model: the file named in the training record is missing"]),
        (b"x", MODEL, ["model: the file is not the one named in the training record"]),
        (MODEL, None, ["model: the file is not the one named in the training record"]),
    ],
)  # fmt: skip
def test_the_model_file_is_the_one_that_is_named(model: bytes | None, named: bytes | None, said: list[str]) -> None:
    training = replace(private().training, model_digest=None if named is None else digest(named))
    public = replace(whole().public, training=training)
    found = reperform(EvidenceBundle(public=public, model_bytes=model)).differences
    assert [line for line in found if line.startswith("model")] == said


def test_an_edit_of_the_private_edition_is_told_without_its_numbers() -> None:
    found = reperform(pair(with_status(private(), control(), "FAILED"))).differences
    assert f"private.verdict.findings[{control()}].status: differs from what the counts give" in found
    assert not [line for line in found if not line.startswith("private.verdict")]
    (line,) = reperform(pair(replace(private(), scores=None))).differences
    assert line == "private.scores: differs from what the counts give"


def test_an_edit_of_the_public_edition_is_told_with_its_numbers() -> None:
    public = with_status(whole().public, control(), "FAILED")
    for bundle in (replace(whole(), public=public), EvidenceBundle(public=public, model_bytes=MODEL)):
        found = reperform(bundle).differences
        assert f"public.verdict.findings[{control()}].status: bundle says 'FAILED', counts give 'PASSED'" in found


@pytest.mark.parametrize("said", ["look.alpha", "training.threshold", "training.one_sided"])
def test_accounts_of_look_threshold_and_selection_are_held_against_the_counts(said: str) -> None:
    of, look = private(), private().look
    assert look is not None
    training = {"training.threshold": {"threshold": "0.36"}, "training.one_sided": {"one_sided": ("nobody origin",)}}
    told = replace(look, alpha="0.04") if said == "look.alpha" else look
    evidence = replace(of, look=told, training=replace(of.training, **training.get(said, {})))
    assert said in [line.partition(":")[0] for line in reperform(pair(evidence)).differences]


def test_by_rules_that_are_not_whole_nothing_is_judged() -> None:
    evidence = replace(private(), rules=replace(private().rules, policy="sha256:x"))
    found = reperform(pair(evidence), extra=("log: x",))
    assert found.differences == ("log: x", "rules.policy: it differs from the bundle's policy")
    assert (found.recomputed, found.findings) == (0, N)
    # What is wrong elsewhere keeps nothing from being judged.
    assert reperform(whole(), extra=("log: x",)).recomputed == N


def test_what_cannot_be_performed_again_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("smartstart_gov.evidence.reperform.measure", breaks)
    for bundle, edition in ((whole(), "private"), (replace(whole(), private=None), "public")):
        found = reperform(bundle, extra=("log: x",))
        assert found.differences == ("log: x", "evidence: it cannot be re-performed (ZeroDivisionError)")
        assert (found.edition, found.recomputed, found.findings) == (edition, 0, N)
        assert (found.name, found.version) == ("early_help", "1.0.0")


def test_a_control_that_cannot_be_asked_again_has_its_recorded_answer_or_is_told() -> None:
    of, name = private(), "control.R99"
    asked = next(one for one in of.rules.controls if one.id.startswith("control."))
    older = replace(of, rules=replace(of.rules, controls=(*of.rules.controls, replace(asked, id=name))))
    silent = reperform(pair(older))
    assert (silent.differences, silent.recomputed) == ((f"{name}: it is in the rules but has no finding",), N)
    answer = replace(of.verdict.findings[control()], id=name)
    told = reperform(pair(replace(older, verdict=replace(of.verdict, findings=(*of.verdict.findings, answer)))))
    assert (told.differences, told.recomputed, told.findings) == ((), N, N + 1)
    assert [line.partition(":")[0] for line in told.not_recomputed] == [name]


def test_evidence_without_an_account_of_its_look_is_asked_all_the_same() -> None:
    found = reperform(pair(replace(private(), look=None))).differences
    assert not [line for line in found if "cannot be re-performed" in line]


@pytest.fixture
def later_method(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library judges by another method than the evidence was judged by."""
    monkeypatch.setattr("smartstart_gov.judgement.judge.METHOD", 2)
    monkeypatch.setattr("smartstart_gov.evidence.verdict.METHOD", 2)


@pytest.mark.usefixtures("later_method")
def test_by_another_method_the_limits_keep_their_answers_and_that_is_said() -> None:
    for bundle in (whole(), replace(whole(), private=None)):
        found = reperform(bundle)
        assert (found.differences, found.recomputed, found.findings) == ((), N - LIMITS, N)
        assert [line.partition(": ")[2] for line in found.not_recomputed] == [
            "judged by method 1; this version of the library uses method 2"
        ] * LIMITS
    kept = with_status(private(), 0, "FAILED")
    assert kept.verdict.findings[0].limit is not None
    assert reperform(pair(kept)).differences == ()


@pytest.mark.usefixtures("later_method")
def test_by_another_method_a_control_that_is_kept_has_one_answer() -> None:
    of = private()
    asked = next(one for one in of.rules.controls if one.id.startswith("control."))
    answer = replace(of.verdict.findings[control()], id="control.R99")
    older = replace(
        of, rules=replace(of.rules, controls=(*of.rules.controls, replace(asked, id="control.R99"))),
        verdict=replace(of.verdict, findings=(*of.verdict.findings, answer)),
    )  # fmt: skip
    assert [one.id for one in judged(older).findings].count("control.R99") == 1


@pytest.mark.usefixtures("later_method")
def test_by_another_method_counts_and_controls_are_what_they_were() -> None:
    assert reperform(pair(with_status(private(), control(), "FAILED"))).differences != ()
    metrics = whole().public.metrics
    for name, told in (("value", True), ("low", False), ("high", False), ("numerator", True), ("denominator", True)):
        values = getattr(metrics, name).copy()
        values[0, 0] = values[0, 0] + (1 if name.endswith("ator") else 0.01)
        public = replace(whole().public, metrics=replace(metrics, **{name: values}))
        for bundle in (EvidenceBundle(public=public, model_bytes=MODEL), replace(whole(), public=public)):
            found = [line for line in reperform(bundle).differences if line.startswith(f"public.metrics.{name}")]
            assert bool(found) == told, name


@pytest.mark.usefixtures("later_method")
def test_by_another_method_words_of_limits_are_kept_and_statuses_are_those_of_the_private_edition() -> None:
    public = with_status(whole().public, 0, "FAILED")
    assert [line for line in reperform(replace(whole(), public=public)).differences if "findings[0].status" in line]
    first = whole().public.verdict.findings[0]
    findings = (replace(first, comparisons=99), *whole().public.verdict.findings[1:])
    public = replace(whole().public, verdict=replace(whole().public.verdict, findings=findings))
    assert reperform(replace(whole(), public=public)).differences == ()


# ------------------------------------------------------------------------------------------------------------ a folder
@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "help").mkdir()
    return replace(whole(), home=tmp_path / "help").write(version="1.0.0")


def test_a_folder_is_verified_as_far_as_it_goes(folder: Path, tmp_path: Path) -> None:
    home = folder.parent
    # It was forged: its look is in no log, and nobody authored anything.
    assert [line.rpartition(" ")[2] for line in verify(folder).differences] == ["[P08]", "[E01]", "[E01]", "look"]
    assert verify(folder).differences[-1] == "log: look: the log has no such look"
    VersionFolder(folder).add({"card.nl.pdf": b"%PDF-"})
    left = ".card.nl.pdf.0123456789abcdef.tmp"
    (folder / left).write_bytes(b"%PDF-")
    assert verify(folder).unfinished == (left,)
    (folder / left).unlink()
    alone = folder.rename(tmp_path / "alone")
    found = verify(alone)
    assert (found.differences, found.edition, found.unchecked, found.recomputed) == ((), "private", ("log", "authored"), N)
    (alone / PRIVATE_FILE).unlink()
    assert (verify(alone).edition, verify(alone).unchecked) == ("public", ("log", "authored", "private"))
    assert verify(alone, project=home).unchecked == ("private",)


def test_a_folder_that_does_not_read_is_told_under_its_name(folder: Path, tmp_path: Path) -> None:
    alone = folder.rename(tmp_path / "alone")
    (alone / PUBLIC_FILE).write_bytes(b"{}")
    found = verify(alone)
    assert (found.name, found.version, found.recomputed, found.findings) == ("early_help", "1.0.0", 0, 0)
    assert [line.rpartition(" ")[2] for line in found.differences] == ["[A01]", "[A02]"]
    assert all(line.startswith(str(alone)) for line in found.differences)
    (alone / MANIFEST_FILE).unlink()
    found = verify(alone)
    assert (found.name, found.version, found.edition) == (tmp_path.name, "alone", "public")
    assert (found.recomputed, found.findings, found.unchecked) == (0, 0, ())
    (line,) = found.differences
    assert line.endswith("[A02]")
    nothing: Any = 3
    with pytest.raises(Refused):
        verify(nothing)
