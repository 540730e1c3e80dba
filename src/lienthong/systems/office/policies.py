"""Who sees which documents of an agency and who may do what with one of them (OF-3, CORE-83)."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.core.access.policy import anywhere
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, Register

type Rules = Mapping[str, Callable[[Actor, Any], bool]]


def _is_drafter(actor: Actor, document: OutgoingDocument) -> bool:
    return document.drafter_position_id == actor.position_id


def _is_signer(actor: Actor, document: OutgoingDocument) -> bool:
    return document.signer_position_id == actor.position_id


def _in_unit(actor: Actor, document: OutgoingDocument) -> bool:
    return document.unit_id == actor.unit_id


def _holds_step(actor: Actor, document: OutgoingDocument) -> bool:
    """Who holds the present step may return the document (OF-71)."""
    step = {
        "unit_review": ("office:outgoing:review", _in_unit),
        "format_check": ("office:outgoing:check_format", anywhere),
        "to_sign": ("office:outgoing:sign", _is_signer),
        "approved": ("office:outgoing:sign", _is_signer),
    }.get(document.state)
    return step is not None and actor.may(step[0]) and step[1](actor, document)


def _answers_by_state(policy: Policy[Any], actor: Actor, verb: str, obj: Any) -> bool:
    """A row of history refuses every move as such (409), also to who could not make it anyway (CORE-106)."""
    return (
        obj is not None
        and obj.state == "history"
        and not actor.is_system
        and actor.may(verb)
        and policy.sees(actor, obj)
    )


class OutgoingPolicy(Policy[OutgoingDocument]):
    """Văn thư and leaders of the agency see all that left the drafting unit; others their own unit's or their own."""

    model = OutgoingDocument
    rules: ClassVar[Rules] = {
        "office:outgoing:read": anywhere,
        "office:outgoing:create": anywhere,
        "office:outgoing:edit": _is_drafter,
        "office:outgoing:submit": _is_drafter,
        "office:outgoing:review": _in_unit,
        "office:outgoing:check_format": anywhere,
        "office:outgoing:approve": _is_signer,
        "office:outgoing:unapprove": _is_signer,
        "office:outgoing:sign": _is_signer,
        "office:outgoing:approve_and_sign": _is_signer,
        "office:outgoing:return": _holds_step,
        "office:outgoing:redraft": _in_unit,
        "office:outgoing:issue": anywhere,
        "office:outgoing:number": anywhere,
        "office:outgoing:register": anywhere,
        "office:outgoing:seal": anywhere,
        "office:outgoing:dispatch": anywhere,
        "office:outgoing:file": anywhere,
        "office:outgoing:cancel_number": anywhere,
    }
    system: ClassVar[frozenset[str]] = frozenset({"office:outgoing:hand_over"})
    # What a clerk may see of drafts: nothing before the unit's head has passed them on.
    CLERK_STATES = (
        "format_check",
        "to_sign",
        "approved",
        "signed",
        "numbered",
        "registered",
        "sealed",
        "issued",
        "filed",
        "number_cancelled",
        "history",
    )

    def allows(self, actor: Actor, verb: str, obj: OutgoingDocument | None) -> bool:
        return _answers_by_state(self, actor, verb, obj) or super().allows(actor, verb, obj)

    def scope(self, actor: Actor, rows: QuerySet[OutgoingDocument]) -> QuerySet[OutgoingDocument]:
        if actor.agency_id is None or not actor.may("office:outgoing:read"):
            return rows.none()
        mine = Q(drafter_position_id=actor.position_id) | Q(signer_position_id=actor.position_id)
        if actor.may("office:outgoing:read_unit"):
            mine |= Q(unit_id=actor.unit_id)
        if actor.may("office:outgoing:read_agency"):
            mine |= Q(state__in=self.CLERK_STATES)
        return rows.filter(mine, agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: OutgoingDocument) -> bool:
        if actor.agency_id is None or obj.agency_id != actor.agency_id or not actor.may("office:outgoing:read"):
            return False
        return (
            _is_drafter(actor, obj)
            or _is_signer(actor, obj)
            or (actor.may("office:outgoing:read_unit") and _in_unit(actor, obj))
            or (actor.may("office:outgoing:read_agency") and obj.state in self.CLERK_STATES)
        )


def _open_lines(actor: Actor, document: IncomingDocument) -> list[Line]:
    lines = [line for line in document.lines.all() if line.state in Line.OPEN]
    return [line for line in lines if _my_line(actor, line)]


def _my_line(actor: Actor, line: Line) -> bool:
    """A line is mine by my post, or by my unit while nobody in it is named and I may assign in it."""
    if line.position_id is not None:
        return line.position_id == actor.position_id
    return line.unit_id == actor.unit_id and actor.may("office:incoming:assign_within")


def _is_leader(actor: Actor, document: IncomingDocument) -> bool:
    return document.submitted_to_id == actor.position_id


def _has_lead(actor: Actor, document: IncomingDocument) -> bool:
    return any(line.role == Line.Role.LEAD for line in _open_lines(actor, document))


def _has_named_lead(actor: Actor, document: IncomingDocument) -> bool:
    """The lead line names my post: a unit's head first assigns (perhaps to himself), then the person takes the work."""
    return any(
        line.role == Line.Role.LEAD and line.position_id == actor.position_id for line in _open_lines(actor, document)
    )


def _has_co(actor: Actor, document: IncomingDocument) -> bool:
    return any(line.role == Line.Role.CO for line in _open_lines(actor, document))


def _has_info(actor: Actor, document: IncomingDocument) -> bool:
    return any(line.role == Line.Role.INFO for line in _open_lines(actor, document))


def _heads_line(actor: Actor, document: IncomingDocument) -> bool:
    return any(
        line.unit_id == actor.unit_id and line.state in Line.OPEN and line.role != Line.Role.INFO
        for line in document.lines.all()
    )


def _gave_it(actor: Actor, document: IncomingDocument) -> bool:
    """Whoever assigned gets it back (OF-14)."""
    return any(line.given_by_id == actor.position_id for line in document.lines.all() if line.role == Line.Role.LEAD)


class IncomingPolicy(Policy[IncomingDocument]):
    """Văn thư sees the agency's incoming papers, a leader those submitted to him, others those with a line of
    theirs.
    """

    model = IncomingDocument
    rules: ClassVar[Rules] = {
        "office:incoming:read": anywhere,
        "office:incoming:enter": anywhere,
        "office:incoming:receive": anywhere,
        "office:incoming:return_to_sender": anywhere,
        "office:incoming:register": anywhere,
        "office:incoming:submit": anywhere,
        "office:incoming:send_back_clerk": _is_leader,
        "office:incoming:direct": _is_leader,
        "office:incoming:assign_within": _heads_line,
        "office:incoming:take": _has_named_lead,
        "office:incoming:bounce": _has_lead,
        "office:incoming:reassign": _gave_it,
        "office:incoming:change_lead": _gave_it,
        "office:incoming:comment": _has_co,
        "office:incoming:acknowledge": _has_info,
        "office:incoming:finish": _has_named_lead,
        "office:incoming:reopen": _is_leader,
    }
    system: ClassVar[frozenset[str]] = frozenset({"office:incoming:receive", "office:incoming:hand_over"})

    def allows(self, actor: Actor, verb: str, obj: IncomingDocument | None) -> bool:
        return _answers_by_state(self, actor, verb, obj) or super().allows(actor, verb, obj)

    def scope(self, actor: Actor, rows: QuerySet[IncomingDocument]) -> QuerySet[IncomingDocument]:
        if actor.agency_id is None or not actor.may("office:incoming:read"):
            return rows.none()
        if actor.may("office:incoming:read_agency"):
            return rows.filter(agency_id=actor.agency_id)
        lines = Line.objects.filter(document=OuterRef("pk"))
        mine = Q(position_id=actor.position_id)
        if actor.may("office:incoming:read_unit"):
            mine |= Q(unit_id=actor.unit_id)
        return rows.filter(Q(submitted_to_id=actor.position_id) | Exists(lines.filter(mine)), agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: IncomingDocument) -> bool:
        if actor.agency_id is None or obj.agency_id != actor.agency_id or not actor.may("office:incoming:read"):
            return False
        if actor.may("office:incoming:read_agency") or obj.submitted_to_id == actor.position_id:
            return True
        unit_wide = actor.may("office:incoming:read_unit")
        return any(
            line.position_id == actor.position_id or (unit_wide and line.unit_id == actor.unit_id)
            for line in obj.lines.all()
        )


class RegisterPolicy(Policy[Register]):
    """The books of the agency, for who keeps or rules them."""

    model = Register
    rules: ClassVar[Rules] = {"office:register:close": anywhere}
    system: ClassVar[frozenset[str]] = frozenset({"office:register:close"})

    def scope(self, actor: Actor, rows: QuerySet[Register]) -> QuerySet[Register]:
        if actor.agency_id is None or not actor.may("office:books:read"):
            return rows.none()
        return rows.filter(agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: Register) -> bool:
        return actor.agency_id is not None and obj.agency_id == actor.agency_id and actor.may("office:books:read")


outgoing_policy = OutgoingPolicy()
register_policy = RegisterPolicy()
incoming_policy = IncomingPolicy()
