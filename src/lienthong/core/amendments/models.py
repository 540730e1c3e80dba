"""Proposals to change the law: what, why, by which paper, whom it touches, who proposed and who decided (CORE-32)."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from lienthong.core.amendments.states import AMENDMENT
from lienthong.core.audit.guards import journaled
from lienthong.core.workflow import guards


class Amendment(models.Model):
    """One proposal of one or more changes that are approved or declined together.

    `agency_id` is empty for what binds the whole node. `items` (amendments/items.py) never change after the proposal;
    `preview` is what was shown to the proposer, `decided_preview` what stood when the other person approved.
    """

    ref_kind: ClassVar[str] = "lawbook:proposal"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency_id = models.UUIDField("Cơ quan", null=True, blank=True)
    state = models.CharField("Trạng thái", max_length=10, choices=AMENDMENT.choices, default="proposed")
    version = models.PositiveIntegerField(default=0)
    title = models.TextField("Nội dung")
    items = models.JSONField("Các thay đổi")
    source = models.TextField("Căn cứ")
    reason = models.TextField("Lý do")
    preview = models.JSONField("Ảnh hưởng lúc đề xuất")
    decided_preview = models.JSONField("Ảnh hưởng lúc duyệt", null=True, blank=True)
    proposed_by = models.UUIDField("Người đề xuất")
    proposed_name = models.TextField("Tên người đề xuất")
    proposed_at = models.DateTimeField("Đề xuất lúc")
    expires_at = models.DateTimeField("Hết hạn duyệt lúc")
    decided_by = models.UUIDField("Người quyết định", null=True, blank=True)
    decided_name = models.TextField("Tên người quyết định", blank=True)
    decided_at = models.DateTimeField("Quyết định lúc", null=True, blank=True)
    answer = models.TextField("Ý kiến", blank=True)
    # The parameter-set version that the approval made (CORE-30).
    law_version = models.BigIntegerField("Phiên bản căn cứ pháp lý", null=True, blank=True)

    class Meta:
        verbose_name = "đề xuất thay đổi căn cứ pháp lý"
        ordering = ["-proposed_at"]
        indexes = [
            models.Index(fields=["agency_id", "-proposed_at"], name="amendment_agency"),
            models.Index(fields=["expires_at"], name="amendment_waiting", condition=Q(state="proposed")),
        ]
        constraints = [
            models.CheckConstraint(
                name="amendment_two_persons",
                condition=~Q(state="approved") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(name="amendment_has_source", condition=~Q(source="") & ~Q(reason="")),
        ]
        triggers = [*guards(AMENDMENT), *journaled()]

    def __str__(self) -> str:
        return self.title
