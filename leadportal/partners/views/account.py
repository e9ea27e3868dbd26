"""Signing in, and one's own profile."""

from typing import Any

from allauth.account.views import LoginView
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_GET
from django.views.generic import UpdateView

from leadportal.partners.forms import ProfileForm
from leadportal.partners.models import User


class SignInView(LoginView):  # type: ignore[misc]
    """allauth's sign-in. While DEBUG is on it lists the demo accounts, which only work then."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo = (
            User.objects.filter(is_demo=True, is_active=True)
            if settings.DEBUG
            else User.objects.none()
        )
        people = demo.select_related("partner").prefetch_related("groups").order_by("pk")
        context: dict[str, Any] = super().get_context_data(demo_people=people, **kwargs)
        return context


@login_not_required
@require_GET
def suspended(request: HttpRequest) -> HttpResponse:
    """Say that the organization's access is suspended, after the right password was typed."""
    return render(request, "account/account_suspended.html")


class ProfileView(UpdateView):
    """Show the signed-in user their own account; the name can be changed."""

    form_class = ProfileForm
    template_name = "partners/profile_edit.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset: Any = None) -> User:
        # A separate copy: an invalid name must not show in the page's frame.
        return get_object_or_404(User.objects.select_related("partner"), pk=self.request.user.pk)

    def form_valid(self, form: forms.ModelForm) -> HttpResponse:
        messages.success(self.request, "Your name is saved.")
        return super().form_valid(form)
