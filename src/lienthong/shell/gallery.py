"""Sample values for the gallery of components: long Vietnamese words, everything late, everything in doubt."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest

from lienthong.kit import clock
from lienthong.shell.components import (
    Action,
    Chart,
    Due,
    Figure,
    FileView,
    FilterChip,
    SignStep,
    Tab,
    ThreadStep,
    TimelineEntry,
)
from lienthong.shell.forms import DateInput

PARTS = {"list": "Danh sách", "record": "Hồ sơ", "form": "Biểu mẫu", "board": "Bảng điều hành", "work": "Việc của tôi"}


class SampleForm(forms.Form):
    """Each kind of field once, with errors when it is sent empty."""

    subject = forms.CharField(
        label="Trích yếu nội dung",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Ghi đúng trích yếu trên văn bản; không thêm số, ký hiệu vào trích yếu.",
    )
    kind = forms.ChoiceField(
        label="Loại văn bản",
        choices=[("", "Chọn loại văn bản"), ("cv", "Công văn"), ("qd", "Quyết định"), ("tb", "Thông báo")],
        widget=forms.Select(attrs={"data-enhance": ""}),
    )
    issued = forms.DateField(label="Ngày ban hành", widget=DateInput(), required=False)
    number = forms.IntegerField(label="Số đến", help_text="Để trống để hệ thống cấp số tiếp theo.", required=False)
    receivers = forms.MultipleChoiceField(
        label="Nơi nhận",
        choices=[
            ("a", "Vụ Tổ chức cán bộ"),
            ("b", "Cục Kiểm soát thủ tục hành chính"),
            ("c", "Sở Y tế tỉnh Tuyên Quang"),
        ],
        widget=forms.SelectMultiple(attrs={"data-enhance": ""}),
    )
    urgency = forms.ChoiceField(
        label="Độ khẩn",
        choices=[("0", "Thường"), ("1", "Khẩn"), ("2", "Thượng khẩn"), ("3", "Hỏa tốc")],
        widget=forms.RadioSelect,
    )
    parts = forms.MultipleChoiceField(
        label="Thành phần kèm theo",
        choices=[("p", "Phụ lục"), ("d", "Dự thảo"), ("b", "Bảng tổng hợp ý kiến")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    paper = forms.FileField(label="Tệp văn bản (PDF, tối đa 50 MB)")
    secret = forms.BooleanField(label="Văn bản thuộc danh mục bí mật nhà nước, không đưa lên hệ thống này")


def sample(request: HttpRequest) -> dict[str, Any]:
    """The context of every page of the gallery."""
    now = clock.now()
    subject = (
        "Về việc đôn đốc các bộ, cơ quan ngang bộ, cơ quan thuộc Chính phủ và Ủy ban nhân dân các tỉnh, thành phố "
        "trực thuộc trung ương rà soát, cắt giảm, đơn giản hóa thủ tục hành chính liên quan đến hoạt động sản xuất, "
        "kinh doanh"
    )
    short = "V/v báo cáo tình hình thực hiện nhiệm vụ tháng 10 năm 2026"
    dues = [
        Due(due_at=now - timedelta(days=4), left=-3),
        Due(due_at=clock.end_of_day(clock.local_date(now)), left=0),
        Due(due_at=now + timedelta(days=3), left=2),
        Due(due_at=now + timedelta(days=20), left=14, provisional=True),
        Due(due_at=now + timedelta(days=9), state="paused"),
        Due(due_at=now, state="met"),
        Due(due_at=now, state="late_met"),
        Due(due_at=None, state="none"),
    ]
    states = [
        ("Chờ tiếp nhận", "neutral", "inbox"),
        ("Đang xử lý", "info", "progress"),
        ("Đã vào sổ", "ok", "check"),
        ("Chờ bổ sung", "warn", "clock-pause"),
        ("Trả lại", "stop", "arrow-back-up"),
    ]
    units = ["Văn phòng", "Sở Y tế", "Vụ Pháp luật", "UBND phường Minh Xuân", "Cục Kiểm soát TTHC"]
    rows = [
        {
            "id": n,
            "number": f"{1200 - n}/BNV-CCVC",
            "subject": subject if n % 3 == 0 else short,
            "unit": units[n % 5],
            "at": now - timedelta(hours=5 * n),
            "due": dues[n % 5],
            "state": states[n % 5],
            "urgency": n % 4 if n % 2 else 0,
            "unread": n % 4 == 0,
        }
        for n in range(18)
    ]
    months = [f"{n}/2026" for n in range(5, 12)]
    on_time, late = [812, 790, 845, 901, 870, 933, 655], [64, 71, 58, 80, 92, 61, 33]
    return {
        "parts": PARTS,
        "title": subject,
        "rows": rows,
        "dues": dues,
        "states": states,
        "tabs": [
            Tab("Tất cả", "#", 12450),
            Tab("Chờ vào sổ", "#", 18, current=True),
            Tab("Quá hạn", "#", 7, alarm=True),
            Tab("Tôi phối hợp", "#", 240),
            Tab("Đã kết thúc", "#", None),
        ],
        "chips": [
            FilterChip("Độ khẩn", "Khẩn trở lên", "?"),
            FilterChip("Cơ quan gửi", "Ủy ban nhân dân thành phố Hồ Chí Minh và các đơn vị trực thuộc", "?"),
        ],
        "thread": [
            ThreadStep("Phản ánh PA-2026-01842", "Chậm trả kết quả đăng ký kinh doanh", "#"),
            ThreadStep("Nhiệm vụ số 417", "", "#"),
            ThreadStep("Phiếu trình 93/PTr-VP", "", "#", "now"),
            ThreadStep("Phiếu lấy ý kiến", "", "", "next"),
            ThreadStep("Nghị quyết", "", "", "next"),
            ThreadStep("Thủ tục", "", "", "next"),
        ],
        "actions": [
            Action(
                label="Duyệt và ký",
                effect="Ký số tại vị trí Chánh Văn phòng, chuyển văn thư cấp số và phát hành tới 3 nơi nhận.",
                icon="signature",
                dialog="sign",
                primary=True,
            ),
            Action(
                label="Xin ý kiến đơn vị khác",
                effect="Gửi phiếu phối hợp; hạn trả lời tính từ khi đơn vị nhận.",
                icon="messages",
                url="#",
            ),
            Action(
                label="Trả lại",
                effect="Trả chuyên viên soạn thảo kèm lý do; hạn xử lý vẫn tiếp tục tính.",
                icon="arrow-back-up",
                dialog="return",
                danger=True,
            ),
        ],
        "signs": [
            SignStep(
                who="Nguyễn Thị Hoàng Yến",
                position="Chuyên viên chính, Vụ Pháp luật",
                role="soạn thảo",
                state="done",
                at=now - timedelta(days=1, hours=3),
                verdict="valid",
            ),
            SignStep(
                who="Trần Quốc Đạt",
                position="Phó Vụ trưởng, Vụ Pháp luật",
                role="ký nháy",
                state="done",
                at=now - timedelta(hours=20),
                verdict="valid_at_signing",
                why="Chứng thư số hết hạn ngày 20/11/2026, sau lúc ký; dấu thời gian chứng minh lúc ký còn hiệu lực.",
            ),
            SignStep(who="Lê Minh Khuê", position="Chánh Văn phòng", role="ký ban hành", state="now"),
            SignStep(who="Văn thư cơ quan", role="đóng dấu cơ quan"),
        ],
        "files": [
            FileView(
                name="Du-thao-Nghi-dinh-sua-doi-bo-sung-mot-so-dieu-ve-kiem-soat-thu-tuc-hanh-chinh-lan-3.pdf",
                url="#",
                kind="pdf",
                size=4_812_331,
                pages=46,
                verdict="valid",
            ),
            FileView(name="Bảng tổng hợp, tiếp thu, giải trình ý kiến.docx", url="#", kind="docx", size=82_100),
            FileView(
                name="Phụ lục số liệu.xlsx",
                url="#",
                kind="xlsx",
                size=512,
                scan="waiting",
                verdict="undetermined",
                why="Chưa kết nối được máy chủ trạng thái chứng thư số; hệ thống thử lại lúc 10:30.",
            ),
            FileView(name="Ảnh hiện trường.zip", kind="zip", size=1_400_000, scan="infected", verdict="invalid"),
        ],
        "entries": [
            TimelineEntry(
                at=now - timedelta(minutes=12),
                sentence="Chuyển phiếu trình tới Chánh Văn phòng để ký ban hành.",
                who="Trần Quốc Đạt",
                position="Phó Vụ trưởng, Vụ Pháp luật",
                on_behalf="Phạm Thu Hà",
                icon="send",
                tone="info",
            ),
            TimelineEntry(
                at=now - timedelta(hours=20),
                sentence="Ký nháy dự thảo công văn trả lời.",
                who="Trần Quốc Đạt",
                position="Phó Vụ trưởng, Vụ Pháp luật",
                icon="writing-sign",
                tone="ok",
            ),
            TimelineEntry(
                at=now - timedelta(days=2),
                sentence="Trả lại để bổ sung căn cứ pháp lý.",
                who="Lê Minh Khuê",
                position="Chánh Văn phòng",
                icon="arrow-back-up",
                tone="warn",
                quote="Bổ sung căn cứ là Nghị định mới về kiểm soát thủ tục hành chính.\nRà lại thời hạn ở khoản 2.",
                url="#",
                url_label="Xem bản đã trả",
            ),
            TimelineEntry(at=now - timedelta(days=4), sentence="Vào sổ văn bản đến, số đến 1.842.", icon="book-2"),
        ],
        "form": SampleForm(request.GET if "gui" in request.GET else None),
        "figures": [
            Figure(
                label="Nhiệm vụ quá hạn",
                value=37,
                url="#",
                trend="tăng 5 so với tuần trước",
                way="up",
                tone="stop",
            ),
            Figure(label="Đến hạn trong tuần", value=128, url="#", trend="bằng tuần trước", way="flat", tone="warn"),
            Figure(label="Văn bản đến chờ xử lý", value=12450, url="#", trend="giảm 318 so với hôm qua", way="down"),
            Figure(
                label="Hồ sơ trả đúng hạn",
                value="96,4",
                unit="%",
                url="#",
                trend="1.204.331 / 1.249.305 hồ sơ, làm tròn một chữ số",
            ),
            Figure(label="Phiếu lấy ý kiến chờ trả lời", value=4, url="#"),
            Figure(label="Phản ánh chưa tiếp nhận", value=0, url="#", trend="không có", way="flat"),
        ],
        "chart": Chart(
            code="tasks",
            title="Nhiệm vụ hoàn thành theo tháng",
            option={
                "legend": {"top": 0, "left": 0},
                "xAxis": {"type": "category", "data": months},
                "yAxis": {"type": "value"},
                "series": [
                    {"name": "Đúng hạn", "type": "bar", "stack": "a", "data": on_time},
                    {"name": "Quá hạn", "type": "bar", "stack": "a", "data": late},
                ],
            },
            heads=["Tháng", "Đúng hạn", "Quá hạn"],
            rows=list(zip(months, on_time, late, strict=True)),
            note="Cập nhật lúc 10:42 ngày 25/11/2026. Tính theo ngày hoàn thành được xác nhận.",
        ),
    }
