"""Made-up subjects of documents, in the words of offices; the same for the same seed."""

import random

FIELDS = (
    "chuyển đổi số",
    "cải cách thủ tục hành chính",
    "phòng, chống thiên tai",
    "an toàn thực phẩm",
    "giải ngân vốn đầu tư công",
    "sắp xếp đơn vị hành chính",
    "đào tạo, bồi dưỡng cán bộ, công chức",
    "liên thông văn bản điện tử",
    "bảo vệ môi trường nước",
    "an toàn giao thông đường bộ",
    "phổ cập giáo dục mầm non",
    "tiêm chủng mở rộng",
    "nhà ở xã hội",
    "phát triển du lịch nông thôn",
    "bảo vệ dữ liệu cá nhân",
    "kiểm tra công vụ",
    "tiết kiệm năng lượng",
    "quản lý tài sản công",
)
MATTERS: dict[str, tuple[str, ...]] = {
    "cong_van": (
        "Đề nghị góp ý dự thảo kế hoạch {field} năm {year}",
        "Đề nghị cung cấp số liệu về {field} phục vụ báo cáo quý {quarter}",
        "Trả lời kiến nghị của địa phương về {field}",
        "Hướng dẫn một số nội dung về {field}",
        "Đôn đốc thực hiện nhiệm vụ {field}",
    ),
    "quyet_dinh": (
        "Ban hành Kế hoạch {field} năm {year}",
        "Thành lập Tổ công tác về {field}",
        "Phê duyệt nhiệm vụ {field} giai đoạn {year}-{later}",
    ),
    "ke_hoach": ("Triển khai công tác {field} năm {year}", "Kiểm tra việc thực hiện {field} năm {year}"),
    "bao_cao": ("Kết quả công tác {field} quý {quarter} năm {year}", "Sơ kết 6 tháng thực hiện {field}"),
    "thong_bao": ("Kết luận cuộc họp về {field}", "Phân công nhiệm vụ {field}"),
    "to_trinh": ("Về việc ban hành quy định về {field}", "Về chủ trương thực hiện {field} năm {later}"),
    "giay_moi": ("Họp về {field}", "Hội nghị trực tuyến về {field}"),
}
WEIGHTS = {"cong_van": 50, "quyet_dinh": 12, "ke_hoach": 8, "bao_cao": 12, "thong_bao": 8, "to_trinh": 4, "giay_moi": 6}
PARAGRAPHS = (
    "Thực hiện chương trình công tác năm {year}, {name} phối hợp với các cơ quan xây dựng nội dung về {field}.",
    "Đề nghị quý cơ quan nghiên cứu, cho ý kiến bằng văn bản và gửi qua Trục liên thông văn bản quốc gia.",
    "Nội dung báo cáo gồm: tình hình thực hiện, kết quả đạt được, khó khăn, vướng mắc và kiến nghị về {field}.",
    "Trong quá trình thực hiện, nếu có vướng mắc, đề nghị phản ánh kịp thời để được hướng dẫn, giải quyết.",
)


class Subjects:
    """Draws types, subjects and texts."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - made-up texts, no secret

    def kind(self) -> str:
        """A type of document, letters most often."""
        return self.random.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]

    def subject(self, kind: str, year: int) -> tuple[str, str]:
        """A subject of that type, and its field."""
        field = self.random.choice(FIELDS)
        pattern = self.random.choice(MATTERS[kind])
        quarter = self.random.choice(("I", "II", "III", "IV"))
        return pattern.format(field=field, year=year, later=year + 2, quarter=quarter), field

    def text(self, kind: str, name: str, field: str, year: int) -> str:
        """A text of one page or so; decisions have articles."""
        words = {"name": name, "field": field, "year": year}
        if kind == "quyet_dinh":
            return (
                f"Điều 1. Ban hành kèm theo Quyết định này nội dung về {field} năm {year}.\n\n"
                "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.\n\n"
                f"Điều 3. Chánh Văn phòng, thủ trưởng các đơn vị thuộc {name} chịu trách nhiệm thi hành Quyết định này."
            )
        chosen = self.random.sample(PARAGRAPHS, k=self.random.randint(2, len(PARAGRAPHS)))
        return "\n\n".join(paragraph.format(**words) for paragraph in chosen)
