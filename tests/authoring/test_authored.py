"""The ground of authored values: what reads as it looks, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from smartstart_gov.authoring.value import DeclaredNamed, Named, Problems, Text, one_line, plain_name, plain_text, skeleton

#: Names that have broken out of folders, shells or eyes before.
NAMES = [
    "../x", "a/b", "..", ".", "a\0b", "a\n", "\n", "-rf", ".hidden", "", "a" * 65, "A", "é", "a b", "a..b", "a\\b", "\u202ea", "a-", "a.", "_a",
    "con:", "a*", "\u0430", "\uff41", "~", "$x", "a;b", "%2e", "a\tb", "\u200ba", "a\u0301",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_plain(name: str) -> None:
    with pytest.raises(Problems):
        plain_name(name)


@pytest.mark.parametrize("name", ["a", "early_help", "v1.0.0", "a-b_c.d", "0", "a" * 64])
def test_plain_names_pass(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize(
    "text", ["Hallo", "été", "مرحبا", "ⵜⴰⵎⴰⵣⵉⵖⵜ", "a\nb", "5 > 3 & <b>", "Œuvre", "x" * 120, "é" * 120 + "\n" + "x" * 120]
)
def test_text_in_any_script_is_text(text: str) -> None:
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [("", "P05"), (" a", "N02"), ("a\u00a0", "N02"), ("e\u0301", "N02"), ("a\u200bb", "N02"), ("a\u202eb", "N02"), ("a\tb", "N02"), ("a\x1b[0m", "N02"),
     ("a\U000e0041", "N02"), ("a\u2028b", "N02"), ("a\ue000", "N02"), ("a\ud800", "N02"), ("a\uffff", "N02"), ("a\ufdd0", "N02"), ("a\u0378", "N02"), ("x " * 2048 + "x", "P05"), ("é " * 1366, "P05"),
     ("x" * 121, "P05"), ("a b\n" + "é" * 121, "P05")],
)  # fmt: skip
def test_text_that_does_not_read_as_it_looks(text: str, rule: str) -> None:
    with pytest.raises(Problems) as problems:
        plain_text(text)
    assert rule in [problem.rule for problem in problems.value.problems]


def test_one_line_is_one_line() -> None:
    with pytest.raises(Problems, match="more than one line"):
        one_line("a\nb")


def test_a_name_of_one_line_reads_the_same_in_both_languages() -> None:
    named = TypeAdapter(Named)
    assert named.validate_python("privacy@example.org") == Text(nl="privacy@example.org", en="privacy@example.org")
    assert named.validate_python({"nl": "het loket", "en": "the desk"}).in_("en") == "the desk"
    for wrong, said in (("a\nb", "more than one line"), ("", "is empty"), (5, "Text"), ({"nl": "het loket"}, "en")):
        with pytest.raises(ValidationError, match=said):
            named.validate_python(wrong)


def test_a_declared_name_may_be_open_and_never_empty() -> None:
    declared = TypeAdapter(DeclaredNamed)
    assert declared.validate_python("open") is None
    assert declared.validate_python("CC0").nl == "CC0"
    with pytest.raises(ValidationError, match="is empty"):
        declared.validate_python(None)


def test_problems_read_as_one_text() -> None:
    with pytest.raises(ValidationError, match="begins or ends with a space; contains the invisible"):
        Text(nl=" a\u200b", en="b")


@pytest.mark.parametrize(("one", "other"), [
    ("A", "a"), ("Noord West", "noord  west "), ("Noord\u00a0West", "Noord West"), ("A", "\u0410"), ("o", "\u03bf"), ("café", "cafe\u0301"), ("A", "\uff21"),
    ("A\u200b", "A"), ("Straße", "STRASSE"),
])  # fmt: skip
def test_labels_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(("one", "other"), [("A", "B"), ("é", "e"), ("Noord", "Noord 2"), ("مرحبا", "مرحبة"), ("0", "O")])
def test_labels_that_differ_to_the_eye_do_not(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@given(st.text())
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    once = skeleton(text)
    assert skeleton(once) == once
