"""What the operator's pages show: jobs, dead letters, files, alerts; names and figures, never a document's content."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from lienthong.contracts.actor import Actor
from lienthong.core.audit.models import JournalEntry
from lienthong.core.files import integrity
from lienthong.core.files.models import ScanState, StoredFile
from lienthong.core.jobs.models import JobRun
from lienthong.core.operations.models import Alert
from lienthong.core.operations.policies import BACKED_UP, policy
from lienthong.core.outbox.models import OutboxDelivery
from lienthong.kit import clock

PAGE = 50


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs: state, a part of the name."""

    state: str = ""
    query: str = ""


def runs(actor: Actor, wanted: JobFilter) -> QuerySet[JobRun]:
    """The runs of all agencies that fit, the newest first."""
    rows = policy.scope(actor, JobRun.objects.all())
    if wanted.state in JobRun.State.values:
        rows = rows.filter(state=wanted.state)
    if wanted.query:
        rows = rows.filter(name__icontains=wanted.query)
    return rows.order_by("-created_at", "-id")


def before(rows: QuerySet[JobRun], mark: str) -> QuerySet[JobRun]:
    """Those after a place of the list (`<instant>_<id>`); the whole list for a mark that is none."""
    at, _, ident = mark.partition("_")
    try:
        moment, key = datetime.fromisoformat(at), UUID(ident)
    except ValueError:
        return rows
    return rows.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__lt=key))


def run_counts(actor: Actor) -> dict[str, int]:
    """How many runs stand in each state."""
    rows = policy.scope(actor, JobRun.objects.all()).order_by()
    return dict(rows.values_list("state").annotate(n=Count("pk")))


def dead_messages(actor: Actor) -> QuerySet[OutboxDelivery]:
    """Messages that gave up, the newest first; their payload stays unread (CORE-108)."""
    rows = OutboxDelivery.objects.filter(state="dead").select_related("message").defer("message__payload")
    return policy.scope(actor, rows).order_by("-done_at", "-id")


@dataclass(frozen=True, slots=True)
class FileFigures:
    """The store in numbers."""

    states: list[tuple[str, str, int, int]]
    damaged: list[tuple[UUID, int, datetime | None]]
    unchecked: int
    checked_at: datetime | None
    backed_up_at: datetime | None
    backup: dict[str, object]


def storage() -> FileFigures:
    """Files by state of the scan, what the integrity job found, the last backup."""
    totals = StoredFile.objects.order_by().values_list("scan_state").annotate(n=Count("pk"), size=Sum("size"))
    by_state = {state: (number, size) for state, number, size in totals}
    newest = JournalEntry.objects.filter(verb=BACKED_UP).order_by("-at").values_list("at", "after").first()
    last = StoredFile.objects.filter(checked_at__isnull=False).order_by("-checked_at")
    return FileFigures(
        states=[(code, str(label), *by_state.get(code, (0, 0))) for code, label in ScanState.choices],
        damaged=list(integrity.damaged().values_list("pk", "size", "damaged_at")[:PAGE]),
        unchecked=integrity.overdue(),
        checked_at=last.values_list("checked_at", flat=True).first(),
        backed_up_at=newest[0] if newest else None,
        backup=(newest[1] or {}) if newest else {},
    )


def alerts() -> list[Alert]:
    """Open alerts, the gravest first, and those that ended within a day."""
    rows = Alert.objects.filter(Q(over_at=None) | Q(over_at__gt=clock.now() - timedelta(days=1)))
    return list(rows.order_by(F("over_at").desc(nulls_first=True), "-level", "-since")[:PAGE])
