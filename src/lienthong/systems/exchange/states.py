"""How a document stands at one receiver, how a delivery stands at the sender, what each status may change (EX-25)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from lienthong.core.workflow import Machine, State, Transition

NOTHING = ""
"""The sender's view before any status came: "–" of the table EX-25."""


class Effect(StrEnum):
    """What became of a reported status."""

    APPLIED = "applied"
    LATE = "late"
    UNKNOWN = "unknown"
    ILLEGAL = "illegal"


@dataclass(frozen=True, slots=True)
class Status:
    """One row of the table EX-25: a code, from which states it is legal, where it leads, who reports it.

    `before` are the statuses that the receiver's register has surely reported earlier: missing ones are the gap.
    """

    code: str
    sources: tuple[str, ...]
    to: str
    verb: str
    label: str
    hint: str
    by_receiver: bool = True
    needs_reason: bool = False
    before: tuple[str, ...] = ()
    danger: bool = False
    primary: bool = False


IN_WORK = ("accepted", "assigned", "processing")

STATUSES: tuple[Status, ...] = (
    Status("01", (NOTHING,), "arrived", "", "Đã đến", "Phần mềm đã nhận, văn thư chưa xử lý"),
    Status(
        "02",
        (NOTHING, "arrived"),
        "refused",
        "exchange:received:refuse",
        "Từ chối tiếp nhận",
        "Trả lại bên gửi kèm lý do",
        needs_reason=True,
        before=("01",),
        danger=True,
    ),
    Status(
        "03",
        (NOTHING, "arrived"),
        "accepted",
        "exchange:received:accept",
        "Tiếp nhận",
        "Vào sổ văn bản đến",
        before=("01",),
        primary=True,
    ),
    Status(
        "04",
        (NOTHING, "arrived", *IN_WORK),
        "assigned",
        "exchange:received:assign",
        "Phân công xử lý",
        "Lãnh đạo đã giao người xử lý",
        before=("01", "03"),
    ),
    Status(
        "05",
        (NOTHING, "arrived", *IN_WORK),
        "processing",
        "exchange:received:begin",
        "Bắt đầu xử lý",
        "Công việc đã bắt đầu",
        before=("01", "03"),
    ),
    Status(
        "06",
        (NOTHING, "arrived", *IN_WORK),
        "done",
        "exchange:received:finish",
        "Hoàn thành xử lý",
        "Đã xử lý xong hoặc đã phát hành văn bản trả lời",
        before=("01", "03"),
    ),
    Status(
        "13",
        (NOTHING, "arrived", *IN_WORK, "done"),
        "",
        "",
        "Lấy lại",
        "Bên gửi xin lấy lại văn bản",
        by_receiver=False,
        needs_reason=True,
    ),
    Status("15", ("arrived", *IN_WORK, "done"), "", "", "Đồng ý", "Đồng ý yêu cầu của bên gửi"),
    Status(
        "16",
        ("arrived", *IN_WORK, "done"),
        "",
        "",
        "Từ chối yêu cầu",
        "Từ chối yêu cầu của bên gửi",
        needs_reason=True,
        danger=True,
    ),
)
BY_CODE = {status.code: status for status in STATUSES}
CODE_OF_STATE = {status.to: status.code for status in STATUSES if status.to}
STATE_LABEL = {
    NOTHING: ("Chưa báo nhận", "neutral", "clock"),
    "arrived": ("Đã đến", "info", "inbox"),
    "refused": ("Bị từ chối", "stop", "arrow-back-up"),
    "accepted": ("Đã tiếp nhận", "ok", "circle-check"),
    "assigned": ("Đã phân công", "ok", "user-check"),
    "processing": ("Đang xử lý", "info", "progress"),
    "done": ("Đã hoàn thành", "ok", "checks"),
}


def _received_states() -> tuple[State, ...]:
    return tuple(
        State(code, label, tone, icon, initial=code == "arrived", final=code in {"refused", "done"})
        for code, (label, tone, icon) in STATE_LABEL.items()
        if code
    )


def _received_moves() -> tuple[Transition, ...]:
    # A receiver's own register knows no gap: 04, 05, 06 only after 03.
    register = {"02": ("arrived",), "03": ("arrived",), "04": IN_WORK, "05": IN_WORK, "06": IN_WORK}
    moves = (
        Transition(
            row.verb,
            register[row.code],
            row.to,
            row.label,
            row.hint,
            needs_reason=row.needs_reason,
            danger=row.danger,
            primary=row.primary,
        )
        for row in STATUSES
        if row.code in register
    )
    anywhere = ("arrived", "refused", *IN_WORK, "done")
    return (*moves, Transition("exchange:received:ask_back", anywhere, "", "Xin lấy lại", system=True))


RECEIVED = Machine("văn bản nhận qua trục", _received_states(), _received_moves())

DELIVERY = Machine(
    "lượt gửi",
    (
        State("queued", "Đang gửi", "info", "send", initial=True),
        State("delivered", "Đã giao", "ok", "circle-check", final=True),
        State("dead", "Không gửi được", "stop", "mail-off"),
    ),
    (
        Transition("exchange:delivery:deliver", ("queued",), "delivered", "Giao xong", system=True),
        Transition("exchange:delivery:postpone", ("queued",), "", "Hẹn gửi lại", system=True),
        Transition("exchange:delivery:give_up", ("queued",), "dead", "Ngừng gửi", system=True),
        Transition(
            "exchange:delivery:requeue", ("dead",), "queued", "Gửi lại", "Đưa lượt gửi về hàng chờ", primary=True
        ),
        # A receipt repairs the sender's view whenever it arrives (EX-42).
        Transition("exchange:delivery:repair", ("queued", "dead"), "delivered", "Ghi nhận biên nhận", system=True),
        Transition("exchange:delivery:hear", ("queued", "delivered", "dead"), "", "Ghi nhận trạng thái", system=True),
    ),
)

PEER = Machine(
    "kết nối",
    (
        State("requested", "Chờ duyệt", "warn", "hourglass", initial=True),
        State("active", "Đang hoạt động", "ok", "plug-connected", initial=True),
        State("locked", "Đã khóa", "stop", "lock"),
    ),
    (
        Transition("exchange:peer:approve", ("requested",), "active", "Duyệt kết nối", primary=True),
        Transition("exchange:peer:lock", ("active",), "locked", "Khóa kết nối", needs_reason=True, danger=True),
        Transition("exchange:peer:unlock", ("locked",), "active", "Mở lại kết nối", needs_reason=True),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the sender's side knows of one (document, receiver): state, codes that counted, and the open requests.

    `seq` is the register's number of the last status that moved the state; order follows it, never a Timestamp (EX-26).
    """

    state: str = NOTHING
    seen: frozenset[str] = field(default_factory=frozenset)
    seq: int | None = None
    request_open: bool = False
    recall_unconfirmed: bool = False

    @property
    def gap(self) -> tuple[str, ...]:
        """The statuses that must have been reported before and never came (V-ST-2)."""
        return missing(self.state, self.seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a status does: its effect, the state after it, whether a request is open after it, and why not."""

    effect: Effect
    state: str
    request_open: bool
    why: str = ""


def missing(state: str, seen: Iterable[str]) -> tuple[str, ...]:
    """The predecessors of a state that were not heard."""
    row = BY_CODE.get(CODE_OF_STATE.get(state, ""))
    known = set(seen)
    return tuple(code for code in (row.before if row else ()) if code not in known)


def gap_sentence(gap: Iterable[str]) -> str:
    """The mark of a gap: "chưa nhận 01"."""
    codes = ", ".join(gap)
    return f"chưa nhận {codes}" if codes else ""


def judge(
    standing: Standing, code: str, *, from_receiver: bool, seq: int | None = None, ask_after_done: bool = True
) -> Judgement:
    """What a reported status changes at the sender (EX-24..26; V-ST-1..10).

    An illegal one changes nothing; codes outside the nine are stored as unknown and never acted on. `ask_after_done` is
    the switch of 13 after 06. Repeated identical statuses are told apart before (they are no new line).
    """

    def stays(effect: Effect, why: str = "") -> Judgement:
        return Judgement(effect=effect, state=standing.state, request_open=standing.request_open, why=why)

    row = BY_CODE.get(code)
    if row is None:
        return stays(Effect.UNKNOWN, f"Mã {code} không có trong danh mục trạng thái; chỉ lưu để xem, không xử lý.")
    if row.by_receiver != from_receiver:
        who = "bên nhận" if row.by_receiver else "bên gửi"
        return stays(Effect.ILLEGAL, f"Trạng thái {code} chỉ do {who} văn bản báo.")
    if code in {"13", "15", "16"}:
        return _judge_request(standing, row, stays, ask_after_done)
    older = seq is not None and standing.seq is not None and seq < standing.seq
    if code in standing.gap or (older and code not in {"01", "02"}):
        return stays(Effect.LATE)
    if standing.state not in row.sources:
        return stays(Effect.ILLEGAL, _why(standing.state, code))
    return Judgement(effect=Effect.APPLIED, state=row.to, request_open=standing.request_open)


def _judge_request(standing: Standing, row: Status, stays: Callable[..., Judgement], ask_after_done: bool) -> Judgement:
    if row.code == "13":
        if standing.state not in row.sources:
            return stays(Effect.ILLEGAL, _why(standing.state, row.code))
        if standing.state == "done" and not ask_after_done:
            return stays(Effect.ILLEGAL, "Bên nhận đã hoàn thành xử lý; không còn nhận yêu cầu lấy lại.")
        return Judgement(effect=Effect.APPLIED, state=standing.state, request_open=True)
    if standing.recall_unconfirmed:
        if row.code == "16":
            return stays(Effect.ILLEGAL, "Thu hồi không cần bên nhận đồng ý; văn bản vẫn bị thu hồi.")
        return stays(Effect.APPLIED)
    if not standing.request_open:
        return stays(Effect.ILLEGAL, f"Trạng thái {row.code} trả lời một yêu cầu, nhưng không có yêu cầu nào đang mở.")
    return Judgement(effect=Effect.APPLIED, state=standing.state, request_open=False)


def _why(state: str, code: str) -> str:
    label = STATE_LABEL[state][0]
    return f"Trạng thái {code} không hợp lệ khi văn bản ở bên nhận đang là “{label}”; trạng thái cũ được giữ nguyên."
