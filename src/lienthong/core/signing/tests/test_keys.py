"""Server-held keys and the demo tree (CORE-62, CORE-70)."""

import os
import stat
from pathlib import Path

import pytest
from cryptography import x509

from lienthong.contracts.signing import KeyHandle, KeyNotFound, SigningUnavailable
from lienthong.core.signing import cms, pki
from lienthong.core.signing.keystore import FolderKeystore, LocalKey
from lienthong.core.signing.verdicts import Status

from .conftest import LEADER, NODE, World

PASSPHRASE = b"mat khau kho khoa"


@pytest.fixture
def store(tmp_path: Path) -> FolderKeystore:
    return FolderKeystore(tmp_path / "keystore", PASSPHRASE)


def test_core_70_keys_lie_encrypted_and_closed_to_others(world: World, store: FolderKeystore) -> None:
    issued = world.pki.officials.issue(NODE)
    store.put("x01-node", issued)
    path = store.folder / "x01-node.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert store.names() == ["x01-node"]
    assert store.exposed() == []
    handle = store.open("x01-node")
    assert isinstance(handle, KeyHandle)
    assert cms.verify(b"data", cms.sign(b"data", handle), world.trust()).status is Status.VALID


def test_core_70_no_key_is_printed(world: World, store: FolderKeystore) -> None:
    """What ends in a log is a representation: none shows the key or the passphrase."""
    issued = world.pki.officials.issue(NODE)
    handle = LocalKey.of("k", issued)
    for shown in (repr(handle), repr(store), repr(issued), str(handle)):
        assert "PrivateKey" not in shown
        assert "mat khau" not in shown


def test_core_70_wrong_passphrase_names_and_modes_are_refused(world: World, store: FolderKeystore) -> None:
    store.put("a", world.pki.officials.issue(NODE))
    with pytest.raises(SigningUnavailable, match="Mật khẩu kho khóa không đúng"):
        FolderKeystore(store.folder, b"sai").open("a")
    with pytest.raises(KeyNotFound):
        store.open("b")
    for name in ("../a", "A", "", "a/b"):
        with pytest.raises(KeyNotFound):
            store.open(name)
    with pytest.raises(FileExistsError):
        store.put("a", world.pki.officials.issue(NODE))
    with pytest.raises(SigningUnavailable, match="chưa có mật khẩu"):
        FolderKeystore(store.folder, b"").put("c", world.pki.officials.issue(NODE))
    os.chmod(store.folder / "a.key", 0o644)
    assert store.exposed() == ["a.key"]
    with pytest.raises(SigningUnavailable, match="để lộ"):
        store.open("a")


def test_core_62_demo_certificates_bear_a_mark(world: World) -> None:
    """Production start-up and `doctor` find every demo root by it; an ordinary root has none."""
    assert world.trust().demo_anchors == world.trust().anchors
    assert pki.is_demo(world.pki.officials.issue(LEADER).certificate)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Root")])
    plain = pki.create_root("x", valid_from=world.pki.root.issued.certificate.not_valid_before_utc)
    builder = x509.CertificateBuilder(name, name, plain.issued.key.public_key(), 1)
    builder = builder.not_valid_before(plain.issued.certificate.not_valid_before_utc)
    builder = builder.not_valid_after(plain.issued.certificate.not_valid_after_utc)
    from cryptography.hazmat.primitives import hashes

    assert not pki.is_demo(builder.sign(plain.issued.key, hashes.SHA256()))


def test_demo_tree_has_every_kind_of_certificate(world: World) -> None:
    """Root, two issuers, two time-stamp authorities; person bound to position, agency, node."""
    tree = world.pki
    assert tree.root.is_root
    assert not tree.officials.is_root
    assert len({tree.officials.issued.der, tree.public.issued.der, tree.tsa.der, tree.second_tsa.der}) == 4
    person = tree.officials.issue(LEADER).certificate
    assert "Bộ trưởng" in person.subject.rfc4514_string()
