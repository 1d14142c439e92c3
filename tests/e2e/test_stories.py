"""The whole system, once through the demonstration's three stories: all four programs are the real ones."""

from typing import TYPE_CHECKING

import pytest
from rig.demo import play
from rig.kills import kill_once
from rig.system import System
from rig.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

# Each of the four is hit: at the fall, in the check-in and on the way out; two homes stay away for long.
SEEDS = (3, 5, 6, 9, 12, 13)


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with System() as whole:
        whole.start()
        whole.set_up_home()
        yield whole


def test_a_fall_a_plea_and_a_silent_home_come_through_to_the_caseworker(system: System) -> None:
    timeline = Timeline()
    play(system, timeline)
    assert list(dict.fromkeys(step.story for step in timeline.steps)) == ["1", "2", "3"]
    assert timeline.steps[-1].detail == "the sums hold"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_process_loses_no_alert_and_doubles_none(system: System, seed: int) -> None:
    outcome = kill_once(system, seed)
    assert outcome.alerts == 1, outcome
    assert outcome.database_rows == 1, outcome
