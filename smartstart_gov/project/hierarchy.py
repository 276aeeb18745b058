"""The steps of a hierarchy, as every grouping of rows or counts needs them: an ancestor for each declared level."""

from __future__ import annotations

from smartstart_gov.project.column import Column
from smartstart_gov.project.contract import DataContract


def steps_of(column: Column, contract: DataContract) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the hierarchy of `column`: for each step its name and the ancestor of every declared level."""
    ancestors = [str(level) for level in column.levels or ()]
    steps = []
    for step in contract.hierarchies.get(column.name, ()):
        ancestors = [step.parents[name] for name in ancestors]
        steps.append((step.name, tuple(ancestors)))
    return tuple(steps)
