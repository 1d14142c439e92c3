"""Falls that the home notices by itself, without a wearable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.util import dt as dt_util

from custom_components.seogu_care.care import fields
from custom_components.seogu_care.care.fall_signs import FallSigns, Suspicion
from tests.seogu_care.conftest import contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def waited(signs: FallSigns, minutes: int, *, since: datetime = AT, at_home: bool = True) -> Suspicion | None:
    for step in range(1, 2 * minutes + 1):
        if (found := signs.tick(since + step * 30 * SECOND, at_home=at_home)) is not None:
            return found
    return None


def falls_in_the_bathroom(signs: FallSigns) -> None:
    signs.motion(AT - 5 * SECOND, "bathroom")
    signs.thud(AT, "shelf", "bathroom")


def falls_in_the_corridor_with_a_cry(signs: FallSigns) -> None:
    signs.motion(AT - 5 * SECOND, "entrance")
    signs.cry(AT, 0.9)
    signs.thud(AT + SECOND, "floor", "entrance")


def cries_in_the_bathroom(signs: FallSigns) -> None:
    signs.motion(AT - 5 * SECOND, "bathroom")
    signs.cry(AT, 0.8)


def lies_on_the_mat(signs: FallSigns) -> None:
    signs.motion(AT - 2 * SECOND, "entrance")
    signs.floor(AT, "mat", "entrance", pressed=True)


def falls_before_the_radar(signs: FallSigns) -> None:
    signs.motion(AT, "living")
    signs.presence("radar", "living", present=True)
    signs.thud(AT + 5 * SECOND, "cupboard", "living")


@pytest.mark.parametrize(
    ("fall", "within"),
    [
        (falls_in_the_bathroom, 5),
        (falls_in_the_corridor_with_a_cry, 1),
        (cries_in_the_bathroom, 10),
        (lies_on_the_mat, 5),
        (falls_before_the_radar, 6),
    ],
)
def test_fall_is_suspected_within_minutes(fall: Callable[[FallSigns], None], within: int) -> None:
    signs = FallSigns()
    fall(signs)
    found = waited(signs, within)
    assert found is not None
    assert 0.5 <= found.score < 1.0
    assert waited(signs, 60, since=AT + within * MINUTE) is None  # once


def test_motion_elsewhere_after_a_thud_is_somebody_who_walks() -> None:
    signs = FallSigns()
    falls_in_the_bathroom(signs)
    signs.motion(AT + 60 * SECOND, "kitchen")
    assert waited(signs, 30) is None


def test_stillness_in_a_bathroom_alone_is_the_routines_business() -> None:
    signs = FallSigns()
    signs.motion(AT, "bathroom")
    signs.presence("radar", "bathroom", present=True)
    assert waited(signs, 120) is None


def test_moan_alone_is_no_fall() -> None:
    signs = FallSigns()
    signs.motion(AT - 10 * MINUTE, "living")
    signs.cry(AT, 1.0)
    assert waited(signs, 30) is None


def test_scream_of_a_television_before_somebody_who_sits_still_is_no_fall() -> None:
    signs = FallSigns()
    signs.motion(AT - MINUTE, "living")
    signs.presence("radar", "living", present=True)
    signs.cry(AT, 1.0)
    assert waited(signs, 30) is None


def test_cry_that_comes_late_counts_for_nothing_where_somebody_has_walked_since() -> None:
    signs = FallSigns()
    signs.motion(AT + MINUTE, "bathroom")
    signs.cry(AT, 1.0)
    assert waited(signs, 30) is None


def test_steps_over_the_mat_are_no_fall() -> None:
    signs = FallSigns()
    for walk in range(20):
        now = AT + walk * 10 * MINUTE
        signs.motion(now, "entrance")
        signs.floor(now, "mat", "entrance", pressed=True)
        signs.floor(now + 4 * SECOND, "mat", "entrance", pressed=False)
        assert waited(signs, 9, since=now) is None


def test_drawer_that_bangs_all_day_counts_for_less() -> None:
    signs = FallSigns()
    for day in range(7):
        for bang in range(12):
            signs.thud(AT - timedelta(days=day, hours=bang), "drawer", "kitchen")
    signs.motion(AT, "kitchen")
    signs.thud(AT + SECOND, "drawer", "kitchen")
    assert waited(signs, 30) is None


def test_nothing_is_suspected_of_an_empty_home() -> None:
    signs = FallSigns()
    falls_in_the_bathroom(signs)
    assert waited(signs, 30, at_home=False) is None


async def test_home_asks_after_a_thud_and_silence_in_the_bathroom(
    hass: HomeAssistant, households: Any
) -> None:
    motion, thud = "binary_sensor.bathroom_motion", "binary_sensor.bathroom_vibration"
    for name, kind in ((motion, "motion"), (thud, "vibration")):
        hass.states.async_set(name, "off", {"device_class": kind})
    household = await households(options={"sensors": [motion, thud]})
    watch = household.entry.runtime_data.falls
    for name, kind in ((motion, "motion"), (thud, "vibration")):
        hass.states.async_set(name, "on", {"device_class": kind})
        await household.settle()
    await watch.look(dt_util.utcnow() + MINUTE)
    assert household.commands("ask") == []
    await watch.look(dt_util.utcnow() + 5 * MINUTE)
    await household.until(lambda: household.commands("ask"), "the question")
    (incident,) = household.home.household.open
    assert (incident.kind, incident.state) == ("fall", "checking")
    assert {piece.name for piece in incident.evidence} >= {"thud", "stopped_in", "fall_score", "zone"}


async def test_cry_that_the_robot_heard_is_asked_about_where_the_last_motion_was_in_the_bathroom(
    hass: HomeAssistant, households: Any
) -> None:
    motion = "binary_sensor.bathroom_motion"
    hass.states.async_set(motion, "off", {"device_class": "motion"})
    household = await households(options={"sensors": [motion]})
    watch = household.entry.runtime_data.falls
    hass.states.async_set(motion, "on", {"device_class": "motion"})
    await household.settle()
    cry = contract("mqtt/sign_cry") | {"at": fields.written(dt_util.utcnow())}
    await household.robot("sign", cry)
    await household.until(lambda: cry["id"] in household.receipts(), "the receipt")
    assert household.home.household.open == ()
    await household.robot("sign", cry)  # once more, as after a lost receipt
    await watch.look(dt_util.utcnow() + 10 * MINUTE)
    await household.until(lambda: household.commands("ask"), "the question")
    (incident,) = household.home.household.open
    assert (incident.kind, incident.state) == ("fall", "checking")
    assert {piece.name for piece in incident.evidence} >= {"cry", "stopped_in", "still"}


async def test_who_lies_on_the_mat_when_home_assistant_restarts_is_found(
    hass: HomeAssistant, households: Any
) -> None:
    motion, mat = "binary_sensor.living_motion", "binary_sensor.mat"
    hass.states.async_set(motion, "off", {"device_class": "motion"})
    hass.states.async_set(mat, "on", {"device_class": "occupancy"})
    household = await households(options={"sensors": [motion], "floor": [mat]})
    await household.entry.runtime_data.falls.look(dt_util.utcnow() + 10 * MINUTE)
    await household.until(lambda: household.commands("ask"), "the question")
