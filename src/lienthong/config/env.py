"""Typed settings from the environment; every secret may come from a file named by `<NAME>_FILE`."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# The server notices within two minutes that a node lost its power or its network, and frees the rows it had locked: the
# lock of an outbox delivery is its lease (CORE-88).
KEEPALIVE = "-c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=6"


class SettingError(RuntimeError):
    """A setting is missing or malformed; the message names it and says what to do."""


def text(name: str, default: str | None = None) -> str:
    """The value of NAME, or the content of the file that NAME_FILE names, or the default."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE: không đọc được tệp {path} ({error.strerror})") from error
    value = os.environ.get(name, default)
    if value is None:
        raise SettingError(f"Thiếu biến môi trường {name} (hoặc {name}_FILE)")
    return value


def flag(name: str, default: bool = False) -> bool:
    """A yes/no setting: 1, true, yes, on or 0, false, no, off."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise SettingError(f"{name}: cần 1 hoặc 0, đang là {value!r}")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise SettingError(f"{name}: cần số nguyên, đang là {value!r}") from error


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def records(name: str) -> list[dict[str, Any]]:
    """A JSON list of objects; empty when nothing is set."""
    try:
        found = json.loads(text(name, "[]"))
    except ValueError as error:
        raise SettingError(f"{name}: cần danh sách viết theo JSON ({error})") from error
    if not (isinstance(found, list) and all(isinstance(row, dict) for row in found)):
        raise SettingError(f"{name}: cần danh sách các đối tượng JSON")
    return found


def database(url: str) -> dict[str, object]:
    """A Django DATABASES entry from a PostgreSQL URL; the host may be a socket folder in `?host=`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError(f"DATABASE_URL: chỉ nhận postgresql://…, đang là {parts.scheme or 'trống'}://")
    options = dict(parse_qsl(parts.query))
    # What is said here hides PGOPTIONS from libpq, so that is said along.
    options.setdefault("options", f"{KEEPALIVE} {os.environ.get('PGOPTIONS', '')}".strip())
    return {
        "ENGINE": "lienthong.core.fence",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }
