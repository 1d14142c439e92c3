"""The picture of the days goes to the bridge only where it is switched on, and tells no names."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.util import dt as dt_util

from custom_components.seogu_care.care.routine.picture import in_zones

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from tests.seogu_care.bridge_double import BridgeDouble

LIVING, BATH = "binary_sensor.grandmas_salon_motion", "binary_sensor.bath_motion"


async def lived_in(hass: HomeAssistant, households: Any, bridge: BridgeDouble, *, share: bool) -> Any:
    for name in (LIVING, BATH):
        hass.states.async_set(name, "off", {"device_class": "motion"})
    household = await households(bridge, options={"sensors": [LIVING, BATH], "share_routine": share})
    routine = household.entry.runtime_data.routine
    await household.until(lambda: routine.keeper is not None, "the routine")
    begin = dt_util.now() - timedelta(days=9)
    history = [
        (begin + timedelta(hours=hour, minutes=hour * 37 % 29 + after + late), name, late == 0)
        for hour in range(9 * 24)
        for name, after in ((LIVING, 0), (BATH, 17))
        for late in (0, 1)
    ]
    routine.keeper.learn(sorted(history, key=lambda each: each[0]))
    return household


async def test_days_past_reach_the_bridge_by_the_use_of_rooms(
    hass: HomeAssistant, households: Any, bridge: BridgeDouble
) -> None:
    household = await lived_in(hass, households, bridge, share=True)
    sharing = household.entry.runtime_data.sharing

    def sent() -> list[Any]:
        return [m for m in bridge.stored.values() if m["type"] == "routine"]

    await sharing.send(dt_util.utcnow())
    await household.until(sent, "the days")
    days = sent()[0]["days"]
    today = dt_util.now().date().isoformat()
    assert 8 <= len(days) <= 9
    assert all(day["date"] < today for day in days)
    assert all(re.fullmatch(r"[BSKELO.~]{96}", day["rooms"]) for day in days)
    assert all(re.fullmatch(r"[0-9]{96}", day["lively"]) for day in days)
    assert {"B"} <= set("".join(day["rooms"] for day in days))
    assert "salon" not in json.dumps(sent())
    await sharing.send(dt_util.utcnow())
    await household.until(lambda: len(sent()) == 2, "the second night")
    assert len(sent()[1]["days"]) == 7


async def test_nothing_is_sent_where_the_family_has_not_switched_it_on(
    hass: HomeAssistant, households: Any, bridge: BridgeDouble
) -> None:
    household = await lived_in(hass, households, bridge, share=False)
    assert household.entry.runtime_data.sharing._end is None


def test_rooms_become_their_uses() -> None:
    assert in_zones("AB.~Z", ["거실", "화장실"], {"거실": "living", "화장실": "bathroom"}) == "LB.~O"
    assert in_zones("AB", ["거실", "다락"], {"거실": "living"}) == "LO"
