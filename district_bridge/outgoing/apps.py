"""The app's place in Django."""

from importlib import import_module

from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    """``district_bridge.outgoing``."""

    name = "district_bridge.outgoing"

    def ready(self) -> None:
        """Registers what the worker does by the clock."""
        import_module("district_bridge.sqlite.statistics")
