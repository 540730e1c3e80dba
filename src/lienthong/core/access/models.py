"""Roles are bundles of verbs; they are granted to positions, dated (OF-3, CORE-10)."""

import uuid

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models


class Role(models.Model):
    """A bundle of verbs, shipped by a system or composed by an agency."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField("Tên", max_length=200)
    verbs = models.JSONField(default=list)
    # An agency's own composition; None for the roles that a release ships.
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, blank=True, related_name="own_roles")
    # For who runs the node: no agency may give it to its people (CORE-108).
    of_node = models.BooleanField(default=False, db_default=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "vai trò"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Grant(models.Model):
    """A role given to a position from–to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.ForeignKey("orgs.Position", models.PROTECT, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    held = DateTimeRangeField()

    class Meta:
        verbose_name = "quyền của vị trí"
        constraints = [models.UniqueConstraint(fields=["position", "role", "held"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.role_id} → {self.position_id}"

    @property
    def dialog(self) -> str:
        """The id of the dialog that withdraws it on a page."""
        return f"rut-{self.pk.hex[:12]}"
