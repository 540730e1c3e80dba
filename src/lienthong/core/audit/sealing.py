"""The sequencer: after commit, entries get their place in the chain, in batches that end in a signed checkpoint.

What is unsealed is what has no row in `journal_seal`; nothing else decides (CORE-74). Two marks only say where to look:

* The *guard*: an entry waits while a transaction older than its own is still open anywhere in the cluster, so that the
  chain follows the order of the acts. It waits at most PATIENCE: a sleeper cannot hold the seal back (CORE-75: 10 s).
* The *horizon*, kept with each checkpoint: every entry of a transaction below it was sealed. It is read from
  transaction numbers, which mean something in one cluster and one database alone; a checkpoint that names another
  cluster (a restore) makes the next run look at every entry, without guard. `rescan=True` asks for the same.
"""

import hashlib
import logging
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import rfc3161_client
from cryptography import x509
from cryptography.x509.oid import NameOID
from django.db import connection, transaction

from lienthong.contracts.signing import Sealer
from lienthong.core.audit.models import Checkpoint, TimeStamp
from lienthong.core.audit.recording import instant
from lienthong.kit import clock, merkle
from lienthong.kit.hashing import CHAIN_START, NotCanonical, canonical_json, sha256, with_seq

logger = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=5)
BATCH = 20_000
_CHUNK = 5_000
_LOCK = 0x4C54_5345_414C  # "LTSEAL"

# What follows `seq` among the members of an entry: all of them plain, so the last `,"session":` is the entry's own.
_AFTER_SEQ = re.compile(rb',"session":(?:null|"(?:[^"\\]|\\.)*"),"unit":(?:null|"[^"\\]*"),"verb":"[^"\\]*"\}\Z')

_MARKS = """
SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint,
    c.system_identifier::text || '/' || d.oid
FROM pg_current_snapshot() s, pg_control_system() c, pg_database d WHERE d.datname = current_database()
"""
_UNSEALED = "NOT EXISTS (SELECT FROM journal_seal s WHERE s.entry_id = e.id)"
# Above xmax lie only rows of another cluster: its restore was looked through as a whole.
_NEAR = f"""
e.txid >= %(horizon)s AND e.txid < %(xmax)s AND (e.txid < %(xmin)s OR e.at < %(patience)s) AND {_UNSEALED}
"""
_CUT = f"SELECT e.txid FROM journal_entry e WHERE {_NEAR} ORDER BY e.txid LIMIT 1 OFFSET %(limit)s - 1"  # noqa: S608
_ALL = f"SELECT e.id::text, e.canonical FROM journal_entry e WHERE {_UNSEALED} ORDER BY e.at, e.id"  # noqa: S608
_NEXT = f"""
SELECT e.id::text, e.canonical FROM journal_entry e WHERE {_NEAR} AND e.txid <= coalesce(%(cut)s, e.txid)
ORDER BY e.at, e.id
"""  # noqa: S608


class NoSealer(RuntimeError):
    """Nobody was registered to sign checkpoints: without a signature nothing is sealed."""


class JournalDamaged(RuntimeError):
    """The seals do not end where the newest checkpoint says: numbering on would hide it; run the verifier."""


_sealers: list[Sealer] = []


def use_sealer(sealer: Sealer) -> None:
    """Register the node's seal and time stamp at start-up; the newest registration counts."""
    _sealers[:] = [sealer]


def _sealer() -> Sealer:
    if not _sealers:
        raise NoSealer
    return _sealers[0]


def placed(canonical: bytes, seq: int) -> bytes:
    """The bytes that the chain hashes: the entry with `seq` in its RFC 8785 place (CORE-74).

    Bytes that this platform wrote are cut open at their place. Others are made canonical; what has no canonical form
    (only a forger gets it past the table's check) is taken as it stands, on one line, so that it blocks nothing.
    """
    place = canonical.rfind(b',"session":')
    ours = place > 0 and canonical.startswith(b'{"actor":') and b"\n" not in canonical
    if ours and _AFTER_SEQ.match(canonical, place):
        return b'%b,"seq":%d%b' % (canonical[:place], seq, canonical[place:])
    try:
        return with_seq(canonical, seq)
    except NotCanonical:
        logger.exception("a journal entry has no canonical form")
        body = canonical.replace(b"\n", b" ").replace(b"\r", b" ").strip()
        return b'{"seq":%d,%b' % (seq, body[1:])


def seal_now() -> int:
    """Seal every committed entry before an export: the guard is for the order alone, and the reader does not wait."""
    total = 0
    while sealed := seal_pending(at_once=True):
        total += sealed
    return total


def seal_pending(limit: int = BATCH, *, at_once: bool = False, rescan: bool = False) -> int:
    """Seal one batch of committed entries in order of (at, id) and sign its checkpoint; returns how many (CORE-74, 75).

    A batch is made of whole transactions and so may pass `limit` by the last one. 0 means: nothing waits, or another
    sequencer is at work. Call again while the answer reaches the limit. `at_once` leaves the guard out, `rescan` the
    horizon too. Raises NoSealer, JournalDamaged, and what the sealer raises; then nothing is sealed. Takes no lock that
    a writer meets.
    """
    sealer = _sealer()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not _one(cursor)[0]:
            return 0
        # In this order: the marks are read before any entry, so all below xmin is visible to what comes after.
        cursor.execute(_MARKS)
        xmin, xmax, cluster = _one(cursor)
        last = Checkpoint.objects.order_by("-size").first()
        _check_tail(cursor, last)
        if last is None or last.cluster != cluster or rescan:
            query, horizon, marks = _ALL, xmin, {}
        else:
            marks = {
                "horizon": last.horizon,
                "xmin": xmin,
                "xmax": xmax,
                "patience": "infinity" if at_once else clock.now() - PATIENCE,
                "limit": limit,
            }
            # The near range is short and the table of seals long: the planner must not read it through.
            cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
            cursor.execute(_CUT, marks)
            row = cursor.fetchone()
            cut = row[0] if row else None
            query, marks["cut"] = _NEXT, cut
            horizon = xmin if cut is None else min(xmin, cut + 1)
        leaves = _seal(cursor, _stream(cursor, query, marks), last)
        if leaves:
            _checkpoint(sealer, last, leaves, horizon, cluster)
        return len(leaves)


def _check_tail(cursor: Any, last: Checkpoint | None) -> None:
    cursor.execute("SELECT seq, hash FROM journal_seal ORDER BY seq DESC LIMIT 1")
    row = cursor.fetchone()
    sealed = (row[0], bytes(row[1])) if row else (0, CHAIN_START)
    if sealed != ((last.size, bytes(last.head)) if last else (0, CHAIN_START)):
        raise JournalDamaged(f"seals end at {sealed[0]}, the newest checkpoint at {last.size if last else 0}")


def _stream(cursor: Any, query: str, marks: dict[str, Any]) -> Iterator[list[tuple[str, bytes]]]:
    """The rows of a query in chunks; a cursor of the server keeps its snapshot while seals are written beside it."""
    cursor.execute(f"DECLARE journal_next NO SCROLL CURSOR FOR {query}", marks)
    while True:
        cursor.execute(f"FETCH {_CHUNK} FROM journal_next")
        rows = cursor.fetchall()
        if not rows:
            break
        yield rows
    cursor.execute("CLOSE journal_next")


def _seal(cursor: Any, chunks: Iterator[list[tuple[str, bytes]]], last: Checkpoint | None) -> list[bytes]:
    """Insert the seals of a batch; returns its chain hashes."""
    seq, head = (last.size, bytes(last.head)) if last else (0, CHAIN_START)
    leaves: list[bytes] = []
    for rows in chunks:
        lines = []
        for ident, canonical in rows:
            seq += 1
            head = hashlib.sha256(head + placed(bytes(canonical), seq)).digest()
            leaves.append(head)
            lines.append(f"{ident}\t{seq}\t\\\\x{head.hex()}\n")
        with cursor.copy("COPY journal_seal (entry_id, seq, hash) FROM STDIN") as copy:
            copy.write("".join(lines))
    return leaves


def _checkpoint(
    sealer: Sealer, last: Checkpoint | None, leaves: Sequence[bytes], horizon: int, cluster: str
) -> Checkpoint:
    at = clock.now()
    size = (last.size if last else 0) + len(leaves)
    root = merkle.root(leaves)
    previous = sha256(bytes(last.body)) if last else CHAIN_START
    body = canonical_json(
        {
            "at": instant(at),
            "head": leaves[-1].hex(),
            "merkle_root": root.hex(),
            "previous": previous.hex(),
            "size": size,
        }
    )
    return Checkpoint.objects.create(
        size=size,
        head=leaves[-1],
        merkle_root=root,
        previous=previous,
        at=at,
        body=body,
        cms=sealer.seal(body),
        horizon=horizon,
        cluster=cluster,
    )


def stamp_newest() -> TimeStamp | None:
    """Stamp the newest checkpoint once (RFC 3161); None when there is none or it has its stamp (CORE-75, EX-50).

    Runs outside every transaction of an act. Raises TimeStampUnavailable during an outage: nothing else stops, the
    checkpoints wait, and the stamp of the next call covers them all by the chain (CORE-69).
    """
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or newest.stamps.exists():
        return None
    tsr = _sealer().stamp(bytes(newest.cms))
    info = rfc3161_client.decode_timestamp_response(tsr).tst_info
    return TimeStamp.objects.create(checkpoint=newest, at=info.gen_time, tsa=_authority(info), tsr=tsr)


def unstamped_since() -> datetime | None:
    """Since when a checkpoint waits for a stamp ("chờ dấu thời gian"); None when the newest one has it."""
    stamped = TimeStamp.objects.order_by("-checkpoint_id").values_list("checkpoint_id", flat=True).first() or 0
    waiting = Checkpoint.objects.filter(size__gt=stamped).order_by("size").first()
    return waiting.at if waiting else None


def unsealed_since() -> datetime | None:
    """The instant of the oldest entry without a seal; an alert is due after 60 s (CORE-73). None: all are sealed.

    Looks from the horizon on, as the sequencer does; `seal_pending(rescan=True)` looks at every entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        xmax, cluster = _one(cursor)[1:]
        last = Checkpoint.objects.order_by("-size").first()
        near = last is not None and last.cluster == cluster
        where = "e.txid >= %s AND e.txid < %s AND " if near else ""
        cursor.execute(
            f"SELECT min(e.at) FROM journal_entry e WHERE {where}{_UNSEALED}",  # noqa: S608 - both parts are above
            [last.horizon, xmax] if near and last else [],
        )
        found: datetime | None = _one(cursor)[0]
        return found


def _authority(info: Any) -> str:
    """How the stamp itself names its authority: the common name in its GeneralName, when it gives one."""
    name = info.name
    if not isinstance(name, x509.DirectoryName):
        return ""
    return next((str(part.value) for part in name.value.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def _one(cursor: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise LookupError("the database gave no row")
    return row
