"""One's own profile."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse_lazy
from django.views.generic import UpdateView

from leadportal.partners.forms import ProfileForm
from leadportal.partners.models import User


class ProfileView(UpdateView):
    """Show whoever is signed in their own account; the name can be changed."""

    form_class = ProfileForm
    template_name = "partners/profile_edit.html"
    success_url = reverse_lazy("profile")

    def get_object(self, queryset: Any = None) -> User:
        # A copy of its own: a refused name must not show in the frame.
        return get_object_or_404(User.objects.select_related("partner"), pk=self.request.user.pk)

    def form_valid(self, form: forms.ModelForm) -> HttpResponse:
        messages.success(self.request, "Your name is saved.")
        return super().form_valid(form)
