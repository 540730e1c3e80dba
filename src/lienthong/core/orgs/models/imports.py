"""The record of an import of units: the file as it came, what the dry run found, what was loaded (CORE-13, CORE-37)."""

import uuid

from django.db import models

from lienthong.core.audit.guards import journaled
from lienthong.core.orgs import guards
from lienthong.core.orgs.models.units import Unit


class UnitImport(models.Model):
    """One file of units: checked first, then loaded whole or not at all."""

    ref_kind = "orgs:import"

    class State(models.TextChoices):
        CHECKING = "checking", "Đang kiểm tra"
        FAULTY = "faulty", "Có lỗi, chưa nạp"
        READY = "ready", "Đã kiểm tra, chờ nạp"
        LOADING = "loading", "Đang nạp"
        LOADED = "loaded", "Đã nạp"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.TextField("Tên tệp")
    original = models.BinaryField("Tệp gốc")
    sha256 = models.CharField("Mã băm", max_length=64)
    instrument = models.TextField("Văn bản, nguồn dữ liệu")
    effective = models.DateField("Ngày hiệu lực mặc định")
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default=State.CHECKING)
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField("Tải lên lúc")
    created_by = models.UUIDField("Người tải lên", null=True)
    by_name = models.TextField("Tên người tải lên", blank=True)
    run_id = models.UUIDField("Lượt chạy", null=True, blank=True)
    rows = models.PositiveIntegerField("Số dòng", default=0)
    faults = models.JSONField("Lỗi theo dòng", default=list)
    fault_count = models.PositiveIntegerField("Số lỗi", default=0)
    warnings = models.JSONField("Cảnh báo theo dòng", default=list)
    invisible = models.JSONField("Ký tự ẩn theo cột", default=dict)
    loaded_at = models.DateTimeField("Nạp lúc", null=True, blank=True)

    class Meta:
        verbose_name = "lần nạp đơn vị"
        ordering = ["-created_at"]
        triggers = [
            *journaled(),
            *guards.fixed("agency_id", "name", "original", "sha256", "created_at", "created_by"),
        ]

    def __str__(self) -> str:
        return self.name
