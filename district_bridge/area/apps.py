"""The app's place in Django."""

from django.apps import AppConfig


class AreaConfig(AppConfig):
    """``district_bridge.area``."""

    name = "district_bridge.area"
