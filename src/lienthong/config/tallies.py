"""Counts and hashes of tables and files: what a backup promises and a restore must meet (CORE-96)."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

BLOCK = 1 << 20
# How a row is written as text depends on these.
_PLAIN = """
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = on
"""
_TABLES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relpersistence = 'p' ORDER BY 1
"""
# The sum does not depend on the order of rows; 64 bits of SHA-256 a row.
_TALLY = """
SELECT count(*), coalesce(sum(('x' || left(encode(sha256(convert_to(t::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint
    ::numeric), 0)::text FROM {} t
"""
_HIDDEN = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity
    AND c.relforcerowsecurity AND NOT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
    AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
        AND (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY(p.polroles)
        AND pg_get_expr(p.polqual, p.polrelid) = 'true')
"""


def hidden(connection: psycopg.Connection[Any]) -> list[str]:
    """Tables whose rows this role would not all see: a dump made so would silently miss them."""
    return [name for (name,) in connection.execute(_HIDDEN).fetchall()]


def tables(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """Rows and hash of each table in the present transaction."""
    connection.execute(_PLAIN)
    found = {}
    for (name,) in connection.execute(_TABLES).fetchall():
        row = connection.execute(sql.SQL(_TALLY).format(sql.Identifier(name))).fetchone()
        found[name] = [row[0], row[1]] if row else [0, "0"]
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of the store: its name below the root, its bytes' hash by its name."""

    name: str
    size: int
    sha256: str


# What is being written, and what must not lie twice (CORE-58), is no part of a backup.
_LEFT_OUT = ("tmp", "partial", "quarantine")


def files(root: Path) -> Iterator[Kept]:
    """The files of a store by hash; what is half written, unfinished or quarantined is left out."""
    for folder, names, found in os.walk(root):
        at = Path(folder)
        if at == root:
            names[:] = sorted(name for name in names if name not in _LEFT_OUT)
        for name in sorted(found):
            if len(name) == 64 and set(name) <= set("0123456789abcdef"):
                path = at / name
                yield Kept(path.relative_to(root).as_posix(), path.stat().st_size, name)


def copy(source: Path, target: Path, *, on_block: Callable[[int], None] | None = None) -> str:
    """Copy a file durably, whole or not at all; returns the SHA-256 of what was read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.part")
    digest = hashlib.sha256()
    try:
        with source.open("rb") as stream, aside.open("wb") as out:
            while block := stream.read(BLOCK):
                digest.update(block)
                out.write(block)
                if on_block:
                    on_block(len(block))
            out.flush()
            os.fsync(out.fileno())
        os.replace(aside, target)
    finally:
        aside.unlink(missing_ok=True)
    return digest.hexdigest()


def hash_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
