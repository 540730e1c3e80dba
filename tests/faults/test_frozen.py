"""What came in and what was signed cannot be changed: by acts, by API, by the ORM, by raw SQL (F-OF-3, F-OF-6)."""

import pytest
from django.db import DatabaseError, connection, transaction

from lienthong.core.actions.errors import Conflict
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import (
    Draft,
    IncomingDocument,
    IncomingFile,
    OutgoingFile,
    RegisterLine,
)
from tests.faults.conftest import World, browser, paper, post_json, scan, signed, to_sign
from tests.thread.scenario import deliver, draft, issue

pytestmark = pytest.mark.django_db


def refused(sql: str, *values: object) -> str:
    """The SQLSTATE with which the database refuses a statement; the transaction goes on."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pgtrigger.ignore', 'office_*:*', true)")
            cursor.execute(sql, values)
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", ""))
    return ""


RECEIVED = {
    "sender_name": "Cơ quan khác",
    "sender_code": "X99",
    "code": "99/CV",
    "subject": "Trích yếu đã bị sửa",
    "type_name": "Quyết định",
    "issued_on": "2020-01-01",
    "letter": "{}",
    "verdict": "{}",
    "received_at": "2020-01-01T00:00:00Z",
    "document_id": "X01,2026/01/01,1/A",
    "urgency": 3,
    "signer": "Người khác",
    "due_on": "2030-01-01",
    "pages": 7,
    "channel": "paper",
}


def test_f_of_6_received_content_cannot_be_corrected_by_anybody(world: World) -> None:
    """F-OF-6, OF-6: raw SQL and the ORM are refused on every field of the sender; own fields still move."""
    issue(world, draft(world, receivers=[world.b]))
    deliver()
    row = IncomingDocument.objects.get(agency_id=world.b.id)
    for column, value in RECEIVED.items():
        assert refused(f"UPDATE office_incomingdocument SET {column} = %s WHERE id = %s", value, row.pk) == "LT409"
    row.subject = "Trích yếu đã bị sửa"
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()
    row.refresh_from_db()
    incoming.register(by=world.b.seats["clerk"].actor(), target=row)
    assert row.arrival_number == 1
    assert refused("UPDATE office_incomingdocument SET arrival_number = 9 WHERE id = %s", row.pk) == "LT409"
    assert refused("DELETE FROM office_incomingdocument WHERE id = %s", row.pk) == "LT409"


def test_f_of_6_received_files_are_neither_changed_nor_added_nor_removed(world: World) -> None:
    """F-OF-6, OF-6, CORE-55."""
    document = paper(world.a)
    file = document.files.get()
    other = scan(world.a, name="Bản khác.pdf")
    assert refused("UPDATE office_incomingfile SET file_id = %s WHERE id = %s", other.pk, file.pk) == "LT409"
    assert refused("UPDATE office_incomingfile SET name = 'khac.pdf' WHERE id = %s", file.pk) == "LT409"
    assert refused("DELETE FROM office_incomingfile WHERE id = %s", file.pk) == "LT409"
    incoming.register(by=world.a.seats["clerk"].actor(), target=document)
    with pytest.raises(DatabaseError), transaction.atomic():
        IncomingFile.objects.create(document=document, name="Thêm.pdf", file=other)
    assert [row.file_id for row in IncomingFile.objects.filter(document=document)] == [file.file_id]


def test_of_6_screen_and_api_offer_no_way_to_edit_what_came(world: World) -> None:
    """OF-6: no method but reading and acts; an act's body cannot carry the sender's fields."""
    document = paper(world.a)
    client = browser(world.a.seats["clerk"])
    for method in (client.put, client.patch, client.delete):
        for url in (f"/api/v1/office/incoming/{document.pk}", f"/van-ban-den/{document.pk}/"):
            answer = method(url, "{}", content_type="application/json")
            assert answer.status_code in {200, 405}  # pages answer every method by showing the record
    asked = {
        "subject": "Sửa",
        "code": "1/A",
        "sender_name": "Khác",
        "verdict": {},
        "accept_reason": "",
        "state": "done",
    }
    assert post_json(client, f"/incoming/{document.pk}/acts/register", asked).status_code == 200
    kept = IncomingDocument.objects.get(pk=document.pk)
    assert (kept.subject, kept.code, kept.sender_name) == (document.subject, document.code, document.sender_name)
    assert kept.state == "registered"


WRITTEN = {
    "content": '{"version": 1, "blocks": []}',
    "subject": "Nội dung khác",
    "legal_basis": '["Luật khác"]',
    "type_code": "quyet_dinh",
    "urgency": 2,
    "notation_unit": "ZZ",
    "due_on": "2030-01-01",
}


def test_f_of_3_what_was_submitted_or_signed_is_not_edited_by_another_way(world: World) -> None:
    """F-OF-3, OF-18, OF-20: from submission on, raw SQL, ORM, screen and API are refused; frozen versions stay."""
    seats = world.a.seats
    document = to_sign(world)
    outgoing.approve(by=seats["head"].actor(), target=document)
    for step in ("approved", "signed", "filed"):
        for column, value in WRITTEN.items():
            sql = f"UPDATE office_outgoingdocument SET {column} = %s WHERE id = %s"
            assert refused(sql, value, document.pk) == "LT409", (step, column)
        if step == "approved":
            outgoing.sign(by=seats["head"].actor(), target=document)
        elif step == "signed":
            for column, value in (("signer_name", "Người khác"), ("approved_sha256", "0" * 64), ("signed_at", None)):
                sql = f"UPDATE office_outgoingdocument SET {column} = %s WHERE id = %s"
                assert refused(sql, value, document.pk) == "LT409"
            outgoing.issue(by=seats["clerk"].actor(), target=document)
    for column, value in (("number", 9), ("code", "09/X"), ("issued_on", "2020-01-01"), ("issued_at", None)):
        assert refused(f"UPDATE office_outgoingdocument SET {column} = %s WHERE id = %s", value, document.pk) == "LT409"
    for table, rows in (("draft", Draft), ("outgoingfile", OutgoingFile)):
        pk = rows.objects.filter(document=document).first().pk
        other = scan(world.a)
        assert refused(f"UPDATE office_{table} SET file_id = %s WHERE id = %s", other.pk, pk) == "LT409"
        assert refused(f"DELETE FROM office_{table} WHERE id = %s", pk) == "LT409"
    client = browser(seats["specialist"])
    assert client.get(f"/van-ban-di/{document.pk}/sua/").status_code == 409
    assert client.post(f"/van-ban-di/{document.pk}/sua/", {"subject": "Khác"}).status_code == 409
    body = {
        "type_code": "cong_van",
        "subject": "Khác",
        "text": "Khác",
        "signer_position_id": str(seats["head"].position.pk),
        "issuing_body_id": str(world.a.body.pk),
    }
    answer = client.put(f"/api/v1/office/outgoing/{document.pk}", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")


def test_core_49_register_lines_stay(world: World) -> None:
    """CORE-49, F-OF-9: a line is never removed or renumbered; only its state and note move."""
    document = paper(world.a)
    incoming.register(by=world.a.seats["clerk"].actor(), target=document)
    line = RegisterLine.objects.get(document=document.pk)
    assert refused("DELETE FROM office_registerline WHERE id = %s", line.pk) == "LT409"
    assert refused("UPDATE office_registerline SET number = 7 WHERE id = %s", line.pk) == "LT409"


def test_f_of_4_the_agency_does_not_sign_before_or_without_the_leader(world: World) -> None:
    """F-OF-4, CORE-66, OF-20: by the table of states, and by the file itself when the table is deceived."""
    clerk = world.a.seats["clerk"].actor()
    with pytest.raises(Conflict):
        outgoing.seal(by=clerk, target=to_sign(world))
    document = signed(world)
    frozen = Draft.objects.get(document=document).file
    outgoing.number(by=clerk, target=document)
    outgoing.register(by=clerk, target=document)
    OutgoingFile.objects.filter(document=document, current=True).update(current=False)
    OutgoingFile.objects.create(
        document=document, role="main", revision=9, name="chua-ky.pdf", file=frozen, created_at=document.created_at
    )
    with pytest.raises(Conflict) as error:
        outgoing.seal(by=clerk, target=document)
    assert error.value.code == "seal_refused"
    document.refresh_from_db()
    assert document.state == "registered"
