"""One home's long-lived stream of signed messages; it resumes after the last one the home has seen."""

import asyncio
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
        while not gone.done() and not hub.is_stopping:
            if news.is_set():
                news.clear()
                try:
                    waiting = await threads.run(partial(_next, sender, seq))
                except ProblemError:
                    # The key was revoked: the next request is told so.
                    break
                for message in waiting:
                    await _write(send, event(message, signer))
                    seq = message.seq
                if waiting:
                    news.set()
                continue
            woken = asyncio.create_task(news.wait())
            await asyncio.wait({woken, gone}, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            if not woken.done():
                woken.cancel()
                await _write(send, ": keep-alive\n\n")
    if not gone.done():
        await send({"type": "http.response.body", "body": b""})


def _admit(compact: str, now: datetime) -> trust.Sender:
    sender, _claims = trust.identify(compact, "seogu-listen+jwt", now)
    with transaction.atomic():
        trust.use_token(sender, now)
    return sender


def _next(sender: trust.Sender, seq: int) -> list[DownlinkMessage]:
    valid_key(sender.kid)
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
