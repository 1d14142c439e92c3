"""The app's place in Django."""

from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    """``district_bridge.supervision``."""

    name = "district_bridge.supervision"
