"""How often things happen in homes of elders who live alone: published rates, as data.

Sources are secondary unless marked; ``≈`` marks what was derived. They say what load to expect, and nothing
about how well anything works.
"""

from dataclasses import dataclass

HOMES = 17_000
"""≈ elders alone in Daejeon Seo-gu (463,328 residents, 73,001 of them 65 or older, April 2024)."""

DAY_S = 86_400
YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Rate:
    """Something that happens in homes: how often a year in each, and what share of it is real."""

    name: str
    a_year: float
    real: float
    at_night: float
    """Share between evening and early morning."""
    kind: str
    severity: str
    summary_ko: str
    summary_en: str
    evidence: tuple[tuple[str, float | str | bool, str], ...] = ()


# National gateway service, per home and year: 0.70 inactivity checks, 0.09 button calls, 0.03 fires. A
# speaker service: 0.17 spoken pleas and 0.019 rescues per user and year, about one in nine real; 74 % of its
# rescues between evening and early morning. Where no night share was published, these ten hours have their
# share of a day.
EVENING_H, MORNING_H = 20, 6
NIGHT_BY_CHANCE = 10 / 24
RATES = (
    Rate(
        "inactivity",
        0.70,
        1 / 9,
        NIGHT_BY_CHANCE,
        "inactivity",
        "warning",
        "오랫동안 움직임이 없습니다.",
        "No movement for a long time.",
    ),
    Rate(
        "button",
        0.09,
        1 / 9,
        NIGHT_BY_CHANCE,
        "help_call",
        "emergency",
        "도움 버튼을 눌렀습니다.",
        "The help button was pressed.",
        (("sos", "button", ""),),
    ),
    Rate(
        "plea",
        0.17,
        1 / 9,
        0.74,
        "help_call",
        "emergency",
        "도와 달라는 말이 들렸습니다.",
        "A call for help was heard.",
        (("plea", "help", ""), ("plea_score", 0.8, "")),
    ),
    Rate(
        "smoke",
        0.03,
        1 / 9,
        NIGHT_BY_CHANCE,
        "environment",
        "emergency",
        "연기가 감지되었습니다.",
        "Smoke was noticed.",
        (("smoke", True, ""),),
    ),
)
# On a day of a heat alert every elder is checked the same day; how many homes get too hot was not published.
# Assumed for training: one home in two hundred, in the afternoon.
HEAT_HOMES_A_DAY = 1 / 200
HEAT = Rate(
    "heat",
    HEAT_HOMES_A_DAY * YEAR_DAYS,
    1.0,
    0.0,
    "environment",
    "warning",
    "집 안이 너무 덥습니다.",
    "It is too hot in the home.",
    (("heat", True, ""),),
)
# Old gateways: ≈ 8 % broke down a year. Assumed: away for two hours in the middle.
BREAKDOWNS_A_YEAR = 0.08
BREAKDOWN_S = 7_200.0


def expected_a_day(homes: int) -> float:
    """How many alerts so many homes raise on an ordinary day; ≈ 46 for 17,000 homes."""
    return homes * sum(rate.a_year for rate in RATES) / YEAR_DAYS
