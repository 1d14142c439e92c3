"""What to say when calling 119: where, who, what happened, what is known. Short sentences to be read out."""

from typing import TYPE_CHECKING, Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from district_bridge.alerts.models import Kind, Severity
from district_bridge.alerts.told import summary
from district_bridge.dashboard.evidence import in_words, tells_something
from district_bridge.supervision.models import CarePlan

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.alerts.models import Alert
    from district_bridge.homes.models import Resident

# Kinds for which an ambulance or the fire brigade may be needed; a silent device is none of them.
CALLED_FOR = frozenset({Kind.FALL, Kind.HELP_CALL, Kind.INACTIVITY, Kind.ANOMALY, Kind.ENVIRONMENT})
MOST_SIGNS = 3
# What a dispatcher can use, the most telling first. Scores and angles are for people who know the detector.
TELLING = (
    *("answer", "intent", "heard", "plea"),
    *("smoke", "gas", "carbon_monoxide", "moisture", "water", "heat", "cold", "temperature"),
    *("stillness", "inactive_for", "last_activity", "sos", "source", "impact"),
)


def script(alert: Alert, now: datetime) -> list[str]:
    """The sentences; empty where nobody would call 119."""
    if alert.severity != Severity.EMERGENCY or alert.kind not in CALLED_FOR:
        return []
    plan = CarePlan.objects.filter(home=alert.home).first() or CarePlan()
    resident = alert.home.resident
    minutes = max(0, int((now - alert.opened_at).total_seconds() // 60))
    alone = _("This is the welfare office of Seo-gu, Daejeon. An elder who lives alone needs help.")
    return [
        alone
        if plan.lives_alone
        else _("This is the welfare office of Seo-gu, Daejeon. An elder needs help."),
        _("Where: %(where)s. Name: %(name)s.") % {"where": _where(alert), "name": resident.name},
        *_who(resident, now),
        _what(summary(alert), minutes),
        *(in_words(item) + "." for item in _telling(alert)),
        *([_("The resident lives by a device that needs power.")] if plan.needs_power else []),
        *([_("Nobody may be able to open the door.")] if plan.lives_alone else []),
    ]


def _what(what: str, minutes: int) -> str:
    if minutes == 0:
        return _("What happened: %(what)s It was just now.") % {"what": what}
    return _("What happened: %(what)s It was %(minutes)d minutes ago.") % {
        "what": what,
        "minutes": minutes,
    }


def _telling(alert: Alert) -> list[dict[str, Any]]:
    known = [item for item in alert.evidence if item.get("name") in TELLING and tells_something(item)]
    return sorted(known, key=lambda item: TELLING.index(item["name"]))[:MOST_SIGNS]


def _where(alert: Alert) -> str:
    """The street address with its 동; where it is not known, that it is not: the caller must not guess."""
    place = alert.home.neighbourhood.name
    address = alert.home.resident.address
    if not address:
        return _("%(place)s (the street address is not registered here)") % {"place": place}
    return address if place in address else f"{place}, {address}"


def _who(resident: Resident, now: datetime) -> list[str]:
    """Age and telephone, as far as they are known: the next things that 119 asks for."""
    said = []
    if resident.birth_year.isdecimal():
        said.append(_("Age: about %(age)d.") % {"age": localdate(now).year - int(resident.birth_year)})
    if resident.phone:
        said.append(_("The resident's telephone: %(phone)s.") % {"phone": resident.phone})
    return said
