"""What a robot tells of itself on the home's network (zeroconf), read as strictly as its hello."""

from typing import TYPE_CHECKING, Any

from custom_components.seogu_care.bridge.keys import BadKeyError, public_jwk
from custom_components.seogu_care.care import fields

from .messages import ROBOT_ID, Hello, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_announced(properties: Mapping[str, Any]) -> Hello:
    """The TXT record's ``id``, ``name``, ``key`` (of its JWK the ``x``), ``software``, ``language``, ``can``.

    It is no more proof than a hello on MQTT: a person has to confirm it. Raises UnreadableError.
    """
    try:
        robot = fields.text(properties, "id", 64)
        if not ROBOT_ID.fullmatch(robot):
            raise fields.MalformedError("id must be 3 to 64 of a-z, 0-9, - and _")  # noqa: TRY301 - one place tells
        return Hello(
            robot=robot,
            boot="",
            name=fields.text(properties, "name", 60),
            software=fields.text(properties, "software", 40),
            language=fields.text(properties, "language", 20),
            jwk=public_jwk({"kty": "OKP", "crv": "Ed25519", "x": properties.get("key")}),
            can=tuple((fields.optional_text(properties, "can") or "").split()),
        )
    except (fields.MalformedError, BadKeyError) as err:
        raise UnreadableError(str(err), None) from err
