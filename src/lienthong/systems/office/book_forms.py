"""The forms of books and of what is brought along; the actions judge what is typed."""

from typing import Any
from uuid import UUID

from django import forms

from lienthong.contracts.actor import Actor
from lienthong.core.orgs.models import IssuingBody
from lienthong.core.orgs.queries import holdings_at
from lienthong.kit import clock
from lienthong.kit.numbering import Reset
from lienthong.shell.forms import DateInput
from lienthong.systems.office import types
from lienthong.systems.office.actions.books import BalanceInput, SeriesInput
from lienthong.systems.office.models import BroughtAlong, Line, Register

RESETS = ((Reset.YEAR.value, "Mỗi năm, từ 01 ngày 01/01"), (Reset.TERM.value, "Theo nhiệm kỳ (văn bản của Đảng)"))


class RegisterForm(forms.Form):
    """A new book."""

    kind = forms.ChoiceField(label="Loại sổ", choices=Register.Kind.choices)
    name = forms.CharField(label="Tên sổ", max_length=200)
    default = forms.BooleanField(
        label="Sổ mặc định của loại này", required=False, help_text="Văn bản vào sổ mặc định khi không chọn sổ khác."
    )


class SeriesForm(forms.Form):
    """A new series of numbers in a book."""

    issuing_body_id = forms.ChoiceField(label="Chủ thể ban hành", required=False)
    type_code = forms.ChoiceField(
        label="Loại văn bản", required=False, help_text="Để trống: dãy chung cho mọi loại không có dãy riêng."
    )
    pattern = forms.CharField(
        label="Dạng số, ký hiệu",
        max_length=100,
        help_text="{n} là số, {yyyy} là năm; LOẠI, CQ, ĐƠNVỊ là chữ viết tắt. Ví dụ {n}/LOẠI-CQ, {n}/CQ-ĐƠNVỊ.",
    )
    reset = forms.ChoiceField(label="Đánh số lại", choices=RESETS)

    def __init__(self, actor: Actor, register: Register, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register = register
        if register.kind == Register.Kind.INCOMING:
            del self.fields["issuing_body_id"], self.fields["type_code"]
            self.fields["pattern"].initial = "{n}/ĐẾN"
            return
        bodies = IssuingBody.objects.filter(agency_id=actor.agency_id, valid__contains=clock.local_date())
        _choices(self, "issuing_body_id", [(str(row.pk), row.name) for row in bodies.order_by("-default", "name")])
        _choices(self, "type_code", [("", "Dãy chung"), *((t.code, t.name) for t in types.by_code().values())])

    def facts(self) -> SeriesInput:
        """The input of the action."""
        body = self.cleaned_data.get("issuing_body_id") or ""
        return SeriesInput(
            register_id=self.register.pk,
            pattern=self.cleaned_data["pattern"],
            issuing_body_id=UUID(body) if body else None,
            type_code=self.cleaned_data.get("type_code") or "",
            reset=self.cleaned_data["reset"],
        )


class FormatForm(forms.Form):
    """Another format of a series that has no number yet."""

    pattern = forms.CharField(label="Dạng số, ký hiệu", max_length=100)
    reset = forms.ChoiceField(label="Đánh số lại", choices=RESETS)


class BalanceForm(forms.Form):
    """The last number of the book before."""

    last = forms.IntegerField(label="Số cuối đã dùng", min_value=0, help_text="Số mới sẽ là số này cộng một.")
    last_on = forms.DateField(label="Ngày của số cuối", widget=DateInput())
    book = forms.CharField(label="Tên sổ trước", max_length=300, help_text="Ví dụ: Sổ giấy năm 2026, quyển 2.")
    scan = forms.FileField(label="Bản quét trang cuối của sổ trước", help_text="PDF hoặc ảnh, thấy rõ dòng số cuối.")

    def facts(self, scan_id: UUID) -> BalanceInput:
        """The input of the action."""
        data = self.cleaned_data
        return BalanceInput(last=data["last"], last_on=data["last_on"], book=data["book"], scan_id=scan_id)


class BringForm(forms.Form):
    """A file of old documents or open work."""

    kind = forms.ChoiceField(label="Loại dữ liệu", choices=BroughtAlong.Kind.choices)
    register_id = forms.ChoiceField(label="Sổ", help_text="Văn bản đến cũ và việc làm dở: chọn sổ đến.")
    source = forms.CharField(
        label="Nguồn", max_length=200, help_text="Tên sổ hoặc phần mềm cũ; cùng nguồn thì một số chỉ nhập một lần."
    )
    file = forms.FileField(label="Tệp CSV hoặc XLSX theo mẫu")
    scans = forms.FileField(
        label="Gói bản quét (ZIP)", required=False, help_text="Tên tệp trong gói khớp cột “Tên tệp quét”."
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Register.objects.filter(agency_id=actor.agency_id).order_by("kind", "name")
        _choices(self, "register_id", [(str(row.pk), f"{row.name} ({row.get_kind_display()})") for row in rows])


class ApproveForm(forms.Form):
    """The go-ahead for a checked file."""

    doubts_seen = forms.BooleanField(label="Tôi đã xem các chữ chưa chắc hoa hay thường", required=False)


class AssignForm(forms.Form):
    """Who does a line that came along."""

    position_id = forms.ChoiceField(label="Người giải quyết")
    inner_due_on = forms.DateField(label="Hạn trong đơn vị", required=False, widget=DateInput())

    def __init__(self, line: Line, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = holdings_at().filter(position__unit_id=line.unit_id).order_by("position__order")
        _choices(
            self, "position_id", [(str(r.position_id), f"{r.person.full_name} — {r.position.title}") for r in rows]
        )


class ResultForm(forms.Form):
    """What came of a line that came along."""

    result = forms.CharField(label="Kết quả", widget=forms.Textarea({"rows": 3}))


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
