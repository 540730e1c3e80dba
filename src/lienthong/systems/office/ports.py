"""What the office offers to other systems: taking in what the axis brings, hearing how receivers stand."""

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Arrival, ReceiverState
from lienthong.contracts.ref import Ref
from lienthong.core import live
from lienthong.core.actions import ref_of
from lienthong.core.files.models import StoredFile
from lienthong.systems.office import fragments
from lienthong.systems.office.actions import incoming
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, Receiver
from lienthong.systems.office.policies import incoming_policy, outgoing_policy


class OfficePort:
    """Implements `contracts.exchange.IncomingPort`."""

    def arrived(self, *, by: Actor, arrival: Arrival) -> Ref:
        """Store a document in state "đã đến", in the inbox's transaction."""
        return ref_of(incoming.receive(by=by, arrival=arrival))

    def status_changed(self, *, source: Ref, receiver: ReceiverState) -> None:
        """Keep the newest word about a receiver beside its line; the axis holds the whole timeline."""
        if source.kind != OutgoingDocument.ref_kind:
            return
        if receiver.unit_id is None:
            return
        rows = Receiver.objects.filter(document_id=source.id, unit_id=receiver.unit_id)
        rows.update(
            status=receiver.state,
            status_label=receiver.state_label,
            status_tone=receiver.tone,
            status_at=receiver.since,
        )
        for row in rows.select_related("unit_version"):
            fragments.receiver_changed(row, receiver)
        live.publish(f"office.outgoing:{source.id}", {"receiver": receiver.code, "state": receiver.state})


office_port = OfficePort()


def reads(actor: Actor, file: StoredFile) -> bool:
    """A file may be read by who sees a document that holds it, in any of its revisions (CORE-59)."""
    incoming_rows = IncomingDocument.objects.filter(files__file=file)
    if incoming_policy.scope(actor, incoming_rows).exists():
        return True
    return outgoing_policy.scope(actor, OutgoingDocument.objects.filter(files__file=file)).exists()
