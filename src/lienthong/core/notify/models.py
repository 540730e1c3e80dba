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


class Announcement(models.Model):
    """A banner for one agency, or for everybody on the node (no agency): from–to, withdrawn, never deleted."""

    class Severity(models.IntegerChoices):
        INFO = 1, "Thông tin"
        WARN = 2, "Lưu ý"
        STOP = 3, "Gián đoạn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency_id = models.UUIDField(null=True)
    text = models.TextField("Nội dung")
    severity = models.PositiveSmallIntegerField("Mức độ", choices=Severity.choices, default=Severity.INFO)
    starts_at = models.DateTimeField("Từ")
    ends_at = models.DateTimeField("Đến")
    made_by = models.CharField("Người đăng", max_length=200)
    made_at = models.DateTimeField("Đăng lúc")
    withdrawn_at = models.DateTimeField("Rút lúc", null=True)

    class Meta:
        verbose_name = "thông báo chung"
        indexes = [
            models.Index(
                fields=["ends_at"], condition=models.Q(withdrawn_at__isnull=True), name="announcement_standing"
            )
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="announcement_ends"),
            models.CheckConstraint(condition=~models.Q(text=""), name="announcement_says"),
        ]

    def __str__(self) -> str:
        return self.text
