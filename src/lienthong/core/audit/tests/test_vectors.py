"""V-CH-1, V-MK-1, CORE-76: the vectors of the specification and the verifier by itself; no database."""

import ast
import json
import sys
from pathlib import Path

import pytest

from lienthong.core.audit import export, sealing, verifier
from lienthong.kit import merkle
from lienthong.kit.hashing import CHAIN_START, chain_next, sha256


def test_v_mk_1() -> None:
    """V-MK-1: the two roots of the specification, by the verifier's own tree."""
    assert verifier.merkle_root([b"a"]).hex() == "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"
    assert verifier.merkle_root([b"a", b"b", b"c"]).hex() == (
        "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"
    )


def test_v_ch_1() -> None:
    """V-CH-1: the two hashes of the specification, by the sequencer's own step."""
    one = (
        b'{"actor":"u:1","at":"2026-11-25T03:15:00.000000Z","data":{"so_den":1},"ref":"doc:1",'
        b'"verb":"office:document:register"}'
    )
    two = (
        '{"actor":"u:2","at":"2026-11-25T03:15:01.000000Z","data":{"chu_tri":"Phòng Hành chính"},"ref":"doc:1",'
        '"verb":"office:document:assign"}'
    )
    first = chain_next(CHAIN_START, sealing.placed(one, 1))
    assert first.hex() == "e4bdf28b6d240ffbf32a576d9122c99cf4ed8132be317b0c1d9deaec4e3fcdcd"
    second = chain_next(first, sealing.placed(two.encode(), 2))
    assert second.hex() == "f022b21796c23a56f5ff10771814bf3cf996c1778835ba50676160ab87308fd9"


def test_v_ch_1_by_the_verifier() -> None:
    """V-CH-1: the two entries of the specification hang together in the verifier."""
    entries = [
        b'{"actor":"u:1","at":"2026-11-25T03:15:00.000000Z","data":{"so_den":1},"ref":"doc:1","seq":1,'
        b'"verb":"office:document:register"}',
        '{"actor":"u:2","at":"2026-11-25T03:15:01.000000Z","data":{"chu_tri":"Phòng Hành chính"},"ref":"doc:1",'
        '"seq":2,"verb":"office:document:assign"}'.encode(),
    ]
    made = [
        b'{"entry":%b,"hash":"e4bdf28b6d240ffbf32a576d9122c99cf4ed8132be317b0c1d9deaec4e3fcdcd"}\n' % entries[0],
        b'{"entry":%b,"hash":"f022b21796c23a56f5ff10771814bf3cf996c1778835ba50676160ab87308fd9"}\n' % entries[1],
    ]
    hashes = [bytes.fromhex(json.loads(line)["hash"]) for line in made]
    goal = verifier.Checkpoint(2, hashes[1].hex(), merkle.root(hashes).hex(), "", "", b"", b"", linked=True)
    report = verifier.Report()
    assert verifier.check_chain(iter(made), [goal], report) == 2
    assert not report.findings


def test_merkle_of_the_verifier_equals_that_of_the_kit() -> None:
    """CORE-75: two implementations, one tree, every size and place up to 40."""
    leaves = [sha256(bytes([n])) for n in range(40)]
    for size in range(1, 41):
        root = merkle.root(leaves[:size])
        assert verifier.merkle_root(leaves[:size]) == root
        for index in range(size):
            path = merkle.inclusion_proof(leaves[:size], index)
            assert verifier.merkle_path_root(leaves[index], index, size, path) == root
            assert verifier.merkle_path_root(leaves[index], index, size, [*path, root]) != root


def test_core_76_one_file_standard_library_only() -> None:
    """CORE-76: the verifier imports nothing but the standard library and parses as Python 3.11, that of Debian 12."""
    tree = ast.parse(export.verifier_source(), feature_version=(3, 11))
    names = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    names |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_core_76_a_python_too_old_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CORE-76: an older Python is told which one is needed, by 2; it never says by 1 that the evidence is false."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert verifier.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err == "Cần Python từ 3.11; máy này đang dùng 3.9.\n"


def test_core_76_unreadable_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CORE-76: what is no evidence answers 2, never a stack trace."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("không phải zip")
    for path in (tmp_path / "none", tmp_path / "text", tmp_path / "empty"):
        assert verifier.main([str(path)]) == 2
        assert capsys.readouterr().err.startswith("Không đọc được:")
