"""Waivers, rule by rule, straight from a log: what counts, what does not and why, and what nobody can sign."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from smartstart_gov.authoring.stages import Waivers
from smartstart_gov.errors import EvidenceBroken, Violation
from smartstart_gov.evidence.folder import RENDERED
from smartstart_gov.ledger import Entry, entry_of, file_of
from smartstart_gov.release.approvals import WAIVER
from smartstart_gov.release.envelope import opened
from smartstart_gov.release.root import current, write_root
from smartstart_gov.release.sign import unwaive, waive
from smartstart_gov.release.waivers import (
    Waiver,
    cards_of,
    counted,
    may_be_waived,
    pinned,
    signed_waivers,
    waivers_of,
)  # fmt: skip
from tests.release.saying import (
    DAY,
    FILES,
    KEEPERS,
    LAST,
    NOW,
    ONE,
    OTHER,
    PUBLIC,
    file,
    keys,
    known,
    log,
    refused,
    say,
    waived,
)  # fmt: skip
from tests.release.test_decide import finding
from tests.release.test_signing import person, signer

pytestmark = pytest.mark.usefixtures("clock")

ALARM, AT = "limit.alarm", "not counted: the waiver of limit.alarm at release"
BY = ("director (owner)", "officer (dpo)")
CARDS = {"model_card.nl.pdf": ONE, "model_card.en.pdf": OTHER}


def policy(**changes: Any) -> Any:
    return SimpleNamespace(waivers=Waivers.model_validate({"roles": ("owner", "dpo"), **changes}))


NOBODY: Any = SimpleNamespace(waivers=None)


def standing(seen: Any, rules: Any = None) -> tuple[list[str], tuple[str, ...]]:
    """Return which findings are waived at which stage, and what is told of the others."""
    found, notes = signed_waivers(seen, rules or policy(), current(log(seen)))
    return [f"{one.finding} {one.stage} {one.until}" for one in found], notes


def both(seen: Any, **changes: Any) -> tuple[str, ...]:
    return tuple(waived(seen, name, **changes).digest for name in KEEPERS)


def test_what_is_signed_twice_was_signed_all_along_and_known_to_the_last(seen: Any) -> None:
    def found() -> Waiver:
        (one,), _ = signed_waivers(seen, policy(), current(log(seen)))
        return one

    first = tuple(waived(seen, name).digest for name in KEEPERS)
    between = log(seen).append("note", {"n": 1}).digest
    for name in KEEPERS:
        assert (found().entries, between in found().known(log(seen))) == (first, False)
        waived(seen, name)
    waived(seen, "officer")
    assert (found().entries, between in found().known(log(seen))) == (first, True)


@pytest.mark.parametrize("changes", [{"until": None, "owner": None, "instead": None}, {"instead": "Nothing."}], ids=str)
@pytest.mark.parametrize("after", [False, True])
def test_what_was_taken_back_stays_so_when_its_key_leaves(seen: Any, changes: dict[str, Any], after: bool) -> None:
    """A second key takes the waiver back, and leaves the file of signers; the first words are not said again by that."""
    two = [person("director", "owner", root=True, keys=("director", "spare")), person("officer", "dpo", root=True)]
    write_root(log(seen), file(2, persons=two), keys(*KEEPERS))
    both(seen)
    waived(seen, "director", key="spare", **changes)
    one = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(log(seen), file(3, persons=one), keys(*KEEPERS))
    assert standing(seen)[0] == []
    waived(seen, "spare" if after else "officer", by="director")
    assert standing(seen)[0] == [], "nor by somebody else"
    waived(seen, "director")
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]


def days(number: int) -> str:
    return str(DAY + dt.timedelta(days=number))


# ------------------------------------------------------------------------------------------------- what stands in the log
def test_two_who_sign_the_same_words_waive(seen: Any) -> None:
    first = waived(seen, "director").digest
    assert standing(seen) == ([], (f"{AT} needs 2 persons who sign the same words, and has 1",))
    second = waived(seen, "officer").digest
    alarm = Waiver(
        finding=ALARM, stage="release", until=LAST, by=BY, owner="owner", reason="A new model is built.",
        instead="Two people look.", entries=(first, second), again=(first, second),
    )  # fmt: skip
    assert signed_waivers(seen, policy(), current(log(seen))) == ((alarm,), ())
    assert alarm.line() == (
        f"WAIVED {ALARM} until {LAST} by director (owner) and officer (dpo): A new model is built."
        " Instead, for which owner answers: Two people look."
    )
    assert standing(seen, policy(persons=3)) == ([], (f"{AT} needs 3 persons who sign the same words, and has 2",))
    lone = f"{AT} by {{}}: the policy does not let this role waive"
    assert standing(seen, NOBODY) == ([], tuple(lone.format(name) for name in KEEPERS))
    assert standing(seen, policy(roles=("dpo",)))[1] == (
        lone.format("director"), f"{AT} needs 2 persons who sign the same words, and has 1",
    )  # fmt: skip
    say(seen, "deputy", until=days(10))
    assert len(standing(seen)[0]) == 1, "an approval is no waiver"
    root, path = current(log(seen)), seen.path
    # The log is the project's, and without one it lies beside the version.
    for seen.path, seen.project in ((path / "elsewhere" / "1.0.0", path.parent), (path, None)):
        assert len(signed_waivers(seen, policy(), root)[0]) == 1


@pytest.mark.parametrize("changes", [
    {"owner": "dpo"}, {"reason": "Another."}, {"instead": "Nothing."}, {"until": days(61)}, {"stage": "trial"},
    {"finding": "limit.chosen"},
], ids=str)  # fmt: skip
def test_other_words_are_another_waiver(seen: Any, changes: dict[str, Any]) -> None:
    waived(seen, "director")
    waived(seen, "officer", **changes)
    found, notes = standing(seen)
    assert (found, len(notes)) == ([], 2)
    waived(seen, "deputy", **changes)
    assert len(standing(seen)[0]) == 1


ILL: list[tuple[dict[str, Any], str | None]] = [
    ({"version": "help 2.0.0"}, None), ({"audited": OTHER}, " is of other evidence"),
    ({"subject": {**pinned(PUBLIC), "model.skops": OTHER}}, " is of other evidence"),
    ({"by": "director"}, ": the key KEY is no longer theirs in the root"), ({"key": "modeller", "by": "modeller"}, ": who trains does not waive"),
    ({"finding": "control.R16"}, ": this finding can never be waived"), ({"until": days(91)}, f" would hold until {days(91)}, longer than 90 days"),
    ({"until": days(-1)}, f" ended on {days(-1)}"), ({"until": None, "owner": None, "instead": None}, None),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(ILL)))
def test_what_does_not_count_says_why(seen: Any, case: int) -> None:
    from smartstart_gov.release.keyfile import digits_of

    changes, told = ILL[case]
    waived(seen, "director")
    waived(seen, "officer", **changes)
    found, notes = standing(seen)
    line = f"not counted: the waiver of {changes.get('finding', ALARM)} at release"
    of = (
        ()
        if told is None
        else (f"{line} by {changes.get('by', 'officer')}{told}".replace("KEY", digits_of(signer("officer"))[:8]),)
    )
    assert (found, notes) == ([], (*of, f"{AT} needs 2 persons who sign the same words, and has 1"))
    # What is wrong with one statement keeps none after it from counting.
    waived(seen, "officer")
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]


@pytest.mark.parametrize(("until", "found"), [(days(0), True), (days(90), True), (days(-1), False), (days(91), False)])
def test_a_waiver_holds_to_its_last_day_and_ninety_days_at_most(seen: Any, until: str, found: bool) -> None:
    both(seen, until=until)
    assert bool(standing(seen)[0]) is found


def test_ninety_days_are_counted_from_the_day_of_the_entry(seen: Any, clock: Callable[[dt.datetime], None]) -> None:
    """A day later the same words would not be too long any more; who signed them signed too much."""
    both(seen, until=days(91))
    clock(NOW + dt.timedelta(days=5))
    assert standing(seen)[0] == []
    both(seen, until=days(91))
    assert len(standing(seen)[0]) == 1


def test_what_somebody_said_last_counts(seen: Any, clock: Callable[[dt.datetime], None]) -> None:
    both(seen)
    # A shorter end that is over takes the longer one with it.
    waived(seen, "officer", until=days(1))
    clock(NOW + dt.timedelta(days=2))
    ended = f"{AT} by officer ended on {days(1)}"
    assert standing(seen) == ([], (ended, f"{AT} needs 2 persons who sign the same words, and has 1"))
    waived(seen, "officer")
    assert standing(seen) == ([f"{ALARM} release {LAST}"], (ended,))
    # At another stage, and of another finding, nobody said anything.
    waived(seen, "officer", stage="trial", until=days(3))
    waived(seen, "officer", finding="limit.chosen", until=days(3))
    clock(NOW + dt.timedelta(days=4))
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]
    # Who may waive no longer may still take back.
    waived(seen, "director", until=None, owner=None, instead=None)
    waived(seen, "deputy")
    assert standing(seen, policy(roles=("dpo",)))[0] == []
    assert standing(seen)[0] == [f"{ALARM} release {LAST}"]
    waived(seen, "officer", until=None, owner=None, instead=None)
    assert standing(seen)[0] == []


def test_who_may_waive_no_longer_may_take_back(seen: Any) -> None:
    both(seen)
    waived(seen, "director", until=None, owner=None, instead=None)
    lone = f"{AT} by director: the policy does not let this role waive"
    assert standing(seen, policy(roles=("dpo",)))[1].count(lone) == 1, "of what was waived, and not of what was taken back"
    # Two who take the same back, in the same words, waive nothing.
    waived(seen, "officer", until=None, owner=None, instead=None)
    assert standing(seen) == ([], ())


def test_a_waiver_is_renewed_twice_whoever_signs(seen: Any) -> None:
    for end in (10, 20, 30):
        both(seen, until=days(end))
    beyond = f"{AT} by {{}} is renewed once more than the two times there are"
    for name in ("deputy", "officer"):
        waived(seen, name, until=days(40))
    assert standing(seen) == ([f"{ALARM} release {days(30)}"], tuple(beyond.format(name) for name in ("deputy", "officer")))
    # Not one more of the same end, of another stage, or of another finding.
    waived(seen, "deputy", until=days(30))
    both(seen, stage="trial", until=days(40))
    both(seen, finding="limit.chosen", until=days(40))
    assert standing(seen)[0] == [
        f"{ALARM} release {days(30)}", f"{ALARM} trial {days(40)}", f"limit.chosen release {days(40)}"
    ]  # fmt: skip


def test_ninety_days_are_a_term_like_any_other(seen: Any, clock: Callable[[dt.datetime], None]) -> None:
    for end in (10, 20, 90):
        both(seen, until=days(end))
    clock(NOW + dt.timedelta(days=1))
    both(seen, until=days(91))
    assert standing(seen)[0] == [f"{ALARM} release {days(90)}"]


def test_another_version_of_the_same_model_begins_no_new_count(seen: Any) -> None:
    for end in (10, 20, 30):
        waived(seen, "director", until=days(end), version="help 0.9.0", audited=OTHER, subject={"model.skops": ONE})
    both(seen)
    assert standing(seen)[0] == []
    # Another model does, of which the first counts.
    for end in (40, 50, 55):
        waived(seen, "director", finding="limit.chosen", until=days(end), version="help 0.9.0", subject={"model.skops": OTHER})
    both(seen, finding="limit.chosen")
    assert standing(seen)[0] == [f"limit.chosen release {LAST}"]


@pytest.mark.parametrize("changes", [
    {"until": days(40_000)}, {"until": days(91)}, {"by": "director"}, {"key": "modeller", "by": "modeller", "until": days(80)},
    {"until": None, "owner": None, "instead": None},
], ids=str)  # fmt: skip
def test_what_could_never_count_begins_no_term(at_hand: Any, changes: dict[str, Any], blocked: Callable[..., None]) -> None:
    """Neither far away, so that every later end would seem to be no renewal, nor as one of the three."""
    blocked()
    waived(at_hand, "officer", **({"until": days(5)} | changes))
    for end in (10, 20, 30):
        both(at_hand, until=days(end))
    assert standing(at_hand)[0] == [f"{ALARM} release {days(30)}"]
    assert refused(lambda: put(at_hand, until=DAY + dt.timedelta(days=40))).what.startswith(
        "This finding was waived and renewed 2"
    )
    put(at_hand, until=DAY + dt.timedelta(days=30))
    both(at_hand, until=days(40))
    assert standing(at_hand)[0] == [f"{ALARM} release {days(30)}"]


def test_a_key_that_left_counts_no_more_but_its_terms_do(seen: Any) -> None:
    for end in (10, 20, 30):
        waived(seen, "deputy", until=days(end))
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True)]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    both(seen)
    assert standing(seen)[0] == []
    both(seen, until=days(30))
    assert standing(seen)[0] == [f"{ALARM} release {days(30)}"]


def test_who_waived_and_trains_now_counts_no_more_but_the_terms_do(seen: Any) -> None:
    for end in (10, 20, 30):
        waived(seen, "deputy", until=days(end))
    persons = [person("director", "owner", root=True), person("officer", "dpo", root=True), person("deputy", "trainer")]
    write_root(log(seen), file(2, persons=persons), keys(*KEEPERS))
    assert standing(seen)[1][0] == f"{AT} by deputy: who trains does not waive"
    both(seen)
    assert standing(seen)[0] == []


def test_what_can_be_waived_and_what_it_is_about() -> None:
    names = ("limit.alarm", "rows.linking_age", "rows.other", "control.R50", "control.R16", "control.R99", "look")
    assert [name for name in names if may_be_waived(name)] == ["limit.alarm", "rows.linking_age", "control.R50"]
    assert [may_be_waived(finding(name)) for name in ("limit.alarm", "control.R50", "control.R16")] == [True, True, False]
    assert pinned(FILES) == {"bundle.json": ONE, "model.skops": ONE}


# ------------------------------------------------------------------------------------------------------ what the gate counts
def told(seen: Any, *ids: str, stage: Any = "release", rules: Any = None) -> tuple[list[str], list[str]]:
    findings = [*(finding(name, "FAILED") for name in ids or (ALARM,)), finding("limit.fine")]
    found, lines = counted(seen, stage, rules or policy(), current(log(seen)), findings)
    assert [line for line in lines if line.startswith("WAIVED ")] == [one.line() for one in found]
    return [one.finding for one in found], [line for line in lines if not line.startswith("WAIVED ")]


def rendered(seen: Any, documents: Any = CARDS, **changes: Any) -> Entry:
    body = {"name": "help", "version": "1.0.0", "audited": ONE, "documents": documents} | changes
    return log(seen).append(RENDERED, {key: value for key, value in body.items() if value is not ...})


@pytest.fixture
def carded(seen: Any) -> Any:
    seen.manifest.files = FILES | CARDS
    return seen


UNREAD = f"{AT} is not on the card yet; run smartstart-gov render"


def test_a_waiver_counts_once_every_card_prints_it(carded: Any) -> None:
    rendered(carded)
    waived(carded, "director")
    rendered(carded)
    waived(carded, "officer")
    assert told(carded) == ([], [UNREAD]), "between the two it was no waiver"
    rendered(carded, {"model_card.nl.pdf": ONE, "factsheet.nl.pdf": OTHER})
    assert told(carded) == ([], [UNREAD]), "the English card is old"
    rendered(carded, {"model_card.en.pdf": ONE})
    assert told(carded) == ([], [UNREAD]), "this is another English card"
    rendered(carded, {"model_card.en.pdf": OTHER})
    assert told(carded) == ([ALARM], ["1 of 3 waivers at release are used"])
    assert told(carded, stage="trial") == ([], [])
    root, path, failed = current(log(carded)), carded.path, [finding(ALARM, "FAILED")]
    for carded.path, carded.project in ((path / "elsewhere" / "1.0.0", path.parent), (path, None)):
        assert len(counted(carded, "release", policy(), root, failed)[0]) == 1
    carded.project = path.parent
    assert cards_of(carded) == tuple(CARDS)
    carded.manifest.files = FILES
    assert told(carded) == ([], [UNREAD]), "no card prints it"
    assert cards_of(carded) == ()


@pytest.mark.parametrize(
    "changes", [{"audited": OTHER}, {"audited": ...}, {"documents": ...}, {"documents": ["model_card.nl.pdf"]}]
)
def test_a_render_of_something_else_prints_nothing(carded: Any, changes: dict[str, Any]) -> None:
    both(carded)
    rendered(carded, **changes)
    assert told(carded) == ([], [UNREAD])
    rendered(carded)
    assert told(carded)[0] == [ALARM]


def test_a_render_beside_the_waiver_does_not_print_it(carded: Any) -> None:
    """On another branch of the log it was drawn without knowing of it."""
    heads = log(carded).heads()
    both(carded)
    log(carded).append(RENDERED, {"name": "help", "version": "1.0.0", "audited": ONE, "documents": CARDS}, after=heads)
    assert told(carded) == ([], [UNREAD])


def test_what_blocks_nothing_needs_no_waiver(carded: Any) -> None:
    both(carded)
    both(carded, finding="limit.chosen", stage="trial")
    rendered(carded)
    assert told(carded, "limit.chosen") == (
        [],
        ["not needed: the waiver of limit.alarm at release; this answer does not block"],
    )
    both(carded, finding="limit.fine", stage="shadow")
    assert told(carded, stage="shadow") == ([], ["not needed: the waiver of limit.fine at shadow; this answer does not block"])
    assert told(carded, "limit.chosen", stage="trial") == (["limit.chosen"], ["1 of 3 waivers at trial are used"])
    waived(carded, "officer", finding="limit.chosen", stage="trial", until=days(91))
    (used, note) = told(carded, "limit.chosen", stage="trial")[1]
    assert (used[:1], "longer than 90 days" in note) == ("1", True)
    assert told(carded)[1] == ["1 of 3 waivers at release are used"], "a note of another stage is told there"


def test_where_more_are_waived_than_the_policy_allows_none_counts(carded: Any) -> None:
    for name in (ALARM, "limit.chosen"):
        both(carded, finding=name)
    rendered(carded)
    ids = (ALARM, "limit.chosen")
    assert told(carded, *ids, rules=policy(at_most=2)) == ([*ids], ["2 of 2 waivers at release are used"])
    over = "not counted: 2 findings are waived at release, and the policy allows 1: none counts"
    assert told(carded, *ids, rules=policy(at_most=1)) == ([], [over])
    assert told(carded, *ids, rules=NOBODY)[0] == []


def test_one_finding_in_two_wordings_is_one(carded: Any) -> None:
    persons = [
        person("director", "owner", root=True),
        person("officer", "dpo", root=True),
        person("deputy", "owner"),
        person("second", "dpo"),
    ]
    write_root(log(carded), file(2, persons=persons), keys(*KEEPERS))
    both(carded)
    for name in ("deputy", "second"):
        waived(carded, name, reason="Another reason.")
    rendered(carded)
    assert told(carded, rules=policy(at_most=1)) == ([ALARM, ALARM], ["1 of 1 waivers at release are used"])
    for name in ("deputy", "second"):
        waived(carded, name, finding="limit.chosen")
    rendered(carded)
    over = "not counted: 2 findings are waived at release, and the policy allows 1: none counts"
    assert told(carded, ALARM, "limit.chosen", rules=policy(at_most=1)) == ([], [over])


def test_documents_print_what_is_let_pass(seen: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Any]()
    monkeypatch.setattr("smartstart_gov.release.waivers.examine", lambda *given: asked.append(given) or seen)
    verdict = SimpleNamespace(findings=[finding("limit.b", "FAILED"), finding(ALARM, "FAILED"), finding("limit.none")])
    public = SimpleNamespace(version="1.0.0", policy=policy(), verdict=verdict)
    bundle: Any = SimpleNamespace(home=seen.project, public=public)
    seen.path.mkdir()
    assert (waivers_of(bundle), asked) == ((), []), "nothing is read where nobody waived"
    for name, stage in (("limit.b", "release"), (ALARM, "release"), ("limit.b", "shadow"), ("limit.none", "shadow")):
        both(seen, finding=name, stage=stage)
    assert [(one.finding, one.stage) for one in waivers_of(bundle)] == [
        ("limit.b", "shadow"), (ALARM, "release"), ("limit.b", "release"),
    ]  # fmt: skip
    assert asked == [(seen.path, seen.project)]
    for changes in ({"home": None}, {"version": None}, {"policy": NOBODY}, {"version": "2.0.0"}):
        other = SimpleNamespace(**vars(public) | {key: value for key, value in changes.items() if key != "home"})
        assert waivers_of(SimpleNamespace(home=changes.get("home", seen.project), public=other)) == ()  # type: ignore[arg-type]  # by duck
    assert len(asked) == 1


# ---------------------------------------------------------------------------------------------------------------- signing
WORDS: dict[str, Any] = {"until": LAST, "reason": "A new model is built.", "instead": "Two people look.", "owner": "owner"}
OPEN = dict.fromkeys(WORDS)


@pytest.fixture
def blocked(at_hand: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let findings keep the version from every stage, under a policy; at first the alarms under the one above."""

    def set_(*ids: str, rules: Any = None) -> None:
        verdict = SimpleNamespace(findings=[*(finding(name, "FAILED") for name in ids or (ALARM,)), finding("limit.fine")])
        charter = SimpleNamespace(signatories=[SimpleNamespace(role="owner"), SimpleNamespace(role="dpo")])
        public = SimpleNamespace(policy=rules or policy(), verdict=verdict, charter=charter)
        monkeypatch.setattr("smartstart_gov.release.sign.bundle_of", lambda _: SimpleNamespace(public=public))

    set_()
    return set_


def put(seen: Any, name: str = "director", of: str = ALARM, **more: Any) -> Entry:
    return waive(seen.path, signer(name), of, **{"stage": "release", **WORDS, **more})


def back(seen: Any, name: str = "director", of: str = ALARM, **more: Any) -> Entry:
    return unwaive(seen.path, signer(name), of, **{"stage": "release", "reason": "Nobody looked.", **more})


def says(entry: Entry, name: str) -> dict[str, Any]:
    said, subject, by = opened(entry.body["envelope"], WAIVER, known(name), "here")
    assert (entry.kind, subject, by) == (WAIVER, pinned(PUBLIC), frozenset(known(name)))
    return {key: value for key, value in said.items() if key not in ("log", "tree")}


def test_a_waiver_says_what_it_was_given(at_hand: Any, blocked: object) -> None:
    said = {
        "version": "help 1.0.0", "audited": ONE, "stage": "release", "finding": ALARM, **WORDS, "until": str(LAST), "by": "director"
    }  # fmt: skip
    assert says(put(at_hand, project="elsewhere"), "director") == said
    assert at_hand.asked == [(at_hand.path, "elsewhere")]
    # Who gives no words signs the last ones of this finding, stage and audit, and not what was taken back.
    put(at_hand, "director", stage="trial", reason="Of the trial.")
    waived(at_hand, "deputy", finding="limit.chosen", reason="Of another limit.")
    waived(at_hand, "deputy", audited=OTHER, reason="Of another audit.")
    waived(at_hand, "deputy", until=None, owner=None, instead=None)
    say(at_hand, "deputy", outcome="refuse", reason="No waiver.")
    assert says(put(at_hand, "officer", **OPEN), "officer") == said | {"by": "officer"}
    mine = {"reason": "Mine.", "until": LAST - dt.timedelta(days=1)}
    for name, words in (("deputy", WORDS | mine), ("officer", OPEN)):
        assert says(put(at_hand, name, **words), name) == said | {"by": name, "reason": "Mine.", "until": str(mine["until"])}
    entry = back(at_hand, "officer", project="there")
    assert at_hand.asked[-1] == (at_hand.path, "there")
    nothing = {"owner": None, "until": None, "instead": None, "reason": "Nobody looked."}
    assert says(entry, "officer") == said | nothing | {"by": "officer"}
    assert standing(at_hand)[0] == []


def test_the_ninety_days_are_counted_from_the_day_that_the_entry_names(
    at_hand: Any, blocked: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int((NOW - dt.timedelta(days=10)).timestamp())))
    assert refused(lambda: put(at_hand, until=DAY + dt.timedelta(days=81))).where == "Argument until"
    for name in KEEPERS:
        put(at_hand, name, until=DAY + dt.timedelta(days=80))
    assert standing(at_hand)[0] == [f"{ALARM} release {days(80)}"]


@pytest.mark.parametrize("until", [DAY, DAY + dt.timedelta(days=90)])
def test_a_waiver_may_end_today_and_in_ninety_days(at_hand: Any, blocked: object, until: dt.date) -> None:
    for name in KEEPERS:
        put(at_hand, name, until=until)
    assert standing(at_hand)[0] == [f"{ALARM} release {until}"]


HALF: list[tuple[dict[str, Any], str, str, str]] = [
    ({"stage": "party"}, "U01", "Argument stage", "There is no stage 'party'."),
    ({"name": "stranger"}, "A08", "Argument signer", "The key KEY is nobody's in the root."),
    ({"name": "modeller"}, "A10", "Argument signer", "modeller trains, and who trains does not approve."),
    ({"of": "limit.fine"}, "P07", "Argument finding", "'limit.fine' does not keep this version from release."),
    ({"of": "control.R16"}, "P07", "Argument finding", "control.R16 is never waived."),
    (OPEN, "P07", "Argument finding", "Nobody has waived this yet."),
    *((({part: None}, "P07", "Arguments", f"The waiver lacks {part}.")) for part in WORDS),
    ({"owner": None, "reason": None}, "P07", "Arguments", "The waiver lacks reason, owner."),
    ({"until": DAY - dt.timedelta(days=1)}, "P07", "Argument until", f"The waiver would end on {days(-1)}."),
    ({"until": DAY + dt.timedelta(days=91)}, "P07", "Argument until", f"The waiver would end on {days(91)}."),
    ({"until": str(LAST)}, "U01", "Argument until", "This str is not accepted here."),
    ({"until": NOW}, "P07", "Argument until", f"The waiver would end on {NOW}."),
    ({"owner": "neighbour"}, "P07", "Argument owner", "'neighbour' is not a signatory of the charter."),
    ({"reason": "a\nb"}, "P05", "Argument reason", "The text spans more than one line."),
    ({"instead": ""}, "P05", "Argument instead", "The text is empty."),
]  # fmt: skip


@pytest.mark.parametrize("case", range(len(HALF)))
def test_half_a_waiver_is_not_signed(at_hand: Any, blocked: Callable[..., None], case: int) -> None:
    from smartstart_gov.release.keyfile import digits_of

    more, rule, where, what = HALF[case]
    blocked(ALARM, "control.R16", "control.R50")
    before = log(at_hand).entries()
    found = refused(lambda: put(at_hand, **more))
    assert (found.rule, found.where, found.what) == (rule, where, what.replace("KEY", digits_of(signer("stranger"))[:8]))
    if where == "Argument finding" and "of" in more:
        assert found.remedy == f"What may be waived here: {ALARM}, control.R50."
        blocked("control.R16")
        assert refused(lambda: put(at_hand, **more)).remedy == "What may be waived here: nothing of this version."
    assert log(at_hand).entries() == before


def test_only_whom_the_policy_lets_waive_waives(at_hand: Any, blocked: Callable[..., None]) -> None:
    blocked(rules=NOBODY)
    found = refused(lambda: put(at_hand))
    assert (found.rule, found.where, found.what) == ("P07", "policy.yaml", "The policy lets nobody waive.")
    blocked(rules=policy(roles=("dpo",)))
    assert refused(lambda: put(at_hand)).what == "The policy does not let director waive."
    put(at_hand, "officer")


def test_a_waiver_is_not_renewed_a_third_time(at_hand: Any, blocked: object) -> None:
    for end in (10, 20, 30):
        put(at_hand, until=DAY + dt.timedelta(days=end))
    before = log(at_hand).entries()
    for name in ("director", "officer"):
        found = refused(lambda name=name: put(at_hand, name))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.where) == ("P07", "Argument finding")
        assert found.what == "This finding was waived and renewed 2 times for this model."
    assert log(at_hand).entries() == before
    put(at_hand, "officer", until=DAY + dt.timedelta(days=30))
    put(at_hand, stage="trial")


def test_no_more_is_waived_than_the_policy_allows(at_hand: Any, blocked: Callable[..., None]) -> None:
    ids = [ALARM, "limit.b", "limit.c"]
    blocked(*ids, rules=policy(at_most=1))
    put(at_hand)
    put(at_hand, "officer", "limit.b")
    put(at_hand, "officer")
    # The alarms are waived now, and another finding is one too many; the same one is not, nor another stage.
    before = log(at_hand).entries()
    found = refused(lambda: put(at_hand, "deputy", "limit.b"))
    assert (found.rule, found.where) == ("P07", "Argument finding")
    assert found.what == "1 findings are waived at release, and the policy allows 1."
    assert log(at_hand).entries() == before
    put(at_hand, "deputy")
    put(at_hand, "deputy", "limit.b", stage="trial")
    blocked(*ids, rules=policy(at_most=2))
    put(at_hand, "deputy", "limit.b")


def test_one_takes_back_ones_own_waiver_once(at_hand: Any, blocked: object) -> None:
    put(at_hand)
    put(at_hand, "officer", stage="trial")
    waived(at_hand, "deputy", audited=OTHER)
    before = log(at_hand).entries()
    for more in ({"name": "officer"}, {"name": "deputy"}, {"of": "limit.chosen"}, {"stage": "trial"}):
        found = refused(lambda more=more: back(at_hand, **more))  # type: ignore[misc]  # bound at once
        assert (found.rule, found.where) == ("P07", "Argument finding")
    for more, rule in (
        ({"stage": "party"}, "U01"),
        ({"name": "stranger"}, "A08"),
        ({"name": "modeller"}, "A10"),
        ({"reason": ""}, "P05"),
    ):
        assert refused(lambda more=more: back(at_hand, **more)).rule == rule  # type: ignore[misc]  # bound at once
    say(at_hand, "director", outcome="refuse", reason="No waiver.")
    assert len(log(at_hand).entries()) == len(before) + 1
    back(at_hand)
    assert refused(lambda: back(at_hand)).what == f"director has not waived '{ALARM}' at release."
    put(at_hand)
    back(at_hand)


def test_nobody_waives_for_what_does_not_hold(at_hand: Any, blocked: object) -> None:
    first, second = (Violation(rule="A01", what=what, where="here", remedy="Restore it.") for what in ("One.", "Two."))
    put(at_hand)
    at_hand.broken, at_hand.edits = (first,), [second]
    for call in (put, back):
        with pytest.raises(EvidenceBroken) as found:
            call(at_hand)
        assert found.value.violations == (first, second)
    at_hand.broken, at_hand.edits, at_hand.project = (), [], None
    for call in (put, back):
        assert refused(lambda call=call: call(at_hand)).what == "The version lies in no project."  # type: ignore[misc]  # bound at once


def test_a_waiver_stands_after_every_branch(at_hand: Any, blocked: object) -> None:
    name, data = file_of(entry_of("note", {"a": "branch"}))
    (log(at_hand).path / name).write_bytes(data)
    for name in KEEPERS:
        put(at_hand, name)
    assert standing(at_hand)[0] == [f"{ALARM} release {LAST}"]
