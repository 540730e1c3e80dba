"""The demo authority of a node: kept in the keystore, trusted by rows with the demo mark, issuing at first use.

Never in production: `service` asks for it only in the demo world and in tests (CORE-62).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509

from lienthong.core.signing import pki
from lienthong.core.signing.keystore import FolderKeystore
from lienthong.core.signing.pki import Authority, DemoPki, Issued, Subject

BORN = datetime(2020, 1, 1, tzinfo=UTC)
ROOT, OFFICIALS, PUBLIC, TSA, SECOND_TSA = "demo-root", "demo-officials", "demo-public", "demo-tsa-1", "demo-tsa-2"


@lru_cache(maxsize=4)
def tree(store: FolderKeystore) -> DemoPki:
    """The demo tree of a keystore, made at first use; every process of the node reads the same."""
    with _alone(store):
        if SECOND_TSA not in store.names():
            made = DemoPki.create(valid_from=BORN)
            for name, issued in (
                (ROOT, made.root.issued),
                (OFFICIALS, made.officials.issued),
                (PUBLIC, made.public.issued),
                (TSA, made.tsa),
                (SECOND_TSA, made.second_tsa),
            ):
                store.put(name, issued)
    root, officials, public, first, second = (
        _issued(store, name) for name in (ROOT, OFFICIALS, PUBLIC, TSA, SECOND_TSA)
    )
    return DemoPki(Authority(root), Authority(officials), Authority(public), first, second)


def issue(store: FolderKeystore, subject: Subject, *, now: datetime) -> tuple[str, Issued]:
    """A new key and certificate of a subject in the keystore; returns its name there."""
    # One day back: a demo world that is seeded signs at instants just passed.
    issued = tree(store).officials.issue(subject, valid_from=now - pki.DEMO_LEAD, valid_to=now + pki.DEMO_LIFE)
    name = f"{subject.kind.value}-{issued.certificate.serial_number:040x}"
    store.put(name, issued)
    return name, issued


def _issued(store: FolderKeystore, name: str) -> Issued:
    handle = store.open(name)
    chain = tuple(x509.load_der_x509_certificate(der) for der in handle.chain)
    return Issued(x509.load_der_x509_certificate(handle.certificate), handle.secret(), chain)


@contextmanager
def _alone(store: FolderKeystore) -> Iterator[None]:
    store.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (store.folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
