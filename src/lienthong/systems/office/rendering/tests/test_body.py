"""Structured content: schema, numbers by position, plain text (OF-19, OF-45, CORE-42, CORE-109)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.systems.office.rendering import InvalidBody, clean, render
from lienthong.systems.office.rendering.body import from_roman, lines, numbered, roman
from lienthong.systems.office.rendering.tests.measure import measure
from lienthong.systems.office.rendering.tests.samples import body, decision


def faults(*blocks: Any) -> list[str]:
    with pytest.raises(InvalidBody) as refused:
        clean(body(*blocks))
    return [fault.where for fault in refused.value.faults]


def test_of_45_numbers_follow_from_position() -> None:
    """OF-45: Phần, Chương Roman; Mục, Điều, khoản Arabic; Điều run on through chapters, khoản and điểm start anew."""
    cleaned = clean(
        body(
            {"kind": "chapter", "title": "Quy định chung"},
            {"kind": "article", "title": "Phạm vi"},
            {"kind": "clause", "text": ["một"]},
            {"kind": "point", "text": ["a"]},
            {"kind": "point", "text": ["b"]},
            {"kind": "clause", "text": ["hai"]},
            {"kind": "point", "text": ["a"]},
            {"kind": "chapter", "title": "Tổ chức thực hiện"},
            {"kind": "section", "title": "Trách nhiệm"},
            {"kind": "article", "title": "Hiệu lực"},
            {"kind": "clause", "text": ["một"]},
        )
    )
    assert lines(cleaned) == [
        *("Chương I", "QUY ĐỊNH CHUNG", "Điều 1. Phạm vi", "1. một", "a) a", "b) b", "2. hai", "a) a"),
        *("Chương II", "TỔ CHỨC THỰC HIỆN", "Mục 1", "TRÁCH NHIỆM", "Điều 2. Hiệu lực", "1. một"),
    ]


def test_core_42_points_take_vietnamese_letters() -> None:
    """CORE-42: đ follows d; there is no f, j, w, z."""
    cleaned = clean(body(*[{"kind": "point", "text": ["x"]} for _ in range(8)]))
    assert [number for _, number in numbered(cleaned["blocks"])] == ["a", "b", "c", "d", "đ", "e", "g", "h"]
    assert faults({"kind": "point", "number": "f", "text": ["x"]}) == ["blocks[0].number"]
    assert faults(*[{"kind": "point", "text": ["x"]} for _ in range(24)]) == ["blocks"]


def test_of_45_a_given_number_counts_on() -> None:
    cleaned = clean(body({"kind": "article", "number": "5", "text": ["x"]}, {"kind": "article", "text": ["y"]}))
    assert lines(cleaned) == ["Điều 5. x", "Điều 6. y"]


@given(st.integers(1, 299))
def test_of_45_roman_numbers_read_back(n: int) -> None:
    assert from_roman(roman(n)) == n


@pytest.mark.parametrize(
    ("block", "where"),
    [
        ({"kind": "html", "text": "x"}, "blocks[0]"),
        ({"kind": "paragraph"}, "blocks[0].text"),
        ({"kind": "paragraph", "text": ["x"], "onclick": "y"}, "blocks[0]"),
        ({"kind": "paragraph", "text": [{"text": "x", "href": "y"}]}, "blocks[0].text[0]"),
        ({"kind": "paragraph", "text": ["x"], "align": "top"}, "blocks[0].align"),
        ({"kind": "chapter", "number": "1", "title": "x"}, "blocks[0].number"),
        ({"kind": "table", "rows": [[{"text": ["x"], "colspan": 99}]]}, "blocks[0].rows[0][0].colspan"),
        ({"kind": "table", "rows": "x"}, "blocks[0].rows"),
        ({"kind": "list", "items": []}, "blocks[0].items"),
        ({"kind": "table", "rows": [["x"]], "widths": [0]}, "blocks[0].widths"),
        ("x", "blocks[0]"),
    ],
)
def test_core_109_only_the_schema_is_taken(block: Any, where: str) -> None:
    """CORE-109: an allow-list; whatever it does not know is named as a fault."""
    assert where in faults(block)


@pytest.mark.parametrize("value", [None, [], "x", {"version": 2, "blocks": []}, {"version": 1}])
def test_core_109_what_is_no_body_is_refused(value: Any) -> None:
    with pytest.raises(InvalidBody):
        clean(value)


def test_core_35_texts_cross_the_border_and_runs_are_joined() -> None:
    cleaned = clean(
        body(
            {
                "kind": "paragraph",
                "text": ["Ngu", "ye\u0302\u0303n\u00a0V\u200ba\u0306n\n", {"text": "An", "bold": True}, ""],
            }
        )
    )
    assert cleaned["blocks"][0]["text"] == ["Nguyễn Văn ", {"text": "An", "bold": True}]


LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["paragraph", "table", "list", "I", "a<b"])
KEYS = st.sampled_from(["kind", "text", "rows", "items", "number", "title", "head"])
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)


@given(ANYTHING)
def test_core_109_any_json_is_cleaned_or_refused(value: Any) -> None:
    """Whatever arrives is cleaned or refused with faults, and what was cleaned stays the same."""
    try:
        once = clean({"version": 1, "blocks": [value]})
    except InvalidBody:
        return
    assert clean(once) == once


def test_of_45_headings_lists_and_tables_print() -> None:
    """OF-45: Chương over its title in bold capitals, centred; table cells and list items on the page."""
    page = measure(
        render(
            replace(
                decision(),
                body=body(
                    {"kind": "chapter", "title": "Quy định chung"},
                    {"kind": "article", "title": "Phạm vi điều chỉnh"},
                    {"kind": "clause", "title": "Nhiệm vụ", "text": ["Rà soát danh mục"]},
                    {"kind": "list", "items": [["Làm tốt"], ["Làm nhanh"]]},
                    {"kind": "table", "head": [["TT", "Việc"]], "rows": [["1", "Báo cáo"]], "widths": [1, 5]},
                ),
            ),
            with_fields=False,
        )
    )
    chapter, title = page.find("Chương I"), page.find("QUY ĐỊNH CHUNG")
    assert (chapter.style, title.style) == ("bold", "bold")
    assert (chapter.left + chapter.right) / 2 == pytest.approx((title.left + title.right) / 2, abs=0.5)
    for words, style in (("Điều 1. Phạm vi điều chỉnh", "bold"), ("1. Nhiệm vụ", "bold"), ("- Làm nhanh", "regular")):
        assert page.find(words).style == style
    assert page.has("Báo cáo")
    assert page.find("./.").text == "./."
