from django.core.exceptions import ValidationError
from django.db import migrations, models

from leadportal.domains import registrable_domain


def reduce(apps, schema_editor):
    """Reduce every partner's domain as a lead's is; what is no domain stays, and is compared with nothing."""
    for partner in apps.get_model("partners", "Partner").objects.exclude(domain=""):
        try:
            partner.domain = registrable_domain(partner.domain)
        except ValidationError:
            continue
        partner.save(update_fields=["domain"])


class Migration(migrations.Migration):

    dependencies = [
        ("partners", "0002_invitation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="partner",
            name="domain",
            field=models.CharField(blank=True, help_text="The partner's own domain, such as example.com; whatever is pasted is reduced to the registrable domain. A lead of this domain is refused.", max_length=253),
        ),
        migrations.RunPython(reduce, migrations.RunPython.noop, elidable=True),
    ]
