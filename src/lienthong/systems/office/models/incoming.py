"""Incoming documents, their files and the lines of work given out for them (NĐ 30/2020 Đ20–24)."""

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from lienthong.core.audit.guards import journaled
from lienthong.core.fence.inherited import InheritedAgency, agency_of_parent
from lienthong.core.workflow import guards
from lienthong.kit import numbering, vietnamese
from lienthong.systems.office.models import frozen
from lienthong.systems.office.states import INCOMING

# What the sender wrote and the verdict on it (OF-6); the clerk's own fields are not among them.
_AS_RECEIVED = (
    "agency_id",
    "channel",
    "delivery_id",
    "document_id",
    "sender_unit_id",
    "sender_code",
    "sender_name",
    "code",
    "issued_on",
    "type_name",
    "subject",
    "urgency",
    "due_on",
    "signer",
    "pages",
    "letter",
    "verdict",
    "received_at",
)


class IncomingDocument(models.Model):
    """A document that reached the Văn thư; what the sender wrote never changes (OF-6), the clerk's fields stand
    apart.
    """

    ref_kind: ClassVar[str] = "office:incoming"
    searched: ClassVar[bool] = True

    class Channel(models.TextChoices):
        AXIS = "axis", "Trục liên thông"
        PAPER = "paper", "Bản giấy (quét)"
        EMAIL = "email", "Thư điện tử"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="incoming_documents")
    state = models.CharField("Trạng thái", max_length=20, choices=INCOMING.choices, default="arrived")
    version = models.PositiveIntegerField(default=0)
    state_since = models.DateTimeField()

    # What the sender wrote.
    channel = models.CharField("Nguồn", max_length=10, choices=Channel.choices)
    delivery_id = models.UUIDField(null=True, blank=True, unique=True)
    document_id = models.CharField("Mã văn bản trên trục", max_length=255, blank=True)
    sender_unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    sender_code = models.CharField("Mã nơi gửi", max_length=64, blank=True)
    sender_name = models.TextField("Tác giả")
    code = models.CharField("Số, ký hiệu", max_length=100, blank=True)
    number_key = models.CharField(max_length=120, editable=False, blank=True)
    issued_on = models.DateField("Ngày văn bản", null=True, blank=True)
    type_name = models.CharField("Tên loại", max_length=200)
    subject = models.TextField("Trích yếu")
    urgency = models.PositiveSmallIntegerField("Độ khẩn", default=0)
    due_on = models.DateField("Hạn trả lời", null=True, blank=True)
    signer = models.CharField("Người ký", max_length=300, blank=True)
    pages = models.PositiveSmallIntegerField("Số trang", null=True, blank=True)
    letter = models.JSONField("Phần đầu gói tin", default=dict)
    verdict = models.JSONField("Kết quả kiểm tra", default=dict)
    received_at = models.DateTimeField("Thời điểm đến")

    # The clerk's own fields.
    series = models.ForeignKey("office.Series", models.PROTECT, null=True, blank=True, related_name="+")
    arrival_number = models.PositiveIntegerField("Số đến", null=True, blank=True)
    arrival_on = models.DateField("Ngày đến", null=True, blank=True)
    registered_at = models.DateTimeField(null=True, blank=True)
    registered_by = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    accept_reason = models.TextField("Lý do tiếp nhận khi chưa xác định chữ ký", blank=True)
    copy_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    submitted_to = models.ForeignKey("orgs.Position", models.PROTECT, null=True, blank=True, related_name="+")
    submit_note = models.TextField("Ý kiến của văn thư", blank=True)
    return_reason = models.TextField("Lý do trả lại", blank=True)
    direction = models.TextField("Ý kiến chỉ đạo", blank=True)
    directed_by = models.ForeignKey("identity.User", models.PROTECT, null=True, blank=True, related_name="+")
    directed_at = models.DateTimeField(null=True, blank=True)
    bounces = models.PositiveSmallIntegerField("Số lần chuyển lại", default=0)
    result = models.TextField("Kết quả", blank=True)
    result_kind = models.CharField(max_length=20, blank=True)
    answer = models.UUIDField("Văn bản trả lời", null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The due instant of the step that now waits (register, submit, solve); lists sort by it.
    due_at = models.DateTimeField(null=True, blank=True)
    clock_id = models.UUIDField(null=True, blank=True)
    search_key = models.TextField(editable=False)

    class Meta:
        verbose_name = "văn bản đến"
        triggers = [
            *guards(INCOMING),
            *journaled(),
            frozen.fixed(*_AS_RECEIVED),
            # A number is drawn once, with its date (CORE-47).
            frozen.fixed(
                "series_id", "arrival_number", "arrival_on", once="OLD.arrival_number IS NOT NULL", name="number_fixed"
            ),
            *frozen.kept(),
        ]
        indexes = [
            models.Index(fields=["agency", "-received_at", "id"], name="incoming_newest"),
            models.Index(fields=["agency", "state", "-received_at"], name="incoming_by_state"),
            models.Index(fields=["agency", "due_at"], name="incoming_by_due", condition=models.Q(due_at__isnull=False)),
            models.Index(fields=["submitted_to", "state"], name="incoming_by_leader"),
            models.Index(fields=["agency", "document_id"], name="incoming_document_id"),
            models.Index(fields=["number_key"], name="incoming_number", opclasses=["text_pattern_ops"]),
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="incoming_search"),
            GinIndex(fields=["number_key"], opclasses=["gin_trgm_ops"], name="incoming_number_search"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.subject}" if self.code else self.subject

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.normalise()
        super().save(*args, **kwargs)

    def normalise(self) -> None:
        """Store the keys of search (CORE-40, CORE-43); a number is found by its own key, not as a piece of the text."""
        self.search_key = vietnamese.search_key(f"{self.subject} {self.sender_name}")
        self.number_key = numbering.number_key(self.code) if self.code else ""


class IncomingFile(models.Model):
    """A file of an incoming document as it arrived; immutable (CORE-55, OF-6)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(IncomingDocument, models.PROTECT, related_name="files")
    agency_id = agency_of_parent()
    name = models.TextField("Tên tệp")
    main = models.BooleanField("Văn bản chính", default=False)
    order = models.PositiveSmallIntegerField(default=0)
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    verdict = models.JSONField("Chữ ký số", default=dict)

    class Meta:
        verbose_name = "tệp của văn bản đến"
        triggers = [
            InheritedAgency("document"),
            frozen.fixed("document_id", "agency_id", "name", "main", '"order"', "file_id", "verdict"),
            frozen.arrives_whole(),
            *frozen.kept(),
        ]
        ordering = ["-main", "order"]

    def __str__(self) -> str:
        return self.name


class Line(models.Model):
    """A line of work for an incoming document: one lead, co-ordinators with a state of their own, readers (OF-5,
    OF-12).
    """

    class Role(models.TextChoices):
        LEAD = "lead", "Chủ trì"
        CO = "co", "Phối hợp"
        INFO = "info", "Để biết"

    class State(models.TextChoices):
        WAITING = "waiting", "Chờ nhận"
        ACTIVE = "active", "Đang làm"
        ANSWERED = "answered", "Đã góp ý"
        NO_OPINION = "no_opinion", "Không có ý kiến"
        DONE = "done", "Xong"
        BOUNCED = "bounced", "Chuyển lại"
        CLOSED = "closed", "Đã đóng"

    OPEN = (State.WAITING, State.ACTIVE)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(IncomingDocument, models.PROTECT, related_name="lines")
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    role = models.CharField(max_length=5, choices=Role.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="incoming_lines")
    # The person's post inside the unit; empty while the unit's head has not named one.
    position = models.ForeignKey("orgs.Position", models.PROTECT, null=True, blank=True, related_name="incoming_lines")
    task = models.TextField("Nội dung giao", blank=True)
    due_on = models.DateField("Thời hạn", null=True, blank=True)
    inner_due_on = models.DateField("Thời hạn trong đơn vị", null=True, blank=True)
    given_by = models.ForeignKey("orgs.Position", models.PROTECT, related_name="+")
    given_by_person = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    opinion = models.TextField("Ý kiến", blank=True)

    class Meta:
        verbose_name = "dòng phân công"
        triggers = journaled()
        ordering = ["given_at", "id"]
        constraints = [
            # Exactly one lead works at a time (F-OF-7).
            models.UniqueConstraint(
                fields=["document"],
                condition=models.Q(role="lead", state__in=["waiting", "active"]),
                name="incoming_one_open_lead",
            )
        ]
        indexes = [
            models.Index(fields=["position", "state"], name="line_by_position"),
            models.Index(fields=["unit", "state"], name="line_by_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.unit_id}"
