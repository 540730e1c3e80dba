"""Two agencies with a clerk each, a store of their own, and files made on the spot."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import weasyprint

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.contracts.scanner import ScannerUnavailable, ScanResult
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Unit
from lienthong.kit import clock

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.fixture(autouse=True)
def store_folder(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_DIR = tmp_path / "files"
    return tmp_path / "files"


def make_clerk(name: str) -> Actor:
    unit = Unit.objects.create(created_at=clock.now())
    unit.agency = unit
    unit.save()
    user = User.objects.create_user(name, f"Văn thư {name}")
    return Actor(user_id=user.pk, name=user.full_name, unit_id=unit.pk, agency_id=unit.pk)


@pytest.fixture
def clerk(db: None) -> Actor:
    return make_clerk("vanthu")


@pytest.fixture
def stranger(db: None) -> Actor:
    return make_clerk("nguoila")


def pdf(body: str) -> io.BytesIO:
    """A PDF with this HTML as its body."""
    return io.BytesIO(weasyprint.HTML(string=f"<html lang=vi><body>{body}</body></html>").write_pdf())


def docx(*paragraphs: str) -> io.BytesIO:
    """A DOCX with these paragraphs; "" is a page break."""
    body = "".join(
        f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" if text else '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
        for text in paragraphs
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    out.seek(0)
    return out


@dataclass
class Engine:
    """A scanner whose behaviour a test sets; it looks for the industry's harmless test string."""

    down: bool = False
    crash: bool = False
    name: str = "quét thử 1.0"

    def scan(self, stream: BinaryIO) -> ScanResult:
        if self.down:
            raise ScannerUnavailable("không kết nối được")
        if self.crash:
            raise MemoryError
        return ScanResult(clean=b"EICAR" not in stream.read(), threat="EICAR")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    monkeypatch.setitem(ports._ports, "scanner", made)
    return made
