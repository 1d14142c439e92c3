"""Seals the e-mail addresses and telephone numbers of staff. Undoing it opens them again."""

import district_bridge.privacy.fields
from django.db import migrations
from district_bridge.privacy.fields import Sealed, binding
from district_bridge.privacy.keyring import ring

TABLE, COLUMNS = "channels_reach", ("email", "phone")
BATCH = 500


def seal(apps, schema_editor):
    reach = apps.get_model("channels", "Reach")
    for row in reach.objects.iterator(BATCH):
        _change(reach, row, lambda text, bound_to: ring().seal(text, bound_to))


def open_again(apps, schema_editor):
    reach = apps.get_model("channels", "Reach")
    for row in reach.objects.iterator(BATCH):
        _change(reach, row, lambda text, bound_to: ring().open(text, bound_to))


def _change(reach, row, change):
    held = {column: row.__dict__[column] for column in COLUMNS}
    changed = {
        column: Sealed(change(value.text, binding(TABLE, column, f"account {row.account_id}")))
        for column, value in held.items()
        if isinstance(value, Sealed)
    }
    if changed:
        reach.objects.filter(pk=row.pk).update(**changed)


class Migration(migrations.Migration):
    dependencies = [("channels", "0001_initial")]
    operations = [
        migrations.AlterField(
            model_name="reach",
            name="email",
            field=district_bridge.privacy.fields.SealedText(blank=True, db_default=""),
        ),
        migrations.AlterField(
            model_name="reach",
            name="phone",
            field=district_bridge.privacy.fields.SealedText(blank=True, db_default=""),
        ),
        migrations.RunPython(seal, open_again),
    ]
