"""``seogu-robot pair``: finds wearables, tries one out, and writes it into the configuration."""

import asyncio
from typing import TYPE_CHECKING

from bleak.exc import BleakError

from robot_runtime import config
from robot_runtime.errors import WearableError
from robot_runtime.radio import config_text, pairing
from robot_runtime.radio.finder import Finder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from robot_runtime.radio.finder import Found


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    command.add_argument("--list", action="store_true", help="only list what is in the air")
    command.add_argument("--address", help="this device, when several are near")
    command.add_argument("--placement", choices=config.PLACEMENTS, default="wrist", help="where it is worn")
    command.add_argument("--resident", metavar="NAME", help="whose it is, where the home has several")
    command.add_argument("--seconds", type=float, default=pairing.LOOK_S, help="how long to look around")


def pair(path: Path, given: argparse.Namespace) -> str:
    """What to tell the installer; raises ``WearableError`` or ``ConfigError`` with what to do."""
    loaded = config.load(path)
    try:
        found, trial = asyncio.run(_find(loaded.wearables, given))
    except (BleakError, OSError) as error:
        raise WearableError(f"Bluetooth can't be used: {error}. Is bluez running, the radio on?") from error
    if trial is None:
        return _table(found)
    chosen, tried = found[0], trial
    wearable = pairing.config_for(chosen, given.placement, given.resident)
    config_text.enter(path, wearable)
    battery = "" if tried.battery is None else f", battery {tried.battery} %"
    about = f" ({tried.about})" if tried.about else ""
    return (
        f"{chosen.name}{about} at {chosen.address} streams{battery}. It is written into {path}, worn at the "
        f"{given.placement}. Start the robot anew: it connects by itself"
    )


async def _find(
    known: Sequence[config.WearableConfig], given: argparse.Namespace
) -> tuple[list[Found], pairing.Trial | None]:
    """All that was found, or the chosen one and what it gave."""
    finder = Finder()
    found = await finder.look_around(given.seconds)
    if given.list:
        return found, None
    chosen = _choose(found, {each.address for each in known}, given.address)
    wearable = pairing.config_for(chosen, given.placement, given.resident)
    return [chosen], await pairing.try_out(wearable, finder)


def _choose(found: list[Found], known: set[str | None], address: str | None) -> Found:
    if address is not None:
        for each in found:
            if each.address.upper() == address.upper():
                return each
        raise WearableError(
            f"{address} does not call out. Is it charged, near, and off the phone?\n{_table(found)}"
        )
    new = [each for each in found if each.driver is not None and each.address.upper() not in known]
    chosen = pairing.nearest(new)
    if chosen is None:
        what = "several wearables are near: give one with --address" if new else "no wearable was found near"
        raise WearableError(f"{what}\n{_table(found)}")
    return chosen


def _table(found: Sequence[Found]) -> str:
    if not found:
        return "Nothing calls out. Is the wearable charged, near, and not connected to a phone?"
    return "\n".join(
        f"{each.address}  {each.rssi_dbm:4d} dBm  {each.name}  "
        f"({'not known' if each.driver is None else each.driver.label})"
        for each in found
    )
