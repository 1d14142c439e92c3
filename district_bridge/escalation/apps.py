"""The app's place in Django."""

import importlib

from django.apps import AppConfig


class EscalationConfig(AppConfig):
    """``district_bridge.escalation``."""

    name = "district_bridge.escalation"

    def ready(self) -> None:
        """Registers what the worker does for this app."""
        for module in ("rungs", "watch", "outages"):
            importlib.import_module(f"{self.name}.{module}")
