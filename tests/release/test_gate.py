"""The gate: every exit code, from a real folder."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.names import STAGES
from smartstart_gov.authoring.project import open_project
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.folder import Examined, Manifest, VersionFolder
from smartstart_gov.evidence.reperform import verify
from smartstart_gov.evidence.rules import DOCUMENTS
from smartstart_gov.judgement.finding import Finding, Message
from smartstart_gov.ledger import Ledger
from smartstart_gov.looks.looks import Standing
from smartstart_gov.release.gate import Decision, _answer, _uncounted, gate, gravest
from tests.corpus.sound import FORMATS, a_count_made_rounder, copy, edited, logged_again
from tests.documents import evidence as made
from tests.projects import TEXT, policy, rows, write_project


@cache
def plain() -> Path:
    """Audit the plain project once; tests get copies."""
    return build(Path(tempfile.mkdtemp(prefix="gate-")) / "help")


def released(home: Path, **given: object) -> Path:
    """Write a project, audit synthetic predictions, and add stand-ins for the documents."""
    if given:
        return build(home, **given)  # type: ignore[arg-type]  # by name
    return shutil.copytree(plain().parent, home) / "1.0.0"


def build(home: Path, *, documents: bool = True, data: object | None = None, **files: object) -> Path:
    """Do what `released` says, from the first file on."""
    write_project(home, **files)  # type: ignore[arg-type]  # files by name
    folder = audit_predictions(rows() if data is None else data, open_project(home)).write(version="1.0.0")
    if documents:
        VersionFolder(folder).add({name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS})
    return folder


def without_model_controls() -> dict[str, object]:
    """Return a policy whose release accepts what nobody can know of a model that was not seen."""
    stages = {
        "shadow": {"not_shown": "accepted", "signatures": []},
        "trial": {"not_shown": "accepted", "signatures": []},
        "release": {"not_shown": "accepted", "signatures": ["owner", "dpo"]},
    }
    return policy(stages=stages)


@pytest.mark.slow
def test_a_broken_limit_is_refused(tmp_path: Path) -> None:
    decision = gate(released(tmp_path / "help", data=rows(gap=0.4)))
    assert (decision.result, decision.exit_code) == ("refused", 1)
    assert any("limit.alarm" in reason for reason in decision.reasons)
    assert len(set(decision.reasons)) == len(decision.reasons), "nothing is told twice"
    assert gate(tmp_path / "help" / "1.0.0", stage="shadow").exit_code == 1


@pytest.mark.slow
def test_missing_evidence_is_not_shown_at_release_and_may_enter_shadow(tmp_path: Path) -> None:
    folder = released(tmp_path / "help")
    decision = gate(folder)
    assert decision.exit_code == 3
    assert any("R16" in line and "Ask the provider of the model" in line for line in decision.reasons), (
        "it says what would help"
    )
    assert gate(folder, stage="shadow").exit_code == 0
    assert gate(folder, stage="trial").exit_code == 5


@pytest.mark.slow
def test_only_signatures_are_missing(tmp_path: Path) -> None:
    decision = gate(released(tmp_path / "help", policy=without_model_controls()))
    assert (decision.result, decision.exit_code) == ("signatures_missing", 5)


@pytest.mark.slow
def test_without_documents_nothing_is_released(tmp_path: Path) -> None:
    decision = gate(released(tmp_path / "help", documents=False, policy=without_model_controls()))
    assert decision.exit_code == 3
    (line,) = [reason for reason in decision.reasons if reason.startswith("NOT_SHOWN documents")]
    assert all(name in line for name in DOCUMENTS)


@pytest.mark.parametrize(("stage", "asked"), [("shadow", False), ("trial", True), ("release", True)])
def test_documents_are_asked_before_a_model_touches_anybody(tmp_path: Path, stage: str, asked: bool) -> None:
    """Shadow runs beside the work and touches nobody; a trial does."""
    roles = {"shadow": [], "trial": [], "release": ["owner"]}
    unsigned = {name: {"not_shown": "accepted", "signatures": some} for name, some in roles.items()}
    folder = released(tmp_path / "help", documents=False, policy=policy(stages=unsigned))
    decision = gate(folder, stage=stage)
    told = [reason for reason in decision.reasons if reason.startswith("NOT_SHOWN documents")]
    assert (decision.result, len(told)) == (("not_shown", 1) if asked else ("allowed", 0))
    stand_ins = {name: b"%PDF- stand-in " + name.encode() for name in DOCUMENTS}
    VersionFolder(folder).add(dict(list(stand_ins.items())[:-1]))
    told = [reason for reason in gate(folder, stage=stage).reasons if reason.startswith("NOT_SHOWN documents")]
    # One that is missing is missing, and the others are not named.
    assert [name for name in DOCUMENTS if any(name in reason for reason in told)] == ([list(DOCUMENTS)[-1]] if asked else [])
    VersionFolder(folder).add(dict(list(stand_ins.items())[-1:]))
    assert gate(folder, stage=stage).exit_code == (5 if stage == "release" else 0)


@pytest.mark.slow
@pytest.mark.parametrize("file", ["policy.yaml", "contract.yaml", "charter.yaml"])
@pytest.mark.parametrize("how", ["edited", "deleted", "unreadable"])
def test_what_was_edited_since_the_audit_breaks_the_evidence(tmp_path: Path, file: str, how: str) -> None:
    folder = released(tmp_path / "help")
    authored = tmp_path / "help" / file
    if how == "deleted":
        authored.unlink()
    else:
        text = authored.read_text()
        authored.write_text(text.replace(TEXT["en"], "Another sentence.") if how == "edited" else "{")
    decision = gate(folder)
    assert decision.exit_code == 4
    assert any(file in reason for reason in decision.reasons)


@pytest.mark.slow
def test_a_comment_is_no_edit(tmp_path: Path) -> None:
    folder = released(tmp_path / "help")
    authored = tmp_path / "help" / "policy.yaml"
    authored.write_text("# a remark\n" + authored.read_text())
    assert gate(folder).exit_code == 3


@pytest.mark.slow
def test_a_manifest_that_the_log_does_not_know_is_no_evidence(tmp_path: Path) -> None:
    folder = released(tmp_path / "help")
    newest = max((tmp_path / "help" / "log").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    newest.unlink()
    assert gate(folder).exit_code == 4


@pytest.mark.slow
def test_another_name_for_the_folder_is_found(tmp_path: Path) -> None:
    folder = released(tmp_path / "help")
    shutil.copytree(folder, folder.parent / "2.0.0")
    assert gate(folder.parent / "2.0.0").exit_code == 4


def test_a_path_may_be_text(tmp_path: Path) -> None:
    folder = released(tmp_path / "help")
    assert gate(str(folder), project=str(folder.parent)).to_record() == gate(folder).to_record()
    assert verify(str(folder)).ok
    assert read_bundle(str(folder)).public.digest == read_bundle(folder).public.digest


@pytest.mark.slow
def test_the_private_edition_may_be_absent_and_the_decision_says_so(tmp_path: Path) -> None:
    folder = released(tmp_path / "help", data=rows(gap=0.4))
    (folder / "bundle.private.json").unlink()
    decision = gate(folder)
    assert (decision.exit_code, decision.edition) == (1, "public")


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    nothing: Any = 3
    for call in (lambda: gate(tmp_path / "nowhere"), lambda: gate(tmp_path, stage="someday"), lambda: gate(nothing)):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.exit_code == 2


def test_the_gravest_of_several_wins() -> None:
    assert [gravest(codes) for codes in ([0, 5, 3], [3, 1], [1, 2], [2, 4, 0], [5, 0], [0])] == [3, 1, 2, 4, 5, 0]


def test_a_decision_says_what_it_is_and_only_allowed_is_true() -> None:
    codes = {"allowed": 0, "refused": 1, "not_shown": 3, "evidence_broken": 4, "signatures_missing": 5}
    for result, code in codes.items():
        decision = Decision(
            name="help", version="1.0.0", stage="trial", result=result, edition="public", reasons=("One.", "Another."),  # type: ignore[arg-type]  # its keys are the results
        )  # fmt: skip
        assert (decision.exit_code, decision.allowed, bool(decision)) == (code, code == 0, code == 0)
        assert decision.headline() == f"Decision {result}: help 1.0.0 to trial, 2 reasons"
        assert decision.table() == (["reason"], [["One."], ["Another."]])
        assert decision.to_record() == {
            "name": "help", "version": "1.0.0", "stage": "trial", "result": result, "exit_code": code, "edition": "public",
            "reasons": ["One.", "Another."],
        }  # fmt: skip


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("stage", STAGES)
def test_a_number_that_does_not_follow_from_the_counts_is_no_evidence_though_the_log_has_it(
    tmp_path: Path, private: bool, stage: str
) -> None:
    """Whoever writes log and evidence can write another number in both; the gate counts again."""
    version = copy(FORMATS[-1], tmp_path, private=private)
    then = gate(version, stage=stage).result
    assert then == {"shadow": "allowed", "trial": "signatures_missing", "release": "not_shown"}[stage]
    assert gate(logged_again(version), stage=stage).result == then, "a log that says the same changes nothing"
    decision = gate(logged_again(edited(version, a_count_made_rounder)), stage=stage)
    assert (decision.result, decision.edition) == ("evidence_broken", None)
    assert any("Re-performed from the counts" in reason and "[A01]" in reason for reason in decision.reasons)


def test_a_folder_without_a_project_has_no_log_to_be_held_against(tmp_path: Path) -> None:
    lone = shutil.copytree(copy(FORMATS[-1], tmp_path, private=True), tmp_path / "lone" / "1.0.0")
    decision = gate(lone, stage="shadow")
    assert (decision.result, decision.edition) == ("evidence_broken", None)
    assert any("lies in no project" in reason and "[A13]" in reason for reason in decision.reasons)
    assert gate(lone, project=tmp_path / "help", stage="shadow").result == "allowed"


def test_a_warning_stops_nothing_and_is_no_reason(tmp_path: Path) -> None:
    """Breached or not shown, a limit that only warns is told on the card and not by the gate."""
    alarm, chosen = policy()["limits"]
    tight = chosen | {"id": "tight", "at_most": 0.03, "severity": "warn"}
    given = policy(limits=[alarm | {"severity": "warn"}, tight, chosen])
    folder = released(tmp_path / "help", documents=False, policy=given, data=rows(gap=0.4))
    of = {f.id: f.status for f in read_bundle(folder).public.verdict.findings}
    assert (of["limit.alarm"], of["limit.tight"], of["limit.chosen"]) == ("FAILED", "NOT_SHOWN", "PASSED")
    decision = gate(folder, stage="shadow")
    assert decision.result == "allowed"
    assert decision.reasons, "what is accepted though it is not shown is told"
    assert not any("limit." in reason for reason in decision.reasons)


def test_while_a_render_is_half_done_no_stage_is_open(tmp_path: Path) -> None:
    version = copy(FORMATS[-1], tmp_path, private=True)
    assert gate(version, stage="shadow").result == "allowed"
    left = f".{next(iter(DOCUMENTS))}.0123456789abcdef.tmp"
    (version / left).write_bytes(b"%PDF- half")
    decision = gate(version, stage="shadow")
    assert decision.result == "not_shown"
    assert [left in reason and "render again" in reason for reason in decision.reasons if "documents" in reason] == [True]


NOTHING = Message(code="remedy.none", values={})
ASKS: dict[str, Any] = {stage: {"not_shown": "refused", "signatures": (), "documents": ()} for stage in STAGES}


def finding(name: str, status: Any, severity: Any = "block", stage: Any = "shadow", remedy: Message = NOTHING) -> Finding:
    reason = Message(code="limit.small_groups", values={})
    return Finding(id=name, severity=severity, moment="audit", status=status, reason=reason, remedy=remedy, stage=stage)


def seen(*files: str, unfinished: tuple[str, ...] = ()) -> Examined:
    manifest = Manifest(name="help", version="1.0.0", files=dict.fromkeys(files, "sha256:" + "0" * 64))
    return Examined(
        path=Path("1.0.0"), project=Path(), manifest=manifest, files=dict.fromkeys(files, b""), logged=None, broken=(), documents={},
        unfinished=unfinished,
    )  # fmt: skip


def test_reasons_are_what_blocks_at_the_stage_failures_first() -> None:
    findings = (
        finding("limit.open", "NOT_SHOWN", remedy=Message(code="remedy.change", values={})), finding("limit.broken", "FAILED"),
        finding("limit.held", "PASSED"), finding("limit.warned", "FAILED", severity="warn"),
        finding("limit.later", "FAILED", stage="release"), finding("limit.later_open", "NOT_SHOWN", stage="trial"),
        finding("limit.not_asked", "NOT_APPLICABLE"),
    )  # fmt: skip

    def told(stage: Any) -> list[str]:
        return [reason.partition(":")[0] for reason in _answer(seen("bundle.json"), ASKS, findings, stage).reasons]

    # A breach keeps a model from every stage, what is not shown from those that need it.
    failed = ["FAILED limit.broken", "FAILED limit.later"]
    assert told("shadow") == [*failed, "NOT_SHOWN limit.open"]
    later = [*failed, "NOT_SHOWN limit.open", "NOT_SHOWN limit.later_open"]
    # A policy that asks nobody to sign for release leaves nobody who answers for it.
    assert [told("trial"), told("release")] == [later, [*later, "NOT_SHOWN signatures"]]
    # A reason has its remedy behind it, where there is one.
    broken, _, open_ = _answer(seen("bundle.json"), ASKS, findings, "shadow").reasons
    assert open_.endswith(Message(code="remedy.change", values={}).text())
    assert broken == f"FAILED limit.broken: {Message(code='limit.small_groups', values={}).text()}"


HELD = (finding("limit.held", "PASSED"),)


@pytest.mark.parametrize(
    ("folder", "asks", "log", "result", "reasons"),
    [
        (seen(), {}, [], "allowed", []),
        (seen(), {}, ["NOT_SHOWN look"], "not_shown", ["NOT_SHOWN look"]),
        (seen(unfinished=("x", "y")), {}, [], "not_shown", ["NOT_SHOWN documents: a render was cut off and left x, y;"]),
        (seen("a"), {"documents": ("a",)}, [], "allowed", []),
        (seen("a"), {"documents": ("a", "b", "c")}, [], "not_shown", ["NOT_SHOWN documents: not rendered yet are b, c;"]),
        (seen(), {"signatures": ("owner", "dpo")}, [], "signatures_missing", ["MISSING signature of owner", "MISSING signature of dpo"]),
        (
            seen(unfinished=("x",)), {"documents": ("a",), "signatures": ("owner",)}, ["NOT_SHOWN look"], "not_shown",
            ["NOT_SHOWN look", "NOT_SHOWN documents: a render", "NOT_SHOWN documents: not rendered", "MISSING signature of owner"],
        ),
    ],
)  # fmt: skip
def test_what_a_stage_asks_beside_findings_is_told(
    folder: Examined, asks: dict[str, Any], log: list[str], result: str, reasons: list[str]
) -> None:
    asked = ASKS | {"trial": ASKS["trial"] | asks}
    decision = _answer(folder, asked, HELD, "trial", log=log)
    assert (decision.result, len(decision.reasons)) == (result, len(reasons))
    assert all(said.startswith(start) for said, start in zip(decision.reasons, reasons, strict=True))
    # What is asked of one stage is not asked of another.
    assert _answer(seen(), asked, HELD, "shadow").result == "allowed"


def test_what_is_not_shown_is_accepted_at_the_stages_that_accept_it() -> None:
    findings = (*HELD, finding("control.R36", "NOT_SHOWN"))
    asked = ASKS | {"shadow": ASKS["shadow"] | {"not_shown": "accepted"}}
    assert [_answer(seen(), asked, findings, stage).result for stage in STAGES] == ["allowed", "not_shown", "not_shown"]


def test_a_decision_says_on_which_edition_it_rests() -> None:
    assert [_answer(seen(*files), ASKS, HELD, "trial").edition for files in (("bundle.json",), ("bundle.private.json",))] == [
        "public", "private",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("alpha", "told"),
    [
        (0.05, ""), (0.05 - 5e-10, ""), (0.05 - 2e-9, "with alpha"), (0.01, "with alpha 0.01 and not 0.05"),
        (0.0, "nothing is left of alpha"), (0.06, ""),
    ],
)  # fmt: skip
def test_a_look_that_is_worth_less_now_is_told(monkeypatch: pytest.MonkeyPatch, alpha: float, told: str) -> None:
    standing = Standing(place=2, spent=0.05 - alpha, alpha=alpha)
    monkeypatch.setattr("smartstart_gov.evidence.history.standing_now", lambda evidence, ledger: standing)
    found = _uncounted(made.public(), Ledger(Path("nowhere")))
    assert [told in line and "this is look 2 at its audit set" in line for line in found] == ([True] if told else [])


def test_a_concept_opens_no_stage() -> None:
    (line,) = _uncounted(replace(made.public(), look=None), Ledger(Path("nowhere")))
    assert line.startswith("NOT_SHOWN look: this is a CONCEPT")
