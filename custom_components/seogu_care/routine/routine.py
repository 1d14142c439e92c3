"""The routine as it runs for one household: the loop only queues; an executor learns and judges."""

import asyncio
import logging
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, STATE_ON
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event, async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from custom_components.seogu_care import issues
from custom_components.seogu_care.care.incident import Kind, Outcome, State
from custom_components.seogu_care.care.routine.errors import BadStateError
from custom_components.seogu_care.care.routine.thresholds import BUDGET_A_WEEK
from custom_components.seogu_care.const import CONF_BUDGET, CONF_CALENDAR

from .chosen import sensors
from .history import recorded, recording_since
from .keeper import Keeper, News, View
from .states import active, is_silent
from .store import RoutineStore
from .telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant
    from homeassistant.core import State as HassState

    from custom_components.seogu_care.home import Home
    from custom_components.seogu_care.ledger import Announcement

    from .keeper import What

_LOGGER = logging.getLogger(__name__)
MINUTE: Final = timedelta(minutes=1)
SAVE_EVERY: Final = 15  # minutes; what came after the last save is read back from the recorder
LEARN_FROM: Final = timedelta(days=30)  # users keep ten days as a rule; more is taken where it is there
LOT: Final = 20_000  # events learned in one go
# Outcomes that say that the resident was well, or is looked after.
_HEARD: Final = frozenset({Outcome.ANSWERED_WELL, Outcome.FALSE_ALARM, Outcome.HELPED})


class Routine:
    """Feeds the core with what happens in the home, once a minute, and acts on what it says."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        self._hass = hass
        self._home = home
        self.sensors = sensors(hass, home.entry.options)
        self.view: View | None = None
        self.keeper: Keeper | None = None
        self._store = RoutineStore(hass, home.entry.entry_id)
        self._telling = Telling(hass, home)
        self._news: deque[News] = deque()
        self._working = asyncio.Lock()
        self._ends: list[CALLBACK_TYPE] = []
        self._starting: asyncio.Task[None] | None = None
        self._since_save = 0
        self._stopped = False

    @property
    def budget(self) -> float:
        """How many questions for nothing the family allows in a week."""
        return float(self._home.entry.options.get(CONF_BUDGET, BUDGET_A_WEEK))

    @property
    def away(self) -> bool:
        """Whether the family says that nobody is at home, by the switch or by their calendar."""
        calendar = self._home.entry.options.get(CONF_CALENDAR)
        state = self._hass.states.get(calendar) if calendar else None
        return self._home.household.away or (state is not None and state.state == STATE_ON)

    @callback
    def start(self) -> None:
        """Queues what happens from now on; learns from the past in the background."""
        if not self.sensors:
            return
        self._ends += [
            async_track_state_change_event(self._hass, list(self.sensors), self._on_change),
            self._home.listen_to_steps(self._on_step),
            async_track_time_interval(self._hass, self._on_minute, MINUTE, cancel_on_shutdown=True),
            self._hass.bus.async_listen(EVENT_HOMEASSISTANT_FINAL_WRITE, self._on_final_write),
            async_at_started(self._hass, self._on_started),
        ]

    async def stop(self) -> None:
        """Keeps what was learned."""
        self._stopped = True
        for end in self._ends:
            end()
        self._ends.clear()
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self.save()

    async def remove(self) -> None:
        """Forgets what is on disk."""
        await self._store.remove()

    # -- what happens

    @callback
    def heard(self) -> None:
        """The resident has said unasked that all is well."""
        self._queue("answered")

    @callback
    def _on_change(self, event: Event[EventStateChangedData]) -> None:
        """A change between two true states is life; a sensor that appears or fails is not."""
        old, new = event.data["old_state"], event.data["new_state"]
        name = event.data["entity_id"]
        if new is None or (now := active(new)) is None:
            if not is_silent(old):
                self._queue("available", name, value=False)
            return
        was = None if old is None else active(old)
        if was is None:
            self._queue("available", name, value=True)
            self._queue("stands", name, value=now)
        elif old is not None and (was is not now or (old.state != new.state and name.startswith("event."))):
            self._queue("changed", name, value=now)

    @callback
    def _on_step(self, news: Announcement) -> None:
        incident = news.incident
        if news.state is not State.CLOSED or incident["kind"] in {Kind.DEVICE, Kind.NOTICE}:
            return
        if incident["outcome"] in _HEARD:
            self._queue("answered")
        elif incident["outcome"] == Outcome.SENT_TO_HOSPITAL and not self._home.household.away:
            issues.tell(self._hass, self._home.entry, "away_for_hospital", persistent=True)
            self._home.entry.async_create_task(
                self._hass, self._home.set_away(away=True), "seogu_care away for hospital"
            )

    @callback
    def _queue(self, what: What, sensor: str = "", *, value: bool = True) -> None:
        self._news.append(News(dt_util.as_local(dt_util.utcnow()), what, sensor, value))

    # -- the minute

    async def _on_minute(self, now: datetime) -> None:
        await self.minute(now)

    async def minute(self, now: datetime) -> None:
        """Works in what was queued and acts on what the core says; does nothing while it still learns."""
        if self.keeper is None or self._working.locked():
            return
        await self._work(self.keeper, now)
        self._since_save += 1
        if self._since_save >= SAVE_EVERY:
            await self.save()

    async def _work(self, keeper: Keeper, now: datetime) -> None:
        if self._home.household.away is False:
            issues.clear(self._hass, self._home.entry, "away_for_hospital")
        async with self._working:
            now = dt_util.as_local(max(now, dt_util.utcnow()))
            self._news.append(News(now, "away", value=self.away))
            news = [self._news.popleft() for _ in range(len(self._news))]
            try:
                self.view = await self._hass.async_add_executor_job(keeper.work, news, now)
            except Exception as err:  # a fault of the core must not end the watch unseen
                _LOGGER.exception("a minute of the routine failed")
                issues.tell(self._hass, self._home.entry, "routine_failed", error=True, reason=repr(err))
                return
        issues.clear(self._hass, self._home.entry, "routine_failed")
        self._home.tell_listeners()
        await self._telling.tell(self.view, keeper.detector.sensors)

    async def ask[T](self, question: Callable[[Keeper], T]) -> T | None:
        """Asks the keeper something in the executor; None while it still learns or nothing is chosen."""
        if self.keeper is None:
            return None
        async with self._working:
            return await self._hass.async_add_executor_job(question, self.keeper)

    # -- keeping

    async def save(self) -> None:
        """Writes what was learned, with what is still queued worked in."""
        if self.keeper is None:
            return
        self._since_save = 0
        await self._store.save(await self.document())

    async def forget(self) -> None:
        """Everything learned is gone, on disk, too."""
        async with self._working:
            self._news.clear()
            await self._store.remove()
            self.keeper = Keeper.read(self.sensors, None, self.budget)
            self.view = None
        await self.save()
        self._home.tell_listeners()

    async def learn_anew(self, history: list[tuple[datetime, str, bool]]) -> None:
        """Learns a past, then what the recorder knows of the time since, in place of what was known."""
        keeper = Keeper.read(self.sensors, None, self.budget)
        await self._learn(keeper, history)
        now = dt_util.utcnow()
        since = history[-1][0] + timedelta(microseconds=1) if history else now - LEARN_FROM
        await self._learn(keeper, await recorded(self._hass, self.sensors, since, now))
        async with self._working:
            self._news.clear()
            self._as_they_stand()
            self.keeper = keeper
        await self.save()

    async def restore(self, stored: dict[str, Any]) -> None:
        """Takes up what was exported. Raises BadStateError, and then nothing has changed."""
        keeper = await self._hass.async_add_executor_job(Keeper.read, self.sensors, stored, self.budget)
        async with self._working:
            self._news.clear()
            self._as_they_stand()
            self.keeper = keeper
        await self.save()

    async def document(self) -> dict[str, Any]:
        """All that is stored."""
        async with self._working:
            return await self._document()

    async def _document(self) -> dict[str, Any]:
        news = [self._news.popleft() for _ in range(len(self._news))]
        keeper, now = self.keeper, dt_util.utcnow()
        assert keeper is not None  # noqa: S101 - whoever calls has seen to it
        return await self._hass.async_add_executor_job(_to_document, keeper, news, now)

    async def _learn(self, keeper: Keeper, history: list[tuple[datetime, str, bool]]) -> None:
        for begin in range(0, len(history), LOT):
            await self._hass.async_add_executor_job(keeper.learn, history[begin : begin + LOT])
        if history:  # from there until now nobody watched
            await self._hass.async_add_executor_job(keeper.detector.tick, history[-1][0])

    async def _on_final_write(self, _: Event[Any]) -> None:
        await self.save()

    @callback
    def _on_started(self, _: HomeAssistant) -> None:
        self._starting = self._home.entry.async_create_background_task(
            self._hass, self._begin(), "seogu_care routine begins"
        )

    async def _begin(self) -> None:
        """Takes up what was stored, or learns from the recorder's history; then how the sensors stand now."""
        stored = await self._store.load()
        try:
            keeper = await self._hass.async_add_executor_job(Keeper.read, self.sensors, stored, self.budget)
        except (BadStateError, KeyError, TypeError, AttributeError) as err:
            _LOGGER.warning("the stored routine can't be used and is learned anew: %s", err)
            issues.tell(self._hass, self._home.entry, "routine_lost", reason=str(err))
            stored = None
            keeper = Keeper.read(self.sensors, None, self.budget)
        try:
            await self._catch_up(keeper, stored)
        except Exception:  # the recorder is another's: whatever fails there, the home begins without its past
            _LOGGER.exception("the recorder's history could not be read; the routine is learned from now on")
        self._as_they_stand()
        await self._work(keeper, dt_util.utcnow())  # entities need not wait for the next full minute
        self.keeper = keeper

    async def _catch_up(self, keeper: Keeper, stored: dict[str, Any] | None) -> None:
        """What the recorder knows and the core does not: all of it at first, some minutes after a crash."""
        now = dt_util.utcnow()
        # What came since the recorder began is queued here, or is a state restored at the start.
        until = min(recording_since(self._hass) or now, now) if stored else now
        since = now - LEARN_FROM
        if stored:
            since = dt_util.parse_datetime(str(stored.get("saved_at"))) or until
        if since >= until:
            return
        history = await recorded(self._hass, self.sensors, since, until)
        before = self._news[0].at if self._news else None
        history = [each for each in history if before is None or each[0] < before]
        await self._learn(keeper, history)
        _LOGGER.debug("%d changes were learned from the recorder's history", len(history))

    @callback
    def _as_they_stand(self) -> None:
        """How each sensor is now, before whatever was queued."""
        now = self._news[0].at if self._news else dt_util.as_local(dt_util.utcnow())
        news = []
        for name in self.sensors:
            state: HassState | None = self._hass.states.get(name)
            known = None if state is None else active(state)
            news.append(News(now, "available", name, known is not None))
            if known is not None and not any(each.sensor == name for each in self._news):
                news.append(News(now, "stands", name, known))
        self._news.extendleft(reversed(news))


def _to_document(keeper: Keeper, news: list[News], now: datetime) -> dict[str, Any]:
    keeper.take_in(news)
    return {**keeper.to_dict(), "saved_at": now.isoformat()}
