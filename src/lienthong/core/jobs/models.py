"""The queue itself: one row a run, and when each periodic job is due next."""

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q


class JobRun(models.Model):
    """One run asked for: the row that workers claim and that screens show (CORE-88)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Đang chờ"
        RUNNING = "running", "Đang chạy"
        DONE = "done", "Đã xong"
        CANCELLED = "cancelled", "Đã hủy"
        DEAD = "dead", "Đã dừng vì lỗi"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("Công việc", max_length=100)
    queue = models.CharField("Hàng đợi", max_length=40)
    args = models.JSONField("Tham số", default=dict, encoder=DjangoJSONEncoder)
    # Two waiting runs of one name never carry one key.
    key = models.CharField(max_length=200, blank=True, default="")
    actor = models.CharField("Người yêu cầu", max_length=200, blank=True, default="")
    actor_name = models.CharField("Tên người yêu cầu", max_length=200, blank=True, default="")
    user_id = models.UUIDField(null=True)
    position_id = models.UUIDField(null=True)
    agency_id = models.UUIDField(null=True)
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default=State.WAITING)
    run_at = models.DateTimeField("Chạy từ")
    attempts = models.PositiveIntegerField("Số lần đã chạy", default=0)
    max_attempts = models.PositiveIntegerField("Số lần tối đa", default=6)
    # A running row belongs to `worker` until `lease_until`; attempt and worker together fence off a late finisher.
    worker = models.CharField(max_length=100, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    done = models.PositiveBigIntegerField("Đã làm", default=0)
    total = models.PositiveBigIntegerField("Tổng số", null=True)
    message = models.TextField("Diễn biến", blank=True, default="")
    cancel_requested = models.BooleanField("Yêu cầu hủy", default=False)
    error = models.TextField("Lý do", blank=True, default="")
    created_at = models.DateTimeField("Lập lúc")
    started_at = models.DateTimeField("Bắt đầu lúc", null=True)
    finished_at = models.DateTimeField("Kết thúc lúc", null=True)

    class Meta:
        verbose_name = "công việc nền"
        verbose_name_plural = "công việc nền"
        indexes = [
            models.Index(fields=["queue", "run_at"], name="jobs_waiting", condition=Q(state="waiting")),
            models.Index(fields=["lease_until"], name="jobs_running", condition=Q(state="running")),
            models.Index(fields=["-finished_at"], name="jobs_finished"),
            models.Index(fields=["user_id", "-created_at"], name="jobs_of_user"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "key"], name="jobs_one_waiting_key", condition=Q(state="waiting") & ~Q(key="")
            ),
        ]

    @property
    def unfinished(self) -> bool:
        """Whether work is still to come."""
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def percent(self) -> int | None:
        """Whole per cent done, None while the total is not known."""
        return min(100, self.done * 100 // self.total) if self.total else None


class PeriodicJob(models.Model):
    """When a periodic job is due next; the node whose conditional UPDATE moves it on enqueues the run (CORE-27)."""

    name = models.CharField(primary_key=True, max_length=100)
    next_at = models.DateTimeField()
    enqueued_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "công việc định kỳ"
        verbose_name_plural = "công việc định kỳ"
