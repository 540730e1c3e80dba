"""What happens to the papers of a unit that ends: work goes to its taker, books close with a snapshot (CORE-103)."""

from typing import Any
from uuid import UUID

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict
from lienthong.core.orgs.models import Unit
from lienthong.kit import clock
from lienthong.kit.hashing import canonical_json, sha256_hex
from lienthong.systems.office.models import (
    IncomingDocument,
    Line,
    OutgoingDocument,
    Register,
    RegisterClosing,
    RegisterLine,
    SeriesCounter,
)

BATCH = 2000


@action("office:incoming:hand_over", on=IncomingDocument, needs_reason=True)
def hand_over_incoming(act: Act[IncomingDocument], *, unit_id: UUID, to: UUID) -> int:
    """The open lines of a unit go to the unit that takes its work; its head assigns them anew (CORE-103)."""
    _same_agency(act.target.agency_id, to)
    moved = 0
    for line in act.target.lines.filter(unit_id=unit_id, state__in=Line.OPEN):
        line.unit_id, line.position = to, None
        line.save(update_fields=["unit", "position"])
        moved += 1
    act.was(unit=unit_id)
    act.note(unit=to, lines=moved)
    return moved


@action("office:outgoing:hand_over", on=OutgoingDocument, needs_reason=True)
def hand_over_outgoing(act: Act[OutgoingDocument], *, to: UUID) -> None:
    """A draft goes to the unit that takes the work; what was submitted stays as it was submitted (OF-20)."""
    _same_agency(act.target.agency_id, to)
    if act.target.state != "draft":
        raise Conflict("Văn bản đã trình, không chuyển đơn vị soạn thảo được.", "submitted")
    act.was(unit=act.target.unit_id)
    act.target.unit_id = to
    act.note(unit=to)


@action("office:register:close", on=Register, needs_reason=True)
def close_register(act: Act[Register], *, period: str = "") -> RegisterClosing:
    """Close a book with a snapshot of its lines and its hash; waits for who draws a number now (CORE-103, OF-39)."""
    register = act.target
    if register.closings.filter(period=period).exists():
        raise Conflict("Sổ đã khóa.", "register_closed")
    list(SeriesCounter.objects.select_for_update().filter(series__register=register).order_by("pk"))
    rows = _lines(register, period)
    closing = RegisterClosing.objects.create(
        register=register,
        period=period,
        closed_at=clock.now(),
        reason=act.reason,
        lines=len(rows),
        snapshot=rows,
        sha256=sha256_hex(canonical_json(rows)),
    )
    act.note(name=register.name, period=period, lines=closing.lines, sha256=closing.sha256)
    return closing


def _lines(register: Register, period: str) -> list[dict[str, Any]]:
    lines = RegisterLine.objects.filter(register=register).order_by("period", "series_id", "number")
    if period:
        lines = lines.filter(period=period)
    found = list(lines)
    facts: dict[UUID, dict[str, Any]] = {}
    ids = [line.document for line in found]
    for start in range(0, len(ids), BATCH):
        facts |= _facts(register, ids[start : start + BATCH])
    return [
        {
            "series": str(line.series_id),
            "period": line.period,
            "number": line.number,
            "drawn_at": line.drawn_at.isoformat(),
            "state": line.state,
            "note": line.note,
            **facts.get(line.document, {}),
        }
        for line in found
    ]


def _facts(register: Register, ids: list[UUID]) -> dict[UUID, dict[str, Any]]:
    if register.kind == Register.Kind.INCOMING:
        names = ("code", "issued_on", "sender_name", "type_name", "subject", "arrival_on")
        rows = IncomingDocument.objects.filter(pk__in=ids).values("pk", *names)
    else:
        names = ("code", "issued_on", "type_code", "subject", "signer_name", "notation_unit")
        rows = OutgoingDocument.objects.filter(pk__in=ids).values("pk", *names)
    return {row["pk"]: {name: _plain(row[name]) for name in names} for row in rows}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _same_agency(agency_id: UUID, to: UUID) -> None:
    if not Unit.objects.filter(pk=to, agency_id=agency_id).exists():
        raise Conflict("Đơn vị nhận không thuộc cơ quan của văn bản.", "other_agency")
