"""The journal: sealed entries a second, its cost to who writes, its offline check, and tampering found (B12, B16).

Four figures in one run, on a database of its own: the sequencer over a backlog; acts a second with the sealer at work
against acts without; the stand-alone verifier over the export (a program of its own, as an inspector runs it); and
random tamperings made as the database's superuser, half of them with the chain and the checkpoints computed anew.
QUICK=1 takes 50,000 entries and 100 tamperings; the bar of the verifier is then a twentieth.
"""

import hashlib
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

from lienthong.testing import DATABASE, SERVER, reset_database

django.setup()

import psycopg  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from psycopg.types.json import Jsonb  # noqa: E402

from lienthong.contracts.actor import Actor, system_actor  # noqa: E402
from lienthong.contracts.ref import Ref  # noqa: E402
from lienthong.core import audit  # noqa: E402
from lienthong.core.audit import export, recording, sealing, verifier  # noqa: E402
from lienthong.core.audit.models import Checkpoint, JournalEntry  # noqa: E402
from lienthong.kit import clock, merkle  # noqa: E402
from lienthong.kit.hashing import CHAIN_START, canonical_json, sha256  # noqa: E402

QUICK = os.environ.get("QUICK") == "1"
ENTRIES = 50_000 if QUICK else 1_000_000
TAMPERINGS = 100 if QUICK else 1_000
SECONDS = 2.0 if QUICK else 10.0
RATE, SHARE = 20_000, 0.95
# The short form gives the start of the programs half a second beside its part of the five.
VERIFY_SECONDS = 5 * ENTRIES / 1_000_000 + (0.5 if QUICK else 0)
COLUMNS = (
    "id, at, actor, position, position_id, unit_id, agency_id, on_behalf_of, session, ip, verb, ref, before, after, "
    "reason, request_id, canonical, txid"
)
VERB = "office:incoming:register"


def entry(number: int, start: Any) -> JournalEntry:
    """An entry as an act of an office leaves it."""
    row = JournalEntry(
        id=UUID(int=number + 1),
        at=start + timedelta(microseconds=number),
        actor="u:5b6ff2a0-3f57-4b46-9b3e-0d7d1c1f6a11",
        position="Văn thư",
        position_id=UUID(int=7),
        unit_id=UUID(int=8),
        agency_id=UUID(int=9),
        session="0123456789abcdef",
        ip="10.0.0.1",
        verb=VERB,
        ref=f"office:incoming:{UUID(int=number)}",
        before={"state": "arrived"},
        after={"state": "registered", "so_den": number},
        reason="",
        request_id="a1b2c3d4e5f6",
    )
    row.canonical = recording.canonical_bytes(recording.members(row))
    return row


def fill(count: int) -> None:
    """A backlog, written as a superuser past the guards: what is measured is sealing."""
    start = clock.now() - timedelta(hours=1)
    with psycopg.connect(SERVER.admin, dbname=DATABASE) as admin, admin.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (txid,) = cursor.fetchone() or (0,)
        with cursor.copy(f"COPY journal_entry ({COLUMNS}) FROM STDIN") as copy:
            for number in range(count):
                row = entry(number, start)
                names = COLUMNS.replace(", txid", "").split(", ")
                values = [getattr(row, name) for name in names]
                copy.write_row([Jsonb(value) if isinstance(value, dict) else value for value in values] + [txid])


def sealed_rate() -> float:
    """Entries a second through the sequencer, checkpoints and their signatures included."""
    begin = time.perf_counter()
    total = 0
    while done := sealing.seal_pending(at_once=True):
        total += done
    assert total >= ENTRIES
    return total / (time.perf_counter() - begin)


def act(actor: Actor) -> None:
    """What every act does at the least: its own transaction with one entry."""
    with transaction.atomic():
        audit.record(by=actor, verb=VERB, ref=Ref("office:incoming", uuid4()), after={"so_den": 1})


def acts_rate(seconds: float, sealer: bool) -> float:
    """Acts a second, with the sequencer looking every second or not at all."""
    stop = threading.Event()

    def seal() -> None:
        while not stop.wait(1.0):
            sealing.seal_pending()
        connection.close()

    thread = threading.Thread(target=seal)
    if sealer:
        thread.start()
    actor = system_actor("bench")
    done, begin = 0, time.perf_counter()
    while (spent := time.perf_counter() - begin) < seconds:
        act(actor)
        done += 1
    stop.set()
    if sealer:
        thread.join()
    return done / spent


def share_with_sealer() -> float:
    """Acts with the sealer on against off, by turns; the median of the pairs."""
    pairs = []
    for _ in range(3):
        off = acts_rate(SECONDS / 2, sealer=False)
        pairs.append(acts_rate(SECONDS / 2, sealer=True) / off)
    return statistics.median(pairs)


def trust() -> export.Trust:
    """What the export says of the signers."""
    from lienthong.systems.exchange.keys import evidence_trust

    return evidence_trust()


def verify_seconds(folder: Path) -> float:
    """The stand-alone program over the whole export, in a process of its own."""
    target = folder / "export"
    count = export.export_journal(target, trust=trust())
    assert count >= ENTRIES
    begin = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-I", str(target / "verifier.py"), str(target)], capture_output=True, text=True, check=False
    )
    spent = time.perf_counter() - begin
    assert ran.returncode == 0, ran.stdout
    return spent


# --- tampering ----------------------------------------------------------------------------------------------------
def forged(cursor: Any, row: tuple[UUID, bytes]) -> None:
    """Another amount in an entry, its columns left or brought along."""
    ident, canonical = row
    changed = bytes(canonical).replace(b'"so_den":', b'"so_den":9', 1)
    cursor.execute("UPDATE journal_entry SET canonical = %s WHERE id = %s", [changed, ident])


def edit(cursor: Any, rows: list[tuple[UUID, bytes]], pick: random.Random) -> None:
    """An entry says something else."""
    row = pick.choice(rows)
    if pick.random() < 0.3:
        cursor.execute("UPDATE journal_entry SET actor = 'u:someone-else' WHERE id = %s", [row[0]])
    else:
        forged(cursor, row)


def delete(cursor: Any, rows: list[tuple[UUID, bytes]], pick: random.Random) -> None:
    """An entry is gone, with its seal or without."""
    ident = pick.choice(rows)[0]
    if pick.random() < 0.5:
        cursor.execute("DELETE FROM journal_seal WHERE entry_id = %s", [ident])
    cursor.execute("DELETE FROM journal_entry WHERE id = %s", [ident])


def insert(cursor: Any, rows: list[tuple[UUID, bytes]], pick: random.Random) -> None:
    """An entry that never was takes the place of a seal."""
    ident = pick.choice(rows)[0]
    fake = entry(10_000_000 + pick.randrange(10**9), clock.now())
    names = COLUMNS.split(", ")
    values = [getattr(fake, name) for name in names[:-1]] + [1]
    marks = ", ".join(["%s"] * len(names))
    cursor.execute(
        f"INSERT INTO journal_entry ({COLUMNS}) VALUES ({marks})",
        [Jsonb(value) if isinstance(value, dict) else value for value in values],
    )
    cursor.execute("UPDATE journal_seal SET entry_id = %s WHERE entry_id = %s", [fake.id, ident])


def swap(cursor: Any, rows: list[tuple[UUID, bytes]], pick: random.Random) -> None:
    """Two entries change places."""
    one, other = (row[0] for row in pick.sample(rows, 2))
    for old, new in ((one, UUID(int=0)), (other, one), (UUID(int=0), other)):
        cursor.execute("UPDATE journal_seal SET entry_id = %s WHERE entry_id = %s", [new, old])


def cut(cursor: Any, rows: list[tuple[UUID, bytes]], pick: random.Random) -> None:
    """The tail is gone, entries, seals and checkpoints."""
    keep = pick.randrange(1, len(rows))
    cursor.execute("DELETE FROM journal_entry WHERE id IN (SELECT entry_id FROM journal_seal WHERE seq > %s)", [keep])
    cursor.execute("DELETE FROM journal_seal WHERE seq > %s", [keep])
    cursor.execute("DELETE FROM journal_timestamp WHERE checkpoint_id > %s", [keep])
    cursor.execute("DELETE FROM journal_checkpoint WHERE size > %s", [keep])


def recompute(cursor: Any) -> None:
    """The forger numbers and chains anew all that is left and writes fresh checkpoints, signed by nobody."""
    cursor.execute(
        "SELECT s.entry_id, e.canonical FROM journal_seal s JOIN journal_entry e ON e.id = s.entry_id ORDER BY s.seq"
    )
    rows = cursor.fetchall()
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    cursor.execute("DELETE FROM journal_timestamp")
    cursor.execute("DELETE FROM journal_checkpoint")
    cursor.execute("DELETE FROM journal_seal")
    head, previous, leaves = CHAIN_START, CHAIN_START, []
    sizes = sorted({min(size, len(rows)) for size in sizes} | {len(rows)})
    for seq, (ident, canonical) in enumerate(rows, 1):
        head = hashlib.sha256(head + sealing.placed(bytes(canonical), seq)).digest()
        leaves.append(head)
        cursor.execute("INSERT INTO journal_seal (entry_id, seq, hash) VALUES (%s, %s, %s)", [ident, seq, head])
        if seq in sizes:
            at, root = clock.now(), merkle.root(leaves)
            body = canonical_json(
                {
                    "at": recording.instant(at),
                    "head": head.hex(),
                    "merkle_root": root.hex(),
                    "previous": previous.hex(),
                    "size": seq,
                }
            )
            Checkpoint.objects.bulk_create(
                [
                    Checkpoint(
                        size=seq,
                        head=head,
                        merkle_root=root,
                        previous=previous,
                        at=at,
                        body=body,
                        cms=b"-",
                        horizon=1,
                        cluster="-",
                    )
                ]
            )
            previous, leaves = sha256(body), []


class _Undo(Exception):
    """Takes a tampering back."""


TRICKS: tuple[Callable[[Any, list[tuple[UUID, bytes]], random.Random], None], ...] = (edit, delete, insert, swap, cut)


def tampered(kept: Path, folder: Path, number: int, pick: random.Random) -> bool:
    """One tampering as superuser; whether the check of the export against the kept checkpoints finds it."""
    trick = TRICKS[number % len(TRICKS)]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("ALTER TABLE journal_entry DROP CONSTRAINT journal_columns_repeat_bytes")
            cursor.execute(
                "SELECT e.id, e.canonical FROM journal_entry e JOIN journal_seal s ON s.entry_id = e.id ORDER BY s.seq"
            )
            trick(cursor, cursor.fetchall(), pick)
            if pick.random() < 0.5:
                recompute(cursor)
            found = bool(export.verify_database().findings)
            if not found:
                target = folder / f"t{number}"
                export.export_journal(target, trust=export.Trust(ca=b""))
                found = bool(verifier.verify(target, checkpoints=kept, use_openssl=False).findings)
            raise _Undo
    except _Undo:
        return found


def tampering(folder: Path) -> tuple[int, int]:
    """(found, made) on a journal of 240 entries under six checkpoints, which were kept elsewhere."""
    reset_database()
    for _ in range(6):
        for _ in range(40):
            act(system_actor("bench"))
        sealing.seal_now()
    vault = folder / "vault"
    export.keep_checkpoints(vault)
    kept = folder / "kept.jsonl"
    kept.write_bytes(b"".join(path.read_bytes() for path in sorted(vault.glob("checkpoints-*"))))
    connection.close()
    connection.settings_dict["USER"] = "postgres"
    seed = random.randrange(2**32)
    print(f"tampering seed {seed}")
    pick = random.Random(seed)
    found = sum(tampered(kept, folder, number, pick) for number in range(TAMPERINGS))
    clean = export.verify_database().findings
    assert clean == [], clean
    return found, TAMPERINGS


def main() -> int:
    """Measure and print."""
    reset_database()
    fill(ENTRIES)
    rate = sealed_rate()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = verify_seconds(folder)
        share = share_with_sealer()
        found, made = tampering(folder)
    connection.close()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}; {ENTRIES:,} entries")
    print(f"acts with the sealer against without: {share:.2f} (bar {SHARE})")
    print(f"offline check of {ENTRIES:,} entries: {seconds:.2f} s (bar {VERIFY_SECONDS:g} s)")
    print(f"tampering found: {found} of {made}")
    result = {
        "bar": f"≥ {RATE} dòng niêm phong/giây; ghi ≥ {SHARE:.0%}; kiểm ≤ 5 s/triệu dòng; thấy mọi sửa đổi",
        "value": round(rate),
        "unit": "dòng/giây",
        "reference": RATE,
        "ratio": round(rate / RATE, 2),
        "holds": rate >= RATE and share >= SHARE and seconds <= VERIFY_SECONDS and found == made,
    }
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
