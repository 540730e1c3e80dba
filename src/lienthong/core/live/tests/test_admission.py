"""Who is let in to which topics; progress of one's own work."""

import json
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.test import Client

from lienthong.core import jobs, live
from lienthong.core.live.models import LiveEvent
from lienthong.core.live.stream import HAND_OVER

pytestmark = pytest.mark.django_db


@live.topic("unit.paper")
def rule(request: HttpRequest, ident: str) -> set[str] | None:
    return {"clerk", "reader"} if ident == "seen" else None


@pytest.fixture
def person() -> AbstractBaseUser:
    return get_user_model().objects.create_user("lan", "Nguyễn Thị Lan")


@pytest.fixture
def client(person: AbstractBaseUser) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_topics_outside_the_scope_are_as_if_they_were_not(client: Client) -> None:
    answer = client.get("/live/?topics=unit.paper:seen,unit.paper:hidden&topics=nobody.knows:1&since=1.2.3")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    ticket = json.loads(answer[HAND_OVER])
    assert ticket["topics"] == {"unit.paper:seen": ["clerk", "reader"]}
    assert ticket["since"] == "1.2.3"
    assert client.get("/live/?topics=unit.paper:hidden").status_code == 404
    assert client.get("/live/").status_code == 404
    assert client.post("/live/?topics=unit.paper:seen").status_code == 405


def test_the_browsers_last_event_overrules_the_pages_place(client: Client) -> None:
    answer = client.get("/live/?topics=unit.paper:seen&since=1.2.3", headers={"Last-Event-ID": "4.5.6"})
    assert json.loads(answer[HAND_OVER])["since"] == "4.5.6"


def test_a_page_listens_to_fifty_topics_at_most(client: Client) -> None:
    many = ",".join(f"unit.paper:{number}" for number in range(51))
    assert client.get(f"/live/?topics={many}").status_code == 400


def test_a_person_hears_their_own_notices_only(client: Client, person: AbstractBaseUser) -> None:
    answer = client.get(f"/live/?topics=user:{person.pk},user:{uuid.uuid4()}")
    ticket = json.loads(answer[HAND_OVER])
    assert list(ticket["topics"]) == [f"user:{person.pk}"]
    assert f"user:{person.pk}" in ticket["subjects"]
    assert Client().get(f"/live/?topics=user:{person.pk}").status_code in {302, 401, 404}


@jobs.job("unit.live_work")
def work() -> None:
    pass


def test_progress_is_told_to_whoever_asked_for_the_work(client: Client, person: AbstractBaseUser) -> None:
    from lienthong.contracts.actor import Actor

    mine = jobs.enqueue("unit.live_work", by=Actor(user_id=person.pk, name="Lan"))
    foreign = jobs.enqueue("unit.live_work", by=Actor(user_id=uuid.uuid4(), name="Mai"))
    ticket = json.loads(client.get(f"/live/?topics=job:{mine},job:{foreign},job:x")[HAND_OVER])
    assert list(ticket["topics"]) == [f"job:{mine}"]
    jobs.run_pending()
    event = LiveEvent.objects.get(topic=f"job:{mine}")
    assert (event.name, json.loads(event.body)["state"]) == ("job", "done")


def test_two_rules_cannot_share_a_prefix() -> None:
    with pytest.raises(ValueError, match=r"unit\.paper"):
        live.topic("unit.paper")(lambda request, ident: None)
