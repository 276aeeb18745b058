"""Every refusal of the library: what, where, remedy, under a rule id that the reference documents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral

#: Rule ids and what each protects. The reference page is generated from this table, and a test holds
#: that no refusal uses an id that is not in it.
RULES: dict[str, str] = {
    "A01": "Evidence whose digest does not match its contents is not evidence.",
    "A02": "A missing, empty or unreadable file is not evidence.",
    "A03": "A version folder holds exactly the files its manifest lists.",
    "A05": "A bundle is judged under the name and version for which it was written.",
    "A06": "A statement counts only if every signature on it holds.",
    "A07": "A signed statement is exactly what it says it is, and nothing more.",
    "A08": "A signature counts only from a key that the root names, for that role, at that time.",
    "A09": "A threshold counts persons, not signatures or keys.",
    "A10": "Whoever trained a model does not approve it.",
    "A11": "An approval holds for the model, evidence, policy and audit set that it names.",
    "A12": "A release has every statement that its stage needs.",
    "A13": "The log is append-only: no entry is edited, removed or detached.",
    "A15": "A model file is skops with trusted types; pickle is never opened.",
    "A16": "A model file is unpacked only within declared bounds.",
    "A18": "A tree in a model file points only to nodes and columns that exist.",
    "A19": "A model decides with the libraries it was audited with.",
    "C01": "A contract names each column once and gives each role what it needs.",
    "C02": "A hierarchy gives each level exactly one parent.",
    "C03": "A schema that says more than a contract can express is refused, not simplified.",
    "C04": "Social media and pages from the web are no source, unless the law, the need and the consent are stated.",
    "D01": "A missing sensitive value needs a declared maximum unknown share.",
    "D02": "Labels that differ only in case, spaces or look-alike letters would split one group in two.",
    "D04": "A level that the contract does not declare is refused.",
    "D06": "A label with only one class cannot be learned or audited.",
    "D07": "A label has exactly the two declared values.",
    "D08": "Scores are finite and lie in [0, 1].",
    "D10": "Rows are matched by unique keys, never by position.",
    "D12": "An audit needs rows.",
    "D13": "A policy names only attributes and columns that the contract declares.",
    "D14": "A column that the contract does not name is refused.",
    "D15": "An axis has at most the declared maximum of levels.",
    "D17": "A column has exactly its declared type; nothing is converted silently.",
    "D19": "Weights are finite and non-negative, and not all zero.",
    "D20": "Every required column is in the data.",
    "D21": "Rounded and suppressed counts agree with the sums in the table.",
    "D22": "A key is a pseudonym, never a citizen service number.",
    "D23": "A word of a dossier is counted only if many people's dossiers have it, and no sign says that it is a name.",
    "D24": "A figure of an area is the mean of many people, and never of a few.",
    "E01": "An audit is no evidence for files that were edited after it.",
    "L01": "An audit set is looked at no more often than the policy allows.",
    "L02": "Rows that may be looked at freely are not audited.",
    "M01": "A metric, measure or option is one of the documented names.",
    "M02": "An estimator is a scikit-learn classifier that can be cloned, fitted and stored.",
    "M03": "A threshold needs scores, and scores need a threshold.",
    "M04": "Explanations are shown only if they add up to the model's output.",
    "M05": "A capacity selects some of the rows, and never splits rows with equal scores.",
    "M06": "Group membership is used in training only where the policy allows it and states the legal ground.",
    "N01": "Names are short, plain and safe as folder names.",
    "N02": "Labels carry no control, format or look-alike characters.",
    "N03": "A document uses only its own templates, fonts and data.",
    "N04": "Every character of a text can be printed in the documents.",
    "N05": "A name fits whole in the field that a standard has for it.",
    "P01": "A key appears once in an authored file.",
    "P02": "Authored files are small and flat, without aliases, anchors or tags.",
    "P03": "A scalar in an authored file means what it looks like, or is in quotes.",
    "P04": "An unknown key in an authored file is an error.",
    "P05": "A value in an authored file has the right type and lies within its range.",
    "P06": "A policy without limits is no policy.",
    "P07": "A waiver lets one finding of one version pass, within what the policy allows, for 90 days at most.",
    "P08": "A policy edited after the audit is not the policy of that audit.",
    "P09": "What ends on a day is judged only by a clock that is not behind the log.",
    "P10": "An import never overwrites another answer.",
    "P11": "An authored file is UTF-8 text and valid YAML from beginning to end.",
    "R01": "A write that fails leaves nothing half-written.",
    "R03": "An existing version is never overwritten.",
    "U01": "A command or call refers to things that exist.",
    "U02": "Required packages and system libraries are installed.",
}

#: What there is for outcomes that are not of two values; every refusal of such an outcome ends with it.
OTHER_OUTCOMES = (
    "Only outcomes with two values are supported. For several classes, make one such column per class (that class against"
    " the rest); for a numeric outcome, compare errors by group with smartstart_gov.rowwise."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One problem: what (with the value found), where, and what to do about it."""

    rule: str
    what: str
    where: str
    remedy: str

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"rule id {self.rule!r} is not in smartstart_gov.errors.RULES")

    def __str__(self) -> str:
        return f"{self.what}\n{self.where}. {self.remedy} [{self.rule}]"


class Refused(Exception):
    """The library refuses to continue: a rule, what was found, where, and the remedy.

    One refusal can contain several violations (`Refused.of`), so that a user can fix them in one go.

    Attributes
    ----------
    violations : tuple of Violation
        At least one.
    exit_code : int
        What the command line returns for it: 2, or 4 for `EvidenceBroken`.
    """

    exit_code = 2

    def __init__(self, rule: str, what: str, where: str, remedy: str) -> None:
        self.violations: tuple[Violation, ...] = (Violation(rule=rule, what=what, where=where, remedy=remedy),)
        super().__init__(str(self.violations[0]))

    @classmethod
    def of(cls, violations: Iterable[Violation]) -> Refused:
        """Return one refusal for all `violations`, in the order given."""
        found = tuple(violations)
        if not found:
            raise ValueError("a refusal needs at least one violation")
        first = found[0]
        refusal = cls(first.rule, first.what, first.where, first.remedy)
        refusal.violations = found
        refusal.args = ("\n\n".join(str(v) for v in found),)
        return refusal

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.violations))

    @property
    def rule(self) -> str:
        """The rule id of the first violation."""
        return self.violations[0].rule


class EvidenceBroken(Refused):
    """The evidence does not hold: digest, log, re-performance, or a file edited since the audit."""

    exit_code = 4


def _rebuild(kind: type[Refused], violations: tuple[Violation, ...]) -> Refused:
    return kind.of(violations)


def expect(value: object, kinds: type | tuple[type, ...], where: str, remedy: str) -> None:
    """Raise Refused U01 if `value` is of none of `kinds`: the standard answer to an argument of the wrong type."""
    if not isinstance(value, kinds):
        raise Refused("U01", unaccepted(value), where, remedy)


def unaccepted(value: object) -> str:
    """Return what is said of an argument of the wrong kind: numbers and None by what they are, all else by its type alone."""
    # Python writes no number of thousands of digits down.
    plain = value is None or isinstance(value, float) or (is_whole(value, -(10**15)) and not is_whole(value, 10**15))
    return f"{value if plain else 'This ' + type(value).__name__} is not accepted here."


def is_whole(value: object, least: int) -> bool:
    """Whether `value` is a whole number of at least `least`; a truth value is none."""
    return not isinstance(value, bool) and isinstance(value, Integral) and int(value) >= least


def expect_whole(value: object, least: int, where: str) -> None:
    """Raise Refused U01 if `value` is no whole number of at least `least`."""
    if not is_whole(value, least):
        raise Refused("U01", unaccepted(value), where, f"Pass a whole number of at least {least}.")
