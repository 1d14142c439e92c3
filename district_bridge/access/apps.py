"""The app's place in Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    """``district_bridge.access``."""

    name = "district_bridge.access"

    def ready(self) -> None:
        """Listens for rows that are about a home, and for people who sign in."""
        from district_bridge.access import seen, signins, wall  # noqa: PLC0415 - models can be imported only now

        seen.listen()
        signins.listen()
        post_migrate.connect(lambda **_: wall.build(), sender=self, weak=False, dispatch_uid="access.wall")
