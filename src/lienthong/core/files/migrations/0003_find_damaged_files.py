from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('files', '0002_damaged_files'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='storedfile',
            index=models.Index(condition=models.Q(('damaged_at__isnull', False)), fields=['damaged_at'], name='stored_file_damaged'),
        ),
    ]
