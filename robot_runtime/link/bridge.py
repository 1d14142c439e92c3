"""The robot's own way to the bridge: used while it is alone, and until its outbox is empty."""

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from robot_runtime import times
from robot_runtime.errors import BridgeError
from robot_runtime.link import sse, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from robot_runtime.events import EventLog
    from robot_runtime.identity import OwnKeys
    from robot_runtime.link.messages import BridgeLink
    from robot_runtime.link.tokens import DownlinkMessage
    from robot_runtime.store import Store

_LOGGER = logging.getLogger(__name__)

BATCH_MESSAGES = 500
"""docs/protocol.md: at most so many messages a batch."""
NEW_KEY = "new_key"
PROOFS = "key_proofs"
PROOFS_KEPT = 10
ANSWER_S = 10.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
SILENT_STREAM_S = 45.0
"""The bridge sends a comment every 15 s; after three missed the stream is dead."""


class BridgeClient:
    """Sends the outbox in signed batches; only a verified receipt takes a message out of it."""

    def __init__(
        self,
        keys: OwnKeys,
        store: Store,
        log: EventLog,
        on_stored: Callable[[str], None],
        on_downlink: Callable[[DownlinkMessage], None],
    ) -> None:
        """``on_stored`` gets the incident id of each message the bridge has committed."""
        self._keys = keys
        # In memory alone: a copy of the robot does not know it, and the bridge notices that there are two.
        self._boot = str(uuid4())
        self._store = store
        self._log = log
        self._on_stored = on_stored
        self._on_downlink = on_downlink
        self._wake = asyncio.Event()
        self._listening = asyncio.Event()
        self._leaving = asyncio.Event()
        self._clock_off_s = 0.0
        self._batch_limit = BATCH_MESSAGES
        self._signed_anew = False
        self.link: BridgeLink | None = None
        self.on_new_key: Callable[[], None] = lambda: None
        """The robot's key has changed."""

    def use(self, link: BridgeLink | None) -> None:
        """The home told how to reach the bridge."""
        self.link = link
        if self._keys.fresh is not None:
            self._tell_new_key()
        self._wake.set()

    def rotate(self, kid: str) -> None:
        """The bridge wants a new key in the place of the one named ``kid``, if that is this robot's."""
        if self.link is not None and kid == self._keys.current.kid:
            self._keys.make_fresh()
            self._tell_new_key()
            self._wake.set()

    def _tell_new_key(self) -> None:
        """On the way to the bridge, once; and the old key's word for it is kept for the home."""
        old, fresh = self._keys.current, self._keys.fresh
        if fresh is None or self.link is None:
            return
        if any(each.get("kid") == fresh.kid for each in self._store.outbox(BATCH_MESSAGES)):
            return
        now = times.now().wall
        message = {"v": 1, "id": times.new_id(), "type": NEW_KEY, "at": times.stamp(now), "kid": fresh.kid}
        proof = tokens.new_key(old, fresh, self.link.home, self._iat())
        proofs = [each for each in self._store.fact(PROOFS) or [] if each["kid"] != fresh.kid]
        proofs.append({"kid": fresh.kid, "proof": tokens.next_key(old, fresh)})
        self._store.set_fact(PROOFS, proofs[-PROOFS_KEPT:])
        self._store.save([], [message | {"proof": proof}])

    def wake(self) -> None:
        """There is something in the outbox, or a reason to try again at once."""
        self._wake.set()

    def listen(self, *, on: bool) -> None:
        """Opens or leaves the downlink."""
        if on:
            self._leaving.clear()
            self._listening.set()
        else:
            self._listening.clear()
            self._leaving.set()

    async def run_outbox(self) -> None:
        """For ever: sends what is in the outbox, waits longer after each failure (1, 2, 4 … 60 s)."""
        wait_s = FIRST_WAIT_S
        async with httpx.AsyncClient(timeout=ANSWER_S) as http:
            while True:
                self._wake.clear()
                batch = self._store.outbox(self._batch_limit)
                if not batch or self.link is None:
                    wait_s = FIRST_WAIT_S
                    await self._wake.wait()
                    continue
                try:
                    pause_s = await self._send(http, self.link, batch)
                except (httpx.HTTPError, httpx.InvalidURL, BridgeError) as error:
                    _LOGGER.warning(
                        "Bridge %s: %s; trying again in %g s", self.link.url, _words(error), wait_s
                    )
                    self._log.add("bridge_error", reason=_words(error), retry_s=wait_s)
                    pause_s, wait_s = wait_s, min(wait_s * 2, LONGEST_WAIT_S)
                else:
                    wait_s = FIRST_WAIT_S
                await self._pause(pause_s)

    async def _pause(self, seconds: float) -> None:
        """Waits, but an emergency that comes meanwhile is tried at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _send(self, http: httpx.AsyncClient, link: BridgeLink, batch: list[dict[str, Any]]) -> float:
        """One try; returns how long to wait before the next."""
        body, jti = tokens.sign_batch(self._keys.signing, link.home, batch, self._iat(), self._boot)
        self._log.add("bridge_batch", messages=len(batch), incidents=_incidents(batch))
        answer = await http.post(
            f"{link.url}/api/v1/batch", content=body, headers={"Content-Type": "application/jwt"}
        )
        if answer.status_code == httpx.codes.OK:
            receipt = tokens.read_receipt(answer.text, link, jti)
            if self._keys.worked():
                self.on_new_key()
            self._take_receipt(receipt, batch)
            self._batch_limit = BATCH_MESSAGES
            self._signed_anew = False
            return 0.0
        return self._refused(answer)

    def _take_receipt(self, receipt: tokens.BridgeReceipt, batch: list[dict[str, Any]]) -> None:
        by_id = {each["id"]: each for each in batch}
        stored = [each for each in by_id if each in receipt.stored]
        if not stored and not set(by_id) & set(receipt.refused):
            raise BridgeError("the bridge's receipt names none of the messages that were sent")
        for told in [by_id[each] for each in stored if by_id[each]["type"] == NEW_KEY]:
            if self._keys.change_to(told["kid"]):
                # The message stays: it is told once more, signed with the new key, is a duplicate, and the
                # bridge ends the old one. So nothing hangs on whether the power goes in between.
                stored.remove(told["id"])
                self._log.add("key_changed", kid=told["kid"])
                self.on_new_key()
        self._store.delivered(stored)
        for message_id in by_id.keys() & receipt.refused.keys():
            if by_id[message_id]["type"] == NEW_KEY:
                self._keys.give_up(by_id[message_id]["kid"])
            self._store.set_aside(message_id, receipt.refused[message_id])
            _LOGGER.error("The bridge refuses message %s: %s", message_id, receipt.refused[message_id])
            self._log.add("bridge_refused", id=message_id, reason=receipt.refused[message_id])
        self._log.add("bridge_receipt", stored=len(stored))
        for incident_id in _incidents([by_id[message_id] for message_id in stored]):
            self._on_stored(incident_id)

    def _refused(self, answer: httpx.Response) -> float:
        """Reads a problem document; a stale clock, a replay and a large batch are tried again at once."""
        name, problem = _problem(answer)
        if name == "stale" and isinstance(problem.get("time"), (int, float)):
            off_s = float(problem["time"]) - times.now().wall.timestamp()
            if abs(off_s - self._clock_off_s) > 1.0:
                _LOGGER.warning(
                    "The robot's clock is %.0f s off the bridge's; signing with the bridge's", -off_s
                )
                self._log.add("clock_corrected", off_s=round(-off_s, 1))
                self._clock_off_s = off_s
                return 0.0
        if name == "replayed" and not self._signed_anew:
            self._signed_anew = True
            return 0.0
        if name == "too-large" and self._batch_limit > 1:
            self._batch_limit //= 2
            return 0.0
        if name == "too-many":
            return _retry_after(answer)
        if self._keys.try_another(name):
            return 0.0
        raise BridgeError(
            f"it answered {answer.status_code} {name}: {problem.get('detail') or 'no reason given'}"
        )

    async def run_downlink(self) -> None:
        """For ever: while asked to, listens and resumes after the last message that was seen."""
        wait_s = FIRST_WAIT_S
        timeout = httpx.Timeout(ANSWER_S, read=SILENT_STREAM_S)
        async with httpx.AsyncClient(timeout=timeout) as http:
            while True:
                await self._listening.wait()
                if self.link is None:
                    await asyncio.sleep(FIRST_WAIT_S)
                    continue
                stream = asyncio.create_task(self._stream(http, self.link))
                left = asyncio.create_task(self._until_told_to_leave())
                await asyncio.wait({stream, left}, return_when=asyncio.FIRST_COMPLETED)
                failed = await _ended(stream)
                await _ended(left)
                if failed is not None and self._listening.is_set():
                    _LOGGER.info("Downlink: %s; connecting again in %g s", _words(failed), wait_s)
                    await asyncio.sleep(wait_s)
                    wait_s = min(wait_s * 2, LONGEST_WAIT_S)
                else:
                    wait_s = FIRST_WAIT_S

    async def _until_told_to_leave(self) -> None:
        await self._leaving.wait()

    async def _stream(self, http: httpx.AsyncClient, link: BridgeLink) -> None:
        token = tokens.sign_listen(self._keys.signing, link.home, self._iat(), self._boot)
        headers = {
            "Authorization": f"Bearer {token}",
            "Last-Event-ID": str(self._store.fact("downlink") or 0),
            "Accept": "text/event-stream",
        }
        async with http.stream("GET", f"{link.url}/api/v1/downlink", headers=headers) as answer:
            if answer.status_code != httpx.codes.OK:
                await answer.aread()
                if self._refused(answer) > 0.0:
                    raise BridgeError("the bridge asks to wait")
                return
            self._log.add("downlink_open")
            async for event in sse.events(answer.aiter_lines()):
                self._take(event, link)
        raise BridgeError("the bridge ended the stream")

    def _take(self, event: sse.ServerEvent, link: BridgeLink) -> None:
        try:
            message = tokens.read_downlink(event.data, link)
        except BridgeError as error:
            _LOGGER.error("Downlink message %s is left out: %s", event.id, error)  # noqa: TRY400
            self._log.add("downlink_refused", seq=event.id, reason=str(error))
            return
        if message.seq > (self._store.fact("downlink") or 0):
            self._on_downlink(message)
            self._store.set_fact("downlink", message.seq)

    def _iat(self) -> int:
        return int(times.now().wall.timestamp() + self._clock_off_s)


def _incidents(batch: list[dict[str, Any]]) -> list[str]:
    return [each["incident"]["id"] for each in batch if each["type"] == "incident"]


async def _ended(task: asyncio.Task[None]) -> Exception | None:
    """Ends a task and returns what it failed of; a programmer's error is raised on."""
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return None
    except (httpx.HTTPError, httpx.InvalidURL, BridgeError) as error:
        return error
    return None


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _problem(answer: httpx.Response) -> tuple[str, dict[str, Any]]:
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict):
        problem = {}
    return str(problem.get("type", "")).removeprefix("urn:seogu:"), problem


def _retry_after(answer: httpx.Response) -> float:
    try:
        return min(max(float(answer.headers.get("Retry-After", "")), 0.1), LONGEST_WAIT_S)
    except ValueError:
        return FIRST_WAIT_S
