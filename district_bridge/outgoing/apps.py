"""The app's place in Django."""

from django.apps import AppConfig


class OutgoingConfig(AppConfig):
    """``district_bridge.outgoing``."""

    name = "district_bridge.outgoing"
