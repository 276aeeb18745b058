"""Whatever the bytes of an authored file: a value, or a refusal that can be printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartstart_gov.authoring.reader import read_charter, read_contract, read_policy
from smartstart_gov.errors import Refused

READERS = {"charter.yaml": read_charter, "contract.yaml": read_contract, "policy.yaml": read_policy}
#: What has broken readers of YAML before.
TOKENS = [
    b"&a ", b"*a", b"!!python/object:x ", b"!", b"---\n", b"...\n", b"<<: ", b"? ", b": ", b"- ", b"[", b"]", b"{", b"}", b"|\n", b">-\n",
    b"'", b'"', b"\\", b'"\\UFFFFFFFF"', b'"\\ud800"', b"%YAML 1.2\n", b"%TAG ! x\n", b"\t", b"\x00", b"\xff", b"\xef\xbb\xbf",
    b"\xe2\x80\xae", b"\xe2\x80\xa8", b"~", b"0x", b"1e400", b"9" * 400, b".nan", b"open", b"#", b"\r", b"\xc2\x85", b"@", b"`", b"=",
]  # fmt: skip
CHANGE = st.tuples(
    st.floats(0, 1),
    st.one_of(
        st.sampled_from(TOKENS).map(lambda token: ("insert", token)),
        st.binary(min_size=1, max_size=6).map(lambda some: ("insert", some)),
        st.text("abc:-[]{}'\"#&*!|>%@ \n\t,?10", min_size=1, max_size=8).map(lambda some: ("insert", some.encode())),
        st.integers(1, 60).map(lambda length: ("delete", length)),
        st.integers(1, 200).map(lambda length: ("repeat", length)),
        st.integers(0, 255).map(lambda byte: ("set", byte)),
    ),
)


def changed(data: bytes, changes: list[tuple[float, tuple[str, bytes | int]]]) -> bytes:
    """Return `data` after each change at its place (a share of the length)."""
    for share, (what, value) in changes:
        at = int(share * len(data))
        if isinstance(value, bytes):
            data = data[:at] + value + data[at:]
        elif what == "delete":
            data = data[:at] + data[at + value :]
        elif what == "repeat":
            data = data[: at + value] + data[at:]
        else:
            data = data[:at] + bytes([value]) + data[at + 1 :]
    return data


@pytest.mark.parametrize("file", READERS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, min_size=1, max_size=5))
def test_changed_bytes_are_read_or_refused(
    started: Path, tmp_path: Path, file: str, changes: list[tuple[float, tuple[str, bytes | int]]]
) -> None:
    path = tmp_path / file
    path.write_bytes(changed((started / file).read_bytes(), changes))
    try:
        value = READERS[file](path)
    except Refused as refused:
        message = str(refused)
    else:
        message = value.digest  # what is read has canonical bytes
    assert message.encode("utf-8")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        read_policy(path)
    assert all(violation.where.startswith("policy.yaml") for violation in refused.value.violations)
