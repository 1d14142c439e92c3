"""A second device that signs with a home's key: noticed, held, and told to people (docs/decisions/0211)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from district_bridge.alerts import bulk
from district_bridge.alerts.life import Reporter
from district_bridge.alerts.models import Alert, State
from district_bridge.homes import keys as home_keys
from district_bridge.homes import senders
from district_bridge.homes.models import HomeKey

if TYPE_CHECKING:
    from datetime import datetime

    from district_bridge.intake.homes import Key
    from district_bridge.intake.reading import Batch

KOREAN = "두 기기가 이 집의 키를 쓰고 있습니다. 집에 확인하고 새 등록 코드로 진짜 기기를 다시 등록하세요."
ENGLISH = "Two devices use this home's key. Ask the home, and enrol the genuine one with a new code."


def judge(batch: Batch, key: Key, now: datetime) -> tuple[Key, bool]:
    """What is known of the key after this batch, and whether its sender is believed; the home is locked."""
    if key.revoked_at is not None:
        # Its device has gone on to a new key: an old copy of the home speaks, or somebody else.
        if key.use.held_at is None:
            key = replace(key, use=replace(key.use, held_at=now))
            _note(batch.kid, key.use)
            _tell(batch.home_id, now)
        return key, False
    word, use = senders.judge(key.use, batch.boot, now)
    if use != key.use:
        key = replace(key, use=use)
        _note(batch.kid, use)
        if word is senders.Word.SECOND:
            _tell(batch.home_id, now)
    if word in {senders.Word.HELD, senders.Word.SECOND}:
        return key, False
    if key.takes_over is not None:
        home_keys.took_over(batch.kid, key.takes_over, batch.home_id, now)
        key = replace(key, takes_over=None)
    return key, True


def _note(kid: str, use: senders.Use) -> None:
    HomeKey.objects.filter(kid=kid).update(
        boot=use.boot,
        boot_at=use.boot_at,
        past_boots="".join(f"{boot}\n" for boot in use.past),
        returned_boot=use.returned,
        held_at=use.held_at,
    )


def _tell(home_id: str, now: datetime) -> None:
    """An alert that somebody has to settle it; one is enough while it is open."""
    known = Alert.objects.filter(home_id=home_id, origin=Reporter.BRIDGE.value, from_copy=True)
    if known.exclude(state=State.CLOSED).exists():
        return
    bulk.open_own([bulk.about_a_device(home_id, KOREAN, ENGLISH, now, from_copy=True)], now)
