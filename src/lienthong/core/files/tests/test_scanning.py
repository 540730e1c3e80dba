"""Nothing is clean that no scanner looked at (CORE-53, F-CORE-19)."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction

from lienthong.contracts.actor import Actor
from lienthong.core import files
from lienthong.core.files import scanning
from lienthong.core.files.models import ScanState, StoredFile
from lienthong.core.jobs.models import JobRun
from lienthong.kit import clock

from .conftest import Engine

pytestmark = pytest.mark.django_db


def keep(actor: Actor, content: bytes = b"sach\n") -> StoredFile:
    return files.store(io.BytesIO(content), "a.txt", by=actor, agency_id=actor.agency_id)


def test_core_53_a_new_file_asks_for_a_scan_and_becomes_clean(clerk: Actor, engine: Engine) -> None:
    file = keep(clerk)
    assert JobRun.objects.filter(name="files.scan").count() == 1
    assert not scanning.may_be_used(file)
    assert scanning.scan(file.pk) == ScanState.CLEAN
    file.refresh_from_db()
    assert scanning.may_be_used(file)
    assert file.scanner == engine.name


@pytest.mark.parametrize("fault", ["down", "crash"])
def test_f_core_19_a_broken_scanner_leaves_files_waiting(clerk: Actor, engine: Engine, fault: str) -> None:
    """F-CORE-19: the scanner down or crashing never makes a file clean and never breaks the caller."""
    setattr(engine, fault, True)
    file = keep(clerk)
    assert scanning.scan(file.pk) == ScanState.WAITING
    assert scanning.late() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert scanning.late() == 1
    setattr(engine, fault, False)
    assert scanning.scan(file.pk) == ScanState.CLEAN


def test_core_53_infected_is_final(clerk: Actor, engine: Engine) -> None:
    file = keep(clerk, b"EICAR")
    assert scanning.scan(file.pk) == ScanState.INFECTED
    file.refresh_from_db()
    assert not files.may_read(clerk, file)
    with pytest.raises(DatabaseError), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(scan_state=ScanState.CLEAN)


def test_core_53_without_a_scanner_the_lawbook_decides(clerk: Actor) -> None:
    """No scanner on this node: `file.unscanned` (readable by the release) says what may be done with "chưa quét"."""
    file = keep(clerk)
    assert scanning.scan(file.pk) == ScanState.WAITING
    assert scanning.may_be_used(file)


def test_core_53_what_the_platform_made_needs_no_scan(clerk: Actor, engine: Engine) -> None:
    file = files.store(io.BytesIO(b"%PDF-1.7"), "ban.pdf", by=clerk, agency_id=clerk.agency_id, made_here=True)
    assert (file.scan_state, file.content_type) == (ScanState.CLEAN, "application/pdf")
