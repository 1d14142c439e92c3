"""Sentences a person reads: Korean first, English beside it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, in one sentence and in numbers."""

    ko: str
    en: str
    numbers: dict[str, float | int | str | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.ko} / {self.en}"

    def to_dict(self) -> dict[str, Any]:
        """As the wire's pair of words, with the numbers beside it."""
        return {"ko": self.ko, "en": self.en, "numbers": self.numbers}


def span(minutes: float) -> tuple[str, str]:
    """A length of time as people say it."""
    whole = max(round(minutes), 0)
    hours, rest = divmod(whole, 60)
    if hours == 0:
        return f"{rest}분", f"{rest} min"
    if rest == 0:
        return f"{hours}시간", f"{hours} h"
    return f"{hours}시간 {rest}분", f"{hours} h {rest} min"


def time_of_day(wall: float) -> str:
    """A wall-clock minute as hh:mm."""
    whole = int(wall) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


_STANDING = {
    "@leaving": ("현관문을 닫고 나가신 것으로 보이며", "they seem to have gone out, shutting the door"),
    "@door open": ("현관문이 열린 채이고", "the exterior door was left open"),
    "@arriving": ("현관으로 들어오신 뒤이며", "they had just come in"),
    "@doubt": (
        "나가신 것으로 보이나 한 방에서만 신호가 있었고",
        "they seem to be out, with signs from one room only",
    ),
}


def silence_sentence(
    room: str, place: str, wall: float, silent: float, usual: float, limit: float
) -> tuple[str, str]:
    """What was seen last, what would be usual, and when the robot asks."""
    silent_ko, silent_en = span(silent)
    usual_ko, usual_en = span(usual)
    limit_ko, limit_en = span(limit)
    standing_ko, standing_en = _STANDING.get(place.partition("|")[0], ("", ""))
    ko = (
        f"마지막 신호는 {time_of_day(wall)} {room}에서 있었고 지금까지 {silent_ko} 동안 조용합니다. "
        f"{standing_ko + ' ' if standing_ko else ''}이 시각 이곳에서는 열 번 중 아홉 번 {usual_ko} 안에 "
        f"다음 신호가 있었으며, {limit_ko}까지 조용하면 안부를 여쭙습니다."
    )
    en = (
        f"The last sign came at {time_of_day(wall)} in {room}, {silent_en} ago"
        f"{'; ' + standing_en if standing_en else ''}; nine times in ten the next comes within {usual_en} "
        f"at this hour and place, and the robot asks after {limit_en}."
    )
    return ko, en


def blind_sentence(coverage: float) -> tuple[str, str]:
    """That the home can't be seen."""
    share = round(coverage * 100)
    return (
        f"센서가 집의 {share}%만 보고 있어 조용함으로 판단하지 않습니다. 센서를 확인해 주세요.",
        f"The sensors see only {share} % of the home, so silence is not judged: please check the sensors.",
    )
