"""Alerts and the steps they went through."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.homes.models import Home


class State(models.TextChoices):
    """Where an alert stands at the bridge."""

    RAISED = "raised", _("Needs someone")
    ACKNOWLEDGED = "acknowledged", _("Being looked after")
    CLOSED = "closed", _("Closed")


class Kind(models.TextChoices):
    """What an alert is about."""

    FALL = "fall", _("Fall")
    HELP_CALL = "help_call", _("Call for help")
    INACTIVITY = "inactivity", _("No activity")
    ANOMALY = "anomaly", _("Unusual day")
    ENVIRONMENT = "environment", _("Danger in the home")
    DEVICE = "device", _("Connection or device")
    NOTICE = "notice", _("District notice")


class Severity(models.IntegerChoices):
    """How pressing; the smaller the more."""

    EMERGENCY = 1, _("Emergency")
    WARNING = 2, _("Warning")
    NOTICE = 3, _("Notice")


class Outcome(models.TextChoices):
    """How it ended."""

    HELPED = "helped", _("Help was given")
    ANSWERED_WELL = "answered_well", _("The resident is well")
    SENT_TO_HOSPITAL = "sent_to_hospital", _("Taken to hospital")
    FALSE_ALARM = "false_alarm", _("False alarm")
    RESOLVED_AT_HOME = "resolved_at_home", _("Settled at home")
    MERGED = "merged", _("Merged into another alert")
    OTHER = "other", _("Other")


# How a person may close an alert; merging has a way of its own.
CLOSING_OUTCOMES = [choice for choice in Outcome.choices if choice[0] != Outcome.MERGED]


class Alert(models.Model):
    """An incident that a person must see. One incident of one home is one alert, whoever reported it."""

    # Keys that an index below begins with, or that are mostly empty, have no index of their own: every alert
    # that comes in pays for each.
    home = models.ForeignKey(Home, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    incident = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    state = models.CharField(max_length=20, choices=State, default=State.RAISED)
    origin = models.CharField(max_length=10)
    opened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    summary_ko = models.TextField()
    summary_en = models.TextField()
    evidence = models.JSONField(default=list)
    reports = models.PositiveIntegerField(default=1)
    home_step = models.IntegerField(default=-1)
    robot_step = models.IntegerField(default=-1)
    suggested_outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    suggested_at = models.DateTimeField(null=True)
    suggested_by = models.CharField(max_length=10, blank=True)
    # Told by a device whose key is held, or about such a device (docs/decisions/0211).
    from_copy = models.BooleanField(default=False, db_default=False)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="held_alerts",
        db_index=False,
    )
    lease_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["severity", "received_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["home", "incident"], name="one_alert_per_incident"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["lease_until"], name="alert_lease", condition=models.Q(lease_until__isnull=False)
            ),
            models.Index(
                fields=["severity", "received_at"], name="alert_open", condition=~models.Q(state="closed")
            ),
            models.Index(
                fields=["severity", "received_at", "id"],
                name="alert_raised",
                condition=models.Q(state="raised"),
            ),
            models.Index(
                fields=["severity", "received_at", "id"],
                name="alert_in_hand",
                condition=models.Q(state="acknowledged"),
            ),
            models.Index(
                fields=["-closed_at", "-id"], name="alert_closed", condition=models.Q(state="closed")
            ),
            models.Index(fields=["home", "-received_at"], name="alert_of_home"),
            models.Index(fields=["holder"], name="alert_held", condition=models.Q(holder__isnull=False)),
            models.Index(
                fields=["merged_into"],
                name="alert_merged",
                condition=models.Q(merged_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.incident)


class Step(models.TextChoices):
    """What happened to an alert."""

    RAISED = "raised", _("Raised")
    REPORTED_AGAIN = "reported_again", _("Reported again")
    HOME_CLOSED = "home_closed", _("The home says it is over")
    ACKNOWLEDGED = "acknowledged", _("Taken on")
    LEASE_LAPSED = "lease_lapsed", _("Nobody acted in time; back in the queue")
    RETURNED = "returned", _("The home is connected again")
    SILENT_AGAIN = "silent_again", _("The home fell silent again")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("A further sign after closing; back in the queue")
    NOTED = "noted", _("Note")
    OFFERED = "offered", _("Hand-over offered")
    DECLINED = "declined", _("Hand-over declined")
    HANDED_OVER = "handed_over", _("Handed over")
    GIVEN_BACK = "given_back", _("Given back to the queue")
    MERGED = "merged", _("Merged into another alert")
    TOOK_IN = "took_in", _("Another alert was merged into this one")
    UNDONE = "undone", _("Taken back")


# An alert that was in somebody's hands needs someone again: everybody is told.
BACK_IN_THE_QUEUE = (Step.LEASE_LAPSED, Step.GIVEN_BACK, Step.REOPENED, Step.UNDONE)


class Transition(models.Model):
    """One step of an alert: what, when, by whom. Never changed afterwards."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    step = models.CharField(max_length=20, choices=Step)
    state = models.CharField(max_length=20, choices=State)
    source = models.CharField(max_length=10)  # home, robot, bridge, person
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, db_index=False)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(
                fields=["at"], name="back_in_the_queue", condition=models.Q(step__in=BACK_IN_THE_QUEUE)
            ),
            models.Index(fields=["person"], name="step_of_person", condition=models.Q(person__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.step} at {self.at:%Y-%m-%dT%H:%M:%SZ}"


class Handover(models.Model):
    """A holder offers an alert to a colleague. It changes hands when the colleague receipts it."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="handovers")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handovers")
    offered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["to"], name="handover_open", condition=models.Q(answered_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"hand-over of alert {self.alert_id}"
