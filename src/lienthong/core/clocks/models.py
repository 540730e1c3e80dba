"""Clocks, their pauses, their warnings, and proposals to bring a due date forward (CORE-22…27)."""

import uuid
from datetime import date, datetime

from django.db import models
from django.db.models import F, Q

from lienthong.contracts.ref import Ref
from lienthong.kit import clock, workdays


class Clock(models.Model):
    """One running or ended deadline of one object: when it is due, by which rule and calendar, and why (CORE-24).

    `first_due_at` is the first promise, kept and shown for ever (CORE-25). Lateness is no column: it is computed from
    `due_at` when somebody asks (CORE-27).
    """

    class State(models.TextChoices):
        RUNNING = "running", "Đang tính"
        PAUSED = "paused", "Tạm dừng"
        STOPPED = "stopped", "Đã dừng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency_id = models.UUIDField("Cơ quan")
    subject_kind = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    key = models.CharField("Quy định", max_length=80)
    # The position that answers for the act and is warned.
    holder_id = models.UUIDField("Chức vụ chịu trách nhiệm", null=True, blank=True)
    # The clock that was given up when counting began anew from zero (CORE-23).
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next", verbose_name="Lần tính trước"
    )
    rule = models.JSONField("Cách tính")
    law_version = models.BigIntegerField("Phiên bản căn cứ pháp lý")
    calendar_version = models.TextField("Phiên bản lịch")
    # The newest calendar that the due date was held against; it may differ when the result would be earlier.
    checked_version = models.TextField()
    started_at = models.DateTimeField("Bắt đầu")
    # Set when the event is a date of law and not an instant.
    start_date = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField("Hạn", null=True, blank=True)
    first_due_at = models.DateTimeField("Hạn ban đầu", null=True, blank=True)
    provisional = models.BooleanField("Tạm tính")
    explanation = models.JSONField("Cách tính hạn")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    stopped_at = models.DateTimeField("Dừng lúc", null=True, blank=True)

    class Meta:
        verbose_name = "thời hạn"
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="clock_subject"),
            models.Index(fields=["agency_id", "due_at"], name="clock_due", condition=~Q(state="stopped")),
            models.Index(fields=["checked_version"], name="clock_checked", condition=~Q(state="stopped")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="clock_one_open",
                fields=["subject_kind", "subject_id", "key"],
                condition=~Q(state="stopped"),
            ),
            models.CheckConstraint(
                name="clock_stopped_has_time",
                condition=Q(state="stopped", stopped_at__isnull=False)
                | (~Q(state="stopped") & Q(stopped_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.subject_kind}:{self.subject_id}"

    @property
    def subject(self) -> Ref:
        """The object whose deadline this is."""
        return Ref(self.subject_kind, self.subject_id)

    @property
    def is_open(self) -> bool:
        """Whether it still runs or stands paused."""
        return self.state != Clock.State.STOPPED

    @property
    def start(self) -> date | datetime:
        """What counting starts from: a legal date, or an instant."""
        return self.start_date or self.started_at

    def intervals(self) -> tuple[workdays.Pause, ...]:
        """The pauses, in order; the last one is open while the clock stands."""
        pauses = sorted(self.pauses.all(), key=lambda pause: pause.started_at)
        return tuple(workdays.Pause(pause.started_at, pause.ended_at) for pause in pauses)

    def is_late(self, at: datetime | None = None) -> bool:
        """Whether the act is late at an instant (default: now), whatever jobs did or did not run (CORE-27).

        A stopped clock is judged by when it stopped, a standing one by when it was paused.
        """
        if self.due_at is None:
            return False
        moment = self.stopped_at or at or clock.now()
        if self.state == Clock.State.PAUSED:
            moment = self.pauses.get(ended_at__isnull=True).started_at
        return moment >= self.due_at


class ClockPause(models.Model):
    """An interval that is not counted, with its reason (CORE-22)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="pauses")
    started_at = models.DateTimeField("Từ")
    ended_at = models.DateTimeField("Đến", null=True, blank=True)
    reason = models.TextField("Lý do")

    class Meta:
        verbose_name = "lần tạm dừng"
        constraints = [
            models.UniqueConstraint(name="clock_one_open_pause", fields=["clock"], condition=Q(ended_at__isnull=True)),
            models.CheckConstraint(
                name="clock_pause_order", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y %H:%M}"


class ClockWarning(models.Model):
    """One reminder of one clock, claimed once by a conditional UPDATE (CORE-27)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clock = models.ForeignKey(Clock, models.CASCADE, related_name="warnings")
    # Days before the due date; None from the instant of the deadline on.
    days_before = models.PositiveSmallIntegerField(null=True)
    # Counts the reminders after the deadline; 0 for those before it.
    overdue = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "lần nhắc hạn"
        indexes = [models.Index(fields=["at"], name="clock_warning_due", condition=Q(claimed_at__isnull=True))]
        constraints = [
            models.UniqueConstraint(
                name="clock_warning_once", fields=["clock", "days_before", "overdue"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%d/%m/%Y %H:%M}"


class ClockProposal(models.Model):
    """An earlier due date that a calendar change would give: listed for decision, never applied by itself (CORE-25)."""

    class State(models.TextChoices):
        OPEN = "open", "Chờ quyết định"
        ACCEPTED = "accepted", "Đã áp dụng"
        DISMISSED = "dismissed", "Giữ hạn cũ"
        WITHDRAWN = "withdrawn", "Không còn phù hợp"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="proposals")
    agency_id = models.UUIDField("Cơ quan")
    due_at = models.DateTimeField("Hạn đề xuất")
    calendar_version = models.TextField()
    explanation = models.JSONField()
    cause = models.TextField("Nguyên nhân")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)

    class Meta:
        verbose_name = "đề xuất rút ngắn hạn"
        constraints = [
            models.UniqueConstraint(name="clock_one_open_proposal", fields=["clock"], condition=Q(state="open"))
        ]

    def __str__(self) -> str:
        return f"{self.due_at:%d/%m/%Y}"
