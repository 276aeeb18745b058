"""Approvals and their envelopes, rule by rule, straight from a log: what counts, what does not and why, and what is refused."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartstart_gov.authoring.stages import Trial
from smartstart_gov.authoring.value import Text
from smartstart_gov.canonical import canonical_json
from smartstart_gov.errors import EvidenceBroken
from smartstart_gov.ledger import Tree, entry_of, file_of
from smartstart_gov.release.approvals import APPROVAL, REVOCATION, Signing, about, logged_audit, model_of, rests_on, signing
from smartstart_gov.release.envelope import opened, signed, statement, unverified
from smartstart_gov.release.keyfile import digits_of
from smartstart_gov.release.root import current, pin_of, write_root
from smartstart_gov.release.waivers import signed_waivers
from tests.release.saying import (
    DAY,
    ENDS,
    FILES,
    KEEPERS,
    NOW,
    ONE,
    OTHER,
    PUBLIC,
    TWO_YEARS,
    broken,
    come_to,
    file,
    keys,
    known,
    log,
    packed,
    say,
    waived,
    whole,
)  # fmt: skip
from tests.release.test_signing import person, signer

pytestmark = pytest.mark.usefixtures("clock")


# -------------------------------------------------------------------------------------------- what an approval is about
def test_an_approval_is_about_every_public_file_and_what_the_log_says(seen: Any) -> None:
    assert about(seen) == PUBLIC
    base = {"version": "help 1.0.0", "audited": ONE, "audit_set": OTHER, "policy": ONE, "contract": ONE, "charter": OTHER}
    assert rests_on(seen) == base
    seen.record = {"bundle.json": {}}.__getitem__
    assert rests_on(seen) == {**base, "audit_set": None}
    seen.logged = None
    assert broken(lambda: logged_audit(seen)) == ("A13", "The log has no audit of this version.")
    seen.project = None
    assert broken(lambda: come_to(seen)) == ("A13", "There is no log beside this version.")


def test_two_who_approve_are_what_two_roles_need(seen: Any) -> None:
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=(), notes=(), until=None)
    say(seen, "director", outcome="approve_if", conditions=["A person decides.", "In one district."])
    say(seen, "officer", until=str(ENDS - dt.timedelta(days=9)))
    director = f"approved by director (owner) until {ENDS}; on condition: A person decides.; on condition: In one district."
    officer = f"approved by officer (dpo) until {ENDS - dt.timedelta(days=9)}"
    ends = ENDS - dt.timedelta(days=9)
    assert come_to(seen) == Signing(missing=(), refused=(), notes=(director, officer), until=ends)
    # A role that nobody is asked for counts for nothing, and is told.
    assert come_to(seen, ("owner",)) == Signing(missing=(), refused=(), notes=(director, officer), until=ENDS)
    assert come_to(seen, ("owner", "lawyer")) == Signing(missing=("lawyer",), refused=(), notes=(director, officer), until=None)
    assert come_to(seen, ()) == Signing(missing=(), refused=(), notes=(director, officer), until=None)
    assert come_to(seen, pin=pin_of(file())).until == ends
    assert broken(lambda: come_to(seen, pin=OTHER))[0] == "A08"


def test_whatever_three_people_say_comes_to_what_the_rule_says(seen: Any, tmp_path: Path) -> None:
    """One refusal refuses; a role has signed where one of its persons approves; who abstains or is silent counts for nothing."""
    words = (None, "approve_if", "abstain", "refuse")
    empty = shutil.copytree(log(seen).path, tmp_path / "empty")
    for said in itertools.product(words, repeat=3):
        shutil.rmtree(log(seen).path)
        shutil.copytree(empty, log(seen).path)
        for name, word in zip(("director", "deputy", "officer"), said, strict=True):
            more = {"reason": "No."} if word == "refuse" else {"conditions": ["One."]} if word == "approve_if" else {}
            if word is not None:
                say(seen, name, outcome=word, **more)
        found = come_to(seen)
        yes = [word == "approve_if" for word in said]
        missing = tuple(role for role, has in (("owner", yes[0] or yes[1]), ("dpo", yes[2])) if not has)
        assert (found.missing, len(found.refused)) == (missing, said.count("refuse")), said


def test_what_was_said_of_another_version_stage_or_audit_is_passed_over(seen: Any) -> None:
    say(seen, "director", version="help 2.0.0", outcome="refuse", reason="No.")
    say(seen, "director", stage="trial", outcome="refuse", reason="No.")
    say(seen, "director", kind=REVOCATION, audited=OTHER)
    log(seen).append("note", {"more": 1, "than": 2})
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=(), notes=(), until=None)
    say(seen, "deputy", kind=REVOCATION)
    say(seen, "director", outcome="refuse", reason="Too thin.", until=None)
    say(seen, "officer", outcome="abstain", until=None)
    no = ("REVOKED by deputy (owner): It harms.", "REFUSED by director (owner): Too thin.")
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=no, notes=("officer (dpo) abstains",), until=None)
    say(seen, "director", stage="trial")
    assert come_to(seen).refused == no, "a word about another stage takes none back"


@pytest.mark.parametrize(("until", "told"), [
    (None, "ended on None"), (DAY - dt.timedelta(days=1), f"ended on {DAY - dt.timedelta(days=1)}"), (DAY, ""),
    (DAY + TWO_YEARS, ""), (DAY + TWO_YEARS + dt.timedelta(days=1), "longer than two years"),
])  # fmt: skip
def test_an_approval_holds_to_its_last_day_and_two_years_at_most(seen: Any, until: dt.date | None, told: str) -> None:
    say(seen, "director", until=None if until is None else str(until))
    found = come_to(seen, ("owner",))
    assert found.until == (None if told else until)
    assert found.missing == (("owner",) if told else ())
    (note,) = found.notes
    assert note.startswith("not counted: the approval of director (owner)" if told else "approved by director (owner) until")
    assert told in note


def test_what_differs_is_named(seen: Any) -> None:
    read = {name: value for name, value in PUBLIC.items() if name != "card.nl.pdf"}
    say(seen, "director", subject=read)
    assert not come_to(seen, ("owner",)).missing, "a document that nobody asks for takes nothing away"
    assert not come_to(seen, ("owner",), ["letter.nl.pdf"]).missing, "nor one that is not there, which the gate tells"
    note = "not counted: director (owner) signed for another "
    assert come_to(seen, ("owner",), ["card.nl.pdf"]).notes == (f"{note}card.nl.pdf",)
    say(seen, "director", subject={**read, "model.skops": OTHER}, policy=OTHER, charter=ONE)
    assert come_to(seen, ("owner",)).notes == (f"{note}policy, charter, model.skops",)
    say(seen, "director", subject={"bundle.json": ONE, "gone.nl.pdf": ONE})
    assert come_to(seen, ("owner",)).notes == (f"{note}gone.nl.pdf, model.skops",)
    say(seen, "director", subject={"bundle.json": OTHER}, outcome="abstain")
    assert come_to(seen, ("owner",)).notes == (f"{note}bundle.json, model.skops",)
    say(seen, "director", subject={"bundle.json": OTHER}, policy=OTHER, outcome="refuse", reason="No.")
    assert come_to(seen).refused == ("REFUSED by director (owner): No.",)


def test_a_threshold_counts_the_persons_of_its_role(seen: Any) -> None:
    write_root(log(seen), file(2, thresholds={"owner": 2}), keys(*KEEPERS))
    say(seen, "director")
    say(seen, "director")
    say(seen, "officer")
    assert come_to(seen).missing == ("owner",)
    say(seen, "deputy")
    assert come_to(seen).missing == ()


def test_a_yes_counts_for_the_role_in_which_it_was_given(seen: Any) -> None:
    """Who approved as an owner, and is the data protection officer by now, has not looked at it as that."""
    say(seen, "director")
    waived(seen, "director")
    persons = [
        person("director", "dpo", root=True),
        person("officer", "owner", root=True),
        person("deputy", "owner"),
        person("successor", "dpo"),
    ]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    say(seen, "deputy")
    found = come_to(seen)
    assert found.missing == ("dpo",)
    assert "not counted: director (dpo) signed as owner; sign again" in found.notes
    policy = SimpleNamespace(waivers=SimpleNamespace(roles=("owner", "dpo"), persons=1, at_most=3))
    root = current(log(seen))
    assert signed_waivers(seen, policy, root)[0] == ()  # type: ignore[arg-type]  # what it reads
    for again in (say, waived):
        again(seen, "director")
    assert come_to(seen).missing == ()
    assert [one.by for one in signed_waivers(seen, policy, root)[0]] == [("director (dpo)",)]  # type: ignore[arg-type]  # what it reads


def test_a_yes_that_was_signed_before_the_root_named_its_key_is_none(seen: Any) -> None:
    heads = log(seen).heads()
    say(seen, "deputy")
    # Entered by hand, after nothing but the first root: at that place nobody knew the successor.
    persons = [*file().to_record()["persons"], person("successor", "dpo")]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    said = {**rests_on(seen), "by": "successor", "stage": "release", "outcome": "approve", "conditions": [], "reason": None}
    said |= {"until": str(ENDS), "log": list(heads)}
    log(seen).append(APPROVAL, {"envelope": signed(statement(APPROVAL, PUBLIC, said), keys("successor"))}, after=heads)
    assert come_to(seen).missing == ("dpo",)
    assert any("signed as nobody whom the root named" in note for note in come_to(seen).notes)
    say(seen, "successor")
    assert come_to(seen).missing == ()


def test_a_yes_needs_a_key_of_today_and_a_no_outlives_it(seen: Any) -> None:
    say(seen, "officer")
    say(seen, "deputy", outcome="refuse", reason="Thin.")
    say(seen, "deputy", kind=REVOCATION)
    say(seen, "director", by="officer")
    gone = f"not counted: the key {digits_of(signer('director'))[:8]} is no longer that of officer in the root"
    assert come_to(seen, ("dpo",)).notes == (gone, f"approved by officer (dpo) until {ENDS}")
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True, keys=("spare",))]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS, "spare"))
    no = ("REVOKED by deputy (owner): It harms.", "REFUSED by deputy (owner): Thin.")
    lost = f"not counted: the key {digits_of(signer('officer'))[:8]} is no longer that of officer in the root"
    assert come_to(seen, ("dpo",)) == Signing(missing=("dpo",), refused=no, notes=(lost, gone), until=None)
    # What a lost key says later takes back neither what the new one said nor a no.
    say(seen, "spare", by="officer", outcome="refuse", reason="Thick.")
    say(seen, "officer")
    assert come_to(seen, ("dpo",)).refused == (*no, "REFUSED by officer (dpo): Thick.")
    # Of two files of signers that name the key, the later one says what the person is.
    persons = [person("director", "lawyer", root=True), person("officer", "dpo", root=True, keys=("spare",))]
    say(seen, "director", outcome="refuse", reason="Thin.")
    write_root(log(seen), file(3, persons=persons), keys("director", "spare"))
    assert "REFUSED by director (lawyer): Thin." in come_to(seen).refused


@pytest.mark.parametrize("changes", [{"outcome": "abstain"}, {"outcome": "approve_if", "conditions": ["One."]}], ids=str)
def test_what_was_said_last_is_not_unsaid_when_its_key_leaves(seen: Any, changes: dict[str, Any]) -> None:
    """A yes does not come back because the key of what its person said after it has left; a no is not taken back by that either."""
    two = [person("director", "owner", root=True, keys=("director", "spare")), person("officer", "dpo", root=True)]
    one = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(log(seen), file(2, persons=two), keys(*KEEPERS))
    say(seen, "director")
    say(seen, "director", stage="trial")
    say(seen, "spare", by="director", **changes)
    say(seen, "spare", by="officer")
    assert ("owner" in come_to(seen).missing) == (changes["outcome"] == "abstain")
    write_root(log(seen), file(3, persons=one), keys(*KEEPERS))
    assert come_to(seen).missing == ("owner", "dpo")
    assert signing(seen, "trial", ("owner",)).missing == (), "another stage"
    say(seen, "director")
    assert come_to(seen, ("owner",)).missing == ()
    say(seen, "officer")
    say(seen, "spare", by="officer", **changes)
    assert come_to(seen, ("dpo",)).missing == (), "it never was the key of the officer"
    say(seen, "director", outcome="refuse", reason="No.")
    say(seen, "spare", by="director", **changes)
    assert come_to(seen).refused == ("REFUSED by director (owner): No.",)


def test_a_trainer_says_neither_yes_nor_no(seen: Any) -> None:
    note = "not counted: modeller (trainer) trained, and who trains does not approve, refuse or revoke"
    say(seen, "modeller")
    say(seen, "modeller", outcome="refuse", reason="Mine is better.")
    say(seen, "modeller", kind=REVOCATION)
    say(seen, "director")
    assert come_to(seen, ("owner",)) == Signing(
        missing=(), refused=(), notes=(note, f"approved by director (owner) until {ENDS}"), until=ENDS
    )


def test_who_refused_and_trains_now_has_still_refused(seen: Any) -> None:
    say(seen, "deputy", outcome="refuse", reason="Thin.")
    say(seen, "officer", outcome="refuse", reason="Thick.")
    say(seen, "officer")
    persons = [person("director", "owner", root=True), person("officer", "trainer", root=True), person("deputy", "trainer")]
    write_root(log(seen), file(2, root_threshold=1, persons=persons), keys(*KEEPERS))
    say(seen, "deputy")
    found = come_to(seen)
    assert found.refused == ("REFUSED by deputy (owner): Thin.", "REFUSED by officer (dpo): Thick.")
    assert [note.split()[2] for note in found.notes] == ["officer", "deputy"]


# ------------------------------------------------------------------------------------------------------------- renewals
def until(days: int) -> str:
    return str(DAY + dt.timedelta(days=days))


def owner(seen: Any, **more: Any) -> tuple[str, ...]:
    """Return what is told of what the director said last."""
    return come_to(seen, ("owner",), **more).notes[-1:]


YES, BEYOND = (
    "approved by director (owner) until {}",
    "not counted: the approval of director (owner) renews {} once more than the 2 times there are",
)


def test_a_stage_is_renewed_twice_by_a_role(seen: Any) -> None:
    for days in (10, 20, 30):
        say(seen, "director", until=until(days))
        assert owner(seen) == (YES.format(until(days)),)
    say(seen, "director", until=until(40))
    assert come_to(seen, ("owner",)) == Signing(missing=("owner",), refused=(), notes=(BEYOND.format("release"),), until=None)
    # What was a renewal too many is not entered: the same day is one too many again, and an earlier one is none.
    say(seen, "director", until=until(40))
    assert owner(seen) == (BEYOND.format("release"),)
    say(seen, "director", until=until(30))
    assert owner(seen) == (YES.format(until(30)),)
    say(seen, "deputy", until=until(31), outcome="approve_if", conditions=["One."])
    assert owner(seen) == (BEYOND.format("release").replace("director", "deputy"),)
    # Another role and another stage have counts of their own.
    say(seen, "officer", until=until(40))
    say(seen, "director", stage="trial", until=until(40))
    assert come_to(seen, ("dpo",)).missing == ()
    assert signing(seen, "trial", ("owner",)).missing == ()


@pytest.mark.parametrize(("changes", "same"), [
    ({"version": "help 0.9.0", "subject": {"model.skops": ONE}}, True), ({"version": "help 0.9.0", "subject": {"model.skops": OTHER}}, False),
    ({"subject": {"bundle.json": ONE}}, False), ({"stage": "shadow"}, False), ({"name": "officer"}, False), ({"name": "deputy"}, True),
    ({"outcome": "approve_if", "conditions": ["One."]}, True), ({"outcome": "refuse", "reason": "No."}, False),
    ({"outcome": "abstain"}, False), ({"name": "modeller"}, False), ({"by": "deputy"}, False), ({"until": None}, False),
    ({"until": str(DAY + TWO_YEARS + dt.timedelta(days=1))}, False),
], ids=str)  # fmt: skip
def test_three_terms_are_of_one_model_stage_and_role(seen: Any, changes: dict[str, Any], same: bool) -> None:
    """Three approvals of the same; and what is of something else, or counts for nothing, begins no term."""
    more = dict(changes)
    name = more.pop("name", "director")
    for days in (10, 20, 30):
        say(seen, name, **({"until": until(days)} | more))
    for days in (40, 50, 60):
        say(seen, "director", until=until(days))
        assert owner(seen) == ((BEYOND.format("release") if same else YES.format(until(days))),)
    say(seen, "director", until=until(70))
    assert owner(seen) == (BEYOND.format("release"),)


def test_a_model_without_a_file_is_known_by_its_name(seen: Any) -> None:
    seen.manifest.files = {name: value for name, value in FILES.items() if name != "model.skops"}
    read = about(seen)
    for days, version in ((10, "help 0.8.0"), (20, "help 0.9.0"), (25, "helper 1.0.0"), (30, "help 1.0.0"), (40, "help 1.0.0")):
        say(seen, "director", subject=read, version=version, until=until(days))
    assert owner(seen) == (BEYOND.format("release"),)
    assert (model_of({"model.skops": ONE}, "help 1.0.0"), model_of({}, "help 1.0.0")) == (ONE, "help")


def test_two_years_are_a_term_like_any_other(seen: Any, clock: Callable[[dt.datetime], None]) -> None:
    for days in (10, 20, 731):
        say(seen, "director", until=until(days))
    clock(NOW + dt.timedelta(days=1))
    say(seen, "director", until=until(732))
    assert owner(seen) == (BEYOND.format("release"),)


def test_an_approval_too_long_when_it_was_signed_never_counts(seen: Any, clock: Callable[[dt.datetime], None]) -> None:
    write_root(log(seen), file(2, expires=until(4000)), keys(*KEEPERS))
    for days in (732, 740, 1400):
        say(seen, "director", until=until(days))
    late = "not counted: the approval of director (owner) would hold until {}, longer than two years"
    for days in (0, 9, 800):
        clock(NOW + dt.timedelta(days=days))
        assert owner(seen) == (late.format(until(1400)),)
    say(seen, "director", until=until(1400))
    assert owner(seen) == (YES.format(until(1400)),)


def test_who_approved_and_trains_now_or_has_left_leaves_the_terms(seen: Any) -> None:
    for name, days in (("deputy", 10), ("deputy", 20), ("director", 30)):
        say(seen, name, until=until(days))
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    for version, more in ((2, [person("deputy", "trainer")]), (3, [])):
        write_root(log(seen), file(version, persons=[*persons, *more]), keys(*KEEPERS))
        say(seen, "director", until=until(40))
        assert owner(seen) == (BEYOND.format("release"),)


def test_an_approval_of_a_trial_ends_with_it(seen: Any) -> None:
    say(seen, "director", until=until(30))
    assert owner(seen, trial=trial(30)) == (YES.format(until(30)),)
    late = f"not counted: the approval of director (owner) ends on {until(30)}, and the release on {until(29)}"
    assert owner(seen, trial=trial(29)) == (late,)


def trial(days: int | None = None) -> Trial:
    if days is None:
        return Trial(not_shown="accepted")
    team = Text(nl="Wijkteam Noord.", en="Team North.")
    return Trial(not_shown="accepted", team=team, families_at_most=200, ends=until(days), person_decides_first=True)  # type: ignore[arg-type]  # read from text


def test_a_trial_that_is_not_declared_is_approved_by_nobody_who_could_have_known(seen: Any) -> None:
    """Statements of today hold the tree of the log; those of a library that knew no declaration do not."""
    say(seen, "director")
    assert owner(seen, trial=trial()) == (YES.format(ENDS),)
    tree = Tree.of(log(seen).until(log(seen).heads())).to_record()
    say(seen, "director", tree=tree)
    assert owner(seen, trial=trial()) == (
        "not counted: the policy does not declare the trial that director (owner) signed for",
    )
    assert owner(seen, trial=trial(365)) == owner(seen) == (YES.format(ENDS),)


def test_who_approves_has_read_what_practice_came_to(seen: Any) -> None:
    heads = log(seen).heads()
    first, second = log(seen).append("note", {"n": 1}), log(seen).append("note", {"n": 2}, after=heads)
    early = "not counted: director (owner) signed before practice had shown what a release needs"
    said = {**rests_on(seen), "by": "director", "stage": "release", "outcome": "approve", "conditions": [], "reason": None}
    said |= {"until": str(ENDS), "log": [second.digest]}
    log(seen).append(APPROVAL, {"envelope": signed(statement(APPROVAL, PUBLIC, said), keys("director"))}, after=[second.digest])
    assert owner(seen) == (YES.format(ENDS),)
    assert owner(seen, practised=lambda before: first.digest in before) == (early,), "it was counted on another branch"
    assert owner(seen, practised=lambda before: second.digest in before) == (YES.format(ENDS),)
    third = log(seen).append("note", {"n": 3})
    assert owner(seen, practised=lambda before: third.digest in before) == (early,)


def test_a_waiver_is_no_approval(seen: Any) -> None:
    waived(seen, "director")
    waived(seen, "modeller")
    waived(seen, "director", by="officer")
    assert come_to(seen) == Signing(missing=("owner", "dpo"), refused=(), notes=(), until=None)


# ------------------------------------------------------------------------------------------------- what is no statement
ILL: dict[str, dict[str, Any]] = {
    "nobody": {"by": 7}, "no name": {"by": ""}, "a name of two lines": {"by": "director\nofficer"}, "a field less": {"reason": ...},
    "a field more": {"note": "x"}, "no day": {"until": "tomorrow"}, "a number": {"until": 7}, "one text": {"conditions": "One."},
    "a condition of an approval": {"conditions": ["One."]}, "no condition": {"outcome": "approve_if"},
    "an empty condition": {"outcome": "approve_if", "conditions": [""]},
    "a number for a condition": {"outcome": "approve_if", "conditions": [7]},
    "a mapping of conditions": {"outcome": "approve_if", "conditions": {"One.": 1}},
    "two lines in one": {"outcome": "approve_if", "conditions": ["One.\u2028approved by officer (dpo)"]},
    "one of two": {"outcome": "approve_if", "conditions": ["One.", ""]},
    "no reason": {"outcome": "refuse"}, "an empty reason": {"outcome": "refuse", "reason": ""},
    "a number for a reason": {"outcome": "refuse", "reason": 7}, "another word": {"outcome": "yes"},
    "a list of words": {"outcome": ["approve"]}, "no word": {"outcome": None},
    "a list of stages": {"stage": ["release"]}, "a stage of two lines": {"stage": "release\ntrial"},
    "taken back without a word": {"kind": REVOCATION, "reason": ""}, "a list for a reason": {"kind": REVOCATION, "reason": ["x"]},
    "taken back by nobody": {"kind": REVOCATION, "by": None}, "taken back at a stage": {"kind": REVOCATION, "stage": "release"},
}  # fmt: skip


@pytest.mark.parametrize("name", ILL)
def test_a_statement_that_says_no_such_thing_is_broken_evidence(seen: Any, name: str) -> None:
    kind = ILL[name].get("kind", APPROVAL)
    say(seen, "director", **ILL[name])
    assert broken(lambda: come_to(seen)) == ("A07", f"The statement does not read as one {kind}.")


TAKEN_BACK: dict[str, Any] = {"until": None, "owner": None, "instead": None}
ILL_WAIVERS: dict[str, dict[str, Any]] = {
    "nobody": {"by": 7}, "no version": {"version": ["help"]}, "a day that is none": {"until": "tomorrow"}, "a number": {"until": 7},
    "a list of findings": {"finding": ["limit.alarm"]}, "no stage": {"stage": None}, "a reason of two lines": {"reason": "a\nb"},
    "no reason": {"reason": None}, "nobody answers": {"owner": None}, "nothing instead": {"instead": ""}, "more": {"note": "x"},
    "taken back, and something instead": TAKEN_BACK | {"instead": "Two people look."}, "taken back by an owner": TAKEN_BACK | {"owner": "owner"},
    "taken back without a reason": TAKEN_BACK | {"reason": ""}, "nothing taken back": TAKEN_BACK | {"finding": None},
    "taken back at no stage": TAKEN_BACK | {"stage": ""},
}  # fmt: skip


@pytest.mark.parametrize("name", ILL_WAIVERS)
def test_a_waiver_that_says_no_such_thing_is_broken_evidence(seen: Any, name: str) -> None:
    waived(seen, "director")
    waived(seen, "director", **TAKEN_BACK)
    assert come_to(seen).notes == ()
    waived(seen, "director", **ILL_WAIVERS[name])
    assert broken(lambda: come_to(seen)) == ("A07", "The statement does not read as one waiver.")


@pytest.mark.parametrize("tree", [{"size": 1, "root": ONE}, {"size": 1}, None, [], 7], ids=str)
def test_a_statement_over_another_log_is_broken_evidence(seen: Any, tree: Any) -> None:
    say(seen, "director", tree=Tree.of(log(seen).entries()).to_record())
    say(seen, "director")
    assert come_to(seen, ("owner",)).missing == ()
    say(seen, "director", version="help 2.0.0", tree=tree)
    what = "The statement was signed over another log: the root of what stood before it differs."
    assert broken(lambda: come_to(seen)) == ("A13", what)


def test_one_statement_is_one_person_in_one_place(seen: Any) -> None:
    heads = list(log(seen).heads())
    said = {**rests_on(seen), "by": "director", "stage": "release", "outcome": "abstain", "conditions": [], "reason": None}
    said |= {"until": None, "log": heads}
    both = signed(statement(APPROVAL, PUBLIC, said), keys(*KEEPERS))
    one = {"envelope": signed(statement(APPROVAL, PUBLIC, said), keys("director"))}
    for body, rule, what in (
        ({"envelope": both}, "A07", "The statement does not read as one approval."),
        ({**one, "note": "x"}, "A07", "The entry holds more than an envelope."),
        ({"note": one["envelope"]}, "A07", "The entry holds more than an envelope."),
    ):
        entry = log(seen).append(APPROVAL, body)
        assert broken(lambda: come_to(seen)) == (rule, what)
        (log(seen).path / file_of(entry)[0]).unlink()
    log(seen).append("note", {})
    entry = log(seen).append(APPROVAL, one)
    what = "The statement was signed after other log entries than those it stands after."
    assert broken(lambda: come_to(seen)) == ("A11", what)
    (log(seen).path / file_of(entry)[0]).unlink()
    # Of another version too: nothing in the log is moved.
    say(seen, "director", version="help 2.0.0", log=heads)
    assert broken(lambda: come_to(seen)) == ("A11", what)


def test_a_statement_stands_after_every_branch(seen: Any) -> None:
    name, data = file_of(entry_of("note", {"a": "branch"}))
    (log(seen).path / name).write_bytes(data)
    assert len(log(seen).heads()) == 2
    say(seen, "director")
    assert come_to(seen, ("owner",)).missing == ()


# ------------------------------------------------------------------------------------------------------------ envelopes
def test_an_envelope_is_what_its_specifications_say() -> None:
    said = statement("approval", {"b": OTHER, "a": "1" * 64}, {"says": "yes"})
    subject = [{"name": "a", "digest": {"sha256": "1" * 64}}, {"name": "b", "digest": {"sha256": "2" * 64}}]
    assert said == whole(subject=subject)
    # By key, however they stand.
    names = sorted(KEEPERS, key=lambda name: digits_of(signer(name)))
    assert signed(said, keys(*names[::-1])) == packed(said, *names)
    assert opened(packed(said, *names), "approval", iter(known(*names, "deputy")), "here") == (
        {"says": "yes"}, {"a": ONE, "b": OTHER}, frozenset(known(*names)),
    )  # fmt: skip
    assert unverified({**packed(said), "signatures": None}, "approval", "here") == {"says": "yes"}


SUBJECT = "A subject of the statement is not a name with one SHA-256 digest."
FIELDS = "The statement has other fields than those of an in-toto Statement."
ABOUT = "The statement is about nothing, or says nothing."
NO_JSON = "The statement does not read as JSON."
NO_SUBJECTS: list[Any] = [
    "a", 7, {}, {"name": "b"}, {"name": "b", "digest": 7}, {"name": "b", "digest": "1" * 64}, {"name": "b", "digest": {}}, {"digest": {"sha256": "1" * 64}},
    {"name": "b", "digest": {"sha256": "1" * 64, "md5": "1"}}, {"name": "b", "digest": {"sha256": "1" * 64}, "uri": "x"},
    {"name": "b", "digest": {"md5": "1" * 64}}, {"name": "b", "digest": {"sha256": 1}}, {"name": "b", "digest": {"sha256": "1" * 63}},
    {"name": "b", "digest": {"sha256": "1" * 65}}, {"name": "b", "digest": {"sha256": "A" * 64}},
    {"name": "b", "digest": {"sha256": None}}, {"name": "b", "digest": {"sha256": ["1"] * 64}},
    {"name": "a", "digest": {"sha256": "2" * 64}}, {"name": 7, "digest": {"sha256": "1" * 64}},
    {"name": [], "digest": {"sha256": "1" * 64}},
]  # fmt: skip
STATEMENTS: list[tuple[Any, str]] = [
    (whole(note="x"), FIELDS), ({k: v for k, v in whole().items() if k != "_type"}, FIELDS), ([], FIELDS),
    (["_type", "subject", "predicateType", "predicate"], FIELDS),
    (whole(_type="https://in-toto.io/Statement/v0.1"), "The statement is no approval of this library."),
    (whole(predicateType="approval"), "The statement is no approval of this library."),
    (whole(predicate=[]), ABOUT), (whole(subject=[]), ABOUT), (whole(subject={"a": 1}), ABOUT),
    *((whole(subject=[*whole()["subject"], one]), SUBJECT) for one in NO_SUBJECTS),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(STATEMENTS)))
def test_a_statement_is_taken_apart_as_strictly_as_it_is_put_together(case: int) -> None:
    said, what = STATEMENTS[case]
    envelope = packed(said, "director")
    assert broken(lambda: opened(envelope, "approval", known("director"), "here")) == ("A07", what)
    assert broken(lambda: unverified(envelope, "approval", "here")) == ("A07", what)


@pytest.mark.parametrize(("raw", "what"), [
    (b"", NO_JSON), (b"{", NO_JSON), (b"\xff", NO_JSON), (b"[" * 100_000, NO_JSON), (b'{"a":1,"a":1}', NO_JSON),
    (canonical_json(whole()) + b"\n", "The statement is not in its canonical form."),
    (json.dumps(whole()).encode(), "The statement is not in its canonical form."),
])  # fmt: skip
def test_only_canonical_bytes_are_a_statement(raw: bytes, what: str) -> None:
    assert broken(lambda: opened(packed(None, "director", raw=raw), "approval", known("director"), "here")) == ("A07", what)


def edited(**changes: Any) -> dict[str, Any]:
    envelope = {**packed(whole(), "director"), **changes}
    return {key: value for key, value in envelope.items() if value is not ...}


def one(**changes: Any) -> dict[str, Any]:
    """Return the envelope with its one signature changed."""
    return edited(signatures=[{k: v for k, v in {**edited()["signatures"][0], **changes}.items() if v is not ...}])


OPEN, FEW = (
    "The envelope has other fields than payload, payloadType and signatures.",
    "The envelope has no signature, or too many.",
)
TYPE, CODE = "The envelope holds no in-toto statement.", "The payload of the envelope does not decode."
ODD, BAD = "A signature of the envelope has other fields than keyid and sig.", "A signature of the envelope does not hold."
TWICE, WHO = "One key has signed the envelope twice.", "The envelope is signed with a key that the root does not name for it."
SIG = "AAAA" * 21 + "AA=="
ENVELOPES: dict[str, tuple[Callable[[], Any], str, str]] = {
    "nothing": (lambda: None, "A07", OPEN), "a list": (lambda: ["payload", "payloadType", "signatures"], "A07", OPEN),
    "a field more": (lambda: edited(note="x"), "A07", OPEN), "a field less": (lambda: edited(signatures=...), "A07", OPEN),
    "another type": (lambda: edited(payloadType="application/json"), "A07", TYPE),
    "a number": (lambda: edited(payload=7), "A07", CODE), "no base64": (lambda: edited(payload="{}"), "A07", CODE),
    "bytes": (lambda: edited(payload=b"e30="), "A07", CODE), "a letter with an accent": (lambda: edited(payload="é30="), "A07", CODE),
    "no padding": (lambda: edited(payload="e30"), "A07", CODE), "bits that are left": (lambda: edited(payload="e31="), "A07", CODE),
    "a line": (lambda: edited(payload=edited()["payload"] + "\n"), "A07", CODE),
    "no signature": (lambda: edited(signatures=[]), "A06", FEW), "a mapping": (lambda: edited(signatures={"a": 1}), "A06", FEW),
    "no mapping": (lambda: edited(signatures=["keyid"]), "A06", ODD), "its letters": (lambda: edited(signatures=[["keyid", "sig"]]), "A06", ODD),
    "a signature's field more": (lambda: one(note="x"), "A06", ODD), "a signature's field less": (lambda: one(sig=...), "A06", ODD),
    "a list for a key": (lambda: one(keyid=[]), "A06", ODD), "twice": (lambda: edited(signatures=edited()["signatures"] * 2), "A06", TWICE),
    "a stranger": (lambda: packed(whole(), "stranger"), "A08", WHO), "a name": (lambda: one(keyid="director"), "A08", WHO),
    "another's key": (lambda: one(keyid=known("officer")[0]), "A06", BAD), "an empty signature": (lambda: one(sig=""), "A06", BAD),
    "no signature at all": (lambda: one(sig=None), "A06", BAD), "another signature": (lambda: one(sig=SIG), "A06", BAD),
    "a good one and a stranger": (lambda: packed(whole(), "director", "stranger"), "A08", WHO),
    "of another statement": (lambda: edited(payload=packed(whole(predicate={"says": "no"}))["payload"]), "A06", BAD),
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_envelope_is_taken_apart_as_strictly_as_it_is_put_together(name: str) -> None:
    make, rule, what = ENVELOPES[name]
    with pytest.raises(EvidenceBroken) as found:
        opened(make(), "approval", known("director", "officer"), "here")
    (violation,) = found.value.violations
    assert (violation.rule, violation.what, violation.where) == (rule, what, "here")
    assert violation.remedy.startswith("Restore the log")


def test_a_key_that_is_none_holds_nothing() -> None:
    assert broken(lambda: opened(one(keyid="no key"), "approval", ["no key"], "here")) == ("A06", BAD)


def test_payload_and_signatures_have_a_largest_size() -> None:
    def of(size: int) -> dict[str, Any]:
        empty = len(canonical_json(whole(predicate={"says": ""})))
        return whole(predicate={"says": "x" * (size - empty)})

    largest = of(1 << 18)
    envelope = signed(largest, keys("director"))
    assert opened(envelope, "approval", known("director"), "here")[0] == largest["predicate"]
    with pytest.raises(ValueError, match="too long"):
        signed(of((1 << 18) + 1), keys("director"))
    over = packed(of((1 << 18) + 1), "director")
    assert broken(lambda: opened(over, "approval", known("director"), "here")) == ("A07", CODE)
    many = [f"one of many {i}" for i in range(65)]
    assert len(opened(packed(whole(), *many[1:]), "approval", known(*many), "here")[2]) == 64
    assert broken(lambda: opened(packed(whole(), *many), "approval", known(*many), "here")) == ("A06", FEW)
