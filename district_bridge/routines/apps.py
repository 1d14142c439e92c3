"""The app's place in Django."""

from django.apps import AppConfig


class RoutinesConfig(AppConfig):
    """``district_bridge.routines``."""

    name = "district_bridge.routines"

    def ready(self) -> None:
        """Who withdraws the consent leaves nothing behind."""
        from district_bridge.privacy import consent, purposes  # noqa: PLC0415 - models are ready only now
        from district_bridge.routines.days import destroy  # noqa: PLC0415

        consent.on_withdrawal(purposes.ROUTINE_PICTURE, destroy)
