"""The journal: entries, their seals, signed checkpoints and the stamps over them; all insert-only (CORE-72…75)."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast

from lienthong.core.audit.guards import append_only

REPEATED = (
    "canonical",
    "id",
    "at",
    "actor",
    "position",
    "position_id",
    "unit_id",
    "agency_id",
    "on_behalf_of",
    "session",
    "ip",
    "verb",
    "ref",
    "before",
    "after",
    "reason",
    "request_id",
)
"""The bytes and the columns that repeat them, in the order of the SQL function `journal_columns_agree`."""

_BOOLEAN: "models.BooleanField[bool, bool]" = models.BooleanField()


class JournalEntry(models.Model):
    """One act (CORE-72); `canonical` holds the entry's own RFC 8785 bytes without `seq`, the columns repeat them.

    The database refuses a row whose columns say anything else than its bytes.
    """

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField("thời điểm")
    actor = models.TextField("người thực hiện", db_collation="C")
    position = models.TextField("chức vụ", blank=True)
    position_id = models.UUIDField(null=True, blank=True)
    unit_id = models.UUIDField(null=True, blank=True)
    agency_id = models.UUIDField(null=True, blank=True)
    on_behalf_of = models.UUIDField("làm thay", null=True, blank=True)
    session = models.TextField("phiên", blank=True)
    ip = models.TextField("địa chỉ IP", blank=True)
    verb = models.TextField("hành vi", db_collation="C")
    ref = models.TextField("đối tượng", blank=True, db_collation="C")
    before = models.JSONField("trước", null=True, blank=True)
    after = models.JSONField("sau", null=True, blank=True)
    reason = models.TextField("lý do", blank=True)
    request_id = models.TextField("mã yêu cầu", blank=True)
    canonical = models.BinaryField()
    # Which transaction wrote the row: the sequencer's guard against transactions still open, nothing else.
    txid = models.BigIntegerField(
        editable=False,
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id", output_field=models.TextField()), models.TextField()),
            models.BigIntegerField(),
        ),
    )

    class Meta:
        db_table = "journal_entry"
        verbose_name = "dòng nhật ký"
        triggers = append_only()
        indexes = [
            models.Index(fields=["txid"], name="journal_txid"),
            models.Index(fields=["at"], name="journal_at"),
            models.Index(fields=["actor", "at"], name="journal_actor"),
            models.Index(fields=["verb", "at"], name="journal_verb"),
            models.Index(fields=["ref", "at"], name="journal_ref", condition=~Q(ref="")),
            models.Index(fields=["unit_id", "at"], name="journal_unit", condition=Q(unit_id__isnull=False)),
            models.Index(fields=["agency_id", "at"], name="journal_agency", condition=Q(agency_id__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="journal_columns_repeat_bytes",
                condition=Q(Func(*map(F, REPEATED), function="journal_columns_agree", output_field=_BOOLEAN)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M:%S.%fZ} {self.verb} {self.ref}"


class JournalSeal(models.Model):
    """The place of an entry in the chain: `seq` without gaps from 1, `hash` = hₙ, 32 bytes (CORE-74)."""

    append_only: ClassVar[bool] = True

    # No constraint of the database: a missing entry is for the verifier to name, and sealing is twice as fast without.
    entry = models.OneToOneField(
        JournalEntry, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="seal"
    )
    seq = models.BigIntegerField("số thứ tự", unique=True)
    hash = models.BinaryField()

    class Meta:
        db_table = "journal_seal"
        verbose_name = "niêm phong"
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.seq)


class Checkpoint(models.Model):
    """The signed end of a batch (CORE-75). `body` is the canonical JSON {at, head, merkle_root, previous, size}.

    `previous` is the SHA-256 of the previous checkpoint's body (32 zero bytes for the first), `cms` the detached
    signature over `body`. `horizon` and `cluster` say where the sequencer looks next; they are hints, not evidence.
    """

    append_only: ClassVar[bool] = True

    size = models.BigIntegerField("số dòng đến đây", primary_key=True)
    head = models.BinaryField()
    merkle_root = models.BinaryField()
    previous = models.BinaryField(unique=True)
    at = models.DateTimeField("thời điểm")
    body = models.BinaryField()
    cms = models.BinaryField()
    horizon = models.BigIntegerField()
    cluster = models.TextField()

    class Meta:
        db_table = "journal_checkpoint"
        verbose_name = "điểm niêm phong"
        triggers = append_only()

    def __str__(self) -> str:
        return str(self.size)


class TimeStamp(models.Model):
    """An RFC 3161 stamp over the `cms` of a checkpoint: it dates the signature and all that lies before (CORE-75)."""

    append_only: ClassVar[bool] = True

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="stamps")
    at = models.DateTimeField("thời điểm")
    tsa = models.TextField("dịch vụ cấp dấu thời gian", blank=True)
    tsr = models.BinaryField()

    class Meta:
        db_table = "journal_timestamp"
        verbose_name = "dấu thời gian"
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.checkpoint_id} {self.at:%Y-%m-%dT%H:%M:%SZ}"
