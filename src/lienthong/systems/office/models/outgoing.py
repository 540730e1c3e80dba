"""Outgoing documents: drafts that become papers, their frozen versions, files and receivers (NĐ 30/2020 Đ14–19)."""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from lienthong.core.audit.guards import journaled
from lienthong.core.fence.inherited import InheritedAgency, agency_of_parent
from lienthong.core.workflow import guards
from lienthong.kit import numbering, vietnamese
from lienthong.systems.office.models import frozen
from lienthong.systems.office.states import OUTGOING

# Only a draft is edited: what was submitted, approved or signed stays as it is until it becomes a draft again (OF-20).
_AS_SUBMITTED = (
    "agency_id",
    "issuing_body_id",
    "type_code",
    "subject",
    "urgency",
    "content",
    "legal_basis",
    "notation_unit",
    "due_on",
    "answers",
    "unit_id",
    "drafter_id",
    "drafter_position_id",
    "signer_position_id",
)
_AS_SIGNED = ("signer_id", "signer_lines", "signer_name", "approved_sha256", "signed_at")
_AS_NUMBERED = ("series_id", "number", "code", "issued_on")


class Urgency(models.IntegerChoices):
    """The urgency of a paper (NĐ 30 PL I.III.2.b); code 4 exists on the axis only and is never given by us (EX-33)."""

    NORMAL = 0, "Thường"
    URGENT = 1, "Khẩn"
    VERY_URGENT = 2, "Thượng khẩn"
    MOST_URGENT = 3, "Hỏa tốc"


class OutgoingDocument(models.Model):
    """A document of an issuing body, from draft to archive (OF-18)."""

    ref_kind: ClassVar[str] = "office:outgoing"
    searched: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="outgoing_documents")
    state = models.CharField("Trạng thái", max_length=20, choices=OUTGOING.choices, default="draft")
    version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    state_since = models.DateTimeField()

    issuing_body = models.ForeignKey("orgs.IssuingBody", models.PROTECT, related_name="documents")
    type_code = models.CharField("Tên loại", max_length=30)
    subject = models.TextField("Trích yếu")
    urgency = models.PositiveSmallIntegerField("Độ khẩn", choices=Urgency.choices, default=Urgency.NORMAL)
    content = models.JSONField("Nội dung", default=dict)
    legal_basis = models.JSONField("Căn cứ", default=list, blank=True)
    notation_unit = models.CharField("Ký hiệu đơn vị soạn thảo", max_length=30, blank=True)
    due_on = models.DateField("Hạn trả lời", null=True, blank=True)
    answers = models.UUIDField("Trả lời văn bản đến", null=True, blank=True)

    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="drafted_documents")
    drafter = models.ForeignKey("identity.User", models.PROTECT, related_name="drafted_documents")
    drafter_position = models.ForeignKey("orgs.Position", models.PROTECT, related_name="drafted_documents")
    signer_position = models.ForeignKey("orgs.Position", models.PROTECT, related_name="documents_to_sign")
    reviewer = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    checker = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    signer = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    signer_lines = models.JSONField("Quyền hạn, chức vụ", default=list, blank=True)
    signer_name = models.CharField("Người ký", max_length=200, blank=True)
    return_reason = models.TextField("Lý do trả lại", blank=True)

    # What is signed is byte-equal to the approved version (Đ11.2): the hash is kept when the version is approved.
    approved_sha256 = models.CharField(max_length=64, blank=True)
    signed_at = models.DateTimeField("Thời điểm ký", null=True, blank=True)
    series = models.ForeignKey("office.Series", models.PROTECT, null=True, blank=True, related_name="documents")
    number = models.PositiveIntegerField("Số", null=True, blank=True)
    code = models.CharField("Số, ký hiệu", max_length=100, blank=True)
    number_key = models.CharField(max_length=120, editable=False, blank=True)
    issued_on = models.DateField("Ngày văn bản", null=True, blank=True)
    issued_at = models.DateTimeField("Thời điểm phát hành", null=True, blank=True)
    document_id = models.CharField("Mã văn bản trên trục", max_length=255, blank=True)
    message_id = models.UUIDField("Gói tin", null=True, blank=True)
    pages = models.PositiveSmallIntegerField("Số trang", null=True, blank=True)
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "văn bản đi"
        triggers = [
            *guards(OUTGOING),
            *journaled(),
            frozen.fixed(*_AS_SUBMITTED, once="OLD.state <> 'draft'", name="submitted_fixed"),
            frozen.fixed(*_AS_SIGNED, once="OLD.signed_at IS NOT NULL", name="signed_fixed"),
            frozen.fixed(*_AS_NUMBERED, once="OLD.number IS NOT NULL", name="number_fixed"),
            frozen.fixed("issued_at", "document_id", once="OLD.issued_at IS NOT NULL", name="issued_fixed"),
        ]
        indexes = [
            models.Index(fields=["agency", "-state_since", "id"], name="outgoing_newest"),
            models.Index(fields=["agency", "state", "-state_since"], name="outgoing_by_state"),
            models.Index(fields=["signer_position", "state"], name="outgoing_by_signer"),
            models.Index(fields=["number_key"], name="outgoing_number", opclasses=["text_pattern_ops"]),
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="outgoing_search"),
            GinIndex(fields=["number_key"], opclasses=["gin_trgm_ops"], name="outgoing_number_search"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "document_id"], condition=~models.Q(document_id=""), name="outgoing_document_id_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}" if self.code else self.subject

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Bring the texts over the border and store the keys of search (CORE-35, CORE-43)."""
        self.subject = vietnamese.border(self.subject)
        self.search_key = vietnamese.search_key(self.subject)
        self.number_key = numbering.number_key(self.code) if self.code else ""


class Draft(models.Model):
    """A frozen version of a draft: what was submitted, with its rendered PDF; never changed (OF-19)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(OutgoingDocument, models.PROTECT, related_name="drafts")
    agency_id = agency_of_parent()
    number = models.PositiveSmallIntegerField("Phiên bản")
    created_at = models.DateTimeField()
    by = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    facts = models.JSONField("Nội dung đã chốt")
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "phiên bản dự thảo"
        triggers = [
            InheritedAgency("document"),
            frozen.fixed("document_id", "agency_id", "number", "created_at", "by_id", "facts", "file_id"),
            *frozen.kept(),
        ]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="draft_version_once")]

    def __str__(self) -> str:
        return f"{self.document_id} v{self.number}"


class OutgoingFile(models.Model):
    """A file of an outgoing document: the main PDF in each of its revisions, annexes, companions."""

    class Role(models.TextChoices):
        MAIN = "main", "Văn bản"
        ANNEX = "annex", "Phụ lục, tài liệu kèm theo"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(OutgoingDocument, models.PROTECT, related_name="files")
    agency_id = agency_of_parent()
    role = models.CharField(max_length=10, choices=Role.choices)
    step = models.CharField("Sau bước", max_length=20, blank=True)
    revision = models.PositiveSmallIntegerField(default=1)
    order = models.PositiveSmallIntegerField(default=0)
    name = models.TextField("Tên tệp")
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    current = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "tệp của văn bản đi"
        # A revision is replaced by the next one, never changed; only which one is current moves (F-OF-3, F-CORE-20).
        triggers = [
            InheritedAgency("document"),
            frozen.fixed(
                "document_id", "agency_id", "role", "step", "revision", '"order"', "name", "file_id", "created_at"
            ),
            *frozen.kept(),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=models.Q(role="main", current=True), name="outgoing_one_main_file"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Receiver(models.Model):
    """A receiver of an outgoing document: one list feeds Kính gửi, Nơi nhận, the register and the packet (OF-23)."""

    class Role(models.TextChoices):
        MAIN = "main", "Kính gửi"
        COPY = "copy", "Nơi nhận"

    class Channel(models.TextChoices):
        AXIS = "axis", "Trục liên thông"
        PAPER = "paper", "Bản giấy"
        INTERNAL = "internal", "Nội bộ"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(OutgoingDocument, models.CASCADE, related_name="receivers")
    agency_id = agency_of_parent()
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    # The version pinned at issue, so that the list prints the names of that day for ever (CORE-8).
    unit_version = models.ForeignKey("orgs.UnitVersion", models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=5, choices=Role.choices, default=Role.MAIN)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.AXIS)
    order = models.PositiveSmallIntegerField(default=0)
    # The newest word of the axis about this receiver, kept here so that lists need no join.
    status = models.CharField(max_length=20, blank=True)
    status_label = models.TextField(blank=True)
    status_tone = models.CharField(max_length=10, blank=True)
    status_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "nơi nhận"
        triggers = [InheritedAgency("document")]
        ordering = ["order", "id"]
        constraints = [models.UniqueConstraint(fields=["document", "unit"], name="receiver_once")]

    def __str__(self) -> str:
        return str(self.unit_id)
