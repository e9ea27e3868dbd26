"""The portal's addresses, and after them those of its rivals in the same server."""

from django.urls import path

from benchmarks.rivals import plain
from leadportal.urls import urlpatterns as portal

urlpatterns = [
    *portal,
    path("rivals/bare/", plain.bare),
    path("rivals/list/", plain.StockList.as_view()),
    path("rivals/insert/", plain.insert),
    path("rivals/admin/", plain.site.urls),
]
