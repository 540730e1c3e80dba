"""The API."""

from tests.architecture.routes.route import Route, page

OUT, IN = "outgoing", "incoming"
ROUTES: dict[str, Route] = {
    # API
    "api:openapi-json": Route(public={200}),
    "api:api-root": Route(public={404}),
    "api:hand_over": Route(method="post", public={401}),
    "api:list_sessions": page(),
    "api:end_session": Route(method="delete", things="another"),
    "api:end_others": page(method="delete"),
    "api:list_sent": page(),
    "api:show_sent": Route(things="message"),
    "api:sent_evidence": Route(things="message", verb_on="exchange:message:export_evidence"),
    "api:list_received": page(),
    "api:received_evidence": Route(things="received", verb_on="exchange:received:export_evidence"),
    "api:timeline": Route(things="timeline"),
    "api:receipt": Route(things="timeline"),
    "api:receipt_file": Route(things="timeline", extra={"part": "json"}),
    "api:check": page(method="post"),
    "api:queue": page(),
    "api:requeue": Route(method="post", things="delivery", verb_on="exchange:delivery:requeue"),
    "api:list_outgoing": page("office:outgoing:read"),
    "api:create_outgoing": page("office:outgoing:create", method="post", json=True),
    "api:get_outgoing": page("office:outgoing:read", things=OUT),
    "api:edit_outgoing": page("office:outgoing:edit", method="put", things=OUT, json=True),
    "api:act_outgoing": page(
        "office:outgoing:read",
        method="post",
        things=OUT,
        verb_on="office:outgoing:submit",
        extra={"act": "submit"},
        json=True,
    ),
    "api:list_incoming": page("office:incoming:read"),
    "api:enter_incoming": page("office:incoming:enter", method="post", json=True),
    "api:get_incoming": page("office:incoming:read", things=IN),
    "api:upload": page("office:incoming:enter", method="post"),
    "api:act_incoming": page(
        "office:incoming:read",
        method="post",
        things=IN,
        verb_on="office:incoming:reopen",
        extra={"act": "reopen"},
        json=True,
    ),
}
