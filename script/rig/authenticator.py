"""The telephone that shows a caseworker's six digits."""

import base64
import secrets
import time

from django_otp.oath import TOTP

from rig.waiting import wait_for

STEP_S = 30


class Authenticator:
    """An authenticator app (RFC 6238) with one account."""

    def __init__(self) -> None:
        self.secret = base64.b32encode(secrets.token_bytes(20)).decode()
        self._last_step = -1

    def shows(self) -> str:
        """What it shows now."""
        return f"{TOTP(base64.b32decode(self.secret), step=STEP_S).token():06}"

    def fresh_code(self) -> str:
        """A code that was not used before: the bridge takes each one once."""
        wait_for("the next code", lambda: int(time.time()) // STEP_S > self._last_step, STEP_S + 5)
        self._last_step = int(time.time()) // STEP_S
        return self.shows()
