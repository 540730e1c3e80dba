"""A person who works with the platform; rights come from the positions that the person holds (CORE-10)."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from lienthong.kit import vietnamese


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

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField("Tên đăng nhập", max_length=150, unique=True)
    full_name = models.CharField("Họ và tên", max_length=200)
    email = models.EmailField("Thư điện tử", blank=True)
    phone = models.CharField("Điện thoại", max_length=30, blank=True)
    is_active = models.BooleanField("Đang hoạt động", default=True)
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
