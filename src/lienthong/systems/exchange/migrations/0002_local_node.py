"""The numbers of receipts, and this node as a peer of itself (EX-42, EX-69)."""

import uuid
from datetime import UTC, datetime

from django.db import migrations


def add_local_peer(apps, schema_editor):
    peers = apps.get_model("exchange", "Peer")
    now = datetime.now(UTC)
    peers.objects.get_or_create(
        kind="local",
        defaults={
            "id": uuid.uuid4(),
            "code": "nut-nay",
            "name": "Nút này",
            "profile": "strict",
            "state": "active",
            "state_since": now,
            "registered_at": now,
        },
    )


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE exchange_receipt_seq", "DROP SEQUENCE exchange_receipt_seq"),
        migrations.RunPython(add_local_peer, migrations.RunPython.noop),
    ]
