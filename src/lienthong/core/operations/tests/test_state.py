"""Checks, limits and alerts; what the operator does to what gave up (CORE-98, CORE-99, CORE-60, F-CORE-27)."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.health import Finding, Level, Limit
from lienthong.core import fence, files, jobs
from lienthong.core.actions.errors import Forbidden, MissingReason
from lienthong.core.clocks import drift
from lienthong.core.files import blobs, integrity
from lienthong.core.files.models import StoredFile
from lienthong.core.jobs.models import JobRun
from lienthong.core.operations import actions, alerts, checks_database, policies, state
from lienthong.core.operations.models import Alert
from lienthong.core.registry import registry
from lienthong.kit import clock

pytestmark = pytest.mark.django_db


def operator(*verbs: str) -> Actor:
    from uuid import uuid4

    return Actor(user_id=uuid4(), name="Vận hành", verbs=frozenset(verbs or policies.OF_OPERATOR))


@pytest.fixture(autouse=True)
def across() -> Iterator[None]:
    with fence.node("tests"):
        yield


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[object]]:
    """The checks and limits of this test alone."""
    told: dict[str, list[object]] = {"findings": [], "limits": []}
    monkeypatch.setattr(registry, "checks", {"thu": lambda: list(told["findings"])})
    monkeypatch.setattr(registry, "limits", {"thu": lambda: list(told["limits"])})
    return told


def test_core_98_every_check_answers_and_the_node_of_the_tests_is_sound() -> None:
    """Guards, fence, role and structure are as the code says; no check breaks."""
    found = {each.code: each for each in state.findings()}
    assert not [code for code in found if code.endswith(".failed")]
    for code in ("database.role", "database.migrations", "database.guards", "database.fence", "clock", "signing"):
        assert found[code].level == Level.OK, found.get(code)


def test_core_73_guard_that_was_switched_off_is_named(django_db_blocker: object) -> None:
    """A trigger that somebody took away is a fault with the table's name."""
    import psycopg

    from lienthong.config import embedded
    from lienthong.testing import DATABASE, SERVER

    with psycopg.connect(SERVER.url(embedded.OWNER, DATABASE), autocommit=True) as owner:
        owner.execute("ALTER TABLE journal_seal DISABLE TRIGGER USER")
        try:
            (bad,) = checks_database.guards()
        finally:
            owner.execute("ALTER TABLE journal_seal ENABLE TRIGGER USER")
    assert bad.level == Level.FAULT
    assert "journal_seal" in bad.what


def test_core_99_drift_above_a_second_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clocks that differ by more than a second raise an alarm."""
    monkeypatch.setattr(drift, "measure", lambda: timedelta(seconds=-1.5))
    (bad,) = checks_database.clock()
    assert bad.level == Level.FAULT
    monkeypatch.setattr(drift, "measure", lambda: timedelta(seconds=0.9))
    (good,) = checks_database.clock()
    assert good.level == Level.OK


def test_core_98_limit_used_to_seventy_percent_is_told_once(only: dict[str, list[object]]) -> None:
    """At 69 % nothing; at 70 % an alert that begins once, ends, and may begin again."""
    only["limits"] = [Limit("thu", "Ổ đĩa", 69, 100)]
    assert alerts.watch() == 0
    only["limits"] = [Limit("thu", "Ổ đĩa", 70, 100, remedy="Thêm ổ.")]
    assert [alerts.watch(), alerts.watch()] == [1, 0]
    row = Alert.objects.get(over_at=None)
    assert "Ổ đĩa" in row.text
    only["limits"] = []
    assert alerts.watch() == 0
    assert Alert.objects.get(pk=row.pk).over_at is not None
    only["limits"] = [Limit("thu", "Ổ đĩa", 100, 100)]
    assert alerts.watch() == 1
    assert Alert.objects.get(over_at=None).level == Level.FAULT


def test_core_98_check_that_breaks_is_itself_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be looked at is not called well."""

    def broken() -> list[Finding]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column")
        return []

    monkeypatch.setattr(registry, "checks", {"hong": broken, "sau": lambda: [Finding("sau", "ổn")]})
    monkeypatch.setattr(registry, "limits", {})
    found = {each.code: each.level for each in state.findings()}
    assert found == {"hong.failed": Level.FAULT, "sau": Level.OK}


def test_f_core_27_dead_run_is_requeued_by_the_operator_alone() -> None:
    """F-CORE-27: what gave up is seen and run anew, with a reason; nobody of an agency may."""
    run_id = jobs.enqueue("files.sweep")
    JobRun.objects.filter(pk=run_id).update(state="dead", attempts=6, finished_at=clock.now(), error="hỏng")
    with pytest.raises(MissingReason):
        actions.requeue_job(by=operator(), run_id=run_id, reason="")
    from dataclasses import replace
    from uuid import uuid4

    with pytest.raises(Forbidden):
        actions.requeue_job(by=replace(operator(), agency_id=uuid4()), run_id=run_id, reason="Đã sửa lỗi máy chủ tệp")
    actions.requeue_job(by=operator(), run_id=run_id, reason="Đã sửa lỗi máy chủ tệp")
    assert JobRun.objects.values_list("state", "attempts").get(pk=run_id) == ("waiting", 0)


def test_core_60_damaged_file_is_repaired_from_the_second_copy(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CORE-60: the right bytes come back from the second copy; without one the file is reported as damaged."""
    from pathlib import Path

    folder = Path(str(tmp_path))
    monkeypatch.setattr(settings, "FILES_DIR", folder / "files")
    by = system_actor("thu")
    file = files.store(io.BytesIO(b"noi dung goc"), "a.txt", by=by, agency_id=None, made_here=True)
    copy = folder / "copy" / file.sha256[:2] / file.sha256[2:4] / file.sha256
    copy.parent.mkdir(parents=True)
    copy.write_bytes(blobs.path_of(file.sha256).read_bytes())
    blobs.path_of(file.sha256).write_bytes(b"bi sua")
    monkeypatch.setattr(settings, "FILES_COPY", "")
    assert integrity.check()[1] == [str(file.pk)]
    assert list(integrity.damaged()) == [StoredFile.objects.get(pk=file.pk)]
    monkeypatch.setattr(settings, "FILES_COPY", str(folder / "copy"))
    assert integrity.check()[1] == []
    assert blobs.digest(file.sha256) == file.sha256
    assert not integrity.damaged().exists()
