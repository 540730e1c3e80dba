"""Who is at the other end: the peer of a unit, the unit of a code, whom a peer may speak for (EX-8, EX-11, EX-53)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from lienthong.core.orgs.models import Unit, UnitCode, UnitVersion
from lienthong.core.orgs.queries import Resolution, as_of, code_of, current, resolve
from lienthong.kit import clock
from lienthong.systems.exchange import law
from lienthong.systems.exchange.memory import remembered
from lienthong.systems.exchange.models import Peer, PeerUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a packet for a code goes: what the packet says, the unit that takes it, and the way there."""

    code: str
    name: str
    addressed_unit_id: UUID | None
    unit_id: UUID
    peer: Peer

    @property
    def local(self) -> bool:
        """Whether the receiver lives on this node."""
        return self.peer.kind == Peer.Kind.LOCAL


@remembered
def local_peer() -> Peer:
    """This node as a peer of itself (EX-69)."""
    return Peer.objects.get(kind=Peer.Kind.LOCAL)


@remembered
def lives_here(unit_id: UUID) -> bool:
    """Whether a unit is an agency of this node."""
    return Unit.objects.filter(pk=unit_id, agency_id=unit_id).exists()


@remembered
def find(code: str) -> Resolution:
    """The unit that a code means today, its successor while grace runs (CORE-6)."""
    return resolve(code, grace_days=law.grace_days())


@remembered
def peer_of(unit_id: UUID, at: datetime | None = None) -> Peer | None:
    """The peer that takes traffic for a unit; None where the unit is not connected. No cache: see EX-53, F-EX-20."""
    if lives_here(unit_id):
        return local_peer()
    row = _rows(at).filter(unit_id=unit_id, delegated=False).select_related("peer").first()
    return row.peer if row else None


@dataclass(frozen=True, slots=True)
class Directory:
    """What the directory says of many units today, in a handful of queries (EX-46)."""

    codes: dict[UUID, str]
    versions: dict[UUID, UnitVersion]
    peers: dict[UUID, Peer]


def directory(unit_ids: Iterable[UUID]) -> Directory:
    """Codes, names and ways of units that are what they were; changed ones are left to `find`."""
    wanted = set(unit_ids)
    rows = UnitCode.objects.filter(
        unit_id__in=wanted, valid__contains=clock.local_date(), recorded__contains=clock.now()
    ).order_by("primary", "-scheme")
    here = local_peer()
    there = _rows(None).filter(unit_id__in=wanted, delegated=False).select_related("peer")
    peers = {row.unit_id: row.peer for row in there}
    own = Unit.objects.filter(pk__in=wanted, agency_id=F("pk")).values_list("pk", flat=True)
    peers.update(dict.fromkeys(own, here))
    return Directory({row.unit_id: row.code for row in rows}, current(wanted), peers)


def reachable(unit_ids: Iterable[UUID]) -> set[UUID]:
    """Which of these units are connected to the axis now."""
    wanted = set(unit_ids)
    here = set(Unit.objects.filter(pk__in=wanted, agency_id__isnull=False).values_list("agency_id", flat=True)) & wanted
    there = _rows(None).filter(unit_id__in=wanted, delegated=False, peer__state="active")
    return here | set(there.values_list("unit_id", flat=True))


@remembered
def speaks_for(peer: Peer, unit_id: UUID, at: datetime | None = None) -> bool:
    """Whether a peer may send under the code of a unit: its own, or delegated, dated and revocable at once (EX-11)."""
    if peer.kind == Peer.Kind.LOCAL:
        return lives_here(unit_id)
    return _rows(at).filter(peer=peer, unit_id=unit_id).exists()


@remembered
def sending_code(unit_id: UUID) -> str:
    """The code under which an agency sends."""
    return code_of(unit_id)


@remembered
def name_of(unit_id: UUID) -> str:
    """The official name of a unit today; empty where it is no more."""
    version = version_of(unit_id)
    return version.official_name if version else ""


@remembered
def version_of(unit_id: UUID) -> UnitVersion | None:
    """What a unit is today."""
    return as_of(unit_id)


def _rows(at: datetime | None) -> QuerySet[PeerUnit]:
    moment = at or clock.now()
    return PeerUnit.objects.filter(held__contains=moment).filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=moment))
