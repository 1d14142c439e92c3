"""The app's place in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """``district_bridge.accounts``."""

    name = "district_bridge.accounts"
