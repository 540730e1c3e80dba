"""The quyền hạn line of a signer, generated from holder and delegation (CORE-11, OF-28; NĐ 30/2020 Đ13, PL I.II.7)."""

from dataclasses import dataclass
from datetime import datetime

from lienthong.core.orgs.models import Holding, IssuingBody, Position, SigningDelegation
from lienthong.core.orgs.queries import delegations_to, holdings_at
from lienthong.kit import clock


class NoAuthority(PermissionError):
    """The holder may not sign for this body; the message says why."""


@dataclass(frozen=True, slots=True)
class SigningLine:
    """How a signer's block prints: quyền hạn lines, then the post, then the name (boxes 7a–7b)."""

    prefixes: tuple[str, ...]
    title: str
    name: str
    delegation: SigningDelegation | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line above the signature, upper case, in order."""
        return (*self.prefixes, self.title)

    @property
    def competence(self) -> str:
        """The text of SignerInfo/Competence in a packet, such as "TL. BỘ TRƯỞNG"."""
        return " / ".join(self.prefixes)


def signing_line(
    holding: Holding, body: IssuingBody, document_type: str = "", at: datetime | None = None
) -> SigningLine:
    """The line under which the holder of a position signs for an issuing body; raises NoAuthority."""
    moment = at or clock.now()
    position = holding.position
    name = holding.person.full_name
    collective = (f"TM. {body.name.upper()}",) if body.kind == IssuingBody.Kind.COLLECTIVE else ()
    if position.rank == Position.Rank.HEAD and position.unit_id == body.agency_id:
        if holding.mode == Holding.Mode.ACTING:
            return SigningLine((*collective, f"Q. {position.title.upper()}"), "", name)
        return SigningLine(collective, position.title.upper(), name)
    if position.rank == Position.Rank.DEPUTY and position.unit_id == body.agency_id:
        # A deputy signs for the head also while "phụ trách, điều hành", never as the head.
        return SigningLine((*collective, f"KT. {_head_title(body).upper()}"), position.title.upper(), name)
    delegation = _delegation(position, document_type, moment)
    if delegation is None:
        raise NoAuthority(
            f"{position.title} chưa được giao quyền ký thay mặt {body.name}. "
            "Cần quy chế (TL.) hoặc văn bản ủy quyền (TUQ.) còn hiệu lực."
        )
    return SigningLine(
        (f"{delegation.kind}. {delegation.giver.title.upper()}",), position.title.upper(), name, delegation
    )


def _head_title(body: IssuingBody) -> str:
    head = Position.objects.filter(unit_id=body.agency_id, rank=Position.Rank.HEAD).order_by("order").first()
    if head is None:
        raise NoAuthority(f"{body.name} chưa khai báo chức vụ người đứng đầu.")
    return head.title


def _delegation(position: Position, document_type: str, moment: datetime) -> SigningDelegation | None:
    for row in delegations_to(position, moment).select_related("giver"):
        if not row.document_types or document_type in row.document_types:
            return row
    return None


def holder_of(position: Position, at: datetime | None = None) -> Holding | None:
    """The person who holds a position at an instant."""
    return holdings_at(at).filter(position=position).first()
