"""Verbs, connections and a guarded table for the tests of the journal."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_django
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from lienthong.contracts.actor import system_actor
from lienthong.contracts.ref import Ref
from lienthong.core import audit
from lienthong.core.audit import sealing
from lienthong.core.audit.guards import journaled
from lienthong.core.audit.models import JournalEntry
from lienthong.core.registry import Verb, registry

VERB = "test:journal:write"

type Connect = Callable[[str], psycopg.Connection[Any]]


@pytest.fixture
def verb() -> Iterator[str]:
    """A declared verb."""
    registry.add_verbs(Verb(VERB, "{actor} đã ghi thử"))
    yield VERB
    del registry.verbs[VERB]


@pytest.fixture
def time_machine_at() -> Iterator[Callable[[str], None]]:
    """Stops the clock."""
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def connect_as(pytestconfig: pytest.Config) -> Connect:
    """A connection of its own to the test database, in autocommit, as app, owner or superuser."""
    testing: Any = pytestconfig.pluginmanager.get_plugin("lienthong.testing")
    urls = {"app": os.environ["DATABASE_URL"], "owner": os.environ["DATABASE_OWNER_URL"]}

    def connect(role: str) -> psycopg.Connection[Any]:
        if role == "superuser":
            return psycopg.connect(testing.SERVER.admin, dbname=testing.DATABASE, autocommit=True)
        return psycopg.connect(urls[role], autocommit=True)

    return connect


@pytest.fixture
def empty_journal(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker, connect_as: Connect
) -> Iterator[None]:
    """The test database, for tests that commit, with a journal that is empty before and after.

    What these tests write lies in the journal alone, which a superuser can empty: no new copy of the template needed.
    """

    def truncate() -> None:
        with connect_as("superuser") as root:
            root.execute("SET session_replication_role = replica")
            root.execute("TRUNCATE journal_entry, journal_seal, journal_checkpoint, journal_timestamp")

    with django_db_blocker.unblock():
        truncate()
        yield
        connection.close()
        truncate()


@pytest.fixture
def guarded(empty_journal: None, connect_as: Connect) -> Iterator[str]:
    """A table with the guard of journaled models, owned by the owner's role."""
    with isolate_apps():

        class Guarded(models.Model):
            id = models.TextField(primary_key=True)
            name = models.TextField()

            class Meta:
                app_label = "guarded"
                db_table = "journal_guarded"

    with connect_as("owner") as owner:
        owner.execute("CREATE TABLE journal_guarded (id text PRIMARY KEY, name text)")
        owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON journal_guarded TO lienthong_app")
        for trigger in journaled():
            owner.execute(trigger.compile(Guarded).install_sql)
    yield "journal_guarded"
    with connect_as("owner") as owner:
        owner.execute("DROP TABLE journal_guarded")


# --- a certificate authority, a seal and a time-stamp authority, made once a run ----------------------------------
@dataclass(frozen=True, slots=True)
class Authority:
    """A root of its own, a signer under it and `openssl ts` as time-stamp authority; implements `Sealer`."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: bytes

    def seal(self, content: bytes) -> bytes:
        """Detached CMS."""
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        return builder.add_signer(self.certificate, self.key, hashes.SHA256()).sign(Encoding.DER, options)

    def stamp(self, content: bytes) -> bytes:
        """A reply of `openssl ts`, whose clock is the true one."""
        with tempfile.TemporaryDirectory() as name:
            data, query, reply = (Path(name) / part for part in ("data", "tsq", "tsr"))
            data.write_bytes(content)
            run = {"check": True, "capture_output": True}
            subprocess.run(["openssl", "ts", "-query", "-data", data, "-sha256", "-cert", "-out", query], **run)
            subprocess.run(
                ["openssl", "ts", "-reply", "-queryfile", query, "-config", self.folder / "tsa.cnf", "-out", reply],
                **run,
            )
            return reply.read_bytes()


def make_authority(folder: Path, name: str) -> Authority:
    """A fresh root, its seal certificate and its time-stamp certificate."""

    def issue(
        common: str, issuer: tuple[x509.Certificate, Any] | None, usage: x509.ExtendedKeyUsage | None = None
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer[0].subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2045, 1, 1, tzinfo=UTC))
            .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        )
        if usage:
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key

    root = issue(f"Gốc thử {name}", None)
    seal, seal_key = issue(f"Niêm phong {name}", root)
    tsa, tsa_key = issue(f"Dấu thời gian {name}", root, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]))
    folder.mkdir(exist_ok=True)
    root_pem = root[0].public_bytes(Encoding.PEM)
    (folder / "root.pem").write_bytes(root_pem)
    (folder / "tsa.pem").write_bytes(tsa.public_bytes(Encoding.PEM))
    (folder / "tsa.key").write_bytes(tsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(
        f"[tsa]\ndefault_tsa = t\n[t]\ndir = {folder}\nserial = $dir/serial\nsigner_cert = $dir/tsa.pem\n"
        "signer_key = $dir/tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n"
        "accuracy = secs:1\nordering = no\ntsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n"
    )
    return Authority(folder, seal_key, seal, root_pem)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the verifier trusts."""
    return make_authority(tmp_path_factory.mktemp("authority"), "một")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another authority, which nobody trusts."""
    return make_authority(tmp_path_factory.mktemp("stranger"), "hai")


@pytest.fixture
def sealer(empty_journal: None, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """The trusted authority, registered as the node's seal of an empty journal.

    The sequencer is impatient: transactions of other tests in the same cluster must not hold this one's seals back.
    """
    monkeypatch.setattr(sealing, "PATIENCE", timedelta(0))
    before = list(sealing._sealers)
    sealing.use_sealer(authority)
    yield authority
    sealing._sealers[:] = before


def write_entries(verb: str, count: int, **facts: Any) -> list[JournalEntry]:
    """Entries of acts, each in a transaction of its own."""
    made = []
    for n in range(count):
        with transaction.atomic():
            made.append(
                audit.record(
                    by=system_actor("thử"),
                    verb=verb,
                    ref=Ref("test:paper", UUID(int=n)),
                    after={"n": n, "trích_yếu": "Về việc “thử”", **facts},
                )
            )
    return made
