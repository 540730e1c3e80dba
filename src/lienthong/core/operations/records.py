"""What the commands of the machine leave in the journal: every backup, restore and opening of keys (CORE-96, CORE-70).

Figures, hashes and public keys only: never a path's secret, a passphrase or a key.
"""

from typing import Any

from lienthong.contracts.actor import system_actor
from lienthong.core.actions import Act, action
from lienthong.core.operations.policies import BACKED_UP, BACKUP_FAILED, KEYS_OPENED, KEYS_SEALED, RESTORED
from lienthong.core.registry import Verb

VERBS = (
    Verb(BACKED_UP, "sao lưu dữ liệu", "Sao lưu"),
    Verb(BACKUP_FAILED, "sao lưu không thành", "Sao lưu không thành"),
    Verb(RESTORED, "phục hồi dữ liệu từ bản sao lưu", "Phục hồi"),
    Verb(KEYS_SEALED, "sao lưu kho khóa cho hai người giữ", "Sao lưu kho khóa"),
    Verb(KEYS_OPENED, "phục hồi kho khóa với hai người giữ", "Phục hồi kho khóa"),
)
OPERATOR = system_actor("operations")


@action(BACKED_UP)
def backed_up(act: Act[None], *, facts: dict[str, Any]) -> None:
    """A backup was made: its name, counts, hash of its manifest, seconds."""
    act.note(**facts)


@action(BACKUP_FAILED)
def backup_failed(act: Act[None], *, facts: dict[str, Any]) -> None:
    """A backup was tried and did not end well, and why."""
    act.note(**facts)


@action(RESTORED)
def restored(act: Act[None], *, facts: dict[str, Any]) -> None:
    """The node was restored: from which backup, what was counted, where the journal stood (CORE-73)."""
    act.note(**facts)


@action(KEYS_SEALED)
def keys_sealed(act: Act[None], *, facts: dict[str, Any]) -> None:
    """The keystore was sealed for two persons: how many keys, for whom."""
    act.note(**facts)


@action(KEYS_OPENED)
def keys_opened(act: Act[None], *, facts: dict[str, Any]) -> None:
    """A sealed keystore was opened by its two persons and put back."""
    act.note(**facts)
