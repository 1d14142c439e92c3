"""Setting a household up: its name, its sensors, its bridge, and the robots it is given."""

import logging
import uuid
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback

from .bridge.enrolment import EnrolmentError, enrol
from .const import (
    CONF_BRIDGE,
    CONF_BRIDGE_CODE,
    CONF_BRIDGE_URL,
    CONF_HAZARDS,
    CONF_KEY_ID,
    CONF_KINDS,
    CONF_NAME,
    CONF_NOTIFY,
    CONF_ROBOTS,
    CONF_SENSORS,
    DOMAIN,
    SUBENTRY_RESIDENT,
)
from .flow_forms import bridge_form, household_form, kinds_form, sensors_form
from .options_flow import HouseholdOptionsFlow
from .resident_flow import ResidentFlow
from .robot.announced import read_announced
from .robot.messages import Hello, UnreadableError, read_hello
from .routine.arrange import SensorTwiceError, arranged, doubtful

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigFlowResult
    from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
    from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

_LOGGER = logging.getLogger(__name__)


class SeoguCareFlow(ConfigFlow, domain=DOMAIN):
    """user: household → sensors (→ kinds) → bridge; reconfigure: the bridge.

    mqtt, zeroconf: a robot is confirmed.
    """

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._data: dict[str, Any] = {CONF_ROBOTS: {}, CONF_BRIDGE: None}
        self._options: dict[str, Any] = {}
        self._key_id = uuid.uuid4().hex
        self._hello: Hello | None = None

    @classmethod
    @callback
    def async_get_supported_subentry_types(
        cls,
        config_entry: ConfigEntry[Any],  # noqa: ARG003 - Home Assistant's signature
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Residents are added by the user."""
        return {SUBENTRY_RESIDENT: ResidentFlow}

    @staticmethod
    @callback
    def async_get_options_flow(
        config_entry: ConfigEntry[Any],  # noqa: ARG004 - Home Assistant's signature
    ) -> OptionsFlow:
        """Listening, telling, sensing."""
        return HouseholdOptionsFlow()

    async def async_step_user(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """The household's name, and who is told."""
        if user_input is not None:
            self._data[CONF_NAME] = user_input[CONF_NAME].strip()
            if self._data[CONF_NAME]:
                self._options[CONF_NOTIFY] = user_input.get(CONF_NOTIFY)
                return await self.async_step_sensors()
        errors = {} if user_input is None else {CONF_NAME: "name_empty"}
        return self.async_show_form(
            step_id="user", data_schema=household_form(self.hass), errors=errors, last_step=False
        )

    async def async_step_sensors(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """The sensors, with a proposal."""
        if user_input is not None:
            self._options[CONF_SENSORS] = user_input.get(CONF_SENSORS, [])
            self._options[CONF_HAZARDS] = user_input.get(CONF_HAZARDS, [])
            if doubtful(self.hass, self._options):
                return await self.async_step_kinds()
            return await self.async_step_bridge()
        return self.async_show_form(step_id="sensors", data_schema=sensors_form(self.hass), last_step=False)

    async def async_step_kinds(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """What each sensor is, where names and device classes leave it in doubt."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._options[CONF_KINDS] = arranged(self.hass, self._options, user_input)
            except SensorTwiceError as err:
                errors[err.kind] = "sensor_twice"
            else:
                return await self.async_step_bridge()
        return self.async_show_form(
            step_id="kinds", data_schema=kinds_form(self.hass, self._options), errors=errors, last_step=False
        )

    async def async_step_bridge(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """The bridge, tested before it is accepted; an empty address leaves it for later."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if not user_input.get(CONF_BRIDGE_URL) and not user_input.get(CONF_BRIDGE_CODE):
                return await self._finish(None)
            try:
                bridge = await enrol(
                    self.hass,
                    self._key_id,
                    user_input.get(CONF_BRIDGE_URL, ""),
                    user_input.get(CONF_BRIDGE_CODE, ""),
                )
            except EnrolmentError as err:
                _LOGGER.warning("the bridge was not accepted: %s", err)
                errors[err.field] = err.reason
            else:
                return await self._finish(bridge)
        return self.async_show_form(
            step_id="bridge", data_schema=bridge_form(user_input), errors=errors, last_step=True
        )

    async def async_step_reconfigure(
        self,
        user_input: Mapping[str, Any] | None = None,  # noqa: ARG002 - Home Assistant's signature
    ) -> ConfigFlowResult:
        """A bridge is added later, or another one is taken."""
        return await self.async_step_bridge()

    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """A robot said hello; a person has to confirm that it belongs here."""
        try:
            hello = read_hello(discovery_info.payload)
        except UnreadableError as err:
            if discovery_info.payload:
                _LOGGER.warning("a hello on %s can't be read: %s", discovery_info.topic, err)
            return self.async_abort(reason="not_a_robot")
        if discovery_info.topic != f"{DOMAIN}/{hello.robot}/hello":
            return self.async_abort(reason="not_a_robot")
        return await self._found(hello)

    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """A robot is in the network, perhaps before MQTT is set up; a person has to confirm it, too."""
        try:
            hello = read_announced(discovery_info.properties)
        except UnreadableError as err:
            _LOGGER.warning("what %s announces can't be read: %s", discovery_info.name, err)
            return self.async_abort(reason="not_a_robot")
        return await self._found(hello)

    async def _found(self, hello: Hello) -> ConfigFlowResult:
        """Both ways lead to one flow for a robot and its key."""
        for entry in self._async_current_entries():
            known = entry.data.get(CONF_ROBOTS, {}).get(hello.robot)
            if known is not None and known.get("jwk") == hello.jwk:
                return self.async_abort(reason="already_configured")
        await self.async_set_unique_id(f"{hello.robot}:{hello.jwk['x']}")
        self._abort_if_unique_id_configured()
        self._hello = hello
        self.context["title_placeholders"] = {"name": hello.name}
        return await self.async_step_robot()

    async def async_step_robot(self, user_input: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        """The person confirms the robot: it joins the household, or a household begins with it."""
        hello = self._hello
        if hello is None:
            return self.async_abort(reason="not_a_robot")
        if user_input is None:
            return self.async_show_form(
                step_id="robot", description_placeholders={"name": hello.name, "robot": hello.robot}
            )
        robot = {"name": hello.name, "jwk": hello.jwk, "software": hello.software, "can": list(hello.can)}
        entries = list(self._async_current_entries(include_ignore=False))
        if not entries:
            self._data[CONF_ROBOTS] = {hello.robot: robot}
            await self.async_set_unique_id(None)
            return await self.async_step_user()
        entry = entries[0]
        robots = {**entry.data.get(CONF_ROBOTS, {}), hello.robot: robot}
        return self.async_update_reload_and_abort(
            entry, data_updates={CONF_ROBOTS: robots}, reason="robot_added"
        )

    async def _finish(self, bridge: dict[str, Any] | None) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if bridge is None:
                return self.async_abort(reason="bridge_unchanged")
            return self.async_update_reload_and_abort(
                entry, data_updates={CONF_BRIDGE: bridge, CONF_KEY_ID: self._key_id}
            )
        data = {**self._data, CONF_BRIDGE: bridge, CONF_KEY_ID: self._key_id}
        return self.async_create_entry(title=data[CONF_NAME], data=data, options=self._options)
