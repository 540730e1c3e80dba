from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('files', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='storedfile',
            name='damaged_at',
            field=models.DateTimeField(null=True, verbose_name='Thấy hỏng lúc'),
        ),
    ]
