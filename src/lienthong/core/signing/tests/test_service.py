"""Trust lists changed by two persons, keys by person and agency, warnings in time (CORE-62, 67, 69, 70)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from PIL import Image

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.contracts.signing import KeyNotFound
from lienthong.core import lawbook
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Position, Unit, UnitCode, UnitVersion
from lienthong.core.outbox.models import OutboxMessage as Message
from lienthong.core.signing import actions, cms, expiry, jobs, pki, service
from lienthong.core.signing.models import Certificate, Picture, SignatureRecord, TrustAnchor
from lienthong.core.signing.trust import Purpose, signer_of
from lienthong.core.signing.verdicts import FileVerdict, PaperValue, Status, file_verdict_from_json

from .conftest import AGENCY, NODE, World

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 1, 3, tzinfo=UTC)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_2026() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def agency() -> Unit:
    unit = Unit.objects.create(created_at=EPOCH)
    unit.agency = unit
    unit.save()
    UnitVersion.objects.create(
        unit=unit,
        official_name=AGENCY,
        kind=UnitVersion.Kind.MINISTRY,
        valid=DateRange(EPOCH.date(), None),
        recorded=DateTimeTZRange(EPOCH, None),
    )
    UnitCode.objects.create(
        unit=unit,
        scheme=UnitCode.Scheme.QD20,
        code="X01",
        primary=True,
        valid=DateRange(EPOCH.date(), None),
        recorded=DateTimeTZRange(EPOCH, None),
        source="bộ dữ liệu thử",
    )
    return unit


@pytest.fixture
def leader(agency: Unit) -> User:
    user = User.objects.create_user("ky.nv", "Nguyễn Văn Ký")
    position = Position.objects.create(
        unit=agency, title="Bộ trưởng", rank=Position.Rank.HEAD, valid=DateRange(EPOCH.date(), None)
    )
    Holding.objects.create(position=position, person=user, held=DateTimeTZRange(EPOCH, None))
    return user


def officer(number: int, agency: UUID | None = None) -> Actor:
    verbs = frozenset(verb.code for verb in actions._VERBS)
    return Actor(user_id=UUID(int=number), name=f"Quản trị {number}", agency_id=agency, verbs=verbs)


def propose(world: World, by: Actor, purposes: tuple[str, ...] = ("packet",)) -> TrustAnchor:
    return actions.propose_anchor(
        by=by,
        name="Gốc thử",
        group="test",
        purposes=purposes,
        pem=pki.pem(world.pki.root.issued.certificate).decode(),
        reason="theo quyết định thử nghiệm",
    )


def test_core_62_trust_list_changes_by_two_persons(world: World) -> None:
    """Proposed is not trusted yet; one person cannot do both; withdrawn is trusted no more; each is a version."""
    root = pki.der(world.pki.root.issued.certificate)
    row = propose(world, officer(1))
    assert row.demo
    assert root not in [anchor.certificate for anchor in service.trust().anchors]
    with pytest.raises(Forbidden):
        actions.confirm_anchor(by=officer(1), target=row)
    actions.confirm_anchor(by=officer(2), target=row)
    before = service.trust_number()
    (anchor,) = [anchor for anchor in service.trust().anchors if anchor.certificate == root]
    assert anchor.purposes == frozenset({Purpose.PACKET})
    actions.withdraw_anchor(by=officer(2), target=row, reason="không còn sử dụng")
    assert root in [anchor.certificate for anchor in service.trust().anchors]
    with pytest.raises(Forbidden):
        actions.confirm_anchor(by=officer(2), target=row)
    actions.confirm_anchor(by=officer(1), target=row)
    assert root not in [anchor.certificate for anchor in service.trust().anchors]
    assert service.trust_number() == before + 1
    verbs = list(JournalEntry.objects.filter(verb__startswith="signing:anchor").values_list("verb", flat=True))
    assert sorted(verbs) == sorted(
        [actions.PROPOSE_ANCHOR, actions.CONFIRM_ANCHOR, actions.WITHDRAW_ANCHOR, actions.CONFIRM_ANCHOR]
    )


def test_core_62_the_database_refuses_one_person(world: World) -> None:
    row = propose(world, officer(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        TrustAnchor.objects.filter(pk=row.pk).update(confirmed_by=row.proposed_by)


def test_core_62_production_refuses_demo_roots(world: World, settings: object, agency: Unit) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    row = propose(world, officer(1))
    with pytest.raises(Conflict, match="Gốc thử nghiệm"):
        actions.confirm_anchor(by=officer(2), target=row)
    assert service.trust().anchors == ()
    with pytest.raises(KeyNotFound, match="Chưa có chứng thư số"):
        service.agency_key(agency.pk)
    with pytest.raises(KeyNotFound):
        service.node_key()


def test_core_67_key_of_a_person_names_person_and_position(leader: User) -> None:
    key = service.person_key(leader.pk)
    signer = signer_of(key.certificate)
    assert (signer.name, signer.position, signer.unit) == ("Nguyễn Văn Ký", "Bộ trưởng", AGENCY)
    assert service.person_key(leader.pk).name == key.name
    row = Certificate.objects.get(user=leader)
    assert (row.serial, row.kind) == (service.serial(key), "person")
    verdict = cms.verify(
        b"data", cms.sign(b"data", key, stamps=service.stamps()), service.trust(), purpose=Purpose.DOCUMENT
    )
    assert (verdict.status, verdict.time.proven) == (Status.VALID, True)


def test_core_67_agency_and_system_have_different_keys(agency: Unit) -> None:
    organisation, system = service.agency_key(agency.pk), service.system_key(agency.pk)
    assert signer_of(organisation.certificate).kind.value == "organisation"
    assert signer_of(system.certificate).kind.value == "system"
    assert organisation.name != system.name
    with pytest.raises(KeyNotFound):
        service.agency_key(uuid4())


def test_core_75_node_seals_and_stamps() -> None:
    sealer = service.NodeSealer()
    verdict = cms.verify(b"checkpoint", sealer.seal(b"checkpoint"), service.trust())
    assert verdict.status is Status.VALID
    assert sealer.stamp(b"checkpoint")


def test_core_70_revoked_certificate_is_not_used_again(agency: Unit) -> None:
    """Revocation reaches signing and verification at once: a new key signs, what the old one signs is invalid."""
    old = service.agency_key(agency.pk)
    signature = cms.sign(b"data", old)
    row = Certificate.objects.get(serial=service.serial(old))
    before = service.trust()
    with time_machine.travel(NOW + timedelta(hours=1)):
        actions.revoke_certificate(by=officer(1, agency.pk), target=row, reason="mất thiết bị lưu khóa")
        new = service.agency_key(agency.pk)
        assert new.name != old.name
        assert service.trust() is not before
        late = cms.sign(b"data", old, stamps=service.stamps())
        assert cms.verify(b"data", late, service.trust(), purpose=Purpose.DOCUMENT).status is Status.INVALID
        assert cms.verify(b"data", signature, service.trust(), purpose=Purpose.DOCUMENT).status is Status.INDETERMINATE


def test_core_108_one_agency_does_not_see_the_certificates_of_another(agency: Unit) -> None:
    row = Certificate.objects.get(serial=service.serial(service.agency_key(agency.pk)))
    policy = actions.CertificatePolicy()
    for actor, seen in ((officer(1, agency.pk), True), (officer(1, uuid4()), False), (officer(1), False)):
        assert policy.sees(actor, row) is seen
        assert policy.scope(actor, Certificate.objects.all()).filter(pk=row.pk).exists() is seen


def test_core_70_no_key_in_the_database(leader: User, agency: Unit) -> None:
    """A search of every text and binary column of every table finds no private key."""
    keys = [service.person_key(leader.pk), service.agency_key(agency.pk), service.node_key()]
    needles = [b"PRIVATE KEY"]
    for key in keys:
        secret = service.keystore().open(key.name).secret()
        raw = secret.private_numbers().private_value.to_bytes(32, "big")  # type: ignore[union-attr]
        needles += [raw, raw.hex().encode()]
        der = secret.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        needles.append(der)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type IN ('text', 'character varying', 'bytea', 'jsonb')"
        )
        columns = cursor.fetchall()
        assert len(columns) > 50
        for table, column in columns:
            cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')
            for (value,) in cursor.fetchall():
                content = bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode()
                assert not any(needle in content for needle in needles), (table, column)


def test_core_70_warnings_at_60_30_7_and_1_days_once_each(agency: Unit) -> None:
    lawbook.sync_release()
    row = Certificate.objects.get(serial=service.serial(service.agency_key(agency.pk)))
    Certificate.objects.exclude(pk=row.pk).delete()
    sent = []
    for left in (61, 60, 45, 30, 29, 8, 7, 2, 1, 0.5):
        expiry.warn(row.valid_to - timedelta(days=left))
        expiry.warn(row.valid_to - timedelta(days=left))
        messages = Message.objects.filter(kind=expiry.CERTIFICATE_EXPIRING)
        sent.append(messages.count())
    assert sent == [0, 1, 1, 2, 2, 2, 3, 3, 4, 4]
    assert expiry.warn(row.valid_to + timedelta(days=1)) == 0


def test_core_70_a_renewed_certificate_warns_no_more(agency: Unit) -> None:
    lawbook.sync_release()
    first = Certificate.objects.get(serial=service.serial(service.agency_key(agency.pk)))
    moment = first.valid_to - timedelta(days=10)
    assert [item.certificate for item in expiry.ending(moment)] == [first]
    with time_machine.travel(moment):
        actions.issue_demo_certificate(
            by=service.SYSTEM, subject=service._unit(pki.Kind.ORGANISATION, agency.pk), agency_id=agency.pk
        )
        assert service.agency_key(agency.pk).name != first.key_name
    assert expiry.ending(moment) == []


def test_core_69_waiting_stamp_alerts_at_a_quarter_of_the_grace(agency: Unit) -> None:
    """24 hours of grace: silent for six, then told once, gone when stamped."""
    lawbook.sync_release()
    ref = Ref("office:outgoing", uuid4())
    row = expiry.wait_for_stamp(ref, "ab" * 32, NOW, agency_id=agency.pk)
    assert expiry.wait_for_stamp(ref, "ab" * 32, NOW, agency_id=agency.pk).pk == row.pk
    assert row.due_at == NOW + timedelta(hours=24)
    told = [expiry.alert(NOW + timedelta(hours=hours)) for hours in (1, 5.9, 6, 7)]
    assert told == [0, 0, 1, 0]
    assert expiry.stamped(ref) == 1
    assert not expiry.waiting().exists()


@pytest.mark.django_db(transaction=True)
def test_core_69_the_periodic_alert_opens_its_own_transaction() -> None:
    """The worker calls the job outside any transaction; locking the rows needs one."""
    jobs.alert_waiting()


def png(mode: str = "RGBA", colour: tuple[int, ...] = (20, 40, 160, 0)) -> bytes:
    output = BytesIO()
    Image.new(mode, (300, 120), colour).save(output, "PNG")
    return output.getvalue()


def test_f_of_13_opaque_pictures_are_refused(leader: User, agency: Unit) -> None:
    by = officer(1, agency.pk)
    for wrong in (png("RGB", (255, 255, 255)), png(colour=(255, 255, 255, 255)), b"GIF89a"):
        with pytest.raises(Invalid):
            actions.set_picture(by=by, kind="handwriting", name="Ký", png=wrong, user_id=leader.pk)
    actions.set_picture(by=by, kind="handwriting", name="Ký", png=png(), user_id=leader.pk)
    assert service.handwriting(leader.pk, "Ký") == png()
    newer = png(colour=(10, 10, 200, 0))
    actions.set_picture(by=by, kind="handwriting", name="Ký", png=newer, user_id=leader.pk)
    assert service.handwriting(leader.pk, "Ký") == newer
    assert Picture.objects.filter(user=leader).count() == 2


def test_core_63_verdict_is_kept_with_the_version_of_the_list(agency: Unit) -> None:
    verdict = FileVerdict(checked_at=NOW)
    row = service.record_verdict(b"file", "pdf", verdict, PaperValue.REFERENCE, agency_id=agency.pk)
    assert file_verdict_from_json(row.verdict) == verdict
    with pytest.raises(DatabaseError), transaction.atomic():
        SignatureRecord.objects.filter(pk=row.pk).update(value="original")


def test_core_67_register_binds_a_certificate_of_elsewhere(world: World, leader: User, agency: Unit) -> None:
    pem = pki.pem(world.pki.officials.issue(NODE).certificate).decode()
    by = officer(1, agency.pk)
    with pytest.raises(Forbidden):
        actions.register_certificate(by=by, pem=pem, kind="system", keeping="token", agency_id=uuid4())
    with pytest.raises(Invalid):
        actions.register_certificate(by=by, pem="x", kind="system", keeping="token", agency_id=agency.pk)
    row = actions.register_certificate(by=by, pem=pem, kind="system", keeping="token", agency_id=agency.pk)
    assert (row.name, row.key_name) == (NODE.name, "")
    with pytest.raises(Conflict):
        actions.register_certificate(by=by, pem=pem, kind="system", keeping="token", agency_id=agency.pk)


def test_revocation_lists_are_loaded_once(world: World) -> None:
    der = world.pki.officials.crl()
    first = actions.load_crl(by=service.SYSTEM, der=der)
    assert actions.load_crl(by=officer(1), der=der).pk == first.pk
    assert der in service.trust().crls
    with pytest.raises(Invalid):
        actions.load_crl(by=officer(1), der=b"rubbish")


def test_core_70_keystore_of_the_node_is_closed_to_others(agency: Unit) -> None:
    service.agency_key(agency.pk)
    assert service.keystore().exposed() == []
    assert Path(service.keystore().folder).is_dir()


def test_core_62_doctor_names_what_production_refuses(world: World, settings: object) -> None:
    row = propose(world, officer(1))
    actions.confirm_anchor(by=officer(2), target=row)
    assert service.problems() == []
    settings.PRODUCTION, settings.KEYSTORE_PASSPHRASE = True, ""  # type: ignore[attr-defined]
    text = " ".join(service.problems())
    assert "gốc thử nghiệm: Gốc thử" in text
    assert "mật khẩu kho khóa" in text
    assert "dịch vụ dấu thời gian" in text
