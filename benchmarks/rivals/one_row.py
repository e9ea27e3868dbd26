"""A bare view that validates a form and inserts one row; sessions, users and CSRF as everywhere."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from benchmarks.rivals.models import Contact
from leadportal.urls import urlpatterns as portals


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("company_name", "first_name", "last_name", "email", "text")


@require_POST
def insert(request: HttpRequest) -> HttpResponse:
    """Insert the row and lead away; 422 where the form is not valid."""
    form = ContactForm(request.POST, instance=Contact(author=request.user))
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=422)
    form.save()
    return redirect("home")


urlpatterns = [path("insert/", insert), *portals]
