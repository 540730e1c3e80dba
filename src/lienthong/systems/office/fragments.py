"""Parts of pages that are rendered once and pushed to open screens when a document changes (ARCHITECTURE §4).

They look alike to everybody who may listen: what depends on the reader (acts, links) is never in them.
"""

import logging
from typing import Any

from django.template.loader import render_to_string

from lienthong.contracts.exchange import ReceiverState
from lienthong.core import live
from lienthong.kit import clock
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, Receiver
from lienthong.systems.office.states import INCOMING, OUTGOING

logger = logging.getLogger(__name__)


def _push(topic: str, template: str, shown: dict[str, Any]) -> None:
    try:
        html = render_to_string(template, shown)
    except Exception:
        # A screen that cannot be drawn must not keep a document from arriving; the page itself will show the fault.
        logger.exception("the fragment %s could not be drawn", template)
        return
    live.publish_fragment(topic, "", html)


def outgoing_changed(document: OutgoingDocument) -> None:
    """The state of an outgoing document on its open record, with a word that other acts may be due now."""
    shown = {"document": document, "state": OUTGOING.by_code[document.state], "at": clock.now()}
    _push(f"office.outgoing:{document.pk}", "office/outgoing.html#changed", shown)


def receiver_changed(receiver: Receiver, state: ReceiverState) -> None:
    """One receiver's line on the open record of the document that it got."""
    version = receiver.unit_version
    row = {"receiver": receiver, "name": version.official_name if version else state.name, "state": state}
    _push(f"office.outgoing:{receiver.document_id}", "office/outgoing.html#receiver", {"row": row})


def incoming_changed(document: IncomingDocument) -> None:
    """The state of an incoming document on its open record and in open lists of the agency."""
    shown = {"document": document, "state": INCOMING.by_code[document.state], "at": clock.now()}
    _push(f"office.incoming:{document.pk}", "office/incoming.html#changed", shown)
    listed = {"row": document, "state": shown["state"]}
    _push(f"office.inbox:{document.agency_id}", "office/incoming_list.html#state", listed)


def arrived(document: IncomingDocument) -> None:
    """A word of the newest arrival above open lists of the agency."""
    _push(f"office.inbox:{document.agency_id}", "office/incoming_list.html#news", {"newest": document})
