"""Authority to sign by regulation (TL.) and by authorisation (TUQ.), and who signs for a body by office (CORE-11).

NĐ 30/2020/NĐ-CP Đ13.3–13.4, PL I.II.7.b–đ; NĐ 191/2026/NĐ-CP Đ5.2.i.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs.authority import delegation_lasts, is_head_of
from lienthong.core.orgs.models import BodySigner, IssuingBody, Position, SigningDelegation, UnitVersion
from lienthong.core.orgs.people_policies import UnitPolicy, demand_foreign, rules
from lienthong.core.orgs.queries import as_of, holdings_at
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name

GIVE = "orgs:delegation:give"
GIVE_ON = "orgs:delegation:give_on"
REVOKE = "orgs:delegation:revoke"
NAME_SIGNER = "orgs:signer:name"
WITHDRAW_SIGNER = "orgs:signer:withdraw"

VERBS = (
    Verb(GIVE, "giao quyền ký thừa lệnh hoặc thừa ủy quyền", "Giao quyền ký"),
    Verb(GIVE_ON, "giao lại quyền ký thừa lệnh cho cấp phó", "Giao lại cho cấp phó"),
    Verb(REVOKE, "thu hồi quyền ký", "Thu hồi quyền ký"),
    Verb(NAME_SIGNER, "ghi người ký của chủ thể ban hành", "Ghi người ký"),
    Verb(WITHDRAW_SIGNER, "rút người ký của chủ thể ban hành", "Rút người ký"),
)
Kind, Rank = SigningDelegation.Kind, Position.Rank


def declare(registry: Registry) -> None:
    """Verbs and policies, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(
        SigningDelegation,
        UnitPolicy(
            "giver__unit",
            also="taker__unit",
            rules=dict.fromkeys((GIVE_ON, REVOKE), lambda actor, row: rules(actor, row.giver.unit)),
        ),
        [GIVE, GIVE_ON, REVOKE],
    )
    registry.add_policy(BodySigner, UnitPolicy("position__unit"), [NAME_SIGNER, WITHDRAW_SIGNER])


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationInput:
    """An authority to sign: `until` is needed for TUQ., `content` too; empty lists restrict nothing."""

    giver_id: UUID
    taker_id: UUID
    kind: str
    instrument: str
    content: str = ""
    document_types: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@action(GIVE, on=SigningDelegation)
def give(act: Act[SigningDelegation], *, facts: DelegationInput) -> SigningDelegation:
    """Record an authority to sign that a head gave; checked again at the instant of each signing (CORE-11).

    TL. cites the regulation that lays it down and goes to the head of a unit; TUQ. is in writing, limited in time and
    content, and its taker gives it to nobody. The Prime Minister may authorise a minister case by case.
    """
    now = clock.now()
    giver = Position.objects.select_related("unit").filter(pk=facts.giver_id).first()
    taker = Position.objects.select_related("unit").filter(pk=facts.taker_id).first()
    if giver is None or not rules(act.by, giver.unit):
        raise Invalid("Chưa giao được quyền ký.", {"giver": "Chọn người đứng đầu của cơ quan mình."})
    if taker is None or taker.pk == giver.pk:
        raise Invalid("Chưa giao được quyền ký.", {"taker": "Chọn vị trí được giao ký."})
    demand_foreign(act.by, taker.pk)
    since = facts.since or now
    faults = _faults(facts, giver, taker, since, now)
    if faults:
        raise Invalid("Chưa giao được quyền ký.", faults)
    by = holdings_at(since).filter(position=giver).order_by("-main").first()
    row = SigningDelegation.objects.create(
        giver=giver,
        taker=taker,
        kind=facts.kind,
        document_types=list(facts.document_types),
        fields=[border_name(field) for field in facts.fields if field.strip()],
        instrument=border_name(facts.instrument),
        content=border_name(facts.content),
        held=DateTimeTZRange(since, facts.until),
        given_by=by.person if by is not None and facts.kind == Kind.AUTHORISED else None,
    )
    act.about(row)
    _note(act, row)
    return row


def _faults(facts: DelegationInput, giver: Position, taker: Position, since: datetime, now: datetime) -> dict[str, str]:
    faults: dict[str, str] = {}
    if facts.kind not in Kind.values:
        faults["kind"] = "Chọn thừa lệnh (TL.) hoặc thừa ủy quyền (TUQ.)."
    if not _heads_a_body(giver, since):
        faults["giver"] = (
            "Chỉ người đứng đầu cơ quan giao quyền ký. Người được ủy quyền (TUQ.) không được ủy quyền lại; người ký "
            "thừa lệnh (TL.) giao lại cho cấp phó ở trang của quyền ký đó."
        )
    if facts.until is not None and facts.until <= max(since, now):
        faults["until"] = "Ngày hết hạn phải sau ngày bắt đầu và sau hôm nay."
    if facts.kind == Kind.BY_ORDER:
        if not border_name(facts.instrument):
            faults["instrument"] = "Thừa lệnh phải dẫn quy chế làm việc hoặc quy chế văn thư, ghi rõ điều, khoản."
        if taker.rank != Rank.UNIT_HEAD or taker.unit.agency_id != giver.unit.agency_id:
            faults["taker"] = "Thừa lệnh chỉ giao cho người đứng đầu đơn vị thuộc cơ quan."
    if facts.kind == Kind.AUTHORISED:
        if not border_name(facts.instrument):
            faults["instrument"] = "Ủy quyền phải bằng văn bản: ghi số, ký hiệu, ngày của văn bản ủy quyền."
        if facts.until is None:
            faults["until"] = "Ủy quyền phải có thời hạn: ghi ngày hết hạn."
        if not border_name(facts.content):
            faults["content"] = "Ủy quyền phải giới hạn nội dung: ghi văn bản, việc được ký."
        if holdings_at(since).filter(position=giver).first() is None:
            faults["giver"] = "Vị trí này đang không có người giữ, nên không ai ủy quyền được."
        faults |= _taker_faults(giver, taker)
    return faults


def _taker_faults(giver: Position, taker: Position) -> dict[str, str]:
    """TUQ. goes to heads below (Đ13.3); across agencies only from Government to a head (NĐ 191/2026 Đ5.2.i)."""
    if taker.rank not in {Rank.UNIT_HEAD, Rank.HEAD}:
        return {"taker": "Ủy quyền ký chỉ cho người đứng đầu đơn vị hoặc cơ quan trực thuộc."}
    if taker.unit.agency_id == giver.unit.agency_id:
        return {}
    version = as_of(giver.unit_id)
    if version is None or version.kind != UnitVersion.Kind.GOVERNMENT or taker.rank != Rank.HEAD:
        return {"taker": "Ngoài cơ quan, chỉ Thủ tướng Chính phủ ủy quyền cho Bộ trưởng, theo từng việc."}
    return {}


def _heads_a_body(position: Position, moment: datetime) -> bool:
    bodies = IssuingBody.objects.filter(agency_id=position.unit.agency_id, valid__contains=clock.local_date(moment))
    return any(is_head_of(position, body, moment) for body in bodies)


@action(GIVE_ON, on=SigningDelegation)
def give_on(
    act: Act[SigningDelegation],
    *,
    taker_id: UUID,
    instrument: str,
    document_types: tuple[str, ...] = (),
    until: datetime | None = None,
) -> SigningDelegation:
    """Give a TL. on to the own deputy, who signs KT. (Đ13.4); a TUQ. is never passed on (Đ13.3)."""
    parent, now = act.target, clock.now()
    if parent.kind != Kind.BY_ORDER:
        raise Conflict("Người được ủy quyền (TUQ.) không được ủy quyền lại cho người khác ký.", "passed_on")
    if parent.parent_id is not None:
        raise Conflict("Quyền ký này đã là giao lại; cấp phó không giao tiếp cho ai.", "passed_on")
    if not delegation_lasts(parent, now):
        raise Conflict("Quyền ký thừa lệnh này không còn hiệu lực.", "not_in_force")
    taker = Position.objects.select_related("unit").filter(pk=taker_id).first()
    faults: dict[str, str] = {}
    if taker is None or taker.unit_id != parent.taker.unit_id or taker.rank != Rank.UNIT_DEPUTY:
        faults["taker"] = "Chỉ giao lại cho cấp phó của chính đơn vị được giao ký thừa lệnh."
    if not border_name(instrument):
        faults["instrument"] = "Ghi văn bản phân công ký thay của đơn vị."
    if parent.document_types and not set(document_types) <= set(parent.document_types):
        faults["document_types"] = "Không giao lại quá các loại văn bản mình được giao."
    if until is not None and until <= now:
        faults["until"] = "Ngày hết hạn phải sau hôm nay."
    if faults or taker is None:
        raise Invalid("Chưa giao lại được quyền ký.", faults)
    demand_foreign(act.by, taker.pk)
    row = SigningDelegation.objects.create(
        giver=parent.taker,
        taker=taker,
        kind=Kind.BY_ORDER,
        document_types=list(document_types or parent.document_types),
        fields=parent.fields,
        instrument=border_name(instrument),
        held=DateTimeTZRange(now, until),
        parent=parent,
    )
    _note(act, row)
    return row


@action(REVOKE, on=SigningDelegation, needs_reason=True)
def revoke(act: Act[SigningDelegation]) -> SigningDelegation:
    """Take an authority to sign back, to the second; what was given on from it falls with it."""
    row, now = act.target, clock.now()
    if not delegation_lasts(row, now) and (row.held.lower is None or row.held.lower <= now):
        raise Conflict("Quyền ký này đã hết hiệu lực.", "not_in_force")
    row.revoked_at = now
    below = SigningDelegation.objects.filter(parent=row, revoked_at__isnull=True)
    act.note(revoked_at=now, given_on=below.update(revoked_at=now))
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInput:
    """Who signs for a body by office, under which title; `instrument` is the decision that founds or fills it."""

    body_id: UUID
    position_id: UUID
    role: str
    title: str
    instrument: str
    since: datetime | None = None


@action(NAME_SIGNER, on=BodySigner)
def name_signer(act: Act[BodySigner], *, facts: SignerInput) -> BodySigner:
    """Name the head or a deputy of a body whose signers are not simply those of its agency (CORE-11, CORE-102).

    For a Hội đồng or Ban Chỉ đạo the title in it prints in box 7a and the agency post in 7b (PL I.II.7.d).
    """
    body = IssuingBody.objects.filter(pk=facts.body_id).select_related("agency").first()
    position = Position.objects.filter(pk=facts.position_id).select_related("unit").first()
    faults: dict[str, str] = {}
    if body is None or not rules(act.by, body.agency):
        faults["body"] = "Chọn chủ thể ban hành của cơ quan."
    if position is None or not rules(act.by, position.unit):
        faults["position"] = "Chọn vị trí trong cơ quan."
    if facts.role not in BodySigner.Role.values:
        faults["role"] = "Chọn người đứng đầu hoặc cấp phó."
    if not border_name(facts.title):
        faults["title"] = "Nhập chức danh khi ký cho chủ thể này."
    if not border_name(facts.instrument):
        faults["instrument"] = "Ghi quyết định thành lập hoặc phân công."
    if faults or body is None or position is None:
        raise Invalid("Chưa ghi được người ký.", faults)
    demand_foreign(act.by, position.pk)
    span = DateTimeTZRange(facts.since or clock.now(), None)
    there = BodySigner.objects.filter(body_id=body.line_id, held__overlap=span)
    if there.filter(position=position).exists():
        raise Invalid("Chưa ghi được người ký.", {"position": "Vị trí này đã là người ký của chủ thể."})
    if facts.role == BodySigner.Role.HEAD and there.filter(role=BodySigner.Role.HEAD).exists():
        raise Invalid("Chưa ghi được người ký.", {"role": "Chủ thể đã có người đứng đầu; rút người cũ trước."})
    row = BodySigner.objects.create(
        body_id=body.line_id,
        position=position,
        role=facts.role,
        title=border_name(facts.title),
        instrument=border_name(facts.instrument),
        held=span,
    )
    act.about(row)
    act.note(body=body.name, position=position.title, role=row.role, title=row.title, instrument=row.instrument)
    return row


@action(WITHDRAW_SIGNER, on=BodySigner, needs_reason=True)
def withdraw_signer(act: Act[BodySigner]) -> BodySigner:
    """End what a position may sign for a body by office, at once."""
    row, now = act.target, clock.now()
    if row.held.upper is not None and row.held.upper <= now:
        raise Conflict("Người ký này đã rút.", "not_in_force")
    row.held = DateTimeTZRange(min(row.held.lower or now, now), now)
    act.note(until=now)
    return row


def _note(act: Act[SigningDelegation], row: SigningDelegation) -> None:
    act.note(
        kind=row.kind,
        giver=row.giver_id,
        taker=row.taker_id,
        document_types=row.document_types,
        fields=row.fields,
        content=row.content,
        instrument=row.instrument,
        since=row.held.lower,
        until=row.held.upper,
        given_on_from=row.parent_id,
    )
