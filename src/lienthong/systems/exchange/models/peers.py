"""Connections: other nodes and document systems, this node itself, their keys, and the agencies they speak for."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models

from lienthong.core.workflow import guards
from lienthong.systems.exchange.states import PEER


class Peer(models.Model):
    """A system at the other end of a connection; this node is the one of kind `local` (EX-54, EX-69)."""

    ref_kind = "exchange:peer"
    of_node = True

    class Kind(models.TextChoices):
        LOCAL = "local", "Nút này"
        NODE = "node", "Nút Liên Thông"
        HUB = "hub", "Trục trung chuyển"
        LEGACY = "legacy", "Phần mềm quản lý văn bản"

    class Profile(models.TextChoices):
        STRICT = "strict", "Chặt"
        LENIENT = "lenient", "Rộng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField("Mã hệ thống", max_length=100, unique=True)
    name = models.TextField("Tên hệ thống")
    kind = models.CharField("Loại", max_length=10, choices=Kind.choices)
    endpoint = models.URLField("Địa chỉ nhận", max_length=500, blank=True)
    profile = models.CharField("Cách đọc gói tin", max_length=10, choices=Profile.choices, default=Profile.STRICT)
    # Switches of this peer: unsigned_allowed, legacy_signature_refused, metadata_log_only …
    switches = models.JSONField("Tùy chọn", default=dict, blank=True)
    state = models.CharField("Trạng thái", max_length=10, choices=PEER.choices, default="requested")
    state_since = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    software = models.CharField("Phiên bản phần mềm", max_length=200, blank=True)
    registered_at = models.DateTimeField("Đăng ký lúc")

    class Meta:
        verbose_name = "kết nối"
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="local"), name="peer_one_local")
        ]
        triggers = guards(PEER)

    def __str__(self) -> str:
        return self.name


class PeerKey(models.Model):
    """A key of a peer; two are good at once while they are changed (CORE-85, F-EX-16). The secret lies sealed."""

    of_node = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    peer = models.ForeignKey(Peer, models.PROTECT, related_name="keys")
    sealed_secret = models.BinaryField(editable=False)
    valid = DateTimeRangeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "khóa kết nối"

    def __str__(self) -> str:
        return f"{self.peer_id} {self.valid}"


class PeerUnit(models.Model):
    """An agency that a peer speaks for and takes traffic for, dated and revoked at once (EX-11, EX-53).

    `delegated`: the peer may send under this agency's code, but traffic to it goes by another row.
    """

    of_node = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    peer = models.ForeignKey(Peer, models.PROTECT, related_name="units")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    held = DateTimeRangeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    delegated = models.BooleanField("Chỉ được gửi thay", default=False)
    instrument = models.TextField("Văn bản giao, ủy quyền", blank=True)

    class Meta:
        verbose_name = "cơ quan của kết nối"
        constraints = [
            # Traffic to a unit takes one way at any instant.
            ExclusionConstraint(
                name="peer_unit_one_route",
                expressions=[("unit", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                condition=models.Q(delegated=False, revoked_at__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["unit"], name="peer_unit_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} → {self.peer_id}"
