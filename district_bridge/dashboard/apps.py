"""The app's place in Django."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """``district_bridge.dashboard``."""

    name = "district_bridge.dashboard"
