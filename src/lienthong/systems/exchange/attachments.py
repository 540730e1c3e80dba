"""Files of packets: read when sending, judged and stored when received (EX-16..18, EX-22)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Attachment
from lienthong.core import files, lawbook
from lienthong.core.files import blobs, kinds
from lienthong.core.files.errors import FileRefused
from lienthong.core.files.inspect import Inspection, look
from lienthong.core.files.models import StoredFile
from lienthong.core.signing.verdicts import FileVerdict
from lienthong.core.signing.verify_pdf import judge_pdf, verify_pdf
from lienthong.kit import edxml
from lienthong.systems.exchange import keys
from lienthong.systems.exchange.codes import Refused

_BLOCK = 1 << 20
_MARK = b"/ByteRange"


class SecretFound(Exception):
    """A file bears a mark of state secrecy on its first page: the packet waits in quarantine (EX-1, CORE-58)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in one file of a packet, once for all its receivers: content, signatures, whether we made it."""

    inspection: Inspection
    verdict: FileVerdict
    made_here: bool = False


def open_file(file_id: UUID) -> BinaryIO:
    """The bytes of a stored file."""
    return files.open_file(file_id)


def judge(received: Sequence[edxml.ReceivedAttachment], *, cleared: bool = False) -> list[Judged]:
    """Look at every file of a packet, outside any transaction; raises Refused, or SecretFound.

    Bytes that this node has taken in before are not looked at again; those that it made itself are judged in this
    process, all others in a limited child (CORE-109). `cleared`: a person found that a mark is none of secrecy.
    """
    return [_judge(each, cleared) for each in received]


def _judge(each: edxml.ReceivedAttachment, cleared: bool) -> Judged:
    known = StoredFile.objects.filter(sha256=each.sha256.hex()).order_by("-made_here").first()
    if known is not None:
        inspection = Inspection(content_type=known.content_type)
    else:
        each.file.seek(0)
        with blobs.spool(each.file, most=int(lawbook.get("file.max_mb")) << 20) as written:
            inspection = look(written.path)
    if inspection.secret and not cleared:
        raise SecretFound
    inspection = replace(inspection, secret=False)
    if inspection.fault or inspection.kind is None:
        why = inspection.fault or "loại tệp này hệ thống không nhận"
        raise Refused("attachment_invalid", f"Tệp {each.attachment.name}: {why}.")
    name = edxml.display_name(each.attachment.name or "")
    made_here = (
        known is not None and known.made_here and kinds.extension_of(name) == kinds.extension_of(known.display_name)
    )
    return Judged(inspection, signatures_in(each.file, ours=made_here), made_here)


def signatures_in(file: BinaryIO, *, ours: bool = False) -> FileVerdict:
    """The verdict on the signatures inside a file, none where it is no PDF or bears none."""
    file.seek(0)
    if not _may_be_signed(file):
        return FileVerdict()
    file.seek(0)
    content = file.read()
    return judge_pdf(content, keys.trust()) if ours else verify_pdf(content, keys.trust())


def take_in(
    received: Sequence[edxml.ReceivedAttachment], judged: Sequence[Judged], *, by: Actor, agency_id: UUID
) -> list[Attachment]:
    """Store the files of a packet for one receiver; only the attachment's name names them (EX-17, F-EX-11)."""
    taken = []
    for order, (each, found) in enumerate(zip(received, judged, strict=True)):
        each.file.seek(0)
        try:
            stored = files.store(
                each.file,
                each.attachment.name,
                by=by,
                agency_id=agency_id,
                made_here=found.made_here,
                inspection=found.inspection,
                entry_point="exchange",
            )
        except FileRefused as refused:
            raise Refused("attachment_invalid", str(refused)) from None
        taken.append(
            Attachment(
                file_id=stored.pk,
                name=stored.display_name,
                content_type=stored.content_type,
                sha256=stored.sha256,
                size=stored.size,
                main=order == 0,
                description=each.attachment.description or "",
            )
        )
    return taken


def _may_be_signed(file: BinaryIO) -> bool:
    """A signature of a PDF names the bytes it covers in plain text; a file without that word holds none."""
    tail = b""
    block = file.read(_BLOCK)
    if b"%PDF-" not in block[:1024]:
        return False
    while block:
        if _MARK in tail + block:
            return True
        tail = block[-len(_MARK) :]
        block = file.read(_BLOCK)
    return False
