"""The steps of an agency as they stand: what each part looks at, what was found last, what is still missing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from lienthong.contracts.golive import Finding, GoLiveStep
from lienthong.core.golive.models import Opening, StepCheck
from lienthong.core.registry import registry

State = Literal["done", "missing", "declare", "declared"]
STATE_WORDS: dict[State, tuple[str, str, str]] = {
    "done": ("Đủ", "ok", "circle-check"),
    "declared": ("Đã khai không có", "ok", "circle-check"),
    "declare": ("Chưa có, cần khai", "warn", "help-circle"),
    "missing": ("Còn thiếu", "stop", "alert-circle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A step of an agency: what it finds now, and its newest recorded dry run."""

    step: GoLiveStep
    finding: Finding
    last: StepCheck | None

    @property
    def state(self) -> State:
        """done, missing, declare (nothing there and nobody said so), declared."""
        if self.finding.blocked:
            return "missing"
        if not self.finding.empty:
            return "done"
        return "declared" if self.last is not None and self.last.nothing else "declare"

    @property
    def ready(self) -> bool:
        """Whether the step does not stand in the way of the opening."""
        return self.state in {"done", "declared"}


def steps() -> list[GoLiveStep]:
    """The steps of all parts in their order."""
    found = [step for source in registry.golive.values() for step in source()]
    return sorted(found, key=lambda step: (step.order, step.code))


def standing(agency_id: UUID) -> list[Standing]:
    """Every step of an agency as it stands now; looking changes nothing, so work goes on where it stopped."""
    checks = {row.code: row for row in StepCheck.objects.filter(agency_id=agency_id)}
    return [Standing(step=step, finding=step.look(agency_id), last=checks.get(step.code)) for step in steps()]


def opening_of(agency_id: UUID) -> Opening | None:
    """The opening of an agency: the one in force, else the one that waits for the second person."""
    rows = Opening.objects.filter(agency_id=agency_id, state__in=["opened", "proposed"])
    return rows.order_by("state").first()


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as JSON, for the record of its dry run."""
    return {
        "facts": list(finding.facts),
        "gaps": [{**asdict(gap), "url_args": [str(part) for part in gap.url_args]} for gap in finding.gaps],
        "empty": finding.empty,
    }


def summary(found: Sequence[Standing]) -> dict[str, Any]:
    """What the journal keeps of all steps."""
    return {
        row.step.code: {
            "state": row.state,
            "facts": list(row.finding.facts),
            "told": [gap.text for gap in row.finding.gaps],
        }
        for row in found
    }
