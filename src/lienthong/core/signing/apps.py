"""The app `signing`."""

from django.apps import AppConfig


class SigningConfig(AppConfig):
    """Trust lists, certificates, keys in the keystore, and the record of what was verified."""

    name = "lienthong.core.signing"
    label = "signing"
    verbose_name = "Chữ ký số"

    def ready(self) -> None:
        """Declare the verbs and give the journal its sealer."""
        from lienthong.core.audit import sealing
        from lienthong.core.registry import registry
        from lienthong.core.signing import actions, jobs, service  # noqa: F401 - registers the jobs
        from lienthong.core.signing.leavings import SigningLeavings

        actions.declare(registry)
        registry.add_hand_over("signing", SigningLeavings())
        sealing.use_sealer(service.NodeSealer())
