"""The restore drill to an empty machine, and the keys that are in no backup (CORE-96, CORE-73, CORE-70)."""

import json
import shutil
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from lienthong.config import tallies
from tests.ops.conftest import PHRASE, Machine

pytestmark = [pytest.mark.fault, pytest.mark.pgserver]


def counted(machine: Machine) -> dict[str, list[object]]:
    with machine.owner() as owner, owner.transaction():
        return tallies.tables(owner)


def backed_up(machine: Machine, to: Path) -> dict[str, object]:
    ran = machine.run("backup", "--to", to)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    newest = sorted((to / "runs").iterdir())[-1]
    found: dict[str, object] = json.loads((newest / "manifest.json").read_text())
    return found


def test_core_96_drill_gives_equal_counts_and_hashes_and_ends_sealed(
    living: Machine, empty: Machine, tmp_path: Path
) -> None:
    """CORE-96, CORE-73: an empty machine gets the same rows and bytes, re-sealed and verified before other writes."""
    to = tmp_path / "noi-luu"
    manifest = backed_up(living, to)
    shutil.copytree(living.data / "keystore", empty.data / "keystore")
    ran = empty.run("restore", "--from", to)
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert "không thấy gì sai" in ran.stdout

    wanted: dict[str, list[object]] = manifest["tables"]  # type: ignore[assignment]
    found = counted(empty)
    # What the ending itself writes: the entry of the restore, seals and checkpoints; all else is equal.
    changed = {name for name in wanted if list(found[name]) != list(wanted[name])}
    assert changed <= {"journal_entry", "journal_seal", "journal_checkpoint"}
    assert found["journal_entry"][0] == int(str(wanted["journal_entry"][0])) + 1
    assert found["journal_seal"][0] == found["journal_entry"][0]
    assert int(str(wanted["journal_seal"][0])) < int(str(wanted["journal_entry"][0])), "something was left unsealed"
    assert sum(int(str(rows)) for rows, _ in wanted.values()) > 500
    old = {kept.name: kept.size for kept in tallies.files(living.data / "files")}
    assert old == {kept.name: kept.size for kept in tallies.files(empty.data / "files")}
    assert old
    assert all(tallies.hash_of(empty.data / "files" / name) == Path(name).name for name in old)
    with empty.owner() as owner:
        assert owner.execute("SHOW default_transaction_read_only").fetchone() == ("off",)
        last = owner.execute("SELECT verb, after->>'run' FROM journal_entry ORDER BY at DESC LIMIT 1").fetchone()
    assert last is not None
    assert last[0] == "operations:backup:restore"


def test_core_73_without_the_keys_nothing_is_written_until_the_restore_is_finished(
    living: Machine, empty: Machine, tmp_path: Path
) -> None:
    """CORE-73: re-seal and verify come before the first write; the database itself refuses until then."""
    to = tmp_path / "noi-luu"
    backed_up(living, to)
    ran = empty.run("restore", "--from", to, LIENTHONG_ENV="check", LIENTHONG_SECRET_KEY=settings.SECRET_KEY)
    assert ran.returncode == 2
    assert "restore --finish" in ran.stderr
    url = empty.environment["DATABASE_URL"]
    with psycopg.connect(url) as app, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        app.execute(
            "INSERT INTO operations_alert (code, level, text, remedy, since, seen_at) "
            "VALUES ('x', 1, '', '', now(), now())"
        )
    served = empty.run("worker")
    assert served.returncode != 0
    assert "phục hồi trước chưa xong" in served.stderr
    shutil.copytree(living.data / "keystore", empty.data / "keystore", dirs_exist_ok=True)
    ran = empty.run("restore", "--finish")
    assert ran.returncode == 0, ran.stderr
    with empty.owner() as owner:
        assert owner.execute("SHOW default_transaction_read_only").fetchone() == ("off",)


def test_core_96_backup_adds_only_what_is_new_and_is_in_the_journal(living: Machine, tmp_path: Path) -> None:
    """CORE-96: every backup is logged; files are copied once; an unfinished run is cleared away."""
    to = tmp_path / "noi-luu"
    first = backed_up(living, to)
    (to / "runs" / "20200101T000000Z.part").mkdir()
    second = backed_up(living, to)
    assert first["files"]["copied"] == first["files"]["count"] > 0  # type: ignore[index]
    assert second["files"]["copied"] == 0  # type: ignore[index]
    assert not list((to / "runs").glob("*.part"))
    with living.owner() as owner:
        rows = owner.execute("SELECT after FROM journal_entry WHERE verb = 'operations:backup:make'").fetchall()
    assert len(rows) == 2
    assert living.run("backup", "verify", "--to", to).returncode == 0


@pytest.mark.parametrize("harm", ["manifest", "dump", "file"])
def test_core_96_harmed_backup_is_refused_before_anything_is_written(
    living: Machine, empty: Machine, tmp_path: Path, harm: str
) -> None:
    """A changed list, dump or file is named, and the target stays empty."""
    to = tmp_path / "noi-luu"
    backed_up(living, to)
    run = next((to / "runs").iterdir())
    victim = {
        "manifest": run / "manifest.json",
        "dump": run / "database.dump",
        "file": next(path for path in (to / "files").rglob("*") if path.is_file()),
    }[harm]
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    assert living.run("backup", "verify", "--to", to).returncode != 0
    ran = empty.run("restore", "--from", to)
    assert ran.returncode == 2
    with empty.owner() as owner:
        row = owner.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_core_96_restore_refuses_a_target_that_is_not_empty(living: Machine, tmp_path: Path) -> None:
    """Nothing living is ever overwritten."""
    to = tmp_path / "noi-luu"
    backed_up(living, to)
    before = counted(living)
    ran = living.run("restore", "--from", to)
    assert ran.returncode == 2
    assert "trống" in ran.stderr
    assert counted(living) == before


def test_core_70_no_key_in_dump_backup_or_logs(living: Machine, tmp_path: Path) -> None:
    """CORE-70: a search of a full dump, of the backup's folder and of the logs finds no key and no passphrase."""
    from cryptography.hazmat.primitives import serialization

    from lienthong.config import binaries

    to = tmp_path / "noi-luu"
    ran = living.run("backup", "--to", to, LIENTHONG_LOG="DEBUG")
    logs = ran.stdout + ran.stderr
    url = living.environment["DATABASE_OWNER_URL"]
    tool = binaries.tool("pg_dump", server=binaries.server_major(url))
    plain = tmp_path / "dump.sql"
    command = [str(tool), "-Fp", "--enable-row-security", f"--file={plain}"]
    binaries.run(command, binaries.connection_environment(url))
    secrets = [PHRASE.encode(), b"PRIVATE KEY"]
    keys = sorted((living.data / "keystore").glob("*.key"))
    assert keys
    for path in keys:
        key = serialization.load_pem_private_key(path.read_bytes(), PHRASE.encode())
        der = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        number = key.private_numbers()  # type: ignore[union-attr]
        value = getattr(number, "private_value", None) or number.d  # type: ignore[union-attr]
        raw = value.to_bytes((value.bit_length() + 7) // 8)
        body = path.read_bytes().split(b"-----")[2].strip().splitlines()[1]
        secrets += [der, der.hex().encode(), raw, raw.hex().encode(), body]
    places = [plain, *(path for path in to.rglob("*") if path.is_file() and path.name != "database.dump")]
    for content in [*(path.read_bytes() for path in places), logs.encode()]:
        assert not [secret for secret in secrets if secret in content]
    assert b"journal_entry" in plain.read_bytes()  # the search can find: what is there is found


def test_core_70_keystore_is_sealed_and_opened_by_two_persons(living: Machine, tmp_path: Path) -> None:
    """CORE-70: both persons are needed, in any order; one alone opens nothing; what differs is never overwritten."""
    first, second = tmp_path / "nguoi-1", tmp_path / "nguoi-2"
    marks = [living.run("keystore", "new-key", "--to", path).stdout.split()[-1] for path in (first, second)]
    sealed = tmp_path / "kho-khoa.age"
    ran = living.run("keystore", "backup", "--to", sealed, "--for", marks[0], "--for", marks[1])
    assert ran.returncode == 0, ran.stderr
    held = {path.name: path.read_bytes() for path in (living.data / "keystore").glob("[!.]*")}
    assert not [name for name, body in held.items() if body[40:120] in sealed.read_bytes()]
    other = Machine(living.database, tmp_path / "may-khac")
    alone = other.run("keystore", "restore", "--from", sealed, "--key", first, "--key", first)
    assert alone.returncode == 2
    assert not (other.data / "keystore").exists()
    ran = other.run("keystore", "restore", "--from", sealed, "--key", first, "--key", second)
    assert ran.returncode == 0, ran.stderr
    assert {path.name: path.read_bytes() for path in (other.data / "keystore").iterdir()} == held
    assert {path.stat().st_mode & 0o777 for path in (other.data / "keystore").iterdir()} == {0o600}
    same = living.run("keystore", "backup", "--to", tmp_path / "mot", "--for", marks[0], "--for", marks[0])
    assert same.returncode == 2
    typed = tmp_path / "mat-khau.age"
    ran = living.run("keystore", "backup", "--to", typed, typed="mot mat khau dai\nmat khau khac nua\n")
    assert ran.returncode == 0, ran.stderr
    third = Machine(living.database, tmp_path / "may-ba")
    wrong = third.run("keystore", "restore", "--from", typed, typed="mot mat khau dai\nsai\n")
    assert wrong.returncode == 2
    ran = third.run("keystore", "restore", "--from", typed, typed="mat khau khac nua\nmot mat khau dai\n")
    assert ran.returncode == 0, ran.stderr
    with living.owner() as owner:
        rows = owner.execute("SELECT verb FROM journal_entry WHERE verb LIKE 'operations:keystore:%'").fetchall()
    assert sorted(verb for (verb,) in rows) == ["operations:keystore:backup"] * 2 + ["operations:keystore:restore"] * 2
