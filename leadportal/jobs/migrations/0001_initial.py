import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ScheduledJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now, help_text='While a worker has it in hand: when another worker may take over.')),
                ('last_error', models.TextField(blank=True)),
                ('name', models.CharField(max_length=60, unique=True)),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures in a row')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='last started')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='last finished')),
                ('succeeded_at', models.DateTimeField(blank=True, null=True, verbose_name='last succeeded')),
                ('result', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'scheduled job',
                'ordering': ('name',),
                'permissions': (('run_scheduledjob', 'Can run a scheduled job now'),),
            },
        ),
    ]
