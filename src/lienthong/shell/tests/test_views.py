"""The small pages of the shell, through the client."""

import pytest
from django.test import Client

from lienthong.core.identity.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user(username="nguoi.thu", full_name="Nguyễn Thị Thử")


def test_core_93_the_theme_is_chosen_without_scripts(client: Client) -> None:
    response = client.post("/giao-dien/", {"theme": "dark", "next": "/tim/?q=a"})
    assert response.status_code == 302
    assert response["Location"] == "/tim/?q=a"
    assert response.cookies["lt_theme"].value == "dark"


def test_core_95_the_theme_never_sends_one_to_another_host(client: Client) -> None:
    response = client.post("/giao-dien/", {"theme": "<b>", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert response.cookies["lt_theme"].value == "auto"


def test_core_82_staying_needs_a_session(client: Client, person: User) -> None:
    assert client.head("/giu-phien/").status_code == 401
    client.force_login(person)
    assert client.head("/giu-phien/").status_code == 204


def test_core_92_an_unknown_address_says_what_why_and_what_next(client: Client) -> None:
    response = client.get("/khong-co/")
    html = response.content.decode()
    assert response.status_code == 404
    assert "Không tìm thấy trang" in html
    assert "Vì sao" in html
    assert "Nên làm gì" in html


def test_core_93_the_frame_without_a_position_still_works(client: Client, person: User) -> None:
    client.force_login(person)
    html = client.get("/").content.decode()
    assert 'id="lt-rail"' in html
    assert 'data-live="/live/?' in html
    assert "Bạn chưa giữ vị trí nào" in html


def test_core_95_the_content_policy_allows_no_inline_script_or_style(client: Client) -> None:
    policy = client.get("/dang-nhap/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_core_95_no_form_sends_one_to_another_host(client: Client, person: User, target: str) -> None:
    client.force_login(person)
    assert client.post("/thong-bao/da-doc/", {"next": target})["Location"] == "/thong-bao/"


def test_a_notice_that_is_no_identifier_is_not_found(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.post("/thong-bao/da-doc/", {"id": "x"}).status_code == 404
