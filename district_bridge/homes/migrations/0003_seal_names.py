"""Seals the names that lie open in the database. Undoing it opens them again."""

from django.db import migrations

from district_bridge.privacy.fields import Sealed, binding, digest
from district_bridge.privacy.keyring import ring

TABLE, COLUMN = "homes_resident", "name"
BATCH = 500


def seal(apps, schema_editor):
    resident = apps.get_model("homes", "Resident")
    for row in resident.objects.filter(name_index="").iterator(BATCH):
        text = row.__dict__["name"].text if isinstance(row.__dict__["name"], Sealed) else ""
        if not text:
            continue
        resident.objects.filter(pk=row.pk).update(
            name=Sealed(ring().seal(text, binding(TABLE, COLUMN, row.home_id))),
            name_index=digest("whole", text),
            given_index=digest("given", text),
        )


def open_again(apps, schema_editor):
    resident = apps.get_model("homes", "Resident")
    for row in resident.objects.exclude(name_index="").iterator(BATCH):
        text = ring().open(row.__dict__["name"].text, binding(TABLE, COLUMN, row.home_id))
        resident.objects.filter(pk=row.pk).update(name=Sealed(text), name_index="", given_index="")


class Migration(migrations.Migration):
    dependencies = [("homes", "0002_resident_and_contacts")]
    operations = [migrations.RunPython(seal, open_again)]
