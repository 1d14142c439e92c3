"""Numbers, dates, times and telephone numbers as people say them, so that the synthesiser need not guess.

Korean has two rows of numbers: Sino-Korean (일 이 삼) for dates, minutes, money, floors and telephone
numbers, and
native (하나 둘 셋; 한 두 세 before a counter) for hours, ages, things and persons up to 99.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, time

_DIGITS = "영일이삼사오육칠팔구"
_TELEPHONE = "공일이삼사오육칠팔구"
_PLACES = ("", "십", "백", "천")
_MYRIADS = ("", "만", "억", "조")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_NATIVE_ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_BEFORE_COUNTER = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
WEEKDAYS = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일")
ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
LARGEST = 10**16 - 1
NATIVE_COUNTERS = (
    *(
        "시간",
        "시",
        "살",
        "명",
        "개",
        "번",
        "알",
        "병",
        "잔",
        "마리",
        "가지",
        "달",
        "군데",
        "그릇",
        "봉지",
        "켤레",
    ),
    *("벌", "송이", "통", "사람", "장", "권", "대", "곳", "끼"),
)
SINO_COUNTERS = (
    *(
        "년",
        "월",
        "일",
        "분",
        "초",
        "원",
        "층",
        "동",
        "호",
        "세",
        "도",
        "퍼센트",
        "킬로",
        "미터",
        "회",
        "등",
        "차",
    ),
    *("주", "박", "호선", "번지", "인분", "밀리", "그램", "리터", "점", "천원", "만원"),
)


def sino(number: int) -> str:
    """Sino-Korean, 0 to 9,999 조; raises ``ValueError`` beyond. 10,000 is 만, not 일만."""
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} can't be read")
    if number == 0:
        return "영"
    groups = []
    for place in range(len(_MYRIADS)):
        number, group = divmod(number, 10_000)
        if group:
            words = _below_myriad(group)
            groups.append("만" if (place, group) == (1, 1) and number == 0 else words + _MYRIADS[place])
    return " ".join(reversed(groups))


def _below_myriad(group: int) -> str:
    words = ""
    for place, digit in enumerate(reversed(str(group))):
        figure = int(digit)
        if figure:
            one = "" if figure == 1 and place > 0 else _DIGITS[figure]
            words = one + _PLACES[place] + words
    return words


def native(number: int, *, counter: bool = False) -> str:
    """Native Korean, 1 to 99; with ``counter`` the form before one (스무 살, 세 시)."""
    if not 1 <= number <= 99:  # noqa: PLR2004 - native numbers end there
        raise ValueError(f"{number} has no native Korean word")
    tens, ones = divmod(number, 10)
    if counter:
        return "스무" if number == 20 else _NATIVE_TENS[tens] + _BEFORE_COUNTER[ones]  # noqa: PLR2004 - 20 alone
    return _NATIVE_TENS[tens] + _NATIVE_ONES[ones]


def telephone(number: str) -> str:
    """``010-1234-5678`` digit by digit, its groups apart; 119 is 일일구."""
    groups = [group for group in re.split(r"\D+", number) if group]
    return ", ".join("".join(_TELEPHONE[int(digit)] for digit in group) for group in groups)


def decimal(number: str) -> str:
    """``36.5`` → 삼십육 점 오."""
    whole, _, rest = number.partition(".")
    return f"{sino(int(whole))} 점 {''.join(_DIGITS[int(digit)] for digit in rest)}"


def month(number: int) -> str:
    """유월 and 시월 drop their last sound."""
    return {6: "유", 10: "시"}.get(number, sino(number)) + "월"


def clock(moment: time, language: str = "ko") -> str:
    """The time of day, to the minute: 오후 세 시 이십 분."""
    hour, minute = moment.hour, moment.minute
    if language == "en":
        half = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"  # noqa: PLR2004 - hours of the day
        return f"{hour % 12 or 12} {f'{minute:02d} ' if minute else ''}{half}".replace(" 0", " oh ")
    half = _half(hour)
    words = f"{half} {native(hour % 12 or 12, counter=True)} 시"
    if minute == 30:  # noqa: PLR2004 - half past
        return f"{words} 반"
    return f"{words} {sino(minute)} 분" if minute else words


def _half(hour: int) -> str:
    parts = ((6, "새벽"), (12, "오전"), (18, "오후"), (21, "저녁"), (24, "밤"))
    return next(name for end, name in parts if hour < end)


def day(moment: date, language: str = "ko") -> str:
    """Month, day and weekday."""
    if language == "en":
        return f"{ENGLISH_WEEKDAYS[moment.weekday()]}, {ENGLISH_MONTHS[moment.month - 1]} {moment.day}"
    return f"{month(moment.month)} {sino(moment.day)}일 {WEEKDAYS[moment.weekday()]}"


def aloud(text: str, language: str = "ko") -> str:
    """A text whose figures are written out in Korean; in English only telephone numbers are."""
    if language != "ko":
        return _PHONE.sub(lambda found: " ".join(found[0].replace("-", ", ")), text)
    for pattern, read in _RULES:
        text = pattern.sub(_guarded(read), text)
    return text


def _guarded(read: Callable[[re.Match[str]], str]) -> Callable[[re.Match[str]], str]:
    """What can't be read as what it looks like (25:70, month 13) stays as written, or goes digit by digit."""

    def replace(found: re.Match[str]) -> str:
        try:
            return read(found)
        except ValueError:
            return telephone(found[0]) if found[0].isdigit() else found[0]

    return replace


def _full_date(found: re.Match[str]) -> str:
    number, day_of = int(found["month"]), int(found["day"])
    if not (1 <= number <= 12 and 1 <= day_of <= 31):  # noqa: PLR2004 - the calendar
        raise ValueError("no date")
    return f"{sino(int(found['year']))}년 {month(number)} {sino(day_of)}일"


def _time(found: re.Match[str]) -> str:
    hour, minute = int(found["hour"]), int(found["minute"])
    if not (hour <= 24 and minute < 60):  # noqa: PLR2004 - the clock
        raise ValueError("no time")
    words = f"{_half(hour % 24)} {native(hour % 12 or 12, counter=True)} 시"
    return f"{words} {sino(minute)} 분" if minute else words


def _counted(found: re.Match[str]) -> str:
    number, counter = int(found["number"].replace(",", "")), found["counter"]
    if counter == "월":
        return month(number)
    if counter in NATIVE_COUNTERS and 1 <= number <= 99:  # noqa: PLR2004 - native numbers end there
        return f"{native(number, counter=True)} {counter}"
    gap = "" if counter in {"년", "일", "층", "동", "호", "세", "도", "천원", "만원"} else " "
    return f"{sino(number)}{gap}{counter}"


_PHONE = re.compile(
    r"(?<![\d.])(?:0\d{1,2}-\d{3,4}-\d{4}|1\d{3}-\d{4}|0\d{9,10}|11[2-9]|12[09]|13[0-9])(?![\d.,]?\d)(?!\s*(?:개|명|원|살|분|년|일|번지|퍼센트|%))"
)
_COUNTERS = "|".join(sorted((*NATIVE_COUNTERS, *SINO_COUNTERS), key=len, reverse=True))
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?<!\d)(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})(?!\d)\.?"), _full_date),
    (re.compile(r"(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?!\d)"), _time),
    (_PHONE, lambda found: telephone(_grouped(found[0]))),
    (re.compile(r"(?<![\d가-힣A-Za-z])-(?=\d)"), lambda _: "영하 "),
    (re.compile(r"(?<!\d)(\d{1,9}\.\d{1,6})(?!\d)"), lambda found: decimal(found[1])),
    (re.compile(r"℃|°C"), lambda _: "도"),
    (re.compile(r"%"), lambda _: " 퍼센트"),
    (re.compile(rf"(?<!\d)(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+)\s?(?P<counter>{_COUNTERS})"), _counted),
    (re.compile(r"\d{1,3}(?:,\d{3})+|\d+"), lambda found: sino(int(found[0].replace(",", "")))),
)


def _grouped(number: str) -> str:
    """An unbroken mobile or area number in its groups."""
    if "-" in number or len(number) < 9:  # noqa: PLR2004 - short numbers have no groups
        return number
    head = 2 if number.startswith("02") else 3
    return f"{number[:head]}-{number[head:-4]}-{number[-4:]}"
