"""Who acts: one person in one position of one agency, or the system itself."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The holder of a position at the instant of an act; rights belong to the position (CORE-10).

    `user_id` is None for the system; `on_behalf_of` names the person whose work is done under a working
    delegation (CORE-12). `verbs` are the verbs that the position holds now.
    """

    user_id: UUID | None
    name: str
    position_id: UUID | None = None
    position: str = ""
    unit_id: UUID | None = None
    agency_id: UUID | None = None
    on_behalf_of: UUID | None = None
    session: str = ""
    ip: str = ""
    request_id: str = ""
    verbs: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_system(self) -> bool:
        """True for jobs and gateways, which act under no person's rights."""
        return self.user_id is None

    @property
    def key(self) -> str:
        """The actor as the journal names it: `u:<id>` or `system:<name>`."""
        return f"system:{self.name}" if self.user_id is None else f"u:{self.user_id}"

    @property
    def person(self) -> UUID:
        """The id of the person who acts; ValueError for the system."""
        return _present(self.user_id)

    @property
    def unit(self) -> UUID:
        """The id of the unit of the position; ValueError where there is none."""
        return _present(self.unit_id)

    @property
    def agency(self) -> UUID:
        """The id of the agency of the position; ValueError where there is none."""
        return _present(self.agency_id)

    def may(self, verb: str) -> bool:
        """Whether the position holds the verb; the object is judged by the policy (CORE-83)."""
        return verb in self.verbs


def _present(ident: UUID | None) -> UUID:
    if ident is None:
        raise ValueError("the actor holds no position of an agency")
    return ident


def system_actor(name: str, *, agency_id: UUID | None = None, request_id: str = "") -> Actor:
    """The system acting by itself, for one agency or for none; it holds every verb marked for the system."""
    return Actor(user_id=None, name=name, agency_id=agency_id, request_id=request_id)
