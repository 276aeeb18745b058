"""Policy: limits and their ladders, stages and the split, written before the audit rows are opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from smartstart_gov.authoring.ask import Ask
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.names import STAGES, Stages
from smartstart_gov.authoring.stages import Stage, StageTable, Waivers
from smartstart_gov.authoring.value import (
    Authored,
    Declared,
    DeclaredNamed,
    Line,
    Name,
    Problem,
    Problems,
    Share,
    Text,
    refuse_any,
)

Between = Literal["groups", "overall", "rest", "reference"]
Harm = Literal["both", "higher", "lower"]
Severity = Literal["block", "warn", "declare"]
#: The name of the limit itself, as the last rung of its own ladder.
TOP = "limit"
Inside = Annotated[float, Field(gt=0, lt=1)]
#: From here on a limit asks nothing: half of all people more than in the other group, or half as often (see decision 0021).
LOOSEST = 0.5
#: No small-cell rule is looser than this.
SMALLEST_K = 5


#: What a threshold says, one of these.
_WAYS = ("value", "capacity", "share", "as_given")


class Unseen(Authored):
    """The largest group in which a harm of that size may go unseen.

    A spread over many groups hides most in the smallest of them. With this key, a rung is passed only if a single
    larger group, treated that much worse than all others, would have kept it from passing four times out of five.
    """

    at_most_cases: Annotated[int, Field(ge=1)]
    """Cases in the denominator of the rate: for false alarms only those without the outcome."""
    harm: Annotated[float, Field(gt=1, le=20)]
    """How many times as often as in all other groups; as seldom, if a low rate is the harm."""


class Rung(Authored):
    """One weaker question on the way to a limit.

    ``spread`` asks whether the true rates of all groups vary little (`at_most` is their standard
    deviation) and no group stands out. The others compare as the limit does, with the groups, or with the
    larger areas of a step of the hierarchy.
    """

    id: Name
    question: Literal["spread", "groups", "overall", "rest"]
    step: Line | None = None
    """Name of a step of the hierarchy, if larger areas are compared."""
    at_most: Inside | None = None
    at_least: Inside | None = None
    pool_under: Annotated[int, Field(ge=2)] | None = None
    """Groups with fewer rows than this are combined into one group, whatever their outcomes are."""
    unseen: Unseen | None = None
    """For a spread: how small a group must be for a harm in it to go unseen."""


class Needs(Authored):
    """The rung that each stage requires: the id of a rung, or ``limit`` for the limit itself."""

    shadow: Name
    trial: Name
    release: Name


class Limit(Authored):
    """One limit on one metric between the groups of one attribute (or one intersection).

    A difference must lie strictly under `at_most`, in both directions; a ratio strictly above
    `at_least`, in both directions (0.8 forbids 0.8 and under, and 1.25 and over).
    """

    id: Name
    metric: Line
    """Name of a rate, like ``false_positive_rate``."""
    by: tuple[Line, ...] = Field(min_length=1)
    """One attribute, or the attributes of a declared intersection."""
    measure: Literal["difference", "ratio"]
    between: Between
    """Compare groups with each other, with everybody, with the rest, or with a named group."""
    reference: Line | None = None
    """The named group, if `between` is reference."""
    at_most: Inside | None = None
    at_least: Inside | None = None
    harm: Harm = "both"
    """Which direction harms a group: a ``higher`` rate, a ``lower`` one, or ``both``."""
    given: Line | None = None
    """A column with the role control: groups are compared within each of its levels, and the results are combined."""
    pool_under: Annotated[int, Field(ge=2)] | None = None
    """Groups with fewer rows than this are combined into one group, whatever their outcomes are."""
    ladder: tuple[Rung, ...] = ()
    """Weaker questions, weakest first, asked in this order until one is not passed."""
    needs: Needs | None = None
    """Which rung each stage requires, if there is a ladder."""
    severity: Severity = "block"
    reason: Annotated[
        Declared,
        Ask(
            "committee",
            "Which harm does this limit guard against, and why was this value chosen?",
            "A false alarm means a needless call about somebody's child.",
        ),
    ]
    """Why this metric and this limit: which harm it guards against, and for whom."""

    @property
    def bound(self) -> float:
        """The number of the limit, whichever way it points."""
        return float(self.at_most if self.at_most is not None else self.at_least or 0.0)

    @property
    def asks_nothing(self) -> bool:
        """Whether release requires only bounds that hardly any data could breach (at or beyond `LOOSEST`)."""
        names = [*(rung.id for rung in self.ladder), TOP]
        asked = len(names) if self.needs is None else names.index(self.needs.release) + 1
        return all(_loose(measure, bound) for measure, bound in self._bounds()[:asked])

    @property
    def stops(self) -> bool:
        """Whether it can keep a model from release: it is more than a warning, and not too wide."""
        return self.severity != "warn" and not self.asks_nothing

    def _bounds(self) -> list[tuple[str, float]]:
        """Return what each question measures and its number, in the order of the ladder."""
        found = []
        for rung in self.ladder:
            bound = rung.at_most if rung.at_most is not None else rung.at_least
            measure = "spread" if rung.question == "spread" else self.measure
            found.append((measure, self.bound if bound is None else float(bound)))
        return [*found, (self.measure, self.bound)]

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        refuse_any([*self._problems(), *self._of_ladder()])
        return self

    def _problems(self) -> Iterator[Problem]:
        wanted, other = ("at_most", "at_least") if self.measure == "difference" else ("at_least", "at_most")
        if getattr(self, wanted) is None:
            hint = "a share between 0 and 1" if wanted == "at_most" else "between 0 and 1; write 0.8 instead of 1.25"
            yield Problem(what=f"a {self.measure} needs {wanted}", remedy=f"Add {wanted}: {hint}.", at=(wanted,))
        if getattr(self, other) is not None:
            yield Problem(
                what=f"a {self.measure} does not take {other}", remedy=f"Remove {other}, or change measure.", at=(other,)
            )
        if self.between == "reference" and self.reference is None:
            yield Problem(
                what="between: reference needs a reference group",
                remedy="Add reference with the name of a level.",
                at=("reference",),
            )
        if self.between != "reference" and self.reference is not None:
            remedy = "Write between: reference, or remove the group."
            yield Problem(
                what=f"a reference group has no effect when between is {self.between}", remedy=remedy, at=("reference",)
            )
        if len(set(self.by)) != len(self.by):
            yield Problem(what="an attribute appears twice under by", remedy="Name each attribute once.", at=("by",))
        if self.harm != "both" and self.between == "groups" and all(rung.question == "groups" for rung in self.ladder):
            what = (
                f"harm {self.harm} has no effect when all pairs of groups are compared: one of each pair is always the higher"
            )
            yield Problem(what=what, remedy="Set between to rest, everybody or reference.", at=("harm",))
        if self.given is not None and self.between == "overall":
            what = "a comparison with everybody cannot be combined over the levels of a control column"
            yield Problem(what=what, remedy="Write between: rest.", at=("given",))
        if self.given is not None and (self.ladder or self.pool_under is not None):
            what = "a limit within the levels of a control column cannot have a ladder or a pool"
            yield Problem(what=what, remedy="Make it a separate limit.", at=("given",))

    def _of_ladder(self) -> Iterator[Problem]:
        names = [*(rung.id for rung in self.ladder), TOP]
        if len(set(names)) != len(names):
            yield Problem(
                what="two rungs have the same id",
                remedy=f"Give each rung its own id; {TOP} is the limit itself.",
                at=("ladder",),
            )
        if bool(self.ladder) != (self.needs is not None):
            what = "ladder and needs go together: needs says which rung each stage requires"
            yield Problem(what=what, remedy="Add the missing one, or remove this one.", at=("needs",))
        for i, rung in enumerate(self.ladder):
            at = ("ladder", i)
            wanted = "at_most" if rung.question == "spread" or self.measure == "difference" else "at_least"
            other = "at_least" if wanted == "at_most" else "at_most"
            if rung.question == "spread" and rung.at_most is None:
                yield Problem(
                    what="spread needs at_most",
                    remedy="Add at_most: the largest standard deviation allowed.",
                    at=(*at, "at_most"),
                )
            if getattr(rung, other) is not None:
                yield Problem(what=f"this rung does not take {other}", remedy=f"Write {wanted}.", at=(*at, other))
            if rung.unseen is not None and rung.question != "spread":
                what = (
                    f"unseen has no effect when the question is {rung.question}: groups that are too small keep it from passing"
                )
                yield Problem(what=what, remedy="Remove unseen, or use it on a spread.", at=(*at, "unseen"))
            if rung.step is not None and len(self.by) != 1:
                what = "a step to larger areas needs a limit on a single attribute"
                yield Problem(what=what, remedy="Remove step, or make it a separate limit.", at=(*at, "step"))
        if self.needs is not None:
            places = []
            for stage in STAGES:
                asked = getattr(self.needs, stage)
                if asked not in names:
                    what = f"{stage} needs {asked!r}, which is not a rung of this limit"
                    yield Problem(what=what, remedy=f"Choose from {', '.join(names)}.", at=("needs", stage))
                else:
                    places.append(names.index(asked))
            if places != sorted(places):
                what = "a later stage needs a weaker rung than an earlier one"
                yield Problem(what=what, remedy="Make the requirement stricter from shadow to trial to release.", at=("needs",))


def _loose(measure: str, bound: float) -> bool:
    """Whether a bound lies at or beyond the loosest; a standard deviation of rates is half as wide as their difference."""
    if measure == "ratio":
        return bound <= LOOSEST
    return bound >= (LOOSEST / 2 if measure == "spread" else LOOSEST)


def _number_or_word(value: Any) -> str:
    """Return which of the two a threshold's value is meant to be, so that a wrong one gets one complaint."""
    return "word" if isinstance(value, str) and not value[:1].isdigit() else "number"


def _type_path(value: str) -> str:
    parts = value.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        remedy = "Write package.module.Class, as named when the model file was refused."
        raise Problems([Problem(what="is not the import path of a type", remedy=remedy)])
    if parts[0] in _NEVER:
        remedy = "List a class of your own that does only what is needed."
        raise Problems([Problem(what=f"names {parts[0]}, with which a file could run any command", remedy=remedy)])
    return value


#: From these modules nothing is trusted, whoever lists it: what they hold runs whatever the file says.
_NEVER = (
    "builtins", "code", "ctypes", "importlib", "multiprocessing", "operator", "os", "pickle", "posix", "pty", "runpy",
    "shutil", "socket", "subprocess", "sys",
)  # fmt: skip
#: A type by its full path.
TypePath = Annotated[Line, AfterValidator(_type_path)]
#: A score, or the word ``model``.
ShareOrModel = Annotated[
    Annotated[Share, Tag("number")] | Annotated[Literal["model"], Tag("word")], Discriminator(_number_or_word)
]


class Threshold(Authored):
    """Which scores lead to a positive decision, and who chose that: a fixed threshold, or a number of the highest scores."""

    value: ShareOrModel | None = None
    """The score from which the decision is positive; ``model`` for the model's own threshold, in its predict."""
    capacity: Annotated[int, Field(ge=1)] | None = None
    """Instead of value: how many of the audited rows can be selected, highest scores first."""
    share: Inside | None = None
    """Instead of value: which share of the audited rows can be selected, highest scores first."""
    as_given: Literal[True] | None = None
    """Instead of value: true if each row comes with its decision (a column with the role decision) and no score is known."""
    chosen_by: Annotated[
        DeclaredNamed, Ask("committee", "Who chose the lowest score at which people are selected?", "Ethics committee")
    ]
    """The position (not the person) that chose it: one line, or one in each language."""
    reason: Annotated[
        Declared,
        Ask("committee", "Why are people selected from this score upwards?", "The team can call 150 families a month."),
    ]

    def places(self, rows: int, of: int | None = None) -> int | None:
        """Return how many of `rows` rows can be selected; None if the threshold is not a capacity.

        A capacity in rows applies to the audited rows. If `rows` are other rows, `of` is the number of audited rows.
        """
        if self.share is not None:
            return int(self.share * rows + 1e-9)
        return self.capacity if self.capacity is None or not of else max(1, round(self.capacity * rows / of))

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = [name for name in _WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            what = (
                f"a threshold takes exactly one of {', '.join(_WAYS[:-1])} and {_WAYS[-1]}, got {' and '.join(given) or 'none'}"
            )
            refuse_any([Problem(what=what, remedy="Keep the one that the organisation uses.")])
        return self


class Split(Authored):
    """How training rows and audit rows are kept apart: by three parts, or by cross-fitting."""

    method: Literal["parts", "cross_fit"] = "parts"
    """``parts``: fit, develop and audit. ``cross_fit``: every row is scored by a model that was fitted without its unit."""
    fit: Inside | None = None
    """Share of the part that the model learns from; with parts."""
    develop: Inside | None = None
    """Share of the part that may be looked at freely; with parts."""
    audit: Inside | None = None
    """Share of the part that is opened for the verdict; with parts."""
    cut: Line | None = None
    """Date or datetime (ISO, in quotes) from which units belong to audit; needs a column with the role time. With parts."""
    folds: Annotated[int, Field(ge=2, le=20)] | None = None
    """Number of folds into which the units are divided; with cross_fit."""

    @property
    def shares(self) -> tuple[float, float, float]:
        """Shares of fit, develop and audit; ValueError under cross-fitting, which has no parts."""
        if self.fit is None or self.develop is None or self.audit is None:
            raise ValueError("cross-fitting has no parts")
        return self.fit, self.develop, self.audit

    @property
    def audited(self) -> float:
        """Share of the rows that is audited: all of them under cross-fitting."""
        return 1.0 if self.audit is None else self.audit

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        parts = ("fit", "develop", "audit")
        if self.method == "cross_fit":
            if self.folds is None:
                yield Problem(what="cross_fit needs folds", remedy="Add folds: 5.", at=("folds",))
            for name in (*parts, "cut"):
                if getattr(self, name) is not None:
                    remedy = "Remove it: all rows are audited."
                    yield Problem(what=f"cross_fit does not take {name}", remedy=remedy, at=(name,))
            return
        missing = [name for name in parts if getattr(self, name) is None]
        for name in missing:
            yield Problem(what=f"{name} is missing", remedy=f"Add {name}: a share between 0 and 1.", at=(name,))
        if self.folds is not None:
            yield Problem(
                what="a split into three parts has no folds", remedy="Write method: cross_fit, or remove folds.", at=("folds",)
            )
        if not missing and abs(sum(self.shares) - 1) > 1e-9:
            what = f"fit, develop and audit add up to {sum(self.shares):.6g}, not to 1"
            yield Problem(what=what, remedy="Choose three shares that add up to 1.")


class Disclosure(Authored):
    """The small-cell rule."""

    k: Annotated[int, Field(ge=SMALLEST_K, le=1000)] = 10
    """No count or remainder below this is printed or can be derived."""


class Intervals(Authored):
    """How the intervals in the documents are computed. The verdict has its own bounds, which cannot be chosen."""

    rate: Literal["wilson", "clopper_pearson"] = "wilson"
    """Of one rate: Wilson's, or Clopper and Pearson's if a policy requires exact ones (wider)."""
    difference: Literal["miettinen_nurminen", "newcombe"] = "miettinen_nurminen"
    """Of a difference of two rates."""


class Explaining(Authored):
    """How much is explained: how precise it must be, within how many rows and how much time."""

    rows: Annotated[int, Field(ge=50, le=5000)] = 500
    """Maximum number of rows to explain."""
    background: Annotated[int, Field(ge=10, le=1000)] = 100
    """Number of background rows they are compared with."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Another seed draws other rows."""
    standard_error: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    """Explaining stops once the standard error of the largest facts is this fraction of the fact's own mean; 0: never."""
    seconds: Annotated[int, Field(ge=1, le=86400)] = 20
    """Computing time that explaining may take. Less time may mean fewer rows; the evidence says how many."""


#: What a policy can leave out knowingly, each with the form of its name.
Omission = Literal["area", "attribute", "group", "column", "limit", "limits", "metric", "outcome", "side", "version"]


class LeftOut(Authored):
    """Something that is not asked, or no longer asked, and the person responsible for that."""

    what: Omission
    """``attribute``, ``group``, ``area``, ``column``, ``outcome``, ``limit``, ``metric`` or ``version`` that the last version
    had; ``limits`` on an attribute, or one ``side`` of the errors, that this policy does not judge."""
    name: Line
    """As the finding names it: ``origin=C`` for a group, ``quarter=Q1 in D1`` for the area a group was in,
    ``false_positive_rate by origin`` for a limit."""
    reason: Text
    owner: Name
    """The role, from the charter's signatories, that is responsible for it."""

    @property
    def key(self) -> str:
        """What is left out, in one line."""
        return f"{self.what} {self.name}"


class SensitiveInTraining(Authored):
    """Which sensitive columns may reach the fit of an estimator that asks for them, and on what legal ground."""

    columns: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Attributes of this policy. They reach `fit` as ``sensitive_features``, but never a prediction."""
    ground: Text
    """Why it is needed and what allows it, in both languages; it cannot be open. The card and the DPIA print it."""


class Policy(Authored):
    """The committee's rules for one model. An empty policy is no policy."""

    format: Literal[1]
    version: Line
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    """Probability of a wrong release at the limit, over all looks at one audit set, and of a false alarm."""
    max_looks: Annotated[int, Field(ge=1, le=100)] = 1
    """Looks at one audit set that share alpha: look t gets t^-2 over the sum of all s^-2. After them the set is used up."""
    decide_on: Literal["interval", "point"] = "interval"
    """``point`` ignores sampling error; page 1 of the card says so."""
    attributes: Annotated[tuple[Line, ...], Field(min_length=1)]
    """Sensitive columns that are audited."""
    intersections: tuple[tuple[Line, ...], ...] = ()
    metrics: tuple[Line, ...] | None = None
    """Metrics that the documents show; absent means all. Metrics of limits are always shown."""
    threshold: Threshold
    split: Split
    limits: Annotated[tuple[Limit, ...], Field(min_length=1)]
    stages: StageTable
    waivers: Waivers | None = None
    """Who may let a finding pass for a while; absent: nobody."""
    disclosure: Disclosure = Disclosure()
    explanation: Explaining = Explaining()
    intervals: Intervals = Intervals()
    left_out: tuple[LeftOut, ...] = ()
    """What is not asked, or no longer asked, each with a reason and a responsible role; page 1 prints it."""
    trusted_types: tuple[TypePath, ...] = ()
    """Types beyond the published list that a model file may hold, as ``package.module.Class``: opening the file runs their
    code, so the committee lists only types whose code somebody has read."""
    sensitive_features_in_training: SensitiveInTraining | None = None
    """Which sensitive columns may reach the fit of an estimator that asks for them; absent: none; it is refused."""

    def stage(self, name: Stages) -> Stage:
        """Return what stage `name` requires."""
        found: Stage = getattr(self.stages, name)
        return found

    @property
    def margins(self) -> tuple[tuple[str, ...], ...]:
        """Every set of attributes that is measured: single attributes first, then intersections."""
        wanted = [(name,) for name in self.attributes] + list(self.intersections)
        return tuple(dict.fromkeys(wanted))

    @property
    def counted(self) -> tuple[tuple[str, ...], ...]:
        """Every margin that counts need for the limits: everybody, what is measured, and what a limit is asked within."""
        return ((), *self.margins, *((limit.given, *limit.by) for limit in self.limits if limit.given is not None))

    @model_validator(mode="after")
    def _whole_is_consistent(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        for key, names in (
            ("limits", [limit.id for limit in self.limits]),
            ("attributes", list(self.attributes)),
            ("left_out", [one.key for one in self.left_out]),
            ("trusted_types", list(self.trusted_types)),
        ):
            for name, times in Counter(names).items():
                if times > 1:
                    what = f"{name!r} appears {times} times under {key}"
                    yield Problem(what=what, remedy="Write it once, or rename the others.", at=(key,))
        for i, crossed in enumerate(self.intersections):
            if len(set(crossed)) < 2 or len(set(crossed)) != len(crossed) or not set(crossed) <= set(self.attributes):
                what = f"intersection {list(crossed)} must be two or more different attributes of this policy"
                yield Problem(what=what, remedy=f"Choose from {', '.join(self.attributes)}.", at=("intersections", i))
        reaching = self.sensitive_features_in_training
        for i, name in enumerate(() if reaching is None else reaching.columns):
            if name not in self.attributes:
                what = f"column {name!r} is used in training but is not an attribute of this policy"
                remedy = f"Columns used in training must also be audited: choose from {', '.join(self.attributes)}."
                yield Problem(what=what, remedy=remedy, at=("sensitive_features_in_training", "columns", i))
        for i, limit in enumerate(self.limits):
            if limit.by not in self.margins:
                what = f"limit {limit.id!r}: by {list(limit.by)} is neither an attribute nor a declared intersection"
                yield Problem(what=what, remedy="Add it under attributes or intersections.", at=("limits", i, "by"))

    def against(self, contract: DataContract) -> list[str]:
        """Return everything in this policy that the contract does not know; empty if all is well."""
        return [problem.what for problem in self.strays(contract)]

    def strays(self, contract: DataContract) -> tuple[Problem, ...]:
        """Return the same as `against`, each with its remedy and its key."""
        known = {column.name: column for column in contract.with_role("sensitive")}
        found = []

        def add(what: str, remedy: str, *at: str | int) -> None:
            found.append(Problem(rule="D13", what=what, remedy=remedy, at=at))

        for i, name in enumerate(self.attributes):
            if name not in known:
                what = f"attribute {name!r} is not a sensitive column of contract {contract.name}"
                add(what, f"Choose from {', '.join(known)}, or give the column the role sensitive.", "attributes", i)
        for i, limit in enumerate(self.limits):
            found += _strays_of(limit, i, contract)
            if limit.reference is None:
                continue
            if len(limit.by) != 1:
                add(
                    f"limit {limit.id!r}: a reference group needs a single attribute",
                    "Write between: rest.",
                    "limits",
                    i,
                    "reference",
                )
            elif limit.by[0] in known and limit.reference not in {str(level) for level in known[limit.by[0]].levels or ()}:
                what = f"limit {limit.id!r}: reference {limit.reference!r} is not a level of {limit.by[0]!r}"
                add(what, "Write a level exactly as the contract declares it.", "limits", i, "reference")
        decided, as_given = contract.single("decision") is not None, self.threshold.as_given is not None
        if as_given and not decided:
            add(
                "threshold as_given needs a column with the role decision in the contract",
                "Give the column with the decisions the role decision, or write value, capacity or share.",
                "threshold", "as_given",
            )  # fmt: skip
        elif decided and not as_given:
            add(
                "the contract supplies decisions, but the policy sets a score threshold",
                "Write as_given: true under threshold instead of value, capacity or share.", "threshold",
            )  # fmt: skip
        if self.split.cut is not None and contract.single("time") is None:
            add(
                "split.cut needs a column with the role time in the contract", "Declare one, or remove the cut.", "split", "cut"
            )
        return tuple(found)


def _strays_of(limit: Limit, place: int, contract: DataContract) -> Iterator[Problem]:
    """Yield what the ladder and the control column of a limit name that the contract does not know."""
    controls = [column.name for column in contract.with_role("control")]
    if limit.given is not None and limit.given not in controls:
        what = f"limit {limit.id!r}: given {limit.given!r} is not a column with the role control"
        remedy = f"Choose from {', '.join(controls)}." if controls else "Give a column of the contract the role control."
        yield Problem(rule="D13", what=what, remedy=remedy, at=("limits", place, "given"))
    steps = [step.name for step in contract.hierarchies.get(limit.by[0], ())]
    for i, rung in enumerate(limit.ladder):
        if rung.step is not None and rung.step not in steps:
            what = f"limit {limit.id!r}: {rung.step!r} is not a step of the hierarchy of {limit.by[0]!r}"
            remedy = f"Choose from {', '.join(steps)}." if steps else f"Declare a hierarchy of {limit.by[0]} in the contract."
            yield Problem(rule="D13", what=what, remedy=remedy, at=("limits", place, "ladder", i, "step"))
