"""policy_changes(): where one policy is weaker or stricter than another, and than the defaults.

Weaker means that a model which the old policy would have stopped may pass under the new one, or that fewer people must look.
Every key of a policy has its rule here; a test finds keys without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from smartstart_gov.authoring.names import STAGES
from smartstart_gov.authoring.policy import TOP, Limit, Needs, Policy
from smartstart_gov.authoring.reader import reading
from smartstart_gov.authoring.stages import Release, Stage, Trial
from smartstart_gov.authoring.value import Authored
from smartstart_gov.authoring.writer import written
from smartstart_gov.codec import APART, Recorded
from smartstart_gov.show import Value

Direction = Literal["weaker", "stronger", "other"]
#: From what was to what is: the direction. Neither is ever the same as the other.
Judge = Callable[[Any, Any], Direction]
#: Two names of one error: between groups their differences are the same. Authoring stands below the rates and cannot read
#: them; a house test holds that these are the complements that the rates name.
COMPLEMENT = {"true_positive_rate": "false_negative_rate", "true_negative_rate": "false_positive_rate"}


def _other(old: Any, new: Any) -> Direction:
    return "other"


def _high_is_weak(old: Any, new: Any) -> Direction:
    """Judge a number that asks less the higher it is; None is the lowest."""
    return "weaker" if old is None or (new is not None and new > old) else "stronger"


def _low_is_weak(old: Any, new: Any) -> Direction:
    return _high_is_weak(new, old)


def _ranked(*weakest_first: Any) -> Judge:
    """Return the judge of words in an order; words that do not stand in it are just another thing."""

    def judge(old: Any, new: Any) -> Direction:
        if old not in weakest_first or new not in weakest_first:
            return "other"
        return "weaker" if weakest_first.index(new) < weakest_first.index(old) else "stronger"

    return judge


def _fewer_is_weak(old: Any, new: Any) -> Direction:
    """Judge a list that asks less the less stands in it; None is everything there is."""
    if old is None or new is None:
        return "weaker" if old is None else "stronger"
    if not set(old) <= set(new):
        return "weaker"
    return "stronger" if set(new) - set(old) else "other"


def _less_is_weak(old: Any, new: Any) -> Direction:
    """Judge a condition under which less is asked; None is no condition."""
    return "weaker" if old is None else "stronger" if new is None else "other"


def _more_is_weak(old: Any, new: Any) -> Direction:
    """Judge a list that allows more the more stands in it."""
    return "weaker" if set(new) - set(old) else "stronger" if set(old) - set(new) else "other"


def _permitted(old: Any, new: Any) -> Direction:
    """Judge which columns may reach the training; None allows none."""
    return _more_is_weak(*(() if one is None else one.columns for one in (old, new)))


def _between(old: Any, new: Any) -> Direction:
    """Judge who is compared: every two groups ask most. With everybody a group is compared with itself as well."""
    if "reference" in (old, new):
        return "weaker" if old == "groups" else "stronger" if new == "groups" else "other"
    return _ranked("overall", "rest", "groups")(old, new)


def _harm(old: Any, new: Any) -> Direction:
    return "weaker" if old == "both" else "stronger" if new == "both" else "other"


def _unseen(old: Any, new: Any) -> Direction:
    """Judge how large a group may go unseen, and with how much harm; None asks nothing of it."""
    if old is None or new is None:
        return "weaker" if new is None else "stronger"
    grew = [new.at_most_cases - old.at_most_cases, new.harm - old.harm]
    return "weaker" if min(grew) >= 0 else "stronger" if max(grew) <= 0 else "other"


def _missing_or(judge: Judge) -> Judge:
    """Return a judge for what asks most where it stands: without it, less is asked."""

    def judged(old: Any, new: Any) -> Direction:
        if old is None or new is None:
            return "weaker" if new is None else "stronger"
        return judge(old, new)

    return judged


def _waivers(old: Any, new: Any) -> Direction:
    """Judge who may let findings pass: fewer persons, more findings and more roles are weaker; None lets nobody."""
    if old is None or new is None:
        return "weaker" if old is None else "stronger"
    grew = [_low_is_weak(old.persons, new.persons)] if old.persons != new.persons else []
    grew += [_high_is_weak(old.at_most, new.at_most)] if old.at_most != new.at_most else []
    grew += [_more_is_weak(old.roles, new.roles)]
    return "weaker" if "weaker" in grew else "stronger" if "stronger" in grew else "other"


#: The rule of each key of a policy; `None` where the parts have rules of their own, below.
POLICY: dict[str, Judge | None] = {
    "format": _other, "version": _other, "alpha": _high_is_weak, "max_looks": _high_is_weak,
    "decide_on": _ranked("point", "interval"), "attributes": _fewer_is_weak, "intersections": _fewer_is_weak,
    "metrics": _fewer_is_weak, "threshold": _other, "split": _other, "limits": None, "stages": None, "disclosure": None,
    "explanation": _other, "intervals": _other, "left_out": None, "trusted_types": _more_is_weak,
    "sensitive_features_in_training": _permitted, "waivers": _waivers,
}  # fmt: skip
#: The rule of each key of a limit; what it is on says which limit it is.
LIMIT: dict[str, Judge | None] = {
    "id": _other, "metric": None, "by": None, "measure": None, "between": _between, "reference": _other,
    "at_most": _high_is_weak, "at_least": _low_is_weak, "harm": _harm, "given": _less_is_weak, "pool_under": _high_is_weak,
    "ladder": None, "needs": None, "severity": _ranked("warn", "declare", "block"), "reason": _other,
}  # fmt: skip
#: The rule of each key of a rung.
RUNG: dict[str, Judge | None] = {
    "id": None, "question": _other, "step": _other, "at_most": _high_is_weak, "at_least": _low_is_weak,
    "pool_under": _high_is_weak, "unseen": _unseen,
}  # fmt: skip
#: The rule of each key of a stage.
STAGE: dict[str, Judge | None] = {"not_shown": _ranked("accepted", "refused"), "signatures": _fewer_is_weak}
#: The rule of each key that only a trial has, and only a release. A trial without an end or a cap has no bound.
TRIAL: dict[str, Judge | None] = {
    "team": _other, "families_at_most": _missing_or(_high_is_weak), "ends": _missing_or(_high_is_weak),
    "person_decides_first": _missing_or(_other),
}  # fmt: skip
RELEASE: dict[str, Judge | None] = {"practice": _missing_or(_other)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange(Recorded):
    """One difference.

    Attributes
    ----------
    key : str
        The key that differs, like ``at_most``; ``limit`` if a whole limit was added or removed.
    at : str
        Where it is: ``limit 'alarm'``, ``stage release``; empty for a key of the policy itself.
    direction : {"weaker", "stronger", "other"}
    was, now : str
        The old and the new value, as a person would write them; empty if there is none.
    limit : Limit or None
        The limit concerned, as it is now, or as it was if it was removed.
    """

    key: str
    at: str
    direction: Direction
    was: str
    now: str
    limit: Annotated[Limit | None, APART] = field(default=None, repr=False)

    @property
    def what(self) -> str:
        """Return the old and the new value, in one line."""
        place = f"{self.at}, {self.key}" if self.at and self.key not in ("limit", "rung") else self.at or self.key
        if not self.now:
            return f"{place}: removed, was {self.was}"
        return f"{place}: {self.now}, was {self.was}" if self.was else f"{place}: new, {self.now}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PolicyChanges(Value):
    """All differences between two policies, the weaker ones first.

    Attributes
    ----------
    old, new : str
        What each is called.
    changes : tuple of PolicyChange
    """

    old: str
    new: str
    changes: tuple[PolicyChange, ...]

    @property
    def weaker(self) -> tuple[PolicyChange, ...]:
        """The changes that make the policy weaker."""
        return tuple(change for change in self.changes if change.direction == "weaker")

    def to_record(self) -> dict[str, Any]:
        """Return the canonical record."""
        return {"old": self.old, "new": self.new, "weaker": len(self.weaker), "changes": [c.to_record() for c in self.changes]}

    def headline(self) -> str:
        """Return the result in one line."""
        return f"PolicyChanges({self.old} to {self.new}: {len(self.changes)} changes, {len(self.weaker)} weaker)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return the changes, one per line."""
        return ["direction", "change"], [[change.direction, change.what] for change in self.changes]


def policy_changes(old: Policy, new: Policy, *, names: tuple[str, str] | None = None) -> PolicyChanges:
    """Return how `new` differs from `old`, each difference with its direction.

    Limits are matched by their subject: a limit under another name is the same limit, and one about another metric or
    other groups is a different one.

    Parameters
    ----------
    old, new : Policy
    names : (str, str), optional
        What to call them; their versions by default.

    Returns
    -------
    PolicyChanges

    Examples
    --------
    >>> policy = default_policy()
    >>> changes = policy_changes(policy, policy.model_copy(update={"alpha": 0.1}))
    >>> [(change.direction, change.what) for change in changes.changes]
    [('weaker', 'alpha: 0.1, was 0.05')]
    """
    found = [*_keys("", old, new, POLICY), *_limits(old, new), *_stages(old, new)]
    if old.disclosure.k != new.disclosure.k:
        direction = _low_is_weak(old.disclosure.k, new.disclosure.k)
        found.append(PolicyChange(key="k", at="", direction=direction, was=str(old.disclosure.k), now=str(new.disclosure.k)))
    before, after = ({one.key: one for one in policy.left_out} for policy in (old, new))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            direction = "other" if key in before else "weaker"
            was, now = (key if key in one else "" for one in (before, after))
            found.append(PolicyChange(key="left_out", at="", direction=direction, was=was, now=now))
    return PolicyChanges(
        old=names[0] if names else f"policy {old.version}", new=names[1] if names else f"policy {new.version}",
        changes=_weaker_first(found),
    )  # fmt: skip


@cache
def default_policy() -> Policy:
    """Return the policy that ``smartstart-gov init`` writes: what a committee gets if it chooses nothing."""
    with resources.as_file(resources.files("smartstart_gov.authoring") / "start" / "policy.yaml") as path:
        return reading(Path(path), Policy).value


def weaker_than_defaults(policy: Policy, rates: Mapping[str, float] | None = None) -> tuple[PolicyChange, ...]:
    """Return where `policy` requires less than the defaults.

    The defaults are about made-up groups, so limits are compared with those on the same metric: with the one that compares in
    the same way, otherwise with the strictest. A metric that the defaults limit, but this policy does not, is reported.
    A limit on a ratio, where the defaults have one on a difference, is stricter for a rare outcome and weaker for a frequent
    one: `rates`, the overall rate per metric if it was measured, says which.
    """
    default = default_policy()
    kept = {key: POLICY[key] for key in ("alpha", "max_looks", "decide_on", "metrics", "waivers")}
    found = [*_keys("", default, policy, kept), *_stages(default, policy)]
    if policy.disclosure.k < default.disclosure.k:
        was, now = str(default.disclosure.k), str(policy.disclosure.k)
        found.append(PolicyChange(key="k", at="", direction="weaker", was=was, now=now))
    for limit in policy.limits:
        if (of := _default_for(limit, default)) is not None:
            asked = {key: LIMIT[key] for key in ("at_most", "at_least", "harm", "given", "severity")}
            if limit.between == "reference":
                asked["between"] = _between
            found += _keys(f"limit {limit.id!r}", of, limit, asked, limit=limit)
            found += _needed(of, limit)
        elif (of := _wider(limit, default, (rates or {}).get(limit.metric, 1.0))) is not None:
            found.append(
                PolicyChange(
                    key="measure", at=f"limit {limit.id!r}", direction="weaker", was=of.measure, now=limit.measure, limit=limit
                )
            )
    stopping = {COMPLEMENT.get(limit.metric, limit.metric) for limit in policy.limits if not limit.asks_nothing}
    for metric in dict.fromkeys(limit.metric for limit in default.limits):
        if metric not in stopping:
            gone = next(limit for limit in default.limits if limit.metric == metric)
            found.append(PolicyChange(key="limit", at="", direction="weaker", was=metric, now="", limit=gone))
    return tuple(change for change in _weaker_first(found) if change.direction == "weaker")


def _default_for(limit: Limit, default: Policy) -> Limit | None:
    """Return the default limit that `limit` can be held against."""
    metric = COMPLEMENT.get(limit.metric, limit.metric) if limit.measure == "difference" else limit.metric
    same = [one for one in default.limits if (one.metric, one.measure) == (metric, limit.measure)]
    alike = [one for one in same if one.between == limit.between] or same
    strict = sorted(alike, key=lambda one: one.bound if one.measure == "difference" else -one.bound)
    return strict[0] if strict else None


def _wider(limit: Limit, default: Policy, rate: float) -> Limit | None:
    """Return the default limit on the same metric that measures otherwise, where `limit` leaves rates more room than it.

    Of two rates under 1, a ratio of 0.8 leaves a difference of 0.2 at most. Where everybody together has a rate of 0.04
    and the ratio is kept, no group is above 0.05, so that it leaves 0.01.
    """
    metric = COMPLEMENT.get(limit.metric, limit.metric)
    others = [one for one in default.limits if one.metric == metric and one.measure != limit.measure]
    return next((one for one in others if _room(limit, rate) > _room(one, rate)), None)


def _room(limit: Limit, rate: float) -> float:
    highest = 1.0 if limit.bound <= rate else rate / limit.bound
    # Nine decimals: 1 - 0.8 is not quite 0.2.
    return round(limit.bound if limit.measure == "difference" else (1 - limit.bound) * highest, 9)


def _keys(
    place: str, old: Authored, new: Authored, rules: Mapping[str, Judge | None], *, limit: Limit | None = None
) -> Iterator[PolicyChange]:
    """Yield the keys that differ, each judged by its rule; keys without a rule have their parts judged elsewhere."""
    before, after = written(old), written(new)
    for key, judge in rules.items():
        one, other = getattr(old, key), getattr(new, key)
        if judge is not None and one != other:
            was, now = (_said(record.get(key), value) for record, value in ((before, one), (after, other)))
            if key == "metrics":
                was, now = was or "all", now or "all"
            yield PolicyChange(key=key, at=place, direction=judge(one, other), was=was, now=now, limit=limit)


def _limits(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    rest = list(new.limits)
    for one in old.limits:
        alike = [limit for limit in rest if _on(limit) == _on(one)]
        same = next((limit for limit in alike if limit.id == one.id), alike[0] if alike else None)
        if same is None:
            yield PolicyChange(key="limit", at=f"limit {one.id!r}", direction="weaker", was=_on_text(one), now="", limit=one)
            continue
        rest.remove(same)
        yield from _keys(f"limit {same.id!r}", one, same, LIMIT, limit=same)
        yield from _needed(one, same)
        yield from _rungs(one, same)
    for one in rest:
        yield PolicyChange(key="limit", at=f"limit {one.id!r}", direction="stronger", was="", now=_on_text(one), limit=one)


def _on(limit: Limit) -> tuple[str, tuple[str, ...], str]:
    alike = limit.measure == "difference" and limit.harm == "both"
    metric = COMPLEMENT.get(limit.metric, limit.metric) if alike else limit.metric
    return metric, tuple(sorted(limit.by)), limit.measure


def _on_text(limit: Limit) -> str:
    return f"{limit.metric} by {', '.join(limit.by)}"


def _needed(old: Limit, new: Limit) -> Iterator[PolicyChange]:
    """Yield the stages that need another rung; without a ladder every stage needs the limit itself."""
    for stage in STAGES:
        was, now = (_rung(limit.needs, stage) for limit in (old, new))
        if was != now:
            names = [rung.id for rung in new.ladder] + [rung.id for rung in old.ladder]
            weakest_first = [*dict.fromkeys(names), TOP]
            direction = _ranked(*weakest_first)(was, now)
            yield PolicyChange(
                key="needs", at=f"limit {new.id!r}, stage {stage}", direction=direction, was=was, now=now, limit=new
            )


def _rung(needs: Needs | None, stage: str) -> str:
    return TOP if needs is None else str(getattr(needs, stage))


def _rungs(old: Limit, new: Limit) -> Iterator[PolicyChange]:
    """Yield what differs in the ladders. A rung less is no weaker question: what a stage needs says how much is asked."""
    before, after = ({rung.id: rung for rung in limit.ladder} for limit in (old, new))
    for name in dict.fromkeys([*before, *after]):
        place = f"limit {new.id!r}, rung {name}"
        if name in before and name in after:
            yield from _keys(place, before[name], after[name], RUNG, limit=new)
        else:
            was, now = (name if name in rungs else "" for rungs in (before, after))
            yield PolicyChange(key="rung", at=place, direction="other", was=was, now=now, limit=new)


def _stages(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    for name in STAGES:
        one, other = old.stage(name), new.stage(name)
        yield from _keys(f"stage {name}", one, other, _of_stage(one, other))


def _of_stage(one: Stage, other: Stage) -> Mapping[str, Judge | None]:
    # The same roles in another order ask the same.
    own = TRIAL if isinstance(one, Trial) else RELEASE if isinstance(one, Release) else {}
    same = set(one.signatures) == set(other.signatures)
    return own | {key: judge for key, judge in STAGE.items() if key != "signatures" or not same}


def _said(record: Any, value: Any) -> str:
    """Return a value as people write it: short ones whole, of others how many there are."""
    if record is None and value is None:
        return ""
    found = value if record is None else record
    if isinstance(found, Authored):
        found = written(found)
    if isinstance(found, Mapping):
        parts = [f"{key}: {_said(item, item)}" for key, item in found.items()]
        return "a text" if set(found) == {"nl", "en"} else ", ".join(parts)
    if isinstance(found, Sequence) and not isinstance(found, str):
        items = [" x ".join(map(str, item)) if isinstance(item, list | tuple) else str(item) for item in found]
        return ", ".join(items) or "none"
    return str(found)


def _weaker_first(found: Sequence[PolicyChange]) -> tuple[PolicyChange, ...]:
    order = ("weaker", "stronger", "other")
    return tuple(sorted(found, key=lambda change: order.index(change.direction)))
