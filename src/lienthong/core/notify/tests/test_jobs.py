"""Warnings of certificates and stamps reach the people whom they concern (CORE-69, CORE-70)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from lienthong.contracts.ref import Ref
from lienthong.core import outbox
from lienthong.core.access.models import Grant, Role
from lienthong.core.notify.models import Notice
from lienthong.core.orgs.models import UnitVersion
from lienthong.core.signing import expiry, service
from lienthong.core.signing.actions import REGISTER_CERTIFICATE
from lienthong.core.signing.models import Certificate
from lienthong.demo.agencies import ALWAYS, Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency() -> Agency:
    """An agency whose clerk keeps the certificates."""
    made = build(
        Plan(
            name="Bộ Thử nghiệm Một",
            short="Bộ TN1",
            abbreviation="BTN1",
            code="X01",
            kind=UnitVersion.Kind.MINISTRY,
            place="Hà Nội",
            head="Bộ trưởng",
            deputy="Thứ trưởng",
        ),
        Names(7),
    )
    keeper = Role.objects.create(code="keeper", name="Giữ chứng thư số", verbs=[REGISTER_CERTIFICATE])
    Grant.objects.create(position=made.seats["clerk"].position, role=keeper, held=ALWAYS)
    return made


def test_core_70_holder_and_keeper_are_warned_once(agency: Agency) -> None:
    """CORE-70: the warning comes to both, with the date; a second sweep and a second delivery add nothing."""
    head = agency.seats["head"].user
    service.person_key(head.pk)
    row = Certificate.objects.get(user=head)
    Certificate.objects.filter(pk=row.pk).update(agency_id=agency.id)
    end = row.valid_to
    assert expiry.warn(end - timedelta(days=6)) == 1
    assert expiry.warn(end - timedelta(days=6)) == 0
    outbox.drain()
    told = Notice.objects.filter(kind="certificate")
    assert {notice.person_id for notice in told} == {head.pk, agency.seats["clerk"].user.pk}
    assert all(f"{clock.local_date(end):%d/%m/%Y}" in notice.text and notice.urgent for notice in told)


def test_core_69_a_file_without_stamp_is_told_to_the_keeper(agency: Agency) -> None:
    """CORE-69: once, urgent, to who can mend it."""
    signed = clock.now() - timedelta(hours=12)
    waiting = expiry.wait_for_stamp(Ref("office:outgoing", uuid4()), "0" * 64, signed, agency_id=agency.id)
    assert expiry.alert() == 1
    assert expiry.alert() == 0
    outbox.drain()
    notice = Notice.objects.get(kind="stamp")
    assert notice.person_id == agency.seats["clerk"].user.pk
    assert notice.urgent
    assert notice.ref == waiting.ref
