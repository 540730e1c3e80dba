"""The units of the demo world have lived (core §14)."""

from datetime import timedelta

import pytest

from lienthong.core import lawbook
from lienthong.core.orgs.models import HandOver, IssuingBody, LineageEvent, Reorganisation
from lienthong.core.orgs.queries import State, resolve
from lienthong.demo import changes
from lienthong.demo.agencies import operators
from lienthong.demo.names import Names
from lienthong.kit import clock
from tests.thread.conftest import make_world

pytestmark = pytest.mark.django_db


def test_core_7_core_102_core_103_every_change_of_the_specification_happened() -> None:
    """One merge 3→1, one split 1→2, one rename, one re-code, one dissolution in grace, one with takers; five kinds of
    bodies under two clerks.
    """
    world = make_world()
    changes.happen([world.a, world.b], operators(Names(11)))
    grace = int(lawbook.get("org.grace_days"))
    states = {code: resolve(code, grace_days=grace).state for code in ("X52", "X53", "X54", "X56", "X04", "X05", "X07")}
    assert states == {
        "X52": State.MERGED,
        "X53": State.MERGED,
        "X54": State.MERGED,
        "X56": State.SPLIT,
        "X04": State.CURRENT,
        "X05": State.RENAMED,
        "X07": State.DISSOLVED,
    }
    assert resolve("X07", grace_days=grace).grace_ends == clock.local_date() + timedelta(days=grace - 60)
    kinds = LineageEvent.Kind
    assert LineageEvent.objects.filter(kind=kinds.RENAME).count() == 1
    assert LineageEvent.objects.get(kind=kinds.MERGE).links.count() == 3
    done = Reorganisation.objects.filter(state="done", agency=world.a.unit).get()
    assert HandOver.objects.get(case=done).result
    assert Reorganisation.objects.filter(state="prepared").count() == 1
    for agency in (world.a, world.b):
        assert set(IssuingBody.objects.filter(agency=agency.unit).values_list("kind", flat=True)) == set(
            IssuingBody.Kind.values
        )
