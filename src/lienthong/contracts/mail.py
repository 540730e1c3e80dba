"""What the platform asks of whatever carries mail; registered as the port `mail` (`contracts.ports`)."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail of plain text; `key` stays the same over repetitions, so that a receiver can drop the second one."""

    to: str
    subject: str
    text: str
    key: str


class MailUnavailable(Exception):
    """The mail server did not take the letter now; the caller tries again later."""


class MailSender(Protocol):
    """Carries letters one by one."""

    def send(self, letter: Letter) -> None:
        """Hand a letter to the mail server; raises MailUnavailable."""
