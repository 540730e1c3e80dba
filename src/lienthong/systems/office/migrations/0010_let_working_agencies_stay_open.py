from django.db import migrations
from django.utils import timezone


def forwards(apps, schema_editor):
    """Agencies that already keep registers work on: their opening is recorded as what it was, an upgrade."""
    register = apps.get_model("office", "Register")
    opening = apps.get_model("golive", "Opening")
    present = set(opening.objects.filter(state="opened").values_list("agency_id", flat=True))
    now = timezone.now()
    for agency_id in register.objects.order_by().values_list("agency_id", flat=True).distinct():
        if agency_id in present:
            continue
        row = opening.objects.create(agency_id=agency_id, state="proposed", origin="upgrade", proposed_at=now)
        opening.objects.filter(pk=row.pk).update(state="opened", opened_at=now)


class Migration(migrations.Migration):

    dependencies = [
        ("golive", "0001_initial"),
        ("office", "0009_go_live_with_the_last_numbers_of_old_books"),
    ]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
