"""Units on two time axes, their codes and lineage (CORE-1..7).

Nothing is updated in place but the closing of the upper bounds of `valid` and `recorded` (CORE-1).
"""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from lienthong.core.audit.guards import append_only, journaled
from lienthong.core.orgs import guards
from lienthong.kit import vietnamese


class Unit(models.Model):
    """A unit (cơ quan, tổ chức, đơn vị): one opaque id for ever; all that can change lies in its versions (CORE-1)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The agency whose Văn thư serves this unit; an agency points to itself, a unit of the directory alone to nobody.
    agency = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="agency_units")
    created_at = models.DateTimeField()
    # Grows with every change of the unit, its versions and codes: a form that shows an older one is refused (409).
    version = models.PositiveIntegerField(default=0, db_default=0)

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
    event = models.ForeignKey("orgs.LineageEvent", models.PROTECT, null=True, blank=True, related_name="versions")
    sort_key = models.TextField(editable=False, db_collation="C")
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "phiên bản đơn vị"
        triggers = [
            *journaled(),
            *guards.closes_only(
                "recorded",
                "id",
                "unit_id",
                "official_name",
                "short_name",
                "abbreviation",
                "kind",
                "parent_id",
                "address",
                "place",
                "contacts",
                "header_lines",
                "valid",
                "event_id",
            ),
        ]
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
    event = models.ForeignKey("orgs.LineageEvent", models.PROTECT, null=True, blank=True, related_name="codes")

    class Meta:
        verbose_name = "mã định danh"
        triggers = [
            *journaled(),
            *guards.closes_only(
                "recorded", "id", "unit_id", "scheme", "code", "code_key", '"primary"', "valid", "source", "event_id"
            ),
        ]
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
        indexes = [models.Index(fields=["code_key"], name="unit_code_key")]

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
    """A change in the life of units: create, rename, re-parent, re-code, merge, split, dissolve (CORE-7).

    Each cites its instrument and its effective date; a correction names the fact that was recorded wrongly (CORE-1).
    """

    append_only: ClassVar[bool] = True

    class Kind(models.TextChoices):
        CREATE = "create", "Thành lập"
        RENAME = "rename", "Đổi tên"
        REPARENT = "reparent", "Chuyển cơ quan chủ quản"
        CHANGE = "change", "Thay đổi thông tin khác"
        RECODE = "recode", "Đổi mã"
        MERGE = "merge", "Hợp nhất, sáp nhập"
        SPLIT = "split", "Chia, tách"
        DISSOLVE = "dissolve", "Giải thể"
        CORRECT = "correct", "Đính chính dữ liệu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    instrument = models.TextField("Văn bản")
    effective = models.DateField("Ngày hiệu lực")
    recorded_at = models.DateTimeField()
    note = models.TextField("Ghi chú", blank=True)
    by = models.TextField("Người ghi", blank=True)

    class Meta:
        verbose_name = "biến động tổ chức"
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective:%d/%m/%Y}"


class LineageLink(models.Model):
    """From which unit to which one an event leads; a split has one primary successor.

    An event of one unit alone (rename, re-parent, re-code, correction) leads from the unit to itself.
    """

    append_only: ClassVar[bool] = True

    event = models.ForeignKey(LineageEvent, models.PROTECT, related_name="links")
    predecessor = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="successor_links")
    successor = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="predecessor_links")
    primary = models.BooleanField(default=True)

    class Meta:
        verbose_name = "liên hệ biến động"
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id}"


class CodeScheme(models.Model):
    """A published scheme of other codes, Z01…Z99 (QĐ 20/2020/QĐ-TTg Đ6, Đ8.1): its code, its issuer and the structure
    of its members never change; whoever needs another structure publishes another scheme (CORE-5).
    """

    class Alphabet(models.TextChoices):
        DIGITS = "digits", "Chữ số"
        LETTERS = "letters", "Chữ cái in hoa A–Z"
        BOTH = "both", "Chữ số và chữ cái in hoa"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveSmallIntegerField("Số thứ tự", unique=True)
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="code_schemes")
    alphabet = models.CharField("Ký tự của mã thành viên", max_length=7, choices=Alphabet.choices)
    shortest = models.PositiveSmallIntegerField("Số ký tự ít nhất")
    longest = models.PositiveSmallIntegerField("Số ký tự nhiều nhất")
    name = models.TextField("Tên hệ thống mã")
    purpose = models.TextField("Phạm vi, mục đích", blank=True)
    instrument = models.TextField("Văn bản công bố")
    published_on = models.DateField("Ngày công bố")
    ended_on = models.DateField("Ngừng dùng từ", null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "hệ thống mã khác"
        ordering = ["number"]
        triggers = [
            *journaled(),
            *guards.fixed("number", "issuer_id", "alphabet", "shortest", "longest", "published_on"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(shortest__gte=1, longest__gte=models.F("shortest")), name="code_scheme_lengths"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def code(self) -> str:
        """Z01…Z99."""
        return f"Z{self.number:02}"
