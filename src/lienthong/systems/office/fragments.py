"""Parts of pages that are rendered once and pushed to open screens when a document changes (ARCHITECTURE §4).

They look alike to everybody who may listen: what depends on the reader (acts, links) is never in them.
"""

from django.template.loader import render_to_string

from lienthong.contracts.exchange import ReceiverState
from lienthong.core import live
from lienthong.kit import clock
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, Receiver
from lienthong.systems.office.states import INCOMING, OUTGOING


def outgoing_changed(document: OutgoingDocument) -> None:
    """The state of an outgoing document on its open record, with a word that other acts may be due now."""
    shown = {"document": document, "state": OUTGOING.by_code[document.state], "at": clock.now()}
    html = render_to_string("office/outgoing.html#changed", shown)
    live.publish_fragment(f"office.outgoing:{document.pk}", "", html)


def receiver_changed(receiver: Receiver, state: ReceiverState) -> None:
    """One receiver's line on the open record of the document that it got."""
    version = receiver.unit_version
    row = {"receiver": receiver, "name": version.official_name if version else state.name, "state": state}
    html = render_to_string("office/outgoing.html#receiver", {"row": row})
    live.publish_fragment(f"office.outgoing:{receiver.document_id}", "", html)


def incoming_changed(document: IncomingDocument) -> None:
    """The state of an incoming document on its open record and in open lists of the agency."""
    shown = {"document": document, "state": INCOMING.by_code[document.state], "at": clock.now()}
    html = render_to_string("office/incoming.html#changed", shown)
    live.publish_fragment(f"office.incoming:{document.pk}", "", html)
    listed = render_to_string("office/incoming_list.html#state", {"row": document, "state": shown["state"]})
    live.publish_fragment(f"office.inbox:{document.agency_id}", "", listed)


def arrived(document: IncomingDocument) -> None:
    """A word of the newest arrival above open lists of the agency."""
    html = render_to_string("office/incoming_list.html#news", {"newest": document})
    live.publish_fragment(f"office.inbox:{document.agency_id}", "", html)
