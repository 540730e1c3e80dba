"""What is only ever added: signed receipts and the timeline of each document at each receiver."""

import uuid

from django.db import models

from lienthong.core.audit.guards import append_only


class Receipt(models.Model):
    """A signed receipt: CMS detached over canonical JSON, verifiable off-line (EX-42).

    `issued` ones are made by this node for an agency that received; `held` ones are what the other side answered.
    """

    append_only = True

    class Role(models.TextChoices):
        ISSUED = "issued", "Đã cấp"
        HELD = "held", "Được cấp"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    role = models.CharField(max_length=6, choices=Role.choices)
    message_id = models.UUIDField()
    # The canonical bytes that were signed, and the signature (DER).
    body = models.BinaryField(editable=False)
    signature = models.BinaryField(editable=False)
    received_at = models.DateTimeField("Nhận lúc")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "biên nhận"
        triggers = append_only()
        indexes = [models.Index(fields=["message_id"], name="receipt_message")]

    def __str__(self) -> str:
        return f"{self.message_id}"


class StatusLine(models.Model):
    """One reported status of a (document, receiver), as the owner of this row knows it; never changed (EX-25, EX-26).

    It hangs on the sender's `delivery` or on the receiver's `received`. `at` is the Timestamp that was claimed.
    """

    append_only = True

    class Effect(models.TextChoices):
        APPLIED = "applied", "Có hiệu lực"
        LATE = "late", "Đến muộn, bổ sung"
        UNKNOWN = "unknown", "Mã chưa biết"
        ILLEGAL = "illegal", "Không hợp lệ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    delivery = models.ForeignKey("exchange.Delivery", models.PROTECT, null=True, related_name="lines")
    received = models.ForeignKey("exchange.Received", models.PROTECT, null=True, related_name="lines")
    code = models.CharField("Mã", max_length=40)
    effect = models.CharField("Hiệu lực", max_length=8, choices=Effect.choices)
    flag = models.TextField("Cảnh báo", blank=True)
    description = models.TextField("Nội dung", blank=True)
    staff = models.JSONField("Người xử lý", default=dict)
    at = models.DateTimeField("Thời điểm báo", null=True)
    recorded_at = models.DateTimeField("Ghi nhận lúc")
    # The number in the register of the node that holds it; order follows it (EX-26).
    seq = models.PositiveIntegerField(null=True)
    # SHA-256 over code, Timestamp, Description and StaffInfo: repeats of one status are no new line.
    fingerprint = models.CharField(max_length=64, editable=False)
    peer = models.ForeignKey("exchange.Peer", models.PROTECT, null=True, related_name="+")
    transport_id = models.UUIDField(null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    packet_sha256 = models.CharField(max_length=64, blank=True)
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "dòng trạng thái"
        ordering = ["recorded_at", "id"]
        triggers = append_only()
        constraints = [
            models.CheckConstraint(
                name="status_line_one_side",
                condition=models.Q(delivery__isnull=True, received__isnull=False)
                | models.Q(delivery__isnull=False, received__isnull=True),
            ),
            models.UniqueConstraint(fields=["delivery", "fingerprint"], name="status_line_once_sent"),
            models.UniqueConstraint(fields=["received", "fingerprint"], name="status_line_once_received"),
        ]
        indexes = [models.Index(fields=["transport_id"], name="status_line_transport")]

    def __str__(self) -> str:
        return f"{self.code} {self.effect}"
