import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('approvals', '0002_initial'),
        ('commissions', '0002_initial'),
        ('leads', '0001_initial'),
        ('partners', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='draft',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draft',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='drafttakeover',
            name='draft',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='takeovers', to='leads.draft'),
        ),
        migrations.AddField(
            model_name='drafttakeover',
            name='taken_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='drafttakeover',
            name='taken_from',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lead',
            name='agreed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lead',
            name='credit',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lead', to='commissions.ledgerentry'),
        ),
        migrations.AddField(
            model_name='lead',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='lead',
            name='submitted_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leads', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lead',
            name='terms',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='commissions.commissionterms'),
        ),
        migrations.AddField(
            model_name='draft',
            name='lead',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='draft', to='leads.lead'),
        ),
        migrations.AddField(
            model_name='dealline',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='leads.lead'),
        ),
        migrations.AddField(
            model_name='leadcount',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lead_counts', to='partners.partner'),
        ),
        migrations.AddField(
            model_name='leadevent',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='leadevent',
            name='approval',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.approval'),
        ),
        migrations.AddField(
            model_name='leadevent',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='leads.lead'),
        ),
        migrations.AddField(
            model_name='eventtext',
            name='event',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='text', to='leads.leadevent'),
        ),
        migrations.AddField(
            model_name='pendingwintext',
            name='approval',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='win_text', to='approvals.approval'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['partner', '-submitted_at', '-id'], name='lead_newest'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['partner', 'status', '-submitted_at', '-id'], name='lead_newest_by_status'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['status', 'submitted_at', 'id', 'decision_due', 'commission_type', 'meets_criteria', 'source'], name='lead_triage'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['submitted_at', 'id'], name='lead_oldest'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['domain'], name='lead_domain'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(models.F('partner'), django.db.models.functions.text.Lower('contact_email'), name='lead_contact'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'form'), _negated=True), models.Q(models.Q(('region', ''), _negated=True), models.Q(('employees', ''), _negated=True), models.Q(('estimate', ''), _negated=True), ('accepts_requirements_at__isnull', False), ('agreed_by__isnull', False), ('lead_is_informed_at__isnull', False)), _connector='OR'), name='lead_from_form_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'api'), _negated=True), models.Q(('accepts_requirements_at__isnull', False), ('agreed_by__isnull', False)), _connector='OR'), name='lead_from_api_is_complete'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('company_name', ''), _negated=True), models.Q(('domain', ''), _negated=True), models.Q(('first_name', ''), _negated=True), models.Q(('last_name', ''), _negated=True), models.Q(('contact_email', ''), _negated=True)), name='lead_names_a_contact'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit__isnull', False), ('status', 'won')), models.Q(models.Q(('status', 'won'), _negated=True), ('credit', None)), _connector='OR'), name='lead_won_exactly_with_credit'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('submitted', 'rejected', 'approved', 'won', 'lost'))), name='lead_status_known'),
        ),
        migrations.AddConstraint(
            model_name='lead',
            constraint=models.CheckConstraint(condition=models.Q(('commission_type__in', ('flat_fee', 'rev_share'))), name='lead_commission_type_known'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(fields=['author', '-saved_at', '-id'], name='draft_latest'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(condition=models.Q(('discarded_at', None), ('lead', None)), fields=['partner', '-saved_at', '-id'], name='draft_of_partner'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(condition=models.Q(('discarded_at', None), ('lead', None)), fields=['domain'], name='draft_domain'),
        ),
        migrations.AddIndex(
            model_name='draft',
            index=models.Index(condition=models.Q(('discarded_at', None), ('lead', None)), fields=['contact_email'], name='draft_contact'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(('lead', None), ('discarded_at', None), _connector='OR'), name='draft_sent_or_discarded'),
        ),
        migrations.AddConstraint(
            model_name='dealline',
            constraint=models.UniqueConstraint(fields=('lead', 'stage', 'plan'), name='line_once_per_plan_and_stage'),
        ),
        migrations.AddConstraint(
            model_name='dealline',
            constraint=models.CheckConstraint(condition=models.Q(('agents', None), models.Q(('agents__gte', 1), ('agents__lte', 100000)), _connector='OR'), name='line_agents_in_range'),
        ),
        migrations.AddConstraint(
            model_name='dealline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('monthly_price', None), ('monthly_price__gte', 0), _connector='OR'), models.Q(('agreed_annual', None), ('agreed_annual__gte', 0), _connector='OR')), name='line_amounts_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='leadcount',
            constraint=models.UniqueConstraint(fields=('partner', 'status'), name='count_once_per_status'),
        ),
        migrations.AddIndex(
            model_name='leadevent',
            index=models.Index(condition=models.Q(('kind', 'corrected')), fields=['lead'], name='event_corrected'),
        ),
        migrations.AddConstraint(
            model_name='leadevent',
            constraint=models.UniqueConstraint(fields=('lead', 'number'), name='event_number_once_per_lead'),
        ),
        migrations.AddConstraint(
            model_name='leadevent',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('from_status', ''), ('kind', 'submitted'), ('number', 1)), models.Q(('kind', 'moved'), ('number__gt', 1), models.Q(('from_status', models.F('to_status')), _negated=True)), models.Q(('from_status', models.F('to_status')), ('kind', 'corrected'), ('number__gt', 1)), _connector='OR'), name='event_kind_fits'),
        ),
    ]
