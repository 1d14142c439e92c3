"""All parts together, set up from nothing to an enrolled home with its robot."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from rig import sensors
from rig.bridge import Bridge
from rig.broker import Broker
from rig.home import Home
from rig.robot import Robot
from rig.waiting import StepMissingError, wait_for

if TYPE_CHECKING:
    from types import TracebackType

    from rig.program import Program

RESIDENT = "김순자"
HOUSEHOLD = "순자 씨 댁"
LISTEN_S = 5  # how long the robot listens after a question; a family would choose 20 s


class System:
    """Broker, bridge, Home Assistant and robot in a scratch folder; ``with`` ends all of them."""

    def __init__(self, *, keep: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="seogu-care-"))
        self._keep = keep
        self.broker = Broker(self.folder / "broker")
        self.bridge = Bridge(self.folder / "bridge")
        self.home = Home(self.folder / "home")
        self.robot = Robot(self.folder / "robot", self.broker)
        self._entities: dict[str, str] = {}

    @property
    def programs(self) -> dict[str, Program]:
        """The four processes by name."""
        parts = (self.broker, self.bridge, self.home, self.robot)
        return {part.program.name: part.program for part in parts}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in reversed(self.programs.values()):
            program.stop()
        if self._keep or error is not None:
            print(f"logs and state are kept in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Starts the four programs; the home is not set up yet."""
        self.broker.start()
        sensors.announce(self.broker)
        self.bridge.start()
        self.home.start()
        self.robot.start()

    def set_up_home(self) -> None:
        """What a family does once: onboarding, MQTT, the household with its bridge, and the robot."""
        self.home.onboard()
        self.home.flow("mqtt", _broker_form(self.broker))
        wait_for("the sensors are there", lambda: self.home.state("binary_sensor.kitchen_smoke"), 120)
        code = self.bridge.enrolment_code(RESIDENT)
        # The household, its sensors as proposed, and the bridge.
        entry = self.home.flow(
            "seogu_care", {"name": HOUSEHOLD}, {}, {"bridge_url": self.bridge.url, "bridge_code": code}
        )
        found = wait_for("the robot is discovered", lambda: self.home.discovered("seogu_care"), 120)
        added = self.home.continue_flow(found[0]["flow_id"], {})
        if added.get("reason") != "robot_added":
            raise StepMissingError(f"the robot was not added: {added}")
        self._set_listening(entry["result"]["entry_id"])
        self.wait_ready(180)
        # Somebody lives here.
        for moving in (True, False):
            sensors.set_state(self.broker, "living_motion", on=moving)

    def _set_listening(self, entry_id: str) -> None:
        now = self.home.options(entry_id)
        kept = {field["name"]: field["default"] for field in now["data_schema"] if "default" in field}
        self.home.options(entry_id, {**kept, "listen_seconds": LISTEN_S})

    def entity(self, key: str) -> str:
        """The entity id of one of the integration's entities, by the end of its unique id."""
        if key not in self._entities:
            rows: list[dict[str, Any]] = self.home.websocket({"type": "config/entity_registry/list"})
            for row in rows:
                if row["platform"] == "seogu_care" and row["unique_id"].endswith(f"_{key}"):
                    self._entities[key] = row["entity_id"]
        return self._entities[key]

    def device_id(self) -> str:
        """Home Assistant's id of the household's device."""
        devices: list[dict[str, Any]] = self.home.websocket({"type": "config/device_registry/list"})
        return next(str(device["id"]) for device in devices if device["model"] == "Household")

    def smoke(self, *, on: bool) -> None:
        """The kitchen's smoke alarm."""
        sensors.set_state(self.broker, "kitchen_smoke", on=on)

    def shown(self, key: str) -> dict[str, Any]:
        """What Home Assistant shows of an entity now; an empty mapping while it is not there."""
        try:
            return self.home.state(self.entity(key)) or {}
        except httpx.HTTPError, KeyError:
            return {}

    def wait_shown(self, key: str, state: str, within_s: float) -> None:
        """Waits until an entity shows a state."""
        wait_for(
            f"Home Assistant shows {key} as {state}", lambda: self.shown(key).get("state") == state, within_s
        )

    def open_incident(self) -> str | None:
        """The incident that Home Assistant shows as the foremost, if one is open."""
        incident: str | None = self.shown("care_state").get("attributes", {}).get("incident")
        return incident

    def wait_open_incident(self, within_s: float) -> str:
        """Waits for an incident to be open in Home Assistant; its id."""
        return wait_for("an incident is open in Home Assistant", self.open_incident, within_s)

    def wait_closed(self, incident: str, within_s: float) -> None:
        """Waits until Home Assistant no longer shows the incident."""
        wait_for("Home Assistant has closed it", lambda: self._is_over(incident), within_s)

    def wait_outbox_empty(self, within_s: float) -> None:
        """Waits until Home Assistant has nothing left to send to the bridge."""
        self.wait_shown("outbox", "0", within_s)

    def wait_ready(self, within_s: float) -> None:
        """Until home, robot and bridge know of each other."""
        wait_for("Home Assistant has started", self.home.running, within_s)
        self.wait_shown("robot_online", "on", within_s)
        self.wait_shown("bridge_connected", "on", within_s)

    def _is_over(self, incident: str) -> bool:
        shown = self.shown("care_state").get("attributes", {})
        return bool(shown) and shown["incident"] != incident


def _broker_form(broker: Broker) -> dict[str, Any]:
    return {
        "broker": "127.0.0.1",
        "port": broker.port,
        "username": "home",
        "password": broker.passwords["home"],
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
    }
