
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('homes', '0003_seal_names'),
        ('intake', '0003_reused_numbers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='inboxmessage',
            name='home',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='inbox', to='homes.home'),
        ),
    ]
