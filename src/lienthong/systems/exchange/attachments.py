"""Files of packets: read from the files of the platform when sending, stored there when received (EX-16..18, EX-22)."""

from collections.abc import Sequence
from typing import BinaryIO
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Attachment
from lienthong.core import files
from lienthong.core.files.models import StoredFile
from lienthong.core.signing.verdicts import FileVerdict
from lienthong.core.signing.verify_pdf import verify_pdf
from lienthong.kit import edxml
from lienthong.systems.exchange import keys

_BLOCK = 1 << 20
_MARK = b"/ByteRange"


def open_file(file_id: UUID) -> BinaryIO:
    """The bytes of a stored file."""
    return files.open_file(StoredFile.objects.get(pk=file_id))


def take_in(received: Sequence[edxml.ReceivedAttachment], *, by: Actor, agency_id: UUID) -> list[Attachment]:
    """Store the files of a packet for one receiver; only the attachment's name names them (EX-17)."""
    taken = []
    for order, each in enumerate(received):
        each.file.seek(0)
        stored = files.store(each.file, each.attachment.name, by=by, agency_id=agency_id)
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


def verdicts(received: Sequence[edxml.ReceivedAttachment]) -> list[FileVerdict]:
    """The signatures inside each file, once a packet whatever the number of receivers (EX-22)."""
    found = []
    for each in received:
        each.file.seek(0)
        if not _may_be_signed(each.file):
            found.append(FileVerdict())
            continue
        each.file.seek(0)
        found.append(verify_pdf(each.file.read(), keys.trust()))
    return found


def _may_be_signed(file: BinaryIO) -> bool:
    """A signature of a PDF names the bytes it covers in plain text; a file without that word holds none."""
    tail = b""
    first = file.read(_BLOCK)
    if b"%PDF-" not in first[:1024]:
        return False
    block = first
    while block:
        if _MARK in tail + block:
            return True
        tail = block[-len(_MARK) :]
        block = file.read(_BLOCK)
    return False
