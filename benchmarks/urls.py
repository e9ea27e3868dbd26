"""The portal's addresses, and after them those it is measured beside."""

from django.urls import path

from benchmarks.plain import admin, views
from leadportal.urls import urlpatterns as portal

urlpatterns = [
    *portal,
    path("plain/bare/", views.bare),
    path("plain/list/", views.StockList.as_view()),
    path("plain/admin/", admin.site.urls),
]
