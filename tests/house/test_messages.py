"""Every refusal in the source says what was found, where, and what to do about it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from smartstart_gov.errors import RULES
from tools.messages import Said, messages

#: A remedy tells somebody to do something: it begins with a verb (or with where was looked), and ends as a sentence.
BEGINS = re.compile(r"[A-Z][a-z]+\b")


def faults(said: Said) -> list[str]:
    """Return what is wrong with one refusal."""
    place = f"{said.path}:{said.line}"
    known = [text for text in said.remedy if not text.startswith("{")]
    found = [f"{place} has no {part}" for part in ("what", "where", "remedy") if not all(getattr(said, part))]
    found += [
        f"{place}: {text!r} is no remedy" for text in known if text and (not BEGINS.match(text) or text[-1] not in ".?)}")
    ]
    found += [f"{place}: {rule} is no rule" for rule in said.rule if not rule.startswith("{") and rule not in RULES]
    return found


def test_every_refusal_says_what_where_and_remedy() -> None:
    found = messages()
    assert len(found) > 200
    assert [fault for said in found for fault in faults(said)] == []


def test_what_is_listed_is_what_is_said(tmp_path: Path) -> None:
    """Two planted refusals: one with an either-or, one without a remedy."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "one.py").write_text(
        textwrap.dedent("""
        def refuse(name, many):
            what = "Not this."
            raise Refused("D04", what, "Here", "Mend it.")

        def other(name, many):
            what = f"{name!r} is wrong." if many else "All are wrong."
            return Violation(rule="Z99", what=what, where="There", remedy="")
        """),
        encoding="utf-8",
    )
    first, second = messages(package)
    assert (first.what, first.remedy, faults(first)) == (("Not this.",), ("Mend it.",), [])
    assert second.what == ("{name} is wrong.", "All are wrong.")
    assert [fault.split(": ")[-1] for fault in faults(second)][-1] == "Z99 is no rule"
    assert "has no remedy" in faults(second)[0]
