"""What supervision knows of a home beyond its last sign."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from district_bridge.homes.models import Home


class Frailty(models.TextChoices):
    """How much a resident can do for themselves when something happens."""

    STANDARD = "standard", _("Standard")
    FRAIL = "frail", _("Frail: missed sooner")


class CarePlan(models.Model):
    """Decides how soon a silent home is missed, and who is called first. A home without one is standard.

    ``lives_alone`` and ``needs_power`` (a breathing machine, say) rank the call list of an outage.
    """

    home = models.OneToOneField(Home, primary_key=True, on_delete=models.CASCADE, related_name="plan")
    frailty = models.CharField(max_length=10, choices=Frailty, default=Frailty.STANDARD)
    lives_alone = models.BooleanField(default=True)
    needs_power = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            # The queue asks for those at risk at each look (alerts.order): a few of 40,000.
            models.Index(
                fields=["home"],
                name="plan_at_risk",
                condition=models.Q(frailty="frail") | models.Q(needs_power=True),
            ),
        ]

    def __str__(self) -> str:
        return f"plan of {self.home_id}"
