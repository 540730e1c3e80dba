"""Events on their way to open pages; kept for minutes, never the truth about anything."""

from django.db import models


class LiveEvent(models.Model):
    """One event or fragment of one topic.

    The table is unlogged, and has a column `xid` (the writing transaction) by which readers miss no late commit.
    """

    id = models.BigAutoField(primary_key=True)
    topic = models.CharField(max_length=200)
    # Only listeners of this class receive it; blank: all who may listen to the topic.
    audience = models.CharField(max_length=100, blank=True, default="")
    name = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "sự kiện trực tiếp"
        verbose_name_plural = "sự kiện trực tiếp"
        indexes = [models.Index(fields=["created_at"], name="live_created")]
