"""The app's place in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """``district_bridge.accounts``."""

    name = "district_bridge.accounts"

    def ready(self) -> None:
        """Listens for people who sign in."""
        from district_bridge.accounts import sessions  # noqa: PLC0415 - Django's apps are ready only now

        sessions.listen()
