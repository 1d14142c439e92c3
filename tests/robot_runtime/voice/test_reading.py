"""Figures as people say them."""

import string
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_runtime.voice import reading

ALOUD = {
    "0": "영",
    "1": "일",
    "10": "십",
    "11": "십일",
    "16": "십육",
    "100": "백",
    "101": "백일",
    "110": "백십",
    "1000": "천",
    "1111": "천백십일",
    "10000": "만",
    "10001": "만 일",
    "20000": "이만",
    "100000": "십만",
    "110000": "십일만",
    "12345678": "천이백삼십사만 오천육백칠십팔",
    "100000000": "일억",
    "100010000": "일억 일만",
    "12,500원": "만 이천오백 원",
    "3,000,000원": "삼백만 원",
    "2026년": "이천이십육년",
    "1950년 6월 25일": "천구백오십년 유월 이십오일",
    "10월 3일": "시월 삼일",
    "6월": "유월",
    "12월": "십이월",
    "2026-11-25": "이천이십육년 십일월 이십오일",
    "2026.1.5.": "이천이십육년 일월 오일",
    "2026/10/06": "이천이십육년 시월 육일",
    "1시": "한 시",
    "2시 30분": "두 시 삼십 분",
    "11시 5분": "열한 시 오 분",
    "12시": "열두 시",
    "09:00": "오전 아홉 시",
    "14:05": "오후 두 시 오 분",
    "00:30": "새벽 열두 시 삼십 분",
    "18:30": "저녁 여섯 시 삼십 분",
    "22:10": "밤 열 시 십 분",
    "3시간": "세 시간",
    "20분": "이십 분",
    "30초": "삼십 초",
    "1살": "한 살",
    "20살": "스무 살",
    "21살": "스물한 살",
    "83살": "여든세 살",
    "83세": "팔십삼세",
    "99살": "아흔아홉 살",
    "100살": "백 살",
    "약 2알": "약 두 알",
    "하루 3번": "하루 세 번",
    "사과 5개": "사과 다섯 개",
    "3명": "세 명",
    "4병": "네 병",
    "6잔": "여섯 잔",
    "3층": "삼층",
    "101동 1203호": "백일동 천이백삼호",
    "2박 3일": "이 박 삼일",
    "1호선": "일 호선",
    "36.5도": "삼십육 점 오도",
    "36.5℃": "삼십육 점 오도",
    "-3도": "영하 삼도",
    "기온은 -12℃": "기온은 영하 십이도",
    "45%": "사십오 퍼센트",
    "0.5%": "영 점 오 퍼센트",
    "119": "일일구",
    "112에 전화": "일일이에 전화",
    "119에 신고": "일일구에 신고",
    "119개": "백십구 개",
    "010-1234-5678": "공일공, 일이삼사, 오육칠팔",
    "01012345678": "공일공, 일이삼사, 오육칠팔",
    "042-611-6114": "공사이, 육일일, 육일일사",
    "02-120-1234": "공이, 일이공, 일이삼사",
    "1577-1000": "일오칠칠, 일공공공",
    "129": "일이구",
    "13:70": "십삼:칠십",
    "오늘은 8도예요.": "오늘은 팔도예요.",
    "숫자가 없는 말": "숫자가 없는 말",
}


@pytest.mark.parametrize(("text", "words"), ALOUD.items())
def test_figures_are_read_the_korean_way(text: str, words: str) -> None:
    assert reading.aloud(text) == words


@pytest.mark.parametrize(
    ("moment", "korean", "english"),
    [
        (time(0, 0), "새벽 열두 시", "12 in the morning"),
        (time(9, 5), "오전 아홉 시 오 분", "9 oh 5 in the morning"),
        (time(12, 30), "오후 열두 시 반", "12 30 in the afternoon"),
        (time(15, 20), "오후 세 시 이십 분", "3 20 in the afternoon"),
        (time(19, 0), "저녁 일곱 시", "7 in the evening"),
        (time(23, 59), "밤 열한 시 오십구 분", "11 59 in the evening"),
    ],
)
def test_clock_is_read_in_both_languages(moment: time, korean: str, english: str) -> None:
    assert reading.clock(moment) == korean
    assert reading.clock(moment, "en") == english


def test_days_are_read_in_both_languages() -> None:
    assert reading.day(date(2026, 10, 6)) == "시월 육일 화요일"
    assert reading.day(date(2026, 6, 10)) == "유월 십일 수요일"
    assert reading.day(date(2026, 11, 25), "en") == "Wednesday, November 25"


def test_native_numbers_end_at_ninety_nine() -> None:
    assert reading.native(20) == "스물"
    assert reading.native(20, counter=True) == "스무"
    assert reading.native(99) == "아흔아홉"
    for number in (0, 100):
        with pytest.raises(ValueError, match="native"):
            reading.native(number)
    with pytest.raises(ValueError, match="read"):
        reading.sino(10**16)


def test_telephone_in_english_is_read_digit_by_digit() -> None:
    assert reading.aloud("call 119", "en") == "call 1 1 9"


@given(st.text(alphabet=string.digits + "-.,:%℃ 월일시분개번년에", max_size=40))
def test_nothing_written_breaks_the_reading_and_no_figure_is_left(text: str) -> None:
    assert not any(each in string.digits for each in reading.aloud(text))


@given(st.integers(0, reading.LARGEST))
def test_every_number_has_its_own_words(number: int) -> None:
    words = reading.sino(number)
    assert words
    assert _value(words) == number


def _value(words: str) -> int:
    total = group = figure = 0
    for each in words.replace(" ", ""):
        if each in "영일이삼사오육칠팔구":
            figure = "영일이삼사오육칠팔구".index(each)
        elif each in "십백천":
            group += max(figure, 1) * {"십": 10, "백": 100, "천": 1000}[each]
            figure = 0
        else:
            total += max(group + figure, 1) * {"만": 10**4, "억": 10**8, "조": 10**12}[each]
            group = figure = 0
    return total + group + figure
