"""The app's place in Django."""

import importlib

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """``district_bridge.channels``."""

    name = "district_bridge.channels"

    def ready(self) -> None:
        """Registers what the worker does for this app."""
        for module in ("web_push", "email", "webhook", "family", "dc09"):
            importlib.import_module(f"{self.name}.{module}")
