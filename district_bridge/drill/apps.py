"""The app's place in Django."""

from django.apps import AppConfig


class DrillConfig(AppConfig):
    """``district_bridge.drill``."""

    name = "district_bridge.drill"
