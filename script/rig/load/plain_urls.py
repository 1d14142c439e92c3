"""The plain view's one address."""

from django.urls import path

from rig.load.plain import ping

urlpatterns = [path("ping", ping)]
