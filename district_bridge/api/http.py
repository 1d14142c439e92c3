"""Just enough HTTP over ASGI for the wire: bodies read up to a limit, answers, problems."""

import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from district_bridge.wire.problems import MalformedError, ProblemError, TooLargeError

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_BYTES = 1024 * 1024


class DisconnectedError(Exception):
    """The client went away before its request was whole."""


def header(scope: Scope, name: bytes) -> str | None:
    """The request's header, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


async def read_body(scope: Scope, receive: Receive) -> str:
    """The body as text. A body over the limit is refused before it is read whole."""
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdecimal() and int(declared) > BODY_BYTES:
        raise TooLargeError(f"at most {BODY_BYTES} bytes a request")
    parts, size = [], 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise DisconnectedError
        part = event.get("body", b"")
        size += len(part)
        if size > BODY_BYTES:
            raise TooLargeError(f"at most {BODY_BYTES} bytes a request")
        parts.append(part)
        if not event.get("more_body"):
            break
    try:
        return b"".join(parts).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise MalformedError("the body is not a signed token (JWS compact form)") from error


async def answer(
    send: Send, status: int, content_type: str, body: str, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    """One whole answer."""
    raw = body.encode()
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(raw)).encode()),
        (b"cache-control", b"no-store"),
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw})


async def answer_problem(send: Send, problem: ProblemError) -> None:
    """A problem as RFC 9457 has it."""
    more = []
    if problem.retry_after_s is not None:
        more.append((b"retry-after", str(problem.retry_after_s).encode()))
    if problem.allow is not None:
        more.append((b"allow", problem.allow.encode()))
    if problem.status == TooLargeError.status:
        # What is left of the body is not read.
        more.append((b"connection", b"close"))
    body = json.dumps(problem.body(time.time()), ensure_ascii=False)
    await answer(send, problem.status, "application/problem+json", body, more)
