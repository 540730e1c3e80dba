"""The app `operations`."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The state of the node, alerts, and what its operator does."""

    name = "lienthong.core.operations"
    label = "operations"
    verbose_name = "Vận hành"

    def ready(self) -> None:
        """Declare verbs, policies, and what the core itself looks at."""
        from lienthong.core.jobs.models import JobRun
        from lienthong.core.operations import actions, checks, checks_database, measures, records
        from lienthong.core.operations.policies import policy
        from lienthong.core.outbox.models import OutboxDelivery
        from lienthong.core.registry import registry

        registry.add_verbs(*actions.VERBS, *records.VERBS)
        registry.add_policy(JobRun, policy, policy.verbs)
        registry.add_policy(OutboxDelivery, policy, [])
        registry.checks |= checks_database.CHECKS | checks.CHECKS
        registry.probes |= checks.PROBES
        registry.limits |= measures.LIMITS
        registry.gauges |= measures.GAUGES
