"""The printed page measured against PL I of NĐ 30/2020/NĐ-CP (OF-43, OF-44, OF-33)."""

import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lienthong.systems.office.rendering import Paper, Signer, Unprintable, fields, nd30, render
from lienthong.systems.office.rendering.tests.measure import Measured, measure
from lienthong.systems.office.rendering.tests.samples import annex, body, decision, letter, minutes, of_type, text

NUMBERED = {"number": "5", "issued_on": date(2020, 1, 5)}
ALPHABET = "aăâbcdđeêghiklmnoôơpqrstuưvxyfjwz"
TONED = "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"


@pytest.fixture(scope="module")
def qd() -> Measured:
    return measure(render(replace(decision(), **NUMBERED)))


@pytest.fixture(scope="module")
def cv() -> Measured:
    return measure(render(replace(letter(), **NUMBERED)))


@pytest.fixture(scope="module")
def long_paper() -> Measured:
    return measure(
        render(replace(decision(), body=body(*[text() for _ in range(16)]), annexes=(annex(1), annex(2)), **NUMBERED))
    )


# --- the page: OF-43 --------------------------------------------------------------------------------------------------


def test_of_43_page_and_margins(long_paper: Measured) -> None:
    """OF-43: A4; ink stays inside margins of 20–25, 30–35 and 15–20 mm, and reaches them."""
    assert all(size == pytest.approx((210, 297), abs=0.1) for size in long_paper.pages)
    inside = [t for t in long_paper.texts if not t.text.isdigit() or t.baseline > 20]
    assert 30 <= min(t.left for t in inside) <= 35
    assert 15 <= 210 - max(t.right for t in inside) <= 20
    # The first base line lies below the top margin, the last above the bottom margin.
    assert min(t.baseline - t.size * 0.25 for t in inside) >= 20
    assert 297 - max(t.baseline + t.size * 0.08 for t in inside) >= 20


def test_of_43_page_numbers_from_the_second_page(long_paper: Measured) -> None:
    """OF-43: Arabic, 13–14 upright, centred in the top margin, none on page 1; annex pages numbered apart."""
    numbers = {t.page: t for t in long_paper.texts if t.baseline < 20}
    annexes = [t.page for t in long_paper.texts if t.text.startswith("Phụ lục ")]
    assert 1 not in numbers
    assert (numbers[2].text, numbers[2].style) == ("2", "regular")
    assert 13 <= numbers[2].size <= 14
    assert (numbers[2].left + numbers[2].right) / 2 == pytest.approx(31 + (210 - 31 - 17) / 2, abs=0.5)
    assert not set(annexes) & set(numbers)
    assert len(annexes) == 2
    for first in annexes:
        if first + 1 in numbers:
            assert numbers[first + 1].text == "2"


def test_of_43_one_family_with_all_vietnamese_letters(tmp_path: Path) -> None:
    """OF-43, ARCHITECTURE §1: `pdffonts` finds exactly one family, all embedded; every letter reads back."""
    letters = f"{ALPHABET} {TONED} {ALPHABET.upper()} {TONED.upper()}"
    runs = [
        {"kind": "paragraph", "text": [{"text": letters, **marks}], "align": "left"}
        for marks in ({}, {"bold": True}, {"italic": True}, {"bold": True, "italic": True})
    ]
    pdf = render(replace(decision(), body=body(*runs), **NUMBERED))
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf)
    rows = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert {re.sub(r"^[A-Z]{6}\+|-.*$", "", row.split()[0]) for row in rows} == {"Tinos"}
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)
    read = "".join(t.text for t in measure(pdf).texts)
    assert set(letters) - {" "} <= set(read)


def test_of_43_a_letter_that_the_face_lacks_is_told_before_print() -> None:
    with pytest.raises(Unprintable, match="漢") as told:
        render(replace(decision(), subject="Báo cáo 漢字"))
    assert told.value.letters == ["字", "漢"]


# --- the nine parts: OF-44 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "style", "size"),
    [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "bold", (12, 13)),
        ("Độc lập - Tự do - Hạnh phúc", "bold", (13, 14)),
        ("Số: 05/QĐ-BNV", "regular", (13, 13)),
        ("Hà Nội, ngày 05 tháng 01 năm 2020", "italic", (13, 14)),
        ("Ban hành Quy chế", "bold", (13, 14)),
        ("BỘ TRƯỞNG BỘ NỘI VỤ", "bold", (13, 14)),
        ("Căn cứ Nghị định", "italic", (13, 14)),
        ("QUYẾT ĐỊNH:", "bold", (13, 14)),
        ("Điều 1.", "bold", (13, 14)),
        ("Ban hành kèm theo", "regular", (13, 14)),
        ("KT. BỘ TRƯỞNG", "bold", (13, 14)),
        ("THỨ TRƯỞNG", "bold", (13, 14)),
        ("Trần Văn Bình", "bold", (13, 14)),
        ("Nơi nhận:", "bold italic", (12, 12)),
        ("- Như Điều 3;", "regular", (11, 11)),
        ("- Lưu: VT, VP (2). NTH.25", "regular", (11, 11)),
    ],
)
def test_of_44_size_and_style_of_each_part(qd: Measured, words: str, style: str, size: tuple[int, int]) -> None:
    """OF-44: face and size of boxes 1–7, 9b, 12, all in black."""
    found = qd.find(words)
    assert found.style == style
    assert size[0] - 0.25 <= found.size <= size[1] + 0.25
    assert set(found.colour) <= {0}


@pytest.mark.parametrize(
    ("words", "style", "size"),
    [
        ("TỈNH ĐỒNG THÁP", "regular", (12, 13)),
        ("SỞ KHOA HỌC", "bold", (12, 13)),
        ("V/v triển khai", "regular", (12, 13)),
        ("Kính gửi:", "regular", (13, 14)),
        ("- Các sở, ban, ngành tỉnh;", "regular", (13, 14)),
        ("- Ủy ban nhân dân các xã, phường.", "regular", (13, 14)),
        ("HỎA TỐC", "bold", (13, 14)),
        ("LƯU HÀNH NỘI BỘ", "bold", (13, 14)),
        ("- Như trên;", "regular", (11, 11)),
        ("Số 12 đường Nguyễn Huệ", "regular", (11, 12)),
    ],
)
def test_of_44_parts_of_a_letter(cv: Measured, words: str, style: str, size: tuple[int, int]) -> None:
    """OF-44: boxes 2, 5b, 9a, 10b, 11, 13."""
    found = cv.find(words)
    assert found.style == style
    assert size[0] - 0.25 <= found.size <= size[1] + 0.25


def test_of_44_lines_under_motto_organ_and_subject(qd: Measured) -> None:
    """OF-44: under Tiêu ngữ as long as the text; under organ and trích yếu one third to one half, centred."""
    motto = qd.find("Độc lập")
    line = qd.under(motto)
    assert line.width == pytest.approx(motto.right - motto.left, abs=0.5)
    for words in ("BỘ NỘI VỤ", "quản lý văn bản và điều hành"):
        above = qd.find(words)
        longest = max(
            t.right - t.left
            for t in qd.texts
            if t.style == "bold"
            and 0 <= above.baseline - t.baseline < 7
            and t.left < above.right
            and t.right > above.left
        )
        line = qd.under(above)
        assert 1 / 3 <= line.width / longest <= 1 / 2
        assert (line.left + line.right) / 2 == pytest.approx((above.left + above.right) / 2, abs=0.5)


def test_of_44_two_columns_on_the_same_lines(qd: Measured) -> None:
    """PL I.IV: organ beside Quốc hiệu, number on the line of place and date; both columns centred in themselves."""
    organ, national = qd.find("BỘ NỘI VỤ"), qd.find("CỘNG HÒA")
    number, place = qd.find("Số: 05"), qd.find("Hà Nội, ngày")
    assert organ.right < 97 < national.left
    assert number.baseline == pytest.approx(place.baseline, abs=0.2)
    assert (number.left + number.right) / 2 == pytest.approx((organ.left + organ.right) / 2, abs=0.5)
    assert (place.left + place.right) / 2 == pytest.approx((national.left + national.right) / 2, abs=0.5)


def test_of_44_text_block(qd: Measured) -> None:
    """Box 6: first line 1 or 1.27 cm, 6 pt between paragraphs, justified, ended by "./."."""
    first, second = qd.find("Căn cứ Nghị định"), qd.find("Theo đề nghị")
    assert first.left - 31 == pytest.approx(12.7, abs=0.5)
    continued = next(t for t in qd.texts if t.text.startswith("về công tác văn thư;") or "văn thư;" in t.text)
    gap = (second.baseline - continued.baseline) - 14 * 1.2 * 25.4 / 72
    assert gap * 72 / 25.4 >= 6 - 0.25
    full = [t for t in qd.texts if t.size == 14 and t.right > 190]
    assert len({round(t.right, 0) for t in full}) == 1
    assert qd.find("./.").text.endswith("theo quy định./.")
    assert sum(t.text.count("./.") for t in qd.texts) == 1


def test_of_44_grounds_end_with_semicolons_and_a_full_stop(qd: Measured) -> None:
    assert qd.has("văn thư;")
    assert qd.find("Theo đề nghị").text.endswith("Văn phòng Bộ.")
    assert not qd.has(";;")


def test_of_44_v_v_stands_6_pt_below_the_number(cv: Measured) -> None:
    number, subject = cv.find("Số: 05"), cv.find("V/v")
    ascent_and_descent = (0.89 * 12 + 0.22 * 13) * 25.4 / 72
    assert (subject.baseline - number.baseline - ascent_and_descent) * 72 / 25.4 == pytest.approx(6, abs=2.5)
    assert subject.right < 97


@pytest.mark.parametrize(("urgency", "width"), [("Hỏa tốc", 30), ("Thượng khẩn", 40), ("Khẩn", 20), ("HOẢ TỐC", 30)])
def test_of_44_urgency_frames(urgency: str, width: float) -> None:
    """Box 10b: frames of 30×8, 40×8 and 20×8 mm in bright red around bold capitals."""
    page = measure(render(replace(letter(), urgency=urgency)))
    word = page.find(urgency.upper())
    assert tuple(word.colour) == (1, 0, 0)
    assert word.style == "bold"
    red = [s for s in page.strokes if s.colour is not None and tuple(s.colour) == (1, 0, 0)]
    assert max(s.right for s in red) - min(s.left for s in red) == pytest.approx(width, abs=0.5)
    assert max(s.bottom for s in red) - min(s.top for s in red) == pytest.approx(8, abs=0.5)


def test_of_44_circulation_is_framed_and_address_under_a_full_line(cv: Measured) -> None:
    mark = cv.find("LƯU HÀNH NỘI BỘ")
    around = [s for s in cv.strokes if s.left < mark.left and s.right > mark.right and abs(s.top - mark.baseline) < 8]
    assert around
    address = cv.find("Số 12 đường")
    line = [s for s in cv.strokes if s.width > 160 and 0 < address.baseline - s.top < 8]
    assert line
    assert address.baseline > 270


def test_of_44_signature_right_receivers_left(qd: Measured) -> None:
    name, post, receivers = qd.find("Trần Văn Bình"), qd.find("THỨ TRƯỞNG"), qd.find("Nơi nhận:")
    assert receivers.left == pytest.approx(31, abs=0.5)
    assert name.left > 105
    assert (name.left + name.right) / 2 == pytest.approx((post.left + post.right) / 2, abs=0.5)
    assert 25 <= name.baseline - post.baseline <= 40


@pytest.mark.parametrize("paragraphs", range(6, 13))
def test_of_44_the_signature_never_stands_alone_on_a_page(paragraphs: int) -> None:
    """PL I.II.7: signer and receivers share a page with text."""
    page = measure(render(replace(decision(), body=body(*[text() for _ in range(paragraphs)]))))
    name = page.find("Trần Văn Bình")
    assert any(t.page == name.page and t.size == 14 and t.baseline < name.baseline - 40 for t in page.texts)


# --- dates and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "day", "printed"),
    [
        ("Hà Nội", date(2020, 1, 5), "Hà Nội, ngày 05 tháng 01 năm 2020"),
        ("Thành phố Hồ Chí Minh", date(2019, 6, 29), "Thành phố Hồ Chí Minh, ngày 29 tháng 6 năm 2019"),
        ("Hà Nội", date(2026, 3, 8), "Hà Nội, ngày 08 tháng 3 năm 2026"),
    ],
)
def test_v_dt_issue_dates(place: str, day: date, printed: str) -> None:
    """V-DT-1, V-DT-2, V-DT-3, F-OF-12: as printed, on one line inside the right margin."""
    page = measure(render(replace(decision(), place=place, number="12", issued_on=day)))
    assert page.find("ngày").text == printed
    assert page.find("ngày").right <= 195


@pytest.mark.parametrize(
    ("number", "prefix", "notation", "printed"),
    [
        ("5", "", "/QĐ-BNV", "Số: 05/QĐ-BNV"),
        ("12", "", "QĐ-UBND", "Số: 12/QĐ-UBND"),
        ("22", "66.", "/2026/NQ-CP", "Số: 66.22/2026/NQ-CP"),
        ("1234", "", "/QĐ-TTg", "Số: 1234/QĐ-TTg"),
    ],
)
def test_f_of_12_numbers(number: str, prefix: str, notation: str, printed: str) -> None:
    """F-OF-12, OF-44 box 3: a leading zero below 10, no spaces around `/` and `-`."""
    paper = replace(decision(), number=number, number_prefix=prefix, notation=notation, issued_on=date(2026, 3, 8))
    assert measure(render(paper)).find("Số:").text == printed


# --- types and templates ----------------------------------------------------------------------------------------------


def test_of_41_29_types_of_unlike_abbreviations() -> None:
    """OF-41, F-OF-11: case and marks tell types apart."""
    types = nd30().types
    codes = [kind.code for kind in types.values() if kind.code]
    assert len(types) == 29
    assert len(set(codes)) == len(codes) == 27
    assert {types[key].name for key in ("QC", "QyĐ", "DA", "ĐA", "CT", "CTr")} == {
        *("Quy chế", "Quy định", "Dự án", "Đề án", "Chỉ thị", "Chương trình")
    }


@pytest.mark.parametrize("key", list(nd30().types))
def test_of_42_every_type_prints(key: str) -> None:
    """OF-42: each of the 29 types, with the parts of its template and nothing that it lacks."""
    paper = replace(of_type(key), **NUMBERED)
    page = measure(render(paper))
    assert page.find("CỘNG HÒA").page == 1
    assert page.has("Số: 05") == paper.has("number")
    assert page.has("ngày 05 tháng 01 năm 2020") == paper.has("place")
    if paper.heading:
        assert page.find(paper.heading).style == "bold"
    else:
        assert page.has("V/v")
    assert page.has("Nơi nhận:")


def test_of_42_minutes_have_two_signers_and_no_date() -> None:
    """OF-42 (1.9): thư ký left, chủ tọa right, "Lưu: VT, Hồ sơ", no box 4."""
    page = measure(render(minutes()))
    assert page.find("Lê Thị Mai").right < 105 < page.find("Trần Văn Bình").left
    assert page.has("- Lưu: VT, Hồ sơ.")
    assert not page.has("tháng")


def test_of_42_a_text_issued_with_a_decision_has_neither_number_nor_signature() -> None:
    """OF-42 (1.3): Quy chế kèm theo quyết định."""
    from lienthong.systems.office.rendering import Attached

    paper: Paper = replace(
        of_type("QC"),
        template="1.3",
        attached=Attached(type_name="Quyết định", notation="/QĐ-BNV", issuer="Bộ trưởng Bộ Nội vụ"),
    )
    page = measure(render(paper))
    assert page.has("(Kèm theo Quyết định số")
    assert page.has("của Bộ trưởng Bộ Nội vụ)")
    for words in ("Số:", "Nơi nhận:", "Trần Văn Bình", "Hà Nội"):
        assert not page.has(words)


def test_of_28_powers_are_stacked_in_capitals() -> None:
    """OF-28: TM./KT. lines one under the other; a collective enacts in its own name."""
    paper = replace(
        decision(),
        header=("Ủy ban nhân dân tỉnh Đồng Tháp",),
        signers=(Signer(lines=("TM. Ủy ban nhân dân", "KT. Chủ tịch", "Phó Chủ tịch"), name="Phạm Văn Cường"),),
    )
    page = measure(render(paper))
    lines = [page.find(words) for words in ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")]
    assert lines[0].baseline < lines[1].baseline < lines[2].baseline
    assert len({round((t.left + t.right) / 2) for t in lines}) == 1
    assert paper.enacted_by == "ỦY BAN NHÂN DÂN TỈNH ĐỒNG THÁP"


def test_of_44_a_long_subject_is_broken_evenly() -> None:
    subject = "Phê duyệt Kế hoạch triển khai thực hiện Chương trình tổng thể cải cách hành chính nhà nước " * 2
    page = measure(render(replace(decision(), subject=subject.strip(), **NUMBERED)))
    rows = [t for t in page.texts if t.style == "bold" and t.size == 14 and 52 < t.baseline < 80][:4]
    widths = [t.right - t.left for t in rows]
    assert len(rows) >= 2
    assert min(widths) > max(widths) * 0.6
    assert all(t.left >= 31 and t.right <= 193.5 for t in rows)


def test_of_44_sizes_printed_lie_in_the_ranges_of_the_decree() -> None:
    sizes = nd30().sizes
    for part, (low, high) in sizes["allowed"].items():
        assert low <= sizes[part] <= high, part
    assert fields.TEXT_FIELDS == ("so", "ngay")
