import django.db.models.deletion
import django_countries.fields
import leadportal.db.fields
import leads.models.lead
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('commissions', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('answers', models.JSONField(default=dict)),
                ('domain', models.CharField(blank=True, editable=False, max_length=253)),
                ('contact_email', models.CharField(blank=True, editable=False, max_length=253)),
                ('saved_at', models.DateTimeField()),
                ('page', models.CharField(default='contact', help_text='The page on which it was last saved.', max_length=10)),
                ('discarded_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ('-saved_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='DraftTakeover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ('draft', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='EventText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.TextField(blank=True)),
                ('note', models.TextField(blank=True)),
                ('changes', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(default=leads.models.lead.new_reference, editable=False, max_length=11, unique=True)),
                ('source', models.CharField(choices=[('form', 'Form'), ('api', 'API'), ('import', 'Import')], default='form', max_length=10)),
                ('status', models.CharField(choices=[('submitted', 'Submitted'), ('rejected', 'Rejected'), ('approved', 'Approved for further review'), ('won', 'Won'), ('lost', 'Lost')], default='submitted', max_length=10)),
                ('last_event', models.PositiveIntegerField(default=1, editable=False)),
                ('submitted_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('decision_due', models.DateField()),
                ('company_name', models.CharField(max_length=200)),
                ('domain', models.CharField(max_length=253)),
                ('first_name', models.CharField(max_length=100)),
                ('last_name', models.CharField(max_length=100)),
                ('contact_email', models.EmailField(max_length=254)),
                ('job_title', models.CharField(blank=True, max_length=120)),
                ('phone_number', models.CharField(blank=True, max_length=40)),
                ('region', django_countries.fields.CountryField(blank=True, max_length=2)),
                ('employees', models.CharField(blank=True, choices=[('1-50', '1–50'), ('51-200', '51–200'), ('201-1000', '201–1,000'), ('1001+', '1,001+')], max_length=8)),
                ('description', models.TextField(blank=True, max_length=5000)),
                ('search_text', models.TextField(editable=False)),
                ('commission_type', models.CharField(choices=[('flat_fee', 'Fixed fee'), ('rev_share', 'Share of the annual value')], max_length=10)),
                ('is_included_in_communication', models.BooleanField(default=False)),
                ('attends_meetings', models.BooleanField(default=False)),
                ('sends_personal_introduction', models.BooleanField(default=False)),
                ('lead_is_informed_at', models.DateTimeField(blank=True, null=True)),
                ('accepts_requirements_at', models.DateTimeField(blank=True, null=True)),
                ('agents', models.PositiveIntegerField(default=0)),
                ('meets_criteria', models.BooleanField(verbose_name='recommended size')),
                ('annual_value', leadportal.db.fields.MoneyField(blank=True, null=True, verbose_name='estimated annual value')),
                ('estimated_commission', leadportal.db.fields.MoneyField(blank=True, null=True)),
                ('estimate', models.TextField(blank=True)),
                ('estimate_is_complete', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ('-submitted_at', '-pk'),
                'permissions': (('decide_lead', 'Can decide leads'), ('correct_lead', "Can correct a lead's contact"), ('undo_win', 'Can undo a win whose credit is reversed')),
            },
        ),
        migrations.CreateModel(
            name='LeadCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('submitted', 'Submitted'), ('rejected', 'Rejected'), ('approved', 'Approved for further review'), ('won', 'Won'), ('lost', 'Lost')], max_length=10)),
                ('count', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='LeadEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('submitted', 'Submitted'), ('moved', 'Moved'), ('corrected', 'Corrected')], max_length=10)),
                ('from_status', models.CharField(blank=True, choices=[('submitted', 'Submitted'), ('rejected', 'Rejected'), ('approved', 'Approved for further review'), ('won', 'Won'), ('lost', 'Lost')], max_length=10)),
                ('to_status', models.CharField(choices=[('submitted', 'Submitted'), ('rejected', 'Rejected'), ('approved', 'Approved for further review'), ('won', 'Won'), ('lost', 'Lost')], max_length=10)),
                ('reason', models.CharField(blank=True, choices=[('below_criteria', 'Below the criteria'), ('duplicate', 'Duplicate of another lead'), ('existing_customer', 'Already a customer'), ('in_talks', 'Already in talks with sales'), ('insufficient_information', 'Insufficient information'), ('chose_competitor', 'Chose a competitor'), ('no_budget', 'No budget'), ('no_decision', 'No decision was made'), ('unreachable', 'The contact could not be reached'), ('other', 'Other')], max_length=30)),
                ('fields', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ('lead', '-number'),
            },
        ),
        migrations.CreateModel(
            name='PendingWinText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message', models.TextField(blank=True)),
                ('note', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='DealLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('submitted', 'As submitted'), ('final', 'As won')], max_length=10)),
                ('position', models.PositiveSmallIntegerField()),
                ('agents', models.PositiveIntegerField(blank=True, null=True)),
                ('billing_cycle', models.CharField(choices=[('annual', 'Annual'), ('monthly', 'Monthly')], max_length=10)),
                ('monthly_price', leadportal.db.fields.MoneyField(blank=True, null=True)),
                ('price_from', models.DateField(blank=True, null=True)),
                ('agreed_annual', leadportal.db.fields.MoneyField(blank=True, null=True)),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commissions.plan')),
            ],
            options={
                'ordering': ('lead', 'stage', 'position'),
            },
        ),
    ]
