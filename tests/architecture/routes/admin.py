"""The pages of the administration."""

from tests.architecture.routes.route import Route, page

ROUTES: dict[str, Route] = {
    "admin:home": page("admin:area:read"),
}
