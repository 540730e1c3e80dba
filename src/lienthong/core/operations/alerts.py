"""Telling the operators once when something goes wrong or fills up, and noting when it is over (CORE-98)."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from lienthong.contracts.health import Finding, Level
from lienthong.core import notify
from lienthong.core.access.models import Grant
from lienthong.core.operations import state
from lienthong.core.operations.models import Alert
from lienthong.core.operations.policies import READ
from lienthong.kit import clock


def watch() -> int:
    """Look at everything; returns how many new alerts began. Two nodes at once tell once."""
    present = {each.code: each for each in state.findings() if each.level > Level.OK}
    now = clock.now()
    began = 0
    with transaction.atomic():
        standing = {row.code: row for row in Alert.objects.select_for_update().filter(over_at=None)}
        for code, finding in present.items():
            if code in standing:
                standing[code].text, standing[code].level, standing[code].seen_at = finding.what, finding.level, now
                standing[code].save(update_fields=["text", "level", "seen_at"])
                continue
            began += _begin(finding)
        gone = [row.pk for code, row in standing.items() if code not in present]
        Alert.objects.filter(pk__in=gone).update(over_at=now)
    return began


def _begin(finding: Finding) -> int:
    now = clock.now()
    row = Alert(
        code=finding.code[:120],
        level=finding.level,
        text=finding.what,
        remedy=finding.remedy,
        since=now,
        seen_at=now,
    )
    made = Alert.objects.bulk_create([row], ignore_conflicts=True)
    fresh = Alert.objects.filter(code=row.code, over_at=None, since=now).exists()
    if not made or not fresh:
        return 0
    notify.tell(
        operators(),
        event=f"alert:{row.code}:{now.isoformat()}",
        kind="operations.alert",
        text=f"{finding.what} {finding.remedy}".strip(),
        urgent=finding.level == Level.FAULT,
    )
    state.logger.warning("alert %s: %s", finding.code, finding.what)
    return 1


def operators() -> Iterable[UUID]:
    """The positions outside every agency that may see the state of the node."""
    held = Grant.objects.filter(
        position__unit__agency_id__isnull=True, held__contains=clock.now(), role__verbs__contains=[READ]
    )
    return held.values_list("position_id", flat=True).distinct()
