"""Canonical JSON, the journal's chain and Merkle trees (CORE-72, CORE-74, CORE-75)."""

import hashlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kit import merkle
from lienthong.kit.hashing import (
    CHAIN_START,
    NotCanonical,
    canonical_json,
    chain_next,
    sha256_hex,
    sha256_of_stream,
    with_seq,
)

ENTRY_1 = {
    "verb": "office:document:register",
    "actor": "u:1",
    "ref": "doc:1",
    "data": {"so_den": 1},
    "at": "2026-11-25T03:15:00.000000Z",
}
ENTRY_2 = {
    "verb": "office:document:assign",
    "actor": "u:2",
    "ref": "doc:1",
    "data": {"chu_tri": "Phòng Hành chính"},
    "at": "2026-11-25T03:15:01.000000Z",
}


def test_v_ch_1_chain_of_two_entries() -> None:
    """V-CH-1"""
    first = with_seq(canonical_json(ENTRY_1), 1)
    assert first == (
        b'{"actor":"u:1","at":"2026-11-25T03:15:00.000000Z","data":{"so_den":1},"ref":"doc:1","seq":1,'
        b'"verb":"office:document:register"}'
    )
    h1 = chain_next(CHAIN_START, first)
    assert h1.hex() == "e4bdf28b6d240ffbf32a576d9122c99cf4ed8132be317b0c1d9deaec4e3fcdcd"
    h2 = chain_next(h1, with_seq(canonical_json(ENTRY_2), 2))
    assert h2.hex() == "f022b21796c23a56f5ff10771814bf3cf996c1778835ba50676160ab87308fd9"


def test_canonical_json_is_rfc_8785() -> None:
    """CORE-72: member order by UTF-16 units, ECMAScript numbers, UTF-8 without escapes (RFC 8785 §3.2)."""
    assert canonical_json({"b": 1.0, "a": [1e21, 0.000001, 1e-7], "€": "ệ\n"}) == (
        '{"a":[1e+21,0.000001,1e-7],"b":1,"€":"ệ\\n"}'.encode()
    )
    assert list(json.loads(canonical_json({"\ufb33": 1, "\U0001f600": 2}))) == ["\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: 2}, b"x", "\ud800", object()])
def test_values_without_canonical_form_are_refused(value: object) -> None:
    """CORE-72"""
    with pytest.raises(NotCanonical):
        canonical_json(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("entry", [b"[]", b'{"seq":1}', b"{", b"1"])
def test_with_seq_refuses_what_is_no_entry(entry: bytes) -> None:
    """CORE-74"""
    with pytest.raises(NotCanonical):
        with_seq(entry, 1)


def test_chain_refuses_a_short_hash() -> None:
    """CORE-74"""
    with pytest.raises(ValueError, match="32 bytes"):
        chain_next(b"", b"{}")


def test_stream_hash_equals_hash_of_the_whole() -> None:
    """CORE-57"""
    data = b"x" * ((1 << 20) + 3)
    assert sha256_of_stream(io.BytesIO(data)) == (sha256_hex(data), len(data))


def test_v_mk_1_roots() -> None:
    """V-MK-1"""
    assert merkle.root([b"a"]).hex() == "022a6979e6dab7aa5ae4c3e5e45f7e977112a7e63593820dbec1ec738a24f93c"
    assert merkle.root([b"a", b"b", b"c"]).hex() == "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1"
    assert merkle.root([]) == hashlib.sha256(b"").digest()


def _recursive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as written: split at the largest power of two smaller than n."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _recursive_root(leaves[:split]) + _recursive_root(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_merkle_agrees_with_rfc_6962_and_proofs_hold(leaves: list[bytes], data: st.DataObject) -> None:
    """CORE-75: the fast tree is RFC 6962's; a proof holds for its leaf, place, size and root only."""
    head = merkle.root(leaves)
    assert head == _recursive_root(leaves)
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, len(leaves), proof, head)
    assert not merkle.verify_inclusion(leaves[index] + b"!", index, len(leaves), proof, head)
    assert not merkle.verify_inclusion(leaves[index], index, len(leaves), [*proof, head], head)
    assert not merkle.verify_inclusion(leaves[index], index, len(leaves), proof, bytes(32))
    assert not merkle.verify_inclusion(leaves[index], len(leaves), len(leaves), proof, head)
    if proof:
        assert not merkle.verify_inclusion(leaves[index], index, len(leaves), proof[:-1], head)


def test_proof_outside_the_tree() -> None:
    """CORE-75"""
    with pytest.raises(IndexError):
        merkle.inclusion_proof([b"a"], 1)
