"""A model card for Hugging Face: ``README.md`` with the metadata that the hub reads, and a short body.

The metadata know one value a metric: no group, no interval, no verdict. So the `model-index` holds the figures of everybody
alone. The body says in a table what stands beside them, with the groups that a limit is on, and in a list what was found.
Nobody declared a licence of the model, so there is none; the hub shows that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from smartstart_gov.authoring.writer import block
from smartstart_gov.documents.fonts import readable
from smartstart_gov.documents.sections.quantities import interval_head, share_head
from smartstart_gov.documents.statements import answers, figures, rates
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import Export, filled, in_short, title

#: What the hub calls the same numbers; others keep their own names.
HUB_NAMES = {"true_positive_rate": "recall", "positive_predictive_value": "precision", "accuracy": "accuracy", "auc": "roc_auc"}
#: Signs that Markdown or HTML would take for markup.
_MARKUP = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|"})


def huggingface(evidence: Evidence, words: Words) -> Export:
    """Return ``README.md``."""
    front = "\n".join(block(_metadata(evidence, words)))
    body = "\n".join(_body(evidence, words))
    return Export(files={"README.md": readable(f"---\n{front}\n---\n\n{body}\n").encode("utf-8")})


def _metadata(evidence: Evidence, words: Words) -> dict[str, Any]:
    contract, training = evidence.contract, evidence.training
    metrics = _metrics(evidence, words)
    library = training.estimator.partition(".")[0]
    results = [{
        "task": {"type": "tabular-classification"},
        "dataset": {"type": contract.name, "name": contract.name, "split": evidence.part, "revision": training.data_digest},
        "metrics": metrics,
    }]  # fmt: skip
    return filled({
        "language": [words.lang],
        "library_name": "scikit-learn" if library == "sklearn" else library,
        "pipeline_tag": "tabular-classification",
        "tags": ["tabular-classification", "fairness", "smartstart-gov"],
        "model_name": title(evidence, words),
        "model-index": [{"name": evidence.name, "results": results}] if metrics else [],
    })  # fmt: skip


def _metrics(evidence: Evidence, words: Words) -> list[dict[str, Any]]:
    """Return the figures of everybody that are printed and defined."""
    found = [
        {"type": HUB_NAMES.get(cell.metric, cell.metric), "name": words.metric(cell.metric), "value": cell.found.value}
        for cell in rates(evidence, words)
        if cell.kind == "overall" and cell.state == "printed" and cell.found is not None
    ]
    found += [
        {"type": HUB_NAMES.get(one.figure, one.figure), "name": one.figure, "value": float(one.value)}
        for one in figures(evidence, words)
        if not one.by and one.value is not None
    ]
    return found


def _body(evidence: Evidence, words: Words) -> Iterator[str]:
    say, charter = words.say, evidence.charter
    yield f"# {_plain(title(evidence, words))}"
    for lead, text in (
        (say("Purpose"), charter.purpose), (say("Decision"), charter.decision), (say("Not allowed"), charter.out_of_scope),
        (say("What the model cannot do"), charter.limitations),
    ):  # fmt: skip
        yield from ("", f"**{lead}.** {_plain(words.text(text))}")
    yield from ("", *_numbers(evidence, words), "", f"## {say('Answer')}", "")
    for sentence in in_short(evidence, words):
        yield from (f"**{_plain(sentence)}**", "")
    for one in answers(evidence, words):
        yield f"- {_plain(f'{one.question}: {one.status}. {one.reason}')} (`{one.basis}`)"
    yield from ("", f"`{evidence.name} {evidence.version or ''}`: `{evidence.digest}`")


def _numbers(evidence: Evidence, words: Words) -> Iterator[str]:
    say = words.say
    shares = share_head(words, evidence), interval_head(words, evidence.metrics)
    head = (say("Metric"), say("Group"), *shares, say("Of these"), say("Cases"))
    yield f"| {' | '.join(head)} |"
    yield "|---|---|---|---|---|---|"
    # A short card: of groups it has the rates that a limit is on, of everybody all.
    asked = {("", of) for of in evidence.metrics.metrics} | {(" & ".join(one.by), one.metric) for one in evidence.policy.limits}
    for cell in rates(evidence, words):
        if (cell.by, cell.metric) not in asked:
            continue
        e = cell.found
        numbers = ["\u2013"] * 4
        if e is not None:
            counts = (words.number(count) for count in (e.numerator, e.denominator))
            numbers = [words.percent(e.value), words.range(e.low, e.high), *counts]
        cells = (words.metric(cell.metric), capital(cell.label), *numbers)
        yield f"| {' | '.join(map(_plain, cells))} |"


def _plain(text: str) -> str:
    """Return text on one line that Markdown shows as it is."""
    return " ".join(text.split()).translate(_MARKUP)
