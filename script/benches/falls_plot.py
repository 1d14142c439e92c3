"""Draws operating curves as a PNG, with Pillow alone."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDTH, HEIGHT, EDGE = 900, 560, 70
# False suspicions an hour and shares of falls found that the picture shows.
MOST_FALSE, LEAST_FOUND = 12.0, 0.3
COLOURS = ("#1b6ca8", "#c1440e", "#2e7d32", "#6a1b9a")


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (false suspicions an hour, share of falls found), and the one that is used."""

    label: str
    points: Sequence[tuple[float, float]]
    used: tuple[float, float]


def draw(curves: Sequence[Curve], path: Path) -> None:
    """Write the picture."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    _axes(pen)
    for number, curve in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        line = [
            _at(*point)
            for point in sorted(set(curve.points))
            if point[0] <= MOST_FALSE and point[1] >= LEAST_FOUND
        ]
        if len(line) > 1:
            pen.line(line, fill=colour, width=3)
        x, y = _at(min(curve.used[0], MOST_FALSE), max(curve.used[1], LEAST_FOUND))
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill=colour)
        text = f"{curve.label}: {100 * curve.used[1]:.1f} % at {curve.used[0]:.1f}/h"
        pen.text((WIDTH // 2, HEIGHT - EDGE - 100 + 22 * number), text, fill=colour)
    image.save(path, "PNG")


def _axes(pen: ImageDraw.ImageDraw) -> None:
    for k in range(int(MOST_FALSE) + 1):
        x, y = _at(k, LEAST_FOUND)
        pen.line((x, EDGE // 2, x, y), fill="#dddddd")
        pen.text((x - 4, y + 8), str(k), fill="black")
    for k in range(round(LEAST_FOUND * 10), 11):
        x, y = _at(0, k / 10)
        pen.line((x, y, WIDTH - EDGE // 2, y), fill="#dddddd")
        pen.text((x - 42, y - 6), f"{10 * k} %", fill="black")
    pen.text(
        (WIDTH // 2 - 150, HEIGHT - 28), "false suspicions per hour of provocative daily acts", fill="black"
    )
    pen.text(
        (EDGE, 12), "acted falls found (recordings with 3 s after the hit), people never seen", fill="black"
    )


def _at(false: float, found: float) -> tuple[float, float]:
    x = EDGE + (WIDTH - 1.5 * EDGE) * false / MOST_FALSE
    y = HEIGHT - EDGE - (HEIGHT - 1.5 * EDGE) * (found - LEAST_FOUND) / (1 - LEAST_FOUND)
    return x, y
