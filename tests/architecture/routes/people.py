"""The pages of people, positions, rights and authority to sign, and their API."""

from typing import Any
from uuid import uuid4

from lienthong.contracts.actor import Actor
from lienthong.core.access.models import Grant, Role
from lienthong.core.identity import actions as accounts
from lienthong.core.orgs.actions import people_absence
from lienthong.core.orgs.models import BodySigner, SigningDelegation
from lienthong.core.registry import registry
from lienthong.kit import clock
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import REASON, Stage, people

READ = "orgs:people:read"
SOME = str(uuid4())
FAR = "2099-01-01"


def _post(verb: str, things: str = "", **data: Any) -> Route:
    judged = verb if things and verb.count(":account:") + verb.count(":delegation:") + verb.count(":absence:") else ""
    return page(verb, method="post", things=things, verb_on=judged, data=data, json=True)


def _put(verb: str, things: str, **data: Any) -> Route:
    return page(verb, method="put", things=things, data=data, json=True)


ROUTES: dict[str, Route] = {
    "admin:people": page(READ),
    "admin:person_new": page("identity:account:create"),
    "admin:people_import": page("access:people:import"),
    "admin:review": page("identity:account:review"),
    "admin:person": page(READ, things="person"),
    "admin:person_edit": page("identity:account:edit", things="person", verb_on="identity:account:edit"),
    "admin:number_record": page(
        "identity:personal_number:record", things="person", verb_on="identity:personal_number:record"
    ),
    "admin:number_read": page(
        "identity:personal_number:read",
        method="post",
        things="person",
        verb_on="identity:personal_number:read",
        data={"reason": REASON},
    ),
    "admin:account_act": page(
        READ,
        method="post",
        things="person",
        verb_on="identity:account:lock",
        extra={"act": "lock"},
        data={"reason": REASON},
    ),
    "admin:positions": page(READ),
    "admin:position_new": page("orgs:position:create"),
    "admin:position": page(READ, things="position"),
    "admin:position_edit": page("orgs:position:edit", things="position"),
    "admin:position_retire": page("orgs:position:retire", method="post", things="position", data={"reason": REASON}),
    "admin:appoint": page("orgs:holding:appoint", things="position"),
    "admin:grant": page("access:grant:give", things="position"),
    "admin:holding_end": page("orgs:holding:end", things="holding"),
    "admin:grant_withdraw": page("access:grant:withdraw", method="post", things="grant", data={"reason": REASON}),
    "admin:roles": page(READ),
    "admin:role_new": page("access:role:compose"),
    "admin:role_edit": page("access:role:change", things="role"),
    "admin:role_retire": page("access:role:retire", method="post", things="role", data={"reason": REASON}),
    "admin:delegations": page("orgs:delegation:give"),
    "admin:delegation_new": page("orgs:delegation:give"),
    "admin:delegation": page("orgs:delegation:give", things="delegation"),
    "admin:delegation_give_on": page("orgs:delegation:give_on", things="delegation"),
    "admin:delegation_revoke": page(
        "orgs:delegation:revoke",
        method="post",
        things="delegation",
        verb_on="orgs:delegation:revoke",
        data={"reason": REASON},
    ),
    "admin:signers": page("orgs:signer:name"),
    "admin:signer_new": page("orgs:signer:name"),
    "admin:signer_withdraw": page("orgs:signer:withdraw", method="post", things="signer", data={"reason": REASON}),
    "admin:absences": page("orgs:absence:open"),
    "admin:absence_new": page("orgs:absence:open"),
    "admin:absence_close": page(
        "orgs:absence:close", method="post", things="absence", verb_on="orgs:absence:close", data={"reason": REASON}
    ),
    # by API
    "api:list_people": page(READ),
    "api:create_person": _post("identity:account:create", full_name="Đỗ Thị Đào"),
    "api:review_people": page("identity:account:review"),
    "api:import_people": page("access:people:import", method="post"),
    "api:get_person": page(READ, things="person"),
    "api:edit_person": _put("identity:account:edit", "person", full_name="Đỗ Thị Đào"),
    "api:act_person": page(
        READ,
        method="post",
        things="person",
        verb_on="identity:account:lock",
        extra={"act": "lock"},
        data={"reason": REASON},
        json=True,
    ),
    "api:put_personal_number": _put(
        "identity:personal_number:record", "person", number=people.NUMBER, purpose="Cấp chứng thư", kept_until=FAR
    ),
    "api:read_personal_number": _post("identity:personal_number:read", "person", reason=REASON),
    "api:list_positions": page(READ),
    "api:create_position": _post(
        "orgs:position:create", unit_id=SOME, title="Chuyên viên", rank="specialist", valid_from="2025-01-01"
    ),
    "api:get_position": page(READ, things="position"),
    "api:edit_position": _put("orgs:position:edit", "position", title="Chuyên viên", reason=REASON),
    "api:retire_position": _post("orgs:position:retire", "position", reason=REASON),
    "api:appoint_holder": _post("orgs:holding:appoint", "position", person_id=SOME, instrument="QĐ 1"),
    "api:end_holding": _post("orgs:holding:end", "holding", reason=REASON),
    "api:give_role": _post("access:grant:give", "position", role_id=SOME),
    "api:withdraw_role": _post("access:grant:withdraw", "grant", reason=REASON),
    "api:list_roles": page(READ),
    "api:compose_role": _post("access:role:compose", name="Đọc", verbs=["office:incoming:read"]),
    "api:change_role": _put("access:role:change", "role", name="Đọc", verbs=["office:incoming:read"], reason=REASON),
    "api:retire_role": _post("access:role:retire", "role", reason=REASON),
    "api:list_delegations": page("orgs:delegation:give"),
    "api:give_delegation": _post("orgs:delegation:give", giver_id=SOME, taker_id=SOME, kind="TL"),
    "api:give_delegation_on": _post("orgs:delegation:give_on", "delegation", taker_id=SOME, instrument="QĐ 1"),
    "api:revoke_delegation": _post("orgs:delegation:revoke", "delegation", reason=REASON),
    "api:list_signers": page("orgs:signer:name"),
    "api:name_body_signer": _post(
        "orgs:signer:name", body_id=SOME, position_id=SOME, role="head", title="Trưởng ban", instrument="QĐ 1"
    ),
    "api:withdraw_body_signer": _post("orgs:signer:withdraw", "signer", reason=REASON),
    "api:list_absences": page("orgs:absence:open"),
    "api:open_absence": _post(
        "orgs:absence:open", holding_id=SOME, delegate_id=SOME, until=f"{FAR}T00:00:00Z", note="Đi học"
    ),
    "api:close_absence": _post("orgs:absence:close", "absence"),
}


def _persons(stage: Stage) -> list[Thing]:
    made = []
    for agency in (stage.world.a, stage.world.b):
        who = people.person(agency)
        facts = accounts.NumberInput(number=people.NUMBER, purpose="Chứng thư số", kept_until=clock.local_date())
        accounts.record_number(by=people.keeper(agency), target=who, facts=facts)
        made.append(Thing(who, {"ident": who.pk}))
    return made


def _positions(stage: Stage) -> list[Thing]:
    return [
        Thing(agency.seats["specialist"].position, {"ident": agency.seats["specialist"].position.pk})
        for agency in (stage.world.a, stage.world.b)
    ]


def _holdings(stage: Stage) -> list[Thing]:
    made = []
    for agency in (stage.world.a, stage.world.b):
        held = agency.seats["specialist"].holding
        made.append(Thing(held, {"ident": held.pk}))
    return made


def _grants(stage: Stage) -> list[Thing]:
    made = []
    for agency in (stage.world.a, stage.world.b):
        grant = Grant.objects.get(position=agency.seats["specialist"].position)
        made.append(Thing(grant, {"ident": grant.pk}))
    return made


def _roles(stage: Stage) -> list[Thing]:
    row = Role.objects.create(
        code="rieng", name="Vai trò riêng", verbs=["office:incoming:read"], agency=stage.world.a.unit
    )
    return [Thing(row, {"ident": row.pk})]


def _delegations(stage: Stage) -> list[Thing]:
    rows = SigningDelegation.objects.filter(giver__unit__in=[stage.world.a.unit, stage.world.b.unit])
    return [Thing(row, {"ident": row.pk}) for row in rows]


def _signers(stage: Stage) -> list[Thing]:
    agency = stage.world.a
    row = BodySigner.objects.create(
        body=agency.body,
        position=agency.seats["head"].position,
        role="head",
        title="Bộ trưởng",
        instrument="QĐ 2",
        held=agency.seats["head"].holding.held,
    )
    return [Thing(row, {"ident": row.pk})]


def _absences(stage: Stage) -> list[Thing]:
    seats = stage.world.a.seats
    row = people_absence.open_absence(
        by=seats["specialist_2"].actor(),
        holding_id=seats["specialist_2"].holding.pk,
        delegate_id=seats["unit_head_2"].user.pk,
        until=clock.now().replace(year=clock.now().year + 1),
        note="Đi học",
    )
    return [Thing(row, {"ident": row.pk})]


THINGS = {
    "person": _persons,
    "position": _positions,
    "holding": _holdings,
    "grant": _grants,
    "role": _roles,
    "delegation": _delegations,
    "signer": _signers,
    "absence": _absences,
}


def _sees(actor: Actor, obj: Any) -> bool:
    return bool(registry.policies[type(obj)].sees(actor, obj))


SEES = dict.fromkeys(THINGS, _sees)
