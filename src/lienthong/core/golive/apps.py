"""The app `golive`."""

from django.apps import AppConfig


class GoliveConfig(AppConfig):
    """Going live of an agency: steps, their dry runs, the opening."""

    name = "lienthong.core.golive"
    label = "golive"
    verbose_name = "Chuẩn bị vận hành"

    def ready(self) -> None:
        """Declare verbs, policy, states and the steps that the core itself looks at."""
        from lienthong.core.golive import actions, steps
        from lienthong.core.golive.models import Opening
        from lienthong.core.golive.policies import opening_policy
        from lienthong.core.golive.states import OPENING
        from lienthong.core.registry import registry

        registry.add_verbs(*actions.VERBS)
        registry.add_policy(Opening, opening_policy, opening_policy.rules)
        registry.add_machine(Opening, OPENING)
        registry.golive["core"] = steps.of_core
