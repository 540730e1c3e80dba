import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('office', '0005_close_registers'),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False, null=True),
        ),
        migrations.AddField(
            model_name='incomingfile',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False, null=True),
        ),
        migrations.AddField(
            model_name='outgoingfile',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False, null=True),
        ),
        migrations.AddField(
            model_name='receiver',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False, null=True),
        ),
        # Born in the migration before: no row to fill.
        migrations.AddField(
            model_name='registerclosing',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False),
        ),
        migrations.AddField(
            model_name='seriescounter',
            name='agency_id',
            field=models.UUIDField(db_default=models.Value(None), editable=False, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='draft',
            trigger=pgtrigger.compiler.Trigger(name='agency', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT agency_id INTO NEW.agency_id FROM "office_outgoingdocument" WHERE id = NEW."document_id"; RETURN NEW;', hash='a2d6576f3447a974eb913626309d29ce1a4b7daf', operation='INSERT', pgid='pgtrigger_agency_e9175', table='office_draft', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='incomingfile',
            trigger=pgtrigger.compiler.Trigger(name='agency', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT agency_id INTO NEW.agency_id FROM "office_incomingdocument" WHERE id = NEW."document_id"; RETURN NEW;', hash='e2fa8ee39bb12b7a4579748bb40459de09e93309', operation='INSERT', pgid='pgtrigger_agency_22404', table='office_incomingfile', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='outgoingfile',
            trigger=pgtrigger.compiler.Trigger(name='agency', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT agency_id INTO NEW.agency_id FROM "office_outgoingdocument" WHERE id = NEW."document_id"; RETURN NEW;', hash='45db010a7c076bcf9b5de11801094de96763cab8', operation='INSERT', pgid='pgtrigger_agency_9a5bd', table='office_outgoingfile', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receiver',
            trigger=pgtrigger.compiler.Trigger(name='agency', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT agency_id INTO NEW.agency_id FROM "office_outgoingdocument" WHERE id = NEW."document_id"; RETURN NEW;', hash='bd1034c56342f6056556b03ad12412bc41e8cf3c', operation='INSERT', pgid='pgtrigger_agency_a51fe', table='office_receiver', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='registerclosing',
            trigger=pgtrigger.compiler.Trigger(name='agency', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT agency_id INTO NEW.agency_id FROM "office_register" WHERE id = NEW."register_id"; RETURN NEW;', hash='82cc69281e0b0a78d0c49a25a623d3c823f9e93c', operation='INSERT', pgid='pgtrigger_agency_141fd', table='office_registerclosing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='seriescounter',
            trigger=pgtrigger.compiler.Trigger(name='agency', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT agency_id INTO NEW.agency_id FROM "office_series" WHERE id = NEW."series_id"; RETURN NEW;', hash='d736365faf26aa5e103c0e74d07cacf7c6940002', operation='INSERT', pgid='pgtrigger_agency_7a12e', table='office_seriescounter', when='BEFORE')),
        ),
    ]
