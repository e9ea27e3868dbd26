import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('approvals', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='approval',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='approval',
            name='requested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['state', 'requested_at', 'id'], name='approval_queue'),
        ),
        migrations.AddIndex(
            model_name='approval',
            index=models.Index(fields=['subject'], name='approval_subject'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'pending')), fields=('kind', 'subject'), name='approval_pending_once'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('message', ''), ('state', 'pending')), models.Q(('state__in', ('approved', 'declined', 'canceled')), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='approval_decided_is_documented'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('approved', 'declined')), _negated=True), models.Q(('decided_by', models.F('requested_by')), _negated=True), _connector='OR'), name='approval_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), _negated=True), models.Q(('subject', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='approval_is_complete'),
        ),
    ]
