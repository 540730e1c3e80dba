"""What a repeated request is answered from."""

from django.db import models


class Repeatable(models.Model):
    """The answer to a write that its sender may repeat (CORE-90): kept at least as long as the lawbook says."""

    actor = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "yêu cầu đã nhận"
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="repeatable_once")]

    def __str__(self) -> str:
        return f"{self.actor} {self.key}"
