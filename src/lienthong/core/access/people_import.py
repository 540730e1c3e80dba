"""People and positions of an agency from a table: checked whole first, then brought in whole or not at all (CORE-13).

A dry run is the act itself, undone: what it finds is what loading would find.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.access import actions as rights
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import ActionError, Invalid
from lienthong.core.identity import actions as accounts
from lienthong.core.identity.models import User
from lienthong.core.orgs.actions import people
from lienthong.core.orgs.models import Holding, Position
from lienthong.core.orgs.people_policies import person_policy
from lienthong.core.orgs.queries import versions_at
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock
from lienthong.kit.tables import Unreadable, read_table, write_xlsx
from lienthong.kit.vietnamese import clean_name, marked_key, search_key

IMPORT = "access:people:import"
COLUMNS = {
    "full_name": "Họ và tên",
    "username": "Tên đăng nhập",
    "email": "Thư điện tử",
    "phone": "Điện thoại",
    "unit": "Đơn vị",
    "title": "Chức vụ",
    "rank": "Loại vị trí",
    "roles": "Vai trò",
    "mode": "Cách giữ",
    "since": "Từ ngày",
    "until": "Đến ngày",
    "instrument": "Quyết định",
}
EXAMPLE = (
    ("Nguyễn Văn Đức", "", "duc@coquan.gov.vn", "", "Văn phòng", "Văn thư", "Văn thư", "Văn thư", "Chính thức",
     "01/07/2025", "", "QĐ 12/QĐ-BTN ngày 20/06/2025"),
)  # fmt: skip


def declare(registry: Registry) -> None:
    """Verb and policy, at start-up."""
    registry.add_verbs(Verb(IMPORT, "nạp người và vị trí từ bảng", "Nạp người và vị trí"))
    registry.add_policy(User, person_policy, [IMPORT])


@dataclass(slots=True)
class Found:
    """What an import made, or would make; `faults` by row: (number, column heading, what is wrong)."""

    rows: int = 0
    people: int = 0
    positions: int = 0
    holdings: int = 0
    grants: int = 0
    faults: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: its number in the sheet and its cells by key, empty ones as ""."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and how many invisible characters were taken out (CORE-37)."""

    rows: tuple[Row, ...]
    invisible: int = 0


def template() -> bytes:
    """The workbook to fill in, with an example."""
    return write_xlsx([tuple(COLUMNS.values()), *EXAMPLE], [20] * len(COLUMNS))


def parse(name: str, content: bytes) -> Table:
    """The rows of a CSV or XLSX file whose first row names the columns, in any order; raises Unreadable.

    Headings are compared without marks and case. A column that we do not know is refused, never dropped in silence.
    """
    lines = read_table(name, content)
    if not lines:
        raise Unreadable("Tệp không có dòng nào.")
    keys = _headings(lines[0])
    rows, invisible = [], 0
    for number, line in enumerate(lines[1:], 2):
        cells = dict.fromkeys(COLUMNS, "")
        for key, text in zip(keys, line, strict=False):
            cleaned = clean_name(text)
            invisible += cleaned.removed
            if key:
                cells[key] = cleaned.text
        if any(cells.values()):
            rows.append(Row(number, cells))
    if not rows:
        raise Unreadable("Tệp chỉ có dòng tiêu đề, chưa có dữ liệu.")
    if len(rows) > most_rows():
        raise Unreadable(f"Tệp có {len(rows)} dòng, mỗi lần nạp nhiều nhất {most_rows()} dòng. Chia thành nhiều tệp.")
    return Table(tuple(rows), invisible)


def _headings(line: Sequence[str]) -> list[str]:
    known = {search_key(heading): key for key, heading in COLUMNS.items()}
    folded = [search_key(text) for text in line]
    strange = [text for text, key in zip(line, folded, strict=True) if key and key not in known]
    if strange:
        raise Unreadable(f"Không hiểu cột: {', '.join(strange)}. Dùng đúng tên cột của tệp mẫu.")
    missing = [heading for heading, key in zip(COLUMNS.values(), known, strict=True) if key not in folded]
    if missing:
        raise Unreadable(f"Thiếu cột: {', '.join(missing)}. Dùng tệp mẫu, để trống ô không có dữ liệu.")
    return [known.get(key, "") for key in folded]


class _Undo(Exception):
    """Takes a dry run back."""


def most_rows() -> int:
    """How many rows one file may bring."""
    return int(lawbook.get("org.people_import_rows"))


def check(by: Actor, table: Table) -> Found:
    """What loading would do, row by row, without a trace."""
    found = Found()
    try:
        with transaction.atomic():
            found = _load(by, table.rows)
            raise _Undo
    except _Undo:
        return found


@action(IMPORT, on=User, composite=True)
def bring(act: Act[User], *, rows: Sequence[Row]) -> Found:
    """Bring people and positions in, whole or not at all; each account, position, holding and right has its line."""
    found = _load(act.by, rows)
    if found.faults:
        number, column, text = found.faults[0]
        raise Invalid(
            f"Chưa nạp dòng nào: {len(found.faults)} lỗi. Dòng {number}, cột {column}: {text}",
            {f"{row}:{heading}": words for row, heading, words in found.faults[:200]},
            "faulty_rows",
        )
    return found


def _load(by: Actor, rows: Sequence[Row]) -> Found:
    found = Found(rows=len(rows))
    load = _Load(by, found)
    for row in rows:
        try:
            with transaction.atomic():
                load.row(row)
        except Invalid as error:
            load.posts.clear()  # what this row founded is undone
            faults = error.fields or {"": error.message}
            found.faults += [(row.number, COLUMNS.get(_COLUMN.get(key, key), ""), text) for key, text in faults.items()]
        except ActionError as error:
            load.posts.clear()
            found.faults.append((row.number, "", error.message))
    return found


# The fields of actions under the names of our columns.
_COLUMN = {"person": "full_name", "position": "title", "role": "roles"}


class _Load:
    """One pass over the rows; what the file itself founds is known to later rows."""

    def __init__(self, by: Actor, found: Found) -> None:
        self.by, self.found = by, found
        self.units: dict[str, list[UUID]] = {}
        for version in versions_at().filter(unit__agency_id=by.agency_id):
            for name in {version.official_name, version.short_name, version.abbreviation} - {""}:
                self.units.setdefault(marked_key(name), []).append(version.unit_id)
        self.roles = {search_key(role.name): role for role in rights.grantable(by)}
        self.posts: dict[UUID, dict[str, Position]] = {}

    def row(self, row: Row) -> None:
        """Account, position, holding and roles of one row; raises the refusals of their actions."""
        cells = row.cells
        faults: dict[str, str] = {}
        since, until = _day(cells, "since", faults), _day(cells, "until", faults)
        rank = _choice(cells["rank"], Position.Rank, "rank", faults, default="")
        mode = _choice(cells["mode"], Holding.Mode, "mode", faults, default=Holding.Mode.FULL)
        unit_id = self._unit(cells["unit"], faults)
        roles = self._roles(cells["roles"], faults)
        if faults:
            raise Invalid("Dòng còn lỗi.", faults)
        person = self._person(cells)
        position = self._position(unit_id, cells["title"], rank, since)
        facts = people.AppointInput(
            person_id=person.pk,
            instrument=cells["instrument"],
            mode=mode,
            since=_midnight(since),
            until=_midnight(until),
            main=not Holding.objects.filter(person=person, held__contains=clock.now(), main=True).exists(),
        )
        people.appoint(by=self.by, target=position, facts=facts)
        self.found.holdings += 1
        for role in roles:
            if not Grant.objects.filter(position=position, role=role, held__contains=clock.now()).exists():
                rights.give(by=self.by, position_id=position.pk, role_id=role.pk)
                self.found.grants += 1

    def _person(self, cells: dict[str, str]) -> User:
        """The account of that user name, or a new one; a name alone must be nobody's yet (F-CORE-5)."""
        name, username = cells["full_name"], cells["username"].lower()
        if username:
            known = User.objects.filter(username=username).first()
            if known is not None:
                if marked_key(known.full_name) != marked_key(name) or not person_policy.sees(self.by, known):
                    raise Invalid("", {"username": "Tên đăng nhập này là của người khác."})
                return known
        facts = accounts.AccountInput(full_name=name, username=username, email=cells["email"], phone=cells["phone"])
        try:
            made = accounts.create_account(by=self.by, facts=facts, another_person=bool(username))
        except Invalid as error:
            if error.code == "namesake":
                text = error.fields["full_name"].partition(" Nếu")[0]
                raise Invalid(
                    "", {"full_name": f"{text} Ghi tên đăng nhập: của người đó, hay mới cho người khác."}
                ) from error
            raise
        self.found.people += 1
        return made

    def _position(self, unit_id: UUID, title: str, rank: str, since: date | None) -> Position:
        if unit_id not in self.posts:
            rows = Position.objects.filter(unit_id=unit_id, valid__contains=clock.local_date())
            self.posts[unit_id] = {marked_key(row.title): row for row in rows.order_by("-order")}
        known = self.posts[unit_id].get(marked_key(title))
        if known is not None:
            return known
        if not rank:
            raise Invalid("", {"rank": "Vị trí mới: ghi loại vị trí."})
        valid_from = min(since or clock.local_date(), clock.local_date())
        facts = people.PositionInput(unit_id=unit_id, title=title, rank=rank, valid_from=valid_from)
        self.found.positions += 1
        made = people.create_position(by=self.by, facts=facts)
        self.posts[unit_id][marked_key(title)] = made
        return made

    def _unit(self, text: str, faults: dict[str, str]) -> UUID:
        found = set(self.units.get(marked_key(text), []))
        if len(found) == 1:
            return found.pop()
        faults["unit"] = (
            f"Có {len(found)} đơn vị tên “{text}”; ghi tên đầy đủ." if found else f"Cơ quan không có đơn vị “{text}”."
        )
        return UUID(int=0)

    def _roles(self, text: str, faults: dict[str, str]) -> list[Role]:
        names = [name.strip() for name in text.split(";") if name.strip()]
        strange = [name for name in names if search_key(name) not in self.roles]
        if strange:
            faults["roles"] = f"Không có vai trò: {', '.join(strange)}. Nhiều vai trò cách nhau bằng dấu “;”."
        return [self.roles[search_key(name)] for name in names if search_key(name) in self.roles]


def _day(cells: dict[str, str], key: str, faults: dict[str, str]) -> date | None:
    text = cells[key]
    if not text:
        return None
    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007 - a date, no instant
        except ValueError:
            continue
    faults[key] = f"“{text}” không phải ngày; ghi dd/mm/yyyy."
    return None


def _midnight(day: date | None) -> datetime | None:
    return clock.at_local(day, time(0)) if day else None


def _choice(text: str, choices: Any, key: str, faults: dict[str, str], *, default: str) -> str:
    if not text:
        return default
    labels = {search_key(label): value for value, label in choices.choices}
    found = labels.get(search_key(text))
    if found is None:
        faults[key] = f"“{text}” không có trong: {', '.join(choices.labels)}."
    return found or default
