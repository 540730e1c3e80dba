"""Receipts, seals and time stamps, accepted by OpenSSL (CORE-61, CORE-69, EX-42)."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lienthong.contracts.signing import TimeStampUnavailable
from lienthong.core.signing import cms, pki, tsa
from lienthong.core.signing.keystore import LocalKey
from lienthong.core.signing.verdicts import Reason, Status

from .conftest import NODE, DeadService, World

RECEIPT = {
    "message_id": "0f5c",
    "content_hash": "ab" * 32,
    "from": "X01",
    "to": "X51.13",
    "received_at": "2026-11-25T03:15:00.000000Z",
    "node": "Nút trục X51",
    "seq": 7,
}


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture
def root(world: World, tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(pki.pem(world.pki.root.issued.certificate))
    return path


def test_ex_42_receipt_verifies_offline(world: World) -> None:
    signature = cms.sign_document(RECEIPT, world.key(NODE), stamps=world.stamps)
    shuffled = dict(reversed(RECEIPT.items()))
    verdict = cms.verify_document(shuffled, signature, world.trust())
    assert (verdict.status, verdict.time.proven) == (Status.VALID, True)
    assert verdict.signer.name == "Nút trục X01"
    for key in RECEIPT:
        changed = {**RECEIPT, key: "khác"}
        assert cms.verify_document(changed, signature, world.trust()).reason is Reason.BROKEN


def test_ex_42_openssl_accepts_the_receipt(world: World, root: Path, tmp_path: Path) -> None:
    """`openssl cms -verify` over the canonical JSON; one byte more and it refuses."""
    content, signature = tmp_path / "receipt.json", tmp_path / "receipt.p7s"
    content.write_bytes(cms.canonical(RECEIPT))
    signature.write_bytes(cms.sign_document(RECEIPT, world.key(NODE), stamps=world.stamps))
    command = ("cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", content, "-CAfile", root)
    command = (*command, "-out", tmp_path / "out")
    assert "successful" in openssl(*command).lower()
    content.write_bytes(content.read_bytes() + b" ")
    assert "successful" not in openssl(*command).lower()


@pytest.mark.parametrize("which", [0, 1])
def test_core_69_openssl_accepts_both_authorities(world: World, root: Path, tmp_path: Path, which: int) -> None:
    """`openssl ts -verify` against the same root; other data is refused."""
    stamps = tsa.TimeStamps([world.stamps.services[which]])
    data, answer = tmp_path / "data", tmp_path / "answer.tsr"
    data.write_bytes("điểm kiểm tra".encode())
    answer.write_bytes(stamps.stamp(data.read_bytes()))
    issuers = tmp_path / "issuers.pem"
    issuers.write_bytes(pki.pem(world.pki.officials.issued.certificate))
    command = ("ts", "-verify", "-data", data, "-in", answer, "-CAfile", root, "-untrusted", issuers)
    assert "Verification: OK" in openssl(*command)
    data.write_bytes(b"khac")
    assert "Verification: FAILED" in openssl(*command)


def test_core_69_openssl_request_is_answered(world: World, root: Path, tmp_path: Path) -> None:
    """A request that OpenSSL made, with its own nonce, is answered so that OpenSSL accepts the answer."""
    data, request, answer = tmp_path / "data", tmp_path / "request.tsq", tmp_path / "answer.tsr"
    data.write_bytes(b"data")
    openssl("ts", "-query", "-data", data, "-sha256", "-cert", "-out", request)
    answer.write_bytes(world.stamps.services[0].respond(request.read_bytes()))
    assert "Verification: OK" in openssl("ts", "-verify", "-queryfile", request, "-in", answer, "-CAfile", root)


def test_core_61_sha1_is_never_stamped_nor_signed(world: World, tmp_path: Path) -> None:
    data, request, answer = tmp_path / "data", tmp_path / "request.tsq", tmp_path / "answer.tsr"
    data.write_bytes(b"data")
    openssl("ts", "-query", "-data", data, "-sha1", "-out", request)
    answer.write_bytes(world.stamps.services[0].respond(request.read_bytes()))
    assert "rejected" in openssl("ts", "-reply", "-in", answer, "-text").lower()
    with pytest.raises(Exception, match="sha1"):
        world.key(NODE).sign(b"data", "sha1")


def test_core_61_received_sha1_signature_is_not_trusted(world: World, tmp_path: Path) -> None:
    """A sound SHA-1 signature made by OpenSSL: "không tin cậy (thuật toán cũ)", neither valid nor broken."""
    issued = world.pki.officials.issue(NODE, key=pki.new_key(rsa_key=True))
    key, certificate, data, out = (tmp_path / name for name in ("key.pem", "cert.pem", "data", "sig.der"))
    from cryptography.hazmat.primitives import serialization as s

    key.write_bytes(issued.key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
    certificate.write_bytes(pki.pem(issued.certificate))
    data.write_bytes(b"data")
    openssl(
        *("cms", "-sign", "-binary", "-md", "sha1", "-signer", certificate, "-inkey", key),
        *("-in", data, "-outform", "DER", "-out", out),
    )
    verdict = cms.verify(b"data", out.read_bytes(), world.trust())
    assert (verdict.status, verdict.reason) == (Status.INDETERMINATE, Reason.WEAK_ALGORITHM)
    assert "không tin cậy (thuật toán cũ)" in verdict.label


def test_core_69_second_authority_answers_when_the_first_does_not(world: World) -> None:
    stamps = tsa.TimeStamps([DeadService(), world.stamps.services[1]])
    stamps.response(b"\1" * 32)
    assert stamps.used == "TSA 2"
    with pytest.raises(TimeStampUnavailable, match="TSA hỏng"):
        tsa.TimeStamps([DeadService()]).response(b"\1" * 32)
    with pytest.raises(TimeStampUnavailable, match="Chưa khai báo"):
        tsa.TimeStamps([]).response(b"\1" * 32)


def test_core_69_an_answer_to_another_request_is_refused(world: World) -> None:
    """A replayed answer, sound in itself, bears another nonce: the next authority is asked."""

    class Replayer:
        name = "TSA phát lại"
        kept = world.stamps.response(b"\2" * 32)

        def respond(self, request: bytes) -> bytes:
            return self.kept

    stamps = tsa.TimeStamps([Replayer(), world.stamps.services[0]])
    assert tsa.stamped_at(stamps.token(b"\2" * 32)) <= datetime.now(UTC)
    assert stamps.used == "TSA 1"


@pytest.mark.parametrize("rubbish", [b"", b"\x30\x00", b"not asn.1", b"\x30\x80" * 50])
def test_core_63_unreadable_signature_is_an_answer(world: World, rubbish: bytes) -> None:
    verdict = cms.verify(b"data", rubbish, world.trust())
    assert (verdict.status, verdict.reason) == (Status.INVALID, Reason.UNREADABLE)


def test_core_65_attached_content_is_refused(world: World) -> None:
    """Content hidden inside a signature must not be mistaken for the content at hand."""
    from asn1crypto import cms as asn1

    signed = asn1.ContentInfo.load(cms.sign(b"data", world.key(NODE)))
    signed["content"]["encap_content_info"] = {"content_type": "data", "content": b"other"}
    assert cms.verify(b"data", signed.dump(force=True), world.trust()).status is Status.INVALID


def test_core_61_rsa_keys_sign_too(world: World) -> None:
    key = LocalKey.of("rsa", world.pki.officials.issue(NODE, key=pki.new_key(rsa_key=True)))
    assert cms.verify(b"data", cms.sign(b"data", key), world.trust()).status is Status.VALID
