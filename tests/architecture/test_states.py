"""The state tables and the database say the same (ARCHITECTURE §3.1; CORE-89, F-OF-3)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections, models, transaction
from psycopg import sql

from lienthong.contracts.actor import Actor, system_actor
from lienthong.core.actions.errors import Forbidden, IllegalMove, NotSeen
from lienthong.core.amendments.models import Amendment
from lienthong.core.audit.models import JournalEntry
from lienthong.core.golive import actions as acts_of_opening
from lienthong.core.golive.models import Opening
from lienthong.core.registry import registry
from lienthong.core.workflow import Machine
from lienthong.demo.agencies import Agency, Seat, build
from lienthong.demo.names import Names
from lienthong.systems.exchange.actions import peers
from lienthong.systems.exchange.models import Delivery, Peer, Received
from lienthong.systems.exchange.tests import world as axis
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import (
    IncomingDocument,
    Line,
    OpeningBalance,
    OutgoingDocument,
    RegisterLine,
    Series,
)
from tests.architecture import scenes
from tests.architecture.scenes import golive, law_changes
from tests.architecture.watcher import written
from tests.thread.conftest import World
from tests.thread.scenario import deliver, draft, issue

ILLEGAL = "LT409"
MACHINES: dict[type[models.Model], Machine] = registry.machines  # type: ignore[assignment]
EACH = pytest.mark.parametrize("model", MACHINES, ids=lambda model: model.__name__)


@dataclass
class Rows:
    """A newborn row for each machine, and people who may do things to it."""

    newborn: dict[type[models.Model], models.Model] = field(default_factory=dict)
    actors: list[Actor] = field(default_factory=list)


@pytest.fixture(scope="module")
def rows(module_db: None) -> Rows:
    world = scenes.build_stage().world
    issue(world, draft(world, receivers=[world.b]))
    queued = Delivery.objects.get(state="queued")
    deliver()
    by = axis.operator("Người đăng ký")
    facts = peers.PeerInput(code="nut-b", name="Nút B", kind=Peer.Kind.NODE, endpoint="https://b.example.vn")
    every = frozenset(registry.verbs)
    preparing = build(golive.PREPARING, Names(14))
    found = Rows(
        {
            OutgoingDocument: draft(world, receivers=[world.b]),
            IncomingDocument: _with_lines(world.b, scenes.paper(world.b)),
            Received: Received.objects.filter(state="arrived").latest("received_at"),
            Delivery: _queued_again(queued),
            Peer: peers.register(by=by, facts=facts),
            OpeningBalance: _balance(world.b),
            Opening: _opening(preparing),
            Amendment: _amendment(world.b),
        }
    )
    # The clerk above may confirm for a unit below.
    golive.put_below(world.b, world.a)
    for agency in (world.a, world.b, preparing):
        found.actors += [_all_verbs(seat, every) for seat in agency.seats.values()]
    found.actors.append(system_actor("exchange"))
    return found


def _balance(agency: Agency) -> OpeningBalance:
    """Written down by somebody who is none of the actors, its second person known to the database."""
    series = Series.objects.get(agency_id=agency.id, type_code="", register__kind="outgoing")
    row = golive.propose(agency, series, 3)
    # What the guard of two persons asks of a confirmed row; bare UPDATEs move the state alone.
    OpeningBalance.objects.filter(pk=row.pk).update(confirmed_by=uuid4(), confirmed_at=row.proposed_at)
    return row


def _opening(agency: Agency) -> Opening:
    golive.prepare(agency)
    row = acts_of_opening.propose(by=agency.seats["admin"].actor())
    Opening.objects.filter(pk=row.pk).update(confirmed_by=uuid4(), opened_at=row.proposed_at)
    return row


def _amendment(agency: Agency) -> Amendment:
    row = law_changes.propose(agency)
    Amendment.objects.filter(pk=row.pk).update(decided_by=uuid4())
    return row


def _with_lines(agency: Agency, row: IncomingDocument) -> IncomingDocument:
    """Somebody holds each right on the document, whatever its state."""
    seats = agency.seats
    IncomingDocument.objects.filter(pk=row.pk).update(submitted_to=seats["head"].position)
    for role, holder in (("lead", "specialist"), ("co", "specialist_2"), ("info", "checker")):
        Line.objects.create(
            document=row,
            agency_id=agency.id,
            role=role,
            unit_id=seats[holder].position.unit_id,
            position=seats[holder].position,
            given_by=seats["head"].position,
            given_by_person=seats["head"].user,
            given_at=row.received_at,
        )
    return row


def _queued_again(row: Delivery) -> Delivery:
    """A newborn delivery beside the one that was delivered."""
    row.refresh_from_db()
    return Delivery.objects.create(
        agency_id=row.agency_id,
        message_id=row.message_id,
        order=99,
        addressed_code=f"{row.addressed_code}.9",
        addressed_name=row.addressed_name,
        addressed_unit_id=row.addressed_unit_id,
        unit_id=row.unit_id,
        peer_id=row.peer_id,
        priority=0,
        state="queued",
        state_since=row.queued_at,
        queued_at=row.queued_at,
        next_attempt_at=row.queued_at,
    )


def _all_verbs(seat: Seat, verbs: frozenset[str]) -> Actor:
    true = seat.actor()
    return Actor(
        user_id=true.user_id,
        name=true.name,
        position_id=true.position_id,
        unit_id=true.unit_id,
        agency_id=true.agency_id,
        verbs=verbs,
    )


class _Cut(Exception):
    """Undoes a trial."""


@contextmanager
def trial() -> Iterator[None]:
    """A savepoint that leaves nothing."""
    try:
        with transaction.atomic():
            yield
            raise _Cut
    except _Cut:
        pass


def set_state(row: models.Model, state: str) -> str:
    """A bare UPDATE as the app's role; gives the SQLSTATE of its refusal, empty when accepted."""
    statement = sql.SQL("UPDATE {} SET state = %s WHERE id = %s").format(sql.Identifier(row._meta.db_table))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [state, row.pk])
            assert cursor.rowcount == 1
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", ""))
    return ""


def way_to(machine: Machine, start: str, goal: str) -> list[str] | None:
    """The states on a shortest legal way, without the first; None when there is none."""
    ways: dict[str, list[str]] = {start: []}
    waiting = [start]
    while waiting:
        here = waiting.pop(0)
        for source, to in sorted(machine.pairs()):
            if source == here and to not in ways:
                ways[to] = [*ways[here], to]
                waiting.append(to)
    return ways.get(goal)


def bring(row: models.Model, machine: Machine, goal: str) -> bool:
    """Lead a newborn row to a state by bare UPDATEs along legal pairs."""
    way = way_to(machine, row.state, goal)  # type: ignore[attr-defined]
    if way is None:
        return False
    assert [set_state(row, state) for state in way] == [""] * len(way)
    return True


@EACH
def test_a_machine_is_whole(model: type[models.Model]) -> None:
    """Every state is a birth or reachable, what is not final has a way on, labels are words of people."""
    machine = MACHINES[model]
    reachable = {to for _, to in machine.pairs()} | set(machine.initial())
    assert {state.code for state in machine.states} == reachable
    leaving = {source for source, _ in machine.pairs()}
    for state in machine.states:
        assert state.label[0].isupper(), state.code
        assert state.final or state.code in leaving or not machine.pairs(), f"{state.code}: no way on and not final"
    field_choices = dict(model._meta.get_field("state").choices or [])  # type: ignore[union-attr]
    if field_choices:
        assert field_choices == dict(machine.choices)


@EACH
def test_the_database_accepts_exactly_the_legal_moves(rows: Rows, act: None, model: type[models.Model]) -> None:
    """CORE-89: for all pairs, a bare UPDATE passes if the table allows it and is LT409 if not."""
    machine, row = MACHINES[model], rows.newborn[model]
    wrong, tried = [], 0
    for source in machine.by_code:
        with trial():
            if not bring(row, machine, source):
                continue
            for to in machine.by_code:
                legal = to == source or (source, to) in machine.pairs()
                with trial():
                    answer = set_state(row, to)
                tried += 1
                if answer != ("" if legal else ILLEGAL):
                    wrong.append(f"{source}>{to}: {answer or 'accepted'}")
    assert wrong == []
    assert tried > len(machine.pairs())


@EACH
def test_a_row_is_born_in_an_initial_state_alone(rows: Rows, act: None, model: type[models.Model]) -> None:
    """CORE-89: a bare INSERT in any later state is LT409."""
    machine, row = MACHINES[model], rows.newborn[model]
    columns = [f.column for f in model._meta.concrete_fields if f.column not in {"id", "state"}]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("INSERT INTO {table} (id, state, {names}) SELECT %s, %s, {names} FROM {table} WHERE id = %s")
    refused = {}
    for state in machine.by_code:
        with trial():
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        statement.format(table=sql.Identifier(model._meta.db_table), names=names),
                        [uuid4(), state, row.pk],
                    )
                refused[state] = ""
            except DatabaseError as error:
                refused[state] = getattr(error.__cause__, "sqlstate", "")
    born = {state for state, answer in refused.items() if answer != ILLEGAL}
    assert born == set(machine.initial())


@EACH
def test_an_illegal_move_is_a_conflict_and_changes_nothing(rows: Rows, act: None, model: type[models.Model]) -> None:
    """CORE-89: for all states and verbs the action answers 409 (403 to who may not), and not a row is touched."""
    machine, row = MACHINES[model], rows.newborn[model]
    verbs = sorted({transition.verb for transition in machine.transitions})
    conflicts = set()
    for state in machine.by_code:
        with trial():
            if not bring(row, machine, state):
                continue
            fresh = model._default_manager.get(pk=row.pk)
            for verb in verbs:
                if machine.move(verb, state) is not None:
                    continue
                by = _who_may(rows.actors, verb, fresh)
                before, entries = written(), JournalEntry.objects.count()
                with pytest.raises((IllegalMove, Forbidden, NotSeen)) as refused, transaction.atomic():
                    registry.actions[verb](by=by or rows.actors[0], target=fresh, reason=scenes.REASON)
                assert written() == before, (state, verb)
                assert JournalEntry.objects.count() == entries
                if by is not None:
                    assert refused.type is IllegalMove, (state, verb)
                    assert refused.value.status == 409
                    conflicts.add(verb)
    never = {verb for verb in verbs if all(machine.move(verb, state) for state in machine.by_code)}
    # "Trả lại" belongs to who holds the step: outside the four steps nobody does.
    assert set(verbs) - conflicts - never <= {"office:outgoing:return"}


def _who_may(actors: list[Actor], verb: str, obj: models.Model) -> Actor | None:
    policy = registry.policy(verb)
    if type(obj) is Peer:
        return axis.operator()
    return next((actor for actor in actors if policy.allows(actor, verb, obj)), None)


def in_parallel(*acts: Callable[[], Any]) -> list[str]:
    """Run acts at one instant, each in a thread with its own connection; the names of what they raised, or ""."""
    gate = threading.Barrier(len(acts))
    answers = [""] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(10)
            act()
        except Exception as error:
            answers[number] = type(error).__name__
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.mark.django_db(transaction=True)
def test_a_stale_object_cannot_take_one_step_twice() -> None:
    """CORE-89, F-OF-3: two clerks register one document, two heads review one draft, at once; one line, one number."""
    world: World = scenes.build_stage().world
    document = scenes.paper(world.b)
    clerk = world.b.seats["clerk"].actor()
    twins = [IncomingDocument.objects.get(pk=document.pk) for _ in range(4)]
    answers = in_parallel(*(lambda twin=twin: incoming.register(by=clerk, target=twin) for twin in twins))
    assert sorted(answers) == ["", *["IllegalMove"] * 3]
    assert JournalEntry.objects.filter(verb="office:incoming:register").count() == 1
    assert RegisterLine.objects.filter(document=document.pk).count() == 1
    paper = draft(world, receivers=[world.b])
    outgoing.submit(by=world.a.seats["specialist"].actor(), target=paper)
    head = world.a.seats["unit_head"].actor()
    copies = [OutgoingDocument.objects.get(pk=paper.pk) for _ in range(2)]
    one, other = copies
    answers = in_parallel(
        lambda: outgoing.review(by=head, target=one),
        lambda: outgoing.return_(by=head, target=other, reason=scenes.REASON),
    )
    assert sorted(answers) in (["", "IllegalMove"], ["", "Forbidden"])
    assert JournalEntry.objects.filter(verb__in=["office:outgoing:review", "office:outgoing:return"]).count() == 1
