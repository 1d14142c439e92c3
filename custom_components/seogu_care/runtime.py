"""What runs for one household."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry

if TYPE_CHECKING:
    from homeassistant.const import Platform

    from .bridge.link import BridgeLink
    from .fall_watch import FallWatch
    from .family import Family
    from .home import Home
    from .letterbox import Letterbox
    from .questions import Questions
    from .robot.links import RobotLinks
    from .routine.routine import Routine
    from .routine.sharing import Sharing
    from .routine.weekly import Weekly
    from .sensing import Sensing
    from .surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class SeoguCareData:
    """The parts of a running household; `bridge` is None where there is none."""

    home: Home
    robots: RobotLinks
    bridge: BridgeLink | None
    family: Family
    sensing: Sensing
    routine: Routine
    weekly: Weekly
    surroundings: Surroundings
    falls: FallWatch
    questions: Questions
    sharing: Sharing
    letterbox: Letterbox
    platforms: list[Platform]


type SeoguCareConfigEntry = ConfigEntry[SeoguCareData]
