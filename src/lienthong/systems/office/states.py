"""The states and moves of outgoing and incoming documents (OF-18, OF-71; OF-5, OF-70)."""

from lienthong.core.workflow import Machine, State, Transition

OUTGOING = Machine(
    name="office.outgoing",
    states=(
        State("draft", "Dự thảo", "neutral", "pencil", initial=True),
        State("unit_review", "Đơn vị duyệt", "info", "eye-check"),
        State("format_check", "Kiểm tra thể thức", "info", "ruler-measure"),
        State("to_sign", "Trình ký", "info", "signature"),
        State("approved", "Đã duyệt", "info", "circle-check"),
        State("signed", "Đã ký (người có thẩm quyền)", "info", "writing-sign"),
        State("numbered", "Đã cấp số", "info", "hash"),
        State("registered", "Đã đăng ký", "info", "book"),
        State("sealed", "Đã ký (cơ quan)", "info", "certificate"),
        State("issued", "Đã phát hành", "ok", "send"),
        State("filed", "Đã lưu", "ok", "archive", final=True),
        State("returned", "Trả lại", "warn", "arrow-back-up"),
        State("number_cancelled", "Hủy số", "stop", "ban", final=True),
        State("history", "Lịch sử", "neutral", "history", initial=True, final=True),
    ),
    transitions=(
        Transition(
            "office:outgoing:edit", ("draft",), "", "Sửa dự thảo", "Nội dung thay đổi, trạng thái giữ nguyên"
        ),
        Transition(
            "office:outgoing:submit",
            ("draft",),
            "unit_review",
            "Trình đơn vị",
            "Phiên bản này được chốt lại và chuyển lãnh đạo đơn vị",
            primary=True,
        ),
        Transition(
            "office:outgoing:review",
            ("unit_review",),
            "format_check",
            "Duyệt nội dung",
            "Ký nháy; chuyển kiểm tra thể thức",
            primary=True,
        ),
        Transition(
            "office:outgoing:check_format",
            ("format_check",),
            "to_sign",
            "Đạt thể thức",
            "Chuyển người có thẩm quyền ký",
            primary=True,
        ),
        Transition(
            "office:outgoing:approve_and_sign",
            ("to_sign", "approved"),
            "",
            "Duyệt và ký",
            "Bản PDF được khóa và ký số; văn thư sẽ cấp số",
            primary=True,
        ),
        Transition(
            "office:outgoing:approve", ("to_sign",), "approved", "Duyệt", "Khóa phiên bản, chưa ký"
        ),
        Transition("office:outgoing:sign", ("approved",), "signed", "Ký", "Ký số bản đã duyệt"),
        Transition(
            "office:outgoing:unapprove", ("approved",), "to_sign", "Bỏ duyệt", "Mở lại bước trình ký", needs_reason=True
        ),
        Transition(
            "office:outgoing:return",
            ("unit_review", "format_check", "to_sign", "approved"),
            "returned",
            "Trả lại",
            "Chuyển về lãnh đạo đơn vị soạn thảo kèm lý do",
            needs_reason=True,
        ),
        Transition(
            "office:outgoing:redraft",
            ("returned",),
            "draft",
            "Chuyển người soạn",
            "Người soạn sửa và trình lại",
            primary=True,
        ),
        Transition(
            "office:outgoing:issue",
            ("signed", "numbered", "registered", "sealed", "issued"),
            "",
            "Phát hành",
            "Cấp số, đăng ký, ký cơ quan, gửi các nơi nhận và lưu",
            primary=True,
        ),
        Transition("office:outgoing:number", ("signed",), "numbered", "Cấp số", "Lấy số kế tiếp của sổ"),
        Transition("office:outgoing:register", ("numbered",), "registered", "Đăng ký", "Ghi sổ đăng ký văn bản đi"),
        Transition("office:outgoing:seal", ("registered",), "sealed", "Ký cơ quan", "Ký số của cơ quan"),
        Transition("office:outgoing:dispatch", ("sealed",), "issued", "Gửi", "Gửi các nơi nhận"),
        Transition("office:outgoing:file", ("issued",), "filed", "Lưu", "Lưu bản gốc"),
        Transition(
            "office:outgoing:cancel_number",
            ("numbered", "registered", "sealed"),
            "number_cancelled",
            "Hủy số",
            "Số vẫn nằm trong sổ với chữ hủy, không dùng lại",
            needs_reason=True,
            danger=True,
        ),
    ),
)

INCOMING = Machine(
    name="office.incoming",
    states=(
        State("arrived", "Đã đến", "info", "inbox", initial=True),
        State("sent_back", "Đã trả lại", "stop", "arrow-back-up", final=True),
        State("registered", "Đã đăng ký", "info", "book"),
        State("submitted", "Đã trình", "info", "user-up"),
        State("assigned", "Đã giao", "info", "user-check"),
        State("processing", "Đang giải quyết", "info", "progress"),
        State("misrouted", "Chuyển sai, chờ phân lại", "warn", "route-off"),
        State("done", "Hoàn thành", "ok", "circle-check", final=True),
        State("history", "Lịch sử", "neutral", "history", initial=True, final=True),
    ),
    transitions=(
        Transition(
            "office:incoming:return_to_sender",
            ("arrived",),
            "sent_back",
            "Trả lại nơi gửi",
            "Nơi gửi nhận trạng thái “từ chối” kèm lý do; không cấp số đến",
            needs_reason=True,
            danger=True,
        ),
        Transition(
            "office:incoming:register",
            ("arrived",),
            "registered",
            "Vào sổ",
            "Cấp số đến và báo nơi gửi đã tiếp nhận",
            primary=True,
        ),
        Transition(
            "office:incoming:submit",
            ("registered", "misrouted"),
            "submitted",
            "Trình",
            "Chuyển người có thẩm quyền chỉ đạo",
            primary=True,
        ),
        Transition(
            "office:incoming:send_back_clerk",
            ("submitted",),
            "registered",
            "Trả văn thư",
            "Văn thư trình lại người khác",
            needs_reason=True,
        ),
        Transition(
            "office:incoming:direct",
            ("submitted",),
            "assigned",
            "Chỉ đạo, giao",
            "Một đơn vị chủ trì, kèm thời hạn; nơi gửi biết đã phân công",
            primary=True,
        ),
        Transition(
            "office:incoming:assign_within",
            ("assigned", "processing"),
            "",
            "Phân công trong đơn vị",
            "Giao một người chủ trì trong đơn vị",
        ),
        Transition(
            "office:incoming:take", ("assigned",), "processing", "Nhận việc", "Bắt đầu giải quyết", primary=True
        ),
        Transition(
            "office:incoming:bounce",
            ("assigned", "processing"),
            "misrouted",
            "Chuyển lại",
            "Trả về người đã giao kèm lý do",
            needs_reason=True,
        ),
        Transition(
            "office:incoming:reassign",
            ("misrouted",),
            "assigned",
            "Giao lại",
            "Giao cho đơn vị chủ trì khác",
            primary=True,
        ),
        Transition(
            "office:incoming:change_lead",
            ("assigned", "processing"),
            "assigned",
            "Đổi chủ trì",
            "Đóng việc cũ, giao đơn vị khác; cả hai được báo",
            needs_reason=True,
        ),
        Transition(
            "office:incoming:comment", ("assigned", "processing"), "", "Góp ý", "Ý kiến của đơn vị phối hợp"
        ),
        Transition(
            "office:incoming:acknowledge", ("assigned", "processing"), "", "Đã biết", "Ghi nhận đã đọc để biết"
        ),
        Transition(
            "office:incoming:finish",
            ("processing",),
            "done",
            "Hoàn thành",
            "Ghi kết quả; nơi gửi biết đã xử lý xong",
            primary=True,
        ),
        Transition("office:incoming:reopen", ("done",), "processing", "Mở lại", "Giải quyết tiếp", needs_reason=True),
    ),
)
