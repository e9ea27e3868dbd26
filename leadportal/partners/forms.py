"""Forms of signing in and of one's own profile, and those by which people are added."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms

from leadportal.partners.models import User


class PlainFields(forms.Form):
    """allauth's forms repeat each label as a placeholder; here the label is enough."""

    labels: dict[str, str] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)


class SignInForm(PlainFields, allauth_forms.LoginForm):  # type: ignore[misc]
    """Email and password."""

    labels = {"login": "Email", "remember": "Keep me signed in on this device"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The way to a new password stands below the button, out of the hint.
        self.fields["password"].help_text = ""


class ResetPasswordForm(PlainFields, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """The address to which the way to a new password is mailed."""


class ResetPasswordKeyForm(PlainFields, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, after following the mailed link."""

    labels = {"password1": "New password", "password2": "New password again"}


class ChangePasswordForm(PlainFields, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """A new password for somebody who knows the old one."""

    labels = {
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""


class ReauthenticateForm(PlainFields, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ProfileForm(forms.ModelForm):
    """What people may change about themselves."""

    class Meta:
        model = User
        fields = ("name",)
        labels = {"name": "Your name"}
        help_texts = {"name": "Shown to your colleagues and to our sales team."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class PartnerForm(forms.ModelForm):
    """A partner organisation, as the vendor enters it."""

    def clean_domain(self) -> str:
        return str(self.cleaned_data["domain"]).strip().lower()


class PersonForm(forms.ModelForm):
    """Somebody who signs in. A new person has no password until one is set by "Forgot password"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "groups" in self.fields:
            self.fields["groups"].widget = forms.CheckboxSelectMultiple(
                choices=self.fields["groups"].choices  # type: ignore[attr-defined]
            )
            self.fields["groups"].help_text = "Each group brings the permissions of its work."
        if "partner" in self.fields and "is_staff" not in self.fields:
            # Whoever cannot make staff can only add a partner's people.
            self.fields["partner"].required = True

    def save(self, commit: bool = True) -> User:
        if self.instance.pk is None:
            self.instance.set_unusable_password()
        person: User = super().save(commit)
        return person
