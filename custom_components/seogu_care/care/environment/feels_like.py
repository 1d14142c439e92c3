"""How hot it feels.

The summer formula of the Korea Meteorological Administration (체감온도, in use since 2022, May to September)
over the wet-bulb temperature of Stull (J. Appl. Meteor. Climatol. 50, 2011), which holds for 5–99 % and
−20–50 °C.
"""

from math import atan

LEAST_HUMIDITY, MOST_HUMIDITY = 5.0, 99.0
LEAST_C, MOST_C = -20.0, 50.0


def wet_bulb(celsius: float, humidity: float) -> float:
    """Wet-bulb temperature in °C from air temperature in °C and relative humidity in %."""
    t = min(max(celsius, LEAST_C), MOST_C)
    rh = min(max(humidity, LEAST_HUMIDITY), MOST_HUMIDITY)
    wet: float = (
        t * atan(0.151977 * (rh + 8.313659) ** 0.5)
        + atan(t + rh)
        - atan(rh - 1.67633)
        + 0.00391838 * rh**1.5 * atan(0.023101 * rh)
        - 4.686035
    )
    return wet


def feels_like(celsius: float, humidity: float | None) -> float:
    """Feels-like temperature in °C; the air's own where the humidity is not known."""
    if humidity is None:
        return celsius
    wet = wet_bulb(celsius, humidity)
    return -0.2442 + 0.55399 * wet + 0.45535 * celsius - 0.0022 * wet**2 + 0.00278 * wet * celsius + 3.0
