"""The family's word on what each sensor is, kept only where it differs from what the home thinks itself."""

from typing import TYPE_CHECKING, Any

from custom_components.seogu_care.const import CONF_KINDS, CONF_SENSORS

from .chosen import ORDER, guess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant


class SensorTwiceError(ValueError):
    """A sensor was given two kinds; ``kind`` is the second."""

    def __init__(self, kind: str) -> None:
        """Names the field at fault."""
        super().__init__(kind)
        self.kind = kind


def arranged(
    hass: HomeAssistant, options: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Kind → sensors, of what the family has put in its place. Raises SensorTwiceError."""
    seen: set[str] = set()
    kinds: dict[str, list[str]] = {}
    chosen = set(options.get(CONF_SENSORS, ()))
    for kind in ORDER:
        for sensor in given.get(kind, ()):
            if sensor in seen:
                raise SensorTwiceError(kind)
            seen.add(sensor)
            if sensor not in chosen or guess(hass, sensor)[0] != kind:
                kinds.setdefault(kind, []).append(sensor)
    return kinds


def doubtful(hass: HomeAssistant, options: Mapping[str, Any]) -> bool:
    """Whether the kind of any chosen sensor can't be told for certain."""
    told = {sensor for each in options.get(CONF_KINDS, {}).values() for sensor in each}
    return any(not guess(hass, sensor)[1] for sensor in options.get(CONF_SENSORS, ()) if sensor not in told)
