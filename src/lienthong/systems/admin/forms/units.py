"""Forms of units, codes, cases, bodies and imports: what is typed, turned into the input of actions."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Keep, Taker, TakerKind
from lienthong.core.orgs import directory, handover
from lienthong.core.orgs.actions.bodies import BodyFacts
from lienthong.core.orgs.actions.cases import Successor
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.actions.units import UnitFacts
from lienthong.core.orgs.handover import Group
from lienthong.core.orgs.models import (
    CodeScheme,
    IssuingBody,
    Reorganisation,
    UnitCode,
    UnitVersion,
)
from lienthong.core.orgs.queries import as_of, code_of
from lienthong.shell.forms import DateInput, set_choices

AREA = forms.Textarea({"rows": 3})
SCHEMES = [("", "Để hệ thống đoán"), *UnitCode.Scheme.choices]
UNIT_HELP = "Ghi mã định danh, hoặc tên đầy đủ của đơn vị."


def day_field(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    """A legal date."""
    return forms.DateField(label=label, widget=DateInput(), help_text=help_text, required=required)


def instrument_field() -> forms.CharField:
    """The instrument that a change cites."""
    return forms.CharField(label="Văn bản", help_text="Số, ký hiệu, ngày của văn bản làm căn cứ.")


class UnitsField(forms.CharField):
    """Units typed one a line, by code or whole name."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        found = []
        for line in str(text or "").splitlines():
            if not line.strip():
                continue
            version = directory.find_unit(line)
            if version is None:
                raise ValidationError(f"Không tìm thấy, hoặc có nhiều đơn vị tên “{line.strip()}”; ghi mã định danh.")
            found.append(version.unit_id)
        return found


class UnitField(UnitsField):
    """One unit typed by code or whole name."""

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if len(found) > 1:
            raise ValidationError("Ghi một đơn vị.")
        return found[0] if found else None


def typed(unit_id: UUID | None, day: date | None = None) -> str:
    """What stands in the field for a unit: its code, or its name."""
    if unit_id is None:
        return ""
    version = as_of(unit_id, day)
    return code_of(unit_id, day) or (version.official_name if version else "")


class FactsForm(forms.Form):
    """What a unit is called and where it stands."""

    official_name = forms.CharField(label="Tên chính thức", widget=forms.Textarea({"rows": 2}))
    short_name = forms.CharField(label="Tên gọi tắt", required=False)
    abbreviation = forms.CharField(label="Chữ viết tắt", required=False, help_text="Dùng trong ký hiệu văn bản.")
    kind = forms.ChoiceField(label="Loại", choices=UnitVersion.Kind.choices)
    parent_id = UnitField(label="Đơn vị cấp trên", required=False, help_text=UNIT_HELP)
    place = forms.CharField(label="Địa danh", required=False)
    address = forms.CharField(label="Địa chỉ", required=False)
    header_lines = forms.CharField(
        label="Dòng tên cơ quan trên văn bản", required=False, widget=AREA, help_text="Mỗi dòng một dòng in."
    )

    def facts(self) -> dict[str, Any]:
        """The facts of a version."""
        data = self.cleaned_data
        return {**{name: data[name] for name in FactsForm.base_fields}, "header_lines": _lines(data["header_lines"])}

    @staticmethod
    def of(version: UnitVersion, day: date | None = None) -> dict[str, Any]:
        """The initial values that show a version."""
        values = {name: getattr(version, name) for name in FactsForm.base_fields}
        return {**values, "parent_id": typed(version.parent_id, day), "header_lines": "\n".join(version.header_lines)}


class NewUnitForm(FactsForm):
    """A unit that begins."""

    code = forms.CharField(label="Mã định danh", required=False)
    scheme = forms.ChoiceField(label="Hệ mã", choices=SCHEMES, required=False)
    as_agency = forms.BooleanField(
        label="Là cơ quan có Văn thư và mã riêng trên nút này", required=False, help_text="Chỉ quản trị nút lập."
    )
    effective = day_field("Ngày hiệu lực")
    instrument = instrument_field()

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if actor.agency_id is not None:
            del self.fields["as_agency"]
            self.fields["parent_id"].required = True

    def unit_facts(self) -> UnitFacts:
        """The input of `create`."""
        return UnitFacts(**self.facts())

    def new_code(self) -> NewCode | None:
        """The first code, where one was given."""
        data = self.cleaned_data
        return NewCode(code=data["code"], scheme=data["scheme"], primary=True) if data["code"] else None


class ChangeForm(FactsForm):
    """A change from a date on."""

    effective = day_field("Ngày hiệu lực", "Dữ liệu cũ giữ nguyên cho các ngày trước đó.")
    instrument = instrument_field()
    note = forms.CharField(label="Ghi chú", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class CorrectForm(FactsForm):
    """A correction of a span."""

    start = day_field("Sai từ ngày")
    end = day_field("Đến trước ngày", "Để trống nếu sai đến nay.", required=False)
    instrument = forms.CharField(label="Văn bản", required=False)
    reason = forms.CharField(label="Lý do đính chính", widget=forms.Textarea({"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class CodeForm(forms.Form):
    """A code that is added, or takes the place of another."""

    old = forms.ChoiceField(label="Thay cho mã", required=False)
    code = forms.CharField(label="Mã định danh")
    scheme = forms.ChoiceField(label="Hệ mã", choices=SCHEMES, required=False)
    primary = forms.BooleanField(label="Là mã dùng khi gửi văn bản", required=False)
    confirmed = forms.BooleanField(
        label="Đã đối chiếu với quyết định ban hành mã",
        required=False,
        help_text="Mã hệ thống suy từ mã cũ chỉ là gợi ý; không có giá trị khi chưa xác nhận.",
    )
    effective = day_field("Dùng từ ngày")
    instrument = instrument_field()
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, codes: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "old", [("", "Không thay mã nào, dùng thêm"), *((code, code) for code in codes)])

    def new_code(self) -> NewCode:
        """The code."""
        data = self.cleaned_data
        names = ("code", "scheme", "primary", "confirmed")
        return NewCode(**{name: data[name] for name in names})


class EndCodeForm(forms.Form):
    """A code that is not used any more."""

    code = forms.ChoiceField(label="Mã định danh")
    effective = day_field("Ngừng dùng từ ngày")
    reason = forms.CharField(label="Lý do", widget=forms.Textarea({"rows": 2}))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, codes: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "code", [(code, code) for code in codes])


class CaseForm(forms.Form):
    """A merge, a split or a dissolution."""

    kind = forms.ChoiceField(label="Việc", choices=Reorganisation.Kind.choices)
    ends = UnitsField(label="Đơn vị chấm dứt hoạt động", widget=AREA, help_text=f"Mỗi dòng một đơn vị. {UNIT_HELP}")
    follows = UnitsField(
        label="Đơn vị kế thừa đã có",
        required=False,
        widget=AREA,
        help_text="Để trống nếu lập đơn vị mới hoặc giải thể.",
    )
    created = forms.CharField(
        label="Đơn vị kế thừa lập mới",
        required=False,
        widget=AREA,
        help_text="Mỗi dòng một đơn vị: tên chính thức; chữ viết tắt; mã định danh. Dòng đầu là đơn vị kế thừa chính.",
    )
    effective = day_field("Ngày hiệu lực")
    instrument = instrument_field()
    note = forms.CharField(label="Ghi chú", required=False)

    def successors(self) -> list[Successor]:
        """Those that exist, then those to be made, of the kind of the first unit that ends."""
        data = self.cleaned_data
        found = [Successor(unit_id=unit_id) for unit_id in data["follows"]]
        model = UnitVersion.objects.filter(unit_id=data["ends"][0], recorded__upper_inf=True).order_by("valid").last()
        for line in _lines(data["created"]):
            name, short, code, *_ = [*(part.strip() for part in line.split(";")), "", ""]
            facts = UnitFacts(
                official_name=name, abbreviation=short, kind=model.kind if model else UnitVersion.Kind.OTHER
            )
            found.append(Successor(facts=facts, code=NewCode(code=code, primary=True) if code else None))
        return found


class TakerForm(forms.Form):
    """Who takes the things of a kind; all of them, or those that are ticked."""

    taker = forms.ChoiceField(label="Nơi nhận", required=False)
    archive = forms.CharField(label="Tên lưu trữ lịch sử", required=False)
    unit = UnitField(label="Đơn vị nhận", required=False, help_text=UNIT_HELP)

    def __init__(self, case: Reorganisation, group: Group, data: Any = None) -> None:
        super().__init__(data, prefix=f"{group.code}-{group.keep}-{group.agency_id or ''}")
        choices: list[tuple[str, str]] = []
        units = handover.taker_units(case)
        for kind in group.allowed:
            words = "Lưu trữ hiện hành của " if kind is TakerKind.CURRENT_ARCHIVE else ""
            if kind is not TakerKind.HISTORICAL_ARCHIVE:
                choices += [(f"{kind}:{unit.unit_id}", f"{words}{unit.official_name}") for unit in units]
        if group.keep is Keep.PERMANENT:
            del self.fields["taker"], self.fields["unit"]
        else:
            del self.fields["archive"]
            if choices:
                del self.fields["unit"]
                set_choices(self, "taker", choices)
            else:
                del self.fields["taker"]
        for field in self.fields.values():
            field.required = True

    def chosen(self) -> Taker:
        """The taker."""
        data = self.cleaned_data
        if "archive" in data:
            return Taker(kind=TakerKind.HISTORICAL_ARCHIVE, name=data["archive"])
        if "unit" in data:
            return Taker(kind=TakerKind.UNIT, name="", unit_id=data["unit"])
        kind, _, ident = data["taker"].partition(":")
        return Taker(kind=TakerKind(kind), name="", unit_id=UUID(ident))


class BodyForm(forms.Form):
    """An issuing body."""

    kind = forms.ChoiceField(label="Loại chủ thể", choices=IssuingBody.Kind.choices)
    name = forms.CharField(label="Tên")
    abbreviation = forms.CharField(label="Chữ viết tắt trong ký hiệu", help_text="Ví dụ: CP, TTg, VPCP.")
    header_lines = forms.CharField(
        label="Dòng tên cơ quan trên văn bản",
        widget=AREA,
        help_text="Dòng đầu là cơ quan chủ quản (nếu in), dòng cuối là chủ thể.",
    )
    place = forms.CharField(label="Địa danh")
    seal_with_emblem = forms.BooleanField(label="Dấu có hình Quốc huy", required=False)
    layout = forms.ChoiceField(label="Thể thức", choices=[("nd30", "Nghị định 30/2020/NĐ-CP")])
    default = forms.BooleanField(label="Mặc định khi soạn văn bản", required=False)
    effective = day_field("Dùng từ ngày")
    instrument = instrument_field()

    def facts(self) -> BodyFacts:
        """The input of the acts."""
        names = ("kind", "name", "abbreviation", "place", "seal_with_emblem", "layout", "default")
        data = self.cleaned_data
        return BodyFacts(**{name: data[name] for name in names}, header_lines=_lines(data["header_lines"]))

    @staticmethod
    def of(body: IssuingBody) -> dict[str, Any]:
        """The initial values that show a body."""
        names = ("kind", "name", "abbreviation", "place", "seal_with_emblem", "layout", "default")
        return {**{name: getattr(body, name) for name in names}, "header_lines": "\n".join(body.header_lines)}


class SchemeForm(forms.Form):
    """A scheme Zxy to be published."""

    name = forms.CharField(label="Tên hệ thống mã")
    issuer_id = UnitField(label="Cơ quan công bố", help_text=UNIT_HELP)
    alphabet = forms.ChoiceField(label="Ký tự của mã thành viên", choices=CodeScheme.Alphabet.choices)
    shortest = forms.IntegerField(label="Số ký tự ít nhất", min_value=1)
    longest = forms.IntegerField(label="Số ký tự nhiều nhất", min_value=1)
    purpose = forms.CharField(label="Phạm vi, mục đích", required=False, widget=AREA)
    published_on = day_field("Ngày công bố")
    instrument = instrument_field()


class AmendSchemeForm(forms.Form):
    """What of a published scheme may be amended."""

    name = forms.CharField(label="Tên hệ thống mã")
    purpose = forms.CharField(label="Phạm vi, mục đích", required=False, widget=AREA)
    instrument = instrument_field()
    reason = forms.CharField(label="Lý do sửa đổi", widget=forms.Textarea({"rows": 2}))


class ImportForm(forms.Form):
    """A file of units."""

    file = forms.FileField(label="Tệp CSV hoặc XLSX", help_text="Theo tệp mẫu; dòng đầu là tên cột.")
    instrument = forms.CharField(label="Văn bản, nguồn dữ liệu")
    effective = day_field("Ngày hiệu lực chung", "Dùng cho dòng không ghi “Hiệu lực từ”.")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
