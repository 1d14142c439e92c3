"""A real Home Assistant in a scratch folder, with this repository's integration."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
from hypothesis import settings
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_mqtt_message,
    async_fire_time_changed,
)

import custom_components.seogu_care  # noqa: F401 - the test plugin has a package of that name, too
from custom_components.seogu_care.bridge import link as bridge_link
from custom_components.seogu_care.bridge.own_keys import KeyRing
from custom_components.seogu_care.const import DOMAIN
from custom_components.seogu_care.storage import KeyStore
from tests.seogu_care.bridge_double import CONTRACT, BridgeDouble, contract_key

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from datetime import timedelta
    from pathlib import Path

    from homeassistant.core import Event, HomeAssistant

    from custom_components.seogu_care.bridge.keys import PrivateKey
    from custom_components.seogu_care.home import Home

ROBOT = "seogu-7f3a"
PATIENCE_S = 30.0

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    return hass_tmp_config_dir


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Not the plugin's storage in memory: what is tested here is what stands on disk."""
    return {}


@pytest.fixture(autouse=True)
def recorder_first(request: pytest.FixtureRequest) -> None:
    """A test with a recorder needs its database before there is a Home Assistant."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_db_url")


@pytest.fixture(autouse=True)
def custom_integrations(recorder_first: None, enable_custom_integrations: None) -> None:
    """Home Assistant may load what stands in custom_components."""


def contract(path: str) -> Any:
    """A recorded message."""
    return json.loads((CONTRACT / f"{path}.json").read_text(encoding="utf-8"))


class Household:
    """One household in a running Home Assistant, its robot played over MQTT, its bridge real HTTP."""

    def __init__(
        self, hass: HomeAssistant, entry: MockConfigEntry, published: Callable[[], list[Any]]
    ) -> None:
        self.hass = hass
        self.entry = entry
        self.events: list[Mapping[str, Any]] = []
        self._published = published
        hass.bus.async_listen("seogu_care_incident", self._on_event)

    @callback
    def _on_event(self, event: Event[Any]) -> None:
        self.events.append(event.data)

    @property
    def home(self) -> Home:
        return self.entry.runtime_data.home

    async def robot(self, name: str, payload: Any, **kwargs: Any) -> None:
        """The robot publishes."""
        text = payload if isinstance(payload, str | bytes) else json.dumps(payload)
        async_fire_mqtt_message(self.hass, f"{DOMAIN}/{ROBOT}/{name}", text, **kwargs)
        await self.settle()

    async def settle(self) -> None:
        """All that can be done now is done; background links go on by themselves."""
        await self.hass.async_block_till_done()

    def heard(self, name: str) -> list[Any]:
        """What the robot has heard on a topic."""
        topic = f"{DOMAIN}/{ROBOT}/{name}"
        return [json.loads(payload) for at, payload in self._published() if at == topic]

    def commands(self, kind: str) -> list[Any]:
        return [command for command in self.heard("command") if command["type"] == kind]

    def receipts(self) -> dict[str, str]:
        return {receipt["id"]: receipt["result"] for receipt in self.heard("receipt/home")}

    def states(self, key: str = "019aa123-0000-7000-8000-000000000001") -> str:
        return str(self.home.household.incidents[key].state)

    async def until(self, condition: Callable[[], Any], what: str = "") -> None:
        """Waits on a condition, with a deadline."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain: {what}"
            await asyncio.sleep(0.01)
        await self.settle()

    async def wind(self, time_on: timedelta) -> None:
        """Home Assistant's clock is wound on."""
        async_fire_time_changed(self.hass, dt_util.utcnow() + time_on)
        await self.settle()

    async def restart(self) -> None:
        """The household is unloaded and comes back from what is on disk."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()

    async def restart_from_stopped(self) -> None:
        """The second half of a restart."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()

    async def stop(self) -> None:
        if self.entry.state is ConfigEntryState.LOADED:
            assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    def repairs(self) -> set[str]:
        """What the user is asked to repair."""
        issues = ir.async_get(self.hass).issues.values()
        return {str(issue.translation_key) for issue in issues if issue.domain == DOMAIN and issue.active}


@pytest.fixture
def home_key() -> PrivateKey:
    return contract_key("home")


@pytest.fixture
async def bridge(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[BridgeDouble]:
    """A bridge on a free port. The home is made impatient, so that tests need not wait."""
    monkeypatch.setattr(bridge_link, "BACK_OFF_FIRST_S", 0.02)
    monkeypatch.setattr(bridge_link, "BACK_OFF_MOST_S", 0.2)
    double = BridgeDouble()
    await double.start()
    yield double
    await double.stop()


@pytest.fixture
async def households(
    hass: HomeAssistant, mqtt_mock: Any, home_key: PrivateKey
) -> AsyncGenerator[Callable[..., Any]]:
    """Sets households up."""
    made: list[Household] = []

    def published() -> list[Any]:
        return [call.args[:2] for call in mqtt_mock.async_publish.call_args_list]

    async def make(
        bridge: BridgeDouble | None = None,
        options: dict[str, Any] | None = None,
        *,
        robots: bool = True,
    ) -> Household:
        await KeyStore(hass, "key").save(KeyRing(home_key))
        known = {ROBOT: {"name": "돌봄로봇", "jwk": contract("mqtt/hello")["jwk"], "software": "0.1.0"}}
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="어머니 댁",
            data={
                "name": "어머니 댁",
                "key_id": "key",
                "robots": known if robots else {},
                "bridge": None if bridge is None else bridge.enrolled(home_key),
            },
            options=options or {},
        )
        entry.add_to_hass(hass)
        household = Household(hass, entry, published)
        made.append(household)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        if robots:
            link = entry.runtime_data.robots.links[ROBOT]
            await household.until(lambda: link.started, "the robot's link")
        return household

    yield make
    for household in made:
        await household.stop()
    for entry in hass.config_entries.async_entries("mqtt"):
        await hass.config_entries.async_unload(entry.entry_id)
    for handle in get_scheduled_timer_handles(hass.loop):
        if "MQTT._async_start_misc_periodic" in repr(handle):  # the mocked client leaves it behind
            handle.cancel()


@pytest.fixture
async def household(households: Callable[..., Any]) -> Household:
    """A household with a robot and without a bridge."""
    made: Household = await households()
    return made


@pytest.fixture
def storage(hass_config_dir: str) -> Path:
    from pathlib import Path  # noqa: PLC0415

    return Path(hass_config_dir) / ".storage"
