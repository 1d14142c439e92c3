"""A home proves itself for the first time: a single-use code and a key that it made itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from district_bridge.homes import codes
from district_bridge.homes.keys import end
from district_bridge.homes.models import EnrolmentCode, Home, HomeKey, KeyOwner, RevokedBecause
from district_bridge.supervision import plan, watch
from district_bridge.wire import keys, tokens
from district_bridge.wire.problems import (
    CodeExpiredError,
    CodeUnknownError,
    CodeUsedError,
    MalformedError,
)

if TYPE_CHECKING:
    from datetime import datetime

CODE_CHARACTERS = 40


@dataclass(frozen=True)
class Enrolled:
    """The home that the key now signs for."""

    home_id: str
    neighbourhood: str
    frailty: str = plan.Frailty.STANDARD


def enrol(compact: str, now: datetime) -> Enrolled:
    """Binds the key that signed the request to the code's home; the same again gives the same answer."""
    token = tokens.read(compact, "seogu-enrol+jwt")
    jwk = keys.read_jwk(token.header.get("jwk"))
    claims = tokens.verify(token, keys.public_key(jwk))
    tokens.check_time(claims, now.timestamp())
    tokens.jti(claims)
    code = claims.get("code")
    if not isinstance(code, str) or not 0 < len(code) <= CODE_CHARACTERS:
        raise MalformedError("the enrolment needs its code")
    with transaction.atomic():
        return _bind(code, jwk, _software(claims), now)


def _bind(code: str, jwk: dict[str, str], software: str, now: datetime) -> Enrolled:
    known = EnrolmentCode.objects.select_for_update().filter(digest=codes.digest(code)).first()
    if known is None:
        raise CodeUnknownError("check the code: the bridge has given out no such code")
    home = Home.objects.select_for_update().select_related("neighbourhood").get(pk=known.home_id)
    kid = keys.thumbprint(jwk)
    if known.used_by is not None and known.used_by.kid == kid and known.used_by.revoked_at is None:
        return _enrolled(home)
    if known.used_at is not None:
        raise CodeUsedError("another device has used this code; ask the district for a new one")
    if known.expires_at <= now:
        raise CodeExpiredError("ask the district for a new code")
    if HomeKey.objects.filter(kid=kid).exists():
        raise MalformedError("this key is already enrolled; make a new key for a new code")
    # A new device takes the place of the one before.
    end(home.keys.filter(owner=KeyOwner.HOME), "replaced by a new enrolment", RevokedBecause.REPLACED, now)
    key = HomeKey.objects.create(kid=kid, home=home, owner=KeyOwner.HOME, jwk=jwk, added_at=now)
    known.used_at, known.used_by = now, key
    known.save(update_fields=["used_at", "used_by"])
    home.software = software
    watch.spoke(home, KeyOwner.HOME, now)
    home.save()
    return _enrolled(home)


def _enrolled(home: Home) -> Enrolled:
    return Enrolled(home.id, home.neighbourhood.name, watch.frailty(home.id))


def _software(claims: dict[str, Any]) -> str:
    value = claims.get("software")
    return value[:40] if isinstance(value, str) and value.isprintable() else ""
