"""People and positions as an administrator looks them up; always inside the actor's scope (CORE-10, CORE-83)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import NotSeen
from lienthong.core.identity import actions as accounts
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Absence, BodySigner, Holding, Position, SigningDelegation, UnitVersion
from lienthong.core.orgs.people_policies import person_policy, position_policy, ruled
from lienthong.core.orgs.queries import current, holdings_at, versions_at
from lienthong.core.registry import registry
from lienthong.kit import clock, vietnamese

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """What to look for; what is left out does not restrict."""

    query: str = ""
    unit_id: UUID | None = None
    state: str = ""
    free: bool = False
    """Only people who hold no position now."""


@dataclass(frozen=True, slots=True)
class Page[R]:
    """Some rows and the mark behind which the next page begins ("" at the end)."""

    rows: Sequence[R]
    after: str = ""


def people(actor: Actor, wanted: PeopleFilter) -> QuerySet[User]:
    """The people of the actor's scope by name; the search is blind to accents and to the place of tones (CORE-40)."""
    rows = person_policy.scope(actor, User.objects.all())
    for word in vietnamese.search_key(wanted.query).split():
        rows = rows.filter(Q(search_key__contains=word) | Q(username__contains=word))
    now = holdings_at()
    if wanted.unit_id is not None:
        rows = rows.filter(pk__in=now.filter(position__unit_id=wanted.unit_id).values("person_id"))
    if wanted.state in User.State.values:
        rows = rows.filter(state=wanted.state)
    if wanted.free:
        rows = rows.exclude(pk__in=now.values("person_id"))
    return rows.order_by("sort_key", "id")


def with_positions(rows: QuerySet[User]) -> QuerySet[User]:
    """Each person with the present holdings at hand as `now`."""
    held = holdings_at().order_by("-main", "position__order")
    return rows.prefetch_related(Prefetch("holdings", queryset=held, to_attr="now"))


def page(rows: QuerySet[User], after: str, limit: int = PAGE) -> Page[User]:
    """One page behind a mark; a keyset, as fast at any depth."""
    key, _, ident = after.rpartition("~")
    if key:
        rows = rows.filter(Q(sort_key__gt=key) | Q(sort_key=key, id__gt=_uuid(ident)))
    found = list(rows[: limit + 1])
    mark = f"{found[limit - 1].sort_key}~{found[limit - 1].pk}" if len(found) > limit else ""
    return Page(found[:limit], mark)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def person(actor: Actor, ident: UUID) -> User:
    """One person of the scope; raises NotSeen."""
    row = User.objects.filter(pk=ident).first()
    if row is None or not person_policy.sees(actor, row):
        raise NotSeen(User._meta.verbose_name)
    return row


def position(actor: Actor, ident: UUID) -> Position:
    """One position of the scope; raises NotSeen."""
    row = Position.objects.filter(pk=ident).select_related("unit").first()
    if row is None or not position_policy.sees(actor, row):
        raise NotSeen(Position._meta.verbose_name)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFilter:
    """What to look for among positions."""

    query: str = ""
    unit_id: UUID | None = None
    empty: bool = False
    retired: bool = False


def positions(actor: Actor, wanted: PositionFilter) -> QuerySet[Position]:
    """The positions of the scope with their present holders (`now`): by unit and order; retired ones on request."""
    today = clock.local_date()
    rows = position_policy.scope(actor, Position.objects.all())
    alive = Q(valid__endswith__isnull=True) | Q(valid__endswith__gt=today)
    rows = rows.filter(valid__endswith__lte=today) if wanted.retired else rows.filter(alive)
    if wanted.unit_id is not None:
        rows = rows.filter(unit_id=wanted.unit_id)
    if wanted.empty:
        rows = rows.exclude(pk__in=holdings_at().values("position_id"))
    if wanted.query:
        # Few hundred positions an agency: titles are folded here, they keep no search key.
        words = vietnamese.search_key(wanted.query).split()
        ids = [
            ident
            for ident, title in rows.values_list("pk", "title")
            if all(word in vietnamese.search_key(title) for word in words)
        ]
        rows = rows.filter(pk__in=ids)
    held = holdings_at().order_by("-main")
    return rows.prefetch_related(Prefetch("holdings", queryset=held, to_attr="now")).order_by(
        "unit_id", "order", "title"
    )


def history(position_id: UUID) -> list[Holding]:
    """All who ever held a position, the newest first."""
    rows = Holding.objects.filter(position_id=position_id).select_related("person")
    return list(rows.order_by("-held__startswith", "person__sort_key"))


def career(person_id: UUID) -> list[tuple[Holding, UnitVersion | None]]:
    """All positions that a person ever held, the newest first, each with its unit as it was then."""
    rows = Holding.objects.filter(person_id=person_id).select_related("position__unit").order_by("-held__startswith")
    return [(row, _unit_of(row)) for row in rows]


def _unit_of(row: Holding) -> UnitVersion | None:
    then = clock.local_date(row.held.upper or clock.now())
    rows = versions_at(then).filter(unit_id=row.position.unit_id)
    return rows.first() or current([row.position.unit_id]).get(row.position.unit_id)


@dataclass(frozen=True, slots=True)
class Right:
    """A group of what a position may do, in words."""

    system: str
    labels: list[str] = field(default_factory=list)


SYSTEMS = {
    "office": "Văn bản, hồ sơ",
    "exchange": "Trục liên thông",
    "orgs": "Đơn vị, người, vị trí",
    "access": "Vai trò",
    "identity": "Tài khoản",
    "lawbook": "Căn cứ pháp lý, lịch",
    "signing": "Chữ ký số",
    "admin": "Quản trị",
}


def in_words(verbs: frozenset[str]) -> list[Right]:
    """What verbs allow, each by the label of its button, grouped by part of the house."""
    groups: dict[str, list[str]] = {}
    for code in sorted(verbs):
        declared = registry.verbs.get(code)
        if declared is not None:
            text = declared.label or declared.sentence
            groups.setdefault(code.partition(":")[0], []).append(text)
    return [
        Right(SYSTEMS.get(system, system), list(dict.fromkeys(labels))) for system, labels in sorted(groups.items())
    ]


def units(actor: Actor) -> list[tuple[UUID, str]]:
    """The units in which the actor may found positions, in Vietnamese order."""
    rows = versions_at().filter(ruled(actor, "unit") if actor.agency_id else Q(unit_id=actor.unit_id))
    return [(row.unit_id, row.official_name) for row in rows.order_by("sort_key")]


# --- authority and absence --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How a dated row stands now."""

    word: str
    tone: str
    days: int | None = None


def standing(since: datetime | None, until: datetime | None, ended: datetime | None = None) -> Standing:
    """In force, to come, about to end (days left) or over."""
    now = clock.now()
    if ended is not None and ended <= now:
        return Standing("Đã thu hồi" if until is None or ended < until else "Đã hết hạn", "neutral")
    if until is not None and until <= now:
        return Standing("Đã hết hạn", "neutral")
    if since is not None and since > now:
        return Standing("Chưa tới ngày", "info")
    if until is None:
        return Standing("Còn hiệu lực", "ok")
    left = (clock.local_date(until) - clock.local_date(now)).days
    first = max(registry.law("org.delegation_warning_days"))
    return Standing(f"Còn {left} ngày", "warn", left) if left <= first else Standing("Còn hiệu lực", "ok", left)


def delegations(actor: Actor, *, over: bool = False) -> QuerySet[SigningDelegation]:
    """Authority to sign that the agency gave or took: what stands or is to come, or what is over."""
    now = clock.now()
    rows = registry.policies[SigningDelegation].scope(actor, SigningDelegation.objects.all())  # type: ignore[attr-defined]
    gone = Q(revoked_at__lte=now) | Q(held__endswith__lte=now)
    stands = Q(revoked_at__isnull=True) | Q(revoked_at__gt=now)
    lasts = Q(held__endswith__isnull=True) | Q(held__endswith__gt=now)
    rows = rows.filter(gone) if over else rows.filter(stands, lasts)
    rows = rows.select_related("giver__unit", "taker__unit", "given_by", "parent__giver")
    found: QuerySet[SigningDelegation] = rows.order_by("held__endswith", "kind", "pk")
    return found


def absences(actor: Actor) -> list[Absence]:
    """Working delegations that the actor sees: those that stand or are to come first, then the last of the past."""
    now = clock.now()
    rows = registry.policies[Absence].scope(actor, Absence.objects.all())  # type: ignore[attr-defined]
    rows = rows.select_related("holding__position", "holding__person", "delegate").order_by("-held__startswith")[:200]
    return sorted(rows, key=lambda row: row.ended_at is not None or row.held.upper <= now)


def signers(actor: Actor) -> QuerySet[BodySigner]:
    """Who is named to sign for the bodies of the agency."""
    rows = registry.policies[BodySigner].scope(actor, BodySigner.objects.all())  # type: ignore[attr-defined]
    found: QuerySet[BodySigner] = (
        rows.filter(held__contains=clock.now())
        .select_related("body", "position")
        .order_by("body__name", "-role", "position__order")
    )
    return found


# --- review -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """An account in the quarterly review: what to look at, in words; none when nothing is wrong."""

    person: User
    positions: list[Holding]
    remarks: list[str]


def review(actor: Actor) -> list[ReviewLine]:
    """All accounts that the agency keeps, those with a remark first (CORE-82; QCVN 12:2026/BCA 3.7.2)."""
    rows = person_policy.scope(actor, User.objects.filter(agency_id=actor.agency_id)).order_by("sort_key", "id")
    unused = set(accounts.dormant().filter(agency_id=actor.agency_id).values_list("pk", flat=True))
    lines = []
    for row in with_positions(rows):
        held: list[Holding] = vars(row)["now"]
        remarks = []
        if row.state == User.State.ACTIVE and not held:
            remarks.append("Đang dùng nhưng không giữ vị trí nào")
        if row.pk in unused:
            remarks.append("Lâu ngày không đăng nhập")
        if row.state != User.State.ACTIVE and held:
            remarks.append("Không dùng được nhưng còn giữ vị trí")
        lines.append(ReviewLine(row, held, remarks))
    return sorted(lines, key=lambda line: not line.remarks)


def quarter_name(day: date) -> str:
    """ "quý IV năm 2026"."""
    return f"quý {('I', 'II', 'III', 'IV')[(day.month - 1) // 3]} năm {day.year}"
