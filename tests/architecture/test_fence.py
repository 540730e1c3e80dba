"""The second fence: what the database shows when the conditions of our own queries are gone (CORE-59, 83, 108)."""

import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction
from django.db.models import QuerySet
from psycopg import sql

from lienthong.config import embedded, fences
from lienthong.core import fence
from lienthong.core.access import Policy
from lienthong.core.access.actors import actor_for
from lienthong.core.fence.inherited import InheritedAgency
from lienthong.core.fence.searching import through_view
from lienthong.core.jobs.models import PeriodicJob
from lienthong.core.registry import registry
from lienthong.shell import middleware
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, Register
from tests.architecture.routes import ROUTES
from tests.architecture.test_policies import PUBLIC
from tests.architecture.test_urls import BODY_FIRST, SAMPLE, Theatre, theatre, things_of, visit

__all__ = ["theatre"]
FULL = bool(os.environ.get("LIENTHONG_FULL"))
FENCED = fences.fenced()
OPERATOR = "exchange:queue:operate"
# What names a row of an agency; the ids of messages travel with them to other agencies, so they name nothing.
NAMING = (IncomingDocument, OutgoingDocument, Line, Register)


def one(query: str, *arguments: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(arguments))
        return list(cursor.fetchall())


# --- which tables ---------------------------------------------------------------------------------------------------
def test_core_108_every_table_of_a_system_is_fenced_or_says_that_it_is_the_nodes() -> None:
    """A new table without an agency is refused where it is made, not found out later."""
    ours = [
        model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith(fences.SYSTEMS)
    ]
    of_node = {model.__name__ for model in ours if getattr(model, "of_node", False)}
    assert of_node == {"Peer", "PeerKey", "PeerUnit", "Held"}, "the node's own tables hold no paper of an agency"
    assert {model for model in ours if model.__name__ not in of_node} == set(FENCED)


def test_core_108_a_table_that_is_neither_stops_the_upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """`lienthong migrate` ends before the app's role may read it."""
    monkeypatch.setattr(PeriodicJob, "__module__", "lienthong.systems.archive.models")
    with pytest.raises(fences.Unfenced, match="PeriodicJob"):
        fences.fenced()


@pytest.mark.django_db
@pytest.mark.pgserver
def test_core_108_row_level_security_is_forced_on_every_table() -> None:
    """Enabled, forced for the owner too, one rule for all roles and one that lets the owner migrate."""
    for model in FENCED:
        table = model._meta.db_table
        flags = one("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", table)
        assert flags == [(True, True)], table
        rules = one("SELECT policyname, roles::text, cmd, permissive FROM pg_policies WHERE tablename = %s", table)
        assert sorted(rules) == [
            (fences.POLICY, "{public}", "ALL", "PERMISSIVE"),
            (fences.OWNER_POLICY, f"{{{embedded.OWNER}}}", "ALL", "PERMISSIVE"),
        ], table
        checks = one("SELECT qual = with_check FROM pg_policies WHERE tablename = %s", table)
        assert checks == [(True,), (True,)], table
    assert one("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


# --- raw statements -------------------------------------------------------------------------------------------------
def count(model: type[models.Model]) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(model._meta.db_table))
    return int(one(query.as_string(None))[0][0])


def test_core_108_raw_sql_without_an_agency_sees_no_row(theatre: Theatre, act: None) -> None:
    """No setting, no rows; of one agency its own; a setting that names nobody gives nothing."""
    told = set()
    for model in FENCED:
        everything = count(model)
        with fence.nobody():
            assert count(model) == 0, model
        mine = []
        for agency in (theatre.stage.world.a, theatre.stage.world.b, theatre.stage.world.c):
            with fence.agency(agency.id):
                mine.append(count(model))
        with fence.agency(uuid4()):
            assert count(model) == 0, model
        assert sum(mine) <= everything, model
        # A table that the stage leaves empty proves nothing, one with rows shows them to its agency alone.
        if everything:
            assert min(mine) < everything, model
            assert sum(mine) > 0, model
            told.add(model)
    assert len(told) >= 14


def test_core_108_the_views_of_searches_hold_the_same_rule(theatre: Theatre, act: None) -> None:
    """CORE-43: a search reads its table through a view; the fence stands there as well."""
    assert fences.searched()
    for model in fences.searched():
        for scope in (fence.nobody(), fence.agency(theatre.stage.world.b.id), fence.node("tests")):
            with scope:
                seen = set(model._default_manager.values_list("pk", flat=True))
                assert set(through_view(model._default_manager.all()).values_list("pk", flat=True)) == seen


def test_core_108_a_search_finds_its_rows_by_the_index_of_its_texts(theatre: Theatre, act: None) -> None:
    """CORE-43: row-level security alone would leave the trigram index idle."""
    with fence.agency(theatre.stage.world.b.id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        rows = IncomingDocument.objects.filter(search_key__contains="ke hoach cong tac")
        assert "incoming_search" not in rows.explain()
        assert "incoming_search" in through_view(rows).explain()


def test_core_108_nothing_is_written_past_the_fence(theatre: Theatre, act: None) -> None:
    """Neither a change nor a removal meets a row of another agency, nor may one be put there."""
    a, b = theatre.stage.world.a, theatre.stage.world.b
    for model in FENCED:
        table = sql.Identifier(model._meta.db_table)
        change = sql.SQL("UPDATE {} SET agency_id = agency_id WHERE agency_id = %s").format(table).as_string(None)
        with fence.agency(a.id), connection.cursor() as cursor:
            if not getattr(model, "append_only", False):
                cursor.execute(change, [b.id])
                assert cursor.rowcount == 0, model
    with fence.agency(a.id), pytest.raises(DatabaseError) as refused, transaction.atomic():
        Register.objects.create(agency_id=b.id, kind="internal", name="Sổ ở nơi khác")
    assert refused.value.__cause__.sqlstate == "42501"  # type: ignore[union-attr]
    foreign = OutgoingDocument.objects.filter(agency_id=b.id).values_list("pk", flat=True).first()
    foreign = foreign or IncomingDocument.objects.filter(agency_id=b.id).values_list("pk", flat=True)[0]
    with fence.agency(a.id):
        assert not OutgoingDocument.objects.filter(pk=foreign).exists()
        assert not IncomingDocument.objects.filter(pk=foreign).exists()


def test_core_108_a_child_row_takes_the_agency_of_its_parent(theatre: Theatre, act: None) -> None:
    """Whatever the statement says, and in whatever scope."""
    found = [
        (model, each)
        for model in FENCED
        for each in getattr(model._meta, "triggers", ())
        if isinstance(each, InheritedAgency)
    ]
    assert len(found) >= 5
    for model, trigger in found:
        rows = model._default_manager.exclude(**{f"{trigger.parent}__agency_id": models.F("agency_id")})
        assert rows.count() == 0, model


@pytest.mark.parametrize("setting", ["node", "*", "true"])
def test_core_108_a_broken_setting_is_an_error(theatre: Theatre, act: None, setting: str) -> None:
    """It fails closed."""
    one("SELECT set_config('lienthong.fence', %s, true)", setting)
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        one("SELECT count(*) FROM office_incomingdocument")
    assert refused.value.__cause__.sqlstate == "22P02"  # type: ignore[union-attr]


# --- the matrix without the first fence ------------------------------------------------------------------------------
@pytest.fixture
def no_first_fence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own conditions are gone: every policy lists and sees every row, no query names an agency any more."""
    for policy in {type(registry.policies[model]) for model in registry.policies if model in set(FENCED)}:
        monkeypatch.setattr(policy, "scope", lambda _self, _actor, rows: rows)
        monkeypatch.setattr(policy, "sees", lambda _self, _actor, _obj: True)
    real: Callable[..., Any] = QuerySet.filter

    def careless(self: Any, *conditions: Any, **more: Any) -> Any:
        if self.model in set(FENCED):
            more = {name: value for name, value in more.items() if name not in {"agency", "agency_id"}}
        return real(self, *conditions, **more)

    monkeypatch.setattr(QuerySet, "filter", careless)


def of_agency(thing: Any) -> Any:
    """Whose row a thing is; None for what belongs to nobody, and for what everybody may read."""
    if thing is not None and type(thing.obj).__name__ in PUBLIC:
        return None
    return getattr(thing.obj, "agency_id", None) if thing is not None else None


def names_of(agency_id: Any) -> set[str]:
    """How the rows of other agencies would show in a page."""
    found: set[str] = set()
    with fence.node("tests"):
        for model in NAMING:
            rows = model._base_manager.exclude(agency_id=agency_id)
            found |= {str(ident) for ident in rows.values_list("pk", flat=True)}
    return found


def leaks(theatre: Theatre, name: str) -> list[str]:
    """The visits that showed or did something of another agency."""
    route = ROUTES[name]
    found = []
    for role, client in theatre.clients.items():
        if not FULL and role not in SAMPLE:
            continue
        with fence.node("tests"):
            actor = actor_for(theatre.people[role])
        if actor.may(OPERATOR):
            continue  # sees the queue of all agencies, and nothing else: tests/architecture/test_urls.py
        foreign = names_of(actor.agency_id)
        for thing in things_of(theatre, route):
            response = visit(client, name, route, thing)
            asked = {str(value) for value in thing.arguments.values()} if thing is not None else set()
            whose = of_agency(thing)
            # The framework judges the shape of what was sent before it calls us.
            shapeless = name in BODY_FIRST or b'"malformed"' in response.body
            refusals = {403, 404} | ({400, 422} if shapeless else set())
            if thing is not None and whose not in {None, actor.agency_id} and response.status_code not in refusals:
                found.append(f"{role} × {name} × {thing.obj}: {response.status_code}")
            text = response.body.decode(errors="replace")
            shown = sorted(ident for ident in foreign - asked if ident in text)
            if response.status_code == 200 and shown:
                found.append(f"{role} × {name} × {thing.obj if thing else '-'}: shows {shown[:3]}")
    return found


@pytest.mark.parametrize("name", sorted(set(ROUTES) - {"shell:sign-out"}))
def test_core_108_no_url_shows_a_row_of_another_agency(
    theatre: Theatre, act: None, no_first_fence: None, name: str
) -> None:
    """CORE-59, CORE-83: role × URL × object with the ORM filters removed."""
    assert leaks(theatre, name) == []


def test_core_108_without_the_second_fence_the_same_matrix_leaks(
    theatre: Theatre, act: None, no_first_fence: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix can fail: the same visits, with requests that work across agencies."""
    monkeypatch.setattr(middleware.fence, "agency", lambda _agency_id: fence.node("tests"))
    found = [
        leak
        for name in ("office:incoming", "office:incoming_list", "api:get_incoming")
        for leak in leaks(theatre, name)
    ]
    assert any("office:incoming ×" in leak for leak in found), found
    assert any("shows" in leak for leak in found), found


def test_core_83_policies_are_all_patched_by_the_fixture(no_first_fence: None) -> None:
    """No policy of a fenced table escapes the removal of the filters."""
    for model in FENCED:
        policy: Policy[Any] | None = registry.policies.get(model)
        if policy is not None:
            assert policy.sees(None, None) is True  # type: ignore[arg-type]
