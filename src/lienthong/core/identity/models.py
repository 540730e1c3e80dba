"""A person who works with the platform; rights come from the positions that the person holds (CORE-10)."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from lienthong.core.audit.guards import append_only
from lienthong.core.identity.sign_in_models import (
    Factor,
    OldPassword,
    PasswordState,
    RecoveryCode,
    SignInSession,
    SubjectLink,
    SupportSession,
)
from lienthong.kit import personal_id, vietnamese

__all__ = [
    "AccountReview",
    "Factor",
    "OldPassword",
    "PasswordState",
    "PersonalNumber",
    "RecoveryCode",
    "SignInAttempt",
    "SignInSession",
    "SubjectLink",
    "SupportSession",
    "User",
    "UserManager",
]


class UserManager(BaseUserManager["User"]):
    """Creates people; there is no superuser: nobody has rights but by a position."""

    def create_user(self, username: str, full_name: str, password: str | None = None, **extra: Any) -> "User":
        """A person with a user name of ASCII letters; without a password only other sign-ins work."""
        user = self.model(username=username, full_name=full_name, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """One account, one person (CORE-81)."""

    class Theme(models.TextChoices):
        AUTO = "auto", "Theo thiết bị"
        LIGHT = "light", "Sáng"
        DARK = "dark", "Tối"

    class State(models.TextChoices):
        ACTIVE = "active", "Đang dùng"
        LOCKED = "locked", "Tạm khóa"
        DISABLED = "disabled", "Ngừng dùng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The agency that keeps the account; None for the people of the node. The person's positions may lie elsewhere too.
    agency_id = models.UUIDField("Cơ quan quản lý tài khoản", null=True, blank=True, editable=False)
    username = models.CharField("Tên đăng nhập", max_length=150, unique=True)
    full_name = models.CharField("Họ và tên", max_length=200)
    email = models.EmailField("Thư điện tử", blank=True)
    phone = models.CharField("Điện thoại", max_length=30, blank=True)
    is_active = models.BooleanField("Đang hoạt động", default=True)
    # Why it is not: locked for a time, or out of use (CORE-82).
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default="active", db_default="active")
    state_since = models.DateTimeField(null=True, blank=True)
    state_reason = models.TextField("Lý do", blank=True, db_default="")
    theme = models.CharField("Giao diện", max_length=5, choices=Theme.choices, default=Theme.AUTO)
    language = models.CharField("Ngôn ngữ", max_length=5, default="vi")
    sort_key = models.CharField(max_length=400, editable=False, db_index=True, db_collation="C")
    search_key = models.CharField(max_length=400, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = "người dùng"
        ordering = ["sort_key"]
        indexes = [models.Index(fields=["agency_id"], name="user_agency")]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.full_name = vietnamese.border_name(self.full_name)
        self.sort_key = vietnamese.person_sort_key(self.full_name)
        self.search_key = vietnamese.search_key(self.full_name)
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        """The name as papers print it."""
        return self.full_name


class PersonalNumber(models.Model):
    """The personal identification number of a person, kept only where and as long as a purpose needs it (CORE-45, 97).

    Lists and the journal show it masked; reading it whole is an action with its journal line, which is the reader log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.OneToOneField(User, models.PROTECT, related_name="personal_number")
    number = models.CharField("Số định danh cá nhân", max_length=12)
    old_number = models.CharField("Số CMND cũ", max_length=9, blank=True)
    purpose = models.TextField("Mục đích lưu")
    kept_until = models.DateField("Lưu đến hết ngày")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = "số định danh cá nhân"
        constraints = [models.CheckConstraint(condition=~models.Q(purpose=""), name="personal_number_has_purpose")]

    def __str__(self) -> str:
        return personal_id.masked(self.number)


class AccountReview(models.Model):
    """The quarterly review of an agency's accounts that somebody signed off (CORE-82; QCVN 12:2026/BCA 3.7.2)."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency_id = models.UUIDField("Cơ quan", null=True)
    quarter = models.DateField("Ngày đầu quý")
    accounts = models.PositiveIntegerField("Số tài khoản")
    dormant = models.PositiveIntegerField("Số tài khoản lâu không dùng")
    reviewer = models.ForeignKey(User, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    class Meta:
        verbose_name = "kết quả rà soát tài khoản"
        constraints = [
            models.UniqueConstraint(
                fields=["agency_id", "quarter"], nulls_distinct=False, name="account_review_once_a_quarter"
            )
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.agency_id} {self.quarter:%d/%m/%Y}"


class SignInAttempt(models.Model):
    """One use of the password path; five wrong ones in a row lock it (CORE-82)."""

    username = models.CharField(max_length=150)
    ip = models.CharField(max_length=45, blank=True)
    right = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = "lần đăng nhập"
        indexes = [models.Index(fields=["username", "-at"], name="attempt_newest")]

    def __str__(self) -> str:
        return f"{self.username} {self.at:%d/%m/%Y %H:%M}"
