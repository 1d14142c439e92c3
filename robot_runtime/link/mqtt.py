"""The wire to the home: paho's thread on one side, the robot's event loop on the other."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from robot_runtime.link import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from robot_runtime.config import MqttConfig

_LOGGER = logging.getLogger(__name__)

KEEPALIVE_S = 15
RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 5
FROM_HOME = ("command", "receipt/home", "home")


class MqttLink:
    """Publishes the robot's messages and hands on the home's; reconnects by itself, for ever."""

    def __init__(
        self,
        config: MqttConfig,
        robot_id: str,
        on_link: Callable[[bool, str], None],
        on_message: Callable[[str, bytes], None],
    ) -> None:
        """``on_link(up, why)`` and ``on_message(topic below the robot's, payload)`` run in the event loop."""
        self._config = config
        self._base = f"seogu_care/{robot_id}"
        self._on_link = on_link
        self._on_message = on_message
        self._loop = asyncio.get_running_loop()
        self._complaint = ""
        self.up = False
        client = Client(CallbackAPIVersion.VERSION2, client_id=robot_id, clean_session=True)
        if config.username is not None:
            client.username_pw_set(config.username, config.password)
        client.will_set(f"{self._base}/status", "offline", qos=1, retain=True)
        client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        client.on_connect = self._connected
        client.on_connect_fail = self._failed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        self._client = client

    def start(self) -> None:
        """Begins to connect."""
        self._client.connect_async(self._config.host, self._config.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    async def stop(self) -> None:
        """Says goodbye and disconnects."""
        if self.up:
            farewell = self._client.publish(f"{self._base}/status", "offline", qos=1, retain=True)
            await asyncio.to_thread(farewell.wait_for_publish, 2.0)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    def publish(self, topic: str, message: dict[str, Any], *, qos: int = 1, retain: bool = False) -> None:
        """Sends at once, or not at all: what must not be lost is in the store and sent again."""
        if self.up:
            self._client.publish(f"{self._base}/{topic}", messages.encode(message), qos=qos, retain=retain)

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if reason.is_failure:
            self._call(
                self._complain, f"the broker refuses the robot: {reason}. Check [mqtt] in the configuration"
            )
            return
        client.subscribe([(f"{self._base}/{topic}", 1) for topic in FROM_HOME])
        client.publish(f"{self._base}/status", "online", qos=1, retain=True)
        self._call(self._went, True, "connected")

    def _failed(self, _client: Client, _data: Any) -> None:
        self._call(self._complain, f"no broker answers at {self._config.host}:{self._config.port}; trying on")

    def _disconnected(
        self,
        _client: Client,
        _data: Any,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _props: Properties | None,
    ) -> None:
        self._call(self._went, False, str(reason))

    def _received(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message.topic.removeprefix(f"{self._base}/")
        self._call(self._on_message, topic, message.payload)

    def _went(self, up: bool, why: str) -> None:  # noqa: FBT001 - handed over from paho's thread by position
        if up != self.up:
            self.up = up
            self._complaint = ""
            self._on_link(up, why)

    def _complain(self, words: str) -> None:
        if words != self._complaint:
            self._complaint = words
            _LOGGER.warning("MQTT: %s", words)

    def _call(self, function: Callable[..., None], *args: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)
