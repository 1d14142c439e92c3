"""Consents, and the record of what was destroyed."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from district_bridge.homes.models import Home


class Consent(models.Model):
    """A resident's consent to one use of their data; withdrawn ones stay as proof for their time."""

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField()
    given_at = models.DateTimeField()
    given_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="consents_taken"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="consents_ended"
    )

    class Meta:
        ordering: ClassVar = ["-given_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["home", "purpose"],
                name="one_consent_in_force",
                condition=models.Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} v{self.version} of {self.home_id}"


class Destruction(models.Model):
    """What was destroyed because its time was over: which class, how many, up to when. Not what it said."""

    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    cutoff = models.DateTimeField()
    count = models.PositiveIntegerField()
    by = models.CharField(max_length=150)
    failure = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.count} of {self.kind}"


class Daily(models.Model):
    """When something that is done once a day was begun, whichever process did it."""

    name = models.CharField(primary_key=True, max_length=40)
    begun_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
