import django.core.validators
import django_countries.fields
import leadportal.db.digests
import leadportal.db.fields
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('balance', leadportal.db.fields.MoneyField(default=0)),
                ('entry_count', models.PositiveBigIntegerField(default=0)),
                ('head_hash', models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='BatchDownload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('payment_count', models.PositiveIntegerField()),
                ('total', leadportal.db.fields.MoneyField()),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the file')),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='BatchRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('released_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=200)),
                ('was_downloaded', models.BooleanField()),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.CreateModel(
            name='BillingDetails',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('type', models.CharField(choices=[('business', 'Business'), ('individual', 'Individual')], default='business', max_length=10)),
                ('company', models.CharField(max_length=200, verbose_name='company or full name')),
                ('vat', models.CharField(blank=True, max_length=30, verbose_name='VAT ID')),
                ('address', models.CharField(max_length=200)),
                ('city', models.CharField(max_length=100)),
                ('zip_code', models.CharField(blank=True, max_length=20, verbose_name='postal code')),
                ('state', models.CharField(blank=True, max_length=100, verbose_name='state or region')),
                ('country', django_countries.fields.CountryField(max_length=2)),
                ('paypal', models.EmailField(max_length=254, verbose_name='PayPal email')),
                ('paypal_since', models.DateTimeField(help_text='Since when this PayPal account has been current, across consecutive versions.')),
                ('saved_at', models.DateTimeField()),
                ('digest', leadportal.db.digests.DigestField(editable=False, max_length=64)),
            ],
            options={
                'verbose_name_plural': 'billing details',
                'ordering': ('partner', '-version'),
            },
        ),
        migrations.CreateModel(
            name='CommissionTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', leadportal.db.digests.DigestField(editable=False, max_length=64)),
                ('valid_from', models.DateField(error_messages={'unique': 'There are terms from this date already. Choose another date.'}, unique=True)),
                ('flat_fee', leadportal.db.fields.MoneyField(validators=[django.core.validators.MaxValueValidator(Decimal('1000000000'))], verbose_name='fixed fee, US dollars')),
                ('share_percent', models.DecimalField(decimal_places=2, max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='share of the annual value, percent')),
                ('holding_days', models.PositiveSmallIntegerField(default=30, help_text='A commission becomes available this many days after it is credited; 0 means immediately. Leads submitted earlier keep the period of their own terms.', validators=[django.core.validators.MaxValueValidator(730)], verbose_name='holding period, days')),
                ('minimum_agents', models.PositiveIntegerField(help_text='At least this many agents, or …', verbose_name='recommended minimum of agents')),
                ('minimum_employees', models.PositiveIntegerField(help_text='… more than this many employees.', verbose_name='recommended minimum of employees')),
                ('decision_business_days', models.PositiveSmallIntegerField(help_text='Monday to Friday, after the day of submission.', verbose_name='decision within, business days')),
                ('lead_is_informed_text', models.TextField(verbose_name='agreement: the lead is informed')),
                ('requirements_text', models.TextField(verbose_name="agreement: the program's requirements")),
            ],
            options={
                'verbose_name_plural': 'commission terms',
                'ordering': ('-valid_from',),
            },
        ),
        migrations.CreateModel(
            name='DownloadedPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', leadportal.db.fields.MoneyField()),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('commission', 'Commission'), ('reversal', 'Reversal'), ('correction', 'Correction'), ('adjustment', 'Adjustment'), ('withdrawal', 'Withdrawal'), ('return', 'Returned withdrawal')], max_length=12)),
                ('amount', leadportal.db.fields.MoneyField()),
                ('available_on', models.DateField()),
                ('reference', models.CharField(max_length=40)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('text', models.CharField(max_length=200)),
                ('explanation', models.TextField()),
                ('posted_at', models.DateTimeField()),
                ('previous_hash', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'verbose_name_plural': 'ledger entries',
                'ordering': ('account', '-number'),
            },
        ),
        migrations.CreateModel(
            name='PaymentBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'payment batches',
                'ordering': ('-number',),
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=80)),
                ('pricing', models.CharField(choices=[('per_agent', 'Per agent'), ('flat', 'Per account')], default='per_agent', max_length=10)),
                ('is_offered', models.BooleanField(default=True, help_text='Uncheck to withdraw the plan from new leads.', verbose_name='offered')),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ('product__position', 'position', 'code'),
            },
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', leadportal.db.digests.DigestField(editable=False, max_length=64)),
                ('billing_cycle', models.CharField(choices=[('annual', 'Annual'), ('monthly', 'Monthly')], max_length=10)),
                ('monthly', leadportal.db.fields.MoneyField(validators=[django.core.validators.MaxValueValidator(Decimal('1000000000'))], verbose_name='US dollars per month')),
                ('valid_from', models.DateField()),
            ],
            options={
                'ordering': ('plan', 'billing_cycle', '-valid_from'),
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ('position', 'code'),
            },
        ),
        migrations.CreateModel(
            name='Sequence',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('amount', leadportal.db.fields.MoneyField()),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('paid', 'Paid'), ('returned', 'Returned')], default='pending', max_length=10)),
                ('last_event', models.PositiveIntegerField(default=1, editable=False)),
                ('requested_at', models.DateTimeField()),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('payment_reference', models.CharField(blank=True, max_length=100)),
                ('returned_at', models.DateTimeField(blank=True, null=True)),
                ('return_reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ('-requested_at', '-pk'),
                'permissions': (('pay_withdrawal', 'Can pay and return withdrawals'),),
            },
        ),
        migrations.CreateModel(
            name='WithdrawalEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('from_status', models.CharField(blank=True, choices=[('pending', 'Pending'), ('paid', 'Paid'), ('returned', 'Returned')], max_length=10)),
                ('to_status', models.CharField(choices=[('pending', 'Pending'), ('paid', 'Paid'), ('returned', 'Returned')], max_length=10)),
                ('at', models.DateTimeField()),
                ('evidence', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ('withdrawal', '-number'),
            },
        ),
    ]
