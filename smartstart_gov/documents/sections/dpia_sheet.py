"""One part of the DPIA as a form: its fields with their answers, and what is open in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from smartstart_gov.authoring.dpia_form import FIELD_ASKS, FIELDS
from smartstart_gov.authoring.fields import ask_of, parts_asked
from smartstart_gov.authoring.names import File
from smartstart_gov.authoring.value import Text
from smartstart_gov.documents.blocks import Basis, Block, Fact, Facts, Missing, Prose, Table
from smartstart_gov.documents.declarations import fact, of_themselves, open_line, place
from smartstart_gov.documents.outline import Section
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What is open: its name, the role that fills it in, and where."""

    what: str
    role: str
    where: str


@dataclass(slots=True)
class Sheet:
    """A part as it is filled in, from top to bottom."""

    words: Words
    evidence: Evidence
    blocks: list[Block] = field(default_factory=list)
    open: list[OpenItem] = field(default_factory=list)
    _head: str = ""
    _rows: list[Fact] = field(default_factory=list)

    def ask(self, question: str) -> None:
        """Begin a table of answers under `question`."""
        self._close()
        self._head = question

    def tell(self, term: str, text: str, basis: Basis) -> None:
        """Add an answer."""
        self.put(Fact(term=term, text=text, basis=basis))

    def put(self, *lines: Fact) -> None:
        """Add lines; one that is open is only named at the end of the part."""
        for line in lines:
            if line.basis == "open" and line.role:
                self.open.append(OpenItem(what=line.term, role=line.role, where=line.where))
            else:
                self._rows.append(line)

    def declared(self, term: str, file: File, *at: str | int, told: str | None = None) -> None:
        """Add what is declared at these keys of an authored file."""
        self.put(fact(self.words, term, self.evidence, file, *at, told=told))

    def cell(self, term: str, file: File, *at: str | int, told: str | None = None) -> str:
        """Return what is declared at these keys for a cell of a table; `term` names it where it is open."""
        line = fact(self.words, term, self.evidence, file, *at, told=told)
        if line.basis != "open":
            return line.text
        self.open.append(OpenItem(what=term, role=line.role, where=line.where))
        return self.words.code("basis", "open")

    def own(self, number: str, term: str) -> None:
        """Add what the charter answers under a number of the model; open where people are asked for it."""
        answers, words = self.evidence.charter.dpia, self.words
        answer = answers.get(number)
        if answer is not None:
            self.tell(term, said(words, number, answer), "declared")
        elif number in answers or (number not in FIELDS and number in parts_asked(self.evidence.contract)):
            who = ask_of("charter", ("dpia", number)).who
            self.put(open_line(words, term, who, place("charter", ("dpia", number))))

    def fields(self, term: str, *numbers: str) -> None:
        """Name the fields of one question that are open, under the first of them: `term`, and their numbers.

        A field that stands in the part by itself (`own`) and is open has been named there.
        """
        answers, named = self.evidence.charter.dpia, {item.where for item in self.open}
        lacking = [
            number for number in numbers if answers.get(number) is None and place("charter", ("dpia", number)) not in named
        ]
        if lacking:
            who = ask_of("charter", ("dpia", lacking[0])).who
            told = term if len(numbers) == 1 else f"{term} ({_listed(lacking)})"
            self.put(open_line(self.words, told, who, place("charter", ("dpia", lacking[0]))))

    def lacking(self, term: str, *at: str | int) -> None:
        """Name a key of the charter that is absent or open."""
        self.put(open_line(self.words, term, ask_of("charter", at).who, place("charter", at)))

    def add(self, *blocks: Block) -> None:
        """Add blocks of other sections; what is open in them is named at the end of the part as well."""
        self._close()
        for block in blocks:
            if isinstance(block, Missing):
                self.open.append(OpenItem(what=capital(block.what), role=block.role, where=block.where))
            elif isinstance(block, Facts):
                self.ask(block.caption)
                self.put(*block.rows)
                self._close()
            elif isinstance(block, Table) and block.basis == "declared" and self._waits(block):
                self.blocks.append(replace(block, basis="open"))
            else:
                self.blocks.append(block)

    def _waits(self, table: Table) -> bool:
        """Whether something in a table is open: the whole of a cell, or of a line in it, behind its name or not."""
        opened = self.words.code("basis", "open")
        lines = (line.removesuffix(".") for row in table.rows for cell in row for line in cell.split("\n"))
        return any(line == opened or line.endswith(f": {opened}") for line in lines)

    def _close(self) -> None:
        say = self.words.say
        if self._rows:
            header = (self._head or say("Subject"), say("Answer"), say("Kind"))
            self.blocks.append(Facts(caption="", header=header, rows=tuple(self._rows)))
        self._head, self._rows = "", []

    def finish(self) -> None:
        """End the part with one line that names what is open in it."""
        self._close()
        if self.open:
            self.blocks.append(
                Prose(
                    lead=self.words.say("Not filled in yet:"),
                    text=f"{gathered([item.what for item in self.open])}.",
                    basis="open",
                )
            )


def gathered(names: Sequence[str]) -> str:
    """Return the names of open items in one line; what they begin with alike is said once.

    What is open stands behind the last colon: the name of a source or a party may have one of its own.

    Examples
    --------
    >>> gathered(["Risk 1: 16.1.4", "Risk 1: 16.1.6", "Contact"])
    'Risk 1: 16.1.4, 16.1.6; Contact'
    """
    named: dict[str, list[str]] = {}
    for what in dict.fromkeys(name.rstrip(".") for name in names):
        begin, _, rest = what.rpartition(": ")
        named.setdefault(begin, []).append(rest)
    return "; ".join(f"{begin}: {', '.join(rest)}" if begin else "; ".join(rest) for begin, rest in named.items())


def said(words: Words, number: str, answer: bool | str | Text) -> str:
    """Return an answer of the charter under a number of the model in words."""
    if isinstance(answer, Text):
        return capital(words.text(answer))
    known = FIELDS.get(number)
    if known is None or known.kind != "choice":
        return str(answer)
    code = next(ask.code for numbers, ask in FIELD_ASKS if number in numbers)
    return capital(words.code(code, str(answer)))


def _listed(numbers: Sequence[str]) -> str:
    """Return the numbers, of many the first and the last."""
    return ", ".join(numbers) if len(numbers) <= 4 else f"{numbers[0]} … {numbers[-1]}"


Filling = Callable[[Sheet], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the twenty parts: its title is a message id, and `fill` writes its answers."""

    number: int
    title: str
    fill: Filling
    whole: bool = False

    def sheet(self, words: Words, evidence: Evidence) -> Sheet:
        """Return the part, filled in."""
        sheet = Sheet(words, evidence)
        self.fill(sheet)
        sheet.add(*_shown_here(words, evidence, self.number))
        sheet.finish()
        return sheet

    def section(self, words: Words, sheet: Sheet) -> Section:
        """Return a part that is filled in as a section."""
        return Section(
            id=f"part-{self.number}", kind="part", official=str(self.number), title=words.say(self.title),
            blocks=tuple(sheet.blocks), whole=self.whole,
        )  # fmt: skip


def _shown_here(words: Words, evidence: Evidence, number: int) -> Iterator[Block]:
    """Return the facts of which the row says that this part shows them."""
    numbers = (str(number), *(f"{number}.{n}" for n in range(1, 9)))
    for one in numbers:
        yield from of_themselves(words, evidence, "dpia", one)
