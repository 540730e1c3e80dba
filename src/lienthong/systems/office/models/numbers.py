"""Registers and the series that give numbers without gaps (CORE-46..51, OF-29..32)."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from lienthong.core.audit.guards import append_only, journaled
from lienthong.core.fence.inherited import InheritedAgency, agency_of_parent
from lienthong.systems.office.models import frozen


class _KeptBefore(frozen.Refuse):
    """Refuses a series whose form changes after its first number (CORE-51)."""

    function = "office_refuse_late_format()"


class _OnlyByDraw(frozen.Refuse):
    """Lets the last number grow by one, or start after a confirmed balance, and nothing else (CORE-47, CORE-105)."""

    function = "office_guard_counter()"


class _NextNumber(frozen.Refuse):
    """Refuses a line before the agency is live, and any number but the one just drawn (CORE-47, CORE-107)."""

    function = "office_guard_line()"


class Register(models.Model):
    """A book of the Văn thư: văn bản đi, văn bản đến, nội bộ; none for secrets (OF-29, CORE-58)."""

    class Kind(models.TextChoices):
        OUTGOING = "outgoing", "Sổ đăng ký văn bản đi"
        INCOMING = "incoming", "Sổ đăng ký văn bản đến"
        INTERNAL = "internal", "Sổ văn bản nội bộ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="registers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField("Tên sổ", max_length=200)
    default = models.BooleanField("Mặc định", default=False)

    class Meta:
        verbose_name = "sổ"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kind"], condition=models.Q(default=True), name="register_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """A run of numbers of one issuing body, register and kind; it owns its format and its reset (CORE-46, CORE-51).

    `type_code` empty is the common series of all types without one of their own. Incoming registers have one series.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="series")
    register = models.ForeignKey(Register, models.PROTECT, related_name="series")
    issuing_body = models.ForeignKey("orgs.IssuingBody", models.PROTECT, null=True, blank=True, related_name="series")
    type_code = models.CharField("Loại văn bản", max_length=30, blank=True)
    pattern = models.CharField("Dạng số, ký hiệu", max_length=100)
    reset = models.CharField(max_length=10, default="year")

    class Meta:
        verbose_name = "dãy số"
        triggers = [
            *journaled(),
            frozen.fixed("agency_id", "register_id", "issuing_body_id", "type_code"),
            _KeptBefore(
                name="format_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.pattern IS DISTINCT FROM NEW.pattern OR OLD.reset IS DISTINCT FROM NEW.reset"
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "issuing_body", "type_code"], nulls_distinct=False, name="series_once"
            )
        ]

    def __str__(self) -> str:
        return self.pattern


class SeriesCounter(models.Model):
    """The last number of a series in a period; its row is the lock that makes numbers and times grow together."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="counters")
    agency_id = agency_of_parent()
    period = models.CharField(max_length=10)
    last = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "số đã cấp"
        triggers = [
            InheritedAgency("series"),
            *journaled(),
            _OnlyByDraw(name="only_by_draw", operation=pgtrigger.Insert | pgtrigger.Update),
            *frozen.kept(),
        ]
        constraints = [models.UniqueConstraint(fields=["series", "period"], name="series_counter_once")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.period}: {self.last}"


class RegisterLine(models.Model):
    """A line of a register: one for each number drawn, kept for ever also when spoilt or recalled (CORE-49, OF-39)."""

    class State(models.TextChoices):
        LIVE = "live", "Hiệu lực"
        CANCELLED = "cancelled", "Hủy"
        STRUCK = "struck", "Gạch (thu hồi)"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="register_lines")
    register = models.ForeignKey(Register, models.PROTECT, related_name="lines")
    series = models.ForeignKey(Series, models.PROTECT, related_name="lines")
    period = models.CharField(max_length=10)
    number = models.PositiveIntegerField("Số")
    drawn_at = models.DateTimeField()
    document = models.UUIDField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    note = models.TextField("Ghi chú", blank=True)

    class Meta:
        verbose_name = "dòng sổ"
        triggers = [
            *journaled(),
            frozen.fixed("agency_id", "register_id", "series_id", "period", "number", "drawn_at", "document"),
            *frozen.kept(),
            _NextNumber(name="next_number", operation=pgtrigger.Insert),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "period", "number"], name="register_number_once"),
            models.UniqueConstraint(
                fields=["document"], condition=models.Q(state="live"), name="register_document_once"
            ),
        ]
        indexes = [models.Index(fields=["register", "period", "number"], name="register_line_order")]

    def __str__(self) -> str:
        return f"{self.number}/{self.period}"


class RegisterClosing(models.Model):
    """A register closed with a snapshot of its lines and its hash: no number is drawn in it any more (CORE-103, OF-39).

    `period` empty closes the book for good, as when its agency ends.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    register = models.ForeignKey(Register, models.PROTECT, related_name="closings")
    agency_id = agency_of_parent()
    period = models.CharField(max_length=10, blank=True)
    closed_at = models.DateTimeField("Khóa lúc")
    reason = models.TextField("Lý do")
    lines = models.PositiveIntegerField("Số dòng")
    snapshot = models.JSONField("Nội dung sổ lúc khóa")
    sha256 = models.CharField("Mã băm", max_length=64)

    class Meta:
        verbose_name = "lần khóa sổ"
        triggers = [InheritedAgency("register"), *append_only()]
        constraints = [models.UniqueConstraint(fields=["register", "period"], name="register_closed_once")]

    def __str__(self) -> str:
        return f"{self.register_id} {self.period}"
