"""Right papers of every type, for tests and for the layout check."""

from dataclasses import replace
from typing import Any

from lienthong.systems.office.rendering import Annex, Paper, Signer, nd30

WORDS = (
    "Các bộ, cơ quan ngang bộ, Ủy ban nhân dân các tỉnh, thành phố trực thuộc Trung ương có trách nhiệm rà soát, cập "
    "nhật đầy đủ danh mục chế độ báo cáo thuộc phạm vi quản lý; bảo đảm kết nối, chia sẻ dữ liệu theo quy định."
)


def body(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "blocks": list(blocks)}


def text(words: str = WORDS) -> dict[str, Any]:
    return {"kind": "paragraph", "text": [words]}


def decision() -> Paper:
    """Quyết định (mẫu 1.2)."""
    return Paper(
        type=nd30().type("QĐ"),
        header=("Bộ Nội vụ",),
        notation="/QĐ-BNV",
        place="Hà Nội",
        subject="Ban hành Quy chế quản lý, sử dụng Hệ thống quản lý văn bản và điều hành",
        grounds=(
            "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
            "Theo đề nghị của Chánh Văn phòng Bộ",
        ),
        body=body(
            {"kind": "article", "text": ["Ban hành kèm theo Quyết định này Quy chế quản lý, sử dụng Hệ thống."]},
            {"kind": "article", "text": ["Quyết định này có hiệu lực kể từ ngày ký ban hành."]},
            {"kind": "article", "text": [f"Chánh Văn phòng Bộ chịu trách nhiệm thi hành Quyết định này. {WORDS}"]},
        ),
        signers=(Signer(lines=("KT. Bộ trưởng", "Thứ trưởng"), name="Trần Văn Bình"),),
        recipients=("Bộ trưởng, các Thứ trưởng", "Cổng Thông tin điện tử Bộ Nội vụ"),
        archive_unit="VP",
        archive_copies=2,
        drafter="nth",
        issued_copies=25,
    )


def letter() -> Paper:
    """Công văn (mẫu 1.5) of two levels of bodies, urgent, to several addressees, with the address at the foot."""
    return Paper(
        type=nd30().type("CV"),
        header=("Ủy ban nhân dân tỉnh Đồng Tháp", "Sở Khoa học và Công nghệ"),
        notation="/SKHCN-CĐS",
        place="Đồng Tháp",
        subject="triển khai kết nối, chia sẻ dữ liệu với Hệ thống thông tin báo cáo Chính phủ năm 2026",
        urgency="Hỏa tốc",
        circulation="Lưu hành nội bộ",
        addressees=("Các sở, ban, ngành tỉnh", "Ủy ban nhân dân các xã, phường"),
        body=body(text(), text(), text("Đề nghị các đơn vị nghiêm túc triển khai thực hiện.")),
        signers=(Signer(lines=("Giám đốc",), name="Nguyễn Thị Hòa"),),
        recipients=("Chủ tịch, các Phó Chủ tịch UBND tỉnh",),
        archive_unit="CĐS",
        archive_copies=1,
        address="Số 12 đường Nguyễn Huệ, tỉnh Đồng Tháp\nĐiện thoại: (0277) 3 851 234",
    )


def minutes() -> Paper:
    """Biên bản (mẫu 1.9): no place and date, thư ký left, chủ tọa right with the seal."""
    return replace(
        decision(),
        type=nd30().type("BB"),
        notation="/BB-BNV",
        subject="Hội nghị tổng kết công tác văn thư, lưu trữ năm 2026",
        grounds=(),
        body=body({"kind": "clause", "title": "Thời gian, địa điểm", "text": [WORDS]}, text("Cuộc họp kết thúc.")),
        signers=(
            Signer(lines=("Thư ký",), name="Lê Thị Mai", seal=False),
            Signer(lines=("Chủ tọa",), name="Trần Văn Bình"),
        ),
        recipients=(),
        archive_unit="Hồ sơ",
        archive_copies=0,
        drafter="",
        issued_copies=0,
    )


def of_type(key: str) -> Paper:
    """A right paper of a type."""
    kind = nd30().type(key)
    if kind.template.id == "1.5":
        return letter()
    if kind.template.id == "1.9":
        return minutes()
    notation = f"/{kind.code}-BNV" if kind.code else "/BNV"
    addressees = ("Chủ tịch Ủy ban nhân dân tỉnh Đồng Tháp",) if kind.template.salutation or key == "TTr" else ()
    plain = kind.template.id not in {"1.1", "1.2"}
    return replace(
        decision(),
        type=kind,
        notation=notation,
        subject="Kết quả thực hiện công tác cải cách hành chính quý III năm 2026",
        addressees=addressees,
        grounds=() if plain else decision().grounds,
        body=body(text(), text("Trân trọng báo cáo.")) if plain else decision().body,
    )


def annex(number: int = 0) -> Annex:
    """A phụ lục with a table."""
    table = {
        "kind": "table",
        "head": [["TT", "Nội dung", "Thời hạn"]],
        "rows": [[str(n), WORDS, {"text": ["31/12/2026"], "align": "center"}] for n in range(1, 4)],
        "widths": [1, 7, 3],
        "caption": "Bảng phân công",
    }
    return Annex(title="Danh mục chế độ báo cáo", body=body(text(), table), number=number)
