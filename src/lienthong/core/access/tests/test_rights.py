"""Roles of positions and people from a table (CORE-10, CORE-13, CORE-83, CORE-108)."""

import io

import pytest
from openpyxl import load_workbook

from lienthong.contracts.actor import Actor
from lienthong.core.access import actions as rights
from lienthong.core.access import people_import
from lienthong.core.access.actors import actor_for, verbs_of
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, NotSeen
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Position, UnitVersion
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit.tables import Unreadable

pytestmark = pytest.mark.django_db
REASON = "Lý do thử nghiệm đủ dài"
HEADS = ";".join(people_import.COLUMNS.values())


def house_of(code: str, seed: int) -> Agency:
    plan = Plan(
        name=f"Bộ Thử nghiệm {code}",
        short=f"Bộ {code}",
        abbreviation=code,
        code=code,
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    )
    return build(plan, Names(seed))


@pytest.fixture
def house() -> Agency:
    return house_of("X01", 3)


def admin(agency: Agency) -> Actor:
    return agency.seats["admin"].actor()


def give(agency: Agency, seat: str, code: str) -> Grant:
    role = Role.objects.get(code=code)
    return rights.give(by=admin(agency), position_id=agency.seats[seat].position.pk, role_id=role.pk)


def test_a_role_counts_from_the_act_to_its_withdrawal(house: Agency) -> None:
    """CORE-10: also for who is signed in; twice the same role is refused."""
    position = house.seats["checker"].position
    assert "office:outgoing:create" not in verbs_of(position.pk)
    grant = give(house, "checker", "office-specialist")
    assert "office:outgoing:create" in verbs_of(position.pk)
    with pytest.raises(Conflict):
        give(house, "checker", "office-specialist")
    rights.withdraw(by=admin(house), target=grant, reason=REASON)
    assert "office:outgoing:create" not in verbs_of(position.pk)
    with pytest.raises(Conflict):
        rights.withdraw(by=admin(house), target=grant, reason=REASON)


def test_nobody_gives_himself_a_right(house: Agency) -> None:
    """CORE-83: neither by a role, nor by changing one that the own position has, nor by taking a foreign one away."""
    with pytest.raises(Forbidden):
        give(house, "admin", "office-leader")
    own = rights.compose(by=admin(house), name="Đọc văn bản", verbs=("office:incoming:read",))
    other = house.seats["admin_2"].actor()
    rights.give(by=other, position_id=house.seats["admin"].position.pk, role_id=own.pk)
    with pytest.raises(Forbidden):
        rights.change(by=admin(house), target=own, name=own.name, verbs=("office:outgoing:sign",), reason=REASON)
    with pytest.raises(Forbidden):
        rights.withdraw(
            by=admin(house), target=Grant.objects.get(position=house.seats["admin"].position, role=own), reason=REASON
        )


def test_an_agency_never_gives_the_rights_of_the_node(house: Agency) -> None:
    """CORE-108: the administrator of an agency makes nobody an operator, nor composes such a role."""
    shipped = Role.objects.filter(of_node=True)
    assert set(shipped.values_list("code", flat=True)) >= {"node-admin", "exchange-operator"}
    for role in shipped:
        with pytest.raises(Invalid):
            give(house, "specialist", role.code)
    with pytest.raises(Invalid) as refused:
        rights.compose(by=admin(house), name="Vận hành", verbs=("exchange:queue:operate",))
    assert set(refused.value.fields) == {"verbs"}


def test_a_composed_role_belongs_to_its_agency(house: Agency) -> None:
    """CORE-108, OF-3: no other agency sees, gives or changes it; given up, it ends everywhere at once."""
    other = house_of("X02", 4)
    role = rights.compose(by=admin(house), name="Đọc văn bản", verbs=("office:incoming:read",))
    with pytest.raises(Invalid):
        give(other, "specialist", role.code)
    with pytest.raises(NotSeen):
        rights.retire(by=admin(other), target=role, reason=REASON)
    with pytest.raises(Invalid):
        rights.compose(by=admin(house), name="văn thư", verbs=("office:incoming:read",))
    give(house, "checker", role.code)
    rights.retire(by=admin(house), target=role, reason=REASON)
    assert not Grant.objects.get(role=role).held.upper_inf
    with pytest.raises(Invalid):
        give(house, "specialist", role.code)


# --- people from a table ----------------------------------------------------------------------------------------------


def table(*lines: str) -> people_import.Table:
    text = "\n".join([HEADS, *lines])
    return people_import.parse("nguoi.csv", b"\xef\xbb\xbf" + text.encode())


def test_the_template_reads_back() -> None:
    """CORE-13: what the template shows is what the reader takes."""
    content = people_import.template()
    book = load_workbook(io.BytesIO(content))
    assert [cell.value for cell in book.worksheets[0][1]] == list(people_import.COLUMNS.values())
    read = people_import.parse("mau.xlsx", content)
    assert read.rows[0].cells["full_name"] == "Nguyễn Văn Đức"


def test_people_come_whole_or_not_at_all(house: Agency) -> None:
    """CORE-13: dry run first, without a trace; one wrong row and nothing is loaded; row numbers as the sheet shows."""
    good = "Lê Thị Hoà;;hoa@coquan.gov.vn;;Văn phòng;Kế toán;Khác;Chuyên viên;;01/07/2025;;QĐ 1/QĐ-BTN"
    bad = "Bùi Văn Ba;;;;Phòng lạ;Kế toán;Loại lạ;Vai trò lạ;;32/13/2025;;QĐ 1"
    before = (User.objects.count(), Position.objects.count(), Holding.objects.count(), Grant.objects.count())
    found = people_import.check(admin(house), table(good, "", bad))
    assert (found.people, found.positions, found.holdings, found.grants) == (1, 1, 1, 1)
    assert {(row, column) for row, column, _ in found.faults} == {
        (4, "Đơn vị"),
        (4, "Loại vị trí"),
        (4, "Vai trò"),
        (4, "Từ ngày"),
    }
    with pytest.raises(Invalid) as refused:
        people_import.bring(by=admin(house), rows=table(good, "", bad).rows)
    assert "4:Đơn vị" in refused.value.fields
    now = (User.objects.count(), Position.objects.count(), Holding.objects.count(), Grant.objects.count())
    assert now == before
    people_import.bring(by=admin(house), rows=table(good).rows)
    who = User.objects.get(full_name="Lê Thị Hoà")
    held = Holding.objects.select_related("position__unit", "person").get(person=who)
    assert (who.username, held.position.title, held.instrument) == ("hoalt", "Kế toán", "QĐ 1/QĐ-BTN")
    assert actor_for(held).may("office:outgoing:create")


def test_a_table_enters_nobody_twice(house: Agency) -> None:
    """F-CORE-5, CORE-13: the same file again, or a namesake in it, is refused with what to do."""
    row = "Lê Thị Hòa;;;;Văn phòng;Kế toán;Khác;;;;;QĐ 1"
    people_import.bring(by=admin(house), rows=table(row).rows)
    again = people_import.check(admin(house), table(row.replace("Hòa", "Hoà")))
    assert [(number, column) for number, column, _ in again.faults] == [(2, "Họ và tên")]
    second = "Lê Thị Hòa;hoalt;;;VP;Thủ quỹ;Khác;;;;;QĐ 2"
    found = people_import.bring(by=admin(house), rows=table(second).rows)
    assert (found.people, found.positions, found.holdings) == (0, 1, 1)
    stolen = "Bùi Văn Ba;hoalt;;;Văn phòng;Thủ quỹ;Khác;;;;;QĐ 2"
    assert [column for _, column, _ in people_import.check(admin(house), table(stolen)).faults] == ["Tên đăng nhập"]
    mine = f"{house.seats['admin'].user.full_name};{house.seats['admin'].user.username};;;Văn phòng;Thủ quỹ;;;;;;QĐ 2"
    faults = people_import.check(admin(house), table(mine)).faults
    assert "chính mình" in faults[0][2]


def test_what_a_wrong_row_founded_is_gone_for_the_next(house: Agency) -> None:
    """CORE-13: a row that fails half-way leaves nothing that a later row could build on."""
    wrong = "Lê Thị Hòa;;;;Văn phòng;Kế toán;Khác;;;02/01/2025;01/01/2025;QĐ 1"
    later = "Bùi Văn Ba;;;;Văn phòng;Kế toán;;;;;;QĐ 1"
    faults = people_import.check(admin(house), table(wrong, later)).faults
    assert [(row, column) for row, column, _ in faults] == [(2, "Đến ngày"), (3, "Loại vị trí")]


def test_what_is_no_table_of_ours() -> None:
    """CORE-13: strange and missing columns, an empty file and one of another encoding are told as such."""
    for content in (b"", HEADS.encode(), b"Cot la;Ho va ten\n1;2", "Họ và tên\nA".encode(), b"\xff\xfe\x00"):
        with pytest.raises(Unreadable):
            people_import.parse("a.csv", content)
    with pytest.raises(Unreadable):
        people_import.parse("a.xlsx", b"PK\x03\x04 hong")
