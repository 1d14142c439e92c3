"""The app's place in Django."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """``district_bridge.intake``."""

    name = "district_bridge.intake"
