"""The calls a home makes to the bridge. No state but the clock's correction; errors say what to do."""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from homeassistant.util.hass_dict import HassKey

from . import messages
from .errors import BadAnswerError, CannotConnectError, NotABridgeError, RefusedError
from .keys import BadKeyError, PrivateKey, public_jwk
from .stream import Event, EventReader, TooLongError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from homeassistant.core import HomeAssistant

ANSWER_WITHIN_S = 10.0
STREAM_SILENT_S = 45.0
MOST_ANSWER_BYTES = 2 * 1024 * 1024
START: HassKey[str] = HassKey("seogu_care_start")


@dataclass(frozen=True, slots=True)
class BridgeInfo:
    """Who answers at an address."""

    name: str
    jwk: dict[str, str]


def name_of_start(hass: HomeAssistant) -> str:
    """The same for a household that is loaded anew. In memory alone: a copy of the home does not know it."""
    return hass.data.setdefault(START, str(uuid.uuid4()))


@dataclass(slots=True)
class BridgeClient:
    """Speaks to the bridge at `url` (without a slash at its end)."""

    session: aiohttp.ClientSession
    url: str
    clock_off: float = 0.0
    answer_within: float = field(default_factory=lambda: ANSWER_WITHIN_S)
    stream_silent: float = STREAM_SILENT_S
    boot: str = ""
    """The name of this start of Home Assistant (see `name_of_start`)."""

    def now(self) -> float:
        """The bridge's clock as far as it is known, seconds since 1970."""
        return time.time() + self.clock_off

    def correct_clock(self, bridge_time: float) -> None:
        """Signs from now on with the bridge's time."""
        self.clock_off = bridge_time - time.time()

    async def info(self) -> BridgeInfo:
        """Who the bridge is. Raises CannotConnectError or NotABridgeError."""
        status, body = await self._call("GET", "/api/v1/info")
        if status >= 500:  # noqa: PLR2004 - HTTP's own border
            raise CannotConnectError(f"the server answers with {status}")
        try:
            data = json.loads(body)
            if status != 200 or data["service"] != messages.BRIDGE or data["api"] != 1:  # noqa: PLR2004
                raise NotABridgeError("the address is not a Seogu Care bridge of this version")
            self.correct_clock(float(data["time"]))
            return BridgeInfo(str(data["name"]), public_jwk(data["jwk"]))
        except (ValueError, KeyError, TypeError, BadKeyError) as err:
            raise NotABridgeError("the address does not answer like a Seogu Care bridge") from err

    async def enrol(
        self, key: PrivateKey, code: str, software: str, bridge: Mapping[str, str]
    ) -> messages.Welcome:
        """Presents the home's key. Raises RefusedError with the bridge's reason, and BridgeError."""
        token = messages.enrol_jwt(key, code, software, self.now())
        answer = await self._post("/api/v1/enrol", token, 201)
        return messages.read_welcome(answer, bridge)

    async def send(
        self,
        key: PrivateKey,
        home: str,
        bridge: Mapping[str, str],
        batch: Sequence[Mapping[str, Any]],
    ) -> messages.Receipt:
        """Sends a batch and returns the bridge's verified receipt. Raises BridgeError."""
        token, jti = messages.batch_jwt(key, home, batch, self.now(), boot=self.boot)
        answer = await self._post("/api/v1/batch", token, 200)
        return messages.read_receipt(answer, bridge, home, jti)

    async def listen(self, key: PrivateKey, home: str, after: int) -> AsyncIterator[Event | None]:
        """The stream of events after `after`: None once it is open; BridgeError when it breaks."""
        headers = {
            "Authorization": f"Bearer {messages.listen_jwt(key, home, self.now(), boot=self.boot)}",
            "Last-Event-ID": str(after),
            "Accept": "text/event-stream",
        }
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self.answer_within, sock_read=self.stream_silent
        )
        reader = EventReader()
        try:
            async with self.session.get(
                f"{self.url}/api/v1/downlink", headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                if response.status != 200:  # noqa: PLR2004
                    raise _problem(response.status, response.headers, await _body(response))
                yield None
                async for chunk in response.content.iter_any():
                    for event in reader.feed(chunk):
                        yield event
        except (aiohttp.ClientError, TimeoutError, TooLongError, OSError) as err:
            raise CannotConnectError(f"the bridge's stream broke: {err or type(err).__name__}") from err
        raise CannotConnectError("the bridge ended the stream")

    async def _post(self, path: str, token: str, good: int) -> str:
        status, body = await self._call("POST", path, token)
        if status != good:
            raise BadAnswerError(f"the bridge answered with {status} instead of {good}")
        return body.decode("ascii", "replace").strip()

    async def _call(self, method: str, path: str, token: str | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/jwt"} if token is not None else {}
        try:
            async with (
                asyncio.timeout(self.answer_within),
                self.session.request(
                    method, f"{self.url}{path}", data=token, headers=headers, allow_redirects=False
                ) as response,
            ):
                body = await _body(response)
                if token is not None and response.status >= 400:  # noqa: PLR2004
                    raise _problem(response.status, response.headers, body)
                return response.status, body
        except TimeoutError as err:
            raise CannotConnectError(f"no answer within {self.answer_within:g} s") from err
        except (aiohttp.ClientError, OSError, ValueError) as err:
            raise CannotConnectError(str(err) or type(err).__name__) from err


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_ANSWER_BYTES:
            raise NotABridgeError("the answer is far longer than a bridge's")
    return bytes(body)


def _problem(
    status: int, headers: Mapping[str, str], body: bytes
) -> CannotConnectError | RefusedError | NotABridgeError:
    """The error that an answer stands for."""
    if status >= 500:  # noqa: PLR2004
        return CannotConnectError(f"the bridge is in trouble and answers with {status}")
    try:
        data = json.loads(body)
        name = str(data["type"]).removeprefix("urn:seogu:")
        detail = str(data.get("detail") or data.get("title") or "")
        clock = data.get("time")
    except ValueError, KeyError, TypeError, AttributeError:
        return CannotConnectError(f"the server answers with {status} and without a reason")
    try:
        wait = float(headers.get("Retry-After", ""))
    except ValueError:
        wait = None
    is_time = isinstance(clock, int | float) and not isinstance(clock, bool)
    return RefusedError(name, detail, clock=float(clock) if is_time else None, wait=wait)


def clean_url(text: str) -> str:
    """A bridge's address without path, query and trailing slash. Raises NotABridgeError."""
    text = text.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise NotABridgeError("a bridge's address looks like https://bridge.example")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
