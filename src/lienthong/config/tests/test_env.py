"""Secrets from files, and what the owner's process is told (CORE-73)."""

from pathlib import Path

import psycopg
import pytest

from lienthong import cli
from lienthong.config import embedded, env
from lienthong.testing import DATABASE, SERVER


def test_a_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NAME_FILE wins over NAME; a file that cannot be read is named."""
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("LIENTHONG_SECRET_KEY", "from the environment")
    monkeypatch.setenv("LIENTHONG_SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert env.text("LIENTHONG_SECRET_KEY") == "from the file"
    monkeypatch.setenv("LIENTHONG_SECRET_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(env.SettingError, match="LIENTHONG_SECRET_KEY_FILE"):
        env.text("LIENTHONG_SECRET_KEY")


@pytest.mark.django_db
def test_migrations_run_as_the_owner_even_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-73: both URLs in files, as deploy.md asks; the process that migrates is the owner's and gives locks up."""
    for name, role in (("DATABASE_URL", embedded.APP), ("DATABASE_OWNER_URL", embedded.OWNER)):
        (tmp_path / name).write_text(SERVER.url(role, DATABASE))
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    for name, value in (found := cli.owner_environment()).items():
        monkeypatch.setenv(name, value)
    if "DATABASE_URL_FILE" not in found:
        monkeypatch.delenv("DATABASE_URL_FILE")
    entry = env.database(env.text("DATABASE_URL"))
    options = {str(key): str(value) for key, value in dict(entry["OPTIONS"]).items()}  # type: ignore[call-overload]
    with psycopg.connect(
        user=str(entry["USER"]), dbname=str(entry["NAME"]), host=str(entry["HOST"]), port=str(entry["PORT"]), **options
    ) as owner:
        row = owner.execute("SELECT current_user, current_setting('lock_timeout')").fetchone()
    assert row == (embedded.OWNER, "5s")


def test_run_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 2 point 6: the demo world is never built where real work is done."""
    monkeypatch.setenv("LIENTHONG_ENV", "production")
    with pytest.raises(SystemExit, match="máy thử"):
        cli.main(["run"])
