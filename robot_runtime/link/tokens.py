"""The signed envelopes between robot and bridge: JWS compact, EdDSA with Ed25519 (docs/protocol.md)."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from robot_runtime import times
from robot_runtime.errors import BridgeError

if TYPE_CHECKING:
    from robot_runtime.identity import Identity
    from robot_runtime.link.messages import BridgeLink

BRIDGE = "seogu-bridge"


@dataclass(frozen=True, slots=True)
class BridgeReceipt:
    """What the bridge has committed."""

    stored: frozenset[str]
    refused: dict[str, str]


@dataclass(frozen=True, slots=True)
class DownlinkMessage:
    """One message from the bridge."""

    seq: int
    message: dict[str, Any]


def sign_batch(
    me: Identity, home: str, batch: list[dict[str, Any]], iat: int, boot: str = ""
) -> tuple[str, str]:
    """A batch JWT and its ``jti``, new for each try; ``boot`` names this start of the program."""
    jti = times.new_id()
    claims = {"iss": home, "aud": BRIDGE, "iat": iat, "jti": jti, "messages": batch}
    return _sign(me, "seogu-batch+jwt", claims | _boot(boot)), jti


def sign_listen(me: Identity, home: str, iat: int, boot: str = "") -> str:
    """The JWT that opens the downlink."""
    claims = {"iss": home, "aud": BRIDGE, "iat": iat, "jti": times.new_id()}
    return _sign(me, "seogu-listen+jwt", claims | _boot(boot))


def new_key(old: Identity, fresh: Identity, home: str, iat: int) -> str:
    """The new key's word, to the bridge, that it takes the place of the old one."""
    claims = {"iss": home, "aud": BRIDGE, "iat": iat, "replaces": old.kid}
    return jwt.encode(
        claims, fresh.key, algorithm="EdDSA", headers={"typ": "seogu-key+jwt", "jwk": fresh.jwk}
    )


def next_key(old: Identity, fresh: Identity) -> str:
    """The old key's word, to the home, for the new one."""
    return _sign(old, "seogu-next-key+jwt", {"jwk": fresh.jwk})


def _boot(boot: str) -> dict[str, str]:
    return {"boot": boot} if boot else {}


def read_receipt(compact: str, link: BridgeLink, jti: str) -> BridgeReceipt:
    """Checks signature, audience and ``jti``; raises ``BridgeError`` when it is no receipt for this batch."""
    claims = _verify(compact, link, "seogu-receipt+jwt")
    if claims.get("jti") != jti:
        raise BridgeError("the bridge's answer is the receipt of another batch")
    try:
        stored = frozenset(map(str, [*claims["stored"], *claims["duplicate"]]))
        refused = {str(each["id"]): str(each.get("reason")) for each in claims["refused"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise BridgeError(f"the bridge's receipt lacks what it must hold: {error!r}") from error
    return BridgeReceipt(stored, refused)


def read_downlink(compact: str, link: BridgeLink) -> DownlinkMessage:
    """Checks signature and audience; raises ``BridgeError`` for anything else."""
    claims = _verify(compact, link, "seogu-downlink+jwt")
    seq, message = claims.get("seq"), claims.get("message")
    if isinstance(seq, bool) or not isinstance(seq, int) or not isinstance(message, dict):
        raise BridgeError("a downlink message lacks its seq or its message")
    return DownlinkMessage(seq, message)


def _sign(me: Identity, typ: str, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, me.key, algorithm="EdDSA", headers={"typ": typ, "kid": me.kid})


def _verify(compact: str, link: BridgeLink, typ: str) -> dict[str, Any]:
    try:
        key = Ed25519PublicKey.from_public_bytes(_unbase64(link.bridge_jwk["x"]))
        decoded = jwt.decode_complete(
            compact.strip(),
            key,
            algorithms=["EdDSA"],
            audience=link.home,
            issuer=BRIDGE,
            options={
                "verify_iat": False,
                "verify_exp": False,
                "verify_nbf": False,
                "require": ["iss", "aud"],
            },
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise BridgeError(f"the answer is not signed by this home's bridge: {error}") from error
    if decoded["header"].get("typ") != typ:
        raise BridgeError(f"the answer is a {decoded['header'].get('typ')!r}, not a {typ}")
    payload: dict[str, Any] = decoded["payload"]
    return payload


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
