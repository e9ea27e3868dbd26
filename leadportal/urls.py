"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from leadportal.ui import views
from leads.tab.earnings import what_would_i_earn
from leads.tab.home import home

urlpatterns = [
    path("", home, name="home"),
    path("what-would-i-earn/", what_would_i_earn, name="what_would_i_earn"),
    path("theme/", views.theme, name="theme"),
    path("accounts/after-sign-in/", views.after_sign_in, name="after_sign_in"),
    path("accounts/", include("leadportal.partners.urls")),
    path("solution/leads/", include("leads.urls")),
    path("commissions/", include("commissions.urls")),
    path("admin/", admin.site.urls),
]
