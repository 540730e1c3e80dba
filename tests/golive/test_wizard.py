"""Going live: steps with what is missing, no number before the opening, two agencies on different days (CORE-107)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from django.test import Client
from django.urls import reverse

from lienthong.core import golive
from lienthong.core.actions.errors import Conflict, Forbidden, MissingReason
from lienthong.core.audit.models import JournalEntry
from lienthong.core.golive import actions, board
from lienthong.core.golive.models import Opening, StepCheck
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock
from lienthong.systems.office import numbers
from lienthong.systems.office.models import RegisterLine, Series
from tests.golive.conftest import balance, incoming_series, make_books, series_of
from tests.thread.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "Cơ quan mới thành lập, chưa có sổ cũ"
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def states(agency: Agency) -> dict[str, str]:
    return {row.step.code: row.state for row in board.standing(agency.id)}


def prepared(agency: Agency) -> None:
    make_books(agency)
    for code in ("history", "open_work"):
        actions.declare_nothing(by=agency.seats["admin"].actor(), code=code, reason=REASON)


def opened(agency: Agency) -> Opening:
    row = actions.propose(by=agency.seats["admin"].actor())
    actions.confirm(by=agency.seats["admin_2"].actor(), target=row)
    return row


def test_core_107_every_part_brings_its_steps(preparing: Agency) -> None:
    """Units, positions, people, codes, certificates, seals, series, templates, history, open work; in this order."""
    assert list(states(preparing)) == [
        "units",
        "positions",
        "people",
        "codes",
        "certificates",
        "seals",
        "series",
        "templates",
        "history",
        "open_work",
    ]


def test_core_107_a_step_is_run_dry_and_says_what_is_missing(preparing: Agency) -> None:
    """Looking changes nothing but the record of the look; whoever comes back goes on from there."""
    admin = preparing.seats["admin"].actor()
    found = actions.check(by=admin, code="series")
    assert found.state == "missing"
    missing = [gap for gap in found.finding.gaps if gap.blocking]
    assert [gap.url_name for gap in missing] == ["office:registers"] * len(missing)
    kept = StepCheck.objects.get(agency_id=preparing.id, code="series")
    assert (kept.passed, kept.by_name) == (False, admin.name)
    assert states(preparing)["series"] == "missing"
    make_books(preparing)
    assert actions.check(by=admin, code="series").state == "done"
    assert StepCheck.objects.get(agency_id=preparing.id, code="series").passed


def test_core_107_nothing_to_bring_along_is_said_with_a_reason(preparing: Agency) -> None:
    admin = preparing.seats["admin"].actor()
    assert states(preparing)["history"] == "declare"
    with pytest.raises(MissingReason):
        actions.declare_nothing(by=admin, code="history", reason="...")
    with pytest.raises(Conflict):
        actions.declare_nothing(by=admin, code="series", reason=REASON)
    actions.declare_nothing(by=admin, code="history", reason=REASON)
    assert states(preparing)["history"] == "declared"


@transaction.atomic
def raw_line(series: Series) -> None:
    counter = numbers.counter_of(series, str(clock.local_date().year))
    counter.last = 1
    counter.save()
    RegisterLine.objects.create(
        agency_id=series.agency_id,
        register_id=series.register_id,
        series=series,
        period=counter.period,
        number=1,
        drawn_at=clock.now(),
        document=uuid4(),
    )


def test_core_107_no_draw_before_the_opening(preparing: Agency) -> None:
    """T: the act is refused in words, raw SQL by the database; afterwards the first number follows the balance."""
    make_books(preparing)
    series = series_of(preparing)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        numbers.draw(series, uuid4())
    assert refused.value.code == "not_live"
    with pytest.raises(DatabaseError, match="chưa mở sổ"):
        raw_line(series)
    balance(preparing, series, 40)
    for code in ("history", "open_work"):
        actions.declare_nothing(by=preparing.seats["admin"].actor(), code=code, reason=REASON)
    opened(preparing)
    with transaction.atomic():
        assert numbers.draw(series, uuid4()).number == 41
        assert numbers.draw(incoming_series(preparing), uuid4()).number == 1


def test_core_107_two_persons_open_and_the_journal_says_so(preparing: Agency) -> None:
    prepared(preparing)
    admin = preparing.seats["admin"].actor()
    row = actions.propose(by=admin)
    with pytest.raises(Forbidden):
        actions.confirm(by=admin, target=row)
    with pytest.raises(Conflict):
        actions.propose(by=preparing.seats["admin_2"].actor())
    actions.confirm(by=preparing.seats["head"].actor(), target=row)
    assert golive.is_live(preparing.id)
    entry = JournalEntry.objects.get(verb="golive:opening:confirm", ref=f"golive:opening:{row.pk}")
    said = bytes(entry.canonical).decode()
    assert admin.name in said
    assert "series" in said
    with pytest.raises(DatabaseError), transaction.atomic():
        Opening.objects.filter(pk=row.pk).update(state="withdrawn")


def test_core_107_a_missing_step_stops_the_opening_also_between_the_two(preparing: Agency) -> None:
    """What was complete when it was proposed is looked at again when it is confirmed."""
    admin = preparing.seats["admin"].actor()
    with pytest.raises(Conflict) as refused:
        actions.propose(by=admin)
    assert refused.value.code == "steps_missing"
    prepared(preparing)
    row = actions.propose(by=admin)
    balance(preparing, series_of(preparing), 7, confirm=False)
    with pytest.raises(Conflict):
        actions.confirm(by=preparing.seats["admin_2"].actor(), target=row)
    assert not golive.is_live(preparing.id)


def test_core_107_two_agencies_of_one_node_go_live_on_different_days(world: World, preparing: Agency) -> None:
    """T: the opening of one opens nothing of the other."""
    plan = Plan(
        name="Sở Thử nghiệm Hai",
        short="Sở TN2",
        abbreviation="STN2",
        code="X52.02",
        kind=UnitVersion.Kind.DEPARTMENT,
        place="Thử nghiệm",
        head="Giám đốc",
        deputy="Phó Giám đốc",
        live=False,
    )
    other = build(plan, Names(12))
    prepared(preparing)
    prepared(other)
    opened(preparing)
    with transaction.atomic():
        assert numbers.draw(series_of(preparing), uuid4()).number == 1
    with pytest.raises(Conflict), transaction.atomic():
        numbers.draw(series_of(other), uuid4())
    with clock.pinned(clock.now() + timedelta(days=3)):
        second = opened(other)
        with transaction.atomic():
            assert numbers.draw(series_of(other), uuid4()).number == 1
    first = Opening.objects.get(agency_id=preparing.id, state="opened")
    assert first.opened_at is not None
    assert second.opened_at is not None
    assert clock.local_date(second.opened_at) - clock.local_date(first.opened_at) == timedelta(days=3)
    assert RegisterLine.objects.filter(agency_id=world.a.id).count() == 0


def test_core_107_raw_sql_opens_nothing_alone(preparing: Agency) -> None:
    """One person, or a row born open: the database refuses."""
    for statement in (
        "INSERT INTO golive_opening (id, agency_id, state, version, origin, proposed_name, proposed_at, "
        "confirmed_name, opened_at, findings) VALUES (gen_random_uuid(), %s, 'opened', 0, 'wizard', '', now(), '', "
        "now(), '{}')",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [preparing.id])
    prepared(preparing)
    row = actions.propose(by=preparing.seats["admin"].actor())
    with pytest.raises(DatabaseError), transaction.atomic():
        Opening.objects.filter(pk=row.pk).update(
            state="opened", opened_at=clock.now(), confirmed_by=row.proposed_by, confirmed_name="Một mình"
        )


def test_core_107_the_page_leads_through(preparing: Agency) -> None:
    """The whole way by plain forms: dry run, declare, propose, confirm by the second person."""
    client, second = Client(), Client()
    client.force_login(preparing.seats["admin"].user, backend=BACKEND)
    second.force_login(preparing.seats["admin_2"].user, backend=BACKEND)
    page = reverse("admin:golive")
    text = client.get(page).content.decode()
    assert "Chưa mở sổ" in text
    assert "Chưa có sổ đăng ký văn bản đến mặc định" in text
    assert reverse("office:registers") in text
    answer = client.post(reverse("admin:golive_check", args=["series"]), follow=True)
    assert "còn thiếu" in answer.content.decode()
    make_books(preparing)
    for code in ("history", "open_work"):
        client.post(reverse("admin:golive_declare", args=[code]), {"reason": REASON})
    client.post(reverse("admin:golive_propose"))
    row = Opening.objects.get(agency_id=preparing.id)
    refused = client.post(reverse("admin:golive_act", args=[row.pk, "confirm"]))
    assert refused.status_code == 403
    text = second.post(reverse("admin:golive_act", args=[row.pk, "confirm"]), follow=True).content.decode()
    assert "Sổ đã mở" in text


def test_core_107_by_api(preparing: Agency) -> None:
    client = Client()
    client.force_login(preparing.seats["admin"].user, backend=BACKEND)
    told = client.get("/api/v1/admin/golive").json()
    assert (told["live"], told["ready"], told["opening"]) == (False, False, None)
    answer = client.post("/api/v1/admin/golive/opening")
    assert (answer.status_code, answer.json()["code"]) == (409, "steps_missing")
    step = client.post("/api/v1/admin/golive/steps/series/check").json()
    assert step["state"] == "missing"
