"""The one decision who may read a file; every exit asks it (CORE-59, CORE-53, F-CORE-21)."""

from collections.abc import Callable
from contextlib import suppress

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.files import scanning
from lienthong.core.files.models import ScanState, StoredFile
from lienthong.core.registry import registry

type Reader = Callable[[Actor, StoredFile], bool]

_readers: list[Reader] = []


def readable_by(reader: Reader) -> Reader:
    """Register a rule that opens files to actors, for systems whose rows name files themselves; asked in order."""
    if reader not in _readers:
        _readers.append(reader)
    return reader


def may_read(actor: Actor | None, file: StoredFile) -> bool:
    """Whether an actor may read a file now: its uploader, who may see an object that holds it, whom a rule lets in.

    Nobody reads an infected file; others than the uploader only one that may be used (`scanning.may_be_used`).
    """
    if actor is None or file.scan_state == ScanState.INFECTED:
        return False
    if file.uploader_id is not None and file.uploader_id == actor.user_id and file.agency_id == actor.agency_id:
        return True
    if not scanning.may_be_used(file):
        return False
    if any(reader(actor, file) for reader in _readers):
        return True
    for text in file.links.values_list("ref", flat=True).distinct():
        with suppress(ValueError):
            if registry.may_see(actor, Ref.parse(text)):
                return True
    return False
