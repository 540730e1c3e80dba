"""Mode A from approval to archive, what may follow a signature, and who may seal (OF-21, CORE-61, CORE-65, CORE-66)."""

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
import weasyprint
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from lienthong.contracts.signing import SigningUnavailable, TimeStampUnavailable
from lienthong.core.signing import appearance, fields, pades, tsa
from lienthong.core.signing.keystore import LocalKey
from lienthong.core.signing.pki import Kind, Subject
from lienthong.core.signing.verdicts import (
    FileVerdict,
    PaperKind,
    PaperValue,
    Reason,
    Status,
    file_verdict_from_json,
    paper_value,
    to_json,
)
from lienthong.core.signing.verify_pdf import FILLED_AFTER, judge_pdf, verify_pdf

from .conftest import AGENCY, ITALIC, LEADER, ORGANISATION, REGULAR, DeadService, World

NUMBER = {"so_ky_hieu": "15", "ngay": "25", "thang": "11"}
FILL = {"so_ky_hieu": fields.Fill(REGULAR), "ngay": fields.Fill(ITALIC), "thang": fields.Fill(ITALIC)}


def by_leader(world: World, pdf: bytes, look: pades.Look = pades.NO_LOOK) -> bytes:
    return pades.sign_as_person(pdf, world.key(LEADER), "ky_lanh_dao", look=look, stamps=world.stamps).content


def by_agency(world: World, pdf: bytes, look: pades.Look = pades.NO_LOOK) -> bytes:
    return pades.sign_as_organisation(
        pdf,
        world.key(ORGANISATION),
        "ky_co_quan",
        paper=PaperKind.MAIN,
        trust=world.trust(),
        look=look,
        stamps=world.stamps,
    ).content


@pytest.fixture
def issued(world: World, paper: bytes, pictures: tuple[pades.Look, pades.Look]) -> bytes:
    """Signed by the leader, numbered, signed by the agency."""
    signed = by_leader(world, paper, pictures[0])
    return by_agency(world, fields.fill_fields(signed, NUMBER, FILL), pictures[1])


def appended(pdf: bytes, change: object) -> bytes:
    """The PDF with one more revision in which `change(writer)` was done."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)  # type: ignore[operator]
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def test_of_21_mode_a_both_signatures_stand(world: World, paper: bytes, issued: bytes) -> None:
    """OF-21, OF-20: signed, numbered, sealed; filling is reported and permitted; the approved bytes are untouched."""
    verdict = judge_pdf(issued, world.trust())
    assert issued.startswith(paper)
    leader, agency = verdict.signatures
    assert (leader.field, leader.status, leader.altered) == ("ky_lanh_dao", Status.VALID, False)
    assert (agency.field, agency.status, agency.altered) == ("ky_co_quan", Status.VALID, False)
    assert FILLED_AFTER in leader.notes
    assert FILLED_AFTER not in agency.notes
    assert not leader.covers_file
    assert agency.covers_file
    assert leader.time.proven
    assert paper_value(verdict, PaperKind.MAIN) is PaperValue.ORIGINAL


def test_core_61_pdfsig_accepts_both(issued: bytes, tmp_path: Path) -> None:
    """A program that is not ours reads two valid signatures, SHA-256, PAdES."""
    target = tmp_path / "paper.pdf"
    target.write_bytes(issued)
    report = subprocess.run(["pdfsig", "-nocert", target], capture_output=True, text=True, check=True).stdout
    assert report.count("Signature Validation: Signature is Valid.") == 2
    assert report.count("ETSI.CAdES.detached") == 2
    assert report.count("SHA-256") == 2
    assert "Total document signed" in report


def test_of_21_filled_values_are_seen_in_vietnamese_fonts(issued: bytes, tmp_path: Path) -> None:
    target = tmp_path / "paper.pdf"
    target.write_bytes(issued)
    words = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"15.*25.*11", words, re.DOTALL)
    fonts = subprocess.run(["pdffonts", target], capture_output=True, text=True, check=True).stdout
    assert "Tinos-Regular" in fonts
    assert "Tinos-Italic" in fonts


def test_of_21_filled_digits_stand_close_and_centred(world: World, paper: bytes, tmp_path: Path) -> None:
    """ "15" in 13 points is 13 points wide (two halves of an em) and stands in the middle of its field."""
    target = tmp_path / "paper.pdf"
    target.write_bytes(fields.fill_fields(paper, {"so_ky_hieu": "15"}, fields.Fill(REGULAR)))
    words = subprocess.run(["pdftotext", "-bbox", target, "-"], capture_output=True, text=True, check=True).stdout
    found = re.search(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">15<', words)
    assert found
    x1, y1, x2, y2 = map(float, found.groups())
    assert x2 - x1 == pytest.approx(13, abs=0.2)
    assert (x1 + x2) / 2 == pytest.approx(125, abs=0.2)
    assert (y1 + y2) / 2 == pytest.approx(842 - 709, abs=2)


def test_of_21_a_value_with_all_diacritics_is_written(world: World, paper: bytes, tmp_path: Path) -> None:
    signed = by_leader(world, paper)
    target = tmp_path / "paper.pdf"
    target.write_bytes(fields.fill_fields(signed, {"so_ky_hieu": "Đặng"}, fields.Fill(REGULAR)))
    words = subprocess.run(["pdftotext", target, "-"], capture_output=True, text=True, check=True).stdout
    assert "Đặng" in words


def test_of_21_fields_are_filled_once_and_must_fit(world: World, paper: bytes) -> None:
    filled = fields.fill_fields(by_leader(world, paper), NUMBER, FILL)
    with pytest.raises(fields.FieldError, match="đã được điền"):
        fields.fill_fields(filled, {"so_ky_hieu": "16"}, fields.Fill(REGULAR))
    with pytest.raises(fields.FieldError, match="không có trong tệp"):
        fields.fill_fields(paper, {"khong_co": "1"}, fields.Fill(REGULAR))
    with pytest.raises(fields.FieldError, match="không đủ chỗ"):
        fields.fill_fields(paper, {"ngay": "ngày hai mươi lăm"}, fields.Fill(REGULAR))


def refill(writer: IncrementalPdfFileWriter) -> None:
    for reference in writer.root["/AcroForm"]["/Fields"]:
        entry = reference.get_object()
        if entry["/T"] == "so_ky_hieu":
            entry["/V"] = generic.TextStringObject("16")
            writer.mark_update(reference)


def change_page(writer: IncrementalPdfFileWriter) -> None:
    page = writer.find_page_for_modification(0)[0]
    stream = writer.add_object(generic.StreamObject(stream_data=b"q 1 0 0 rg 0 0 100 100 re f Q"))
    writer.add_stream_to_page(0, stream)
    writer.mark_update(page)


def test_core_65_refilled_number_is_altered(world: World, paper: bytes, issued: bytes) -> None:
    """A number is filled once: another one later is `altered`, before the agency's signature and after it."""
    numbered = fields.fill_fields(by_leader(world, paper), NUMBER, FILL)
    for pdf in (numbered, issued):
        verdict = judge_pdf(appended(pdf, refill), world.trust())
        assert verdict.altered
        assert paper_value(verdict, PaperKind.MAIN) is PaperValue.INVALID


def test_core_65_changed_page_is_altered(world: World, paper: bytes, issued: bytes) -> None:
    for pdf in (by_leader(world, paper), issued):
        verdict = judge_pdf(appended(pdf, change_page), world.trust())
        assert verdict.altered
        assert all(s.altered for s in verdict.signatures)
        assert "Tệp đã bị thay đổi sau chữ ký này." in verdict.signatures[0].sentences


def test_of_21_locked_field_changed_is_altered(world: World) -> None:
    """A field that the leader's lock does not leave open (OF-21)."""
    box = appearance.Box(100, 500, 200, 520)
    pdf = fields.add_fields(
        weasyprint.HTML(string="<p>Thử</p>").write_pdf(),
        [fields.TextField("so_ky_hieu", box)],
        [fields.SignatureField("ky_lanh_dao", replace(box, y1=300, y2=360))],
    )
    pdf = fields.add_fields(pdf, [fields.TextField("so_luong_ban", replace(box, y1=600, y2=620))], [])
    signed = by_leader(world, pdf)
    free = judge_pdf(fields.fill_fields(signed, {"so_ky_hieu": "15"}, fields.Fill(REGULAR)), world.trust())
    locked = judge_pdf(fields.fill_fields(signed, {"so_luong_ban": "9"}, fields.Fill(REGULAR)), world.trust())
    assert not free.altered
    assert locked.altered


def test_core_65_field_filled_after_a_signature_without_a_lock_is_altered(world: World) -> None:
    """Without FieldMDP nothing was left open on purpose."""
    box = appearance.Box(100, 500, 200, 520)
    pdf = fields.add_fields(weasyprint.HTML(string="<p>Thử</p>").write_pdf(), [fields.TextField("so", box)], [])
    signed = pades.sign_as_person(pdf, world.key(LEADER), "ky", box=replace(box, y1=300, y2=360)).content
    assert not judge_pdf(signed, world.trust()).altered
    assert judge_pdf(fields.fill_fields(signed, {"so": "15"}, fields.Fill(REGULAR)), world.trust()).altered


def test_core_65_flipped_byte_is_invalid(world: World, issued: bytes) -> None:
    """Every tenth byte of the approved page, one at a time, is either caught or makes the file unreadable."""
    trust = world.trust()
    for position in range(200, 2600, 240):
        broken = bytearray(issued)
        broken[position] ^= 0x20
        value = paper_value(judge_pdf(bytes(broken), trust), PaperKind.MAIN)
        assert value is PaperValue.INVALID, position


def test_core_65_bytes_behind_the_last_revision_are_altered(world: World, issued: bytes, paper: bytes) -> None:
    """What belongs to no revision does not ride on the signature; line ends of a mail program do no harm."""
    trust = world.trust()
    assert judge_pdf(issued + b"\n%more", trust).altered
    assert paper_value(judge_pdf(issued + b"\r\n", trust), PaperKind.MAIN) is PaperValue.ORIGINAL
    assert paper_value(judge_pdf(paper, trust), PaperKind.MAIN) is PaperValue.REFERENCE


def test_f_of_4_seal_without_the_leader_is_refused(world: World, paper: bytes) -> None:
    """F-OF-4, CORE-66: neither copy nor annex, so the agency waits for the person."""
    with pytest.raises(pades.SealRefused, match="chưa có chữ ký của người có thẩm quyền"):
        by_agency(world, paper)


def test_core_66_seal_over_a_bad_leader_signature_is_refused(world: World, paper: bytes) -> None:
    expired = LocalKey.of(
        "k",
        world.pki.officials.issue(
            LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC), valid_to=datetime(2025, 2, 1, tzinfo=UTC)
        ),
    )
    signed = pades.sign_as_person(paper, expired, "ky_lanh_dao", stamps=world.stamps).content
    with pytest.raises(pades.SealRefused, match="đã hết hạn khi ký"):
        by_agency(world, signed)


def test_core_66_seal_over_an_altered_paper_is_refused(world: World, paper: bytes) -> None:
    with pytest.raises(pades.SealRefused, match="đã bị thay đổi"):
        by_agency(world, appended(by_leader(world, paper), change_page))


def test_core_66_person_after_agency_is_no_original(world: World, paper: bytes) -> None:
    """Leader before organisation (OF-20, Đ32.2.d): the other order is only for reference."""
    first = pades.sign_as_organisation(
        paper, world.key(ORGANISATION), "ky_co_quan", paper=PaperKind.COPY, trust=world.trust()
    ).content
    verdict = judge_pdf(by_leader(world, first), world.trust())
    assert len(verdict.signatures) == 2
    assert paper_value(verdict, PaperKind.MAIN) is PaperValue.REFERENCE


def test_v_sig_6_copy_with_the_agency_alone_is_acceptable(world: World) -> None:
    """V-SIG-6, F-CORE-29: a scanned SY, top right of page 1, no image; on a main paper it is not enough."""
    scan = weasyprint.HTML(string="<p>Bản quét</p>").write_pdf()
    look = pades.Look(text=lambda at: appearance.copy_text("SAO Y", AGENCY, at), font=REGULAR)
    copy = pades.sign_as_organisation(
        scan,
        world.key(ORGANISATION),
        "ky_sao",
        paper=PaperKind.COPY,
        trust=world.trust(),
        look=look,
        box=pades.top_right(scan),
        stamps=world.stamps,
    ).content
    verdict = judge_pdf(copy, world.trust())
    assert paper_value(verdict, PaperKind.COPY) is PaperValue.COPY
    assert paper_value(verdict, PaperKind.MAIN) is PaperValue.REFERENCE


def test_of_51_separate_annex(world: World, paper: bytes, tmp_path: Path) -> None:
    """OF-51, EX-22, OF-53: no image; the printed time equals the signed and the stamped time ± 1 s."""
    annex = weasyprint.HTML(string="<p>Phụ lục</p>").write_pdf()
    key, box = world.key(ORGANISATION), pades.top_right(annex)
    look = pades.Look(text=lambda at: appearance.annex_text("15/QĐ-BTN", at), font=REGULAR)

    def sealed(main: PaperValue) -> pades.SignedPdf:
        return pades.sign_as_organisation(
            annex,
            key,
            "ky_phu_luc",
            paper=PaperKind.ANNEX,
            main=main,
            trust=world.trust(),
            look=look,
            box=box,
            stamps=world.stamps,
        )

    with pytest.raises(pades.SealRefused, match="văn bản chính"):
        sealed(PaperValue.REFERENCE)
    done = sealed(PaperValue.ORIGINAL)
    verdict = judge_pdf(done.content, world.trust())
    assert paper_value(verdict, PaperKind.ANNEX, main=PaperValue.ORIGINAL) is PaperValue.ANNEX
    assert paper_value(verdict, PaperKind.ANNEX, main=PaperValue.REFERENCE) is PaperValue.REFERENCE
    target = tmp_path / "annex.pdf"
    target.write_bytes(done.content)
    words = subprocess.run(["pdftotext", "-layout", target, "-"], capture_output=True, text=True, check=True).stdout
    printed = re.search(r"15/QĐ-BTN; (\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \+07:00)", words)
    assert printed, words
    at = datetime.strptime(printed.group(1), "%d/%m/%Y %H:%M:%S %z")
    assert at == done.signed_at
    assert verdict.signatures[0].time.at is not None
    assert abs(verdict.signatures[0].time.at - at) <= timedelta(seconds=1)


def test_core_69_outage_signs_without_stamp_and_recovers(world: World, paper: bytes) -> None:
    """CORE-69, F-EX-18: both authorities silent → B-B, "chờ dấu thời gian"; stamped later, the time is proven."""
    silent = tsa.TimeStamps([DeadService(), DeadService()])
    signed = pades.sign_as_person(paper, world.key(LEADER), "ky_lanh_dao", stamps=silent)
    assert (signed.level, signed.waiting_for_stamp) == ("B-B", True)
    assert not judge_pdf(signed.content, world.trust()).signatures[0].time.proven
    with pytest.raises(TimeStampUnavailable):
        pades.stamp_later(signed.content, silent)
    stamped = pades.stamp_later(signed.content, world.stamps)
    (verdict,) = judge_pdf(stamped, world.trust()).signatures
    assert verdict.time.proven
    assert (verdict.status, verdict.altered) == (Status.VALID, False)
    numbered = fields.fill_fields(stamped, NUMBER, FILL)
    assert not judge_pdf(numbered, world.trust()).altered


def test_core_61_archived_file_outlives_certificates_and_lists(world: World, paper: bytes) -> None:
    """B-LTA: verified years later from the file alone, when every signer's certificate has expired."""
    signed_at, years_later = datetime(2026, 3, 1, 3, tzinfo=UTC), datetime(2031, 3, 1, tzinfo=UTC)
    with time_machine.travel(signed_at):
        pdf = by_agency(world, fields.fill_fields(by_leader(world, paper), NUMBER, FILL))
        kept = pades.archive(pdf, world.trust(), world.stamps)
    fresh = world.trust(years_later)
    verdict = judge_pdf(kept, fresh, now=years_later)
    assert not verdict.altered
    assert [s.status for s in verdict.signatures] == [Status.VALID_AT_SIGNING] * 2
    assert paper_value(verdict, PaperKind.MAIN) is PaperValue.ORIGINAL


def test_core_61_renewed_proof_outlives_the_stamp_certificate(world: World, paper: bytes) -> None:
    """The authority's certificate ends in 2033; a proof renewed before still holds, one not renewed does not."""
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC)):
        once = pades.archive(by_leader(world, paper), world.trust(), world.stamps)
    with time_machine.travel(datetime(2032, 3, 1, tzinfo=UTC)):
        later_tsa = LocalKey.of(
            "tsa-3",
            world.pki.officials.issue(
                Subject(Kind.TSA, "Dấu thời gian mới", "Liên Thông"), valid_to=datetime(2034, 1, 1, tzinfo=UTC)
            ),
        )
        renewed = pades.archive(once, world.trust(), tsa.TimeStamps([tsa.LocalTimeStampService("TSA 3", later_tsa)]))
    now = datetime(2033, 6, 1, tzinfo=UTC)
    assert judge_pdf(once, world.trust(now), now=now).signatures[0].reason is Reason.NO_TIME_PROOF
    (verdict,) = judge_pdf(renewed, world.trust(now), now=now).signatures
    assert (verdict.status, verdict.altered) == (Status.VALID_AT_SIGNING, False)


def test_core_68_wrong_field_names_the_cause(world: World, paper: bytes) -> None:
    with pytest.raises(SigningUnavailable, match="khong_co"):
        pades.sign_as_person(paper, world.key(LEADER), "khong_co")
    with pytest.raises(SigningUnavailable, match="ky_lanh_dao"):
        by_leader(world, by_leader(world, paper))


def test_core_109_untrusted_pdf_in_a_child(world: World, issued: bytes) -> None:
    """The child's verdict equals ours; rubbish is an answer, not a crash."""
    trust, now = world.trust(), datetime.now(UTC)
    assert verify_pdf(issued, trust, now=now) == judge_pdf(issued, trust, now=now)
    for rubbish in (b"", b"%PDF-1.7\n", issued[: len(issued) // 2], b"\x00" * 5000):
        verdict = verify_pdf(rubbish, trust, now=now)
        assert verdict.error.startswith("không đọc được tệp PDF")
        assert paper_value(verdict, PaperKind.MAIN) is PaperValue.INVALID


def test_core_63_verdict_travels_as_json(world: World, issued: bytes) -> None:
    verdict = judge_pdf(issued, world.trust())
    assert file_verdict_from_json(to_json(verdict)) == verdict


def test_core_66_uncertain_signature_leaves_the_value_open(world: World, issued: bytes) -> None:
    """Nothing known of revocation: the paper is `chưa xác định`, neither original nor refused."""
    bare = replace(world.trust(), crls=())
    assert paper_value(judge_pdf(issued, bare), PaperKind.MAIN) is PaperValue.UNDETERMINED
    assert paper_value(FileVerdict(), PaperKind.COPY) is PaperValue.REFERENCE


def test_core_68_signed_elsewhere_only_the_signature_is_new(world: World, paper: bytes) -> None:
    """Offline: downloaded, signed elsewhere, uploaded; anything beside the one signature is refused."""
    trust = world.trust()
    good = by_leader(world, paper)
    assert pades.accept_signed_elsewhere(paper, good, "ky_lanh_dao", trust).signer.name == LEADER.name
    filled = fields.fill_fields(paper, {"so_ky_hieu": "99"}, fields.Fill(REGULAR))
    touched = appended(paper, change_page)
    in_one = pades.sign_as_person(
        paper, world.key(LEADER), "them", box=appearance.Box(50, 50, 100, 90), stamps=world.stamps
    ).content
    expired = LocalKey.of(
        "k",
        world.pki.officials.issue(
            LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC), valid_to=datetime(2025, 2, 1, tzinfo=UTC)
        ),
    )
    late = pades.sign_as_person(paper, expired, "ky_lanh_dao").content
    for after in (
        paper,
        by_leader(world, filled),
        by_leader(world, touched),
        by_leader(world, appended(paper, refill)),
        fields.fill_fields(good, {"so_ky_hieu": "99"}, fields.Fill(REGULAR)),
        appended(good, change_page),
        in_one,
        late,
        good[:-200],
        b"%PDF",
    ):
        with pytest.raises(SigningUnavailable):
            pades.accept_signed_elsewhere(paper, after, "ky_lanh_dao", trust)


def bomb() -> bytes:
    """A small PDF whose one object stream unfolds to a gigabyte."""
    import zlib

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0" * 2**20) for _ in range(1024)) + packer.flush()
    head = b"%PDF-1.7\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length " + str(len(packed)).encode()
    body = head + b">>\nstream\n" + packed + b"\nendstream\nendobj\n"
    table = zlib.compress(b"\x02" + (1).to_bytes(4, "big") + b"\x00" + b"\x01" + (9).to_bytes(4, "big") + b"\x00")
    at = len(body)
    xref = b"3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Index[2 1 1 1]/Root 2 0 R/Filter/FlateDecode/Length "
    xref += str(len(table)).encode() + b">>\nstream\n" + table + b"\nendstream\nendobj\nstartxref\n"
    return body + xref + str(at).encode() + b"\n%%EOF\n"


def test_f_core_31_a_crafted_pdf_is_an_answer_and_costs_little(world: World) -> None:
    """Unfolding bombs and endless nesting: an error within seconds, and this process has not grown."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    nested = b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000 + b"]" * 200_000 + b"\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    for hostile in (bomb(), nested):
        assert len(hostile) < 2**21
        verdict = verify_pdf(hostile, world.trust(), seconds=20)
        assert verdict.error
        assert not verdict.signatures
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
