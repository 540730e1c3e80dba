"""Who can sign for whom today: units that hang on one living signer (CORE-68, F-CORE-23)."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from lienthong.core.orgs.authority import NoAuthority, SigningLine, heads_of, signing_line
from lienthong.core.orgs.models import Holding, IssuingBody, Position, SigningDelegation, UnitVersion
from lienthong.core.orgs.queries import current, holdings_at
from lienthong.core.signing.models import Certificate
from lienthong.core.signing.service import usable
from lienthong.kit import clock


@dataclass(frozen=True, slots=True)
class Signer:
    """A holder with authority to sign: under which line, and whether a certificate lets the person sign now."""

    holding: Holding
    line: str
    body: str
    ready: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class UnitSigners:
    """The people of one unit who may sign; alive are those who also can."""

    unit: UnitVersion | None
    signers: tuple[Signer, ...]

    @property
    def alive(self) -> int:
        """How many people can sign now, each counted once."""
        return len({signer.holding.person_id for signer in self.signers if signer.ready})


def units_by_signers(agency_id: UUID) -> list[UnitSigners]:
    """Every unit of an agency that has somebody with authority to sign, the weakest first."""
    now = clock.now()
    bodies = list(IssuingBody.objects.filter(agency_id=agency_id, valid__contains=clock.local_date()))
    wanted = {position.pk for body in bodies for position in heads_of(body, now)}
    taken = SigningDelegation.objects.filter(giver__unit__agency_id=agency_id, held__contains=now)
    wanted |= set(taken.values_list("taker_id", flat=True))
    holdings = list(holdings_at(now).filter(position_id__in=wanted).select_related("position__unit"))
    certified = set(usable(now).filter(user__in={row.person_id for row in holdings}).values_list("user_id", flat=True))
    by_unit: dict[UUID, list[Signer]] = {}
    for row in holdings:
        for signer in _signers(row, bodies, certified):
            by_unit.setdefault(row.position.unit_id, []).append(signer)
    empty = Position.objects.filter(pk__in=wanted).exclude(pk__in={row.position_id for row in holdings})
    for position in empty:
        by_unit.setdefault(position.unit_id, [])
    versions = current(by_unit)
    found = [UnitSigners(versions.get(unit), tuple(rows)) for unit, rows in by_unit.items()]
    return sorted(found, key=lambda each: (each.alive, each.unit.sort_key if each.unit else ""))


def _signers(row: Holding, bodies: Iterable[IssuingBody], certified: set[UUID]) -> Iterable[Signer]:
    for body in bodies:
        line = _line(row, body)
        if line is None:
            continue
        why = ""
        if not row.person.is_active:
            why = "Tài khoản đang khóa hoặc đã ngừng dùng"
        elif row.person_id not in certified:
            why = "Chưa có chứng thư số còn hiệu lực"
        yield Signer(row, " / ".join(line.lines), body.name, not why, why)


def _line(row: Holding, body: IssuingBody) -> SigningLine | None:
    """The line for any document; authority for some document types alone makes a signer too."""
    given = SigningDelegation.objects.filter(taker_id=row.position_id, held__contains=clock.now(), revoked_at=None)
    for kind in ("", *(kind for delegation in given for kind in delegation.document_types)):
        try:
            return signing_line(row, body, kind)
        except NoAuthority:
            continue
    return None


def certificates_of(person_id: UUID) -> list[Certificate]:
    """The certificates of a person, the newest first."""
    return list(Certificate.objects.filter(user_id=person_id).order_by("-valid_from"))
