"""Authority to sign: the quyền hạn lines of a signer, from office, holding and delegation (CORE-11, CORE-67, OF-28).

NĐ 30/2020/NĐ-CP Đ13 and PL I.II.7.b–đ: the head signs, deputies sign KT.; TM. for a collective; TL. by regulation,
which the taker may give on to the own deputy; TUQ. by authorisation in writing, never passed on. All is judged at one
instant.
"""

from dataclasses import dataclass
from datetime import datetime

from lienthong.core import lawbook
from lienthong.core.orgs.models import BodySigner, Holding, IssuingBody, Position, SigningDelegation
from lienthong.core.orgs.queries import delegations_to, holdings_at
from lienthong.kit import clock

Role = BodySigner.Role


class NoAuthority(PermissionError):
    """The holder may not sign for this body; the message says why."""


@dataclass(frozen=True, slots=True)
class SigningLine:
    """How a signer's block prints: quyền hạn lines and post (box 7a), the post in the agency (7b), then the name."""

    prefixes: tuple[str, ...]
    title: str
    name: str
    delegation: SigningDelegation | None = None
    post: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line above the signature, upper case, in order."""
        return tuple(line for line in (*self.prefixes, self.title) if line)

    @property
    def competence(self) -> str:
        """The text of SignerInfo/Competence in a packet, such as "TL. BỘ TRƯỞNG"."""
        return " / ".join(self.prefixes)


@dataclass(frozen=True, slots=True)
class _Office:
    """What a position is in a body: head or deputy, under which title; `post` is the one in the agency for 7b."""

    role: str
    title: str
    post: str = ""


def signing_line(
    holding: Holding, body: IssuingBody, document_type: str = "", at: datetime | None = None, field: str = ""
) -> SigningLine:
    """The line under which the holder of a position signs for an issuing body at an instant; raises NoAuthority."""
    moment = at or clock.now()
    position = holding.position
    if not _lasts(holding, moment):
        raise NoAuthority(f"{holding.person.full_name} không giữ vị trí {position.title} vào lúc ký.")
    office = _office(position, body, moment)
    if office is None:
        return _delegated(holding, body, document_type, field, moment)
    collective = (f"TM. {body.name.upper()}",) if body.kind == IssuingBody.Kind.COLLECTIVE else ()
    name = holding.person.full_name
    if office.role == Role.DEPUTY:
        # A deputy signs for the head also while "phụ trách, điều hành", never as the head (Đ13.1).
        head = _head_title(body, moment)
        return SigningLine((*collective, f"KT. {head.upper()}"), office.title.upper(), name, post=office.post)
    if holding.mode == Holding.Mode.IN_CHARGE:
        own = _deputy_title(holding, moment)
        return SigningLine((*collective, f"KT. {office.title.upper()}"), own.upper(), name, post=office.post)
    if holding.mode == Holding.Mode.ACTING:
        return SigningLine((*collective, f"Q. {office.title.upper()}"), "", name, post=office.post)
    return SigningLine(collective, office.title.upper(), name, post=office.post)


def printed_title(title: str) -> str:
    """A post as papers print it: without what the State does not define, such as "thường trực" (PL I.II.7.b)."""
    folded = title.casefold()
    ends = [folded.find(words.casefold()) for words in lawbook.get("sign.titles_not_printed")]
    cut = min((end for end in ends if end > 0), default=len(title))
    return title[:cut].strip(" ,-–")


def heads_of(body: IssuingBody, at: datetime | None = None) -> list[Position]:
    """The positions that sign for a body by office as its head or deputy at an instant."""
    moment = at or clock.now()
    named = _named(body, moment)
    if named:
        return [row.position for row in named]
    return list(
        Position.objects.filter(unit_id=body.agency_id, rank__in=(Position.Rank.HEAD, Position.Rank.DEPUTY)).filter(
            valid__contains=clock.local_date(moment)
        )
    )


def is_head_of(position: Position, body: IssuingBody, at: datetime | None = None) -> bool:
    """Whether a position is the head of a body: who gives TL. and TUQ. (Đ13.3, Đ13.4)."""
    office = _office(position, body, at or clock.now())
    return office is not None and office.role == Role.HEAD


def _named(body: IssuingBody, moment: datetime) -> list[BodySigner]:
    rows = BodySigner.objects.filter(body_id=body.line_id, held__contains=moment).select_related("position")
    return list(rows.order_by("-role", "position__order"))


def _office(position: Position, body: IssuingBody, moment: datetime) -> _Office | None:
    """What the position is in the body: by name where signers are named, else by its rank in the body's agency."""
    named = _named(body, moment)
    if named:
        row = next((each for each in named if each.position_id == position.pk), None)
        if row is None:
            return None
        if body.kind == IssuingBody.Kind.COUNCIL:
            return _Office(row.role, row.title, printed_title(position.title))
        return _Office(row.role, printed_title(row.title))
    if position.unit_id != body.agency_id or body.kind == IssuingBody.Kind.COUNCIL:
        return None
    if position.rank == Position.Rank.HEAD:
        return _Office(Role.HEAD, printed_title(position.title))
    if position.rank == Position.Rank.DEPUTY:
        return _Office(Role.DEPUTY, printed_title(position.title))
    return None


def _head_title(body: IssuingBody, moment: datetime) -> str:
    named = next((row for row in _named(body, moment) if row.role == Role.HEAD), None)
    if named is not None:
        return named.title if body.kind == IssuingBody.Kind.COUNCIL else printed_title(named.title)
    today = clock.local_date(moment)
    heads = Position.objects.filter(unit_id=body.agency_id, rank=Position.Rank.HEAD, valid__contains=today)
    head = heads.order_by("order").first()
    if head is None:
        raise NoAuthority(f"{body.name} chưa khai báo chức vụ người đứng đầu.")
    return printed_title(head.title)


def _deputy_title(holding: Holding, moment: datetime) -> str:
    """The deputy's own post of a deputy who is in charge of the head's position."""
    ranks = (Position.Rank.DEPUTY, Position.Rank.UNIT_DEPUTY)
    own = holdings_at(moment).filter(
        person_id=holding.person_id, position__unit_id=holding.position.unit_id, position__rank__in=ranks
    )
    found = own.order_by("position__order").first()
    if found is None:
        raise NoAuthority(
            f"{holding.person.full_name} được giao phụ trách nhưng không giữ chức vụ cấp phó nào của đơn vị, "
            "nên không ký thay người đứng đầu được."
        )
    return printed_title(found.position.title)


def _delegated(holding: Holding, body: IssuingBody, document_type: str, field: str, moment: datetime) -> SigningLine:
    position = holding.position
    for row in delegations_to(position, moment).select_related("giver", "parent__giver", "parent__taker"):
        if not _covers(row, document_type, field) or not _stands(row, body, moment):
            continue
        return _delegated_line(row, holding, body, moment)
    raise NoAuthority(
        f"{position.title} chưa được giao quyền ký thay mặt {body.name}. "
        "Cần quy chế (TL.) hoặc văn bản ủy quyền (TUQ.) còn hiệu lực cho loại văn bản này."
    )


def _delegated_line(row: SigningDelegation, holding: Holding, body: IssuingBody, moment: datetime) -> SigningLine:
    source = row.parent or row
    giver = _office(source.giver, body, moment)
    above = (f"{row.kind}. {(giver.title if giver else printed_title(source.giver.title)).upper()}",)
    name, own = holding.person.full_name, printed_title(holding.position.title).upper()
    if row.parent is not None:
        # Given on to the own deputy: TL. BỘ TRƯỞNG / KT. VỤ TRƯỞNG / PHÓ VỤ TRƯỞNG (Đ13.4).
        return SigningLine((*above, f"KT. {printed_title(row.giver.title).upper()}"), own, name, row)
    if holding.mode == Holding.Mode.ACTING:
        return SigningLine((*above, f"Q. {own}"), "", name, row)
    if holding.mode == Holding.Mode.IN_CHARGE and row.kind == SigningDelegation.Kind.BY_ORDER:
        return SigningLine((*above, f"KT. {own}"), _deputy_title(holding, moment).upper(), name, row)
    return SigningLine(above, own, name, row)


def _covers(row: SigningDelegation, document_type: str, field: str) -> bool:
    """Whether a delegation is for such a document; an empty list restricts nothing."""
    return (not row.document_types or document_type in row.document_types) and (
        not row.fields or not field or field in row.fields
    )


def _stands(row: SigningDelegation, body: IssuingBody, moment: datetime) -> bool:
    """Whether the giver still could give at this instant: the head of this body, in the same person for TUQ."""
    source = row.parent or row
    if row.parent is not None:
        if row.parent.kind != SigningDelegation.Kind.BY_ORDER or not delegation_lasts(row.parent, moment):
            return False
        if not _covers_all(row.parent, row):
            return False
    if not is_head_of(source.giver, body, moment):
        return False
    if row.kind == SigningDelegation.Kind.AUTHORISED and row.given_by_id is not None:
        return holdings_at(moment).filter(position_id=row.giver_id, person_id=row.given_by_id).exists()
    return True


def _covers_all(parent: SigningDelegation, child: SigningDelegation) -> bool:
    """Nobody gives on more than was given."""
    for wide, narrow in ((parent.document_types, child.document_types), (parent.fields, child.fields)):
        if wide and (not narrow or not set(narrow) <= set(wide)):
            return False
    return True


def delegation_lasts(row: SigningDelegation, moment: datetime) -> bool:
    """Neither expired nor revoked, to the second."""
    within = moment in _Span(row.held.lower, row.held.upper)
    return within and (row.revoked_at is None or row.revoked_at > moment)


def _lasts(holding: Holding, moment: datetime) -> bool:
    return moment in _Span(holding.held.lower, holding.held.upper)


@dataclass(frozen=True, slots=True)
class _Span:
    since: datetime | None
    until: datetime | None

    def __contains__(self, moment: datetime) -> bool:
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


def holder_of(position: Position, at: datetime | None = None) -> Holding | None:
    """The person who holds a position at an instant."""
    return holdings_at(at).filter(position=position).first()
