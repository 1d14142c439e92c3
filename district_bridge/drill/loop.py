"""The bridge watches itself for as long as it serves. Of many processes one is on duty."""

import asyncio
import logging
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from district_bridge.drill import audits, fire
from district_bridge.drill.alarm import raise_alarm

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    import httpx

    from district_bridge.database import WireThreads
    from district_bridge.processes.duty import Post

log = logging.getLogger(__name__)
DUTY = "drill"
# The duty's lease is renewed in between.
LOOK_S = 2.0
# One lost drill is a lost packet; three are three minutes in which no home may have been heard.
FAILURES = 3
KOREAN = "점검용 알림이 브리지에 도착하지 못했습니다. 관리자에게 바로 알려 주세요."
ENGLISH = "The bridge's own drill alerts do not come through. Tell the administrator now."


async def watch_itself(threads: WireThreads, post: Post) -> None:
    """Audits and fires drills until cancelled. The first ones come after a whole pause, not at the start."""
    drill_at = time.monotonic() + settings.DRILL_S
    audit_at = time.monotonic() + audits.EVERY.total_seconds()
    async with _client() as http:
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if not await threads.run(post.take):
                    continue
                if time.monotonic() >= audit_at:
                    audit_at = time.monotonic() + audits.EVERY.total_seconds()
                    await threads.run(lambda: audits.run_audit(timezone.now()))
                if http and settings.DRILL_URL and time.monotonic() >= drill_at:
                    drill_at = time.monotonic() + settings.DRILL_S
                    await _drill(http, threads)
            except Exception:
                log.exception("the bridge could not watch itself; it tries again")


def _client() -> AbstractAsyncContextManager[httpx.AsyncClient | None]:
    """What drills are fired with; nothing where there are none."""
    if not settings.DRILL_S:
        return nullcontext()
    import httpx  # noqa: PLC0415 - takes a third of a second to load, and not everybody fires drills

    return httpx.AsyncClient(timeout=fire.ANSWER_S, trust_env=False)


async def _drill(http: httpx.AsyncClient, threads: WireThreads) -> None:
    rig = await threads.run(lambda: fire.prepare(settings.DRILL_URL, timezone.now()))
    run = await fire.drill(http, rig, threads)
    if not run.failure:
        return
    log.error("a drill alert did not come through: %s", run.failure)
    if await threads.run(fire.failures_in_a_row) == FAILURES:
        await threads.run(lambda: raise_alarm(KOREAN, ENGLISH, [run.failure], timezone.now()))
