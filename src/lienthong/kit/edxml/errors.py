"""The errors of a packet as the sender reads them: all at once, in Vietnamese, each with its place (EX-36)."""

from collections.abc import Iterable
from dataclasses import dataclass

_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketError:
    """One breach of the packet's rules (EX-36; QCVN 102:2016/BTTTT).

    `code` is whole: N missing, R outside range or length, M bad value, T bad type, then the path, such as
    `N.MessageHeader.To`. `line` and `column` count from 1, in characters; a missing element's place is its parent's
    start tag, and (0, 0) means that there is no file yet (a packet being built). `value` is what stands there and
    `allowed` what may stand there.
    """

    code: str
    message: str
    line: int = 0
    column: int = 0
    value: str | None = None
    allowed: str | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Line and column."""
        return self.line, self.column

    def __str__(self) -> str:
        """`line:column code message`, one line whatever the packet holds (F-EX-26)."""
        return f"{self.line}:{self.column} {self.code} {self.message}"


class PacketInvalid(ValueError):
    """A packet of ours breaks the rules and is not written; `errors` holds every breach (EX-36)."""

    def __init__(self, errors: Iterable[PacketError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors))


class PacketUnreadable(ValueError):
    """Reading stopped: malformed or hostile XML, or a limit of EX-18; one error with its place (EX-13)."""

    def __init__(self, error: PacketError) -> None:
        self.error = error
        super().__init__(str(error))


def shown(value: str) -> str:
    """A value quoted for a message: one line, at most 60 characters, nothing that a terminal obeys (F-EX-26)."""
    text = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    return "«" + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text) + "»"


def make(
    code: str,
    subject: str,
    problem: str,
    place: tuple[int, int] = (0, 0),
    *,
    value: str | None = None,
    allowed: str | None = None,
) -> PacketError:
    """An error with a message put together from the field's Vietnamese name, the problem, the value and the allowed."""
    message = f"{subject}: {problem}"
    if value is not None:
        message += f"; hiện là {shown(value)}"
    if allowed is not None:
        message += f"; cho phép: {allowed}"
    return PacketError(code=code, message=message, line=place[0], column=place[1], value=value, allowed=allowed)
