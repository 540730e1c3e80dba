"""Synthetic packets with fictional X-codes, for tests, demonstrations and benchmarks (exchange.md §12).

Never copies of real packets; nothing here is an official code or a real person.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from lienthong.kit.edxml import model
from lienthong.kit.edxml.builder import build, with_digests
from lienthong.kit.edxml.names import make_document_id
from lienthong.kit.edxml.profiles import Profile

SENDER = "000.00.00.X51"
RECEIVERS = ("000.00.00.X52", "000.00.00.X53", "000.00.00.X54")
HUBS = ("000.00.00.X98", "000.00.00.X99")
DAY = date(2026, 9, 30)
INSTANT = datetime(2026, 9, 30, 2, 15, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def party(organ_id: str, name: str = "") -> model.Party:
    """A fictional agency."""
    return model.Party(
        organ_id=organ_id,
        organization_in_charge="Cơ quan chủ quản thử nghiệm",
        organ_name=name or f"Cơ quan thử nghiệm {organ_id[-3:]}",
        organ_add="Số 1 đường Thử Nghiệm",
        email=f"vanthu.{organ_id[-3:].lower()}@example.vn",
        telephone="024 0000 0000, máy lẻ 1234",
        website="https://example.vn",
    )


def header(
    *, receivers: Sequence[str] = RECEIVERS[:1], number: str = "16", document_id: str | None = None, priority: int = 0
) -> model.MessageHeader:
    """The header of a fictional công văn."""
    code = model.Code(number=number, notation="UBND-VX")
    return model.MessageHeader(
        sender=party(SENDER),
        receivers=tuple(party(each) for each in receivers),
        document_id=document_id or make_document_id(SENDER, DAY, str(code)),
        code=code,
        promulgation_info=model.PromulgationInfo(place="Hà Nội", promulgation_date=DAY),
        document_type=model.DocumentType(type="2", type_detail=18, type_name="Công văn"),
        subject="V/v triển khai kế hoạch chuyển đổi số năm 2026",
        signer_info=model.SignerInfo(competence="TL. BỘ TRƯỞNG", position="Vụ trưởng", full_name="Nguyễn Văn Thử"),
        other_info=model.OtherInfo(priority=priority, promulgation_amount=3, page_amount=2),
        steering_type=0,
        to_places=model.ToPlaces(places=("Như trên", "Lưu: VT, CĐS.")),
    )


def trace(business: model.Business | None = None, *, hops: int = 1) -> model.TraceHeaderList:
    """One hop of the sender and, for three, two hubs."""
    nodes = (SENDER, *HUBS)[:hops]
    return model.TraceHeaderList(
        headers=tuple(model.TraceHeader(organ_id=node, timestamp=INSTANT) for node in nodes),
        business=business or model.Business(),
    )


def document(
    business: model.Business | None = None,
    *,
    names: Sequence[str] = ("Công văn 16.pdf",),
    response_for: Sequence[model.ResponseFor] = (),
    hops: int = 1,
    receivers: Sequence[str] = RECEIVERS[:1],
    document_id: str | None = None,
    priority: int = 0,
) -> model.DocumentPacket:
    """A document packet with one manifest reference and one attachment a name."""
    ids = [str(209 + place) for place in range(len(names))]
    return model.DocumentPacket(
        header=replace(
            header(receivers=receivers, document_id=document_id, priority=priority), response_for=tuple(response_for)
        ),
        trace=trace(business, hops=hops),
        references=tuple(
            model.Reference(content_id=f"cid:{each}", content_type="application/pdf", attachment_name=name)
            for each, name in zip(ids, names, strict=True)
        ),
        attachments=tuple(
            model.Attachment(content_id=each, name=name, content_type="application/pdf")
            for each, name in zip(ids, names, strict=True)
        ),
    )


def earlier(number: str = "15") -> model.ResponseFor:
    """A reference to an earlier document of the same sender."""
    code = f"{number}/UBND-VX"
    return model.ResponseFor(
        organ_id=SENDER, code=code, document_id=make_document_id(SENDER, DAY, code), promulgation_date=DAY
    )


def recall() -> model.DocumentPacket:
    """Type 1 with the signed notice of recall (EX-5, EX-15)."""
    business = model.Business(type=model.BusinessType.RECALL, reason="Ban hành nhầm", paper=0)
    return document(business, names=("Thông báo thu hồi.pdf",), response_for=(earlier(),))


def update(*, metadata: bool = True, added: Sequence[str] = (), removed: Sequence[str] = ()) -> model.DocumentPacket:
    """Type 2: metadata, receivers, or both (EX-31)."""
    changes = [model.ReceiverChange(organ_id=each, receiver_type=1) for each in added]
    changes += [model.ReceiverChange(organ_id=each, receiver_type=0) for each in removed]
    business = model.Business(
        type=model.BusinessType.UPDATE,
        document_id=make_document_id(SENDER, DAY, "16/UBND-VX"),
        reason="Sửa trích yếu của gói tin",
        document_info=model.BusinessDocumentInfo(
            document_info=int(metadata),
            document_receiver=int(bool(changes)),
            receiver_list=model.ReceiverList(receivers=tuple(changes)) if changes else None,
        ),
        staff_info=model.StaffInfo(department="Văn phòng", staff="Trần Thị Thử", email="thu@example.vn"),
    )
    return document(business)


def replacement(*old_numbers: str) -> model.DocumentPacket:
    """Type 3: one new document for one or several old ones, each for its own receivers."""
    replaced = tuple(
        model.ReplacementInfo(
            document_id=make_document_id(SENDER, DAY, f"{number}/UBND-VX"),
            organ_ids=model.OrganIdList(organ_ids=RECEIVERS[: place + 1]),
        )
        for place, number in enumerate(old_numbers)
    )
    business = model.Business(
        type=model.BusinessType.REPLACE,
        reason="Thay thế văn bản có sai sót",
        replacements=model.ReplacementInfoList(replacements=replaced),
    )
    return document(business)


def status(code: str = "03", *, description: str | None = None, sender: str = RECEIVERS[0]) -> model.StatusPacket:
    """A status of the receiver on the sender's document (§3.5)."""
    return model.StatusPacket(
        header=model.StatusHeader(
            sender=party(sender),
            response_for=earlier("16"),
            staff_info=model.StaffInfo(department="Văn phòng", staff="Lê Văn Thử", mobile="0900000000"),
            status_code=code,
            description=description or ("Không thuộc thẩm quyền" if code in ("02", "13", "16") else None),
            timestamp=INSTANT,
        )
    )


def zipped(name: str, content: bytes) -> bytes:
    """A ZIP with one entry, as many systems wrap an attachment (EX-17)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 9, 30, 9, 15, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def to_bytes(
    packet: model.Packet, contents: Sequence[bytes] | None = None, *, profile: Profile = Profile.STRICT
) -> bytes:
    """A packet as bytes, each attachment a small PDF unless `contents` says otherwise, digests filled in."""
    out = io.BytesIO()
    count = len(packet.attachments) if isinstance(packet, model.DocumentPacket) else 0
    payloads = [io.BytesIO(each) for each in (contents if contents is not None else [PDF] * count)]
    if isinstance(packet, model.DocumentPacket):
        packet = with_digests(packet, payloads)
    build(packet, payloads, out, profile=profile, today=DAY)
    return out.getvalue()
