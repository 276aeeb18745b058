"""Control: one question that a documented failure should have been asked, with all that is said of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from smartstart_gov.authoring.names import File, Place, Who, fits
from smartstart_gov.judgement.finding import Finding, Message, Moment, Severity, Status
from smartstart_gov.judgement.sentences import add_messages

if TYPE_CHECKING:
    from smartstart_gov.authoring.charter import Charter
    from smartstart_gov.authoring.contract import DataContract
    from smartstart_gov.authoring.fields import OpenFact
    from smartstart_gov.authoring.node import Location
    from smartstart_gov.controls.facts import Facts

Answer = tuple[Status, Message, Message]
#: What an answer rests on: on what was counted or checked, or on what somebody wrote down; or there is nothing to ask yet.
Kind = Literal["measured", "declared", "not_applicable"]


def _(message: str) -> str:
    """Mark a sentence for the message catalogues."""
    return message


def message(code: str, **values: str | int) -> Message:
    """Return the sentence with this code, about these values."""
    return Message(code=code, values=values)


#: The remedy where nothing is amiss.
NOTHING = message("remedy.none")


def _always(charter: Charter, contract: DataContract, at: Location) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A fact of the authored files without which a control does not pass.

    Attributes
    ----------
    file : {"charter", "contract", "policy"}
    place : tuple of str
        Keys that lead to it; ``*`` stands for any name or position.
    when : callable
        Whether this charter and contract need it; by default they all do.
    answer : {"NOT_SHOWN", "FAILED"}
        Of the control, as long as the fact is open.
    """

    file: File
    place: Place
    when: Callable[[Charter, DataContract, Location], bool] = _always
    answer: Status = "NOT_SHOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: everything that is known of it; whatever lists, prints or asks controls reads it from here.

    Its messages can be said from the moment it exists. Dutch stands in the message catalogue, under the English.

    Attributes
    ----------
    rule : str
        Like ``R42``; unique.
    title : str
        What it asks, in a few words; the documents print it.
    severity : {"block", "warn", "declare"}
        Follows the rule: declare asks for a declared fact, block for a state of affairs.
    case : str
        The documented failure behind it.
    step, plainly : str
        What has to be done where it is not passed, without names of files and keys (those stand in `todo`): on page 1 of the
        card, and in the words of the factsheet. The title stands in for one that is not written.
    who : {"owner", "dpo", "data", "lawyer", "committee"}
        Who can change the answer.
    answered_in : tuple of str and tuple of str, or None
        File and key where the answer is given; None where data or model give it.
    waits_for : tuple of Waits
        Facts without which it does not pass.
    messages : mapping
        Code to English sentence, with values in braces; every code begins with the id of the control.
    ask : callable
        The question: from facts to status, reason and remedy. It cannot pass by finding nothing to look at.
    moment : {"audit", "release"}
    kind : {"measured", "declared"}
        What its answer rests on where it is passed: what somebody wrote down is not counted as measured.
    otherwise : mapping
        Code of a reason to the kind of an answer with that reason, where it is another.
    waivable : bool
        Whether people may let a breach pass for a while, with a signed waiver. A question of law, one on which every other
        answer rests, and one that asks for no more than a declaration are not.
    only_after : bool
        Whether only an audit can answer it; all others are asked before it too, so that nobody learns of them after the look.
    version : int
        Revision of the question: raised when the same facts may get another answer or severity. Evidence that was
        judged by an earlier one keeps its answer.
    since : tuple of int
        Edition of the rules (`smartstart_gov.evidence.rules`) with which each version came. From then on no evidence is
        whole without it; a version without a number here is asked of new evidence and demanded of none.

    Examples
    --------
    >>> from smartstart_gov.controls.scope import OVERSIGHT
    >>> OVERSIGHT.id, OVERSIGHT.title, OVERSIGHT.who, OVERSIGHT.answered_in
    ('control.R42', 'It is declared who decides', 'owner', ('charter', ('oversight',)))
    """

    rule: str
    title: str
    severity: Severity
    case: str
    step: str = ""
    plainly: str = ""
    who: Who
    answered_in: tuple[File, Place] | None = None
    waits_for: tuple[Waits, ...] = ()
    messages: Mapping[str, str]
    ask: Callable[[Facts], Answer]
    moment: Moment = "audit"
    kind: Kind = "measured"
    otherwise: Mapping[str, Kind] = field(default_factory=dict)
    waivable: bool = False
    only_after: bool = False
    version: int = 1
    since: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        strange = [code for code in {**self.messages, **self.otherwise} if not code.startswith(f"{self.id}.")]
        if strange:
            raise ValueError(f"{self.id} has messages of another: {', '.join(strange)}")
        add_messages(self.messages)

    @property
    def id(self) -> str:
        """Of the finding that answers it."""
        return f"control.{self.rule}"

    def kind_of(self, finding: Finding) -> Kind:
        """Return what an answer of this control rests on."""
        return self.otherwise.get(finding.reason.code, self.kind)

    def finding(self, facts: Facts) -> Finding:
        """Return the answer on these facts."""
        status, reason, remedy = self.ask(facts)
        return Finding(
            id=self.id, severity=self.severity, moment=self.moment, status=status, reason=reason, remedy=remedy
        )  # fmt: skip

    def until(self, fact: OpenFact, charter: Charter, contract: DataContract) -> Status | None:
        """Return the answer as long as this fact is open; None where the control does not wait for it."""
        for one in self.waits_for:
            if one.file == fact.file and fits(one.place, fact.at) and one.when(charter, contract, fact.at):
                return one.answer
        return None
