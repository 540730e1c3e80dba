"""Scenes of machine clients: made, a second key, the first revoked, ended."""

from lienthong.core.access.models import Role
from lienthong.core.clients import actions
from lienthong.demo.agencies import Agency
from tests.architecture.scenes import REASON, Stage, scene


def made(agency: Agency, code: str = "he-thong-mot") -> actions.Fresh:
    """A client of the agency by its administrator."""
    role = Role.objects.get(code="office-clerk")
    facts = actions.ClientInput(code=code, name="Hệ thống thử", contact="Văn phòng", role_id=role.pk)
    return actions.create(by=agency.seats["admin"].actor(), facts=facts)


@scene
def a_client_comes_and_goes(stage: Stage) -> None:
    """Keys change hands without a gap, then the client ends."""
    agency = stage.world.a
    by = agency.seats["admin"].actor()
    first = made(agency)
    actions.add_key(by=by, target=first.client)
    actions.revoke_key(by=by, target=first.client, key_id=first.key.pk, reason=REASON)
    actions.end(by=by, target=first.client, reason=REASON)
