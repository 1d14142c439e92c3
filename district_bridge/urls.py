"""The dashboard's addresses. The wire's are in ``district_bridge.api.calls``."""

from django.urls import include, path

urlpatterns = [
    path("", include("district_bridge.accounts.urls")),
    path("", include("district_bridge.access.urls")),
    path("", include("district_bridge.privacy.urls")),
    path("", include("district_bridge.dashboard.urls")),
]
