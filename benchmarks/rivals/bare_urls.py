"""The addresses of the apps that have some."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("accounts/", include("allauth.urls"))]
