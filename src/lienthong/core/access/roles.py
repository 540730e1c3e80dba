"""The roles that the systems ship, written to the database at every upgrade."""

from lienthong.core.access.models import Role
from lienthong.core.registry import registry


def sync() -> int:
    """Bring the shipped roles up to this release; roles that an agency composed itself are left alone."""
    for spec in registry.roles.values():
        shipped = {"name": spec.name, "verbs": sorted(spec.verbs), "of_node": spec.of_node}
        Role.objects.update_or_create(code=spec.code, defaults=shipped)
    return len(registry.roles)
