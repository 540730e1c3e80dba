"""Messages and their deliveries, one for each handler."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """What happened, as told by the action that did it; never changed."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField("Loại", max_length=100)
    payload = models.JSONField("Nội dung", default=dict, encoder=DjangoJSONEncoder)
    key = models.CharField(max_length=200, blank=True, default="")
    agency_id = models.UUIDField(null=True)
    created_at = models.DateTimeField("Lập lúc")

    class Meta:
        verbose_name = "thông điệp"
        verbose_name_plural = "thông điệp"
        indexes = [models.Index(fields=["created_at"], name="outbox_created")]


class OutboxDelivery(models.Model):
    """One message on its way to one handler; unique, so that the handler's effect happens once (CORE-88)."""

    class State(models.TextChoices):
        WAITING = "waiting", "Đang chờ"
        DONE = "done", "Đã giao"
        DEAD = "dead", "Đã dừng vì lỗi"
        DISCARDED = "discarded", "Đã bỏ"

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(OutboxMessage, models.CASCADE, related_name="deliveries")
    handler = models.CharField("Nơi nhận", max_length=200)
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField("Số lần đã giao", default=0)
    run_at = models.DateTimeField("Giao từ")
    error = models.TextField("Lý do", blank=True, default="")
    done_at = models.DateTimeField("Kết thúc lúc", null=True)

    class Meta:
        verbose_name = "lượt giao thông điệp"
        verbose_name_plural = "lượt giao thông điệp"
        constraints = [models.UniqueConstraint(fields=["message", "handler"], name="outbox_once_per_handler")]
        indexes = [
            models.Index(fields=["run_at", "id"], name="outbox_waiting", condition=Q(state="waiting")),
            models.Index(fields=["-done_at"], name="outbox_dead", condition=Q(state="dead")),
        ]
