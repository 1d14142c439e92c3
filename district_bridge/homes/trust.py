"""Who signed a token, whether it is to be trusted now, and that it is used only once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from district_bridge.homes.keys import valid_key
from district_bridge.homes.models import HomeKey, UsedToken
from district_bridge.wire import keys, tokens
from district_bridge.wire.problems import ReplayedError, UnknownKeyError


@dataclass(frozen=True)
class Sender:
    """Who signed, and with which token."""

    home_id: str
    kid: str
    owner: str
    jti: str
    boot: str = ""


def identify(compact: str, typ: str, now: datetime) -> tuple[Sender, dict[str, Any]]:
    """Who sent this token, and its claims; raises the problem when it is not to be trusted."""
    token = tokens.read(compact, typ)
    known = HomeKey.objects.filter(kid=token.kid).first()
    if known is None:
        raise UnknownKeyError("no home was enrolled with this key")
    claims = tokens.verify(token, keys.public_key(known.jwk))
    boot = tokens.boot(claims)
    key = valid_key(token.kid, boot)
    if claims.get("iss") != key.home_id:
        raise UnknownKeyError("the key belongs to another home than the one named in iss")
    tokens.check_time(claims, now.timestamp())
    return Sender(key.home_id, key.kid, key.owner, tokens.jti(claims), boot), claims


def use_token(sender: Sender, now: datetime) -> None:
    """Remembers the token within the caller's transaction; raises when it was used before."""
    expires_at = now + timedelta(seconds=2 * tokens.WINDOW_S)
    try:
        with transaction.atomic():
            UsedToken.objects.create(kid=sender.kid, jti=sender.jti, expires_at=expires_at)
    except IntegrityError as error:
        raise ReplayedError("this token was used before; sign anew and send again") from error


def forget_tokens(now: datetime) -> None:
    """Drops token ids that no longer need to be remembered."""
    UsedToken.objects.filter(expires_at__lt=now).delete()
