"""Signing in and out, passwords, one's own profile, the team: of allauth only what is offered.

Nobody signs up or manages addresses here: the vendor adds people, owners invite them, and `signup/`
says so. What is allauth's keeps allauth's names.
"""

from allauth.account import views as account
from django.urls import path, re_path

from leadportal.partners.views import team
from leadportal.partners.views.account import ProfileView, SignInView, suspended
from leadportal.partners.views.invitation import AcceptView

urlpatterns = [
    path("profile/", ProfileView.as_view(), name="profile"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.InviteView.as_view(), name="invite"),
    path("team/<int:pk>/deactivate/", team.deactivate_teammate, name="deactivate_teammate"),
    path("team/invitations/<int:pk>/send-again/", team.send_again, name="invitation_send_again"),
    path("team/invitations/<int:pk>/revoke/", team.revoke, name="invitation_revoke"),
    path("invitation/<str:token>/", AcceptView.as_view(), name="invitation"),
    path("login/", SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("suspended/", suspended, name="account_suspended"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("signup/", account.signup, name="account_signup"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
