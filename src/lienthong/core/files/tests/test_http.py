"""Files over HTTP: ranges, one access decision, short-lived links, uploads taken up again (CORE-57, CORE-59)."""

import asyncio
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpRequest, HttpResponseBase
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import files
from lienthong.core.audit.models import JournalEntry
from lienthong.core.files import http, reading
from lienthong.core.files.models import PendingUpload, StoredFile
from lienthong.core.identity.models import User
from lienthong.core.registry import RefKind, registry
from lienthong.kit import clock

from .conftest import Engine, pdf

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(9, 127)) * 40


def prepared(request: Any, actor: Actor, session: str = "phien-1") -> Any:
    """A request as the middleware hands it on."""
    request.user = User.objects.get(pk=actor.user_id)
    request.session = SessionStore(session)
    request.actor = actor
    return request


def get(actor: Actor, session: str = "phien-1", query: str = "", **headers: str) -> HttpRequest:
    request: HttpRequest = prepared(RequestFactory().get(f"/{query}", headers=headers), actor, session)
    return request


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close every answer, as a server does."""
    given: list[HttpResponseBase] = []
    respond = http.respond

    def keep(*args: Any, **named: Any) -> HttpResponseBase:
        given.append(respond(*args, **named))
        return given[-1]

    monkeypatch.setattr(http, "respond", keep)
    yield
    for response in given:
        response.close()


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


@pytest.fixture
def file(clerk: Actor) -> StoredFile:
    return files.store(io.BytesIO(CONTENT), "Số liệu tháng 3.txt", by=clerk, agency_id=clerk.agency_id)


def test_core_57_the_whole_file(clerk: Actor, file: StoredFile) -> None:
    response = http.download(get(clerk), file.pk)
    assert (response.status_code, body(response)) == (200, CONTENT)
    assert response["ETag"] == f'"{file.sha256}"'
    assert response["Content-Length"] == str(len(CONTENT))
    assert "filename*=UTF-8''S%E1%BB%91%20li%E1%BB%87u%20th%C3%A1ng%203.txt" in response["Content-Disposition"]
    assert response["Content-Disposition"].startswith("attachment")
    entry = JournalEntry.objects.get(verb="core:file:read")
    assert (entry.ref, entry.after) == (f"core:file:{file.pk}", {"sha256": file.sha256})


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=100-", 206, 100, len(CONTENT) - 1),
        ("bytes=-10", 206, len(CONTENT) - 10, len(CONTENT) - 1),
        ("bytes=10-999999", 206, 10, len(CONTENT) - 1),
        ("bytes=0-1,5-6", 200, 0, len(CONTENT) - 1),
        ("bytes=9-3", 200, 0, len(CONTENT) - 1),
    ],
)
def test_core_57_ranges(clerk: Actor, file: StoredFile, asked: str, status: int, first: int, last: int) -> None:
    response = http.download(get(clerk, Range=asked), file.pk)
    assert (response.status_code, body(response)) == (status, CONTENT[first : last + 1])
    if status == 206:
        assert response["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"


def test_core_57_a_range_past_the_end_and_of_another_version(clerk: Actor, file: StoredFile) -> None:
    past = http.download(get(clerk, Range=f"bytes={len(CONTENT)}-"), file.pk)
    assert (past.status_code, past["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")
    changed = http.download(get(clerk, Range="bytes=5-", **{"If-Range": '"khac"'}), file.pk)
    assert (changed.status_code, body(changed)) == (200, CONTENT)
    same = http.download(get(clerk, **{"If-None-Match": f'"{file.sha256}"'}), file.pk)
    assert same.status_code == 304


def test_core_57_an_asgi_server_gets_blocks_not_the_whole(clerk: Actor, file: StoredFile) -> None:
    request = prepared(AsyncRequestFactory().get("/"), clerk)
    response = http.download(request, file.pk)
    assert response.is_async  # type: ignore[attr-defined]

    async def read() -> bytes:
        return b"".join([part async for part in response])  # type: ignore[attr-defined]

    assert asyncio.run(read()) == CONTENT


def test_core_59_only_what_a_browser_shows_safely_is_inline(clerk: Actor, file: StoredFile) -> None:
    assert http.download(get(clerk, query="?inline=1"), file.pk)["Content-Disposition"].startswith("attachment")
    paper = files.store(pdf("<p>a</p>"), "a.pdf", by=clerk, agency_id=clerk.agency_id)
    shown = http.download(get(clerk, query="?inline=1"), paper.pk)
    assert shown["Content-Disposition"].startswith("inline")
    assert shown["X-Content-Type-Options"] == "nosniff"


# --- who may read -----------------------------------------------------------------------------------------------------


def test_core_59_f_core_21_without_right_there_is_nothing(clerk: Actor, stranger: Actor, file: StoredFile) -> None:
    """CORE-59, F-CORE-21: for a person without right the file does not exist, by id and by somebody's link."""
    for asked in (file.pk, uuid4()):
        with pytest.raises(Http404):
            http.download(get(stranger), asked)
    token = http.link_for(get(clerk), file)
    with pytest.raises(Http404):
        http.by_link(get(stranger, session="phien-2"), token)
    with pytest.raises(Http404):
        http.by_link(get(stranger), token)
    assert not JournalEntry.objects.filter(verb="core:file:read").exists()


def test_core_59_who_sees_the_object_reads_its_files(
    clerk: Actor, stranger: Actor, file: StoredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = Ref("office:thu", uuid4())
    files.link(ref, "main", file)
    allowed = {stranger.key}
    kind = RefKind("office:thu", "Thử", lambda _: "", lambda _: "", lambda actor, _: actor.key in allowed)
    monkeypatch.setitem(registry.kinds, "office:thu", kind)
    assert http.download(get(stranger), file.pk).status_code == 200
    allowed.clear()
    with pytest.raises(Http404):
        http.download(get(stranger), file.pk)


def test_core_59_a_registered_rule_opens_files(
    stranger: Actor, file: StoredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_readers", [])
    assert not files.may_read(stranger, file)
    files.readable_by(lambda actor, asked: actor == stranger and asked.pk == file.pk)
    assert files.may_read(stranger, file)


def test_core_53_others_do_not_see_an_unscanned_file(
    clerk: Actor, stranger: Actor, file: StoredFile, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_readers", [lambda *_: True])
    assert not files.may_read(stranger, file)
    assert files.may_read(clerk, file)


def test_core_59_links_live_minutes_and_in_one_session(clerk: Actor, file: StoredFile) -> None:
    """CORE-59: a link works in its session for `file.link_minutes` (5), then 410; elsewhere or altered 404."""
    token = http.link_for(get(clerk), file)
    assert body(http.by_link(get(clerk), token)) == CONTENT
    with pytest.raises(Http404):
        http.by_link(get(clerk, session="phien-khac"), token)
    with pytest.raises(Http404):
        http.by_link(get(clerk), f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}")
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=2)):
        assert http.by_link(get(clerk), token).status_code == 410


# --- upload -----------------------------------------------------------------------------------------------------------


def post(actor: Actor, path: str = "/", data: Any = None, **extra: Any) -> Any:
    return prepared(RequestFactory().post(path, data, **extra), actor)


def test_core_57_upload_answers_the_row_or_the_reason(clerk: Actor) -> None:
    good = http.upload(post(clerk, data={"file": SimpleUploadedFile("a.txt", b"noi dung")}))
    assert good.status_code == 201
    assert json.loads(good.content)["scan_label"] == "Chưa quét"
    bad = http.upload(post(clerk, data={"file": SimpleUploadedFile("a.pdf", b"noi dung")}))
    assert (bad.status_code, json.loads(bad.content)["code"]) == (422, "wrong_extension")
    assert "đuôi .pdf" in json.loads(bad.content)["message"]
    assert http.upload(post(clerk)).status_code == 422


def test_core_58_upload_of_a_marked_file_is_a_conflict_with_its_quarantine(clerk: Actor) -> None:
    marked = SimpleUploadedFile("a.pdf", pdf("<p>CƠ QUAN</p><p>TỐI MẬT</p>").getvalue())
    answer = http.upload(post(clerk, data={"file": marked}))
    told = json.loads(answer.content)
    assert (answer.status_code, told["code"]) == (409, "secret_mark")
    files.wipe_quarantined(told["quarantine"], by=clerk)
    assert not StoredFile.objects.exists()


def test_core_57_an_upload_is_taken_up_where_it_broke(clerk: Actor, stranger: Actor) -> None:
    begun = json.loads(http.begin(post(clerk, data={"name": "lớn.txt", "size": len(CONTENT)})).content)
    row = PendingUpload.objects.get(pk=begun["id"])

    def send(at: int, part: bytes, actor: Actor = clerk) -> tuple[int, dict[str, Any]]:
        answer = http.append(
            post(actor, data=part, content_type="application/octet-stream", headers={"Upload-Offset": str(at)}), row.pk
        )
        return answer.status_code, json.loads(answer.content)

    assert send(0, CONTENT[:1000])[1]["offset"] == 1000
    assert json.loads(http.state(get(clerk), row.pk).content)["offset"] == 1000
    assert send(900, CONTENT[900:])[0] == 409
    assert send(1000, CONTENT[1000:], stranger)[0] == 404
    status, told = send(1000, CONTENT[1000:])
    assert status == 201
    stored = StoredFile.objects.get(pk=told["id"])
    with files.open_file(stored) as stream:
        assert stream.read() == CONTENT
    assert not PendingUpload.objects.exists()


def test_core_59_the_mounted_views_ask_for_a_person(client: Client, clerk: Actor, file: StoredFile) -> None:
    """CORE-59: nobody signed in is sent to sign in; a person without a position finds nothing."""
    address = reverse("files:download", args=[file.pk])
    assert client.get(address).status_code == 302
    client.force_login(User.objects.get(pk=clerk.user_id))
    assert client.get(address).status_code == 404
