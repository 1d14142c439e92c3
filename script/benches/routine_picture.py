"""Delay against questions a week, of fixed limits and of the routine, as a picture."""

Curves = dict[str, tuple[list[tuple[float, float, float]], tuple[float, float]]]
WIDTH, HEIGHT, LEFT, TOP = 760, 420, 60, 30
MOST_CHECKS, MOST_HOURS = 10.0, 12.0
COLOURS = ("#0b6e4f", "#b5179e", "#1d3557", "#e76f51", "#6a4c93")


def draw(curves: Curves) -> str:
    """An SVG: small points are fixed limits of 2–12 h, the large one of the same colour is the routine."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',  # noqa: E501 - one tag
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="18">Hours from collapse to question by day (median) against questions for nothing a week. '  # noqa: E501, ISC004 - one text
        "Small: fixed limits. Large: the routine.</text>",
    ]
    for hours in range(0, 13, 2):
        y = _y(hours)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 20}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{hours} h</text>')
    parts += [
        f'<text x="{_x(mark)}" y="{HEIGHT - 22}" text-anchor="middle">{mark}</text>'
        for mark in range(0, 11, 2)
    ]
    for i, (name, (curve, own)) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        for asked, delay, _ in curve:
            if asked <= MOST_CHECKS:
                parts.append(
                    f'<circle cx="{_x(asked)}" cy="{_y(delay)}" r="2.5" fill="{colour}" opacity="0.6"/>'
                )
        parts.append(f'<circle cx="{_x(own[0])}" cy="{_y(own[1])}" r="7" fill="{colour}"/>')
        parts.append(f'<text x="{WIDTH - 170}" y="{TOP + 25 + 18 * i}" fill="{colour}">● {name}</text>')
    return "\n".join([*parts, "</svg>"])


def _x(checks: float) -> float:
    return round(LEFT + min(checks, MOST_CHECKS) / MOST_CHECKS * (WIDTH - LEFT - 20), 1)


def _y(hours: float) -> float:
    return round(HEIGHT - 40 - min(hours, MOST_HOURS) / MOST_HOURS * (HEIGHT - 40 - TOP), 1)
