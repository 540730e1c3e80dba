"""The limit of sending (EX-3, V-SEND-1, V-SEND-2)."""

from datetime import date, datetime, time

import pytest

from lienthong.kit import clock
from lienthong.systems.exchange import law
from lienthong.systems.exchange.tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.timezone]


@pytest.mark.parametrize(
    ("signed", "limit"),
    [
        ((date(2026, 3, 11), time(16)), (date(2026, 3, 12), time(12))),
        ((date(2026, 8, 21), time(16)), (date(2026, 8, 22), time(12))),
    ],
)
def test_v_send_a_document_leaves_by_the_next_working_morning(
    world: World, signed: tuple[date, time], limit: tuple[date, time]
) -> None:
    """EX-3 V-SEND-1 (Wednesday), V-SEND-2 (Friday before a worked Saturday)."""
    due: datetime = law.send_limit(world.sender.pk, clock.at_local(*signed))
    assert due == clock.at_local(*limit)
