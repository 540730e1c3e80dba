"""Positions, who holds them, authority to sign and working delegation (CORE-10..12)."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeOperators
from django.db import models

from lienthong.core.orgs.models.bodies import IssuingBody
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
    instrument = models.TextField("Quyết định", blank=True, db_default="")
    # When sessions, delegations and keys were told that the holding is over (CORE-12).
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

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
    # TUQ. is limited in content as well; TL. by what its regulation says.
    content = models.TextField("Nội dung được ủy quyền", blank=True, db_default="")
    # TUQ. is given by a person in the post and ends with that holding, to the second.
    given_by = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    # The TL. that its taker gave on to the own deputy, who signs KT. (Đ13.4).
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="given_on")

    class Meta:
        verbose_name = "quyền ký"
        constraints = [
            # TL. without a cited regulation is refused; TUQ. is limited in time.
            models.CheckConstraint(condition=~models.Q(instrument=""), name="delegation_cites_instrument"),
            models.CheckConstraint(
                condition=models.Q(kind="TL") | models.Q(held__endswith__isnull=False), name="authorisation_has_an_end"
            ),
            # TUQ. may not be passed on (Đ13.3).
            models.CheckConstraint(
                condition=models.Q(kind="TL") | models.Q(parent__isnull=True), name="authorisation_stays"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.giver_id} → {self.taker_id}"


class BodySigner(models.Model):
    """Who signs for an issuing body by office: its head and deputies, named where they are not those of the agency.

    For a council, `title` is the one in it (box 7a) and the post in the agency prints in box 7b (NĐ 30 PL I.II.7.d).
    """

    class Role(models.TextChoices):
        HEAD = "head", "Người đứng đầu"
        DEPUTY = "deputy", "Cấp phó"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    body = models.ForeignKey(IssuingBody, models.PROTECT, related_name="signers")
    position = models.ForeignKey(Position, models.PROTECT, related_name="bodies_signed_for")
    role = models.CharField("Vai trò", max_length=6, choices=Role.choices)
    title = models.TextField("Chức danh")
    instrument = models.TextField("Quyết định")
    held = DateTimeRangeField()

    class Meta:
        verbose_name = "người ký của chủ thể ban hành"
        constraints = [
            ExclusionConstraint(
                name="body_one_head",
                expressions=[("body", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                condition=models.Q(role="head"),
            ),
            ExclusionConstraint(
                name="body_signer_once",
                expressions=[
                    ("body", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} – {self.body_id}"


class Absence(models.Model):
    """A working delegation: while the holder is away, a colleague does the work of the position, but signs nothing in
    its place (CORE-12).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="absences")
    delegate = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    held = DateTimeRangeField()
    note = models.TextField("Lý do vắng mặt")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "ủy quyền công việc khi vắng mặt"
        constraints = [
            ExclusionConstraint(
                name="absence_one_delegate",
                expressions=[("holding", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                condition=models.Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(condition=models.Q(held__endswith__isnull=False), name="absence_has_an_end"),
        ]

    def __str__(self) -> str:
        return f"{self.delegate_id} thay {self.holding_id}"
