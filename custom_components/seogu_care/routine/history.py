"""The past as Home Assistant's recorder knows it, read in the recorder's own executor."""

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from .states import active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from homeassistant.core import HomeAssistant, State

_LOGGER = logging.getLogger(__name__)
History = list[tuple["datetime", str, bool]]


def recording_since(hass: HomeAssistant) -> datetime | None:
    """When the recorder began to record in this run of Home Assistant; None where there is no recorder."""
    if "recorder" not in hass.config.components:
        return None
    from homeassistant.helpers.recorder import get_instance  # noqa: PLC0415 - a home may have none

    return get_instance(hass).recorder_runs_manager.recording_start


async def recorded(hass: HomeAssistant, entities: Iterable[str], start: datetime, end: datetime) -> History:
    """The changes of the entities in between, in order of time; empty where there is no recorder."""
    if "recorder" not in hass.config.components:
        return []
    from homeassistant.components.recorder.history import state_changes_during_period  # noqa: PLC0415
    from homeassistant.helpers.recorder import get_instance  # noqa: PLC0415

    found: History = []
    for entity in entities:
        states = await get_instance(hass).async_add_executor_job(
            _states, hass, state_changes_during_period, entity, start, end
        )
        changes = await hass.async_add_executor_job(_changes, entity, states)
        found += changes
    return await hass.async_add_executor_job(_in_order, found)


def _states(
    hass: HomeAssistant,
    read: Callable[..., dict[str, list[State]]],
    entity: str,
    start: datetime,
    end: datetime,
) -> list[State]:
    rows = read(hass, start, end, entity, no_attributes=True, include_start_time_state=False)
    return rows.get(entity, [])


def _changes(entity: str, states: list[State]) -> History:
    """Changes between two states that say something; what appears or fails is no change."""
    changes: History = []
    for before, after in pairwise(states):
        was, now = active(before), active(after)
        if was is None or now is None or (was is now and before.state == after.state):
            continue
        changes.append((dt_util.as_local(after.last_changed), entity, now))
    return changes


def _in_order(history: History) -> History:
    return sorted(history, key=lambda each: each[0])
