"""The directory of real public bodies by name: ministries, central agencies, provinces; no codes are invented.

Names are public facts; these units hold no code here and so cannot be sent to over the axis of the demo. The agencies
that write to each other are fictional and bear the codes X01–X99 of the test set.
"""

from collections.abc import Iterator
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange

from lienthong.core.orgs.models import Place, Unit, UnitVersion
from lienthong.demo.agencies import ALWAYS, START

RESHAPED = date(2025, 3, 1)
MINISTRIES = (
    "Bộ Quốc phòng",
    "Bộ Công an",
    "Bộ Ngoại giao",
    "Bộ Nội vụ",
    "Bộ Tư pháp",
    "Bộ Tài chính",
    "Bộ Công Thương",
    "Bộ Nông nghiệp và Môi trường",
    "Bộ Xây dựng",
    "Bộ Văn hóa, Thể thao và Du lịch",
    "Bộ Khoa học và Công nghệ",
    "Bộ Giáo dục và Đào tạo",
    "Bộ Y tế",
    "Bộ Dân tộc và Tôn giáo",
    "Ngân hàng Nhà nước Việt Nam",
    "Thanh tra Chính phủ",
    "Văn phòng Chính phủ",
)
CENTRAL = (
    "Viện Hàn lâm Khoa học và Công nghệ Việt Nam",
    "Viện Hàn lâm Khoa học xã hội Việt Nam",
    "Đài Truyền hình Việt Nam",
    "Đài Tiếng nói Việt Nam",
    "Thông tấn xã Việt Nam",
)


def load() -> int:
    """Write the directory; returns how many units it holds."""
    rows = list(_rows())
    units = [Unit(created_at=START) for _ in rows]
    Unit.objects.bulk_create(units)
    versions = [
        UnitVersion(unit=unit, official_name=name, kind=kind, valid=DateRange(since, None), recorded=ALWAYS)
        for unit, (name, kind, since) in zip(units, rows, strict=True)
    ]
    for version in versions:
        version.normalise()
    UnitVersion.objects.bulk_create(versions, batch_size=2000)
    return len(units)


def _rows() -> Iterator[tuple[str, str, date]]:
    for name in MINISTRIES:
        yield name, UnitVersion.Kind.MINISTRY, RESHAPED
    for name in CENTRAL:
        yield name, UnitVersion.Kind.CENTRAL, RESHAPED
    current = Place.objects.filter(valid__upper_inf=True)
    for place in current.filter(level=Place.Level.PROVINCE).order_by("code"):
        kind = "tỉnh" if place.kind == "tỉnh" else "Thành phố"
        yield f"Ủy ban nhân dân {kind} {place.name}", UnitVersion.Kind.PROVINCE, date(2025, 7, 1)
    for commune in current.filter(level=Place.Level.COMMUNE).select_related("parent").order_by("code"):
        parent = commune.parent.name if commune.parent else ""
        name = f"{commune.name[:1].lower()}{commune.name[1:]}"
        yield f"Ủy ban nhân dân {name}, {parent}", UnitVersion.Kind.COMMUNE, date(2025, 7, 1)
