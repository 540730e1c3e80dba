"""A mail server reached by SMTP (RFC 5321); each refusal and silence is "not now", so the outbox tries again."""

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from lienthong.contracts.mail import Letter, MailUnavailable
from lienthong.kit import clock


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """A `MailSender`: `smtp://` (plain, inside one's own network), `smtp+tls://` (STARTTLS) or `smtps://` (TLS).

    `seconds` bounds connecting and each answer.
    """

    url: str
    sender: str
    seconds: float = 5

    def send(self, letter: Letter) -> None:
        """Hand one letter over; raises MailUnavailable."""
        try:
            with self._connect() as server:
                server.send_message(self._message(letter))
        except (OSError, smtplib.SMTPException) as error:
            raise MailUnavailable(f"{urlsplit(self.url).hostname}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(
                host, parts.port or 465, timeout=self.seconds, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=self.seconds)
        if parts.scheme == "smtp+tls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = formatdate(clock.now().timestamp())
        # The same letter sent twice carries the same id.
        domain = self.sender.rpartition("@")[2].rstrip(">")
        message["Message-ID"] = f"<{hashlib.sha256(letter.key.encode()).hexdigest()[:32]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message
