"""The opening of an agency's registers, and what the dry runs of its steps found last (CORE-107)."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from lienthong.core.audit.guards import journaled
from lienthong.core.golive.states import OPENING
from lienthong.core.workflow import guards


class _Kept(pgtrigger.Trigger):
    """Refuses a change to every role, by the function of this app's first migration (SQLSTATE LT409)."""

    when = pgtrigger.Before
    func = "RETURN NULL;"

    def render_execute(self, model: models.Model) -> str:  # noqa: ARG002 the library's signature
        """The shared function in place of the trigger's own."""
        return "golive_refuse_change()"


class Opening(models.Model):
    """That an agency's registers open: proposed by one person, confirmed by another, once and for ever."""

    ref_kind: ClassVar[str] = "golive:opening"

    class Origin(models.TextChoices):
        WIZARD = "wizard", "Hai người xác nhận"
        UPGRADE = "upgrade", "Đã vận hành trước khi có bước mở sổ"
        DEMO = "demo", "Dữ liệu mẫu"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="openings")
    state = models.CharField("Trạng thái", max_length=10, choices=OPENING.choices, default="proposed")
    version = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.WIZARD)
    proposed_by = models.UUIDField("Người đề nghị", null=True, blank=True)
    proposed_name = models.TextField("Tên người đề nghị", blank=True)
    proposed_at = models.DateTimeField("Đề nghị lúc")
    confirmed_by = models.UUIDField("Người xác nhận", null=True, blank=True)
    confirmed_name = models.TextField("Tên người xác nhận", blank=True)
    opened_at = models.DateTimeField("Mở sổ lúc", null=True, blank=True)
    findings = models.JSONField("Kết quả kiểm tra lúc mở", default=dict)

    class Meta:
        verbose_name = "việc mở sổ của cơ quan"
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(fields=["agency"], condition=Q(state="opened"), name="opening_once"),
            models.UniqueConstraint(fields=["agency"], condition=Q(state="proposed"), name="opening_one_proposal"),
            models.CheckConstraint(
                condition=~Q(state="opened")
                | ~Q(origin="wizard")
                | (Q(confirmed_by__isnull=False) & Q(proposed_by__isnull=False) & ~Q(confirmed_by=F("proposed_by"))),
                name="opening_two_persons",
            ),
            models.CheckConstraint(condition=~Q(state="opened") | Q(opened_at__isnull=False), name="opening_has_time"),
        ]
        triggers = [
            *guards(OPENING),
            *journaled(),
            _Kept(
                name="ended_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'proposed' AND OLD.* IS DISTINCT FROM NEW.*"),
            ),
            _Kept(name="kept", operation=pgtrigger.Delete),
            _Kept(name="no_truncate", level=pgtrigger.Statement, operation=pgtrigger.Truncate),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.state}"


class StepCheck(models.Model):
    """The newest dry run of one step of an agency, or that a person declared that nothing is to be brought along."""

    ref_kind: ClassVar[str] = "golive:step"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    code = models.CharField("Bước", max_length=40)
    checked_at = models.DateTimeField("Chạy thử lúc")
    by_name = models.TextField("Người chạy thử")
    passed = models.BooleanField("Đạt", default=False)
    findings = models.JSONField("Kết quả", default=dict)
    nothing = models.BooleanField("Khai không có", default=False)
    reason = models.TextField("Lý do", blank=True)

    class Meta:
        verbose_name = "bước chuẩn bị vận hành"
        triggers = journaled()
        constraints = [models.UniqueConstraint(fields=["agency", "code"], name="golive_step_once")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.code}"
