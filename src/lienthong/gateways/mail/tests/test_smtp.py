"""Letters go to a real mail server (`aiosmtpd`) and say what they should (CORE-82, CORE-92)."""

import email
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from lienthong.contracts.mail import Letter, MailUnavailable
from lienthong.gateways.mail.smtp import SmtpSender

LETTER = Letter(to="thu@coquan.vn", subject="Đường đăng nhập đang tạm khóa", text="Kính gửi anh Đức,\n", key="a.1")


class Box:
    """Keeps what comes, or refuses it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.letters.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return self.answer


@pytest.fixture
def box() -> Iterator[tuple[Box, str]]:
    """A mail server and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    handler = Box()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def test_core_92_a_letter_arrives_with_all_its_diacritics(box: tuple[Box, str]) -> None:
    handler, url = box
    SmtpSender(url, "Liên Thông <nut@coquan.vn>").send(LETTER)
    (got,) = handler.letters
    assert got["Subject"] == LETTER.subject
    assert got.get_content().splitlines() == LETTER.text.splitlines()
    assert got["Auto-Submitted"] == "auto-generated"


def test_core_88_the_same_letter_again_carries_the_same_id(box: tuple[Box, str]) -> None:
    handler, url = box
    for _ in range(2):
        SmtpSender(url, "nut@coquan.vn").send(LETTER)
    assert len({got["Message-ID"] for got in handler.letters}) == 1


def test_a_server_that_refuses_or_is_away_is_tried_again_later(box: tuple[Box, str]) -> None:
    handler, url = box
    handler.answer = "451 later"
    with pytest.raises(MailUnavailable):
        SmtpSender(url, "nut@coquan.vn").send(LETTER)
    with pytest.raises(MailUnavailable):
        SmtpSender("smtp://127.0.0.1:1", "nut@coquan.vn").send(LETTER)


def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailUnavailable):
        SmtpSender(f"smtp://127.0.0.1:{silent.getsockname()[1]}", "nut@coquan.vn", seconds=0.2).send(LETTER)
