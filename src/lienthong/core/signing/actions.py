"""Changes of trust lists, certificates and pictures: each an action with policy and journal line (CORE-62, CORE-70)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db.models import Max, Q, QuerySet
from PIL import Image, UnidentifiedImageError

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.registry import Registry, Verb
from lienthong.core.signing import demo, pki
from lienthong.core.signing.models import Certificate, Picture, RevocationEvidence, TrustAnchor
from lienthong.core.signing.pki import Subject
from lienthong.core.signing.trust import Purpose, signer_of
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name

PROPOSE_ANCHOR = "signing:anchor:propose"
WITHDRAW_ANCHOR = "signing:anchor:withdraw"
CONFIRM_ANCHOR = "signing:anchor:confirm"
LOAD_REVOCATION = "signing:revocation:load"
REGISTER_CERTIFICATE = "signing:certificate:register"
ISSUE_CERTIFICATE = "signing:certificate:issue"
REVOKE_CERTIFICATE = "signing:certificate:revoke"
SET_PICTURE = "signing:picture:set"
WITHDRAW_PICTURE = "signing:picture:withdraw"

_VERBS = (
    Verb(PROPOSE_ANCHOR, "đề xuất tin cậy một tổ chức chứng thực", "Đề xuất tổ chức chứng thực"),
    Verb(WITHDRAW_ANCHOR, "đề xuất rút một tổ chức chứng thực khỏi danh sách tin cậy", "Đề xuất rút tin cậy"),
    Verb(CONFIRM_ANCHOR, "xác nhận thay đổi danh sách tin cậy", "Xác nhận thay đổi"),
    Verb(LOAD_REVOCATION, "nạp dữ liệu thu hồi chứng thư số", "Nạp dữ liệu thu hồi"),
    Verb(REGISTER_CERTIFICATE, "ghi nhận chứng thư số", "Ghi nhận chứng thư số"),
    Verb(ISSUE_CERTIFICATE, "cấp chứng thư số thử nghiệm", "Cấp chứng thư số thử nghiệm"),
    Verb(REVOKE_CERTIFICATE, "ghi nhận thu hồi chứng thư số", "Thu hồi chứng thư số"),
    Verb(SET_PICTURE, "đặt ảnh chữ ký hoặc ảnh dấu", "Đặt ảnh chữ ký, ảnh dấu"),
    Verb(WITHDRAW_PICTURE, "ngừng dùng ảnh chữ ký hoặc ảnh dấu", "Ngừng dùng ảnh dấu"),
)
_BY_SYSTEM = frozenset({ISSUE_CERTIFICATE, LOAD_REVOCATION})
# What the system does on the day an agency ends (CORE-103), and people on any other.
_ALSO_BY_SYSTEM = frozenset({REVOKE_CERTIFICATE, WITHDRAW_PICTURE})


class TrustPolicy:
    """The trust list belongs to the node: everybody may read whom it trusts, who holds the verb changes it."""

    def scope(self, _actor: Actor, rows: QuerySet[TrustAnchor]) -> QuerySet[TrustAnchor]:
        """All rows."""
        return rows

    def sees(self, _actor: Actor, _obj: Any) -> bool:
        """Everybody."""
        return True

    def allows(self, actor: Actor, verb: str, _obj: Any) -> bool:
        """Holders of the verb; revocation data may also be loaded by the system."""
        return verb in _BY_SYSTEM if actor.is_system else actor.may(verb)


class CertificatePolicy:
    """A person sees the own certificates, an administrator those of the agency (CORE-108)."""

    def scope(self, actor: Actor, rows: QuerySet[Certificate]) -> QuerySet[Certificate]:
        """Own ones, and those of the actor's agency for who may register or revoke."""
        own = Q(user_id=actor.user_id) if actor.user_id else Q(pk=None)
        if actor.agency_id and (actor.may(REGISTER_CERTIFICATE) or actor.may(REVOKE_CERTIFICATE)):
            own |= Q(agency_id=actor.agency_id)
        return rows.filter(own)

    def sees(self, actor: Actor, obj: Certificate) -> bool:
        """The same for one row."""
        if actor.user_id and obj.user_id == actor.user_id:
            return True
        rules = actor.may(REGISTER_CERTIFICATE) or actor.may(REVOKE_CERTIFICATE)
        return bool(rules and actor.agency_id and obj.agency_id == actor.agency_id)

    def allows(self, actor: Actor, verb: str, _obj: Certificate | None) -> bool:
        """Holders of the verb; demo certificates are issued by the system alone."""
        if actor.is_system:
            return verb in _BY_SYSTEM | _ALSO_BY_SYSTEM
        return verb not in _BY_SYSTEM and actor.may(verb)


def declare(registry: Registry) -> None:
    """Verbs and policies, at start-up."""
    registry.add_verbs(*_VERBS)
    trust = [PROPOSE_ANCHOR, WITHDRAW_ANCHOR, CONFIRM_ANCHOR, LOAD_REVOCATION]
    pictures = [SET_PICTURE, WITHDRAW_PICTURE]
    registry.add_policy(TrustAnchor, TrustPolicy(), trust)
    registry.add_policy(
        Certificate, CertificatePolicy(), [verb.code for verb in _VERBS if verb.code not in {*trust, *pictures}]
    )
    registry.add_policy(Picture, CertificatePolicy(), pictures)


# --- trust list -------------------------------------------------------------------------------------------------------


@action(PROPOSE_ANCHOR, needs_reason=True)
def propose_anchor(
    act: Act[None],
    *,
    name: str,
    group: str,
    purposes: Sequence[str],
    pem: str,
    role: str = TrustAnchor.Role.ROOT,
    trusted_from: datetime | None = None,
    trusted_to: datetime | None = None,
) -> TrustAnchor:
    """Propose a root or issuer; it is trusted only after a second person confirmed it (CORE-62)."""
    certificate = _one_certificate(pem)
    if group not in TrustAnchor.Group.values or role not in TrustAnchor.Role.values:
        raise Invalid("Nhóm hoặc vai trò không hợp lệ.", {"group": "Chọn trong danh sách."})
    if not purposes or not set(purposes) <= set(Purpose):
        raise Invalid("Cần chọn mục đích tin cậy.", {"purposes": "Chọn ít nhất một mục đích."})
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    if TrustAnchor.objects.filter(fingerprint=fingerprint).exclude(state=TrustAnchor.State.WITHDRAWN).exists():
        raise Conflict("Tổ chức chứng thực này đã có trong danh sách.", "anchor_known")
    row = TrustAnchor.objects.create(
        name=border_name(name),
        group=group,
        role=role,
        purposes=sorted(set(purposes)),
        pem=pki.pem(certificate).decode(),
        fingerprint=fingerprint,
        demo=pki.is_demo(certificate),
        trusted_from=trusted_from or clock.now(),
        trusted_to=trusted_to,
        source=act.reason,
        proposed_by=act.by.user_id,
        changed_at=clock.now(),
    )
    act.about(row)
    act.note(name=row.name, fingerprint=fingerprint, purposes=row.purposes, demo=row.demo)
    return row


@action(WITHDRAW_ANCHOR, on=TrustAnchor, needs_reason=True)
def withdraw_anchor(act: Act[TrustAnchor]) -> TrustAnchor:
    """Propose that a row leaves the list; it is trusted until a second person confirms (CORE-62)."""
    row = act.target
    if row.state != TrustAnchor.State.ACTIVE:
        raise Conflict("Chỉ rút được tổ chức chứng thực đang tin cậy.", "anchor_state")
    row.state, row.proposed_by, row.confirmed_by = TrustAnchor.State.WITHDRAWING, act.by.user_id, None
    row.changed_at = clock.now()
    act.note(name=row.name, state=row.state)
    return row


@action(CONFIRM_ANCHOR, on=TrustAnchor)
def confirm_anchor(act: Act[TrustAnchor]) -> TrustAnchor:
    """The second person's word: the row enters or leaves the list, which gets its next version (CORE-62)."""
    row = act.target
    if row.proposed_by == act.by.user_id:
        raise Forbidden("Xác nhận thay đổi do chính mình đề xuất")
    states = TrustAnchor.State
    if row.state == states.PROPOSED:
        if row.demo and not _demo_allowed():
            raise Conflict("Gốc thử nghiệm không được tin cậy trên hệ thống vận hành thật.", "demo_root")
        row.state = states.ACTIVE
    elif row.state == states.WITHDRAWING:
        row.state, row.trusted_to = states.WITHDRAWN, row.trusted_to or clock.now()
    else:
        raise Conflict("Không có thay đổi nào chờ xác nhận.", "anchor_state")
    newest = TrustAnchor.objects.aggregate(newest=Max("number"))["newest"] or 0
    row.confirmed_by, row.number, row.changed_at = act.by.user_id, newest + 1, clock.now()
    act.note(name=row.name, state=row.state, number=row.number)
    return row


@action(LOAD_REVOCATION)
def load_crl(act: Act[None], *, der: bytes) -> RevocationEvidence:
    """Keep a revocation list; who signed it is judged at each verification. Loading one twice changes nothing."""
    try:
        crl = x509.load_der_x509_crl(der)
    except ValueError as error:
        raise Invalid("Không đọc được danh sách thu hồi.", {"der": "Cần tệp CRL dạng DER."}) from error
    row, made = RevocationEvidence.objects.get_or_create(
        sha256=hashlib.sha256(der).hexdigest(),
        defaults={
            "source": RevocationEvidence.Source.CRL,
            "issuer": crl.issuer.rfc4514_string(),
            "der": der,
            "issued_at": crl.last_update_utc,
            "next_update": crl.next_update_utc,
            "added_at": clock.now(),
        },
    )
    act.about(row)
    act.note(issuer=row.issuer, issued_at=row.issued_at.isoformat(), new=made)
    return row


# --- certificates -----------------------------------------------------------------------------------------------------


@action(REGISTER_CERTIFICATE)
def register_certificate(
    act: Act[None],
    *,
    pem: str,
    kind: str,
    keeping: str,
    user_id: UUID | None = None,
    agency_id: UUID | None = None,
    key_name: str = "",
) -> Certificate:
    """Record a certificate of the actor's agency, bound to its person or to the agency (CORE-67)."""
    certificate = _one_certificate(pem)
    if agency_id != act.by.agency_id:
        raise Forbidden("Ghi nhận chứng thư số của cơ quan khác")
    if kind not in Certificate.Holder.values or keeping not in Certificate.Keeping.values:
        raise Invalid("Chủ thể hoặc nơi giữ khóa không hợp lệ.", {"kind": "Chọn trong danh sách."})
    if (kind == Certificate.Holder.PERSON) != (user_id is not None):
        raise Invalid("Chứng thư số cá nhân phải gắn với một người.", {"user_id": "Chọn người được cấp."})
    if (keeping == Certificate.Keeping.KEYSTORE) != bool(key_name):
        raise Invalid("Khóa trong kho khóa phải có tên.", {"key_name": "Ghi tên khóa trong kho khóa."})
    return _record(act, certificate, pem, kind, keeping, key_name, user_id=user_id, agency_id=agency_id)


@action(ISSUE_CERTIFICATE)
def issue_demo_certificate(
    act: Act[None], *, subject: Subject, user_id: UUID | None = None, agency_id: UUID | None = None
) -> Certificate:
    """Issue by the demo authority into the keystore; refused in production (CORE-62)."""
    if not _demo_allowed():
        raise Conflict("Chứng thư số thử nghiệm không được cấp trên hệ thống vận hành thật.", "demo_root")
    from lienthong.core.signing import service

    name, issued = demo.issue(service.keystore(), subject, now=clock.now())
    pem = pki.pem(issued.certificate, *issued.chain).decode()
    keeping = Certificate.Keeping.KEYSTORE
    return _record(act, issued.certificate, pem, subject.kind, keeping, name, user_id=user_id, agency_id=agency_id)


@action(REVOKE_CERTIFICATE, on=Certificate, needs_reason=True)
def revoke_certificate(act: Act[Certificate], *, at: datetime | None = None) -> Certificate:
    """Record that the issuer revoked a certificate, or that it may not be used here any more (CORE-103)."""
    row = act.target
    if row.revoked_at is not None:
        raise Conflict("Chứng thư số này đã thu hồi.", "revoked")
    row.revoked_at, row.revoked_reason = at or clock.now(), act.reason
    act.note(serial=row.serial, name=row.name, revoked_at=row.revoked_at.isoformat())
    return row


@action(SET_PICTURE)
def set_picture(
    act: Act[None],
    *,
    kind: str,
    name: str,
    png: bytes,
    user_id: UUID | None = None,
    diameter_mm: Decimal = Decimal(36),
) -> Picture:
    """Put a new handwriting or seal in use from now on; papers already signed keep theirs (OF-50).

    Only a transparent PNG: opaque white over the text is refused (F-OF-13).
    """
    agency = act.by.agency_id
    whose = {"user_id": user_id} if kind == Picture.Kind.HANDWRITING else {"agency_id": agency, "name": name}
    if kind not in Picture.Kind.values or None in whose.values():
        raise Invalid("Chưa rõ ảnh của ai.", {"kind": "Chọn người hoặc cơ quan."})
    _check_png(png)
    now = clock.now()
    Picture.objects.filter(kind=kind, used_to=None, **whose).update(used_to=now)
    row = Picture.objects.create(
        kind=kind,
        user_id=user_id,
        agency_id=agency,
        name=name,
        png=png,
        diameter_mm=diameter_mm,
        used_from=now,
    )
    act.about(row)
    act.note(kind=kind, name=name, sha256=hashlib.sha256(png).hexdigest())
    return row


@action(WITHDRAW_PICTURE, on=Picture, needs_reason=True)
def withdraw_picture(act: Act[Picture]) -> Picture:
    """A seal or handwriting is not used any more from now on; papers that bear it keep it (CORE-103, NĐ 30 Đ32)."""
    row = act.target
    if row.used_to is not None:
        raise Conflict("Ảnh này đã ngừng dùng.", "picture_withdrawn")
    row.used_to = clock.now()
    act.note(kind=row.kind, name=row.name, used_to=row.used_to.isoformat())
    return row


def _record(
    act: Act[None],
    certificate: x509.Certificate,
    pem: str,
    kind: str,
    keeping: str,
    key_name: str,
    *,
    user_id: UUID | None,
    agency_id: UUID | None,
) -> Certificate:
    signer = signer_of(pki.der(certificate))
    if Certificate.objects.filter(fingerprint=signer.fingerprint).exists():
        raise Conflict("Chứng thư số này đã được ghi nhận.", "certificate_known")
    row = Certificate.objects.create(
        kind=kind,
        user_id=user_id,
        agency_id=agency_id,
        name=signer.name,
        position=signer.position,
        unit=signer.unit,
        issuer=signer.issuer,
        serial=signer.serial,
        fingerprint=signer.fingerprint,
        pem=pem,
        keeping=keeping,
        key_name=key_name,
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        added_at=clock.now(),
    )
    act.about(row)
    act.note(name=row.name, serial=row.serial, kind=kind, valid_to=row.valid_to.isoformat())
    return row


def _one_certificate(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(pem.encode())[0]
    except ValueError as error:
        raise Invalid("Không đọc được chứng thư số.", {"pem": "Cần tệp chứng thư số dạng PEM."}) from error


def _check_png(png: bytes) -> None:
    try:
        with Image.open(BytesIO(png), formats=["PNG"]) as picture:
            transparent = picture.mode in {"RGBA", "LA"} and picture.getchannel("A").getextrema()[0] == 0
            too_large = picture.width * picture.height > 16_000_000
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise Invalid("Không đọc được ảnh.", {"png": "Cần ảnh PNG."}) from error
    if too_large or not transparent:
        raise Invalid(
            "Ảnh phải có nền trong suốt.", {"png": "Dùng ảnh PNG có nền trong suốt, không quá 16 triệu điểm."}
        )


def _demo_allowed() -> bool:
    from lienthong.core.signing import service

    return service.may_issue()
