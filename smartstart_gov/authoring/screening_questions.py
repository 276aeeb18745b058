"""The questions of the pre-scan DPIA of the Dutch government, version 2.0, by their numbers.

Three boxes for free text ("please specify": 1.1.3, 1.4.2 and 2.1.7) are left out: no outcome depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question.

    Attributes
    ----------
    id : str
        Its number in the pre-scan.
    kind : {"text", "flag", "one", "many"}
        Free text, yes or no, one option, or several.
    options : tuple of str
        Codes of the options, in the order of the pre-scan.
    after : tuple of str and bool, or None
        It is asked only if that question has that answer.
    """

    id: str
    kind: Literal["text", "flag", "one", "many"]
    options: tuple[str, ...] = ()
    after: tuple[str, bool] | None = None


def _one(id_: str, options: str, after: tuple[str, bool] | None = None) -> Question:
    return Question(id=id_, kind="one", options=tuple(options.split()), after=after)


def _many(id_: str, options: str, after: tuple[str, bool] | None = None) -> Question:
    return Question(id=id_, kind="many", options=tuple(options.split()), after=after)


def _flag(id_: str, after: tuple[str, bool] | None = None) -> Question:
    return Question(id=id_, kind="flag", after=after)


_ALL = (
    _flag("0.1"),
    Question(id="0.2", kind="text"),
    Question(id="0.3", kind="text"),
    _one("0.4", "consent agreement legal_obligation vital_interest public_task legitimate_interest"),
    _flag("0.5.1"),
    _many("0.5.2", "service storage subprocessor hybrid_on_premise", ("0.5.1", True)),
    _one("0.5.3", "public private hybrid", ("0.5.1", True)),
    _flag("0.5.4", ("0.5.1", True)),
    _flag("1.1.1"),
    _many("1.1.2", "device content demographic telemetry website helpdesk logging contact other", ("1.1.1", True)),
    _flag("1.2.1"),
    _many("1.2.2", "biometric sexual health genetic union political ethnic religious", ("1.2.1", True)),
    _flag("1.3.1"),
    _many(
        "1.3.2",
        "browsing financial fraud vulnerable credentials communication_location national_number criminal stigma",
        ("1.3.1", True),
    ),
    _many("1.4.1", "staff citizens under_16 vulnerable specified"),
    _flag("1.5.1"),
    _flag("1.5.2"),
    _one("1.5.3", "continuous more_than_monthly monthly yearly irregular once"),
    _one("1.5.4", "years year under_month under_week under_day"),
    _flag("2.1.1"),
    _one("2.1.2", "inside outside", ("2.1.1", True)),
    _one("2.1.3", "on_premise inside outside", ("2.1.1", True)),
    _one("2.1.4", "inside outside", ("2.1.1", True)),
    _one("2.1.5", "inside outside", ("2.1.1", True)),
    _one(
        "2.1.6",
        "adequacy standard_clauses binding_rules certification code_of_conduct instrument article_49 other",
        ("2.1.1", True),
    ),
    _flag("2.1.8", ("2.1.1", True)),
    _many(
        "3.1",
        "biometric cameras communication employees credit financial mobile_cameras fraud genetic health covert"
        " internet_of_things profiling behaviour location cooperation blacklist",
    ),
    _many(
        "4.1",
        "special blocking automated_decision new_technology large_scale combining evaluation monitoring vulnerable",
    ),
    _flag("5.1.1"),
    _many(
        "5.1.2",
        "topography_large income land_registry subsoil persons topography vehicles property_value companies addresses",
        ("5.1.1", True),
    ),
    _flag("6.1.1"),
    _flag("6.1.2", ("6.1.1", True)),
    _flag("6.1.3", ("6.1.2", False)),
    _flag("7.1.1"),
    _flag("7.1.2", ("7.1.1", True)),
    _flag("7.1.3", ("7.1.2", False)),
)
QUESTIONS: dict[str, Question] = {question.id: question for question in _ALL}
#: Questions that a charter may answer; the others are answered by its other keys.
ANSWERABLE = tuple(question.id for question in _ALL if question.kind != "text")


def fault(number: str, answer: bool | str | tuple[str, ...] | None) -> tuple[str, str] | None:
    """Return what is wrong with an answer, and the remedy; None if nothing is, or if it is open."""
    question = QUESTIONS.get(number)
    if question is None or question.kind == "text":
        return f"prescan has no question {number!r} to answer", f"The questions are {', '.join(ANSWERABLE)}, each in quotes."
    if answer is None:
        return None
    if question.kind == "flag":
        return (
            None
            if isinstance(answer, bool)
            else (f"question {number} must be answered with true or false", "Write true or false.")
        )
    listed = f"Choose from {', '.join(question.options)}."
    if question.kind == "one":
        right = isinstance(answer, str) and answer in question.options
        return None if right else (f"question {number} must be answered with one of its options", listed)
    if isinstance(answer, tuple) and set(answer) <= set(question.options):
        return None
    return f"question {number} must be answered with a list of its options", f"{listed} Write [] if none applies."
