"""A flood of telemetry waits; an incident in it does not."""

from typing import TYPE_CHECKING

from district_bridge.intake.throttle import Throttle
from tests.district_bridge.home_side import heartbeat, message
from tests.district_bridge.intake_side import raised, unsigned

if TYPE_CHECKING:
    from datetime import datetime


def test_flood_of_telemetry_waits_and_an_incident_in_it_does_not(now: datetime) -> None:
    del now
    throttle = Throttle(burst=5, per_second=1)
    calm = unsigned(heartbeat())
    assert [throttle.wait_s(calm, 0.0) for _ in range(6)] == [None] * 5 + [1]
    assert throttle.wait_s(unsigned(*[heartbeat()] * 3), 0.0) == 3
    assert throttle.wait_s(unsigned(heartbeat(), raised()), 0.0) is None
    assert throttle.wait_s(unsigned(heartbeat(), home="another"), 0.0) is None
    assert throttle.wait_s(calm, 1.0) is None
    assert throttle.refused == 2


def test_what_only_claims_to_be_an_incident_is_throttled() -> None:
    throttle = Throttle(burst=1, per_second=1)
    fake = unsigned(message("incident", incident={"kind": "fall"}))
    assert [throttle.wait_s(fake, 0.0) for _ in range(2)] == [None, 1]


def test_large_batch_of_telemetry_passes_when_the_bucket_is_full() -> None:
    throttle = Throttle(burst=5, per_second=1)
    assert throttle.wait_s(unsigned(*[heartbeat()] * 50), 0.0) is None
    assert throttle.wait_s(unsigned(*[heartbeat()] * 50), 1.0) == 4
