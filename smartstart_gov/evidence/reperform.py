"""Re-performance: recompute the metrics, the verdict and the public edition from the counts, and list the differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from smartstart_gov.authoring.names import LOG_FOLDER
from smartstart_gov.canonical import digest, real, unreal
from smartstart_gov.controls.performance import ONE_SIDED
from smartstart_gov.counting.disclosure import misprinted
from smartstart_gov.counting.printed import PrintedTally
from smartstart_gov.counting.tally import BINS, Tally, axis_of
from smartstart_gov.errors import EvidenceBroken, Refused, Violation
from smartstart_gov.evidence.bundle import EvidenceBundle, alike, bundle_of
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import PRIVATE_FILE, authored_edits, examine
from smartstart_gov.evidence.history import uneven_look, unlogged_look, unlogged_previous
from smartstart_gov.evidence.publish import printed_verdict, public_edition
from smartstart_gov.evidence.verdict import judged, kept_answers
from smartstart_gov.judgement.selection import one_sided
from smartstart_gov.ledger import Ledger
from smartstart_gov.show import Value
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.statistics.scores import score_groups, score_table
from smartstart_gov.training.cutoff import source

#: Reals agree when they differ by at most this, relative to their size where that is above 1.
TOLERANCE = 1e-9
#: From this version of the question on, the record says where too few are selected for limits to say anything.
_SAYS_FEW = 2


#: What `verify` may have to leave unchecked.
UNCHECKED = ("log", "authored", "private")


def uneven_cut(evidence: Evidence) -> Iterator[str]:
    """List what in the evidence's account of its threshold contradicts the policy or the counts."""
    rule, training, cut = evidence.policy.threshold, evidence.training, evidence.training.cut
    if training.threshold_from != source(evidence.policy):
        yield "training.threshold_from: the policy takes its threshold from elsewhere"
    if rule.as_given is not None:
        if cut is not None or training.threshold or training.score != "decision" or evidence.scores is not None:
            yield "training.threshold: decisions were taken as given, so there is no threshold"
        return
    if rule.value == "model":
        if cut is not None or not 0 <= unreal(training.threshold) <= 1:
            yield "training.threshold: it cannot be a model's own threshold"
        return
    if isinstance(rule.value, float):
        if cut is not None or training.threshold != real(rule.value):
            yield "training.threshold: it differs from the policy's"
        return
    part = training.part(evidence.part)
    audit = training.part("audit") if evidence.concept else None
    of = None if audit is None else audit.rows
    if cut is None or part is None or cut.rows != part.rows or cut.capacity != rule.places(cut.rows, of):
        yield "training.cut: it does not follow from the policy's capacity"
        return
    cells = _cells(evidence)
    if cells is None:
        return
    served = cells[1] + cells[3]
    full = served == cut.capacity
    # Rows were left out only where they did not all fit.
    room = cut.tied is None or served + cut.tied > cut.capacity
    if served > cut.capacity or served < 1 or full != (cut.tied == 0) or not (full or room):
        yield "training.cut: it does not follow from the counts"
    if isinstance(evidence.tally, Tally) and evidence.scores is not None:
        from_below = np.concatenate([[0], np.cumsum(score_groups(evidence.tally, ()).histogram[0].sum(axis=0))])
        place = unreal(training.threshold) * BINS
        if not from_below[int(np.floor(place))] <= cells[0] + cells[2] <= from_below[int(np.ceil(place))]:
            yield "training.threshold: it does not divide the scores as recorded"


def uneven_selection(evidence: Evidence) -> Iterator[str]:
    """List where the training record and the counts disagree on where nobody, or everybody, is selected."""
    if not isinstance(evidence.tally, Tally):
        return
    found = one_sided(evidence.tally, evidence.policy)
    if any(one.id == ONE_SIDED.id and one.version < _SAYS_FEW for one in evidence.rules.controls):
        found = tuple(one for one in found if not one.startswith("few "))
    if evidence.training.one_sided != found:
        yield "training.one_sided: it does not follow from the counts"


def _cells(evidence: Evidence) -> tuple[int, ...] | None:
    """Return true negatives, false positives, false negatives and true positives of everybody; None if not printed."""
    if isinstance(evidence.tally, PrintedTally):
        return None if evidence.tally.total is None else tuple(evidence.tally.total.cells)
    return tuple(int(n) for n in evidence.tally.cells()[0])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Verification(Value):
    """What re-performance found: `differences` is empty if the evidence holds. It is true only if it is `ok`.

    Attributes
    ----------
    name, version : str
    edition : {"private", "public"}
        The counts on which the verdict was recomputed.
    differences : tuple of str
        Where the evidence does not hold.
    recomputed, findings : int
        How many of its findings could be recomputed (the public edition cannot recompute findings that rest on hidden groups).
    not_recomputed : tuple of str
        What this version of the library checks or judges differently from the evidence's own rules: the recorded
        answer is kept.
    unfinished : tuple of str
        Files that an interrupted render left; the evidence may still hold, and the next render repairs them.
    unchecked : tuple of {"log", "authored", "private"}
        What was not available for checking: the project's log, the current authored files, the private edition.
    """

    derived: ClassVar[tuple[str, ...]] = ("ok",)

    name: str
    version: str | None
    edition: Literal["private", "public"]
    differences: tuple[str, ...]
    recomputed: int
    findings: int
    not_recomputed: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything that can be checked and recomputed agrees, and no render was interrupted."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """What the command line returns: 4 if the evidence does not hold, 3 if a render was interrupted, otherwise 0."""
        return EvidenceBroken.exit_code if self.differences else 3 if self.unfinished else 0

    def __bool__(self) -> bool:
        return self.ok

    def headline(self) -> str:
        """Return the result in one line."""
        what = "holds" if not self.differences else f"does not hold: {len(self.differences)} differences"
        done = f"{self.recomputed} of {self.findings} findings recomputed from the {self.edition} counts"
        rest = "".join(
            f"; {word}: {', '.join(names)}"
            for word, names in (("not checked", self.unchecked), ("render again", self.unfinished))
            if names
        )
        return f"Verification({self.name} {self.version}: {what}; {done}{rest})"


def verify(path: Path | str, *, project: Path | str | None = None) -> Verification:
    """Re-perform the version folder at `path`: files, digests, log, authored files, every number and the verdict.

    Parameters
    ----------
    path : Path or str
        A version folder, inside or outside its project, under any name.
    project : Path or str, optional
        The project's folder; by default the one that contains `path`. A folder outside a project is checked as far as
        possible, and `unchecked` lists the rest.

    Returns
    -------
    Verification
        Broken evidence is reported in `differences`, not raised.

    Raises
    ------
    Refused
        U01 if there is no such folder.
    """
    try:
        seen = examine(path, project)
    except EvidenceBroken as broken:
        of = Path(path)
        return Verification(
            name=of.parent.name, version=of.name, edition="public", differences=_lines(broken.violations), recomputed=0,
            findings=0,
        )  # fmt: skip
    found = _lines([*seen.violations, *authored_edits(seen)])
    absent = [
        what
        for what, lacks in (
            ("log", seen.project is None), ("authored", seen.project is None), ("private", PRIVATE_FILE not in seen.files),
        )
        if lacks
    ]  # fmt: skip
    try:
        bundle = bundle_of(seen)
        if seen.project is not None:
            ledger = Ledger(seen.project / LOG_FOLDER)
            against = (*unlogged_look(bundle.public, ledger), *unlogged_previous(bundle.public, ledger))
            found += tuple(f"log: {said}" for said in against)
        again = reperform(bundle, extra=found)
    except EvidenceBroken as broken:
        again = Verification(
            name=seen.manifest.name, version=seen.manifest.version, edition="public", recomputed=0, findings=0,
            differences=(*found, *_lines(broken.violations)),
        )  # fmt: skip
    return replace(again, unfinished=seen.unfinished, unchecked=tuple(absent))


def _lines(violations: Iterable[Violation]) -> tuple[str, ...]:
    return tuple(f"{'log' if v.rule == 'A13' else v.where}: {v.what} {v.remedy} [{v.rule}]" for v in violations)


def reperform(bundle: EvidenceBundle, *, extra: tuple[str, ...] = ()) -> Verification:
    """Return how `bundle` differs from what its own counts give."""
    try:
        return _reperformed(bundle, extra)
    except (Refused, ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError) as error:
        # The audit went through the same steps with the same counts; where they break now, the counts are others.
        evidence = bundle.private or bundle.public
        found = f"evidence: it cannot be re-performed ({type(error).__name__})"
        return Verification(
            name=evidence.name, version=evidence.version, edition=evidence.edition, differences=(*extra, found),
            recomputed=0, findings=len(evidence.verdict.findings),
        )  # fmt: skip


def _reperformed(bundle: EvidenceBundle, extra: tuple[str, ...]) -> Verification:
    evidence = bundle.private or bundle.public
    found = [*extra, *evidence.rules.faults(evidence.policy)]
    model = bundle.public.training.model_digest
    if found[len(extra) :]:
        # By rules that are not whole nothing is judged: that would only say what somebody wants to be asked.
        recomputed = 0
    elif bundle.private is not None:
        found += differences(_again(bundle.private), bundle.private.to_record(), "private", show=False)
        public = _by_its_method(public_edition(bundle.private).to_record(), bundle.public)
        found += differences(public, bundle.public.to_record(), "public", show=True)
        recomputed = len(evidence.verdict.findings) - len(kept_answers(evidence))
    else:
        again, recomputed = _public_again(bundle.public)
        found += differences(again, bundle.public.to_record(), "public", show=True)
        found += list(_uneven(bundle.public))
    found += [f"{name}: it is in the rules but has no finding" for name in _unanswered(evidence)]
    found += list(uneven_look(evidence))
    found += [*uneven_cut(evidence), *uneven_selection(evidence)]
    if bundle.model_bytes is not None:
        if digest(bundle.model_bytes) != model:
            found.append("model: the file is not the one named in the training record")
    elif model is not None:
        found.append("model: the file named in the training record is missing")
    return Verification(
        name=evidence.name, version=evidence.version, edition=evidence.edition,
        differences=tuple(found), recomputed=recomputed, findings=len(evidence.verdict.findings),
        not_recomputed=tuple(f"{name}: {reason}" for name, reason in kept_answers(evidence).items()),
    )  # fmt: skip


def _unanswered(evidence: Evidence) -> list[str]:
    """Return the controls that cannot be asked again and have no recorded answer either: each gives one, whatever it finds."""
    recorded = {finding.id for finding in evidence.verdict.findings}
    return [name for name in evidence.rules.kept() if name not in recorded and name.startswith("control.")]


def _again(evidence: Evidence) -> dict[str, Any]:
    shown = evidence.rules.metrics
    record = evidence.to_record()
    record["metrics"] = measure(
        evidence.tally, evidence.policy.margins, shown, interval=evidence.policy.intervals.rate
    ).to_record()
    record["disparities"] = disparities(
        evidence.tally, evidence.policy.margins, shown, differences=evidence.policy.intervals.difference
    ).to_record()
    record["verdict"] = judged(evidence).to_record()
    if isinstance(evidence.tally, Tally):
        scores = score_table(evidence.tally, evidence.policy.attributes)
        record["scores"] = None if scores is None else scores.to_record()
    return _by_its_method(record, evidence)


def _by_its_method(record: dict[str, Any], written: Evidence) -> dict[str, Any]:
    """Return `record`, with what another method than this version's computed taken from `written`.

    Counts, and rates that are one count over another, are the same by every method and stay as they were computed; so do
    the answers of findings, for those of the two editions are one.
    """
    if written.rules.same_method:
        return record
    said = written.to_record()
    exact = {
        name: record["metrics"][name] for name in ("metrics", "by", "groups", "kinds", "numerator", "denominator", "value")
    }
    findings = {finding["id"]: finding for finding in said["verdict"]["findings"] if finding["limit"] is not None}
    worded = ("reason", "remedy", "comparisons", "undefined", "decisive")
    answers = [
        finding | {name: findings[finding["id"]][name] for name in worded} if finding["id"] in findings else finding
        for finding in record["verdict"]["findings"]
    ]
    return record | {
        "metrics": said["metrics"] | exact, "disparities": said["disparities"], "scores": said["scores"],
        "verdict": record["verdict"] | {"findings": answers},
    }  # fmt: skip


def _public_again(evidence: Evidence) -> tuple[dict[str, Any], int]:
    """Return the public record again, with every finding that printed counts can decide, and how many those are."""
    record = _again(evidence)
    if not isinstance(evidence.tally, PrintedTally):
        raise ValueError("the public edition holds printed counts")
    kept = kept_answers(evidence)
    if not evidence.rules.same_method:
        return record, len(evidence.verdict.findings) - len(kept)
    verdict, recomputed = printed_verdict(
        judged(evidence), evidence.verdict, evidence.policy, evidence.tally, alpha=evidence.alpha
    )
    record["verdict"] = verdict.to_record()
    return record, recomputed - len(kept)


def _uneven(evidence: Evidence) -> Iterator[str]:
    """List sums that do not close, cells under k and rows out of place: what an edit of counts would leave behind."""
    tally, least = evidence.tally, evidence.policy.disclosure.k
    if isinstance(tally, Tally):
        return
    if tally.k != least:
        yield f"tally.k: {tally.k}, but the policy says {least}"
    if [margin.attribute for margin in tally.margins] != list(evidence.policy.attributes):
        yield "tally.margins: they are not of the attributes of the policy"
        return
    for margin in tally.margins:
        axis = axis_of(evidence.contract.column(margin.attribute), evidence.contract)
        yield from (f"tally.{axis.name}: {what}" for what in misprinted(tally, axis))
    if tally.total is not None:
        yield from _uneven_scores(evidence, tally.total.cells, tally.k)


def _uneven_scores(evidence: Evidence, cells: tuple[int, ...], k: int) -> Iterator[str]:
    """List what of the printed scores contradicts the printed counts; the figures themselves need the private counts."""
    of = evidence.scores
    if of is None or of.curve is None:
        return
    rows, positives = of.curve.rows, of.curve.positives
    if (sum(rows), sum(positives)) != (sum(cells), cells[2] + cells[3]):
        yield "scores.curve: its rows do not add up to the total"
    if any(min(p, n - p) < k for n, p in zip(rows, positives, strict=True)):
        yield f"scores.curve: a printed cell is below {k}"


def differences(expected: Any, found: Any, where: str, *, show: bool) -> list[str]:
    """Return where two records differ; counts and words exactly, reals within `TOLERANCE`.

    `show` adds the two values; without it (private edition) only the place is named.
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = sorted(set(expected) | set(found))
        return [d for k in keys for d in differences(expected.get(k), found.get(k), f"{where}.{k}", show=show)]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        if alike(expected, found):
            return []
        pairs = enumerate(zip(expected, found, strict=True))
        return [d for i, (a, b) in pairs for d in differences(a, b, f"{where}[{i}]", show=show)]
    if type(expected) is type(found) and (expected == found or _near(expected, found)):
        return []
    values = f": bundle says {_short(found)}, counts give {_short(expected)}" if show else ": differs from what the counts give"
    return [f"{where}{values}"]


def _near(a: Any, b: Any) -> bool:
    if not isinstance(a, str):
        return False
    try:
        x, y = float(a), float(b)
    except ValueError:
        return False
    return abs(x - y) <= TOLERANCE * max(1.0, abs(x))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
