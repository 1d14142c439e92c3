"""Two decisions, two budgets: when the robot asks, and when help comes unasked."""

from dataclasses import replace

from robot_runtime.fall.policy import QUIET_S, Decider, Facts, Thresholds

LIMITS = Thresholds((0.9, 0.8), (0.6, 0.5), 2.8, 0.95, 3.0, 0.2)
HARD = Facts(hit_s=0.0, now_s=1.0, number=0, probability=0.85, agreed=0.85, impact_g=4.0, moved_g=1.0)


def test_an_early_look_must_be_surer_than_a_late_one() -> None:
    decider = Decider(LIMITS)
    assert decider.decide(HARD) is None
    assert decider.decide(replace(HARD, now_s=2.0, number=1)) == "suspected"


def test_a_soft_hit_has_a_threshold_of_its_own() -> None:
    assert Decider(LIMITS).decide(replace(HARD, impact_g=2.0, probability=0.65)) == "suspected"
    assert Decider(LIMITS).decide(replace(HARD, impact_g=2.8, probability=0.65)) is None


def test_help_comes_unasked_only_for_a_hard_hit_that_is_sure_and_still() -> None:
    sure = replace(HARD, number=1, probability=0.97, agreed=0.97, moved_g=0.05)
    assert Decider(LIMITS).decide(sure) == "certain"
    for less in (
        replace(sure, number=0),
        replace(sure, agreed=0.94),
        replace(sure, impact_g=2.9),
        replace(sure, moved_g=0.3),
    ):
        assert Decider(LIMITS).decide(less) == "suspected"


def test_a_suspicion_that_proves_certain_is_told_and_then_there_is_quiet() -> None:
    decider = Decider(LIMITS)
    sure = replace(HARD, number=1, probability=0.97, agreed=0.97, moved_g=0.05, now_s=3.0)
    assert decider.decide(replace(HARD, probability=0.95)) == "suspected"
    assert decider.decide(sure) == "certain"
    assert decider.decide(replace(sure, now_s=3.0 + QUIET_S / 2)) is None
    assert decider.decide(replace(sure, now_s=4.0 + QUIET_S)) == "certain"
