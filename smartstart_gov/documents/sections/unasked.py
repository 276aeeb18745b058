"""What a policy does not ask: in a few lines on the first page, and whole where the limits are explained."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smartstart_gov.authoring.policy import TOP, Limit
from smartstart_gov.authoring.policy_changes import PolicyChange, policy_changes, weaker_than_defaults
from smartstart_gov.documents.blocks import Block, Bullets, Table
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.summary import printed
from smartstart_gov.documents.terms import CODES
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.judgement.question import questions

#: So many points stand in one line of the first page.
BRIEF = 3
#: Keys whose values are names: of columns, of metrics.
_COLUMNS, _METRICS = ("attributes", "intersections", "given"), ("metrics",)
#: Keys that hold a list, of which less is weaker.
_LISTS = ("attributes", "intersections", "metrics", "signatures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weaker:
    """What a policy asks less of: on which limits (none where it holds for all), before which steps, and what it asks now."""

    key: str
    limits: tuple[str, ...]
    steps: tuple[str, ...]
    now: str
    was: str

    def what(self, words: Words) -> str:
        """Return what is asked, and before which steps."""
        return words.say("{key} ({where})", key=self.key, where=", ".join(self.steps)) if self.steps else self.key

    def text(self, words: Words) -> str:
        """Return the point in one line."""
        key = self.what(words)
        if self.limits:
            limits = words.listed(self.limits)
            bound = self.key in (words.code("policy_key", "at_most"), words.code("policy_key", "at_least"))
            key = limits if bound else words.say("{limit}, {key}", limit=limits, key=key)
        if not self.now:
            return key
        now = self.now if not self.was else words.say("{now} instead of {was}", now=self.now, was=self.was)
        return f"{key}: {now}"


def asking(words: Words, evidence: Evidence, *, most: int) -> Bullets:
    """Return what the policy does not ask, pools, and asks more weakly than the defaults and than the last version.

    A line has `most` points; of the others it has the names, and says where they are told.
    """
    lines = tuple(
        words.say("{lead}: {points}.", lead=lead, points=_few(words, points, most))
        for lead, points in [*_lines(words, evidence, brief=True), *_in_words(words, evidence)]
        if points
    )
    return Bullets(items=(*lines, _closing(words, evidence, said=bool(lines))), basis="derived")


def asked_less(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return the same in full: lines, and a table of what is asked more weakly."""
    lines = [
        words.say("{lead}: {points}.", lead=lead, points="; ".join(points))
        for lead, points in _lines(words, evidence, brief=False)
        if points
    ]
    tables = [_table(words, lead, than, points) for lead, than, points in _weaker(words, evidence) if points]
    closing = _closing(words, evidence, said=bool(lines or tables))
    return (*tables, Bullets(items=(*lines, closing), basis="derived"))


def _table(words: Words, lead: str, than: str, points: Sequence[Weaker]) -> Table:
    say, of_limits = words.say, any(point.limits for point in points)
    rows = [
        (capital(point.what(words)), point.now, point.was, *(["; ".join(point.limits)] if of_limits else []))
        for point in points
    ]
    header = (say("What"), say("This policy"), than, *([say("On which limits")] if of_limits else []))
    return Table(caption=lead, header=header, rows=tuple(rows), basis="derived")


def _in_words(words: Words, evidence: Evidence) -> Iterator[tuple[str, list[str]]]:
    yield from ((lead, [point.text(words) for point in points]) for lead, _than, points in _weaker(words, evidence))


def _weaker(words: Words, evidence: Evidence) -> Iterator[tuple[str, str, list[Weaker]]]:
    """Yield what is weaker than the defaults, and than the last version: what is said, than what, and the points."""
    say, previous = words.say, evidence.previous
    changes = [change for change in weaker_than_defaults(evidence.policy, _rates(evidence)) if change.key != "limit"]
    yield say("Weaker than the software's default"), say("Software's default"), _points(words, evidence, changes, before=False)
    if previous is not None and previous.policy is not None:
        changes = [c for c in policy_changes(previous.policy, evidence.policy).weaker if c.key != "left_out"]
        version = say("version {version}", version=previous.version)
        yield (
            say("Weaker than version {version}", version=previous.version), capital(version),
            _points(words, evidence, changes, before=True),
        )  # fmt: skip


def _few(words: Words, points: Sequence[str], most: int | None) -> str:
    if most is None or len(points) <= most:
        return "; ".join(points)
    # Nothing that is weaker goes unnamed on the first page; one key at several stages is named once.
    names = dict.fromkeys(re.sub(r" \([^()]*\)$", "", point.partition(": ")[0]) for point in points[most:])
    left = words.say("and also (see {where}): {names}", where=Ref("limits"), names="; ".join(names))
    return "; ".join([*points[:most], left])


def _lines(words: Words, evidence: Evidence, *, brief: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield each line: what is said, and its points."""
    policy, say = evidence.policy, words.say
    weaker = weaker_than_defaults(policy, _rates(evidence))
    yield say("This policy sets no limit on"), [words.metric(c.was) for c in weaker if c.key == "limit"]
    sensitive = [column.name for column in evidence.contract.with_role("sensitive")]
    yield (
        say("It does not examine"),
        [words.column(evidence.contract, name) for name in sensitive if name not in policy.attributes],
    )
    yield (
        say("These limits are so wide that hardly any data could break them"),
        [say("{limit} ({bound})", limit=_on(words, evidence, one), bound=words.short(one.bound)) for one in _empty(evidence)],
    )
    broken = {f.id for f in evidence.verdict.findings if f.severity == "warn" and f.status == "FAILED"}
    yield (
        say("Breached, but only a warning"),
        [_on(words, evidence, one) for one in policy.limits if any(asked.id in broken for asked in questions(one))],
    )
    yield say("Small groups are judged together"), [*_pools(words, evidence)]
    titles = {signatory.role: words.text(signatory.title) for signatory in evidence.charter.signatories}
    yield (
        say("Left out, with somebody accountable"),
        [
            say("{omitted} ({owner})", omitted=omitted, owner=owner)
            if brief
            else say("{omitted} ({owner}: {reason})", omitted=omitted, owner=owner, reason=words.text(one.reason).rstrip("."))
            for one in policy.left_out
            for omitted in [words.omitted(evidence.contract, one.key)]
            for owner in [titles.get(one.owner, one.owner)]
        ],
    )


def _rates(evidence: Evidence) -> dict[str, float]:
    """Return the share of everybody on each metric that is printed."""
    table = evidence.metrics
    found = {name: table.at(0, column) for column, name in enumerate(table.metrics)} if len(table) else {}
    return {name: estimate.value for name, estimate in found.items() if estimate.defined}


def _limits_first(changes: Sequence[PolicyChange]) -> list[PolicyChange]:
    """Return how far groups may differ first, then the rest of limits, then what holds for all, and who signs last."""
    return sorted(changes, key=lambda c: (c.limit is None, c.key not in ("at_most", "at_least"), c.at.startswith("stage ")))


def _closing(words: Words, evidence: Evidence, *, said: bool) -> str:
    """Return what it was held against; where nothing is weaker, that."""
    previous = evidence.previous
    if previous is not None and previous.policy is None:
        return words.say(
            "Version {version} was audited before this one, but it cannot be read, so nobody can compare them.",
            version=previous.version,
        )
    if previous is None:
        if said:
            return words.say("The log contains no earlier version to compare with.")
        return words.say("Nothing in the policy is weaker than the software's default. The log contains no earlier version.")
    if said:
        return words.say("Compared with version {version} and with the software's default.", version=previous.version)
    return words.say(
        "Nothing in the policy is weaker than the software's default or version {version}.",
        version=previous.version,
    )


def _on(words: Words, evidence: Evidence, limit: Limit) -> str:
    return words.say(
        "{metric} by {groups}", metric=words.metric(limit.metric), groups=words.columns(evidence.contract, limit.by)
    )


def _empty(evidence: Evidence) -> list[Limit]:
    return [limit for limit in evidence.policy.limits if limit.asks_nothing]


def _pools(words: Words, evidence: Evidence) -> Iterator[str]:
    """Yield the pools on which a release rests: from how many rows a group counts by itself, and which printed ones do not.

    How large the hidden groups are is told together only, as everywhere.
    """
    tally = printed(evidence)
    everybody = 0 if tally.total is None else sum(tally.total.cells)
    for limit in evidence.policy.limits:
        last = [asked for asked in questions(limit) if asked.stage is not None][-1]
        if last.pool_under is None:
            continue
        under, text = words.number(last.pool_under), _on(words, evidence, limit)
        rows = () if len(limit.by) > 1 or last.step is not None or not everybody else tally.margin(limit.by[0]).rows
        small = [row for row in rows if row.kind == "level" and sum(row.cells) < last.pool_under]
        names = [
            words.say(
                "{group} {share}", group=words.group(evidence.contract, limit.by, row.name),
                share=words.percent(sum(row.cells) / everybody),
            )
            for row in small
        ]  # fmt: skip
        hidden = [row for row in rows if row.kind == "pool"]
        if hidden:
            share = words.percent(sum(sum(row.cells) for row in hidden) / everybody)
            names.append(words.say("groups too small to print, at most {share}", share=share))
        if names:
            yield words.say("{limit}, groups under {n} rows: {names} of the rows", limit=text, n=under, names=", ".join(names))
        else:
            yield words.say("{limit}, groups under {n} rows", limit=text, n=under)


def _points(words: Words, evidence: Evidence, changes: Sequence[PolicyChange], *, before: bool) -> list[Weaker]:
    """Return the weaker keys in words: limits and steps of which the same is said stand together in one point."""
    steps: dict[tuple[str, str, str, str], list[str]] = {}
    for change in _limits_first(changes):
        key, limit, step, now, was = _said(words, evidence, change, before=before)
        steps.setdefault((key, limit, now, was), []).append(step)
    limits: dict[tuple[str, tuple[str, ...], str, str], list[str]] = {}
    for (key, limit, now, was), found in steps.items():
        limits.setdefault((key, tuple(filter(None, found)), now, was), []).append(limit)
    return [
        Weaker(key=key, limits=tuple(dict.fromkeys(filter(None, on))), steps=before_steps, now=now, was=was)
        for (key, before_steps, now, was), on in limits.items()
    ]


def _said(words: Words, evidence: Evidence, change: PolicyChange, *, before: bool) -> tuple[str, str, str, str, str]:
    """Return of one weaker key what it is called, its limit and step if it has one, and what is asked now and was before."""
    if change.key == "limit" and change.limit is not None:
        return words.say("no longer a limit on {limit}", limit=_on(words, evidence, change.limit)), "", "", "", ""
    was, now = (_value(words, evidence, change.key, text) for text in (change.was, change.now))
    key, on, step = words.code("policy_key", change.key), "", ""
    if change.at.startswith("stage "):
        step = _step(words, change.at.removeprefix("stage "))
    elif change.limit is not None:
        on = _on(words, evidence, change.limit)
        if change.key == "needs":
            was, now = (_rung(words, change.limit, text) for text in (change.was, change.now))
            step = _step(words, change.at.rpartition(" ")[2])
    if change.key in _LISTS and change.was != "all":
        went = [name for name in change.was.split(", ") if name not in change.now.split(", ")]
        gone = _value(words, evidence, change.key, ", ".join(went))
        return key, on, step, words.say("no longer {went}", went=gone) if before else words.say("without {went}", went=gone), ""
    nothing = words.say("none")
    return key, on, step, now or nothing, was or nothing


def _rung(words: Words, limit: Limit, name: str) -> str:
    """Return a rung of the ladder by its place: its name is for those who write policies."""
    names = [rung.id for rung in limit.ladder]
    if name not in names:
        return words.code("policy_value", TOP)
    return words.say(
        "a weaker question ({n} of {most})", n=words.number(names.index(name) + 1), most=words.number(len(names) + 1)
    )


def _step(words: Words, stage: str) -> str:
    return words.code("stage", stage).partition(":")[0]


def _value(words: Words, evidence: Evidence, key: str, text: str) -> str:
    """Return a value of a policy as a reader of the document knows it."""
    if text in CODES["policy_value"]:
        return words.code("policy_value", text)
    if text.replace(".", "", 1).isdigit():
        return words.short(float(text))
    names = text.split(", ") if text else []
    if key == "unseen" and names:
        cases, times = (name.partition(": ")[2] for name in names)
        return words.say("{n} cases, {times} times as often", n=words.number(int(cases)), times=words.short(float(times)))
    if key == "sensitive_features_in_training":
        names = text.removeprefix("columns: ").partition(", ground: ")[0].split(", ") if text else []
        return ", ".join(words.column(evidence.contract, name) for name in names)
    if key in _COLUMNS:
        return ", ".join(words.columns(evidence.contract, tuple(name.split(" x "))) for name in names)
    if key in _METRICS:
        return ", ".join(words.metric(name) for name in names)
    if key == "ends" and text:
        return words.date(text)
    if key in ("person_decides_first", "practice") and text:
        return words.say("yes")
    if key == "waivers" and text:
        names = re.split(r", (?:persons|at_most): ", text.removeprefix("roles: "))[0].split(", ")
    if key in ("signatures", "waivers"):
        titles = {signatory.role: words.text(signatory.title) for signatory in evidence.charter.signatories}
        return ", ".join(titles.get(name, name) for name in names)
    return text


def weaker_points(words: Words, evidence: Evidence) -> int:
    """Return on how many points the policy asks nothing, or less than the defaults and than the last version."""
    return sum(len(points) for _, points in [*_lines(words, evidence, brief=True), *_in_words(words, evidence)])
