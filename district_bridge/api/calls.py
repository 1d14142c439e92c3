"""The wire's four calls as an ASGI application of its own, beside Django's.

It stands apart so that a body is limited while it is read, errors always come as problems, and what a home
sends never waits behind a page. See docs/decisions/0203.
"""

import json
import logging
import time
from collections import deque
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from district_bridge.api import openapi
from district_bridge.api.http import (
    DisconnectedError,
    Receive,
    Scope,
    Send,
    answer,
    answer_problem,
    header,
    read_body,
)
from district_bridge.api.stream import stream
from district_bridge.health.counters import receipted
from district_bridge.intake import enrolment
from district_bridge.intake.reception import Reception
from district_bridge.supervision import plan
from district_bridge.wire.problems import (
    BridgeFailureError,
    CodeUnknownError,
    MethodError,
    NotFoundError,
    ProblemError,
    TooManyError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from district_bridge.database import WireThreads
    from district_bridge.wire.tokens import Signer

type Call = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)
JWT = "application/jwt"
# Wrong enrolment codes from one address: enough for a mistyping installer, hopeless for a guesser.
WRONG_CODES = 10
WRONG_CODES_WINDOW_S = 60


@dataclass
class WrongCodes:
    """Remembers wrong enrolment codes by address, for a minute. Nothing else is ever limited."""

    times: dict[str, deque[float]] = field(default_factory=dict)

    def check(self, address: str, now_s: float) -> None:
        """Raises when this address has guessed too often."""
        self.times = {
            known: tries for known, tries in self.times.items() if tries[-1] > now_s - WRONG_CODES_WINDOW_S
        }
        tries = self.times.get(address, deque())
        recent = [tried for tried in tries if tried > now_s - WRONG_CODES_WINDOW_S]
        if len(recent) >= WRONG_CODES:
            wait = int(recent[0] + WRONG_CODES_WINDOW_S - now_s) + 1
            raise TooManyError("too many wrong codes from this address", retry_after_s=wait)

    def note(self, address: str, now_s: float) -> None:
        """Counts a wrong code."""
        self.times.setdefault(address, deque(maxlen=WRONG_CODES)).append(now_s)


class WireApi:
    """The calls under ``/api/v1/``."""

    def __init__(self, signer: Signer, threads: WireThreads) -> None:
        self._signer = signer
        self.reception = Reception(threads)
        self._threads = threads
        self._wrong_codes = WrongCodes()
        self._calls: dict[str, tuple[str, Call]] = {
            "/api/v1/info": ("GET", self._info),
            "/api/v1/openapi.json": ("GET", self._openapi),
            "/api/v1/enrol": ("POST", self._enrol),
            "/api/v1/batch": ("POST", self._batch),
            "/api/v1/downlink": ("GET", self._downlink),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; every failure becomes a problem, and ours are logged without what was sent."""
        try:
            await self._find(scope)(scope, receive, send)
        except DisconnectedError:
            return
        except ProblemError as problem:
            await answer_problem(send, problem)
        except DatabaseError:
            log.exception("the database did not take a request")
            await answer_problem(send, BridgeFailureError("the bridge's database is not ready; try again"))
        except Exception:
            log.exception("a request could not be answered")
            await answer_problem(send, BridgeFailureError("the bridge failed; its log says why. Try again"))

    def _find(self, scope: Scope) -> Call:
        method, call = self._calls.get(scope["path"], (None, None))
        if call is None:
            raise NotFoundError("see docs/protocol.md for the bridge's calls")
        if scope["method"] != method:
            raise MethodError(f"use {method}", allow=method)
        return call

    async def _info(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        body = {
            "service": "seogu-bridge",
            "api": 1,
            "version": version("seogu-care"),
            "name": settings.DEPLOYMENT.name,
            "jwk": self._signer.jwk,
            "time": time.time(),
        }
        await answer(send, 200, "application/json", json.dumps(body, ensure_ascii=False))

    async def _openapi(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, "application/json", json.dumps(openapi.document(), ensure_ascii=False))

    async def _enrol(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        self._wrong_codes.check(address, time.monotonic())
        compact = await read_body(scope, receive)
        now = timezone.now()
        try:
            enrolled = await self._threads.run(lambda: enrolment.enrol(compact, now))
        except CodeUnknownError:
            self._wrong_codes.note(address, time.monotonic())
            raise
        welcome = {
            "iss": "seogu-bridge",
            "aud": enrolled.home_id,
            "iat": int(time.time()),
            "home": enrolled.home_id,
            "neighbourhood": enrolled.neighbourhood,
            "heartbeat_s": plan.heartbeat_s(enrolled.frailty),
            "silence_limit_s": int(plan.silence_limit(enrolled.frailty).total_seconds()),
            "bridge_jwk": self._signer.jwk,
        }
        await answer(send, 201, JWT, self._signer.sign("seogu-welcome+jwt", welcome))

    async def _batch(self, scope: Scope, receive: Receive, send: Send) -> None:
        compact = await read_body(scope, receive)
        batch, receipt = await self.reception.take(compact)
        receipted(receipt)
        claims: dict[str, Any] = {
            "iss": "seogu-bridge",
            "aud": batch.home_id,
            "iat": int(time.time()),
            "jti": batch.jti,
            "stored": receipt.stored,
            "duplicate": receipt.duplicate,
            "refused": receipt.refused,
        }
        await answer(send, 200, JWT, self._signer.sign("seogu-receipt+jwt", claims))

    async def _downlink(self, scope: Scope, receive: Receive, send: Send) -> None:
        await stream(
            authorization=header(scope, b"authorization"),
            last_event_id=header(scope, b"last-event-id"),
            receive=receive,
            send=send,
            signer=self._signer,
            threads=self._threads,
        )
