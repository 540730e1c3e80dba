"""Old encodings are detected and previewed, never converted silently (CORE-38, F-CORE-7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kit import legacy_text
from lienthong.kit.legacy_text import Detection, Doubt, Encoding, convert, detect, detect_column, preview

SENTENCES = [
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Độc lập - Tự do - Hạnh phúc",
    "Về việc báo cáo kết quả kiểm tra, rà soát văn bản quy phạm pháp luật",
    "Ủy ban nhân dân xã Nguyễn Huệ, huyện Đông Triều",
    "Kế hoạch triển khai chuyển đổi số năm 2026 của Văn phòng",
    "Thuở nhỏ, quý khách khuya khoắt ngoằn ngoèo, giếng nước ướt át",
    "Đề nghị các đơn vị gửi ý kiến trước ngày 15 tháng 3",
]
TO_TCVN3 = {letter: shown for shown, letter in legacy_text._TCVN3.items()}
TO_VNI = {letter: shown for shown, letter in legacy_text._VNI.items()}


def old(text: str, encoding: Encoding) -> str:
    table = TO_TCVN3 if encoding is Encoding.TCVN3 else TO_VNI
    return "".join(table.get(c, c) for c in text)


def test_v_tx_3_tcvn3() -> None:
    """V-TX-3"""
    assert detect("QuyÕt ®Þnh").encoding is Encoding.TCVN3
    assert convert("QuyÕt ®Þnh", Encoding.TCVN3).text == "Quyết định"


def test_v_tx_4_vni() -> None:
    """V-TX-4"""
    assert detect("Vieät Nam").encoding is Encoding.VNI
    assert convert("Vieät Nam", Encoding.VNI).text == "Việt Nam"


@pytest.mark.parametrize(
    "text",
    [*SENTENCES, "Hà Nội", "Hà Tây", "bà và cô", "là", "ASCII only 123", "", "café", "São Paulo", "naïve", "№ 12"],
)
def test_v_tx_5_correct_text_is_left(text: str) -> None:
    """V-TX-5, F-CORE-7"""
    assert detect(text) == Detection(None, 0.0)


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_of_both_encodings(text: str, encoding: Encoding) -> None:
    """CORE-38: found out and read back; TCVN3 keeps no capitals with tones, so Ủ comes as it can."""
    if encoding is Encoding.TCVN3:
        text = text.replace("Ủy", "ủy")
    shown = old(text, encoding)
    assert shown != text
    assert detect(shown).encoding is encoding
    assert convert(shown, encoding).text == text


def test_whole_tables_are_read_back() -> None:
    """CORE-38: 74 letters of TCVN3, all 134 of VNI, each to its own."""
    vowels = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ"
    lower = [c for c in vowels if not c.isascii()]
    assert set(legacy_text._TCVN3.values()) == set(lower) | set("ĂÂÊÔƠƯĐ")
    assert set(legacy_text._VNI.values()) == set(lower) | {c.upper() for c in lower}
    for letter in lower:
        assert convert(old(letter, Encoding.TCVN3), Encoding.TCVN3).text == letter
        for case in (letter, letter.upper()):
            assert convert(old(case, Encoding.VNI), Encoding.VNI).text == case


def test_lost_capitals_are_listed() -> None:
    """CORE-38, F-CORE-7: capitals that the font hid are named, one by one, not guessed."""
    made = convert("UBND TØNH QU¶NG NAM", Encoding.TCVN3)
    assert made.text == "UBND TỈNH QUẢNG NAM".replace("Ỉ", "ỉ").replace("Ả", "ả")
    assert made.doubts == (Doubt(6, "ỉ", "Ỉ"), Doubt(12, "ả", "Ả"))
    assert convert("QuyÕt ®Þnh", Encoding.TCVN3).doubts == ()


def test_column_is_previewed_side_by_side() -> None:
    """CORE-38: a short cell is judged by its column; cells that do not change are not shown."""
    column = [old("Sở Nội vụ", Encoding.TCVN3), "UBND", old("Văn phòng", Encoding.TCVN3), "12"]
    assert detect_column(column).encoding is Encoding.TCVN3
    assert [(p.original, p.text) for p in preview(column, Encoding.TCVN3)] == [
        (column[0], "Sở Nội vụ"),
        (column[2], "Văn phòng"),
    ]


@given(st.text(max_size=40))
def test_no_text_breaks_the_detector(text: str) -> None:
    """CORE-38"""
    found = detect(text)
    assert 0.0 <= found.score <= 1.0
    for encoding in Encoding:
        convert(text, encoding)
