"""A stopped clock, and a version that can be signed for, without counting anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartstart_gov.release.root import write_root
from tests.release.saying import FILES, KEEPERS, NOW, ONE, OTHER, TODAY, file, keys, log


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Stop the clock of the root and of the log at noon of a day; what is returned sets it."""
    return stopped(monkeypatch, NOW)


@pytest.fixture
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at the end of the day on which the tests were read, so that none runs over midnight."""
    stopped(monkeypatch, dt.datetime.combine(TODAY, dt.time(23, 59), tzinfo=dt.UTC))


def stopped(monkeypatch: pytest.MonkeyPatch, moment: dt.datetime) -> Callable[[dt.datetime], None]:
    class Stopped(dt.datetime):
        at = moment

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return cls.at.astimezone(tz)

    names = {"datetime": Stopped, "UTC": dt.UTC, "timedelta": dt.timedelta, "date": dt.date}
    for module in ("release.root", "ledger"):
        monkeypatch.setattr(f"smartstart_gov.{module}.dt", SimpleNamespace(**names))
    return lambda moment: setattr(Stopped, "at", moment)


@pytest.fixture
def seen(tmp_path: Path, clock: object) -> Any:
    """A version as `examine` returns it, with a root of two keepers in its log."""
    found = SimpleNamespace(
        path=tmp_path / "1.0.0", project=tmp_path, violations=(), broken=(), record={"bundle.json": {"look": {"entry": OTHER}}}.__getitem__,
        manifest=SimpleNamespace(name="help", version="1.0.0", files=FILES),
        logged=SimpleNamespace(
            audited=SimpleNamespace(digest=ONE, body={"policy": ONE, "contract": ONE, "charter": OTHER, "status": "sealed"})
        ),
    )  # fmt: skip
    write_root(log(found), file(), keys(*KEEPERS))
    return found


@pytest.fixture
def at_hand(seen: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The version, as `sign`, `revoke` and `waive` find it; what was authored is as it was."""
    seen.asked, seen.edits = [], []
    monkeypatch.setattr("smartstart_gov.release.sign.examine", lambda *given: seen.asked.append(given) or seen)
    monkeypatch.setattr("smartstart_gov.release.sign.authored_edits", lambda _: seen.edits)
    return seen


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute nothing again: other tests hold the gate to that, and it takes a second a time."""
    monkeypatch.setattr("smartstart_gov.evidence.reperform.reperform", lambda _: SimpleNamespace(differences=()))
