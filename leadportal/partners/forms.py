"""Forms for signing in, the profile, and inviting and adding people."""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadportal.domains import account_email
from leadportal.partners import duplicates, invitations, ownership
from leadportal.partners.models import Partner, User
from leadportal.partners.names import validate_name
from leadportal.ui.fields import (
    AccountEmailField,
    EmailField,
    EmailInput,
    NameField,
    form_field,
)
from leadportal.ui.formats import suspended


class PlainFields(forms.Form):
    """allauth's forms without placeholders, and with the portal's labels and messages."""

    labels: dict[str, str] = {}
    required_messages = {
        "login": "Enter your email address.",
        "email": "Enter your email address.",
        "password": "Enter your password.",
        "oldpassword": "Enter your current password.",
        "password1": "Enter a new password.",
        "password2": "Repeat the new password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            if isinstance(field, forms.EmailField):
                self.fields[name] = field = _account_field(field)
            if name in self.required_messages:
                field.error_messages["required"] = self.required_messages[name]


def _account_field(field: forms.EmailField) -> AccountEmailField:
    """Return the field that reads an account's address in place of allauth's."""
    attributes = {"autocomplete": field.widget.attrs.get("autocomplete", "email")}
    return AccountEmailField(label=field.label, widget=EmailInput(attributes))


class SignInForm(PlainFields, allauth_forms.LoginForm):  # type: ignore[misc]
    """Email and password."""

    labels = {"login": "Email", "remember": "Keep me signed in on this device"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The link to a new password stands below the button, not in the hint.
        self.fields["password"].help_text = ""


class ResetPasswordForm(PlainFields, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """The address that gets the link to choose a new password.

    Nobody of a suspended partner gets one, and the page says the same.
    """

    def clean_email(self) -> str:
        typed = str(super().clean_email())
        found: list[User] = self.users  # type: ignore[has-type]
        self.users = [user for user in found if not user.is_suspended]
        return typed


class UserTokenForm(allauth_forms.UserTokenForm):  # type: ignore[misc]
    """The token of that link, which works only for somebody who can sign in."""

    def _get_user(self, uidb36: str) -> User | None:
        user: User | None = super()._get_user(uidb36)
        return user if user and user.is_active and not user.is_suspended else None


class ResetPasswordKeyForm(PlainFields, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, after following the link in the email."""

    labels = {"password1": "New password", "password2": "Repeat new password"}


class SetPasswordForm(AdminPasswordChangeForm):
    """A new password for another person, by an administrator."""

    def save(self, commit: bool = True) -> User:
        """Save the password and nothing else, as `AccountAdapter.set_password` does."""
        person: User = super().save(commit=False)
        if commit:
            person.save(update_fields=("password",))
        return person


class ChangePasswordForm(PlainFields, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """A new password for somebody who knows the current one."""

    labels = {
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "Repeat new password",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""

    def clean_oldpassword(self) -> str:
        """Return the current password; a wrong one counts, and is logged, as a failed sign-in."""
        typed = str(self.cleaned_data["oldpassword"])
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, typed):
            raise adapter.validation_error("enter_current_password")
        return typed


class ReauthenticateForm(PlainFields, allauth_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password again, before a sensitive action."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ConfirmPasswordForm(forms.Form):
    """The password again, posted together with the data of the page before."""

    PASSWORD = "confirm_password"  # noqa: S105 - the field's name

    confirm_password = forms.CharField(
        label="Password",
        strip=False,
        error_messages={"required": "Enter your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if not self.is_bound:
            # Afterwards the summary of errors takes the focus.
            self.fields[self.PASSWORD].widget.attrs["autofocus"] = True

    def clean_confirm_password(self) -> str:
        typed = str(self.cleaned_data[self.PASSWORD])
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, typed):
            raise adapter.validation_error("incorrect_password")
        return typed


class ProfileForm(forms.ModelForm):
    """What people may change about themselves."""

    class Meta:
        model = User
        formfield_callback = form_field
        fields = ("name",)
        labels = {"name": "Your name"}
        help_texts = {"name": "Shown to your colleagues and to our sales team."}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def save(self, commit: bool = True) -> User:
        """Save what was typed and nothing else, such as the access that an owner takes now."""
        person: User = super().save(commit=False)
        if commit:
            person.save(update_fields=self._meta.fields)
        return person


class InviteForm(forms.Form):
    """Whom an owner invites, and as what."""

    ROLE_HINTS = {
        User.Role.MEMBER: "Member: submits leads and sees all leads and earnings of the "
        "organization",
        User.Role.OWNER: "Owner: also manages the team and withdrawals",
    }

    email = EmailField(
        label="Their email",
        max_length=254,
        help_text="We send a link to this address. They will sign in with it.",
        error_messages={"required": "Enter your teammate's email address."},
    )
    role = forms.ChoiceField(
        label="Their role",
        choices=list(ROLE_HINTS.items()),
        initial=User.Role.MEMBER,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role."},
    )

    def __init__(self, *args: Any, partner: Partner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.partner = partner

    def clean_email(self) -> str:
        email = account_email(self.cleaned_data["email"])
        refusal = invitations.why_not_invited(self.partner, email)
        if refusal:
            raise ValidationError(refusal)
        return email


class AcceptForm(forms.Form):
    """Name and first password of somebody who was invited."""

    name = NameField(
        label="Your name",
        max_length=150,
        help_text="Shown to your colleagues and to our sales team.",
        validators=[validate_name],
        error_messages={"required": "Enter your name."},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        help_text=password_validators_help_text_html(),
        error_messages={"required": "Choose a password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.email))
        return password


class _OthersField(forms.MultipleChoiceField):
    """A checkbox for each of the other partners, which are known only when the form is cleaned."""

    def valid_value(self, value: str) -> bool:
        return True


class PartnerForm(forms.ModelForm):
    """An organization. One that resembles another is saved only after that was confirmed."""

    DIFFERS_FROM = "differs_from"

    differs_from = _OthersField(
        label="A different organization than",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        is_changed = {"name", "domain"} & set(self.changed_data)
        others = self._similar(cleaned) if is_changed and not self.errors else []
        field = self.fields[self.DIFFERS_FROM]
        assert isinstance(field, _OthersField)  # noqa: S101 - as declared
        field.choices = [(str(one.partner.pk), _linked(one)) for one in others]
        if not others:
            field.widget = forms.MultipleHiddenInput()
        confirmed = set(cleaned.get(self.DIFFERS_FROM, ()))
        if {key for key, _ in field.choices} - confirmed:
            self.add_error(
                self.DIFFERS_FROM,
                "This partner may have been added before. Check each one that is a different "
                "organization, then save again.",
            )
        return cleaned

    def _similar(self, cleaned: dict[str, Any]) -> list[duplicates.Similar]:
        typed = Partner(pk=self.instance.pk, name=cleaned["name"], domain=cleaned["domain"])
        try:
            typed.clean()
        except ValidationError:
            return []  # the model's own check says so beside the domain
        return duplicates.similar_partners(typed)


def _linked(other: duplicates.Similar) -> SafeString:
    """Return the other partner's name as a link to its page, and why it is named."""
    partner = other.partner
    url = reverse("admin:partners_partner_change", args=[partner.pk])
    return format_html('<a href="{}">{}</a> {} ({})', url, partner, suspended(partner), other.why)


class PersonForm(forms.ModelForm):
    """Somebody who signs in. New people have no password until they choose one by an emailed link.

    `actor`, the person who fills in the form, is set by the admin; it is cleaned inside the admin's
    transaction.
    """

    actor: User

    send_invitation = forms.BooleanField(
        label="Send an invitation",
        required=False,
        initial=True,
        help_text="An email with a link to choose a password, for a partner's people. It works "
        "once and for seven days; you can send it again from the list of people.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            del self.fields["send_invitation"]
        if "groups" in self.fields:
            self.fields["groups"].widget = forms.CheckboxSelectMultiple(
                choices=self.fields["groups"].choices  # type: ignore[attr-defined]
            )
            self.fields["groups"].help_text = "A group gives the permissions its work needs."
        if "partner" in self.fields and "is_staff" not in self.fields:
            # Users who cannot add staff can only add a partner's people.
            self.fields["partner"].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        partner = cleaned.get("partner")
        ownership.lock({self.instance.partner_id, partner and partner.pk})
        # As it is stored now, under the lock, and not as it was when the page was opened
        self.before = User.objects.filter(pk=self.instance.pk).select_related("partner").first()
        after = User.objects.filter(pk=self.instance.pk).first() or User()
        for name in {"email", "partner", "role", "is_active"} & cleaned.keys():
            setattr(after, name, cleaned[name])
        after.email = account_email(after.email)
        self.privileged = ownership.needs_administrator(self.before, after)
        if not self.actor.is_superuser:
            for name, refusal in self.privileged.items():
                self.add_error(name, refusal)
        return cleaned

    def save(self, commit: bool = True) -> User:
        if self.instance.pk is None:
            self.instance.set_unusable_password()
        person: User = super().save(commit)
        return person
