"""The app's place in Django."""

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    """``district_bridge.processes``."""

    name = "district_bridge.processes"
