"""One robot over MQTT: its signs are stored before they are receipted, commands repeated until they are."""

import asyncio
import json
import logging
import time
import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.components import mqtt
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_point_in_utc_time, async_track_time_interval
from homeassistant.util import dt as dt_util

from custom_components.seogu_care import issues
from custom_components.seogu_care.bridge.messages import follows
from custom_components.seogu_care.care import policy
from custom_components.seogu_care.care.signs import DeviceReport, DeviceTrouble, DeviceWell
from custom_components.seogu_care.care.watch import Watch
from custom_components.seogu_care.const import CONF_BRIDGE, CONF_ROBOTS
from custom_components.seogu_care.storage import NotStoredError

from . import letters, messages, trouble
from .messages import Heartbeat, Hello, UnreadableError, topic
from .voice import Voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.components.mqtt.models import ReceiveMessage

    from custom_components.seogu_care.home import Home
    from custom_components.seogu_care.ledger import Ledger

_LOGGER = logging.getLogger(__name__)

HOME_EVERY = timedelta(seconds=3)
COMMAND_EVERY = timedelta(seconds=5)
LINK_HOLDS = timedelta(days=1)
WARN_EVERY_S = 60.0


class RobotLink:
    """Keeps one robot and the home in step."""

    def __init__(self, hass: HomeAssistant, home: Home, robot: str) -> None:
        """`robot` is the id of a robot that a person has added."""
        self.robot = robot
        self.heartbeat: Heartbeat | None = None
        self.hello: Hello | None = None
        self.watch = Watch(dt_util.utcnow(), policy.ROBOT_SILENT_AFTER, policy.ROBOT_TROUBLE_AFTER)
        self.wearable = Watch(dt_util.utcnow(), policy.WEARABLE_TROUBLE_AFTER, policy.WEARABLE_TROUBLE_AFTER)
        self.wearable_heard = False
        """Whether a wearable was ever heard; before, `wearable` tells when watching began."""
        self._hass = hass
        self._home = home
        self._boot = str(uuid.uuid4())
        self._sent: dict[str, float] = {}
        self._ends: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._warned: dict[str, float] = {}
        self._sending = asyncio.Lock()
        self.voice = Voice(home, robot)
        self.assist: Callable[[str], Any] | None = None
        """Takes what the resident asks of the home; set by the robot's satellite."""
        self.started = False

    @property
    def online(self) -> bool:
        """Whether the robot was heard lately."""
        return self.watch.online

    @property
    def wearable_state(self) -> str:
        """online, offline, not_worn or none; offline as well when the robot itself is."""
        if self.heartbeat is None:
            return "none"
        if not self.online and self.heartbeat.wearable == "online":
            return "offline"
        if self.heartbeat.wearable == "online" and not self.heartbeat.worn:
            return "not_worn"
        return self.heartbeat.wearable

    @callback
    def begin_watch(self) -> None:
        """From now on silence counts, whether MQTT is there or not."""
        self._set_timer()

    async def start(self) -> None:
        """Subscribes, and begins to tell the robot that the home lives."""
        handlers: dict[str, Callable[[ReceiveMessage], Any]] = {
            "status": self._on_status,
            "hello": self._on_hello,
            "heartbeat": self._on_heartbeat,
            "sign": self._on_sign,
            "receipt/robot": self._on_receipt,
            "talk": self._on_talk,
        }
        for name, handler in handlers.items():
            qos = 0 if name == "heartbeat" else 1
            self._ends.append(
                await mqtt.async_subscribe(self._hass, topic(self.robot, name), handler, qos, encoding=None)
            )
        self._ends.append(async_track_time_interval(self._hass, self._say_home, HOME_EVERY))
        self._ends.append(async_track_time_interval(self._hass, self._repeat_commands, COMMAND_EVERY))
        self._ends.append(self._home.listen(self._home_changed))
        self._set_timer()
        self.started = True
        await self._introduce()
        await self._say_home(dt_util.utcnow())

    @callback
    def stop(self) -> None:
        """Ends all of it."""
        self.started = False
        for end in self._ends:
            end()
        self._ends.clear()
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None

    @callback
    def forget_sent(self) -> None:
        """What still waits is sent again at the next turn."""
        self._sent.clear()

    async def _introduce(self) -> None:
        """Tells the bridge the robot's key, and the robot where the bridge is."""
        bridge = self._home.entry.data.get(CONF_BRIDGE)
        known = self._home.robots.get(self.robot)
        if not bridge or not known:
            return

        def introduced(ledger: Ledger, now: datetime) -> Ledger:
            command = messages.link_command(
                self.robot, bridge["home"], bridge["url"], bridge["jwk"], now, now + LINK_HOLDS
            )
            return ledger.vouching(self.robot, known["jwk"], bridge["home"], now).linking(command)

        await self._home.commit(introduced)

    async def _on_status(self, message: ReceiveMessage) -> None:
        payload = bytes(message.payload) if not isinstance(message.payload, str) else message.payload.encode()
        if payload == b"offline":
            self.watch = self.watch.lost()
        elif payload == b"online":
            if not message.retain:
                await self._heard()
                return
        elif payload:
            self._warn("status", f"status must be online or offline, not {payload[:40]!r}")
            return
        self._changed()

    async def _on_hello(self, message: ReceiveMessage) -> None:
        if not message.payload:
            return
        try:
            hello = messages.read_hello(_raw(message))
        except UnreadableError as err:
            self._warn("hello", str(err))
            return
        known = self._home.robots.get(self.robot, {})
        if hello.robot != self.robot:
            self._warn("hello", f"a hello of {hello.robot} came on the topic of {self.robot}")
            return
        if hello.jwk != known.get("jwk") and not self._has_changed_key(known, hello):
            issues.tell(
                self._hass, self._home.entry, "robot_key_changed", robot=known.get("name") or self.robot
            )
            return
        issues.clear(self._hass, self._home.entry, "robot_key_changed")
        rebooted = self.hello is None or self.hello.boot != hello.boot
        self.hello = hello
        if not message.retain:
            await self._heard()
        if rebooted:
            self.forget_sent()
            await self._introduce()
        await self._send_commands()

    @callback
    def _has_changed_key(self, known: dict[str, Any], hello: Hello) -> bool:
        """A robot that shows its former key's word for the new one is the same robot; the new key is kept."""
        if "jwk" not in known or not follows(hello.jwk, known["jwk"], hello.proofs):
            return False
        robots = self._home.robots | {self.robot: {**known, "jwk": hello.jwk}}
        entry = self._home.entry
        self._hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_ROBOTS: robots})
        return True

    async def _on_heartbeat(self, message: ReceiveMessage) -> None:
        try:
            heartbeat = messages.read_heartbeat(_raw(message))
        except UnreadableError as err:
            self._warn("heartbeat", str(err))
            return
        if heartbeat.refused and (self.heartbeat is None or heartbeat.refused > self.heartbeat.refused):
            self._warn("refused", f"the home has refused {heartbeat.refused} signs of {self.robot}")
        self.heartbeat = heartbeat
        trouble.show(self._hass, self._home.entry, self.robot, heartbeat.trouble)
        trouble.show_battery(self._hass, self._home.entry, self.robot, heartbeat.battery)
        if heartbeat.wearable == "online":
            await self._wearable_heard()
        elif heartbeat.wearable == "offline":
            self.wearable = self.wearable.lost()
        await self._heard()

    async def _on_sign(self, message: ReceiveMessage) -> None:
        try:
            sign = messages.read_sign(self.robot, _raw(message))
        except UnreadableError as err:
            self._warn("sign", str(err))
            if err.sign_id is not None:
                await self._receipt(err.sign_id, str(err))
            return
        if isinstance(sign, DeviceReport) and sign.state == "offline":
            self.wearable = self.wearable.lost()
        try:
            await self._home.take(sign)
        except NotStoredError as err:
            self._warn("store", f"a sign of {self.robot} gets no receipt yet: {err}")
            return
        await self._receipt(sign.id)
        await self._heard()

    async def _on_receipt(self, message: ReceiveMessage) -> None:
        try:
            receipt = messages.read_receipt(_raw(message))
        except UnreadableError as err:
            self._warn("receipt/robot", str(err))
            return
        if receipt.result == "refused":
            self._warn("command", f"{self.robot} refused a command: {receipt.reason}")
        self._sent.pop(receipt.id, None)
        self.voice.receipted(receipt)
        try:
            await self._home.commit(lambda ledger, _: ledger.command_done(self.robot, receipt.id))
        except NotStoredError as err:
            self._warn("store", f"a receipt of {self.robot} could not be stored: {err}")

    async def _on_talk(self, message: ReceiveMessage) -> None:
        try:
            letter = letters.read_letter(self.robot, _raw(message))
        except UnreadableError as err:
            self._warn("talk", str(err))
            if err.sign_id is not None:
                await self._receipt(err.sign_id, str(err))
            return
        if letter.kind == letters.ANSWERED:
            self.voice.answered(letter)
        else:
            try:
                await self._home.commit(lambda ledger, _: ledger.with_letter(letter))
            except NotStoredError as err:
                self._warn("store", f"a letter of {self.robot} gets no receipt yet: {err}")
                return
        await self._receipt(letter.id)
        await self._heard()

    async def _receipt(self, sign: str, reason: str | None = None) -> None:
        await self._publish("receipt/home", messages.home_receipt(sign, dt_util.utcnow(), reason), 1)

    async def _say_home(self, now: datetime) -> None:
        incidents = [incident.id for incident in self._home.household.open]
        await self._publish("home", messages.home_message(self._boot, incidents, now), 0)

    async def _repeat_commands(self, _: datetime) -> None:
        await self._send_commands(repeat=True)

    @callback
    def _home_changed(self) -> None:
        if any(c.id not in self._sent for c in self._home.ledger.commands if c.robot == self.robot):
            self._home.entry.async_create_task(
                self._hass, self._send_commands(), f"seogu_care commands to {self.robot}"
            )

    async def _send_commands(self, *, repeat: bool = False) -> None:
        async with self._sending:
            now, clock = dt_util.utcnow(), time.monotonic()
            wait = COMMAND_EVERY.total_seconds() - 1
            mine = [c for c in self._home.ledger.commands if c.robot == self.robot]
            self._sent = {c.id: self._sent[c.id] for c in mine if c.id in self._sent}
            for command in mine:
                last = self._sent.get(command.id)
                due = last is None or (repeat and clock - last >= wait)
                if due and command.expires_at > now and await self._publish("command", command.payload, 1):
                    self._sent[command.id] = clock

    async def _publish(self, name: str, payload: Any, qos: int) -> bool:
        try:
            text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
            await mqtt.async_publish(self._hass, topic(self.robot, name), text, qos)
        except HomeAssistantError as err:
            self._warn("publish", f"the MQTT broker takes nothing for {self.robot}: {err}")
            return False
        return True

    async def _heard(self) -> None:
        trouble = self.watch.trouble
        self.watch = self.watch.heard(dt_util.utcnow())
        self._changed()
        if trouble or self._has_open(f"robot:{self.robot}"):
            await self._report(well=True, part=f"robot:{self.robot}")

    async def _wearable_heard(self) -> None:
        trouble = self.wearable.trouble
        self.wearable = self.wearable.heard(dt_util.utcnow())
        self.wearable_heard = True
        if trouble or self._has_open(f"wearable:{self.robot}"):
            await self._report(well=True, part=f"wearable:{self.robot}")

    def _has_open(self, part: str) -> bool:
        return any(incident.cause == part for incident in self._home.household.open)

    @callback
    def _changed(self) -> None:
        self._set_timer()
        self._home.tell_listeners()

    @callback
    def _set_timer(self) -> None:
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None
        watches = [self.watch]
        if self.heartbeat is not None and self.heartbeat.wearable == "offline":
            watches.append(self.wearable)
        times = [at for watch in watches if (at := watch.next_deadline()) is not None]
        if times:
            self._cancel_timer = async_track_point_in_utc_time(self._hass, self._tick, min(times))

    async def _tick(self, due: datetime) -> None:
        now = max(due, dt_util.utcnow())
        before = self.watch
        self.watch = self.watch.tick(now)
        if self.watch.trouble and not before.trouble:
            await self._report(well=False, part=f"robot:{self.robot}")
        if self.heartbeat is not None and self.heartbeat.wearable == "offline":
            worn = self.wearable
            self.wearable = worn.tick(now)
            if self.wearable.trouble and not worn.trouble:
                await self._report(well=False, part=f"wearable:{self.robot}")
        self._changed()

    async def _report(self, *, well: bool, part: str) -> None:
        now = dt_util.utcnow()
        kind = DeviceWell if well else DeviceTrouble
        try:
            await self._home.take(kind(id=str(uuid.uuid7()), at=now, robot=self.robot, part=part))
        except NotStoredError as err:
            self._warn("store", f"the state of {part} could not be stored: {err}")

    def _warn(self, about: str, text: str) -> None:
        """Warns once a minute for each cause: a broken robot must not fill the log."""
        clock = time.monotonic()
        if clock - self._warned.get(about, -WARN_EVERY_S) >= WARN_EVERY_S:
            self._warned[about] = clock
            _LOGGER.warning("%s of robot %s: %s", about, self.robot, text)


def _raw(message: ReceiveMessage) -> str | bytes | bytearray:
    return message.payload
