from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('office', '0006_name_the_agency_of_child_rows'),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE office_incomingfile r SET agency_id = p.agency_id FROM office_incomingdocument p "
            "WHERE p.id = r.document_id AND r.agency_id IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE office_draft r SET agency_id = p.agency_id FROM office_outgoingdocument p "
            "WHERE p.id = r.document_id AND r.agency_id IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE office_outgoingfile r SET agency_id = p.agency_id FROM office_outgoingdocument p "
            "WHERE p.id = r.document_id AND r.agency_id IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE office_receiver r SET agency_id = p.agency_id FROM office_outgoingdocument p "
            "WHERE p.id = r.document_id AND r.agency_id IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "UPDATE office_seriescounter r SET agency_id = p.agency_id FROM office_series p "
            "WHERE p.id = r.series_id AND r.agency_id IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
