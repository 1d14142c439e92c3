"""The app's place in Django."""

from django.apps import AppConfig


class DownlinkConfig(AppConfig):
    """``district_bridge.downlink``."""

    name = "district_bridge.downlink"
