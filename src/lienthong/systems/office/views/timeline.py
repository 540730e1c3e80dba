"""What happened to a document, from the journal, in the words of its verbs."""

from typing import Any
from uuid import UUID

from django.db import models

from lienthong.core.actions import ref_of
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity.models import User
from lienthong.core.registry import UnknownVerb, registry
from lienthong.shell.components import TimelineEntry, Tone

LONGEST = 200
_TONES: dict[str, Tone] = {
    "return": "warn",
    "return_to_sender": "stop",
    "bounce": "warn",
    "issue": "ok",
    "finish": "ok",
    "register": "ok",
}


def of(document: models.Model) -> list[TimelineEntry]:
    """The journal of one document, newest first, at most the newest two hundred, in two queries."""
    rows = list(JournalEntry.objects.filter(ref=str(ref_of(document))).order_by("-at", "-id")[:LONGEST])
    ids = {UUID(row.actor.removeprefix("u:")) for row in rows if row.actor.startswith("u:")}
    ids |= {row.on_behalf_of for row in rows if row.on_behalf_of}
    names = dict(User.objects.filter(id__in=ids).values_list("id", "full_name"))
    return [_entry(row, names) for row in rows]


def _entry(row: JournalEntry, names: dict[UUID, str]) -> TimelineEntry:
    facts: dict[str, Any] = row.after or {}
    try:
        sentence = registry.verb(row.verb).sentence
    except UnknownVerb:
        sentence = row.verb
    act = row.verb.rpartition(":")[2]
    person = names.get(UUID(row.actor.removeprefix("u:"))) if row.actor.startswith("u:") else None
    return TimelineEntry(
        at=row.at,
        sentence=sentence[:1].upper() + sentence[1:] + _detail(facts),
        who=person or "Hệ thống",
        position=row.position,
        on_behalf=names.get(row.on_behalf_of, "") if row.on_behalf_of else "",
        tone=_TONES.get(act, "neutral"),
        quote=row.reason or "",
    )


def _detail(facts: dict[str, Any]) -> str:
    for key, words in (
        ("number", " {}"),
        ("arrival_number", ", số đến {}"),
        ("draft", ", phiên bản {}"),
        ("direction", ": {}"),
        ("result", ": {}"),
        ("opinion", ": {}"),
    ):
        if facts.get(key):
            return words.format(facts[key])
    return ""
