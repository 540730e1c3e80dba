"""Connections: registration with approval, locking, keys with overlap, agencies they speak for (EX-54, EX-11)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs.models import Unit
from lienthong.kit import clock, vietnamese
from lienthong.systems.exchange import secrets
from lienthong.systems.exchange.models import Peer, PeerKey, PeerUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerInput:
    """What is asked of whoever registers a connection."""

    code: str
    name: str
    kind: str
    endpoint: str
    profile: str = Peer.Profile.STRICT


@action("exchange:peer:register")
def register(act: Act[None], *, facts: PeerInput) -> Peer:
    """Ask for a connection; traffic starts only after another person's approval."""
    faults: dict[str, str] = {}
    if not facts.code.strip():
        faults["code"] = "Nhập mã hệ thống (chữ không dấu, số, gạch nối)."
    elif Peer.objects.filter(code=facts.code).exists():
        faults["code"] = "Mã hệ thống này đã được đăng ký."
    if not facts.name.strip():
        faults["name"] = "Nhập tên hệ thống."
    if facts.kind not in {Peer.Kind.NODE, Peer.Kind.HUB, Peer.Kind.LEGACY}:
        faults["kind"] = "Chọn loại kết nối."
    if facts.endpoint and not facts.endpoint.startswith("https://"):
        faults["endpoint"] = "Địa chỉ nhận phải bắt đầu bằng https://."
    if faults:
        raise Invalid("Chưa đăng ký được kết nối.", faults)
    now = clock.now()
    peer = Peer(
        code=facts.code,
        name=vietnamese.border_name(facts.name),
        kind=facts.kind,
        endpoint=facts.endpoint,
        profile=facts.profile,
        state="requested",
        state_since=now,
        registered_at=now,
    )
    peer.switches = {"registered_by": act.by.key}
    peer.save()
    act.about(peer)
    act.note(code=peer.code, name=peer.name, kind=peer.kind, endpoint=peer.endpoint)
    return peer


@action("exchange:peer:approve", on=Peer)
def approve(act: Act[Peer]) -> None:
    """Let traffic start; who registered a connection does not approve it."""
    if act.target.switches.get("registered_by") == act.by.key:
        raise Conflict("Người đăng ký kết nối không tự duyệt; cần người khác duyệt.", "same_person")


@action("exchange:peer:lock", on=Peer, needs_reason=True)
def lock(act: Act[Peer]) -> None:
    """Stop a connection at once, in both directions."""


@action("exchange:peer:unlock", on=Peer, needs_reason=True)
def unlock(act: Act[Peer]) -> None:
    """Let a connection work again."""


@action("exchange:peer:add_key", on=Peer)
def add_key(act: Act[Peer], *, until: datetime | None = None) -> str:
    """Give a connection one more key and return the secret, shown once; the old keys stay good (CORE-85, F-EX-16)."""
    now = clock.now()
    if PeerKey.objects.filter(peer=act.target, valid__contains=now, revoked_at__isnull=True).count() > 1:
        raise Conflict("Kết nối đang có hai khóa còn hiệu lực; thu hồi khóa cũ trước khi cấp khóa mới.", "two_keys")
    secret = secrets.new_secret()
    key = PeerKey.objects.create(peer=act.target, sealed_secret=secrets.seal(secret), valid=DateTimeTZRange(now, until))
    act.note(key=key.pk, until=until)
    return secret


@action("exchange:peer:revoke_key", on=Peer, needs_reason=True)
def revoke_key(act: Act[Peer], *, key_id: UUID) -> None:
    """Take a key out of use at once."""
    done = PeerKey.objects.filter(pk=key_id, peer=act.target, revoked_at__isnull=True).update(revoked_at=clock.now())
    if not done:
        raise Conflict("Khóa này không còn hiệu lực.", "no_key")
    act.note(key=key_id)


@action("exchange:peer:assign_unit", on=Peer)
def assign_unit(act: Act[Peer], *, unit_id: UUID, delegated: bool = False, instrument: str = "") -> PeerUnit:
    """Let a connection speak for a unit from now on; the unit's traffic leaves its former way in the same transaction
    (EX-53)."""
    now = clock.now()
    if not Unit.objects.filter(pk=unit_id).exists():
        raise Invalid("Đơn vị không có trong danh bạ.", {"unit": "Chọn đơn vị trong danh bạ."})
    if delegated and not instrument.strip():
        raise Invalid("Cần nêu văn bản ủy quyền.", {"instrument": "Ghi số, ký hiệu văn bản giao hoặc ủy quyền."})
    if not delegated:
        PeerUnit.objects.filter(unit_id=unit_id, delegated=False, revoked_at__isnull=True).update(revoked_at=now)
    row = PeerUnit.objects.create(
        peer=act.target,
        unit_id=unit_id,
        held=DateTimeTZRange(now, None),
        delegated=delegated,
        instrument=vietnamese.border(instrument),
    )
    act.note(unit=unit_id, delegated=delegated, instrument=instrument)
    return row


@action("exchange:peer:revoke_unit", on=Peer, needs_reason=True)
def revoke_unit(act: Act[Peer], *, unit_id: UUID) -> None:
    """End at once what a connection may do for a unit (EX-11)."""
    done = PeerUnit.objects.filter(peer=act.target, unit_id=unit_id, revoked_at__isnull=True).update(
        revoked_at=clock.now()
    )
    if not done:
        raise Conflict("Kết nối không đại diện cho đơn vị này.", "no_unit")
    act.note(unit=unit_id)
