"""Keyset paging: a page at any depth costs what the first one costs (CORE-90, ARCHITECTURE §4)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime


def mark(row: Any, field: str) -> str:
    """The opaque cursor of a row."""
    text = f"{getattr(row, field).isoformat()}|{row.pk}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(text: str) -> tuple[datetime, UUID] | None:
    """A cursor read back; None for a broken or empty one."""
    try:
        at, _, ident = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("|")
        moment = parse_datetime(at)
        return (moment, UUID(ident)) if moment else None
    except (ValueError, UnicodeDecodeError):
        return None


def beyond(rows: QuerySet[Any], field: str, cursor: tuple[datetime, UUID], *, newer: bool = False) -> QuerySet[Any]:
    """The rows on one side of a cursor."""
    at, ident = cursor
    side = "gt" if newer else "lt"
    return rows.filter(Q(**{f"{field}__{side}": at}) | Q(**{field: at, f"id__{side}": ident}))


def cut(rows: QuerySet[Any], field: str, cursor: str, limit: int) -> tuple[list[Any], str]:
    """One page newest first, and the cursor of the following page ("" at the end)."""
    place = read(cursor)
    found = list((beyond(rows, field, place) if place else rows)[: limit + 1])
    following = mark(found[limit - 1], field) if len(found) > limit else ""
    return found[:limit], following
