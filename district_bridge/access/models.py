"""The access log and its chain, and access that was taken in an emergency."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.homes.models import Home


class Kind(models.TextChoices):
    """What kind of access it was."""

    READ = "read", _("Read")
    ACT = "act", _("Changed something")
    REFUSED = "refused", _("Refused")
    DOWNLOAD = "download", _("Download")
    SIGN_IN = "sign_in", _("Sign-in")


class Entry(models.Model):
    """One access. Never changed once it is written, but for its place in the chain.

    The account is kept as number and log-in name, not as a foreign key: the log outlives accounts.
    ``homes`` are the ids of the data subjects' homes, between commas. ``mac`` proves the entry, ``seq``
    and ``link`` its place.
    """

    at = models.DateTimeField()
    account = models.BigIntegerField(null=True)
    username = models.CharField(max_length=150, blank=True)
    origin = models.CharField(max_length=45, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    action = models.CharField(max_length=60)
    homes = models.TextField(blank=True, db_default="")
    subjects = models.PositiveIntegerField(db_default=0)
    reason = models.TextField(blank=True, db_default="")
    mac = models.CharField(max_length=64)
    seq = models.BigIntegerField(null=True, unique=True)
    link = models.CharField(max_length=64, blank=True, db_default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["at"], name="access_time"),
            models.Index(fields=["account", "at"], name="access_account"),
            models.Index(fields=["id"], name="access_unsealed", condition=models.Q(seq__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.action} at {self.at:%Y-%m-%dT%H:%M:%SZ}"


class Chain(models.Model):
    """The one row that says where the chain begins (older entries were destroyed) and ends."""

    start_seq = models.BigIntegerField(db_default=0)
    start_link = models.CharField(max_length=64, blank=True, db_default="")
    seq = models.BigIntegerField(db_default=0)
    link = models.CharField(max_length=64, blank=True, db_default="")
    mac = models.CharField(max_length=64, blank=True, db_default="")

    def __str__(self) -> str:
        return f"chain of {self.seq}"


class Review(models.Model):
    """An administrator has looked through a month of the log; ``head_*`` was the chain's end then."""

    month = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    note = models.TextField(blank=True)
    holds = models.BooleanField()
    head_seq = models.BigIntegerField()
    head_link = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"review of {self.month:%Y-%m}"


class BreakGlass(models.Model):
    """Access to a home outside a person's neighbourhoods: for a reason, for an hour, seen."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="broken_glass"
    )
    home = models.ForeignKey(Home, on_delete=models.CASCADE, related_name="broken_glass")
    reason = models.TextField()
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    noted_at = models.DateTimeField(null=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="noted_glass"
    )

    class Meta:
        ordering: ClassVar = ["-opened_at"]
        indexes: ClassVar = [models.Index(fields=["account", "until"], name="glass_of_account")]

    def __str__(self) -> str:
        return f"{self.account_id} at {self.home_id} until {self.until:%Y-%m-%dT%H:%M:%SZ}"
