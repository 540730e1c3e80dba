"""The pages of the axis."""

from tests.architecture.routes.route import Route, page

ROUTES: dict[str, Route] = {
    # the axis, pages; what the agency's reader and the node's operator share opens by the right that both hold
    "exchange:board": page("exchange:delivery:requeue"),
    "exchange:sent": page("exchange:message:read"),
    "exchange:message": page(things="message"),
    "exchange:original": page("exchange:message:export_evidence", things="message"),
    "exchange:evidence": Route(things="message", verb_on="exchange:message:export_evidence"),
    "exchange:received": page("exchange:message:read"),
    "exchange:received_one": page("exchange:message:read", things="received"),
    "exchange:received_original": page("exchange:received:export_evidence", things="received"),
    "exchange:received_evidence": page("exchange:received:export_evidence", things="received"),
    "exchange:deliveries": page("exchange:delivery:requeue"),
    "exchange:delivery": page("exchange:delivery:requeue", things="delivery"),
    "exchange:requeue": page("exchange:delivery:requeue", method="post", things="delivery"),
    "exchange:queue": page("exchange:delivery:requeue"),
    "exchange:requeue_many": page("exchange:delivery:requeue", method="post"),
    "exchange:peers": page("exchange:queue:operate"),
    "exchange:check": page("exchange:delivery:requeue"),
}
