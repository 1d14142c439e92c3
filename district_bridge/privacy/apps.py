"""The app's place in Django."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """``district_bridge.privacy``."""

    name = "district_bridge.privacy"
