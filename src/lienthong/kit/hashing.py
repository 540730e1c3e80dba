"""Canonical bytes and hashes: RFC 8785 JSON, SHA-256, and the step of the journal's chain (CORE-72, CORE-74)."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

import rfc8785

type JSONValue = bool | int | float | str | Sequence[JSONValue] | Mapping[str, JSONValue] | None

CHAIN_START = bytes(32)
"""h₀ of every chain: 32 zero bytes (CORE-74)."""

_BLOCK = 1 << 20


class NotCanonical(ValueError):
    """The value has no canonical JSON: a type, a number or a text outside RFC 8785."""


def canonical_json(value: JSONValue) -> bytes:
    """The one byte form of a JSON value by RFC 8785, UTF-8 (CORE-61, CORE-72).

    Members are sorted by UTF-16 code units, numbers written as ECMAScript does. Raises NotCanonical for NaN, infinity,
    integers beyond ±(2**53 - 1), lone surrogates, keys that are no text and types that JSON lacks: dates, decimals and
    identifiers are turned into text by the caller, who knows their form.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from error


def sha256(data: bytes) -> bytes:
    """The 32 bytes of SHA-256."""
    return hashlib.sha256(data).digest()


def sha256_hex(data: bytes) -> str:
    """SHA-256 in 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_parts(parts: Iterable[bytes]) -> bytes:
    """SHA-256 over parts as if they were joined; a file of any size never lies whole in memory (CORE-57)."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def sha256_of_stream(stream: BinaryIO) -> tuple[str, int]:
    """SHA-256 (hexadecimal) and size in bytes of what is left in a binary stream."""
    digest = hashlib.sha256()
    size = 0
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def with_seq(entry: bytes, seq: int) -> bytes:
    """The canonical bytes of a journal entry with the member `seq` put in its RFC 8785 place (CORE-74).

    `entry` is a canonical JSON object without `seq`; raises NotCanonical when it is anything else.
    """
    try:
        members = json.loads(entry)
    except ValueError as error:
        raise NotCanonical("entry is not JSON") from error
    if not isinstance(members, dict) or "seq" in members:
        raise NotCanonical("entry is not a JSON object without the member seq")
    return canonical_json({**members, "seq": seq})


def chain_next(previous: bytes, entry_with_seq: bytes) -> bytes:
    """hₙ = SHA-256(hₙ₋₁ ‖ canonical JSON of entry n with its `seq`) (CORE-74). Both hashes are 32 raw bytes."""
    if len(previous) != len(CHAIN_START):
        raise ValueError("previous hash must be 32 bytes")
    return sha256_of_parts((previous, entry_with_seq))
