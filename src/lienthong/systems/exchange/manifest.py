"""What the axis declares at start-up: verbs and their sentences, policies, machines, references, ports."""

from lienthong.contracts import ports
from lienthong.core.registry import MenuEntry, RefKind, RoleSpec, Verb, registry
from lienthong.systems.exchange import actions, live, policies
from lienthong.systems.exchange.leavings import ExchangeLeavings
from lienthong.systems.exchange.models import Delivery, Held, Message, Peer, Received
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.queries import refs
from lienthong.systems.exchange.states import DELIVERY, PEER, RECEIVED

VERBS = (
    Verb("exchange:message:read", "xem gói tin", "Xem trục liên thông"),
    Verb("exchange:message:send", "gửi văn bản qua trục liên thông", "Gửi văn bản qua trục"),
    Verb("exchange:message:export_evidence", "tải bộ chứng cứ của gói tin đã gửi", "Tải bộ chứng cứ"),
    Verb("exchange:received:read", "xem văn bản nhận qua trục", "Xem văn bản nhận qua trục"),
    Verb("exchange:received:store", "nhận gói tin và cấp biên nhận"),
    Verb("exchange:received:refuse", "báo bên gửi: từ chối tiếp nhận (02)", "Từ chối tiếp nhận"),
    Verb("exchange:received:accept", "báo bên gửi: đã tiếp nhận, vào sổ (03)", "Tiếp nhận"),
    Verb("exchange:received:assign", "báo bên gửi: lãnh đạo phân công xử lý (04)", "Báo phân công"),
    Verb("exchange:received:begin", "báo bên gửi: đang xử lý (05)", "Báo đang xử lý"),
    Verb("exchange:received:finish", "báo bên gửi: hoàn thành xử lý (06)", "Báo hoàn thành"),
    Verb("exchange:received:ask_back", "ghi nhận bên gửi xin lấy lại (13)"),
    Verb("exchange:received:export_evidence", "tải bộ chứng cứ của văn bản đã nhận", "Tải bộ chứng cứ"),
    Verb("exchange:delivery:deliver", "giao gói tin, có biên nhận của bên nhận"),
    Verb("exchange:delivery:postpone", "chưa giao được gói tin, hẹn gửi lại"),
    Verb("exchange:delivery:give_up", "ngừng gửi gói tin vì lỗi"),
    Verb("exchange:delivery:repair", "ghi nhận biên nhận đến muộn"),
    Verb("exchange:delivery:hear", "ghi nhận trạng thái do bên nhận báo"),
    Verb("exchange:delivery:requeue", "đưa lượt gửi về hàng chờ", "Gửi lại"),
    Verb("exchange:queue:operate", "xem hàng chờ của nút", "Vận hành trục liên thông"),
    Verb("exchange:held:hold", "giữ lại gói tin của bên gửi chưa đăng ký"),
    Verb("exchange:held:refuse_secret", "từ chối gói tin có dấu chỉ độ mật, không lưu nội dung"),
    Verb("exchange:held:release", "cho nhận gói tin bị giữ lại", "Cho nhận vào"),
    Verb("exchange:held:discard", "bỏ gói tin bị giữ lại", "Bỏ gói tin"),
    Verb("exchange:peer:register", "đăng ký kết nối", "Đăng ký kết nối"),
    Verb("exchange:peer:approve", "duyệt kết nối", "Duyệt kết nối"),
    Verb("exchange:peer:lock", "khóa kết nối", "Khóa kết nối"),
    Verb("exchange:peer:unlock", "mở lại kết nối", "Mở lại kết nối"),
    Verb("exchange:peer:add_key", "cấp khóa cho kết nối", "Cấp khóa"),
    Verb("exchange:peer:revoke_key", "thu hồi khóa của kết nối", "Thu hồi khóa"),
    Verb("exchange:peer:assign_unit", "giao cơ quan cho kết nối", "Giao cơ quan"),
    Verb("exchange:peer:revoke_unit", "thôi giao cơ quan cho kết nối", "Thôi giao cơ quan"),
)


ROLES = (
    RoleSpec(
        "exchange-reader",
        "Theo dõi trục liên thông của cơ quan",
        (
            "exchange:message:read",
            "exchange:message:export_evidence",
            "exchange:received:read",
            "exchange:received:export_evidence",
            "exchange:delivery:requeue",
        ),
    ),
    RoleSpec(
        "exchange-operator",
        "Vận hành trục liên thông của nút",
        (
            "exchange:queue:operate",
            "exchange:delivery:requeue",
            "exchange:held:release",
            "exchange:held:discard",
            "exchange:peer:register",
            "exchange:peer:approve",
            "exchange:peer:lock",
            "exchange:peer:unlock",
            "exchange:peer:add_key",
            "exchange:peer:revoke_key",
            "exchange:peer:assign_unit",
            "exchange:peer:revoke_unit",
        ),
        of_node=True,
    ),
)


_GROUP = "Trục liên thông"
# Both who follows the axis of an agency and who runs the node may send anew; this right opens what is common to them.
_ANY = "exchange:delivery:requeue"
MENU = (
    MenuEntry("exchange.board", "Tình hình gửi, nhận", "chart-bar", "exchange:board", _GROUP, _ANY, order=210),
    MenuEntry("exchange.sent", "Gói tin đi", "send", "exchange:sent", _GROUP, "exchange:message:read", order=220),
    MenuEntry(
        "exchange.received", "Gói tin đến", "inbox", "exchange:received", _GROUP, "exchange:message:read", order=230
    ),
    MenuEntry("exchange.queue", "Hàng chờ", "mail-off", "exchange:queue", _GROUP, _ANY, order=240),
    MenuEntry(
        "exchange.peers", "Kết nối", "plug-connected", "exchange:peers", _GROUP, "exchange:queue:operate", order=250
    ),
    MenuEntry("exchange.check", "Kiểm tra gói tin", "shield-check", "exchange:check", _GROUP, _ANY, order=260),
)


def declare() -> None:
    """Fill the registry; called once by the app's `ready`."""
    # Importing these modules registered every action and topic.
    assert actions.__all__
    assert live.of_message.__name__
    registry.add_verbs(*VERBS)
    registry.add_roles(*ROLES)
    registry.add_menu(*MENU)
    for model, policy in (
        (Message, policies.MessagePolicy()),
        (Received, policies.ReceivedPolicy()),
        (Delivery, policies.DeliveryPolicy()),
        (Peer, policies.PeerPolicy()),
        (Held, policies.HeldPolicy()),
    ):
        registry.add_policy(model, policy, {*policy.rules, *policy.system})
    registry.add_machine(Received, RECEIVED)
    registry.add_machine(Delivery, DELIVERY)
    registry.add_machine(Peer, PEER)
    for kind, label, title, url, may_see in refs.KINDS:
        registry.add_kind(RefKind(kind=kind, label=label, title=title, url=url, may_see=may_see))
    registry.add_hand_over("exchange", ExchangeLeavings())
    ports.register("exchange", Exchange())
