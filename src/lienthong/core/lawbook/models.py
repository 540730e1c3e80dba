"""The rows of the law: only added; a correction is a new row that replaces an old one (CORE-29, CORE-32).

Two time axes: *valid* (from–to of the law) and *recorded* (the change that brought the row, and the one that replaced
it). The number of the newest change is the parameter-set version that a case pins (CORE-30).
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lienthong.core.audit.guards import append_only
from lienthong.kit.workdays import DayKind


class Origin(models.TextChoices):
    """Who brought a row: the release of the software, or an administrator, whose rows win."""

    RELEASE = "release", "Bản phát hành"
    LOCAL = "local", "Nhập tại chỗ"


class LawChange(models.Model):
    """One change of the lawbook; `number` grows by one in the order in which changes are committed."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField("Phiên bản", unique=True)
    at = models.DateTimeField("Thời điểm")
    actor = models.TextField("Người thực hiện")
    reason = models.TextField("Căn cứ, lý do")

    class Meta:
        verbose_name = "thay đổi căn cứ pháp lý"
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.number)


class Recorded(models.Model):
    """What every row has: its change, the row that it replaces, its origin; a withdrawn row rules nothing."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    change = models.ForeignKey(LawChange, models.PROTECT, related_name="+")
    replaces_id: uuid.UUID | None
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    origin = models.CharField("Nguồn dòng", max_length=10, choices=Origin.choices)
    withdrawn = models.BooleanField("Đã rút", default=False)

    class Meta:
        abstract = True


class Parameter(Recorded):
    """A number, list or text that comes from a decree (CORE-29); `agency_id` is set when one agency has its own."""

    class Kind(models.TextChoices):
        DURATION = "duration", "Thời hạn"
        INTEGER = "integer", "Số nguyên"
        DECIMAL = "decimal", "Số thập phân"
        FLAG = "flag", "Bật/tắt"
        TEXT = "text", "Chữ"
        TIME = "time", "Giờ"
        DATE = "date", "Ngày"
        HOURS = "hours", "Giờ làm việc"
        WORDS = "words", "Danh sách chữ"
        NUMBERS = "numbers", "Danh sách số"
        RECORDS = "records", "Bảng"

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", "Đã đối chiếu"
        UNCONFIRMED = "unconfirmed", "Chưa đối chiếu"

    key = models.CharField("Tên", max_length=80)
    agency_id = models.UUIDField("Cơ quan", null=True, blank=True)
    kind = models.CharField("Kiểu", max_length=10, choices=Kind.choices)
    value = models.JSONField("Giá trị")
    unit = models.TextField("Đơn vị", blank=True)
    valid_from = models.DateField("Từ ngày")
    valid_to = models.DateField("Đến hết ngày", null=True, blank=True)
    instrument = models.TextField("Văn bản")
    article = models.TextField("Điều, khoản", blank=True)
    status = models.CharField("Tình trạng", max_length=12, choices=Status.choices)
    note = models.TextField("Ghi chú", blank=True)

    class Meta:
        verbose_name = "tham số pháp lý"
        triggers = append_only()
        indexes = [models.Index(fields=["key"], name="parameter_key")]
        constraints = [
            models.CheckConstraint(
                name="parameter_valid_order", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.valid_from:%d/%m/%Y})"


class CalendarEntry(Recorded):
    """A date that differs from its weekday, for the nation or for one unit (CORE-15)."""

    KINDS: ClassVar[list[tuple[str, str]]] = [
        (DayKind.HOLIDAY.value, "Nghỉ lễ, Tết"),
        (DayKind.SUBSTITUTE.value, "Nghỉ bù"),
        (DayKind.SWAP_OFF.value, "Nghỉ hoán đổi"),
        (DayKind.MAKEUP_WORK.value, "Làm bù"),
        (DayKind.LOCAL_CLOSURE.value, "Nghỉ riêng của đơn vị"),
    ]

    unit_id = models.UUIDField("Đơn vị", null=True, blank=True)
    day = models.DateField("Ngày")
    kind = models.CharField("Loại", max_length=15, choices=KINDS)
    reason = models.TextField("Nội dung")
    source = models.TextField("Căn cứ")

    class Meta:
        verbose_name = "ngày trong lịch làm việc"
        triggers = append_only()
        indexes = [models.Index(fields=["day"], name="calendar_entry_day")]
        constraints = [
            # F-CORE-13: no date is trusted without its source.
            models.CheckConstraint(name="calendar_entry_has_source", condition=~Q(source=""))
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} {self.get_kind_display()}"


class CalendarYear(Recorded):
    """Whether the days off of a year are announced; an unconfirmed year makes deadlines provisional (CORE-16)."""

    year = models.PositiveSmallIntegerField("Năm")
    confirmed = models.BooleanField("Đã có thông báo")
    source = models.TextField("Căn cứ")

    class Meta:
        verbose_name = "năm của lịch làm việc"
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.year)
