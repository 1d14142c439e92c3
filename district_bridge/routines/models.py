"""Days as a home drew them."""

from typing import ClassVar

from django.db import models

from district_bridge.homes.models import Home
from district_bridge.privacy.fields import SealedText


class RoutineDay(models.Model):
    """One day of a home: for each quarter of an hour the use of the room, and how lively it was.

    It tells of a person's life, so it is sealed like a name.
    """

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="routine_days")
    day = models.DateField()
    rooms = SealedText()
    lively = SealedText()
    received_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["home", "day"], name="routine_day_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="routine_day_age")]

    def __str__(self) -> str:
        return f"{self.home_id} on {self.day}"

    @property
    def seal_subject(self) -> str:
        """What sealed values of this row are bound to."""
        return self.home_id
