"""Seogu Care: a home that notices, a robot that asks, a district that answers."""

from typing import TYPE_CHECKING

from homeassistant.const import Platform
from homeassistant.exceptions import ConfigEntryError, UnsupportedStorageVersionError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from . import issues
from .bridge.client import BridgeClient, name_of_start
from .bridge.link import BridgeLink
from .bridge.own_keys import OwnKeys
from .const import CONF_BRIDGE, CONF_KEY_ID, DOMAIN
from .fall_watch import FallWatch
from .family import Family
from .home import Home
from .letterbox import Letterbox
from .outside import Outside
from .questions import Questions
from .robot.links import RobotLinks
from .routine.card import async_remove_panel, async_setup_card, async_show_panel
from .routine.routine import Routine
from .routine.services import async_setup_routine_services
from .routine.sharing import Sharing
from .routine.store import RoutineStore
from .routine.weekly import Weekly
from .runtime import SeoguCareConfigEntry, SeoguCareData
from .sensing import Sensing
from .services import async_setup_services
from .storage import Journal, KeyStore
from .surroundings import Surroundings

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NOTIFY,
    Platform.SENSOR,
    Platform.SWITCH,
]
ASSIST = "assist_pipeline"
"""Where Home Assistant's voice is not set up the home goes on without it: it is no dependency."""


async def async_setup(
    hass: HomeAssistant,
    config: ConfigType,  # noqa: ARG001 - Home Assistant's signature
) -> bool:
    """Registers the actions; they tell when no household is set up."""
    async_setup_services(hass)
    async_setup_routine_services(hass)
    await async_setup_card(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SeoguCareConfigEntry) -> bool:
    """Starts one household where it stood when Home Assistant went down."""
    journal = Journal(hass, entry.entry_id)
    try:
        loaded = await journal.load()
    except UnsupportedStorageVersionError as err:
        raise ConfigEntryError(translation_domain=DOMAIN, translation_key="newer_storage") from err
    bridge_data = entry.data.get(CONF_BRIDGE)
    ledger = loaded.ledger.at_bridge(bridge_data["home"]) if bridge_data else loaded.ledger
    home = Home(hass, entry, journal, ledger)
    if loaded.lost:
        issues.tell(hass, entry, "ledger_lost", error=True, persistent=True)
    elif loaded.damaged:
        issues.tell(hass, entry, "ledger_copy_damaged", persistent=True, files=", ".join(loaded.damaged))
    robots = RobotLinks(hass, home)
    bridge = await _bridge_link(hass, entry, home, robots)
    family = Family(hass, home)
    routine = Routine(hass, home)
    entry.runtime_data = SeoguCareData(
        home,
        robots,
        bridge,
        family,
        Sensing(hass, home),
        routine,
        Weekly(hass, home, routine, family),
        Surroundings(hass, home, routine),
        FallWatch(hass, home, routine),
        Questions(hass, home),
        Sharing(hass, home, routine),
        Letterbox(hass, home, robots, family),
        [*PLATFORMS, *([Platform.ASSIST_SATELLITE] if ASSIST in hass.config.components else [])],
    )
    await hass.config_entries.async_forward_entry_setups(entry, entry.runtime_data.platforms)
    await home.start()
    family.start()
    entry.runtime_data.sensing.start()
    routine.start()
    entry.runtime_data.weekly.start()
    await entry.runtime_data.surroundings.start()
    entry.runtime_data.falls.start()
    entry.runtime_data.questions.start()
    entry.runtime_data.sharing.start()
    entry.runtime_data.letterbox.start()
    await async_show_panel(hass)
    if bridge is not None:
        bridge.start()
    robots.start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SeoguCareConfigEntry) -> bool:
    """Stops the household; its incidents and its outbox stay on disk."""
    data = entry.runtime_data
    if not await hass.config_entries.async_unload_platforms(entry, data.platforms):
        return False
    data.sensing.stop()
    data.weekly.stop()
    await data.surroundings.stop()
    data.falls.stop()
    data.questions.stop()
    data.sharing.stop()
    await data.routine.stop()
    await data.robots.stop()
    if data.bridge is not None:
        await data.bridge.stop()
    await data.letterbox.stop()
    await data.family.stop()
    await data.home.close()
    async_remove_panel(hass, entry)
    return True


async def async_remove_entry(hass: HomeAssistant, entry: SeoguCareConfigEntry) -> None:
    """A household that is taken away leaves nothing behind, its key least of all."""
    await Journal(hass, entry.entry_id).remove()
    await RoutineStore(hass, entry.entry_id).remove()
    await Outside(hass, entry.entry_id, None).remove()
    if key_id := entry.data.get(CONF_KEY_ID):
        await KeyStore(hass, key_id).remove()


async def _bridge_link(
    hass: HomeAssistant, entry: SeoguCareConfigEntry, home: Home, robots: RobotLinks
) -> BridgeLink | None:
    bridge = entry.data.get(CONF_BRIDGE)
    if not bridge:
        return None
    store = KeyStore(hass, entry.data[CONF_KEY_ID])
    ring = await store.load()
    if ring is None:
        issues.tell(hass, entry, "key_lost", error=True, persistent=True)
        return None
    issues.clear(hass, entry, "key_lost")
    client = BridgeClient(async_get_clientsession(hass), bridge["url"], boot=name_of_start(hass))
    return BridgeLink(hass, home, client, OwnKeys(store, ring), robots)
