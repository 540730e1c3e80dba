"""The outbox (CORE-88): a message is a row of the action's own transaction and reaches each handler, whatever dies.

`emit` writes the message and one delivery for each handler of its kind. A delivery's row lock is its lease: the
handler's effect and "done" commit together, so a killed worker leaves either nothing or everything, and the effect in
the database happens once. Handlers that reach beyond the database must bear a repetition: `message.id` stays the same.
"""

from lienthong.core.outbox.delivery import dead_letters, discard, drain, health, purge, requeue
from lienthong.core.outbox.messages import Message, emit, handles

__all__ = [
    "Message",
    "dead_letters",
    "discard",
    "drain",
    "emit",
    "handles",
    "health",
    "purge",
    "requeue",
]
