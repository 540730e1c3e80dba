"""Machine clients (CORE-85)."""

from lienthong.core.clients import actions
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import REASON, Stage
from tests.architecture.scenes.clients import made

SOME = "00000000-0000-0000-0000-000000000000"
WHY = {"reason": REASON}

ROUTES: dict[str, Route] = {
    "admin:clients": page(actions.READ),
    "admin:client_new": page(actions.CREATE),
    "admin:client": page(actions.READ, things="client"),
    "admin:client_add_key": page(actions.ADD_KEY, method="post", things="client"),
    "admin:client_revoke_key": page(actions.REVOKE_KEY, method="post", things="client_key", data=WHY),
    "admin:client_end": page(actions.END, method="post", things="client", data=WHY),
    "api:list_clients": page(actions.READ),
    "api:create_client": page(
        actions.CREATE,
        method="post",
        json=True,
        data={"code": "may-thu", "name": "Máy thử", "contact": "Văn phòng", "role_id": SOME},
    ),
    "api:get_client": page(actions.READ, things="client"),
    "api:add_client_key": page(actions.ADD_KEY, method="post", things="client"),
    "api:revoke_client_key": page(
        actions.REVOKE_KEY, method="post", things="client_key", json=True, data={"reason": REASON}
    ),
    "api:end_client": page(actions.END, method="post", things="client", json=True, data={"reason": REASON}),
    # Who asks for a token proves itself with it.
    "api:oauth_token": Route(method="post", public={400}),
}


def _clients(stage: Stage) -> list[Thing]:
    fresh = made(stage.world.a)
    return [Thing(fresh.client, {"ident": fresh.client.pk})]


def _keys(stage: Stage) -> list[Thing]:
    fresh = made(stage.world.a, "he-thong-hai")
    return [Thing(fresh.client, {"ident": fresh.client.pk, "key_id": fresh.key.pk})]


THINGS = {"client": _clients, "client_key": _keys}
