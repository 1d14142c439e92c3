"""What was said and heard in a home, as intents: the words themselves never leave it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from district_bridge.dashboard.evidence import in_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from district_bridge.alerts.models import Alert
    from district_bridge.downlink.models import DownlinkMessage
    from district_bridge.homes.models import Home

HEARD = frozenset({"intent", "heard", "answer", "plea", "robot_closed"})
SHOWN = 20


@dataclass(frozen=True)
class Utterance:
    """One thing that was heard of the resident, or that the district had the robot say."""

    at: datetime
    said_by: str
    text: str
    arrived: bool = True
    alert: Alert | None = None


def conversation(alerts: Iterable[Alert], said: Iterable[DownlinkMessage]) -> list[Utterance]:
    """Both sides, the latest first."""
    heard = [
        Utterance(alert.opened_at, "resident", in_words(item), alert=alert)
        for alert in alerts
        for item in alert.evidence
        if item.get("name") in HEARD
    ]
    told = [
        Utterance(
            message.created_at,
            str(message.message.get("by", "")),
            str(message.message.get("text", "")),
            arrived=message.receipted_at is not None,
        )
        for message in said
    ]
    return sorted([*heard, *told], key=lambda utterance: utterance.at, reverse=True)[:SHOWN]


@dataclass(frozen=True)
class Part:
    """A part of the home: how it was, and when the home last heard of it (None: it does not tell)."""

    name: str
    state: str
    seen_at: datetime | None


def parts_of(home: Home) -> list[Part]:
    """The parts that the home told of at its last sign; of some it tells only when it last heard of them."""
    seen = home.parts_seen
    return [
        Part(name, home.parts.get(name, ""), datetime.fromisoformat(seen[name]) if name in seen else None)
        for name in dict.fromkeys([*home.parts, *seen])
    ]
