"""When the password path locks, its holder is told, with a link that opens it by one click (CORE-82, V-AUTH-1)."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from lienthong.contracts import ports
from lienthong.contracts.mail import Letter, MailSender
from lienthong.core import lawbook, outbox
from lienthong.core.identity.backends import locked_until
from lienthong.core.identity.models import User
from lienthong.kit import clock

LOCKED = "identity.password.locked"
"""The message when a password path locks: {person, until}."""

SALT = "lienthong.identity.unlock"


def lock_of(person: User) -> str:
    """The present lock of a person's password path, by the instant at which it would open; empty when there is none."""
    until = locked_until(person.username)
    return until.isoformat() if until else ""


def token(person: User) -> str:
    """What the link carries: whose lock and which one, signed."""
    return signing.dumps([str(person.pk), lock_of(person)], salt=SALT)


def read(text: str) -> tuple[User, str] | None:
    """Whose lock a link opens, and which; None for a forged, an old or a used one."""
    try:
        ident, lock = signing.loads(text, salt=SALT, max_age=timedelta(hours=int(lawbook.get("auth.unlock_hours"))))
    except signing.BadSignature:
        return None
    person = User.objects.filter(pk=ident, is_active=True).first()
    return (person, lock) if person is not None and lock and lock_of(person) == lock else None


@outbox.handles(LOCKED)
def tell(message: outbox.Message) -> None:
    """Mail the holder; without an address or a mail server the administrator's unlock remains."""
    person = User.objects.get(pk=UUID(message.payload["person"]))
    sender: MailSender | None = ports.get("mail")
    until = locked_until(person.username)
    if sender is None or not person.email or until is None:
        return
    link = settings.PUBLIC_URL + reverse("shell:unlock", args=[token(person)])
    sender.send(
        Letter(
            to=person.email,
            subject="Đường đăng nhập bằng mật khẩu đang tạm khóa",
            text=(
                f"Kính gửi {person.full_name},\n\n"
                f"Có người nhập sai mật khẩu của tài khoản {person.username} nhiều lần. Đường đăng nhập bằng mật khẩu "
                f"tạm khóa tới {clock.local(until):%H:%M ngày %d/%m/%Y}; khóa truy cập và tài khoản định danh vẫn "
                f"dùng được.\n\nNếu là bạn, mở khóa tại:\n{link}\n\n"
                "Nếu không phải bạn, không cần làm gì; báo cho quản trị của cơ quan.\n"
            ),
            key=f"{LOCKED}.{message.id}",
        )
    )
