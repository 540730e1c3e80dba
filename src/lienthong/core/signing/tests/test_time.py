"""Validity is judged at the proven time of signing: the vectors V-SIG-1 to V-SIG-5 and their neighbours (CORE-64)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from lienthong.core.signing import cms, pki
from lienthong.core.signing.keystore import LocalKey
from lienthong.core.signing.trust import Anchor, Purpose, TrustList
from lienthong.core.signing.verdicts import Reason, SignatureVerdict, Status

from .conftest import LEADER, NODE, World

SIGNED = datetime(2026, 3, 1, 3, tzinfo=UTC)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
CONTENT = "nội dung được ký".encode()


def signed(world: World, key: LocalKey, *, stamped: bool, at: datetime = SIGNED) -> bytes:
    with time_machine.travel(at):
        return cms.sign(CONTENT, key, stamps=world.stamps if stamped else None)


def judged(
    world: World, signature: bytes, *, now: datetime = LATER, trust: TrustList | None = None
) -> SignatureVerdict:
    return cms.verify(CONTENT, signature, trust or world.trust(now), purpose=Purpose.DOCUMENT, now=now)


def test_v_sig_1_stamped_then_expired_is_valid_at_signing(world: World) -> None:
    key = world.key(LEADER, valid_to=datetime(2026, 6, 1, tzinfo=UTC))
    verdict = judged(world, signed(world, key, stamped=True))
    assert (verdict.status, verdict.reason) == (Status.VALID_AT_SIGNING, None)
    assert verdict.time.proven
    assert verdict.time.at == SIGNED
    assert "Chứng thư số hết hạn sau khi ký, không ảnh hưởng." in verdict.sentences


def test_v_sig_2_revoked_before_the_stamp_is_invalid(world: World) -> None:
    issued = world.pki.officials.issue(LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    signature = signed(world, LocalKey.of("k", issued), stamped=True)
    world.pki.officials.revoke(issued.certificate, at=datetime(2026, 2, 20, tzinfo=UTC))
    verdict = judged(world, signature)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.REVOKED)
    assert verdict.revocation is not None
    assert verdict.revocation.revoked_at == datetime(2026, 2, 20, tzinfo=UTC)
    assert verdict.revocation.source == "CRL"


def test_v_sig_3_revoked_after_the_stamp_is_valid_at_signing(world: World) -> None:
    issued = world.pki.officials.issue(LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    signature = signed(world, LocalKey.of("k", issued), stamped=True)
    world.pki.officials.revoke(issued.certificate, at=datetime(2026, 3, 2, tzinfo=UTC))
    assert judged(world, signature).status is Status.VALID_AT_SIGNING


def test_v_sig_4_no_stamp_and_expired_since_is_indeterminate(world: World) -> None:
    key = world.key(LEADER, valid_to=datetime(2026, 6, 1, tzinfo=UTC))
    verdict = judged(world, signed(world, key, stamped=False))
    assert (verdict.status, verdict.reason) == (Status.INDETERMINATE, Reason.NO_TIME_PROOF)


def test_v_sig_5_no_stamp_and_still_good_is_valid_with_claimed_time(world: World) -> None:
    verdict = judged(world, signed(world, world.key(LEADER), stamped=False))
    assert verdict.status is Status.VALID
    assert not verdict.time.proven
    assert verdict.time.sentence.endswith("(tự khai)")


def test_f_core_22_signed_with_an_already_expired_certificate_is_invalid(world: World) -> None:
    """F-CORE-22: right mathematics does not help, stamped or not."""
    key = world.key(LEADER, valid_to=datetime(2026, 2, 1, tzinfo=UTC))
    for stamped in (True, False):
        verdict = judged(world, signed(world, key, stamped=stamped))
        assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.EXPIRED)


def test_core_64_key_lost_before_the_stamp_counts_from_the_loss(world: World) -> None:
    """A certificate revoked without a stamp: signed later by its own claim is invalid, earlier cannot be told."""
    issued = world.pki.officials.issue(LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    key = LocalKey.of("k", issued)
    before = signed(world, key, stamped=False)
    after = signed(world, key, stamped=False, at=datetime(2026, 4, 1, tzinfo=UTC))
    world.pki.officials.revoke(issued.certificate, at=datetime(2026, 3, 15, tzinfo=UTC))
    assert judged(world, before).reason is Reason.NO_TIME_PROOF
    assert judged(world, after).status is Status.INVALID


def test_core_64_stamp_of_an_unknown_authority_proves_nothing(world: World) -> None:
    with time_machine.travel(datetime(2025, 1, 1, tzinfo=UTC)):
        stranger = World(pki.DemoPki.create())
    key = world.key(LEADER, valid_to=datetime(2026, 6, 1, tzinfo=UTC))
    with time_machine.travel(SIGNED):
        signature = cms.sign(CONTENT, key, stamps=stranger.stamps)
    assert judged(world, signature).reason is Reason.NO_TIME_PROOF


def test_core_63_no_fresh_revocation_data_is_indeterminate(world: World) -> None:
    verdict = judged(world, signed(world, world.key(LEADER), stamped=False), trust=world.trust(SIGNED))
    assert (verdict.status, verdict.reason) == (Status.INDETERMINATE, Reason.NO_REVOCATION_DATA)


def test_core_63_a_forged_revocation_list_is_not_believed(world: World) -> None:
    """A list in the issuer's name but signed by another key is no evidence."""
    with time_machine.travel(datetime(2025, 1, 1, tzinfo=UTC)):
        forger = pki.DemoPki.create()
    trust = TrustList(world.trust(LATER).anchors, crls=forger.crls(at=LATER))
    verdict = judged(world, signed(world, world.key(LEADER), stamped=False), trust=trust)
    assert verdict.reason is Reason.NO_REVOCATION_DATA


def test_core_62_a_root_not_on_the_list_or_for_another_purpose_is_not_trusted(world: World) -> None:
    signature = signed(world, world.key(LEADER), stamped=False)
    known = world.trust(LATER)
    anchor = known.anchors[0].certificate
    for anchors in (
        (),
        (Anchor(anchor, frozenset({Purpose.PACKET})),),
        (Anchor(anchor, trusted_to=LATER - timedelta(days=1)),),
    ):
        verdict = judged(world, signature, trust=TrustList(anchors, crls=known.crls))
        assert (verdict.status, verdict.reason) == (Status.INDETERMINATE, Reason.UNTRUSTED)


def test_core_63_wrong_purpose_is_invalid(world: World) -> None:
    key = world.key(LEADER, usages=[ExtendedKeyUsageOID.SERVER_AUTH])
    verdict = judged(world, signed(world, key, stamped=False))
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.WRONG_PURPOSE)


def test_core_63_a_leaf_cannot_issue(world: World) -> None:
    """A certificate signed by somebody's leaf key leads nowhere."""
    leaf = world.pki.officials.issue(LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    forged = pki.Authority(leaf).issue(LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC))
    verdict = judged(world, signed(world, LocalKey.of("k", forged), stamped=False))
    assert verdict.status is not Status.VALID


def test_core_70_rotation_with_overlap(world: World) -> None:
    """CORE-70, F-EX-16: the old signature stays valid, the new key signs, also when the same key is certified again."""
    old = world.pki.officials.issue(
        LEADER, valid_from=datetime(2025, 1, 1, tzinfo=UTC), valid_to=datetime(2026, 6, 1, tzinfo=UTC)
    )
    before = signed(world, LocalKey.of("old", old), stamped=True)
    again = world.pki.officials.issue(LEADER, valid_from=datetime(2026, 5, 1, tzinfo=UTC), key=old.key)
    fresh = world.pki.officials.issue(LEADER, valid_from=datetime(2026, 5, 1, tzinfo=UTC))
    world.pki.officials.revoke(old.certificate, at=datetime(2026, 5, 20, tzinfo=UTC))
    assert judged(world, before).status is Status.VALID_AT_SIGNING
    for issued in (again, fresh):
        made = signed(world, LocalKey.of("new", issued), stamped=True, at=datetime(2026, 6, 15, tzinfo=UTC))
        assert judged(world, made).status is Status.VALID


def answer(
    world: World,
    certificate: x509.Certificate,
    signer: pki.Issued,
    *,
    revoked_at: datetime | None = None,
    appointed: bool = False,
) -> bytes:
    """An OCSP answer of a week about a certificate, signed by an issuer or by an appointed responder."""
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=world.pki.officials.issued.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revoked_at else ocsp.OCSPCertStatus.GOOD,
        this_update=LATER - timedelta(days=1),
        next_update=LATER + timedelta(days=6),
        revocation_time=revoked_at,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked_at else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if appointed:
        builder = builder.certificates([signer.certificate])
    with time_machine.travel(LATER - timedelta(days=1)):
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_core_63_ocsp_of_the_issuer_or_its_responder_is_believed_and_no_other(world: World) -> None:
    """Source and time are told; an answer about another certificate or by somebody else's key is no evidence."""
    tree, start = world.pki, datetime(2025, 1, 1, tzinfo=UTC)
    issued = tree.officials.issue(LEADER, valid_from=start)
    other = tree.officials.issue(LEADER, valid_from=start)
    responder = tree.officials.issue(NODE, valid_from=start, usages=[ExtendedKeyUsageOID.OCSP_SIGNING])
    signature = signed(world, LocalKey.of("k", issued), stamped=True)
    # The list speaks of the issuers only: the leaf's own list is missing.
    bare = TrustList(world.trust(LATER).anchors, crls=(tree.root.crl(at=LATER),))
    stamps_too = (
        answer(world, tree.tsa.certificate, tree.officials.issued),
        answer(world, tree.second_tsa.certificate, tree.officials.issued),
    )

    def verdict(*ocsps: bytes) -> SignatureVerdict:
        return judged(world, signature, trust=bare.with_evidence(ocsps=(*stamps_too, *ocsps)))

    good = verdict(answer(world, issued.certificate, tree.officials.issued))
    assert good.status is Status.VALID
    assert good.revocation is not None
    assert (good.revocation.source, good.revocation.issued_at) == ("OCSP", LATER - timedelta(days=1))
    assert verdict(answer(world, issued.certificate, responder, appointed=True)).status is Status.VALID
    before = answer(world, issued.certificate, tree.officials.issued, revoked_at=SIGNED - timedelta(days=1))
    after = answer(world, issued.certificate, tree.officials.issued, revoked_at=SIGNED + timedelta(days=1))
    assert verdict(before).reason is Reason.REVOKED
    assert verdict(after).status is Status.VALID_AT_SIGNING
    for useless in (
        answer(world, other.certificate, tree.officials.issued),
        answer(world, issued.certificate, other, appointed=True),
        answer(world, issued.certificate, tree.public.issued),
        b"rubbish",
    ):
        assert verdict(useless).reason is Reason.NO_REVOCATION_DATA


@pytest.mark.parametrize("change", [b"", b"x", CONTENT[:-1], CONTENT + b" "])
def test_core_65_other_bytes_are_invalid(world: World, change: bytes) -> None:
    signature = signed(world, world.key(LEADER), stamped=True)
    verdict = cms.verify(change, signature, world.trust(LATER), purpose=Purpose.DOCUMENT, now=LATER)
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.BROKEN)


def test_core_63_says_who_of_where_by_which_chain(world: World) -> None:
    verdict = judged(world, signed(world, world.key(LEADER), stamped=True))
    assert (verdict.signer.name, verdict.signer.position) == ("Nguyễn Văn Ký", "Bộ trưởng")
    assert verdict.signer.unit == "Bộ Thử nghiệm X01"
    assert [title.split()[0] for title in verdict.chain] == ["Nguyễn", "Chứng", "Gốc"]
    text = " ".join(verdict.sentences)
    for fact in ("Hợp lệ.", "Người ký: Nguyễn Văn Ký, Bộ trưởng", "10:00:00 ngày 01/03/2026", "Theo CRL lúc"):
        assert fact in text
