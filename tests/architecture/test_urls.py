"""Every URL × role × object: sign-in for strangers, 404 outside the scope, 403 without the right (CORE-59, 83, 108)."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lienthong.contracts.actor import Actor
from lienthong.core.access.actors import actor_for
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import Invalid
from lienthong.core.files import resumable
from lienthong.core.files.reading import may_read
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Position
from lienthong.core.registry import registry
from lienthong.demo.agencies import ALWAYS, SINCE, START, Agency
from lienthong.kit import clock
from lienthong.systems.exchange.models import Delivery, Message, Received
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, Register
from tests.architecture import scenes
from tests.architecture.routes import ROUTES, SEES, THINGS
from tests.architecture.routes.route import Route, Thing
from tests.architecture.scenes import Stage
from tests.thread.scenario import deliver, draft, issue

FULL = bool(os.environ.get("LIENTHONG_FULL"))
BACKEND = settings.AUTHENTICATION_BACKENDS[0]
OFFICE_SEATS = ("head", "clerk", "checker", "unit_head", "specialist", "admin")
SAMPLE = {"a.specialist", "a.clerk", "b.clerk", "b.head", "operator", "a.reader", "a.admin"}

# Answers that say "you may": the page, a redirect after work, or a refusal of the input itself.
MAY = {200, 201, 204, 302, 400, 405, 409, 422}


# The framework reads the body before our code judges the right: an unreadable body is told first.
BODY_FIRST = {
    "api:create_outgoing",
    "api:enter_incoming",
    "api:edit_outgoing",
    "api:upload",
    "api:import_people",
    "api:begin_import",
    "api:publish_announcement",
}


def named(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """All names of routes with their namespaces."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from named(entry, inner)
        else:
            assert isinstance(entry, URLPattern)
            yield f"{space}{entry.name}"


@dataclass
class Theatre:
    """Agencies, objects, and a signed-in client for each role."""

    stage: Stage
    people: dict[str, Holding] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    things: dict[str, list[Thing]] = field(default_factory=dict)

    def actor(self, role: str) -> Actor:
        return actor_for(self.people[role])


def _person(agency: Agency, role: str, verbs_of: str) -> Holding:
    user = User(username=f"thu.{role}", full_name="Người thử nghiệm")
    user.set_unusable_password()
    user.save()
    position = Position.objects.create(
        unit=agency.divisions[0], title="Người thử nghiệm", rank=Position.Rank.SPECIALIST, valid=ALWAYS_DAYS
    )
    Grant.objects.create(position=position, role=Role.objects.get(code=verbs_of), held=ALWAYS)
    return Holding.objects.create(position=position, person=user, held=DateTimeTZRange(START, None))


ALWAYS_DAYS = DateRange(SINCE, None)


@pytest.fixture(scope="module")
def theatre(module_db: None) -> Theatre:
    stage = scenes.build_stage()
    world = stage.world
    sent = issue(world, draft(world, receivers=[world.b, world.c]))
    unsent = draft(world, receivers=[world.b])
    deliver()
    arrived = IncomingDocument.objects.get(agency_id=world.b.id)
    scenes.finish(world.b, scenes.direct(world.b, arrived))
    elsewhere = scenes.paper(world.c)
    result = Theatre(stage)
    for letter, agency in (("a", world.a), ("b", world.b)):
        for role in OFFICE_SEATS:
            result.people[f"{letter}.{role}"] = agency.seats[role].holding
        result.people[f"{letter}.reader"] = _person(agency, f"{letter}.reader", "exchange-reader")
    result.people["operator"] = _person(world.c, "operator", "exchange-operator")
    for role, holding in result.people.items():
        result.clients[role] = Client(headers={"accept": "text/html"}, raise_request_exception=False)
        result.clients[role].force_login(holding.person, backend=BACKEND)
    result.things = {kind: provide(stage) for kind, provide in THINGS.items()} | _things(
        result.actor("b.clerk"), sent, unsent, arrived, elsewhere
    )
    return result


def _things(
    uploader: Actor,
    sent: OutgoingDocument,
    unsent: OutgoingDocument,
    arrived: IncomingDocument,
    elsewhere: IncomingDocument,
) -> dict[str, list[Thing]]:
    def by_ident(rows: list[Any]) -> list[Thing]:
        return [Thing(row, {"ident": row.pk}) for row in rows]

    def files(row: Any) -> list[Thing]:
        return [Thing(row, {"ident": row.pk, "file_id": each.file_id}) for each in row.files.all()[:1]]

    upload = resumable.begin(uploader, "Tệp.pdf", 10)
    messages = list(Message.objects.filter(kind="document"))
    received = list(Received.objects.filter(agency_id=arrived.agency_id))
    mine = list(Delivery.objects.filter(message__in=messages)[:1])
    return {
        "outgoing": by_ident([sent, unsent]),
        "incoming": by_ident([arrived, elsewhere]),
        "outgoing_file": files(sent),
        "incoming_file": [*files(arrived), *files(elsewhere)],
        "register": [Thing(row, {"register_id": row.pk}) for row in Register.objects.all()],
        "message": by_ident(messages),
        "received": by_ident(received),
        "delivery": by_ident(mine),
        "timeline": by_ident([*mine, *received]),
        "seat": [Thing(None, {})],
        "file": [Thing(row.files.first().file, {"file_id": row.files.first().file_id}) for row in (sent, arrived)],
        "link": [Thing(None, {"token": "khong-co"})],
        "upload": [Thing(upload, {"upload_id": upload.pk})],
    }


def sees(actor: Actor, kind: str, obj: Any) -> bool:
    """Whether the actor sees an object, by its policy (proven equal to the scope elsewhere)."""
    if kind in SEES:
        return SEES[kind](actor, obj)
    if kind in {"seat", "link"}:
        return False
    if kind == "file":
        return may_read(actor, obj)
    if kind == "upload":
        return bool(obj.user_id == actor.user_id)
    if kind == "register":
        return bool(obj.agency_id == actor.agency_id)
    if kind == "timeline" and isinstance(obj, Delivery) and obj.agency_id != actor.agency_id:
        # The operator watches the queue, not what became of a document.
        return False
    return registry.policies[type(obj)].sees(actor, obj)


def expected(route: Route, name: str, actor: Actor, thing: Thing | None) -> set[int]:
    """The statuses that the visit may have."""
    if route.public is not None:
        return route.public
    if name in BODY_FIRST and not (route.verb and actor.may(route.verb)):
        return {403, 422, 400}
    if route.verb and not actor.may(route.verb):
        return {403}
    if thing is None:
        return MAY
    if not sees(actor, route.things, thing.obj):
        return {404, 422} if name in BODY_FIRST else {404}
    if route.verb_on and not registry.policy(route.verb_on).allows(actor, route.verb_on, thing.obj):
        return {403} | ({422} if name in BODY_FIRST else set())
    return MAY


class _Cut(Exception):
    """Undoes a visit."""


def visit(client: Client, name: str, route: Route, thing: Thing | None) -> Any:
    """Open the URL, leaving no trace."""
    url = reverse(name, kwargs={**(thing.arguments if thing else {}), **route.extra})
    call: Callable[..., Any] = getattr(client, route.method)
    more: dict[str, Any] = {"content_type": "application/json"} if route.json else {}
    found = None
    try:
        with transaction.atomic():
            found = call(url, route.data, headers=route.headers, **more)
            # Read to its end, a stream closes its file.
            found.body = found.getvalue()
            raise _Cut
    except _Cut:
        pass
    return found


def things_of(theatre: Theatre, route: Route) -> list[Thing | None]:
    if not route.things:
        return [None]
    found: list[Thing | None] = [*theatre.things[route.things]]
    assert found, f"no {route.things} on stage"
    return found


def test_every_url_has_its_expectation() -> None:
    """No route without a guard that somebody thought of: a new URL needs a line in tests/architecture/routes."""
    present = set(named(get_resolver()))
    assert present - set(ROUTES) == set(), "add these to tests/architecture/routes"
    assert set(ROUTES) - present == set(), "these are gone"


@pytest.mark.parametrize("name", ROUTES)
def test_anonymous_visitors_are_sent_to_sign_in(theatre: Theatre, act: None, name: str) -> None:
    """CORE-83: pages redirect to the sign-in, the API answers 401; only what is meant to be public opens."""
    route = ROUTES[name]
    for thing in things_of(theatre, route):
        response = visit(Client(raise_request_exception=False), name, route, thing)
        if route.public is not None:
            assert response.status_code in route.public
        elif name.startswith("api:"):
            assert response.status_code == 401
            assert response.headers["Content-Type"].startswith("application/problem+json")
        else:
            assert response.status_code == 302
            assert response.headers["Location"].startswith(reverse("shell:sign-in"))


@pytest.mark.parametrize("name", ROUTES)
def test_roles_meet_404_and_403_where_they_should(theatre: Theatre, act: None, name: str) -> None:
    """CORE-59, CORE-83, CORE-108: what is not seen is not there, what is not one's right is refused, nothing breaks."""
    route = ROUTES[name]
    if name == "shell:sign-out":
        return
    wrong = []
    for role, client in theatre.clients.items():
        if not FULL and role not in SAMPLE:
            continue
        actor = theatre.actor(role)
        for thing in things_of(theatre, route):
            status = visit(client, name, route, thing).status_code
            if status not in expected(route, name, actor, thing):
                wrong.append(f"{role} × {thing.obj if thing else '-'}: {status}")
    assert wrong == []


def test_ids_that_nobody_gave_are_not_found(theatre: Theatre, act: None) -> None:
    """CORE-83: a made-up id answers as one of another agency does."""
    for name, route in ROUTES.items():
        if route.public is not None or not route.things or route.things in {"seat", "link"} or name in BODY_FIRST:
            continue
        for role in ("a.clerk", "b.clerk", "a.reader"):
            actor = theatre.actor(role)
            if route.verb and not actor.may(route.verb):
                continue
            first = theatre.things[route.things][0]
            nowhere = Thing(None, {key: uuid4() for key in first.arguments})
            assert visit(theatre.clients[role], name, route, nowhere).status_code == 404, (name, role)


def test_a_file_opens_through_its_own_document_alone(theatre: Theatre, act: None) -> None:
    """CORE-59: the id of a file of another agency opens nothing under one's own document."""
    own = next(thing for thing in theatre.things["incoming_file"] if thing.obj.agency_id == theatre.stage.world.b.id)
    foreign = theatre.things["outgoing_file"][0]
    mixed = Thing(own.obj, {"ident": own.obj.pk, "file_id": foreign.arguments["file_id"]})
    client = theatre.clients["b.clerk"]
    route = ROUTES["office:incoming_file"]
    assert visit(client, "office:incoming_file", route, own).status_code == 200
    assert visit(client, "office:incoming_file", route, mixed).status_code == 404


def test_a_paper_names_no_file_that_one_may_not_read(theatre: Theatre, act: None) -> None:
    """CORE-59: a clerk who knows the id of another agency's file cannot open it by attaching it."""
    clerk = theatre.actor("b.clerk")
    foreign = theatre.things["outgoing_file"][0].arguments["file_id"]
    facts = scenes.incoming.PaperInput(
        channel="paper",
        sender_name="Cơ quan ngoài hệ thống",
        code="9/CV",
        issued_on=clock.local_date(),
        type_name="Công văn",
        subject="V/v mượn tệp",
        file_ids=(foreign,),
        file_names=("Tệp.pdf",),
    )
    with pytest.raises(Invalid) as refused:
        scenes.incoming.enter(by=clerk, facts=facts)
    assert set(refused.value.fields) == {"files"}
