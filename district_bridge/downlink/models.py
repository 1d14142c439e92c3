"""Messages to homes."""

from typing import ClassVar

from django.db import models

from district_bridge.homes.models import Home


class DownlinkMessage(models.Model):
    """One message to one home. It is streamed until the home's receipt comes, and kept 30 days."""

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="downlink")
    seq = models.PositiveIntegerField()
    message = models.JSONField()
    created_at = models.DateTimeField()
    # Not told before: what it tells may still be taken back, and then it is never told.
    held_until = models.DateTimeField(null=True)
    receipted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["home", "seq"], name="downlink_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.home_id} {self.seq}"
