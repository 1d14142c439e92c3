"""A home enrols with a bridge: the key is stored before it is presented, so that no answer can be lost."""

from typing import TYPE_CHECKING, Any

from homeassistant.helpers.aiohttp_client import async_get_clientsession

from custom_components.seogu_care.const import CONF_BRIDGE_CODE, CONF_BRIDGE_URL, VERSION
from custom_components.seogu_care.storage import KeyStore

from .client import BridgeClient, clean_url
from .errors import BadAnswerError, CannotConnectError, NotABridgeError, RefusedError
from .keys import PrivateKey
from .own_keys import KeyRing

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

CODE_REASONS = {
    "code-unknown": "code_unknown",
    "code-used": "code_used",
    "code-expired": "code_expired",
}


class EnrolmentError(Exception):
    """``field`` is the form's field that is wrong, ``reason`` the key of the message a person sees."""

    def __init__(self, field: str, reason: str, detail: str) -> None:
        """`detail` goes to the log."""
        super().__init__(f"{reason} ({detail})")
        self.field = field
        self.reason = reason


async def enrol(hass: HomeAssistant, key_id: str, url: str, code: str) -> dict[str, Any]:
    """Tests the address and the code and returns what the config entry keeps. Raises EnrolmentError."""
    code = code.strip().upper()
    try:
        url = clean_url(url)
    except (NotABridgeError, ValueError) as err:
        raise EnrolmentError(CONF_BRIDGE_URL, "url_invalid", str(err)) from err
    if not code:
        raise EnrolmentError(CONF_BRIDGE_CODE, "code_missing", "no code was given")
    store = KeyStore(hass, key_id)
    ring = await store.load()
    if ring is None:
        ring = KeyRing(PrivateKey.make())
        await store.save(ring)
    key = ring.current
    client = BridgeClient(async_get_clientsession(hass), url)
    try:
        info = await client.info()
        welcome = await _presented(client, key, code, info.jwk)
    except CannotConnectError as err:
        raise EnrolmentError(CONF_BRIDGE_URL, "cannot_connect", str(err)) from err
    except (NotABridgeError, BadAnswerError) as err:
        raise EnrolmentError(CONF_BRIDGE_URL, "not_a_bridge", str(err)) from err
    except RefusedError as err:
        reason = CODE_REASONS.get(err.name)
        if reason is None:
            raise EnrolmentError("base", "refused", str(err)) from err
        raise EnrolmentError(CONF_BRIDGE_CODE, reason, str(err)) from err
    return {
        "url": url,
        "name": info.name,
        "home": welcome.home,
        "neighbourhood": welcome.neighbourhood,
        "heartbeat_s": welcome.heartbeat_s,
        "jwk": welcome.bridge_jwk,
    }


async def _presented(client: BridgeClient, key: PrivateKey, code: str, jwk: dict[str, str]) -> Any:
    """Once more with the bridge's clock if ours is off."""
    try:
        return await client.enrol(key, code, VERSION, jwk)
    except RefusedError as err:
        if err.name != "stale" or err.clock is None:
            raise
        client.correct_clock(err.clock)
        return await client.enrol(key, code, VERSION, jwk)
