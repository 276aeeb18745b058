"""The root, what people may sign, and their keys, rule by rule: whatever is refused leaves the log as it was."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import Signature

from smartstart_gov.authoring.names import STAGES
from smartstart_gov.authoring.signers import Signers
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.ledger import Entry, Ledger, Tree, entry_of, file_of
from smartstart_gov.release.approvals import APPROVAL, REVOCATION, rests_on
from smartstart_gov.release.envelope import opened, signed, statement, unverified
from smartstart_gov.release.keyfile import digits_of, make_key, public_key, read_key
from smartstart_gov.release.root import ROOT, current, pin_of, roots, today, write_root
from smartstart_gov.release.sign import revoke, sign, waive
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
    refused,
)  # fmt: skip
from tests.release.test_signing import PHRASE, person, signer

pytestmark = pytest.mark.usefixtures("clock")

WHO = "The envelope is signed with a key that the root does not name for it."


# ------------------------------------------------------------------------------------------------------------- the root
def enter(
    ledger: Ledger, new: Any, *names: str, version: Any = None, subject: Mapping[str, str] | None = None, **more: Any
) -> None:
    """Enter a file of signers past the library."""
    record = new.to_record() if isinstance(new, Signers) else new
    said = statement(ROOT, {"signers.yaml": pin_of(new)} if subject is None else subject, record)
    at = new.version if version is None else version
    ledger.append(ROOT, {"version": at, "envelope": signed(said, keys(*names)), **more})


def test_the_root_is_a_statement_about_its_file(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    assert roots(ledger) == ()
    assert broken(lambda: current(ledger)) == ("A08", "The log has no root: nobody is known who may sign.")
    entry = write_root(ledger, file(), keys(*KEEPERS))
    assert (entry.kind, set(entry.body), entry.body["version"]) == (ROOT, {"version", "envelope"}, 1)
    predicate, subject, by = opened(entry.body["envelope"], ROOT, known(*KEEPERS), "here")
    stands = {"log": [], "tree": Tree.of(()).to_record()}
    assert (predicate, subject, by) == (
        {**file().to_record(), **stands},
        {"signers.yaml": pin_of(file())},
        set(known(*KEEPERS)),
    )
    write_root(ledger, file(2), keys(*KEEPERS))
    found = current(ledger, pin_of(file()))
    assert (found.signers.to_record(), found.pin, found.today) == (file(2).to_record(), pin_of(file()), DAY)
    assert [pin_of(one) for one in roots(ledger)] == [pin_of(file()), pin_of(file(2))]
    assert broken(lambda: current(ledger, pin_of(file(2))))[1].startswith("The root of this log begins with sha256:")


@pytest.mark.parametrize("version", [1, 2])
def test_a_root_stands_where_it_was_signed(tmp_path: Path, version: int) -> None:
    """The same people keep the roots of two projects, and let another in at one of them: at the other nobody is let in."""
    one, other = Ledger(tmp_path / "one"), Ledger(tmp_path / "other")
    for ledger in (one, other)[:version]:
        ledger.append("split_key", {"of": ledger.path.name})
        if version == 2:
            write_root(ledger, file(), keys(*KEEPERS))
    entry = write_root(one, file(version), keys(*KEEPERS))
    if version == 1:
        other.append("split_key", {"of": "other"})
    other.append(ROOT, entry.body)
    assert broken(lambda: roots(other))[0] == "A11"
    assert len(roots(one)) == version
    # Where the entries before it have the same names, what stands before those is another log.
    said = unverified(entry.body["envelope"], ROOT, "here") | {"tree": Tree.of(()).to_record()}
    moved = Ledger(tmp_path / "moved")
    for before in one.entries()[:-1]:
        moved.append(before.kind, before.body, after=before.parents)
    assert moved.heads() == entry.parents
    for left_out, rule in ((None, "A13"), ("log", "A07"), ("tree", "A07")):
        again = Ledger(shutil.copytree(moved.path, tmp_path / str(left_out)))
        told = {key: value for key, value in said.items() if key != left_out}
        subject = {"signers.yaml": pin_of(file(version))}
        again.append(ROOT, {"version": version, "envelope": signed(statement(ROOT, subject, told), keys(*KEEPERS))})
        assert broken(lambda again=again: roots(again))[0] == rule


def test_who_signs_a_root_without_keeping_it_is_refused_and_a_key_signs_once(tmp_path: Path) -> None:
    """An envelope with a signature too many could never be opened again, and the log takes nothing back."""
    ledger = Ledger(tmp_path / "log")
    found = refused(lambda: write_root(ledger, file(), keys(*KEEPERS, "deputy", "stranger")))
    both = ", ".join(key[:8] for key in sorted(known("deputy", "stranger")))
    assert (found.rule, found.what) == ("A08", f"A key that signs does not keep the root: {both}.")
    assert ledger.entries() == ()
    write_root(ledger, file(), keys(*KEEPERS, "director"))
    assert pin_of(current(ledger).signers) == pin_of(file())
    # Who keeps the root before it, or the new one, may.
    persons = [person("director", "owner", root=True), person("successor", "dpo", root=True)]
    write_root(ledger, file(2, persons=persons), keys(*KEEPERS, "successor"))
    refused(lambda: write_root(ledger, file(3, persons=persons), keys("director", "successor", "officer")))
    assert current(ledger).signers.version == 2


def test_a_root_counts_the_persons_who_keep_it(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")

    def short(new: Signers, *names: str) -> str:
        found = refused(lambda: write_root(ledger, new, keys(*names)))
        assert (found.rule, found.where) == ("A08", "signers.yaml")
        return found.what

    spare = [person("director", "owner", root=True, keys=("director", "spare")), person("officer", "dpo", root=True)]
    of_one = "Version 1 of the signers needs 2 who keep the root of version 1, and 1 signed."
    assert short(file(persons=spare), "director", "spare") == of_one
    assert short(file()) == "Version 1 of the signers needs 2 who keep the root of version 1, and 0 signed."
    assert short(file(2), *KEEPERS) == "The file of signers is version 2."
    assert short(file(expires=str(DAY)), *KEEPERS) == f"The file of signers ends on {DAY}."
    write_root(ledger, file(expires=str(DAY + dt.timedelta(days=1))), keys(*KEEPERS))
    others = [person("usurper", "owner", root=True), person("accomplice", "dpo", root=True)]
    assert short(file(2, persons=others), "usurper", "accomplice", "director") == (
        "Version 2 of the signers needs 2 who keep the root of version 1, and 1 signed."
    )
    assert short(file(2, persons=others), *KEEPERS) == (
        "Version 2 of the signers needs 2 who keep the root of version 2, and 0 signed."
    )
    assert short(file(1), *KEEPERS) == "The file of signers is version 1."
    # Who keeps the root from now on does not sign for the one before.
    persons = [
        person("director", "owner", root=True),
        person("officer", "dpo", root=True),
        person("deputy", "owner", root=True),
    ]
    assert short(file(2, persons=persons), "director", "deputy") == (
        "Version 2 of the signers needs 2 who keep the root of version 1, and 1 signed."
    )
    # In the log it is held to the same.
    enter(ledger, file(2, persons=others), "usurper", "accomplice", "director")
    assert broken(lambda: roots(ledger)) == (
        "A08", "Version 2 of the signers needs 2 who keep the root of version 1, and 1 signed."
    )  # fmt: skip


def test_who_trains_does_not_say_who_may_sign(tmp_path: Path, clock: object) -> None:
    """With two keys and the root, a trainer could name somebody who approves; in the log it is held to the same."""
    ledger = Ledger(tmp_path / "log")
    three = [
        person("director", "owner", root=True),
        person("officer", "dpo", root=True),
        person("modeller", "trainer", root=True),
    ]
    of_one = "needs 2 who keep the root of version 1, and 1 signed."
    assert refused(lambda: write_root(ledger, file(persons=three), keys("director", "modeller"))).what.endswith(of_one)
    write_root(ledger, file(persons=three), keys(*KEEPERS, "modeller"))
    theirs = [*three, person("accomplice", "owner", root=True)]
    enter(ledger, file(2, persons=theirs), "director", "modeller", "accomplice")
    assert broken(lambda: roots(ledger)) == ("A08", f"Version 2 of the signers {of_one}")
    with pytest.raises(ValidationError, match="1 who do not train keep the root, and 2 have to sign"):
        file(persons=[three[0], three[2]])


def test_a_root_holds_on_its_last_day(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    ledger, last = Ledger(tmp_path / "log"), NOW + dt.timedelta(days=3)
    write_root(ledger, file(expires=str(last.date())), keys(*KEEPERS))
    clock(last)
    assert current(ledger).today == last.date()
    clock(last + dt.timedelta(days=1))
    assert broken(lambda: current(ledger)) == ("A08", f"The file of signers ended on {last.date()}.")
    # The last file says when, not the first.
    write_root(ledger, file(2), keys(*KEEPERS))
    assert current(ledger).signers.version == 2


def test_the_day_is_that_of_the_clock_or_of_the_newest_entry(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    ledger, midnight = Ledger(tmp_path / "log"), NOW.replace(hour=0)
    assert today(ledger) == DAY
    clock(midnight)
    ledger.append("note", {})
    ledger.append("note", {"an": "older"})
    clock(midnight - dt.timedelta(minutes=5))
    assert today(ledger) == DAY, "five minutes behind is as clocks are"
    clock(midnight - dt.timedelta(minutes=5, microseconds=1))
    what = "The newest entry of the log is of 2031-05-20 00:00 UTC, and the clock says 2031-05-19 23:54."
    assert broken(lambda: today(ledger)) == ("P09", what)
    clock(NOW + dt.timedelta(days=9))
    assert today(ledger) == DAY + dt.timedelta(days=9)


def test_the_newest_entry_is_the_latest_of_all(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    ledger = Ledger(tmp_path / "log")
    for days in (0, 2, 1):
        clock(NOW + dt.timedelta(days=days))
        ledger.append("note", {})
    assert broken(lambda: today(ledger))[0] == "P09"


def stray(version: int) -> str:
    return f"The log has no one version {version} of the signers."


def void(_: object) -> None:
    return None


ROOTS: dict[str, tuple[Callable[[Ledger], None], str, str]] = {
    "a field more": (lambda log: enter(log, file(2), *KEEPERS, note="x"), "A08", stray(2)),
    "a field less": (lambda log: void(log.append(ROOT, {"version": 2})), "A08", stray(2)),
    "no version": (lambda log: void(log.append(ROOT, {"envelope": {}})), "A08", stray(1)),
    "a version that is none": (lambda log: enter(log, file(2), *KEEPERS, version="2"), "A08", stray(1)),
    "twice": (lambda log: enter(log, file(expires=str(DAY)), *KEEPERS), "A08", stray(2)),
    "one is passed over": (lambda log: enter(log, file(3), *KEEPERS), "A08", stray(2)),
    "another inside": (lambda log: enter(log, file(3), *KEEPERS, version=2), "A08", "The signed version is another than the entry's."),
    "about another file": (
        lambda log: enter(log, file(2), *KEEPERS, subject={"signers.yaml": pin_of(file())}), "A07",
        "The statement is about another file of signers than it holds.",
    ),
    "about another name": (
        lambda log: enter(log, file(2), *KEEPERS, subject={"policy.yaml": pin_of(file(2))}), "A07",
        "The statement is about another file of signers than it holds.",
    ),
    "no file of signers": (
        lambda log: enter(log, {"format": 1}, *KEEPERS, version=2, subject={"signers.yaml": ONE}), "A07",
        "The file of signers does not read (ValidationError).",
    ),
    "a person too many": (lambda log: enter(log, file(2), *KEEPERS, "deputy"), "A08", WHO),
    "too few": (
        lambda log: enter(log, file(2), "director"), "A08",
        "Version 1 of the signers needs 2 who keep the root of version 1, and 1 signed.".replace("Version 1", "Version 2"),
    ),
}  # fmt: skip


def test_who_kept_an_earlier_root_signs_no_more(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "log")
    write_root(ledger, file(), keys(*KEEPERS))
    persons = [person("director", "owner", root=True), person("successor", "dpo", root=True)]
    write_root(ledger, file(2, persons=persons), keys(*KEEPERS, "successor"))
    enter(ledger, file(3, persons=persons), "director", "successor", "officer")
    assert broken(lambda: roots(ledger)) == ("A08", WHO)


@pytest.mark.parametrize("name", ROOTS)
def test_every_version_of_the_root_is_held_against_the_one_before(tmp_path: Path, name: str) -> None:
    ledger = Ledger(tmp_path / "log")
    write_root(ledger, file(), keys(*KEEPERS))
    make, rule, what = ROOTS[name]
    make(ledger)
    assert broken(lambda: roots(ledger)) == (rule, what)


def test_versions_of_the_root_are_read_in_their_order(tmp_path: Path, clock: Callable[[dt.datetime], None]) -> None:
    """Two branches that merge leave no order of time between their entries."""
    ledger = Ledger(tmp_path / "log")
    ledger.append("note", {})
    for days, version in ((3, 1), (2, 2), (1, 3)):
        clock(NOW + dt.timedelta(days=days))
        said = statement(ROOT, {"signers.yaml": pin_of(file(version))}, file(version).to_record())
        name, data = file_of(entry_of(ROOT, {"version": version, "envelope": signed(said, keys(*KEEPERS))}))
        (ledger.path / name).write_bytes(data)
    assert [entry.body["version"] for entry in ledger.find(ROOT)] == [3, 2, 1]
    assert [one.version for one in roots(ledger)] == [1, 2, 3]


# -------------------------------------------------------------------------------------------------------------- signing
def put(seen: Any, name: str = "director", **more: Any) -> Entry:
    return sign(seen.path, signer(name), **{"stage": "release", "outcome": "approve", "until": ENDS, **more})


def test_a_signature_says_what_it_was_given(at_hand: Any) -> None:
    def standing() -> dict[str, Any]:
        heads = list(log(at_hand).heads())
        return {"log": heads, "tree": Tree.of(log(at_hand).until(heads)).to_record()}

    before = standing()
    entry = put(at_hand, outcome="approve_if", conditions=("One.", "Two."), reason="Well.", project="elsewhere")
    assert at_hand.asked == [(at_hand.path, "elsewhere")]
    said = {
        **rests_on(at_hand), "by": "director", "stage": "release", "outcome": "approve_if", "conditions": ["One.", "Two."],
        "reason": "Well.", "until": str(ENDS), **before,
    }  # fmt: skip
    assert (entry.kind, opened(entry.body["envelope"], APPROVAL, known("director"), "here")) == (
        APPROVAL, (said, PUBLIC, frozenset(known("director"))),
    )  # fmt: skip
    before = standing()
    entry = put(at_hand, "officer", outcome="abstain", until=None)
    said |= {"by": "officer", "outcome": "abstain", "conditions": [], "reason": None, "until": None}
    assert unverified(entry.body["envelope"], APPROVAL, "here") == {**said, **before}
    before = standing()
    entry = revoke(at_hand.path, signer("officer"), reason="It harms.", project="there")
    assert at_hand.asked[-1] == (at_hand.path, "there")
    said = {"by": "officer", "version": "help 1.0.0", "audited": ONE, "reason": "It harms.", **before}
    assert (entry.kind, opened(entry.body["envelope"], REVOCATION, known("officer"), "here")[:2]) == (
        REVOCATION,
        (said, PUBLIC),
    )
    assert come_to(at_hand).refused == ("REVOKED by officer (dpo): It harms.",)


@pytest.mark.parametrize("outcome", ["refuse", "abstain"])
@pytest.mark.parametrize("until", [DAY - dt.timedelta(days=1), NOW])
def test_only_an_approval_ends(at_hand: Any, outcome: str, until: Any) -> None:
    """What else is said has no end, and needs no documents to have been read."""
    at_hand.manifest.files = {"bundle.json": ONE}
    entry = put(at_hand, outcome=outcome, reason="No.", until=until)
    assert unverified(entry.body["envelope"], APPROVAL, "here")["until"] is None
    assert come_to(at_hand).missing == ("owner", "dpo")


@pytest.mark.parametrize("until", [DAY, DAY + TWO_YEARS])
def test_an_approval_may_end_today_and_in_two_years(at_hand: Any, until: dt.date) -> None:
    put(at_hand, until=until)
    assert come_to(at_hand, ("owner",)).until == until


@pytest.mark.parametrize(("until", "rule", "what"), [
    (None, "P05", "The approval has no end."), (NOW, "P05", f"The approval would end on {NOW}."),
    (DAY - dt.timedelta(days=1), "P05", f"The approval would end on {DAY - dt.timedelta(days=1)}."),
    (DAY + TWO_YEARS + dt.timedelta(days=1), "P05", f"The approval would end on {DAY + TWO_YEARS + dt.timedelta(days=1)}."),
    ("2031-06-01", "U01", "This str is not accepted here."),
])  # fmt: skip
@pytest.mark.parametrize("outcome", ["approve", "approve_if"])
def test_an_approval_has_an_end_within_two_years(at_hand: Any, outcome: str, until: Any, rule: str, what: str) -> None:
    found = refused(lambda: put(at_hand, outcome=outcome, until=until, conditions=["One."] * (outcome == "approve_if")))
    assert (found.rule, found.what, found.where) == (rule, what, "Argument until")
    if rule == "P05":
        assert found.remedy == f"Give a day from {DAY} up to {DAY + TWO_YEARS}: by then somebody looks again."


@pytest.fixture
def trial(at_hand: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.date | None], None]:
    """Let the policy say when the trial ends; nothing else of the bundle is there."""

    def ends(day: dt.date | None) -> None:
        stages = SimpleNamespace(trial=SimpleNamespace(ends=day))
        public = SimpleNamespace(policy=SimpleNamespace(stages=stages))
        monkeypatch.setattr("smartstart_gov.release.sign.bundle_of", lambda _: SimpleNamespace(public=public))

    return ends


def test_an_approval_of_a_trial_ends_with_the_trial(at_hand: Any, trial: Callable[[dt.date | None], None]) -> None:
    last = DAY + dt.timedelta(days=100)
    trial(last)
    put(at_hand, stage="trial", until=last)
    found = refused(lambda: put(at_hand, stage="trial", until=last + dt.timedelta(days=1)))
    assert (found.rule, found.what) == ("P05", f"The approval would end on {last + dt.timedelta(days=1)}.")
    assert found.remedy == f"Give a day from {DAY} up to {last}: by then somebody looks again."
    # Another stage has no such end, and what is no approval asks for none.
    put(at_hand, stage="shadow", until=last + dt.timedelta(days=1))
    trial(None)
    found = refused(lambda: put(at_hand, stage="trial", until=last))
    assert (found.rule, found.where, found.what[:40]) == ("P05", "policy.yaml", "The policy does not say what this trial ")
    put(at_hand, stage="trial", outcome="abstain")
    put(at_hand, stage="release", until=last)


@pytest.mark.parametrize(("days", "what"), [
    (0, None), (-1, f"The trial ended on {DAY - dt.timedelta(days=1)}."), (731, None), (800, None),
])  # fmt: skip
def test_a_trial_is_approved_to_its_last_day(
    at_hand: Any, trial: Callable[[dt.date | None], None], days: int, what: Any
) -> None:
    trial(DAY + dt.timedelta(days=days))
    last = DAY + min(dt.timedelta(days=days), TWO_YEARS)
    if what is None:
        put(at_hand, stage="trial", until=last)
        found = refused(lambda: put(at_hand, stage="trial", until=last + dt.timedelta(days=1)))
        assert found.what == f"The approval would end on {last + dt.timedelta(days=1)}."
        found = refused(lambda: put(at_hand, stage="trial", until=None))
        assert found.what == "The approval has no end."
    else:
        found = refused(lambda: put(at_hand, stage="trial", until=DAY))
        assert (found.what, found.remedy) == (what, "Write another end into the policy, and audit a new version.")


def test_an_approval_is_not_renewed_a_third_time(at_hand: Any) -> None:
    for days in (10, 20, 30):
        put(at_hand, until=DAY + dt.timedelta(days=days))
    before = log(at_hand).entries()
    for name, more in (("director", {}), ("deputy", {}), ("director", {"outcome": "approve_if", "conditions": ["One."]})):
        found = refused(lambda name=name, more=more: put(at_hand, name, **more))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.where) == ("P05", "Argument until")
        assert found.what == "Approvals of release by this role were renewed 2 times for this model."
    assert log(at_hand).entries() == before
    # The same end again is no renewal; another stage, another role and another model have counts of their own.
    put(at_hand, "deputy", until=DAY + dt.timedelta(days=30))
    put(at_hand, stage="shadow")
    put(at_hand, "officer")
    at_hand.manifest.files = FILES | {"model.skops": OTHER}
    put(at_hand)


NAMED = "An approval on conditions names them, and nothing else has any."


@pytest.mark.parametrize(("more", "rule", "where", "what"), [
    ({"stage": "party"}, "U01", "Argument stage", "There is no stage 'party'."),
    ({"outcome": "yes"}, "P05", "Argument outcome", "There is no outcome 'yes'."),
    ({"name": "stranger"}, "A08", "Argument signer", "The key KEY is nobody's in the root."),
    ({"name": "modeller"}, "A10", "Argument signer", "modeller trains, and who trains does not approve."),
    ({"conditions": ["One."]}, "P05", "Argument conditions", NAMED),
    ({"outcome": "approve_if"}, "P05", "Argument conditions", NAMED),
    ({"outcome": "abstain", "conditions": ["One."]}, "P05", "Argument conditions", NAMED),
    ({"outcome": "refuse", "reason": "No.", "conditions": ["One."]}, "P05", "Argument conditions", NAMED),
    ({"outcome": "approve_if", "conditions": ["One.", "a\nb"]}, "P05", "Argument conditions", "The text spans more than one line."),
    ({"outcome": "refuse"}, "P05", "Argument reason", "A refusal has no reason."),
    ({"outcome": "abstain", "reason": " x"}, "N02", "Argument reason", "The text begins or ends with a space."),
    ({"outcome": "refuse", "reason": ""}, "P05", "Argument reason", "The text is empty."),
])  # fmt: skip
def test_what_cannot_be_said_is_not_signed(at_hand: Any, more: dict[str, Any], rule: str, where: str, what: str) -> None:
    before = log(at_hand).entries()
    found = refused(lambda: put(at_hand, **more))
    # Keys are made anew in every process, so no name of a case may hold one.
    assert (found.where, found.what) == (where, what.replace("KEY", digits_of(signer("stranger"))[:8]))
    assert found.rule == rule
    assert log(at_hand).entries() == before


@pytest.mark.parametrize(("more", "where"), [
    ({"outcome": "approve_if", "conditions": "One."}, "Argument conditions"), ({"outcome": "approve_if", "conditions": 5}, "Argument conditions"),
    ({"outcome": "approve_if", "conditions": [5]}, "Argument conditions"), ({"outcome": "refuse", "reason": 5, "until": None}, "Argument reason"),
], ids=str)  # fmt: skip
def test_what_is_said_is_text(at_hand: Any, more: dict[str, Any], where: str) -> None:
    before = log(at_hand).entries()
    found = refused(lambda: put(at_hand, **more))
    assert (found.rule, found.where) == ("U01", where)
    assert refused(lambda: sign(at_hand.path, None, stage="release", outcome="abstain")).rule == "A08"  # type: ignore[arg-type]  # no signer
    assert log(at_hand).entries() == before


def test_the_last_day_is_counted_from_the_day_that_the_entry_names(at_hand: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a moment that is made reproducible: the gate goes by it, and what could not count is not signed."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int((NOW - dt.timedelta(days=10)).timestamp())))
    last = DAY - dt.timedelta(days=10) + TWO_YEARS
    found = refused(lambda: put(at_hand, until=last + dt.timedelta(days=1)))
    assert found.remedy.startswith(f"Give a day from {DAY} up to {last}")
    put(at_hand, until=last)
    assert come_to(at_hand, ("owner",)).until == last


CLOSED = "The version is a draft: the rows of its audit were not opened."
GUESSED = "The version is a draft: its contract has columns that nobody confirmed."


@pytest.mark.parametrize(("changes", "told"), [
    ({"look": None}, [CLOSED]), ({"contract": {"unconfirmed": ["income"]}}, [GUESSED]),
    ({"look": None, "contract": {"unconfirmed": ["income"]}}, [GUESSED, CLOSED]), ({"contract": {"unconfirmed": []}}, []),
], ids=str)  # fmt: skip
def test_nobody_lets_a_draft_pass_and_anybody_may_refuse_it(at_hand: Any, changes: dict[str, Any], told: list[str]) -> None:
    """No gate opens for what says on every page that it is a draft: who signs hears so at once, and not afterwards."""
    at_hand.record = {"bundle.json": {"look": {"entry": OTHER}, **changes}}.__getitem__
    calls = [
        partial(put, at_hand, stage=stage, outcome=outcome, conditions=["One."] if outcome == "approve_if" else ())
        for stage in STAGES[::2] for outcome in ("approve", "approve_if")
    ]  # fmt: skip
    if told:
        calls.append(partial(waive, at_hand.path, signer("director"), "limit.alarm", stage="release"))
    before = log(at_hand).entries()
    for call in calls:
        if told:
            with pytest.raises(Refused) as found:
                call()
            assert [(one.rule, one.what) for one in found.value.violations] == [("A12", what) for what in told]
            assert log(at_hand).entries() == before
        else:
            call()
    put(at_hand, outcome="refuse", reason="It is a draft.", until=None)


def test_nobody_signs_for_what_does_not_hold(at_hand: Any) -> None:
    first, second = (Violation(rule="A01", what=what, where="here", remedy="Restore it.") for what in ("One.", "Two."))
    at_hand.violations, at_hand.edits = (first,), [second]
    with pytest.raises(EvidenceBroken) as found:
        put(at_hand)
    assert found.value.violations == (first, second)
    # But it can be taken back.
    revoke(at_hand.path, signer("director"), reason="It is broken.")
    assert come_to(at_hand).refused == ("REVOKED by director (owner): It is broken.",)
    at_hand.violations, at_hand.edits = (), []
    at_hand.manifest.files = {name: value for name, value in FILES.items() if not name.endswith(".pdf")}
    found_ = refused(lambda: put(at_hand))
    assert (found_.rule, found_.what[:29]) == ("A12", "The version has no documents:")
    at_hand.project = None
    found_ = refused(lambda: put(at_hand))
    assert (found_.rule, found_.what) == ("U01", "The version lies in no project.")
    assert refused(lambda: revoke(at_hand.path, signer("director"), reason="x")).rule == "U01"


@pytest.mark.parametrize(("name", "reason", "rule"), [
    ("stranger", "x", "A08"), ("modeller", "x", "A10"), ("director", "", "P05"), ("director", "a\nb", "P05"),
])  # fmt: skip
def test_what_is_not_taken_back_is_not_written(at_hand: Any, name: str, reason: str, rule: str) -> None:
    before = log(at_hand).entries()
    assert refused(lambda: revoke(at_hand.path, signer(name), reason=reason)).rule == rule
    assert log(at_hand).entries() == before


# ----------------------------------------------------------------------------------------------------------------- keys
def test_a_passphrase_of_twelve_is_the_shortest(tmp_path: Path) -> None:
    found = refused(lambda: make_key(tmp_path / "a.key", "x" * 11))
    assert (found.rule, found.what) == ("A08", "The passphrase has 11 characters.")
    assert not any(tmp_path.iterdir())
    digits = make_key(str(tmp_path / "a.key"), "x" * 12)
    assert digits_of(read_key(str(tmp_path / "a.key"), "x" * 12)) == digits
    assert (tmp_path / "a.key").stat().st_mode & 0o777 == 0o600


def test_no_key_is_written_over_anything(tmp_path: Path) -> None:
    (tmp_path / "a.key").symlink_to(tmp_path / "nothing")
    found = refused(lambda: make_key(tmp_path / "a.key", PHRASE))
    assert (found.rule, found.what) == ("R03", "There is a file 'a.key' already.")
    assert [path.name for path in tmp_path.iterdir()] == ["a.key"]


def test_a_key_file_is_one_and_no_larger_than_one(tmp_path: Path) -> None:
    make_key(tmp_path / "a.key", PHRASE)
    data = (tmp_path / "a.key").read_bytes()
    (tmp_path / "padded.key").write_bytes(data + b"\n" * ((1 << 14) - len(data)))
    assert digits_of(read_key(tmp_path / "padded.key", PHRASE)) == digits_of(read_key(tmp_path / "a.key", PHRASE))
    (tmp_path / "over.key").write_bytes(data + b"\n" * ((1 << 14) + 1 - len(data)))
    for name in ("over.key", "missing.key", "."):
        found = refused(lambda name=name: read_key(tmp_path / name, PHRASE))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.what[:21]) == ("U01", "There is no key file "), name


def test_a_passphrase_is_hashed_as_often_as_owasp_asks_and_older_files_open(tmp_path: Path) -> None:
    """Read with the DER of the standard in hand: PBES2, PBKDF2, the rounds as an INTEGER, HMAC-SHA256, AES-256-CBC."""
    import base64

    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ed25519

    path, old = tmp_path / "a.key", tmp_path / "old.key"
    digits = make_key(path, PHRASE)
    der = base64.b64decode("".join(path.read_text().splitlines()[1:-1]))
    assert (der[:1], der[2] + 3) == (b"\x30", len(der))
    names = ("2a864886f70d01050d", "2a864886f70d01050c", f"0203{600_000:06x}", "2a864886f70d0209", "60864801650304012a")
    places = [der.find(bytes.fromhex(name)) for name in names]
    assert -1 not in places
    assert places == sorted(places)
    at = places[1] + len(bytes.fromhex(names[1])) + 4
    assert der[at - 2 : at] == b"\x04\x10", "a salt of sixteen bytes"
    make_key(old, PHRASE)
    again = base64.b64decode("".join(old.read_text().splitlines()[1:-1]))
    assert len({data[at : at + 16] for data in (der, again)}) == len({data[-96:] for data in (der, again)}) == 2, (
        "salts are drawn"
    )
    opened: Any = form.load_pem_private_key(path.read_bytes(), PHRASE.encode())
    assert opened.public_key().public_bytes_raw().hex() == digits == digits_of(read_key(path, PHRASE))
    assert refused(lambda: read_key(path, PHRASE + "!")).rule == "A08"
    key = ed25519.Ed25519PrivateKey.generate()
    old.write_bytes(
        key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(PHRASE.encode()))
    )
    assert digits_of(read_key(old, PHRASE)) == key.public_key().public_bytes_raw().hex()


def test_only_an_ed25519_key_behind_its_passphrase_is_taken(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    path = tmp_path / "a.key"
    shut = "The key cannot be opened with this passphrase."
    locked = form.BestAvailableEncryption(PHRASE.encode())
    for key, how, phrase, what in (
        (ed25519.Ed25519PrivateKey.generate(), form.NoEncryption(), PHRASE, shut),
        (ed25519.Ed25519PrivateKey.generate(), locked, PHRASE + "!", shut),
        (ec.generate_private_key(ec.SECP256R1()), locked, PHRASE, "The key is no Ed25519 key."),
    ):
        path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, how))
        found = refused(lambda phrase=phrase: read_key(path, phrase))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.what) == ("A08", what)


def test_only_an_ed25519_key_signs(at_hand: Any) -> None:
    from securesystemslib.signer import CryptoSigner

    class Elsewhere:
        """A key of a service, of a kind that has no digits."""

        keytype, keyval = "ed25519", {"public": "0" * 64}

    for other in (CryptoSigner.generate_ecdsa(), SimpleNamespace(public_key=Elsewhere())):
        found = refused(lambda other=other: digits_of(other))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.what) == ("A08", "The signer's key is no Ed25519 key.")
        found = refused(lambda other=other: revoke(at_hand.path, other, reason="x"))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.where) == ("A08", "Argument signer")


def test_a_public_key_holds_what_its_key_signed() -> None:
    from securesystemslib.exceptions import UnverifiedSignatureError

    signature = signer("director").sign(b"text")
    public_key(digits_of(signer("director"))).verify_signature(signature, b"text")
    with pytest.raises(UnverifiedSignatureError):
        public_key(digits_of(signer("officer"))).verify_signature(signature, b"text")
    for digits in ("", "zz" * 32, "00" * 31):
        with pytest.raises(ValueError, match=r"hex|32 bytes"):
            public_key(digits)


EIGHTH = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
#: Points of small order as keys, each in every way in which it can be written.
ANYBODYS = [
    "01" + "00" * 31, "01" + "00" * 30 + "80", "00" * 32, "00" * 31 + "80", "ec" + "ff" * 30 + "7f", "ec" + "ff" * 31,
    EIGHTH, EIGHTH[:-2] + "85", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "ed" + "ff" * 30 + "7f", "ed" + "ff" * 31,
    "ee" + "ff" * 30 + "7f", "ee" + "ff" * 31,
]  # fmt: skip


@pytest.mark.parametrize("digits", ANYBODYS)
def test_a_key_with_which_anybody_could_sign_is_nobodys(digits: str) -> None:
    """Eight times such a point is nothing, so a signature of nothing holds for one message in eight at least."""
    key, held = public_key(digits), 0
    for number in range(64):
        with contextlib.suppress(UnverifiedSignatureError, VerificationError):
            key.verify_signature(Signature(key.keyid, "01" + "00" * 63), b"%d" % number)
            held += 1
    assert held or digits.startswith(("ed", "ee")), "some programs take no key that could be written shorter"
    with pytest.raises((ValidationError, Refused), match="anybody could sign"):
        file(persons=[{**one, "keys": [digits]} if one["name"] == "deputy" else one for one in file().to_record()["persons"]])
