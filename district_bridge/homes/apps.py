"""The app's place in Django."""

from django.apps import AppConfig


class HomesConfig(AppConfig):
    """``district_bridge.homes``."""

    name = "district_bridge.homes"
