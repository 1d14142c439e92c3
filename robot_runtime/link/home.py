"""The robot's talk with the home: hello, heartbeats, signs until they are receipted."""

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from robot_runtime import times
from robot_runtime.errors import MessageError
from robot_runtime.link import messages
from robot_runtime.link.letters import Letters
from robot_runtime.link.mqtt import MqttLink

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.config import MqttConfig
    from robot_runtime.events import EventLog
    from robot_runtime.link.messages import Health, HomeAlive, Receipt, Self
    from robot_runtime.sign import Sign
    from robot_runtime.store import Store

_LOGGER = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
LETTERS_S = 60.0
REPEAT_S = 2.0
"""An unreceipted sign is sent again so often (both: docs/protocol.md)."""


class HomeLink:
    """Sends what the store holds and hands on what the home says."""

    def __init__(
        self,
        config: MqttConfig,
        me: Self,
        store: Store,
        log: EventLog,
        health: Callable[[], Health],
    ) -> None:
        """The callbacks ``on_home``, ``on_receipt`` and ``on_command`` are set before ``run``."""
        self._me = me
        self._store = store
        self._log = log
        self._health = health
        self._mqtt = MqttLink(config, me.robot, self._link, self._message)
        self.letters = Letters(store, self._mqtt.publish)
        self._home_boot: str | None = None
        self.clock_ahead = timedelta(0)
        self.refused = 0
        self.on_home: Callable[[HomeAlive], None] = lambda _: None
        self.on_receipt: Callable[[Receipt], None] = lambda _: None
        self.on_command: Callable[[bytes], None] = lambda _: None

    async def run(self) -> None:
        """For ever: heartbeats, and signs again until the home has stored them."""
        self._mqtt.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._heartbeats())
                tasks.create_task(self._repeats())
                tasks.create_task(self._letters())
        finally:
            await self._mqtt.stop()

    async def _heartbeats(self) -> None:
        while True:
            self.heartbeat()
            await asyncio.sleep(HEARTBEAT_S)

    async def _repeats(self) -> None:
        while True:
            await asyncio.sleep(REPEAT_S)
            if self._mqtt.up:
                for each in self._store.unreceipted():
                    self.send(each)

    async def _letters(self) -> None:
        while True:
            await asyncio.sleep(LETTERS_S)
            if self._mqtt.up:
                self.letters.send_all()

    def heartbeat(self) -> None:
        """Tells now how the robot is."""
        beat = messages.heartbeat(self._me.boot, times.new_id(), times.now().wall, self._health())
        self._mqtt.publish("heartbeat", beat, qos=0)

    def introduce(self, me: Self) -> None:
        """The robot is another than before: it has a new key."""
        self._me = me
        if self._mqtt.up:
            self._hello()

    def send(self, sign: Sign) -> None:
        """Sends a sign that is in the store."""
        self._mqtt.publish("sign", sign.to_wire())

    def receipt(self, command_id: str, result: str, reason: str | None = None) -> None:
        """Tells what became of a command."""
        self._mqtt.publish("receipt/robot", messages.receipt(command_id, times.now().wall, result, reason))

    def _link(self, up: bool, why: str) -> None:  # noqa: FBT001 - the MQTT link's callback
        _LOGGER.info("Home's broker: %s (%s)", "connected" if up else "gone", why)
        self._log.add("link_up" if up else "link_down", reason=why)
        if up:
            self._hello()
            self.heartbeat()
            for each in self._store.unreceipted():
                self.send(each)
            self.letters.send_all()

    def _hello(self) -> None:
        trouble = self._health().trouble
        hello = messages.hello(self._me, times.new_id(), times.now().wall, trouble)
        self._mqtt.publish("hello", hello, retain=True)

    def _message(self, topic: str, payload: bytes) -> None:
        try:
            if topic == "home":
                self._alive(messages.read_home(payload))
            elif topic == "receipt/home":
                self._receipted(messages.read_receipt(payload))
            elif topic == "command":
                self.on_command(payload)
        except MessageError as error:
            _LOGGER.warning("A message on %s is left out: %s", topic, error)
            self._log.add("malformed", topic=topic, id=error.message_id, reason=str(error))

    def _alive(self, home: HomeAlive) -> None:
        self.clock_ahead = times.now().wall - home.at
        if home.boot != self._home_boot:
            self._home_boot = home.boot
            for each in self._store.unreceipted():
                self.send(each)
        self.on_home(home)

    def _receipted(self, receipt: Receipt) -> None:
        if self.letters.receipted(receipt.id):
            return
        if receipt.result == "refused":
            self.refused += 1
            _LOGGER.error("The home refuses sign %s: %s", receipt.id, receipt.reason)
            self._log.add("refused", id=receipt.id, reason=receipt.reason)
            self.on_receipt(receipt)
            self.heartbeat()
            return
        if self._store.receipted(receipt.id):
            self._log.add("receipt", id=receipt.id)
        self.on_receipt(receipt)
