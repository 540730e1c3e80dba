"""What an agency brings along to go live: the last number of its old books, and old documents (CORE-105, CORE-106)."""

import uuid
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from lienthong.core.audit.guards import journaled
from lienthong.core.workflow import guards
from lienthong.systems.office.models import frozen
from lienthong.systems.office.models.numbers import Register, Series
from lienthong.systems.office.states import BALANCE


class _BeforeFirstDraw(frozen.Refuse):
    """Refuses a balance that comes or changes after the first number of its series and period (V-NUM-5)."""

    function = "office_refuse_late_balance()"


class OpeningBalance(models.Model):
    """The last number of the book before, after which a series goes on in one period (CORE-105).

    Proposed by one person with a scan of the last page, confirmed by another, only before the first draw; a correction
    is a new row that replaces this one. `last` 0 takes a balance back: the series begins with 01.
    """

    ref_kind: ClassVar[str] = "office:balance"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    series = models.ForeignKey(Series, models.PROTECT, related_name="balances")
    period = models.CharField("Năm, nhiệm kỳ", max_length=10)
    state = models.CharField("Trạng thái", max_length=10, choices=BALANCE.choices, default="proposed")
    version = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField("Số cuối đã dùng")
    last_on = models.DateField("Ngày của số cuối")
    book = models.CharField("Tên sổ trước", max_length=300)
    scan = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+", verbose_name="Bản quét trang cuối")
    proposed_by = models.UUIDField("Người đề nghị")
    proposed_name = models.TextField("Tên người đề nghị")
    proposed_at = models.DateTimeField("Đề nghị lúc")
    confirmed_by = models.UUIDField("Người xác nhận", null=True, blank=True)
    confirmed_name = models.TextField("Tên người xác nhận", blank=True)
    confirmed_at = models.DateTimeField("Xác nhận lúc", null=True, blank=True)

    class Meta:
        verbose_name = "số cuối sổ trước"
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "period"], condition=Q(state="confirmed"), name="balance_one_confirmed"
            ),
            models.UniqueConstraint(
                fields=["series", "period"], condition=Q(state="proposed"), name="balance_one_proposed"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["confirmed", "replaced"])
                | (Q(confirmed_by__isnull=False) & Q(confirmed_at__isnull=False) & ~Q(confirmed_by=F("proposed_by"))),
                name="balance_two_persons",
            ),
        ]
        triggers = [
            *guards(BALANCE),
            *journaled(),
            frozen.fixed(
                "agency_id",
                "series_id",
                "period",
                "last",
                "last_on",
                "book",
                "scan_id",
                "proposed_by",
                "proposed_name",
                "proposed_at",
            ),
            frozen.fixed(
                "confirmed_by", "confirmed_name", "confirmed_at", once="OLD.state <> 'proposed'", name="confirmed_fixed"
            ),
            *frozen.kept(),
            _BeforeFirstDraw(name="before_first_draw", operation=pgtrigger.Insert),
            _BeforeFirstDraw(
                name="confirmed_before_first_draw",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state IN ('confirmed', 'replaced') AND OLD.state <> NEW.state"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.last}/{self.period}"


class BroughtAlong(models.Model):
    """One file of old documents or open work: checked first, then taken in whole or not at all (CORE-106, CORE-13)."""

    ref_kind: ClassVar[str] = "office:brought"

    class Kind(models.TextChoices):
        OUTGOING = "outgoing", "Văn bản đi cũ"
        INCOMING = "incoming", "Văn bản đến cũ"
        WORK = "work", "Việc đang làm dở"

    class State(models.TextChoices):
        CHECKING = "checking", "Đang chạy thử"
        ASK = "ask", "Chờ chọn bảng mã"
        FAULTY = "faulty", "Có lỗi, chưa nhập"
        READY = "ready", "Chạy thử đạt, chờ nhập"
        LOADING = "loading", "Đang nhập"
        LOADED = "loaded", "Đã nhập"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    kind = models.CharField("Loại", max_length=10, choices=Kind.choices)
    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    source = models.CharField("Nguồn", max_length=200)
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    scans = models.ForeignKey("files.StoredFile", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField("Trạng thái", max_length=10, choices=State.choices, default=State.CHECKING)
    version = models.PositiveIntegerField(default=0)
    encodings = models.JSONField("Bảng mã theo cột", default=dict)
    report = models.JSONField("Kết quả chạy thử", default=dict)
    rows = models.PositiveIntegerField("Số dòng", default=0)
    fault_count = models.PositiveIntegerField("Số lỗi", default=0)
    run_id = models.UUIDField("Lượt chạy", null=True, blank=True)
    created_at = models.DateTimeField("Tải lên lúc")
    created_by = models.UUIDField("Người tải lên")
    by_name = models.TextField("Tên người tải lên")
    loaded_at = models.DateTimeField("Nhập lúc", null=True, blank=True)

    class Meta:
        verbose_name = "lần nhập dữ liệu cũ"
        ordering = ["-created_at"]
        triggers = [
            *journaled(),
            frozen.fixed(
                "agency_id", "kind", "register_id", "source", "file_id", "scans_id", "created_at", "created_by"
            ),
            frozen.fixed("encodings", "report", "rows", "loaded_at", once="OLD.state = 'loaded'", name="loaded_fixed"),
            *frozen.kept(),
        ]
        indexes = [models.Index(fields=["agency", "-created_at"], name="brought_newest")]

    def __str__(self) -> str:
        return self.source

    @property
    def busy(self) -> bool:
        """Whether a job works on it."""
        return self.state in {self.State.CHECKING, self.State.LOADING}


class HistoryLine(models.Model):
    """A line of an old book as it was written; it stands apart from every live series (CORE-106)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    register = models.ForeignKey(Register, models.PROTECT, related_name="history_lines")
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="history_lines")
    year = models.PositiveSmallIntegerField("Năm")
    number = models.CharField("Số như đã ghi", max_length=100)
    place = models.PositiveIntegerField("Số thứ tự", null=True, blank=True)
    source = models.CharField("Nguồn", max_length=200)
    document = models.UUIDField(unique=True)
    brought = models.ForeignKey(BroughtAlong, models.PROTECT, null=True, blank=True, related_name="lines")
    row = models.PositiveIntegerField("Dòng trong tệp", null=True, blank=True)
    facts = models.JSONField("Các cột khác như đã ghi", default=dict)

    class Meta:
        verbose_name = "dòng sổ cũ"
        triggers = [
            *journaled(),
            frozen.fixed(
                "agency_id",
                "register_id",
                "series_id",
                "year",
                "number",
                "place",
                "source",
                "document",
                "brought_id",
                '"row"',
                "facts",
            ),
            *frozen.kept(),
        ]
        constraints = [
            models.UniqueConstraint(fields=["register", "year", "number", "source"], name="history_number_once")
        ]
        indexes = [
            models.Index(fields=["register", "year", "place", "id"], name="history_order"),
            models.Index(fields=["series", "year"], name="history_by_series"),
        ]

    def __str__(self) -> str:
        return f"{self.number}/{self.year}"

    def fact(self, name: str) -> Any:
        """A column that has no place of its own, as written; empty when it was not given."""
        return self.facts.get(name, "")
