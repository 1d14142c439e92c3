"""Real homes from `../shared/data/homes` as streams of signs, with truth about being out from the labels."""

import csv
import gzip
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "homes"
HOMES = ("casas_al_sample", "kasteren_A", "kasteren_B", "mit_subject1", "ordonez_A")

OUT_LABELS = {"leave-house", "Leaving"}
DEPARTURES = {"Leave_Home", "Going-out-to-work", "Going-out-for-shopping", "Going-out-for-entertainment"}

# sensor -> (room, kind); what the names of the logs mean.
PLACES: dict[str, dict[str, tuple[str, str]]] = {
    "casas_al_sample": {
        "OutsideDoor": ("entrance", "motion"),
        "OutsideDoor/contact": ("entrance", "exterior_door"),
        "Bedroom": ("bedroom", "motion"),
        "Bathroom": ("bathroom", "motion"),
        "LoungeChair": ("living", "motion"),
        "LivingRoom": ("living", "motion"),
        "WorkArea": ("study", "motion"),
        "Kitchen": ("kitchen", "motion"),
    },
    "kasteren_A": {
        "Front door": ("entrance", "exterior_door"),
        "Hall-Bedroom door": ("bedroom", "contact"),
        "Hall-Toilet door": ("toilet", "contact"),
        "Hall-Bathroom door": ("bathroom", "contact"),
        "Toilet Flush": ("toilet", "flush"),
    },
    "kasteren_B": {
        "4": ("entrance", "exterior_door"),
        "toilet door": ("toilet", "contact"),
        "toilet flush": ("toilet", "flush"),
        "Bedroom door": ("bedroom", "contact"),
        "kwik dresser": ("bedroom", "vibration"),
        "PIR slaapkamer": ("bedroom", "motion"),
        "press bed links": ("bedroom", "bed"),
        "press bed rechts": ("bedroom", "bed"),
        "PIR badkamer": ("bathroom", "motion"),
        "PIR keuken": ("kitchen", "motion"),
        "kwik cutlary drawer": ("kitchen", "vibration"),
        "kwik stove lid": ("kitchen", "vibration"),
    },
}
ELSEWHERE = ("kitchen", "contact")


@dataclass(frozen=True)
class Home:
    """One recorded home: its sensors, its signs in order, and when its resident was out."""

    name: str
    sensors: dict[str, dict[str, str]]
    events: list[tuple[datetime, str, bool]]
    out: list[tuple[datetime, datetime]]

    @property
    def start(self) -> datetime:
        """The first sign's time."""
        return self.events[0][0]

    @property
    def end(self) -> datetime:
        """The last sign's time."""
        return self.events[-1][0]


def _place(home: str, sensor: str) -> dict[str, str]:
    """Room and kind of a sensor, from the table above or from its own name."""
    if home in PLACES:
        room, kind = PLACES[home].get(sensor, ELSEWHERE)
        return {"room": room, "kind": kind}
    if home == "mit_subject1":
        room, thing = sensor.split(",", 1)
        if sensor == "Foyer,Door":
            return {"room": "entrance", "kind": "exterior_door"}
        kind = "flush" if thing == "Toilet Flush" else "contact"
        return {"room": room.lower(), "kind": kind}
    room, technology, thing = sensor.split("/")
    by_technology = {"Pressure": "bed" if thing == "Bed" else "seat", "PIR": "motion", "Flush": "flush"}
    if thing == "Maindoor":
        return {"room": room.lower(), "kind": "exterior_door"}
    other = "appliance" if technology == "Electric" else "contact"
    return {"room": room.lower(), "kind": by_technology.get(technology, other)}


def _rows(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _outings(
    labels: list[list[str]], events: list[tuple[datetime, str, bool]], sensors: dict[str, dict[str, str]]
) -> list[tuple[datetime, datetime]]:
    """When the resident was out: labelled as such, or from a labelled departure to the next sign.

    The sign that ends an outing must come 10 min after the departure or later, and be the exterior
    door's or its room's: what moves before is the departure itself.
    """
    out = []
    door_rooms = {s["room"] for s in sensors.values() if s["kind"] == "exterior_door"}
    for begin, end, label in labels:
        left, back = datetime.fromisoformat(begin), datetime.fromisoformat(end)
        if label in OUT_LABELS:
            out.append((left, back))
        elif label in DEPARTURES:
            after = (
                t
                for t, s, _ in events
                if t > back + timedelta(minutes=3) and sensors[s]["room"] in door_rooms
            )
            first = next(after, None)
            any_after = next((t for t, _, _ in events if t > back + timedelta(minutes=10)), None)
            ends = [t for t in (first, any_after) if t is not None]
            if ends:
                out.append((back, min(ends)))
    if "Foyer,Door" in sensors:
        out += _between_door_moves(events, "Foyer,Door")
    return out


def _between_door_moves(
    events: list[tuple[datetime, str, bool]], door: str
) -> list[tuple[datetime, datetime]]:
    """Half an hour or more of silence between two moves of the door: out, though nobody labelled it."""
    pairs = itertools.pairwise(events)
    return [(a[0], b[0]) for a, b in pairs if a[1] == b[1] == door and b[0] - a[0] > timedelta(minutes=30)]


@cache
def load(name: str) -> Home:
    """Read one home; raises FileNotFoundError where the data is absent."""
    events = []
    for at, raw, value in _rows(DATA / f"{name}.events.csv.gz"):
        sensor = f"{raw}/contact" if value in {"OPEN", "CLOSE"} else raw
        events.append((datetime.fromisoformat(at), sensor, value in {"ON", "OPEN"}))
    events.sort(key=lambda e: e[0])
    sensors = {sensor: _place(name, sensor) for sensor in sorted({s for _, s, _ in events})}
    labels = _rows(DATA / f"{name}.activities.csv.gz")
    # Beyond the last label nobody says whether the resident is out.
    labelled = max(datetime.fromisoformat(end) for _, end, _ in labels)
    events = [event for event in events if event[0] <= labelled]
    return Home(name, sensors, events, _outings(labels, events, sensors))


def available() -> bool:
    """Whether the recorded homes are on this machine."""
    return all((DATA / f"{name}.events.csv.gz").exists() for name in HOMES)
