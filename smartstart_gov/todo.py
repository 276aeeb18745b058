"""todo(): what is needed before a project can be released, as a list of things that people can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.fields import OpenFact, open_facts
from smartstart_gov.authoring.names import CHARTER_FILE, CONTRACT_FILE, FILES, POLICY_FILE, WHO, Who
from smartstart_gov.authoring.node import Page
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.project import Project, open_project
from smartstart_gov.authoring.reader import reading
from smartstart_gov.authoring.value import Authored
from smartstart_gov.codec import Recorded
from smartstart_gov.controls.catalogue import place_of, waiting
from smartstart_gov.documents.prescan_words import ASKS as PRESCAN
from smartstart_gov.documents.sections.findings import question, reason, remedy
from smartstart_gov.documents.words import Words
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import read_bundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import PUBLIC_FILE
from smartstart_gov.show import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Recorded):
    """One thing to do.

    Attributes
    ----------
    file : str
        File in the project's folder.
    line : int or None
        The line in it; None for a missing key, and for evidence.
    key : str
        The key, or the id of the finding.
    who : {"owner", "dpo", "data", "lawyer", "committee"}
    what : str
        The question, in plain words.
    example : str
        A possible answer; empty for a finding.
    why : str
        For a finding: why it has this answer, and what would change that.
    blocks : bool
        Whether it blocks release.
    failed : bool
        Whether it is a breached limit or rule, rather than something missing.
    """

    file: str
    line: int | None
    key: str
    who: Who
    what: str
    example: str
    why: str
    blocks: bool
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Todo(Value):
    """What has to be done in one project, starting with what blocks release.

    Attributes
    ----------
    name : str
        Of the model.
    role : str or None
        For whom; None for everybody.
    version : str or None
        The newest version, whose findings are listed; None if nothing was audited yet.
    stale : bool
        Whether the files were changed since that version was audited.
    items : tuple of Item
    """

    derived: ClassVar[tuple[str, ...]] = ("exit_code",)

    name: str
    role: Who | None
    version: str | None
    stale: bool
    items: tuple[Item, ...]

    @property
    def exit_code(self) -> int:
        """1 if a limit or rule is breached, 3 if something that release requires is missing, otherwise 0."""
        if any(item.failed and item.blocks for item in self.items):
            return 1
        return 3 if any(item.blocks for item in self.items) else 0

    def headline(self) -> str:
        """Return the list in one line."""
        return f"Todo({self.name}, {self.role or 'everybody'}: {len(self.items)} open, {self._blocking()} blocking release)"

    def table(self) -> tuple[list[str], list[list[object]]]:
        """Return one line per item."""
        rows: list[list[object]] = [["yes" if i.blocks else "no", i.who, f"{i.file}: {i.key}", i.what] for i in self.items]
        return ["blocks", "who", "where", "what"], rows

    def _blocking(self) -> int:
        return sum(item.blocks for item in self.items)


def todo(path: Path | str, *, role: str | None = None) -> Todo:
    """Return what has to be done in the project in folder `path`.

    Parameters
    ----------
    path : Path or str
    role : {"owner", "dpo", "data", "lawyer", "committee"}, optional
        Only what this person fills in; by default everything.

    Returns
    -------
    Todo
        Every open fact of charter, contract and policy, and every finding of the newest version that is not shown or
        breached. A finding that waits for an open fact is listed with that fact.

    Raises
    ------
    Refused
        U01 for a role that does not exist; everything that `open_project` refuses.
    EvidenceBroken
        If the evidence of the newest version does not hold.
    """
    asked = _role(role)
    project = open_project(path)
    pages = _pages(project)
    facts = open_facts(project.charter, project.contract, project.policy)
    evidence = _newest(project)
    items = [*(_of_fact(fact, project, pages) for fact in facts), *_of_findings(evidence, facts, project, pages)]
    mine = [item for item in items if asked is None or item.who == asked]
    return Todo(
        name=project.charter.name, role=asked, version=None if evidence is None else evidence.version,
        stale=evidence is not None and _changed(project, evidence),
        items=tuple(sorted(mine, key=lambda item: (not item.blocks, not item.failed))),
    )  # fmt: skip


def _role(role: str | None) -> Who | None:
    for known in WHO:
        if role == known:
            return known
    if role is None:
        return None
    raise Refused("U01", f"There is no role {role!r}.", "Argument role", f"Use one of {', '.join(WHO)}.")


def _pages(project: Project) -> dict[str, Page]:
    kinds: dict[str, type[Authored]] = {CHARTER_FILE: Charter, CONTRACT_FILE: DataContract, POLICY_FILE: Policy}
    return {file: reading(project.path / file, kind).page for file, kind in kinds.items()}


def _newest(project: Project) -> Evidence | None:
    """Return the public evidence of the version that was audited last and is still there."""
    for entry in reversed(project.ledger.find("audited")):
        folder = project.path / str(entry.body.get("version"))
        if (folder / PUBLIC_FILE).is_file():
            return read_bundle(folder).public
    return None


def _changed(project: Project, evidence: Evidence) -> bool:
    now, then = (project.charter, project.contract, project.policy), (evidence.charter, evidence.contract, evidence.policy)
    return any(a.digest != b.digest for a, b in zip(now, then, strict=True))


def _of_fact(fact: OpenFact, project: Project, pages: dict[str, Page]) -> Item:
    file = FILES[fact.file]
    path, node = pages[file].follow(fact.at)
    line = node.line if path == fact.at else None
    held = waiting(fact, project.charter, project.contract)
    why = [
        f"Until then this rule is {'broken' if status == 'FAILED' else 'not shown'}: {control.title} ({control.rule})."
        for control, status in held
    ]
    asks = fact.ask.what
    if fact.at[0] == "prescan":
        asks = f"Pre-scan DPIA, question {fact.at[1]}: {PRESCAN[str(fact.at[1])]}"
    what = f"{fact.about.rstrip('.')}: {asks}" if fact.about else asks
    return Item(
        file=file, line=line, key=fact.key, who=fact.ask.who, what=what, example=_example(fact), why=" ".join(why),
        blocks=bool(held), failed=any(status == "FAILED" for _, status in held),
    )  # fmt: skip


def _example(fact: OpenFact) -> str:
    """Return an example as it would be typed."""
    example = fact.ask.example
    # A word of a closed list, a number and a list stand as they are; sentences stand in two languages.
    code = example.replace(".", "").isdigit() or (example.replace("_", "").isalpha() and example.islower())
    typed = fact.at[0] == "prescan" or example[0] in '"[{' or code
    name = f'"{fact.at[-1]}"' if fact.at[0] in ("dpia", "prescan") else str(fact.at[-1])
    return f"{name}: {example}" if typed else f'{name}: {{nl: "...", en: "{example}"}}'


def _of_findings(
    evidence: Evidence | None, facts: tuple[OpenFact, ...], project: Project, pages: dict[str, Page]
) -> Iterator[Item]:
    if evidence is None:
        return
    words = Words("en")
    told = {control.id for fact in facts for control, _ in waiting(fact, project.charter, project.contract)}
    for finding in evidence.verdict.findings:
        if finding.status not in ("FAILED", "NOT_SHOWN") or finding.id in told:
            continue
        of, at, who = place_of(finding, project.policy)
        file = of or PUBLIC_FILE
        line = pages[file].follow(at)[1].line if file in pages else None
        where = file if file in pages else f"{evidence.version}/{file}"
        cure = "" if finding.remedy.code == "remedy.none" else remedy(words, evidence, finding)
        said = [reason(words, evidence, finding), cure]
        yield Item(
            file=where, line=line, key=finding.id, who=who, what=question(words, evidence, finding), example="",
            why=" ".join(part for part in said if part), blocks=finding.blocks, failed=finding.status == "FAILED",
        )  # fmt: skip
