"""Issuing bodies and their dated data (CORE-102; NĐ 30/2020/NĐ-CP PL I.II.2.a, II.3.a–b)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.orgs.models import IssuingBody
from lienthong.core.orgs.policies import BodyPolicy
from lienthong.core.registry import Registry, Verb
from lienthong.kit import vietnamese

READ = "orgs:body:read"
CREATE = "orgs:body:create"
CHANGE = "orgs:body:change"
END = "orgs:body:end"

VERBS = (
    Verb(READ, "xem chủ thể ban hành", "Xem chủ thể ban hành"),
    Verb(CREATE, "thêm chủ thể ban hành", "Thêm chủ thể ban hành"),
    Verb(CHANGE, "ghi thay đổi của chủ thể ban hành", "Đổi chủ thể ban hành"),
    Verb(END, "ngừng dùng chủ thể ban hành", "Ngừng chủ thể ban hành"),
)
FACTS = ("name", "abbreviation", "header_lines", "place", "seal_with_emblem", "layout", "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFacts:
    """What a body prints: header lines (first the superior, last itself), abbreviation, place, seal, layout."""

    kind: str
    name: str
    abbreviation: str
    header_lines: Sequence[str]
    place: str
    seal_with_emblem: bool = False
    layout: str = "nd30"
    default: bool = False


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(IssuingBody, BodyPolicy(READ), [verb.code for verb in VERBS])


@action(CREATE)
def create(act: Act[None], *, facts: BodyFacts, effective: date, instrument: str) -> IssuingBody:
    """An agency issues under one more name from a date on; its Văn thư serves it beside the others (CORE-102)."""
    if act.by.agency_id is None:
        raise Forbidden("Thêm chủ thể ban hành khi không thuộc cơ quan nào")
    values = _clean(facts, instrument)
    _serialise()
    if values["default"]:
        _hand_default_over(act.by.agency_id, effective)
    row = IssuingBody.objects.create(
        agency_id=act.by.agency_id,
        kind=facts.kind,
        valid=DateRange(effective, None),
        instrument=vietnamese.border_name(instrument),
        **values,
    )
    act.about(row)
    act.note(**values, kind=row.kind, effective=effective)
    return row


@action(CHANGE, on=IssuingBody)
def change(act: Act[IssuingBody], *, facts: BodyFacts, effective: date, instrument: str) -> IssuingBody:
    """What the body prints from a date on; older papers keep what they bear, its numbers go on (CORE-8, CORE-46)."""
    row = act.target
    if facts.kind != row.kind:
        raise Invalid("Loại chủ thể không đổi được; thêm chủ thể khác.", {"kind": "Giữ loại của chủ thể."})
    _newest(row, effective)
    values = _clean(facts, instrument)
    changed = {name: value for name, value in values.items() if value != getattr(row, name)}
    if not changed:
        raise Invalid("Chưa có gì thay đổi.", {"name": "Sửa mục cần đổi."})
    _serialise()
    _close(row, effective)
    if values["default"]:
        _hand_default_over(row.agency_id, effective, besides=row)
    made = IssuingBody.objects.create(
        first_id=row.line_id,
        agency_id=row.agency_id,
        kind=row.kind,
        valid=DateRange(effective, None),
        instrument=vietnamese.border_name(instrument),
        **values,
    )
    act.was(**{name: getattr(row, name) for name in changed})
    act.note(**changed, effective=effective, instrument=made.instrument)
    return made


@action(END, on=IssuingBody, needs_reason=True)
def end(act: Act[IssuingBody], *, effective: date) -> None:
    """The body issues nothing from a date on; its papers and registers stay (CORE-102)."""
    _newest(act.target, effective)
    _close(act.target, effective)
    act.note(name=act.target.name, effective=effective)


def _newest(row: IssuingBody, effective: date) -> None:
    if (
        row.valid.upper is not None
        or IssuingBody.objects.filter(first_id=row.line_id, valid__fully_gt=row.valid).exists()
    ):
        raise Conflict("Chủ thể này đã có thay đổi mới hơn hoặc đã ngừng; hãy tải lại trang.", "stale")
    if row.valid.lower is not None and effective <= row.valid.lower:
        raise Invalid(
            "Ngày hiệu lực chưa đúng.",
            {"effective": f"Chọn ngày sau {row.valid.lower:%d/%m/%Y}, ngày bắt đầu của dữ liệu đang dùng."},
        )


def _close(row: IssuingBody, effective: date) -> None:
    row.valid = DateRange(row.valid.lower, effective)
    row.save(update_fields=["valid"])


def _hand_default_over(agency_id: Any, effective: date, besides: IssuingBody | None = None) -> None:
    """The former default body goes on from that date without being it."""
    rows = IssuingBody.objects.filter(agency_id=agency_id, default=True, valid__upper_inf=True)
    for former in rows.exclude(pk=besides.pk) if besides else rows:
        if former.valid.lower is not None and effective <= former.valid.lower:
            raise Conflict(
                f"{former.name} là chủ thể mặc định từ {former.valid.lower:%d/%m/%Y}; chọn ngày sau ngày đó.", "default"
            )
        _close(former, effective)
        kept = {name: getattr(former, name) for name in FACTS} | {"default": False}
        IssuingBody.objects.create(
            first_id=former.line_id,
            agency_id=agency_id,
            kind=former.kind,
            valid=DateRange(effective, None),
            instrument=former.instrument,
            **kept,
        )


def _serialise() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lienthong.orgs.bodies'))")


def _clean(facts: BodyFacts, instrument: str) -> dict[str, Any]:
    values = asdict(facts)
    del values["kind"]
    for name in ("name", "abbreviation", "place", "layout"):
        values[name] = vietnamese.border_name(values[name])
    values["header_lines"] = [vietnamese.border_name(line) for line in facts.header_lines if line.strip()]
    faults = {}
    if facts.kind not in IssuingBody.Kind.values:
        faults["kind"] = "Chọn loại chủ thể."
    for name, words in (("name", "tên"), ("abbreviation", "chữ viết tắt dùng trong ký hiệu"), ("place", "địa danh")):
        if not values[name]:
            faults[name] = f"Nhập {words}."
    for field in IssuingBody._meta.concrete_fields:
        longest = field.max_length
        if longest and field.name in values and len(values[field.name]) > longest:
            faults[field.name] = f"Dài tối đa {longest} ký tự."
    if " " in values["abbreviation"]:
        faults["abbreviation"] = "Chữ viết tắt trong ký hiệu không có dấu cách."
    if not values["header_lines"]:
        faults["header_lines"] = "Nhập ít nhất dòng tên cơ quan ban hành."
    if not instrument.strip():
        faults["instrument"] = "Ghi số, ký hiệu của văn bản làm căn cứ."
    if faults:
        raise Invalid("Chưa ghi được chủ thể ban hành.", faults)
    return values
