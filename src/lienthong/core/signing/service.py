"""Keys, pictures, time stamps and trust of this node, by person, agency and system (CORE-62, CORE-67…70).

In the demo world and in tests a certificate is issued at first use; in production a missing one is a readable refusal.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from cryptography import x509
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from pyhanko.pdf_utils.reader import PdfFileReader

from lienthong.contracts.actor import system_actor
from lienthong.contracts.signing import KeyHandle, KeyNotFound, SigningUnavailable, TimeStampService
from lienthong.core.signing import cms, demo, demo_images, pki
from lienthong.core.signing.keystore import FolderKeystore, LocalKey
from lienthong.core.signing.models import Certificate, Picture, RevocationEvidence, SignatureRecord, TrustAnchor
from lienthong.core.signing.pki import Kind, Subject
from lienthong.core.signing.trust import Anchor, Purpose, TrustList
from lienthong.core.signing.tsa import LocalTimeStampService, TimeStamps
from lienthong.core.signing.verdicts import FileVerdict, PaperValue, to_json
from lienthong.kit import clock

SYSTEM = system_actor("signing")
_time_stamp_services: list[TimeStampService] = []


def keystore() -> FolderKeystore:
    """The keystore folder of this node."""
    return FolderKeystore(Path(settings.KEYSTORE_DIR), settings.KEYSTORE_PASSPHRASE.encode())


def may_issue() -> bool:
    """Whether this is a world in which the demo authority may issue and is trusted: never production (CORE-62)."""
    return not settings.PRODUCTION


# --- keys -------------------------------------------------------------------------------------------------------------


def person_key(user_id: UUID) -> KeyHandle:
    """The key of a person; raises SigningUnavailable when there is no good certificate (CORE-67)."""
    return _key(Kind.PERSON, lambda: _person(user_id), user_id=user_id)


def agency_key(agency_id: UUID) -> KeyHandle:
    """The key of an agency, for the clerk's act alone (OF-52); raises SigningUnavailable."""
    return _key(Kind.ORGANISATION, lambda: _unit(Kind.ORGANISATION, agency_id), agency_id=agency_id)


def system_key(agency_id: UUID) -> KeyHandle:
    """The key of the system that sends for an agency; raises SigningUnavailable."""
    return _key(Kind.SYSTEM, lambda: _unit(Kind.SYSTEM, agency_id), agency_id=agency_id)


def node_key() -> KeyHandle:
    """The key of this node: receipts, seals of the journal (CORE-75, EX-42); raises SigningUnavailable."""
    subject = Subject(Kind.SYSTEM, f"Nút {settings.NODE_NAME}", code=settings.NODE_NAME)
    return _key(Kind.SYSTEM, lambda: subject, agency_id=None, name=subject.name)


def serial(key: KeyHandle) -> str:
    """The serial number of a handle's certificate, lower-case hex."""
    return f"{x509.load_der_x509_certificate(key.certificate).serial_number:x}"


def usable(at: datetime | None = None) -> QuerySet[Certificate]:
    """Certificates that are in time and not revoked at an instant, newest first."""
    moment = at or clock.now()
    rows = Certificate.objects.filter(valid_from__lte=moment, valid_to__gt=moment)
    return rows.exclude(revoked_at__lte=moment).order_by("-valid_from", "-added_at")


def _key(
    kind: Kind,
    subject: Callable[[], Subject],
    *,
    user_id: UUID | None = None,
    agency_id: UUID | None = None,
    name: str = "",
) -> KeyHandle:
    rows = usable().filter(kind=kind.value, keeping=Certificate.Keeping.KEYSTORE, user=user_id)
    rows = rows.filter(name=name) if name else rows
    # A person's certificate follows the person to another agency.
    row = (rows if user_id else rows.filter(agency=agency_id)).first()
    if row is not None:
        return _open(keystore(), row.key_name)
    if not may_issue():
        raise KeyNotFound("Chưa có chứng thư số còn hiệu lực để ký. Liên hệ quản trị của cơ quan.")
    from lienthong.core.signing import actions

    made = actions.issue_demo_certificate(by=SYSTEM, subject=subject(), user_id=user_id, agency_id=agency_id)
    return _open(keystore(), made.key_name)


@lru_cache(maxsize=512)
def _open(store: FolderKeystore, name: str) -> LocalKey:
    return store.open(name)


def _person(user_id: UUID) -> Subject:
    from lienthong.core.identity.models import User
    from lienthong.core.orgs import queries

    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise KeyNotFound("Không có tài khoản của người ký.")
    held = queries.positions_of(user_id).select_related("position").order_by("-main").first()
    version = queries.as_of(held.position.unit_id) if held else None
    agency = version.unit.agency_id if version else None
    house = queries.as_of(agency) if agency else None
    return Subject(
        Kind.PERSON,
        user.full_name,
        unit=(house or version).official_name if version else "",
        position=held.position.title if held else "",
        code=user.username,
    )


def _unit(kind: Kind, unit_id: UUID) -> Subject:
    from lienthong.core.orgs import queries

    version = queries.as_of(unit_id)
    if version is None:
        raise KeyNotFound("Không có cơ quan này trong danh mục.")
    name = version.official_name if kind is Kind.ORGANISATION else f"Hệ thống của {version.official_name}"
    return Subject(kind, name, unit=version.official_name, code=queries.code_of(unit_id))


def problems() -> list[str]:
    """What `lienthong doctor` and production start-up must not let pass, in Vietnamese; empty when all is well.

    In production: demo roots on the trust list, a keystore without passphrase, open to others or missing, no
    time-stamp authority (CORE-62, CORE-69, CORE-70).
    """
    found = [f"Tệp {name} trong kho khóa để lộ cho người dùng khác trên máy chủ." for name in keystore().exposed()]
    if not settings.PRODUCTION:
        return found
    in_force = [TrustAnchor.State.ACTIVE, TrustAnchor.State.WITHDRAWING]
    demo_rows = TrustAnchor.objects.filter(demo=True, state__in=in_force)
    found += [f"Danh sách tin cậy còn gốc thử nghiệm: {row.name}." for row in demo_rows]
    if not settings.KEYSTORE_PASSPHRASE:
        found.append("Chưa đặt mật khẩu kho khóa (LIENTHONG_KEYSTORE_PASSPHRASE_FILE).")
    if not _time_stamp_services:
        found.append("Chưa khai báo dịch vụ dấu thời gian (LIENTHONG_TSA).")
    return found


# --- time stamps ------------------------------------------------------------------------------------------------------


def use_time_stamp_services(services: Sequence[TimeStampService]) -> None:
    """Register the authorities in order of preference, at start-up (CORE-69)."""
    _time_stamp_services[:] = services
    stamps.cache_clear()


@lru_cache(maxsize=1)
def stamps() -> TimeStamps:
    """The time-stamp authorities of this node; the demo world has two of its own."""
    if _time_stamp_services or not may_issue():
        return TimeStamps(tuple(_time_stamp_services))
    tree = demo.tree(keystore())
    return TimeStamps(
        (
            LocalTimeStampService("Dấu thời gian thử nghiệm 1", LocalKey.of(demo.TSA, tree.tsa)),
            LocalTimeStampService("Dấu thời gian thử nghiệm 2", LocalKey.of(demo.SECOND_TSA, tree.second_tsa)),
        )
    )


@dataclass(frozen=True, slots=True)
class NodeSealer:
    """The node's seal and stamp for the journal and receipts (`Sealer`, CORE-75)."""

    def seal(self, content: bytes) -> bytes:
        """CMS SignedData, detached, by the node's key."""
        return cms.sign(content, node_key())

    def stamp(self, content: bytes) -> bytes:
        """RFC 3161 response over SHA-256 of content; raises TimeStampUnavailable."""
        return stamps().stamp(content)


# --- trust ------------------------------------------------------------------------------------------------------------

_MARKS = """
SELECT (SELECT coalesce(max(number), 0) FROM signing_trustanchor),
    (SELECT count(*) FROM signing_trustanchor),
    (SELECT count(*) FROM signing_revocationevidence),
    (SELECT coalesce(string_agg(serial || revoked_at::text, ',' ORDER BY serial), '') FROM signing_certificate
     WHERE revoked_at IS NOT NULL)
"""


def trust(now: datetime | None = None) -> TrustList:
    """The trust list in force, with all revocation data at hand; cached until a row changes (CORE-62)."""
    moment = now or clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_MARKS)
        marks = cursor.fetchone()
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _trust(keystore() if may_issue() else None, marks or (), day)


def trust_number() -> int:
    """The version of the trust list."""
    newest = TrustAnchor.objects.exclude(number=None).order_by("-number").values_list("number", flat=True).first()
    return newest or 0


@lru_cache(maxsize=4)
def _trust(store: FolderKeystore | None, _marks: tuple[object, ...], day: datetime) -> TrustList:
    rows = list(TrustAnchor.objects.filter(state__in=[TrustAnchor.State.ACTIVE, TrustAnchor.State.WITHDRAWING]))
    anchors = [
        Anchor(
            _der(row.pem),
            frozenset(Purpose(purpose) for purpose in row.purposes),
            row.trusted_from,
            row.trusted_to,
        )
        for row in rows
        if row.role == TrustAnchor.Role.ROOT
    ]
    issuers = [_der(row.pem) for row in rows if row.role == TrustAnchor.Role.ISSUER]
    evidence = list(RevocationEvidence.objects.values_list("source", "der"))
    crls = [bytes(der) for source, der in evidence if source == RevocationEvidence.Source.CRL]
    ocsps = [bytes(der) for source, der in evidence if source == RevocationEvidence.Source.OCSP]
    if store is not None:
        tree = demo.tree(store)
        root = pki.der(tree.root.issued.certificate)
        if all(anchor.certificate != root for anchor in anchors):
            anchors.append(Anchor(root))
        issuers += [tree.officials.issued.der, tree.public.issued.der]
        crls += _demo_lists(tree, day)
    return TrustList(tuple(anchors), tuple(issuers), tuple(crls), tuple(ocsps))


def _demo_lists(tree: pki.DemoPki, day: datetime) -> tuple[bytes, ...]:
    officials = pki.Authority(tree.officials.issued)
    at = day
    for row in Certificate.objects.filter(revoked_at__isnull=False, issuer=_title(officials)):
        if row.revoked_at is not None:
            officials.revoke(x509.load_pem_x509_certificates(row.pem.encode())[0], at=row.revoked_at)
            at = max(at, row.revoked_at)
    return tree.root.crl(at=day), tree.public.crl(at=day), officials.crl(at=at)


def _title(authority: pki.Authority) -> str:
    return str(authority.issued.certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def _der(pem: str) -> bytes:
    return pki.der(x509.load_pem_x509_certificates(pem.encode())[0])


# --- pictures and papers ----------------------------------------------------------------------------------------------


def handwriting(user_id: UUID, name: str) -> bytes:
    """The picture of a person's signature, PNG with alpha (OF-50); raises SigningUnavailable."""
    held = Picture.objects.filter(kind=Picture.Kind.HANDWRITING, user_id=user_id, used_to=None).first()
    if held is not None:
        return bytes(held.png)
    if not may_issue():
        raise SigningUnavailable("Chưa có ảnh chữ ký tay của người ký.")
    return _demo_handwriting(name)


def seal_picture(agency_id: UUID, name: str) -> bytes:
    """The picture of the seal of an issuing body, PNG with alpha, real size (OF-50); raises SigningUnavailable."""
    held = Picture.objects.filter(kind=Picture.Kind.SEAL, agency_id=agency_id, name=name, used_to=None).first()
    if held is not None:
        return bytes(held.png)
    if not may_issue():
        raise SigningUnavailable(f"Chưa có ảnh dấu của {name}.")
    return _demo_seal(name)


def paper_font() -> Path:
    """The typeface of official paper, for the text of signatures on annexes and copies (OF-48, OF-51)."""
    return Path(settings.ASSETS_DIR).parent / "fonts" / "tinos" / "Tinos_400Regular.ttf"


def page_count(pdf: bytes) -> int:
    """Pages of a PDF that this node made itself."""
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])


def record_verdict(
    content: bytes | str, kind: str, verdict: FileVerdict, value: PaperValue, *, agency_id: UUID | None = None
) -> SignatureRecord:
    """Keep what was found about a file, given as bytes or as its SHA-256 in hex (CORE-63)."""
    digest = content if isinstance(content, str) else hashlib.sha256(content).hexdigest()
    return SignatureRecord.objects.create(
        agency_id=agency_id,
        sha256=digest,
        kind=kind,
        value=value.value,
        verdict=to_json(verdict),
        trust_number=trust_number(),
        checked_at=verdict.checked_at,
    )


@lru_cache(maxsize=256)
def _demo_handwriting(name: str) -> bytes:
    return demo_images.signature_png(name)


@lru_cache(maxsize=256)
def _demo_seal(name: str) -> bytes:
    return demo_images.seal_png(name, paper_font())
