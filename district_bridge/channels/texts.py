"""What a message says. Nothing of a resident, no name, no address: only that there is something to see."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from district_bridge.area.models import AreaIncident
from district_bridge.escalation.models import Gap, Receipt, Rung
from district_bridge.outgoing.work import NotNeededError

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.outgoing.models import Outgoing


@dataclass(frozen=True)
class Text:
    """A message in words: a title, a line below it, and where to look."""

    title: str
    body: str
    path: str

    @property
    def url(self) -> str:
        """The whole address, where the deployment knows its own."""
        return f"{settings.DEPLOYMENT.url}{self.path}"

    @property
    def in_one_line(self) -> str:
        """For an SMS or a voice that reads it."""
        return f"{self.title}. {self.body}"


def of(message: Outgoing, language: str, now: datetime) -> Text:
    """The text of a message about an alert's rung, a gap in the calendar, or a try-out."""
    with translation.override(language):
        if "receipt" in message.payload:
            return _of_rung(message, now)
        if "gap" in message.payload:
            return _of_gap(message.payload["gap"])
        if "area" in message.payload:
            return _of_outage(message.payload["area"])
        return _of_colleagues(message)


def _of_colleagues(message: Outgoing) -> Text:
    """What a colleague did or asks; a test where there is nothing else to say."""
    if "glass" in message.payload:
        return Text(
            _("Seogu Care: emergency access"),
            _("Somebody opened a home outside their neighbourhoods. Please look at the access log."),
            "/access/",
        )
    if "swap" in message.payload:
        return Text(_("Seogu Care: a shift"), _("A colleague asks you to take a shift."), "/calendar/")
    if "handover" in message.payload:
        return Text(
            _("Seogu Care: hand-over"),
            _("A colleague wants to hand an alert over to you."),
            f"/alerts/{message.alert_id}/",
        )
    return Text(_("Seogu Care: a test"), _("Messages arrive here."), "/reach/")


def _of_rung(message: Outgoing, now: datetime) -> Text:
    receipt = (
        Receipt.objects.select_related("alert__home__neighbourhood")
        .filter(pk=message.payload["receipt"])
        .first()
    )
    if receipt is None:
        raise NotNeededError("the alert is gone")
    alert = receipt.alert
    # A message that was held up is not sent when somebody has the alert in hand by now.
    if message.attempts > 1 and alert.state != "raised":
        raise NotNeededError("somebody has the alert in hand")
    path = f"/alerts/{alert.pk}/"
    if receipt.step == Rung.FAMILY:
        return Text(
            _("Seogu Care"),
            _("Your family member may need you. Please call them, or the welfare office."),
            path,
        )
    title = _("%(severity)s alert, %(where)s") % {
        "severity": alert.get_severity_display(),
        "where": alert.home.neighbourhood.name,
    }
    minutes = max(0, int((now - alert.received_at).total_seconds() // 60))
    if receipt.step == Rung.EMERGENCY_SERVICES:
        body = _("Nobody has acted for %(minutes)d min. Call 119 now; what to say is on the alert's page.")
    elif minutes:
        body = _("It has waited for %(minutes)d min. Please look at it now.")
    else:
        body = _("Please look at it now.")
    return Text(title, body % {"minutes": minutes}, path)


def _of_outage(area_id: int) -> Text:
    area = AreaIncident.objects.select_related("neighbourhood").filter(pk=area_id).first()
    if area is None or area.closed_at is not None:
        raise NotNeededError("the outage is over")
    where = area.provider if area.neighbourhood is None else area.neighbourhood.name
    silent = area.homes.filter(returned_at=None, left_at=None).count()
    return Text(
        _("Outage, %(where)s") % {"where": where},
        _("Homes out of reach: %(count)d. The call list says whom to call first.") % {"count": silent},
        f"/areas/{area_id}/",
    )


def _of_gap(gap_id: int) -> Text:
    gap = Gap.objects.select_related("neighbourhood").filter(pk=gap_id).first()
    if gap is None or gap.closed_at is not None:
        raise NotNeededError("the gap is filled")
    return Text(
        _("Nobody is on call"),
        _("%(where)s: the calendar has a gap for %(duty)s. Please fill it.")
        % {"where": gap.neighbourhood.name, "duty": gap.get_duty_display()},
        "/calendar/",
    )
