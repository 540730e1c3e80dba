"""A notice to one person about one event (CORE-86)."""

import uuid

from django.db import models


class Notice(models.Model):
    """Key (event, person, channel) → exactly one; in the app now, other channels by their gateways."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, default="app")
    person = models.ForeignKey("identity.User", models.PROTECT, related_name="notices")
    # The position whose work it is; the notice outlives a hand-over of the position.
    position = models.ForeignKey("orgs.Position", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    text = models.TextField()
    ref = models.CharField(max_length=120, blank=True)
    urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "thông báo"
        constraints = [models.UniqueConstraint(fields=["event", "person", "channel"], name="notice_once")]
        indexes = [
            models.Index(fields=["person", "-created_at", "id"], name="notice_newest"),
            models.Index(fields=["person"], condition=models.Q(read_at__isnull=True), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.text
