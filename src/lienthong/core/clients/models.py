"""Clients, their keys, the tokens made of them, and the nonces that were used (CORE-85)."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from lienthong.core.audit.guards import journaled


class MachineClient(models.Model):
    """A system of an agency that calls the API; `account` and `position` are what its acts stand under."""

    ref_kind: ClassVar[str] = "clients:client"

    class State(models.TextChoices):
        ACTIVE = "active", "Đang dùng"
        ENDED = "ended", "Đã ngừng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="machine_clients")
    code = models.SlugField("Mã hệ thống", max_length=40, unique=True)
    name = models.CharField("Tên hệ thống", max_length=200)
    contact = models.CharField("Đầu mối liên hệ", max_length=200)
    account = models.OneToOneField("identity.User", models.PROTECT, related_name="machine_client")
    position = models.OneToOneField("orgs.Position", models.PROTECT, related_name="machine_client")
    role = models.ForeignKey("access.Role", models.PROTECT, related_name="+")
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default=State.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField("Lập lúc")
    ended_at = models.DateTimeField("Ngừng lúc", null=True, blank=True)
    end_reason = models.TextField("Lý do ngừng", blank=True)

    class Meta:
        verbose_name = "hệ thống kết nối"
        triggers = journaled()
        indexes = [models.Index(fields=["agency", "-created_at"], name="client_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def active(self) -> bool:
        """Whether it may call now."""
        return self.state == self.State.ACTIVE


class ClientKey(models.Model):
    """A secret of a client, sealed; two are good at once while one is replaced. `used_at` is told to the minute."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(MachineClient, models.PROTECT, related_name="keys")
    sealed = models.BinaryField(editable=False)
    created_at = models.DateTimeField("Cấp lúc")
    until = models.DateTimeField("Hiệu lực đến")
    revoked_at = models.DateTimeField("Thu hồi lúc", null=True, blank=True)
    used_at = models.DateTimeField("Dùng lần cuối", null=True, blank=True)
    used_from = models.CharField("Địa chỉ dùng lần cuối", max_length=45, blank=True)

    class Meta:
        verbose_name = "khóa của hệ thống kết nối"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["client"], name="client_key_open", condition=Q(revoked_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.client_id} {self.created_at:%d/%m/%Y}"

    @property
    def code(self) -> str:
        """What names it on a page."""
        return self.pk.hex[:12]


class ClientToken(models.Model):
    """A bearer token: only its SHA-256 is kept; it ends with its key and with its client."""

    digest = models.CharField(primary_key=True, max_length=64)
    key = models.ForeignKey(ClientKey, models.CASCADE, related_name="tokens")
    until = models.DateTimeField()

    class Meta:
        verbose_name = "mã truy cập"
        indexes = [models.Index(fields=["until"], name="client_token_until")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.until:%d/%m/%Y %H:%M}"


class UsedNonce(models.Model):
    """A nonce that a signed request used: a second one is a replay, whatever process it meets."""

    client = models.ForeignKey(MachineClient, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name = "mã dùng một lần"
        constraints = [models.UniqueConstraint(fields=["client", "nonce"], name="client_nonce_once")]
        indexes = [models.Index(fields=["used_at"], name="client_nonce_at")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.nonce}"
