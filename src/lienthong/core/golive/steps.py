"""What the core looks at before an agency goes live: units, posts, people, codes, certificates, seals (CORE-107)."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from lienthong.contracts.golive import Finding, Gap, GoLiveStep
from lienthong.core.orgs.models import IssuingBody, Position, SigningDelegation, Unit, UnitCode
from lienthong.core.orgs.queries import as_of, holdings_at
from lienthong.core.signing import service
from lienthong.core.signing.models import Picture
from lienthong.core.signing.pki import Kind
from lienthong.kit import clock

NAMED = 8
"""So many missing things are named one by one; the rest is counted."""


def of_core() -> Iterable[GoLiveStep]:
    """The steps of the core, in the order in which one depends on the other."""
    return (
        GoLiveStep(
            code="units",
            title="Đơn vị",
            about="Tên chính thức, chữ viết tắt của cơ quan và các đơn vị bên trong nhận việc, soạn văn bản.",
            order=10,
            look=_units,
        ),
        GoLiveStep(
            code="positions",
            title="Vị trí",
            about="Chức vụ của lãnh đạo, văn thư và những người xử lý văn bản.",
            order=20,
            look=_positions,
        ),
        GoLiveStep(
            code="people",
            title="Người giữ vị trí",
            about="Ai đang giữ vị trí nào; lãnh đạo và văn thư phải có người.",
            order=30,
            look=_people,
        ),
        GoLiveStep(
            code="codes",
            title="Mã định danh",
            about="Mã của cơ quan để gửi, nhận trên trục liên thông.",
            order=40,
            look=_codes,
        ),
        GoLiveStep(
            code="certificates",
            title="Chứng thư số của người ký",
            about="Người đứng đầu, cấp phó và người được giao ký có chứng thư số còn hiệu lực.",
            order=50,
            look=_certificates,
        ),
        GoLiveStep(
            code="seals",
            title="Chứng thư số và dấu của cơ quan",
            about="Chứng thư số của cơ quan và ảnh dấu của từng chủ thể ban hành.",
            order=60,
            look=_seals,
        ),
    )


def _positions_now(agency_id: UUID) -> list[Position]:
    today = clock.local_date()
    return list(Position.objects.filter(unit__agency_id=agency_id, valid__contains=today).order_by("order"))


def _units(agency_id: UUID) -> Finding:
    version = as_of(agency_id)
    inner = Unit.objects.filter(agency_id=agency_id).exclude(pk=agency_id).count()
    gaps = []
    if version is None:
        gaps.append(Gap(text="Cơ quan chưa có tên đang dùng trong danh bạ; ghi tên chính thức và ngày hiệu lực."))
    elif not version.abbreviation:
        gaps.append(Gap(text="Ghi chữ viết tắt của cơ quan; chữ này vào ký hiệu văn bản."))
    if not inner:
        gaps.append(
            Gap(text="Chưa có đơn vị bên trong; nếu cơ quan có phòng, ban thì thêm để giao việc.", blocking=False)
        )
    facts = (version.official_name, f"{inner} đơn vị bên trong") if version is not None else ()
    return Finding(facts=facts, gaps=tuple(gaps))


_NEEDED = ((Position.Rank.HEAD, "người đứng đầu"), (Position.Rank.CLERK, "văn thư"))


def _positions(agency_id: UUID) -> Finding:
    rows = _positions_now(agency_id)
    gaps = [
        Gap(text=f"Chưa có vị trí {words}; thêm vị trí và giao vai trò.")
        for rank, words in _NEEDED
        if not any(row.rank == rank for row in rows)
    ]
    return Finding(facts=(f"{len(rows)} vị trí",) if rows else (), gaps=tuple(gaps))


def _people(agency_id: UUID) -> Finding:
    rows = _positions_now(agency_id)
    held = set(holdings_at().filter(position__in=rows).values_list("position_id", flat=True))
    gaps = [
        Gap(text=f"Chưa ai giữ vị trí {words}.")
        for rank, words in _NEEDED
        if not any(row.rank == rank and row.pk in held for row in rows)
    ]
    vacant = [row.title for row in rows if row.pk not in held]
    if vacant:
        gaps.append(Gap(text=f"Vị trí đang trống: {_some(vacant)}.", blocking=False))
    people = holdings_at().filter(position__in=rows).values("person").distinct().count()
    return Finding(facts=(f"{people} người giữ {len(held)} vị trí",) if people else (), gaps=tuple(gaps))


def _codes(agency_id: UUID) -> Finding:
    rows = UnitCode.objects.filter(
        unit_id=agency_id, valid__contains=clock.local_date(), recorded__upper_inf=True
    ).order_by("-primary", "scheme")
    codes = [f"{row.code} ({row.get_scheme_display()})" for row in rows]
    gaps = () if codes else (Gap(text="Cơ quan chưa có mã định danh đang dùng; thêm mã đã được cấp."),)
    return Finding(facts=tuple(codes), gaps=gaps)


def _certificates(agency_id: UUID) -> Finding:
    now = clock.now()
    delegated = SigningDelegation.objects.filter(taker__unit__agency_id=agency_id, held__contains=now).filter(
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=now)
    )
    ranks = [Position.Rank.HEAD, Position.Rank.DEPUTY]
    signers = (
        holdings_at()
        .filter(Q(position__rank__in=ranks) | Q(position__in=delegated.values("taker")))
        .filter(position__unit__agency_id=agency_id)
        .order_by("position__order")
    )
    people = {row.person_id: row for row in signers}
    ready = set(
        service.usable().filter(kind=Kind.PERSON.value, user__in=list(people)).values_list("user_id", flat=True)
    )
    if service.may_issue():
        return Finding(facts=(f"{len(people)} người ký; chứng thư số thử nghiệm được cấp ở lần ký đầu",))
    gaps = [
        Gap(
            text=f"{row.person.full_name} ({row.position.title}) chưa có chứng thư số còn hiệu lực.",
            blocking=row.position.rank == Position.Rank.HEAD,
        )
        for person, row in people.items()
        if person not in ready
    ]
    if not people:
        gaps.append(Gap(text="Chưa có người ký; bổ sung vị trí lãnh đạo và người giữ trước."))
    return Finding(facts=(f"{len(ready)}/{len(people)} người ký có chứng thư số",), gaps=tuple(gaps))


def _seals(agency_id: UUID) -> Finding:
    names = list(
        IssuingBody.objects.filter(agency_id=agency_id, valid__contains=clock.local_date()).values_list(
            "name", flat=True
        )
    )
    if service.may_issue():
        return Finding(facts=("Chứng thư số và dấu thử nghiệm được tạo khi dùng lần đầu",))
    gaps = []
    sealed = service.usable().filter(kind=Kind.ORGANISATION.value, agency_id=agency_id).exists()
    if not sealed:
        gaps.append(Gap(text="Cơ quan chưa có chứng thư số còn hiệu lực."))
    pictures = set(
        Picture.objects.filter(
            agency_id=agency_id, kind=Picture.Kind.SEAL, used_to__isnull=True, name__in=names
        ).values_list("name", flat=True)
    )
    gaps += [Gap(text=f"Chưa có ảnh dấu của {name}.") for name in names if name not in pictures]
    facts = ("Cơ quan có chứng thư số",) if sealed else ()
    return Finding(facts=(*facts, f"{len(pictures)}/{len(names)} chủ thể ban hành có ảnh dấu"), gaps=tuple(gaps))


def _some(names: list[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" và {rest} vị trí khác" if rest > 0 else "")
