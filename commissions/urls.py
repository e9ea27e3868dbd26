"""Addresses of the Commissions tab."""

from django.urls import path

from commissions import views

app_name = "commissions"

urlpatterns = [path("", views.overview, name="overview")]
