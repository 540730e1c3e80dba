"""What the office looks at before an agency goes live: series, paper, old documents, open work (CORE-107)."""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from lienthong.contracts.golive import Finding, Gap, GoLiveStep
from lienthong.core.orgs.models import IssuingBody
from lienthong.kit import clock
from lienthong.systems.office import content, numbers, rendering
from lienthong.systems.office.models import (
    BroughtAlong,
    HistoryLine,
    Line,
    OpeningBalance,
    Register,
    Series,
)


def steps() -> Iterable[GoLiveStep]:
    """The steps of the office."""
    return (
        GoLiveStep(
            code="series",
            title="Sổ, dãy số và số cuối sổ trước",
            about="Sổ đi, sổ đến; dạng số của từng dãy; số cuối của sổ giấy hoặc phần mềm cũ, hai người xác nhận.",
            order=70,
            look=_series,
            url_name="office:registers",
        ),
        GoLiveStep(
            code="templates",
            title="Mẫu trình bày văn bản",
            about="Tên cơ quan ở đầu văn bản, địa danh, chữ viết tắt của từng chủ thể ban hành; chạy thử in một trang.",
            order=80,
            look=_templates,
        ),
        GoLiveStep(
            code="history",
            title="Văn bản cũ",
            about="Nhập sổ đi, sổ đến cũ để tra cứu; không vào dãy số đang chạy.",
            order=90,
            look=_history,
            url_name="office:brought_list",
            optional=True,
        ),
        GoLiveStep(
            code="open_work",
            title="Việc đang làm dở",
            about="Việc chưa xong của văn bản đến cũ: đơn vị, người giải quyết, thời hạn thật.",
            order=100,
            look=_open_work,
            url_name="office:brought_list",
            optional=True,
        ),
    )


def _series(agency_id: UUID) -> Finding:
    registers = list(Register.objects.filter(agency_id=agency_id))
    gaps = [
        Gap(text=f"Chưa có {label.lower()} mặc định; mở sổ.", url_name="office:registers")
        for kind, label in (
            (Register.Kind.INCOMING, "Sổ đăng ký văn bản đến"),
            (Register.Kind.OUTGOING, "Sổ đăng ký văn bản đi"),
        )
        if not any(row.kind == kind and row.default for row in registers)
    ]
    rows = list(Series.objects.filter(agency_id=agency_id).select_related("register", "issuing_body"))
    if not any(row.register.kind == Register.Kind.INCOMING for row in rows):
        gaps.append(Gap(text="Sổ đến chưa có dãy số.", url_name="office:registers"))
    covered = {row.issuing_body_id for row in rows if not row.type_code}
    today = clock.local_date()
    gaps += [
        Gap(text=f"{body.name} chưa có dãy số chung.", url_name="office:registers")
        for body in IssuingBody.objects.filter(agency_id=agency_id, valid__contains=today)
        if body.line_id not in covered
    ]
    waiting = OpeningBalance.objects.filter(agency_id=agency_id, state="proposed").select_related("series")
    gaps += [
        Gap(
            text=f"Số cuối {row.last}/{row.period} của dãy {row.series.pattern} chờ người thứ hai xác nhận.",
            url_name="office:balance",
            url_args=(row.pk,),
        )
        for row in waiting
    ]
    confirmed = {row.series_id: row for row in OpeningBalance.objects.filter(agency_id=agency_id, state="confirmed")}
    without = 0
    facts = [f"{len(registers)} sổ, {len(rows)} dãy số"] if registers else []
    for series in rows:
        balance = confirmed.get(series.pk)
        if balance is not None and balance.period == numbers.period_of(series, today):
            facts.append(f"{series.pattern}: tiếp từ số {balance.last + 1}")
        else:
            without += 1
    if without and rows:
        gaps.append(
            Gap(
                text=f"{without} dãy số sẽ bắt đầu từ 01. Nếu năm nay đã cấp số ở sổ khác thì ghi số cuối trước.",
                url_name="office:registers",
                blocking=False,
            )
        )
    return Finding(facts=tuple(facts), gaps=tuple(gaps))


def _templates(agency_id: UUID) -> Finding:
    bodies = list(IssuingBody.objects.filter(agency_id=agency_id, valid__contains=clock.local_date()))
    gaps = []
    for body in bodies:
        short = [
            words
            for words, there in (
                ("dòng tên ở đầu văn bản", body.header_lines),
                ("địa danh", body.place),
                ("chữ viết tắt", body.abbreviation),
            )
            if not there
        ]
        if short:
            gaps.append(Gap(text=f"{body.name} thiếu {', '.join(short)}."))
        elif fault := _trial(tuple(body.header_lines), body.abbreviation, body.place):
            gaps.append(Gap(text=f"{body.name}: {fault}"))
    if not bodies:
        gaps.append(Gap(text="Chưa có chủ thể ban hành; thêm cơ quan là chủ thể ban hành mặc định."))
    elif not any(body.default for body in bodies):
        gaps.append(Gap(text="Chưa chọn chủ thể ban hành mặc định."))
    good = len(bodies) - len([gap for gap in gaps if gap.blocking])
    return Finding(
        facts=(f"In thử được {max(good, 0)}/{len(bodies)} chủ thể ban hành",) if bodies else (), gaps=tuple(gaps)
    )


@lru_cache(maxsize=256)
def _trial(header: tuple[str, ...], abbreviation: str, place: str) -> str:
    """Print one page with the head of a body; empty when it went well."""
    kind = next(row for row in rendering.nd30().types.values() if row.code)
    paper = rendering.Paper(
        type=kind,
        header=header,
        notation=f"/{kind.code}-{abbreviation}",
        place=place,
        subject="In thử mẫu trình bày",
        body=content.parse("Trang in thử, không có giá trị."),
        signers=(rendering.Signer(lines=("NGƯỜI KÝ",), name="Người ký thử"),),
    )
    try:
        rendering.render(paper, with_fields=False)
    except (ValueError, rendering.FontsMissing) as fault:
        return str(fault)
    return ""


def _history(agency_id: UUID) -> Finding:
    lines = HistoryLine.objects.filter(agency_id=agency_id).count()
    unfinished = BroughtAlong.objects.filter(agency_id=agency_id).exclude(state="loaded").exclude(kind="work")
    gaps = tuple(
        Gap(
            text=f"Lần nhập “{row.source}”: {row.get_state_display().lower()}.",
            url_name="office:brought",
            url_args=(row.pk,),
            blocking=False,
        )
        for row in unfinished[:8]
    )
    return Finding(facts=(f"{lines} văn bản lịch sử đã nhập",) if lines else (), gaps=gaps, empty=not lines)


def _open_work(agency_id: UUID) -> Finding:
    lines = Line.objects.filter(agency_id=agency_id, document__state="history")
    count = lines.count()
    unnamed = lines.filter(position__isnull=True, state__in=Line.OPEN).count()
    gaps = (
        (Gap(text=f"{unnamed} việc chưa có người giải quyết; lãnh đạo đơn vị phân công.", blocking=False),)
        if unnamed
        else ()
    )
    return Finding(facts=(f"{count} việc đang làm dở đã nhập",) if count else (), gaps=gaps, empty=not count)
