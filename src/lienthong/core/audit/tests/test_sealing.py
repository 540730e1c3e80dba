"""CORE-74, CORE-75, V-CH-1: the sequencer, its batches and checkpoints."""

import json
import subprocess
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from lienthong.contracts.actor import system_actor
from lienthong.core import audit
from lienthong.core.audit import sealing
from lienthong.core.audit.models import Checkpoint, JournalEntry, JournalSeal, TimeStamp
from lienthong.core.audit.tests.conftest import Authority, Connect, write_entries
from lienthong.kit import clock, merkle
from lienthong.kit.hashing import CHAIN_START, chain_next, sha256, with_seq

pytestmark = pytest.mark.usefixtures("empty_journal")


def chain() -> list[tuple[int, JournalEntry, bytes]]:
    return [(s.seq, s.entry, bytes(s.hash)) for s in JournalSeal.objects.select_related("entry").order_by("seq")]


def assert_whole() -> None:
    """Recompute everything from the bytes, by the general functions of the kit."""
    head, leaves = CHAIN_START, []
    for n, (seq, entry, digest) in enumerate(chain(), 1):
        head = chain_next(head, with_seq(bytes(entry.canonical), n))
        assert (seq, digest) == (n, head)
        leaves.append(head)
    size, previous = 0, CHAIN_START
    for checkpoint in Checkpoint.objects.order_by("size"):
        body = json.loads(bytes(checkpoint.body))
        assert body["size"] == checkpoint.size > size
        assert body["head"] == leaves[checkpoint.size - 1].hex() == bytes(checkpoint.head).hex()
        assert body["merkle_root"] == merkle.root(leaves[size : checkpoint.size]).hex()
        assert body["previous"] == previous.hex() == bytes(checkpoint.previous).hex()
        size, previous = checkpoint.size, sha256(bytes(checkpoint.body))
    assert size == len(leaves)


def test_core_74_seq_without_gaps_in_order_of_the_acts(verb: str, sealer: Authority) -> None:
    """CORE-74: seq 1…n without gaps, in order of (at, id), over several batches; rolled-back acts leave no hole."""
    made = write_entries(verb, 7)
    with transaction.atomic():
        audit.record(by=system_actor("x"), verb=verb)
        transaction.set_rollback(True)
    made += write_entries(verb, 5, nháy='của ,"session":null,"unit":null,"verb":"x"}')
    assert sealing.seal_pending() == 12
    made += write_entries(verb, 3)
    assert sealing.seal_pending() == 3
    assert sealing.seal_pending() == 0
    assert [entry.id for _, entry, _ in chain()] == [entry.id for entry in made]
    assert Checkpoint.objects.count() == 2
    assert_whole()


def test_core_74_limit_cuts_between_transactions(verb: str, sealer: Authority) -> None:
    """CORE-74: a backlog is worked off batch by batch, whole transactions at a time."""
    write_entries(verb, 1)
    assert sealing.seal_pending() == 1
    write_entries(verb, 5)
    with transaction.atomic():
        for _ in range(6):
            audit.record(by=system_actor("x"), verb=verb)
    write_entries(verb, 2)
    sizes = []
    while sealed := sealing.seal_pending(limit=4):
        sizes.append(sealed)
    assert sizes == [4, 7, 2]
    assert_whole()


def test_core_74_open_transaction_is_waited_for(
    verb: str, sealer: Authority, connect_as: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CORE-74: an act that is still open comes before later acts when it ends in time, and is lost never."""
    monkeypatch.setattr(sealing, "PATIENCE", timedelta(minutes=1))
    write_entries(verb, 1)
    sealing.seal_pending()
    with connect_as("app") as other, other.transaction():
        other.execute("SELECT set_config('lienthong.action', 'x', true)")
        slow = copy_of_newest(other)
        later = write_entries(verb, 2)
        assert sealing.seal_pending() == 0
    # Other databases of the cluster have open transactions too.
    deadline = time.monotonic() + 50
    while JournalSeal.objects.count() < 4 and time.monotonic() < deadline:
        sealing.seal_pending()
    assert [entry.id for _, entry, _ in chain()][1:] == [slow, *(entry.id for entry in later)]
    assert_whole()


def test_core_75_sleeper_does_not_hold_the_seal_back(verb: str, sealer: Authority, connect_as: Connect) -> None:
    """CORE-75: after the patience, later acts are sealed beside an open transaction, whose own entry follows."""
    write_entries(verb, 1)
    sealing.seal_pending()
    with connect_as("app") as other, other.transaction():
        slow = copy_of_newest(other)
        later = write_entries(verb, 2)
        assert sealing.seal_pending() == 2
        later += write_entries(verb, 1)
        assert sealing.seal_pending() == 1
        assert sealing.unsealed_since() is None
    assert sealing.unsealed_since() is not None
    assert sealing.seal_pending() == 1
    assert [entry.id for _, entry, _ in chain()][1:] == [*(entry.id for entry in later), slow]
    assert_whole()


def copy_of_newest(other: Any) -> Any:
    """Write an entry by another connection, as the guard does."""
    ident = (
        other.execute("SELECT journal_raw_write('INSERT', 'x', 1, '{}')")
        and other.execute(
            "SELECT id FROM journal_entry WHERE verb = 'core:raw:write' ORDER BY at DESC LIMIT 1"
        ).fetchone()
    )
    return ident[0]


def test_core_76_seal_now_does_not_wait(
    verb: str, sealer: Authority, connect_as: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CORE-76: before an export, what is committed is sealed whatever else is open."""
    monkeypatch.setattr(sealing, "PATIENCE", timedelta(minutes=1))
    write_entries(verb, 1)
    assert sealing.seal_now() == 1
    with connect_as("app") as other, other.transaction():
        copy_of_newest(other)
        write_entries(verb, 2)
        assert sealing.seal_now() == 2
    assert sealing.seal_now() == 1
    assert_whole()


def test_core_74_many_writers_and_sequencers(verb: str, sealer: Authority) -> None:
    """CORE-74: with writers at work and several sequencers at once, every entry is sealed exactly once."""
    stop, failures = threading.Event(), []

    def run(work: Any) -> None:
        try:
            work()
        except Exception as error:  # told by the test
            failures.append(error)
        finally:
            connection.close()

    def write() -> None:
        for n in range(40):
            with transaction.atomic():
                audit.record(by=system_actor("x"), verb=verb, after={"n": n})
                if n % 7 == 0:
                    transaction.set_rollback(True)

    def seal() -> None:
        while not stop.is_set():
            sealing.seal_pending(limit=15)

    writers = [threading.Thread(target=run, args=(write,)) for _ in range(6)]
    sequencers = [threading.Thread(target=run, args=(seal,)) for _ in range(3)]
    for thread in writers + sequencers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sequencers:
        thread.join()
    assert not failures
    while sealing.seal_pending():
        pass
    assert JournalSeal.objects.count() == JournalEntry.objects.count() == 6 * 34
    assert_whole()


def test_core_73_restore_to_another_cluster_is_sealed_again(verb: str, sealer: Authority, connect_as: Connect) -> None:
    """CORE-73, CORE-74: transaction numbers of another cluster are trusted neither to seal nor to skip."""
    write_entries(verb, 3)
    sealing.seal_pending()
    write_entries(verb, 4)
    with connect_as("superuser") as root:
        root.execute("SET session_replication_role = replica")
        root.execute("UPDATE journal_checkpoint SET cluster = 'elsewhere/1', horizon = 900000000")
        root.execute(
            "UPDATE journal_entry SET txid = txid + 900000000 WHERE id IN "
            "(SELECT id FROM journal_entry ORDER BY at DESC LIMIT 2)"
        )
    assert sealing.unsealed_since() is not None
    assert sealing.seal_pending() == 4
    write_entries(verb, 2)
    assert sealing.seal_pending() == 2
    assert sealing.unsealed_since() is None
    assert_whole()


def test_core_74_rescan_finds_what_the_horizon_hides(verb: str, sealer: Authority, connect_as: Connect) -> None:
    """CORE-74: unsealed means no row in journal_seal, whatever the transaction number says."""
    write_entries(verb, 3)
    sealing.seal_pending()
    entry = write_entries(verb, 1)[0]
    with connect_as("superuser") as root:
        root.execute("SET session_replication_role = replica")
        root.execute("UPDATE journal_entry SET txid = 1 WHERE id = %s", [entry.id])
    assert sealing.seal_pending() == 0
    assert sealing.seal_pending(rescan=True) == 1
    assert_whole()


def test_core_74_no_numbering_over_a_damaged_tail(verb: str, sealer: Authority, connect_as: Connect) -> None:
    """CORE-74: seals that end elsewhere than the newest checkpoint stop the sequencer instead of being overwritten."""
    write_entries(verb, 3)
    sealing.seal_pending()
    with connect_as("superuser") as root:
        root.execute("SET session_replication_role = replica")
        root.execute("DELETE FROM journal_seal WHERE seq = 3")
    with pytest.raises(sealing.JournalDamaged):
        sealing.seal_pending()


def test_core_75_nothing_is_sealed_without_signature(
    verb: str, sealer: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CORE-75: a key that fails leaves no seal and no checkpoint; the next run does all."""
    write_entries(verb, 3)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_sealers", [])
        with pytest.raises(sealing.NoSealer):
            sealing.seal_pending()

    class Broken(Authority):
        def seal(self, content: bytes) -> bytes:
            raise OSError("no token")

    sealing.use_sealer(Broken(sealer.folder, sealer.key, sealer.certificate, sealer.root))
    with pytest.raises(OSError, match="no token"):
        sealing.seal_pending()
    assert not JournalSeal.objects.exists()
    sealing.use_sealer(sealer)
    assert sealing.seal_pending() == 3


def test_core_75_checkpoint_verifies_by_openssl(verb: str, sealer: Authority, tmp_path: Path) -> None:
    """CORE-75: the signature is a detached CMS and the stamp an RFC 3161 response, as programs of others see them."""
    write_entries(verb, 3)
    sealing.seal_pending()
    stamp = sealing.stamp_newest()
    assert stamp is not None
    assert abs(stamp.at - clock.now()) < timedelta(seconds=5)
    checkpoint = Checkpoint.objects.get()
    (tmp_path / "body").write_bytes(bytes(checkpoint.body))
    (tmp_path / "cms").write_bytes(bytes(checkpoint.cms))
    (tmp_path / "tsr").write_bytes(bytes(stamp.tsr))
    for command in (
        [
            "cms",
            "-verify",
            "-binary",
            "-inform",
            "DER",
            "-in",
            "cms",
            "-content",
            "body",
            "-purpose",
            "any",
            "-out",
            "o",
        ],
        ["ts", "-verify", "-data", "cms", "-in", "tsr"],
    ):
        subprocess.run(
            ["openssl", *command, "-CAfile", sealer.folder / "root.pem"], cwd=tmp_path, check=True, capture_output=True
        )


def test_core_75_one_stamp_a_checkpoint_and_outage_stops_nothing(verb: str, sealer: Authority) -> None:
    """CORE-75, CORE-69: an outage raises to its job alone; sealing goes on and one later stamp covers all."""

    class Silent(Authority):
        def stamp(self, content: bytes) -> bytes:
            raise OSError("TSA không trả lời")

    assert sealing.stamp_newest() is None
    sealing.use_sealer(Silent(sealer.folder, sealer.key, sealer.certificate, sealer.root))
    write_entries(verb, 1)
    sealing.seal_pending()
    since = sealing.unstamped_since()
    with pytest.raises(OSError, match="TSA"):
        sealing.stamp_newest()
    write_entries(verb, 1)
    assert sealing.seal_pending() == 1
    assert sealing.unstamped_since() == since == Checkpoint.objects.get(size=1).at
    sealing.use_sealer(sealer)
    assert sealing.stamp_newest() is not None
    assert sealing.stamp_newest() is None
    assert sealing.unstamped_since() is None
    assert TimeStamp.objects.get().checkpoint_id == 2
    assert TimeStamp.objects.get().tsa == "Dấu thời gian một"


def test_core_74_foreign_bytes_block_nothing(verb: str, sealer: Authority, connect_as: Connect) -> None:
    """CORE-74: an entry put in by raw SQL with bytes in another form, or with none canonical, is sealed like all."""
    entry = write_entries(verb, 1)[0]
    for number in ("7", "900719925474099300"):
        ident = uuid4()
        text = bytes(entry.canonical).decode().replace(str(entry.id), str(ident)).replace('"n":0', f'"n": {number}')
        text = text.replace('{"actor"', '{ \n"actor"')
        with connect_as("app") as other:
            other.execute(
                "INSERT INTO journal_entry SELECT (jsonb_populate_record(e, jsonb_build_object('id', %s::text, "
                "'after', (convert_from(%s, 'UTF8')::jsonb #> '{data,after}'), 'canonical', %s::text))).* "
                "FROM journal_entry e WHERE id = %s",
                [ident, text.encode(), "\\x" + text.encode().hex(), entry.id],
            )
    assert sealing.seal_pending() == 3
    assert [seq for seq, _, _ in chain()] == [1, 2, 3]
    assert b"\n" not in sealing.placed(text.encode(), 3)
    assert json.loads(sealing.placed(text.encode(), 3))["seq"] == 3
