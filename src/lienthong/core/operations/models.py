"""What the operators were told of, once each time it began (CORE-98)."""

from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """A fault, a warning or a limit that is used up to 70 %: since when, and when it was over."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField("Mã", max_length=120)
    level = models.PositiveSmallIntegerField("Mức")
    text = models.TextField("Nội dung")
    remedy = models.TextField("Cách xử lý", blank=True)
    since = models.DateTimeField("Từ lúc")
    seen_at = models.DateTimeField("Gần nhất lúc")
    over_at = models.DateTimeField("Hết lúc", null=True)

    class Meta:
        verbose_name = "cảnh báo vận hành"
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(over_at__isnull=True), name="alert_open_once")
        ]
        indexes = [models.Index(fields=["-since"], name="alert_newest")]

    def __str__(self) -> str:
        return self.text
