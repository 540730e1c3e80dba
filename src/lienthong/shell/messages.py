"""Messages after an act, with undo where undo is true (DESIGN §5)."""

from django.contrib import messages
from django.http import HttpRequest

UNDO = "undo:"


def done(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Say what was done ("Đã vào sổ văn bản đến số 123."); `undo_url` is posted to by "Hoàn tác"."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo_url}" if undo_url else "")


def warn(request: HttpRequest, text: str) -> None:
    """Say what went otherwise than meant, why, and what next; it stays until it is closed."""
    messages.warning(request, text)


def refuse(request: HttpRequest, text: str) -> None:
    """Say what was not done, why, and what next; it stays until it is closed."""
    messages.error(request, text)
