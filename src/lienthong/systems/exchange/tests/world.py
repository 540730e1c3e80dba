"""A small world of fictional agencies on one node, for the tests and the benchmark of the axis."""

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Attachment, Dispatch, Letter, Staff
from lienthong.contracts.ref import Ref
from lienthong.core import files
from lienthong.core.orgs.models import Unit, UnitCode, UnitVersion
from lienthong.kit import clock
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.actions import peers
from lienthong.systems.exchange.manifest import ROLES
from lienthong.systems.exchange.models import Peer, PeerUnit

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def pdf(*lines: str) -> bytes:
    """A PDF of one page with these lines (ASCII)."""
    text = "BT /F1 12 Tf 72 760 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = "%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return f"{out}xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


PDF = pdf("Cong van thu nghiem")
OPERATOR = frozenset(verb for role in ROLES if role.code == "exchange-operator" for verb in role.verbs)
READER = frozenset(verb for role in ROLES if role.code == "exchange-reader" for verb in role.verbs)


def make_unit(
    name: str, code: str = "", *, agency: bool = True, start: date = date(2020, 1, 1), end: date | None = None
) -> Unit:
    """A unit of the directory; an agency of this node unless told."""
    unit = Unit.objects.create(created_at=EPOCH)
    if agency:
        unit.agency = unit
        unit.save()
    UnitVersion.objects.create(
        unit=unit,
        official_name=name,
        kind=UnitVersion.Kind.OTHER,
        valid=DateRange(start, end),
        recorded=DateTimeTZRange(EPOCH, None),
    )
    if code:
        UnitCode.objects.create(
            unit=unit,
            scheme=UnitCode.Scheme.QCVN102,
            code=code,
            primary=True,
            valid=DateRange(start, end),
            recorded=DateTimeTZRange(EPOCH, None),
            source="bộ dữ liệu thử",
        )
    return unit


def actor(agency: Unit | None, *verbs: str, name: str = "Văn thư thử nghiệm") -> Actor:
    """A person of an agency with these verbs."""
    ident = agency.pk if agency else None
    return Actor(user_id=uuid4(), name=name, agency_id=ident, unit_id=ident, verbs=frozenset(verbs))


def clerk(agency: Unit) -> Actor:
    """Who may send, report and read for an agency."""
    return actor(agency, "exchange:message:send", *policies.TELL_VERBS, *READER)


def operator(name: str = "Quản trị nút thử nghiệm") -> Actor:
    """Who runs the node."""
    return actor(None, *OPERATOR, name=name)


def make_peer(*units: Unit, kind: str = "node", profile: str = "strict", code: str = "he-thong-khac") -> Peer:
    """An active connection that speaks for these units."""
    now = clock.now()
    peer = Peer.objects.create(
        code=code,
        name=f"Hệ thống {code}",
        kind=kind,
        profile=profile,
        endpoint="https://khac.example.vn",
        state="active",
        state_since=now,
        registered_at=now,
    )
    for unit in units:
        PeerUnit.objects.create(peer=peer, unit=unit, held=DateTimeTZRange(EPOCH, None))
    return peer


def make_key(peer: Peer) -> str:
    """A key of a connection, given by the operator."""
    return peers.add_key(by=operator(), target=peer)


@dataclass
class World:
    """A sender and three receivers."""

    sender: Unit
    receivers: list[Unit]
    number: int = 15
    files: list[Attachment] = field(default_factory=list)

    def attachment(self, content: bytes = PDF, name: str = "Công văn.pdf") -> Attachment:
        """A stored file of the sender, as the office hands it over."""
        by = replace(clerk(self.sender), user_id=None, name="office")
        stored = files.store(io.BytesIO(content), name, by=by, agency_id=self.sender.pk, made_here=True)
        return Attachment(
            file_id=stored.pk,
            name=stored.display_name,
            content_type=stored.content_type,
            sha256=stored.sha256,
            size=stored.size,
            main=True,
        )

    def letter(self, **changes: object) -> Letter:
        """The next công văn of the sender."""
        self.number += 1
        facts = Letter(
            document_id="",
            number=str(self.number),
            notation="UBND-VX",
            issued_on=clock.local_date(),
            place="Hà Nội",
            type_code=18,
            type_name="Công văn",
            subject=f"V/v triển khai kế hoạch số {self.number}",
            signer_competence="TL. BỘ TRƯỞNG",
            signer_position="Vụ trưởng",
            signer_name="Nguyễn Văn Thử",
        )
        return replace(facts, **changes)  # type: ignore[arg-type]

    def dispatch(self, *units: Unit, letter: Letter | None = None, source: UUID | None = None) -> Dispatch:
        """An order to send the next document to these units (default: all three receivers)."""
        if not self.files:
            self.files = [self.attachment()]
        return Dispatch(
            source=Ref("test:document", source or uuid4()),
            agency_id=self.sender.pk,
            letter=letter or self.letter(),
            attachments=tuple(self.files),
            receiver_unit_ids=tuple(unit.pk for unit in units or self.receivers),
            staff=Staff(department="Văn phòng", name="Trần Thị Thử"),
        )


def make_world() -> World:
    """Four fictional agencies on this node."""
    return World(
        sender=make_unit("Bộ Thử nghiệm A", "000.00.00.X51"),
        receivers=[make_unit(f"Sở Thử nghiệm {n}", f"000.00.00.X5{n}") for n in (2, 3, 4)],
    )
