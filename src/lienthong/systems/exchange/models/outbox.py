"""What an agency sends: one message a packet, one delivery a receiver."""

import uuid

from django.db import models
from django.db.models import Q

from lienthong.core.audit.guards import append_only
from lienthong.core.workflow import guards
from lienthong.systems.exchange.models.proof import Receipt
from lienthong.systems.exchange.states import DELIVERY


class Message(models.Model):
    """One packet that an agency sent: its id is the transport message id (EX-39, EX-40). Rows never change.

    Columns are four times as wide as the profile, or unbounded (§3.1, F-EX-3).
    """

    ref_kind = "exchange:message"
    append_only = True

    class Kind(models.TextChoices):
        DOCUMENT = "document", "Văn bản"
        STATUS = "status", "Trạng thái"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    kind = models.CharField("Loại", max_length=8, choices=Kind.choices)
    source = models.CharField(max_length=100, blank=True)
    document_id = models.CharField("Mã văn bản", max_length=1020)
    from_code = models.CharField("Mã bên gửi", max_length=140)
    from_name = models.TextField("Bên gửi")
    code = models.TextField("Số, ký hiệu", blank=True)
    code_key = models.TextField(editable=False, blank=True)
    subject = models.TextField("Trích yếu", blank=True)
    type_name = models.TextField("Loại văn bản", blank=True)
    issued_on = models.DateField("Ngày ban hành", null=True)
    business_type = models.PositiveSmallIntegerField("Nghiệp vụ", null=True)
    status_code = models.CharField("Mã trạng thái", max_length=40, blank=True)
    seq = models.PositiveIntegerField(null=True)
    priority = models.PositiveSmallIntegerField("Độ khẩn", default=0)
    content_hash = models.CharField(max_length=64)
    packet_sha256 = models.CharField(max_length=64)
    packet_size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField("Gửi lúc")
    created_by = models.CharField(max_length=200)
    resend_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="resent_as")

    class Meta:
        verbose_name = "gói tin"
        triggers = append_only()
        indexes = [
            models.Index(fields=["agency", "-created_at", "id"], name="message_agency_time"),
            models.Index(fields=["agency", "document_id"], name="message_document"),
            models.Index(fields=["source"], condition=~Q(source=""), name="message_source"),
            models.Index(fields=["agency", "code_key"], name="message_code"),
        ]

    def __str__(self) -> str:
        return self.code or str(self.id)


class Delivery(models.Model):
    """One receiver of a message: how far the transport is, and what the receiver reported (EX-25, EX-45).

    `addressed_code` is what the packet says; `unit` is who takes traffic for it (a successor in grace, EX-53). A row in
    work is leased: `lease` marks the attempt and fences off a late finisher.
    """

    ref_kind = "exchange:delivery"

    class ErrorClass(models.TextChoices):
        NONE = "", "Không"
        TRANSIENT = "transient", "Tạm thời"
        PERMANENT = "permanent", "Vĩnh viễn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    order = models.PositiveIntegerField()
    addressed_code = models.CharField("Mã bên nhận", max_length=140)
    addressed_name = models.TextField("Bên nhận")
    addressed_unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    peer = models.ForeignKey("exchange.Peer", models.PROTECT, related_name="+")
    priority = models.PositiveSmallIntegerField(default=0)
    # Transport.
    state = models.CharField("Chuyển gói tin", max_length=10, choices=DELIVERY.choices, default="queued")
    state_since = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    queued_at = models.DateTimeField("Vào hàng chờ lúc")
    next_attempt_at = models.DateTimeField("Lần gửi tới", null=True)
    attempts = models.PositiveIntegerField("Số lần gửi", default=0)
    failures = models.PositiveIntegerField("Số lần lỗi của lượt này", default=0)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    error_class = models.CharField(max_length=9, choices=ErrorClass.choices, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    error = models.TextField("Lỗi", blank=True, default="")
    receipt = models.ForeignKey(Receipt, models.PROTECT, null=True, related_name="+")
    delivered_at = models.DateTimeField("Giao lúc", null=True)
    # What the receiver reported.
    status = models.CharField("Trạng thái ở bên nhận", max_length=12, blank=True, default="")
    status_since = models.DateTimeField(null=True)
    status_seen = models.JSONField(default=list)
    status_seq = models.PositiveIntegerField(null=True)
    status_reason = models.TextField("Lý do", blank=True, default="")
    gap = models.CharField(max_length=20, blank=True, default="")
    request_open = models.BooleanField(default=False)

    class Meta:
        verbose_name = "lượt gửi"
        triggers = guards(DELIVERY)
        constraints = [models.UniqueConstraint(fields=["message", "addressed_code"], name="delivery_once")]
        indexes = [
            models.Index(fields=["-priority", "next_attempt_at"], condition=Q(state="queued"), name="delivery_due"),
            models.Index(fields=["agency", "-queued_at", "id"], name="delivery_agency_time"),
            models.Index(fields=["agency", "-state_since"], condition=Q(state="dead"), name="delivery_dead"),
            models.Index(fields=["unit"], name="delivery_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.addressed_name}"
