import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('approvals', '0002_initial'),
        ('commissions', '0001_initial'),
        ('partners', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='partner',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='account', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='batchdownload',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batchrelease',
            name='approval',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='batchrelease',
            name='released_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='billingdetails',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='billing_details', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='billingdetails',
            name='saved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='commissionterms',
            constraint=models.CheckConstraint(condition=models.Q(('flat_fee__gte', 0)), name='terms_flat_fee_not_negative', violation_error_message='The fixed fee is zero or more US dollars.'),
        ),
        migrations.AddConstraint(
            model_name='commissionterms',
            constraint=models.CheckConstraint(condition=models.Q(('share_percent__gte', 0), ('share_percent__lte', 100)), name='terms_share_is_a_percentage'),
        ),
        migrations.AddField(
            model_name='downloadedpayment',
            name='download',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='commissions.batchdownload'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='commissions.account'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='posted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ledgerentry',
            name='refers_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referred_by', to='commissions.ledgerentry'),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batchrelease',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='commissions.paymentbatch'),
        ),
        migrations.AddField(
            model_name='batchdownload',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='downloads', to='commissions.paymentbatch'),
        ),
        migrations.AddField(
            model_name='price',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='prices', to='commissions.plan'),
        ),
        migrations.AddField(
            model_name='plan',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='commissions.product'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='commissions.account'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='batch',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='withdrawals', to='commissions.paymentbatch'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='billing',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commissions.billingdetails'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='entry',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='withdrawal', to='commissions.ledgerentry'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='paid_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='payout_approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='return_entry',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='returned_withdrawal', to='commissions.ledgerentry'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='returned_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='downloadedpayment',
            name='withdrawal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='downloads', to='commissions.withdrawal'),
        ),
        migrations.AddField(
            model_name='batchrelease',
            name='withdrawal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='commissions.withdrawal'),
        ),
        migrations.AddField(
            model_name='withdrawalevent',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='withdrawalevent',
            name='batch',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commissions.paymentbatch'),
        ),
        migrations.AddField(
            model_name='withdrawalevent',
            name='withdrawal',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='commissions.withdrawal'),
        ),
        migrations.AddConstraint(
            model_name='billingdetails',
            constraint=models.UniqueConstraint(fields=('partner', 'version'), name='billing_version_once'),
        ),
        migrations.AddConstraint(
            model_name='billingdetails',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('company', ''), _negated=True), models.Q(('address', ''), _negated=True), models.Q(('city', ''), _negated=True), models.Q(('country', ''), _negated=True), models.Q(('paypal', ''), _negated=True)), name='billing_is_whole'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['account', 'kind', '-number'], name='entry_by_kind'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['reference'], name='entry_by_reference'),
        ),
        migrations.AddIndex(
            model_name='ledgerentry',
            index=models.Index(fields=['account', '-available_on'], name='entry_by_availability'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(fields=('account', 'number'), name='entry_number_once_per_account'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'commission'), ('refers_to', None)), fields=('reference',), name='entry_one_commission_per_lead'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'adjustment')), fields=('reference',), name='entry_one_adjustment_per_reference'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.UniqueConstraint(condition=models.Q(('refers_to__isnull', False)), fields=('refers_to', 'kind'), name='entry_referred_to_once_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('kind__in', ('commission', 'correction', 'return'))), models.Q(('amount__lt', 0), ('kind__in', ('reversal', 'withdrawal'))), models.Q(('kind', 'adjustment'), models.Q(('amount', 0), _negated=True)), _connector='OR'), name='entry_sign_fits_kind'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('reversal', 'correction', 'return')), ('refers_to__isnull', False)), models.Q(('kind__in', ('adjustment', 'withdrawal')), ('refers_to', None)), ('kind', 'commission'), _connector='OR'), name='entry_refers_to_another_where_it_must'),
        ),
        migrations.AddConstraint(
            model_name='batchdownload',
            constraint=models.CheckConstraint(condition=models.Q(('payment_count__gt', 0), ('total__gt', 0)), name='download_holds_payments'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.UniqueConstraint(fields=('plan', 'billing_cycle', 'valid_from'), name='price_once_per_plan_cycle_and_date', violation_error_message='This plan already has a price for this billing cycle from this date. Choose another date.'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('monthly__gte', 0)), name='price_not_negative', violation_error_message='A price is zero or more US dollars.'),
        ),
        migrations.AddConstraint(
            model_name='plan',
            constraint=models.UniqueConstraint(fields=('product', 'code'), name='plan_code_once_per_product'),
        ),
        migrations.AddIndex(
            model_name='withdrawal',
            index=models.Index(fields=['status', 'requested_at', 'id'], name='withdrawal_queue'),
        ),
        migrations.AddIndex(
            model_name='withdrawal',
            index=models.Index(fields=['account', '-requested_at', '-id'], name='withdrawal_newest'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='withdrawal_above_zero'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('pending', 'paid', 'returned'))), name='withdrawal_status_known'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'paid'), _negated=True), models.Q(('paid_at__isnull', False), ('paid_by__isnull', False), models.Q(('payment_reference', ''), _negated=True)), _connector='OR'), name='withdrawal_paid_is_documented'),
        ),
        migrations.AddConstraint(
            model_name='withdrawal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('return_entry__isnull', False), ('returned_at__isnull', False), ('status', 'returned'), ('returned_by__isnull', False), models.Q(('return_reason', ''), _negated=True)), models.Q(models.Q(('status', 'returned'), _negated=True), ('return_entry', None)), _connector='OR'), name='withdrawal_returned_exactly_with_entry'),
        ),
        migrations.AddConstraint(
            model_name='downloadedpayment',
            constraint=models.UniqueConstraint(fields=('download', 'withdrawal'), name='payment_once_a_file'),
        ),
        migrations.AddConstraint(
            model_name='batchrelease',
            constraint=models.UniqueConstraint(fields=('withdrawal', 'batch'), name='release_once'),
        ),
        migrations.AddConstraint(
            model_name='batchrelease',
            constraint=models.CheckConstraint(condition=models.Q(('was_downloaded', False), ('approval__isnull', False), _connector='OR'), name='release_of_a_payment_in_a_file_is_approved'),
        ),
        migrations.AddConstraint(
            model_name='batchrelease',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='release_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='withdrawalevent',
            constraint=models.UniqueConstraint(fields=('withdrawal', 'number'), name='withdrawal_event_number_once'),
        ),
    ]
