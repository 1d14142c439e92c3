"""Outages of an area, and the homes in them."""

from typing import ClassVar

from django.db import models

from district_bridge.accounts.models import Neighbourhood
from district_bridge.alerts.models import Alert
from district_bridge.homes.models import Home


class HomeLine(models.Model):
    """Whose line a home is connected by, where it is known."""

    home = models.OneToOneField(Home, primary_key=True, on_delete=models.CASCADE, related_name="line")
    provider = models.CharField(max_length=40, db_index=True)

    def __str__(self) -> str:
        return f"{self.home_id} by {self.provider}"


class AreaIncident(models.Model):
    """Many homes of one neighbourhood, or (without one) of one provider, silent together."""

    neighbourhood = models.ForeignKey(
        Neighbourhood, null=True, on_delete=models.PROTECT, related_name="area_incidents"
    )
    provider = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-opened_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["neighbourhood"],
                name="one_open_area_per_neighbourhood",
                condition=models.Q(closed_at__isnull=True, neighbourhood__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["provider"],
                name="one_open_area_per_provider",
                condition=models.Q(closed_at__isnull=True, neighbourhood__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"outage {self.pk}"


class AreaHome(models.Model):
    """A home in an outage. ``reasons`` say why it stands where it stands in the call list.

    ``returned_at`` is when it spoke again; ``left_at`` when the outage ended without it, and an alert of its
    own took its place. ``alert`` is the alert about its silence that went up in the outage.
    """

    area = models.ForeignKey(AreaIncident, on_delete=models.CASCADE, related_name="homes")
    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="outages")
    rank_score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    silent_since = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.SET_NULL, related_name="merged_into_area")

    class Meta:
        ordering: ClassVar = ["-rank_score", "silent_since", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["area", "home"], name="home_once_in_area"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["home"],
                name="area_home_away",
                condition=models.Q(returned_at__isnull=True, left_at__isnull=True),
            ),
            models.Index(fields=["area", "-rank_score"], name="area_call_list"),
        ]

    def __str__(self) -> str:
        return f"{self.home_id} in {self.area_id}"
