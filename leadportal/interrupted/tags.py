"""`{% csrf_token %}`, which also says for whom the form was made."""

from typing import Any

from django import template
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from leadportal.interrupted.owner import FIELD, signed

register = template.Library()


class OwnedFormNode(CsrfTokenNode):
    """The hidden fields of every form that is posted: Django's token, and the owner's."""

    def render(self, context: Context) -> SafeString:
        token = mark_safe(super().render(context))  # noqa: S308 - Django's own field
        user = getattr(context.get("request"), "user", None)
        if not token or user is None or not user.is_authenticated:
            return token
        return token + format_html(
            '<input type="hidden" name="{}" value="{}">', FIELD, signed(user.pk)
        )


@register.tag
def csrf_token(parser: Any, token: Any) -> OwnedFormNode:
    """Render the fields that every form posts with what is typed."""
    return OwnedFormNode()
