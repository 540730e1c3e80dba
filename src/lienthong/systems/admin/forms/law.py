"""Forms of the law and the calendar: what is typed, turned into changes to propose (CORE-32)."""

import json
from typing import Any

from django import forms

from lienthong.core.amendments.items import DayItem, ParameterItem, YearItem
from lienthong.core.lawbook.models import CalendarEntry, Parameter
from lienthong.kit.workdays import DayKind
from lienthong.kit.workdays_words import UNITS, WEEKDAYS
from lienthong.shell.forms import DateInput

WHY = "Người duyệt và nhật ký đọc lý do này."


class ReasonForm(forms.Form):
    """Why, for the second person and the journal."""

    reason = forms.CharField(label="Lý do", widget=forms.Textarea({"rows": 2}), help_text=WHY)


class ParameterForm(ReasonForm):
    """A dated row of one parameter; the field of the value fits its kind."""

    valid_from = forms.DateField(label="Áp dụng từ ngày", widget=DateInput())
    valid_to = forms.DateField(
        label="Đến hết ngày", widget=DateInput(), required=False, help_text="Để trống khi chưa biết ngày kết thúc."
    )
    instrument = forms.CharField(
        label="Văn bản làm căn cứ", max_length=300, help_text="Số, ký hiệu, ví dụ 30/2020/NĐ-CP."
    )
    article = forms.CharField(label="Điều, khoản", max_length=200, required=False)
    confirmed = forms.BooleanField(label="Đã đối chiếu với văn bản có chữ ký", required=False)
    correct = forms.BooleanField(
        label="Đây là sửa dòng đang ghi sai, không phải quy định mới",
        required=False,
        help_text="Dòng cũ vẫn đọc được; hồ sơ đã mở giữ giá trị cũ.",
    )
    note = forms.CharField(label="Ghi chú", max_length=500, required=False)
    field_order = ("value", "n", "words", "valid_from", "valid_to", "instrument", "article", "confirmed", "correct")

    def __init__(self, *args: Any, row: Parameter, own: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.row = row
        if not own:
            del self.fields["correct"]
        if row.kind == "duration":
            self.fields["n"] = forms.IntegerField(
                label=f"Số {UNITS.get(row.value['unit'], '')}", min_value=0, initial=row.value["n"]
            )
            self.fields["words"] = forms.CharField(label="Lời của quy định", max_length=200, initial=row.value["words"])
        else:
            self.fields["value"] = self._value_field(row)
        self.order_fields(self.field_order)

    def _value_field(self, row: Parameter) -> forms.Field:
        match row.kind:
            case "flag":
                return forms.BooleanField(label="Bật", required=False, initial=row.value)
            case "integer":
                return forms.IntegerField(label=f"Giá trị ({row.unit})", initial=row.value)
            case "numbers" if row.key == "clock.weekly_rest":
                return forms.TypedMultipleChoiceField(
                    label="Ngày nghỉ hằng tuần",
                    choices=[(n, word) for n, word in enumerate(WEEKDAYS)],
                    coerce=int,
                    initial=row.value,
                    widget=forms.CheckboxSelectMultiple(),
                )
            case "hours":
                shown = ", ".join(f"{a[:5]}-{b[:5]}" for a, b in row.value)
                return forms.CharField(label="Giờ làm việc", initial=shown, help_text="Ví dụ 08:00-12:00, 13:00-17:00.")
            case "text" | "decimal" | "date" | "time":
                return forms.CharField(label="Giá trị", initial=row.value)
            case _:
                shown = json.dumps(row.value, ensure_ascii=False, indent=2)
                area = forms.Textarea({"rows": 8, "class": "lt-code"})
                return forms.JSONField(label="Giá trị (JSON)", initial=shown, widget=area)

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        if self.row.kind == "hours" and data.get("value"):
            spans = [part.strip().replace("–", "-").split("-") for part in data["value"].split(",")]
            if any(len(span) != len(("từ", "đến")) for span in spans):
                self.add_error("value", "Ghi từng khoảng giờ, ví dụ 08:00-12:00, 13:00-17:00.")
            data["value"] = [[begin.strip(), end.strip()] for begin, end in (s for s in spans if len(s) > 1)]
        return data

    def item(self) -> ParameterItem:
        """The change to propose."""
        data = self.cleaned_data
        value = data.get("value")
        if self.row.kind == "duration":
            value = {**self.row.value, "n": data["n"], "words": data["words"]}
        return ParameterItem(
            key=self.row.key,
            value=value,
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
            instrument=data["instrument"],
            article=data["article"],
            confirmed=data["confirmed"],
            note=data["note"],
            replaces=self.row.pk if data.get("correct") else None,
        )


class DayForm(forms.Form):
    """A date of the calendar; an agency names its own closures, the node what binds all."""

    day = forms.DateField(label="Ngày", widget=DateInput())
    day_kind = forms.ChoiceField(label="Loại ngày")
    title = forms.CharField(label="Nội dung", max_length=300, help_text="Câu này in trong lời giải thích của từng hạn.")
    source = forms.CharField(label="Căn cứ", max_length=300, help_text="Số, ký hiệu của thông báo hoặc quyết định.")
    reason = forms.CharField(label="Lý do đề xuất", widget=forms.Textarea({"rows": 2}), help_text=WHY)

    def __init__(self, *args: Any, of_agency: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        closure = DayKind.LOCAL_CLOSURE.value
        kinds = [(code, word) for code, word in CalendarEntry.KINDS if (code == closure) == of_agency]
        self.fields["day_kind"].choices = kinds  # type: ignore[attr-defined]

    def item(self) -> DayItem:
        """The change to propose."""
        data = self.cleaned_data
        return DayItem(day=data["day"], day_kind=DayKind(data["day_kind"]), reason=data["title"], source=data["source"])


class YearForm(ReasonForm):
    """A year whose days off are announced."""

    source = forms.CharField(label="Căn cứ", max_length=300, help_text="Số, ký hiệu của thông báo.")
    field_order = ("source", "reason")

    def item(self, year: int) -> YearItem:
        """The change to propose."""
        return YearItem(year=year, source=self.cleaned_data["source"])


class WithdrawForm(ReasonForm):
    """A date that is taken out."""

    source = forms.CharField(label="Căn cứ", max_length=300, help_text="Số, ký hiệu của văn bản bãi bỏ.")
    field_order = ("source", "reason")


class FileForm(ReasonForm):
    """A file of changes; run dry first."""

    file = forms.FileField(label="Tệp")
    source = forms.CharField(label="Căn cứ", max_length=300, required=False, help_text="Cần khi gửi đề xuất.")
    reason = forms.CharField(label="Lý do", widget=forms.Textarea({"rows": 2}), required=False, help_text=WHY)
    field_order = ("file", "source", "reason")
