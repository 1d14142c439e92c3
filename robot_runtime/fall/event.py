"""What the detector says of a fall."""

from dataclasses import dataclass
from typing import Literal

type Kind = Literal["suspected", "certain"]


class FallError(Exception):
    """The detector can't be set up as asked; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that speaks for the decision, with its unit."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class FallEvent:
    """A fall: `suspected` (the robot asks) or `certain` (hard, then motionless: help comes unasked).

    `time_s` is the impact's time on the samples' own clock, `score` the calibrated probability that it
    was a fall, `evidence` the measures `free_fall` (s), `impact` (g), `tilt_change` (°) and `stillness` (s).
    """

    time_s: float
    kind: Kind
    score: float
    evidence: tuple[Measure, ...]
