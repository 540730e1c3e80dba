"""Signing and sealing need a second factor shown a short while ago (CORE-81; QCVN 12:2026/BCA 3.7.2)."""

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.actions.errors import ActionError
from lienthong.core.identity.session_store import of_key, recent_factor


class StepUpNeeded(ActionError):
    """The act waits for a second factor; pages ask for it and come back."""

    status = 403
    code = "step_up"

    def __init__(self) -> None:
        super().__init__(
            "Việc này cần vừa xác nhận bằng ứng dụng tạo mã hoặc khóa truy cập. Xác nhận rồi làm lại; "
            "chưa có gì được ghi."
        )


def demand(actor: Actor) -> None:
    """Refuse with StepUpNeeded unless `auth.signing_step_up` is off or the actor's session showed a factor just now.

    What runs without a session of a browser (jobs, the system) signs under its own rules.
    """
    if actor.is_system or not actor.session or not lawbook.get("auth.signing_step_up"):
        return
    if not recent_factor(of_key(actor.session)):
        raise StepUpNeeded
