"""The home's small sensors, as a Zigbee gateway would announce them: MQTT discovery, then states."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import paho.mqtt.publish

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paho.mqtt.publish import MessagesList

    from rig.broker import Broker


@dataclass(frozen=True)
class Sensor:
    """A binary sensor in a room."""

    key: str
    name: str
    device_class: str
    room: str


SENSORS = (
    Sensor("living_motion", "거실 움직임", "motion", "거실"),
    Sensor("bath_motion", "욕실 움직임", "motion", "욕실"),
    Sensor("front_door", "현관문", "door", "현관"),
    Sensor("kitchen_smoke", "주방 연기", "smoke", "주방"),
)


def announce(broker: Broker, some: Iterable[Sensor] = SENSORS) -> None:
    """Announces the sensors and gives each its resting state."""
    messages: MessagesList = []
    for sensor in some:
        topic = f"sensors/{sensor.key}"
        config = {
            "name": sensor.name,
            "unique_id": f"rig_{sensor.key}",
            "device_class": sensor.device_class,
            "state_topic": topic,
            "default_entity_id": f"binary_sensor.{sensor.key}",
            "device": {
                "identifiers": [f"rig_{sensor.key}"],
                "name": sensor.name,
                "suggested_area": sensor.room,
            },
        }
        discovery = f"homeassistant/binary_sensor/{sensor.key}/config"
        messages += [(discovery, json.dumps(config), 1, True), (topic, "OFF", 1, True)]
    _publish(broker, messages)


def set_state(broker: Broker, key: str, *, on: bool) -> None:
    """Sets one sensor's state."""
    _publish(broker, [(f"sensors/{key}", "ON" if on else "OFF", 1, True)])


def _publish(broker: Broker, messages: MessagesList) -> None:
    paho.mqtt.publish.multiple(
        messages,
        hostname="127.0.0.1",
        port=broker.port,
        auth={"username": "sensors", "password": broker.passwords["sensors"]},
    )
