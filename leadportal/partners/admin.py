"""Partner organizations and people in the admin, managed by partner managers.

Partner managers add organizations and their people, and send them invitations. Only a superuser
makes staff, changes a member of staff, or gives groups and permissions, so that nobody can raise
their own rights. What would give somebody access to a partner's money also takes a superuser (see
`leadportal.partners.ownership`), and the superuser's password again.
"""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count, ManyToManyField, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from leadportal.domains import readable_domain
from leadportal.partners import (
    emails,
    invitations,
    ownership,
    password_confirmation,
    suspension,
)
from leadportal.partners.forms import PartnerForm, PersonForm, SetPasswordForm
from leadportal.partners.invitations import InvitationRefused
from leadportal.partners.models import Invitation, Partner, User
from leadportal.partners.suspension_admin import LiftView, SuspendView
from leadportal.ui.admin_lists import WordSearchAdmin
from leadportal.ui.admin_pages import ActionPagesAdmin
from leadportal.ui.columns import kind
from leadportal.ui.formats import date_and_time, suspended

# Addresses are the user's own `email` here; allauth's copies are its own business.
admin.site.unregister(EmailAddress)
admin.site.unregister(Group)

# What makes somebody staff, or lets staff do more
STAFF_FIELDS = frozenset({"is_staff", "is_superuser", "groups"})


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """What staff may do. Changing it takes the password again."""

    filter_horizontal = ()  # Django's chooser takes a script, and is not labeled

    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: HttpRequest | None = None, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        """Offer the permissions as checkboxes, each with the model it is about."""
        widget = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs, widget=widget)

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        password_confirmation.require(request)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        password_confirmation.require(request)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        password_confirmation.require(request)
        super().delete_queryset(request, queryset)


@admin.register(Partner)
class PartnerAdmin(WordSearchAdmin, ActionPagesAdmin):
    """Organizations, by name."""

    form = PartnerForm
    fields = ("name", "domain", "access", "created_at", "people")
    readonly_fields = ("access", "created_at", "people")
    list_display = ("name", "website", "people_count", "access_status", "created_at")
    list_filter = ("status",)
    search_fields = ("search_text",)
    show_full_result_count = False
    action_pages = (("suspend", SuspendView, {}), ("lift", LiftView, {}))

    def get_fields(self, request: HttpRequest, obj: Partner | None = None) -> Any:
        """Return the form's fields; once posted, also the one about similar organizations."""
        if request.method != "POST":
            return self.fields
        return ("name", "domain", PartnerForm.DIFFERS_FROM, *self.fields[2:])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        partners: QuerySet[Partner] = super().get_queryset(request)
        return partners.annotate(people_count=Count("users"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the partner's form, with the button that suspends it or lifts the suspension."""
        may_suspend = request.user.has_perm(suspension.PERMISSION)
        context = {"may_suspend": may_suspend} | (extra_context or {})
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        if change:
            # Nothing else: it may be suspended at this moment.
            changed = set(form.changed_data) - {PartnerForm.DIFFERS_FROM}
            obj.save(update_fields=changed)
        else:
            super().save_model(request, obj, form, change)

    @admin.display(description="domain", ordering="domain", empty_value="–")
    def website(self, partner: Partner) -> str:
        """Return the partner's domain as people write it."""
        return readable_domain(partner.domain)

    @admin.display(description="access")
    def access(self, partner: Partner) -> str:
        """Return whether the partner is suspended, and its history."""
        if partner._state.adding:
            return "–"
        events = partner.events.select_related("actor", "text")
        context = {"partner": partner, "events": events}
        return render_to_string("admin/partners/partner/_access.html", context)

    @admin.display(description="access", ordering="status")
    def access_status(self, partner: Partner) -> str:
        return suspended(partner) or partner.get_status_display()

    @kind("number")
    @admin.display(description="people", ordering="people_count")
    def people_count(self, partner: Partner) -> int:
        return partner.people_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="people")
    def people(self, partner: Partner) -> str:
        """Return the organization's people, each a link to where they are changed."""
        if partner._state.adding:
            return "Save the partner first, then add its people."
        links = [
            (
                reverse("admin:partners_user_change", args=[person.pk]),
                str(person),
                person.get_role_display() + ("" if person.is_active else ", not active"),
            )
            for person in partner.users.all()
        ]
        add = reverse("admin:partners_user_add", query=self._newcomer(partner, bool(links)))
        return format_html(
            '{}<a href="{}">Add a person</a>',
            format_html_join("", '<a href="{}">{}</a> ({})<br>', links),
            add,
        )

    def _newcomer(self, partner: Partner, has_people: bool) -> dict[str, Any]:
        role = User.Role.MEMBER if has_people else User.Role.OWNER
        return {"partner": partner.pk, "role": role.value}


@admin.register(User)
class UserAdmin(WordSearchAdmin, DjangoUserAdmin):
    """People who sign in, by email."""

    form = add_form = PersonForm
    change_password_form = SetPasswordForm
    ordering = ("email",)
    list_display = (
        "address",
        "name",
        "organization",
        "role",
        "is_staff",
        "is_active",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "role", "groups")
    list_select_related = ("partner",)
    search_fields = ("search_text", "partner__search_text")
    show_full_result_count = False
    filter_horizontal = ()
    readonly_fields = ("date_joined", "last_login", "invitation")
    actions = ("send_invitation",)

    person = ("A partner's person", {"fields": ("email", "name", "partner", "role")})
    new_person = (person[0], {"fields": (*person[1]["fields"], "send_invitation")})
    account = ("Account", {"fields": ("is_active", "date_joined", "last_login", "invitation")})
    staff = ("The vendor's staff", {"fields": ("is_staff", "groups", "is_superuser")})

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.actor = request.user  # the class is made anew for each request
        return form

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        may_make_staff = request.user.is_superuser
        if obj is None:
            return (self.new_person, self.staff) if may_make_staff else (self.new_person,)
        if may_make_staff:
            return self.person, self.account, self.staff
        return self.person, self.account

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if obj is not None and obj.is_staff and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # History names people: they are deactivated, never deleted.
        return False

    def user_change_password(self, request: HttpRequest, id: str, *args: Any) -> HttpResponse:  # noqa: A002
        # Setting another person's password allows signing in as them.
        if not request.user.is_superuser:
            raise PermissionDenied
        too_often: HttpResponse | None = ratelimit.consume_or_429(
            request, action="change_password", user=request.user
        )
        if too_often:
            return too_often
        password_confirmation.require(request)
        before = self.get_object(request, unquote(id))
        response = super().user_change_password(request, id, *args)
        after = self.get_object(request, unquote(id))
        if before and after and before.password != after.password:
            emails.send_password_set(after, request.user)
        return response

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if form.privileged or STAFF_FIELDS & set(form.changed_data):
            password_confirmation.require(request)
        super().save_model(request, obj, form, change)
        self._notify(request, form.before, obj)
        if not change:
            if form.cleaned_data["send_invitation"] and obj.partner_id is not None:
                self._invite(request, [obj])
            return
        if "email" in form.changed_data:
            # allauth remembers addresses that signed in; the old one must be forgotten.
            EmailAddress.objects.filter(user=obj).delete()
        if {"email", "partner"} & set(form.changed_data):
            old = Invitation.objects.filter(partner=form.initial["partner"])
            invitations.revoke(old.filter(email=form.initial["email"]))
        if not obj.is_active:
            invitations.revoke_of(obj)
        if ownership.stops_being_owner(form.before, obj):
            invitations.revoke(Invitation.objects.filter(invited_by=obj))

    def _notify(self, request: HttpRequest, before: User | None, person: User) -> None:
        """Email owners, and an old address, about the change."""
        assert isinstance(request.user, User)  # noqa: S101 - nobody else is let in
        if before and before.has_usable_password() and before.email != person.email:
            emails.send_email_changed(person, before.email, request.user)
            before.email = person.email
        if ownership.becomes_owner(before, person):
            emails.send_owner_added(person, request.user)

    @admin.display(description="email", ordering="email")
    def address(self, person: User) -> str:
        return person.readable_email

    @admin.display(description="partner", ordering="partner")
    def organization(self, person: User) -> str:
        """Return the person's organization, marked if it is suspended."""
        if person.partner is None:
            return "–"
        return format_html("{} {}", person.partner, suspended(person.partner))

    @admin.display(description="invitation")
    def invitation(self, person: User) -> str:
        """Return the state of the invitation of a person without a password."""
        last = Invitation.objects.filter(partner=person.partner_id, email=person.email).last()
        if last is None:
            return "None sent." if person.awaits_password else "–"
        if last.accepted_at is not None:
            return f"Accepted on {date_and_time(last.accepted_at)}."
        return (
            f"Sent on {date_and_time(last.sent_at)} by {last.invited_by}. "
            f"Its link works until {date_and_time(last.expires_at)}."
        )

    @admin.action(description="Send an invitation", permissions=["change"])
    def send_invitation(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Email a link to choose a password to each of the people who has none."""
        self._invite(request, queryset.select_related("partner"))

    def _invite(self, request: HttpRequest, people: Iterable[User]) -> None:
        assert isinstance(request.user, User)  # noqa: S101 - nobody else is let in
        for person in people:
            try:
                invitations.invite_person(request.user, person, timezone.now())
            except InvitationRefused as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
            else:
                words = f"An invitation has been sent to {person.readable_email}."
                self.message_user(request, words, messages.SUCCESS)
