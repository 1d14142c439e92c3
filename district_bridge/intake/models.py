"""What came in, and what was refused."""

from typing import ClassVar

from django.db import models

from district_bridge.alerts.models import Alert
from district_bridge.homes.models import Home


class InboxMessage(models.Model):
    """A message that was stored. Heartbeats are not kept here: only a home's last one counts."""

    # What the unique constraint begins with needs no index of its own.
    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="inbox", db_index=False)
    message_id = models.UUIDField()
    type = models.CharField(max_length=20)
    kid = models.CharField(max_length=43)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    alert = models.ForeignKey(Alert, null=True, on_delete=models.PROTECT, related_name="received")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["home", "message_id"], name="message_stored_once"),
        ]

    def __str__(self) -> str:
        return str(self.message_id)


class DeadLetter(models.Model):
    """A message that could not be taken, kept as it came so that a person can look at it."""

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="dead_letters")
    kid = models.CharField(max_length=43)
    digest = models.CharField(max_length=64)
    message_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    body = models.TextField()
    received_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-received_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["home", "digest"], name="dead_letter_once"),
        ]

    def __str__(self) -> str:
        return f"{self.home_id}: {self.reason}"


class Sequence(models.Model):
    """The highest number that came with one key's messages."""

    kid = models.CharField(primary_key=True, max_length=43)
    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="sequences")
    highest = models.PositiveIntegerField()
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.home_id} at {self.highest}"


class ReusedNumber(models.Model):
    """A key that gave one number to two messages: a copy of the home sends, or an old backup came back."""

    kid = models.CharField(primary_key=True, max_length=43)
    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="reused_numbers")
    number = models.PositiveIntegerField()
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.home_id} used {self.number} twice"


class MissingMessages(models.Model):
    """Numbers that a sender skipped, ``first`` to ``last``; ``arrived_at`` when they came after all."""

    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="missing_messages")
    kid = models.CharField(max_length=43)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    noticed_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["kid", "first"], name="missing_of_key"),
            models.Index(
                fields=["home", "-noticed_at"],
                name="missing_of_home",
                condition=models.Q(arrived_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.home_id} skipped {self.first}-{self.last}"
