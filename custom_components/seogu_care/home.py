"""The household as it runs in Home Assistant: every change is stored first, then done."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from . import issues
from .care import policy
from .care.signs import Cry
from .care.turn import Setting
from .const import CONF_BRIDGE, CONF_LISTEN, CONF_ROBOTS, EVENT_INCIDENT, SUBENTRY_RESIDENT
from .storage import Journal, NotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.config_entries import ConfigEntry

    from .care.effects import Effect
    from .care.household import Household
    from .care.incident import Incident
    from .care.signs import Input
    from .ledger import Announcement, Ledger

_LOGGER = logging.getLogger(__name__)


class Home:
    """Takes inputs, commits what the core makes of them, and tells everybody who waits for it."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry[Any], journal: Journal, ledger: Ledger
    ) -> None:
        """`ledger` is what was found on disk."""
        self.hass = hass
        self.entry = entry
        self.last_activity: datetime | None = None
        self._journal = journal
        self._ledger = ledger
        self._unsaved = True  # both copies are made whole at the start
        self._lock = asyncio.Lock()
        self._listeners: set[CALLBACK_TYPE] = set()
        self._announced: set[Callable[[Announcement], None]] = set()
        self._cry_listeners: set[Callable[[Cry], None]] = set()
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._announcing: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def ledger(self) -> Ledger:
        """What is stored, or about to be."""
        return self._ledger

    @property
    def household(self) -> Household:
        """The incidents."""
        return self._ledger.household

    @property
    def setting(self) -> Setting:
        """What the family has chosen."""
        seconds = self.entry.options.get(CONF_LISTEN, policy.LISTEN.total_seconds())
        if not self.robots:  # the question stands on a screen: finding it takes longer than hearing it
            seconds = max(float(seconds), policy.LISTEN_ON_SCREEN.total_seconds())
        return Setting(
            listen=timedelta(seconds=float(seconds)), bridge=self.entry.data.get(CONF_BRIDGE) is not None
        )

    @property
    def robots(self) -> dict[str, dict[str, Any]]:
        """The robots a person has added, by id."""
        return dict(self.entry.data.get(CONF_ROBOTS, {}))

    @property
    def has_several_residents(self) -> bool:
        """Whether nobody can tell whose movements the sensors see."""
        kinds = [each.subentry_type for each in self.entry.subentries.values()]
        return kinds.count(SUBENTRY_RESIDENT) > 1

    @property
    def foremost(self) -> Incident | None:
        """The open incident that matters most now."""
        order = {"raised": 0, "acknowledged": 1, "checking": 2, "suspected": 3}
        severities = {"emergency": 0, "warning": 1, "notice": 2}
        return min(
            self.household.open,
            key=lambda incident: (severities[incident.severity], order[incident.state]),
            default=None,
        )

    async def start(self) -> None:
        """Does what fell due while Home Assistant was down, and what was stored but not done."""
        await self._tick(dt_util.utcnow())
        self._after_commit()

    async def close(self) -> None:
        """Ends the household: what is under way is finished, and nothing is written afterwards."""
        self._cancel()
        if self._announcing is not None:
            await self._announcing
        async with self._lock:
            self._closed = True
        self._cancel()

    @callback
    def _cancel(self) -> None:
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None

    async def take(self, news: Input) -> None:
        """Works in one input; returns when it is stored. Raises NotStoredError."""
        new_cry = isinstance(news, Cry) and news.id not in self.household.seen
        await self.commit(lambda ledger, now: self.turned(ledger, news, now))
        if new_cry and isinstance(news, Cry):
            for listener in list(self._cry_listeners):
                listener(news)

    async def set_away(self, *, away: bool) -> None:
        """The resident goes out or comes home."""
        await self.commit(lambda ledger, _: replace(ledger, household=ledger.household.with_away(away=away)))

    async def commit(self, change: Callable[[Ledger, datetime], Ledger]) -> None:
        """Makes one change, durably. An emergency goes on in memory even when the disk fails.

        Raises NotStoredError then, so that nobody gets a receipt for what is not on disk.
        """
        failure: NotStoredError | None = None
        async with self._lock:
            if self._closed:
                raise NotStoredError("the household has been stopped")
            after = change(self._ledger, dt_util.utcnow())
            if after == self._ledger and not self._unsaved:
                return
            self._ledger = after
            self._unsaved = True
            try:
                await self._journal.save(after)
            except NotStoredError as err:
                failure = err
                if not self.hass.is_stopping:
                    issues.storage_failed(self.hass, self.entry, str(err))
            else:
                self._unsaved = False
                issues.storage_works(self.hass, self.entry)
        self._after_commit()
        if failure is not None:
            raise failure

    @callback
    def listen(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Calls `listener` after every change."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    @callback
    def listen_to_steps(self, listener: Callable[[Announcement], None]) -> CALLBACK_TYPE:
        """Calls `listener` for every step of an incident."""
        self._announced.add(listener)
        return lambda: self._announced.discard(listener)

    @callback
    def listen_to_cries(self, listener: Callable[[Cry], None]) -> CALLBACK_TYPE:
        """Calls `listener` once for each cry that a robot heard."""
        self._cry_listeners.add(listener)
        return lambda: self._cry_listeners.discard(listener)

    @callback
    def note_activity(self, at: datetime) -> None:
        """The resident was seen to be up and about."""
        if self.last_activity is None or at > self.last_activity:
            self.last_activity = at
            self.tell_listeners()

    def turned(self, ledger: Ledger, news: Input, now: datetime) -> Ledger:
        """What the core makes of `news`, with the messages it sends."""
        household, effects = ledger.household.take(news, now, self.setting)
        return self._with_effects(ledger, household, effects, now)

    def _with_effects(
        self, ledger: Ledger, household: Household, effects: tuple[Effect, ...], now: datetime
    ) -> Ledger:
        return ledger.without_expired(now).with_effects(household, effects, self.robots, now)

    async def _tick(self, due: datetime) -> None:
        now = max(due, dt_util.utcnow())

        def ticked(ledger: Ledger, _: datetime) -> Ledger:
            household, effects = ledger.household.tick(now, self.setting)
            return self._with_effects(ledger, household, effects, now)

        try:
            await self.commit(ticked)
        except NotStoredError as err:
            _LOGGER.error("a step that fell due could not be stored: %s", err)  # noqa: TRY400

    @callback
    def _after_commit(self) -> None:
        self._set_timer()
        self.tell_listeners()
        if self._ledger.announcements and self._announcing is None:
            self._announcing = self.entry.async_create_task(
                self.hass, self._announce(), "seogu_care announcements", eager_start=False
            )

    @callback
    def tell_listeners(self) -> None:
        """Entities show what is new."""
        for listener in list(self._listeners):
            listener()

    @callback
    def _set_timer(self) -> None:
        self._cancel()
        if (deadline := self.household.next_deadline()) is not None:
            self._cancel_timer = async_track_point_in_utc_time(self.hass, self._tick, deadline)

    async def _announce(self) -> None:
        """Fires the stored steps, then forgets them: a step may be heard twice, but is never skipped."""
        try:
            while batch := self._ledger.announcements:
                for news in batch:
                    self.hass.bus.async_fire(EVENT_INCIDENT, self.event_data(news))
                    for listener in list(self._announced):
                        listener(news)
                await self.commit(partial(_announced, len(batch)))
        except NotStoredError as err:
            _LOGGER.error("steps that were announced could not be crossed off: %s", err)  # noqa: TRY400
        finally:
            self._announcing = None

    def event_data(self, news: Announcement) -> dict[str, Any]:
        """What automations get to see of a step."""
        incident = dict(news.incident)
        known = self.household.incidents.get(incident["id"])
        return {
            "entry_id": self.entry.entry_id,
            "household": self.entry.title,
            "incident": incident["id"],
            "kind": incident["kind"],
            "state": str(news.state),
            "severity": incident["severity"],
            "summary": incident["summary"],
            "outcome": incident["outcome"],
            "opened_at": incident["opened_at"],
            "resident": None if known is None else known.resident,
        }


def _announced(count: int, ledger: Ledger, _: datetime) -> Ledger:
    return replace(ledger, announcements=ledger.announcements[count:])
