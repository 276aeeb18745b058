"""Where nobody is selected, or everybody: in all, or in a group that a limit compares."""

from __future__ import annotations

from itertools import product
from operator import contains

import numpy as np

from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.tally import Tally


def one_sided(tally: Tally, policy: Policy) -> tuple[str, ...]:
    """Return where nobody is selected, or everybody: in all, or, where chance does not explain it, in a group of a limit.

    It says ``few`` where so few are selected, or so few are not, that chance could explain it if half of all rows had none.
    Groups are not named: only by which attribute they are told apart.
    """
    everybody = tally.cells()[0]
    chosen, rows = int(everybody[1] + everybody[3]), int(everybody.sum())
    if not 0 < chosen < rows:
        return ("nobody" if not chosen else "everybody",)
    found = []
    for by in dict.fromkeys(limit.by for limit in policy.limits):
        axes = [tally.axis(name) for name in by]
        # Rows of which the group is not recorded are no group.
        known = np.array([all(map(contains, (a.declared for a in axes), one)) for one in product(*(a.levels for a in axes))])
        cells = tally.cells(*by)[known]
        n, selected = cells.sum(axis=1), cells[:, 1] + cells[:, 3]
        for who, share, where in (("nobody", chosen / rows, selected == 0), ("everybody", 1 - chosen / rows, selected == n)):
            # How likely so many rows are all alike, if they are selected as everybody is: over all groups at most alpha.
            level = np.log(policy.alpha / len(n))
            by_chance = n * np.log1p(-share) > level
            found += [f"{who} {' x '.join(by)}"] if (where & ~by_chance).any() else []
            # So few are selected, or left out, that limits pass in vain. That groups are small does not make them few.
            found += [f"few {' x '.join(by)}"] if n.any() and n.sum() / 2 * np.log1p(-share) > level else []
    return tuple(found)
