"""The file of an outgoing document through its life: frozen, signed, numbered, sealed, locked (OF-19, OF-21, Đ11.2).

Every step makes a new revision of the same PDF; earlier bytes stay inside it, so each signature keeps its proof.
"""

import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Answered, Attachment, Letter
from lienthong.contracts.signing import SigningUnavailable
from lienthong.core import files, lawbook
from lienthong.core.actions import ref_of
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.files.models import StoredFile
from lienthong.core.orgs.authority import SigningLine
from lienthong.core.orgs.queries import as_of, current
from lienthong.core.signing import pades, service
from lienthong.core.signing.fields import fill_fields
from lienthong.core.signing.verdicts import PaperKind
from lienthong.kit import clock, vietnamese
from lienthong.kit.hashing import sha256_hex
from lienthong.kit.numbering import DocumentNumber
from lienthong.systems.office import rendering, types
from lienthong.systems.office.models import Draft, OutgoingDocument, OutgoingFile, Receiver
from lienthong.systems.office.rendering import fields as places

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Revision:
    """The file after one step."""

    file: StoredFile
    at: datetime
    certificate: str = ""


def cleaned(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The text of a draft as it is stored (CORE-35), and what is wrong with it for the form."""
    if not content.get("blocks"):
        return {}, {"content": "Nhập nội dung văn bản."}
    try:
        return rendering.clean(content), {}
    except rendering.InvalidBody as error:
        return {}, {"content": "; ".join(f"{fault.where}: {fault.message}" for fault in error.faults[:5])}


def layout(document: OutgoingDocument, line: SigningLine) -> rendering.Paper:
    """What will be printed: header of the issuing body, receivers and signer from the one source of each (OF-23,
    OF-28).
    """
    body = document.issuing_body
    kind = types.by_code()[document.type_code]
    receivers = list(document.receivers.all())
    names = {unit: version.official_name for unit, version in current(r.unit_id for r in receivers).items()}
    unit = as_of(document.unit_id)
    abbreviation = unit.abbreviation if unit else ""
    notation = _notation(document, kind, body.abbreviation)
    main = tuple(names[r.unit_id] for r in receivers if r.role == Receiver.Role.MAIN and r.unit_id in names)
    copies = tuple(names[r.unit_id] for r in receivers if r.role == Receiver.Role.COPY and r.unit_id in names)
    addressed = kind.is_letter or kind.code in {"to_trinh", "bao_cao"}
    return rendering.Paper(
        type=_printed_type(kind),
        header=tuple(body.header_lines) or (body.name.upper(),),
        notation=notation,
        place=body.place,
        subject=document.subject,
        body=document.content,
        signers=(rendering.Signer(lines=line.lines, name=line.name, post=line.post),),
        addressees=main if addressed else (),
        grounds=tuple(document.legal_basis),
        recipients=copies if addressed else (*main, *copies),
        archive_unit=abbreviation,
        urgency=_urgency(document.urgency),
    )


def _notation(document: OutgoingDocument, kind: types.DocumentType, organ: str) -> str:
    if kind.is_letter:
        unit = f"-{document.notation_unit}" if document.notation_unit else ""
        return f"/{organ}{unit}"
    return f"/{kind.abbreviation}-{organ}"


def _urgency(level: int) -> str:
    """The words of the frame in box 10b; normal papers have none."""
    return {1: "KHẨN", 2: "THƯỢNG KHẨN", 3: "HỎA TỐC"}.get(level, "")


def _printed_type(kind: types.DocumentType) -> rendering.DocumentType:
    for printed in rendering.nd30().types.values():
        if printed.code == kind.abbreviation and (printed.code or printed.name == kind.name):
            return printed
    raise Invalid(f"Chưa có mẫu trình bày cho loại {kind.name}.", {"type_code": "Chọn loại khác."}, "no_layout")


def preview(document: OutgoingDocument, line: SigningLine) -> bytes:
    """The PDF of the draft as it stands."""
    try:
        return rendering.render(layout(document, line))
    except (rendering.InvalidBody, rendering.Unprintable) as error:
        raise Invalid(f"Chưa dàn trang được văn bản: {error}", {"content": str(error)}, "unprintable") from error


def freeze(document: OutgoingDocument, line: SigningLine, *, by: Actor) -> Draft:
    """Render, store and freeze the next version of a draft (OF-19)."""
    pdf = preview(document, line)
    stored = _store(document, pdf, by=by)
    last = document.drafts.order_by("-number").values_list("number", flat=True).first() or 0
    document.pages = service.page_count(pdf)
    draft = Draft.objects.create(
        document=document,
        number=last + 1,
        created_at=clock.now(),
        by_id=by.person,
        facts={
            "type": document.type_code,
            "subject": document.subject,
            "content": document.content,
            "legal_basis": document.legal_basis,
            "urgency": document.urgency,
            "receivers": [[str(r.unit_id), r.role, r.channel] for r in document.receivers.all()],
            "signer": [*line.lines, line.name],
        },
        file=stored,
    )
    _set_main(document, stored, "submit")
    return draft


def main_file(document: OutgoingDocument) -> OutgoingFile:
    """The present revision of the main file."""
    row = document.files.select_related("file").filter(role=OutgoingFile.Role.MAIN, current=True).first()
    if row is None:
        raise Conflict("Văn bản chưa có tệp để xử lý.", "no_file")
    return row


def sign_as_person(document: OutgoingDocument, *, by: Actor) -> Revision:
    """The competent person's PAdES signature into its field, with the picture of the handwriting (OF-50)."""
    assert by.user_id is not None
    try:
        key = service.person_key(by.user_id)
        signed = pades.sign_as_person(
            _bytes(document),
            key,
            places.LEADER,
            look=pades.Look(png=service.handwriting(by.user_id, by.name)),
            stamps=service.stamps(),
        )
    except SigningUnavailable as error:
        raise Conflict(f"Chưa ký được: {error}", "signing_unavailable") from error
    stored = _store(document, signed.content, by=by)
    _set_main(document, stored, "sign")
    return Revision(stored, signed.signed_at, service.serial(key))


def fill_number(document: OutgoingDocument, number: DocumentNumber, on: date, *, by: Actor) -> Revision:
    """Fill số and ngày as a new revision that the leader's signature permits (OF-21, mode A)."""
    values = {places.NUMBER: number.number, places.DATE: vietnamese.issue_date_text(on)}
    filled = fill_fields(_bytes(document), values, places.looks())
    stored = _store(document, filled, by=by, name=number.text.replace("/", "-"))
    _set_main(document, stored, "number")
    return Revision(stored, clock.now())


def seal_as_agency(document: OutgoingDocument, *, by: Actor) -> Revision:
    """The agency's signature with the picture of its seal; refused while the leader's is absent or bad (CORE-66)."""
    try:
        key = service.agency_key(document.agency_id)
        sealed = pades.sign_as_organisation(
            _bytes(document),
            key,
            places.ORGANISATION,
            paper=PaperKind.MAIN,
            trust=service.trust(),
            look=pades.Look(png=service.seal_picture(document.agency_id, document.issuing_body.name)),
            stamps=service.stamps(),
        )
    except SigningUnavailable as error:
        raise Conflict(f"Chưa ký số của cơ quan được: {error}", "signing_unavailable") from error
    except pades.SealRefused as error:
        raise Conflict(str(error), "seal_refused") from error
    stored = _store(document, sealed.content, by=by, name=document.code.replace("/", "-"))
    _set_main(document, stored, "seal")
    return Revision(stored, sealed.signed_at, service.serial(key))


def lock_files(document: OutgoingDocument) -> int:
    """Lock every present file of an issued document: no screen, API or job can change it (CORE-55, F-CORE-20)."""
    rows = list(document.files.select_related("file").filter(current=True))
    for order, row in enumerate(rows):
        files.link(ref_of(document), row.role, row.file, order=order, lock=True)
    return len(rows)


def attachments(document: OutgoingDocument) -> tuple[Attachment, ...]:
    """The files that travel: the sealed main file first, then annexes."""
    rows = document.files.select_related("file").filter(current=True).order_by("-role", "order")
    ordered = sorted(rows, key=lambda row: (row.role != OutgoingFile.Role.MAIN, row.order))
    return tuple(
        Attachment(
            file_id=row.file_id,
            name=row.name,
            content_type=row.file.content_type,
            sha256=row.file.sha256,
            size=row.file.size,
            main=row.role == OutgoingFile.Role.MAIN,
        )
        for row in ordered
    )


def letter(document: OutgoingDocument, answers: tuple[Answered, ...]) -> Letter:
    """The facts of the packet's header, all from the document (OF-67: nothing typed twice)."""
    kind = types.by_code()[document.type_code]
    number, _, notation = document.code.partition("/")
    assert document.issued_on is not None
    lines = document.signer_lines
    return Letter(
        document_id=document.document_id,
        number=number,
        notation=notation,
        issued_on=document.issued_on,
        place=document.issuing_body.place,
        type_code=kind.axis_code or 0,
        type_name=kind.name.removesuffix(" (cá biệt)"),
        subject=document.subject,
        signer_competence=" / ".join(lines[:-1]),
        signer_position=lines[-1] if lines else "",
        signer_name=document.signer_name,
        due_on=document.due_on,
        priority=document.urgency,
        pages=document.pages,
        to_places=(),
        answers=answers,
    )


def _bytes(document: OutgoingDocument) -> bytes:
    """The main file's bytes; what was changed on the disk behind the platform's back is neither signed nor sent."""
    stored = main_file(document).file
    with files.open_file(stored) as stream:
        content = stream.read()
    if sha256_hex(content) != stored.sha256:
        raise Conflict(
            "Tệp của văn bản trên máy chủ đã bị thay đổi ngoài hệ thống; không ký, không gửi. Báo người vận hành.",
            "file_changed",
        )
    return content


def _store(document: OutgoingDocument, pdf: bytes, *, by: Actor, name: str = "") -> StoredFile:
    base = name or vietnamese.border_name(document.subject)[: int(lawbook.get("file.name_max_chars"))]
    return files.store(io.BytesIO(pdf), f"{base}.pdf", by=by, agency_id=document.agency_id, made_here=True)


def _set_main(document: OutgoingDocument, stored: StoredFile, step: str) -> None:
    rows = document.files.filter(role=OutgoingFile.Role.MAIN)
    revision = rows.count() + 1
    rows.filter(current=True).update(current=False)
    OutgoingFile.objects.create(
        document=document,
        role=OutgoingFile.Role.MAIN,
        step=step,
        revision=revision,
        name=stored.display_name,
        file=stored,
        created_at=clock.now(),
    )
