"""Units on two time axes, their codes and lineage, places, issuing bodies, positions and authority to sign.

Nothing is updated in place but the closing of the upper bounds of `valid` and `recorded` (CORE-1).
"""

import uuid
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from lienthong.kit import vietnamese


class Unit(models.Model):
    """A unit (cơ quan, tổ chức, đơn vị): one opaque id for ever; all that can change lies in its versions (CORE-1)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The agency whose Văn thư serves this unit; an agency points to itself, a unit of the directory alone to nobody.
    agency = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="agency_units")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "đơn vị"

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_agency(self) -> bool:
        """Whether the unit has its own Văn thư and code: a tenant (CORE-108)."""
        return self.agency_id == self.id


class UnitVersion(models.Model):
    """What a unit was called and where it stood from–to by law (`valid`), as the system knew it (`recorded`)."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", "Chính phủ"
        MINISTRY = "ministry", "Bộ, cơ quan ngang Bộ"
        CENTRAL = "central", "Cơ quan thuộc Chính phủ, cơ quan Trung ương"
        PROVINCE = "province", "Ủy ban nhân dân cấp tỉnh"
        COMMUNE = "commune", "Ủy ban nhân dân cấp xã"
        DEPARTMENT = "department", "Sở, ban, ngành"
        DIVISION = "division", "Vụ, Cục, Phòng và tương đương"
        OTHER = "other", "Tổ chức khác"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="versions")
    official_name = models.TextField("Tên chính thức")
    short_name = models.TextField("Tên gọi tắt", blank=True)
    abbreviation = models.CharField("Chữ viết tắt", max_length=50, blank=True)
    kind = models.CharField("Loại", max_length=20, choices=Kind.choices)
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="child_versions")
    address = models.TextField("Địa chỉ", blank=True)
    place = models.CharField("Địa danh", max_length=200, blank=True)
    contacts = models.JSONField("Liên hệ", default=dict, blank=True)
    header_lines = models.JSONField("Dòng tên cơ quan trên văn bản", default=list, blank=True)
    valid = DateRangeField()
    recorded = DateTimeRangeField()
    sort_key = models.TextField(editable=False, db_collation="C")
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "phiên bản đơn vị"
        constraints = [
            ExclusionConstraint(
                name="unit_version_no_overlap",
                expressions=[
                    ("unit", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            )
        ]
        indexes = [
            models.Index(fields=["parent"], name="unit_version_parent"),
            models.Index(fields=["sort_key"], name="unit_version_sort"),
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="unit_version_search"),
        ]

    def __str__(self) -> str:
        return self.official_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Bring the names over the border (CORE-35..37) and store their keys."""
        self.official_name = vietnamese.border_name(self.official_name)
        self.short_name = vietnamese.border_name(self.short_name)
        self.sort_key = vietnamese.sort_key(self.official_name)
        self.search_key = vietnamese.search_key(f"{self.official_name} {self.short_name} {self.abbreviation}")

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.official_name


class UnitCode(models.Model):
    """An identifier of a unit (CORE-3): membership here decides, the shape of a code only hints at its scheme."""

    class Scheme(models.TextChoices):
        QCVN102 = "QCVN102", "QCVN 102:2016/BTTTT"
        QD20 = "QD20", "QĐ 20/2020/QĐ-TTg"
        QD20_ENT = "QD20-ENT", "QĐ 20/2020/QĐ-TTg (doanh nghiệp)"
        QD20_OTHER = "QD20-OTHER", "QĐ 20/2020/QĐ-TTg (hệ thống khác)"
        LEGACY = "LEGACY", "Mã cũ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="codes")
    scheme = models.CharField(max_length=12, choices=Scheme.choices)
    code = models.CharField(max_length=64)
    code_key = models.CharField(max_length=64, editable=False)
    primary = models.BooleanField("Mã dùng khi gửi", default=False)
    valid = DateRangeField()
    recorded = DateTimeRangeField()
    source = models.TextField("Nguồn")

    class Meta:
        verbose_name = "mã định danh"
        constraints = [
            # One code means one unit at any instant, whatever its scheme (CORE-3, F-CORE-1).
            ExclusionConstraint(
                name="unit_code_one_unit",
                expressions=[
                    ("code_key", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                    ("recorded", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return self.code

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Store the key that codes are compared by."""
        self.code_key = code_key(self.code)


def code_key(code: str) -> str:
    """How codes are compared: NFC, invisible characters removed, trimmed, upper case (EX-8, V-TX-11)."""
    return vietnamese.border_name(code).replace(" ", "").upper()


class LineageEvent(models.Model):
    """A change in the life of units: create, rename, re-parent, re-code, merge, split, dissolve (CORE-7)."""

    class Kind(models.TextChoices):
        CREATE = "create", "Thành lập"
        RENAME = "rename", "Đổi tên"
        REPARENT = "reparent", "Chuyển cơ quan chủ quản"
        RECODE = "recode", "Đổi mã"
        MERGE = "merge", "Hợp nhất, sáp nhập"
        SPLIT = "split", "Chia, tách"
        DISSOLVE = "dissolve", "Giải thể"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    instrument = models.TextField("Văn bản")
    effective = models.DateField("Ngày hiệu lực")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "biến động tổ chức"

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective:%d/%m/%Y}"


class LineageLink(models.Model):
    """From which unit to which one an event leads; a split has one primary successor."""

    event = models.ForeignKey(LineageEvent, models.PROTECT, related_name="links")
    predecessor = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="successor_links")
    successor = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="predecessor_links")
    primary = models.BooleanField(default=True)

    class Meta:
        verbose_name = "liên hệ biến động"

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class Place(models.Model):
    """An administrative unit (đơn vị hành chính) with its dates; districts stay as history (CORE-9, QĐ 19/2025/QĐ-
    TTg).
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "Cấp tỉnh"
        DISTRICT = "district", "Cấp huyện (đến 30/06/2025)"
        COMMUNE = "commune", "Cấp xã"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField("Mã", max_length=10, blank=True)
    name = models.TextField("Tên")
    kind = models.CharField("Loại", max_length=60)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid = DateRangeField()
    source = models.TextField("Nguồn")
    sort_key = models.TextField(editable=False, db_collation="C")
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "đơn vị hành chính"
        constraints = [
            ExclusionConstraint(
                name="place_code_once",
                expressions=[
                    ("level", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=~models.Q(code=""),
            )
        ]
        indexes = [GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="place_search")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Bring the name over the border and store its keys."""
        self.name = vietnamese.border_name(self.name)
        self.sort_key = vietnamese.sort_key(self.name)
        self.search_key = vietnamese.search_key(self.name)


class PlaceLineage(models.Model):
    """Which former places a place was made of, for "today's boundaries" (CORE-7)."""

    predecessor = models.ForeignKey(Place, models.PROTECT, related_name="successors")
    successor = models.ForeignKey(Place, models.PROTECT, related_name="predecessors")
    effective = models.DateField()
    partial = models.BooleanField("Chỉ một phần", default=False)

    class Meta:
        verbose_name = "sắp xếp đơn vị hành chính"
        constraints = [models.UniqueConstraint(fields=["predecessor", "successor"], name="place_lineage_once")]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class IssuingBody(models.Model):
    """Who issues a paper; not always the unit that runs the desk (CORE-102, NĐ 30/2020 PL I.II.2.a)."""

    class Kind(models.TextChoices):
        UNIT = "unit", "Cơ quan, tổ chức"
        OFFICE_HOLDER = "office_holder", "Chức danh nhà nước"
        COLLECTIVE = "collective", "Tập thể"
        COUNCIL = "council", "Hội đồng, Ban, Tổ"
        PARTY = "party", "Cấp ủy, tổ chức Đảng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Unit, models.PROTECT, related_name="issuing_bodies")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    name = models.TextField("Tên")
    abbreviation = models.CharField("Chữ viết tắt", max_length=50)
    # First the superior body (chủ quản), last the body itself, as box 2 prints them.
    header_lines = models.JSONField(default=list)
    place = models.CharField("Địa danh", max_length=200)
    seal_with_emblem = models.BooleanField("Dấu có hình Quốc huy", default=False)
    layout = models.CharField("Thể thức", max_length=20, default="nd30")
    default = models.BooleanField("Mặc định", default=False)
    valid = DateRangeField()

    class Meta:
        verbose_name = "chủ thể ban hành"
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(default=True), name="issuing_body_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Position(models.Model):
    """A post of a unit (chức vụ); rights are granted to it, never to its holder (CORE-10)."""

    class Rank(models.TextChoices):
        HEAD = "head", "Người đứng đầu cơ quan"
        DEPUTY = "deputy", "Cấp phó của người đứng đầu"
        UNIT_HEAD = "unit_head", "Lãnh đạo đơn vị"
        UNIT_DEPUTY = "unit_deputy", "Phó lãnh đạo đơn vị"
        CLERK = "clerk", "Văn thư"
        SPECIALIST = "specialist", "Chuyên viên"
        OTHER = "other", "Khác"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="positions")
    title = models.TextField("Chức vụ")
    rank = models.CharField(max_length=12, choices=Rank.choices)
    valid = DateRangeField()
    order = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = "vị trí"
        ordering = ["order", "title"]

    def __str__(self) -> str:
        return self.title


class Holding(models.Model):
    """Who holds a position from–to and how: chính thức, quyền (Q.) or phụ trách, điều hành (CORE-10)."""

    class Mode(models.TextChoices):
        FULL = "full", "Chính thức"
        ACTING = "acting", "Quyền"
        IN_CHARGE = "in_charge", "Phụ trách, điều hành"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.ForeignKey(Position, models.PROTECT, related_name="holdings")
    person = models.ForeignKey("identity.User", models.PROTECT, related_name="holdings")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.FULL)
    held = DateTimeRangeField()
    main = models.BooleanField("Vị trí chính", default=True)

    class Meta:
        verbose_name = "người giữ vị trí"
        constraints = [
            ExclusionConstraint(
                name="holding_once",
                expressions=[
                    ("position", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.position_id}"


class SigningDelegation(models.Model):
    """Authority to sign given by order (TL.) or by authorisation (TUQ.), checked at the instant of signing
    (CORE-11).
    """

    class Kind(models.TextChoices):
        BY_ORDER = "TL", "Thừa lệnh"
        AUTHORISED = "TUQ", "Thừa ủy quyền"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Position, models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Position, models.PROTECT, related_name="delegations_taken")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    document_types = models.JSONField("Loại văn bản", default=list, blank=True)
    fields = models.JSONField("Lĩnh vực", default=list, blank=True)
    instrument = models.TextField("Văn bản, quy chế")
    held = DateTimeRangeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "quyền ký"
        constraints = [
            # TL. without a cited regulation is refused; TUQ. is limited in time.
            models.CheckConstraint(condition=~models.Q(instrument=""), name="delegation_cites_instrument"),
            models.CheckConstraint(
                condition=models.Q(kind="TL") | models.Q(held__endswith__isnull=False), name="authorisation_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.giver_id} → {self.taker_id}"
