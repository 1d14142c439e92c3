"""Sensors: how the resident is cared for just now, and how the robot's wearable is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTemperature
from homeassistant.helpers.restore_state import RestoreEntity
from homeassistant.util import dt as dt_util

from .care import fields
from .care.environment.outdoors import HEAVINESS, foremost
from .care.incident import Severity
from .const import CONF_OUTDOOR, CONF_THERMOMETERS
from .entity import HouseholdEntity, RobotEntity
from .routine.entities import ROUTINE, RoutineSensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .robot.link import RobotLink
    from .runtime import SeoguCareConfigEntry, SeoguCareData

PARALLEL_UPDATES = 0
CALM = "calm"
NONE = "none"


@dataclass(frozen=True, kw_only=True)
class HouseholdSensorDescription(SensorEntityDescription):
    """A sensor of the household: where its value and its attributes come from."""

    value: Callable[[SeoguCareData], str | float | datetime | None]
    attributes: Callable[[SeoguCareData], dict[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class RobotSensorDescription(SensorEntityDescription):
    """A sensor of a robot."""

    value: Callable[[RobotLink], str | int | None]


def _care_state(data: SeoguCareData) -> str:
    incident = data.home.foremost
    if incident is None or incident.severity is Severity.NOTICE:
        return CALM
    return "checking" if incident.is_unanswered_question else str(incident.state)


def _incident_attributes(data: SeoguCareData) -> dict[str, Any]:
    home = data.home
    incident = home.foremost
    if incident is None:
        return {"incident": None, "open": 0}
    korean = home.hass.config.language.startswith("ko")
    return {
        "incident": incident.id,
        "kind": str(incident.kind),
        "severity": str(incident.severity),
        "summary": incident.summary.ko if korean else incident.summary.en,
        "opened_at": fields.written(incident.opened_at),
        "resident": incident.resident,
        "delivered": incident.delivered,
        "open": len(home.household.open),
    }


HOUSEHOLD = (
    HouseholdSensorDescription(
        key="care_state",
        translation_key="care_state",
        device_class=SensorDeviceClass.ENUM,
        options=[CALM, "checking", "raised", "acknowledged"],
        value=_care_state,
        attributes=_incident_attributes,
    ),
    HouseholdSensorDescription(
        key="last_activity",
        translation_key="last_activity",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda data: data.home.last_activity,
    ),
    HouseholdSensorDescription(
        key="outbox",
        translation_key="outbox",
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda data: len(data.home.ledger.outbox),
    ),
)
INDOORS = HouseholdSensorDescription(
    key="feels_like",
    translation_key="feels_like",
    device_class=SensorDeviceClass.TEMPERATURE,
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfTemperature.CELSIUS,
    suggested_display_precision=1,
    value=lambda data: data.surroundings.indoors.now(dt_util.utcnow())[1],
)
OUTSIDE = HouseholdSensorDescription(
    key="outdoor_warning",
    translation_key="outdoor_warning",
    device_class=SensorDeviceClass.ENUM,
    options=[NONE, *HEAVINESS],
    value=lambda data: foremost(data.surroundings.outside.standing) or NONE,
    attributes=lambda data: data.surroundings.outside.shown(
        korean=data.home.hass.config.language.startswith("ko")
    ),
)
ROBOT = (
    RobotSensorDescription(
        key="wearable",
        translation_key="wearable",
        device_class=SensorDeviceClass.ENUM,
        options=["online", "not_worn", "offline", "none"],
        value=lambda link: link.wearable_state,
    ),
    RobotSensorDescription(
        key="wearable_battery",
        translation_key="wearable_battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=PERCENTAGE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda link: None if link.heartbeat is None else link.heartbeat.battery,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
    entry: SeoguCareConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Adds the sensors of the household and of its robots."""
    async_add_entities(HouseholdSensor(entry, description) for description in HOUSEHOLD)
    if entry.options.get(CONF_THERMOMETERS):
        async_add_entities([HouseholdSensor(entry, INDOORS)])
    if entry.options.get(CONF_OUTDOOR):
        async_add_entities([HouseholdSensor(entry, OUTSIDE)])
    if entry.runtime_data.routine.sensors:
        async_add_entities(RoutineSensor(entry, description) for description in ROUTINE)
    async_add_entities(
        RobotSensor(entry, link, description)
        for link in entry.runtime_data.robots.links.values()
        for description in ROBOT
    )


class HouseholdSensor(HouseholdEntity, SensorEntity, RestoreEntity):
    """A sensor of the household."""

    entity_description: HouseholdSensorDescription

    async def async_added_to_hass(self) -> None:
        """The last activity is remembered over a restart."""
        await super().async_added_to_hass()
        if self.entity_description.key == "last_activity" and (last := await self.async_get_last_state()):
            seen = dt_util.parse_datetime(last.state)
            if seen is not None:
                self.data.home.note_activity(seen)

    @property
    def native_value(self) -> str | float | datetime | None:
        """What it shows."""
        return self.entity_description.value(self.data)

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """What stands behind it."""
        attributes = self.entity_description.attributes
        return None if attributes is None else attributes(self.data)


class RobotSensor(RobotEntity, SensorEntity):
    """A sensor of a robot."""

    entity_description: RobotSensorDescription

    @property
    def native_value(self) -> str | int | None:
        """What it shows."""
        return self.entity_description.value(self.link)
