"""The app's place in Django."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """``district_bridge.figures``."""

    name = "district_bridge.figures"
