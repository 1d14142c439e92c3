# ruff: noqa: ANN001, ANN201, ANN003, S311 - the tests' own objects; seeded chance
import random

from custom_components.seogu_care.care.routine.daybook import Page
from custom_components.seogu_care.care.routine.decline import decline
from custom_components.seogu_care.care.routine.thresholds import FAR_OUT


def lived(weeks, falls_to=1.0, since=10**6, seed=1, **page):
    """Days of about 120 minutes with signs, that fall to a share of it from a week on."""
    rng = random.Random(seed)
    days = []
    for day in range(7 * weeks):
        minutes = int(120 * rng.lognormvariate(0.0, 0.15) * (falls_to if day >= 7 * since else 1.0))
        rooms = {"거실": minutes // 2, "부엌": minutes - minutes // 2}
        days.append(Page(day, active=minutes, rooms=rooms, out=60.0, **page))
    return days


def test_the_week_of_a_lasting_change_is_found_with_how_much_and_how_sure() -> None:
    found = decline(lived(16, falls_to=0.7, since=12))
    assert found is not None
    assert found.score >= FAR_OUT
    assert found.weeks in {3, 4, 5}
    assert 0.2 < found.share < 0.4
    assert found.since < found.before


def test_half_a_year_of_weeks_alike_tells_of_no_decline() -> None:
    for seed in range(20):
        days = lived(26, seed=seed)
        assert all(decline(days[:count]).score < FAR_OUT for count in range(42, 182, 7)), seed


def test_nothing_is_said_before_six_weeks_are_known() -> None:
    assert decline(lived(5, falls_to=0.3, since=3)) is None
    assert decline(lived(6)) is not None


def test_what_has_recovered_is_not_told() -> None:
    days = lived(16, falls_to=0.6, since=10)[: 7 * 14] + lived(2, seed=9)
    assert decline(days).score < FAR_OUT


def test_days_out_or_unwatched_are_no_decline() -> None:
    days = lived(16)
    for page in days[-14:]:
        page.active //= 20
        page.unwatched = 1300.0
    assert decline(days).score < FAR_OUT


def test_a_room_whose_sensor_died_is_no_decline() -> None:
    days = lived(16)
    for page in days[-21:]:
        page.active -= page.rooms.pop("부엌")
    assert decline(days).score >= FAR_OUT
    assert decline(days, {"부엌"}).score < FAR_OUT
