"""Finding a new wearable and trying it out, for the command line and for "시계 연결해줘"."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bleak.exc import BleakError

from robot_runtime.config import WearableConfig
from robot_runtime.errors import WearableError
from robot_runtime.radio.ble import BleWearable
from robot_runtime.radio.drivers import DRIVERS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from robot_runtime.radio.finder import Finder, Found
    from robot_runtime.radio.wearable import Pulse, Sample
    from robot_runtime.radio.wearables import Wearables

_LOGGER = logging.getLogger(__name__)

LOOK_S = 8.0
TRY_S = 30.0
ENOUGH_SAMPLES = 20
NEAR_DBM = -75
"""A watch in the same room. Weaker ones are a neighbour's."""
CLEARLY_NEARER_DB = 10
"""By so much one must be nearer than the next to be taken without a question."""

SEARCHING = "pairing_searching"
DONE = "pairing_done"
NOTHING_FOUND = "pairing_nothing"
SEVERAL_FOUND = "pairing_several"
DID_NOT_ANSWER = "pairing_no_answer"
"""What the robot says on the way (``phrases.toml``)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a device gave when it was tried out."""

    samples: int
    battery: int | None
    about: str


class _Taste:
    """Takes what comes until it is enough."""

    def __init__(self) -> None:
        self.samples = 0
        self.battery: int | None = None
        self.enough = asyncio.Event()

    def on_samples(self, samples: list[Sample]) -> None:
        self.samples += len(samples)
        if self.samples >= ENOUGH_SAMPLES:
            self.enough.set()

    def on_state(self, state: str) -> None:
        pass

    def on_battery(self, percent: int) -> None:
        self.battery = percent

    def on_pulse(self, pulse: Pulse) -> None:
        pass


async def try_out(config: WearableConfig, finder: Finder, seconds: float = TRY_S) -> Trial:
    """Connects and waits for samples; raises ``WearableError`` with the reason when none come."""
    reasons: list[str] = []

    def linked(step: str, reason: str) -> None:
        if step == "unreachable":
            reasons.append(reason)

    address = config.address or ""
    wearable = BleWearable(address, DRIVERS[config.driver], config.rate_hz, linked, finder)
    taste = _Taste()
    task = asyncio.create_task(wearable.run(taste))
    try:
        async with asyncio.timeout(seconds):
            await taste.enough.wait()
    except TimeoutError as error:
        why = reasons[-1] if reasons else f"no sample came within {seconds:g} s"
        raise WearableError(f"{address}: {why}") from error
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    return Trial(taste.samples, taste.battery, ", ".join(wearable.about.values()))


def config_for(found: Found, placement: str = "wrist", resident: str | None = None) -> WearableConfig:
    """What the configuration says of a device that was found; ``WearableError`` for an unknown kind."""
    if found.driver is None:
        known = ", ".join(each.label for each in DRIVERS.values())
        raise WearableError(f"{found.name} is of a kind that the robot does not know; it knows {known}")
    return WearableConfig(
        kind="ble",
        address=found.address.upper(),
        driver=found.driver.name,
        placement=placement,
        rate_hz=found.driver.rate_hz,
        resident=resident,
    )


def nearest(found: Sequence[Found]) -> Found | None:
    """The one that is clearly meant, out of known kinds; None when two are about as near."""
    near = sorted((each for each in found if each.rssi_dbm >= NEAR_DBM), key=lambda each: -each.rssi_dbm)
    if len(near) > 1 and near[0].rssi_dbm - near[1].rssi_dbm < CLEARLY_NEARER_DB:
        return None
    return near[0] if near else None


class VoicePairing:
    """For "시계 연결해줘": looks around, takes the watch that is clearly meant, tries it, keeps it."""

    def __init__(
        self,
        wearables: Wearables,
        say: Callable[[str], Awaitable[object]],
        keep: Callable[[WearableConfig], None],
    ) -> None:
        """``say(phrase)`` speaks; ``keep(config)`` remembers the wearable over a restart."""
        self._wearables = wearables
        self._say = say
        self._keep = keep
        self._at_it = asyncio.Lock()

    async def pair(self) -> str:
        """Returns the phrase that it ended with; never raises for a radio that fails."""
        async with self._at_it:
            await self._say(SEARCHING)
            ended = await self._search()
            await self._say(ended)
            return ended

    async def _search(self) -> str:
        finder = self._wearables.finder
        try:
            seen = [each for each in await finder.look_around(LOOK_S) if each.driver is not None]
            new = [each for each in seen if not self._wearables.knows(each.address.upper())]
            meant = nearest(new)
            if meant is None:
                return SEVERAL_FOUND if any(each.rssi_dbm >= NEAR_DBM for each in new) else NOTHING_FOUND
            config = config_for(meant)
            await try_out(config, finder)
        except (WearableError, BleakError, OSError) as error:
            _LOGGER.warning("Pairing by voice: %s", error)
            return DID_NOT_ANSWER
        self._keep(config)
        self._wearables.add(config)
        return DONE
