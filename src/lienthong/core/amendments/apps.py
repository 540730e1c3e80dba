"""The app `amendments`."""

from django.apps import AppConfig


class AmendmentsConfig(AppConfig):
    """Proposals that change the lawbook and the calendar."""

    name = "lienthong.core.amendments"
    label = "amendments"
    verbose_name = "Đề xuất thay đổi căn cứ pháp lý"

    def ready(self) -> None:
        """Declare verbs, policy and states."""
        from lienthong.core.amendments import actions
        from lienthong.core.amendments.models import Amendment
        from lienthong.core.amendments.policies import amendment_policy
        from lienthong.core.amendments.states import AMENDMENT
        from lienthong.core.registry import registry

        registry.add_verbs(*actions.VERBS)
        registry.add_policy(Amendment, amendment_policy, [verb.code for verb in actions.VERBS])
        registry.add_machine(Amendment, AMENDMENT)
