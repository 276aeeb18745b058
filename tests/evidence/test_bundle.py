"""Evidence: two editions, written whole, recomputed from counts, and refused when touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smartstart_gov.assessment import audit_predictions
from smartstart_gov.authoring.project import open_project
from smartstart_gov.canonical import digest, pretty_json
from smartstart_gov.errors import EvidenceBroken, Refused
from smartstart_gov.evidence.bundle import EvidenceBundle, read_bundle
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.evidence.folder import MANIFEST_FILE, PRIVATE_FILE, PUBLIC_FILE
from smartstart_gov.evidence.reperform import differences, verify
from tests.projects import rows, write_project


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("evidence") / "help")


@pytest.fixture(scope="module")
def bundle(home: Path) -> EvidenceBundle:
    return audit_predictions(rows(gap=0.3, unknown=0.02), open_project(home))


@pytest.fixture
def folder(bundle: EvidenceBundle, tmp_path: Path) -> Path:
    import shutil
    from dataclasses import replace

    shutil.copytree(bundle.home or Path(), tmp_path / "help")
    return replace(bundle, home=tmp_path / "help").write(version="1.0.0")


def edit(path: Path, change: object) -> None:
    record = json.loads(path.read_bytes())
    change(record)  # type: ignore[operator]  # a small function of the test
    path.write_bytes(pretty_json(record))


def rewrite_manifest(folder: Path) -> None:
    """Make the manifest agree with edited files, as somebody who hides an edit would."""
    edit(folder / MANIFEST_FILE, lambda m: m["files"].update({n: digest((folder / n).read_bytes()) for n in m["files"]}))


@pytest.mark.slow
def test_what_was_written_is_read_and_holds(folder: Path) -> None:
    again = read_bundle(folder)
    assert again.private is not None
    found = verify(folder)
    assert found.differences == ()
    assert (found.edition, found.recomputed) == ("private", found.findings)


def test_without_the_private_edition_the_public_one_is_recomputed(folder: Path) -> None:
    (folder / PRIVATE_FILE).unlink()
    found = verify(folder)
    assert found.differences == ()
    assert found.edition == "public"
    assert 0 < found.recomputed <= found.findings


def test_record_round_trip_is_identity(bundle: EvidenceBundle) -> None:
    for evidence in (bundle.public, bundle.private):
        assert evidence is not None
        again = Evidence.from_record(json.loads(json.dumps(evidence.to_record())))
        assert again.to_record() == evidence.to_record()
        assert again.digest == evidence.digest


@pytest.mark.slow
def test_the_same_rows_give_the_same_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    home = write_project(tmp_path / "help")
    first, second = (audit_predictions(rows(), open_project(home)) for _ in range(2))
    assert first.public.digest == second.public.digest
    assert first.public.private_digest == second.public.private_digest


@pytest.mark.parametrize("file", [PUBLIC_FILE, PRIVATE_FILE, MANIFEST_FILE])
def test_one_digit_is_enough(folder: Path, file: str) -> None:
    data = (folder / file).read_bytes()
    at = next(i for i, byte in enumerate(data) if chr(byte) in "12345678" and i > len(data) // 2)
    (folder / file).write_bytes(data[:at] + bytes([data[at] + 1]) + data[at + 1 :])
    assert not verify(folder).ok


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a count", lambda b: b["tally"]["margins"][0]["rows"][0]["cells"].__setitem__(0, 12345)),
        ("a rate", lambda b: b["metrics"]["value"][1].__setitem__(0, "0.5")),
        ("an interval", lambda b: b["metrics"]["low"][1].__setitem__(0, "0.001")),
        ("a disparity", lambda b: b["disparities"]["value"].__setitem__(0, "0.001")),
        ("a status", lambda b: b["verdict"]["findings"][0].update(status="PASSED")),
        ("a policy", lambda b: b["policy"].update(alpha="0.2")),
        ("a limit left out", lambda b: b["verdict"]["findings"].pop(0)),
        ("a name", lambda b: b.update(name="other")),
    ],
)
@pytest.mark.parametrize("private", [True, False])
def test_a_hidden_edit_is_found_by_recomputing(folder: Path, what: str, change: object, private: bool) -> None:
    edit(folder / PUBLIC_FILE, change)
    if not private:
        edit(folder / MANIFEST_FILE, lambda m: m["files"].pop(PRIVATE_FILE))
        (folder / PRIVATE_FILE).unlink()
    rewrite_manifest(folder)
    found = verify(folder)
    # The log does not know the rewritten manifest; the recomputation must find the edit by itself.
    assert any(not difference.startswith("log:") for difference in found.differences), what


def test_files_that_are_not_in_the_manifest_are_found(folder: Path) -> None:
    (folder / "extra.txt").write_text("x")
    with pytest.raises(EvidenceBroken) as broken:
        read_bundle(folder)
    assert broken.value.rule == "A03"


def test_a_missing_file_is_found(folder: Path) -> None:
    (folder / PUBLIC_FILE).unlink()
    with pytest.raises(EvidenceBroken) as broken:
        read_bundle(folder)
    assert broken.value.rule == "A02"


def test_a_link_is_no_file(folder: Path) -> None:
    target = folder.parent / "elsewhere.json"
    (folder / PUBLIC_FILE).rename(target)
    (folder / PUBLIC_FILE).symlink_to(target)
    with pytest.raises(EvidenceBroken):
        read_bundle(folder)


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\xfe", b'{"a": 1e999}', b"[" * 5000])
def test_junk_is_told_as_broken_evidence(folder: Path, junk: bytes) -> None:
    (folder / PUBLIC_FILE).write_bytes(junk)
    rewrite_manifest(folder)
    with pytest.raises(EvidenceBroken):
        read_bundle(folder)


def test_a_version_is_never_overwritten(folder: Path, bundle: EvidenceBundle) -> None:
    from dataclasses import replace

    with pytest.raises(Refused) as refused:
        replace(bundle, home=folder.parent).write(version="1.0.0")
    assert refused.value.rule == "R03"


@pytest.mark.parametrize("version", ["../x", "a/b", "", ".hidden", "-rf", "a\n", "x" * 65, "1..0"])
def test_a_version_is_a_plain_name(bundle: EvidenceBundle, version: str) -> None:
    with pytest.raises(Refused) as refused:
        bundle.write(version=version)
    assert refused.value.rule == "N01"


def test_the_public_edition_holds_no_private_count(bundle: EvidenceBundle) -> None:
    assert bundle.private is not None
    text = json.dumps(bundle.public.to_record())
    assert bundle.private.nonce is not None
    assert bundle.private.nonce not in text
    assert bundle.private.tally.digest not in text
    crossed = [by for by in bundle.public.metrics.by if len(by) > 1]
    assert crossed == []


def test_differences_of_reals_have_a_tolerance_and_counts_have_none() -> None:
    assert differences({"a": "0.1"}, {"a": "0.10000000000001"}, "x", show=True) == []
    assert differences({"a": "0.1"}, {"a": "0.1000001"}, "x", show=True) != []
    assert differences({"a": 1}, {"a": 2}, "x", show=True) == ["x.a: bundle says 2, counts give 1"]
    assert differences({"a": [1]}, {"a": [1, 2]}, "x", show=False) == ["x.a: differs from what the counts give"]
