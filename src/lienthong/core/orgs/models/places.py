"""Administrative units (đơn vị hành chính) with their dates and lineage (CORE-9)."""

import uuid
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from lienthong.kit import vietnamese


class Place(models.Model):
    """An administrative unit (đơn vị hành chính) with its dates; districts stay as history (CORE-9, QĐ 19/2025/QĐ-
    TTg).
    """

    class Level(models.TextChoices):
        PROVINCE = "province", "Cấp tỉnh"
        DISTRICT = "district", "Cấp huyện (đến 30/06/2025)"
        COMMUNE = "commune", "Cấp xã"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField("Mã", max_length=10, blank=True)
    name = models.TextField("Tên")
    kind = models.CharField("Loại", max_length=60)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    valid = DateRangeField()
    source = models.TextField("Nguồn")
    sort_key = models.TextField(editable=False, db_collation="C")
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "đơn vị hành chính"
        constraints = [
            ExclusionConstraint(
                name="place_code_once",
                expressions=[
                    ("level", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=~models.Q(code=""),
            )
        ]
        indexes = [GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="place_search")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Bring the name over the border and store its keys."""
        self.name = vietnamese.border_name(self.name)
        self.sort_key = vietnamese.sort_key(self.name)
        self.search_key = vietnamese.search_key(self.name)


class PlaceLineage(models.Model):
    """Which former places a place was made of, for "today's boundaries" (CORE-7)."""

    predecessor = models.ForeignKey(Place, models.PROTECT, related_name="successors")
    successor = models.ForeignKey(Place, models.PROTECT, related_name="predecessors")
    effective = models.DateField()
    partial = models.BooleanField("Chỉ một phần", default=False)

    class Meta:
        verbose_name = "sắp xếp đơn vị hành chính"
        constraints = [models.UniqueConstraint(fields=["predecessor", "successor"], name="place_lineage_once")]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"
