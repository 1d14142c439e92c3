"""The robot's wire over a real mosquitto: discovery, a fall, its question and its receipt."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
import pytest
from homeassistant.config_entries import SOURCE_MQTT
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.seogu_care.const import DOMAIN
from tests.seogu_care.conftest import PATIENCE_S, ROBOT, contract

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    from homeassistant.core import HomeAssistant

pytestmark = pytest.mark.skipif(shutil.which("mosquitto") is None, reason="mosquitto is not installed")


@pytest.fixture
def broker(socket_enabled: None, tmp_path: Path) -> Generator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen(["mosquitto", "-c", configuration], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "mosquitto does not start"
    yield port
    process.terminate()
    process.wait(10)


@pytest.fixture
async def home(hass: HomeAssistant, hass_config_dir: str, broker: int) -> AsyncGenerator[None]:
    """MQTT set up as an installer does, against the real broker."""
    (Path(hass_config_dir) / "configuration.yaml").touch()
    entry = MockConfigEntry(
        domain="mqtt",
        data={"broker": "127.0.0.1", "port": broker, "protocol": "5"},
        version=1,
        minor_version=2,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    yield
    for ours in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_unload(ours.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def robot(broker: int) -> Generator[tuple[paho.Client, list[tuple[str, Any]]]]:
    heard: list[tuple[str, Any]] = []
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: heard.append(
        (message.topic.split("/", 2)[2], json.loads(message.payload))
    )
    client.connect("127.0.0.1", broker)
    for name in ("command", "receipt/home", "home"):
        client.subscribe(f"{DOMAIN}/{ROBOT}/{name}", 1)
    client.loop_start()
    yield client, heard
    client.disconnect()
    client.loop_stop()


async def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.01)


async def test_robot_is_discovered_added_and_heard(
    hass: HomeAssistant, home: None, robot: tuple[paho.Client, list[tuple[str, Any]]]
) -> None:
    client, heard = robot
    prefix = f"{DOMAIN}/{ROBOT}"

    def discovered() -> list[Any]:
        flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return [flow for flow in flows if flow["context"]["source"] == SOURCE_MQTT]

    client.publish(f"{prefix}/hello", json.dumps(contract("mqtt/hello")), 1, retain=True)
    await until(discovered, "the discovery")
    flow: Any = discovered()[0]
    for given in ({}, {"name": "집"}, {}, {}):
        flow = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    entry = flow["result"]
    await hass.async_block_till_done()
    await until(lambda: entry.runtime_data.robots.links[ROBOT].hello, "the retained hello")
    client.publish(f"{prefix}/sign", json.dumps(contract("mqtt/sign_fall")), 1)
    await until(lambda: "receipt/home" in dict(heard), "the receipt")
    await until(lambda: [m for t, m in heard if t == "command" and m["type"] == "ask"], "the question")
    assert dict(heard)["receipt/home"]["result"] == "stored"
    await until(lambda: [m for t, m in heard if t == "home"], "the home message")
