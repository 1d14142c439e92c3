"""What sensors and robot noticed, told in words."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

TELLING_STILLNESS_S = 2.0
INTENTS: dict[str, Callable[[], str]] = {
    "help": lambda: _("asked for help"),
    "fallen": lambda: _("said to have fallen"),
    "pain": lambda: _("said to be in pain"),
    "fire": lambda: _("said there is a fire"),
    "okay": lambda: _("said to be well"),
    "none": lambda: _("did not answer"),
    "unclear": lambda: _("answered unclearly"),
}
SENTENCES: dict[str, Callable[[], str]] = {
    "impact": lambda: _("A hard impact: %(value)s"),
    "free_fall": lambda: _("Falling freely for %(value)s"),
    "tilt_change": lambda: _("The wrist turned by %(value)s"),
    "fall_score": lambda: _("How sure the detector is: %(value)s"),
    "plea_score": lambda: _("How clearly it was heard: %(value)s"),
    "sos": lambda: _("SOS pressed on: %(value)s"),
    "carbon_monoxide": lambda: _("Carbon monoxide was noticed: %(value)s"),
    "moisture": lambda: _("Water was noticed: %(value)s"),
    "heat": lambda: _("Too hot in the home: %(value)s"),
    "cold": lambda: _("Too cold in the home: %(value)s"),
    "robot_closed": lambda: _("The robot's own check-in ended: %(value)s"),
    "stillness": lambda: _("Then no movement for %(value)s"),
    "score": lambda: _("How sure the detector is: %(value)s"),
    "certainty": lambda: _("Certainty: %(value)s"),
    "inactive_for": lambda: _("No sign of activity for %(value)s"),
    "last_activity": lambda: _("Last activity: %(value)s"),
    "last_sign": lambda: _("Last heard from the home: %(value)s"),
    "temperature": lambda: _("Temperature: %(value)s"),
    "smoke": lambda: _("Smoke was noticed: %(value)s"),
    "gas": lambda: _("Gas was noticed: %(value)s"),
    "water": lambda: _("Water was noticed: %(value)s"),
    "battery": lambda: _("Battery: %(value)s"),
    "source": lambda: _("Pressed on: %(value)s"),
    "silent": lambda: _("No movement for %(value)s"),
    "usual": lambda: _("Usual at this hour and place: up to %(value)s"),
    "last_zone": lambda: _("Last seen in: %(value)s"),
    "thud": lambda: _("A thud was felt %(value)s ago"),
    "cry": lambda: _("A cry without words was heard; how sure: %(value)s"),
    "floor": lambda: _("Somebody on the floor for %(value)s"),
    "stopped_in": lambda: _("The last movement was in: %(value)s"),
    "presence": lambda: _("A sensor still sees somebody in: %(value)s"),
    "still": lambda: _("Nothing has moved for %(value)s"),
    "zone": lambda: _("Where: %(value)s"),
    "anomaly": lambda: _("Out of the ordinary: %(value)s"),
    "door_open": lambda: _("The front door is open: %(value)s"),
    "door_open_value": lambda: _("The front door has been open for %(value)s"),
    "stove": lambda: _("The stove is on and nobody is near it: %(value)s"),
    "stove_value": lambda: _("The stove has been on for %(value)s with nobody near it"),
    "at_home": lambda: _("How likely somebody is at home: %(value)s"),
    "coverage": lambda: _("Share of the home that its sensors see: %(value)s"),
    "heat_value": lambda: _("Feels like %(value)s in the home"),
    "cold_value": lambda: _("%(value)s in the home"),
    "heat_outside": lambda: _("As hot outside as a heat warning takes: %(value)s"),
    "cold_outside": lambda: _("As cold outside as a cold-wave warning takes: %(value)s"),
    "heat_outside_value": lambda: _("Feels like %(value)s outside"),
    "cold_outside_value": lambda: _("%(value)s outside"),
}
UNITS: dict[str, Callable[[], str]] = {
    "s": lambda: _("seconds"),
    "min": lambda: _("minutes"),
    "h": lambda: _("hours"),
    "g": lambda: _("times gravity"),
    "°": lambda: _("degrees"),
}
VALUES: dict[str, Callable[[], str]] = {
    "bathroom": lambda: _("Bathroom"),
    "bedroom": lambda: _("Bedroom"),
    "kitchen": lambda: _("Kitchen"),
    "living": lambda: _("Living room"),
    "entrance": lambda: _("Entrance"),
    "other": lambda: _("Other rooms"),
    "long_bathroom_stay": lambda: _("a long stay in the bathroom"),
    "night_wandering": lambda: _("walking about at night"),
    "left_at_night": lambda: _("gone out at night"),
    "late_rising": lambda: _("rising late"),
    "missed_meals": lambda: _("missed meals"),
    "short_sleep": lambda: _("little sleep"),
    "scattered_sleep": lambda: _("broken sleep"),
    "toilet_visits_up": lambda: _("more bathroom visits"),
    "slow_decline": lambda: _("less and less activity"),
    "room_unused": lambda: _("a room left unused"),
    "button": lambda: _("the button"),
    "wearable": lambda: _("the wearable"),
    "home_assistant": lambda: _("Home Assistant"),
    "answered_well": lambda: _("The resident is well"),
    "suspected": lambda: _("suspected"),
    "certain": lambda: _("certain"),
}


def tells_something(item: dict[str, Any]) -> bool:
    """Whether it is worth a line: where a fall was sure at once, the stillness so far tells nothing."""
    value = item.get("value")
    is_brief = isinstance(value, int | float) and value < TELLING_STILLNESS_S
    return not (item.get("name") == "stillness" and is_brief)


def in_words(item: dict[str, Any]) -> str:
    """One piece of evidence (``name``, ``value``, ``unit``) as a sentence; the unknown is shown as it is."""
    name, unit = str(item.get("name", "")), str(item.get("unit") or "")
    value = _value(item.get("value"))
    if name in {"intent", "heard", "answer", "plea"}:
        told = INTENTS.get(str(item.get("value")))
        return _("The resident %(what)s") % {"what": told() if told else value}
    quantity = f"{value} {UNITS[unit]() if unit in UNITS else unit}".strip()
    sentence = SENTENCES.get(name)
    if sentence is not None:
        return sentence() % {"value": quantity}
    return f"{name.replace('_', ' ')}: {quantity}"


def _value(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return f"{value:g}"
    text = str(value)
    if text in VALUES:
        return VALUES[text]()
    try:
        return f"{timezone.localtime(datetime.fromisoformat(text)):%m-%d %H:%M:%S}"
    except ValueError:
        return text
