"""Names of places that are there, and of people who are not."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

# The 24 동 of Daejeon Seo-gu.
NEIGHBOURHOODS = (
    "복수동",
    "도마1동",
    "도마2동",
    "정림동",
    "변동",
    "용문동",
    "탄방동",
    "둔산1동",
    "둔산2동",
    "둔산3동",
    "괴정동",
    "가장동",
    "내동",
    "갈마1동",
    "갈마2동",
    "월평1동",
    "월평2동",
    "월평3동",
    "만년동",
    "가수원동",
    "도안동",
    "관저1동",
    "관저2동",
    "기성동",
)
FAMILY = "김이박최정강조윤장임한오서신권황안송류홍"
GIVEN = (
    "순자",
    "영자",
    "정숙",
    "영숙",
    "옥자",
    "명자",
    "정자",
    "춘자",
    "경자",
    "숙자",
    "말순",
    "복순",
    "금순",
    "분이",
    "점례",
    "영수",
    "영호",
    "영식",
    "정웅",
    "종수",
    "상철",
    "병철",
    "광수",
    "만수",
    "동식",
    "판석",
)


def resident_name(dice: random.Random) -> str:
    """An invented elder's name."""
    return dice.choice(FAMILY) + dice.choice(GIVEN)
