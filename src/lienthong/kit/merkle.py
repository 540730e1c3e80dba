"""Merkle trees by RFC 6962 §2.1: leaf prefix 0x00, node prefix 0x01, SHA-256 (CORE-75)."""

from collections.abc import Sequence

from lienthong.kit.hashing import sha256

_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(_LEAF + data)


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree head over the leaves' data, 32 bytes; that of no leaves is SHA-256 of nothing (RFC 6962 §2.1)."""
    if not leaves:
        return sha256(b"")
    # Pairing level by level, with an odd last node carried up, gives the same tree as RFC 6962's split at the largest
    # power of two, in linear time and without recursion.
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index`, from the leaf upwards (RFC 6962 §2.1.1). Raises IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} in a tree of {len(leaves)}")
    path: list[bytes] = []
    level = [leaf_hash(leaf) for leaf in leaves]
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = _parents(level)
        index //= 2
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether `leaf` stands at `index` of the tree of `size` leaves with that root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last = index, size - 1
    digest = leaf_hash(leaf)
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            digest = sha256(_NODE + step + digest)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            digest = sha256(_NODE + digest + step)
        node >>= 1
        last >>= 1
    return last == 0 and digest == expected_root


def _parents(level: list[bytes]) -> list[bytes]:
    paired = [sha256(_NODE + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return paired + level[-1:] if len(level) % 2 else paired
