"""The pages and the API of people and positions, as an administrator uses them."""

import io
import json
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lienthong.core.access import people_import
from lienthong.core.access.models import Grant, Role
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity.models import PersonalNumber, User
from lienthong.core.orgs.models import Absence, BodySigner, Holding, Position, SigningDelegation, UnitVersion
from lienthong.core.orgs.people_queries import PAGE
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
REASON = "Lý do thử nghiệm đủ dài"
NUMBER = "079301000000"


@pytest.fixture
def house() -> Agency:
    plan = Plan(
        name="Bộ Thử nghiệm Một",
        short="Bộ TN1",
        abbreviation="BTN1",
        code="X01",
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    )
    return build(plan, Names(3))


def client_of(agency: Agency, seat: str = "admin") -> Client:
    client = Client()
    client.force_login(agency.seats[seat].user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def client(house: Agency) -> Client:
    return client_of(house)


def text_of(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_a_person_is_added_seated_and_leaves(client: Client, house: Agency) -> None:
    """CORE-10, CORE-12, F-CORE-4: by the screens alone, from the account to the end of the holding."""
    made = client.post(reverse("admin:person_new"), {"full_name": "Đỗ Thị Đào"})
    who = User.objects.get(username="daodt")
    assert made.headers["Location"] == reverse("admin:person", args=[who.pk])
    again = client.post(reverse("admin:person_new"), {"full_name": "Đỗ Thị Đào"})
    assert again.status_code == 422
    assert "Đây là người khác" in again.content.decode()
    unit = house.divisions[1]
    facts = {
        "unit": unit.pk,
        "title": "Chuyên viên cao cấp",
        "rank": "specialist",
        "valid_from": "01/01/2025",
        "order": 50,
    }
    client.post(reverse("admin:position_new"), facts)
    position = Position.objects.get(unit=unit, title="Chuyên viên cao cấp")
    role = Role.objects.get(code="office-specialist")
    assert client.post(reverse("admin:grant", args=[position.pk]), {"role": role.pk}).status_code == 302
    seated = client.post(
        reverse("admin:appoint", args=[position.pk]), {"person": who.pk, "mode": "full", "instrument": "QĐ 1/QĐ-BTN"}
    )
    assert seated.status_code == 302
    held = Holding.objects.get(person=who)
    page = text_of(client.get(reverse("admin:position", args=[position.pk])))
    assert "Đỗ Thị Đào" in page
    assert "Soạn văn bản" in page  # its rights in words
    asked = text_of(client.get(reverse("admin:position", args=[position.pk]), {"luc": "01/01/2025 08:00"}))
    assert "không ai giữ vị trí này" in asked
    ended = client.post(reverse("admin:holding_end", args=[held.pk]), {"reason": REASON})
    assert ended.status_code == 302
    held.refresh_from_db()
    assert held.held.upper is not None
    assert "Đã thôi giữ" in text_of(client.get(reverse("admin:person", args=[who.pk])))


def test_the_list_is_searched_filtered_paged_and_exported(client: Client, house: Agency) -> None:
    """F-CORE-4, F-CORE-5, CORE-94: blind to accents, filters in the URL, every page by its mark, the file equals the
    list.
    """
    people = []
    for number in range(2 * PAGE + 5):
        user = User(username=f"u{number}", full_name=f"Trần Hoà {chr(65 + number % 26)}", agency_id=house.id)
        user.set_unusable_password()
        user.save()
        people.append(user)
    seen: list[str] = []
    url = "?q=tran+hòa"
    while url:
        response = client.get(reverse("admin:people") + url)
        seen += [str(row.pk) for row, _, _ in response.context["rows"]]
        url = response.context["following"]
    assert sorted(seen) == sorted(str(user.pk) for user in people)
    file = client.get(reverse("admin:people"), {"q": "tran hoa", "xuat": "csv"}).content.decode("utf-8-sig")
    assert file.count("Trần Hoà") == len(people)
    free = client.get(reverse("admin:people"), {"khong-vi-tri": "1"})
    assert free.context["total"] == len(people)
    office = client.get(reverse("admin:people"), {"don-vi": str(house.divisions[0].pk)})
    assert {row.pk for row, _, _ in office.context["rows"]} == {
        house.seats[seat].user.pk for seat in ("clerk", "checker", "admin", "admin_2")
    }
    assert "Không có ai khớp bộ lọc" in text_of(client.get(reverse("admin:people"), {"q": "không có ai"}))


def test_positions_are_listed_with_those_that_are_empty(client: Client, house: Agency) -> None:
    """CORE-10: every living position, whoever holds it."""
    listed = client.get(reverse("admin:positions")).context["rows"]
    assert len(listed) == Position.objects.count()
    people = house.seats["specialist"]
    Holding.objects.filter(pk=people.holding.pk).update(held=(people.holding.held.lower, clock.now()))
    empty = client.get(reverse("admin:positions"), {"trong": "1"}).context["rows"]
    assert [row.pk for row, _, _ in empty] == [people.position.pk]
    found = client.get(reverse("admin:positions"), {"q": "bo truong"}).context["rows"]
    assert [row.title for row, _, _ in found] == ["Bộ trưởng"]


def test_lists_ask_few_questions(client: Client, house: Agency, django_assert_max_num_queries: Any) -> None:
    """CORE-94: no query a row."""
    for name in (
        "admin:people",
        "admin:positions",
        "admin:roles",
        "admin:delegations",
        "admin:absences",
        "admin:review",
    ):
        client.get(reverse(name))
        with django_assert_max_num_queries(22):
            assert client.get(reverse(name)).status_code == 200


def test_a_personal_number_is_masked_and_shown_once(client: Client, house: Agency) -> None:
    """CORE-45, CORE-97, V-ID-4, V-ID-5: a mismatch is told at its field; reading needs a reason and is logged."""
    who = house.seats["specialist"].user
    facts = {
        "number": NUMBER,
        "sex": "nam",
        "birth_year": 2001,
        "purpose": "Xin cấp chứng thư số",
        "kept_until": f"{clock.local_date():%d/%m/%Y}",
    }
    url = reverse("admin:number_record", args=[who.pk])
    refused = client.post(url, facts)
    assert refused.status_code == 422
    assert "giới tính nữ, nhưng khai là nam" in refused.content.decode()
    assert client.post(url, facts | {"sex": "nữ"}).status_code == 302
    person = reverse("admin:person", args=[who.pk])
    for page in (person, reverse("admin:people"), reverse("admin:people") + "?xuat=csv"):
        assert NUMBER not in client.get(page).content.decode()
    read = reverse("admin:number_read", args=[who.pk])
    assert client.post(read, {"reason": "..."}).status_code == 302
    shown = client.post(read, {"reason": REASON})
    assert NUMBER in text_of(shown)
    assert shown.headers["Cache-Control"] == "no-store"
    assert REASON in text_of(client.get(person))  # the reader log
    assert NUMBER not in text_of(client.get(person))


def test_authority_to_sign_by_the_screens(client: Client, house: Agency) -> None:
    """CORE-11, F-CORE-23: what the law refuses is told at its field; given, listed, revoked."""
    seats = house.seats
    facts = {"kind": "TL", "giver": seats["head"].position.pk, "taker": seats["unit_head_2"].position.pk}
    url = reverse("admin:delegation_new")
    refused = client.post(url, facts)
    assert refused.status_code == 422
    assert "quy chế" in refused.content.decode()
    refused = client.post(url, facts | {"kind": "TUQ", "instrument": "UQ 1"})
    assert set(refused.context["form"].errors) == {"until", "content"}
    assert client.post(url, facts | {"instrument": "Quy chế, Điều 9"}).status_code == 302
    row = SigningDelegation.objects.get(taker=seats["unit_head_2"].position)
    listed = client.get(reverse("admin:delegations")).context["rows"]
    assert {each[0].pk for each in listed} == set(SigningDelegation.objects.values_list("pk", flat=True))
    assert client.get(reverse("admin:delegation_give_on", args=[row.pk])).status_code == 200
    client.post(reverse("admin:delegation_revoke", args=[row.pk]), {"reason": REASON})
    over = client.get(reverse("admin:delegations"), {"xem": "da-het"}).context["rows"]
    assert [each[0].pk for each in over] == [row.pk]
    report = text_of(client.get(reverse("admin:signers")))
    assert "2 đơn vị không có ai ký được" in report
    assert "TL. BỘ TRƯỞNG / VỤ TRƯỞNG" in client.get(reverse("admin:signers"), {"xuat": "csv"}).content.decode()


def test_a_colleague_stands_in_by_the_switch_of_positions(house: Agency) -> None:
    """CORE-12: the holder names a colleague on the own page, the colleague takes the seat "thay …"."""
    absent, colleague = house.seats["specialist"], house.seats["unit_head"]
    client = client_of(house, "specialist")
    url = reverse("admin:absence_new")
    choices = [key for key, _ in client.get(url).context["form"].fields["holding"].choices]
    assert choices == ["", str(absent.holding.pk)]
    until = clock.local().replace(year=clock.local().year + 1)
    facts = {
        "holding": absent.holding.pk,
        "delegate": colleague.user.pk,
        "until": f"{until:%d/%m/%Y %H:%M}",
        "note": "Đi công tác",
    }
    assert client.post(url, facts).status_code == 302
    row = Absence.objects.get()
    other = client_of(house, "unit_head")
    taken = other.post(reverse("shell:act-as"), {"seat": f"thay-{row.pk}"})
    assert taken.status_code == 302
    home = text_of(other.get(reverse("shell:home")))
    assert f"thay {absent.user.full_name}" in home
    assert client.post(reverse("admin:absence_close", args=[row.pk])).status_code == 302
    assert f"thay {absent.user.full_name}: " not in text_of(other.get(reverse("shell:home")))


def test_a_table_is_checked_then_loaded(client: Client, house: Agency) -> None:
    """CORE-13: faults by row on the page; what was checked is what is loaded."""
    url = reverse("admin:people_import")
    assert client.get(url, {"mau": "xlsx"}).content[:2] == b"PK"
    heads = ";".join(people_import.COLUMNS.values())
    good = "Lê Thị Hoà;;;;Văn phòng;Kế toán;Khác;;;;;QĐ 1"

    def send(*lines: str) -> Any:
        file = io.BytesIO("\n".join([heads, *lines]).encode())
        file.name = "nguoi.csv"
        return client.post(url, {"file": file})

    wrong = send(good, "Bùi Văn Ba;;;;Phòng lạ;Kế toán;Khác;;;;;QĐ 1")
    assert wrong.status_code == 422
    assert "Cơ quan không có đơn vị “Phòng lạ”" in wrong.content.decode()
    checked = send(good)
    assert not User.objects.filter(full_name="Lê Thị Hoà").exists()
    loaded = client.post(url, {"rows": checked.context["packed"]})
    assert loaded.status_code == 302
    assert User.objects.filter(full_name="Lê Thị Hoà").exists()
    assert client.post(url, {"rows": "[[1"}).status_code == 422


def test_the_same_by_api(client: Client, house: Agency) -> None:
    """CORE-90: account, position, holding, role, authority, absence; a repeat with one key does it once."""

    def call(method: str, path: str, body: dict[str, Any] | None = None, key: str = "", wanted: int = 200) -> Any:
        response = getattr(client, method)(
            f"/api/v1/admin/{path}",
            json.dumps(body or {}) if method != "get" else body or {},
            content_type="application/json",
            headers={"Idempotency-Key": key} if key else {},
        )
        assert response.status_code == wanted, response.content
        return response.json()

    key = uuid4().hex
    who = call("post", "people", {"full_name": "Đỗ Thị Đào"}, key, 201)
    assert call("post", "people", {"full_name": "Đỗ Thị Đào"}, key, 201) == who
    assert call("post", "people", {"full_name": "Đỗ Thị Đào"}, "", 422)["code"] == "namesake"
    assert [row["username"] for row in call("get", "people?q=do+thi+dao")["items"]] == ["daodt"]
    place = {"unit_id": str(house.divisions[1].pk), "title": "Phó Vụ trưởng", "rank": "unit_deputy"}
    position = call("post", "positions", place | {"valid_from": "2025-01-01"}, uuid4().hex, 201)
    path = f"positions/{position['id']}"
    role = next(row for row in call("get", "roles") if row["code"] == "office-specialist")
    assert "office:outgoing:create" in call("post", f"{path}/grants", {"role_id": role["id"]}, "", 201)["verbs"]
    seated = call("post", f"{path}/appoint", {"person_id": who["id"], "instrument": "QĐ 1"}, uuid4().hex, 201)
    holding = seated["holders"][0]
    assert call("get", f"{path}?at=2020-01-01T00:00:00Z")["holders"] == []
    assert len(call("get", "positions")) == Position.objects.count()
    parent = call("get", "signing-delegations")[0]
    below = call(
        "post",
        f"signing-delegations/{parent['id']}/give-on",
        {"taker_id": position["id"], "instrument": "Phân công của Vụ", "document_types": ["cong_van"]},
        "",
        201,
    )
    assert call("post", f"signing-delegations/{below['id']}/revoke", {"reason": REASON})["standing"] == "Đã thu hồi"
    assert {row["alive"] for row in call("get", "signers")} == {0}
    away = {
        "holding_id": holding["id"],
        "delegate_id": str(house.seats["unit_head"].user.pk),
        "until": "2099-01-01T00:00:00Z",
        "note": "Đi học",
    }
    absence = call("post", "absences", away, uuid4().hex, 201)
    assert call("get", "absences")[0]["id"] == absence["id"]
    assert call("post", f"absences/{absence['id']}/close")["ended_at"]
    number = {"number": NUMBER, "purpose": "Chứng thư số", "kept_until": "2099-01-01", "sex": "nữ"}
    assert call("put", f"people/{who['id']}/personal-number", number)["personal_number"] == "•••••••••000"
    assert call("post", f"people/{who['id']}/personal-number/read", {"reason": REASON}) == {"number": NUMBER}
    assert call("post", f"people/{who['id']}/acts/erase_number", {"reason": REASON})["personal_number"] == ""
    assert not PersonalNumber.objects.exists()
    assert call("post", f"holdings/{holding['id']}/end", {"reason": REASON})["until"]
    assert call("post", f"{path}/retire", {"reason": REASON})["valid_to"]
    assert call("post", f"people/{who['id']}/acts/disable", {"reason": REASON})["state"] == "disabled"
    assert call("post", f"people/{who['id']}/acts/disable", {"reason": REASON}, "", 409)["code"] == "illegal_move"
    assert len(call("get", "people/review")) == User.objects.filter(agency_id=house.id).count()
    own = call("post", "roles", {"name": "Đọc", "verbs": ["office:incoming:read"]}, "", 201)
    changed = {"name": "Đọc văn bản", "verbs": ["office:incoming:read"], "reason": REASON}
    assert call("put", f"roles/{own['id']}", changed)["name"] == "Đọc văn bản"
    assert call("post", f"roles/{own['id']}/retire", {"reason": REASON})["own"]
    body = {
        "body_id": str(house.body.pk),
        "position_id": str(house.seats["head"].position.pk),
        "role": "head",
        "title": "Bộ trưởng",
        "instrument": "QĐ 2",
    }
    named = call("post", "body-signers", body, "", 201)
    call("post", f"body-signers/{named['id']}/withdraw", {"reason": REASON})
    assert not BodySigner.objects.get().held.upper_inf
    grant = Grant.objects.get(position=house.seats["checker"].position)
    assert call("post", f"grants/{grant.pk}/withdraw", {"reason": REASON})["verbs"] == []
    assert JournalEntry.objects.filter(actor=f"u:{house.seats['admin'].user.pk}").count() > 15
