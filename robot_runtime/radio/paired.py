"""Wearables that were paired by voice: kept in the robot's store, beside those of its configuration."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from robot_runtime.config import Config, WearableConfig

if TYPE_CHECKING:
    from robot_runtime.store import Store

_FACT = "paired_wearables"
_KEYS = ("address", "driver", "placement", "rate_hz")


def keep(store: Store, wearable: WearableConfig) -> None:
    """On disk when this returns."""
    new = {key: value for key, value in asdict(wearable).items() if key in _KEYS}
    others = [each for each in store.fact(_FACT) or [] if each["address"] != wearable.address]
    store.set_fact(_FACT, [*others, new])


def all_of(config: Config, store: Store) -> tuple[WearableConfig, ...]:
    """Those of the configuration, and those paired by voice that it does not name."""
    named = {each.address for each in config.wearables}
    kept = [WearableConfig(kind="ble", **each) for each in store.fact(_FACT) or []]
    return (*config.wearables, *(each for each in kept if each.address not in named))
