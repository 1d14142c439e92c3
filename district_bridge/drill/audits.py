"""The continuous audit: counted every few minutes, kept, and shouted about when the sums differ."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from district_bridge.drill.alarm import raise_alarm
from district_bridge.drill.models import AuditRun
from district_bridge.intake.audit import Audit, audit

if TYPE_CHECKING:
    from datetime import datetime

# A lost alert must be found while somebody can still go there; the audit reads every alert once.
EVERY = timedelta(minutes=5)
KEPT = timedelta(days=30)
KOREAN = "접수된 알림과 처리된 알림의 수가 맞지 않습니다. 관리자에게 바로 알려 주세요."
ENGLISH = "What came in and what became of it do not add up. Tell the administrator now."


def run_audit(now: datetime) -> AuditRun:
    """Audits once, keeps the sums, and raises the bridge's own alarm when they differ."""
    began = time.perf_counter()
    found = audit()
    took_ms = int((time.perf_counter() - began) * 1000)
    run = AuditRun.objects.create(
        at=now,
        received=found.received,
        open=found.open,
        closed=found.closed,
        merged=found.merged,
        differences=found.differences,
        took_ms=took_ms,
    )
    if not found.holds:
        raise_alarm(KOREAN, ENGLISH, _facts(found), now)
    AuditRun.objects.filter(at__lt=now - KEPT).delete()
    return run


def last() -> AuditRun | None:
    """The newest audit."""
    return AuditRun.objects.order_by("-id").first()


def _facts(found: Audit) -> list[str]:

    sums = f"received {found.received}, open {found.open}, closed {found.closed}, merged {found.merged}"
    return [sums, *found.differences]
