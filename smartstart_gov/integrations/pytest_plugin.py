"""``pytest --smartstart PROJECT``: one test a finding, and one for the gate's decision.

The findings are those of the version that was audited last. A finding that keeps the version from the stage fails. What is
not shown, and does not keep it back, is skipped with its reason: it has not passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: The option under which a project, or one version's folder, is named.
OPTION = "--smartstart"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("smartstart_gov", "evidence of a risk model")
    group.addoption(
        OPTION,
        action="append",
        default=[],
        metavar="PROJECT",
        help="Ask the gate about a project's last version, or one version.",
    )
    group.addoption(
        "--smartstart-stage", default="release", choices=("shadow", "trial", "release"), help="Where the model is to go."
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tests of every project that was named."""
    for named in config.getoption(OPTION):
        items.extend(Version.from_parent(session, name=Path(named).name, path=Path(named)).collect())


class Version(pytest.Collector):
    """One version: its findings, then the decision on it."""

    def __init__(self, *, path: Path, **more: Any) -> None:
        super().__init__(path=path, **more)

    def collect(self) -> Iterator[pytest.Item]:
        """Return one test a finding, and one for the decision."""
        from smartstart_gov.evidence.bundle import read_bundle
        from smartstart_gov.release.gate import gate

        stage = self.config.getoption("--smartstart-stage")
        folder = _folder(self.path)
        decision = gate(folder, stage=stage)
        for finding in read_bundle(folder).public.verdict.findings:
            waived = finding.id in decision.waived
            status = f"WAIVED, was {finding.status}" if waived else finding.status
            yield Answer.from_parent(
                self, name=finding.id, said=f"{status}: {finding.reason.text()} {finding.remedy.text()}".strip(),
                blocks=finding.blocks_at(stage) and not waived, shown=finding.status != "NOT_SHOWN" and not waived,
            )  # fmt: skip
        said = "\n".join([decision.headline(), *decision.reasons])
        yield Answer.from_parent(self, name=f"gate[{stage}]", said=said, blocks=not decision.allowed, shown=True)


class Answer(pytest.Item):
    """One answer of the evidence: it fails where it keeps the version from the stage."""

    def __init__(self, *, said: str, blocks: bool, shown: bool, **more: Any) -> None:
        super().__init__(**more)
        self.said, self.blocks, self.shown = said, blocks, shown

    def runtest(self) -> None:
        """Fail, skip or pass, as the evidence says."""
        if self.blocks:
            pytest.fail(self.said, pytrace=False)
        if not self.shown:
            pytest.skip(self.said)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return what a report calls this test."""
        return self.path, None, f"{self.path.name}: {self.name}"


def _folder(path: Path) -> Path:
    """Return the version folder at `path`, or that of the version of the project there that was audited last."""
    from smartstart_gov.authoring.names import LOG_FOLDER
    from smartstart_gov.evidence.folder import AUDITED, MANIFEST_FILE
    from smartstart_gov.ledger import Ledger

    if (path / MANIFEST_FILE).is_file():
        return path
    audited = Ledger(path / LOG_FOLDER).find(AUDITED)
    if not audited:
        raise pytest.UsageError(f"{path}: no version was audited. Audit one, or name a version's folder.")
    return path / str(audited[-1].body["version"])
