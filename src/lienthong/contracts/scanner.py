"""What the platform asks of a scanner for harmful files, whoever provides it (CORE-53)."""

from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scanner found; `threat` names it when `clean` is False. `failed`: it looked but could not tell."""

    clean: bool
    threat: str = ""
    failed: bool = False


class Scanner(Protocol):
    """A scanner, registered as the port `scanner` (`contracts.ports`); without one, files stay "chưa quét"."""

    @property
    def name(self) -> str:
        """What the operator calls it, with its version."""

    def scan(self, stream: BinaryIO) -> ScanResult:
        """Look at one file from its beginning; raises ScannerUnavailable when it gives no answer."""


class ScannerUnavailable(Exception):
    """The scanner does not answer: files stay waiting, nothing is called clean (F-CORE-19)."""
