"""The pages of the office."""

from tests.architecture.routes.route import Route, page

OUT, IN = "outgoing", "incoming"
ROUTES: dict[str, Route] = {
    # office, pages
    "office:incoming_list": page("office:incoming:read"),
    "office:paper_new": page("office:incoming:enter"),
    "office:incoming": page("office:incoming:read", things=IN),
    "office:incoming_act": page(
        "office:incoming:read", method="post", things=IN, verb_on="office:incoming:reopen", extra={"act": "reopen"}
    ),
    "office:incoming_file": page("office:incoming:read", things="incoming_file"),
    "office:outgoing_list": page("office:outgoing:read"),
    "office:draft_new": page("office:outgoing:create"),
    "office:outgoing": page("office:outgoing:read", things=OUT),
    "office:draft_edit": page("office:outgoing:edit", things=OUT, verb_on="office:outgoing:edit"),
    "office:preview": page("office:outgoing:read", things=OUT),
    "office:outgoing_act": page(
        "office:outgoing:read", method="post", things=OUT, verb_on="office:outgoing:submit", extra={"act": "submit"}
    ),
    "office:outgoing_file": page("office:outgoing:read", things="outgoing_file"),
    "office:incoming_bulk": page("office:incoming:register", method="post"),
    "office:outgoing_bulk": page("office:outgoing:issue", method="post"),
    "office:registers": page("office:outgoing:register"),
    "office:book": page("office:outgoing:register", things="register"),
}
