"""What the office keeps of units that end: open papers, drafts, books (CORE-103).

Job files (hồ sơ công việc) are not there yet: when they are, they are listed here with their retention.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Item, Keep, Leaving, Taken
from lienthong.core.orgs.models import Unit
from lienthong.systems.office.actions import reorganising
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, Register
from lienthong.systems.office.states import INCOMING, OUTGOING

_KEPT = "Giữ trong sổ của cơ quan cũ; bên nhận giải quyết tiếp theo biên bản."


class OfficeLeavings:
    """Implements `contracts.handover.HandOverSource`."""

    def items(self, leaving: Leaving) -> Iterator[Item]:
        """Open incoming papers, drafts under way, and the books of agencies that end."""
        for incoming in self._incoming(leaving):
            yield Item(
                group="incoming",
                label="Văn bản đến đang giải quyết",
                key=f"incoming:{incoming.pk}",
                title=f"{incoming.code}: {incoming.subject}",
                agency_id=incoming.agency_id,
                unit_id=_whose(incoming, leaving),
                keep=Keep.WORK,
                url=reverse("office:incoming", args=[incoming.pk]),
            )
        for outgoing in self._outgoing(leaving):
            yield Item(
                group="outgoing",
                label="Văn bản đi đang soạn, đang trình",
                key=f"outgoing:{outgoing.pk}",
                title=f"{outgoing.code or 'Chưa có số'}: {outgoing.subject}",
                agency_id=outgoing.agency_id,
                unit_id=outgoing.unit_id if outgoing.unit_id in leaving.units else outgoing.agency_id,
                keep=Keep.WORK,
                url=reverse("office:outgoing", args=[outgoing.pk]),
            )
        for register in Register.objects.filter(agency_id__in=leaving.agencies, closings__isnull=True).order_by("name"):
            yield Item(
                group="register",
                label="Sổ đăng ký văn bản",
                key=f"register:{register.pk}",
                title=register.name,
                agency_id=register.agency_id,
                unit_id=register.agency_id,
                keep=Keep.RECORD,
            )

    def close(self, *, by: Actor, leaving: Leaving, taken: Sequence[Taken], reason: str) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        """Books close with a snapshot; work moves where the taker belongs to the same agency, else the record says who
        goes on with it.
        """
        found = {each.item.key: each for each in taken}
        homes = dict(
            Unit.objects.filter(pk__in=[t.taker.unit_id for t in taken if t.taker.unit_id]).values_list(
                "pk", "agency_id"
            )
        )
        for key, each in found.items():
            kind, _, ident = key.partition(":")
            to = each.taker.unit_id
            home = homes.get(to) if to else None
            yield key, self._move(kind, UUID(ident), each, to if home == each.item.agency_id else None, by, reason)

    def _move(self, kind: str, ident: UUID, each: Taken, to: UUID | None, by: Actor, reason: str) -> str:
        if kind == "register":
            closing = reorganising.close_register(by=by, target=Register.objects.get(pk=ident), reason=reason)
            return f"Khóa sổ, {closing.lines} dòng, mã băm {closing.sha256}."
        if to is None:
            return _KEPT
        if kind == "incoming":
            document = IncomingDocument.objects.get(pk=ident)
            unit = each.item.unit_id
            moved = reorganising.hand_over_incoming(by=by, target=document, unit_id=unit, to=to, reason=reason)
            return f"Chuyển {moved} dòng phân công tới đơn vị nhận." if moved else _KEPT
        draft = OutgoingDocument.objects.get(pk=ident)
        if draft.state != "draft":
            return "Đã trình: giữ nguyên đơn vị soạn thảo, bên nhận theo dõi tiếp."
        reorganising.hand_over_outgoing(by=by, target=draft, to=to, reason=reason)
        return "Chuyển đơn vị soạn thảo."

    def _incoming(self, leaving: Leaving) -> Any:
        lines = Line.objects.filter(unit_id__in=leaving.units, state__in=Line.OPEN).values("document_id")
        rows = IncomingDocument.objects.filter(state__in=_open(INCOMING))
        return rows.filter(Q(pk__in=lines) | Q(agency_id__in=leaving.agencies)).prefetch_related("lines").order_by("pk")

    def _outgoing(self, leaving: Leaving) -> Any:
        rows = OutgoingDocument.objects.filter(state__in=set(_open(OUTGOING)) - {"issued"})
        return rows.filter(Q(unit_id__in=leaving.units) | Q(agency_id__in=leaving.agencies)).order_by("pk")


def _open(machine: Any) -> list[str]:
    return [state.code for state in machine.states if not state.final]


def _whose(document: IncomingDocument, leaving: Leaving) -> UUID:
    for line in document.lines.all():
        if line.state in Line.OPEN and line.unit_id in leaving.units:
            return line.unit_id
    return document.agency_id
