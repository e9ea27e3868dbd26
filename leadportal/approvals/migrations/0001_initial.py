import leadportal.db.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('subject', models.CharField(help_text='The reference of what it is about.', max_length=100)),
                ('label', models.CharField(help_text='Names what it is about, for people.', max_length=200)),
                ('link', models.CharField(blank=True, help_text='The page of what it is about.', max_length=300)),
                ('summary', models.CharField(help_text='What happens on approval.', max_length=500)),
                ('reason', models.CharField(max_length=500)),
                ('amount', leadportal.db.fields.MoneyField(blank=True, null=True)),
                ('data', models.JSONField(blank=True, default=dict, help_text='What the kind needs to do it.')),
                ('requested_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('pending', 'Awaiting approval'), ('approved', 'Approved'), ('declined', 'Declined'), ('canceled', 'Canceled')], default='pending', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('message', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'approval request',
                'ordering': ('requested_at', 'pk'),
            },
        ),
    ]
