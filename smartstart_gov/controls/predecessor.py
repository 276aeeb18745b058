"""The last version that was audited, and what of it this one no longer has.

A group that is taken out of contract and rows leaves no trace in the counts. So the evidence holds the rules of the version
before it, and what went is a finding until somebody answers for it (`left_out` in the policy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from smartstart_gov.authoring.contract import DataContract, Role, steps_of
from smartstart_gov.authoring.names import NAME_PATTERN
from smartstart_gov.authoring.policy import Omission, Policy
from smartstart_gov.authoring.policy_changes import COMPLEMENT
from smartstart_gov.show import Value

#: Columns whose going is told: who is judged, on what, and who counts as one.
_ROLES: tuple[Role, ...] = ("sensitive", "feature", "unit")
_WHOLES = ("column", "attribute")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Previous(Value):
    """The last version audited before this one, as the log and its own evidence say.

    Attributes
    ----------
    version : str
    bundle : str
        Digest of its public edition.
    contract, policy : DataContract and Policy, or None
        None where its folder is gone or its evidence does not hold: then nobody can say what went.
    owed : tuple of str
        What had gone already when it was audited.
    """

    version: str
    bundle: str
    contract: DataContract | None
    policy: Policy | None
    owed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.contract is None) != (self.policy is None):
            raise ValueError("the last version is known by its contract and its policy, or not at all")
        if not re.fullmatch(NAME_PATTERN, self.version) or not re.fullmatch(r"sha256:[0-9a-f]{64}", self.bundle):
            raise ValueError("the last version has a name and a digest")
        if not all(key.partition(" ")[0] in get_args(Omission) for key in self.owed):
            raise ValueError("what is owed is of a kind that a policy can leave out")

    def gone(self, contract: DataContract, policy: Policy) -> tuple[str, ...]:
        """Return what this version had, or owed, and the one with `contract` and `policy` has not."""
        if self.contract is None or self.policy is None:
            return (f"version {self.version}",)
        had = dict.fromkeys([*_asked(self.contract, self.policy), *self.owed])
        now = set(_asked(contract, policy))
        went = [key for key in had if key not in now and not (key.startswith("metric ") and policy.metrics is None)]
        # A column that went says all there is to say of its groups and limits.
        columns, attributes = ({key.partition(" ")[2] for key in went if key.startswith(f"{what} ")} for what in _WHOLES)
        return tuple(key for key in went if not _within(key, columns, columns | attributes))

    def headline(self) -> str:
        """Return the version in one line."""
        return f"Previous({self.version}, {'known' if self.policy is not None else 'not readable'})"


def _asked(contract: DataContract, policy: Policy) -> Iterator[str]:
    """Yield everything that may not go in silence."""
    for column in contract.columns:
        if column.role in _ROLES:
            yield f"column {column.name}"
        if column.role == "sensitive":
            yield from (f"group {column.name}={level}" for level in column.levels or ())
            for _, ancestors in steps_of(column, contract):
                yield from (f"area {column.name}={a} in {b}" for a, b in zip(column.levels or (), ancestors, strict=True))
        if column.role == "label":
            yield f"outcome {column.name}={column.positive}"
    yield from (f"attribute {name}" for name in policy.attributes)
    for limit in policy.limits:
        if limit.stops:
            yield f"limit {COMPLEMENT.get(limit.metric, limit.metric)} by {' and '.join(sorted(limit.by))}"
    if policy.metrics is None:
        yield "metric all"
    shown = [*(policy.metrics or ()), *(limit.metric for limit in policy.limits)]
    yield from dict.fromkeys(f"metric {COMPLEMENT.get(name, name)}" for name in shown)


def _within(key: str, columns: set[str], wholes: set[str]) -> bool:
    """Whether `key` is a group, an area or an attribute of a column that went itself, or a limit on an attribute that did."""
    kind, _, name = key.partition(" ")
    if kind in ("group", "area", "attribute"):
        return name.partition("=")[0] in columns
    return kind == "limit" and not wholes.isdisjoint(name.partition(" by ")[2].split(" and "))
