"""Only who runs the node sees and moves its jobs and messages; no agency's administrator does (CORE-108)."""

from typing import Any

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor

READ = "operations:state:read"
REQUEUE = "operations:job:requeue"
DISCARD = "operations:job:discard"
CANCEL = "operations:job:cancel"
REQUEUE_MESSAGE = "operations:message:requeue"
DISCARD_MESSAGE = "operations:message:discard"
BACKED_UP = "operations:backup:make"
BACKUP_FAILED = "operations:backup:fail"
RESTORED = "operations:backup:restore"
KEYS_SEALED = "operations:keystore:backup"
KEYS_OPENED = "operations:keystore:restore"

OF_OPERATOR = (READ, REQUEUE, DISCARD, CANCEL, REQUEUE_MESSAGE, DISCARD_MESSAGE)
OF_SYSTEM = (BACKED_UP, BACKUP_FAILED, RESTORED, KEYS_SEALED, KEYS_OPENED)


class OperationsPolicy:
    """Positions outside every agency that hold the verb; what the commands record, the system alone."""

    verbs = (*OF_OPERATOR, *OF_SYSTEM)

    def scope(self, actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        """All rows, or none."""
        return rows if self.sees(actor, None) else rows.none()

    def sees(self, actor: Actor, _obj: Any) -> bool:
        """Whether the actor runs the node."""
        return not actor.is_system and actor.agency_id is None and actor.may(READ)

    def allows(self, actor: Actor, verb: str, _obj: Any) -> bool:
        """Operators act by hand, the commands of the machine by the system."""
        if verb in OF_SYSTEM:
            return actor.is_system
        return not actor.is_system and actor.agency_id is None and actor.may(verb)


policy = OperationsPolicy()
