"""The forms of the office: what is typed, turned into the inputs of actions; the actions judge it."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from lienthong.contracts.actor import Actor
from lienthong.core.access.actors import positions_with
from lienthong.core.orgs.models import IssuingBody, UnitVersion
from lienthong.core.orgs.queries import current, holdings_at, versions_at
from lienthong.kit import clock
from lienthong.shell.forms import DateInput, set_choices
from lienthong.systems.office import content, types
from lienthong.systems.office.actions.incoming import RESULT_KINDS, Give, PaperInput
from lienthong.systems.office.actions.outgoing import DraftInput, To
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, Receiver
from lienthong.systems.office.models.outgoing import Urgency

MULTIPLE = {"data-enhance": "multiple", "data-placeholder": "Gõ tên cơ quan để chọn", "size": 8}
WITHIN = {**MULTIPLE, "data-placeholder": "Gõ tên đơn vị để chọn", "size": 4}


def receiver_choices(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """The agencies that can receive over the axis, grouped by kind, in Vietnamese order; not one's own."""
    rows = (
        versions_at()
        .filter(unit__codes__isnull=False)
        .exclude(unit_id=actor.agency)
        .order_by("sort_key")
        .distinct()
        .values_list("kind", "unit_id", "official_name")
    )
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind, unit_id, name in rows:
        groups.setdefault(UnitVersion.Kind(kind).label, []).append((str(unit_id), name))
    return list(groups.items())


def signer_choices(actor: Actor) -> list[tuple[str, str]]:
    """The positions of the agency that may sign, with their present holders."""
    positions = positions_with("office:outgoing:sign", actor.agency_id) if actor.agency_id else []
    rows = holdings_at().filter(position_id__in=list(positions)).order_by("position__order")
    return [(str(row.position_id), f"{row.person.full_name} — {row.position.title}") for row in rows]


class DraftForm(forms.Form):
    """The draft of an outgoing document; numbers, dates and codes are filled by the system (OF-67)."""

    type_code = forms.ChoiceField(label="Tên loại")
    issuing_body = forms.ChoiceField(label="Cơ quan ban hành")
    subject = forms.CharField(
        label="Trích yếu", widget=forms.Textarea({"rows": 2}), help_text="Nói ngắn gọn nội dung chính, không ghi “V/v”."
    )
    legal_basis = forms.CharField(
        label="Căn cứ",
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="Mỗi căn cứ một dòng, viết đủ như in: “Căn cứ Luật …”.",
    )
    text = forms.CharField(
        label="Nội dung",
        widget=forms.Textarea({"rows": 14, "class": "lt-tall"}),
        help_text="Cách đoạn bằng một dòng trống. “Điều 1.”, “1.”, “a)”, “- ” ở đầu đoạn được trình bày đúng thể thức.",
    )
    receivers = forms.MultipleChoiceField(
        label="Nơi nhận chính (Kính gửi)", required=False, widget=forms.SelectMultiple(MULTIPLE)
    )
    copies = forms.MultipleChoiceField(
        label="Nơi nhận để biết, phối hợp", required=False, widget=forms.SelectMultiple(MULTIPLE)
    )
    signer = forms.ChoiceField(label="Người ký")
    urgency = forms.TypedChoiceField(label="Độ khẩn", choices=Urgency.choices, coerce=int, initial=0)
    notation_unit = forms.CharField(
        label="Ký hiệu đơn vị soạn thảo",
        required=False,
        max_length=30,
        help_text="Chỉ dùng cho công văn, ví dụ VX trong “16/UBND-VX”.",
    )
    due_on = forms.DateField(label="Hạn trả lời", required=False, widget=DateInput())
    answers = forms.UUIDField(required=False, widget=forms.HiddenInput())

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        units = receiver_choices(actor)
        set_choices(self, "type_code", [(t.code, t.name) for t in types.by_code().values()])
        bodies = IssuingBody.objects.filter(agency_id=actor.agency_id, valid__contains=clock.local_date())
        set_choices(self, "issuing_body", [(str(b.id), b.name) for b in bodies.order_by("-default", "name")])
        set_choices(self, "receivers", units)
        set_choices(self, "copies", units)
        set_choices(self, "signer", signer_choices(actor))

    def facts(self) -> DraftInput:
        """The input of `create` and `edit`; call on a valid form."""
        data = self.cleaned_data
        main = [To(unit_id=UUID(ident)) for ident in data["receivers"]]
        copies = [
            To(unit_id=UUID(ident), role=Receiver.Role.COPY)
            for ident in data["copies"]
            if ident not in set(data["receivers"])
        ]
        return DraftInput(
            type_code=data["type_code"],
            subject=data["subject"],
            content=content.parse(data["text"]),
            signer_position_id=UUID(data["signer"]),
            issuing_body_id=UUID(data["issuing_body"]),
            receivers=(*main, *copies),
            legal_basis=tuple(line.strip() for line in data["legal_basis"].splitlines() if line.strip()),
            urgency=data["urgency"],
            notation_unit=data["notation_unit"],
            due_on=data["due_on"],
            answers=data["answers"],
        )

    @staticmethod
    def of(document: OutgoingDocument) -> dict[str, Any]:
        """The initial values that show a draft."""
        receivers = list(document.receivers.all())
        return {
            "type_code": document.type_code,
            "issuing_body": str(document.issuing_body_id),
            "subject": document.subject,
            "legal_basis": "\n".join(document.legal_basis),
            "text": content.typed(document.content),
            "receivers": [str(r.unit_id) for r in receivers if r.role == Receiver.Role.MAIN],
            "copies": [str(r.unit_id) for r in receivers if r.role == Receiver.Role.COPY],
            "signer": str(document.signer_position_id),
            "urgency": document.urgency,
            "notation_unit": document.notation_unit,
            "due_on": document.due_on,
            "answers": document.answers,
        }


class ReceiptForm(forms.Form):
    """What the clerk says when a document is accepted into the register."""

    accept_reason = forms.CharField(
        label="Lý do tiếp nhận",
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="Nơi gửi sẽ thấy lý do này.",
    )
    duplicate = forms.ChoiceField(label="Văn bản có thể đã đăng ký", required=False, widget=forms.RadioSelect())
    submit_to = forms.ChoiceField(label="Trình ngay", required=False, help_text="Để trống nếu chỉ vào sổ, trình sau.")

    def __init__(
        self, document: IncomingDocument, actor: Actor, found: list[IncomingDocument], *args: Any, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        set_choices(self, "submit_to", [("", "Chưa trình"), *leader_choices(actor)])
        if not document.verdict.get("needs_reason"):
            del self.fields["accept_reason"]
        if found:
            options = [
                (str(row.pk), f"Là bản khác của số đến {row.arrival_number}: {row.code} ({row.sender_name})")
                for row in found
            ]
            set_choices(self, "duplicate", [*options, ("new", "Không phải, vẫn vào sổ mới")])
        else:
            del self.fields["duplicate"]


def leader_choices(actor: Actor) -> list[tuple[str, str]]:
    """The positions of the agency that direct incoming papers, with their holders."""
    positions = positions_with("office:incoming:direct", actor.agency_id) if actor.agency_id else []
    rows = holdings_at().filter(position_id__in=list(positions)).order_by("position__order")
    return [(str(row.position_id), f"{row.person.full_name} — {row.position.title}") for row in rows]


class SubmitForm(forms.Form):
    """To whom a registered document is submitted."""

    position = forms.ChoiceField(label="Trình")
    note = forms.CharField(label="Ý kiến của văn thư", required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "position", leader_choices(actor))


class DirectForm(forms.Form):
    """A leader's direction: content, one lead, co-ordinators, readers, one deadline (OF-12)."""

    # The words that most directions are; a leader who wants others writes over them (OF-69: three acts).
    content = forms.CharField(
        label="Ý kiến chỉ đạo",
        initial="Chuyển đơn vị chủ trì nghiên cứu, xử lý theo quy định.",
        widget=forms.Textarea({"rows": 3}),
    )
    lead = forms.ChoiceField(label="Chủ trì")
    co = forms.MultipleChoiceField(label="Phối hợp", required=False, widget=forms.SelectMultiple(WITHIN))
    info = forms.MultipleChoiceField(label="Để biết", required=False, widget=forms.SelectMultiple(WITHIN))
    due_on = forms.DateField(label="Thời hạn", required=False, widget=DateInput())

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = inner_units(actor)
        set_choices(self, "lead", [("", "Chọn đơn vị chủ trì"), *units])
        set_choices(self, "co", units)
        set_choices(self, "info", units)

    def lines(self) -> list[Give]:
        """The lines of the direction; a unit that is lead or co-ordinates is not listed again."""
        data = self.cleaned_data
        taken = {data["lead"]}
        due: date | None = data["due_on"]
        made = [Give(unit_id=UUID(data["lead"]), role=Line.Role.LEAD, due_on=due)]
        for name, role in (("co", Line.Role.CO), ("info", Line.Role.INFO)):
            for ident in data[name]:
                if ident not in taken:
                    taken.add(ident)
                    made.append(Give(unit_id=UUID(ident), role=role, due_on=due if role == Line.Role.CO else None))
        return made


def inner_units(actor: Actor) -> list[tuple[str, str]]:
    """The units inside the agency that can be given work, in Vietnamese order."""
    rows = versions_at().filter(unit__agency_id=actor.agency_id).exclude(unit_id=actor.agency).order_by("sort_key")
    return [(str(row.unit_id), row.official_name) for row in rows]


class WithinForm(forms.Form):
    """Who in the unit takes the work."""

    position = forms.ChoiceField(label="Người chủ trì")
    inner_due_on = forms.DateField(label="Thời hạn trong đơn vị", required=False, widget=DateInput())
    note = forms.CharField(label="Dặn thêm", required=False, widget=forms.Textarea({"rows": 2}))

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = holdings_at().filter(position__unit_id=actor.unit).order_by("position__order", "person__sort_key")
        people = [(str(row.position_id), f"{row.person.full_name} — {row.position.title}") for row in rows]
        set_choices(self, "position", people)


class FinishForm(forms.Form):
    """The result with which a document is finished (OF-15)."""

    kind = forms.ChoiceField(label="Kết quả", choices=RESULT_KINDS, initial="done")
    result = forms.CharField(label="Nội dung kết quả", required=False, widget=forms.Textarea({"rows": 3}))
    answer = forms.ChoiceField(
        label="Văn bản trả lời", required=False, help_text="Chọn văn bản đi đã phát hành để trả lời văn bản này."
    )

    def __init__(self, document: IncomingDocument, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = OutgoingDocument.objects.filter(agency_id=document.agency_id, answers=document.pk, code__gt="").order_by(
            "-issued_at"
        )[:20]
        set_choices(self, "answer", [("", "Không có"), *((str(row.pk), str(row)) for row in rows)])


class PaperForm(forms.Form):
    """A document that came on paper or by e-mail."""

    channel = forms.ChoiceField(label="Nguồn", choices=[("paper", "Bản giấy (quét)"), ("email", "Thư điện tử")])
    sender_name = forms.CharField(label="Tác giả (cơ quan ban hành)", max_length=500)
    code = forms.CharField(label="Số, ký hiệu", max_length=100)
    issued_on = forms.DateField(label="Ngày văn bản", widget=DateInput())
    type_name = forms.ChoiceField(label="Tên loại")
    subject = forms.CharField(label="Trích yếu", widget=forms.Textarea({"rows": 2}))
    urgency = forms.TypedChoiceField(label="Độ khẩn", choices=Urgency.choices, coerce=int, initial=0)
    due_on = forms.DateField(label="Hạn trả lời", required=False, widget=DateInput())
    signer = forms.CharField(label="Người ký", max_length=300, required=False)
    pages = forms.IntegerField(label="Số trang", min_value=1, max_value=32_767, required=False)
    file = forms.FileField(label="Bản quét hoặc tệp")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [t.name.removesuffix(" (cá biệt)") for t in types.by_code().values()]
        set_choices(self, "type_name", [(name, name) for name in names])

    def facts(self, file_id: UUID, file_name: str) -> PaperInput:
        """The input of `enter`."""
        data = self.cleaned_data
        return PaperInput(
            channel=data["channel"],
            sender_name=data["sender_name"],
            code=data["code"],
            issued_on=data["issued_on"],
            type_name=data["type_name"],
            subject=data["subject"],
            file_ids=(file_id,),
            file_names=(file_name,),
            urgency=data["urgency"],
            due_on=data["due_on"],
            signer=data["signer"],
            pages=data["pages"],
        )


def unit_names(ids: set[UUID]) -> dict[UUID, str]:
    """Today's short names of units by id."""
    return {ident: version.label for ident, version in current(ids).items()}
