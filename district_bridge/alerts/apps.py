"""The app's place in Django."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """``district_bridge.alerts``."""

    name = "district_bridge.alerts"
