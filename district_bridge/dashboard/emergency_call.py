"""What to say when calling 119: where, who, what happened, what is known. Short sentences to be read out."""

from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from district_bridge.alerts.models import Kind, Severity
from district_bridge.dashboard.evidence import in_words

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.alerts.models import Alert

# Kinds for which an ambulance or the fire brigade may be needed; a silent device is none of them.
CALLED_FOR = frozenset({Kind.FALL, Kind.HELP_CALL, Kind.INACTIVITY, Kind.ANOMALY, Kind.ENVIRONMENT})
MOST_SIGNS = 3


def script(alert: Alert, now: datetime) -> list[str]:
    """The sentences; empty where nobody would call 119."""
    if alert.severity != Severity.EMERGENCY or alert.kind not in CALLED_FOR:
        return []
    minutes = max(0, int((now - alert.opened_at).total_seconds() // 60))
    summary = alert.summary_en if get_language() == "en" else alert.summary_ko
    return [
        _("This is the welfare office of Seo-gu, Daejeon. An elder who lives alone needs help."),
        _("Where: %(where)s. Name: %(name)s.")
        % {"where": alert.home.neighbourhood.name, "name": alert.home.resident.name},
        _("What happened: %(what)s It was %(minutes)d minutes ago.") % {"what": summary, "minutes": minutes},
        *(in_words(item) + "." for item in alert.evidence[:MOST_SIGNS]),
        _("Nobody may be able to open the door."),
    ]
