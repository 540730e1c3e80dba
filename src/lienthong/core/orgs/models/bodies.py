"""Issuing bodies (CORE-102)."""

import uuid

from django.contrib.postgres.fields import DateRangeField
from django.db import models

from lienthong.core.orgs.models.units import Unit


class IssuingBody(models.Model):
    """Who issues a paper; not always the unit that runs the desk (CORE-102, NĐ 30/2020 PL I.II.2.a)."""

    class Kind(models.TextChoices):
        UNIT = "unit", "Cơ quan, tổ chức"
        OFFICE_HOLDER = "office_holder", "Chức danh nhà nước"
        COLLECTIVE = "collective", "Tập thể"
        COUNCIL = "council", "Hội đồng, Ban, Tổ"
        PARTY = "party", "Cấp ủy, tổ chức Đảng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Unit, models.PROTECT, related_name="issuing_bodies")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    name = models.TextField("Tên")
    abbreviation = models.CharField("Chữ viết tắt", max_length=50)
    # First the superior body (chủ quản), last the body itself, as box 2 prints them.
    header_lines = models.JSONField(default=list)
    place = models.CharField("Địa danh", max_length=200)
    seal_with_emblem = models.BooleanField("Dấu có hình Quốc huy", default=False)
    layout = models.CharField("Thể thức", max_length=20, default="nd30")
    default = models.BooleanField("Mặc định", default=False)
    valid = DateRangeField()

    class Meta:
        verbose_name = "chủ thể ban hành"
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(default=True), name="issuing_body_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.name
