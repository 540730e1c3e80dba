"""The lawbook: dated, pinned, never overwritten (CORE-15, CORE-16, CORE-29…34)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid4

import psycopg
import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from lienthong.contracts.actor import Actor, system_actor
from lienthong.core import lawbook
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, MissingReason
from lienthong.core.audit.models import JournalEntry
from lienthong.core.lawbook import actions, release, snapshot
from lienthong.core.lawbook.models import CalendarEntry, CalendarYear, LawChange, Origin, Parameter
from lienthong.kit.clock import LEGAL_ZONE, at_local
from lienthong.kit.workdays import Cutoff, DayKind, Duration, OfficeHours, ReceiptMode, Unit, add

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("test")
AGENCY = UUID(int=1)
ADMIN = Actor(
    user_id=UUID(int=7),
    name="Quản trị",
    agency_id=AGENCY,
    verbs=frozenset({actions.SET_PARAMETER, actions.DECLARE_DAY, actions.WITHDRAW_DAY}),
)


@pytest.fixture(autouse=True)
def in_2026() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 6, 1, 8, tzinfo=LEGAL_ZONE), tick=False):
        yield


def set_parameter(key: str, value: object, valid_from: date, **more: object) -> Parameter:
    defaults = {"by": SYSTEM, "instrument": "QĐ 1/2026", "reason": "theo quyết định mới"}
    return actions.set_parameter(**{**defaults, "key": key, "value": value, "valid_from": valid_from, **more})


def test_release_is_loaded_whole_and_once() -> None:
    """CORE-29: the rows of the release are there after `migrate`; loading again adds nothing."""
    assert LawChange.objects.count() == 1
    assert lawbook.sync_release() == 0
    assert lawbook.version() == 1
    assert not Parameter.objects.exclude(origin=Origin.RELEASE).exists()
    assert JournalEntry.objects.filter(verb=actions.SYNC_RELEASE).count() == 1
    assert set(lawbook.keys()) == set(Parameter.objects.values_list("key", flat=True))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("org.grace_days", 180),
        ("clock.cutoff", time(15)),
        ("clock.cutoff_shift_n", False),
        ("clock.receipt_mode", "event_day"),
        ("clock.receipt_mode_dossier", "next_working_day"),
        ("clock.pause_mode", "p_counts_r_not"),
        ("clock.office_hours", OfficeHours(((time(8), time(12)), (time(13), time(17))))),
        ("number.pad", 2),
        ("sign.hash_min", "SHA-256"),
        ("sign.rsa_min", 2048),
        ("sign.tst_grace_hours", 24),
        ("sign.tst_stop", False),
        ("auth.idle_minutes", 15),
        ("auth.max_hours", 12),
        ("auth.fail_max", 5),
        ("auth.unlock_hours", 12),
        ("auth.dormant_days", 45),
        ("auth.admin_rotate_days", 60),
        ("log.keep_months", 12),
        ("exchange.send_limit_time", time(12)),
        ("summary_pages", 6),
        ("formal_check", Duration(2, Unit.WORKING_DAY, "02 ngày làm việc")),
    ],
)
def test_table_of_defaults(key: str, value: object) -> None:
    """CORE-29: the parameter table of §3, and those of the thread."""
    assert lawbook.get(key) == value


def test_unconfirmed_values_say_so() -> None:
    """CORE-33: every [verify] item is known as such; what has no article has no claim to be confirmed."""
    unconfirmed = set(Parameter.objects.filter(status="unconfirmed").values_list("key", flat=True))
    assert {
        "org.grace_days",
        "clock.cutoff",
        "clock.receipt_mode",
        "clock.pause_mode",
        "clock.office_hours",
    } <= unconfirmed
    assert {"sign.hash_min", "sign.rsa_min", "exchange.send_limit_time", "office.at_once_alert"} <= unconfirmed
    assert not Parameter.objects.filter(article__contains="chưa đối chiếu", status="confirmed").exists()
    assert not Parameter.objects.filter(instrument="").exists()


def test_the_29_types_and_3_copies() -> None:
    """OF-41, F-OF-11: unique by letter and mark, đ and đ-less apart; EX-35 names the same types."""
    types = lawbook.get("office.document_types")
    assert len(types) == 29
    assert len({t["code"] for t in types}) == len({t["name"] for t in types}) == 29
    shorts = [t["abbreviation"] for t in types] + [t["abbreviation"] for t in lawbook.get("office.copy_types")]
    named = [short for short in shorts if short]
    assert len(named) == len(set(named)) == 27 + 3
    by_code = {t["code"]: t["abbreviation"] for t in types}
    assert by_code["quy_che"] == "QC"
    assert by_code["quy_dinh"] == "QyĐ"
    assert by_code["du_an"] == "DA"
    assert by_code["de_an"] == "ĐA"
    assert by_code["chi_thi"] == "CT"
    assert by_code["chuong_trinh"] == "CTr"
    assert by_code["cong_van"] == by_code["thu_cong"] == ""
    assert [t["abbreviation"] for t in lawbook.get("office.copy_types")] == ["SY", "TrS", "SL"]
    assert [u["name"] for u in lawbook.get("office.urgencies")] == ["Thường", "Khẩn", "Thượng khẩn", "Hỏa tốc"]
    with pytest.raises(TypeError):
        types[0]["code"] = "x"


def test_versions_of_the_working_regulation() -> None:
    """CORE-34, CORE-31: each date has the regulation then in force."""
    assert lawbook.get("formal_check", on=date(2026, 5, 28)).n == 3
    assert lawbook.get("formal_check", on=date(2026, 5, 29)).n == 2
    assert lawbook.get("review_government", on=date(2026, 5, 28)).unit is Unit.DAY
    with pytest.raises(lawbook.UnknownParameter):
        lawbook.get("review_government", on=date(2026, 5, 29))
    rules = [lawbook.get("rules.working_regulation", on=on) for on in REGULATIONS]
    assert rules == ["138/2016", "39/2022", "39/2022", "191/2026"]
    labels = {on: {r["code"]: r["name"] for r in lawbook.get("archive.labels", on=on)}["destroy"] for on in DATES}
    assert list(labels.values()) == ["tiêu hủy", "hủy"]


REGULATIONS = (date(2022, 6, 17), date(2022, 6, 18), date(2026, 5, 28), date(2026, 5, 29))
DATES = (date(2025, 6, 30), date(2025, 7, 1))


def test_end_date_acts_by_itself() -> None:
    """CORE-31: at 23:59:59 the rule stands, at 00:00:00 local it has stopped, with no deployment."""
    set_parameter("summary_pages", 4, date(2026, 5, 29), valid_to=date(2027, 2, 28))
    with time_machine.travel(datetime(2027, 2, 28, 23, 59, 59, tzinfo=LEGAL_ZONE), tick=False):
        assert lawbook.get("summary_pages") == 4
    with time_machine.travel(datetime(2027, 3, 1, 0, 0, 0, tzinfo=LEGAL_ZONE), tick=False):
        assert lawbook.get("summary_pages") == 6


def test_pinned_case_keeps_its_law() -> None:
    """CORE-30: a case opened under a version is not moved by later rows."""
    opened = lawbook.version()
    set_parameter("leader_answer", {"n": 9, "unit": "working_day", "words": "09 ngày làm việc"}, date(2026, 5, 29))
    assert lawbook.get("leader_answer").n == 9
    assert lawbook.get("leader_answer", version=opened).n == 3
    assert lawbook.rule("leader_answer").version != lawbook.rule("leader_answer", version=opened).version


def test_correction_is_a_new_recorded_version() -> None:
    """CORE-29, CORE-32: nothing is overwritten; a replaced row rules no more, but for who pinned it."""
    first = set_parameter("auth.fail_max", 4, date(2026, 6, 1))
    pinned = lawbook.version()
    set_parameter("auth.fail_max", 6, date(2026, 6, 1), replaces=first)
    assert (lawbook.get("auth.fail_max"), lawbook.get("auth.fail_max", version=pinned)) == (6, 4)
    with pytest.raises(Conflict):
        set_parameter("auth.fail_max", 7, date(2026, 6, 1), replaces=first)
    entry = JournalEntry.objects.filter(verb=actions.SET_PARAMETER).latest("at", "id")
    assert (entry.before["value"], entry.after["value"]) == (4, 6)


def test_local_rows_win_over_a_later_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-29: a release adds missing rows and corrects its own; local rows win; the differences are listed."""
    set_parameter("summary_pages", 5, date(2026, 5, 29))
    shipped = list(release._files())
    for _, law in shipped:
        for stated in law.get("parameter", ()):
            if stated["key"] == "summary_pages":
                stated["value"] = 8
        if law.get("instrument", "").startswith("Nghị định 191"):
            law["parameter"].append({"key": "brand_new", "kind": "flag", "value": True, "valid_from": date(2026, 6, 1)})
    monkeypatch.setattr(release, "_files", lambda: iter(shipped))
    assert lawbook.sync_release() == 2
    assert lawbook.sync_release() == 0
    assert lawbook.get("brand_new") is True
    assert lawbook.get("summary_pages") == 5
    (difference,) = lawbook.differences()
    assert (difference.key, difference.local, difference.release) == ("summary_pages", 5, 8)
    assert difference.release_source == "Nghị định 191/2026/NĐ-CP"


def test_release_row_replaced_on_site_stays_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-29: a later release does not bring back what an administrator replaced."""
    shipped = Parameter.objects.get(key="summary_pages")
    set_parameter("summary_pages", 5, shipped.valid_from, replaces=shipped)
    changed = list(release._files())
    for _, law in changed:
        for stated in law.get("parameter", ()):
            if stated["key"] == "summary_pages":
                stated["value"] = 8
    monkeypatch.setattr(release, "_files", lambda: iter(changed))
    assert lawbook.sync_release() == 0
    assert lawbook.get("summary_pages") == 5


def test_parameters_of_one_agency() -> None:
    """CORE-108, CORE-21: an agency's own office hours rule that agency alone."""
    actions.set_parameter(
        by=SYSTEM,
        key="clock.office_hours",
        value=[["07:30:00", "11:30:00"], ["13:30:00", "17:00:00"]],
        valid_from=date(2026, 1, 1),
        instrument="Nội quy 3/2026",
        agency_id=AGENCY,
        reason="theo nội quy cơ quan",
    )
    assert lawbook.get("clock.office_hours", agency=AGENCY).close == time(17)
    assert lawbook.calendar(AGENCY).hours.spans[0] == (time(7, 30), time(11, 30))
    assert lawbook.calendar(uuid4()).hours.spans[0] == (time(8), time(12))


def test_who_may_change_the_law() -> None:
    """CORE-32, CORE-108: no person alone, whatever the position holds; with a reason, a source, a fitting value."""
    with pytest.raises(Forbidden):
        set_parameter("auth.fail_max", 4, date(2026, 6, 1), by=ADMIN)
    with pytest.raises(Forbidden):
        set_parameter("auth.fail_max", 4, date(2026, 6, 1), by=ADMIN, agency_id=AGENCY)
    with pytest.raises(Forbidden):
        actions.confirm_year(by=ADMIN, year=2027, source="TB", reason="đã có thông báo")
    with pytest.raises(Forbidden):
        actions.add_release_rows(by=ADMIN, rows=[])
    with pytest.raises(MissingReason):
        set_parameter("auth.fail_max", 4, date(2026, 6, 1), reason="…")
    for wrong in ({"value": "4"}, {"value": True}, {"instrument": " "}, {"key": "no.such"}):
        with pytest.raises(Invalid):
            set_parameter(**{"key": "auth.fail_max", "value": 4, "valid_from": date(2026, 6, 1), **wrong})
    assert LawChange.objects.count() == 1


def test_unknown_names_are_errors() -> None:
    """CORE-29"""
    with pytest.raises(lawbook.UnknownParameter, match=r"no\.such"):
        lawbook.get("no.such")
    with pytest.raises(lawbook.UnknownParameter):
        lawbook.get("auth.fail_max", on=date(1990, 1, 1))
    with pytest.raises(lawbook.UnknownParameter):
        lawbook.rule("auth.fail_max")
    assert lawbook.value("auth.fail_max", int) == 5
    with pytest.raises(TypeError):
        lawbook.value("auth.fail_max", str)
    with pytest.raises(TypeError):
        lawbook.value("sign.tst_stop", int)


def test_rules_are_built_with_their_defaults() -> None:
    """CORE-18…20, EX-3 (V-SEND-1, V-SEND-2): what a duration leaves out comes from the clock parameters."""
    send = lawbook.rule("exchange.send_limit")
    assert (send.until, send.receipt, send.cutoff, send.roll_forward) == (time(12), ReceiptMode.EVENT_DAY, None, True)
    for signed, limit in ((date(2026, 3, 11), date(2026, 3, 12)), (date(2026, 8, 21), date(2026, 8, 22))):
        result = add(lawbook.calendar(), at_local(signed, time(16)), send)
        assert result.due_at == at_local(limit, time(12))
    assert not lawbook.rule("office.receipt_notice_limit").roll_forward
    same_day = {
        "n": 0,
        "unit": "working_day",
        "words": "trong ngày",
        "cutoff": True,
        "receipt": "clock.receipt_mode_dossier",
    }
    set_parameter("leader_answer", same_day, date(2026, 5, 30))
    rule = lawbook.rule("leader_answer")
    assert (rule.cutoff, rule.receipt) == (Cutoff(time(15), False), ReceiptMode.NEXT_WORKING_DAY)


def test_calendar_of_the_release() -> None:
    """CORE-15, CORE-16, V-CAL-1, V-CAL-2, F-CORE-13: every date has a source; 2027 is not confirmed."""
    calendar = lawbook.calendar()
    assert (calendar.working_days(2024), calendar.working_days(2025)) == (251, 250)
    assert calendar.confirmed_years == {2024, 2025, 2026}
    assert not CalendarEntry.objects.filter(source="").exists()
    kinds = dict(CalendarEntry.objects.values_list("day", "kind"))
    assert kinds[date(2026, 8, 22)] == "makeup_work"
    assert kinds[date(2026, 8, 31)] == "swap_off"
    assert kinds[date(2026, 4, 27)] == "substitute"
    with pytest.raises(DatabaseError), transaction.atomic():
        CalendarEntry.objects.create(
            change=LawChange.objects.get(), day=date(2026, 7, 1), kind="holiday", reason="x", source="", origin="local"
        )


def test_closure_of_one_agency_and_its_withdrawal() -> None:
    """CORE-15: an agency's closure is its own; a withdrawn day works again and stays on record."""
    entry = actions.declare_day(
        by=SYSTEM,
        day=date(2026, 9, 11),
        kind=DayKind.LOCAL_CLOSURE,
        source="TB 9",
        unit_id=AGENCY,
        reason="bão số 5 đổ bộ",
    )
    before = lawbook.calendar(AGENCY)
    assert not before.is_working(date(2026, 9, 11))
    assert lawbook.calendar().is_working(date(2026, 9, 11))
    actions.withdraw_day(by=SYSTEM, entry=entry, reason="bão đổi hướng")
    assert lawbook.calendar(AGENCY).is_working(date(2026, 9, 11))
    assert not before.is_working(date(2026, 9, 11))
    assert int(lawbook.calendar(AGENCY).version) == int(before.version) + 1
    with pytest.raises(Conflict):
        actions.withdraw_day(by=SYSTEM, entry=entry, reason="rút lần thứ hai")
    with pytest.raises(Invalid):
        actions.declare_day(
            by=SYSTEM,
            day=date(2026, 9, 11),
            kind=DayKind.LOCAL_CLOSURE,
            source=" ",
            unit_id=AGENCY,
            reason="không có căn cứ",
        )


def test_year_is_confirmed() -> None:
    """CORE-16"""
    start = datetime(2026, 12, 28, 3, tzinfo=UTC)
    assert add(lawbook.calendar(), start, lawbook.rule("formal_check")).provisional is False
    assert add(lawbook.calendar(), start, lawbook.rule("review_legal")).provisional is True
    actions.confirm_year(by=SYSTEM, year=2027, source="TB 1/TB-BNV", reason="đã có thông báo")
    assert add(lawbook.calendar(), start, lawbook.rule("review_legal")).provisional is False
    assert CalendarYear.objects.filter(year=2027).count() == 2


def test_agency_that_the_swaps_do_not_bind() -> None:
    """CORE-15, V-WD-5"""
    set_parameter("clock.swaps_bind", False, date(2026, 1, 1), agency_id=AGENCY)
    start = at_local(date(2026, 1, 8), time(9))
    rule = lawbook.rule("formal_check")
    assert add(lawbook.calendar(AGENCY), start, rule).due_date == date(2026, 1, 12)
    assert add(lawbook.calendar(), start, rule).due_date == date(2026, 1, 10)


@pytest.mark.parametrize("model", [LawChange, Parameter, CalendarEntry, CalendarYear])
def test_rows_are_only_added(model: type[Parameter]) -> None:
    """CORE-29: neither the app's role nor its triggers let a row of the law be changed or deleted."""
    table = model._meta.db_table
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert isinstance(refused.value.__cause__, psycopg.Error)


def test_reads_cost_no_query_while_fresh(django_assert_num_queries: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-29: a process asks once in a while for the number of the newest change, not for every parameter."""
    monkeypatch.setattr(snapshot._cache, "pending", 0)
    snapshot._cache.snapshot = None
    lawbook.get("auth.fail_max")
    monkeypatch.setattr(snapshot, "FRESH_SECONDS", 1e12)
    with django_assert_num_queries(0):  # type: ignore[operator]
        lawbook.get("auth.fail_max")
        lawbook.calendar(AGENCY)
        lawbook.rule("formal_check")


def test_change_of_another_process_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-29: the number of the newest change renews what a process holds."""
    lawbook.get("auth.fail_max")
    set_parameter("auth.fail_max", 3, date(2026, 6, 1))
    monkeypatch.setattr(snapshot._cache, "pending", 0)
    monkeypatch.setattr(snapshot, "FRESH_SECONDS", 0.0)
    assert lawbook.get("auth.fail_max") == 3


def test_rolled_back_change_leaves_nothing_behind() -> None:
    """CORE-29: what a transaction of this process read of its own change is forgotten with it."""
    try:
        with transaction.atomic():
            set_parameter("auth.fail_max", 3, date(2026, 6, 1))
            assert lawbook.get("auth.fail_max") == 3
            raise RuntimeError
    except RuntimeError:
        pass
    assert lawbook.get("auth.fail_max") == 5
