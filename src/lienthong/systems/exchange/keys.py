"""The keys that sign packets and receipts, and the trust that judges those of others (CORE-70, EX-20)."""

from uuid import UUID

from lienthong.contracts.signing import KeyHandle
from lienthong.core.audit.export import Trust as EvidenceTrust
from lienthong.core.signing import pki, service
from lienthong.core.signing.trust import Purpose, TrustList
from lienthong.systems.exchange.memory import remembered


@remembered
def of_agency(agency_id: UUID) -> KeyHandle:
    """The key of the system that sends for an agency."""
    return service.system_key(agency_id)


@remembered
def of_node() -> KeyHandle:
    """The key of this node, which signs receipts."""
    return service.node_key()


@remembered
def trust() -> TrustList:
    """What signatures are judged by."""
    return service.trust()


def evidence_trust() -> EvidenceTrust:
    """Roots and issuers as an evidence package carries them, PEM (CORE-76)."""
    held = trust()
    stamps = [anchor.certificate for anchor in held.anchors if Purpose.TIME_STAMP in anchor.purposes]
    return EvidenceTrust(
        ca=pki.pem(*(anchor.certificate for anchor in held.anchors)),
        tsa=pki.pem(*stamps),
        chain=pki.pem(*held.issuers),
    )
