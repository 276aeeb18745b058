"""Evidence and rendered documents that several tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartstart_gov.documents.render import KINDS, LANGUAGES, Rendered, render
from smartstart_gov.evidence.edition import Evidence
from tests.documents import evidence as made
from tests.once import once


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """A trained model whose verdict is: not shown; most neighbourhoods are too small to print."""
    return made.public()


@pytest.fixture(scope="session")
def breached() -> Evidence:
    """The same model with far more false alarms in one group."""
    return made.public(unfair=0.16)


@pytest.fixture(scope="session")
def vendor() -> Evidence:
    """Predictions only, a charter with everything open, decided on the estimates alone, not yet versioned."""
    rules = made.policy(decide_on="point", intersections=())
    return made.public(predictions=True, full=False, version=None, of_policy=rules)


@pytest.fixture(scope="session")
def tiny() -> Evidence:
    """So few rows that no group may be printed."""
    return made.public(small=True)


@pytest.fixture(scope="session")
def rendered(evidence: Evidence) -> dict[tuple[str, str], Rendered]:
    """Every document in every language."""
    return {(kind, lang): render(evidence, kind, lang=lang) for kind in KINDS for lang in LANGUAGES}


@pytest.fixture(scope="session")
def files(rendered: dict[tuple[str, str], Rendered], tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Every document in every language as a PDF file."""

    def make(folder: Path) -> None:
        for document in rendered.values():
            (folder / f"{document.stem}.pdf").write_bytes(document.pdf())

    folder = once(tmp_path_factory, "documents", make)
    return {key: folder / f"{document.stem}.pdf" for key, document in rendered.items()}
