"""Positions, who holds them, and authority to sign (CORE-10..12)."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models

from lienthong.core.orgs.models.units import Unit


class Position(models.Model):
    """A post of a unit (chức vụ); rights are granted to it, never to its holder (CORE-10)."""

    class Rank(models.TextChoices):
        HEAD = "head", "Người đứng đầu cơ quan"
        DEPUTY = "deputy", "Cấp phó của người đứng đầu"
        UNIT_HEAD = "unit_head", "Lãnh đạo đơn vị"
        UNIT_DEPUTY = "unit_deputy", "Phó lãnh đạo đơn vị"
        CLERK = "clerk", "Văn thư"
        SPECIALIST = "specialist", "Chuyên viên"
        OTHER = "other", "Khác"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="positions")
    title = models.TextField("Chức vụ")
    rank = models.CharField(max_length=12, choices=Rank.choices)
    valid = DateRangeField()
    order = models.PositiveSmallIntegerField(default=100)

    class Meta:
        verbose_name = "vị trí"
        ordering = ["order", "title"]

    def __str__(self) -> str:
        return self.title


class Holding(models.Model):
    """Who holds a position from–to and how: chính thức, quyền (Q.) or phụ trách, điều hành (CORE-10)."""

    class Mode(models.TextChoices):
        FULL = "full", "Chính thức"
        ACTING = "acting", "Quyền"
        IN_CHARGE = "in_charge", "Phụ trách, điều hành"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.ForeignKey(Position, models.PROTECT, related_name="holdings")
    person = models.ForeignKey("identity.User", models.PROTECT, related_name="holdings")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.FULL)
    held = DateTimeRangeField()
    main = models.BooleanField("Vị trí chính", default=True)

    class Meta:
        verbose_name = "người giữ vị trí"
        constraints = [
            ExclusionConstraint(
                name="holding_once",
                expressions=[
                    ("position", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.position_id}"


class SigningDelegation(models.Model):
    """Authority to sign given by order (TL.) or by authorisation (TUQ.), checked at the instant of signing
    (CORE-11).
    """

    class Kind(models.TextChoices):
        BY_ORDER = "TL", "Thừa lệnh"
        AUTHORISED = "TUQ", "Thừa ủy quyền"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Position, models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(Position, models.PROTECT, related_name="delegations_taken")
    kind = models.CharField(max_length=3, choices=Kind.choices)
    document_types = models.JSONField("Loại văn bản", default=list, blank=True)
    fields = models.JSONField("Lĩnh vực", default=list, blank=True)
    instrument = models.TextField("Văn bản, quy chế")
    held = DateTimeRangeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "quyền ký"
        constraints = [
            # TL. without a cited regulation is refused; TUQ. is limited in time.
            models.CheckConstraint(condition=~models.Q(instrument=""), name="delegation_cites_instrument"),
            models.CheckConstraint(
                condition=models.Q(kind="TL") | models.Q(held__endswith__isnull=False), name="authorisation_has_an_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.giver_id} → {self.taker_id}"
