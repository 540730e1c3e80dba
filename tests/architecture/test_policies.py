"""What a policy sees one by one is what it gives as a list: `sees` ≡ `scope` (ARCHITECTURE §3.3; CORE-83)."""

import os
import random
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import Model

from lienthong.contracts.actor import Actor
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.systems.office.actions import history
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument
from tests.architecture import scenes
from tests.architecture.scenes import Stage, clients, golive, law_changes, operations, people, sign_in, units
from tests.thread.conftest import World

ACTORS = 3000 if os.environ.get("LIENTHONG_FULL") else 500
SEED = 20260701
# Read by everybody signed in: the law, the trust list, the directory of units.
PUBLIC = {"Parameter", "TrustAnchor", "Unit", "CodeScheme"}
MODELS = sorted(registry.policies, key=lambda model: model.__name__)
SCENES = (
    golive.series_go_on_from_paper_books,
    golive.old_books_and_open_work_are_brought_along,
    golive.an_agency_goes_live,
    scenes.the_thread,
    scenes.a_draft_is_changed_returned_and_unapproved,
    scenes.a_number_is_spoilt,
    scenes.a_paper_goes_round,
    scenes.packets_are_held,
    scenes.a_connection_lives,
    scenes.trust_and_certificates_change,
    scenes.clocks_follow_the_calendar,
    law_changes.the_law_is_changed_by_two,
    units.a_scheme_is_published,
    units.units_are_merged,
    units.units_are_imported,
    people.authority_to_sign_is_given,
    people.a_colleague_stands_in,
    clients.a_client_comes_and_goes,
    people.a_role_is_composed,
    sign_in.a_person_signs_in_and_out,
    sign_in.support_comes_and_goes,
    operations.the_node_and_an_agency_announce,
)


@pytest.fixture(scope="module")
def stage(module_db: None) -> Stage:
    """Objects of every kind in varied states, of three agencies."""
    built = scenes.build_stage()
    for play in SCENES:
        play(built)
    rng = random.Random(SEED)
    for agency in (built.world.a, built.world.b, built.world.c):
        _documents(agency, rng)
    _lines(built.world, rng)
    return built


def _documents(agency: Any, rng: random.Random) -> None:
    """Documents of random drafters, signers and units."""
    posts = [seat.position for seat in agency.seats.values()]
    people = [seat.user for seat in agency.seats.values()]
    today = date(clock.local_date().year - 1, 3, 2)
    history.import_history(
        by=agency.seats["clerk"].actor(),
        outgoing=[
            history.OldOutgoing(
                code=f"{n}/CV",
                number=n,
                issued_on=today,
                type_code="cong_van",
                subject=f"V/v việc {n}",
                signer_name="Người ký",
                issuing_body_id=agency.body.pk,
                unit_id=rng.choice(agency.divisions).pk,
                drafter_id=rng.choice(people).pk,
                drafter_position_id=rng.choice(posts).pk,
                signer_position_id=rng.choice(posts).pk,
            )
            for n in range(1, 20)
        ],
        incoming=[
            history.OldIncoming(
                code=f"{n}/CV",
                arrival_number=n,
                arrival_on=today,
                issued_on=today,
                type_name="Công văn",
                subject=f"V/v việc {n}",
                sender_name="Cơ quan khác",
            )
            for n in range(1, 20)
        ],
    )
    # Drafts too: history documents are all beyond the drafting unit.
    for n in range(8):
        OutgoingDocument(
            agency=agency.unit,
            state="draft",
            created_at=clock.now(),
            state_since=clock.now(),
            unit=rng.choice(agency.divisions),
            drafter=rng.choice(people),
            drafter_position=rng.choice(posts),
            signer_position=rng.choice(posts),
            issuing_body=agency.body,
            type_code="cong_van",
            subject=f"Dự thảo {n}",
            content={},
        ).save()


def _lines(world: World, rng: random.Random) -> None:
    """Lines of work for random units and posts, open and closed."""
    for document in IncomingDocument.objects.filter(state="history"):
        agency = next(each for each in (world.a, world.b, world.c) if each.id == document.agency_id)
        posts = [seat.position for seat in agency.seats.values()]
        for _ in range(rng.randint(0, 2)):
            Line.objects.create(
                document=document,
                agency_id=agency.id,
                role=rng.choice([Line.Role.CO, Line.Role.INFO]),
                state=rng.choice(Line.State.values),
                unit=rng.choice(agency.divisions),
                position=rng.choice([None, *posts]),
                given_by=posts[0],
                given_by_person=agency.seats["head"].user,
                given_at=clock.now(),
            )


def actors(world: World) -> Iterator[Actor]:
    """Random people: any post in any unit of any agency, or of none, with any rights; and the true holders of seats."""
    agencies = (world.a, world.b, world.c)
    for agency in agencies:
        for seat in agency.seats.values():
            yield seat.actor()
    rng = random.Random(SEED + 1)
    verbs = sorted(registry.verbs)
    reading = [verb for verb in verbs if verb.rpartition(":")[2].startswith(("read", "operate"))]
    for _ in range(ACTORS):
        agency = rng.choice(agencies)
        seat = rng.choice(list(agency.seats.values()))
        held = set(rng.sample(verbs, rng.randint(0, len(verbs) // 4)))
        held |= set(rng.sample(reading, rng.randint(0, len(reading))))
        yield Actor(
            user_id=rng.choice([seat.user.pk, uuid4()]),
            name="Người bất kỳ",
            position_id=rng.choice([seat.position.pk, uuid4(), None]),
            unit_id=rng.choice([unit.pk for unit in agency.divisions] + [None]),
            agency_id=rng.choice([agency.id, agency.id, agency.id, rng.choice(agencies).id, uuid4(), None]),
            verbs=frozenset(held),
        )


def rows_of(model: type[Model]) -> list[Any]:
    rows = model._default_manager.all()
    return list(rows.prefetch_related("lines") if model is IncomingDocument else rows)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_sees_is_scope(stage: Stage, act: None, model: type[Model]) -> None:
    """CORE-83, CORE-108: for random actors and objects, one by one and as a list, the answer is the same."""
    policy: Any = registry.policies[model]
    rows = rows_of(model)
    assert rows, f"no {model.__name__} on stage: let a scene make one"
    answers: set[bool] = set()
    for actor in actors(stage.world):
        listed = set(policy.scope(actor, model._default_manager.all()).values_list("pk", flat=True))
        seen = {row.pk for row in rows if policy.sees(actor, row)}
        assert seen == listed, f"{actor} sees {len(seen)}, lists {len(listed)}"
        answers |= {row.pk in seen for row in rows}
    if model.__name__ not in PUBLIC:
        assert answers == {True, False}, "the data must try both answers"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_is_not_seen_is_not_done(stage: Stage, act: None, model: type[Model]) -> None:
    """CORE-83: a person may do to an object only what the verb and the sight of it allow."""
    policy: Any = registry.policies[model]
    verbs = [verb for verb, judge in registry.policy_of_verb.items() if judge is policy]
    rows = rows_of(model)[:15]
    allowed = 0
    for actor in actors(stage.world):
        for verb in verbs:
            for row in rows:
                if policy.allows(actor, verb, row):
                    allowed += 1
                    assert actor.may(verb), (verb, actor)
                    # The sight is judged before the right by the engine; policies of the core rely on that.
                    assert policy.sees(actor, row) or not hasattr(policy, "rules"), (verb, actor)
    # The law is changed by nobody alone: its rows follow from an approved proposal (CORE-32).
    assert bool(allowed) is (model.__name__ != "Parameter")


def test_every_verb_that_a_policy_judges_is_declared() -> None:
    """No dead rule: the journal and the refusals need the words of each verb."""
    assert set(registry.policy_of_verb) - set(registry.verbs) == set()


def test_agencies_are_apart(stage: Stage, act: None) -> None:
    """CORE-108: with every right there is, nobody sees a row of another agency (the node's operator sees queues)."""
    every = frozenset(registry.verbs) - {"exchange:queue:operate"}
    agency: UUID = stage.world.a.id
    actor = Actor(
        user_id=uuid4(), name="Mọi quyền", position_id=uuid4(), unit_id=uuid4(), agency_id=agency, verbs=every
    )
    for model in MODELS:
        if "agency_id" not in {field.attname for field in model._meta.concrete_fields} or model.__name__ in PUBLIC:
            continue
        policy: Any = registry.policies[model]
        listed = set(policy.scope(actor, model._default_manager.all()).values_list("agency_id", flat=True))
        assert listed <= {agency}, model.__name__
