"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from leadportal import pages
from leads.views.earnings import what_would_i_earn
from leads.views.home import home

urlpatterns = [
    path("", home, name="home"),
    path("what-would-i-earn/", what_would_i_earn, name="what_would_i_earn"),
    path("theme/", pages.theme, name="theme"),
    path("accounts/after-sign-in/", pages.after_sign_in, name="after_sign_in"),
    path("accounts/", include("leadportal.partners.urls")),
    path("solution/leads/", include("leads.urls")),
    path("commissions/", include("commissions.urls")),
    path("admin/", admin.site.urls),
]
