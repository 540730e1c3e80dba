"""Stored files, the links that name their versions, what waits in quarantine and what was erased (core.md §6)."""

import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from lienthong.core.audit.guards import append_only
from lienthong.core.files.guards import locked_stays, stored_once


class ScanState(models.TextChoices):
    """What is known about harm in a file (CORE-53)."""

    WAITING = "waiting", "Chưa quét"
    CLEAN = "clean", "An toàn"
    INFECTED = "infected", "Có mã độc"
    FAILED = "failed", "Không quét được"


class Sensitivity(models.IntegerChoices):
    """How far a file may be known (CORE-104); none of these is a degree of state secrecy."""

    PUBLIC = 1, "Công khai"
    INTERNAL = 2, "Nội bộ"
    RESTRICTED = 3, "Hạn chế truy cập"
    CONFIDENTIAL = 4, "Bí mật công tác"


class StoredFile(models.Model):
    """One version of one file: bytes by hash, type by content, name as it came and as it is shown (CORE-52).

    Several rows may share the bytes of one hash. Nothing but scan state, sensitivity and who looks after it changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField("Dung lượng")
    content_type = models.CharField("Loại", max_length=120)
    original_name = models.BinaryField()
    display_name = models.TextField("Tên tệp")
    uploader = models.ForeignKey("identity.User", models.PROTECT, null=True, related_name="+")
    stored_by = models.CharField(max_length=120)
    stored_at = models.DateTimeField()
    made_here = models.BooleanField(default=False)
    scan_state = models.CharField(max_length=10, choices=ScanState.choices, default=ScanState.WAITING)
    scanned_at = models.DateTimeField(null=True)
    scanner = models.CharField(max_length=120, blank=True)
    threat = models.TextField(blank=True)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.INTERNAL)
    checked_at = models.DateTimeField("Kiểm tra toàn vẹn lúc", null=True)
    damaged_at = models.DateTimeField("Thấy hỏng lúc", null=True)

    ref_kind = "core:file"

    class Meta:
        verbose_name = "tệp"
        indexes = [
            models.Index(fields=["sha256"], name="stored_file_sha256"),
            models.Index(
                fields=["stored_at"],
                condition=models.Q(scan_state__in=["waiting", "failed"]),
                name="stored_file_unscanned",
            ),
            models.Index(
                fields=["damaged_at"],
                condition=models.Q(damaged_at__isnull=False),
                name="stored_file_damaged",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="stored_file_hash"),
            models.CheckConstraint(condition=models.Q(sensitivity__range=(1, 4)), name="stored_file_sensitivity"),
        ]
        triggers = [
            *stored_once(
                *("id", "agency_id", "sha256", "size", "content_type", "original_name", "display_name"),
                *("uploader_id", "stored_by", "stored_at", "made_here"),
            ),
            pgtrigger.FSM(
                name="scan_states",
                field="scan_state",
                transitions=[
                    ("waiting", "clean"),
                    ("waiting", "infected"),
                    ("waiting", "failed"),
                    ("failed", "clean"),
                    ("failed", "infected"),
                    ("clean", "infected"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.display_name


class FileLink(models.Model):
    """That an object holds a file: which version and which hash, in which part and place (CORE-54).

    Replacing makes version n+1; a locked link belongs to an issued, signed or received object and never moves.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ref = models.CharField("Đối tượng", max_length=120)
    role = models.CharField("Vai trò", max_length=40)
    order = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField("Phiên bản", default=1)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="links")
    sha256 = models.CharField(max_length=64)
    locked = models.BooleanField("Đã khóa", default=False)
    linked_at = models.DateTimeField()
    linked_by = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = "tệp của hồ sơ, văn bản"
        ordering = ["ref", "role", "order", "version"]
        constraints = [
            models.UniqueConstraint(fields=["ref", "role", "order", "version"], name="file_link_version_once"),
        ]
        triggers = locked_stays()

    def __str__(self) -> str:
        return f"{self.ref} {self.role} v{self.version}"


class Quarantined(models.Model):
    """A file stopped by the stamp rule: only time, actor and entry point are kept, no name, no type (CORE-58)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField()
    stopped_by = models.CharField(max_length=120)
    entry_point = models.CharField(max_length=120)

    class Meta:
        verbose_name = "tệp bị giữ riêng"

    def __str__(self) -> str:
        return str(self.id)


class Tombstone(models.Model):
    """A file erased at the end of its retention: what it was, by its hash (CORE-55, CORE-100)."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    display_name = models.TextField()
    erased_at = models.DateTimeField()
    erased_by = models.CharField(max_length=120)
    reason = models.TextField()

    class Meta:
        verbose_name = "tệp đã hủy"
        triggers = append_only()

    def __str__(self) -> str:
        return self.display_name


class PendingUpload(models.Model):
    """An upload that can be taken up again after a broken connection (CORE-57); its bytes lie beside the store."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey("identity.User", models.CASCADE, related_name="+")
    name = models.TextField()
    size = models.BigIntegerField()
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = "tệp đang tải lên"

    def __str__(self) -> str:
        return self.name
