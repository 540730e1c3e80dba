"""Mode A from print to seal: fields in place, filled like print, the seal over a third of the image (OF-21, OF-50)."""

import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
import weasyprint
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from lienthong.core.signing import demo_images, pades, pki
from lienthong.core.signing.appearance import annex_text
from lienthong.core.signing.fields import fill_fields
from lienthong.core.signing.keystore import LocalKey
from lienthong.core.signing.pki import Kind, Subject
from lienthong.core.signing.trust import Anchor, TrustList
from lienthong.core.signing.verdicts import PaperKind, Status
from lienthong.core.signing.verify_pdf import judge_pdf
from lienthong.kit.vietnamese import issue_date_text
from lienthong.systems.office.rendering import Attached, Signer, fields, fonts, nd30, pdf, render, render_annex
from lienthong.systems.office.rendering.tests.measure import flatten, measure
from lienthong.systems.office.rendering.tests.samples import annex, decision, letter, minutes, of_type

MM = 72 / 25.4
DOTS = 300 / 25.4
DAY = date(2026, 11, 25)
START = datetime(2026, 1, 1, tzinfo=UTC)


def rectangles(content: bytes) -> dict[str, list[float]]:
    """Name of each form field → its corners in points."""
    root = PdfFileReader(BytesIO(content)).root
    rows = [reference.get_object() for reference in root["/AcroForm"]["/Fields"]]
    return {str(row["/T"]): [float(value) for value in row["/Rect"]] for row in rows}


def filled(content: bytes, number: str = "05") -> bytes:
    return fill_fields(content, {fields.NUMBER: number, fields.DATE: issue_date_text(DAY)}, fields.looks())


def test_of_21_the_fields_of_mode_a_have_fixed_names() -> None:
    """OF-21: số, ngày and every signature are there before anybody signs; ký nháy are invisible."""
    found = rectangles(render(decision()))
    assert set(found) == {"so", "ngay", "ky_nguoi_co_tham_quyen", "ky_co_quan", "ky_nhay_1", "ky_nhay_2"}
    for name in fields.INITIALS:
        assert found[name] == [0, 0, 0, 0]


def test_of_21_a_numbered_paper_has_no_fields_for_number_and_date() -> None:
    found = rectangles(render(replace(decision(), number="5", issued_on=DAY)))
    assert not {"so", "ngay"} & set(found)


def test_of_73_each_signer_and_each_agency_has_a_field() -> None:
    two = (Signer(lines=("Bộ trưởng",), name="A"), Signer(lines=("Tổng Kiểm toán Nhà nước",), name="B"))
    found = rectangles(render(replace(decision(), signers=two)))
    assert {"ky_nguoi_co_tham_quyen", "ky_nguoi_co_tham_quyen_2", "ky_co_quan", "ky_co_quan_2"} <= set(found)
    assert found["ky_nguoi_co_tham_quyen"][2] < found["ky_nguoi_co_tham_quyen_2"][0]
    assert "ky_co_quan" not in rectangles(render(minutes()))
    assert "ky_co_quan_2" in rectangles(render(minutes()))


@pytest.mark.parametrize("number", ["05", "123", "7816"])
def test_of_21_filled_fields_stand_like_print(number: str) -> None:
    """OF-21, OF-44: number flush with its notation and date after the place, on the base line, in face and size."""
    page = measure(flatten(filled(render(decision()), number)))
    number_text, notation, word = page.find(number), page.find("/QĐ-BNV"), page.find("Số:")
    place, day = page.find("Hà Nội,"), page.find("ngày 25 tháng 11 năm 2026")
    assert number_text.baseline == pytest.approx(notation.baseline, abs=0.15)
    assert notation.left - number_text.right == pytest.approx(0, abs=0.5)
    assert (number_text.size, number_text.style) == (word.size, "regular")
    assert day.baseline == pytest.approx(place.baseline, abs=0.15)
    assert 0 < day.left - place.right < 2
    assert (day.size, day.style) == (place.size, "italic")


def test_of_43_filled_fields_bring_no_second_family(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(filled(render(letter())))
    rows = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert {row.partition("+")[2].split("-")[0].split()[0] for row in rows} == {"Tinos"}


def test_of_50_the_seal_overlaps_a_third_of_the_signature_on_its_left() -> None:
    """OF-50: real size of 36 mm, over 0.28–0.38 of the leader's image, on its left, between title and name."""
    content = render(decision())
    found = rectangles(content)
    leader, seal = found["ky_nguoi_co_tham_quyen"], found["ky_co_quan"]
    overlap = (seal[2] - leader[0]) / (leader[2] - leader[0])
    assert 0.28 <= overlap <= 0.38
    assert seal[0] < leader[0]
    assert (seal[2] - seal[0]) / MM == pytest.approx(36, abs=0.5)
    assert (seal[3] - seal[1]) / MM == pytest.approx(36, abs=0.5)
    page = measure(content)
    title, name = page.find("THỨ TRƯỞNG"), page.find("Trần Văn Bình")
    middle = 297 - (leader[1] + leader[3]) / 2 / MM
    assert title.baseline < middle < name.baseline
    assert (leader[0] + leader[2]) / 2 / MM == pytest.approx((name.left + name.right) / 2, abs=0.5)


# --- the whole chain --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Keys:
    leader: LocalKey
    agency: LocalKey
    trust: TrustList


@pytest.fixture(scope="module")
def keys() -> Keys:
    tree = pki.DemoPki.create(valid_from=START)

    def issue(subject: Subject) -> LocalKey:
        return LocalKey.of("thu", tree.officials.issue(subject, valid_from=START))

    return Keys(
        issue(Subject(Kind.PERSON, "Trần Văn Bình", "Bộ Nội vụ", "Thứ trưởng")),
        issue(Subject(Kind.ORGANISATION, "Bộ Nội vụ", "Bộ Nội vụ", code="X01")),
        TrustList((Anchor(pki.der(tree.root.issued.certificate)),), crls=tree.crls()),
    )


def issued(keys: Keys, content: bytes) -> bytes:
    signature = pades.Look(png=demo_images.signature_png("Trần Văn Bình"))
    bold = fonts.load(fonts.default_folder()).bold.path
    seal = pades.Look(png=demo_images.seal_png("BỘ NỘI VỤ", bold))
    signed = pades.sign_as_person(content, keys.leader, fields.LEADER, look=signature).content
    return pades.sign_as_organisation(
        filled(signed), keys.agency, fields.ORGANISATION, paper=PaperKind.MAIN, trust=keys.trust, look=seal
    ).content


def test_of_20_of_21_printed_signed_numbered_sealed(keys: Keys) -> None:
    """OF-20, OF-21: both signatures stand on a paper of this printer; the approved bytes are its beginning."""
    approved = render(decision())
    content = issued(keys, approved)
    assert content.startswith(approved)
    verdict = judge_pdf(content, keys.trust)
    assert verdict.error == ""
    assert [s.field for s in verdict.signatures] == [fields.LEADER, fields.ORGANISATION]
    assert all(s.status == Status.VALID and not s.altered for s in verdict.signatures)
    assert not verdict.altered


def test_f_of_13_seal_round_in_real_size_and_text_beneath_readable(keys: Keys, tmp_path: Path) -> None:
    """F-OF-13, OF-50: at 300 dpi the seal is as wide as high, 36 mm, transparent; the letters beneath stay black."""
    path = tmp_path / "a.pdf"
    path.write_bytes(issued(keys, render(decision())))
    subprocess.run(["pdftoppm", "-r", "300", "-png", "-singlefile", path, tmp_path / "a"], check=True)
    page = Image.open(tmp_path / "a.png").convert("RGB")
    dots = page.load()
    assert dots is not None
    places = [(x, y) for y in range(page.height // 2, page.height) for x in range(page.width)]
    colour = {place: dots[place] for place in places if dots[place] != (255, 255, 255)}
    red = [place for place, (r, g, b) in colour.items() if r > 150 and g < 120 and b < 130]
    blue = [place for place, (r, g, b) in colour.items() if b > 120 and r < 110 and g < 120]
    left, right = min(x for x, _ in red), max(x for x, _ in red)
    top, bottom = min(y for _, y in red), max(y for _, y in red)
    assert (right - left) / DOTS == pytest.approx((bottom - top) / DOTS, abs=0.4)
    assert 34.5 <= (right - left) / DOTS <= 36.5
    assert min(x for x, _ in blue) < right
    # Not an opaque disc: most of it is bare paper, and the letters of the title run on beneath.
    bare = sum(1 for y in range(top, bottom) for x in range(left, right) if (x, y) not in colour)
    assert bare > 0.4 * (right - left) * (bottom - top)
    title = measure(path.read_bytes()).find("THỨ TRƯỞNG")
    row = round((title.baseline - 1.2) * DOTS)
    letters = [
        colour.get((x, row), (255, 255, 255)) for x in range(round(title.left * DOTS), round(title.right * DOTS))
    ]
    assert sum(1 for pixel in letters if max(pixel) < 110) > 40


def test_of_51_an_annex_in_a_file_of_its_own(keys: Keys) -> None:
    """OF-51: "(Kèm theo …)" with number and date blank; the agency signs top right of page 1, text only, 10 points."""
    to = Attached(type_name="Quyết định", notation="/QĐ-BNV", issuer="Bộ trưởng Bộ Nội vụ")
    content = render_annex(annex(2), to)
    found = rectangles(content)
    assert set(found) == {"ky_co_quan"}
    box = [value / MM for value in found["ky_co_quan"]]
    assert box[2] == pytest.approx(210 - nd30().page["right"], abs=0.5)
    assert box[1] > 297 - 21
    page = measure(content)
    assert page.find("Phụ lục II").style == "bold"
    assert page.find("DANH MỤC CHẾ ĐỘ BÁO CÁO").style == "bold"
    assert page.find("của Bộ trưởng Bộ Nội vụ)").style == "italic"
    assert not any(digit in page.find("(Kèm theo").text for digit in "0123456789")
    look = pades.Look(text=lambda at: annex_text("05/QĐ-BNV", at), font=fonts.load(fonts.default_folder()).regular.path)
    signed = pades.sign_as_organisation(
        content, keys.agency, fields.ORGANISATION, paper=PaperKind.COPY, trust=keys.trust, look=look
    ).content
    shown = measure(flatten(signed)).find("05/QĐ-BNV;")
    assert (shown.size, shown.style) == (10, "regular")
    assert shown.text.endswith("+07:00")
    assert shown.baseline < 21


# --- nothing from outside ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/",
        "https://x.example/a.png",
        "data:image/png;base64,AAAA",
        "ftp://x/",
        "a.png",
    ],
)
def test_f_core_30_nothing_is_fetched(source: str) -> None:
    """F-CORE-30, CORE-109: image, style, annex and link sources of every scheme stop the rendering."""
    fetcher = pdf.OnlyGiven({})
    for html in (
        f'<img src="{source}">',
        f'<link rel="stylesheet" href="{source}">',
        f'<link rel="attachment" href="{source}">',
    ):
        with pytest.raises(pdf.ForbiddenResource):
            weasyprint.HTML(string=html.format(source), url_fetcher=fetcher, base_url=pdf.style.SCHEME).write_pdf()


def test_f_core_30_markup_in_a_text_is_printed_as_typed() -> None:
    """F-CORE-30, CORE-109: a drafter's markup reaches the page as letters, in every place where text goes."""
    bad = '<img src="file:///etc/passwd"><b>x</b>'
    blocks = {"version": 1, "blocks": [{"kind": "paragraph", "text": [bad], "align": "left"}]}
    paper = replace(
        decision(),
        subject="thử <i>nghiệm</i>",
        body=blocks,
        grounds=(bad,),
        recipients=("<script>",),
        authority="<u>",
        place="A & B",
    )
    page = measure(render(paper, with_fields=False))
    for words in ('<img src="file:///etc/passwd"><b>x</b>./.', "thử <i>nghiệm</i>", "- <script>;", "<U>", "A & B,"):
        assert page.has(words)


def test_of_21_paper_to_be_written_by_hand_has_blanks_and_no_fields() -> None:
    content = render(of_type("TB"), with_fields=False)
    assert "/AcroForm" not in PdfFileReader(BytesIO(content)).root
    page = measure(content)
    assert page.has("/TB-BNV")
    assert page.has("năm")
    assert not any(digit in page.find("ngày").text for digit in "0123456789")
