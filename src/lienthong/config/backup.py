"""`lienthong backup`: database, files and a sealed list of what there is; keys are kept apart (CORE-96, CORE-70).

Layout of the folder: `files/` by hash, shared by all backups and only added to; `runs/<time>/` with `database.dump`
(pg_dump, custom format), `files.txt` (each file's name, size, hash), `manifest.json` and `manifest.mac`. A run without
its manifest is unfinished and is removed by the next one; files that it copied are not copied again.
"""

import errno
import hashlib
import hmac
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from lienthong.config import binaries, env, tallies
from lienthong.core import fence
from lienthong.core.operations import records
from lienthong.kit import clock

FORMAT = 1
_FULL = {errno.ENOSPC, errno.EDQUOT}


class BackupError(RuntimeError):
    """A backup, its check or a restore did not end well; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished backup."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """Its time, as its folder is called."""
        return self.folder.name


def owner_url() -> str:
    """The owner's connection: only that role sees every row (ADR 0012)."""
    return env.text("DATABASE_OWNER_URL", "") or env.text("DATABASE_URL")


def make(to: Path) -> Run:
    """Make one backup below a folder and note it in the journal; raises BackupError, and notes that too."""
    started = time.monotonic()
    try:
        with _full_disk_said(to):
            run = _make(to)
    except (BackupError, binaries.ToolMissing, binaries.ToolFailed, psycopg.Error) as error:
        with fence.node("operations.backup"):
            records.backup_failed(by=records.OPERATOR, facts={"why": f"{type(error).__name__}: {error}"[:500]})
        raise error if isinstance(error, BackupError) else BackupError(str(error)) from error
    facts = {
        "run": run.name,
        "manifest": tallies.hash_of(run.folder / "manifest.json"),
        "rows": sum(rows for rows, _ in run.manifest["tables"].values()),
        "files": run.manifest["files"]["count"],
        "bytes": run.manifest["files"]["bytes"] + run.manifest["dump"]["size"],
        "damaged": len(run.manifest["files"]["damaged"]),
        "missing": len(run.manifest["files"]["missing"]),
        "seconds": round(time.monotonic() - started, 1),
    }
    with fence.node("operations.backup"):
        records.backed_up(by=records.OPERATOR, facts=facts)
    return run


def _make(to: Path) -> Run:
    url = owner_url()
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    runs = to / "runs"
    for unfinished in runs.glob("*.part") if runs.is_dir() else ():
        shutil.rmtree(unfinished)
    name = f"{clock.now():%Y%m%dT%H%M%SZ}"
    if (runs / name).exists():
        raise BackupError("Vừa có một bản sao lưu trong cùng giây này; chạy lại sau một giây.")
    folder = runs / f"{name}.part"
    folder.mkdir(parents=True, mode=0o700)
    dump = binaries.tool("pg_dump", server=binaries.server_major(url))
    with psycopg.connect(url) as owner:
        owner.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        if hidden := tallies.hidden(owner):
            raise BackupError(
                f"Vai trò sao lưu không thấy mọi dòng của: {', '.join(hidden[:5])}. Đặt DATABASE_OWNER_URL dùng "
                "vai trò lienthong_owner rồi chạy `lienthong migrate`."
            )
        _room(owner, to)
        snapshot = _one(owner, "SELECT pg_export_snapshot()")
        target = folder / "database.dump"
        command = [str(dump), "-Fc", "--enable-row-security", f"--snapshot={snapshot}", f"--file={target}"]
        binaries.run(command, binaries.connection_environment(url))
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "made_at": clock.now().isoformat(),
            "node": settings.NODE_NAME,
            "release": version("lienthong"),
            "server": owner.info.server_version,
            "dump": {
                "size": target.stat().st_size,
                "sha256": tallies.hash_of(target),
                "tool": binaries.major_of(dump),
            },
            "tables": tallies.tables(owner),
            "migrations": _migrations(owner),
            "journal": _journal(owner),
        }
        wanted = {row[0] for row in owner.execute("SELECT DISTINCT sha256 FROM files_storedfile").fetchall()}
    # After the snapshot: bytes are written before the row that names them, so all of its files are there by now.
    manifest["files"] = _files(to / "files", folder / "files.txt", wanted)
    seal(folder, manifest)
    final = runs / name
    folder.rename(final)
    return Run(final, manifest)


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest and its MAC."""
    body = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    (folder / "manifest.json").write_bytes(body)
    (folder / "manifest.mac").write_text(_mac(settings.SECRET_KEY, body) + "\n")


def _files(store: Path, listing: Path, wanted: set[str]) -> dict[str, Any]:
    root = Path(settings.FILES_DIR)
    count = size = copied = 0
    damaged, seen = [], set()
    with listing.open("w", encoding="utf-8") as lines:
        for kept in tallies.files(root):
            target = store / kept.name
            if not target.exists() or target.stat().st_size != kept.size:
                try:
                    digest = tallies.copy(root / kept.name, target)
                except FileNotFoundError:
                    continue  # erased meanwhile, at the end of its retention
                if digest != kept.sha256:
                    target.unlink()
                    damaged.append(kept.name)
                    continue
                copied += 1
            count, size = count + 1, size + kept.size
            seen.add(kept.sha256)
            lines.write(f"{kept.sha256} {kept.size} {kept.name}\n")
    missing = sorted(wanted - seen)
    return {
        "count": count,
        "bytes": size,
        "copied": copied,
        "sha256": tallies.hash_of(listing),
        "damaged": damaged,
        "missing": missing,
    }


def _room(owner: psycopg.Connection[Any], to: Path) -> None:
    """Refuse before the disk is full rather than in the middle: a dump is at most as large as its database."""
    wanted = int(_one(owner, "SELECT pg_database_size(current_database()) / 2"))
    wanted += sum(
        kept.size for kept in tallies.files(Path(settings.FILES_DIR)) if not (to / "files" / kept.name).exists()
    )
    free = shutil.disk_usage(to).free
    if free < wanted:
        raise BackupError(
            f"Nơi lưu còn {free >> 20} MB, cần khoảng {wanted >> 20} MB. Dọn bớt bản cũ đã chép ra nơi khác, hoặc "
            "chọn nơi rộng hơn. Chưa ghi gì."
        )


def _journal(owner: psycopg.Connection[Any]) -> dict[str, Any]:
    row = owner.execute("SELECT seq, encode(hash, 'hex') FROM journal_seal ORDER BY seq DESC LIMIT 1").fetchone()
    entries = _one(owner, "SELECT count(*) FROM journal_entry")
    return {"entries": entries, "sealed": row[0] if row else 0, "head": row[1] if row else ""}


def _migrations(owner: psycopg.Connection[Any]) -> list[str]:
    rows = owner.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def runs_of(source: Path) -> list[Path]:
    """The finished backups of a folder, the newest last."""
    found = (source / "runs").glob("*/manifest.json")
    return sorted(path.parent for path in found if not path.parent.name.endswith(".part"))


def opened(source: Path, name: str = "") -> Run:
    """One backup whose manifest is ours and unaltered (its MAC); the newest unless named."""
    known = runs_of(source)
    folder = next((path for path in known if path.name == name), None) if name else (known[-1] if known else None)
    if folder is None:
        raise BackupError(f"Không có bản sao lưu {name or 'nào'} trong {source}.")
    body = (folder / "manifest.json").read_bytes()
    try:
        mac = (folder / "manifest.mac").read_text().strip()
    except OSError:
        mac = ""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(_mac(key, body), mac) for key in keys):
        raise BackupError(
            "Danh mục của bản sao lưu không khớp dấu xác thực: đã bị sửa, hoặc LIENTHONG_SECRET_KEY không phải khóa "
            "của nút đã sao lưu."
        )
    manifest = json.loads(body)
    if manifest["format"] != FORMAT:
        raise BackupError(f"Bản sao lưu theo khuôn {manifest['format']}, phần mềm này đọc khuôn {FORMAT}.")
    return Run(folder, manifest)


def listed(run: Run) -> Iterator[tallies.Kept]:
    """The files of a backup, as its list names them."""
    with (run.folder / "files.txt").open(encoding="utf-8") as lines:
        for line in lines:
            digest, size, name = line.rstrip("\n").split(" ", 2)
            yield tallies.Kept(name, int(size), digest)


def verify(source: Path, name: str = "") -> tuple[Run, list[str]]:
    """Read a backup through: seal, dump, every file by its hash; returns what is wrong with it."""
    run = opened(source, name)
    wrong = []
    dump = run.folder / "database.dump"
    if not dump.is_file() or tallies.hash_of(dump) != run.manifest["dump"]["sha256"]:
        wrong.append("Bản kết xuất cơ sở dữ liệu thiếu hoặc khác mã băm.")
    if tallies.hash_of(run.folder / "files.txt") != run.manifest["files"]["sha256"]:
        wrong.append("Danh sách tệp bị sửa.")
        return run, wrong
    for kept in listed(run):
        path = source / "files" / kept.name
        if not path.is_file():
            wrong.append(f"Thiếu tệp {kept.name}.")
        elif tallies.hash_of(path) != kept.sha256:
            wrong.append(f"Tệp {kept.name} khác mã băm.")
    wrong += [f"Khi sao lưu, tệp {name} đã hỏng ở nguồn." for name in run.manifest["files"]["damaged"]]
    wrong += [f"Khi sao lưu, tệp {digest} không có ở nguồn." for digest in run.manifest["files"]["missing"]]
    return run, wrong


@contextmanager
def _full_disk_said(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        for unfinished in (to / "runs").glob("*.part"):
            shutil.rmtree(unfinished, ignore_errors=True)
        raise BackupError("Nơi lưu đã đầy giữa chừng; phần dở đã được dọn, tệp đã chép xong được giữ lại.") from error


def _mac(key: str, body: bytes) -> str:
    derived = hmac.new(key.encode(), b"lienthong.backup.manifest", hashlib.sha256).digest()
    return hmac.new(derived, body, hashlib.sha256).hexdigest()


def _one(owner: psycopg.Connection[Any], query: str) -> Any:
    row = owner.execute(query).fetchone()
    return row[0] if row else None
