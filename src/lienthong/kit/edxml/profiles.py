"""Profiles and limits of reading (EX-13, EX-18), and the namespace identifiers of packets."""

from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
LEGACY_NAMESPACES = frozenset({"http://www.go.vn/eDoc", "http://www.e-doc.vn/Schema/"})
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"


class Profile(StrEnum):
    """How strictly a packet is judged: strict when sending, lenient for peers that need it, logged (EX-13)."""

    STRICT = "strict"
    LENIENT = "lenient"

    @property
    def namespaces(self) -> frozenset[str]:
        """The identifiers of the packet's namespace that this profile understands."""
        return frozenset({NAMESPACE}) if self is Profile.STRICT else LEGACY_NAMESPACES | {NAMESPACE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one packet (EX-18). Sizes in bytes; a breach of a structural bound stops reading.

    `attachment` bounds one decoded attachment (1 GiB; 50 MB for legacy peers), `ratio` the expansion of a ZIP,
    `skeleton` all bytes outside payloads, `token` one tag. `members` and `unpacked` bound an attached .zip (CORE-56),
    `unpacked` also what all wrapping ZIPs of a packet give together.
    """

    attachment: int = 1 << 30
    attachments: int = 100
    elements: int = 10_000
    attributes: int = 10_000
    depth: int = 32
    ratio: int = 100
    skeleton: int = 8 << 20
    token: int = 1 << 20
    members: int = 1_000
    unpacked: int = 2 << 30


DEFAULT_LIMITS = Limits()
