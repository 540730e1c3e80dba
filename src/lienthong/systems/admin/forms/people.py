"""Forms of people, positions, rights and authority to sign: what is typed, turned into the input of actions."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.access import actions as rights
from lienthong.core.identity.actions import AccountInput, NumberInput
from lienthong.core.identity.models import User
from lienthong.core.orgs import people_queries as queries
from lienthong.core.orgs.actions.people import AppointInput, PositionInput
from lienthong.core.orgs.actions.people_signing import DelegationInput, SignerInput
from lienthong.core.orgs.models import BodySigner, Holding, IssuingBody, Position, SigningDelegation, UnitVersion
from lienthong.core.orgs.queries import current, holdings_at, versions_at
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.shell.forms import DateInput, DateTimeInput, set_choices

type Choices = list[tuple[str, str]]
ONE = {"data-enhance": "single"}
EMPTY = ("", "Chọn trong danh sách")


def midnight(day: date | None) -> datetime | None:
    """The instant at which a date begins."""
    return clock.at_local(day, time(0)) if day else None


def document_types() -> Choices:
    """The kinds of administrative documents, of the lawbook."""
    return [(row["code"], row["name"]) for row in lawbook.get("office.document_types")]


def people_choices(actor: Actor) -> Choices:
    """People of the agency whose account is in use, by name."""
    rows = queries.people(actor, queries.PeopleFilter(state=User.State.ACTIVE))
    return [EMPTY, *((str(row.pk), f"{row.full_name} ({row.username})") for row in rows)]


def position_choices(actor: Actor, *ranks: str) -> Choices:
    """Positions of the agency with unit and present holder."""
    rows = queries.positions(actor, queries.PositionFilter())
    found = list(rows.filter(rank__in=ranks) if ranks else rows)
    return [EMPTY, *_named(found)]


def _named(found: list[Position]) -> Choices:
    units = current({row.unit_id for row in found})
    choices = []
    for row in found:
        unit = units.get(row.unit_id)
        held = ", ".join(each.person.full_name for each in vars(row)["now"]) or "đang trống"
        choices.append((str(row.pk), f"{row.title} — {unit.label if unit else ''} ({held})"))
    return choices


def holding_choices(actor: Actor) -> Choices:
    """Positions with their holders: own ones, and for administrators all of the agency."""
    rows = registry.policies[Holding].scope(actor, holdings_at())  # type: ignore[attr-defined]
    return [EMPTY, *((str(row.pk), f"{row.person.full_name} — {row.position.title}") for row in _ordered(rows))]


def _ordered(rows: Any) -> Any:
    return rows.order_by("person__sort_key", "-main")


def colleague_choices(actor: Actor) -> Choices:
    """Who works in the agency now, once each."""
    rows = holdings_at().filter(position__unit__agency_id=actor.agency_id, main=True)
    return [EMPTY, *((str(row.person_id), f"{row.person.full_name} — {row.position.title}") for row in _ordered(rows))]


class AccountForm(forms.Form):
    """An account; the user name may be left to the system."""

    full_name = forms.CharField(label="Họ và tên", max_length=200)
    username = forms.CharField(
        label="Tên đăng nhập",
        max_length=150,
        required=False,
        help_text="Để trống để hệ thống đặt theo tên: Nguyễn Văn Đức thành ducnv.",
    )
    email = forms.CharField(label="Thư điện tử", max_length=254, required=False)
    phone = forms.CharField(label="Điện thoại", max_length=30, required=False)
    another_person = forms.BooleanField(label="Đây là người khác, trùng họ tên với người đã có", required=False)

    def facts(self) -> AccountInput:
        """The input of `create_account` and `edit_account`."""
        data = self.cleaned_data
        names = ("full_name", "username", "email", "phone")
        return AccountInput(**{name: data[name] for name in names})


class NumberForm(forms.Form):
    """A personal number, with why and how long it is needed."""

    number = forms.CharField(
        label="Số định danh cá nhân (CCCD)", max_length=20, widget=forms.TextInput({"autocomplete": "off"})
    )
    sex = forms.ChoiceField(
        label="Giới tính ghi trên giấy tờ",
        choices=[EMPTY, ("nam", "Nam"), ("nữ", "Nữ")],
        help_text="Chỉ để đối chiếu với số, không lưu.",
    )
    birth_year = forms.IntegerField(
        label="Năm sinh ghi trên giấy tờ", min_value=1900, max_value=2399, help_text="Chỉ để đối chiếu, không lưu."
    )
    old_number = forms.CharField(label="Số CMND cũ", max_length=9, required=False)
    purpose = forms.CharField(label="Mục đích cần số định danh", widget=forms.Textarea({"rows": 2}))
    kept_until = forms.DateField(
        label="Lưu đến hết ngày", widget=DateInput(), help_text="Qua ngày này hệ thống tự xóa số."
    )

    def facts(self) -> NumberInput:
        """The input of `record_number`."""
        return NumberInput(**self.cleaned_data)


class PositionForm(forms.Form):
    """A new position."""

    unit = forms.ChoiceField(label="Đơn vị", widget=forms.Select(ONE))
    title = forms.CharField(label="Chức vụ", max_length=300)
    rank = forms.ChoiceField(label="Loại vị trí", choices=[EMPTY, *Position.Rank.choices])
    valid_from = forms.DateField(label="Lập từ ngày", widget=DateInput())
    order = forms.IntegerField(
        label="Thứ tự trong danh sách", min_value=0, max_value=999, initial=100, help_text="Số nhỏ đứng trước."
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "unit", [EMPTY, *((str(ident), name) for ident, name in queries.units(actor))])

    def facts(self) -> PositionInput:
        """The input of `create_position`."""
        data = self.cleaned_data
        return PositionInput(
            unit_id=UUID(data["unit"]),
            title=data["title"],
            rank=data["rank"],
            valid_from=data["valid_from"],
            order=data["order"],
        )


class PositionEditForm(forms.Form):
    """What of a position may be mended."""

    title = forms.CharField(label="Chức vụ", max_length=300)
    order = forms.IntegerField(label="Thứ tự trong danh sách", min_value=0, max_value=999)
    reason = forms.CharField(label="Lý do sửa", widget=forms.Textarea({"rows": 2}))


class AppointForm(forms.Form):
    """Who is to hold a position."""

    person = forms.ChoiceField(label="Người giữ vị trí", widget=forms.Select(ONE))
    mode = forms.ChoiceField(label="Cách giữ", choices=Holding.Mode.choices, initial=Holding.Mode.FULL)
    since = forms.DateField(label="Từ ngày", required=False, widget=DateInput(), help_text="Để trống là từ bây giờ.")
    until = forms.DateField(
        label="Đến ngày",
        required=False,
        widget=DateInput(),
        help_text="Ngày đầu tiên không còn giữ; để trống nếu chưa định.",
    )
    instrument = forms.CharField(label="Quyết định", max_length=500, help_text="Số, ký hiệu, ngày của quyết định.")
    main = forms.BooleanField(label="Là vị trí chính của người này", required=False, initial=True)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "person", people_choices(actor))

    def facts(self) -> AppointInput:
        """The input of `appoint`."""
        data = self.cleaned_data
        return AppointInput(
            person_id=UUID(data["person"]),
            instrument=data["instrument"],
            mode=data["mode"],
            since=midnight(data["since"]),
            until=midnight(data["until"]),
            main=data["main"],
        )


class EndForm(forms.Form):
    """When and why a holding ends."""

    at = forms.DateField(
        label="Thôi giữ từ ngày", required=False, widget=DateInput(), help_text="Để trống là ngay bây giờ."
    )
    reason = forms.CharField(label="Lý do, quyết định", widget=forms.Textarea({"rows": 2}))


class GrantForm(forms.Form):
    """A role for a position."""

    role = forms.ChoiceField(label="Vai trò")
    until = forms.DateField(
        label="Đến ngày", required=False, widget=DateInput(), help_text="Để trống nếu không định ngày hết."
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "role", [EMPTY, *((str(row.pk), row.name) for row in rights.grantable(actor))])


class RoleForm(forms.Form):
    """A role of the agency's own, composed of verbs."""

    name = forms.CharField(label="Tên vai trò", max_length=200)
    verbs = forms.MultipleChoiceField(label="Được làm", widget=forms.CheckboxSelectMultiple())
    reason = forms.CharField(label="Lý do sửa", widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, changing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = rights.composable()
        groups: dict[str, Choices] = {}
        for code in sorted(allowed):
            verb = registry.verbs.get(code)
            if verb is not None:
                system = queries.SYSTEMS.get(code.partition(":")[0], code.partition(":")[0])
                groups.setdefault(system, []).append((code, verb.sentence[:1].upper() + verb.sentence[1:]))
        set_choices(self, "verbs", list(groups.items()))
        if not changing:
            del self.fields["reason"]


class DelegationForm(forms.Form):
    """An authority to sign, as its instrument gives it."""

    kind = forms.ChoiceField(
        label="Hình thức",
        choices=[EMPTY, *((kind.value, f"{kind.value}. ({kind.label})") for kind in SigningDelegation.Kind)],
    )
    giver = forms.ChoiceField(label="Người đứng đầu giao ký", widget=forms.Select(ONE))
    taker = forms.ChoiceField(label="Vị trí được giao ký", widget=forms.Select(ONE))
    instrument = forms.CharField(
        label="Căn cứ",
        max_length=500,
        help_text="TL.: quy chế làm việc hoặc quy chế văn thư, ghi điều, khoản. TUQ.: số, ngày của văn bản ủy quyền.",
        error_messages={"required": "Thừa lệnh phải dẫn quy chế, ghi rõ điều, khoản; ủy quyền phải bằng văn bản."},
    )
    content = forms.CharField(
        label="Nội dung được ủy quyền",
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="Bắt buộc với TUQ.: văn bản hoặc việc được ký.",
    )
    document_types = forms.MultipleChoiceField(
        label="Loại văn bản được ký",
        required=False,
        widget=forms.SelectMultiple({"data-enhance": "multiple", "data-placeholder": "Mọi loại", "size": 5}),
        help_text="Không chọn là mọi loại.",
    )
    fields_of = forms.CharField(
        label="Lĩnh vực",
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="Mỗi lĩnh vực một dòng; để trống là mọi lĩnh vực.",
    )
    since = forms.DateTimeField(
        label="Từ lúc", required=False, widget=DateTimeInput(), help_text="Để trống là từ bây giờ."
    )
    until = forms.DateTimeField(
        label="Đến lúc", required=False, widget=DateTimeInput(), help_text="Bắt buộc với TUQ.; tính đến từng giây."
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rank = Position.Rank
        named = BodySigner.objects.filter(body__agency_id=actor.agency_id, role="head", held__contains=clock.now())
        heads = queries.positions(actor, queries.PositionFilter())
        found = list(heads.filter(rank=rank.HEAD) | heads.filter(pk__in=named.values("position_id")))
        set_choices(self, "giver", [EMPTY, *_named(found)])
        takers = position_choices(actor, rank.HEAD, rank.UNIT_HEAD)
        set_choices(self, "taker", [*takers, *_ministers(actor)])
        set_choices(self, "document_types", document_types())

    def facts(self) -> DelegationInput:
        """The input of `give`."""
        data = self.cleaned_data
        return DelegationInput(
            giver_id=UUID(data["giver"]),
            taker_id=UUID(data["taker"]),
            kind=data["kind"],
            instrument=data["instrument"],
            content=data["content"],
            document_types=tuple(data["document_types"]),
            fields=tuple(line for line in data["fields_of"].splitlines() if line.strip()),
            since=data["since"],
            until=data["until"],
        )


def _ministers(actor: Actor) -> Choices:
    """Heads of other agencies, whom the Prime Minister alone may authorise (NĐ 191/2026 Đ5.2.i)."""
    government = versions_at().filter(unit__agency_id=actor.agency_id, kind=UnitVersion.Kind.GOVERNMENT)
    if not government.exists():
        return []
    rows = holdings_at().filter(position__rank=Position.Rank.HEAD).exclude(position__unit__agency_id=actor.agency_id)
    found = list(rows.exclude(position__unit__agency=None).select_related("position__unit"))
    units = current({row.position.unit_id for row in found})
    return [
        (str(row.position_id), f"{row.position.title} — {units[row.position.unit_id].label} ({row.person.full_name})")
        for row in found
        if row.position.unit_id in units
    ]


class GiveOnForm(forms.Form):
    """A TL. given on to the own deputy."""

    taker = forms.ChoiceField(label="Cấp phó được giao lại")
    instrument = forms.CharField(label="Văn bản phân công", max_length=500)
    document_types = forms.MultipleChoiceField(
        label="Loại văn bản được ký thay",
        required=False,
        widget=forms.SelectMultiple({"data-enhance": "multiple", "size": 5}),
        help_text="Không chọn là như quyền ký được giao.",
    )
    until = forms.DateTimeField(label="Đến lúc", required=False, widget=DateTimeInput())

    def __init__(self, actor: Actor, row: SigningDelegation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = queries.positions(actor, queries.PositionFilter(unit_id=row.taker.unit_id))
        set_choices(self, "taker", [EMPTY, *_named(list(rows.filter(rank=Position.Rank.UNIT_DEPUTY)))])
        given = set(row.document_types)
        set_choices(self, "document_types", [each for each in document_types() if not given or each[0] in given])


class SignerForm(forms.Form):
    """Who signs for a body by office."""

    body = forms.ChoiceField(label="Chủ thể ban hành")
    position = forms.ChoiceField(label="Vị trí trong cơ quan", widget=forms.Select(ONE))
    role = forms.ChoiceField(label="Vai trò", choices=[EMPTY, *BodySigner.Role.choices])
    title = forms.CharField(
        label="Chức danh khi ký",
        max_length=300,
        help_text="Ví dụ: Trưởng ban. In ở ô 7a; chức vụ trong cơ quan in ở ô 7b.",
    )
    instrument = forms.CharField(label="Quyết định", max_length=500)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = IssuingBody.objects.filter(agency_id=actor.agency_id, valid__contains=clock.local_date())
        set_choices(self, "body", [EMPTY, *((str(row.pk), row.name) for row in bodies.order_by("name"))])
        set_choices(self, "position", position_choices(actor))

    def facts(self) -> SignerInput:
        """The input of `name_signer`."""
        data = self.cleaned_data
        return SignerInput(
            body_id=UUID(data["body"]),
            position_id=UUID(data["position"]),
            role=data["role"],
            title=data["title"],
            instrument=data["instrument"],
        )


class AbsenceForm(forms.Form):
    """Who does whose work, and how long."""

    holding = forms.ChoiceField(label="Người vắng mặt và vị trí", widget=forms.Select(ONE))
    delegate = forms.ChoiceField(label="Người làm thay", widget=forms.Select(ONE))
    since = forms.DateTimeField(
        label="Từ lúc", required=False, widget=DateTimeInput(), help_text="Để trống là từ bây giờ."
    )
    until = forms.DateTimeField(label="Đến lúc", widget=DateTimeInput())
    note = forms.CharField(label="Lý do vắng mặt", max_length=500)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "holding", holding_choices(actor))
        set_choices(self, "delegate", colleague_choices(actor))

    def facts(self) -> dict[str, Any]:
        """The arguments of `open_absence`."""
        data = self.cleaned_data
        return {
            "holding_id": UUID(data["holding"]),
            "delegate_id": UUID(data["delegate"]),
            "since": data["since"],
            "until": data["until"],
            "note": data["note"],
        }


class ImportForm(forms.Form):
    """A table of people."""

    file = forms.FileField(label="Tệp CSV hoặc XLSX", widget=forms.FileInput({"accept": ".csv,.xlsx"}))
