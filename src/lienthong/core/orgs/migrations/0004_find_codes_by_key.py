from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False
    dependencies = [
        ('orgs', '0003_keep_the_past_and_lay_out_cases'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='unitcode',
            index=models.Index(fields=['code_key'], name='unit_code_key'),
        ),
    ]
