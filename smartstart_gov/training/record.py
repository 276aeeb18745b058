"""TrainingRecord: how the model came to be, and how its rows were divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from smartstart_gov.canonical import unreal
from smartstart_gov.codec import LATER
from smartstart_gov.looks.part import Part
from smartstart_gov.show import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The result of a threshold at a capacity.

    `tied` counts rows with the score at which the capacity ran out; they did not all fit, so all of them were left
    out; None if there were some, but fewer than may be printed.
    """

    rows: int
    capacity: int
    tied: int | None


#: From here on a feature (or two) tells the outcome almost perfectly: area under the curve. Strong honest ones reach 0.9.
LEAKS = 0.98
#: From here on it tells who belongs to a group: Youden's J, the share of the group found less that of others taken for it.
TELLS = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What some features reveal about the outcome or a group, on held-out rows.

    Attributes
    ----------
    target : str
        Column of the outcome, or of a group.
    kind : {"outcome", "group"}
    columns : tuple of str
        One feature, or two or three together; none if there were too few rows, or if it is the model's own scores that tell it.
    value : str
        Decimal text: area under the curve of an outcome, Youden's J of a group; empty if there were too few rows.
    """

    target: str
    kind: Literal["outcome", "group"]
    columns: tuple[str, ...]
    value: str

    @property
    def almost_perfectly(self) -> bool:
        """Whether the features are as good as the target itself."""
        return bool(self.value) and unreal(self.value) >= (LEAKS if self.kind == "outcome" else TELLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFacts:
    """Whether units can be areas, where a contract says that the model speaks about areas.

    Attributes
    ----------
    units : int
        How many there are.
    least : int
        The smallest number of rows that the policy prints.
    under : int
        Units with fewer rows than that.
    varying : tuple of str
        Features (of predictions: the score or decision) with more than one value in a unit.
    """

    units: int
    least: int
    under: int
    varying: tuple[str, ...]

    @property
    def hold(self) -> bool:
        """Whether no person of an area can be told from the others, and no unit is so small that it may be a person."""
        return not self.under and not self.varying


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """One made-up row, and what the shipped model says of it.

    Attributes
    ----------
    row : dict of str to str, int or bool
        A value for each feature; numbers as decimal text, moments in ISO 8601.
    decision : str
        The class that the model chose.
    score : str
        The probability of its positive class, as decimal text.
    """

    row: Mapping[str, str | int | bool]
    decision: str
    score: str


#: The threshold of a model that takes the likelier of its two classes: the smallest number above one half.
LIKELIER = "0.5000000000000001"
#: Reasons for leaving a row out of all three parts.
EXCLUSIONS = ("straddles_cut", "no_match", "not_linked")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TrainingRecord(Value):
    """Digests, versions, parameters, split and threshold of one model.

    Attributes
    ----------
    origin : {"trained", "model", "predictions"}
        Whether the library fitted the model, or got a fitted model, or only predictions.
    estimator : str
        Class of the final estimator, with module; empty for predictions.
    steps : tuple of str
        Classes of a pipeline's steps, in order.
    parameters : dict of str to str
        Every parameter that is not its default, as text.
    features : tuple of str
        Columns with the role feature, in the order in which the model got them.
    random_state : int or None
        The value passed to `train`.
    read : int
        Rows read.
    parts : tuple of Part
        Where they went; they add up to `read`.
    duplicates : int
        Rows with the same content as a row of another unit, among all rows read.
    copies : int
        Of those, rows beyond what the columns explain: copies of rows under other keys.
    copied : str
        The largest share of copies in the audited rows, in all of them or in one group, in tenths; 0 up to 5 %.
    overlap : int or None
        Units in two parts (0 by construction), None without a unit column.
    threshold : str
        Decimal text; decisions are scores at or above it. Empty until the audit part is opened if the policy's
        threshold is a capacity; always empty if there are decisions but no scores.
    threshold_from : {"policy", "capacity", "model", "given"}
        Whether the threshold comes from the policy, from a capacity on the audited rows, or from the model; given if
        decisions were provided.
    score : {"probability", "decision", "given"}
    data_digest : str
        Commitment to the data: a digest of the digest of all values.
    model_digest : str or None
        Digest of the model file, once written.
    code_revision : str
        Version-control revision of the training code, or ``unknown``.
    versions : dict of str to str
        Python and the libraries used.
    untrusted_types : tuple of str
        Types in the model file that the library will not load.
    row_holders : tuple of str
        Steps that keep rows of the training data inside the model (such as nearest neighbours).
    folds : int or None
        Under cross-fitting, how many folds: the procedure was audited, and the model was fitted on all rows.
    seals : tuple of str
        Digests of the seals of policy, contract and charter that were in the log when training began.
    cut : Cut or None
        The result of a capacity as threshold; None for a fixed score.
    positive_class : str or None
        The model's class that corresponds to the contract's positive value: 1 if the library fitted it. None without a model.
    fold_thresholds : tuple of str
        Under cross-fitting with each copy's own threshold: those of the folds, in order.
    read_back : int or None
        The number of rows on which the model file was read back and decided as it should: the audited ones; under
        cross-fitting all, like the model in memory. None if there is no file, or it contains types that are not loaded.
    told : tuple of Told
        Which features reveal the outcome or a group almost perfectly; if none does, the strongest. Empty without features.
    one_sided : tuple of str
        Where nobody or everybody is selected: ``nobody`` or ``everybody`` overall, ``nobody origin`` in a group of origin;
        ``few origin`` if so few are, or are not, that chance could explain it if half of all rows had none.
    weighted_fit : bool or None
        Whether row weights reached the estimator's fit; None without a weight column, or if the model was not trained
        here.
    sensitive_fit : tuple of str
        Sensitive columns that reached the estimator's fit, because it asks for them and the policy allows it.
    areas : AreaFacts or None
        What the rows say of the units, if the contract is of an area model and has a unit column.
    golden : tuple of Golden
        Made-up rows with the answers of the model file; empty without one, and where the model could answer none.
    """

    origin: Literal["trained", "model", "predictions"]
    estimator: str
    steps: tuple[str, ...]
    parameters: Mapping[str, str]
    features: tuple[str, ...]
    random_state: int | None
    read: int
    parts: tuple[Part, ...]
    duplicates: int
    copies: int
    copied: str
    overlap: int | None
    threshold: str
    threshold_from: Literal["policy", "capacity", "model", "given"]
    score: Literal["probability", "decision", "given"]
    data_digest: str
    model_digest: str | None
    code_revision: str
    versions: Mapping[str, str]
    untrusted_types: tuple[str, ...] = ()
    row_holders: tuple[str, ...] = ()
    folds: int | None = None
    seals: tuple[str, ...] = ()
    positive_class: str | None = None
    fold_thresholds: tuple[str, ...] = ()
    read_back: int | None = None
    cut: Cut | None = None
    told: tuple[Told, ...] = ()
    one_sided: tuple[str, ...] = ()
    weighted_fit: bool | None = None
    sensitive_fit: Annotated[tuple[str, ...], LATER] = ()
    areas: Annotated[AreaFacts | None, LATER] = None
    golden: Annotated[tuple[Golden, ...], LATER] = ()

    def __post_init__(self) -> None:
        total = sum(part.rows for part in self.parts)
        if total != self.read:
            raise ValueError(f"the balance sheet does not close: {self.read} rows read, {total} accounted for")

    def with_left_out(self, name: str, rows: int) -> TrainingRecord:
        """Return the record with `rows` additional rows that were read and left out for the reason `name`."""
        if not rows:
            return self
        return replace(self, read=self.read + rows, parts=(*self.parts, Part(name=name, rows=rows)))

    def part(self, name: str) -> Part | None:
        """Return the entry called `name`, or None."""
        return next((part for part in self.parts if part.name == name), None)

    def headline(self) -> str:
        """Return the record in one line."""
        what = self.estimator.rpartition(".")[2] or "predictions only"
        return f"TrainingRecord({what}, {len(self.features)} features, {self.read:,} rows read)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per part, with how many rows it has."""
        return ["part", "rows", "positives"], [[part.name, part.rows, part.positives] for part in self.parts]
