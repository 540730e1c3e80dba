import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('office', '0007_fill_the_agency_of_child_rows'),
    ]

    operations = [
        migrations.AlterField(
            model_name='draft',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False),
        ),
        migrations.AlterField(
            model_name='incomingfile',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False),
        ),
        migrations.AlterField(
            model_name='outgoingfile',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False),
        ),
        migrations.AlterField(
            model_name='receiver',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False),
        ),
        migrations.AlterField(
            model_name='seriescounter',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False),
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='draft',
            name='fixed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='incomingfile',
            name='fixed',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='outgoingfile',
            name='fixed',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='draft',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.document_id IS DISTINCT FROM NEW.document_id OR OLD.agency_id IS DISTINCT FROM NEW.agency_id OR OLD.number IS DISTINCT FROM NEW.number OR OLD.created_at IS DISTINCT FROM NEW.created_at OR OLD.by_id IS DISTINCT FROM NEW.by_id OR OLD.facts IS DISTINCT FROM NEW.facts OR OLD.file_id IS DISTINCT FROM NEW.file_id)', execute='office_refuse_change()', func='RETURN NULL;', hash='ccdabbb32fdf73af34e767c1f1bd72d8e7c59f4d', operation='UPDATE', pgid='pgtrigger_fixed_7e5db', table='office_draft', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incomingfile',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.document_id IS DISTINCT FROM NEW.document_id OR OLD.agency_id IS DISTINCT FROM NEW.agency_id OR OLD.name IS DISTINCT FROM NEW.name OR OLD.main IS DISTINCT FROM NEW.main OR OLD."order" IS DISTINCT FROM NEW."order" OR OLD.file_id IS DISTINCT FROM NEW.file_id OR OLD.verdict IS DISTINCT FROM NEW.verdict)', execute='office_refuse_change()', func='RETURN NULL;', hash='48d7c080377b8ab7b4638a644b1b62b391e283ab', operation='UPDATE', pgid='pgtrigger_fixed_bece3', table='office_incomingfile', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='outgoingfile',
            trigger=pgtrigger.compiler.Trigger(name='fixed', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.document_id IS DISTINCT FROM NEW.document_id OR OLD.agency_id IS DISTINCT FROM NEW.agency_id OR OLD.role IS DISTINCT FROM NEW.role OR OLD.step IS DISTINCT FROM NEW.step OR OLD.revision IS DISTINCT FROM NEW.revision OR OLD."order" IS DISTINCT FROM NEW."order" OR OLD.name IS DISTINCT FROM NEW.name OR OLD.file_id IS DISTINCT FROM NEW.file_id OR OLD.created_at IS DISTINCT FROM NEW.created_at)', execute='office_refuse_change()', func='RETURN NULL;', hash='cbacd6d009cb03f48a368f197159dd9930d2d087', operation='UPDATE', pgid='pgtrigger_fixed_8adfb', table='office_outgoingfile', when='BEFORE')),
        ),
    ]
