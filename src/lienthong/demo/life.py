"""Two years of life: history as old registers wrote it, paper scans, and recent documents signed for real.

Nothing here writes by a way of its own: every document goes through the actions that the screens call, at a past
instant (`clock.pinned`). No signature is faked: what was not signed is marked history or is a paper scan.
"""

import io
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from heapq import heappop, heappush
from itertools import count
from uuid import UUID

from lienthong.core import files, lawbook
from lienthong.core.orgs.models import UnitVersion
from lienthong.core.orgs.queries import versions_at
from lienthong.demo.agencies import Agency
from lienthong.demo.subjects import Subjects
from lienthong.kit import clock
from lienthong.kit.numbering import SeriesFormat
from lienthong.systems.exchange import courier
from lienthong.systems.office import content, rendering, types
from lienthong.systems.office.actions import books, history, incoming, outgoing
from lienthong.systems.office.actions.history import OldIncoming, OldOutgoing
from lienthong.systems.office.models import IncomingDocument, Line, Register, Series

YEARS_BACK = 2
OLD_EACH = 420
"""Old outgoing and old incoming documents of each agency."""
PAPERS_EACH = 24
"""Paper scans of each agency."""
BEGUN_DAYS_AGO = 44
"""When the agencies went over from paper: after the last old paper, before the first living one."""
RETURNED = 0.06
STUCK = 0.03
"""Shares of what the axis brings that is returned, and of steps after which a matter lies still."""


def old_papers(agency: Agency, subjects: Subjects, senders: list[str], today: date) -> None:
    """History of two years up to six weeks ago, in one act of import for each agency (CORE-106)."""
    rng = subjects.random
    kinds = types.by_code()
    pad = int(lawbook.get("number.pad"))
    formats = {row.type_code: SeriesFormat(row.pattern, pad) for row in Series.objects.filter(issuing_body=agency.body)}
    unit, head, specialist = agency.divisions[1], agency.seats["head"], agency.seats["specialist"]
    sent: list[OldOutgoing] = []
    counts: dict[tuple[int, bool], int] = {}
    for day in _days(today, OLD_EACH, rng):
        code = subjects.kind()
        kind = kinds[code]
        counts[day.year, kind.is_letter] = number = counts.get((day.year, kind.is_letter), 0) + 1
        written = formats["cong_van" if kind.is_letter else ""].render(
            number, day, kind=kind.abbreviation, organ=agency.body.abbreviation, unit="PC"
        )
        sent.append(
            OldOutgoing(
                code=written.text,
                number=number,
                issued_on=day,
                type_code=code,
                subject=subjects.subject(code, day.year)[0],
                signer_name=head.user.full_name,
                issuing_body_id=agency.body.pk,
                unit_id=unit.pk,
                drafter_id=specialist.user.pk,
                drafter_position_id=specialist.position.pk,
                signer_position_id=head.position.pk,
            )
        )
    got: list[OldIncoming] = []
    numbers: dict[int, int] = {}
    for day in _days(today, OLD_EACH, rng):
        code = subjects.kind()
        numbers[day.year] = number = numbers.get(day.year, 0) + 1
        got.append(
            OldIncoming(
                code=f"{rng.randint(10, 2999)}/{kinds[code].abbreviation or 'CV'}",
                arrival_number=number,
                arrival_on=day,
                issued_on=day - timedelta(days=rng.randint(0, 6)),
                type_name=kinds[code].name.removesuffix(" (cá biệt)"),
                subject=subjects.subject(code, day.year)[0],
                sender_name=rng.choice(senders),
            )
        )
    _last_numbers(agency, today, counts, numbers)
    history.import_history(by=agency.seats["clerk"].actor(), outgoing=sent, incoming=got, source="Sổ giấy của cơ quan")


def _last_numbers(agency: Agency, today: date, sent: dict[tuple[int, bool], int], got: dict[int, int]) -> None:
    """The agency began on the system in the middle of the year: its series go on after the paper books (CORE-105)."""
    begun = today - timedelta(days=BEGUN_DAYS_AGO)
    clerk, head = agency.seats["clerk"].actor(), agency.seats["head"].actor()
    with clock.pinned(clock.at_local(begun, time(7, 30))):
        for series in Series.objects.filter(agency_id=agency.id).select_related("register"):
            incoming_book = series.register.kind == Register.Kind.INCOMING
            last = got.get(begun.year) if incoming_book else sent.get((begun.year, series.type_code == "cong_van"))
            if not last:
                continue
            scan = files.store(
                io.BytesIO(scan_page()), "Trang cuối sổ giấy.pdf", by=clerk, agency_id=agency.id, made_here=True
            )
            facts = books.BalanceInput(last=last, last_on=begun, book="Sổ giấy của cơ quan", scan_id=scan.pk)
            balance = books.propose_balance(by=clerk, series=series, facts=facts)
            books.confirm_balance(by=head, target=balance)


def _days(today: date, many: int, rng: random.Random) -> list[date]:
    calendar = lawbook.calendar()
    first, last = today - timedelta(days=365 * YEARS_BACK), today - timedelta(days=45)
    span = (last - first).days
    found = (first + timedelta(days=rng.randint(0, span)) for _ in range(many))
    return sorted(calendar.next_working_day(day - timedelta(days=1)) for day in found)


def senders() -> list[str]:
    """Who writes to the demo agencies on paper: names of the directory."""
    wanted = [UnitVersion.Kind.MINISTRY, UnitVersion.Kind.CENTRAL, UnitVersion.Kind.PROVINCE]
    return list(versions_at().filter(kind__in=wanted).order_by("sort_key").values_list("official_name", flat=True))


class Timeline:
    """What is to happen, in the order of its instants: numbers and times grow together here as in an office."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self._queue: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._ids = count()

    def at(self, instant: datetime, act: Callable[[datetime], None]) -> None:
        """Plan an act; what lies after the present stays undone, which is why work waits on every desk."""
        if instant < self.until:
            heappush(self._queue, (instant, next(self._ids), act))

    def run(self) -> None:
        """Let everything happen."""
        while self._queue:
            instant, _, act = heappop(self._queue)
            with clock.pinned(instant):
                act(instant)


class Desk:
    """An agency at work: each act plans the next one, some minutes or hours later; a few chains get stuck."""

    def __init__(
        self, agency: Agency, others: list[Agency], subjects: Subjects, senders: list[str], timeline: Timeline
    ) -> None:
        self.agency, self.others, self.subjects, self.senders = agency, others, subjects, senders
        self.timeline, self.rng = timeline, subjects.random
        self.seen: set[UUID] = set()

    def scan(self, at: datetime, scan: bytes) -> None:
        """A paper typed in by the clerk, then worked off step by step."""
        kind = self.subjects.kind()
        subject, _ = self.subjects.subject(kind, at.year)
        clerk = self.agency.seats["clerk"].actor()
        stored = files.store(
            io.BytesIO(scan), f"{subject[:60]}.pdf", by=clerk, agency_id=self.agency.id, made_here=True
        )
        facts = incoming.PaperInput(
            channel=IncomingDocument.Channel.PAPER,
            sender_name=self.rng.choice(self.senders),
            code=f"{self.rng.randint(10, 2999)}/{types.by_code()[kind].abbreviation or 'CV'}-{self.rng.choice('ABC')}",
            issued_on=clock.local_date(at) - timedelta(days=self.rng.randint(0, 4)),
            type_name=types.by_code()[kind].name.removesuffix(" (cá biệt)"),
            subject=subject,
            file_ids=(stored.pk,),
            file_names=(stored.display_name,),
            urgency=self.rng.choices((0, 1, 2), weights=(85, 12, 3))[0],
        )
        self._chain(at, self._steps(incoming.enter(by=clerk, facts=facts)))

    def take_in(self, at: datetime) -> None:
        """What the axis just brought is worked off like any paper; some is returned to its sender."""
        rows = IncomingDocument.objects.filter(
            agency_id=self.agency.id, state="arrived", delivery_id__isnull=False
        ).exclude(pk__in=self.seen)
        for document in rows:
            self.seen.add(document.pk)
            if self.rng.random() < RETURNED:
                self.timeline.at(at + timedelta(minutes=self.rng.randint(20, 200)), self._return(document))
            else:
                self._chain(at, self._steps(document))

    def _return(self, document: IncomingDocument) -> Callable[[datetime], None]:
        def act(_at: datetime) -> None:
            incoming.return_to_sender(
                by=self.agency.seats["clerk"].actor(),
                target=document,
                reason="Văn bản gửi nhầm địa chỉ, nội dung không thuộc thẩm quyền của cơ quan.",
            )

        return act

    def _chain(self, at: datetime, steps: list[Callable[[], object]]) -> None:
        """Plan the first of the steps; when it is done, the next."""
        if not steps or self.rng.random() < STUCK:
            return
        first, *rest = steps

        def act(moment: datetime) -> None:
            first()
            self._chain(moment, rest)

        # Half an hour as a rule, a night or two at times: the desk is manned in office hours only.
        wait = timedelta(minutes=self.rng.randint(8, 70)) + timedelta(hours=self.rng.choice((0, 0, 0, 0, 20, 44)))
        self.timeline.at(_manned(at + wait), act)

    def _steps(self, document: IncomingDocument) -> list[Callable[[], object]]:
        seats = self.agency.seats
        leader, head, worker, clerk = seats["head"], seats["unit_head"], seats["specialist"], seats["clerk"]
        days, helped = self.rng.randint(2, 12), self.rng.random() < 0.3

        def direct() -> object:
            due = clock.local_date() + timedelta(days=days)
            lines = [incoming.Give(unit_id=self.agency.divisions[1].pk, role=Line.Role.LEAD, due_on=due)]
            if helped:
                lines.append(incoming.Give(unit_id=self.agency.divisions[2].pk, role=Line.Role.CO, due_on=due))
            content = "Giao đơn vị chủ trì nghiên cứu, tham mưu."
            return incoming.direct(by=leader.actor(), target=document, content=content, lines=lines)

        return [
            lambda: incoming.register(by=clerk.actor(), target=document, new_anyway=True),
            lambda: incoming.submit(by=clerk.actor(), target=document, position_id=leader.position.pk),
            direct,
            lambda: incoming.assign_within(by=head.actor(), target=document, position_id=worker.position.pk),
            lambda: incoming.take(by=worker.actor(), target=document),
            lambda: incoming.finish(
                by=worker.actor(), target=document, kind="done", result="Đã nghiên cứu, tổng hợp vào báo cáo chung."
            ),
        ]

    def draft(self, at: datetime) -> None:
        """A document begun by the specialist and walked on: submit, review, check, sign, issue."""
        others = self.rng.sample(self.others, k=min(len(self.others), self.rng.choice((1, 1, 2, 3))))
        kind = self.subjects.kind()
        subject, field = self.subjects.subject(kind, at.year)
        seats = self.agency.seats
        signer = seats[self.rng.choice(("head", "head", "deputy"))]
        facts = outgoing.DraftInput(
            type_code=kind,
            subject=subject,
            content=content.parse(self.subjects.text(kind, self.agency.name, field, at.year)),
            signer_position_id=signer.position.pk,
            issuing_body_id=self.agency.body.pk,
            receivers=tuple(outgoing.To(unit_id=agency.id) for agency in others),
            legal_basis=("Căn cứ Luật Tổ chức Chính phủ ngày 18 tháng 02 năm 2025",) if kind == "quyet_dinh" else (),
            urgency=self.rng.choices((0, 1), weights=(90, 10))[0],
        )
        document = outgoing.create(by=seats["specialist"].actor(), facts=facts)

        def issue() -> object:
            outgoing.issue(by=seats["clerk"].actor(), target=document)
            self.timeline.at(clock.now() + timedelta(seconds=2), carry)
            return document

        self._chain(
            at,
            [
                lambda: outgoing.submit(by=seats["specialist"].actor(), target=document),
                lambda: outgoing.review(by=seats["unit_head"].actor(), target=document),
                lambda: outgoing.check_format(by=seats["checker"].actor(), target=document),
                lambda: outgoing.approve_and_sign(by=signer.actor(), target=document),
                issue,
            ],
        )


def carry(_at: datetime) -> None:
    """The axis takes what is due to its receivers; statuses travel back the same way."""
    while courier.work():
        pass


def _manned(at: datetime) -> datetime:
    """The same moment, or the next one in office hours of a working day."""
    local = clock.local(at)
    if time(8) <= local.time() < time(17) and lawbook.calendar().is_working(local.date()):
        return at
    day = local.date() if local.time() < time(8) else local.date() + timedelta(days=1)
    day = lawbook.calendar().next_working_day(day - timedelta(days=1))
    return clock.at_local(day, time(8, local.minute, local.second))


def moments(today: date, days: int, many: int, rng: random.Random) -> Iterator[datetime]:
    """Instants in office hours of the last working days, in order."""
    calendar = lawbook.calendar()
    working = [day for day in (today - timedelta(days=n) for n in range(days, -1, -1)) if calendar.is_working(day)]
    chosen = sorted(rng.choices(working, k=many))
    for day in chosen:
        yield clock.at_local(day, time(8 + rng.randint(0, 7), rng.randint(0, 59)))


@cache
def scan_page() -> bytes:
    """A page that stands for a paper scan; it says so and bears no signature."""
    printed = rendering.nd30().types
    kind = next(row for row in printed.values() if row.name == "Thông báo")
    body = content.parse("Đây là bản quét mẫu của một văn bản giấy trong dữ liệu trình diễn; không có chữ ký số.")
    paper = rendering.Paper(
        type=kind,
        header=("CƠ QUAN MẪU",),
        notation="/TB-MẪU",
        place="Hà Nội",
        subject="Bản quét mẫu",
        body=body,
        signers=(rendering.Signer(lines=("CHÁNH VĂN PHÒNG",), name="(bản mẫu)"),),
    )
    return rendering.render(paper, with_fields=False)
