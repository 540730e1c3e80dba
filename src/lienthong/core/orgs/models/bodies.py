"""Issuing bodies (CORE-102)."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce

from lienthong.core.audit.guards import journaled
from lienthong.core.orgs import guards
from lienthong.core.orgs.models.units import Unit


class IssuingBody(models.Model):
    """Who issues a paper; not always the unit that runs the desk (CORE-102, NĐ 30/2020 PL I.II.2.a).

    A row is what the body was from–to: papers name the row, so a later change alters none of them (CORE-8). All rows of
    one body share `line_id`, the id of the first, which its series of numbers hold on to (CORE-46).
    """

    class Kind(models.TextChoices):
        UNIT = "unit", "Cơ quan, tổ chức"
        OFFICE_HOLDER = "office_holder", "Chức danh nhà nước"
        COLLECTIVE = "collective", "Tập thể"
        COUNCIL = "council", "Hội đồng, Ban, Tổ"
        PARTY = "party", "Cấp ủy, tổ chức Đảng"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="later")
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
    instrument = models.TextField("Văn bản", blank=True)

    class Meta:
        verbose_name = "chủ thể ban hành"
        triggers = [
            *journaled(),
            *guards.closes_only(
                "valid",
                "id",
                "first_id",
                "agency_id",
                "kind",
                "name",
                "abbreviation",
                "header_lines",
                "place",
                "seal_with_emblem",
                "layout",
                '"default"',
                "instrument",
            ),
        ]
        constraints = [
            ExclusionConstraint(
                name="issuing_body_default_once",
                expressions=[("agency", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=models.Q(default=True),
            ),
            ExclusionConstraint(
                name="issuing_body_one_row_a_day",
                expressions=[
                    (Coalesce("first", "id"), RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def line_id(self) -> uuid.UUID:
        """The id that the body keeps through all its rows."""
        return self.first_id or self.id
