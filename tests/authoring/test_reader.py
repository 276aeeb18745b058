"""Authored files: every mistake is told at once, with line, key and remedy."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.authoring.reader import read_charter, read_contract, read_policy, reading
from smartstart_gov.authoring.value import Authored
from smartstart_gov.errors import Refused, Violation

POLICY = """\
format: 1
version: "1.0"
attributes: [origin]
threshold: {value: 0.5, chosen_by: open, reason: open}
split: {fit: 0.5, develop: 0.2, audit: 0.3}
limits:
  - id: fpr
    metric: false_positive_rate
    by: [origin]
    measure: difference
    between: groups
    at_most: 0.1
    reason: {nl: "Daarom.", en: "Because."}
stages:
  shadow: {not_shown: accepted}
  trial: {not_shown: accepted, signatures: [owner]}
  release: {not_shown: refused, signatures: [owner]}
"""
Told = Callable[[str], tuple[Violation, ...]]


@pytest.fixture
def told(tmp_path: Path, violations_of: Callable[..., tuple[Violation, ...]]) -> Told:
    """What is told about a policy with this text."""

    def tell(text: str | bytes) -> tuple[Violation, ...]:
        path = tmp_path / "policy.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return violations_of(read_policy, path)

    return tell


def short(violations: tuple[Violation, ...]) -> list[tuple[str, str]]:
    return [(v.rule, v.where.removeprefix("policy.yaml ")) for v in violations]


@pytest.mark.parametrize(("file", "read", "kind"), [
    ("charter.yaml", read_charter, Charter), ("contract.yaml", read_contract, DataContract), ("policy.yaml", read_policy, Policy),
])  # fmt: skip
def test_what_init_writes_is_read_and_survives_its_record(
    started: Path, file: str, read: Callable[[Path], Authored], kind: type[Authored]
) -> None:
    value = read(started / file)
    assert isinstance(value, kind)
    assert kind.from_record(value.to_record()) == value
    assert kind.from_record(value.to_record()).digest == value.digest


def test_comments_layout_and_line_ends_do_not_reach_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    plain = read_policy(path).digest
    path.write_bytes(b"\xef\xbb\xbf# comment\r\n" + POLICY.replace("\n", "\r\n").encode())
    assert read_policy(path).digest == plain
    path.write_text(POLICY.replace("0.1", "0.10"))
    assert read_policy(path).digest == plain
    path.write_text(POLICY.replace("0.1", "0.11"))
    assert read_policy(path).digest != plain


def test_open_is_none_and_a_block_of_text_ends_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        POLICY.replace(
            '{nl: "Daarom.", en: "Because."}',
            "\n      nl: |\n        Een.\n        Twee.\n      en: >\n        One.\n        Two.\n",
        )
    )
    policy = read_policy(path)
    assert policy.threshold.reason is None
    assert policy.limits[0].reason is not None
    assert (policy.limits[0].reason.nl, policy.limits[0].reason.en) == ("Een.\nTwee.", "One. Two.")


@pytest.mark.parametrize(
    "scalar",
    [
        "yes", "No", "on", "OFF", "y", "N", "NO", "~", "null", "Null", "0123", "0o17", "0x1F", "0b11", "1_000", "12:30", "1:20:30",
        "2026-01-01", "2026-01-01T00:00:00Z", "1e-2", "1E5", "-1.5e3", ".5", "5.", "+5", ".nan", ".NaN", ".inf", "-.inf", "True", "FALSE",
        "1234567890123456", "0.12345678901234567", "-0", "=", "",
    ],
)  # fmt: skip
def test_what_yaml_may_turn_into_something_else_asks_for_quotes(told: Told, scalar: str) -> None:
    found = told(POLICY.replace("by: [origin]", f"by: [origin]\n    reference: {scalar}").replace("groups", "reference"))
    assert short(found) == [("P03", "line 10, key limits[0].reference")]
    assert told(POLICY.replace("between: groups", f'between: reference\n    reference: "{scalar or "x"}"')) == ()


@pytest.mark.parametrize(
    "text", ["origin", "3 wijken", "2.1.0", "a:b", "12-18", "1.2.3", "none", "nee", "true story", "ÅÄÖ", "العربية", "v1e2"]
)
def test_plain_text_is_text(told: Told, text: str) -> None:
    assert told(POLICY.replace("between: groups", f"between: reference\n    reference: {text}")) == ()


@pytest.mark.parametrize(("number", "rules"), [
    ("0.1", []), ("0.100000", []), ("0", ["P05"]), ("1", ["P05"]), ("-0.1", ["P05"]), ("7", ["P05"]), ("true", ["P05"]),
    ('"0.1"', ["P05"]), ("0,1", ["P05"]), ("tenth", ["P05"]), ("[0.1]", ["P05"]), ("{a: 1}", ["P05"]), (".1", ["P03"]), ("nan", ["P05"]),
])  # fmt: skip
def test_a_limit_is_a_plain_number_in_its_range(told: Told, number: str, rules: list[str]) -> None:
    found = told(POLICY.replace("at_most: 0.1", f"at_most: {number}"))
    assert short(found) == [(rule, "line 12, key limits[0].at_most") for rule in rules]


def test_a_decimal_comma_is_named(told: Told) -> None:
    assert told(POLICY.replace("0.1\n", "0,1\n"))[0].remedy == "Use a point as the decimal separator: 0.1."


def test_misspelt_keys_get_the_right_one(told: Told) -> None:
    found = told(POLICY.replace("attributes:", "atributes:").replace("at_most:", "at_mots:").replace("chosen_by", "chosenby"))
    assert [(v.rule, v.what, v.remedy) for v in found if v.rule == "P04"] == [
        ("P04", "Key 'atributes' is unknown.", "Did you mean 'attributes'?"),
        ("P04", "Key 'chosenby' is unknown.", "Did you mean 'chosen_by'?"),
        ("P04", "Key 'at_mots' is unknown.", "Did you mean 'at_most'?"),
    ]
    assert ("P06", "line 1, key attributes") in short(found)
    assert ("P05", "line 4, key threshold.chosen_by") in short(found)


def test_words_of_a_list_get_the_right_one(told: Told) -> None:
    found = told(POLICY.replace("measure: difference", "measure: diference").replace("not_shown: refused", "not_shown: never"))
    assert [(v.where, v.remedy) for v in found] == [
        ("policy.yaml line 10, key limits[0].measure", "Did you mean 'difference'?"),
        ("policy.yaml line 17, key stages.release.not_shown", "Write 'accepted' or 'refused'."),
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule", "where"),
    [
        ("format: 1\n", "format: 1\nformat: 1\n", "P01", "line 2"),
        ("    at_most: 0.1\n", "    at_most: 0.1\n    at_most: 0.9\n", "P01", "line 13, key limits[0]"),
        ("[origin]", "&x [origin]", "P02", "line 3, key attributes"),
        ("[origin]", "*x", "P02", "line 3, key attributes"),
        ("0.5, chosen", "!!float 0.5, chosen", "P02", "line 4, key threshold.value"),
        ('"1.0"', "!local text", "P02", "line 2, key version"),
        ("  shadow:", "  <<: {}\n  shadow:", "P02", "line 15, key stages"),
        ("format: 1", "? [a, b]\n: 1\nformat: 1", "P02", "line 1"),
        ("stages:", "---\nstages:", "P02", "line 14"),
        ("format: 1", "%YAML 1.1\n---\nformat: 1", "P02", "line 1"),
        ("[origin]", "[" * 30 + "]" * 30, "P02", "line 3, key attributes" + "[0]" * 19),
        ("format: 1", "1: 1\nformat: 1", "P03", "line 1"),
        ("format: 1", "no: 1\nformat: 1", "P03", "line 1"),
        ("format: 1", "format: 2", "P05", "line 1, key format"),
        ('"1.0"', "1.0", "P05", "line 2, key version"),
        ('"1.0"', '" 1"', "N02", "line 2, key version"),
        ('"1.0"', '"a\\u202eb"', "N02", "line 2, key version"),
        ('"1.0"', '"e\\u0301"', "N02", "line 2, key version"),
        ('"1.0"', '"a\\nb"', "P05", "line 2, key version"),
        ('"1.0"', '""', "P05", "line 2, key version"),
        ('"1.0"', f'"{"x" * 5000}"', "P05", "line 2, key version"),
        ("id: fpr", "id: ../fpr", "N01", "line 7, key limits[0].id"),
        ("at_most: 0.1", "at_most: 0.1\n    at_least: 0.8", "P05", "line 13, key limits[0].at_least"),
        ("at_most: 0.1", "at_least: 0.8", "P05", "line 12, key limits[0].at_least"),
        ("fit: 0.5", "fit: 0.6", "P05", "line 5, key split"),
        ("    by: [origin]", "    by: [sex]", "P05", "line 9, key limits[0].by"),
        ("stages:", "intersections: [[origin]]\nstages:", "P05", "line 14, key intersections[0]"),
        ("stages:", "stages: |\n  x: y\nother:", "P05", "line 14, key stages"),
        ("    by", "\tby", "P11", "line 9, key limits[0]"),
        ('"1.0"', '"1.0', "P11", "line 13"),
        ('"1.0"', "a: b: c", "P11", "line 2"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_rule_and_its_line(told: Told, old: str, new: str, rule: str, where: str) -> None:
    assert old in POLICY
    assert (rule, where) in short(told(POLICY.replace(old, new, 1)))


def test_a_policy_without_limits_is_no_policy(told: Told) -> None:
    before = POLICY[: POLICY.index("limits:")]
    after = POLICY[POLICY.index("stages:") :]
    assert short(told(before + "limits: []\n" + after)) == [("P06", "line 6, key limits")]
    assert short(told(before + after)) == [("P06", "line 1, key limits")]
    assert short(told(POLICY.replace("attributes: [origin]", "attributes: []"))) == [("P06", "line 3, key attributes")]


def test_one_round_tells_everything(told: Told) -> None:
    text = POLICY.replace("attributes:", "atributes:").replace('"1.0"', "1.0").replace("groups", "group").replace("0.1", "7")
    text = text.replace("release: {not_shown: refused", "release: {not_shown: no").replace("value: 0.5", "value: 1e-1")
    found = told(text)
    assert [rule for rule, _ in short(found)] == ["P06", "P05", "P04", "P03", "P05", "P05", "P03"]
    assert [int(re.findall(r"line (\d+)", v.where)[0]) for v in found] == sorted(
        int(re.findall(r"line (\d+)", v.where)[0]) for v in found
    )
    for violation in found:
        assert violation.what.endswith(".")
        assert violation.remedy.endswith((".", "?"))


def test_two_problems_of_one_value_are_two(told: Told) -> None:
    found = told(POLICY.replace('"1.0"', '" a\\u200b\\nb"'))
    assert [v.rule for v in found] == ["P05", "N02", "N02"]
    limit = told(POLICY.replace("at_most: 0.1", "at_least: 0.8\n    reference: x"))
    assert [v.where for v in limit] == [
        "policy.yaml line 7, key limits[0]",  # at_most is missing
        "policy.yaml line 12, key limits[0].at_least",
        "policy.yaml line 13, key limits[0].reference",
    ]


def test_a_message_shows_what_was_got_and_no_control_character(told: Told) -> None:
    found = told(POLICY.replace("measure: difference", 'measure: "\\e[31m\\u202e' + "x" * 200 + '"'))
    assert "\\x1b[31m\\u202e" in found[0].what
    assert len(found[0].what) < 120
    assert all(c.isprintable() or c == "\n" for c in str(found[0]))


@pytest.mark.parametrize(("make", "rule"), [
    (lambda p: None, "U01"), (lambda p: p.mkdir(), "U01"), (os.mkfifo, "U01"), (lambda p: p.write_bytes(b"a: \xff"), "P11"),
    (lambda p: p.write_bytes(b"a: 1\n" * 60_000), "P02"), (lambda p: p.write_bytes(b""), "P05"), (lambda p: p.write_bytes(b"# only this\n"), "P05"),
    (lambda p: p.write_bytes(b"- a\n"), "P05"), (lambda p: p.write_bytes(b"text"), "P05"), (lambda p: p.write_bytes(b"a: \x00"), "P11"),
    (lambda p: p.write_bytes(b'a: "\\UFFFFFFFF"'), "P11"), (lambda p: p.write_bytes(b"[" * 200_000), "P02"), (lambda p: p.write_bytes(b"%YAML 9" + b"9" * 9000), "P11"),
])  # fmt: skip
def test_what_is_no_authored_file_is_refused(
    tmp_path: Path, make: Callable[[Path], object], rule: str, violations_of: Callable[..., tuple[Violation, ...]]
) -> None:
    path = tmp_path / "policy.yaml"
    make(path)
    assert [v.rule for v in violations_of(read_policy, path)] == [rule]
    assert violations_of(read_policy, Path("no\0path"))[0].rule == "U01"


def test_an_alias_bomb_is_refused_before_it_grows(told: Told) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    found = told("\n".join(lines))
    assert {v.rule for v in found} >= {"P02"}


def test_a_file_that_was_read_names_lines_later(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    page = reading(path, Policy).page
    assert page.where(("limits", 0, "at_most")) == "policy.yaml line 12, key limits[0].at_most"
    assert page.where(("limits", 9, "x")) == "policy.yaml line 6, key limits"


CONTRACT = """\
format: 1
name: help
version: "1"
meaning: {nl: Hulp, en: Help}
unit_of_analysis: {nl: Gezin, en: Family}
aggregation_level: household
sources:
  intake: {system: S, owner: O, original_purpose: open, lawful_basis: open, retention: open, last_verified: "2026-01-31", error_rate: open}
columns:
  - {name: area, dtype: string, role: sensitive, source: intake, meaning: {nl: Wijk, en: Area}, levels: [Noord, Zuid]}
  - {name: late, dtype: boolean, role: label, source: intake, meaning: {nl: Laat, en: Late}, levels: [false, true], positive: true}
hierarchies:
  area:
    - {name: city, meaning: {nl: Stad, en: City}, parents: {Noord: Stad, Zuid: Stad}}
"""


@pytest.mark.parametrize(
    ("old", "new", "rule", "where"),
    [
        ("[Noord, Zuid]", '[Noord, noord]', "D02", "columns[0].levels[0]"),
        ("[Noord, Zuid]", '["A", "\\u0410"]', "D02", "columns[0].levels[0]"),
        ("[Noord, Zuid]", "[Noord, unknown]", "C01", "columns[0].levels[1]"),
        ("[Noord, Zuid]", "[Noord, 5]", "C01", "columns[0].levels[1]"),
        ("[Noord, Zuid]", "[Noord, 0.5]", "P05", "columns[0].levels[1]"),
        ("[Noord, Zuid]", "[Noord, 2026-01-01]", "P03", "columns[0].levels[1]"),
        ("[Noord, Zuid]", "[Noord, Zuid], unknown_values: [X]", "C01", "columns[0].unknown_values"),
        ("[Noord, Zuid]", "[Noord, Zuid], unknown_values: [Zuid], maximum_unknown_share: 0.1", "C01", "columns[0].unknown_values[0]"),
        ("[Noord, Zuid]", "[Noord, Zuid], nullable: true", "C01", "columns[0].nullable"),
        ("[Noord, Zuid]", "[Noord, Zuid], minimum: 5, maximum: 3", "C01", "columns[0].minimum"),
        ("[Noord, Zuid]", "[Noord, Zuid], expected_shares: {Noord: 0.5, Oost: 0.5}", "C01", "columns[0].expected_shares.Oost"),
        ("[Noord, Zuid]", "[Noord, Zuid], expected_shares: {Noord: 0.5, Zuid: 0.1}", "C01", "columns[0].expected_shares"),
        ("[Noord, Zuid]", "[Noord, Zuid], maximum_unknown_share: 1.5", "P05", "columns[0].maximum_unknown_share"),
        (", levels: [Noord, Zuid]", "", "C01", "columns[0]"),
        ("role: sensitive", "role: control", "C01", "columns"),
        ("role: sensitive, source: intake", "role: sensitive", "C01", "columns[0]"),
        ("role: sensitive, source: intake", "role: sensitive, source: intak", "C01", "columns[0].source"),
        ("role: sensitive", "role: sensitve", "P05", "columns[0].role"),
        ("positive: true", "positive: 1", "C01", "columns[1].positive"),
        (", positive: true", "", "C01", "columns[1]"),
        ("levels: [false, true]", "levels: [true]", "C01", "columns[1].levels"),
        ("name: late", "name: area", "C01", "columns"),
        ("name: late", 'name: "a\\tb"', "N02", "columns[1].name"),
        ("name: late", "name: 遅刻", "N04", "columns[1].name"),
        ("[Noord, Zuid]", "[Noord, ทุ่งใต้]", "N04", "columns[0].levels[1]"),
        ("meaning: {nl: Wijk, en: Area}", "meaning: {nl: Wijk, en: 👪}", "N04", "columns[0].meaning.en"),
        ("name: help", "name: Help Me", "N01", "name"),
        ("  intake: {", "  In Take: {", "N01", "sources.'In Take'"),
        ("2026-01-31", "2026-02-31", "P05", "sources.intake.last_verified"),
        ('"2026-01-31"', "2026-01-31", "P03", "sources.intake.last_verified"),
        ("error_rate: open", "error_rate: onbekend", "P05", "sources.intake.error_rate"),
        ("owner: O", "owner:", "P03", "sources.intake.owner"),
        ("meaning: {nl: Wijk, en: Area}", "meaning: {nl: Wijk}", "P05", "columns[0].meaning.en"),
        ("meaning: {nl: Wijk, en: Area}", "meaning: Wijk", "P05", "columns[0].meaning"),
        ("meaning: {nl: Wijk, en: Area}", "meaning: nothing", "P05", "columns[0].meaning"),
        ("meaning: {nl: Wijk, en: Area}", "meaning: open", "", ""),
        (", Zuid: Stad", "", "C02", "hierarchies.area[0].parents"),
        (", Zuid: Stad", ", Zuid: Stad, Oost: Stad", "C02", "hierarchies.area[0].parents"),
        ("  area:\n", "  late:\n", "C02", "hierarchies.late"),
        ("minimum_rows", "minimum_rows", "", ""),
        ("sources:", "minimum_rows: 0\nsources:", "P05", "minimum_rows"),
        ("sources:", "maximum_levels: 2\nsources:", "", ""),
    ],
)  # fmt: skip
def test_a_contract_that_does_not_hold_together(
    tmp_path: Path, violations_of: Callable[..., tuple[Violation, ...]], old: str, new: str, rule: str, where: str
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(CONTRACT.replace(old, new, 1))
    found = [(v.rule, v.where.partition(", key ")[2]) for v in violations_of(read_contract, path)]
    assert ((rule, where) in found) if rule else not found


def test_a_charter_names_parts_and_roles_that_exist(home: Path, violations_of: Callable[..., tuple[Violation, ...]]) -> None:
    path = home / "charter.yaml"
    path.write_text(path.read_text().replace("role: dpo", "role: owner") + 'dpia: {"8": open, "99": open}\n')
    found = violations_of(read_charter, path)
    assert [(v.rule, v.where.partition(", key ")[2]) for v in found] == [("P05", "signatories[1].role"), ("P05", "dpia.99")]


def test_refusals_are_pickled_whole(tmp_path: Path) -> None:
    import pickle

    path = tmp_path / "policy.yaml"
    path.write_text(POLICY.replace("attributes", "atributes"))
    with pytest.raises(Refused) as refused:
        read_policy(path)
    assert pickle.loads(pickle.dumps(refused.value)).violations == refused.value.violations
