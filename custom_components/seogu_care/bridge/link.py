"""The running link to the bridge: sends what waits, listens to what comes, and says how it stands."""

import asyncio
import logging
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from custom_components.seogu_care import issues
from custom_components.seogu_care.care.signs import BridgeStep, Delivered
from custom_components.seogu_care.const import CONF_BRIDGE
from custom_components.seogu_care.robot.messages import rotate_command, say_command
from custom_components.seogu_care.storage import NotStoredError

from .errors import BadAnswerError, BridgeError, CannotConnectError, RefusedError
from .messages import (
    NEW_KEY,
    CaseworkerWords,
    Downlink,
    Receipt,
    RotateKey,
    heartbeat_message,
    new_key_message,
    read_downlink,
)
from .outbox import Batches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from custom_components.seogu_care.home import Home
    from custom_components.seogu_care.ledger import Ledger
    from custom_components.seogu_care.robot.links import RobotLinks

    from .client import BridgeClient
    from .own_keys import OwnKeys

_LOGGER = logging.getLogger(__name__)

WORDS_HOLD = timedelta(hours=1)
ROTATE_HOLDS = timedelta(days=7)
BACK_OFF_FIRST_S = 1.0
BACK_OFF_MOST_S = 60.0
REPAIRS = ("bridge_revoked", "bridge_refuses", "bridge_untrusted", "bridge_held")


class LinkState(StrEnum):
    """How the link stands."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    REVOKED = "revoked"


class BridgeLink:
    """Keeps home and bridge in step. Nothing leaves the outbox without the bridge's signed receipt."""

    def __init__(
        self,
        hass: HomeAssistant,
        home: Home,
        client: BridgeClient,
        keys: OwnKeys,
        robots: RobotLinks,
    ) -> None:
        """`robots` tell how the home's parts are, for the heartbeat."""
        self.state = LinkState.DISCONNECTED
        self.last_error: str | None = None
        self.last_contact: datetime | None = None
        self._hass = hass
        self._home = home
        self._client = client
        self._keys = keys
        self._robots = robots
        self._bridge: dict[str, Any] = home.entry.data[CONF_BRIDGE]
        self._batches = Batches()
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._seen = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._ends: list[CALLBACK_TYPE] = []
        self._heartbeat_at = 0.0
        self._failures = 0

    @callback
    def start(self) -> None:
        """Begins to send and to listen."""
        self._ends.append(self._home.listen(self._home_changed))
        for name, work in (("send", self._send_for_ever()), ("listen", self._listen_for_ever())):
            self._tasks.append(
                self._home.entry.async_create_background_task(self._hass, work, f"seogu_care bridge {name}")
            )

    async def stop(self) -> None:
        """Ends both."""
        for end in self._ends:
            end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @callback
    def _home_changed(self) -> None:
        ledger = self._home.ledger
        if ledger.outbox:
            self._wake.set()
        fresh = [message for message in ledger.outbox if message.get("seq", 0) > self._seen]
        self._seen = ledger.numbered
        if any(message["type"] == "incident" for message in fresh):
            self._urgent.set()

    async def _send_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        await self._resume_change()
        every = float(self._bridge["heartbeat_s"])
        while self.state is not LinkState.REVOKED:
            self._wake.clear()
            due = loop.time() >= self._heartbeat_at
            if not due and not self._home.ledger.outbox:
                await self._wait(self._heartbeat_at - loop.time())
                continue
            wait = await self._send_once(with_heartbeat=due)
            if wait is None:
                if due:
                    self._heartbeat_at = loop.time() + every
                continue
            if wait > 0:
                await self._pause(wait)

    async def _resume_change(self) -> None:
        """A change of the key that was cut off goes on."""
        try:
            await self._home.commit(self._with_new_key)
        except NotStoredError as err:
            _LOGGER.warning("the change of the home's key waits: %s", err)

    async def _pause(self, seconds: float) -> None:
        """Waits before the next try, but an incident that is new since the last one is tried at once."""
        try:
            async with asyncio.timeout(seconds):
                await self._urgent.wait()
        except TimeoutError:
            return

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(seconds, 0.01)):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _send_once(self, *, with_heartbeat: bool) -> float | None:
        """Sends one batch. None when it went well, else the seconds to wait before the next try."""
        self._urgent.clear()
        waiting = self._home.ledger.outbox
        batch = self._batches.next(waiting)
        if with_heartbeat:
            batch = (*batch, self._heartbeat(len(waiting)))
        try:
            receipt = await self._client.send(
                self._keys.signing, self._bridge["home"], self._bridge["jwk"], batch
            )
            await self._keys.worked()
            await self._settle(receipt, batch)
        except RefusedError as err:
            return await self._refused(err, batch)
        except BadAnswerError as err:
            issues.tell(self._hass, self._home.entry, "bridge_untrusted", error=True, reason=str(err))
            return self._failed(str(err))
        except (BridgeError, NotStoredError) as err:
            return self._failed(str(err))
        self._worked()
        return None

    def _heartbeat(self, waiting: int) -> dict[str, Any]:
        seen = self._robots.seen()
        if self._home.last_activity is not None:
            seen["sensors"] = self._home.last_activity
        return heartbeat_message(self._robots.parts(), waiting, dt_util.utcnow(), seen=seen)

    async def _settle(self, receipt: Receipt, batch: tuple[Mapping[str, Any], ...]) -> None:
        """What the bridge has stored leaves the outbox, and the incidents in it count as delivered."""
        sent = {message["id"] for message in batch}
        settled = receipt.settled & sent
        refused = {key: reason for key, reason in receipt.refused.items() if key in sent}
        delivered = [
            message["incident"]["id"]
            for message in batch
            if message["type"] == "incident" and message["id"] in settled
        ]

        for message in batch:
            # Kept in the outbox: it is told once more, signed with the new key, is a duplicate, and the
            # bridge ends the old one. So nothing hangs on whether Home Assistant dies in between.
            if message["type"] != NEW_KEY:
                continue
            if message["id"] in settled and await self._keys.change_to(message["kid"]):
                settled -= {message["id"]}
                _LOGGER.info("the home has changed its key")
            elif message["id"] in refused:
                await self._keys.give_up(message["kid"])

        def crossed_off(ledger: Ledger, now: datetime) -> Ledger:
            ledger = ledger.settled(settled, refused)
            for incident in delivered:
                ledger = self._home.turned(ledger, Delivered(incident=incident), now)
            return ledger

        await self._home.commit(crossed_off)
        self._batches.went_well()
        if refused:
            reason = next(iter(refused.values()))
            issues.tell(
                self._hass, self._home.entry, "message_refused", reason=reason, count=str(len(refused))
            )

    async def _refused(self, err: RefusedError, batch: tuple[Mapping[str, Any], ...]) -> float:
        """What to do about a problem the bridge named; the seconds to wait before the next try."""
        first = self._failures == 0
        if self._keys.try_another(err.name):
            return 0.0
        if err.name == "held":
            issues.tell(self._hass, self._home.entry, "bridge_held", error=True)
            return self._failed(str(err))
        if err.name == "revoked":
            self._revoked()
            return 0.0
        if err.name == "too-many":
            self._failed(str(err))
            return min(err.wait or BACK_OFF_FIRST_S, BACK_OFF_MOST_S * 5)
        if err.name == "stale" and err.clock is not None:
            self._client.correct_clock(err.clock)
        elif err.name in {"too-large", "malformed"} and await self._cut(err, batch):
            return 0.0
        elif err.name != "replayed":
            issues.tell(self._hass, self._home.entry, "bridge_refuses", error=True, reason=str(err))
            first = False
        wait = self._failed(str(err))
        return 0.0 if first else wait

    async def _cut(self, err: RefusedError, batch: tuple[Mapping[str, Any], ...]) -> bool:
        """One bad message must not block the others: smaller batches find it, and it is set aside."""
        if self._batches.smaller(len(batch)):
            return True
        if batch[0]["type"] == "heartbeat":
            return False
        await self._settle(Receipt(frozenset(), {batch[0]["id"]: str(err)}), batch)
        return True

    def _revoked(self) -> None:
        self.state = LinkState.REVOKED
        self.last_error = "revoked"
        _LOGGER.error("the bridge has revoked this home; what waits is kept")
        issues.tell(
            self._hass,
            self._home.entry,
            "bridge_revoked",
            error=True,
            persistent=True,
            count=str(len(self._home.ledger.outbox)),
        )
        self._home.tell_listeners()

    def _failed(self, reason: str) -> float:
        """Notes a failure and says how long to wait: 1, 2, 4 … 60 s."""
        if self.state is LinkState.CONNECTED or self.last_error != reason:
            _LOGGER.warning("the bridge can't be reached, the outbox waits: %s", reason)
        self.last_error = reason
        if self.state is not LinkState.REVOKED:
            self.state = LinkState.DISCONNECTED
        self._home.tell_listeners()
        wait = min(BACK_OFF_FIRST_S * 2.0**self._failures, BACK_OFF_MOST_S)
        self._failures = min(self._failures + 1, 10)
        return wait

    def _worked(self) -> None:
        self.last_contact = dt_util.utcnow()
        if self.state is not LinkState.CONNECTED:
            _LOGGER.info("the bridge is reached")
            issues.clear(self._hass, self._home.entry, *REPAIRS)
        self.state = LinkState.CONNECTED
        self.last_error = None
        self._failures = 0
        self._home.tell_listeners()

    async def _listen_for_ever(self) -> None:
        wait = BACK_OFF_FIRST_S
        while self.state is not LinkState.REVOKED:
            try:
                async for event in self._client.listen(
                    self._keys.signing, self._bridge["home"], self._home.ledger.downlink
                ):
                    wait = BACK_OFF_FIRST_S
                    if event is not None:
                        await self._heard(event.data)
            except RefusedError as err:
                if err.name == "stale" and err.clock is not None:
                    self._client.correct_clock(err.clock)
                elif err.name == "revoked" and self._keys.ring.fresh is None:
                    self._revoked()
                _LOGGER.warning("the bridge refuses the stream: %s", err)
            except (CannotConnectError, NotStoredError) as err:
                _LOGGER.debug("the stream will be opened again: %s", err)
            self._heartbeat_at = 0.0  # is it the stream, or the bridge?
            self._wake.set()
            await asyncio.sleep(wait)
            wait = min(wait * 2, BACK_OFF_MOST_S)

    async def _heard(self, compact: str) -> None:
        """One message of the bridge: verified, then stored with its receipt, then acted upon."""
        try:
            downlink = read_downlink(compact, self._bridge["jwk"], self._bridge["home"])
        except BadAnswerError as err:
            _LOGGER.warning("a message of the stream was left out: %s", err)
            issues.tell(self._hass, self._home.entry, "bridge_untrusted", error=True, reason=str(err))
            return
        if downlink.says is None:
            _LOGGER.warning("the bridge sent a %s, which this version does not know", downlink.type)
        is_new = downlink.seq > self._home.ledger.downlink
        if is_new and downlink.says == RotateKey(self._keys.ring.current.kid):
            await self._keys.make_fresh()
        await self._home.commit(lambda ledger, now: self._worked_in(ledger, downlink, now))

    def _with_new_key(self, ledger: Ledger, now: datetime) -> Ledger:
        """The bridge is told the key that the home changes to, once."""
        ring = self._keys.ring
        if ring.fresh is None or any(message.get("kid") == ring.fresh.kid for message in ledger.outbox):
            return ledger
        return ledger.with_message(new_key_message(ring.current, ring.fresh, self._bridge["home"], now))

    def _worked_in(self, ledger: Ledger, downlink: Downlink, now: datetime) -> Ledger:
        if downlink.seq <= ledger.downlink:
            return ledger
        ledger = ledger.with_downlink(downlink.seq, now)
        match downlink.says:
            case BridgeStep() as step:
                return self._home.turned(ledger, step, now)
            case RotateKey(kid) if kid == self._keys.ring.current.kid:
                ledger = self._with_new_key(ledger, now)
            case RotateKey(kid):
                # It is a robot's; each knows its own.
                for robot in self._home.robots:
                    ledger = ledger.with_command(rotate_command(robot, kid, now, now + ROTATE_HOLDS))
            case CaseworkerWords(text):
                for robot in self._home.robots:
                    ledger = ledger.with_command(say_command(robot, now, now + WORDS_HOLD, text=text))
        return ledger
