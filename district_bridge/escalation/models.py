"""Ladders that a district made its own, the on-call calendar, and what every rung left behind."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.accounts.models import Neighbourhood
from district_bridge.alerts.models import Alert, Kind, Severity
from district_bridge.area.models import AreaHome, AreaIncident


class Rung(models.TextChoices):
    """Whom a rung tells."""

    ROBOT = "robot", _("Robot")
    FAMILY = "family", _("Family")
    CASEWORKER = "caseworker", _("Caseworker on duty")
    DUTY_OFFICER = "duty_officer", _("Duty officer")
    EMERGENCY_SERVICES = "119", _("119")


class OwnLadder(models.Model):
    """A ladder in place of the one that came with the bridge. Null or empty means: all of them."""

    neighbourhood = models.ForeignKey(Neighbourhood, null=True, on_delete=models.CASCADE)
    kind = models.CharField(max_length=20, choices=Kind, blank=True)
    severity = models.PositiveSmallIntegerField(choices=Severity, null=True)
    rungs = models.JSONField()
    again_s = models.PositiveIntegerField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["neighbourhood__name", "kind", "severity"]

    def __str__(self) -> str:
        return f"{self.neighbourhood_id or 'all'} {self.kind or 'all'} {self.severity or 'all'}"


class Duty(models.TextChoices):
    """What somebody is on call for."""

    CASEWORKER = "caseworker", _("Caseworker on duty")
    DUTY_OFFICER = "duty_officer", _("Duty officer")


class Shift(models.Model):
    """Somebody is on call from one moment to another; without a neighbourhood, for the whole district."""

    neighbourhood = models.ForeignKey(
        Neighbourhood, null=True, on_delete=models.CASCADE, related_name="shifts"
    )
    duty = models.CharField(max_length=20, choices=Duty)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["starts_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_ends_after_start"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["ends_at", "starts_at"], name="shift_time")]

    def __str__(self) -> str:
        return f"{self.duty} {self.starts_at:%Y-%m-%dT%H:%MZ}"


class Swap(models.Model):
    """Somebody asks a colleague to take their shift. The shift changes hands when the colleague says yes."""

    shift = models.ForeignKey(Shift, on_delete=models.CASCADE, related_name="swaps")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_asked")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"swap of shift {self.shift_id}"


class Gap(models.Model):
    """An alarm of the calendar: nobody is on call for a neighbourhood in some time to come, or now."""

    neighbourhood = models.ForeignKey(Neighbourhood, on_delete=models.CASCADE, related_name="gaps")
    duty = models.CharField(max_length=20, choices=Duty)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["starts_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["neighbourhood"], name="gap_open", condition=models.Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"gap {self.duty} {self.starts_at:%Y-%m-%dT%H:%MZ}"


class Result(models.TextChoices):
    """What came of a rung."""

    TOLD = "told", _("told")
    STOOD_IN = "stood_in", _("nobody was on duty; told in their place")
    NOBODY = "nobody", _("nobody is on duty and nobody could be told")
    IN_THE_HOME = "in_the_home", _("asked in the home before the alert came here")
    OUT_OF_REACH = "out_of_reach", _("can't be reached: the home is silent")
    NO_CONTACT = "no_contact", _("no contact is known")
    NO_CONSENT = "no_consent", _("the resident does not want the family told")


class Receipt(models.Model):
    """A rung was reached: whom it told, and whether that person has looked. One row a rung and turn."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="receipts")
    climb = models.BigIntegerField()
    """The transition with which this climb began: raised, reopened, or a lease that lapsed."""
    place = models.PositiveSmallIntegerField()
    turn = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=20, choices=Rung)
    at = models.DateTimeField()
    result = models.CharField(max_length=20, choices=Result)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="receipts"
    )
    people = models.PositiveSmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["alert", "climb", "place", "turn"], name="one_receipt_per_rung_and_turn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} of alert {self.alert_id}"


class AreaHold(models.Model):
    """Who was told of an outage, and who has taken it on."""

    area = models.OneToOneField(AreaIncident, on_delete=models.CASCADE, related_name="hold")
    told_at = models.DateTimeField()
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"hold of outage {self.area_id}"


class Answer(models.TextChoices):
    """What came of calling a home in an outage."""

    WELL = "well", _("Well")
    NEEDS_VISIT = "needs_visit", _("Needs a visit")
    NO_ANSWER = "no_answer", _("No answer")


class AreaCall(models.Model):
    """A home of an outage was called."""

    member = models.OneToOneField(AreaHome, on_delete=models.CASCADE, related_name="call")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=20, choices=Answer)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"call to member {self.member_id}"
