"""One home's long-lived stream of signed messages; it resumes after the last one the home has seen."""

import asyncio
import math
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from district_bridge.downlink import post
from district_bridge.homes import trust
from district_bridge.homes.keys import valid_key
from district_bridge.live import home_topic, hub
from district_bridge.wire.problems import BadSignatureError, MalformedError, ProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.api.http import Receive, Send
    from district_bridge.database import WireThreads
    from district_bridge.downlink.models import DownlinkMessage
    from district_bridge.wire.tokens import Signer

KEEP_ALIVE_S = 15
LARGEST_SEQ = 2**31 - 1


async def stream(
    *,
    authorization: str | None,
    last_event_id: str | None,
    receive: Receive,
    send: Send,
    signer: Signer,
    threads: WireThreads,
) -> None:
    """Answers a listen request; ends when the home goes away, its key is revoked, or the server stops."""
    if authorization is None or not authorization.startswith("Bearer "):
        raise BadSignatureError("the downlink needs a listen token (Authorization: Bearer …)")
    compact = authorization.removeprefix("Bearer ").strip()
    seq = _seq(last_event_id)
    now = timezone.now()
    sender = await threads.run(lambda: _admit(compact, now))
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _write(send, ": hello\n\n")
    gone = asyncio.create_task(_until_gone(receive))
    try:
        await _follow(sender, seq, gone, send, signer, threads)
    finally:
        gone.cancel()


async def _follow(
    sender: trust.Sender,
    seq: int,
    gone: asyncio.Task[None],
    send: Send,
    signer: Signer,
    threads: WireThreads,
) -> None:
    with hub.listen(home_topic(sender.home_id)) as news:
        news.set()
        held_s = math.inf
        while not gone.done() and not hub.is_stopping:
            if news.is_set():
                news.clear()
                try:
                    found = await threads.run(partial(_next, sender, seq))
                except ProblemError:
                    # The key was revoked: the next request is told so.
                    break
                for message in found.messages:
                    await _write(send, event(message, signer))
                    seq = message.seq
                if found.messages:
                    news.set()
                held_s = _until(found.held_until)
                continue
            woken = asyncio.create_task(news.wait())
            wait_s = min(KEEP_ALIVE_S, held_s)
            await asyncio.wait({woken, gone}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if not woken.done():
                woken.cancel()
                await _write(send, ": keep-alive\n\n")
                if held_s < math.inf:
                    news.set()
    if not gone.done():
        await send({"type": "http.response.body", "body": b""})


def _admit(compact: str, now: datetime) -> trust.Sender:
    sender, _claims = trust.identify(compact, "seogu-listen+jwt", now)
    with transaction.atomic():
        trust.use_token(sender, now)
    return sender


def _until(held: datetime | None) -> float:
    """Seconds until a message that is held back may go, and a little more; for ever when there is none."""
    return math.inf if held is None else max(0.0, (held - timezone.now()).total_seconds()) + 0.01


def _next(sender: trust.Sender, seq: int) -> post.Next:
    valid_key(sender.kid, sender.boot)
    return post.kept_after(sender.home_id, seq, timezone.now())


def event(message: DownlinkMessage, signer: Signer) -> str:
    """The message as one server-sent event, signed when it is sent."""
    claims = {
        "iss": "seogu-bridge",
        "aud": message.home_id,
        "iat": int(message.created_at.timestamp()),
        "seq": message.seq,
        "message": message.message,
    }
    return f"id: {message.seq}\nevent: message\ndata: {signer.sign('seogu-downlink+jwt', claims)}\n\n"


def _seq(last_event_id: str | None) -> int:
    if last_event_id is None or not last_event_id.strip():
        return 0
    text = last_event_id.strip()
    if not (text.isascii() and text.isdecimal()) or int(text[:11]) > LARGEST_SEQ:
        raise MalformedError("Last-Event-ID must be the number of the last message seen")
    return int(text[:11])


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
