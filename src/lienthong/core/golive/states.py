"""The states of an opening: proposed by one, confirmed by another, or taken back (CORE-107)."""

from lienthong.core.workflow import Machine, State, Transition

OPENING = Machine(
    name="golive.opening",
    states=(
        State("proposed", "Chờ người thứ hai xác nhận", "warn", "user-check", initial=True),
        State("opened", "Đã mở sổ", "ok", "circle-check", final=True),
        State("withdrawn", "Đã rút đề nghị", "neutral", "arrow-back-up", final=True),
    ),
    transitions=(
        Transition(
            "golive:opening:confirm",
            ("proposed",),
            "opened",
            "Xác nhận mở sổ",
            "Sổ của cơ quan mở từ lúc này; văn thư cấp được số",
            primary=True,
        ),
        Transition(
            "golive:opening:withdraw",
            ("proposed",),
            "withdrawn",
            "Rút đề nghị",
            "Chưa mở sổ; chuẩn bị tiếp rồi đề nghị lại",
            needs_reason=True,
        ),
    ),
)
