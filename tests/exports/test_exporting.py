"""export(), and the command: what is refused, what is told, and that all files are written or none."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smartstart_gov as gov
from smartstart_gov import storage
from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.value import Text
from smartstart_gov.cli.bundles import export as command
from smartstart_gov.errors import Refused
from smartstart_gov.exports.export import FORMATS, Format, export, listed
from smartstart_gov.exports.reading import Export
from smartstart_gov.exports.register import NAMES, TEXTS
from tests.cli.command import record, run
from tests.documents import evidence as made
from tests.exports import cases


def register(charter: Charter) -> tuple[dict[str, str], str]:
    made_ = export(replace(cases.evidence("complete"), charter=charter), "register")
    entry: dict[str, str] = json.loads(made_.files["algoritmeregister.json"])
    return entry, " ".join(made_.told)


@pytest.mark.parametrize(("asked", "rule"), [("spdx", "M01"), ([], "M01"), (["csv", "CSV"], "M01"), (7, "U01")])
def test_an_unknown_format_is_refused_with_the_list(asked: object, rule: str) -> None:
    with pytest.raises(Refused) as refusal:
        export(cases.evidence("stored"), asked)  # type: ignore[arg-type]  # that is the point
    assert refusal.value.rule == rule
    if rule == "M01":
        assert ", ".join(FORMATS) in refusal.value.violations[0].remedy


def test_every_format_is_named_in_the_table_of_the_how_to() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "export.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == set(FORMATS)


def test_a_line_in_the_registry_is_a_format_of_function_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "later", Format(lambda evidence, words: Export(files={"later": b"1"}), "0.9"))
    assert export(cases.evidence("stored"), "later").files == {"later": b"1"}
    told = " ".join(command.get_help(click.Context(command)).split())
    assert f"{listed()}." in told
    assert listed().endswith(" and later (0.9)")


def test_other_arguments_are_refused() -> None:
    with pytest.raises(Refused, match="M01"):
        export(cases.evidence("stored"), "csv", lang="de")
    with pytest.raises(Refused, match="U01"):
        export(str(cases.CORPUS), "csv")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(Refused, match="N03"):
        export(made.private(), "csv")


def test_it_is_a_public_name() -> None:
    found = gov.export(gov.read_bundle(cases.CORPUS), ["sarif", "junit"], lang="en")
    assert list(found.files) == ["findings.sarif", "junit.xml"]
    assert repr(found) == "Exported(help 1.0.0, 2 files, 0 things told)"


@settings(max_examples=25)
@given(st.integers(0, 60), st.sampled_from(["woord", "a&b", "<b>", "één"]))
def test_a_text_that_is_too_long_is_cut_at_a_word_and_told(n: int, word: str) -> None:
    # An authored text has at most 4096 bytes.
    text = " ".join([word] * (n * 12 + 1))[:2700].strip()
    entry, told = register(made.charter(purpose={"nl": text, "en": "x"}, oversight=made.both("kort", "short")))
    for key in ("description_short", "goal"):
        assert len(entry[key]) <= TEXTS[key]
        first = entry[key] if key == "description_short" else html.unescape(re.findall("<p>(.*?)</p>", entry[key])[0])
        whole, cut = first.removesuffix(" […]"), first.endswith(" […]")
        assert text.startswith(whole)
        assert cut or whole == text
        assert not cut or text[len(whole)] == " "
        assert not cut or f"{key} is longer than {TEXTS[key]} characters and was cut at a word" in told
    assert "human_intervention" not in told


def test_what_comes_after_a_cut_is_left_out() -> None:
    """A paragraph that has no room at all hides nothing: none comes after it, and it is told."""
    full = " ".join(["woord"] * 414)  # leaves room for the mark-up of one more paragraph and a few signs
    entry, told = register(
        made.charter(purpose=made.both(full, "x"), decision=made.both("besluit " * 30 + "x", "x"), affected=made.both("a", "a"))
    )
    assert "<p>a</p>" not in entry["goal"]
    assert "goal is longer than 2500 characters and was cut at a word" in told


def test_a_name_that_is_too_long_is_refused_and_all_of_them_at_once() -> None:
    owner = {"organisation": "Gemeente " * 12 + "Voorbeeld", "function": "open", "contact": "jeugd@voorbeeld.example"}
    title = made.both("Vroege hulp aan gezinnen in de stad en in alle dorpen " * 2 + "eromheen", "Help")
    with pytest.raises(Refused) as refusal:
        register(made.charter(title=title, owner=owner))
    assert [(v.rule, v.what.split()[1]) for v in refusal.value.violations] == [("N05", "name"), ("N05", "organization")]
    fits = made.charter(title={"nl": "x" * 50 + " " + "y" * (NAMES["name"] - 51), "en": "x"})
    assert len(register(fits)[0]["name"]) == NAMES["name"]


@pytest.mark.parametrize(
    ("contact", "taken"),
    [("jeugd@voorbeeld.example", True), ("https://voorbeeld.example/jeugd", True), ("loket Jeugd", False), ("open", False)],
)
def test_a_counter_is_no_address(contact: str, taken: bool) -> None:
    owner = {"organisation": "Gemeente Voorbeeld", "function": "open", "contact": contact}
    entry, told = register(made.charter(prescan={"6.1.2": True}, owner=owner))
    assert (entry.get("contact_email") == contact) is taken
    assert told.startswith(
        f"algoritmeregister.json: the register demands status{'' if taken else ', contact_email'}, and nobody"
    )


def test_markup_in_a_text_is_text() -> None:
    entry, _ = register(made.charter(purpose=made.both("<script>x</script> & meer", "x")))
    assert "<script>" not in entry["goal"]
    assert "&lt;script&gt;x&lt;/script&gt; &amp; meer" in entry["goal"]
    evidence = replace(cases.evidence("complete"), charter=made.charter(title=made.both("# <b>_x_</b> | y", "x")))
    readme = export(evidence, "huggingface").files["README.md"].decode("utf-8")
    assert "\n# \\# \\<b\\>\\_x\\_\\</b\\> \\| y\n" in readme


def test_no_cell_is_a_formula() -> None:
    labels = {level: Text(nl=sign, en=sign) for level, sign in (("NL", "=1+1"), ("EU", "-5"), ("non_EU", "@x"))}
    columns = [
        column.model_copy(update={"labels": labels}) if column.name == "origin" else column
        for column in cases.evidence("complete").contract.columns
    ]
    contract = cases.evidence("complete").contract.model_copy(update={"columns": tuple(columns)})
    text = export(replace(cases.evidence("complete"), contract=contract), "csv").files["csv/rates.csv"].decode("utf-8")
    assert ",'=1+1," in text
    assert ",'@x," in text
    assert ",-5," in text


class TestCommand:
    """smartstart-gov export."""

    def test_it_writes_all_files_and_tells_what_is_open(self, tmp_path: Path) -> None:
        done = run("export", cases.CORPUS, "--as", ",".join(FORMATS), "-o", tmp_path / "out", "--lang", "en")
        assert done.returncode == 0, done.stderr
        bundle = gov.read_bundle(cases.CORPUS)
        for name, data in export(bundle, tuple(FORMATS), lang="en").files.items():
            assert (tmp_path / "out" / name).read_bytes() == data
            assert str(tmp_path / "out" / name) in done.stdout
        assert "the register demands status, contact_email, publication_category" in " ".join(done.stderr.split())

    def test_json(self, tmp_path: Path) -> None:
        code, found = record("export", cases.CORPUS / "bundle.json", "--as", "junit", "-o", tmp_path / "out")
        made_ = export(gov.read_bundle(cases.CORPUS), "junit")
        assert (code, found) == (0, {"exit_code": 0, "folder": str(tmp_path / "out"), **made_.to_record()})

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
        done = run("export", cases.CORPUS, "--as", "junit", "-o", tmp_path / "out")
        assert (done.returncode, "[R03]" in done.stderr) == (2, True)
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]
        (tmp_path / "out" / "mine.txt").unlink()
        assert run("export", cases.CORPUS, "--as", "junit", "-o", tmp_path / "out").returncode == 0

    def test_evidence_keeps_the_files_of_its_manifest(self, tmp_path: Path) -> None:
        version = tmp_path / "help" / "1.0.0"
        version.mkdir(parents=True)
        for file in cases.CORPUS.iterdir():
            (version / file.name).write_bytes(file.read_bytes())
        for folder in (version / "exported", version):
            done = run("export", version, "--as", "junit", "-o", folder)
            assert (done.returncode, "[U01]" in done.stderr) == (2, True)
        assert {path.name for path in version.iterdir()} == {path.name for path in cases.CORPUS.iterdir()}

    def test_a_disk_that_is_full_leaves_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real_write, left = storage._write_new, [3]

        def full(path: Path, data: bytes) -> None:
            left[0] -= 1
            if not left[0]:
                raise OSError(28, "No space left on device")
            real_write(path, data)

        monkeypatch.setattr(storage, "_write_new", full)
        done = run("export", cases.CORPUS, "--as", "csv", "-o", tmp_path / "out")
        assert (done.returncode, "[R01]" in done.stderr) == (2, True)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "words", [["--as", "spdx", "-o", "out"], ["-o", "out"], ["--as", "csv"], ["--as", "csv", "-o", "out", "--lang", "de"]]
    )
    def test_what_is_refused_writes_nothing(self, words: list[str], tmp_path: Path) -> None:
        done = run("export", cases.CORPUS, *words, cwd=tmp_path)
        assert done.returncode == 2
        assert list(tmp_path.iterdir()) == []

    def test_evidence_that_does_not_hold_is_not_exported(self, tmp_path: Path) -> None:
        version = tmp_path / "help" / "1.0.0"
        version.mkdir(parents=True)
        for file in cases.CORPUS.iterdir():
            (version / file.name).write_bytes(file.read_bytes())
        text = (version / "bundle.json").read_bytes()
        (version / "bundle.json").write_bytes(text.replace(b'"FAILED"', b'"PASSED"', 1).replace(b'"NOT_SHOWN"', b'"PASSED"', 1))
        done = run("export", version, "--as", "junit", "-o", tmp_path / "out")
        assert done.returncode == 4
        assert not (tmp_path / "out").exists()
