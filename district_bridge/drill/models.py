"""What the bridge found out about itself."""

from typing import ClassVar

from django.db import models


class DrillRun(models.Model):
    """One drill: how long the alert took from the sending to the checked receipt, or why it never came."""

    at = models.DateTimeField()
    round_trip_ms = models.PositiveIntegerField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["at"], name="drill_run_at")]

    def __str__(self) -> str:
        return self.failure or f"{self.round_trip_ms} ms"


class AuditRun(models.Model):
    """One audit, and what did not fit."""

    at = models.DateTimeField()
    received = models.PositiveBigIntegerField()
    open = models.PositiveBigIntegerField()
    closed = models.PositiveBigIntegerField()
    merged = models.BigIntegerField()
    differences = models.JSONField(default=list)
    took_ms = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["at"], name="audit_run_at")]

    def __str__(self) -> str:
        return f"audit at {self.at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def holds(self) -> bool:
        """Whether nothing was lost."""
        return self.received == self.open + self.closed + self.merged and not self.differences
