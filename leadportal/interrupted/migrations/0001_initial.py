from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='InterruptedForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('browser', models.CharField(max_length=64)),
                ('page', models.TextField()),
                ('action', models.TextField()),
                ('fields', models.JSONField()),
                ('interrupted_at', models.DateTimeField(db_index=True)),
            ],
        ),
    ]
