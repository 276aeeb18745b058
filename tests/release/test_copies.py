"""Copies and branches: who writes to the log, and has no key, brings nothing back that a person took back.

The time of an entry stands in the entry, and nobody signs it: only what a statement was signed after is a person's word.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from smartstart_gov.ledger import Entry
from smartstart_gov.release.root import write_root
from tests.release.saying import DAY, KEEPERS, LAST, again, broken, come_to, file, keys, log, packed, say, waived
from tests.release.test_signing import person
from tests.release.test_waived import ALARM, AT, standing

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize(
    "after",
    [
        {"outcome": "refuse", "reason": "It harms.", "until": None}, {"outcome": "abstain", "until": None},
        {"outcome": "approve_if", "conditions": ["Look at each."], "until": str(DAY)},
    ],
)  # fmt: skip
@pytest.mark.parametrize("seconds", [-30, 30])
def test_a_copy_of_what_was_signed_takes_nothing_back(seen: Any, after: dict[str, Any], seconds: int) -> None:
    """Whoever writes to the log can enter an old approval once more, with a later time, and needs no key for it."""
    yes = say(seen, "director")
    say(seen, "officer")
    say(seen, "director", **after)
    before = come_to(seen)
    again(seen, yes, seconds)
    assert come_to(seen) == before


def test_who_signs_the_words_of_another_does_not_hide_them(seen: Any) -> None:
    no = say(seen, "officer", outcome="refuse", reason="It harms.", until=None)
    says = json.loads(base64.b64decode(no.body["envelope"]["payload"]))
    body = {"envelope": packed(says, "modeller")}
    again(seen, Entry(kind=no.kind, at=no.at, parents=no.parents, body=body), -30)
    assert come_to(seen).refused == ("REFUSED by officer (dpo): It harms.",)


@pytest.mark.parametrize(
    "no", [{"outcome": "refuse", "reason": "It harms.", "until": None}, {"outcome": "abstain", "until": None}]
)
def test_a_no_in_another_branch_is_taken_back_by_what_is_signed_after_it(seen: Any, no: dict[str, Any]) -> None:
    """The times of two branches are nobody's word: of a yes and a no that do not know each other, the no stands."""
    yes = say(seen, "director")
    (log(seen).path / f"{yes.digest[7:]}.json").unlink()
    say(seen, "director", **no)
    say(seen, "officer")
    again(seen, yes)
    found = come_to(seen)
    assert found.missing == ("owner",)
    assert bool(found.refused) == (no["outcome"] == "refuse")
    told = "not counted: director (owner) said otherwise in another branch of the log; sign again, after it"
    assert told in found.notes
    say(seen, "director")
    assert (come_to(seen).missing, come_to(seen).refused) == ((), ())


def test_an_approval_beside_a_key_that_left_is_none(seen: Any) -> None:
    """The newest word was signed with the old key: what a copy of an older branch says with the new one does not undo it."""
    persons = [person("director", "owner", root=True, keys=("director", "second")), person("officer", "dpo", root=True)]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    yes = say(seen, "director")
    (log(seen).path / f"{yes.digest[7:]}.json").unlink()
    said = {"outcome": "abstain", "until": None, "log": list(log(seen).heads()), "by": "director"}
    say(seen, "second", **said)
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(log(seen), file(3, persons=persons), keys(*KEEPERS))
    again(seen, yes)
    assert come_to(seen).missing == ("owner", "dpo")


@pytest.mark.parametrize("sign", ["\x1b[2J", "\x08", "\u202e", "\u200b", "\x00"])
def test_what_moves_a_terminal_is_no_word_of_anybody(seen: Any, sign: str) -> None:
    say(seen, "modeller", by=f"x{sign}approved by director (owner)")
    assert broken(lambda: come_to(seen)) == ("A07", "The statement does not read as one approval.")


TAKEN = {"until": None, "owner": None, "instead": None}


@pytest.mark.parametrize("copied", [True, False])
def test_a_waiver_that_was_taken_back_needs_a_signature_after_that(seen: Any, copied: bool) -> None:
    """As a copy of the entry, and moved to a branch that does not know it was taken back: its time is nobody's word."""
    first = waived(seen, "director")
    if not copied:
        (log(seen).path / f"{first.digest[7:]}.json").unlink()
    waived(seen, "director", **TAKEN)
    waived(seen, "officer")
    again(seen, first)
    found, notes = standing(seen)
    assert found == []
    assert (f"{AT} by director was taken back in another branch of the log; sign again, after it" in notes) != copied
    waived(seen, "director")
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]


def test_a_waiver_beside_a_key_that_left_counts_no_more(seen: Any) -> None:
    persons = [person("director", "owner", root=True, keys=("director", "second")), person("officer", "dpo", root=True)]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    first = waived(seen, "director")
    (log(seen).path / f"{first.digest[7:]}.json").unlink()
    waived(seen, "director", key="second", reason="Other words.")
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(log(seen), file(3, persons=persons), keys(*KEEPERS))
    waived(seen, "officer")
    again(seen, first)
    assert standing(seen)[0] == []


def changed(seen: Any) -> None:
    """Let the director be a second dpo."""
    write_root(log(seen), file(2, persons=[person(name, "dpo", root=True) for name in ("director", "officer")]), keys(*KEEPERS))


def test_a_waiver_counts_in_the_role_that_it_was_signed_in(seen: Any) -> None:
    for name in KEEPERS:
        waived(seen, name)
    changed(seen)
    found, notes = standing(seen)
    assert found == []
    assert f"{AT} by director was signed in another role; sign again" in notes
    waived(seen, "director")
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]


def test_what_was_taken_back_in_another_role_and_another_branch_stays_so(seen: Any) -> None:
    back = waived(seen, "director", **TAKEN)
    (log(seen).path / f"{back.digest[7:]}.json").unlink()
    changed(seen)
    for name in KEEPERS:
        waived(seen, name)
    again(seen, back, -30)
    assert standing(seen)[0] == []
    waived(seen, "director")
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]


def test_a_waiver_that_is_taken_back_in_two_branches_is_taken_back(seen: Any) -> None:
    """Whoever took it back twice has taken it back, whether or not the second time knew of the first."""
    second = waived(seen, "director", **TAKEN, reason="Once more.")
    (log(seen).path / f"{second.digest[7:]}.json").unlink()
    waived(seen, "director", **TAKEN)
    for name in KEEPERS:
        waived(seen, name)
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]
    again(seen, second)
    assert standing(seen)[0] == []


def test_a_waiver_needs_not_know_of_another_of_its_person(seen: Any) -> None:
    first = waived(seen, "director")
    (log(seen).path / f"{first.digest[7:]}.json").unlink()
    waived(seen, "director", reason="Other words.")
    waived(seen, "officer")
    again(seen, first)
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]
