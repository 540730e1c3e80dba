"""Books on screen and on paper: the word about the book before, spoilt numbers, history apart (CORE-49, OF-39)."""

import io
from datetime import date

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pdfminer.high_level import extract_text

from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.systems.office import numbers
from lienthong.systems.office.actions import outgoing
from lienthong.systems.office.models import Register
from tests.architecture.scenes import REASON, signed
from tests.golive.conftest import balance, bring, csv_of, load, series_of
from tests.golive.test_history import OUT, out_row
from tests.thread.conftest import World
from tests.thread.scenario import draft, issue

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def client_of(agency: Agency) -> Client:
    client = Client()
    client.force_login(agency.seats["clerk"].user, backend=BACKEND)
    return client


def outgoing_book(agency: Agency) -> str:
    register = Register.objects.get(agency_id=agency.id, kind="outgoing", default=True)
    return reverse("office:book", args=[register.pk])


def test_core_105_core_49_the_book_says_from_which_number_and_prints_what_was_spoilt(world: World) -> None:
    """ "Từ số 1234 tiếp sổ trước", no row before; a hủy stays, struck, with its reason; screen, CSV and PDF agree."""
    balance(world.a, series_of(world.a, "cong_van"))
    spoilt = signed(world)
    clerk = world.a.seats["clerk"].actor()
    outgoing.number(by=clerk, target=spoilt)
    outgoing.cancel_number(by=clerk, target=spoilt, reason=REASON)
    issue(world, draft(world, receivers=[world.b]))
    client, book = client_of(world.a), outgoing_book(world.a)
    page = client.get(book).content.decode()
    assert "từ số 1234 tiếp sổ trước" in page
    assert page.count("is-struck") == 1
    assert f"Hủy: {REASON}" in page
    csv = client.get(book, {"xuat": "csv"})
    lines = csv.getvalue().decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    drawn = [line.split("/")[0] for line in lines if line[:4].isdigit()]
    assert drawn == ["1234", "1235"]
    pdf = client.get(book, {"xuat": "pdf"})
    assert pdf["Content-Type"] == "application/pdf"
    text = " ".join(extract_text(io.BytesIO(pdf.content)).split())
    assert "tiếp sổ trước" in text
    assert "trong đó 1 số hủy hoặc thu hồi" in text
    part = client.get(book, {"xuat": "pdf", "tu": "1235", "den": "1235"})
    assert "Cộng: 1 số" in " ".join(extract_text(io.BytesIO(part.content)).split())


def test_core_106_history_is_printed_apart(world: World) -> None:
    """The old book has its own page and print; the living one shows none of it."""
    load(world.a, bring(world.a, "outgoing", csv_of(OUT, [out_row()])))
    client, book = client_of(world.a), outgoing_book(world.a)
    assert "15/QĐ-BTN1" not in client.get(book, {"nam": "2024"}).content.decode()
    old = client.get(book, {"nam": "2024", "lich-su": "1"}).content.decode()
    assert "15/QĐ-BTN1" in old
    assert "Lịch sử, nguồn Sổ giấy" in old
    assert client.get(book, {"nam": "2024", "lich-su": "1", "xuat": "pdf"}).content[:5] == b"%PDF-"


def test_core_47_the_book_of_a_new_year_begins_empty(world: World) -> None:
    """Roll-over: on 01/01 the book of the year is empty and the first number is 01; the old year stays to be read."""
    balance(world.a, series_of(world.a, "cong_van"))
    issue(world, draft(world, receivers=[world.b]))
    client, book = client_of(world.a), outgoing_book(world.a)
    year = clock.local_date().year
    page = client.get(book, {"nam": str(year + 1)}).content.decode()
    assert "Đầu năm, số bắt đầu lại từ 01" in page
    with clock.pinned(clock.at_local(date(year + 1, 1, 4))), transaction.atomic():
        assert numbers.draw(series_of(world.a, "cong_van"), world.a.id).number == 1
