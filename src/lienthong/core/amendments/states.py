"""The states of a proposal: waiting for another person, then approved, declined, taken back or expired (CORE-32)."""

from lienthong.core.workflow import Machine, State, Transition

APPROVE = "lawbook:proposal:approve"
DECLINE = "lawbook:proposal:decline"
WITHDRAW = "lawbook:proposal:withdraw"
EXPIRE = "lawbook:proposal:expire"

AMENDMENT = Machine(
    name="lawbook.proposal",
    states=(
        State("proposed", "Chờ người khác duyệt", "warn", "user-check", initial=True),
        State("approved", "Đã duyệt", "ok", "circle-check", final=True),
        State("declined", "Không duyệt", "stop", "circle-x", final=True),
        State("withdrawn", "Đã rút", "neutral", "arrow-back-up", final=True),
        State("expired", "Hết hạn duyệt", "neutral", "clock-stop", final=True),
    ),
    transitions=(
        Transition(
            APPROVE,
            ("proposed",),
            "approved",
            "Duyệt",
            "Thay đổi có hiệu lực; thời hạn đang tính được tính lại theo lịch mới",
            primary=True,
        ),
        Transition(
            DECLINE,
            ("proposed",),
            "declined",
            "Không duyệt",
            "Căn cứ pháp lý giữ nguyên",
            needs_reason=True,
            danger=True,
        ),
        Transition(WITHDRAW, ("proposed",), "withdrawn", "Rút đề xuất", "Căn cứ pháp lý giữ nguyên", needs_reason=True),
        Transition(
            EXPIRE, ("proposed",), "expired", "Hết hạn duyệt", "Không ai duyệt trong thời gian quy định", system=True
        ),
    ),
)
