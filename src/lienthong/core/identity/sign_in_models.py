"""How a person signs in: password rules, second factors, linked identities, sessions (CORE-79…84)."""

import uuid
from typing import ClassVar

from django.db import models

from lienthong.core.audit.guards import append_only


class PasswordState(models.Model):
    """What rules say about the password of a person: must it be changed, when was it, when was its lock lifted."""

    person = models.OneToOneField("identity.User", models.CASCADE, primary_key=True, related_name="password_state")
    must_change = models.BooleanField(default=False)
    changed_at = models.DateTimeField(null=True)
    unlocked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "tình trạng mật khẩu"

    def __str__(self) -> str:
        return str(self.person_id)


class OldPassword(models.Model):
    """A password that a person had, as its Argon2id hash, so that it does not come back (QCVN 12:2026/BCA 3.7.2)."""

    append_only: ClassVar[bool] = True

    person = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    hash = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "mật khẩu cũ"
        indexes = [models.Index(fields=["person", "-at"], name="old_password_newest")]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.person_id} {self.at:%d/%m/%Y}"


class Factor(models.Model):
    """A second factor, or a passkey that is both factors in one (CORE-81)."""

    class Kind(models.TextChoices):
        TOTP = "totp", "Ứng dụng tạo mã"
        PASSKEY = "passkey", "Khóa truy cập"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("identity.User", models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField("Tên", max_length=100)
    # TOTP: the secret, encrypted (core/identity/vault.py), and the last step that was used: a code works once.
    secret = models.TextField(blank=True)
    last_step = models.BigIntegerField(default=0)
    # Passkey: its id, and id with public key as the authenticator gave them.
    credential_id = models.BinaryField(null=True, unique=True)
    credential = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "phương tiện xác thực"
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=models.Q(kind="totp"), name="factor_one_totp")
        ]

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code for the day when the second factor is lost; it works once and is kept as its hash."""

    person = models.ForeignKey("identity.User", models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "mã khôi phục"
        constraints = [models.UniqueConstraint(fields=["person", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return str(self.person_id)


class SubjectLink(models.Model):
    """The subject key of a provider that opens an account; never an e-mail address or a telephone (CORE-79)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("identity.User", models.CASCADE, related_name="+")
    provider = models.CharField(max_length=40)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        verbose_name = "liên kết định danh"
        constraints = [
            models.UniqueConstraint(fields=["provider", "subject"], name="subject_opens_one_account"),
            models.UniqueConstraint(fields=["person", "provider"], name="person_one_subject_a_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.person_id}"


class SignInSession(models.Model):
    """One session of a person on one device; ended, its row stays and its key is gone (CORE-82)."""

    class Method(models.TextChoices):
        PASSWORD = "password", "Mật khẩu"
        PASSKEY = "passkey", "Khóa truy cập"
        OIDC = "oidc", "Tài khoản định danh"
        DEMO = "demo", "Vào vai trình diễn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey("identity.User", models.PROTECT, related_name="sign_in_sessions")
    # The key of Django's session; empty once it ended.
    key = models.CharField(max_length=40, blank=True)
    method = models.CharField(max_length=10, choices=Method.choices)
    # The assurance of a provider (1, 2); 0 for the platform's own ways.
    level = models.PositiveSmallIntegerField(default=0)
    ip = models.CharField("Địa chỉ", max_length=45, blank=True)
    device = models.CharField("Thiết bị", max_length=120, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    factor_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "phiên làm việc"
        ordering = ["-seen_at"]
        indexes = [models.Index(fields=["person", "-seen_at"], name="sign_in_session_own")]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=~models.Q(key=""), name="sign_in_session_key"),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(key=""), name="sign_in_session_ended_has_no_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.started_at:%d/%m/%Y %H:%M}"


class SupportSession(models.Model):
    """The node's support at work inside an agency: why, how long, who ended it (CORE-84)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency_id = models.UUIDField("Cơ quan được hỗ trợ")
    person = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    reason = models.TextField("Lý do")
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "phiên hỗ trợ"
        ordering = ["-opened_at"]
        indexes = [models.Index(fields=["agency_id", "-opened_at"], name="support_of_agency")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="support_has_reason"),
            models.CheckConstraint(condition=models.Q(until__gt=models.F("opened_at")), name="support_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.opened_at:%d/%m/%Y %H:%M}"
