"""CORE-72, CORE-73, F-CORE-18: entries, the insert-only tables and the guard of bare writes."""

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
import rfc8785
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.ref import Ref
from lienthong.core import audit
from lienthong.core.audit.guards import journaled
from lienthong.core.audit.models import Checkpoint, JournalEntry, JournalSeal, TimeStamp
from lienthong.core.audit.recording import NotInTransaction, canonical_bytes
from lienthong.core.registry import UnknownVerb
from lienthong.kit.hashing import NotCanonical, canonical_json

ALL = (JournalEntry, JournalSeal, Checkpoint, TimeStamp)


def person() -> Actor:
    return Actor(
        user_id=uuid4(),
        name="Nguyễn Thị Hà",
        position_id=uuid4(),
        position="Văn thư",
        unit_id=uuid4(),
        agency_id=uuid4(),
        on_behalf_of=uuid4(),
        session="b1u7-secret-session-key",
        ip="10.0.0.7",
        request_id="req-1",
    )


@pytest.mark.django_db
def test_core_72_entry_holds_its_own_canonical_bytes(verb: str) -> None:
    """CORE-72: all members, RFC 8785 bytes without seq, UTC microseconds, in the transaction of the act."""
    actor, ref = person(), Ref("office:incoming", uuid4())
    entry = audit.record(
        by=actor,
        verb=verb,
        ref=ref,
        before={"trạng_thái": "mới"},
        after={"số_đến": 1, "ký": "€ \u2028 𝄞"},
        reason="Lý do",
    )
    stored = JournalEntry.objects.get(pk=entry.pk)
    members = json.loads(bytes(stored.canonical))
    assert bytes(stored.canonical) == rfc8785.dumps(members) == bytes(entry.canonical)
    assert set(members) == {
        "actor", "agency", "at", "data", "id", "ip", "on_behalf_of", "position", "position_id", "reason", "ref",
        "request_id", "session", "unit", "verb",
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", members["at"])
    assert datetime.fromisoformat(members["at"]) == stored.at
    assert members["actor"] == f"u:{actor.user_id}"
    assert members["ref"] == str(ref)
    assert members["data"] == {"after": {"số_đến": 1, "ký": "€ \u2028 𝄞"}, "before": {"trạng_thái": "mới"}}
    assert stored.txid == entry.txid > 0


@pytest.mark.django_db
def test_core_72_values_become_plain_json(verb: str) -> None:
    """CORE-72: identifiers, dates, instants, decimals and sets have one text form."""
    ident = UUID("0199f3aa-0000-7000-8000-000000000001")
    zone = timezone(timedelta(hours=7))
    entry = audit.record(
        by=system_actor("nightly"),
        verb=verb,
        after={
            "id": ident,
            "ngày": date(2026, 11, 25),
            "lúc": datetime(2026, 11, 25, 10, 15, tzinfo=zone),
            "tiền": Decimal("1.50"),
            "vai": {"b", "a"},
            "danh_sách": (1, None, True),
            "đối_tượng": Ref("office:incoming", ident),
        },
    )
    assert entry.after == {
        "id": str(ident),
        "ngày": "2026-11-25",
        "lúc": "2026-11-25T03:15:00.000000Z",
        "tiền": "1.50",
        "vai": ["a", "b"],
        "danh_sách": [1, None, True],
        "đối_tượng": f"office:incoming:{ident}",
    }
    assert JournalEntry.objects.get(pk=entry.pk).after == entry.after


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [float("nan"), 2**53, object(), "a\x00b", datetime(2026, 1, 1), "\ud800"])
def test_core_72_what_json_lacks_is_refused(verb: str, bad: object) -> None:
    """CORE-72: a value without canonical bytes rolls its act back instead of being bent."""
    with pytest.raises(NotCanonical):
        audit.record(by=system_actor("x"), verb=verb, after={"v": bad})


@pytest.mark.django_db
def test_core_72_backslash_before_u0000_is_text(verb: str) -> None:
    """CORE-72: the six letters of an escaped backslash and u0000 are ordinary text."""
    entry = audit.record(by=system_actor("x"), verb=verb, after={"v": "\\u0000"})
    assert JournalEntry.objects.get(pk=entry.pk).after == {"v": "\\u0000"}


@pytest.mark.django_db
def test_core_72_unregistered_verb_is_refused() -> None:
    """CORE-72: verbs are registered."""
    with pytest.raises(UnknownVerb):
        audit.record(by=system_actor("x"), verb="no:such:verb")


@pytest.mark.usefixtures("empty_journal")
def test_core_72_entry_lives_and_dies_with_its_act(verb: str) -> None:
    """CORE-72: no entry outside a transaction, none of an act that was rolled back."""
    with pytest.raises(NotInTransaction):
        audit.record(by=system_actor("x"), verb=verb)

    def act() -> None:
        with transaction.atomic():
            audit.record(by=system_actor("x"), verb=verb)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not JournalEntry.objects.exists()


@pytest.mark.usefixtures("empty_journal")
def test_core_72_entries_of_one_instant_keep_their_order(verb: str, time_machine_at) -> None:
    """CORE-72: a composite act leaves its entries in the order of its parts, also within one microsecond."""
    time_machine_at("2026-11-25T03:15:00Z")
    with transaction.atomic():
        made = [audit.record(by=system_actor("x"), verb=verb, after={"n": n}).id for n in range(50)]
    assert list(JournalEntry.objects.order_by("at", "id").values_list("id", flat=True)) == made
    assert {i.version for i in made} == {7}


@pytest.mark.django_db
def test_core_72_session_key_is_not_kept(verb: str) -> None:
    """CORE-72: the journal and its exports never hold what signs in."""
    entry = audit.record(by=person(), verb=verb)
    assert b"b1u7-secret" not in bytes(entry.canonical)
    assert re.fullmatch(r"[0-9a-f]{16}", entry.session)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [("verb", "office:other:verb"), ("reason", "khác"), ("at", datetime(2020, 1, 1, tzinfo=UTC)), ("after", {"n": 2})],
)
def test_core_72_columns_must_repeat_the_bytes(verb: str, column: str, value: object) -> None:
    """CORE-72: a row that shows one thing and proves another does not enter the table."""
    entry = audit.record(by=person(), verb=verb, after={"n": 1})
    entry.pk = uuid4()
    entry._state.adding = True
    with pytest.raises(DatabaseError, match="journal_columns_repeat_bytes"), transaction.atomic():
        entry.save(force_insert=True)
    copy = json.loads(bytes(entry.canonical)) | {"id": str(entry.pk)}
    entry.canonical = canonical_json(copy)
    setattr(entry, column, value)
    with pytest.raises(DatabaseError, match="journal_columns_repeat_bytes"), transaction.atomic():
        entry.save(force_insert=True)


@pytest.mark.usefixtures("empty_journal")
@pytest.mark.parametrize("role", ["app", "owner"])
def test_core_73_no_statement_changes_the_journal(role: str, connect_as) -> None:
    """CORE-73: update, delete, truncate and upsert are refused to the app's role and to the owner."""
    for model in ALL:
        table, key = model._meta.db_table, model._meta.pk.column
        statements = (
            f"UPDATE {table} SET {key} = {key}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {key} = excluded.{key}",
            f"MERGE INTO {table} t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
        )
        with connect_as(role) as other:
            names = other.execute("SELECT array_agg(tgname) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'").fetchone()
            other.execute("SELECT set_config('pgtrigger.ignore', %s::text, false)", [names[0]])
            for statement in statements:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    other.execute(statement)


@pytest.mark.usefixtures("empty_journal")
@pytest.mark.parametrize("role", ["app", "owner", "superuser"])
def test_core_73_bare_write_leaves_an_entry(role: str, connect_as, guarded: str) -> None:
    """CORE-73, F-CORE-18: create, edit and delete by bulk, raw SQL and COPY are journalled, one entry a statement."""
    with connect_as(role) as other:
        user = other.execute("SELECT current_user").fetchone()[0]
        other.execute(f"INSERT INTO {guarded} (id, name) VALUES ('b', 'x'), ('a', 'y')")
        with other.cursor() as cursor, cursor.copy(f"COPY {guarded} (id, name) FROM STDIN") as copy:
            copy.write_row(("c", 'nháy " \\ và \u0001 \u2028 Đ 𝄞'))
        other.execute(f"UPDATE {guarded} SET name = 'z' WHERE id IN ('a', 'c')")
        other.execute(f"UPDATE {guarded} SET name = 'z' WHERE id = 'none'")
        other.execute(f"DELETE FROM {guarded} WHERE id = 'c'")
        if role != "app":
            other.execute(f"TRUNCATE {guarded}")
    entries = list(JournalEntry.objects.order_by("at"))
    told = [(e.after["statement"], e.after["count"], e.after["ids"]) for e in entries]
    expected = [
        ("INSERT", 2, ["a", "b"]),
        ("INSERT", 1, ["c"]),
        ("UPDATE", 2, ["a", "c"]),
        ("DELETE", 1, ["c"]),
        ("TRUNCATE", None, None),
    ]
    assert told == expected[: 4 if role == "app" else 5]
    for entry in entries:
        assert entry.verb == "core:raw:write"
        assert entry.actor == f"db:{user}"
        assert entry.after["role"] == user
        assert entry.after["table"] == guarded


@pytest.mark.usefixtures("empty_journal")
def test_core_73_bytes_made_in_sql_equal_those_of_python(connect_as, guarded: str) -> None:
    """CORE-73: the entry of the trigger is canonical to the byte, with the members that `record` writes."""
    awkward = ['"', "\\", "/", "\b\f\n\r\t", "\x01\x1f", "\x7f", "\u2028", "Đặng Thị Ở", "𝄞", "<&>'", " ", ""]
    with connect_as("app") as other:
        for text in awkward:
            other.execute(f"INSERT INTO {guarded} (id, name) VALUES (%s, 'x')", [text])
    entries = list(JournalEntry.objects.order_by("at"))
    assert [e.after["ids"] for e in entries] == [[text] for text in awkward]
    for entry in entries:
        assert rfc8785.dumps(json.loads(bytes(entry.canonical))) == bytes(entry.canonical)


@pytest.mark.usefixtures("empty_journal")
def test_core_73_inside_an_action_the_guard_is_silent(guarded: str) -> None:
    """CORE-73: the action journals itself; its statements do not."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.action', 'office:incoming:register', true)")
        cursor.execute(f"INSERT INTO {guarded} (id, name) VALUES ('a', 'x')")
        cursor.execute(f"DELETE FROM {guarded}")
        assert not JournalEntry.objects.exists()
        cursor.execute("SELECT set_config('lienthong.action', '', true)")
        cursor.execute(f"INSERT INTO {guarded} (id, name) VALUES ('b', 'x')")
    assert JournalEntry.objects.count() == 1


_TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["\x00\x1f\x7f", "\uffff", "𝄞", "\u2028", '"\\/']
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(_JSON)
def test_core_72_both_ways_to_canonical_bytes_agree(value) -> None:
    """CORE-72: the fast form is RFC 8785 to the byte, for every JSON value."""
    assert canonical_bytes(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), [float("nan")], {"a": "\ud800"}, {"\ud800": 1}, {"𝄞": float("inf")}]
)
def test_core_72_no_way_to_bytes_of_what_json_lacks(value) -> None:
    """CORE-72: neither way writes what RFC 8785 refuses."""
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_core_73_guard_covers_every_kind_of_statement() -> None:
    """CORE-73: one trigger each for INSERT, UPDATE, DELETE and TRUNCATE."""
    assert {str(trigger.operation) for trigger in journaled()} == {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}


def test_core_72_functions_stand_in_the_first_migration() -> None:
    """CORE-72: what other apps depend on is made by audit 0001."""
    text = (Path(audit.__file__).parent / "migrations" / "0001_initial.py").read_text(encoding="utf-8")
    for name in ("journal_refuse_change", "journal_columns_agree", "journal_raw_write"):
        assert f"CREATE FUNCTION {name}(" in text
