"""Evidence packages: packet, receipts, journal entries and the stand-alone verifier in one file (EX-51, CORE-76)."""

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, Action, action
from lienthong.core.audit import export
from lienthong.core.audit.models import JournalEntry
from lienthong.core.audit.sealing import seal_now
from lienthong.systems.exchange import keys, receipts, storage
from lienthong.systems.exchange.models import Message, Receipt, Received

_BLOCK = 1 << 20


@action("exchange:message:export_evidence", on=Message)
def export_sent(act: Act[Message], *, file: IO[bytes]) -> int:
    """Write the evidence of a sent packet: itself, every receiver's receipt, every entry about it."""
    message = act.target
    rows = list(message.deliveries.select_related("receipt").order_by("order"))
    held = [row.receipt for row in rows if row.receipt is not None]
    refs = [f"exchange:message:{message.pk}", *(f"exchange:delivery:{row.pk}" for row in rows)]
    count = _write(file, refs, message.packet_sha256, held)
    act.note(entries=count, receipts=len(held))
    return count


@action("exchange:received:export_evidence", on=Received)
def export_received(act: Act[Received], *, file: IO[bytes]) -> int:
    """Write the evidence of a received packet: itself, the receipt that was given, every entry about it."""
    row = act.target
    count = _write(file, [f"exchange:received:{row.pk}"], row.packet_sha256, [row.receipt])
    act.note(entries=count)
    return count


def to_file(export: Action[int], *, by: Actor, target: Message | Received) -> IO[bytes]:
    """The evidence in a temporary file, at its beginning; the response closes it."""
    file: IO[Any] = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        export(by=by, target=target, file=file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _write(target: IO[bytes], refs: list[str], packet_sha256: str, held: Iterable[Receipt]) -> int:
    # What was written a moment ago may not have its place in the chain yet.
    seal_now()
    entries = list(JournalEntry.objects.filter(ref__in=refs, seal__isnull=False).values_list("pk", flat=True))
    return export.export_entries(
        target,
        entries,
        trust=keys.evidence_trust(),
        packet={"goi-tin.edxml": _packet(packet_sha256)},
        receipts=[_receipt(row) for row in held],
    )


def _packet(sha256: str) -> Iterator[bytes]:
    with storage.read(sha256) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _receipt(row: Receipt) -> export.Receipt:
    signed = receipts.of(row)
    return export.Receipt(name=_name(row.pk), content=signed.body, cms=signed.signature)


def _name(ident: UUID) -> str:
    return f"bien-nhan-{ident}"
