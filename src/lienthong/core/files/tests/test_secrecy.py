"""A mark of state secrecy on page 1 stops the file; hostile files are an answer (CORE-58, CORE-109)."""

import io
import zlib
from pathlib import Path

import pytest

from lienthong.contracts.actor import Actor
from lienthong.core import files
from lienthong.core.actions.errors import Forbidden, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.files import blobs, inspect
from lienthong.core.files.errors import FileRefused, SecretMark
from lienthong.core.files.models import Quarantined, StoredFile

from .conftest import docx, pdf

HEAD = "<p>BỘ THỬ NGHIỆM</p><p>Số: 12/BC-BTN</p>"
MARK = '<p style="border: 1px solid red; width: 3cm">{}</p>'


def looked(content: io.BytesIO, tmp_path: Path) -> inspect.Inspection:
    path = tmp_path / "tep"
    path.write_bytes(content.getvalue())
    return inspect.look(path)


@pytest.mark.parametrize(
    "mark", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "T Ố I  M Ậ T", "[ MẬT ]", "TO\u0302\u0301I MA\u0302\u0323T"]
)
def test_v_sec_1_a_mark_on_a_line_of_its_own_stops(mark: str, tmp_path: Path) -> None:
    """V-SEC-1: under the header, framed or spaced, composed or decomposed, in PDF and DOCX."""
    found = looked(pdf(HEAD + MARK.format(mark) + "<p>Nội dung</p>"), tmp_path)
    assert (found.fault, found.secret) == ("", True)
    found = looked(docx("BỘ THỬ NGHIỆM", mark, "Nội dung"), tmp_path)
    assert (found.fault, found.secret) == ("", True)


def test_v_sec_1_a_mark_in_its_own_column_stops(tmp_path: Path) -> None:
    page = "<table style='width:100%'><tr><td>MẬT</td><td style='text-align:right'>Hà Nội, ngày 02 tháng 3</td></table>"
    assert looked(pdf(HEAD + page), tmp_path).secret


@pytest.mark.parametrize(
    "line", ["MẬT ĐỘ DÂN CƯ", "BẢO MẬT", "Độ mật: Không", "Bảo vệ bí mật nhà nước", "MẬT ONG RỪNG", "Mật"]
)
def test_v_sec_2_other_words_pass(line: str, tmp_path: Path) -> None:
    """V-SEC-2: words that hold the mark are none."""
    assert not looked(pdf(HEAD + f"<p>{line}</p>"), tmp_path).secret
    assert not looked(docx("BỘ THỬ NGHIỆM", line), tmp_path).secret


def test_v_sec_2_on_page_2_or_low_on_page_1_it_passes(tmp_path: Path) -> None:
    assert not looked(pdf(HEAD + '<div style="break-after: page"></div><p>MẬT</p>'), tmp_path).secret
    assert not looked(pdf(HEAD + '<p style="margin-top: 18cm">MẬT</p>'), tmp_path).secret
    assert not looked(docx("BỘ THỬ NGHIỆM", "", "MẬT"), tmp_path).secret


@pytest.mark.django_db(transaction=True)
def test_core_58_a_marked_file_leaves_no_trace_but_time_actor_and_entry(clerk: Actor, store_folder: Path) -> None:
    """CORE-58: stopped in quarantine, wiped on confirmation; no row, name, hash or index entry speaks of it."""
    with pytest.raises(SecretMark, match="sổ giấy") as stopped:
        files.store(
            pdf(HEAD + MARK.format("TỐI MẬT")),
            "Kế hoạch X.pdf",
            by=clerk,
            agency_id=clerk.agency_id,
            entry_point="tải lên",
        )
    ident = stopped.value.quarantine_id
    assert not StoredFile.objects.exists()
    assert blobs.quarantined(ident).exists()
    files.wipe_quarantined(ident, by=clerk)
    assert not [path for path in store_folder.rglob("*") if path.is_file()]
    assert not Quarantined.objects.exists()
    entries = JournalEntry.objects.filter(actor=clerk.key)
    assert [entry.verb for entry in entries.order_by("at")] == ["core:secret:stop", "core:secret:wipe"]
    assert all(entry.after == {"entry_point": "tải lên"} for entry in entries)
    assert not any("Kế hoạch" in bytes(entry.canonical).decode() for entry in entries)


@pytest.mark.django_db(transaction=True)
def test_core_58_a_file_stopped_by_mistake_needs_a_second_person(clerk: Actor, stranger: Actor) -> None:
    with pytest.raises(SecretMark) as stopped:
        files.store(pdf(HEAD + MARK.format("MẬT")), "mau.pdf", by=clerk, agency_id=clerk.agency_id)
    ident = stopped.value.quarantine_id
    with pytest.raises(Forbidden):
        files.release_quarantined(ident, "mau.pdf", by=clerk, reason="biểu mẫu tập huấn")
    with pytest.raises(NotSeen):
        files.release_quarantined(ident, "mau.pdf", by=stranger, reason="biểu mẫu tập huấn")
    second = Actor(user_id=stranger.user_id, name="Người phụ trách", agency_id=clerk.agency_id)
    file = files.release_quarantined(ident, "mau.pdf", by=second, reason="biểu mẫu tập huấn")
    assert file.content_type == "application/pdf"
    assert not blobs.quarantined(ident).exists()


# --- hostile files ----------------------------------------------------------------------------------------------------


def raw_pdf(content: bytes, page: bytes = b"") -> io.BytesIO:
    """A PDF of one page, put together by hand."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << >> %s >>" % page,
        content,
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(out)
    return io.BytesIO(out + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer)


def bomb_pdf() -> io.BytesIO:
    """A page whose content unfolds to 2 GB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(16 << 20)) for _ in range(128)) + packer.flush()
    return raw_pdf(
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    )


@pytest.mark.parametrize(
    ("words", "height", "secret"), [("TỐI MẬT", 780, True), ("TỐI MẬT", 90, False), ("Đã xem", 780, False)]
)
def test_v_sec_1_a_stamp_laid_over_the_page_counts(words: str, height: int, secret: bool, tmp_path: Path) -> None:
    """V-SEC-1: a mark put on as a note or stamp, as PDF editors do."""
    text = ("\ufeff" + words).encode("utf-16-be").hex().encode()
    note = b"/Annots [<< /Type /Annot /Subtype /FreeText /Rect [60 %d 200 %d] /Contents <%s> >>]" % (
        height,
        height + 20,
        text,
    )
    assert looked(raw_pdf(b"<< /Length 0 >>\nstream\n\nendstream", note), tmp_path) == inspect.Inspection(
        "application/pdf", secret=secret
    )


@pytest.mark.django_db
def test_f_core_31_a_crafted_pdf_is_an_answer(clerk: Actor, store_folder: Path) -> None:
    """F-CORE-31, CORE-109: a PDF that eats memory dies in its child; the uploader reads why, the next upload works."""
    with pytest.raises(FileRefused, match="không đọc được"):
        files.store(bomb_pdf(), "bom.pdf", by=clerk, agency_id=clerk.agency_id)
    assert not [path for path in store_folder.rglob("*") if path.is_file()]
    assert files.store(pdf("<p>Tốt</p>"), "tot.pdf", by=clerk, agency_id=clerk.agency_id).size


def test_core_56_a_zip_that_leads_outside_is_refused(tmp_path: Path) -> None:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../ngoai.txt", "x")
    assert "ra ngoài" in looked(out, tmp_path).fault
