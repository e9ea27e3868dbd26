"""Signing in and out, passwords, one's own profile: what of allauth is offered, by allauth's names.

Nobody signs up or manages addresses here; the vendor adds people, and `signup/` says so.
"""

from allauth.account import views as account
from django.urls import path, re_path

from leadportal.partners.views import ProfileView, SignInView

urlpatterns = [
    path("profile/", ProfileView.as_view(), name="profile"),
    path("login/", SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
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
