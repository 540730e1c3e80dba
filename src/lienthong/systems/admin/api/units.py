"""Units by API: the same queries and acts as the screens (CORE-90). A stale `version` is refused with 409."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import File, Form, Header, Router, Status
from ninja.files import UploadedFile
from pydantic import Field

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Taker
from lienthong.core import lawbook
from lienthong.core.actions.errors import Forbidden, NotSeen
from lienthong.core.actions.idempotency import once
from lienthong.core.orgs import directory, handover
from lienthong.core.orgs.actions import bodies, cases, codes, imports, units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.codes import guessed
from lienthong.core.orgs.models import CodeScheme, IssuingBody, Reorganisation, Unit, UnitImport, UnitVersion
from lienthong.core.orgs.queries import resolve, versions_at
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.systems.admin import unit_imports
from lienthong.systems.admin.unit_schemas import (
    AmendIn,
    BodyIn,
    BodyOut,
    CaseIn,
    CaseOut,
    ChangeIn,
    CodeChangeIn,
    CodeEndIn,
    CorrectIn,
    EndIn,
    FactsIn,
    ImportOut,
    NewUnitIn,
    PlaceOut,
    ReasonIn,
    Resolved,
    SchemeIn,
    SchemeOut,
    TakerIn,
    UnitDetail,
    UnitPage,
)

router = Router(tags=["admin"])
Key = Annotated[str, Header(alias="Idempotency-Key")]


def _caller(request: HttpRequest, verb: str) -> Actor:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or not actor.may(verb):
        raise Forbidden(registry.verb(verb).label)
    return actor


def _unit(ident: UUID) -> Unit:
    found = Unit.objects.filter(pk=ident).first()
    if found is None:
        raise NotSeen("đơn vị")
    return found


def _seen[M: (IssuingBody, Reorganisation, UnitImport)](actor: Actor, model: type[M], ident: UUID, what: str) -> M:
    found = model._default_manager.filter(pk=ident).first()
    if found is None or not registry.policies[model].sees(actor, found):
        raise NotSeen(what)
    return found


def _version(row: UnitVersion, codes_: tuple[str, ...] = ()) -> dict[str, Any]:
    names = ("official_name", "short_name", "abbreviation", "kind", "parent_id", "place", "address")
    return {
        "id": row.unit_id,
        **{name: getattr(row, name) for name in names},
        "codes": list(codes_),
        "valid_from": row.valid.lower,
        "valid_to": row.valid.upper,
        "recorded_from": row.recorded.lower,
        "recorded_to": row.recorded.upper,
    }


@router.get("/units", response=UnitPage, summary="Danh bạ đơn vị như một ngày")
def list_units(
    request: HttpRequest,
    q: str = "",
    on: date | None = None,
    known: datetime | None = None,
    cursor: str = "",
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> Any:
    """Units as they stood on a date, as known at an instant, in Vietnamese order."""
    _caller(request, units.READ)
    day = on or clock.local_date()
    rows = directory.search(versions_at(day, known), q).order_by("sort_key", "unit_id").distinct()
    after, _, last = cursor.partition("|")
    if last:
        try:
            rows = rows.filter(sort_key__gte=after).exclude(sort_key=after, unit_id__lte=UUID(last))
        except ValueError:
            raise NotSeen("trang này") from None
    found = list(rows[: limit + 1])
    more = f"{found[limit - 1].sort_key}|{found[limit - 1].unit_id}" if len(found) > limit else ""
    borne = directory.codes_on((row.unit_id for row in found), day, known)
    return {"items": [_version(row, borne.get(row.unit_id, ())) for row in found[:limit]], "cursor": more}


@router.get("/units/resolve", response=Resolved, summary="Mã định danh chỉ đơn vị nào ở một ngày")
def resolve_code(request: HttpRequest, code: str, on: date | None = None) -> Any:
    """Membership decides; within the grace the successor is named (CORE-6)."""
    _caller(request, units.READ)
    found = resolve(code, on, grace_days=int(lawbook.get("org.grace_days")))
    return {
        "code": found.code,
        "state": found.state,
        "unit_id": found.unit_id,
        "name": found.version.official_name if found.version else "",
        "named_unit_id": found.named_unit_id,
        "successors": list(found.successors),
        "grace_ends": found.grace_ends,
        "guessed_scheme": guessed(code, on),
    }


@router.get("/units/{ident}", response=UnitDetail, summary="Một đơn vị trên hai trục thời gian")
def get_unit(request: HttpRequest, ident: UUID) -> Any:
    """All versions, codes and events ever recorded."""
    _caller(request, units.READ)
    unit = _unit(ident)
    return {
        "id": unit.pk,
        "version": unit.version,
        "agency_id": unit.agency_id,
        "versions": [_version(row) for row in directory.versions_of(unit.pk)],
        "codes": [
            {
                "code": row.code,
                "scheme": row.scheme,
                "primary": row.primary,
                "valid_from": row.valid.lower,
                "valid_to": row.valid.upper,
                "recorded_to": row.recorded.upper,
            }
            for row in directory.all_codes_of(unit.pk)
        ],
        "events": [
            {
                "kind": event.kind,
                "effective": event.effective,
                "instrument": event.instrument,
                "links": [
                    {"predecessor": link.predecessor_id, "successor": link.successor_id, "primary": link.primary}
                    for link in event.links.all()
                ],
            }
            for event in directory.events_of(unit.pk)
        ],
    }


@router.post("/units", response={201: UnitDetail}, summary="Thêm đơn vị")
def create_unit(request: HttpRequest, body: NewUnitIn, key: Key = "") -> Any:
    """A unit begins on a date by an instrument."""
    actor = _caller(request, units.CREATE)

    def run() -> str:
        unit = units.create(
            by=actor,
            facts=_facts(body),
            effective=body.effective,
            instrument=body.instrument,
            code=body.code.new() if body.code else None,
            as_agency=body.as_agency,
        )
        return str(unit.pk)

    made = once(by=actor, key=key, request=body.dict(), run=run)[0] if key else run()
    return Status(201, get_unit(request, UUID(made)))


def _facts(body: FactsIn) -> units.UnitFacts:
    given = {name: getattr(body, name) for name in FactsIn.model_fields if getattr(body, name) is not None}
    return units.UnitFacts(**{"official_name": "", "kind": "", **given})


@router.post("/units/{ident}/versions", response=UnitDetail, summary="Ghi thay đổi từ một ngày")
def change_unit(request: HttpRequest, ident: UUID, body: ChangeIn) -> Any:
    """Rename, move, or change other facts; only the named facts change."""
    actor = _caller(request, units.CHANGE)
    units.change(
        by=actor,
        target=_unit(ident),
        changes=body.changes.dict(exclude_unset=True),
        effective=body.effective,
        instrument=body.instrument,
        note=body.note,
        expected_version=body.version,
    )
    return get_unit(request, ident)


@router.post("/units/{ident}/corrections", response=UnitDetail, summary="Đính chính dữ liệu đã ghi")
def correct_unit(request: HttpRequest, ident: UUID, body: CorrectIn) -> Any:
    """Put right what was recorded wrongly."""
    actor = _caller(request, units.CORRECT)
    units.correct(
        by=actor,
        target=_unit(ident),
        changes=body.changes.dict(exclude_unset=True),
        start=body.start,
        end=body.end,
        instrument=body.instrument,
        reason=body.reason,
        expected_version=body.version,
    )
    return get_unit(request, ident)


@router.post("/units/{ident}/codes", response=UnitDetail, summary="Thêm hoặc đổi mã định danh")
def code_unit(request: HttpRequest, ident: UUID, body: CodeChangeIn) -> Any:
    """One more code, or another in place of `old`."""
    actor = _caller(request, units.REPLACE_CODE if body.old else units.ADD_CODE)
    code = NewCode(code=body.code, scheme=body.scheme, primary=body.primary, confirmed=body.confirmed)
    shared: dict[str, Any] = {"by": actor, "target": _unit(ident), "code": code, "expected_version": body.version}
    shared |= {"effective": body.effective, "instrument": body.instrument}
    if body.old:
        units.replace_code(old=body.old, **shared)
    else:
        units.add_code(**shared)
    return get_unit(request, ident)


@router.post("/units/{ident}/codes/end", response=UnitDetail, summary="Ngừng dùng một mã định danh")
def end_unit_code(request: HttpRequest, ident: UUID, body: CodeEndIn) -> Any:
    """A code is not used any more."""
    actor = _caller(request, units.END_CODE)
    units.end_code(
        by=actor,
        target=_unit(ident),
        code=body.code,
        effective=body.effective,
        reason=body.reason,
        expected_version=body.version,
    )
    return get_unit(request, ident)


@router.get("/reorganisations", response=list[CaseOut], summary="Việc hợp nhất, chia tách, giải thể")
def list_cases(request: HttpRequest) -> Any:
    """The cases that the caller sees, the newest first; items stand in the single case."""
    actor = _caller(request, cases.READ)
    rows = registry.policies[Reorganisation].scope(actor, Reorganisation.objects.all())  # type: ignore[attr-defined]
    return [_case(actor, row, items=False) for row in rows.prefetch_related("units")[:200]]


@router.get("/reorganisations/{ident}", response=CaseOut, summary="Một việc sắp xếp và những gì để lại")
def get_case(request: HttpRequest, ident: UUID) -> Any:
    """The case with its dry run."""
    actor = _caller(request, cases.READ)
    return _case(actor, _seen(actor, Reorganisation, ident, "việc sắp xếp"))


@router.post("/reorganisations", response={201: CaseOut}, summary="Lập việc sắp xếp")
def open_reorganisation(request: HttpRequest, body: CaseIn, key: Key = "") -> Any:
    """Begin a merge, a split or a dissolution; nothing ends yet."""
    actor = _caller(request, cases.OPEN)

    def run() -> str:
        follows = [
            cases.Successor(
                unit_id=each.unit_id,
                facts=_facts(each.facts) if each.facts else None,
                code=each.code.new() if each.code else None,
                primary=each.primary,
            )
            for each in body.follows
        ]
        given = body.dict(include={"kind", "ends", "instrument", "effective", "note"})
        return str(cases.open_case(by=actor, follows=follows, **given).pk)

    made = once(by=actor, key=key, request=body.dict(), run=run)[0] if key else run()
    return Status(201, _case(actor, Reorganisation.objects.get(pk=made)))


@router.put("/reorganisations/{ident}/takers", response=CaseOut, summary="Chọn nơi nhận bàn giao")
def name_takers(request: HttpRequest, ident: UUID, body: TakerIn) -> Any:
    """Who takes the things of a group."""
    actor = _caller(request, cases.NAME_TAKER)
    case = _seen(actor, Reorganisation, ident, "việc sắp xếp")
    taker = Taker(kind=body.kind, name=body.name, unit_id=body.unit_id)
    cases.name_taker(by=actor, target=case, group=body.group, taker=taker, keys=body.keys)
    return _case(actor, case)


@router.post("/reorganisations/{ident}/acts/{act}", response=CaseOut, summary="Xác nhận, hủy, thực hiện")
def act_case(request: HttpRequest, ident: UUID, act: Literal["confirm", "cancel", "carry_out"], body: ReasonIn) -> Any:
    """Confirm (another person), cancel, or carry out what is due."""
    actor = _caller(request, cases.READ)
    case = _seen(actor, Reorganisation, ident, "việc sắp xếp")
    {"confirm": cases.confirm, "cancel": cases.cancel, "carry_out": cases.carry_out}[act](
        by=actor, target=case, reason=body.reason
    )
    return _case(actor, case)


def _case(actor: Actor, case: Reorganisation, *, items: bool = True) -> dict[str, Any]:
    running = case.state in {Reorganisation.State.PREPARED, Reorganisation.State.CONFIRMED}
    lines = handover.dry_run(case) if items and running else []
    roles: dict[str, list[UUID]] = {"ends": [], "follows": []}
    for row in case.units.all():
        roles[row.role].append(row.unit_id)
    return {
        **{n: getattr(case, n) for n in ("id", "kind", "state", "version", "effective", "instrument", "trouble")},
        **roles,
        "missing": sum(line.taker is None for line in lines),
        "items": [
            {
                "group": line.group,
                "label": line.item.label,
                "key": line.item.key,
                "title": line.item.title if line.item.agency_id == actor.agency_id else "",
                "keep": line.item.keep,
                "agency_id": line.item.agency_id,
                "taker": line.taker.name if line.taker else "",
                "taker_kinds": list(line.allowed),
            }
            for line in lines
        ],
    }


@router.get("/issuing-bodies", response=list[BodyOut], summary="Chủ thể ban hành")
def list_bodies(request: HttpRequest) -> Any:
    """All rows of the agency's bodies."""
    actor = _caller(request, bodies.READ)
    rows = registry.policies[IssuingBody].scope(actor, IssuingBody.objects.all())  # type: ignore[attr-defined]
    return [_body(row) for row in rows.order_by("name", "valid")]


def _body(row: IssuingBody) -> dict[str, Any]:
    names = ("id", "line_id", "kind", *bodies.FACTS)
    return {**{n: getattr(row, n) for n in names}, "valid_from": row.valid.lower, "valid_to": row.valid.upper}


@router.post("/issuing-bodies", response={201: BodyOut}, summary="Thêm chủ thể ban hành")
def create_body(request: HttpRequest, body: BodyIn) -> Any:
    """The agency issues under one more name."""
    actor = _caller(request, bodies.CREATE)
    made = bodies.create(by=actor, facts=body.facts(), effective=body.effective, instrument=body.instrument)
    return Status(201, _body(made))


@router.post("/issuing-bodies/{ident}/versions", response=BodyOut, summary="Đổi chủ thể ban hành từ một ngày")
def change_body(request: HttpRequest, ident: UUID, body: BodyIn) -> Any:
    """What a body prints from a date on."""
    actor = _caller(request, bodies.CHANGE)
    row = _seen(actor, IssuingBody, ident, "chủ thể ban hành")
    facts = body.facts()
    return _body(bodies.change(by=actor, target=row, facts=facts, effective=body.effective, instrument=body.instrument))


@router.post("/issuing-bodies/{ident}/end", response=BodyOut, summary="Ngừng chủ thể ban hành")
def end_body(request: HttpRequest, ident: UUID, body: EndIn) -> Any:
    """A body issues nothing any more."""
    actor = _caller(request, bodies.END)
    row = _seen(actor, IssuingBody, ident, "chủ thể ban hành")
    bodies.end(by=actor, target=row, effective=body.effective, reason=body.reason)
    return _body(row)


@router.get("/code-schemes", response=list[SchemeOut], summary="Hệ thống mã khác (Zxy)")
def list_schemes(request: HttpRequest) -> Any:
    """The published schemes, in sequence."""
    _caller(request, units.READ)
    return CodeScheme.objects.all()


@router.post("/code-schemes", response={201: SchemeOut}, summary="Công bố hệ thống mã")
def publish_scheme(request: HttpRequest, body: SchemeIn) -> Any:
    """Publish under the next code."""
    actor = _caller(request, codes.PUBLISH_SCHEME)
    return Status(201, codes.publish_scheme(by=actor, **body.dict()))


@router.patch("/code-schemes/{ident}", response=SchemeOut, summary="Sửa đổi hệ thống mã")
def amend_scheme(request: HttpRequest, ident: UUID, body: AmendIn) -> Any:
    """Amend name, purpose, instrument."""
    actor = _caller(request, codes.AMEND_SCHEME)
    row = CodeScheme.objects.filter(pk=ident).first()
    if row is None:
        raise NotSeen("hệ thống mã")
    codes.amend_scheme(by=actor, target=row, changes=body.changes, reason=body.reason)
    return row


@router.post("/unit-imports", response={202: ImportOut}, summary="Tải tệp đơn vị lên để kiểm tra")
def begin_import(
    request: HttpRequest, file: File[UploadedFile], instrument: Form[str], effective: Form[date], key: Key = ""
) -> Any:
    """Keep the file and begin its dry run; ask again for the outcome."""
    actor = _caller(request, imports.BEGIN)
    content = file.read()

    def run() -> str:
        row = unit_imports.begin(
            by=actor, name=file.name or "", content=content, instrument=instrument, effective=effective
        )
        return str(row.pk)

    with transaction.atomic():
        asked = {"name": file.name, "size": len(content), "instrument": instrument, "effective": str(effective)}
        made = once(by=actor, key=key, request=asked, run=run)[0] if key else run()
    return Status(202, UnitImport.objects.get(pk=made))


@router.get("/unit-imports/{ident}", response=ImportOut, summary="Kết quả kiểm tra, nạp tệp")
def get_import(request: HttpRequest, ident: UUID) -> Any:
    """What the dry run found."""
    actor = _caller(request, imports.READ)
    return _seen(actor, UnitImport, ident, "lần nạp")


@router.post("/unit-imports/{ident}/load", response={202: ImportOut}, summary="Nạp tệp đã kiểm tra")
def load_import(request: HttpRequest, ident: UUID) -> Any:
    """Load whole, or not at all."""
    actor = _caller(request, imports.APPROVE)
    row = _seen(actor, UnitImport, ident, "lần nạp")
    with transaction.atomic():
        unit_imports.approve(by=actor, row=row)
    return Status(202, row)


@router.get("/places", response=list[PlaceOut], summary="Đơn vị hành chính cấp tỉnh ở một ngày")
def list_places(request: HttpRequest, on: date | None = None, basis: Literal["as_was", "today"] = "as_was") -> Any:
    """As it was, or today's boundaries with the sums of the predecessors (CORE-7)."""
    _caller(request, units.READ)
    day = on or directory.before_reshaping()
    rows = directory.todays_boundaries(day) if basis == "today" else directory.as_it_was(day)
    return [
        {
            "code": row.place.code,
            "name": row.place.name,
            "communes": row.communes,
            "former": [each.name for each in row.former],
            "later": [each.name for each in row.later],
        }
        for row in rows
    ]
