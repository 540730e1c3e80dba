"""What an agency received, and what waits in quarantine."""

import uuid

from django.db import models
from django.db.models import Q

from lienthong.core.workflow import guards
from lienthong.systems.exchange.models.proof import Receipt
from lienthong.systems.exchange.states import RECEIVED


class Received(models.Model):
    """A document packet that lies durably at one receiver (EX-40): unique by transport id and by what it says.

    A copy that its receiver refused (02) does not block a new attempt, which is linked by `resend_of`.
    """

    ref_kind = "exchange:received"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    peer = models.ForeignKey("exchange.Peer", models.PROTECT, related_name="+")
    transport_id = models.UUIDField()
    from_code = models.CharField("Mã bên gửi", max_length=140)
    from_name = models.TextField("Bên gửi")
    sender_unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    addressed_as = models.CharField("Mã bên nhận trên gói tin", max_length=140)
    document_id = models.CharField("Mã văn bản", max_length=1020)
    business_type = models.PositiveSmallIntegerField("Nghiệp vụ")
    content_hash = models.CharField(max_length=64)
    packet_sha256 = models.CharField(max_length=64)
    packet_size = models.PositiveBigIntegerField()
    code = models.TextField("Số, ký hiệu")
    code_key = models.TextField(editable=False)
    subject = models.TextField("Trích yếu")
    type_name = models.TextField("Loại văn bản", blank=True)
    issued_on = models.DateField("Ngày ban hành", null=True)
    priority = models.PositiveSmallIntegerField("Độ khẩn", default=0)
    attachments = models.JSONField("Tệp đính kèm", default=list)
    verdict = models.JSONField("Kết quả kiểm tra", default=dict)
    profile = models.CharField(max_length=10)
    clock_difference = models.FloatField("Lệch đồng hồ (giây)", null=True)
    received_at = models.DateTimeField("Nhận lúc")
    target = models.CharField(max_length=100, blank=True)
    state = models.CharField("Trạng thái", max_length=12, choices=RECEIVED.choices, default="arrived")
    state_since = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    # The last number given to a status of this document by this register (EX-26).
    seq = models.PositiveIntegerField(default=0)
    request_open = models.BooleanField(default=False)
    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="+")
    resend_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="resent_as")

    class Meta:
        verbose_name = "văn bản nhận qua trục"
        triggers = guards(RECEIVED)
        constraints = [
            models.UniqueConstraint(fields=["agency", "peer", "transport_id"], name="received_transport_once"),
            models.UniqueConstraint(
                fields=["agency", "from_code", "document_id", "business_type", "content_hash"],
                condition=~Q(state="refused"),
                name="received_content_once",
            ),
        ]
        indexes = [
            models.Index(fields=["transport_id"], name="received_transport"),
            models.Index(fields=["agency", "-received_at", "id"], name="received_agency_time"),
            models.Index(fields=["agency", "code_key"], name="received_code"),
            models.Index(fields=["agency", "received_at"], condition=Q(state="arrived"), name="received_open"),
        ]

    def __str__(self) -> str:
        return self.code


class Held(models.Model):
    """A packet in quarantine: an unknown sender relayed by a hub, or a possible state secret (EX-1, EX-11).

    Only time, peer and message id are kept; the packet itself is kept for unknown senders alone.
    """

    ref_kind = "exchange:held"
    of_node = True

    class Why(models.TextChoices):
        UNKNOWN_SENDER = "unknown_sender", "Bên gửi chưa có trong danh bạ"
        SECRET = "secret", "Nghi có dấu độ mật"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    peer = models.ForeignKey("exchange.Peer", models.PROTECT, related_name="+")
    transport_id = models.UUIDField()
    why = models.CharField("Lý do", max_length=20, choices=Why.choices)
    held_at = models.DateTimeField("Giữ từ")
    packet_sha256 = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField("Kết thúc lúc", null=True)
    outcome = models.TextField("Kết quả", blank=True)

    class Meta:
        verbose_name = "gói tin bị giữ lại"
        constraints = [models.UniqueConstraint(fields=["peer", "transport_id"], name="held_once")]

    def __str__(self) -> str:
        return f"{self.peer_id} {self.held_at:%d/%m/%Y %H:%M}"
