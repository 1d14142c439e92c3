"""Messages that wait to be sent, and work that comes round by the clock."""

from typing import ClassVar

from django.db import models

from district_bridge.alerts.models import Alert


class Outgoing(models.Model):
    """One message. It waits until ``due_at``, is leased by one worker, sent, and only then marked as sent.

    ``payload`` holds ids and numbers, never personal data: what a message says is looked up when it is sent.
    """

    kind = models.CharField(max_length=30)
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="outgoing")
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    sent_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    failure = models.TextField(default="", db_default="", blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="outgoing_due",
                condition=models.Q(sent_at__isnull=True, gave_up_at__isnull=True),
            ),
            models.Index(
                fields=["gave_up_at"],
                name="outgoing_gave_up",
                condition=models.Q(gave_up_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Round(models.Model):
    """When a piece of work that comes round by the clock is next due; one worker of many takes each turn."""

    name = models.CharField(primary_key=True, max_length=40)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
