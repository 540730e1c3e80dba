"""Merge, split and dissolution as a case: who ends, who follows, who takes what is left (CORE-103)."""

import uuid

from django.db import models

from lienthong.contracts.handover import Keep, TakerKind
from lienthong.core.audit.guards import journaled
from lienthong.core.orgs import guards
from lienthong.core.orgs.models.units import LineageEvent, Unit


class Reorganisation(models.Model):
    """A merge n→1, a split 1→n or a dissolution, from its dry run to the effective day (CORE-7, CORE-103)."""

    ref_kind = "orgs:case"

    class Kind(models.TextChoices):
        MERGE = LineageEvent.Kind.MERGE.value, LineageEvent.Kind.MERGE.label
        SPLIT = LineageEvent.Kind.SPLIT.value, LineageEvent.Kind.SPLIT.label
        DISSOLVE = LineageEvent.Kind.DISSOLVE.value, LineageEvent.Kind.DISSOLVE.label

    class State(models.TextChoices):
        PREPARED = "prepared", "Đang chuẩn bị"
        CONFIRMED = "confirmed", "Đã xác nhận, chờ ngày hiệu lực"
        DONE = "done", "Đã thực hiện"
        CANCELLED = "cancelled", "Đã hủy"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The agency within which all of it happens; empty when several agencies or units of the directory are concerned.
    agency = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField("Loại", max_length=10, choices=Kind.choices)
    instrument = models.TextField("Văn bản")
    effective = models.DateField("Ngày hiệu lực")
    note = models.TextField("Ghi chú", blank=True)
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default=State.PREPARED)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField("Lập lúc")
    opened_by = models.UUIDField("Người lập", null=True)
    confirmed_at = models.DateTimeField("Xác nhận lúc", null=True, blank=True)
    confirmed_by = models.UUIDField("Người xác nhận", null=True, blank=True)
    closed_at = models.DateTimeField("Thực hiện lúc", null=True, blank=True)
    trouble = models.TextField("Vì sao chưa thực hiện được", blank=True)
    event = models.ForeignKey(LineageEvent, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "việc sắp xếp tổ chức"
        ordering = ["-opened_at"]
        triggers = [*journaled(), *guards.fixed("kind", "agency_id", "opened_at", "opened_by")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by__isnull=True) | ~models.Q(confirmed_by=models.F("opened_by")),
                name="reorganisation_two_persons",
            )
        ]
        indexes = [
            models.Index(fields=["effective"], condition=models.Q(state="confirmed"), name="reorganisation_due"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective:%d/%m/%Y}"


class ReorganisedUnit(models.Model):
    """A unit of a case: one that ends, or one that follows; a split has one primary successor (CORE-7)."""

    class Role(models.TextChoices):
        ENDS = "ends", "Chấm dứt hoạt động"
        FOLLOWS = "follows", "Kế thừa"

    case = models.ForeignKey(Reorganisation, models.PROTECT, related_name="units")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="reorganisations")
    role = models.CharField(max_length=8, choices=Role.choices)
    primary = models.BooleanField("Kế thừa chính", default=True)
    created = models.BooleanField("Lập mới", default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "đơn vị sắp xếp"
        ordering = ["order", "id"]
        triggers = [*journaled(), *guards.fixed("case_id", "unit_id", "role", '"primary"', "created")]
        constraints = [models.UniqueConstraint(fields=["case", "unit"], name="reorganised_unit_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.role}"


class HandOver(models.Model):
    """Who takes one thing that is left, and what was done with it on the day: a line of the biên bản (CORE-103)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Reorganisation, models.PROTECT, related_name="hand_overs")
    agency = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    source = models.CharField(max_length=30)
    group = models.CharField(max_length=30)
    label = models.TextField("Loại")
    key = models.CharField(max_length=200)
    title = models.TextField("Nội dung")
    keep = models.CharField("Chế độ", max_length=10, choices=[(k.value, k.value) for k in Keep])
    taker_kind = models.CharField("Bên nhận", max_length=20, choices=[(k.value, k.value) for k in TakerKind])
    taker_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    taker_name = models.TextField("Tên bên nhận")
    named_at = models.DateTimeField()
    result = models.TextField("Kết quả", blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "mục bàn giao"
        ordering = ["source", "group", "title", "id"]
        triggers = journaled()
        constraints = [models.UniqueConstraint(fields=["case", "source", "key"], name="hand_over_once")]

    def __str__(self) -> str:
        return f"{self.label}: {self.title}"
