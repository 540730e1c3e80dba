"""The app `mail`."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """The mail server that LIENTHONG_SMTP names; without one no mail leaves the node."""

    name = "lienthong.gateways.mail"
    label = "mail"
    verbose_name = "Thư điện tử"

    def ready(self) -> None:
        """Offer the port `mail`."""
        from django.conf import settings

        from lienthong.contracts import ports
        from lienthong.gateways.mail.smtp import SmtpSender

        if settings.SMTP_URL:
            ports.register("mail", SmtpSender(settings.SMTP_URL, settings.MAIL_FROM))
