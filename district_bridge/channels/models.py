"""How each person of the district is reached."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.privacy.fields import SealedText

LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]


class Reach(models.Model):
    """What a person chose: addresses, sealed in the database, and in which language they are written to."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reach")
    email = SealedText(blank=True, db_default="")
    phone = SealedText(blank=True, db_default="")
    by_sms = models.BooleanField(default=False)
    by_voice = models.BooleanField(default=False)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="ko")

    def __str__(self) -> str:
        return f"reach of account {self.account_id}"

    @property
    def seal_subject(self) -> str:
        """What sealed values of this row are bound to."""
        return f"account {self.account_id}"


class PushSubscription(models.Model):
    """A browser that shows pushes for a person. ``ended_at``: it said goodbye, or its push service did."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    endpoint = models.TextField(unique=True)
    p256dh = models.CharField(max_length=200)
    auth = models.CharField(max_length=100)
    browser = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"push subscription {self.pk}"
